/* Many threads at a cache of four places: everyone finds his own token's identity. */
#include "token/cache.h"

#include "support/check.h"
#include "support/token_key.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define THREADS 8
#define ROUNDS 8000
#define TOKENS 12
#define KEPT 3

/* The linker puts the second before the first: whoever is about to take a reference
 * is held up just there, while others let go of what he has found. */
struct mcpauth__identity *__real_mcpauth__identity_try_ref(struct mcpauth__identity *identity);
struct mcpauth__identity *__wrap_mcpauth__identity_try_ref(struct mcpauth__identity *identity);

struct mcpauth__identity *__wrap_mcpauth__identity_try_ref(struct mcpauth__identity *identity)
{
	static atomic_uint calls;
	if (atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) % 3 == 0) {
		sched_yield();
	}
	return __real_mcpauth__identity_try_ref(identity);
}

/** What the threads share. Time passes with every round of any of them. */
struct crowd {
	struct mcpauth__identity_pool *pool;
	struct mcpauth__cache *cache;
	struct mcpauth__claim_policy policy;
	struct mcpauth__digest_key keys[TOKENS];
	_Atomic int64_t now;
	atomic_uint hits;
	atomic_uint wrong;
	atomic_uint failed;
};

static void start(struct crowd *crowd)
{
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	*crowd = (struct crowd){
		.pool = mcpauth__identity_pool_new(), .cache = mcpauth__cache_new(4)};
	assert_non_null(crowd->pool);
	assert_non_null(crowd->cache);
	assert_true(mcpauth__claim_policy_init(&crowd->policy, &usual));
	for (unsigned i = 0; i < TOKENS; i++) {
		crowd->keys[i] = token_key(&i, sizeof i, 1);
	}
}

static void stop(struct crowd *crowd)
{
	mcpauth__cache_free(crowd->cache);
	mcpauth__identity_pool_free(crowd->pool);
	mcpauth__claim_policy_finish(&crowd->policy);
}

/* An identity whose resource is the name of its token. */
static struct mcpauth__identity *make(struct crowd *crowd, const char *name)
{
	struct mcpauth__jws jws;
	struct mcpauth__identity_parts parts = {
		.pool = crowd->pool, .policy = &crowd->policy, .resource = name};
	struct mcpauth__identity *identity = NULL;
	if (mcpauth__jws_from_claims("{}", 2, &jws, NULL) != MCPAUTH_OK
		|| mcpauth__identity_new(&jws, &parts, &identity, NULL) != MCPAUTH_OK) {
		atomic_fetch_add(&crowd->failed, 1);
	}
	return identity;
}

/* The identity of a token, remembered or made. */
static struct mcpauth__identity *get(struct crowd *crowd, unsigned token, int64_t now)
{
	char name[16];
	snprintf(name, sizeof name, "token %u", token);
	struct mcpauth__identity *found = mcpauth__cache_find(
		crowd->cache, &crowd->keys[token], now);
	if (found != NULL) {
		atomic_fetch_add(&crowd->hits, 1);
		if (strcmp(found->resource, name) != 0) {
			atomic_fetch_add(&crowd->wrong, 1);
		}
		return found;
	}
	struct mcpauth__cache_entry entry = {
		.key = crowd->keys[token],
		.until = now + 1 + token * 8,
		.identity = make(crowd, name),
	};
	if (entry.identity != NULL) {
		mcpauth__cache_put(crowd->cache, &entry);
	}
	return entry.identity;
}

static void *come_and_go(void *argument)
{
	struct crowd *crowd = argument;
	struct mcpauth__identity *kept[KEPT] = {NULL};
	unsigned seed = (unsigned)(uintptr_t)kept >> 4;
	for (unsigned i = 0; i < ROUNDS; i++) {
		seed = seed * 1103515245u + 12345u;
		int64_t now = atomic_fetch_add(&crowd->now, 1);
		mcpauth__identity_free(kept[i % KEPT]);
		kept[i % KEPT] = get(crowd, (seed >> 16) % TOKENS, now);
	}
	for (unsigned i = 0; i < KEPT; i++) {
		mcpauth__identity_free(kept[i]);
	}
	return NULL;
}

static void everyone_finds_the_identity_of_his_token(void **state)
{
	(void)state;
	struct crowd crowd;
	pthread_t threads[THREADS];
	start(&crowd);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowd), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(crowd.wrong, 0);
	assert_int_equal(crowd.failed, 0);
	assert_in_range(crowd.hits, 1, THREADS * ROUNDS - TOKENS);
	stop(&crowd);
}

static void an_identity_outlives_cache_and_pool(void **state)
{
	(void)state;
	struct crowd crowd;
	start(&crowd);
	struct mcpauth__identity *one = get(&crowd, 1, 0);
	assert_non_null(one);
	struct mcpauth__identity *again = get(&crowd, 1, 0);
	assert_ptr_equal(one, again);
	mcpauth__identity_free(again);
	stop(&crowd);
	assert_string_equal(one->resource, "token 1");
	mcpauth__identity_free(one);
}

/* The storage is used again, so nobody may get hold of it by its old name. */
static void what_nobody_holds_is_not_to_be_had(void **state)
{
	(void)state;
	struct crowd crowd;
	start(&crowd);
	struct mcpauth__identity *one = make(&crowd, "one");
	assert_non_null(one);
	assert_ptr_equal(mcpauth__identity_try_ref(one), one);
	mcpauth__identity_free(one);
	mcpauth__identity_free(one);
	assert_null(mcpauth__identity_try_ref(one));
	struct mcpauth__identity *two = make(&crowd, "two");
	assert_ptr_equal(two, one);
	assert_string_equal(two->resource, "two");
	mcpauth__identity_free(two);
	stop(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everyone_finds_the_identity_of_his_token),
		cmocka_unit_test(an_identity_outlives_cache_and_pool),
		cmocka_unit_test(what_nobody_holds_is_not_to_be_had),
	};
	return cmocka_run_group_tests_name("cache_stress", tests, NULL, NULL);
}
