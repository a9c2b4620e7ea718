/* What a server says of the OAuth client's DPoP proofs, and which requests are sent again. */
#include "support/check.h"
#include "support/small_web.h"

#include <stdlib.h>
#include <string.h>

#define WANTS_NONCE "DPoP error=\"use_dpop_nonce\", algs=\"ES256\""
#define WANTS_SCOPE "Bearer, DPoP error=\"insufficient_scope\", scope=\"write\""

/* One that is logged in. */
static struct mcpauth_client *log_in(struct small_web *web, enum mcpauth_client_dpop dpop)
{
	web->config.dpop = dpop;
	small_web_put(web, ISSUER "/token", 200,
		"{\"access_token\":\"good\",\"token_type\":\"%s\",\"expires_in\":3600,"
		"\"refresh_token\":\"refresh-me\"}",
		dpop == MCPAUTH_DPOP_ALWAYS ? "DPoP" : "Bearer");
	struct mcpauth_client *client = small_web_client(web);
	CHECK_OK(mcpauth_client_authorize(client, &err));
	return client;
}

static struct mcpauth_client_request *begin(struct mcpauth_client *client)
{
	struct mcpauth_client_request *request = NULL;
	CHECK_OK(mcpauth_client_request_new(client, "POST", NULL, &request, &err));
	assert_non_null(request);
	CHECK_OK(mcpauth_client_request_prepare(request, &err));
	return request;
}

static enum mcpauth_code answer(struct mcpauth_client_request *request, unsigned status,
	const char *challenge, const char *nonce)
{
	struct mcpauth_client_answer said = MCPAUTH_CLIENT_ANSWER_INIT;
	said.status = status;
	said.challenges = &challenge;
	said.challenge_count = challenge != NULL ? 1 : 0;
	said.dpop_nonce = nonce;
	return mcpauth_client_request_answered(request, &said, NULL);
}

static unsigned refreshes(const struct small_web *web)
{
	return small_web_asked(web, "grant_type=refresh_token");
}

static void of_two_requests_without_its_nonce_both_are_sent_again(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client = log_in(web, MCPAUTH_DPOP_ALWAYS);
	struct mcpauth_client_request *first = begin(client);
	struct mcpauth_client_request *second = begin(client);
	struct mcpauth_client_request *third = begin(client);
	assert_int_equal(answer(first, 401, WANTS_NONCE, "n-1"), MCPAUTH_RETRY);
	assert_int_equal(answer(second, 401, WANTS_NONCE, "n-1"), MCPAUTH_RETRY);
	/* A good answer brings one, too. */
	assert_int_equal(answer(first, 200, NULL, "n-2"), MCPAUTH_OK);
	assert_int_equal(answer(third, 401, WANTS_NONCE, "n-2"), MCPAUTH_RETRY);
	assert_int_equal(refreshes(web), 0);
	assert_int_equal(web->logins, 1);
	mcpauth_client_request_free(first);
	mcpauth_client_request_free(second);
	mcpauth_client_request_free(third);
	mcpauth_client_free(client);
}

static void a_nonce_that_is_never_right_is_tried_twice(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client = log_in(web, MCPAUTH_DPOP_ALWAYS);
	struct mcpauth_client_request *request = begin(client);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(refreshes(web), 0);
		assert_int_equal(answer(request, 401, WANTS_NONCE, "n-1"), MCPAUTH_RETRY);
		CHECK_OK(mcpauth_client_request_prepare(request, &err));
	}
	assert_int_equal(refreshes(web), 1);
	mcpauth_client_request_free(request);
	mcpauth_client_free(client);
}

static void what_brings_no_nonce_is_a_refusal(void **state)
{
	static const struct {
		const char *label;
		const char *challenge;
		const char *nonce;
	} rows[] = {
		{"no header", WANTS_NONCE, NULL},
		{"no nonce in it", WANTS_NONCE, "a b"},
		{"another error", "DPoP error=\"invalid_token\"", "n-1"},
		{"of a plain token", "Bearer error=\"use_dpop_nonce\", DPoP algs=a, error=e",
			"n-1"},
	};
	struct small_web *web = *state;
	struct mcpauth_client *client = log_in(web, MCPAUTH_DPOP_ALWAYS);
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_client_request *request = begin(client);
		CHECK_ROW(rows[i].label,
			answer(request, 401, rows[i].challenge, rows[i].nonce) == MCPAUTH_RETRY);
		CHECK_ROW(rows[i].label, refreshes(web) == i + 1);
		mcpauth_client_request_free(request);
	}
	mcpauth_client_free(client);
}

static void hears_what_is_said_beside_a_bearer_challenge(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client = log_in(web, MCPAUTH_DPOP_ALWAYS);
	struct mcpauth_client_request *request = begin(client);
	assert_int_equal(answer(request, 401, "Bearer, " WANTS_NONCE, "n-1"), MCPAUTH_RETRY);
	assert_int_equal(refreshes(web), 0);
	assert_int_equal(web->logins, 1);
	CHECK_OK(mcpauth_client_request_prepare(request, &err));
	assert_int_equal(answer(request, 403, WANTS_SCOPE, NULL), MCPAUTH_RETRY);
	assert_int_equal(web->logins, 2);
	assert_non_null(strstr(web->login, "scope=write"));
	mcpauth_client_request_free(request);
	mcpauth_client_free(client);
}

static void an_error_by_dpop_is_nothing_to_a_plain_token(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client = log_in(web, MCPAUTH_DPOP_NEVER);
	struct mcpauth_client_request *request = begin(client);
	assert_int_equal(answer(request, 403, WANTS_SCOPE, NULL), MCPAUTH_OK);
	assert_int_equal(web->logins, 1);
	mcpauth_client_request_free(request);
	mcpauth_client_free(client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_web_start, small_web_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_two_requests_without_its_nonce_both_are_sent_again),
		TEST(a_nonce_that_is_never_right_is_tried_twice),
		TEST(what_brings_no_nonce_is_a_refusal),
		TEST(hears_what_is_said_beside_a_bearer_challenge),
		TEST(an_error_by_dpop_is_nothing_to_a_plain_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
