/* A thousand exchanges at once, continued, drained and broken at random moments. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <string.h>
#include <time.h>

#define STRESS_EXCHANGES 1000
#define STRESS_THREADS 4
#define STRESS_WAITS 3

/** Exchanges that wait for one of the stress threads. */
struct stress {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct mcpauth_exchange *queue[STRESS_EXCHANGES * (STRESS_WAITS + 1)];
	size_t put;
	size_t taken;
	bool is_over;
	atomic_uint seed;
};

static unsigned dice(struct stress *stress)
{
	unsigned value = atomic_fetch_add(&stress->seed, 1) * 2654435761u;
	return value >> 16;
}

static void jitter(struct stress *stress)
{
	unsigned micros = dice(stress) % 64;
	if (micros < 32) {
		nanosleep(&(struct timespec){.tv_nsec = (long)micros * 1000}, NULL);
	}
}

/* Hands itself over, and returns WAIT some random moment later. */
static enum mcpauth_stage_result wait_for_somebody(struct mcpauth_exchange *exchange, void *user)
{
	struct stress *stress = user;
	uintptr_t runs = (uintptr_t)*mcpauth_exchange_slot(exchange);
	if (runs == STRESS_WAITS) {
		return MCPAUTH_NEXT;
	}
	*mcpauth_exchange_slot(exchange) = (void *)(runs + 1);
	pthread_mutex_lock(&stress->lock);
	stress->queue[stress->put++] = exchange;
	pthread_cond_signal(&stress->changed);
	pthread_mutex_unlock(&stress->lock);
	jitter(stress);
	return MCPAUTH_WAIT;
}

static struct mcpauth_exchange *take(struct stress *stress)
{
	struct mcpauth_exchange *exchange = NULL;
	pthread_mutex_lock(&stress->lock);
	while (stress->taken == stress->put && !stress->is_over) {
		pthread_cond_wait(&stress->changed, &stress->lock);
	}
	if (stress->taken < stress->put) {
		exchange = stress->queue[stress->taken++];
	}
	pthread_mutex_unlock(&stress->lock);
	return exchange;
}

static void *continue_all(void *user)
{
	struct mcpauth_exchange *exchange;
	while ((exchange = take(user)) != NULL) {
		jitter(user);
		mcpauth_exchange_continue(exchange);
	}
	return NULL;
}

/** One thread that serves its share of the exchanges. */
struct share {
	struct fake_server *server;
	struct stress *stress;
	enum mcpauth__wait_mode wait_mode;
	bool breaks; /* some of them, while they wait or after their resume */
	unsigned passed;
	unsigned refused;
	unsigned broken;
	unsigned unequal; /* suspends that were not resumed once */
	pthread_t thread;
};

static void serve_one(struct share *share)
{
	struct fake_exchange fake;
	struct fake_request request = {.wait_mode = share->wait_mode};
	fake_exchange_start(&fake, share->server, &request);
	while (fake_exchange_run(&fake) == MCPAUTH__LATER) {
		fake_exchange_await(&fake);
		if (share->breaks && dice(share->stress) % 4 == 0) {
			share->broken++;
			fake_exchange_break(&fake);
			return;
		}
	}
	share->passed += fake.verdict == MCPAUTH__PASS;
	share->refused += fake_exchange_status(&fake) == 503;
	share->unequal += atomic_load(&fake.suspends) != atomic_load(&fake.resumes);
	fake_exchange_finish(&fake);
}

static void *serve_share(void *user)
{
	struct share *share = user;
	for (int i = 0; i < STRESS_EXCHANGES / STRESS_THREADS; i++) {
		serve_one(share);
	}
	return NULL;
}

static void stress_start(struct stress *stress, struct fake_server *server)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	memset(stress, 0, sizeof *stress);
	pthread_mutex_init(&stress->lock, NULL);
	pthread_cond_init(&stress->changed, NULL);
	fake_server_start(server, FAKE_HELD, NULL);
	mcpauth_chain_insecure_allow_everybody(server->chain);
	stage.on_request = wait_for_somebody;
	stage.user = stress;
	CHECK_OK(mcpauth_chain_add_stage(server->chain, MCPAUTH_STAGE_FIRST, &stage, &err));
}

static void stress_stop(struct stress *stress, pthread_t *threads)
{
	pthread_mutex_lock(&stress->lock);
	stress->is_over = true;
	pthread_cond_broadcast(&stress->changed);
	pthread_mutex_unlock(&stress->lock);
	for (int i = 0; i < STRESS_THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	pthread_cond_destroy(&stress->changed);
	pthread_mutex_destroy(&stress->lock);
}

/* Serve a thousand exchanges; drain in their midst if `drain_after` ms is not 0.
 * @return what became of them all */
static struct share run_stress(enum mcpauth__wait_mode wait_mode, bool breaks, long drain_after)
{
	static struct stress stress;
	struct fake_server server;
	struct share shares[STRESS_THREADS];
	struct share all = {0};
	pthread_t threads[STRESS_THREADS];
	stress_start(&stress, &server);
	for (int i = 0; i < STRESS_THREADS; i++) {
		shares[i] = (struct share){&server, &stress, wait_mode, breaks, 0, 0, 0, 0, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, continue_all, &stress), 0);
		assert_int_equal(
			pthread_create(&shares[i].thread, NULL, serve_share, &shares[i]), 0);
	}
	if (drain_after > 0) {
		nanosleep(&(struct timespec){.tv_nsec = drain_after * 1000000}, NULL);
		mcpauth_chain_drain(server.chain, 0);
	}
	for (int i = 0; i < STRESS_THREADS; i++) {
		pthread_join(shares[i].thread, NULL);
		all.passed += shares[i].passed;
		all.refused += shares[i].refused;
		all.broken += shares[i].broken;
		all.unequal += shares[i].unequal;
	}
	assert_int_equal(mcpauth_chain_drain(server.chain, 20000), 0);
	assert_null(server.chain->waiters);
	fake_server_stop(&server);
	stress_stop(&stress, threads);
	return all;
}

static void a_thousand_are_continued_at_random_moments(void **state)
{
	(void)state;
	struct share all = run_stress(MCPAUTH__WAITS_SUSPENDED, false, 0);
	assert_int_equal(all.passed, STRESS_EXCHANGES);
	assert_int_equal(all.unequal, 0);
}

static void a_thousand_block_and_are_continued(void **state)
{
	(void)state;
	struct share all = run_stress(MCPAUTH__WAITS_BLOCKED, false, 0);
	assert_int_equal(all.passed, STRESS_EXCHANGES);
}

static void a_thousand_are_drained_in_their_midst(void **state)
{
	(void)state;
	struct share all = run_stress(MCPAUTH__WAITS_SUSPENDED, false, 10);
	assert_int_equal(all.passed + all.refused, STRESS_EXCHANGES);
	assert_true(all.refused > 0);
	assert_int_equal(all.unequal, 0);
}

static void a_thousand_that_block_are_drained_in_their_midst(void **state)
{
	(void)state;
	struct share all = run_stress(MCPAUTH__WAITS_BLOCKED, false, 10);
	assert_int_equal(all.passed + all.refused, STRESS_EXCHANGES);
	assert_true(all.refused > 0);
}

static void a_thousand_break_now_and_then(void **state)
{
	(void)state;
	struct share all = run_stress(MCPAUTH__WAITS_SUSPENDED, true, 0);
	assert_int_equal(all.passed + all.broken, STRESS_EXCHANGES);
	assert_true(all.broken > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thousand_are_continued_at_random_moments),
		cmocka_unit_test(a_thousand_block_and_are_continued),
		cmocka_unit_test(a_thousand_are_drained_in_their_midst),
		cmocka_unit_test(a_thousand_that_block_are_drained_in_their_midst),
		cmocka_unit_test(a_thousand_break_now_and_then),
	};
	return cmocka_run_group_tests_name("exchange_stress", tests, NULL, NULL);
}
