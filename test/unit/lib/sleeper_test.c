/* Sleeping until woken: no signal ends it, and no wake is lost. */
#include "base/sleeper.h"

#include "support/check.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

/** A thread that sleeps, and what became of it. */
struct sleeping {
	struct mcpauth__sleeper sleeper;
	atomic_bool awake;
};

static atomic_uint signals;

static void on_signal(int number)
{
	(void)number;
	atomic_fetch_add(&signals, 1);
}

static void *sleep_once(void *argument)
{
	struct sleeping *sleeping = argument;
	mcpauth__sleeper_sleep(&sleeping->sleeper);
	atomic_store(&sleeping->awake, true);
	return NULL;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){0, ms * 1000000}, NULL);
}

static void sleeps_on_when_a_signal_comes(void **state)
{
	(void)state;
	struct sleeping sleeping = {.awake = false};
	struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART */
	pthread_t thread;
	mcpauth__sleeper_init(&sleeping.sleeper);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, sleep_once, &sleeping), 0);
	sleep_ms(50);
	assert_int_equal(pthread_kill(thread, SIGUSR1), 0);
	CHECK_SOON(atomic_load(&signals) == 1);
	sleep_ms(50);
	assert_false(atomic_load(&sleeping.awake));
	mcpauth__sleeper_wake(&sleeping.sleeper);
	pthread_join(thread, NULL);
	assert_true(atomic_load(&sleeping.awake));
	assert_int_equal(atomic_load(&signals), 1);
	mcpauth__sleeper_finish(&sleeping.sleeper);
}

static void counts_a_wake_that_came_before(void **state)
{
	(void)state;
	struct mcpauth__sleeper sleeper;
	mcpauth__sleeper_init(&sleeper);
	mcpauth__sleeper_wake(&sleeper);
	mcpauth__sleeper_wake(&sleeper);
	mcpauth__sleeper_sleep(&sleeper);
	mcpauth__sleeper_sleep(&sleeper);
	assert_int_equal(sem_trywait(&sleeper.woken), -1);
	mcpauth__sleeper_finish(&sleeper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sleeps_on_when_a_signal_comes),
		cmocka_unit_test(counts_a_wake_that_came_before),
	};
	return cmocka_run_group_tests_name("sleeper", tests, NULL, NULL);
}
