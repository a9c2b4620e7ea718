/* Names that count once: until when, how many, and for whom of those who come at once. */
#include "token/seen.h"

#include "support/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define NOW 1800000000
#define THREADS 8
#define NAMES 200

struct digest {
	unsigned char bytes[MCPAUTH__SHA256_SIZE];
};

static struct digest numbered(unsigned number)
{
	struct digest digest;
	memset(digest.bytes, 0xa5, sizeof digest.bytes);
	/* They differ at their ends alone. */
	memcpy(&digest.bytes[sizeof digest.bytes - sizeof number], &number, sizeof number);
	return digest;
}

static bool add(struct mcpauth__seen *seen, unsigned number, int64_t now, int64_t until)
{
	return mcpauth__seen_add(seen, numbered(number).bytes, now, until);
}

static void a_name_counts_once_until_it_ends(void **state)
{
	(void)state;
	struct mcpauth__seen *seen = mcpauth__seen_new();
	assert_non_null(seen);
	assert_true(add(seen, 1, NOW, NOW + 120));
	assert_false(add(seen, 1, NOW, NOW + 120));
	assert_true(add(seen, 2, NOW, NOW + 120));
	assert_false(add(seen, 1, NOW + 119, NOW + 300));
	assert_true(add(seen, 1, NOW + 120, NOW + 300));
	assert_false(add(seen, 1, NOW + 121, NOW + 300));
	mcpauth__seen_free(seen);
}

static void a_clock_that_is_set_back_finds_it_again(void **state)
{
	(void)state;
	struct mcpauth__seen *seen = mcpauth__seen_new();
	assert_non_null(seen);
	assert_true(add(seen, 1, NOW, NOW + 120));
	for (unsigned i = 0; i < 10; i++) {
		assert_true(add(seen, 2 + i, NOW + 1000, NOW + 1120));
	}
	assert_false(add(seen, 1, NOW, NOW + 120));
	mcpauth__seen_free(seen);
}

static void the_one_that_ends_first_makes_room(void **state)
{
	(void)state;
	struct mcpauth__seen *seen = mcpauth__seen_new();
	assert_non_null(seen);
	for (unsigned i = 0; i < MCPAUTH__SEEN_LIMIT; i++) {
		assert_true(add(seen, i, NOW, NOW + 120 - (i == 700)));
	}
	for (unsigned i = 0; i < MCPAUTH__SEEN_LIMIT; i++) {
		assert_false(add(seen, i, NOW, NOW + 120));
	}
	assert_true(add(seen, MCPAUTH__SEEN_LIMIT, NOW, NOW + 121));
	assert_false(add(seen, MCPAUTH__SEEN_LIMIT, NOW, NOW + 121));
	assert_false(add(seen, 699, NOW, NOW + 120));
	assert_true(add(seen, 700, NOW, NOW + 122));
	mcpauth__seen_free(seen);
}

struct crowd {
	struct mcpauth__seen *seen;
	atomic_uint added;
};

static void *add_all(void *user)
{
	struct crowd *crowd = user;
	for (unsigned i = 0; i < NAMES; i++) {
		atomic_fetch_add(&crowd->added, add(crowd->seen, i, NOW, NOW + 120));
	}
	return NULL;
}

static void of_all_who_come_at_once_one_is_first(void **state)
{
	(void)state;
	struct crowd crowd = {.seen = mcpauth__seen_new()};
	pthread_t threads[THREADS];
	assert_non_null(crowd.seen);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, add_all, &crowd), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(crowd.added, NAMES);
	mcpauth__seen_free(crowd.seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_counts_once_until_it_ends),
		cmocka_unit_test(a_clock_that_is_set_back_finds_it_again),
		cmocka_unit_test(the_one_that_ends_first_makes_room),
		cmocka_unit_test(of_all_who_come_at_once_one_is_first),
	};
	return cmocka_run_group_tests_name("seen", tests, NULL, NULL);
}
