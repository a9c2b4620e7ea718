/* How alike two names are. */
#include "base/edit_distance.h"
#include "support/check.h"

static void counts_what_is_put_in_taken_out_and_changed(void **state)
{
	(void)state;
	static const struct {
		const char *a;
		const char *b;
		size_t distance;
	} rows[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"auth", "auth", 0},
		{"auth", "Auth", 1},
		{"auht", "auth", 2},
		{"scopes_suported", "scopes_supported", 1},
		{"scopesSupported", "scopes_supported", 2},
		{"kitten", "sitting", 3},
		{"abc", "xyz", 3},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].a,
			mcpauth__edit_distance(rows[i].a, rows[i].b) == rows[i].distance);
		CHECK_ROW(rows[i].a,
			mcpauth__edit_distance(rows[i].b, rows[i].a) == rows[i].distance);
	}
}

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void long_names_are_like_none(void **state)
{
	(void)state;
	assert_int_equal(mcpauth__edit_distance(SIXTY "123", SIXTY "123"), 0);
	assert_int_equal(mcpauth__edit_distance(SIXTY "123", SIXTY "1234"), SIZE_MAX);
	assert_int_equal(mcpauth__edit_distance(SIXTY "1234", SIXTY "123"), SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_is_put_in_taken_out_and_changed),
		cmocka_unit_test(long_names_are_like_none),
	};
	return cmocka_run_group_tests_name("edit_distance", tests, NULL, NULL);
}
