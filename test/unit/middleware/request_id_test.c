/* Names of requests: no two alike, also of several threads. */
#include "support/check.h"

#include "monitoring/request_id.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define EACH 5000

static struct mcpauth__request_ids ids;
static char names[THREADS * EACH][MCPAUTH__REQUEST_ID_SIZE];

static void *take_some(void *first)
{
	char(*at)[MCPAUTH__REQUEST_ID_SIZE] = first;
	for (size_t i = 0; i < EACH; i++) {
		mcpauth__request_ids_next(&ids, at[i]);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void no_two_are_equal(void **state)
{
	pthread_t threads[THREADS];
	(void)state;
	assert_true(mcpauth__request_ids_init(&ids));
	for (size_t i = 0; i < THREADS; i++) {
		pthread_create(&threads[i], NULL, take_some, names[i * EACH]);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	qsort(names, THREADS * EACH, sizeof names[0], compare);
	for (size_t i = 1; i < THREADS * EACH; i++) {
		assert_string_not_equal(names[i - 1], names[i]);
	}
}

static void each_has_sixteen_digits(void **state)
{
	char name[MCPAUTH__REQUEST_ID_SIZE];
	(void)state;
	assert_true(mcpauth__request_ids_init(&ids));
	for (size_t i = 0; i < 1000; i++) {
		mcpauth__request_ids_next(&ids, name);
		assert_int_equal(strspn(name, "0123456789abcdef"), 16);
		assert_int_equal(strlen(name), 16);
	}
}

/* How many bits of the numbers are different. */
static unsigned distance(const char *a, const char *b)
{
	return (unsigned)__builtin_popcountll(strtoull(a, NULL, 16) ^ strtoull(b, NULL, 16));
}

static void neighbours_do_not_look_alike(void **state)
{
	char before[MCPAUTH__REQUEST_ID_SIZE];
	char after[MCPAUTH__REQUEST_ID_SIZE];
	unsigned sum = 0;
	(void)state;
	assert_true(mcpauth__request_ids_init(&ids));
	for (size_t i = 0; i < 1000; i++) {
		mcpauth__request_ids_next(&ids, before);
		mcpauth__request_ids_next(&ids, after);
		sum += distance(before, after);
	}
	/* 32 of 64 on the average; five sigma of a thousand are less than one. */
	assert_in_range(sum, 31 * 1000, 33 * 1000);
}

static void two_processes_begin_elsewhere(void **state)
{
	struct mcpauth__request_ids other;
	char one[MCPAUTH__REQUEST_ID_SIZE];
	char another[MCPAUTH__REQUEST_ID_SIZE];
	(void)state;
	assert_true(mcpauth__request_ids_init(&ids));
	assert_true(mcpauth__request_ids_init(&other));
	assert_true(ids.key != other.key);
	mcpauth__request_ids_next(&ids, one);
	mcpauth__request_ids_next(&other, another);
	assert_string_not_equal(one, another);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_two_are_equal),
		cmocka_unit_test(each_has_sixteen_digits),
		cmocka_unit_test(neighbours_do_not_look_alike),
		cmocka_unit_test(two_processes_begin_elsewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
