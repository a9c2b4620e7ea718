/* A call's wait: a wake for each look that stays pending, and for no other. */
#include "net/wait.h"

#include "support/check.h"

#include <stdatomic.h>
#include <time.h>

#define FAR_MS 60000
#define ROUNDS 200

/** A wait on the real clock, and how often it was woken. */
struct fixture {
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__worker *worker;
	struct mcpauth__wait wait;
	atomic_uint wakes;
};

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

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
	mcpauth__wait_init(&fixture->wait, fixture->worker, FAR_MS, count_wake, fixture);
}

static void begin(struct fixture *fixture)
{
	CHECK_OK(mcpauth__wait_begin(&fixture->wait, &err));
	assert_non_null(fixture->wait.waiter);
}

static void never_wakes_who_need_not_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 10);
	begin(&fixture);
	assert_int_equal(mcpauth__wait_settle(&fixture.wait, MCPAUTH_E_EXPIRED), MCPAUTH_E_EXPIRED);
	assert_null(fixture.wait.waiter);
	mcpauth__wait_finish(&fixture.wait);
	mcpauth__worker_free(fixture.worker);
	assert_int_equal(fixture.wakes, 0);
}

static void stays_pending_when_woken_during_the_look(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 10);
	begin(&fixture);
	mcpauth__waiter_wake(fixture.wait.waiter);
	assert_int_equal(mcpauth__wait_settle(&fixture.wait, MCPAUTH_OK), MCPAUTH_PENDING);
	mcpauth__wait_resume(&fixture.wait);
	mcpauth__wait_finish(&fixture.wait);
	mcpauth__worker_free(fixture.worker);
	assert_int_equal(fixture.wakes, 1);
}

static void wakes_when_finished_while_it_waits(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 10);
	begin(&fixture);
	assert_int_equal(mcpauth__wait_settle(&fixture.wait, MCPAUTH_PENDING), MCPAUTH_PENDING);
	assert_int_equal(fixture.wakes, 0);
	mcpauth__wait_finish(&fixture.wait);
	assert_int_equal(fixture.wakes, 1);
	mcpauth__wait_finish(&fixture.wait);
	mcpauth__worker_free(fixture.worker);
	assert_int_equal(fixture.wakes, 1);
}

static void wakes_once_more_for_each_further_look(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 1);
	for (unsigned looks = 1; looks <= 3; looks++) {
		begin(&fixture);
		assert_int_equal(
			mcpauth__wait_settle(&fixture.wait, MCPAUTH_PENDING), MCPAUTH_PENDING);
		mcpauth__waiter_wake(fixture.wait.waiter);
		mcpauth__wait_resume(&fixture.wait);
		assert_int_equal(fixture.wakes, looks);
	}
	mcpauth__wait_finish(&fixture.wait);
	mcpauth__worker_free(fixture.worker);
	assert_int_equal(fixture.wakes, 3);
}

static void begins_no_look_beyond_the_limit(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth__wait other;
	start(&fixture, 1);
	mcpauth__wait_init(&other, fixture.worker, FAR_MS, count_wake, &fixture);
	begin(&fixture);
	CHECK_CODE(MCPAUTH_E_OVERLOADED, mcpauth__wait_begin(&other, &err));
	assert_null(other.waiter);
	mcpauth__wait_finish(&other);
	assert_int_equal(mcpauth__wait_settle(&fixture.wait, MCPAUTH_OK), MCPAUTH_OK);
	CHECK_OK(mcpauth__wait_begin(&other, &err));
	mcpauth__wait_finish(&other);
	mcpauth__worker_free(fixture.worker);
	assert_int_equal(fixture.wakes, 1);
}

static void is_over_at_its_deadline(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 10);
	assert_false(mcpauth__wait_is_over(&fixture.wait));
	mcpauth__wait_init(&fixture.wait, fixture.worker, 0, count_wake, &fixture);
	assert_true(mcpauth__wait_is_over(&fixture.wait));
	mcpauth__worker_free(fixture.worker);
}

static void wakes_once_per_pending_in_every_race(void **state)
{
	(void)state;
	struct fixture fixture;
	unsigned pending = 0;
	start(&fixture, ROUNDS);
	for (unsigned i = 0; i < ROUNDS; i++) {
		mcpauth__wait_init(&fixture.wait, fixture.worker, 1, count_wake, &fixture);
		begin(&fixture);
		nanosleep(&(struct timespec){0, 10000L * i}, NULL);
		pending += mcpauth__wait_settle(&fixture.wait, MCPAUTH_OK) == MCPAUTH_PENDING;
		mcpauth__wait_finish(&fixture.wait);
	}
	mcpauth__worker_free(fixture.worker);
	assert_int_equal(fixture.wakes, pending);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_wakes_who_need_not_wait),
		cmocka_unit_test(stays_pending_when_woken_during_the_look),
		cmocka_unit_test(wakes_when_finished_while_it_waits),
		cmocka_unit_test(wakes_once_more_for_each_further_look),
		cmocka_unit_test(begins_no_look_beyond_the_limit),
		cmocka_unit_test(is_over_at_its_deadline),
		cmocka_unit_test(wakes_once_per_pending_in_every_race),
	};
	return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
