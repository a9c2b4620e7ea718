/* Names to things: every one is found, no other is, however many there are. */
#include "base/lookup.h"

#include "support/check.h"

#include <stdio.h>
#include <string.h>

#define MANY 2000

static char names[MANY][24];

static void finds_what_was_added_and_nothing_else(void **state)
{
	(void)state;
	struct mcpauth__lookup lookup = {0};
	for (size_t i = 0; i < MANY; i++) {
		int length = snprintf(names[i], sizeof names[i], "name-%zu", i);
		assert_true(mcpauth__lookup_add(&lookup, names[i], (size_t)length, names[i]));
		assert_ptr_equal(mcpauth__lookup_find(&lookup, names[i], (size_t)length), names[i]);
		assert_null(mcpauth__lookup_find(&lookup, names[i], (size_t)length - 1));
		assert_null(mcpauth__lookup_find(&lookup, "another", 7));
		mcpauth__lookup_finish(&lookup);
	}
	for (size_t i = 0; i < MANY; i++) {
		assert_true(mcpauth__lookup_add(&lookup, names[i], strlen(names[i]), names[i]));
	}
	for (size_t i = 0; i < MANY; i++) {
		assert_ptr_equal(
			mcpauth__lookup_find(&lookup, names[i], strlen(names[i])), names[i]);
	}
	assert_null(mcpauth__lookup_find(&lookup, "name-2000", 9));
	assert_int_equal(lookup.count, MANY);
	mcpauth__lookup_finish(&lookup);
}

static void tells_names_apart_by_every_byte(void **state)
{
	(void)state;
	static const char *const alike[] = {
		"", "a", "A", "a ", "aa", "12345678", "123456789", "12345679", "x2345678"};
	struct mcpauth__lookup lookup = {0};
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
		assert_null(mcpauth__lookup_find(&lookup, alike[i], strlen(alike[i])));
		assert_true(
			mcpauth__lookup_add(&lookup, alike[i], strlen(alike[i]), (void *)alike[i]));
	}
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
		CHECK_ROW(alike[i],
			mcpauth__lookup_find(&lookup, alike[i], strlen(alike[i])) == alike[i]);
	}
	/* A NUL is a byte like any other, and what follows the length is not looked at. */
	assert_null(mcpauth__lookup_find(&lookup, "a\0", 2));
	assert_ptr_equal(mcpauth__lookup_find(&lookup, "a\0", 1), alike[1]);
	mcpauth__lookup_finish(&lookup);
}

static void keeps_the_first_of_a_name(void **state)
{
	(void)state;
	static char first;
	static char second;
	struct mcpauth__lookup lookup = {0};
	assert_true(mcpauth__lookup_add(&lookup, "kid", 3, &first));
	assert_true(mcpauth__lookup_add(&lookup, "kid", 3, &second));
	assert_ptr_equal(mcpauth__lookup_find(&lookup, "kid", 3), &first);
	assert_int_equal(lookup.count, 1);
	mcpauth__lookup_finish(&lookup);
}

static void grows_for_no_name_that_has_room(void **state)
{
	(void)state;
	struct mcpauth__lookup lookup = {0};
	for (size_t i = 0; i < MANY; i++) {
		int length = snprintf(names[i], sizeof names[i], "name-%zu", i);
		assert_true(mcpauth__lookup_reserve(&lookup));
		const void *slots = lookup.slots;
		assert_true(mcpauth__lookup_add(&lookup, names[i], (size_t)length, names[i]));
		assert_ptr_equal(lookup.slots, slots);
	}
	mcpauth__lookup_finish(&lookup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_added_and_nothing_else),
		cmocka_unit_test(tells_names_apart_by_every_byte),
		cmocka_unit_test(keeps_the_first_of_a_name),
		cmocka_unit_test(grows_for_no_name_that_has_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
