/* Claims about the MCP part of the examples: which era a message belongs to, and what
 * each era answers. No sockets. */
#include "posted.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define META(version) \
	"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" version "\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define MODERN META("2026-07-28")
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define REQUEST(method, params) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":" params "}"
#define CALL(params) REQUEST("tools/call", params)

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

struct house {
	struct mcpauth *auth;
	struct mcp_server *server;
	/* What legacy messages are sent in; the other era does not look at it. */
	char session[MCPAUTH_HANDLE_SIZE];
};

static int open_house(void **state)
{
	static char nothing[] = "nothing";
	const struct mcp_tool tools[] = {
		{"say", "Says.", "{\"type\":\"object\",\"required\":[]}", say, nothing},
		{"fail", "Fails.", NULL, refuses, NULL},
		{"h\xc3\xa9", "Breaks.", NULL, breaks, NULL},
	};
	struct house *house = calloc(1, sizeof *house);
	assert_non_null(house);
	house->auth = posted_auth();
	house->server = posted_server(house->auth);
	for (size_t i = 0; i < COUNT(tools); i++) {
		assert_true(mcp_server_add_tool(house->server, &tools[i]));
	}
	assert_true(sessions_open(house->server->sessions, NULL, house->session));
	*state = house;
	return 0;
}

static int close_house(void **state)
{
	struct house *house = *state;
	mcp_server_free(house->server);
	mcpauth_free(house->auth);
	free(house);
	return 0;
}

/* A message, and its MCP-Protocol-Version; NULL leaves that out. */
struct post {
	const char *version;
	const char *body;
};

static void check_reply(
	const struct house *house, struct post post, unsigned status, const char *wanted)
{
	struct era_headers headers = {
		.version = posted_text(post.version),
		.session = posted_text(house->session),
	};
	struct reply reply;
	posted_answer(house->server, post.body, &headers, NULL, &reply);
	assert_int_equal(reply.status, status);
	assert_non_null(reply.body);
	CHECK_ROW(reply.body, strstr(reply.body, wanted) != NULL);
	free(reply.body);
}

static void check_legacy(const struct house *house, const char *body, const char *wanted)
{
	check_reply(house, (struct post){"2025-11-25", body}, 200, wanted);
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
		const struct house *house = *state;
		struct era_headers headers = {
			.version = posted_text(posts[i].version),
			.session = posted_text(house->session),
		};
		struct reply reply;
		posted_answer(house->server, posts[i].body, &headers, NULL, &reply);
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

/* An error, and none of the server's questions is answered by it. */
static void takes_no_responses(void **state)
{
	check_reply(*state,
		(struct post){"2025-11-25", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"}, 400,
		"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,");
}

#define ASK(method, params) REQUEST(method, "{" params "}")
#define DISCOVER(meta) ASK("server/discover", meta)

static void discovers_and_lists_for_this_user_only(void **state)
{
	const char *tail =
		"\"ttlMs\":60000,\"cacheScope\":\"private\",\"_meta\":{"
		"\"io.modelcontextprotocol/serverInfo\":{\"name\":\"test\",\"version\":\"1.2\"}},"
		"\"resultType\":\"complete\"}}";
	struct post post = {"2026-07-28", DISCOVER(MODERN)};
	check_reply(*state, post, 200, "\"result\":{\"supportedVersions\":[\"2026-07-28\",");
	check_reply(*state, post, 200, "\"capabilities\":{\"tools\":{}}");
	check_reply(*state, post, 200, tail);
	post = (struct post){"2026-07-28", ASK("tools/list", MODERN)};
	check_reply(*state, post, 200, "\"result\":{\"tools\":[{\"name\":\"say\"");
	check_reply(*state, post, 200, tail);
	/* A slash may be escaped, and some encoders do. */
	post = (struct post){"2026-07-28",
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
		DISCOVER("\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
			 "\"io.modelcontextprotocol/clientCapabilities\":[]}"),
	};
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct post post = {"2026-07-28", bodies[i]};
		check_reply(*state, post, 400, "\"id\":1,\"error\":{\"code\":-32602,");
	}
}

static void names_the_versions_it_speaks(void **state)
{
	struct post post = {"v999", DISCOVER(META("v999"))};
	check_reply(*state, post, 400,
		"\"id\":1,\"error\":{\"code\":-32022,"
		"\"message\":\"Unsupported protocol version\","
		"\"data\":{\"supported\":[\"2026-07-28\",");
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
			"\"params\":{\"uri\":\"a\"," MODERN "}}",
			methods[i]);
		check_reply(*state, (struct post){"2026-07-28", body}, 404,
			"\"id\":1,\"error\":{\"code\":-32601,");
	}
}

static void takes_only_tools_that_can_be_told_apart_and_described(void **state)
{
	const struct house *house = *state;
	struct mcp_tool tool = {"say", "", NULL, say, NULL};
	assert_false(mcp_server_add_tool(house->server, &tool));
	tool.name = "other";
	tool.input_schema = "{\"type\":\"array\"}";
	assert_false(mcp_server_add_tool(house->server, &tool));
	tool.input_schema = "{";
	assert_false(mcp_server_add_tool(house->server, &tool));
	tool.input_schema = "{\"type\":\"object\"}";
	assert_true(mcp_server_add_tool(house->server, &tool));
}

/* {.name = "say"} for all, {.name = "fail"} with a scope, and nothing of the third. */
static struct mcpauth_operations *table(struct mcpauth *auth)
{
	struct mcpauth_operations *operations;
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	CHECK_OK(mcpauth_operations_new(auth, &operations, &err));
	operation.name = "say";
	CHECK_OK(mcpauth_operations_add(operations, &operation, &err));
	operation.name = "fail";
	operation.scopes = "fail:often";
	CHECK_OK(mcpauth_operations_add(operations, &operation, &err));
	return operations;
}

static void check_list(const struct mcp_server *server, const char *claims, const char *wanted)
{
	struct mcpauth_auth_info *who = posted_bearer("https://as.example", claims);
	struct reply reply;
	posted_answer(server, ASK("tools/list", MODERN), NULL, who, &reply);
	assert_int_equal(reply.status, 200);
	/* The next token of the same user may open more. */
	assert_non_null(strstr(reply.body, "\"ttlMs\":0,\"cacheScope\":\"private\""));
	cJSON *body = cJSON_Parse(reply.body);
	const cJSON *tools = cJSON_GetObjectItem(cJSON_GetObjectItem(body, "result"), "tools");
	char names[256] = "";
	const cJSON *tool;
	cJSON_ArrayForEach(tool, tools)
	{
		const cJSON *meta = cJSON_GetObjectItem(tool, "_meta");
		const char *needs = cJSON_GetStringValue(
			cJSON_GetObjectItem(meta, "mcpauth/scopes"));
		strcat(names, cJSON_GetStringValue(cJSON_GetObjectItem(tool, "name")));
		strcat(names, needs != NULL ? "!" : "");
		strcat(names, needs != NULL ? needs : "");
		strcat(names, ";");
	}
	assert_string_equal(names, wanted);
	cJSON_Delete(body);
	free(reply.body);
	mcpauth_auth_info_free(who);
}

static void shows_tools_to_those_who_may_call_them(void **state)
{
	const struct house *house = *state;
	struct mcpauth_operations *operations = table(house->auth);
	house->server->operations = operations;
	check_list(house->server, "{\"sub\":\"bob\"}", "say;");
	check_list(house->server, "{\"sub\":\"bob\",\"scope\":\"fail:often\"}", "say;fail;");
	house->server->list = MCPAUTH_LIST_MARKED;
	check_list(house->server, "{\"sub\":\"bob\"}", "say;fail!fail:often;");
	mcpauth_operations_free(operations);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(echoes_ids_byte_for_byte),
		IN_HOUSE(agrees_on_a_legacy_version),
		IN_HOUSE(takes_notifications_without_a_word),
		IN_HOUSE(lists_tools_in_the_order_they_were_added),
		IN_HOUSE(calls_tools_by_name),
		IN_HOUSE(refuses_calls_it_cannot_make),
		IN_HOUSE(refuses_versions_it_does_not_speak),
		IN_HOUSE(ignores_a_legacy_version_in_meta),
		IN_HOUSE(takes_no_responses),
		IN_HOUSE(shows_tools_to_those_who_may_call_them),
		IN_HOUSE(discovers_and_lists_for_this_user_only),
		IN_HOUSE(refuses_requests_that_lack_metadata),
		IN_HOUSE(names_the_versions_it_speaks),
		IN_HOUSE(does_not_know_removed_methods),
		IN_HOUSE(takes_only_tools_that_can_be_told_apart_and_described),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
