/* Runs the tests of a program one by one, so that one alone can be repeated. */
#include "torture_int.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define API __attribute__((visibility("default")))

typedef int (*group_fn)(const char *name, const struct CMUnitTest *tests, size_t count,
	CMFixtureFunction setup, CMFixtureFunction teardown);

API int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
	CMFixtureFunction setup, CMFixtureFunction teardown);

static unsigned long begun; /* tests, in all groups */

static double milliseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

unsigned long torture_test(void)
{
	return begun;
}

int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
	CMFixtureFunction setup, CMFixtureFunction teardown)
{
	int failed = 0;
	union {
		void *object;
		group_fn function;
	} real = {dlsym(RTLD_NEXT, "_cmocka_run_group_tests")};
	if (!torture_stack_is_noted() && !torture_stack_is_chosen()) {
		return real.function(name, tests, count, setup, teardown);
	}
	for (size_t i = 0; i < count; i++) {
		begun++;
		if (!torture_stack_is_chosen() || torture_stack_is_within(begun)) {
			double begin = milliseconds();
			failed += real.function(name, &tests[i], 1, setup, teardown);
			torture_shared->took[begun % TIMED_MAX] = milliseconds() - begin;
		}
	}
	return failed;
}
