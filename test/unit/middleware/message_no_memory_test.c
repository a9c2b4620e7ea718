/* Whoever reads a message without memory says so, and holds nothing. */
#include "mcp/message.h"

#include "base/buf.h"
#include "support/check.h"
#include "support/scarce_memory.h"

#include <string.h>

/* Many members, escaped names and long strings: each of them outgrows what there is. */
static void put_message(struct mcpauth__buf *text)
{
	mcpauth__buf_puts(text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"completion/complete\"");
	for (unsigned i = 0; i < 100; i++) {
		mcpauth__buf_printf(text, ",\"\\u0061%u\":0", i);
	}
	mcpauth__buf_puts(text, ",\"params\":{\"ref\":{\"type\":\"ref/prompt\",\"name\":\"");
	for (unsigned i = 0; i < 1300; i++) {
		mcpauth__buf_puts(text, "\\u00e9");
	}
	mcpauth__buf_puts(
		text, "\"},\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"");
	for (unsigned i = 0; i < 300; i++) {
		mcpauth__buf_printf(text, ",\"%u\":0", i);
	}
	assert_true(mcpauth__buf_puts(text, "}}}"));
}

static unsigned fail_each(const char *text, size_t length, enum mcpauth_code last)
{
	struct mcpauth_message *message;
	struct mcpauth__message_fault fault;
	unsigned number = 0;
	bool failed = true;
	while (failed) {
		const struct mcpauth__message_fault none = {0};
		fault = none;
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth__message_read(text, length, &message, &fault);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : last);
		assert_true((message != NULL) == (code == MCPAUTH_OK));
		assert_true((fault.text != NULL) == (code == MCPAUTH_E_INVALID_MESSAGE));
		mcpauth__message_free(message);
	}
	return number - 1;
}

static void says_at_each_allocation_that_there_is_no_memory(void **state)
{
	(void)state;
	struct mcpauth__buf text = {0};
	put_message(&text);
	assert_true(fail_each(text.data, text.length, MCPAUTH_OK) > 3);
	mcpauth__buf_finish(&text);
}

static void a_usual_message_needs_one_allocation(void **state)
{
	(void)state;
	static const char call[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
		"\"create-todo\",\"arguments\":{\"content\":\"buy milk\"},\"_meta\":{"
		"\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
		"\"io.modelcontextprotocol/clientInfo\":{\"name\":\"c\",\"version\":\"1\"},"
		"\"io.modelcontextprotocol/clientCapabilities\":{},\"progressToken\":1}}}";
	static const char no_name[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{}}";
	assert_int_equal(fail_each(call, strlen(call), MCPAUTH_OK), 1);
	assert_int_equal(fail_each(no_name, strlen(no_name), MCPAUTH_E_INVALID_MESSAGE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_at_each_allocation_that_there_is_no_memory),
		cmocka_unit_test(a_usual_message_needs_one_allocation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
