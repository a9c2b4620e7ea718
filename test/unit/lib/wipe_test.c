/* What is done with is overwritten. */
#include "base/wipe.h"

#include "support/check.h"

#include <string.h>

static void wipes_just_what_it_is_given(void **state)
{
	(void)state;
	char secret[] = "secret!";
	mcpauth__wipe(secret, 6);
	assert_memory_equal(secret, "\0\0\0\0\0\0!", 8);
}

static void wipes_nothing_at_no_address(void **state)
{
	(void)state;
	mcpauth__wipe(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wipes_just_what_it_is_given),
		cmocka_unit_test(wipes_nothing_at_no_address),
	};
	return cmocka_run_group_tests_name("wipe", tests, NULL, NULL);
}
