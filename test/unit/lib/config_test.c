/* Configuration structs of other versions: obeyed as far as they are known, or refused. */
#include "base/config.h"

#include "support/check.h"

#include <string.h>

/** What the library was built with. */
struct own {
	size_t size;
	const char *name;
	unsigned number;
	unsigned added;
};

/** What a newer header has. */
struct newer {
	struct own own;
	const char *unknown;
	unsigned char flags[5];
};

/** What an older one had. */
struct older {
	size_t size;
	const char *name;
};

static void reads_one_of_its_own_size(void **state)
{
	(void)state;
	struct own read;
	struct own given = {sizeof given, "name", 7, 8};
	CHECK_OK(mcpauth__config_read(&read, sizeof read, &given, &err));
	assert_ptr_equal(read.name, given.name);
	assert_int_equal(read.number, 7);
	assert_int_equal(read.added, 8);
}

static void nothing_at_all_is_the_defaults(void **state)
{
	(void)state;
	static const struct own defaults;
	struct own read;
	memset(&read, 0xff, sizeof read);
	CHECK_OK(mcpauth__config_read(&read, sizeof read, NULL, &err));
	assert_memory_equal(&read, &defaults, sizeof read);
}

static void what_a_shorter_one_lacks_is_the_default(void **state)
{
	(void)state;
	struct own read;
	struct older given = {sizeof given, "name"};
	memset(&read, 0xff, sizeof read);
	CHECK_OK(mcpauth__config_read(&read, sizeof read, &given, &err));
	assert_ptr_equal(read.name, given.name);
	assert_int_equal(read.number, 0);
	assert_int_equal(read.added, 0);
}

static void takes_a_longer_one_that_asks_for_nothing_new(void **state)
{
	(void)state;
	struct own read;
	struct newer given;
	memset(&given, 0, sizeof given);
	given.own = (struct own){sizeof given, "name", 7, 8};
	CHECK_OK(mcpauth__config_read(&read, sizeof read, &given, &err));
	assert_int_equal(read.added, 8);
}

static void refuses_a_longer_one_that_asks_for_something_new(void **state)
{
	(void)state;
	struct own read;
	struct newer given;
	memset(&given, 0, sizeof given);
	given.own = (struct own){sizeof given, "name", 7, 8};
	given.flags[4] = 1;
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth__config_read(&read, sizeof read, &given, &err));
	assert_null(read.name);
}

static void refuses_one_without_its_size(void **state)
{
	(void)state;
	struct own read;
	struct own given = {0, "name", 7, 8};
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth__config_read(&read, sizeof read, &given, &err));
	given.size = sizeof given.size - 1;
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth__config_read(&read, sizeof read, &given, &err));
	given.size = sizeof given.size;
	CHECK_OK(mcpauth__config_read(&read, sizeof read, &given, &err));
	assert_null(read.name);
}

static void zero_is_the_default_and_none_is_what_it_is_taken_for(void **state)
{
	(void)state;
	assert_int_equal(mcpauth__config_default(0, 7), 7);
	assert_int_equal(mcpauth__config_default(3, 7), 3);
	assert_int_equal(mcpauth__config_default(MCPAUTH_NONE, 7), MCPAUTH_NONE);
	assert_int_equal(mcpauth__config_amount(0, 7), 7);
	assert_int_equal(mcpauth__config_amount(3, 7), 3);
	assert_int_equal(mcpauth__config_amount(MCPAUTH_NONE, 7), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_of_its_own_size),
		cmocka_unit_test(nothing_at_all_is_the_defaults),
		cmocka_unit_test(what_a_shorter_one_lacks_is_the_default),
		cmocka_unit_test(takes_a_longer_one_that_asks_for_nothing_new),
		cmocka_unit_test(refuses_a_longer_one_that_asks_for_something_new),
		cmocka_unit_test(refuses_one_without_its_size),
		cmocka_unit_test(zero_is_the_default_and_none_is_what_it_is_taken_for),
	};
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
