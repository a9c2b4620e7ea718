/* Forgetting verified and refused tokens: which go, and that none comes back. */
#include "token/cache.h"
#include "token/refused.h"

#include "base/hash.h"
#include "base/json.h"
#include "support/check.h"
#include "support/token_key.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A cache, and what its identities are made with. */
struct fixture {
	struct mcpauth__identity_pool *pool;
	struct mcpauth__cache *cache;
	struct mcpauth__claim_policy policy;
};

static void start(struct fixture *fixture, unsigned entries)
{
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	*fixture = (struct fixture){
		.pool = mcpauth__identity_pool_new(), .cache = mcpauth__cache_new(entries)};
	assert_non_null(fixture->pool);
	assert_non_null(fixture->cache);
	assert_true(mcpauth__claim_policy_init(&fixture->policy, &usual));
}

static void stop(struct fixture *fixture)
{
	mcpauth__cache_free(fixture->cache);
	mcpauth__identity_pool_free(fixture->pool);
	mcpauth__claim_policy_finish(&fixture->policy);
}

static struct mcpauth__digest_key key_of(const char *token, uint64_t trust)
{
	return token_key(token, strlen(token), trust);
}

static struct mcpauth__identity *make(struct fixture *fixture, const char *resource)
{
	struct mcpauth__jws jws;
	struct mcpauth__identity_parts parts = {
		.pool = fixture->pool, .policy = &fixture->policy, .resource = resource};
	struct mcpauth__identity *identity = NULL;
	CHECK_OK(mcpauth__jws_from_claims("{}", 2, &jws, &err));
	CHECK_OK(mcpauth__identity_new(&jws, &parts, &identity, &err));
	return identity;
}

/* Remember that this token is good, and for which resource. */
static void remember(
	struct fixture *fixture, const char *token, uint64_t trust, const char *resource)
{
	struct mcpauth__cache_entry entry = {
		.key = key_of(token, trust), .until = 1000, .identity = make(fixture, resource)};
	assert_true(mcpauth__cache_put(fixture->cache, &entry));
	mcpauth__identity_free(entry.identity);
}

static bool knows(struct fixture *fixture, const char *token, uint64_t trust)
{
	struct mcpauth__digest_key key = key_of(token, trust);
	struct mcpauth__identity *found = mcpauth__cache_find(fixture->cache, &key, 0);
	mcpauth__identity_free(found);
	return found != NULL;
}

static bool is_for(
	const struct mcpauth__identity *identity, const unsigned char *digest, void *user)
{
	(void)digest;
	return strcmp(identity->resource, user) == 0;
}

static bool has_digest(
	const struct mcpauth__identity *identity, const unsigned char *digest, void *user)
{
	(void)identity;
	return memcmp(digest, user, MCPAUTH__SHA256_SIZE) == 0;
}

static void forgets_by_what_a_token_says(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 64);
	remember(&fixture, "a", 1, "mine");
	remember(&fixture, "b", 1, "yours");
	remember(&fixture, "c", 2, "mine");
	assert_int_equal(mcpauth__cache_forget(fixture.cache, is_for, "nobody's"), 0);
	assert_int_equal(mcpauth__cache_forget(fixture.cache, is_for, "mine"), 2);
	assert_false(knows(&fixture, "a", 1) || knows(&fixture, "c", 2));
	assert_true(knows(&fixture, "b", 1));
	assert_int_equal(mcpauth__cache_forget(fixture.cache, is_for, "mine"), 0);
	stop(&fixture);
}

static void forgets_a_token_for_all_who_trust_it(void **state)
{
	(void)state;
	struct fixture fixture;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	start(&fixture, 64);
	remember(&fixture, "a", 1, "first");
	remember(&fixture, "a", 2, "second");
	remember(&fixture, "b", 1, "first");
	assert_true(mcpauth__sha256("a", 1, digest));
	assert_int_equal(mcpauth__cache_forget(fixture.cache, has_digest, digest), 2);
	assert_false(knows(&fixture, "a", 1) || knows(&fixture, "a", 2));
	assert_true(knows(&fixture, "b", 1));
	stop(&fixture);
}

static void drops_a_single_entry(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth__digest_key key = key_of("a", 1);
	start(&fixture, 64);
	remember(&fixture, "a", 1, "mine");
	remember(&fixture, "a", 2, "mine");
	assert_true(mcpauth__cache_drop(fixture.cache, &key));
	assert_false(knows(&fixture, "a", 1));
	assert_true(knows(&fixture, "a", 2));
	assert_false(mcpauth__cache_drop(fixture.cache, &key));
	stop(&fixture);
}

static void who_holds_what_is_forgotten_keeps_it(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth__digest_key key = key_of("a", 1);
	start(&fixture, 64);
	remember(&fixture, "a", 1, "mine");
	struct mcpauth__identity *held = mcpauth__cache_find(fixture.cache, &key, 0);
	assert_non_null(held);
	assert_true(mcpauth__cache_drop(fixture.cache, &key));
	assert_string_equal(held->resource, "mine");
	mcpauth__identity_free(held);
	stop(&fixture);
}

static void what_was_asked_before_a_forgetting_is_not_remembered_after_it(void **state)
{
	(void)state;
	static _Atomic uint64_t forgets;
	struct fixture fixture;
	start(&fixture, 64);
	struct mcpauth__cache_entry entry = {.key = key_of("a", 1),
		.until = 1000,
		.identity = make(&fixture, "mine"),
		.forgets = {&forgets, atomic_load(&forgets)}};
	atomic_fetch_add(&forgets, 1);
	assert_false(mcpauth__cache_put(fixture.cache, &entry));
	assert_false(knows(&fixture, "a", 1));
	entry.forgets.was = 1;
	assert_true(mcpauth__cache_put(fixture.cache, &entry));
	assert_true(knows(&fixture, "a", 1));
	mcpauth__identity_free(entry.identity);
	stop(&fixture);
}

static void a_refusal_is_forgotten_by_its_token(void **state)
{
	(void)state;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	struct mcpauth_error why = {.code = MCPAUTH_E_AUDIENCE, .message = "why"};
	struct mcpauth__refused *refused = mcpauth__refused_new();
	struct mcpauth__refused_entry entries[] = {
		{.key = key_of("a", 1), .until = 1000, .why = &why},
		{.key = key_of("a", 2), .until = 1000, .why = &why},
		{.key = key_of("b", 1), .until = 1000, .why = &why},
	};
	assert_non_null(refused);
	for (size_t i = 0; i < 3; i++) {
		mcpauth__refused_put(refused, &entries[i]);
	}
	assert_true(mcpauth__sha256("a", 1, digest));
	assert_int_equal(mcpauth__refused_forget(refused, digest), 2);
	CHECK_OK(mcpauth__refused_find(refused, &entries[0].key, 0, 0, &err));
	CHECK_OK(mcpauth__refused_find(refused, &entries[1].key, 0, 0, &err));
	CHECK_CODE(MCPAUTH_E_AUDIENCE, mcpauth__refused_find(refused, &entries[2].key, 0, 0, &err));
	assert_int_equal(mcpauth__refused_forget(refused, digest), 0);
	mcpauth__refused_free(refused);
}

#define VERIFIERS 3
#define FORGETTINGS 1000
#define TOKENS 6

/** What an authorization server says changes with each version; who forgets wants that
 * nobody is told an older one afterwards. */
struct crowd {
	struct fixture fixture;
	struct mcpauth__digest_key keys[TOKENS];
	_Atomic uint64_t forgets;
	atomic_uint version;   /* what the server says now */
	atomic_uint forgotten; /* all below this one are, by a forgetting that is over */
	atomic_bool over;
	atomic_uint stale;
	atomic_uint hits;
	atomic_uint kept_out;
};

static void judge_anew(struct crowd *crowd, unsigned token)
{
	char said[16];
	uint64_t forgets = atomic_load(&crowd->forgets);
	snprintf(said, sizeof said, "%u", atomic_load(&crowd->version));
	sched_yield();
	struct mcpauth__cache_entry entry = {
		.key = crowd->keys[token],
		.until = 1000,
		.identity = make(&crowd->fixture, said),
		.forgets = {&crowd->forgets, forgets},
	};
	if (!mcpauth__cache_put(crowd->fixture.cache, &entry)) {
		atomic_fetch_add(&crowd->kept_out, 1);
	}
	mcpauth__identity_free(entry.identity);
}

static void *verify(void *argument)
{
	struct crowd *crowd = argument;
	for (unsigned i = 0; !atomic_load(&crowd->over); i++) {
		unsigned forgotten = atomic_load(&crowd->forgotten);
		struct mcpauth__identity *found = mcpauth__cache_find(
			crowd->fixture.cache, &crowd->keys[i % TOKENS], 0);
		if (found == NULL) {
			judge_anew(crowd, i % TOKENS);
			continue;
		}
		atomic_fetch_add(&crowd->hits, 1);
		if (strtoul(found->resource, NULL, 10) < forgotten) {
			atomic_fetch_add(&crowd->stale, 1);
		}
		mcpauth__identity_free(found);
	}
	return NULL;
}

static bool is_any(
	const struct mcpauth__identity *identity, const unsigned char *digest, void *user)
{
	(void)identity;
	(void)digest;
	(void)user;
	return true;
}

/* As mcpauth_forget_token() does it. */
static void forget_all(struct crowd *crowd)
{
	unsigned version = atomic_fetch_add(&crowd->version, 1) + 1;
	atomic_fetch_add(&crowd->forgets, 1);
	mcpauth__cache_forget(crowd->fixture.cache, is_any, NULL);
	atomic_store(&crowd->forgotten, version);
}

static void nobody_is_told_what_was_true_before_a_forgetting(void **state)
{
	(void)state;
	static const char *const names[TOKENS] = {"a", "b", "c", "d", "e", "f"};
	static struct crowd crowd;
	pthread_t threads[VERIFIERS];
	start(&crowd.fixture, 8);
	for (size_t i = 0; i < TOKENS; i++) {
		crowd.keys[i] = key_of(names[i], 1);
	}
	for (size_t i = 0; i < VERIFIERS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, verify, &crowd), 0);
	}
	for (unsigned i = 0; i < FORGETTINGS || crowd.hits == 0 || crowd.kept_out == 0; i++) {
		forget_all(&crowd);
		sched_yield();
	}
	atomic_store(&crowd.over, true);
	for (size_t i = 0; i < VERIFIERS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(crowd.stale, 0);
	stop(&crowd.fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forgets_by_what_a_token_says),
		cmocka_unit_test(forgets_a_token_for_all_who_trust_it),
		cmocka_unit_test(drops_a_single_entry),
		cmocka_unit_test(who_holds_what_is_forgotten_keeps_it),
		cmocka_unit_test(what_was_asked_before_a_forgetting_is_not_remembered_after_it),
		cmocka_unit_test(a_refusal_is_forgotten_by_its_token),
		cmocka_unit_test(nobody_is_told_what_was_true_before_a_forgetting),
	};
	return cmocka_run_group_tests_name("cache_forget", tests, NULL, NULL);
}
