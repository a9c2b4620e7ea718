/* Claims about the MCP part of the examples: which messages it takes, and what
 * each era answers. No sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mcp/era.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define META(version) \
	"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" version "\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define MODERN META("2026-07-28")
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct slice text(const char *value)
{
	return (struct slice){value, value != NULL ? strlen(value) : 0};
}

/* 0, or the code of the refusal. */
static int code_of(const char *body)
{
	struct envelope envelope;
	struct envelope_fault fault = {0};
	bool good = envelope_read(text(body), &envelope, &fault);
	envelope_finish(&envelope);
	assert_int_equal(good, fault.code == 0);
	return fault.code;
}

static void check_codes(const char *const *bodies, size_t count, int wanted)
{
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(code_of(bodies[i]), wanted);
	}
}

/* {"jsonrpc":"2.0","id":ID,"method":"ping"} */
static int code_of_id(const char *id)
{
	char body[200];
	snprintf(body, sizeof body, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"}", id);
	return code_of(body);
}

static void refuses_ids_that_are_neither_string_nor_number(void **state)
{
	(void)state;
	assert_int_equal(code_of_id("null"), ENVELOPE_INVALID_REQUEST);
	assert_int_equal(code_of_id("true"), ENVELOPE_INVALID_REQUEST);
	assert_int_equal(code_of_id("{}"), ENVELOPE_INVALID_REQUEST);
	assert_int_equal(code_of_id("[1]"), ENVELOPE_INVALID_REQUEST);
	assert_int_equal(code_of_id("1"), 0);
	assert_int_equal(code_of_id("\"\""), 0);
}

static void refuses_what_is_not_json(void **state)
{
	static const char *const broken[] = {
		"",
		" ",
		"{",
		"{}x",
		"{\"a\":1,}",
		"{\"a\" 1}",
		"{a:1}",
		"[1 2]",
		"\"a",
		"{\"a\":01}",
		"{\"a\":1.}",
		"{\"a\":.5}",
		"{\"a\":+1}",
		"{\"a\":1e}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\n\"}",
		"{\"a\":tru}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\xc0\xaf\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{\"a\":\"\xf4\x90\x80\x80\"}",
		"{\"a\":\"\xe2\x82\"}",
		"\xef\xbb\xbf{}",
	};
	(void)state;
	check_codes(broken, COUNT(broken), ENVELOPE_PARSE_ERROR);
}

static void refuses_what_is_no_request(void **state)
{
	static const char *const other[] = {
		"1",
		"\"ping\"",
		"{}",
		"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]",
		"{\"jsonrpc\":\"2.0\",\"id\":1}",
		"{\"id\":1,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
		"{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\\u0000ng\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"ping\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"m\\u0065thod\":\"x\"}",
	};
	(void)state;
	check_codes(other, COUNT(other), ENVELOPE_INVALID_REQUEST);
}

#define REQUEST(method, params) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":" params "}"
#define CALL(params) REQUEST("tools/call", params)
#define READ(params) REQUEST("resources/read", params)

static void refuses_params_that_can_be_read_in_two_ways(void **state)
{
	static const char *const params[] = {
		CALL("[]"),
		CALL("null"),
		CALL("{\"name\":1}"),
		CALL("{\"name\":\"a\",\"name\":\"b\"}"),
		CALL("{\"name\":\"a\",\"na\\u006de\":\"b\"}"),
		CALL("{\"name\":\"a\",\"_meta\":{\"x\":1,\"x\":2}}"),
		CALL("{\"name\":\"a\",\"_meta\":[]}"),
		CALL("{\"name\":\"a\\u0000b\"}"),
		CALL("{\"name\":\"\\ud800\"}"),
		CALL("{\"na\\u0000me\":\"a\"}"),
		READ("{\"uri\":\"a\\u0000b\"}"),
	};
	static const char *const twins[] = {
		CALL("{}"),
		CALL("{\"name\":\"a\",\"arguments\":{}}"),
		CALL("{\"name\":\"a\",\"arguments\":{\"x\":1,\"x\":2}}"),
		CALL("{\"name\":\"a\",\"arguments\":{\"x\":\"\\u0000\"}}"),
		CALL("{\"name\":\"\\ud83d\\ude00\",\"_meta\":{\"x\":1,\"y\":2}}"),
		READ("{\"uri\":\"ab\"}"),
		READ("{\"uri\":\"a\",\"name\":7}"),
	};
	(void)state;
	check_codes(params, COUNT(params), ENVELOPE_INVALID_PARAMS);
	check_codes(twins, COUNT(twins), 0);
}

/* A message that is `depth` deep in all. */
static int code_at_depth(size_t depth)
{
	char body[400] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"x\":";
	size_t length = strlen(body);
	memset(body + length, '[', depth - 1);
	memset(body + length + depth - 1, ']', depth - 1);
	body[length + 2 * (depth - 1)] = '}';
	return code_of(body);
}

static void refuses_deep_nesting(void **state)
{
	(void)state;
	assert_int_equal(code_at_depth(SCAN_DEPTH), 0);
	assert_int_equal(code_at_depth(SCAN_DEPTH + 1), ENVELOPE_PARSE_ERROR);
}

/* A message with so many members, three of them its own. */
static int code_with_members(int count)
{
	char body[2000] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"";
	for (int i = 3; i < count; i++) {
		snprintf(body + strlen(body), sizeof body - strlen(body), ",\"x%d\":0", i);
	}
	strcat(body, "}");
	return code_of(body);
}

static void refuses_a_flood_of_members(void **state)
{
	(void)state;
	assert_int_equal(code_with_members(JSON_MEMBERS), 0);
	assert_int_equal(code_with_members(JSON_MEMBERS + 1), ENVELOPE_INVALID_REQUEST);
}

static void leaves_arguments_as_they_were_written(void **state)
{
	static const char raw[] = "{ \"n\" : 1.0e2, \"n\":\"\\u00e9\" }";
	static const char body[] = "{\"jsonrpc\":\"2.0\",\"id\":\"\\u0061\","
				   "\"method\":\"tools\\/call\",\"params\":{"
				   "\"name\":\"\\u00e9\\ud83d\\ude00\\n\",\"arguments\":"
				   "{ \"n\" : 1.0e2, \"n\":\"\\u00e9\" } }}";
	struct envelope envelope;
	struct envelope_fault fault;
	(void)state;
	assert_true(envelope_read(text(body), &envelope, &fault));
	assert_string_equal(envelope.method, "tools/call");
	assert_string_equal(envelope.name, "\xc3\xa9\xf0\x9f\x98\x80\n");
	assert_int_equal(envelope.arguments.length, strlen(raw));
	assert_memory_equal(envelope.arguments.at, raw, strlen(raw));
	assert_int_equal(envelope.id.length, strlen("\"\\u0061\""));
	envelope_finish(&envelope);
}

/* Two tools: one answers with a member of its arguments, one always fails. */
static bool say(const cJSON *arguments, const struct mcpauth_auth_info *who,
	struct mcp_result *result, void *user)
{
	const cJSON *what = cJSON_GetObjectItemCaseSensitive(arguments, "what");
	assert_null(who);
	return mcp_result_text(result, cJSON_IsString(what) ? what->valuestring : user);
}

static bool refuses(const cJSON *arguments, const struct mcpauth_auth_info *who,
	struct mcp_result *result, void *user)
{
	(void)arguments;
	(void)who;
	(void)user;
	return mcp_result_error(result, "no");
}

static bool breaks(const cJSON *arguments, const struct mcpauth_auth_info *who,
	struct mcp_result *result, void *user)
{
	(void)arguments;
	(void)who;
	(void)user;
	return mcp_result_text(result, "half") && false;
}

/* What legacy messages are sent in; the other era does not look at it. */
static char session[SESSION_ID_SIZE];

static int make_server(void **state)
{
	const struct session_owner nobody = {0};
	static char nothing[] = "nothing";
	const struct mcp_tool tools[] = {
		{"say", "Says.", "{\"type\":\"object\",\"required\":[]}", say, nothing},
		{"fail", "Fails.", NULL, refuses, NULL},
		{"h\xc3\xa9", "Breaks.", NULL, breaks, NULL},
	};
	struct mcp_server *server = mcp_server_new("test", "1.2", "/mcp");
	*state = server;
	return server != NULL && mcp_server_add_tool(server, &tools[0])
			&& mcp_server_add_tool(server, &tools[1])
			&& mcp_server_add_tool(server, &tools[2])
			&& sessions_open(server->sessions, &nobody, session)
		? 0
		: -1;
}

static int free_server(void **state)
{
	mcp_server_free(*state);
	return 0;
}

/* A message with its headers; NULL leaves one out. */
struct post {
	const char *version;
	const char *method;
	const char *name;
	const char *body;
};

static void check_reply(
	const struct mcp_server *server, struct post post, unsigned status, const char *wanted)
{
	struct era_headers headers = {.version = text(post.version),
		.method = text(post.method),
		.name = text(post.name),
		.session = text(session)};
	struct reply reply;
	era_answer(server, text(post.body), &headers, NULL, &reply);
	assert_int_equal(reply.status, status);
	assert_non_null(reply.body);
	assert_non_null(strstr(reply.body, wanted));
	free(reply.body);
}

static void check_legacy(const struct mcp_server *server, const char *body, const char *wanted)
{
	check_reply(server, (struct post){.version = "2025-11-25", .body = body}, 200, wanted);
}

static void echoes_ids_byte_for_byte(void **state)
{
	static const char *const ids[] = {
		"9007199254740993",
		"-0",
		"1.50e+3",
		"\"\"",
		"\"\\u0041\\/\\\"\"",
		"\"\xc3\xa9\"",
		"\"\\ud800\"",
	};
	for (size_t i = 0; i < COUNT(ids); i++) {
		char body[100];
		char wanted[100];
		snprintf(body, sizeof body, "{\"method\":\"ping\",\"id\": %s ,\"jsonrpc\":\"2.0\"}",
			ids[i]);
		snprintf(wanted, sizeof wanted, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}",
			ids[i]);
		check_legacy(*state, body, wanted);
	}
}

static void answers_without_an_id_where_none_can_be_read(void **state)
{
	check_reply(*state, (struct post){.body = "{"}, 400,
		"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,");
	check_reply(*state, (struct post){.body = "{\"id\":null}"}, 400,
		"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,");
	check_reply(*state, (struct post){.body = "{\"id\":7}"}, 400,
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32600,");
}

static void agrees_on_a_legacy_version(void **state)
{
	static const char *const asked[][2] = {
		{"2025-03-26", "2025-03-26"},
		{"2025-06-18", "2025-06-18"},
		{"2025-11-25", "2025-11-25"},
		{"2026-07-28", "2025-11-25"},
		{"1999-01-01", "2025-11-25"},
	};
	for (size_t i = 0; i < COUNT(asked); i++) {
		char body[200];
		char wanted[200];
		snprintf(body, sizeof body,
			REQUEST("initialize", "{\"protocolVersion\":\"%s\",\"capabilities\":{}}"),
			asked[i][0]);
		snprintf(wanted, sizeof wanted,
			"\"result\":{\"protocolVersion\":\"%s\","
			"\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"test\","
			"\"version\":\"1.2\"}}}",
			asked[i][1]);
		check_reply(*state, (struct post){.body = body}, 200, wanted);
	}
}

static void takes_notifications_without_a_word(void **state)
{
	static const struct post posts[] = {
		{.body = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"},
		{.body = "{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\","
			 "\"params\":{\"name\":\"say\"}}"},
		{.version = "2026-07-28",
			.body = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}"},
	};
	for (size_t i = 0; i < COUNT(posts); i++) {
		struct era_headers headers = {
			.version = text(posts[i].version), .session = text(session)};
		struct reply reply;
		era_answer(*state, text(posts[i].body), &headers, NULL, &reply);
		assert_int_equal(reply.status, 202);
		assert_null(reply.body);
	}
}

static void lists_tools_in_the_order_they_were_added(void **state)
{
	check_legacy(*state, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}",
		"\"result\":{\"tools\":[{\"name\":\"say\",\"description\":\"Says.\","
		"\"inputSchema\":{\"type\":\"object\",\"required\":[]}},"
		"{\"name\":\"fail\",\"description\":\"Fails.\",\"inputSchema\":"
		"{\"type\":\"object\"}},{\"name\":\"h\xc3\xa9\"");
}

static void calls_tools_by_name(void **state)
{
	check_legacy(*state, CALL("{\"name\":\"say\",\"arguments\":{\"what\":\"h\\u00e9\"}}"),
		"\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"h\xc3\xa9\"}]}}");
	check_legacy(*state, CALL("{\"name\":\"say\"}"), "\"text\":\"nothing\"");
	check_legacy(*state, CALL("{\"name\":\"fail\"}"), "\"text\":\"no\"}],\"isError\":true}");
	check_legacy(*state, CALL("{\"name\":\"h\\u00e9\"}"), "\"error\":{\"code\":-32603,");
}

static void refuses_calls_it_cannot_make(void **state)
{
	check_legacy(*state, CALL("{\"name\":\"none\"}"), "\"id\":1,\"error\":{\"code\":-32602,");
	check_legacy(*state, CALL("{}"), "\"error\":{\"code\":-32602,");
	check_legacy(*state, CALL("{\"name\":\"say\",\"arguments\":[]}"), "\"code\":-32602,");
	check_legacy(*state, CALL("{\"name\":\"say\",\"arguments\":{\"what\":\"a\\u0000b\"}}"),
		"\"code\":-32602,");
	check_legacy(*state, CALL("{\"name\":\"say\",\"arguments\":{\"what\":\"a\\\\u0000b\"}}"),
		"\"text\":\"a\\\\u0000b\"");
	check_legacy(*state, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\"}",
		"\"error\":{\"code\":-32601,");
}

static void refuses_versions_it_does_not_speak(void **state)
{
	const char *ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
	check_reply(*state, (struct post){.version = "2024-11-05", .body = ping}, 400,
		"\"data\":{\"supported\":[\"2026-07-28\",\"2025-11-25\",\"2025-06-18\","
		"\"2025-03-26\"],\"requested\":\"2024-11-05\"}");
	check_reply(*state, (struct post){.version = "", .body = ping}, 400, "-32022");
	check_reply(*state, (struct post){.version = "2025-03-26", .body = ping}, 200, "{}");
	check_reply(*state, (struct post){.body = ping}, 200, "\"result\":{}");
}

static void ignores_a_legacy_version_in_meta(void **state)
{
	check_legacy(*state,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{" META(
			"2025-11-25") "}}",
		"\"result\":{}");
}

static void refuses_a_header_sent_twice(void **state)
{
	struct era_headers headers = {
		.version = text("2025-11-25"), .repeated = true, .session = text(session)};
	struct reply reply;
	era_answer(*state, text("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"), &headers,
		NULL, &reply);
	assert_int_equal(reply.status, 400);
	assert_non_null(strstr(reply.body, "-32020"));
	free(reply.body);
}

#define ASK(method, params) REQUEST(method, "{" params "}")
#define ASK_SAY ASK("tools/call", "\"name\":\"say\"," MODERN)
#define DISCOVER(meta) ASK("server/discover", meta)

static void discovers_and_lists_for_this_user_only(void **state)
{
	const char *tail =
		"\"ttlMs\":60000,\"cacheScope\":\"private\",\"_meta\":{"
		"\"io.modelcontextprotocol/serverInfo\":{\"name\":\"test\",\"version\":\"1.2\"}},"
		"\"resultType\":\"complete\"}}";
	struct post post = {"2026-07-28", "server/discover", NULL, DISCOVER(MODERN)};
	check_reply(*state, post, 200, "\"result\":{\"supportedVersions\":[\"2026-07-28\",");
	check_reply(*state, post, 200, "\"capabilities\":{\"tools\":{}}");
	check_reply(*state, post, 200, tail);
	post = (struct post){"2026-07-28", "tools/list", NULL, ASK("tools/list", MODERN)};
	check_reply(*state, post, 200, "\"result\":{\"tools\":[{\"name\":\"say\"");
	check_reply(*state, post, 200, tail);
	/* A slash may be escaped, and some encoders do. */
	post = (struct post){"2026-07-28", "tools/list", NULL,
		ASK("tools\\/list",
			"\"_meta\":{\"io.modelcontextprotocol\\/protocolVersion\":\"2026-07-28\","
			"\"io.modelcontextprotocol\\/clientCapabilities\":{}}")};
	check_reply(*state, post, 200, tail);
}

static void refuses_requests_that_lack_metadata(void **state)
{
	static const char *const bodies[] = {
		DISCOVER(""),
		DISCOVER("\"_meta\":{}"),
		DISCOVER("\"_meta\":{\"io.modelcontextprotocol/clientCapabilities\":{}}"),
		DISCOVER("\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}"),
		DISCOVER("\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":7,"
			 "\"io.modelcontextprotocol/clientCapabilities\":{}}"),
		DISCOVER("\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
			 "\"io.modelcontextprotocol/clientCapabilities\":[]}"),
	};
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct post post = {"2026-07-28", "server/discover", NULL, bodies[i]};
		check_reply(*state, post, 400, "\"id\":1,\"error\":{\"code\":-32602,");
	}
}

static void refuses_headers_that_differ_from_the_body(void **state)
{
	static const struct post posts[] = {
		{NULL, "server/discover", NULL, DISCOVER(MODERN)},
		{"2025-11-25", "server/discover", NULL, DISCOVER(MODERN)},
		{"2026-07-28", "server/discover", NULL, DISCOVER(META("v999"))},
		{"2026-07-28", NULL, NULL, DISCOVER(MODERN)},
		{"2026-07-28", "tools/list", NULL, DISCOVER(MODERN)},
		{"2026-07-28", "SERVER/DISCOVER", NULL, DISCOVER(MODERN)},
		{"2026-07-28", "tools/call", NULL, ASK_SAY},
		{"2026-07-28", "tools/call", "Say", ASK_SAY},
		{"2026-07-28", "tools/call", "sa", ASK_SAY},
		{"2026-07-28", "tools/call", "say", ASK("tools/call", MODERN)},
		{"2026-07-28", "resources/read", NULL,
			ASK("resources/read", "\"uri\":\"a\"," MODERN)},
	};
	for (size_t i = 0; i < COUNT(posts); i++) {
		check_reply(*state, posts[i], 400, "\"id\":1,\"error\":{\"code\":-32020,");
	}
}

static void reads_names_in_base64(void **state)
{
	const char *body = ASK("tools/call", "\"name\":\"h\\u00e9\"," MODERN);
	static const char *const wrong[] = {
		"=?base64?aMOp",
		"aMOp",
		"=?base64?aMOq?=",
		"=?base64?aMO?=",
		"=?base64?aMOpaa==?=",
		"=?BASE64?aMOp?=",
		"=?base64?\?=",
		"=?base64?=",
	};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct post post = {"2026-07-28", "tools/call", wrong[i], body};
		check_reply(*state, post, 400, "-32020");
	}
	check_reply(*state, (struct post){"2026-07-28", "tools/call", "=?base64?aMOp?=", body}, 200,
		"-32603");
	check_reply(*state, (struct post){"2026-07-28", "tools/call", "h\xc3\xa9", body}, 200,
		"-32603");
}

static void wants_canonical_padding_in_base64(void **state)
{
	const char *body = ASK("tools/call", "\"name\":\"fail\"," MODERN);
	static const char *const wrong[] = {
		"=?base64?ZmFpbA?=",
		"=?base64?ZmFpbA=?=",
		"=?base64?ZmFpbB==?=",
		"=?base64?ZmFp bA==?=",
		"=?base64?ZmFpbA===?=",
	};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct post post = {"2026-07-28", "tools/call", wrong[i], body};
		check_reply(*state, post, 400, "-32020");
	}
	check_reply(*state, (struct post){"2026-07-28", "tools/call", "=?base64?ZmFpbA==?=", body},
		200, "\"isError\":true");
}

static void names_the_versions_it_speaks(void **state)
{
	struct post post = {"v999", "server/discover", NULL, DISCOVER(META("v999"))};
	check_reply(*state, post, 400,
		"\"id\":1,\"error\":{\"code\":-32022,"
		"\"message\":\"Unsupported protocol version\","
		"\"data\":{\"supported\":[\"2026-07-28\",");
	post.method = NULL;
	check_reply(*state, post, 400, "\"requested\":\"v999\"}");
}

static void does_not_know_removed_methods(void **state)
{
	static const char *const methods[] = {
		"initialize",
		"ping",
		"logging/setLevel",
		"resources/subscribe",
		"subscriptions/listen",
		"prompts/list",
		"x",
	};
	for (size_t i = 0; i < COUNT(methods); i++) {
		char body[300];
		snprintf(body, sizeof body,
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\","
			"\"params\":{" MODERN "}}",
			methods[i]);
		check_reply(*state, (struct post){"2026-07-28", methods[i], NULL, body}, 404,
			"\"id\":1,\"error\":{\"code\":-32601,");
	}
}

static void takes_only_tools_that_can_be_told_apart_and_described(void **state)
{
	struct mcp_tool tool = {"say", "", NULL, say, NULL};
	assert_false(mcp_server_add_tool(*state, &tool));
	tool.name = "other";
	tool.input_schema = "{\"type\":\"array\"}";
	assert_false(mcp_server_add_tool(*state, &tool));
	tool.input_schema = "{";
	assert_false(mcp_server_add_tool(*state, &tool));
	tool.input_schema = "{\"type\":\"object\"}";
	assert_true(mcp_server_add_tool(*state, &tool));
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, make_server, free_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_ids_that_are_neither_string_nor_number),
		cmocka_unit_test(refuses_what_is_not_json),
		cmocka_unit_test(refuses_what_is_no_request),
		cmocka_unit_test(refuses_params_that_can_be_read_in_two_ways),
		cmocka_unit_test(refuses_deep_nesting),
		cmocka_unit_test(refuses_a_flood_of_members),
		cmocka_unit_test(leaves_arguments_as_they_were_written),
		WITH_SERVER(echoes_ids_byte_for_byte),
		WITH_SERVER(answers_without_an_id_where_none_can_be_read),
		WITH_SERVER(agrees_on_a_legacy_version),
		WITH_SERVER(takes_notifications_without_a_word),
		WITH_SERVER(lists_tools_in_the_order_they_were_added),
		WITH_SERVER(calls_tools_by_name),
		WITH_SERVER(refuses_calls_it_cannot_make),
		WITH_SERVER(refuses_versions_it_does_not_speak),
		WITH_SERVER(ignores_a_legacy_version_in_meta),
		WITH_SERVER(refuses_a_header_sent_twice),
		WITH_SERVER(discovers_and_lists_for_this_user_only),
		WITH_SERVER(refuses_requests_that_lack_metadata),
		WITH_SERVER(refuses_headers_that_differ_from_the_body),
		WITH_SERVER(reads_names_in_base64),
		WITH_SERVER(wants_canonical_padding_in_base64),
		WITH_SERVER(names_the_versions_it_speaks),
		WITH_SERVER(does_not_know_removed_methods),
		WITH_SERVER(takes_only_tools_that_can_be_told_apart_and_described),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
