/* The network thread: when it starts, its timers, and how it goes. */
#include "net/worker.h"

#include "support/check.h"
#include "support/network.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct loopback_page pages[] = {
	{.path = "/good", .status = 200, .body = "good"},
	{.path = "/held", .status = 200, .body = "at last", .manner = LOOPBACK_HELD},
};

static int start(void **state)
{
	return network_start(state, loopback_new(pages, COUNT(pages)));
}

static unsigned count_threads(void)
{
	unsigned count = 0;
	DIR *tasks = opendir("/proc/self/task");
	assert_non_null(tasks);
	while (readdir(tasks) != NULL) {
		count++;
	}
	closedir(tasks);
	return count;
}

static void starts_its_thread_with_the_first_fetch(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	unsigned before = count_threads();
	mcpauth__worker_free(network->worker);
	network->worker = NULL;
	network_restart(network);
	assert_int_equal(count_threads(), before);
	network_begin_at(network, "http://127.0.0.1", "/held", 0, &fetched);
	assert_true(count_threads() > before);
	loopback_release(network->loopback);
	network_await(&fetched);
}

static void keeps_signals_away_from_its_thread(void **state)
{
	struct fetched fetched;
	sigset_t before;
	sigset_t after;
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	network_get(*state, "/good", &fetched);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	assert_true(fetched.blocks_signals);
	assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
}

static void gives_all_up_when_it_goes(void **state)
{
	struct network *network = *state;
	struct fetched held[20];
	for (size_t i = 0; i < COUNT(held); i++) {
		network_begin_at(network, "http://127.0.0.1", "/held", 0, &held[i]);
	}
	mcpauth__worker_free(network->worker);
	network->worker = NULL;
	for (size_t i = 0; i < COUNT(held); i++) {
		assert_int_equal(held[i].calls, 1);
		assert_int_equal(held[i].code, MCPAUTH_E_CANCELLED);
	}
}

/** A timer that writes down its turn. */
struct alarm {
	struct mcpauth__timer timer;
	atomic_uint *turns;
	unsigned turn; /* 0: not expired */
};

static void on_alarm(struct mcpauth__timer *timer)
{
	struct alarm *alarm = (struct alarm *)timer;
	alarm->turn = atomic_load(alarm->turns) + 1;
	atomic_store(alarm->turns, alarm->turn); /* lets the test look */
}

static void arm(struct network *network, struct alarm *alarm, atomic_uint *turns, int64_t at)
{
	*alarm = (struct alarm){.timer = {.at = at, .expired = on_alarm}, .turns = turns};
	assert_true(mcpauth__worker_arm(network->worker, &alarm->timer));
}

static void expires_timers_in_their_order(void **state)
{
	static const int64_t times[] = {90, 30, 60, 30, 10, 120, 61};
	static const unsigned turns_wanted[] = {6, 2, 4, 3, 1, 7, 5};
	struct network *network = *state;
	struct alarm alarms[COUNT(times)];
	atomic_uint turns = 0;
	int64_t now = network_now(network);
	for (size_t i = 0; i < COUNT(times); i++) {
		arm(network, &alarms[i], &turns, now + times[i]);
	}
	CHECK_SOON(atomic_load(&turns) >= COUNT(times));
	assert_true(network_now(network) - now >= 120 && network_now(network) - now < 2000);
	for (size_t i = 0; i < COUNT(times); i++) {
		assert_int_equal(alarms[i].turn, turns_wanted[i]);
		assert_false(mcpauth__worker_disarm(network->worker, &alarms[i].timer));
	}
}

static void wakes_up_for_an_earlier_timer(void **state)
{
	struct network *network = *state;
	struct alarm late;
	struct alarm early;
	atomic_uint turns = 0;
	int64_t now = network_now(network);
	arm(network, &late, &turns, now + 1000000);
	network_sleep(50); /* it is at rest */
	arm(network, &early, &turns, now + 60);
	while (atomic_load(&turns) == 0 && network_now(network) - now < 5000) {
		network_sleep(1);
	}
	assert_int_equal(atomic_load(&turns), 1);
	assert_int_equal(early.turn, 1);
	assert_true(mcpauth__worker_disarm(network->worker, &late.timer));
}

static void takes_timers_back(void **state)
{
	struct network *network = *state;
	struct alarm alarms[5];
	atomic_uint turns = 0;
	int64_t now = network_now(network);
	for (size_t i = 0; i < COUNT(alarms); i++) {
		arm(network, &alarms[i], &turns, now + 100 + (int64_t)i);
	}
	assert_true(mcpauth__worker_disarm(network->worker, &alarms[0].timer));
	assert_true(mcpauth__worker_disarm(network->worker, &alarms[4].timer));
	assert_true(mcpauth__worker_disarm(network->worker, &alarms[2].timer));
	assert_false(mcpauth__worker_disarm(network->worker, &alarms[2].timer));
	network_sleep(250);
	assert_int_equal(atomic_load(&turns), 2);
	assert_int_equal(alarms[1].turn, 1);
	assert_int_equal(alarms[3].turn, 2);
}

static void expires_every_timer_when_it_goes(void **state)
{
	struct network *network = *state;
	struct alarm alarms[3];
	atomic_uint turns = 0;
	for (size_t i = 0; i < COUNT(alarms); i++) {
		arm(network, &alarms[i], &turns, network_now(network) + 1000000);
	}
	mcpauth__worker_free(network->worker);
	network->worker = NULL;
	assert_int_equal(turns, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, network_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(starts_its_thread_with_the_first_fetch),
		TEST(keeps_signals_away_from_its_thread),
		TEST(gives_all_up_when_it_goes),
		TEST(expires_timers_in_their_order),
		TEST(wakes_up_for_an_earlier_timer),
		TEST(takes_timers_back),
		TEST(expires_every_timer_when_it_goes),
	};
	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
