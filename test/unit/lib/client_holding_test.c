/* Callbacks of a program's, and of its storage's, while the OAuth client holds that storage. */
#include "support/check.h"
#include "support/small_web.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Keeps one text, and asks a client for something. */
struct shelf {
	char *text;
	bool is_held;
	unsigned held_steps; /* that were told of while it was */
	unsigned steps[6];   /* of each kind */
	struct mcpauth_client *other;
	enum mcpauth_code (*ask)(struct shelf *shelf); /* in the next call; NULL: nothing */
	enum mcpauth_code got;
};

static void call_back(struct shelf *shelf)
{
	enum mcpauth_code (*ask)(struct shelf * shelf) = shelf->ask;
	shelf->ask = NULL;
	if (ask != NULL) {
		shelf->got = ask(shelf);
	}
}

static bool load(const char *key, char **text, void *user)
{
	struct shelf *shelf = user;
	(void)key;
	if (!shelf->is_held) {
		call_back(shelf);
	}
	*text = shelf->text != NULL ? strdup(shelf->text) : NULL;
	return true;
}

static bool save(const char *key, const char *text, void *user)
{
	struct shelf *shelf = user;
	(void)key;
	call_back(shelf);
	free(shelf->text);
	shelf->text = text != NULL ? strdup(text) : NULL;
	return true;
}

static bool lock(const char *key, void *user)
{
	struct shelf *shelf = user;
	(void)key;
	shelf->is_held = true;
	return true;
}

static void unlock(const char *key, void *user)
{
	struct shelf *shelf = user;
	(void)key;
	shelf->is_held = false;
}

static struct shelf *watched;

static void watch(enum mcpauth_client_step step, const char *detail, void *user)
{
	(void)detail;
	(void)user;
	watched->held_steps += watched->is_held ? 1 : 0;
	watched->steps[step]++;
}

/* @param shelf  takes the place of the web's storage */
static void put_up(struct small_web *web, struct shelf *shelf)
{
	struct mcpauth_token_storage_config config = MCPAUTH_TOKEN_STORAGE_CONFIG_INIT;
	config.load = load;
	config.save = save;
	config.lock = lock;
	config.unlock = unlock;
	config.user = shelf;
	mcpauth_token_storage_free(web->config.storage);
	web->config.storage = NULL;
	CHECK_OK(mcpauth_token_storage_new(&config, &web->config.storage, &err));
}

static void a_step_is_told_while_others_have_the_storage(void **state)
{
	struct small_web *web = *state;
	struct shelf shelf = {0};
	put_up(web, &shelf);
	web->config.step = watch;
	watched = &shelf;
	struct mcpauth_client *client = small_web_client(web);
	CHECK_OK(small_web_send(web, client, &err));
	web->seconds = 3600;
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_equal(shelf.steps[MCPAUTH_STEP_REGISTER], 1);
	assert_int_equal(shelf.steps[MCPAUTH_STEP_REFRESH], 1);
	assert_int_equal(shelf.held_steps, 0);
	mcpauth_client_free(client);
	free(shelf.text);
}

static enum mcpauth_code authorize(struct shelf *shelf)
{
	return mcpauth_client_authorize(shelf->other, NULL);
}

static enum mcpauth_code log_out(struct shelf *shelf)
{
	return mcpauth_client_logout(shelf->other, NULL);
}

static enum mcpauth_code prepare(struct shelf *shelf)
{
	struct mcpauth_client_request *request = NULL;
	enum mcpauth_code code = mcpauth_client_request_new(
		shelf->other, "POST", NULL, &request, NULL);
	if (code == MCPAUTH_OK) {
		code = mcpauth_client_request_prepare(request, NULL);
	}
	mcpauth_client_request_free(request);
	return code;
}

/* It would wait for the call that it is made from. */
static void a_storage_that_calls_its_own_clients_is_told_so(void **state)
{
	static enum mcpauth_code (*const asks[])(struct shelf * shelf) = {
		authorize, log_out, prepare};
	struct small_web *web = *state;
	for (size_t i = 0; i < 2 * sizeof asks / sizeof *asks; i++) {
		struct shelf shelf = {.got = MCPAUTH_PENDING};
		put_up(web, &shelf);
		struct mcpauth_client *client = small_web_client(web);
		shelf.other = small_web_client(web);
		/* In the first look, or else where the storage is held. */
		shelf.ask = i % 2 == 0 ? asks[i / 2] : NULL;
		CHECK_OK(small_web_send(web, client, &err));
		web->seconds += 3600;
		shelf.ask = i % 2 == 0 ? NULL : asks[i / 2];
		CHECK_OK(small_web_send(web, client, &err));
		assert_int_equal(shelf.got, MCPAUTH_E_INVALID_ARGUMENT);
		CHECK_OK(mcpauth_client_authorize(shelf.other, &err));
		CHECK_OK(mcpauth_client_logout(shelf.other, &err));
		mcpauth_client_free(shelf.other);
		mcpauth_client_free(client);
		free(shelf.text);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_web_start, small_web_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_step_is_told_while_others_have_the_storage),
		TEST(a_storage_that_calls_its_own_clients_is_told_so),
	};
	/* What waits for itself waits for ever. */
	alarm(100);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
