/* The OAuth client without memory: it says so, whatever it is about, and goes on afterwards. */
#include "support/check.h"
#include "support/fake_provider.h"
#include "support/scarce_memory.h"

#include "base/words.h"

#include <mcpauth/client_grant.h>

#include <stdlib.h>

/** A provider, and its answers without the client's want. */
struct encounter {
	struct fake_provider *fake;
	struct mcpauth_config provider; /* its functions */
	mcpauth_login_fn login;
	struct mcpauth *auth;
	struct mcpauth_token_storage *storage;
	enum mcpauth_client_grant grant;
};

static void answer(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct encounter *it = user;
	scarce_memory_pause(true);
	it->provider.fetch(fetch, url, it->fake);
	scarce_memory_pause(false);
}

static void note(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct encounter *it = user;
	scarce_memory_pause(true);
	it->provider.log(level, code, request, message, it->fake);
	scarce_memory_pause(false);
}

static enum mcpauth_code log_in(struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	struct encounter *it = user;
	scarce_memory_pause(true);
	enum mcpauth_code code = it->login(login, err, it->fake);
	scarce_memory_pause(false);
	return code;
}

static char *give_id_token(void *user)
{
	(void)user;
	scarce_memory_pause(true);
	char *token = mcpauth__strdup(PROVIDER_ID_TOKEN);
	scarce_memory_pause(false);
	return token;
}

static char *give_jwt(const char *issuer, void *user)
{
	(void)issuer;
	return give_id_token(user);
}

static int set_up(void **state)
{
	static struct encounter it;
	it = (struct encounter){.fake = fake_provider_new()};
	*state = &it;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	fake_provider_configure(it.fake, &config);
	it.provider = config;
	config.fetch = answer;
	config.fetch_user = &it;
	config.log = note;
	config.log_user = &it;
	return mcpauth_new(&config, &it.auth, NULL) == MCPAUTH_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	struct encounter *it = *state;
	mcpauth_free(it->auth);
	fake_provider_free(it->fake);
	return 0;
}

static enum mcpauth_code add_grant(const struct encounter *it, struct mcpauth_client *client)
{
	struct mcpauth_enterprise_config config = MCPAUTH_ENTERPRISE_CONFIG_INIT;
	config.token_endpoint = PROVIDER_IDENTITY;
	config.client_id = "at-home";
	config.client_secret = "secret";
	config.id_token = give_id_token;
	switch (it->grant) {
	case MCPAUTH_GRANT_ENTERPRISE:
		return mcpauth_client_set_enterprise(client, &config, NULL);
	case MCPAUTH_GRANT_WORKLOAD:
		return mcpauth_client_set_workload(client, give_jwt, NULL, NULL);
	default:
		return MCPAUTH_OK;
	}
}

static enum mcpauth_code make_client(struct encounter *it, struct mcpauth_client **client)
{
	struct mcpauth_client_config config = fake_provider_client(it->fake);
	it->login = config.login;
	config.user = it;
	config.login = log_in;
	config.grant = it->grant;
	config.storage = it->storage;
	if (it->grant != MCPAUTH_GRANT_AUTHORIZATION_CODE) {
		config.login = NULL;
		config.redirect_uri = NULL;
		config.issuer = PROVIDER_ISSUER;
		config.client_id = "program";
		config.client_secret = "secret";
	}
	enum mcpauth_code code = mcpauth_client_new(it->auth, &config, client, NULL);
	if (code == MCPAUTH_OK) {
		code = add_grant(it, *client);
	}
	return code;
}

static enum mcpauth_code ask(struct encounter *it, struct mcpauth_client *client)
{
	unsigned status;
	enum mcpauth_code code = fake_provider_request(it->fake, client, &status, NULL);
	if (code == MCPAUTH_OK) {
		assert_int_equal(status, 200);
	}
	return code;
}

/* A token, one that is refreshed if it can be, one with another scope, and none. */
static enum mcpauth_code use(struct encounter *it, struct mcpauth_client *client)
{
	static const struct provider_manners strict = {.needed = "read write"};
	static const struct provider_manners mild = {0};
	fake_provider_set(it->fake, &mild);
	enum mcpauth_code code = ask(it, client);
	fake_provider_advance(it->fake, 3590);
	if (code == MCPAUTH_OK) {
		code = ask(it, client);
	}
	fake_provider_set(it->fake, &strict);
	if (code == MCPAUTH_OK) {
		code = ask(it, client);
	}
	return code == MCPAUTH_OK ? mcpauth_client_logout(client, NULL) : code;
}

/* @return did all of it succeed? */
static bool try_one(struct encounter *it, unsigned number)
{
	struct mcpauth_client *client = NULL;
	assert_int_equal(mcpauth_token_storage_new_memory(&it->storage, NULL), MCPAUTH_OK);
	scarce_memory_begin(number);
	enum mcpauth_code code = make_client(it, &client);
	if (code == MCPAUTH_OK) {
		code = use(it, client);
	}
	bool failed = scarce_memory_end();
	assert_true(code == MCPAUTH_OK || code == MCPAUTH_E_NO_MEMORY);
	assert_true(code == MCPAUTH_OK || failed);
	mcpauth_client_free(client);
	assert_int_equal(make_client(it, &client), MCPAUTH_OK);
	assert_int_equal(use(it, client), MCPAUTH_OK);
	mcpauth_client_free(client);
	mcpauth_token_storage_free(it->storage);
	return failed;
}

static void try_each(struct encounter *it, enum mcpauth_client_grant grant, unsigned least)
{
	unsigned number = 1;
	it->grant = grant;
	while (try_one(it, number)) {
		number++;
	}
	assert_true(number > least);
	assert_false(fake_provider_logged(it->fake, "at-"));
	assert_false(fake_provider_logged(it->fake, "rt-"));
}

static void a_login_succeeds_or_it_is_said(void **state)
{
	try_each(*state, MCPAUTH_GRANT_AUTHORIZATION_CODE, 300);
}

static void a_program_gets_its_token_or_it_is_said(void **state)
{
	try_each(*state, MCPAUTH_GRANT_CLIENT_CREDENTIALS, 200);
}

static void a_company_vouches_or_it_is_said(void **state)
{
	try_each(*state, MCPAUTH_GRANT_ENTERPRISE, 200);
}

static void a_platform_vouches_or_it_is_said(void **state)
{
	try_each(*state, MCPAUTH_GRANT_WORKLOAD, 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_login_succeeds_or_it_is_said),
		TEST(a_program_gets_its_token_or_it_is_said),
		TEST(a_company_vouches_or_it_is_said),
		TEST(a_platform_vouches_or_it_is_said),
	};
	return cmocka_run_group_tests_name("client_no_memory", tests, NULL, NULL);
}
