/* Bytes that grow: what was appended is there, and a failure sticks. */
#include "base/buf.h"

#include "support/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void joins_what_is_appended(void **state)
{
	(void)state;
	struct mcpauth__buf buf = {0};
	assert_true(mcpauth__buf_append(&buf, "ab", 2));
	assert_true(mcpauth__buf_puts(&buf, "cd"));
	assert_true(mcpauth__buf_printf(&buf, "%d%s", 12, "ef"));
	assert_string_equal(buf.data, "abcd12ef");
	assert_int_equal(buf.length, 8);
	mcpauth__buf_finish(&buf);
}

static void keeps_nul_bytes(void **state)
{
	(void)state;
	struct mcpauth__buf buf = {0};
	assert_true(mcpauth__buf_append(&buf, "a\0b", 3));
	assert_true(mcpauth__buf_puts(&buf, "c"));
	assert_int_equal(buf.length, 4);
	assert_memory_equal(buf.data, "a\0bc", 5);
	mcpauth__buf_finish(&buf);
}

static void appends_nothing(void **state)
{
	(void)state;
	struct mcpauth__buf buf = {0};
	assert_true(mcpauth__buf_append(&buf, NULL, 0));
	assert_int_equal(buf.length, 0);
	assert_string_equal(buf.data, "");
	mcpauth__buf_finish(&buf);
}

static void grows_over_many_appends(void **state)
{
	(void)state;
	struct mcpauth__buf buf = {0};
	for (int i = 0; i < 10000; i++) {
		assert_true(mcpauth__buf_printf(&buf, "%04d", i));
	}
	assert_int_equal(buf.length, 40000);
	assert_memory_equal(buf.data, "000000010002", 12);
	assert_string_equal(buf.data + 39996, "9999");
	mcpauth__buf_finish(&buf);
}

static void formats_what_is_longer_than_its_room(void **state)
{
	(void)state;
	struct mcpauth__buf buf = {0};
	assert_true(mcpauth__buf_printf(&buf, "%0*d", 5000, 7));
	assert_int_equal(buf.length, 5000);
	assert_int_equal(buf.data[4999], '7');
	mcpauth__buf_finish(&buf);
}

static void refuses_more_than_memory_can_hold(void **state)
{
	(void)state;
	struct mcpauth__buf buf = {0};
	assert_true(mcpauth__buf_puts(&buf, "kept"));
	assert_false(mcpauth__buf_reserve(&buf, SIZE_MAX));
	assert_true(buf.failed);
	assert_string_equal(buf.data, "kept");
	mcpauth__buf_finish(&buf);
}

static void stays_failed_after_a_failure(void **state)
{
	(void)state;
	struct mcpauth__buf buf = {0};
	assert_false(mcpauth__buf_reserve(&buf, SIZE_MAX));
	assert_false(mcpauth__buf_puts(&buf, "a"));
	assert_false(mcpauth__buf_append(&buf, "a", 1));
	assert_false(mcpauth__buf_printf(&buf, "a%s", "b"));
	assert_null(mcpauth__buf_take(&buf));
	assert_false(buf.failed);
}

static void hands_its_bytes_over(void **state)
{
	(void)state;
	struct mcpauth__buf buf = {0};
	assert_true(mcpauth__buf_puts(&buf, "mine"));
	char *text = mcpauth__buf_take(&buf);
	assert_string_equal(text, "mine");
	assert_null(buf.data);
	assert_int_equal(buf.length, 0);
	free(text);
}

static void hands_an_empty_string_over(void **state)
{
	(void)state;
	struct mcpauth__buf buf = {0};
	char *text = mcpauth__buf_take(&buf);
	assert_string_equal(text, "");
	free(text);
}

static void finishes_what_is_zero(void **state)
{
	(void)state;
	struct mcpauth__buf buf = {0};
	mcpauth__buf_finish(&buf);
	mcpauth__buf_finish(&buf);
	assert_null(buf.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_what_is_appended),
		cmocka_unit_test(keeps_nul_bytes),
		cmocka_unit_test(appends_nothing),
		cmocka_unit_test(grows_over_many_appends),
		cmocka_unit_test(formats_what_is_longer_than_its_room),
		cmocka_unit_test(refuses_more_than_memory_can_hold),
		cmocka_unit_test(stays_failed_after_a_failure),
		cmocka_unit_test(hands_its_bytes_over),
		cmocka_unit_test(hands_an_empty_string_over),
		cmocka_unit_test(finishes_what_is_zero),
	};
	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
