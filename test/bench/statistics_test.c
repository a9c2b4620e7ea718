/* Medians and their intervals. */
#include "bench/statistics.h"
#include "support/check.h"

/* 1 to count, in an order that is not theirs. */
static void fill(double *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		values[i] = (double)(i * 7 % count + 1);
	}
}

static void finds_the_middle_and_the_least(void **state)
{
	(void)state;
	double odd[] = {5, 1, 3};
	double even[] = {8, 2, 4, 6};
	assert_true(statistics_of(odd, 3).median == 3);
	assert_true(statistics_of(odd, 3).min == 1);
	assert_true(statistics_of(even, 4).median == 5);
	assert_true(statistics_of(even, 4).min == 2);
}

/* The ranks that tables of order statistics give for the median. */
static void leaves_as_many_outside_as_may_be(void **state)
{
	(void)state;
	static const struct {
		size_t count;
		double low;
		double high;
	} rows[] = {
		{1, 1, 1},
		{5, 1, 5},
		{6, 1, 6},
		{8, 1, 8},
		{9, 2, 8},
		{15, 4, 12},
		{20, 6, 15},
		{100, 40, 61},
	};
	double values[100];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fill(values, rows[i].count);
		struct statistics of = statistics_of(values, rows[i].count);
		assert_true(of.low == rows[i].low);
		assert_true(of.high == rows[i].high);
	}
}

static void works_up_to_its_limit(void **state)
{
	(void)state;
	static double values[STATISTICS_LIMIT];
	fill(values, STATISTICS_LIMIT);
	struct statistics of = statistics_of(values, STATISTICS_LIMIT);
	assert_true(of.median == 500.5);
	assert_true(of.low == 469);
	assert_true(of.high == 532);
}

static void a_ratio_is_free_of_what_both_suffered(void **state)
{
	(void)state;
	double values[] = {20, 60, 40};
	double base[] = {10, 30, 20};
	double ratios[3];
	struct statistics of = statistics_of_ratios(values, base, ratios, 3);
	assert_true(of.low == 2 && of.median == 2 && of.high == 2);
	base[1] = 60;
	of = statistics_of_ratios(values, base, ratios, 3);
	assert_true(of.low == 1 && of.median == 2 && of.high == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_middle_and_the_least),
		cmocka_unit_test(leaves_as_many_outside_as_may_be),
		cmocka_unit_test(works_up_to_its_limit),
		cmocka_unit_test(a_ratio_is_free_of_what_both_suffered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
