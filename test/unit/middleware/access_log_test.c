/* The access log's stage: a line for each request, which says what became of it. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include "base/json.h"
#include "mcp/message.h"

#include <mcpauth/access_log.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY "0123456789abcdef"
#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

/** A server whose lines are kept. */
struct fixture {
	struct fake_server server;
	char *bearer;
	char line[4097]; /* the last one, with its line feed */
	unsigned lines;
};

static void keep(const char *line, size_t length, void *user)
{
	struct fixture *fixture = user;
	assert_true(length <= 4096 && line[length - 1] == '\n');
	memcpy(fixture->line, line, length);
	fixture->line[length] = '\0';
	fixture->lines++;
}

static struct mcpauth_access_log logging_to(struct fixture *fixture)
{
	struct mcpauth_access_log log = MCPAUTH_ACCESS_LOG_INIT;
	log.write = keep;
	log.write_user = fixture;
	log.key = KEY;
	log.key_length = sizeof KEY - 1;
	return log;
}

static void start_bare(struct fixture *fixture)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	fixture->lines = 0;
	policy.scopes = "read";
	fake_server_start(&fixture->server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_protect(fixture->server.chain, "/mcp", &policy, &err));
	CHECK_OK(mcpauth_chain_publish(fixture->server.chain, "/open", NULL, &err));
	fixture->bearer = fake_server_bearer(&fixture->server, "read\",\"client_id\":\"app");
}

static void start(struct fixture *fixture)
{
	start_bare(fixture);
	const struct mcpauth_access_log log = logging_to(fixture);
	CHECK_OK(mcpauth_chain_add_access_log(fixture->server.chain, &log, &err));
}

static void stop(struct fixture *fixture)
{
	fake_server_stop(&fixture->server);
	free(fixture->bearer);
}

/* The last line, read as strict JSON. Caller deletes it. */
static cJSON *read_line(const struct fixture *fixture)
{
	cJSON *json;
	CHECK_OK(mcpauth__json_parse_object(fixture->line, strlen(fixture->line), &json, &err));
	return json;
}

/* The members' names, each with a blank behind it. */
static void list_members(const cJSON *json, char *names, size_t size)
{
	const cJSON *member;
	size_t used = 0;
	names[0] = '\0';
	cJSON_ArrayForEach(member, json)
	{
		used += (size_t)snprintf(names + used, size - used, "%s ", member->string);
		assert_true(used < size);
	}
}

static void check_members(const struct fixture *fixture, const char *expected)
{
	char names[256];
	cJSON *json = read_line(fixture);
	list_members(json, names, sizeof names);
	assert_string_equal(names, expected);
	cJSON_Delete(json);
}

static bool has(const struct fixture *fixture, const char *member)
{
	bool found = strstr(fixture->line, member) != NULL;
	if (!found) {
		print_error("%s", fixture->line);
	}
	return found;
}

static void serve(struct fixture *fixture, const struct fake_request *request)
{
	struct fake_exchange fake;
	fake_exchange_start(&fake, &fixture->server, request);
	fake_exchange_serve(&fake);
	fake_exchange_finish(&fake);
}

static void says_who_passed(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct fake_request request = {
		.method = "POST", .headers = {"Authorization", fixture.bearer}};
	serve(&fixture, &request);
	assert_int_equal(fixture.lines, 1);
	check_members(&fixture, "time id method path status us issuer subject client ");
	assert_true(has(&fixture, "\"method\":\"POST\",\"path\":\"/mcp\",\"status\":200,\"us\":"));
	assert_true(has(&fixture, "\"issuer\":\"" FAKE_ISSUER "\",\"subject\":\""));
	assert_true(has(&fixture, "\",\"client\":\"app\"}\n"));
	stop(&fixture);
}

static const struct {
	const char *label;
	struct fake_request request;
	const char *members;
	const char *said;
} refusals[] = {
	{"no credentials", {0}, "time id method path status us reason ", "\"status\":401,"},
	{"no credentials, why", {0}, "time id method path status us reason ",
		"\"reason\":\"no_credentials\"}"},
	{"malformed", {.headers = {"Authorization", "Bearer a b"}},
		"time id method path status us reason ", "\"reason\":\"invalid_request\"}"},
	{"no token", {.headers = {"Authorization", "Bearer abc"}},
		"time id method path status us reason ", "\"reason\":\"malformed_token\"}"},
	{"of the origin check", {.headers = {"Origin", "https://evil.example.com"}},
		"time method path status us reason ", "\"reason\":\"foreign_origin\"}"},
	{"of framing", {.headers = {"Host", "a", "Host", "b"}},
		"time method path status us reason ", "\"reason\":\"framing\"}"},
	{"metadata, which is none", {.path = "/.well-known/oauth-protected-resource/mcp"},
		"time method path status us ", "\"status\":200,"},
	{"no such document", {.path = "/.well-known/x"}, "time method path status us reason ",
		"\"reason\":\"no_path\"}"},
};

static void says_why_it_refused(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		char names[256];
		serve(&fixture, &refusals[i].request);
		cJSON *json = read_line(&fixture);
		list_members(json, names, sizeof names);
		cJSON_Delete(json);
		CHECK_ROW(refusals[i].label, strcmp(names, refusals[i].members) == 0);
		CHECK_ROW(refusals[i].label, has(&fixture, refusals[i].said));
		CHECK_ROW(refusals[i].label, fixture.lines == i + 1);
	}
	stop(&fixture);
}

static void says_whose_token_lacks_a_scope(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	char *weak = fake_server_bearer(&fixture.server, "write");
	struct fake_request request = {.headers = {"Authorization", weak}};
	serve(&fixture, &request);
	check_members(&fixture, "time id method path status us issuer subject reason ");
	assert_true(has(&fixture, "\"reason\":\"insufficient_scope\"}"));
	free(weak);
	stop(&fixture);
}

static void a_broken_connection_has_status_zero(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start(&fixture);
	struct fake_request request = {.path = "/open"};
	fake_exchange_start(&fake, &fixture.server, &request);
	fake_exchange_serve(&fake);
	fake_exchange_break(&fake);
	assert_true(has(&fixture, "\"path\":\"/open\",\"status\":0,\"us\":"));
	stop(&fixture);
}

static void names_the_request_in_the_answer(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	char expected[64];
	start(&fixture);
	struct fake_request request = {.headers = {"X-Request-Id", "0000000000000000"}};
	fake_exchange_start(&fake, &fixture.server, &request);
	fake_exchange_serve(&fake);
	const char *id = mcpauth__headers_get(&fake.exchange->headers, "X-Request-Id");
	assert_non_null(id);
	assert_int_equal(strspn(id, "0123456789abcdef"), 16);
	assert_string_not_equal(id, "0000000000000000");
	snprintf(expected, sizeof expected, "\"id\":\"%s\"", id);
	fake_exchange_finish(&fake);
	assert_true(has(&fixture, expected));
	stop(&fixture);
}

static void the_name_can_be_left_out(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start_bare(&fixture);
	struct mcpauth_access_log log = logging_to(&fixture);
	log.omit_request_id = true;
	CHECK_OK(mcpauth_chain_add_access_log(fixture.server.chain, &log, &err));
	fake_exchange_start(&fake, &fixture.server, &(struct fake_request){.path = "/open"});
	fake_exchange_serve(&fake);
	assert_null(mcpauth__headers_get(&fake.exchange->headers, "X-Request-Id"));
	fake_exchange_finish(&fake);
	check_members(&fixture, "time method path status us ");
	stop(&fixture);
}

static const struct {
	const char *label;
	const char *first;
	const char *second;
	bool is_told;
} traces[] = {
	{"one", TRACE, NULL, true},
	{"one that is none", "00-abc", NULL, false},
	{"the same twice", TRACE, TRACE, false},
	{"one and one that is none", TRACE, "x", false},
	{"one that is none and one", "x", TRACE, false},
};

static void passes_a_trace_on(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
		struct fake_request request = {.path = "/open",
			.headers = {"traceparent", traces[i].first,
				traces[i].second == NULL ? NULL : "Traceparent", traces[i].second}};
		serve(&fixture, &request);
		CHECK_ROW(traces[i].label,
			(strstr(fixture.line, ",\"traceparent\":\"" TRACE "\"}") != NULL)
				== traces[i].is_told);
		CHECK_ROW(traces[i].label,
			(strstr(fixture.line, "traceparent") != NULL) == traces[i].is_told);
	}
	stop(&fixture);
}

static void of_a_later_trace_it_tells_what_is_known(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct fake_request request = {.path = "/open",
		.headers = {"traceparent",
			"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-secret"}};
	serve(&fixture, &request);
	assert_true(has(&fixture,
		",\"traceparent\":"
		"\"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}\n"));
	stop(&fixture);
}

static void long_texts_are_cut(void **state)
{
	(void)state;
	struct fixture fixture;
	char path[4096] = "/";
	char method[512];
	start(&fixture);
	memset(path + 1, '\x1b', sizeof path - 2);
	path[sizeof path - 1] = '\0';
	memset(method, 'M', sizeof method - 1);
	method[sizeof method - 1] = '\0';
	struct fake_request request = {.path = path, .method = method};
	serve(&fixture, &request);
	cJSON *json = read_line(&fixture);
	assert_int_equal(strlen(mcpauth__json_string(json, "path")), 1 + 255 / 6);
	assert_int_equal(strlen(mcpauth__json_string(json, "method")), 32);
	cJSON_Delete(json);
	assert_true(strlen(fixture.line) < 600);
	stop(&fixture);
}

/* Stands in for the stage that reads messages. */
static enum mcpauth_stage_result read_message(struct mcpauth_exchange *exchange, void *user)
{
	const char *body = user;
	struct mcpauth__message_fault fault;
	return mcpauth__message_read(body, strlen(body), &exchange->message, &fault) == MCPAUTH_OK
		? MCPAUTH_NEXT
		: MCPAUTH_FAILED;
}

static void free_message(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	(void)status;
	(void)user;
	mcpauth__message_free(exchange->message);
	exchange->message = NULL;
}

static void tells_the_operation(void **state)
{
	static char body[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
		"\"params\":{\"name\":\"a\\u0022b\",\"arguments\":{\"x\":\"secret\"}}}";
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fixture fixture;
	(void)state;
	start(&fixture);
	stage.on_request = read_message;
	stage.on_finish = free_message;
	stage.user = body;
	CHECK_OK(mcpauth_chain_add_stage(fixture.server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	serve(&fixture, &(struct fake_request){.path = "/open", .method = "POST"});
	check_members(&fixture, "time id method path status us operation name ");
	assert_true(has(&fixture, ",\"operation\":\"tools/call\",\"name\":\"a\\\"b\"}\n"));
	stop(&fixture);
}

static struct fixture *start_to(struct fixture *fixture, int descriptor)
{
	struct mcpauth_access_log log = MCPAUTH_ACCESS_LOG_INIT;
	start_bare(fixture);
	log.descriptor = descriptor;
	CHECK_OK(mcpauth_chain_add_access_log(fixture->server.chain, &log, &err));
	return fixture;
}

/* What there is in a pipe becomes the last line. */
static void take_line(struct fixture *fixture, int end)
{
	assert_int_equal(fcntl(end, F_SETFL, O_NONBLOCK), 0);
	ssize_t length = read(end, fixture->line, sizeof fixture->line - 1);
	assert_true(length > 0);
	fixture->line[length] = '\0';
}

static void goes_to_standard_error(void **state)
{
	struct fixture fixture;
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	int saved = dup(STDERR_FILENO);
	assert_true(saved >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
	serve(start_to(&fixture, 0), &(struct fake_request){.path = "/open"});
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	take_line(&fixture, ends[0]);
	check_members(&fixture, "time id method path status us ");
	stop(&fixture);
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

static void tells_of_lines_that_were_lost(void **state)
{
	static char room[65536];
	struct fixture fixture;
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	assert_true(write(ends[1], room, sizeof room) > 4096);
	start_to(&fixture, ends[1]);
	for (int i = 0; i < 3; i++) {
		serve(&fixture, &(struct fake_request){.path = "/open"});
	}
	while (read(ends[0], room, sizeof room) == sizeof room) {
		assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	}
	serve(&fixture, &(struct fake_request){.path = "/open"});
	take_line(&fixture, ends[0]);
	check_members(&fixture, "time lost id method path status us ");
	assert_true(has(&fixture, "\"lost\":3,"));
	serve(&fixture, &(struct fake_request){.path = "/open"});
	take_line(&fixture, ends[0]);
	check_members(&fixture, "time id method path status us ");
	stop(&fixture);
	close(ends[0]);
	close(ends[1]);
}

static enum mcpauth_stage_result refuse_all(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	return mcpauth_exchange_answer(exchange, 418, NULL, NULL, 0) == MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

static void stands_before_all_that_was_added(void **state)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fixture fixture;
	(void)state;
	start_bare(&fixture);
	stage.on_request = refuse_all;
	CHECK_OK(mcpauth_chain_add_stage(fixture.server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	const struct mcpauth_access_log log = logging_to(&fixture);
	CHECK_OK(mcpauth_chain_add_access_log(fixture.server.chain, &log, &err));
	serve(&fixture, &(struct fake_request){0});
	check_members(&fixture, "time id method path status us reason ");
	assert_true(has(&fixture, "\"status\":418,"));
	assert_true(has(&fixture, "\"reason\":\"stage\"}"));
	stop(&fixture);
}

/* cors.h promises to its stage that it runs before all others. */
static void stands_behind_cors(void **state)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fixture fixture;
	(void)state;
	start_bare(&fixture);
	struct mcpauth_chain *chain = fixture.server.chain;
	size_t at = chain->first_end;
	stage.name = "cors";
	CHECK_OK(mcpauth__chain_insert_stage(chain, at, &stage, &err));
	stage.name = "other";
	CHECK_OK(mcpauth__chain_insert_stage(chain, at + 1, &stage, &err));
	const struct mcpauth_access_log log = logging_to(&fixture);
	CHECK_OK(mcpauth_chain_add_access_log(chain, &log, &err));
	assert_string_equal(chain->stages[at - 1].name, "origin");
	assert_string_equal(chain->stages[at].name, "cors");
	assert_string_equal(chain->stages[at + 1].name, "access_log");
	assert_string_equal(chain->stages[at + 2].name, "other");
	stop(&fixture);
}

static void check_refused(struct fixture *fixture, const char *label,
	const struct mcpauth_access_log *log, enum mcpauth_code code)
{
	size_t stages = fixture->server.chain->stage_count;
	CHECK_ROW_CODE(label, code, mcpauth_chain_add_access_log(fixture->server.chain, log, &err));
	assert_int_equal(fixture->server.chain->stage_count, stages);
}

static void refuses_what_cannot_be(void **state)
{
	(void)state;
	struct fixture fixture;
	start_bare(&fixture);
	struct mcpauth_access_log log = logging_to(&fixture);
	log.key_length = 15;
	check_refused(&fixture, "a short key", &log, MCPAUTH_E_INVALID_ARGUMENT);
	log = logging_to(&fixture);
	log.key = NULL;
	check_refused(&fixture, "a length without a key", &log, MCPAUTH_E_INVALID_ARGUMENT);
	log = logging_to(&fixture);
	log.descriptor = -1;
	check_refused(&fixture, "no descriptor", &log, MCPAUTH_E_INVALID_ARGUMENT);
	assert_false(fixture.server.chain->keeps_time);
	log = logging_to(&fixture);
	CHECK_OK(mcpauth_chain_add_access_log(fixture.server.chain, &log, &err));
	assert_true(fixture.server.chain->keeps_time);
	check_refused(&fixture, "a second one", &log, MCPAUTH_E_DUPLICATE);
	stop(&fixture);
}

static void refuses_a_stage_too_many(void **state)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fixture fixture;
	(void)state;
	start_bare(&fixture);
	while (fixture.server.chain->stage_count < MCPAUTH__STAGE_LIMIT) {
		CHECK_OK(mcpauth_chain_add_stage(
			fixture.server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	}
	const struct mcpauth_access_log log = logging_to(&fixture);
	check_refused(&fixture, "full", &log, MCPAUTH_E_INVALID_ARGUMENT);
	stop(&fixture);
}

static void keeps_secrets(void **state)
{
	static const char *const secrets[] = {"s3cret", "q=", "cookie-value", "basic", "Bearer"};
	(void)state;
	struct fixture fixture;
	start(&fixture);
	const char *token = fixture.bearer + sizeof "Bearer " - 1;
	struct fake_request requests[] = {
		{.query = "q=s3cret", .headers = {"Authorization", fixture.bearer}},
		{.query = "access_token=s3cret",
			.arguments = {"access_token", "s3cret"},
			.headers = {"Authorization", "Bearer s3cret"}},
		{.headers = {"Authorization", "Basic s3cret", "Cookie", "cookie-value"}},
		{.headers = {"Authorization", fixture.bearer, "Authorization", "Bearer s3cret"}},
	};
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		serve(&fixture, &requests[i]);
		assert_null(strstr(fixture.line, token));
		assert_null(strstr(fixture.line, strrchr(token, '.') + 1));
		for (size_t k = 0; k < sizeof secrets / sizeof *secrets; k++) {
			CHECK_ROW(secrets[k], strstr(fixture.line, secrets[k]) == NULL);
		}
	}
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_who_passed),
		cmocka_unit_test(says_why_it_refused),
		cmocka_unit_test(says_whose_token_lacks_a_scope),
		cmocka_unit_test(a_broken_connection_has_status_zero),
		cmocka_unit_test(names_the_request_in_the_answer),
		cmocka_unit_test(the_name_can_be_left_out),
		cmocka_unit_test(passes_a_trace_on),
		cmocka_unit_test(of_a_later_trace_it_tells_what_is_known),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(tells_the_operation),
		cmocka_unit_test(goes_to_standard_error),
		cmocka_unit_test(tells_of_lines_that_were_lost),
		cmocka_unit_test(stands_before_all_that_was_added),
		cmocka_unit_test(stands_behind_cors),
		cmocka_unit_test(refuses_what_cannot_be),
		cmocka_unit_test(refuses_a_stage_too_many),
		cmocka_unit_test(keeps_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
