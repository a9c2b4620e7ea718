/* The operations stage: what is posted is one message, and passes if it may be called. */
#include "support/check.h"
#include "support/posting.h"

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tools "get" (nothing), "create" (write), and those that a pattern adds to. */
static void start(struct posting *posting, const char *scopes)
{
	struct mcpauth_operation any = MCPAUTH_OPERATION_INIT;
	posting_start(posting);
	posting_list(posting, "get", NULL);
	posting_list(posting, "create", "write");
	posting_list(posting, "purge", "write");
	posting_list(posting, "pur*", "admin write");
	any.name = "pick";
	any.any_scopes = "weak strong";
	posting_list_entry(posting, &any);
	posting_protect(posting, scopes, false);
}

#define NEEDS(scopes) "scope=\"" scopes "\""

static const struct {
	const char *label;
	const char *granted;
	const char *body;
	unsigned status; /* 0: it passes */
	const char *challenge;
} calls[] = {
	{"what needs no scope", "read", POSTING_CALL("get"), 0, NULL},
	{"what needs one", "read write", POSTING_CALL("create"), 0, NULL},
	{"what needs one that is missing", "read", POSTING_CALL("create"), 403,
		NEEDS("read write")},
	{"the route's scope is missing", "write", POSTING_CALL("create"), 403, NEEDS("read write")},
	{"the route's alone is missing", "", POSTING_CALL("get"), 403, NEEDS("read")},
	{"both are missing", "other", POSTING_CALL("create"), 403, NEEDS("read write")},
	{"what two entries speak of", "read write admin", POSTING_CALL("purge"), 0, NULL},
	{"the second's is missing", "read write", POSTING_CALL("purge"), 403,
		NEEDS("read write admin")},
	{"one of several", "read strong", POSTING_CALL("pick"), 0, NULL},
	{"none of several", "read", POSTING_CALL("pick"), 403, NEEDS("read weak")},
	{"one of several was granted, the route's was not", "strong", POSTING_CALL("pick"), 403,
		NEEDS("read strong")},
	{"not listed", "read write admin", POSTING_CALL("remove"), 403, "none"},
	{"not listed, without the route's scope", "", POSTING_CALL("remove"), 403, "none"},
	{"a method without names", "read", POSTING_REQUEST("tools/list"), 0, NULL},
	{"the same without the route's scope", "", POSTING_REQUEST("tools/list"), 403,
		NEEDS("read")},
	{"a response", "read", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", 0, NULL},
	{"a notification", "read", "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
		0, NULL},
	{"a prompt with a tool's name", "read",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"prompts/get\",\"params\":{\"name\":"
		"\"get\"}}",
		403, "none"},
	{"an escaped name", "read write", POSTING_CALL("cre\\u0061te"), 0, NULL},
	{"an escaped name, without its scope", "read", POSTING_CALL("cre\\u0061te"), 403,
		NEEDS("read write")},
	{"an escaped method, without its scope", "read",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools\\/c\\u0061ll\",\"params\":{"
		"\"name\":\"create\"}}",
		403, NEEDS("read write")},
	{"without a token", NULL, POSTING_CALL("create"), 401, NEEDS("read")},
};

static void lets_pass_whoever_may_call_it(void **state)
{
	(void)state;
	struct posting posting;
	start(&posting, "read");
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		const char *label = calls[i].label;
		CHECK_ROW(label,
			posting_call(&posting, calls[i].granted, calls[i].body) == calls[i].status);
		CHECK_ROW(label,
			calls[i].status == 0
				|| strcmp(posting_challenge_scope(&posting), calls[i].challenge)
					== 0);
	}
	posting_stop(&posting);
}

static void hands_the_message_on(void **state)
{
	(void)state;
	struct posting posting;
	size_t length;
	start(&posting, NULL);
	assert_int_equal(posting_call(&posting, "", POSTING_CALL("get")), 0);
	const struct mcpauth_message *message = mcpauth_exchange_message(posting.fake.exchange);
	assert_string_equal(mcpauth_message_method(message), "tools/call");
	assert_string_equal(mcpauth_message_name(message), "get");
	const char *arguments = mcpauth_message_param(message, "arguments", &length);
	assert_int_equal(length, 7);
	assert_memory_equal(arguments, "{\"a\":1}", 7);
	const char *body = mcpauth_exchange_body(posting.fake.exchange, &length);
	assert_string_equal(body, POSTING_CALL("get"));
	assert_int_equal(mcpauth_exchange_reason(posting.fake.exchange), MCPAUTH_OK);
	posting_stop(&posting);
}

static const struct {
	const char *label;
	const char *method;
	const char *path;
	enum mcpauth__verdict verdict;
} requests[] = {
	{"a message", "POST", "/mcp", MCPAUTH__NEEDS_BODY},
	{"a stream", "GET", "/mcp", MCPAUTH__PASS},
	{"a session's end", "DELETE", "/mcp", MCPAUTH__PASS},
	{"a path without operations", "POST", "/plain", MCPAUTH__PASS},
	{"a public path", "POST", "/open", MCPAUTH__PASS},
};

static void reads_the_bodies_of_posts_to_routes_with_operations(void **state)
{
	(void)state;
	struct posting posting;
	start(&posting, NULL);
	CHECK_OK(mcpauth_chain_protect(posting.server.chain, "/plain", NULL, &err));
	CHECK_OK(mcpauth_chain_publish(posting.server.chain, "/open", NULL, &err));
	char *bearer = fake_server_bearer(&posting.server, "");
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		struct fake_exchange fake;
		struct fake_request request = {
			.method = requests[i].method,
			.path = requests[i].path,
			.headers = {"Authorization", bearer},
		};
		fake_exchange_start(&fake, &posting.server, &request);
		CHECK_ROW(requests[i].label, fake_exchange_serve(&fake) == requests[i].verdict);
		CHECK_ROW(requests[i].label, mcpauth_exchange_message(fake.exchange) == NULL);
		fake_exchange_finish(&fake);
	}
	free(bearer);
	posting_stop(&posting);
}

static void limit_messages(struct posting *posting, size_t limit)
{
	struct mcpauth_chain_config config = MCPAUTH_CHAIN_CONFIG_INIT;
	config.message_limit = limit;
	mcpauth_chain_free(posting->server.chain);
	CHECK_OK(mcpauth_chain_new(posting->server.auth, &config, &posting->server.chain, &err));
	posting_protect(posting, NULL, false);
}

static void takes_messages_up_to_the_limit(void **state)
{
	(void)state;
	static const char body[] = POSTING_REQUEST("ping");
	struct posting posting;
	posting_start(&posting);
	posting_protect(&posting, NULL, false);
	posting_call(&posting, "", body);
	posting.fake.exchange->stage = posting.server.chain->stage_count - 1;
	assert_int_equal(mcpauth__chain_body_limit(posting.fake.exchange), 4 * 1024 * 1024);
	posting_finish(&posting);
	limit_messages(&posting, sizeof body - 1);
	assert_int_equal(posting_call(&posting, "", body), 0);
	assert_int_equal(posting_call(&posting, "", POSTING_REQUEST("ping1")), 413);
	assert_int_equal(mcpauth_exchange_reason(posting.fake.exchange), MCPAUTH_E_BODY_TOO_LARGE);
	posting_stop(&posting);
}

#define PARAMS(params) \
	"{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0062\",\"method\":\"tools/call\",\"params\":" params "}"

static const struct {
	const char *label;
	const char *body;
	int rpc_code;
	const char *id;
} faults[] = {
	{"nothing", "", -32700, "null"},
	{"no JSON", "{\"jsonrpc\":\"2.0\",}", -32700, "null"},
	{"more behind it", POSTING_CALL("get") POSTING_CALL("create"), -32700, "null"},
	{"a batch", "[" POSTING_CALL("get") "," POSTING_CALL("create") "]", -32600, "null"},
	{"a batch of one", "[" POSTING_CALL("get") "]", -32600, "null"},
	{"no method", "{\"jsonrpc\":\"2.0\",\"id\":9007199254740993}", -32600, "9007199254740993"},
	{"the method twice",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"method\":\"tools/call\"}",
		-32600, "null"},
	{"the method twice, once escaped",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"m\\u0065thod\":\"tools/"
		"call\"}",
		-32600, "null"},
	{"the name twice", PARAMS("{\"name\":\"get\",\"name\":\"create\"}"), -32602,
		"\"a\\u0062\""},
	{"the name twice, once escaped", PARAMS("{\"name\":\"get\",\"n\\u0061me\":\"create\"}"),
		-32602, "\"a\\u0062\""},
	{"the name in two cases", PARAMS("{\"name\":\"get\",\"Name\":\"create\"}"), -32602,
		"\"a\\u0062\""},
	{"no name", PARAMS("{}"), -32602, "\"a\\u0062\""},
	{"a name with a NUL", PARAMS("{\"name\":\"get\\u0000create\"}"), -32602, "\"a\\u0062\""},
	{"params that are a list", PARAMS("[\"get\"]"), -32602, "\"a\\u0062\""},
};

/* A JSON-RPC error to the byte, but for its message. */
static void check_fault(const char *label, const struct posting *posting, const char *id, int code)
{
	char wanted[96];
	const struct mcpauth_answer *answer = &posting->fake.exchange->answer;
	const char *body = fake_exchange_body(&posting->fake);
	const char *type = mcpauth_answer_header(answer, "Content-Type");
	const char *caching = mcpauth_answer_header(answer, "Cache-Control");
	assert_true(body != NULL && type != NULL && caching != NULL);
	snprintf(wanted, sizeof wanted,
		"{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,\"message\":\"", id, code);
	CHECK_ROW(label, strncmp(body, wanted, strlen(wanted)) == 0);
	cJSON *json = cJSON_ParseWithLength(body, answer->length);
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(json, "error");
	CHECK_ROW(label, cJSON_GetArraySize(json) == 3 && cJSON_GetArraySize(error) == 2);
	cJSON_Delete(json);
	CHECK_ROW(label, strcmp(type, "application/json") == 0);
	CHECK_ROW(label, strcmp(caching, "no-store") == 0);
	CHECK_ROW(label, mcpauth_answer_header(answer, "WWW-Authenticate") == NULL);
}

static void answers_what_is_no_message_with_an_error_of_json_rpc(void **state)
{
	(void)state;
	struct posting posting;
	start(&posting, NULL);
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		const char *label = faults[i].label;
		CHECK_ROW(label, posting_call(&posting, "write admin", faults[i].body) == 400);
		check_fault(label, &posting, faults[i].id, faults[i].rpc_code);
		CHECK_ROW(label,
			mcpauth_exchange_reason(posting.fake.exchange)
				== MCPAUTH_E_INVALID_MESSAGE);
		CHECK_ROW(label, mcpauth_exchange_message(posting.fake.exchange) == NULL);
	}
	assert_true(fake_server_logged(&posting.server, "message refused: ") > 0);
	posting_stop(&posting);
}

#define MODERN(name) \
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"" name \
	"\",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}"
#define VERSION(value) "MCP-Protocol-Version", value
#define METHOD(value) "Mcp-Method", value
#define NAME(value) "Mcp-Name", value

static const struct {
	const char *label;
	const char *body;
	const char *headers[10];
	unsigned status;
} headers[] = {
	{"all say the same", MODERN("get"),
		{VERSION("2026-07-28"), METHOD("tools/call"), NAME("get")}, 0},
	{"blanks behind them", MODERN("get"),
		{VERSION("2026-07-28 "), METHOD("tools/call\t"), NAME("get  ")}, 0},
	{"another case of their names", MODERN("get"),
		{"mcp-protocol-version", "2026-07-28", "MCP-METHOD", "tools/call", "mcp-name",
			"get"},
		0},
	{"the name in base64", MODERN("get"),
		{VERSION("2026-07-28"), METHOD("tools/call"), NAME("=?base64?Z2V0?=")}, 0},
	{"a name that lies", MODERN("create"),
		{VERSION("2026-07-28"), METHOD("tools/call"), NAME("get")}, 400},
	{"a name that lies in base64", MODERN("create"),
		{VERSION("2026-07-28"), METHOD("tools/call"), NAME("=?base64?Z2V0?=")}, 400},
	{"a method that lies", MODERN("create"),
		{VERSION("2026-07-28"), METHOD("tools/list"), NAME("create")}, 400},
	{"a revision that lies", MODERN("create"),
		{VERSION("2025-11-25"), METHOD("tools/call"), NAME("create")}, 400},
	{"no name", MODERN("get"), {VERSION("2026-07-28"), METHOD("tools/call")}, 400},
	{"no method", MODERN("get"), {VERSION("2026-07-28"), NAME("get")}, 400},
	{"no revision", MODERN("get"), {METHOD("tools/call"), NAME("get")}, 400},
	{"nothing", MODERN("get"), {NULL}, 400},
	{"the name twice", MODERN("get"),
		{VERSION("2026-07-28"), METHOD("tools/call"), NAME("get"), NAME("create")}, 400},
	{"the method twice", MODERN("get"),
		{VERSION("2026-07-28"), METHOD("tools/call"), METHOD("tools/call"), NAME("get")},
		400},
	{"the revision twice", MODERN("get"),
		{VERSION("2026-07-28"), VERSION("2026-07-28"), METHOD("tools/call"), NAME("get")},
		400},
	{"an older message alone", POSTING_CALL("get"), {VERSION("2025-11-25")}, 0},
	{"an older message with a name that lies", POSTING_CALL("create"),
		{VERSION("2025-11-25"), NAME("get")}, 400},
	{"an older message with a method that lies", POSTING_CALL("create"), {METHOD("ping")}, 400},
};

static void refuses_headers_that_say_another_operation(void **state)
{
	(void)state;
	struct posting posting;
	start(&posting, NULL);
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		const char *label = headers[i].label;
		struct post post = {.granted = "write", .body = headers[i].body};
		memcpy(post.headers, headers[i].headers, sizeof post.headers);
		CHECK_ROW(label, posting_send(&posting, &post) == headers[i].status);
		if (headers[i].status == 400) {
			check_fault(label, &posting, "7", -32020);
			CHECK_ROW(label,
				mcpauth_exchange_reason(posting.fake.exchange)
					== MCPAUTH_E_HEADER_MISMATCH);
		}
	}
	posting_stop(&posting);
}

static const struct {
	const char *label;
	const char *body;
	const char *headers[10];
	const char *challenge;
} revisions[] = {
	{"2025-11-25", POSTING_CALL("create"), {VERSION("2025-11-25")}, NEEDS("write mine")},
	{"2026-07-28", POSTING_CALL("create"), {VERSION("2026-07-28")}, NEEDS("write")},
	{"2026-07-28 in the message", MODERN("create"),
		{VERSION("2026-07-28"), METHOD("tools/call"), NAME("create")}, NEEDS("write")},
	{"no revision", POSTING_CALL("create"), {NULL}, NEEDS("write")},
};

static void names_granted_scopes_for_clients_that_forget_them(void **state)
{
	(void)state;
	struct posting posting;
	start(&posting, NULL);
	for (size_t i = 0; i < sizeof revisions / sizeof *revisions; i++) {
		struct post post = {.granted = "mine", .body = revisions[i].body};
		memcpy(post.headers, revisions[i].headers, sizeof post.headers);
		CHECK_ROW(revisions[i].label, posting_send(&posting, &post) == 403);
		CHECK_ROW(revisions[i].label,
			strcmp(posting_challenge_scope(&posting), revisions[i].challenge) == 0);
	}
	posting_stop(&posting);
}

static void with_everybody_allowed_messages_are_still_read(void **state)
{
	(void)state;
	struct posting posting;
	start(&posting, "read");
	mcpauth_chain_insecure_allow_everybody(posting.server.chain);
	assert_int_equal(posting_call(&posting, NULL, POSTING_CALL("create")), 0);
	assert_string_equal(
		mcpauth_message_name(mcpauth_exchange_message(posting.fake.exchange)), "create");
	assert_int_equal(posting_call(&posting, NULL, POSTING_CALL("remove")), 0);
	assert_int_equal(posting_call(&posting, NULL, "[]"), 400);
	struct post lie = {.headers = {NAME("get")}, .body = POSTING_CALL("create")};
	assert_int_equal(posting_send(&posting, &lie), 400);
	posting_stop(&posting);
}

static void says_in_the_log_which_operation_was_refused(void **state)
{
	(void)state;
	static const char call[] =
		"tools/call purge: the scope admin was not granted (POST /mcp)\n";
	struct posting posting;
	start(&posting, NULL);
	posting_call(&posting, "write", POSTING_CALL("purge"));
	assert_int_equal(fake_server_logged(&posting.server, call), 1);
	posting_call(&posting, "write", POSTING_CALL("a\\n1 0 forged"));
	assert_int_equal(
		fake_server_logged(&posting.server, "tools/call a?1 0 forged: it is not listed"),
		1);
	posting_stop(&posting);
}

static void a_long_name_does_not_fill_the_log(void **state)
{
	(void)state;
	struct posting posting;
	char body[1200];
	start(&posting, NULL);
	int length = snprintf(body, sizeof body, "%s",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"");
	memset(body + length, 'x', 1000);
	strcpy(body + length + 1000, "\"}}");
	assert_int_equal(posting_call(&posting, "write", body), 403);
	const char *at = strstr(posting.server.log, "xxx");
	assert_non_null(at);
	assert_int_equal(strspn(at, "x"), 90);
	assert_int_equal(fake_server_logged(&posting.server, "it is not listed"), 1);
	posting_stop(&posting);
}

static void tells_details_only_where_the_route_allows_it(void **state)
{
	(void)state;
	for (int allow = 0; allow < 2; allow++) {
		struct posting posting;
		struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
		posting_start(&posting);
		posting_list(&posting, "create", "write");
		policy.operations = posting.operations;
		policy.allow_error_details = allow == 1;
		CHECK_OK(mcpauth_chain_protect(posting.server.chain, "/mcp", &policy, &err));
		assert_int_equal(posting_call(&posting, "", POSTING_CALL("create")), 403);
		assert_int_equal(
			strstr(fake_exchange_body(&posting.fake), "the scope write was not granted")
				!= NULL,
			allow);
		posting_stop(&posting);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_pass_whoever_may_call_it),
		cmocka_unit_test(hands_the_message_on),
		cmocka_unit_test(reads_the_bodies_of_posts_to_routes_with_operations),
		cmocka_unit_test(takes_messages_up_to_the_limit),
		cmocka_unit_test(answers_what_is_no_message_with_an_error_of_json_rpc),
		cmocka_unit_test(refuses_headers_that_say_another_operation),
		cmocka_unit_test(names_granted_scopes_for_clients_that_forget_them),
		cmocka_unit_test(with_everybody_allowed_messages_are_still_read),
		cmocka_unit_test(says_in_the_log_which_operation_was_refused),
		cmocka_unit_test(a_long_name_does_not_fill_the_log),
		cmocka_unit_test(tells_details_only_where_the_route_allows_it),
	};
	return cmocka_run_group_tests_name("operations_stage", tests, NULL, NULL);
}
