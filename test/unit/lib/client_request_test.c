/* Requests of the OAuth client: their headers, and waiting without blocking. */
#include "support/check.h"
#include "support/fake_provider.h"

#include <mcpauth/client_request.h>

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct fake_provider *fake;
	struct mcpauth *auth;
	struct mcpauth_client *client;
};

static struct mcpauth_client *make(
	struct fixture *fixture, const struct mcpauth_client_config *config)
{
	struct mcpauth_client *client = NULL;
	CHECK_OK(mcpauth_client_new(fixture->auth, config, &client, &err));
	assert_non_null(client);
	return client;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	*state = fixture;
	fixture->fake = fake_provider_new();
	fixture->auth = fake_provider_auth(fixture->fake);
	if (fixture->auth == NULL) {
		return -1;
	}
	const struct mcpauth_client_config config = fake_provider_client(fixture->fake);
	return mcpauth_client_new(fixture->auth, &config, &fixture->client, NULL) == MCPAUTH_OK
		? 0
		: -1;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	mcpauth_client_free(fixture->client);
	mcpauth_free(fixture->auth);
	fake_provider_free(fixture->fake);
	free(fixture);
	return 0;
}

static struct mcpauth_client_request *begin(struct mcpauth_client *client)
{
	struct mcpauth_client_request *request = NULL;
	CHECK_OK(mcpauth_client_request_new(client, "POST", NULL, &request, &err));
	assert_non_null(request);
	return request;
}

static struct mcpauth_client_answer answer_of(unsigned status, const char *const *challenge)
{
	struct mcpauth_client_answer answer = MCPAUTH_CLIENT_ANSWER_INIT;
	answer.status = status;
	answer.challenges = challenge;
	answer.challenge_count = challenge != NULL ? 1 : 0;
	return answer;
}

static void a_request_is_for_the_clients_server(void **state)
{
	static const struct {
		const char *method;
		const char *url;
		enum mcpauth_code code;
	} rows[] = {
		{"POST", NULL, MCPAUTH_OK},
		{"GET", "https://mcp.example/other?x=1", MCPAUTH_OK},
		{"GET", "https://MCP.example:443/mcp", MCPAUTH_OK},
		{"GET", "http://mcp.example/mcp", MCPAUTH_E_INVALID_URL},
		{"GET", "https://mcp.example:444/mcp", MCPAUTH_E_INVALID_URL},
		{"GET", "https://mcp.example.evil.example/mcp", MCPAUTH_E_INVALID_URL},
		{"GET", "https://mcp.example@evil.example/mcp", MCPAUTH_E_INVALID_URL},
		{"GET", "https://user@mcp.example/mcp", MCPAUTH_E_INVALID_URL},
		{"GET", "mcp", MCPAUTH_E_INVALID_URL},
		{"GET /", NULL, MCPAUTH_E_INVALID_ARGUMENT},
		{"", NULL, MCPAUTH_E_INVALID_ARGUMENT},
		{NULL, NULL, MCPAUTH_E_INVALID_ARGUMENT},
	};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_client_request *request;
		CHECK_ROW_CODE(rows[i].url, rows[i].code,
			mcpauth_client_request_new(
				fixture->client, rows[i].method, rows[i].url, &request, &err));
		assert_int_equal(request != NULL, rows[i].code == MCPAUTH_OK);
		mcpauth_client_request_free(request);
	}
}

static void shows_a_token_once_there_is_one(void **state)
{
	struct fixture *fixture = *state;
	const char *name;
	const char *value;
	struct mcpauth_client_request *request = begin(fixture->client);
	assert_false(mcpauth_client_request_header_at(request, 0, &name, &value));
	CHECK_OK(mcpauth_client_request_prepare(request, &err));
	assert_false(mcpauth_client_request_header_at(request, 0, &name, &value));
	assert_null(name);
	assert_null(value);
	CHECK_OK(mcpauth_client_authorize(fixture->client, &err));
	CHECK_OK(mcpauth_client_request_prepare(request, &err));
	assert_true(mcpauth_client_request_header_at(request, 0, &name, &value));
	assert_string_equal(name, "Authorization");
	assert_string_equal(value, "Bearer at-1");
	assert_false(mcpauth_client_request_header_at(request, 1, &name, &value));
	mcpauth_client_request_free(request);
}

static void an_expired_token_is_not_shown(void **state)
{
	struct fixture *fixture = *state;
	const char *name;
	const char *value;
	const struct provider_manners manners = {.no_refresh_tokens = true};
	fake_provider_set(fixture->fake, &manners);
	CHECK_OK(mcpauth_client_authorize(fixture->client, &err));
	fake_provider_advance(fixture->fake, 3600);
	struct mcpauth_client_request *request = begin(fixture->client);
	CHECK_OK(mcpauth_client_request_prepare(request, &err));
	assert_false(mcpauth_client_request_header_at(request, 0, &name, &value));
	mcpauth_client_request_free(request);
	unsigned status;
	CHECK_OK(fake_provider_request(fixture->fake, fixture->client, &status, &err));
	assert_int_equal(status, 200);
}

static void other_answers_stand(void **state)
{
	static const char *const plain[] = {"Bearer error=\"invalid_token\""};
	static const char *const scope[] = {"Bearer error=\"insufficient_scope\""};
	static const char *const basic[] = {"Basic realm=\"x\""};
	const struct {
		unsigned status;
		const char *const *challenge;
	} rows[] = {{200, NULL}, {202, plain}, {404, plain}, {500, NULL}, {403, NULL}, {403, plain},
		{403, scope}, {403, basic}};
	struct fixture *fixture = *state;
	struct mcpauth_client_request *request = begin(fixture->client);
	CHECK_OK(mcpauth_client_request_prepare(request, &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct mcpauth_client_answer answer = answer_of(
			rows[i].status, rows[i].challenge);
		CHECK_OK(mcpauth_client_request_answered(request, &answer, &err));
	}
	assert_int_equal(fake_provider_counts(fixture->fake).logins, 0);
	mcpauth_client_request_free(request);
}

static void a_401_without_a_challenge_leads_to_the_well_known_place(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_client_request *request = begin(fixture->client);
	const struct mcpauth_client_answer answer = answer_of(401, NULL);
	CHECK_OK(mcpauth_client_request_prepare(request, &err));
	struct mcpauth_error err = {0};
	assert_int_equal(mcpauth_client_request_answered(request, &answer, &err), MCPAUTH_RETRY);
	assert_int_equal(fake_provider_counts(fixture->fake).logins, 1);
	mcpauth_client_request_free(request);
}

static void wake(void *user)
{
	sem_post(user);
}

/* A program's loop, of which only the waiting is left. */
static enum mcpauth_code step(struct mcpauth_client_request *request,
	const struct mcpauth_client_answer *answer, sem_t *woken, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth_client_request_start(request, answer, wake, woken, err);
	if (code != MCPAUTH_PENDING) {
		return code;
	}
	while (sem_wait(woken) != 0) {
	}
	return mcpauth_client_request_resume(request, err);
}

static void logs_in_without_blocking(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_client_request *request = begin(fixture->client);
	struct provider_answer got;
	struct mcpauth_error err = {0};
	sem_t woken;
	assert_int_equal(sem_init(&woken, 0, 0), 0);
	CHECK_OK(step(request, NULL, &woken, &err));
	fake_provider_serve(fixture->fake, request, &got);
	assert_int_equal(got.status, 401);
	const char *challenge = got.challenge;
	const struct mcpauth_client_answer refused = answer_of(401, &challenge);
	assert_int_equal(step(request, &refused, &woken, &err), MCPAUTH_RETRY);
	/* Now there is nothing to wait for. */
	assert_int_equal(
		mcpauth_client_request_start(request, NULL, wake, &woken, &err), MCPAUTH_OK);
	fake_provider_serve(fixture->fake, request, &got);
	assert_int_equal(got.status, 200);
	const struct mcpauth_client_answer good = answer_of(200, NULL);
	assert_int_equal(
		mcpauth_client_request_start(request, &good, wake, &woken, &err), MCPAUTH_OK);
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_client_request_resume(request, &err));
	mcpauth_client_request_free(request);
	sem_destroy(&woken);
}

/* Shows the URL to nobody. */
static enum mcpauth_code ignore(struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	(void)login;
	(void)err;
	sem_post(user);
	return MCPAUTH_OK;
}

static bool is_posted(sem_t *semaphore)
{
	int value = 0;
	return sem_getvalue(semaphore, &value) == 0 && value > 0;
}

static void a_request_that_waits_for_a_person_can_be_released(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_error err = {0};
	sem_t shown;
	sem_t woken;
	assert_int_equal(sem_init(&shown, 0, 0), 0);
	assert_int_equal(sem_init(&woken, 0, 0), 0);
	struct mcpauth_client_config config = fake_provider_client(fixture->fake);
	config.login = ignore;
	config.user = &shown;
	struct mcpauth_client *client = make(fixture, &config);
	struct mcpauth_client_request *request = begin(client);
	struct mcpauth_client_request *other = begin(client);
	const struct mcpauth_client_answer answer = answer_of(401, NULL);
	CHECK_OK(step(request, NULL, &woken, &err));
	CHECK_OK(step(other, NULL, &woken, &err));
	assert_int_equal(mcpauth_client_request_start(request, &answer, wake, &woken, &err),
		MCPAUTH_PENDING);
	CHECK_SOON(is_posted(&shown));
	/* It waits for the first one's login. */
	assert_int_equal(
		mcpauth_client_request_start(other, &answer, wake, &woken, &err), MCPAUTH_PENDING);
	mcpauth_client_request_free(other);
	mcpauth_client_request_free(request);
	assert_int_not_equal(sem_trywait(&woken), 0);
	mcpauth_client_free(client);
	sem_destroy(&shown);
	sem_destroy(&woken);
}

static void a_login_ends_with_its_time(void **state)
{
	struct fixture *fixture = *state;
	sem_t shown;
	unsigned status;
	assert_int_equal(sem_init(&shown, 0, 0), 0);
	struct mcpauth_client_config config = fake_provider_client(fixture->fake);
	config.login = ignore;
	config.user = &shown;
	config.login_seconds = 1;
	struct mcpauth_client *client = make(fixture, &config);
	CHECK_CODE(MCPAUTH_E_LOGIN_ABANDONED,
		fake_provider_request(fixture->fake, client, &status, &err));
	mcpauth_client_free(client);
	sem_destroy(&shown);
}

static void what_cannot_be_configured_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_client_config rows[12];
	for (size_t i = 0; i < 12; i++) {
		rows[i] = fake_provider_client(fixture->fake);
	}
	rows[0].server = NULL;
	rows[1].grant = (enum mcpauth_client_grant)4;
	rows[2].scope = "a\"b";
	rows[3].client_secret = "without an id";
	rows[4].key_id = "without a key";
	rows[5].client_id = "x";
	rows[5].private_key = "no PEM";
	rows[6].client_id = "x";
	rows[6].authentication = "private_key_jwt";
	rows[7].authentication = "tls_client_auth";
	rows[8].step_up_limit = 11;
	rows[9].timeout_ms = MCPAUTH_NONE;
	rows[10].client_metadata_url = "https://app.example";
	rows[11].dpop = (enum mcpauth_client_dpop)3;
	for (size_t i = 0; i < 12; i++) {
		struct mcpauth_client *client;
		CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_client_new(fixture->auth, &rows[i], &client, &err));
		assert_null(client);
	}
}

static void urls_that_cannot_be_asked_are_refused(void **state)
{
	static const char *const urls[] = {"ftp://mcp.example/", "http://mcp.example/mcp",
		"https://user@mcp.example/mcp", "https://mcp.example/mcp#x", "mcp.example"};
	static const char *const redirects[] = {
		"javascript:alert(1)", "http://app.example/cb", "nodot:/cb", "com.example:/cb#x"};
	struct fixture *fixture = *state;
	struct mcpauth_client *client;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct mcpauth_client_config config = fake_provider_client(fixture->fake);
		config.server = urls[i];
		CHECK_ROW_CODE(urls[i], MCPAUTH_E_INVALID_URL,
			mcpauth_client_new(fixture->auth, &config, &client, &err));
		config.server = PROVIDER_SERVER;
		config.issuer = urls[i];
		CHECK_ROW_CODE(urls[i], MCPAUTH_E_INVALID_URL,
			mcpauth_client_new(fixture->auth, &config, &client, &err));
	}
	for (size_t i = 0; i < sizeof redirects / sizeof *redirects; i++) {
		struct mcpauth_client_config config = fake_provider_client(fixture->fake);
		config.redirect_uri = redirects[i];
		CHECK_ROW_CODE(redirects[i], MCPAUTH_E_INVALID_URL,
			mcpauth_client_new(fixture->auth, &config, &client, &err));
	}
}

/* Cannot keep anything. */
static bool load_nothing(const char *key, char **text, void *user)
{
	(void)key;
	(void)user;
	*text = NULL;
	return true;
}

static bool save_nothing(const char *key, const char *text, void *user)
{
	(void)key;
	(void)text;
	return *(const bool *)user;
}

static void a_token_that_cannot_be_kept_is_good_all_the_same(void **state)
{
	struct fixture *fixture = *state;
	bool works = true;
	unsigned status;
	struct mcpauth_token_storage_config storage = MCPAUTH_TOKEN_STORAGE_CONFIG_INIT;
	storage.load = load_nothing;
	storage.save = save_nothing;
	storage.user = &works;
	struct mcpauth_client_config config = fake_provider_client(fixture->fake);
	CHECK_OK(mcpauth_token_storage_new(&storage, &config.storage, &err));
	config.client_id = "known";
	struct mcpauth_client *client = make(fixture, &config);
	works = false;
	CHECK_OK(fake_provider_request(fixture->fake, client, &status, &err));
	fake_provider_advance(fixture->fake, 3600);
	CHECK_OK(fake_provider_request(fixture->fake, client, &status, &err));
	fake_provider_advance(fixture->fake, 3600);
	CHECK_OK(fake_provider_request(fixture->fake, client, &status, &err));
	assert_int_equal(status, 200);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.logins, 1);
	assert_int_equal(counts.refreshes, 2);
	assert_true(fake_provider_logged(fixture->fake, "TOKEN_STORAGE"));
	assert_false(fake_provider_logged(fixture->fake, "rt-"));
	mcpauth_client_free(client);
	mcpauth_token_storage_free(config.storage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_is_for_the_clients_server),
		TEST(shows_a_token_once_there_is_one),
		TEST(an_expired_token_is_not_shown),
		TEST(other_answers_stand),
		TEST(a_401_without_a_challenge_leads_to_the_well_known_place),
		TEST(logs_in_without_blocking),
		TEST(a_request_that_waits_for_a_person_can_be_released),
		TEST(a_login_ends_with_its_time),
		TEST(what_cannot_be_configured_is_refused),
		TEST(urls_that_cannot_be_asked_are_refused),
		TEST(a_token_that_cannot_be_kept_is_good_all_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
