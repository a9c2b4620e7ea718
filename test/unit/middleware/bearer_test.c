/* The bearer stage: who passes, who is told what, and who may wait. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** A server that wants scope "read", and a good token for it. */
struct fixture {
	struct fake_server server;
	char *bearer;
};

static void start(struct fixture *fixture, enum fake_reach reach)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "read";
	fake_server_start(&fixture->server, reach, NULL);
	CHECK_OK(mcpauth_chain_protect(fixture->server.chain, "/mcp", &policy, &err));
	fixture->bearer = fake_server_bearer(&fixture->server, "read write");
}

static void stop(struct fixture *fixture)
{
	fake_server_stop(&fixture->server);
	free(fixture->bearer);
}

/* A request with the good token. */
static struct fake_request authorized(const struct fixture *fixture)
{
	return (struct fake_request){.headers = {"Authorization", fixture->bearer}};
}

static void a_good_token_passes_and_says_who_calls(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start(&fixture, FAKE_AT_HAND);
	struct fake_request request = authorized(&fixture);
	fake_exchange_start(&fake, &fixture.server, &request);
	assert_null(mcpauth_exchange_auth_info(fake.exchange));
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__PASS);
	const struct mcpauth_auth_info *info = mcpauth_exchange_auth_info(fake.exchange);
	assert_string_equal(mcpauth_auth_info_resource(info), SERVER_RESOURCE);
	assert_string_equal(mcpauth_auth_info_issuer(info), FAKE_ISSUER);
	assert_true(mcpauth_auth_info_has_scopes(info, "read write"));
	assert_int_equal(atomic_load(&fake.suspends), 0);
	fake_exchange_finish(&fake);
	stop(&fixture);
}

static void who_calls_can_be_kept_beyond_the_request(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start(&fixture, FAKE_AT_HAND);
	struct fake_request request = authorized(&fixture);
	fake_exchange_start(&fake, &fixture.server, &request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__PASS);
	struct mcpauth_auth_info *info = mcpauth_auth_info_ref(
		mcpauth_exchange_auth_info(fake.exchange));
	fake_exchange_finish(&fake);
	assert_string_equal(mcpauth_auth_info_token(info), fixture.bearer + strlen("Bearer "));
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

/** "%" stands for the good header. */
static const struct {
	const char *label;
	const char *first;
	const char *second;
	const char *argument;
	unsigned status; /* 0: passes */
} credentials[] = {
	{"a good header", "%", NULL, NULL, 0},
	{"none", NULL, NULL, NULL, 401},
	{"an empty one", "", NULL, NULL, 401},
	{"blanks", " \t", NULL, NULL, 401},
	{"Basic", "Basic YTpi", NULL, NULL, 401},
	{"Bearer alone", "Bearer", NULL, NULL, 400},
	{"two words", "Bearer a b", NULL, NULL, 400},
	{"a tab", "Bearer\ta", NULL, NULL, 400},
	{"quotes", "Bearer \"a\"", NULL, NULL, 400},
	{"token=", "Bearer token=a", NULL, NULL, 400},
	{"nonsense", "Bearer nonsense", NULL, NULL, 401},
	{"the good one twice", "%", "%", NULL, 400},
	{"the good one and Basic", "%", "Basic YTpi", NULL, 400},
	{"Basic and the good one", "Basic YTpi", "%", NULL, 400},
	{"an empty one and the good one", "", "%", NULL, 400},
	{"a query argument beside the header", "%", NULL, "abc", 400},
	{"an empty query argument beside it", "%", NULL, "", 400},
	{"a query argument alone", NULL, NULL, "abc", 401},
};

static const char *or_bearer(const struct fixture *fixture, const char *value)
{
	return value != NULL && strcmp(value, "%") == 0 ? fixture->bearer : value;
}

static void takes_one_header_with_one_token(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	for (size_t i = 0; i < sizeof credentials / sizeof *credentials; i++) {
		struct fake_request request = {0};
		const char **at = request.headers;
		const char *values[] = {credentials[i].first, credentials[i].second};
		for (size_t k = 0; k < 2 && values[k] != NULL; k++) {
			*at++ = "Authorization";
			*at++ = or_bearer(&fixture, values[k]);
		}
		request.arguments[0] = credentials[i].argument == NULL ? NULL : "access_token";
		request.arguments[1] = credentials[i].argument;
		CHECK_ROW(credentials[i].label,
			fake_server_answers(&fixture.server, &request, credentials[i].status));
	}
	stop(&fixture);
}

static void blanks_behind_the_token_do_not_count(void **state)
{
	(void)state;
	struct fixture fixture;
	char value[4096];
	start(&fixture, FAKE_AT_HAND);
	assert_true(strlen(fixture.bearer) + 4 < sizeof value);
	strcat(strcpy(value, fixture.bearer), " \t ");
	struct fake_request request = {.headers = {"authorization", value}};
	assert_true(fake_server_answers(&fixture.server, &request, 0));
	stop(&fixture);
}

static void the_case_of_the_scheme_does_not_count(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	memcpy(fixture.bearer, "bEARER", 6);
	struct fake_request request = authorized(&fixture);
	assert_true(fake_server_answers(&fixture.server, &request, 0));
	stop(&fixture);
}

static void a_scope_of_the_route_must_be_granted(void **state)
{
	(void)state;
	static const struct {
		const char *granted;
		unsigned status;
	} rows[] = {{"read", 0}, {"write read", 0}, {"write", 403}, {"", 403}, {"Read", 403},
		{"reads", 403}, {"read:all", 403}};
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		free(fixture.bearer);
		fixture.bearer = fake_server_bearer(&fixture.server, rows[i].granted);
		struct fake_request request = authorized(&fixture);
		CHECK_ROW(rows[i].granted,
			fake_server_answers(&fixture.server, &request, rows[i].status));
	}
	stop(&fixture);
}

static void one_of_several_scopes_is_enough_besides_the_others(void **state)
{
	(void)state;
	static const struct {
		const char *granted;
		unsigned status;
	} rows[] = {{"read user", 0}, {"admin read", 0}, {"read user admin", 0}, {"read", 403},
		{"user admin", 403}, {"", 403}, {"read users", 403}, {"read User", 403}};
	struct fixture fixture;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "read";
	policy.any_scopes = "user admin";
	start(&fixture, FAKE_AT_HAND);
	CHECK_OK(mcpauth_chain_protect(fixture.server.chain, "/any", &policy, &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		free(fixture.bearer);
		fixture.bearer = fake_server_bearer(&fixture.server, rows[i].granted);
		struct fake_request request = authorized(&fixture);
		request.path = "/any";
		CHECK_ROW(rows[i].granted,
			fake_server_answers(&fixture.server, &request, rows[i].status));
	}
	stop(&fixture);
}

static void the_derived_rest_is_no_easier_to_open_than_any_route(void **state)
{
	(void)state;
	static const struct {
		const char *granted;
		unsigned rest;
	} rows[] = {{"read a y", 0}, {"read b x", 0}, {"read a b", 403}, {"read x y", 403},
		{"a x", 403}, {"read", 403}};
	struct fixture fixture;
	struct mcpauth_policy one = MCPAUTH_POLICY_INIT;
	struct mcpauth_policy two = MCPAUTH_POLICY_INIT;
	one.any_scopes = "a b";
	two.any_scopes = "x y";
	start(&fixture, FAKE_AT_HAND);
	CHECK_OK(mcpauth_chain_protect(fixture.server.chain, "/one", &one, &err));
	CHECK_OK(mcpauth_chain_protect_prefix(fixture.server.chain, "/two", &two, &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		free(fixture.bearer);
		fixture.bearer = fake_server_bearer(&fixture.server, rows[i].granted);
		struct fake_request request = authorized(&fixture);
		request.path = "/one/";
		CHECK_ROW(rows[i].granted,
			fake_server_answers(&fixture.server, &request, rows[i].rest));
	}
	stop(&fixture);
}

static void each_route_is_opened_by_its_own_resources_tokens(void **state)
{
	(void)state;
	static const char *const resources[] = {
		"https://other.example.com/mcp", SERVER_RESOURCE, NULL};
	static const char *const paths[] = {"/other", "/mcp"};
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, resources);
	for (size_t i = 0; i < 2; i++) {
		struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
		policy.resource = resources[i];
		CHECK_OK(mcpauth_chain_protect(server.chain, paths[i], &policy, &err));
	}
	char *bearer = fake_server_bearer(&server, "read");
	struct fake_request request = {.path = "/mcp", .headers = {"Authorization", bearer}};
	assert_true(fake_server_answers(&server, &request, 0));
	request.path = "/other";
	assert_true(fake_server_answers(&server, &request, 401));
	fake_server_stop(&server);
	free(bearer);
}

static void a_token_for_another_audience_is_refused(void **state)
{
	(void)state;
	struct fixture fixture;
	char value[4096] = "Bearer ";
	struct fake_token elsewhere = {
		.audience = "https://other.example.com/mcp", .claims = ",\"scope\":\"read\""};
	start(&fixture, FAKE_AT_HAND);
	char *token = fake_issuer_token(fixture.server.issuer, &elsewhere);
	strncat(value, token, sizeof value - 8);
	struct fake_request request = {.headers = {"Authorization", value}};
	assert_true(fake_server_answers(&fixture.server, &request, 401));
	char line[64];
	snprintf(line, sizeof line, "%d %d token refused", MCPAUTH_LOG_INFO, MCPAUTH_E_AUDIENCE);
	assert_int_equal(fake_server_logged(&fixture.server, line), 1);
	assert_int_equal(fake_server_logged(&fixture.server, token), 0);
	free(token);
	stop(&fixture);
}

static void a_path_writes_no_lines_of_its_own(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_request request = {
		.path = "/x\nmcpauth error: forged", .headers = {"Authorization", "Bearer"}};
	start(&fixture, FAKE_AT_HAND);
	assert_true(fake_server_answers(&fixture.server, &request, 400));
	assert_int_equal(fake_server_logged(&fixture.server, "\nmcpauth error"), 0);
	assert_int_equal(fake_server_logged(&fixture.server, "/x?mcpauth error: forged"), 1);
	stop(&fixture);
}

static void nobody_hears_of_those_who_bring_nothing(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_request none = {0};
	struct fake_request bad = {.headers = {"Authorization", "Bearer"}};
	start(&fixture, FAKE_AT_HAND);
	unsigned lines = fake_server_logged(&fixture.server, "\n");
	assert_true(fake_server_answers(&fixture.server, &none, 401));
	assert_int_equal(fake_server_logged(&fixture.server, "\n"), lines);
	assert_true(fake_server_answers(&fixture.server, &bad, 400));
	assert_int_equal(fake_server_logged(&fixture.server, "token refused"), 1);
	assert_int_equal(fake_server_logged(&fixture.server, "the token is empty"), 1);
	stop(&fixture);
}

static const struct {
	const char *label;
	const char *method;
	const char *header;
	unsigned status;
} preflights[] = {
	{"a preflight", "OPTIONS", "Access-Control-Request-Method", 204},
	{"in other letters", "OPTIONS", "access-control-request-method", 204},
	{"OPTIONS alone", "OPTIONS", "X-Other", 401},
	{"its header with GET", "GET", "Access-Control-Request-Method", 401},
	{"its header with POST", "POST", "Access-Control-Request-Method", 401},
	{"a method in small letters", "options", "Access-Control-Request-Method", 401},
};

static void answers_preflights_without_a_challenge(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	for (size_t i = 0; i < sizeof preflights / sizeof *preflights; i++) {
		struct fake_request request = {
			.method = preflights[i].method, .headers = {preflights[i].header, "POST"}};
		CHECK_ROW(preflights[i].label,
			fake_server_answers(&fixture.server, &request, preflights[i].status));
	}
	stop(&fixture);
}

static void a_preflight_gives_leave_to_nobody(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	struct fake_request request = {
		.method = "OPTIONS", .headers = {"Access-Control-Request-Method", "POST"}};
	start(&fixture, FAKE_AT_HAND);
	fake_exchange_start(&fake, &fixture.server, &request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fake), 204);
	assert_null(fake_exchange_header(&fake, "WWW-Authenticate"));
	assert_null(fake_exchange_header(&fake, "Access-Control-Allow-Origin"));
	assert_string_equal(fake_exchange_header(&fake, "Cache-Control"), "no-store");
	assert_string_equal(fake_exchange_body(&fake), "");
	fake_exchange_finish(&fake);
	stop(&fixture);
}

static void a_preflight_with_a_token_does_not_pass_either(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	struct fake_request request = {.method = "OPTIONS",
		.headers = {
			"Authorization", fixture.bearer, "Access-Control-Request-Method", "POST"}};
	assert_true(fake_server_answers(&fixture.server, &request, 204));
	request.headers[2] = NULL;
	assert_true(fake_server_answers(&fixture.server, &request, 0));
	stop(&fixture);
}

static void a_published_preflight_reaches_the_application(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_request request = {
		.method = "OPTIONS", .headers = {"Access-Control-Request-Method", "POST"}};
	struct fake_request get = {0};
	start(&fixture, FAKE_AT_HAND);
	CHECK_OK(mcpauth_chain_publish(fixture.server.chain, "/mcp", "OPTIONS", &err));
	assert_true(fake_server_answers(&fixture.server, &request, 0));
	assert_true(fake_server_answers(&fixture.server, &get, 401));
	stop(&fixture);
}

static void a_published_path_asks_nobody(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start(&fixture, FAKE_AT_HAND);
	CHECK_OK(mcpauth_chain_publish(fixture.server.chain, "/open", NULL, &err));
	struct fake_request request = authorized(&fixture);
	request.path = "/open";
	fake_exchange_start(&fake, &fixture.server, &request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__PASS);
	assert_null(mcpauth_exchange_auth_info(fake.exchange));
	fake_exchange_finish(&fake);
	request.path = "/open/";
	request.headers[0] = NULL;
	assert_true(fake_server_answers(&fixture.server, &request, 401));
	stop(&fixture);
}

static void without_a_route_nothing_is_found(void **state)
{
	(void)state;
	static const char *const two[] = {SERVER_RESOURCE, "https://other.example.com", NULL};
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct fake_request request = {.path = "/other"};
	fake_server_start(&server, FAKE_HELD, two);
	policy.resource = SERVER_RESOURCE;
	CHECK_OK(mcpauth_chain_protect(server.chain, "/mcp", &policy, &err));
	assert_true(fake_server_answers(&server, &request, 404));
	assert_int_equal(fake_server_logged(&server, "no route (GET /other)"), 1);
	mcpauth_chain_insecure_allow_everybody(server.chain);
	assert_true(fake_server_answers(&server, &request, 404));
	request.path = "/mcp";
	assert_true(fake_server_answers(&server, &request, 0));
	fake_server_stop(&server);
}

static void everybody_can_be_allowed_and_that_is_loud(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_request request = {.headers = {"Authorization", "Bearer nonsense"}};
	start(&fixture, FAKE_AT_HAND);
	assert_true(fake_server_answers(&fixture.server, &request, 401));
	mcpauth_chain_insecure_allow_everybody(fixture.server.chain);
	assert_int_equal(fake_server_logged(&fixture.server, "AUTHORIZATION IS OFF"), 1);
	assert_true(fake_server_answers(&fixture.server, &request, 0));
	stop(&fixture);
}

static void waits_for_keys_and_then_passes(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start(&fixture, FAKE_HELD);
	struct fake_request request = authorized(&fixture);
	fake_exchange_start(&fake, &fixture.server, &request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	assert_int_equal(atomic_load(&fake.suspends), 1);
	assert_int_equal(atomic_load(&fake.resumes), 0);
	assert_null(mcpauth_exchange_auth_info(fake.exchange));
	fake_issuer_release(fixture.server.issuer);
	fake_exchange_await(&fake);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__PASS);
	assert_non_null(mcpauth_exchange_auth_info(fake.exchange));
	assert_int_equal(atomic_load(&fake.resumes), atomic_load(&fake.suspends));
	fake_exchange_finish(&fake);
	stop(&fixture);
}

/* Lets the issuer answer once it was asked. */
static void *release_when_asked(void *user)
{
	struct fixture *fixture = user;
	for (int i = 0; i < 20000; i++) {
		if (fake_issuer_fetches(fixture->server.issuer, FAKE_KEYS) > 0) {
			break;
		}
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	fake_issuer_release(fixture->server.issuer);
	return NULL;
}

static void waits_for_keys_on_a_thread_of_its_own(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	pthread_t thread;
	start(&fixture, FAKE_HELD);
	struct fake_request request = authorized(&fixture);
	request.wait_mode = MCPAUTH__WAITS_BLOCKED;
	assert_int_equal(pthread_create(&thread, NULL, release_when_asked, &fixture), 0);
	fake_exchange_start(&fake, &fixture.server, &request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__PASS);
	assert_int_equal(atomic_load(&fake.suspends), 0);
	assert_int_equal(atomic_load(&fake.resumes), 0);
	pthread_join(thread, NULL);
	fake_exchange_finish(&fake);
	stop(&fixture);
}

static void says_503_while_nobody_can_be_asked(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start(&fixture, FAKE_DOWN);
	struct fake_request request = authorized(&fixture);
	fake_exchange_start(&fake, &fixture.server, &request);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fake), 503);
	assert_null(fake_exchange_header(&fake, "WWW-Authenticate"));
	assert_non_null(fake_exchange_header(&fake, "Retry-After"));
	assert_int_equal(atomic_load(&fake.resumes), atomic_load(&fake.suspends));
	assert_true(fake_server_logged(&fixture.server, "token could not be checked") > 0);
	fake_exchange_finish(&fake);
	stop(&fixture);
}

static void says_when_the_issuer_may_be_asked_again(void **state)
{
	(void)state;
	static const char *const pauses[] = {"1", "2", "4", "8", "15", "15"};
	struct fixture fixture;
	start(&fixture, FAKE_DOWN);
	struct fake_request request = authorized(&fixture);
	for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
		struct fake_exchange fake;
		fake_exchange_start(&fake, &fixture.server, &request);
		assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__ANSWER);
		assert_string_equal(fake_exchange_header(&fake, "Retry-After"), pauses[i]);
		fake_exchange_finish(&fake);
		fake_issuer_advance_ms(fixture.server.issuer, strtol(pauses[i], NULL, 10) * 1000);
	}
	stop(&fixture);
}

static void says_503_when_the_deadline_passes(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start(&fixture, FAKE_HELD);
	struct fake_request request = authorized(&fixture);
	fake_exchange_start(&fake, &fixture.server, &request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	fake_issuer_advance_ms(fixture.server.issuer, 5001);
	fake_exchange_await(&fake);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fake), 503);
	fake_exchange_finish(&fake);
	stop(&fixture);
}

static void where_it_cannot_wait_the_next_try_succeeds(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_HELD);
	struct fake_request request = authorized(&fixture);
	request.wait_mode = MCPAUTH__WAITS_NEVER;
	assert_true(fake_server_answers(&fixture.server, &request, 503));
	assert_true(fake_server_answers(&fixture.server, &request, 503));
	assert_int_equal(fake_server_logged(&fixture.server, "MCPAUTH_MHD_FLAGS"), 1);
	fake_issuer_release(fixture.server.issuer);
	request.wait_mode = MCPAUTH__WAITS_SUSPENDED;
	assert_true(fake_server_answers(&fixture.server, &request, 0));
	request.wait_mode = MCPAUTH__WAITS_NEVER;
	assert_true(fake_server_answers(&fixture.server, &request, 0));
	stop(&fixture);
}

static void a_request_may_break_while_it_waits(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange first;
	struct fake_exchange second;
	start(&fixture, FAKE_HELD);
	struct fake_request request = authorized(&fixture);
	fake_exchange_start(&first, &fixture.server, &request);
	fake_exchange_start(&second, &fixture.server, &request);
	assert_int_equal(fake_exchange_run(&first), MCPAUTH__LATER);
	assert_int_equal(fake_exchange_run(&second), MCPAUTH__LATER);
	fake_exchange_break(&first);
	fake_issuer_release(fixture.server.issuer);
	fake_exchange_await(&second);
	assert_int_equal(fake_exchange_serve(&second), MCPAUTH__PASS);
	assert_int_equal(atomic_load(&first.resumes), 0);
	fake_exchange_finish(&second);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 0);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_token_passes_and_says_who_calls),
		cmocka_unit_test(who_calls_can_be_kept_beyond_the_request),
		cmocka_unit_test(takes_one_header_with_one_token),
		cmocka_unit_test(blanks_behind_the_token_do_not_count),
		cmocka_unit_test(the_case_of_the_scheme_does_not_count),
		cmocka_unit_test(a_scope_of_the_route_must_be_granted),
		cmocka_unit_test(one_of_several_scopes_is_enough_besides_the_others),
		cmocka_unit_test(the_derived_rest_is_no_easier_to_open_than_any_route),
		cmocka_unit_test(each_route_is_opened_by_its_own_resources_tokens),
		cmocka_unit_test(a_token_for_another_audience_is_refused),
		cmocka_unit_test(a_path_writes_no_lines_of_its_own),
		cmocka_unit_test(nobody_hears_of_those_who_bring_nothing),
		cmocka_unit_test(answers_preflights_without_a_challenge),
		cmocka_unit_test(a_preflight_gives_leave_to_nobody),
		cmocka_unit_test(a_preflight_with_a_token_does_not_pass_either),
		cmocka_unit_test(a_published_preflight_reaches_the_application),
		cmocka_unit_test(a_published_path_asks_nobody),
		cmocka_unit_test(without_a_route_nothing_is_found),
		cmocka_unit_test(everybody_can_be_allowed_and_that_is_loud),
		cmocka_unit_test(waits_for_keys_and_then_passes),
		cmocka_unit_test(waits_for_keys_on_a_thread_of_its_own),
		cmocka_unit_test(says_503_while_nobody_can_be_asked),
		cmocka_unit_test(says_when_the_issuer_may_be_asked_again),
		cmocka_unit_test(says_503_when_the_deadline_passes),
		cmocka_unit_test(where_it_cannot_wait_the_next_try_succeeds),
		cmocka_unit_test(a_request_may_break_while_it_waits),
	};
	return cmocka_run_group_tests_name("bearer", tests, NULL, NULL);
}
