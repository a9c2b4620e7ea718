/* Filling an error: bounded, printable, one line. */
#include "base/error_int.h"

#include "support/check.h"

#include <string.h>

static void writes_code_and_message(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	assert_int_equal(
		mcpauth__fail(&err, MCPAUTH_E_EXPIRED, "since %d s", 12), MCPAUTH_E_EXPIRED);
	assert_int_equal(err.code, MCPAUTH_E_EXPIRED);
	assert_string_equal(err.message, "since 12 s");
}

static void writes_a_message_as_it_is(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	char longer[MCPAUTH_ERROR_MESSAGE_SIZE + 10];
	assert_int_equal(mcpauth__fail_as(&err, MCPAUTH_E_EXPIRED, "100 %s"), MCPAUTH_E_EXPIRED);
	assert_int_equal(err.code, MCPAUTH_E_EXPIRED);
	assert_string_equal(err.message, "100 %s");
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	mcpauth__fail_as(&err, MCPAUTH_E_TLS, longer);
	assert_int_equal(strlen(err.message), MCPAUTH_ERROR_MESSAGE_SIZE - 1);
	assert_int_equal(mcpauth__fail_as(NULL, MCPAUTH_E_TLS, "unseen"), MCPAUTH_E_TLS);
}

static void returns_the_code_without_an_error(void **state)
{
	(void)state;
	assert_int_equal(mcpauth__fail(NULL, MCPAUTH_E_TLS, "%s", "unseen"), MCPAUTH_E_TLS);
	assert_int_equal(mcpauth__no_memory(NULL), MCPAUTH_E_NO_MEMORY);
	mcpauth__error_prefix(NULL, "prefix");
}

static void says_that_memory_ran_out(void **state)
{
	(void)state;
	CHECK_CODE(MCPAUTH_E_NO_MEMORY, mcpauth__no_memory(&err));
}

static void cuts_a_message_that_is_too_long(void **state)
{
	(void)state;
	struct mcpauth_error err;
	mcpauth__fail(&err, MCPAUTH_E_TLS, "%0*d", 1000, 7);
	assert_int_equal(strlen(err.message), MCPAUTH_ERROR_MESSAGE_SIZE - 1);
}

static const struct {
	const char *label;
	const char *text;
	const char *shown;
} texts[] = {
	{"printable ASCII", " azAZ09~!\"", " azAZ09~!\""},
	{"a line feed", "a\nforged line", "a?forged line"},
	{"a carriage return", "a\rb", "a?b"},
	{"an escape sequence", "a\x1b[2J", "a?[2J"},
	{"a delete", "a\x7f", "a?"},
	{"UTF-8", "caf\xc3\xa9", "caf??"},
	{"a byte over 127", "\xff", "?"},
};

static void keeps_a_message_one_printable_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct mcpauth_error err;
		mcpauth__fail(&err, MCPAUTH_E_TLS, "%s", texts[i].text);
		CHECK_ROW(texts[i].label, strcmp(err.message, texts[i].shown) == 0);
	}
}

static void keeps_a_prefix_printable_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct mcpauth_error err = {0};
		mcpauth__error_prefix(&err, texts[i].text);
		size_t length = strlen(texts[i].shown);
		CHECK_ROW(texts[i].label, memcmp(err.message, texts[i].shown, length) == 0);
	}
}

static void puts_a_prefix_before_the_message(void **state)
{
	(void)state;
	struct mcpauth_error err;
	mcpauth__fail(&err, MCPAUTH_E_TIMEOUT, "after 5 s");
	mcpauth__error_prefix(&err, "fetching keys");
	assert_int_equal(err.code, MCPAUTH_E_TIMEOUT);
	assert_string_equal(err.message, "fetching keys: after 5 s");
}

static void takes_a_percent_sign_in_a_prefix_as_it_is(void **state)
{
	(void)state;
	struct mcpauth_error err;
	mcpauth__fail(&err, MCPAUTH_E_TIMEOUT, "b");
	mcpauth__error_prefix(&err, "%s%n");
	assert_string_equal(err.message, "%s%n: b");
}

static void cuts_the_message_behind_a_long_prefix(void **state)
{
	(void)state;
	struct mcpauth_error err;
	char prefix[201];
	memset(prefix, 'p', 200);
	prefix[200] = '\0';
	mcpauth__fail(&err, MCPAUTH_E_TLS, "%0*d", 100, 7);
	mcpauth__error_prefix(&err, prefix);
	assert_int_equal(strlen(err.message), MCPAUTH_ERROR_MESSAGE_SIZE - 1);
	assert_memory_equal(err.message + 198, "pp: 00", 6);
}

static void leaves_out_a_prefix_without_room(void **state)
{
	(void)state;
	struct mcpauth_error err;
	char prefix[MCPAUTH_ERROR_MESSAGE_SIZE];
	memset(prefix, 'p', sizeof prefix - 1);
	prefix[sizeof prefix - 1] = '\0';
	mcpauth__fail(&err, MCPAUTH_E_TLS, "kept");
	mcpauth__error_prefix(&err, prefix);
	assert_string_equal(err.message, "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_code_and_message),
		cmocka_unit_test(writes_a_message_as_it_is),
		cmocka_unit_test(returns_the_code_without_an_error),
		cmocka_unit_test(says_that_memory_ran_out),
		cmocka_unit_test(cuts_a_message_that_is_too_long),
		cmocka_unit_test(keeps_a_message_one_printable_line),
		cmocka_unit_test(keeps_a_prefix_printable_too),
		cmocka_unit_test(puts_a_prefix_before_the_message),
		cmocka_unit_test(takes_a_percent_sign_in_a_prefix_as_it_is),
		cmocka_unit_test(cuts_the_message_behind_a_long_prefix),
		cmocka_unit_test(leaves_out_a_prefix_without_room),
	};
	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
