/* What the OAuth client keeps, whatever its storage does. */
#include "support/check.h"
#include "support/client_fixture.h"

#include <stdlib.h>
#include <string.h>

/* A storage that can be locked as long as nobody has logged in. */
struct failing {
	struct client_fixture *fixture;
	char *text;
	bool fails;
	unsigned locks;
};

static bool load_text(const char *key, char **text, void *user)
{
	struct failing *failing = user;
	(void)key;
	*text = failing->text != NULL ? strdup(failing->text) : NULL;
	return true;
}

static bool save_text(const char *key, const char *text, void *user)
{
	struct failing *failing = user;
	(void)key;
	free(failing->text);
	failing->text = text != NULL ? strdup(text) : NULL;
	return true;
}

static bool lock_text(const char *key, void *user)
{
	struct failing *failing = user;
	(void)key;
	failing->locks++;
	return !failing->fails || fake_provider_counts(failing->fixture->fake).logins == 1;
}

static void unlock_text(const char *key, void *user)
{
	(void)key;
	(void)user;
}

static bool identify(const char *issuer, struct mcpauth_client_identity *identity, void *user)
{
	(void)issuer;
	(void)user;
	identity->client_id = strdup("asked");
	return true;
}

static void what_was_kept_outlives_a_storage_that_fails(void **state)
{
	struct client_fixture *fixture = *state;
	struct failing failing = {.fixture = fixture};
	struct mcpauth_token_storage_config storage = MCPAUTH_TOKEN_STORAGE_CONFIG_INIT;
	storage.load = load_text;
	storage.save = save_text;
	storage.lock = lock_text;
	storage.unlock = unlock_text;
	storage.user = &failing;
	struct mcpauth_client_config config = client_fixture_config(fixture);
	CHECK_OK(mcpauth_token_storage_new(&storage, &config.storage, &err));
	config.never_register = true;
	config.identify = identify;
	struct mcpauth_client *client = client_fixture_make(fixture, &config);
	client_fixture_passes(fixture, client);
	const struct provider_manners moved = {.issuer = "https://other.example"};
	fake_provider_set(fixture->fake, &moved);
	failing.fails = true;
	CHECK_OK(mcpauth_client_logout(client, &err));
	client_fixture_passes(fixture, client);
	failing.fails = false;
	fake_provider_advance(fixture->fake, 3600);
	client_fixture_passes(fixture, client);
	assert_non_null(failing.text);
	assert_non_null(strstr(failing.text, "\"" PROVIDER_ISSUER "\""));
	assert_non_null(strstr(failing.text, "\"https://other.example\""));
	assert_int_equal(fake_provider_counts(fixture->fake).stolen, 0);
	mcpauth_client_free(client);
	mcpauth_token_storage_free(config.storage);
	free(failing.text);
}

static void a_configured_secret_is_not_kept(void **state)
{
	struct client_fixture *fixture = *state;
	struct failing failing = {.fixture = fixture};
	struct mcpauth_token_storage_config storage = MCPAUTH_TOKEN_STORAGE_CONFIG_INIT;
	storage.load = load_text;
	storage.save = save_text;
	storage.user = &failing;
	struct mcpauth_client_config config = client_fixture_config(fixture);
	CHECK_OK(mcpauth_token_storage_new(&storage, &config.storage, &err));
	config.client_id = "known";
	config.client_secret = "secret of mine";
	config.issuer = PROVIDER_ISSUER;
	struct mcpauth_client *client = client_fixture_make(fixture, &config);
	client_fixture_passes(fixture, client);
	fake_provider_advance(fixture->fake, 3600);
	client_fixture_passes(fixture, client);
	assert_non_null(failing.text);
	assert_non_null(strstr(failing.text, "known"));
	assert_null(strstr(failing.text, "secret of mine"));
	mcpauth_client_free(client);
	mcpauth_token_storage_free(config.storage);
	free(failing.text);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, client_fixture_set_up, client_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_kept_outlives_a_storage_that_fails),
		TEST(a_configured_secret_is_not_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
