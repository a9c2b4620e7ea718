/* How often the OAuth client asks a person to log in, for servers that make it ask. */
#include "support/check.h"
#include "support/small_web.h"

#include <stdlib.h>
#include <string.h>

static struct mcpauth_client_request *begin(struct mcpauth_client *client)
{
	struct mcpauth_client_request *request = NULL;
	CHECK_OK(mcpauth_client_request_new(client, "POST", NULL, &request, &err));
	assert_non_null(request);
	CHECK_OK(mcpauth_client_request_prepare(request, &err));
	return request;
}

static void of_requests_that_wait_one_asks_a_person(void **state)
{
	static const struct {
		const char *answer;
		enum mcpauth_code code;
	} rows[] = {
		{"error=access_denied", MCPAUTH_E_LOGIN_REFUSED},
		{"code=abc&iss=https%3A%2F%2Fevil.example", MCPAUTH_E_ISSUER_MISMATCH},
		{"code=stale", MCPAUTH_E_TOKEN_ENDPOINT},
	};
	struct small_web *web = *state;
	struct mcpauth_client *client = small_web_client(web);
	small_web_put(web, ISSUER "/token", 400, "{\"error\":\"invalid_grant\"}");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_client_request *first = begin(client);
		struct mcpauth_client_request *second = begin(client);
		web->answer = rows[i].answer;
		CHECK_ROW_CODE(web->answer, rows[i].code, small_web_answer(web, first, &err));
		CHECK_ROW_CODE(web->answer, rows[i].code, small_web_answer(web, second, &err));
		mcpauth_client_request_free(first);
		mcpauth_client_request_free(second);
		assert_int_equal(web->logins, i + 1);
	}
	small_web_put(web, ISSUER "/token", 200, TOKENS);
	CHECK_OK(small_web_send(web, client, &err));
	mcpauth_client_free(client);
}

/* An issuer that gives the same token each time has not given another one. */
static void of_requests_that_wait_one_gets_the_same_token_again(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client = small_web_client(web);
	struct mcpauth_client_request *requests[4];
	small_web_put(
		web, ISSUER "/token", 200, "{\"access_token\":\"good\",\"token_type\":\"Bearer\"}");
	CHECK_OK(small_web_send(web, client, &err));
	web->accepts = false;
	for (size_t i = 0; i < 4; i++) {
		requests[i] = begin(client);
	}
	for (size_t i = 0; i < 4; i++) {
		CHECK_CODE(MCPAUTH_RETRY, small_web_answer(web, requests[i], &err));
		mcpauth_client_request_free(requests[i]);
	}
	assert_int_equal(web->logins, 2);
	mcpauth_client_free(client);
}

static void a_server_that_takes_no_token_opens_one_window_a_minute(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client = small_web_client(web);
	web->accepts = false;
	for (unsigned i = 0; i < 5; i++) {
		CHECK_CODE(MCPAUTH_E_STILL_REFUSED, small_web_send(web, client, &err));
	}
	assert_int_equal(web->logins, 1);
	web->seconds = 61;
	CHECK_CODE(MCPAUTH_E_STILL_REFUSED, small_web_send(web, client, &err));
	assert_int_equal(web->logins, 2);
	CHECK_OK(mcpauth_client_logout(client, &err));
	web->accepts = true;
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_equal(web->logins, 3);
	mcpauth_client_free(client);
}

static void scopes_that_were_asked_for_in_vain_open_no_window_again(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client = small_web_client(web);
	small_web_put(web, ISSUER "/token", 200,
		"{\"access_token\":\"good\",\"token_type\":\"Bearer\",\"scope\":\"read\"}");
	web->accepts = false;
	web->challenge = "Bearer error=\"insufficient_scope\", scope=\"admin\"";
	CHECK_CODE(MCPAUTH_E_STILL_REFUSED, small_web_send(web, client, &err));
	unsigned logins = web->logins;
	CHECK_CODE(MCPAUTH_E_STILL_REFUSED, small_web_send(web, client, &err));
	assert_int_equal(web->logins, logins);
	web->challenge = "Bearer error=\"insufficient_scope\", scope=\"write\"";
	CHECK_CODE(MCPAUTH_E_STILL_REFUSED, small_web_send(web, client, &err));
	assert_true(web->logins > logins);
	mcpauth_client_free(client);
}

static void an_issuer_that_forgets_at_once_registers_nobody_twice(void **state)
{
	struct small_web *web = *state;
	small_web_put(web, ISSUER "/token", 401, "{\"error\":\"invalid_client\"}");
	CHECK_CODE(MCPAUTH_E_TOKEN_ENDPOINT, small_web_visit(web, &err));
	assert_int_equal(small_web_asked(web, ISSUER "/register"), 1);
	assert_int_equal(web->logins, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_web_start, small_web_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_requests_that_wait_one_asks_a_person),
		TEST(of_requests_that_wait_one_gets_the_same_token_again),
		TEST(a_server_that_takes_no_token_opens_one_window_a_minute),
		TEST(scopes_that_were_asked_for_in_vain_open_no_window_again),
		TEST(an_issuer_that_forgets_at_once_registers_nobody_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
