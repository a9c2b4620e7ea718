/* Many threads verify and fetch while others read what is counted: nothing is lost. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 8
#define EACH 150
#define KINDS 3

struct shared {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char *tokens[KINDS]; /* a good one, a forged one, none at all */
	atomic_bool ends;
	atomic_uint failed; /* how often a number was not what it has to be */
};

static uint64_t sum_of(const struct mcpauth_statistics *statistics)
{
	return statistics->remembered + statistics->refused + statistics->verified
		+ statistics->rejected + statistics->undecided;
}

static void *verify(void *argument)
{
	struct shared *shared = argument;
	for (unsigned i = 0; i < EACH; i++) {
		struct mcpauth_auth_info *info;
		mcpauth_verify(shared->auth, FAKE_RESOURCE, shared->tokens[i % KINDS], &info, NULL);
		mcpauth_auth_info_free(info);
		/* So that documents are fetched again, half of them in vain. */
		if (i % 30 == 29) {
			fake_issuer_set_down(shared->fake, i % 60 == 29);
			fake_issuer_advance_ms(shared->fake, 20000);
		}
	}
	return NULL;
}

static bool has_failed_without_trying(const struct mcpauth_statistics *statistics)
{
	return statistics->key_failures > statistics->key_fetches
		|| statistics->metadata_failures > statistics->metadata_fetches
		|| statistics->introspection_failures > statistics->introspections;
}

static void *read_on(void *argument)
{
	struct shared *shared = argument;
	struct mcpauth_statistics before = MCPAUTH_STATISTICS_INIT;
	while (!atomic_load(&shared->ends)) {
		struct mcpauth_statistics now = MCPAUTH_STATISTICS_INIT;
		mcpauth_statistics_read(shared->auth, &now);
		if (has_failed_without_trying(&now) || sum_of(&now) < sum_of(&before)
			|| now.key_fetches < before.key_fetches
			|| now.metadata_failures < before.metadata_failures) {
			atomic_fetch_add(&shared->failed, 1);
		}
		before = now;
	}
	return NULL;
}

static void run(struct shared *shared)
{
	pthread_t reader;
	pthread_t threads[THREADS];
	assert_int_equal(pthread_create(&reader, NULL, read_on, shared), 0);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, verify, shared), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	atomic_store(&shared->ends, true);
	pthread_join(reader, NULL);
}

static void each_verification_is_in_one_number(void **state)
{
	(void)state;
	struct shared shared = {.fake = fake_issuer_new()};
	struct mcpauth_statistics statistics = MCPAUTH_STATISTICS_INIT;
	shared.auth = fake_issuer_auth(shared.fake, NULL, NULL);
	shared.tokens[0] = fake_issuer_token(
		shared.fake, &(struct fake_token){.lifetime = 1000000});
	shared.tokens[1] = fake_issuer_token(
		shared.fake, &(struct fake_token){.lifetime = 1000000, .number = 1});
	shared.tokens[2] = strdup("none");
	mcpauth_statistics_read(shared.auth, &statistics);
	run(&shared);
	mcpauth_statistics_read(shared.auth, &statistics);
	assert_int_equal(sum_of(&statistics), THREADS * EACH);
	assert_int_equal(shared.failed, 0);
	assert_int_equal(statistics.waiting, 0);
	assert_true(statistics.key_fetches > 0);
	assert_true(statistics.rejected >= THREADS * EACH / KINDS);
	for (size_t i = 0; i < KINDS; i++) {
		free(shared.tokens[i]);
	}
	mcpauth_free(shared.auth);
	fake_issuer_free(shared.fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_verification_is_in_one_number),
	};
	return cmocka_run_group_tests_name("statistics_threads", tests, NULL, NULL);
}
