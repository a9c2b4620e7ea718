/* The metrics' stage: what is counted as what, and who may read it where. */
#include "support/check.h"
#include "support/exposition.h"
#include "support/fake_exchange.h"

#include <mcpauth/metrics.h>
#include <mcpauth/reload.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct fake_server server;
	char *bearer;
};

static void start_bare(struct fixture *fixture, enum fake_reach reach)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "read";
	fake_server_start(&fixture->server, reach, NULL);
	CHECK_OK(mcpauth_chain_protect(fixture->server.chain, "/mcp", &policy, &err));
	CHECK_OK(mcpauth_chain_publish(fixture->server.chain, "/open", NULL, &err));
	CHECK_OK(mcpauth_chain_publish(fixture->server.chain, "/metrics", NULL, &err));
	fixture->bearer = fake_server_bearer(&fixture->server, "read");
}

static void start(struct fixture *fixture, enum fake_reach reach)
{
	start_bare(fixture, reach);
	CHECK_OK(mcpauth_chain_add_metrics(fixture->server.chain, NULL, &err));
}

static void stop(struct fixture *fixture)
{
	fake_server_stop(&fixture->server);
	free(fixture->bearer);
}

static long long value_of(struct fixture *fixture, const char *sample)
{
	size_t length;
	char *text = mcpauth_chain_metrics(fixture->server.chain, &length);
	assert_non_null(text);
	assert_null(exposition_fault(text, length));
	long long value = exposition_value(text, sample);
	free(text);
	return value;
}

static long long outcomes(struct fixture *fixture, const char *outcome)
{
	char sample[128];
	snprintf(sample, sizeof sample, "mcpauth_requests_total{outcome=\"%s\"}", outcome);
	return value_of(fixture, sample);
}

static long long all_outcomes(struct fixture *fixture)
{
	size_t length;
	long long sum = 0;
	static const char start[] = "\nmcpauth_requests_total{";
	char *text = mcpauth_chain_metrics(fixture->server.chain, &length);
	assert_non_null(text);
	for (const char *at = text; (at = strstr(at, start)) != NULL; at++) {
		sum += strtoll(strchr(at, ' '), NULL, 10);
	}
	free(text);
	return sum;
}

static void serve(struct fixture *fixture, const struct fake_request *request)
{
	struct fake_exchange fake;
	fake_exchange_start(&fake, &fixture->server, request);
	fake_exchange_serve(&fake);
	fake_exchange_finish(&fake);
}

static const struct {
	const char *outcome;
	struct fake_request request;
} rows[] = {
	{"passed", {.path = "/open"}},
	{"no_credentials", {0}},
	{"invalid_request", {.headers = {"Authorization", "Bearer a b"}}},
	{"malformed_token", {.headers = {"Authorization", "Bearer abc"}}},
	{"foreign_host", {.headers = {"Host", "evil.example.com"}}},
	{"foreign_origin", {.headers = {"Origin", "https://evil.example.com"}}},
	{"framing", {.headers = {"Host", "a", "Host", "b"}}},
	{"no_path", {.path = "/.well-known/x"}},
	{"no_method", {.path = "/.well-known/oauth-protected-resource/mcp", .method = "POST"}},
	{"answered", {.path = "/.well-known/oauth-protected-resource/mcp"}},
	{"answered", {.method = "OPTIONS", .headers = {"Access-Control-Request-Method", "GET"}}},
	{"answered", {.path = "/metrics"}},
	{"no_method", {.path = "/metrics", .method = "POST"}},
};

static enum mcpauth_stage_result refuse_oddly(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	mcpauth_exchange_refuse(exchange, (enum mcpauth_code)499, NULL, NULL);
	return MCPAUTH_ANSWERED;
}

static void a_request_counts_once_as_what_it_came_to(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		long long before = outcomes(&fixture, rows[i].outcome);
		serve(&fixture, &rows[i].request);
		CHECK_ROW(rows[i].outcome, outcomes(&fixture, rows[i].outcome) == before + 1);
		CHECK_ROW(rows[i].outcome, all_outcomes(&fixture) == (long long)i + 1);
	}
	stop(&fixture);
}

static void a_verification_is_timed(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	struct fake_request good = {.headers = {"Authorization", fixture.bearer}};
	struct fake_request bad = {.headers = {"Authorization", "Bearer abc"}};
	serve(&fixture, &(struct fake_request){0});
	serve(&fixture, &(struct fake_request){.path = "/open"});
	serve(&fixture, &(struct fake_request){.headers = {"Authorization", "Bearer a b"}});
	assert_int_equal(value_of(&fixture, "mcpauth_verification_seconds_count"), 0);
	serve(&fixture, &good);
	assert_int_equal(value_of(&fixture, "mcpauth_verification_seconds_count"), 1);
	serve(&fixture, &bad);
	assert_int_equal(value_of(&fixture, "mcpauth_verification_seconds_count"), 2);
	assert_int_equal(outcomes(&fixture, "passed"), 2);
	stop(&fixture);
}

/* What the library counts begins with the metrics. */
static void verifications_are_told(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	struct fake_request good = {.headers = {"Authorization", fixture.bearer}};
	struct fake_request bad = {.headers = {"Authorization", "Bearer abc"}};
	serve(&fixture, &good);
	serve(&fixture, &good);
	serve(&fixture, &bad);
	assert_int_equal(value_of(&fixture, "mcpauth_verifications_total{result=\"verified\"}"), 1);
	assert_int_equal(
		value_of(&fixture, "mcpauth_verifications_total{result=\"remembered\"}"), 1);
	assert_int_equal(value_of(&fixture, "mcpauth_verifications_total{result=\"rejected\"}"), 1);
	stop(&fixture);
}

/* A program's own verifier may name any code. */
static void a_code_without_a_name_counts_too(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	start(&fixture, FAKE_AT_HAND);
	stage.on_request = refuse_oddly;
	CHECK_OK(mcpauth_chain_add_stage(fixture.server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	serve(&fixture, &rows[0].request);
	assert_int_equal(outcomes(&fixture, "unknown"), 1);
	assert_int_equal(all_outcomes(&fixture), 1);
	stop(&fixture);
}

/* Not only from when somebody looks at the numbers of the new object. */
static void a_new_object_counts_from_its_first_request(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_server other;
	struct fake_request request = {.headers = {"Authorization", "Bearer abc"}};
	start(&fixture, FAKE_AT_HAND);
	fake_server_start(&other, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_revise(fixture.server.chain, other.auth, &err));
	mcpauth_chain_commit(fixture.server.chain);
	serve(&fixture, &request);
	assert_int_equal(value_of(&fixture, "mcpauth_verifications_total{result=\"rejected\"}"), 1);
	stop(&fixture);
	fake_server_stop(&other);
}

static void who_waits_is_suspended_and_in_progress(void **state)
{
	struct fixture fixture;
	struct fake_exchange fake;
	(void)state;
	start(&fixture, FAKE_HELD);
	struct fake_request request = {.headers = {"Authorization", fixture.bearer}};
	assert_int_equal(value_of(&fixture, "mcpauth_requests_in_progress"), 0);
	fake_exchange_start(&fake, &fixture.server, &request);
	assert_int_equal(value_of(&fixture, "mcpauth_requests_in_progress"), 1);
	assert_int_equal(value_of(&fixture, "mcpauth_suspended_connections"), 0);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	assert_int_equal(value_of(&fixture, "mcpauth_suspended_connections"), 1);
	fake_issuer_release(fixture.server.issuer);
	fake_exchange_await(&fake);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__PASS);
	assert_int_equal(value_of(&fixture, "mcpauth_suspended_connections"), 0);
	assert_int_equal(value_of(&fixture, "mcpauth_requests_in_progress"), 1);
	fake_exchange_finish(&fake);
	assert_int_equal(value_of(&fixture, "mcpauth_requests_in_progress"), 0);
	assert_int_equal(value_of(&fixture, "mcpauth_verification_seconds_count"), 1);
	stop(&fixture);
}

static void who_leaves_while_it_waits_has_abandoned_it(void **state)
{
	struct fixture fixture;
	struct fake_exchange fake;
	(void)state;
	start(&fixture, FAKE_HELD);
	struct fake_request request = {.headers = {"Authorization", fixture.bearer}};
	fake_exchange_start(&fake, &fixture.server, &request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	fake_exchange_break(&fake);
	assert_int_equal(outcomes(&fixture, "abandoned"), 1);
	assert_int_equal(all_outcomes(&fixture), 1);
	assert_int_equal(value_of(&fixture, "mcpauth_verification_seconds_count"), 0);
	assert_int_equal(value_of(&fixture, "mcpauth_suspended_connections"), 0);
	stop(&fixture);
}

/* The outcome is the chain's: what the application says later is its own affair. */
static void a_connection_that_breaks_later_has_passed(void **state)
{
	struct fixture fixture;
	struct fake_exchange fake;
	(void)state;
	start(&fixture, FAKE_AT_HAND);
	fake_exchange_start(&fake, &fixture.server, &(struct fake_request){.path = "/open"});
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__PASS);
	fake_exchange_break(&fake);
	assert_int_equal(outcomes(&fixture, "passed"), 1);
	stop(&fixture);
}

static enum mcpauth_stage_result act(struct mcpauth_exchange *exchange, void *user)
{
	const char *path = mcpauth_exchange_path(exchange);
	(void)user;
	if (strcmp(path, "/open") == 0) {
		return MCPAUTH_FAILED;
	}
	if (strcmp(path, "/metrics") != 0) {
		return MCPAUTH_NEXT;
	}
	return mcpauth_exchange_answer(exchange, 418, NULL, NULL, 0) == MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

static void a_stage_that_fails_is_broken(void **state)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fixture fixture;
	(void)state;
	start(&fixture, FAKE_AT_HAND);
	stage.on_request = act;
	CHECK_OK(mcpauth_chain_add_stage(fixture.server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	serve(&fixture, &(struct fake_request){.path = "/open"});
	assert_int_equal(outcomes(&fixture, "broken"), 1);
	serve(&fixture, &(struct fake_request){.path = "/metrics"});
	assert_int_equal(outcomes(&fixture, "stage"), 1);
	stop(&fixture);
}

/* Refuses, and then waits: the refusal never was. */
static enum mcpauth_stage_result think_better(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	if (*mcpauth_exchange_slot(exchange) != NULL) {
		return MCPAUTH_NEXT;
	}
	*mcpauth_exchange_slot(exchange) = exchange;
	CHECK_OK(mcpauth_exchange_refuse(exchange, MCPAUTH_E_EXPIRED, NULL, NULL));
	mcpauth_exchange_continue(exchange);
	return MCPAUTH_WAIT;
}

static void what_a_stage_thought_better_of_does_not_count(void **state)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fixture fixture;
	(void)state;
	start(&fixture, FAKE_AT_HAND);
	stage.on_request = think_better;
	CHECK_OK(mcpauth_chain_add_stage(fixture.server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	serve(&fixture, &(struct fake_request){.path = "/open"});
	assert_int_equal(outcomes(&fixture, "passed"), 1);
	assert_int_equal(outcomes(&fixture, "expired"), 0);
	stop(&fixture);
}

static void a_stage_added_last_comes_before_the_path(void **state)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fixture fixture;
	(void)state;
	start(&fixture, FAKE_AT_HAND);
	stage.on_request = act;
	assert_true(fake_server_answers(
		&fixture.server, &(struct fake_request){.path = "/metrics"}, 200));
	CHECK_OK(mcpauth_chain_add_stage(fixture.server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	assert_true(fake_server_answers(
		&fixture.server, &(struct fake_request){.path = "/metrics"}, 418));
	stop(&fixture);
}

static void the_path_is_read_with_get(void **state)
{
	struct fixture fixture;
	struct fake_exchange fake;
	(void)state;
	start(&fixture, FAKE_AT_HAND);
	fake_exchange_start(&fake, &fixture.server, &(struct fake_request){.path = "/metrics"});
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fake), 200);
	assert_string_equal(fake_exchange_header(&fake, "Content-Type"),
		"text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(fake_exchange_header(&fake, "Cache-Control"), "no-store");
	const char *body = fake_exchange_body(&fake);
	assert_null(exposition_fault(body, strlen(body)));
	assert_int_equal(exposition_value(body, "mcpauth_requests_in_progress"), 1);
	fake_exchange_finish(&fake);
	assert_true(fake_server_answers(&fixture.server,
		&(struct fake_request){.path = "/metrics", .method = "HEAD"}, 200));
	stop(&fixture);
}

static void other_methods_are_not_for_it(void **state)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "get", "GETS"};
	struct fixture fixture;
	struct fake_exchange fake;
	(void)state;
	start(&fixture, FAKE_AT_HAND);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		struct fake_request request = {.path = "/metrics", .method = methods[i]};
		fake_exchange_start(&fake, &fixture.server, &request);
		fake_exchange_serve(&fake);
		CHECK_ROW(methods[i], fake_exchange_status(&fake) == 405);
		assert_string_equal(fake_exchange_header(&fake, "Allow"), "GET, HEAD");
		fake_exchange_finish(&fake);
	}
	stop(&fixture);
}

static void the_path_is_protected_as_any_other(void **state)
{
	struct mcpauth_metrics metrics = MCPAUTH_METRICS_INIT;
	struct fixture fixture;
	(void)state;
	start_bare(&fixture, FAKE_AT_HAND);
	metrics.path = "/numbers";
	CHECK_OK(mcpauth_chain_add_metrics(fixture.server.chain, &metrics, &err));
	struct fake_request none = {.path = "/numbers"};
	struct fake_request good = {
		.path = "/numbers", .headers = {"Authorization", fixture.bearer}};
	assert_true(fake_server_answers(&fixture.server, &none, 401));
	assert_true(fake_server_answers(&fixture.server, &good, 200));
	assert_true(fake_server_answers(
		&fixture.server, &(struct fake_request){.path = "/metrics"}, 0));
	stop(&fixture);
}

static void the_path_can_be_left_out(void **state)
{
	struct mcpauth_metrics metrics = MCPAUTH_METRICS_INIT;
	struct fixture fixture;
	(void)state;
	start_bare(&fixture, FAKE_AT_HAND);
	metrics.omit_path = true;
	CHECK_OK(mcpauth_chain_add_metrics(fixture.server.chain, &metrics, &err));
	assert_true(fake_server_answers(
		&fixture.server, &(struct fake_request){.path = "/metrics"}, 0));
	assert_int_equal(outcomes(&fixture, "passed"), 1);
	stop(&fixture);
}

static void refused(
	struct fixture *fixture, const struct mcpauth_metrics *metrics, enum mcpauth_code code)
{
	size_t stages = fixture->server.chain->stage_count;
	CHECK_CODE(code, mcpauth_chain_add_metrics(fixture->server.chain, metrics, &err));
	assert_int_equal(fixture->server.chain->stage_count, stages);
}

static void refuses_what_cannot_be(void **state)
{
	static const char *const paths[] = {"", "metrics", "/a?b", "/a#b", "/a%20"};
	struct mcpauth_metrics metrics = MCPAUTH_METRICS_INIT;
	struct fixture fixture;
	size_t length;
	(void)state;
	start_bare(&fixture, FAKE_AT_HAND);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		metrics.path = paths[i];
		refused(&fixture, &metrics, MCPAUTH_E_INVALID_ARGUMENT);
	}
	metrics.path = "/metrics";
	metrics.omit_path = true;
	refused(&fixture, &metrics, MCPAUTH_E_INVALID_ARGUMENT);
	assert_null(mcpauth_chain_metrics(fixture.server.chain, &length));
	assert_false(fixture.server.chain->keeps_time);
	metrics.omit_path = false;
	CHECK_OK(mcpauth_chain_add_metrics(fixture.server.chain, &metrics, &err));
	refused(&fixture, &metrics, MCPAUTH_E_DUPLICATE);
	stop(&fixture);
}

static void refuses_a_stage_too_many(void **state)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fixture fixture;
	(void)state;
	start_bare(&fixture, FAKE_AT_HAND);
	while (fixture.server.chain->stage_count < MCPAUTH__STAGE_LIMIT) {
		CHECK_OK(mcpauth_chain_add_stage(
			fixture.server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	}
	refused(&fixture, NULL, MCPAUTH_E_INVALID_ARGUMENT);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_counts_once_as_what_it_came_to),
		cmocka_unit_test(a_verification_is_timed),
		cmocka_unit_test(verifications_are_told),
		cmocka_unit_test(a_code_without_a_name_counts_too),
		cmocka_unit_test(a_new_object_counts_from_its_first_request),
		cmocka_unit_test(who_waits_is_suspended_and_in_progress),
		cmocka_unit_test(who_leaves_while_it_waits_has_abandoned_it),
		cmocka_unit_test(a_connection_that_breaks_later_has_passed),
		cmocka_unit_test(a_stage_that_fails_is_broken),
		cmocka_unit_test(what_a_stage_thought_better_of_does_not_count),
		cmocka_unit_test(a_stage_added_last_comes_before_the_path),
		cmocka_unit_test(the_path_is_read_with_get),
		cmocka_unit_test(other_methods_are_not_for_it),
		cmocka_unit_test(the_path_is_protected_as_any_other),
		cmocka_unit_test(the_path_can_be_left_out),
		cmocka_unit_test(refuses_what_cannot_be),
		cmocka_unit_test(refuses_a_stage_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
