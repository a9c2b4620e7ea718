/* Flights: joined under way, kept once landed, the oldest gone first. */
#include "endpoint/flights.h"

#include "support/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 4
#define HOUR 3600000
#define THREADS 8
#define ROUNDS 3000

/* A flight with something in it that can be wrong. */
struct parcel {
	struct mcpauth__flight flight;
	unsigned value;
	bool spoilt;
};

struct fixture {
	struct mcpauth__clock clock;
	_Atomic int64_t now;
	struct mcpauth__worker_config config;
	struct mcpauth__log log;
	struct mcpauth__worker *worker;
	struct mcpauth__flights *flights;
	atomic_uint wakes;
};

/* Released without a word about whose they are. */
static atomic_uint living;

static void tell(int64_t *real, int64_t *monotonic, void *user)
{
	struct fixture *fixture = user;
	*real = 0;
	*monotonic = atomic_load(&fixture->now);
}

static bool is_spoilt(const struct mcpauth__flight *flight)
{
	return ((const struct parcel *)flight)->spoilt;
}

static void make(struct fixture *fixture, unsigned limit)
{
	mcpauth__flights_free(fixture->flights);
	fixture->flights = mcpauth__flights_new(&fixture->clock, limit, is_spoilt);
	assert_non_null(fixture->flights);
}

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_non_null(fixture);
	atomic_init(&fixture->now, 1000000);
	atomic_init(&fixture->wakes, 0);
	atomic_store(&living, 0);
	fixture->clock = (struct mcpauth__clock){tell, fixture};
	fixture->log.clock = &fixture->clock;
	fixture->config.clock = &fixture->clock;
	fixture->config.log = &fixture->log;
	fixture->worker = mcpauth__worker_new(&fixture->config);
	assert_non_null(fixture->worker);
	make(fixture, LIMIT);
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth__worker_free(fixture->worker);
	mcpauth__flights_free(fixture->flights);
	free(fixture);
	return atomic_load(&living) == 0 ? 0 : -1;
}

static void destroy(struct mcpauth__flight *flight)
{
	atomic_fetch_sub(&living, 1);
	free(flight);
}

static void digest_of(unsigned number, unsigned char *digest)
{
	memset(digest, 0, MCPAUTH__SHA256_SIZE);
	memcpy(digest, &number, sizeof number);
}

static struct parcel *new_parcel(unsigned number)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	struct parcel *made = calloc(1, sizeof *made);
	assert_non_null(made);
	atomic_fetch_add(&living, 1);
	digest_of(number, digest);
	mcpauth__flight_init(&made->flight, digest, destroy);
	made->value = number;
	return made;
}

/* One that is under way, with the test's reference. */
static struct mcpauth__flight *take_off(struct fixture *fixture, unsigned number)
{
	struct parcel *made = new_parcel(number);
	assert_ptr_equal(mcpauth__flights_add(fixture->flights, &made->flight), &made->flight);
	return &made->flight;
}

static struct mcpauth__flight *find(struct fixture *fixture, unsigned number)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	digest_of(number, digest);
	return mcpauth__flights_find(fixture->flights, digest);
}

static bool has(struct fixture *fixture, unsigned number)
{
	struct mcpauth__flight *found = find(fixture, number);
	bool any = found != NULL;
	assert_true(!any || ((struct parcel *)found)->value == number);
	mcpauth__flight_free(found);
	return any;
}

static void fly(struct fixture *fixture, unsigned number, int64_t kept_ms)
{
	struct mcpauth__flight *flight = take_off(fixture, number);
	mcpauth__flight_land(flight, fixture->now + kept_ms);
	mcpauth__flight_free(flight);
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static struct mcpauth__waiter *new_waiter(struct fixture *fixture)
{
	struct mcpauth__waiter *waiter = mcpauth__waiter_new(
		fixture->worker, fixture->now + HOUR, count_wake, fixture);
	assert_non_null(waiter);
	return waiter;
}

static void one_under_way_is_joined(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__flight *flight = take_off(fixture, 1);
	struct mcpauth__flight *found = find(fixture, 1);
	assert_ptr_equal(found, flight);
	assert_int_equal(mcpauth__flight_wait(found, NULL), MCPAUTH_PENDING);
	assert_false(has(fixture, 2));
	struct parcel *late = new_parcel(1);
	struct mcpauth__flight *other = mcpauth__flights_add(fixture->flights, &late->flight);
	assert_ptr_equal(other, flight);
	mcpauth__flight_free(&late->flight);
	mcpauth__flight_free(other);
	mcpauth__flight_free(found);
	mcpauth__flight_land(flight, 0);
	assert_int_equal(mcpauth__flight_wait(flight, NULL), MCPAUTH_OK);
	mcpauth__flight_free(flight);
}

static void all_who_wait_are_woken_once_it_has_landed(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__waiter *waiters[20];
	struct mcpauth__flight *flight = take_off(fixture, 1);
	for (size_t i = 0; i < 20; i++) {
		waiters[i] = new_waiter(fixture);
		assert_int_equal(mcpauth__flight_wait(flight, waiters[i]), MCPAUTH_PENDING);
	}
	assert_int_equal(fixture->wakes, 0);
	mcpauth__flight_land(flight, 0);
	assert_int_equal(fixture->wakes, 20);
	struct mcpauth__waiter *late = new_waiter(fixture);
	assert_int_equal(mcpauth__flight_wait(flight, late), MCPAUTH_OK);
	assert_true(mcpauth__waiter_cancel(late));
	mcpauth__waiter_free(late);
	for (size_t i = 0; i < 20; i++) {
		mcpauth__waiter_free(waiters[i]);
	}
	mcpauth__flight_free(flight);
	assert_int_equal(fixture->wakes, 20);
}

static void one_that_landed_is_kept_until_its_time(void **state)
{
	struct fixture *fixture = *state;
	fly(fixture, 1, 1000);
	atomic_fetch_add(&fixture->now, 999);
	assert_true(has(fixture, 1));
	atomic_fetch_add(&fixture->now, 1);
	assert_false(has(fixture, 1));
	assert_int_equal(living, 0);
	fly(fixture, 1, 1000);
	assert_true(has(fixture, 1));
}

static void one_whose_time_is_over_is_not_kept(void **state)
{
	struct fixture *fixture = *state;
	fly(fixture, 1, 0);
	assert_false(has(fixture, 1));
	assert_int_equal(living, 0);
	fly(fixture, 1, 1);
	assert_true(has(fixture, 1));
}

static void its_owner_can_end_one_before_its_time(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__flight *flight = take_off(fixture, 1);
	mcpauth__flight_land(flight, fixture->now + HOUR);
	assert_true(has(fixture, 1));
	((struct parcel *)flight)->spoilt = true;
	assert_false(has(fixture, 1));
	mcpauth__flight_free(flight);
}

static void the_oldest_makes_room(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned i = 0; i < LIMIT; i++) {
		fly(fixture, i, i == 1 ? 2 * HOUR : HOUR);
	}
	for (unsigned i = 0; i < LIMIT; i++) {
		assert_true(has(fixture, i));
	}
	/* Neither how long it would be kept nor who asked last counts. */
	fly(fixture, LIMIT, 1000);
	assert_false(has(fixture, 0));
	assert_true(has(fixture, 1));
	fly(fixture, LIMIT + 1, 1000);
	assert_false(has(fixture, 1));
	for (unsigned i = 2; i < LIMIT + 2; i++) {
		assert_true(has(fixture, i));
	}
	assert_int_equal(living, LIMIT);
}

static void those_under_way_take_no_room(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__flight *under_way[3 * LIMIT];
	for (unsigned i = 0; i < LIMIT; i++) {
		fly(fixture, i, HOUR);
	}
	for (unsigned i = 0; i < 3 * LIMIT; i++) {
		under_way[i] = take_off(fixture, 100 + i);
	}
	for (unsigned i = 0; i < LIMIT; i++) {
		assert_true(has(fixture, i));
	}
	for (unsigned i = 0; i < 3 * LIMIT; i++) {
		mcpauth__flight_land(under_way[i], 0);
		mcpauth__flight_free(under_way[i]);
	}
	assert_true(has(fixture, 0));
}

static void what_is_over_goes_though_nobody_asks_for_it(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned i = 0; i < LIMIT; i++) {
		fly(fixture, i, 1000);
	}
	atomic_fetch_add(&fixture->now, 1000);
	fly(fixture, 100, HOUR);
	fly(fixture, 101, HOUR);
	assert_int_equal(living, 2);
}

static void without_a_limit_to_fill_nothing_is_kept(void **state)
{
	struct fixture *fixture = *state;
	make(fixture, 0);
	struct mcpauth__flight *flight = take_off(fixture, 1);
	assert_true(has(fixture, 1));
	mcpauth__flight_land(flight, fixture->now + HOUR);
	assert_false(has(fixture, 1));
	mcpauth__flight_free(flight);
}

static void a_time_can_be_shortened_never_extended(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__flight *flight = take_off(fixture, 1);
	mcpauth__flight_keep_until(flight, 0);
	assert_true(has(fixture, 1));
	mcpauth__flight_land(flight, fixture->now + 1000);
	mcpauth__flight_keep_until(flight, fixture->now + 2000);
	mcpauth__flight_keep_until(flight, fixture->now + 500);
	mcpauth__flight_keep_until(flight, fixture->now + 700);
	atomic_fetch_add(&fixture->now, 499);
	assert_true(has(fixture, 1));
	atomic_fetch_add(&fixture->now, 1);
	assert_false(has(fixture, 1));
	mcpauth__flight_keep_until(flight, 0);
	mcpauth__flight_free(flight);
	assert_int_equal(living, 0);
}

static void one_that_is_over_by_then_is_dropped_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__flight *flight = take_off(fixture, 1);
	mcpauth__flight_land(flight, fixture->now + 1000);
	mcpauth__flight_keep_until(flight, fixture->now);
	mcpauth__flight_free(flight);
	assert_int_equal(living, 0);
}

static bool is_even(const struct mcpauth__flight *flight, void *user)
{
	*(unsigned *)user += 1;
	return ((const struct parcel *)flight)->value % 2 == 0;
}

static void only_those_concerned_are_forgotten(void **state)
{
	struct fixture *fixture = *state;
	unsigned asked = 0;
	for (unsigned i = 0; i < LIMIT; i++) {
		fly(fixture, i, HOUR);
	}
	assert_int_equal(mcpauth__flights_forget(fixture->flights, is_even, &asked), 2);
	assert_int_equal(asked, LIMIT);
	assert_int_equal(living, 2);
	assert_false(has(fixture, 0));
	assert_true(has(fixture, 1));
	assert_false(has(fixture, 2));
	assert_true(has(fixture, 3));
	/* Their places in line are whole: the rest still goes in order. */
	for (unsigned i = 10; i < 10 + LIMIT; i++) {
		fly(fixture, i, HOUR);
	}
	assert_false(has(fixture, 3));
	assert_int_equal(living, LIMIT);
}

/* What is under way was asked before: it may say what is not true any more. */
static void those_under_way_are_neither_joined_nor_kept_afterwards(void **state)
{
	struct fixture *fixture = *state;
	unsigned asked = 0;
	struct mcpauth__waiter *waiter = new_waiter(fixture);
	struct mcpauth__flight *old = take_off(fixture, 1);
	assert_int_equal(mcpauth__flight_wait(old, waiter), MCPAUTH_PENDING);
	assert_int_equal(mcpauth__flights_forget(fixture->flights, is_even, &asked), 0);
	assert_int_equal(asked, 0);
	assert_false(has(fixture, 1));
	struct mcpauth__flight *new = take_off(fixture, 1);
	mcpauth__flight_land(old, fixture->now + HOUR);
	assert_int_equal(fixture->wakes, 1);
	struct mcpauth__flight *found = find(fixture, 1);
	assert_ptr_equal(found, new);
	assert_int_equal(mcpauth__flight_wait(found, NULL), MCPAUTH_PENDING);
	mcpauth__flight_land(new, fixture->now + HOUR);
	assert_true(has(fixture, 1));
	mcpauth__waiter_free(waiter);
	mcpauth__flight_free(found);
	mcpauth__flight_free(new);
	mcpauth__flight_free(old);
}

/* They differ in the last byte alone, and share a bucket. */
static void the_whole_digest_counts(void **state)
{
	struct fixture *fixture = *state;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	fly(fixture, 1, HOUR);
	digest_of(1, digest);
	digest[sizeof digest - 1] = 1;
	assert_null(mcpauth__flights_find(fixture->flights, digest));
	assert_true(has(fixture, 1));
}

static bool everything(const struct mcpauth__flight *flight, void *user)
{
	(void)flight;
	(void)user;
	return true;
}

/* Somebody finds, or else flies himself; some shorten, some forget. */
static void *hurry(void *argument)
{
	struct fixture *fixture = argument;
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned number = i % 7;
		struct mcpauth__flight *flight = find(fixture, number);
		struct parcel *made = flight == NULL ? new_parcel(number) : NULL;
		if (made != NULL) {
			flight = mcpauth__flights_add(fixture->flights, &made->flight);
		}
		if (made != NULL && flight == &made->flight) {
			mcpauth__flight_land(flight, fixture->now + i % 5);
		} else if (made != NULL) {
			mcpauth__flight_free(&made->flight);
		}
		if (i % 11 == 0) {
			mcpauth__flight_keep_until(flight, fixture->now + 1);
		}
		if (i % 97 == 0) {
			mcpauth__flights_forget(fixture->flights, everything, NULL);
			atomic_fetch_add(&fixture->now, 1);
		}
		mcpauth__flight_free(flight);
	}
	return NULL;
}

static void many_threads_share_one_set(void **state)
{
	struct fixture *fixture = *state;
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, hurry, fixture), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_true(living <= LIMIT);
	mcpauth__flights_forget(fixture->flights, everything, NULL);
	assert_int_equal(living, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_under_way_is_joined),
		TEST(all_who_wait_are_woken_once_it_has_landed),
		TEST(one_that_landed_is_kept_until_its_time),
		TEST(one_whose_time_is_over_is_not_kept),
		TEST(its_owner_can_end_one_before_its_time),
		TEST(the_oldest_makes_room),
		TEST(those_under_way_take_no_room),
		TEST(what_is_over_goes_though_nobody_asks_for_it),
		TEST(without_a_limit_to_fill_nothing_is_kept),
		TEST(a_time_can_be_shortened_never_extended),
		TEST(one_that_is_over_by_then_is_dropped_at_once),
		TEST(only_those_concerned_are_forgotten),
		TEST(those_under_way_are_neither_joined_nor_kept_afterwards),
		TEST(the_whole_digest_counts),
		TEST(many_threads_share_one_set),
	};
	return cmocka_run_group_tests_name("flights", tests, NULL, NULL);
}
