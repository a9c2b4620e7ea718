/* Callbacks of the OAuth client's that ask it for something, and calls during a login. */
#include "support/check.h"
#include "support/fake_provider.h"

#include <mcpauth/client_request.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct caller;
typedef enum mcpauth_code (*ask_fn)(struct caller *caller, struct mcpauth_error *err);

/* Who calls back. */
struct caller {
	struct fake_provider *fake;
	struct mcpauth *auth;
	struct mcpauth_client *client;
	mcpauth_login_fn log_in; /* the provider's person */
	ask_fn ask;              /* of the client, within its login */
	enum mcpauth_code got;
	unsigned asked; /* for a client id */
	enum mcpauth_code logged_out;
	sem_t shown; /* the login is under way */
	sem_t agreed;
};

static enum mcpauth_code log_in(struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	struct caller *caller = user;
	caller->got = caller->ask(caller, NULL);
	return caller->log_in(login, err, caller->fake);
}

static int set_up(void **state)
{
	struct caller *caller = calloc(1, sizeof *caller);
	*state = caller;
	caller->fake = fake_provider_new();
	caller->auth = fake_provider_auth(caller->fake);
	if (caller->auth == NULL || sem_init(&caller->shown, 0, 0) != 0
		|| sem_init(&caller->agreed, 0, 0) != 0) {
		return -1;
	}
	struct mcpauth_client_config config = fake_provider_client(caller->fake);
	caller->log_in = config.login;
	config.login = log_in;
	config.user = caller;
	return mcpauth_client_new(caller->auth, &config, &caller->client, NULL) == MCPAUTH_OK ? 0
											      : -1;
}

static int tear_down(void **state)
{
	struct caller *caller = *state;
	mcpauth_client_free(caller->client);
	mcpauth_free(caller->auth);
	fake_provider_free(caller->fake);
	sem_destroy(&caller->shown);
	sem_destroy(&caller->agreed);
	free(caller);
	return 0;
}

static enum mcpauth_code authorize(struct caller *caller, struct mcpauth_error *err)
{
	return mcpauth_client_authorize(caller->client, err);
}

static enum mcpauth_code log_out(struct caller *caller, struct mcpauth_error *err)
{
	return mcpauth_client_logout(caller->client, err);
}

static enum mcpauth_code answer_401(struct caller *caller, struct mcpauth_error *err)
{
	struct mcpauth_client_answer answer = MCPAUTH_CLIENT_ANSWER_INIT;
	struct mcpauth_client_request *request;
	answer.status = 401;
	enum mcpauth_code code = mcpauth_client_request_new(
		caller->client, "GET", NULL, &request, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_client_request_answered(request, &answer, err);
		mcpauth_client_request_free(request);
	}
	return code;
}

static enum mcpauth_code prepare(struct caller *caller, struct mcpauth_error *err)
{
	struct mcpauth_client_request *request;
	enum mcpauth_code code = mcpauth_client_request_new(
		caller->client, "GET", NULL, &request, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_client_request_prepare(request, err);
		mcpauth_client_request_free(request);
	}
	return code;
}

static void a_login_that_would_wait_for_itself_is_told_so(void **state)
{
	static const struct {
		const char *label;
		ask_fn ask;
		enum mcpauth_code code;
	} rows[] = {
		{"authorize", authorize, MCPAUTH_E_INVALID_ARGUMENT},
		{"logout", log_out, MCPAUTH_E_INVALID_ARGUMENT},
		{"answered", answer_401, MCPAUTH_E_INVALID_ARGUMENT},
		{"prepare", prepare, MCPAUTH_OK},
	};
	struct caller *caller = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		caller->ask = rows[i].ask;
		caller->got = MCPAUTH_PENDING;
		CHECK_ROW_CODE(
			rows[i].label, MCPAUTH_OK, mcpauth_client_authorize(caller->client, &err));
		assert_int_equal(caller->got, rows[i].code);
		CHECK_OK(mcpauth_client_logout(caller->client, &err));
	}
	assert_int_equal(fake_provider_counts(caller->fake).logins, 4);
}

static enum mcpauth_code wait_for_consent(struct caller *caller, struct mcpauth_error *err)
{
	(void)err;
	sem_post(&caller->shown);
	while (sem_wait(&caller->agreed) != 0) {
	}
	return MCPAUTH_OK;
}

static void *authorize_there(void *user)
{
	struct caller *caller = user;
	enum mcpauth_code code = mcpauth_client_authorize(caller->client, NULL);
	/* It may have failed before there was a login. */
	sem_post(&caller->shown);
	return (void *)(intptr_t)code;
}

static void *log_out_there(void *user)
{
	struct caller *caller = user;
	return (void *)(intptr_t)mcpauth_client_logout(caller->client, NULL);
}

/* Who logs out while somebody logs in does not find the login done later. */
static void a_logout_during_a_login_forgets_that_one(void **state)
{
	struct caller *caller = *state;
	pthread_t threads[2];
	void *codes[2] = {NULL, NULL};
	caller->ask = wait_for_consent;
	assert_int_equal(pthread_create(&threads[0], NULL, authorize_there, caller), 0);
	while (sem_wait(&caller->shown) != 0) {
	}
	assert_int_equal(pthread_create(&threads[1], NULL, log_out_there, caller), 0);
	sem_post(&caller->agreed);
	pthread_join(threads[0], &codes[0]);
	pthread_join(threads[1], &codes[1]);
	assert_int_equal((intptr_t)codes[0], MCPAUTH_OK);
	assert_int_equal((intptr_t)codes[1], MCPAUTH_OK);
	assert_int_equal(fake_provider_counts(caller->fake).revoked, 2);
}

static bool identify(const char *issuer, struct mcpauth_client_identity *identity, void *user)
{
	struct caller *caller = user;
	(void)issuer;
	caller->asked++;
	caller->logged_out = mcpauth_client_logout(caller->client, NULL);
	identity->client_id = strdup("asked");
	return identity->client_id != NULL;
}

static enum mcpauth_code agree(struct caller *caller, struct mcpauth_error *err)
{
	(void)caller;
	(void)err;
	return MCPAUTH_OK;
}

/* Who is asked for a client id may take minutes: the storage is free meanwhile. */
static void others_have_the_storage_while_somebody_is_asked(void **state)
{
	struct caller *caller = *state;
	struct mcpauth_client *client = NULL;
	struct mcpauth_client_config config = fake_provider_client(caller->fake);
	config.login = log_in;
	config.identify = identify;
	config.never_register = true;
	config.user = caller;
	caller->ask = agree;
	CHECK_OK(mcpauth_token_storage_new_memory(&config.storage, &err));
	mcpauth_client_free(caller->client);
	caller->client = NULL;
	CHECK_OK(mcpauth_client_new(caller->auth, &config, &caller->client, &err));
	CHECK_OK(mcpauth_client_new(caller->auth, &config, &client, &err));
	caller->logged_out = MCPAUTH_PENDING;
	CHECK_OK(mcpauth_client_authorize(client, &err));
	/* What was asked for is kept. */
	CHECK_OK(mcpauth_client_logout(client, &err));
	CHECK_OK(mcpauth_client_authorize(client, &err));
	mcpauth_client_free(client);
	mcpauth_token_storage_free(config.storage);
	assert_int_equal(caller->logged_out, MCPAUTH_OK);
	assert_int_equal(caller->asked, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_login_that_would_wait_for_itself_is_told_so),
		TEST(others_have_the_storage_while_somebody_is_asked),
		TEST(a_logout_during_a_login_forgets_that_one),
	};
	/* What waits for itself waits for ever. */
	alarm(100);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
