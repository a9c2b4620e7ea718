/* Messages as clients post them: what they say, what is handed on, what is refused. */
#include "mcp/message.h"

#include "mcp/message_int.h"

#include "base/buf.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REVISION "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\""
#define REQUEST(method, params) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":" params "}"
#define CALL(params) REQUEST("tools/call", params)

/** A message and the bytes it was read from, just these. */
struct fixture {
	char *text;
	struct mcpauth_message *message;
	struct mcpauth__message_fault fault;
	enum mcpauth_code code;
};

static void read_bytes(struct fixture *fixture, const char *text, size_t length)
{
	*fixture = (struct fixture){.text = malloc(length > 0 ? length : 1)};
	assert_non_null(fixture->text);
	memcpy(fixture->text, text, length);
	fixture->code = mcpauth__message_read(
		fixture->text, length, &fixture->message, &fixture->fault);
	assert_true((fixture->message != NULL) == (fixture->code == MCPAUTH_OK));
}

static void read_text(struct fixture *fixture, const char *text)
{
	read_bytes(fixture, text, strlen(text));
}

static void finish(struct fixture *fixture)
{
	mcpauth__message_free(fixture->message);
	free(fixture->text);
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* NULL stands for none. */
static bool is_slice(const char *at, size_t length, const char *wanted)
{
	if (at == NULL || wanted == NULL) {
		return at == NULL && wanted == NULL && length == 0;
	}
	return length == strlen(wanted) && memcmp(at, wanted, length) == 0;
}

static const struct {
	const char *label;
	const char *text;
	enum mcpauth_message_kind kind;
	const char *method;
	const char *name;
	const char *id;
} taken[] = {
	{"a request", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", MCPAUTH_MESSAGE_REQUEST,
		"ping", NULL, "1"},
	{"blanks around all",
		" \r\n{ \"jsonrpc\" : \"2.0\" , \"id\" : 1 , \"method\" : \"ping\" }\n",
		MCPAUTH_MESSAGE_REQUEST, "ping", NULL, "1"},
	{"a notification", "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
		MCPAUTH_MESSAGE_NOTIFICATION, "notifications/initialized", NULL, NULL},
	{"a result", "{\"jsonrpc\":\"2.0\",\"id\":\"s1\",\"result\":{}}", MCPAUTH_MESSAGE_RESPONSE,
		NULL, NULL, "\"s1\""},
	{"an error", "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":1,\"message\":\"m\"}}",
		MCPAUTH_MESSAGE_RESPONSE, NULL, NULL, "7"},
	{"an error about no request", "{\"jsonrpc\":\"2.0\",\"error\":{}}",
		MCPAUTH_MESSAGE_RESPONSE, NULL, NULL, NULL},
	{"members nobody knows", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"trace\":[1]}",
		MCPAUTH_MESSAGE_REQUEST, "x", NULL, "1"},
	{"no params members", REQUEST("tools/list", "{}"), MCPAUTH_MESSAGE_REQUEST, "tools/list",
		NULL, "1"},
	{"an id beyond 2^53", "{\"jsonrpc\":\"2.0\",\"id\":9007199254740993,\"method\":\"ping\"}",
		MCPAUTH_MESSAGE_REQUEST, "ping", NULL, "9007199254740993"},
	{"an id of many digits",
		"{\"jsonrpc\":\"2.0\",\"id\":-1111111111222222222233333333334444444444555555555566666"
		"6666677777777778888888888,\"method\":\"ping\"}",
		MCPAUTH_MESSAGE_REQUEST, "ping", NULL,
		"-11111111112222222222333333333344444444445555555555666666666677777777778888888888"},
	{"an id with escapes",
		"{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0062\\u0000\",\"method\":\"ping\"}",
		MCPAUTH_MESSAGE_REQUEST, "ping", NULL, "\"a\\u0062\\u0000\""},
	{"an empty id", "{\"jsonrpc\":\"2.0\",\"id\":\"\",\"method\":\"ping\"}",
		MCPAUTH_MESSAGE_REQUEST, "ping", NULL, "\"\""},
	{"a tool", CALL("{\"name\":\"get-todos\"}"), MCPAUTH_MESSAGE_REQUEST, "tools/call",
		"get-todos", "1"},
	{"a tool, notified",
		"{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"name\":\"t\"}}",
		MCPAUTH_MESSAGE_NOTIFICATION, "tools/call", "t", NULL},
	{"escapes everywhere",
		"{\"\\u006asonrpc\":\"2\\u002e0\",\"\\u0069d\":1,\"m\\u0065thod\":\"tools\\/call\","
		"\"par\\u0061ms\":{\"n\\u0061me\":\"delete\\u002dtodo\\u00e9\\ud83d\\ude00\"}}",
		MCPAUTH_MESSAGE_REQUEST, "tools/call", "delete-todo\xc3\xa9\xf0\x9f\x98\x80", "1"},
	{"a name of bytes", CALL("{\"name\":\"\xc3\xa9\"}"), MCPAUTH_MESSAGE_REQUEST, "tools/call",
		"\xc3\xa9", "1"},
	{"a prompt", REQUEST("prompts/get", "{\"name\":\"p\"}"), MCPAUTH_MESSAGE_REQUEST,
		"prompts/get", "p", "1"},
	{"a resource", REQUEST("resources/read", "{\"uri\":\"file:///a\"}"),
		MCPAUTH_MESSAGE_REQUEST, "resources/read", "file:///a", "1"},
	{"a subscription", REQUEST("resources/subscribe", "{\"uri\":\"file:///a\"}"),
		MCPAUTH_MESSAGE_REQUEST, "resources/subscribe", "file:///a", "1"},
	{"the end of one", REQUEST("resources/unsubscribe", "{\"uri\":\"file:///a\"}"),
		MCPAUTH_MESSAGE_REQUEST, "resources/unsubscribe", "file:///a", "1"},
	{"completing for a prompt",
		REQUEST("completion/complete",
			"{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"p\",\"title\":\"P\"}}"),
		MCPAUTH_MESSAGE_REQUEST, "completion/complete", "p", "1"},
	{"completing for a resource",
		REQUEST("completion/complete",
			"{\"ref\":{\"type\":\"ref\\/resource\",\"uri\":\"file:///{a}\"}}"),
		MCPAUTH_MESSAGE_REQUEST, "completion/complete", "file:///{a}", "1"},
	{"a name that the method has none of", REQUEST("logging/setLevel", "{\"name\":1}"),
		MCPAUTH_MESSAGE_REQUEST, "logging/setLevel", NULL, "1"},
	{"another case of a method", REQUEST("Tools/call", "{\"name\":\"t\"}"),
		MCPAUTH_MESSAGE_REQUEST, "Tools/call", NULL, "1"},
	{"a uri besides", CALL("{\"name\":\"t\",\"uri\":7}"), MCPAUTH_MESSAGE_REQUEST, "tools/call",
		"t", "1"},
	{"names twice and NULs in arguments",
		CALL("{\"name\":\"t\",\"arguments\":{\"a\":1,\"a\":2,\"A\":3,\"\\u0000\":\"\\u0000\"}}"),
		MCPAUTH_MESSAGE_REQUEST, "tools/call", "t", "1"},
};

static void reads_what_clients_post(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		struct fixture fixture;
		size_t length;
		read_text(&fixture, taken[i].text);
		CHECK_ROW(taken[i].label, fixture.code == MCPAUTH_OK);
		CHECK_ROW(taken[i].label, mcpauth_message_kind(fixture.message) == taken[i].kind);
		CHECK_ROW(taken[i].label,
			same(mcpauth_message_method(fixture.message), taken[i].method));
		CHECK_ROW(
			taken[i].label, same(mcpauth_message_name(fixture.message), taken[i].name));
		CHECK_ROW(taken[i].label, mcpauth_message_revision(fixture.message) == NULL);
		const char *id = mcpauth_message_id(fixture.message, &length);
		CHECK_ROW(taken[i].label, is_slice(id, length, taken[i].id));
		const char *text = mcpauth_message_text(fixture.message, &length);
		CHECK_ROW(taken[i].label, text == fixture.text && length == strlen(taken[i].text));
		finish(&fixture);
	}
}

static const struct {
	const char *label;
	const char *text;
	int rpc_code;
	const char *id;
} refused[] = {
	{"nothing", "", -32700, NULL},
	{"blanks", " \n", -32700, NULL},
	{"no JSON", "ping", -32700, NULL},
	{"half of it", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"", -32700, NULL},
	{"something behind it", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"} {}", -32700,
		NULL},
	{"a second line",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}\n"
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"b\"}",
		-32700, NULL},
	{"a byte order mark", "\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
		-32700, NULL},
	{"not UTF-8", CALL("{\"name\":\"\xe9\"}"), -32700, NULL},
	{"half a pair", CALL("{\"name\":\"\\ud83d\"}"), -32700, NULL},
	{"a tab in a string", CALL("{\"name\":\"a\tb\"}"), -32700, NULL},
	{"a batch", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", -32600, NULL},
	{"a batch of none", " [] ", -32600, NULL},
	{"half a batch", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", -32700, NULL},
	{"a string", "\"ping\"", -32600, NULL},
	{"null", "null", -32600, NULL},
	{"no version", "{\"id\":1,\"method\":\"ping\"}", -32600, "1"},
	{"another version", "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", -32600, "1"},
	{"a version that is a number", "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}", -32600,
		"1"},
	{"a version and a NUL", "{\"jsonrpc\":\"2.0\\u0000\",\"id\":1,\"method\":\"ping\"}", -32600,
		"1"},
	{"no method", "{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0062\"}", -32600, "\"a\\u0062\""},
	{"an empty method", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}", -32600, "1"},
	{"a method that is no string", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":null}", -32600,
		"1"},
	{"a NUL in the method", REQUEST("tools/list\\u0000", "{}"), -32600, "1"},
	{"a method and a result",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"result\":{}}", -32600, "1"},
	{"a method and an error",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"error\":null}", -32600, "1"},
	{"a result and an error", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{}}",
		-32600, "1"},
	{"a result of no request", "{\"jsonrpc\":\"2.0\",\"result\":{}}", -32600, NULL},
	{"an id that is null", "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32600,
		NULL},
	{"an id that is an object", "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}", -32600,
		NULL},
	{"an id that is true", "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"ping\"}", -32600,
		NULL},
	{"a method twice",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"method\":\"tools/call\"}",
		-32600, NULL},
	{"a method twice, once escaped",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"metho\\u0064\":\"a\"}", -32600,
		NULL},
	{"a method twice, in capitals",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"METHOD\":\"a\"}", -32600, NULL},
	{"a name twice that nobody knows",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"x\":1,\"X\":2}", -32600, NULL},
	{"a NUL in a name", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\\u0000\":1}",
		-32600, NULL},
	{"ID", "{\"jsonrpc\":\"2.0\",\"ID\":1,\"method\":\"ping\"}", -32600, NULL},
	{"Method", "{\"jsonrpc\":\"2.0\",\"id\":1,\"Method\":\"ping\"}", -32600, NULL},
	{"PARAMS", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"PARAMS\":{}}", -32600,
		NULL},
	{"params with a long s",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"param\\u017f\":{}}", -32600,
		NULL},
	{"Result", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"Result\":{}}", -32600,
		NULL},
	{"params that are a list", CALL("[\"t\"]"), -32602, "1"},
	{"params that are null", REQUEST("ping", "null"), -32602, "1"},
	{"a name twice", CALL("{\"name\":\"get-todos\",\"name\":\"delete-todo\"}"), -32602, "1"},
	{"a name twice, once escaped",
		CALL("{\"name\":\"get-todos\",\"n\\u0061me\":\"delete-todo\"}"), -32602, "1"},
	{"arguments twice", CALL("{\"name\":\"t\",\"arguments\":{},\"arguments\":{}}"), -32602,
		"1"},
	{"two cursors that differ in case", REQUEST("tools/list", "{\"cursor\":1,\"Cursor\":2}"),
		-32602, "1"},
	{"Name", CALL("{\"Name\":\"t\"}"), -32602, "1"},
	{"Name besides", CALL("{\"name\":\"t\",\"Name\":\"u\"}"), -32602, "1"},
	{"URI", REQUEST("resources/read", "{\"URI\":\"file:///a\"}"), -32602, "1"},
	{"URI where there is no need for one", CALL("{\"name\":\"t\",\"ur\\u0049\":1}"), -32602,
		"1"},
	{"Arguments", CALL("{\"name\":\"t\",\"Arguments\":{}}"), -32602, "1"},
	{"_META", REQUEST("ping", "{\"_META\":{}}"), -32602, "1"},
	{"REF",
		REQUEST("completion/complete",
			"{\"REF\":{\"type\":\"ref/prompt\",\"name\":\"p\"}}"),
		-32602, "1"},
	{"TaskId", REQUEST("tasks/get", "{\"TaskId\":\"t\"}"), -32602, "1"},
	{"a NUL in a name of params", CALL("{\"name\\u0000\":\"t\"}"), -32602, "1"},
	{"no params", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}", -32602, "1"},
	{"no name", CALL("{}"), -32602, "1"},
	{"no name in a notification",
		"{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{}}", -32602, NULL},
	{"an empty name", CALL("{\"name\":\"\"}"), -32602, "1"},
	{"a name that is a number", CALL("{\"name\":1}"), -32602, "1"},
	{"a NUL in the name", CALL("{\"name\":\"get-todos\\u0000\"}"), -32602, "1"},
	{"no name of a prompt", REQUEST("prompts/get", "{\"uri\":\"p\"}"), -32602, "1"},
	{"no uri", REQUEST("resources/read", "{\"name\":\"p\"}"), -32602, "1"},
	{"no uri to subscribe", REQUEST("resources/subscribe", "{\"name\":\"p\"}"), -32602, "1"},
	{"no uri to unsubscribe", REQUEST("resources/unsubscribe", "{}"), -32602, "1"},
	{"no uri to subscribe, in a revision with that",
		REQUEST("resources/subscribe",
			"{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2025-11-25\"}}"),
		-32602, "1"},
	{"a number to subscribe to, in a revision without",
		REQUEST("resources/subscribe", "{\"uri\":1,\"_meta\":{" REVISION "}}"), -32602,
		"1"},
	{"no uri in a revision that reads", REQUEST("resources/read", "{\"_meta\":{" REVISION "}}"),
		-32602, "1"},
	{"no ref", REQUEST("completion/complete", "{\"name\":\"p\"}"), -32602, "1"},
	{"a ref that is a string", REQUEST("completion/complete", "{\"ref\":\"p\"}"), -32602, "1"},
	{"a ref without type", REQUEST("completion/complete", "{\"ref\":{\"name\":\"p\"}}"), -32602,
		"1"},
	{"a ref of another type",
		REQUEST("completion/complete", "{\"ref\":{\"type\":\"ref/tool\",\"name\":\"p\"}}"),
		-32602, "1"},
	{"a ref without name",
		REQUEST("completion/complete", "{\"ref\":{\"type\":\"ref/prompt\"}}"), -32602, "1"},
	{"a ref with the wrong one",
		REQUEST("completion/complete", "{\"ref\":{\"type\":\"ref/prompt\",\"uri\":\"p\"}}"),
		-32602, "1"},
	{"a ref with both",
		REQUEST("completion/complete",
			"{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"p\",\"uri\":\"u\"}}"),
		-32602, "1"},
	{"a resource's ref with both",
		REQUEST("completion/complete",
			"{\"ref\":{\"type\":\"ref/resource\",\"name\":\"p\",\"uri\":\"u\"}}"),
		-32602, "1"},
	{"a type twice in a ref",
		REQUEST("completion/complete",
			"{\"ref\":{\"type\":\"ref/prompt\",\"Type\":\"x\",\"name\":\"p\"}}"),
		-32602, "1"},
	{"Name in a ref",
		REQUEST("completion/complete",
			"{\"ref\":{\"type\":\"ref/resource\",\"uri\":\"u\","
			"\"Name\":\"p\"}}"),
		-32602, "1"},
	{"a name twice in a ref",
		REQUEST("completion/complete",
			"{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"p\","
			"\"name\":\"q\"}}"),
		-32602, "1"},
	{"_meta that is a list", REQUEST("ping", "{\"_meta\":[]}"), -32602, "1"},
	{"a name twice in _meta", REQUEST("ping", "{\"_meta\":{" REVISION "," REVISION "}}"),
		-32602, "1"},
	{"a token twice in _meta",
		REQUEST("ping", "{\"_meta\":{\"progressToken\":1,\"progresstoken\":2}}"), -32602,
		"1"},
	{"a version in capitals",
		REQUEST("ping",
			"{\"_meta\":{\"io.modelcontextprotocol/protocolversion\":\"2026-07-28\"}}"),
		-32602, "1"},
	{"a version that is a number in _meta",
		REQUEST("ping", "{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":2026}}"),
		-32602, "1"},
	{"a NUL in the version",
		REQUEST("ping",
			"{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026\\u0000\"}}"),
		-32602, "1"},
	{"an id that can be echoed, behind what is wrong",
		"{\"method\":\"tools/call\",\"params\":{},\"jsonrpc\":\"2.0\",\"id\":1e1}", -32602,
		"1e1"},
};

/* As it can be put into JSON and into a log. */
static bool is_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\') {
			return false;
		}
	}
	return true;
}

static void refuses_what_is_no_message_and_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct fixture fixture;
		read_text(&fixture, refused[i].text);
		const struct mcpauth__message_fault *fault = &fixture.fault;
		CHECK_ROW(refused[i].label, fixture.code == MCPAUTH_E_INVALID_MESSAGE);
		CHECK_ROW(refused[i].label, fault->reason == MCPAUTH_E_INVALID_MESSAGE);
		CHECK_ROW(refused[i].label, fault->rpc_code == refused[i].rpc_code);
		CHECK_ROW(refused[i].label, fault->text != NULL && is_text(fault->text));
		CHECK_ROW(refused[i].label, is_slice(fault->id, fault->id_length, refused[i].id));
		finish(&fixture);
	}
}

static void a_nul_behind_a_message_is_seen(void **state)
{
	(void)state;
	static const char text[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
	struct fixture fixture;
	read_bytes(&fixture, text, sizeof text);
	assert_int_equal(fixture.code, MCPAUTH_E_INVALID_MESSAGE);
	assert_int_equal(fixture.fault.rpc_code, -32700);
	finish(&fixture);
	read_bytes(&fixture, text, sizeof text - 1);
	assert_int_equal(fixture.code, MCPAUTH_OK);
	finish(&fixture);
}

static void a_body_that_is_not_there_is_no_message(void **state)
{
	(void)state;
	struct mcpauth_message *message;
	struct mcpauth__message_fault fault;
	assert_int_equal(
		mcpauth__message_read(NULL, 0, &message, &fault), MCPAUTH_E_INVALID_MESSAGE);
	assert_int_equal(fault.rpc_code, -32700);
	assert_null(message);
}

/* In `arguments`, so many brackets that all in all it is `depth` deep. */
static enum mcpauth_code nested(size_t depth, int *rpc_code)
{
	struct mcpauth__buf text = {0};
	struct fixture fixture;
	mcpauth__buf_puts(&text,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
		"\"params\":{\"name\":\"t\",\"arguments\":");
	for (size_t i = 2; i < depth; i++) {
		mcpauth__buf_puts(&text, "[");
	}
	for (size_t i = 2; i < depth; i++) {
		mcpauth__buf_puts(&text, "]");
	}
	assert_true(mcpauth__buf_puts(&text, "}}"));
	read_bytes(&fixture, text.data, text.length);
	enum mcpauth_code code = fixture.code;
	*rpc_code = fixture.fault.rpc_code;
	finish(&fixture);
	mcpauth__buf_finish(&text);
	return code;
}

static void takes_128_levels_and_no_more(void **state)
{
	(void)state;
	int rpc_code;
	CHECK_OK(nested(128, &rpc_code));
	CHECK_CODE(MCPAUTH_E_INVALID_MESSAGE, nested(129, &rpc_code));
	assert_int_equal(rpc_code, -32700);
	CHECK_CODE(MCPAUTH_E_INVALID_MESSAGE, nested(100000, &rpc_code));
}

static const char modern[] = CALL(
	"{\"name\":\"t\",\"arguments\":{ \"n\" : 1.0e0 },\"cur\\u0073or\":null,"
	"\"_meta\":{" REVISION ",\"progressToken\": \"\\u0061\" ,"
	"\"\":[ ]}}");

static void hands_on_what_was_sent(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *param;
		const char *meta;
	} members[] = {
		{"arguments", "{ \"n\" : 1.0e0 }", NULL},
		{"name", "\"t\"", NULL},
		{"cursor", "null", NULL},
		{"cur\\u0073or", NULL, NULL},
		{"Cursor", NULL, NULL},
		{"progressToken", NULL, "\"\\u0061\""},
		{"", NULL, "[ ]"},
		{"io.modelcontextprotocol/protocolVersion", NULL, "\"2026-07-28\""},
		{"jsonrpc", NULL, NULL},
	};
	struct fixture fixture;
	read_text(&fixture, modern);
	assert_string_equal(mcpauth_message_revision(fixture.message), "2026-07-28");
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		size_t length = 99;
		const char *at = mcpauth_message_param(fixture.message, members[i].name, &length);
		CHECK_ROW(members[i].name, is_slice(at, length, members[i].param));
		length = 99;
		at = mcpauth_message_meta(fixture.message, members[i].name, &length);
		CHECK_ROW(members[i].name, is_slice(at, length, members[i].meta));
	}
	finish(&fixture);
}

static void no_message_says_nothing(void **state)
{
	(void)state;
	size_t lengths[4] = {99, 99, 99, 99};
	assert_int_equal(mcpauth_message_kind(NULL), 0);
	assert_null(mcpauth_message_method(NULL));
	assert_null(mcpauth_message_name(NULL));
	assert_null(mcpauth_message_revision(NULL));
	assert_null(mcpauth_message_id(NULL, &lengths[0]));
	assert_null(mcpauth_message_param(NULL, "name", &lengths[1]));
	assert_null(mcpauth_message_meta(NULL, "name", &lengths[2]));
	assert_null(mcpauth_message_text(NULL, &lengths[3]));
	assert_int_equal(lengths[0] + lengths[1] + lengths[2] + lengths[3], 0);
	mcpauth__message_free(NULL);
}

static void a_usual_message_is_one_block(void **state)
{
	(void)state;
	struct fixture fixture;
	read_text(&fixture, modern);
	assert_non_null(fixture.message);
	assert_true(mcpauth__arena_size(&fixture.message->arena) <= 1024);
	finish(&fixture);
}

static void put_crowd(struct mcpauth__buf *text, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		mcpauth__buf_printf(text, ",\"\\u0061%u\":0", i);
	}
}

/* As many members as there may be, all of them escaped. */
static void takes_the_memory_that_it_says(void **state)
{
	(void)state;
	struct mcpauth__buf text = {0};
	struct fixture fixture;
	mcpauth__buf_puts(
		&text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"completion/complete\"");
	put_crowd(&text, 996);
	mcpauth__buf_puts(&text, ",\"params\":{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"p\"");
	put_crowd(&text, 998);
	mcpauth__buf_puts(&text, "},\"_meta\":{\"x\":0");
	put_crowd(&text, 999);
	mcpauth__buf_puts(&text, "}");
	put_crowd(&text, 998);
	assert_true(mcpauth__buf_puts(&text, "}}"));
	read_bytes(&fixture, text.data, text.length);
	assert_int_equal(fixture.code, MCPAUTH_OK);
	assert_true(mcpauth__arena_size(&fixture.message->arena) < 600000 + 3 * text.length);
	finish(&fixture);
	mcpauth__buf_finish(&text);
}

static void refuses_a_crowd_of_members(void **state)
{
	(void)state;
	struct mcpauth__buf text = {0};
	struct fixture fixture;
	mcpauth__buf_puts(
		&text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":0");
	put_crowd(&text, 1000);
	assert_true(mcpauth__buf_puts(&text, "}}"));
	read_bytes(&fixture, text.data, text.length);
	assert_int_equal(fixture.code, MCPAUTH_E_INVALID_MESSAGE);
	assert_int_equal(fixture.fault.rpc_code, -32602);
	assert_true(is_slice(fixture.fault.id, fixture.fault.id_length, "1"));
	finish(&fixture);
	mcpauth__buf_finish(&text);
}

/* Whoever names the revision 2026-07-28 is told by the application that it has no such
 * method, with or without a uri. */
static void wants_no_uri_of_methods_that_a_revision_does_not_have(void **state)
{
	static const struct {
		const char *body;
		const char *name;
	} rows[] = {
		{REQUEST("resources/subscribe", "{\"_meta\":{" REVISION "}}"), NULL},
		{REQUEST("resources/unsubscribe", "{\"_meta\":{" REVISION "}}"), NULL},
		{REQUEST("resources/subscribe", "{\"uri\":\"file:///a\",\"_meta\":{" REVISION "}}"),
			"file:///a"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth__message_fault fault;
		struct mcpauth_message *message;
		const char *name = NULL;
		enum mcpauth_code code = mcpauth__message_read(
			rows[i].body, strlen(rows[i].body), &message, &fault);
		CHECK_ROW(rows[i].body, code == MCPAUTH_OK);
		name = mcpauth_message_name(message);
		CHECK_ROW(rows[i].body,
			rows[i].name == NULL ? name == NULL : strcmp(name, rows[i].name) == 0);
		mcpauth__message_free(message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_clients_post),
		cmocka_unit_test(wants_no_uri_of_methods_that_a_revision_does_not_have),
		cmocka_unit_test(refuses_what_is_no_message_and_says_why),
		cmocka_unit_test(a_nul_behind_a_message_is_seen),
		cmocka_unit_test(a_body_that_is_not_there_is_no_message),
		cmocka_unit_test(takes_128_levels_and_no_more),
		cmocka_unit_test(hands_on_what_was_sent),
		cmocka_unit_test(no_message_says_nothing),
		cmocka_unit_test(a_usual_message_is_one_block),
		cmocka_unit_test(takes_the_memory_that_it_says),
		cmocka_unit_test(refuses_a_crowd_of_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
