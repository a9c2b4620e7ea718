/* Clocks: the program's own in every case, else the system's, the cheap one a little late. */
#include "base/clock.h"

#include "support/check.h"

#include <time.h>

#define REAL 1700000000
#define MONOTONIC 123456789

static void tell(int64_t *real, int64_t *monotonic, void *user)
{
	unsigned *asked = user;
	(*asked)++;
	*real = REAL;
	*monotonic = MONOTONIC;
}

static void asks_the_programs_clock_once_for_each_time(void **state)
{
	(void)state;
	unsigned asked = 0;
	struct mcpauth__clock clock = {tell, &asked};
	assert_int_equal(mcpauth__clock_real(&clock), REAL);
	assert_int_equal(mcpauth__clock_monotonic(&clock), MONOTONIC);
	assert_int_equal(mcpauth__clock_coarse(&clock), MONOTONIC);
	assert_int_equal(asked, 3);
}

static void asks_once_for_both(void **state)
{
	(void)state;
	unsigned asked = 0;
	int64_t real;
	int64_t coarse;
	struct mcpauth__clock clock = {tell, &asked};
	mcpauth__clock_read(&clock, &real, &coarse);
	assert_int_equal(real, REAL);
	assert_int_equal(coarse, MONOTONIC);
	assert_int_equal(asked, 1);
	mcpauth__clock_read(&(struct mcpauth__clock){0}, &real, &coarse);
	int64_t after = time(NULL);
	assert_in_range(real, after - 60, after);
	assert_in_range(coarse, 1, mcpauth__clock_monotonic(&(struct mcpauth__clock){0}));
}

static void tells_the_systems_time(void **state)
{
	(void)state;
	struct mcpauth__clock clock = {0};
	int64_t before = time(NULL);
	assert_in_range(mcpauth__clock_real(&clock), before, before + 60);
}

static void the_cheap_clock_goes_with_the_exact_one(void **state)
{
	(void)state;
	struct mcpauth__clock clock = {0};
	int64_t before = mcpauth__clock_monotonic(&clock);
	int64_t coarse = mcpauth__clock_coarse(&clock);
	int64_t after = mcpauth__clock_monotonic(&clock);
	assert_true(coarse <= after);
	assert_true(coarse >= before - 1000);
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	assert_true(mcpauth__clock_coarse(&clock) > coarse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_the_programs_clock_once_for_each_time),
		cmocka_unit_test(asks_once_for_both),
		cmocka_unit_test(tells_the_systems_time),
		cmocka_unit_test(the_cheap_clock_goes_with_the_exact_one),
	};
	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
