/* Waiting: woken once, by whoever comes first, and never after a cancellation. */
#include "net/waiter.h"

#include "support/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define FAR_MS 60000
#define ROUNDS 200

/** A worker on the real clock, and how often it woke somebody. */
struct fixture {
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__worker *worker;
	atomic_uint wakes;
};

static void start(struct fixture *fixture, unsigned waiting_limit)
{
	*fixture = (struct fixture){0};
	fixture->log.clock = &fixture->clock;
	fixture->worker = mcpauth__worker_new(&(struct mcpauth__worker_config){
		.log = &fixture->log,
		.clock = &fixture->clock,
		.waiting_limit = waiting_limit,
	});
	assert_non_null(fixture->worker);
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static struct mcpauth__waiter *try_wait_ms(struct fixture *fixture, int64_t ms)
{
	return mcpauth__waiter_new(fixture->worker, mcpauth__clock_monotonic(&fixture->clock) + ms,
		count_wake, fixture);
}

static struct mcpauth__waiter *wait_ms(struct fixture *fixture, int64_t ms)
{
	struct mcpauth__waiter *waiter = try_wait_ms(fixture, ms);
	assert_non_null(waiter);
	return waiter;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void await_wakes(struct fixture *fixture, unsigned wakes)
{
	for (int i = 0; i < 1000 && atomic_load(&fixture->wakes) < wakes; i++) {
		sleep_ms(5);
	}
}

static void wakes_once_however_often_it_is_called(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 10);
	struct mcpauth__waiter *waiter = wait_ms(&fixture, FAR_MS);
	assert_non_null(waiter);
	assert_int_equal(fixture.wakes, 0);
	mcpauth__waiter_wake(waiter);
	assert_int_equal(fixture.wakes, 1);
	mcpauth__waiter_wake(waiter);
	mcpauth__worker_free(fixture.worker);
	mcpauth__waiter_wake(waiter);
	assert_int_equal(fixture.wakes, 1);
	mcpauth__waiter_free(waiter);
}

static void wakes_at_its_deadline(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 10);
	int64_t began = mcpauth__clock_monotonic(&fixture.clock);
	struct mcpauth__waiter *waiter = wait_ms(&fixture, 50);
	await_wakes(&fixture, 1);
	int64_t took = mcpauth__clock_monotonic(&fixture.clock) - began;
	assert_int_equal(fixture.wakes, 1);
	assert_true(took >= 50 && took < 2000);
	assert_false(mcpauth__waiter_cancel(waiter));
	mcpauth__waiter_free(waiter);
	mcpauth__worker_free(fixture.worker);
}

static void wakes_at_a_deadline_that_is_past(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 10);
	struct mcpauth__waiter *waiter = wait_ms(&fixture, -1000);
	await_wakes(&fixture, 1);
	assert_int_equal(fixture.wakes, 1);
	mcpauth__waiter_free(waiter);
	mcpauth__worker_free(fixture.worker);
}

static void wakes_when_the_worker_goes(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 10);
	struct mcpauth__waiter *one = wait_ms(&fixture, FAR_MS);
	struct mcpauth__waiter *two = wait_ms(&fixture, FAR_MS);
	mcpauth__waiter_free(two); /* the deadline still holds it */
	mcpauth__worker_free(fixture.worker);
	assert_int_equal(fixture.wakes, 2);
	mcpauth__waiter_free(one);
}

static void never_wakes_once_cancelled(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 10);
	struct mcpauth__waiter *waiter = wait_ms(&fixture, 20);
	struct mcpauth__waiter *held = mcpauth__waiter_ref(waiter);
	assert_true(mcpauth__waiter_cancel(waiter));
	assert_false(mcpauth__waiter_cancel(waiter));
	mcpauth__waiter_free(waiter);
	sleep_ms(60);
	mcpauth__waiter_wake(held);
	mcpauth__worker_free(fixture.worker);
	assert_int_equal(fixture.wakes, 0);
	mcpauth__waiter_free(held);
}

static void lets_only_so_many_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 2);
	struct mcpauth__waiter *one = wait_ms(&fixture, FAR_MS);
	struct mcpauth__waiter *two = wait_ms(&fixture, FAR_MS);
	assert_non_null(two);
	assert_null(try_wait_ms(&fixture, FAR_MS));
	mcpauth__waiter_wake(one);
	struct mcpauth__waiter *three = wait_ms(&fixture, FAR_MS);
	assert_non_null(three);
	assert_null(try_wait_ms(&fixture, FAR_MS));
	assert_true(mcpauth__waiter_cancel(two));
	struct mcpauth__waiter *four = wait_ms(&fixture, FAR_MS);
	assert_non_null(four);
	mcpauth__waiter_free(one);
	mcpauth__waiter_free(two);
	mcpauth__waiter_free(three);
	mcpauth__waiter_free(four);
	mcpauth__worker_free(fixture.worker);
	assert_int_equal(fixture.wakes, 3);
}

/** Whoever wakes may already start the next wait, at the limit too. */
struct chain {
	struct fixture fixture;
	_Atomic(struct mcpauth__waiter *) next;
};

static void wait_again(void *user)
{
	struct chain *chain = user;
	atomic_store(&chain->next, try_wait_ms(&chain->fixture, FAR_MS));
}

static void has_left_when_it_wakes(void **state)
{
	(void)state;
	struct chain chain;
	start(&chain.fixture, 1);
	atomic_init(&chain.next, NULL);
	struct mcpauth__waiter *first = mcpauth__waiter_new(chain.fixture.worker,
		mcpauth__clock_monotonic(&chain.fixture.clock) + FAR_MS, wait_again, &chain);
	assert_non_null(first);
	mcpauth__waiter_wake(first);
	assert_non_null(atomic_load(&chain.next));
	mcpauth__waiter_free(first);
	mcpauth__worker_free(chain.fixture.worker);
	mcpauth__waiter_free(atomic_load(&chain.next));
	assert_int_equal(chain.fixture.wakes, 1);
}

static void *wake_it(void *argument)
{
	mcpauth__waiter_wake(argument);
	mcpauth__waiter_free(argument);
	return NULL;
}

static void wakes_once_in_every_race(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, ROUNDS);
	for (unsigned i = 0; i < ROUNDS; i++) {
		pthread_t thread;
		struct mcpauth__waiter *waiter = wait_ms(&fixture, 1);
		assert_non_null(waiter);
		assert_int_equal(
			pthread_create(&thread, NULL, wake_it, mcpauth__waiter_ref(waiter)), 0);
		mcpauth__waiter_wake(waiter);
		mcpauth__waiter_free(waiter);
		pthread_join(thread, NULL);
	}
	mcpauth__worker_free(fixture.worker);
	assert_int_equal(fixture.wakes, ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wakes_once_however_often_it_is_called),
		cmocka_unit_test(wakes_at_its_deadline),
		cmocka_unit_test(wakes_at_a_deadline_that_is_past),
		cmocka_unit_test(wakes_when_the_worker_goes),
		cmocka_unit_test(never_wakes_once_cancelled),
		cmocka_unit_test(lets_only_so_many_wait),
		cmocka_unit_test(has_left_when_it_wakes),
		cmocka_unit_test(wakes_once_in_every_race),
	};
	return cmocka_run_group_tests_name("waiter", tests, NULL, NULL);
}
