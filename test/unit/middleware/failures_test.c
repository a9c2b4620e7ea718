/* Failures that are counted: how full a bucket is, and whose place it takes. */
#include "support/check.h"

#include "clients/failures.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define WAYS 8
#define SETS 2
/* Three at once, and one is forgotten after two seconds. */
static const struct mcpauth__failure_limit limit = {3, 2};
/* Any time will do. */
#define NOW 1234500

static int make(void **state)
{
	struct mcpauth__failures *failures;
	int failed = mcpauth__failures_new(SETS * WAYS, &failures) != MCPAUTH_OK;
	*state = failures;
	return failed;
}

static int release(void **state)
{
	mcpauth__failures_free(*state);
	return 0;
}

static void count(
	struct mcpauth__failures *failures, mcpauth__failure_key key, unsigned times, int64_t now)
{
	for (unsigned i = 0; i < times; i++) {
		mcpauth__failures_count(failures, key, &limit, now);
	}
}

static unsigned wait_of(
	const struct mcpauth__failures *failures, mcpauth__failure_key key, int64_t now)
{
	return mcpauth__failures_wait(failures, key, &limit, now);
}

static void lets_as_many_fail_at_once_as_the_bucket_holds(void **state)
{
	struct mcpauth__failures *failures = *state;
	for (unsigned i = 0; i < limit.burst; i++) {
		assert_int_equal(wait_of(failures, 7, NOW), 0);
		count(failures, 7, 1, NOW);
	}
	assert_int_equal(wait_of(failures, 7, NOW), 2);
}

static void forgets_one_after_the_other(void **state)
{
	struct mcpauth__failures *failures = *state;
	count(failures, 7, 3, NOW);
	assert_int_equal(wait_of(failures, 7, NOW + 1900), 1);
	assert_int_equal(wait_of(failures, 7, NOW + 2000), 0);
	count(failures, 7, 1, NOW + 2000);
	assert_int_equal(wait_of(failures, 7, NOW + 2000), 2);
	assert_int_equal(wait_of(failures, 7, NOW + 4000), 0);
	/* After six more seconds it is as good as new. */
	count(failures, 7, 2, NOW + 8000);
	assert_int_equal(wait_of(failures, 7, NOW + 8000), 0);
	count(failures, 7, 1, NOW + 8000);
	assert_int_equal(wait_of(failures, 7, NOW + 8000), 2);
}

/* Whoever waits as long as he is told must not be told to wait again. */
static void tells_a_time_that_is_long_enough(void **state)
{
	struct mcpauth__failures *failures = *state;
	for (int64_t ms = 0; ms < 200; ms += 7) {
		mcpauth__failure_key key = (mcpauth__failure_key)(ms + 1) << 32;
		count(failures, key, 3, NOW + ms);
		for (int64_t later = ms; later < ms + 2000; later += 130) {
			unsigned seconds = wait_of(failures, key, NOW + later);
			assert_true(seconds <= 2);
			assert_int_equal(wait_of(failures, key, NOW + later + seconds * 1000), 0);
		}
	}
}

static void counts_what_was_under_way_up_to_another_bucket(void **state)
{
	struct mcpauth__failures *failures = *state;
	count(failures, 7, 4, NOW);
	assert_int_equal(wait_of(failures, 7, NOW), 4);
	count(failures, 7, 100, NOW);
	assert_int_equal(wait_of(failures, 7, NOW), 8);
	assert_int_equal(wait_of(failures, 7, NOW + 8000), 0);
}

static void keeps_one_apart_from_the_other(void **state)
{
	struct mcpauth__failures *failures = *state;
	count(failures, 7, 3, NOW);
	/* In another set, and in the same one. */
	assert_int_equal(wait_of(failures, 8, NOW), 0);
	assert_int_equal(wait_of(failures, 7 | (uint64_t)1 << 32, NOW), 0);
	assert_int_equal(wait_of(failures, 7 | (uint64_t)1 << 63, NOW), 0);
	assert_int_equal(wait_of(failures, 7, NOW), 2);
}

/* The n-th key of the first set. */
static mcpauth__failure_key in_first_set(unsigned number)
{
	return (uint64_t)(number + 1) << 32;
}

static void the_first_to_be_forgotten_makes_room(void **state)
{
	struct mcpauth__failures *failures = *state;
	for (unsigned i = 0; i < WAYS; i++) {
		count(failures, in_first_set(i), i == 5 ? 3 : 4, NOW);
	}
	for (unsigned i = 0; i < WAYS; i++) {
		assert_int_equal(wait_of(failures, in_first_set(i), NOW), i == 5 ? 2 : 4);
	}
	count(failures, in_first_set(WAYS), 1, NOW);
	for (unsigned i = 0; i < WAYS; i++) {
		assert_int_equal(wait_of(failures, in_first_set(i), NOW), i == 5 ? 0 : 4);
	}
	/* The newcomer began with nothing, and is now the first to be forgotten. */
	count(failures, in_first_set(WAYS), 2, NOW);
	assert_int_equal(wait_of(failures, in_first_set(WAYS), NOW), 2);
}

static void a_place_that_is_empty_is_taken_first(void **state)
{
	struct mcpauth__failures *failures = *state;
	for (unsigned i = 0; i < WAYS; i++) {
		count(failures, in_first_set(i), i == 2 ? 1 : 3, NOW);
	}
	count(failures, in_first_set(WAYS), 3, NOW + 2500);
	for (unsigned i = 0; i < WAYS; i++) {
		count(failures, in_first_set(i), i == 2 ? 0 : 1, NOW + 2500);
		assert_int_equal(wait_of(failures, in_first_set(i), NOW + 2500), i == 2 ? 0 : 2);
	}
	assert_int_equal(wait_of(failures, in_first_set(WAYS), NOW + 2500), 2);
}

static void knows_when_all_are_forgotten(void **state)
{
	struct mcpauth__failures *failures = *state;
	assert_true(mcpauth__failures_are_forgotten(failures, NOW));
	count(failures, 7, 2, NOW);
	count(failures, 8, 1, NOW);
	assert_false(mcpauth__failures_are_forgotten(failures, NOW + 3900));
	assert_true(mcpauth__failures_are_forgotten(failures, NOW + 4000));
}

/* 32 bits of ticks come round after years. */
static void outlives_its_own_clock(void **state)
{
	struct mcpauth__failures *failures = *state;
	int64_t round = ((int64_t)1 << 32) * 100;
	count(failures, 7, 3, round - 1000);
	assert_int_equal(wait_of(failures, 7, round - 1000), 2);
	assert_int_equal(wait_of(failures, 7, round), 1);
	assert_int_equal(wait_of(failures, 7, round + 1000), 0);
	assert_false(mcpauth__failures_are_forgotten(failures, round + 1000));
	assert_true(mcpauth__failures_are_forgotten(failures, round + 5000));
	assert_true(mcpauth__failures_are_forgotten(failures, round + round / 2));
	assert_int_equal(wait_of(failures, 7, round + round / 2), 0);
}

static mcpauth__failure_key key_of(const struct mcpauth__failures *failures, const char *text)
{
	struct mcpauth__client_address address;
	mcpauth__failure_key key = 0;
	assert_true(mcpauth__client_address_parse(text, strlen(text), &address));
	assert_true(mcpauth__failures_key_of_address(failures, &address, &key));
	return key;
}

static void takes_ipv6_by_its_first_64_bits(void **state)
{
	const struct mcpauth__failures *failures = *state;
	static const struct {
		const char *a;
		const char *b;
		bool are_one;
	} rows[] = {
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.7", "::ffff:192.0.2.7", true},
		{"192.0.2.7", "192.0.2.8", false},
		{"192.0.2.7", "193.0.2.7", false},
		{"192.0.2.7", "::192.0.2.7", false},
		{"0.0.0.0", "::", false},
		{"::1", "::2", true},
		{"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"2001:db8::1", "3001:db8::1", false},
		{"64:ff9b::192.0.2.7", "64:ff9b::192.0.2.7", true},
		{"64:ff9b::192.0.2.7", "64:ff9b::192.0.2.8", false},
		{"64:ff9b::1:192.0.2.7", "64:ff9b::1:192.0.2.8", true},
		{"64:ff9b:1::192.0.2.7", "64:ff9b:1::192.0.2.8", true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].b,
			(key_of(failures, rows[i].a) == key_of(failures, rows[i].b))
				== rows[i].are_one);
	}
}

static void nobody_can_choose_a_place(void **state)
{
	const struct mcpauth__failures *failures = *state;
	struct mcpauth__failures *other;
	assert_int_equal(mcpauth__failures_new(SETS * WAYS, &other), MCPAUTH_OK);
	assert_true(key_of(failures, "192.0.2.7") != key_of(other, "192.0.2.7"));
	mcpauth__failures_free(other);
}

/** Several threads that fail in the name of few. */
struct crowd {
	struct mcpauth__failures *failures;
	atomic_uint limited;
};

#define THREADS 4
#define KEYS 5
#define TIMES 20000

static void *fail_often(void *user)
{
	struct crowd *crowd = user;
	for (unsigned i = 0; i < TIMES; i++) {
		mcpauth__failure_key key = in_first_set(i % KEYS);
		if (wait_of(crowd->failures, key, NOW) > 0) {
			atomic_fetch_add(&crowd->limited, 1);
		}
		mcpauth__failures_count(crowd->failures, key, &limit, NOW);
		mcpauth__failures_are_forgotten(crowd->failures, NOW);
	}
	return NULL;
}

static void threads_share_it(void **state)
{
	struct crowd crowd = {.failures = *state};
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, fail_often, &crowd), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		assert_int_equal(wait_of(crowd.failures, in_first_set(i), NOW), 8);
	}
	/* But for a first few: each thread sees what the others have counted. */
	assert_true(atomic_load(&crowd.limited) >= THREADS * TIMES - KEYS * THREADS * limit.burst);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, release)
	const struct CMUnitTest tests[] = {
		TEST(lets_as_many_fail_at_once_as_the_bucket_holds),
		TEST(forgets_one_after_the_other),
		TEST(tells_a_time_that_is_long_enough),
		TEST(counts_what_was_under_way_up_to_another_bucket),
		TEST(keeps_one_apart_from_the_other),
		TEST(the_first_to_be_forgotten_makes_room),
		TEST(a_place_that_is_empty_is_taken_first),
		TEST(knows_when_all_are_forgotten),
		TEST(outlives_its_own_clock),
		TEST(takes_ipv6_by_its_first_64_bits),
		TEST(nobody_can_choose_a_place),
		TEST(threads_share_it),
	};
	return cmocka_run_group_tests_name("failures", tests, NULL, NULL);
}
