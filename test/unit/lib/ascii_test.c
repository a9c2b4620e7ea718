/* Letters without their case: every byte, beside the C library's own answer. */
#include "base/ascii.h"

#include "support/check.h"

#include <ctype.h>
#include <strings.h>

/* These tests run in the locale C, whose letters are those of ASCII. */
static void each_byte_is_what_c_says_it_is(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		assert_int_equal((unsigned char)mcpauth__ascii_lower((char)c), tolower(c));
		assert_int_equal(mcpauth__ascii_is_letter((char)c), isalpha(c) != 0);
		assert_int_equal(mcpauth__ascii_is_digit((char)c), isdigit(c) != 0);
	}
}

static void two_bytes_are_alike_as_c_says(void **state)
{
	(void)state;
	for (int a = 0; a < 256; a++) {
		for (int b = 0; b < 256; b++) {
			const char left[] = {'x', (char)a, 0};
			const char right[] = {'X', (char)b, 0};
			bool alike = strcasecmp(left, right) == 0;
			assert_int_equal(mcpauth__ascii_are_alike(left, right), alike);
			assert_int_equal(mcpauth__ascii_begins_alike(left, right, 2), alike);
		}
	}
}

static void texts_are_alike_to_their_ends(void **state)
{
	(void)state;
	assert_true(mcpauth__ascii_are_alike("Transfer-Encoding", "TRANSFER-ENCODING"));
	assert_true(mcpauth__ascii_are_alike("", ""));
	assert_false(mcpauth__ascii_are_alike("Host", "Hosts"));
	assert_false(mcpauth__ascii_are_alike("Hosts", "Host"));
	assert_false(mcpauth__ascii_are_alike("", "a"));
}

static void beginnings_are_alike_so_far(void **state)
{
	(void)state;
	assert_true(mcpauth__ascii_begins_alike("https://a", "HTTPS://b", 8));
	assert_false(mcpauth__ascii_begins_alike("https://a", "HTTPS://b", 9));
	assert_true(mcpauth__ascii_begins_alike("a", "b", 0));
	assert_false(mcpauth__ascii_begins_alike("Bea", "Bearer", 6));
	/* Nobody looks behind the end of both. */
	assert_true(mcpauth__ascii_begins_alike("ab\0c", "AB\0d", 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_is_what_c_says_it_is),
		cmocka_unit_test(two_bytes_are_alike_as_c_says),
		cmocka_unit_test(texts_are_alike_to_their_ends),
		cmocka_unit_test(beginnings_are_alike_so_far),
	};
	return cmocka_run_group_tests_name("ascii", tests, NULL, NULL);
}
