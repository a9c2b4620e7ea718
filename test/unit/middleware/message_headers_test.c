/* What headers say of a message: the same as the message, or it is refused. */
#include "mcp/message.h"

#include "support/check.h"

#include <string.h>

#define VERSION "2026-07-28"
#define META "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" VERSION "\"}"
#define REQUEST(method, params) \
	"{\"jsonrpc\":\"2.0\",\"id\":\"r1\",\"method\":\"" method "\",\"params\":" params "}"
#define MODERN_CALL(name) REQUEST("tools/call", "{\"name\":\"" name "\"," META "}")
#define LEGACY_CALL REQUEST("tools/call", "{\"name\":\"get-todos\"}")
#define MODERN_LIST REQUEST("tools/list", "{" META "}")

static const struct {
	const char *label;
	const char *text;
	struct mcpauth__message_headers headers;
	bool fits;
} rows[] = {
	{"all three", MODERN_CALL("get-todos"), {"tools/call", "get-todos", VERSION, false}, true},
	{"no method", MODERN_CALL("get-todos"), {NULL, "get-todos", VERSION, false}, false},
	{"no name", MODERN_CALL("get-todos"), {"tools/call", NULL, VERSION, false}, false},
	{"no version", MODERN_CALL("get-todos"), {"tools/call", "get-todos", NULL, false}, false},
	{"one of them twice", MODERN_CALL("get-todos"), {"tools/call", "get-todos", VERSION, true},
		false},
	{"another method", MODERN_CALL("get-todos"), {"tools/list", "get-todos", VERSION, false},
		false},
	{"another name", MODERN_CALL("delete-todo"), {"tools/call", "get-todos", VERSION, false},
		false},
	{"another version", MODERN_CALL("get-todos"),
		{"tools/call", "get-todos", "2025-11-25", false}, false},
	{"a method in capitals", MODERN_CALL("get-todos"),
		{"TOOLS/CALL", "get-todos", VERSION, false}, false},
	{"a name in capitals", MODERN_CALL("get-todos"),
		{"tools/call", "GET-TODOS", VERSION, false}, false},
	{"a name that goes on", MODERN_CALL("get-todos"),
		{"tools/call", "get-todos2", VERSION, false}, false},
	{"an empty name", MODERN_CALL("get-todos"), {"tools/call", "", VERSION, false}, false},
	{"a list", MODERN_LIST, {"tools/list", NULL, VERSION, false}, true},
	{"a list without its method", MODERN_LIST, {NULL, NULL, VERSION, false}, false},
	{"a list with a name", MODERN_LIST, {"tools/list", "get-todos", VERSION, false}, false},
	{"a list with an empty name", MODERN_LIST, {"tools/list", "", VERSION, false}, false},
	{"a list with an empty name, encoded", MODERN_LIST,
		{"tools/list",
			"=?base64?"
			"?=",
			VERSION, false},
		false},
	{"a name escaped in the body", MODERN_CALL("get\\u002dtodos"),
		{"tools/call", "get-todos", VERSION, false}, true},
	{"a resource", REQUEST("resources/read", "{\"uri\":\"file:///a\"," META "}"),
		{"resources/read", "file:///a", VERSION, false}, true},
	{"a resource without a name", REQUEST("resources/read", "{\"uri\":\"file:///a\"," META "}"),
		{"resources/read", NULL, VERSION, false}, false},
	{"a prompt", REQUEST("prompts/get", "{\"name\":\"p\"," META "}"),
		{"prompts/get", "p", VERSION, false}, true},
	{"a prompt without a name", REQUEST("prompts/get", "{\"name\":\"p\"," META "}"),
		{"prompts/get", NULL, VERSION, false}, false},
	{"a completion without a name",
		REQUEST("completion/complete",
			"{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"p\"}," META "}"),
		{"completion/complete", NULL, VERSION, false}, true},
	{"a completion with its name",
		REQUEST("completion/complete",
			"{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"p\"}," META "}"),
		{"completion/complete", "p", VERSION, false}, true},
	{"a completion with another's",
		REQUEST("completion/complete",
			"{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"p\"}," META "}"),
		{"completion/complete", "q", VERSION, false}, false},
	{"a task", REQUEST("tasks/get", "{\"taskId\":\"k\"," META "}"),
		{"tasks/get", "k", VERSION, false}, true},
	{"a task without a name", REQUEST("tasks/get", "{\"taskId\":\"k\"," META "}"),
		{"tasks/get", NULL, VERSION, false}, true},
	{"another task", REQUEST("tasks/get", "{\"taskId\":\"k\"," META "}"),
		{"tasks/get", "l", VERSION, false}, false},
	{"an unknown method's uri", REQUEST("x/y", "{\"uri\":\"u\"," META "}"),
		{"x/y", "u", VERSION, false}, true},
	{"an unknown method's name comes first",
		REQUEST("x/y", "{\"taskId\":\"k\",\"uri\":\"u\",\"name\":\"n\"," META "}"),
		{"x/y", "n", VERSION, false}, true},
	{"not its uri then", REQUEST("x/y", "{\"uri\":\"u\",\"name\":\"n\"," META "}"),
		{"x/y", "u", VERSION, false}, false},
	{"an unknown method's name that is no string",
		REQUEST("x/y", "{\"name\":1,\"uri\":\"u\"," META "}"), {"x/y", "u", VERSION, false},
		true},
	{"no headers with an older one", LEGACY_CALL, {NULL, NULL, NULL, false}, true},
	{"a version with an older one", LEGACY_CALL, {NULL, NULL, "2025-11-25", false}, true},
	{"two versions with an older one", LEGACY_CALL, {NULL, NULL, "2025-11-25", true}, false},
	{"the method with an older one", LEGACY_CALL, {"tools/call", NULL, NULL, false}, true},
	{"another method with an older one", LEGACY_CALL, {"tools/list", NULL, NULL, false}, false},
	{"another name with an older one", LEGACY_CALL, {NULL, "delete-todo", NULL, false}, false},
	{"a notification", "{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":{" META "}}",
		{NULL, NULL, NULL, false}, true},
	{"a notification's version", "{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":{" META "}}",
		{"n", NULL, VERSION, false}, true},
	{"a notification's other version",
		"{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":{" META "}}",
		{"n", NULL, "2025-11-25", false}, false},
	{"a notification's other method",
		"{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":{" META "}}",
		{"m", NULL, VERSION, false}, false},
	{"a response", "{\"jsonrpc\":\"2.0\",\"id\":\"r1\",\"result\":{}}",
		{NULL, NULL, "2025-11-25", false}, true},
	{"a response with a method", "{\"jsonrpc\":\"2.0\",\"id\":\"r1\",\"result\":{}}",
		{"tools/call", NULL, NULL, false}, false},
	{"a response with a name",
		"{\"jsonrpc\":\"2.0\",\"id\":\"r1\",\"result\":{},\"params\":{\"name\":\"n\"}}",
		{NULL, "n", NULL, false}, false},
	/* RFC 4648 section 10's vectors; what is wrong with them is one thing each. */
	{"a letter", MODERN_CALL("f"), {"tools/call", "=?base64?Zg==?=", VERSION, false}, true},
	{"two letters", MODERN_CALL("fo"), {"tools/call", "=?base64?Zm8=?=", VERSION, false}, true},
	{"three letters", MODERN_CALL("foo"), {"tools/call", "=?base64?Zm9v?=", VERSION, false},
		true},
	{"six letters", MODERN_CALL("foobar"),
		{"tools/call", "=?base64?Zm9vYmFy?=", VERSION, false}, true},
	{"no padding", MODERN_CALL("f"), {"tools/call", "=?base64?Zg?=", VERSION, false}, false},
	{"half the padding", MODERN_CALL("f"), {"tools/call", "=?base64?Zg=?=", VERSION, false},
		false},
	{"too much padding", MODERN_CALL("fo"), {"tools/call", "=?base64?Zm8==?=", VERSION, false},
		false},
	{"padding alone", MODERN_CALL("f"), {"tools/call", "=?base64?====?=", VERSION, false},
		false},
	{"a bit that encodes nothing", MODERN_CALL("f"),
		{"tools/call", "=?base64?Zh==?=", VERSION, false}, false},
	{"another such bit", MODERN_CALL("fo"), {"tools/call", "=?base64?Zm9=?=", VERSION, false},
		false},
	{"a blank inside", MODERN_CALL("foobar"),
		{"tools/call", "=?base64?Zm9v YmFy?=", VERSION, false}, false},
	{"one that is longer", MODERN_CALL("foo"),
		{"tools/call", "=?base64?Zm9vYmFy?=", VERSION, false}, false},
	{"one that is shorter", MODERN_CALL("foobar"),
		{"tools/call", "=?base64?Zm9v?=", VERSION, false}, false},
	{"another one", MODERN_CALL("foo"), {"tools/call", "=?base64?Zm9w?=", VERSION, false},
		false},
	{"capitals", MODERN_CALL("foo"), {"tools/call", "=?BASE64?Zm9v?=", VERSION, false}, false},
	{"no end", MODERN_CALL("foo"), {"tools/call", "=?base64?Zm9v", VERSION, false}, false},
	{"marks that overlap", MODERN_CALL("foo"), {"tools/call", "=?base64?=", VERSION, false},
		false},
	{"its two letters beyond the others", MODERN_CALL("\xc3\xbf\xc3\xbe\xc3\xbe"),
		{"tools/call", "=?base64?w7/DvsO+?=", VERSION, false}, true},
	{"those for URLs", MODERN_CALL("\xc3\xbf\xc3\xbe\xc3\xbe"),
		{"tools/call", "=?base64?w7_DvsO-?=", VERSION, false}, false},
	{"beyond ASCII", MODERN_CALL("\xc3\xa9"), {"tools/call", "=?base64?w6k=?=", VERSION, false},
		true},
	{"beyond ASCII, bare", MODERN_CALL("\xc3\xa9"), {"tools/call", "\xc3\xa9", VERSION, false},
		false},
	{"a line break", MODERN_CALL("a\\nb"), {"tools/call", "=?base64?YQpi?=", VERSION, false},
		true},
	{"blanks at the ends", MODERN_CALL(" padded "),
		{"tools/call", "=?base64?IHBhZGRlZCA=?=", VERSION, false}, true},
	{"a blank inside the name", MODERN_CALL("a b"), {"tools/call", "a b", VERSION, false},
		true},
	{"a name that looks encoded", MODERN_CALL("=?base64?literal?="),
		{"tools/call", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=", VERSION, false}, true},
	{"a name that looks encoded, bare", MODERN_CALL("=?base64?literal?="),
		{"tools/call", "=?base64?literal?=", VERSION, false}, false},
	{"a method encoded", MODERN_CALL("foo"),
		{"=?base64?dG9vbHMvY2FsbA==?=", "foo", VERSION, false}, false},
	{"a method beyond ASCII", REQUEST("\xc3\xa9", "{}"), {"\xc3\xa9", NULL, NULL, false},
		false},
};

static void headers_must_say_what_the_body_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_message *message;
		struct mcpauth__message_fault fault = {0};
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK,
			mcpauth__message_read(
				rows[i].text, strlen(rows[i].text), &message, &fault));
		bool fits = mcpauth__message_fits_headers(message, &rows[i].headers, &fault);
		CHECK_ROW(rows[i].label, fits == rows[i].fits);
		CHECK_ROW(rows[i].label, fits == (fault.text == NULL));
		mcpauth__message_free(message);
	}
}

static void says_that_headers_do_not_match(void **state)
{
	(void)state;
	struct mcpauth_message *message;
	struct mcpauth__message_fault fault;
	const struct mcpauth__message_headers headers = {"tools/list", NULL, VERSION, false};
	static const char text[] = MODERN_CALL("get-todos");
	CHECK_OK(mcpauth__message_read(text, strlen(text), &message, &fault));
	assert_false(mcpauth__message_fits_headers(message, &headers, &fault));
	assert_int_equal(fault.reason, MCPAUTH_E_HEADER_MISMATCH);
	assert_int_equal(fault.rpc_code, -32020);
	assert_non_null(strstr(fault.text, "Mcp-Method"));
	assert_int_equal(fault.id_length, strlen("\"r1\""));
	assert_memory_equal(fault.id, "\"r1\"", fault.id_length);
	mcpauth__message_free(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_must_say_what_the_body_says),
		cmocka_unit_test(says_that_headers_do_not_match),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
