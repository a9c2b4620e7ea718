/* How long the texts of a message may be that are compared or echoed. */
#include "mcp/message.h"

#include "base/buf.h"
#include "support/check.h"

#include <string.h>

#define REQUEST(method, params) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":" params "}"
#define CALL(params) REQUEST("tools/call", params)
#define REF(type, name) \
	REQUEST("completion/complete", "{\"ref\":{\"type\":\"ref/" type "\"," name "}}")

/* Each with a text of its own length in place of the @. */
static const struct {
	const char *text;
	int rpc_code;
	size_t id_length; /* of the one that is echoed */
} long_texts[] = {
	{"{\"jsonrpc\":\"2.0\",\"id\":\"@\",\"method\":\"ping\"}", -32600, 0},
	{"{\"jsonrpc\":\"2.0\",\"id\":\"@\",\"result\":{}}", -32600, 0},
	{REQUEST("@", "{}"), -32600, 1},
	{CALL("{\"name\":\"@\"}"), -32602, 1},
	{REQUEST("prompts/get", "{\"name\":\"@\"}"), -32602, 1},
	{REQUEST("resources/read", "{\"uri\":\"@\"}"), -32602, 1},
	{REF("prompt", "\"name\":\"@\""), -32602, 1},
	{REF("resource", "\"uri\":\"@\""), -32602, 1},
	{REQUEST("ping", "{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"@\"}}"), -32602,
		1},
};

/* Whatever they are compared with must not take seconds. */
static void takes_texts_of_8192_bytes_and_no_more(void **state)
{
	(void)state;
	static char letters[8192];
	memset(letters, 'x', sizeof letters);
	for (size_t i = 0; i < sizeof long_texts / sizeof *long_texts; i++) {
		const char *label = long_texts[i].text;
		const char *place = strchr(label, '@');
		for (size_t length = 8190; length <= 8191; length++) {
			struct mcpauth__buf text = {0};
			struct mcpauth_message *message;
			struct mcpauth__message_fault fault = {0};
			mcpauth__buf_append(&text, label, (size_t)(place - label));
			mcpauth__buf_append(&text, letters, length);
			assert_true(mcpauth__buf_puts(&text, place + 1));
			CHECK_ROW_CODE(label,
				length == 8190 ? MCPAUTH_OK : MCPAUTH_E_INVALID_MESSAGE,
				mcpauth__message_read(text.data, text.length, &message, &fault));
			CHECK_ROW(label,
				fault.rpc_code == (length == 8190 ? 0 : long_texts[i].rpc_code));
			CHECK_ROW(label,
				fault.id_length == (length == 8190 ? 0 : long_texts[i].id_length));
			mcpauth__message_free(message);
			mcpauth__buf_finish(&text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_texts_of_8192_bytes_and_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
