/* The cache of verified tokens. */
#include "token/cache.h"

#include "token/verdict.h"

#include <stdlib.h>

#define TRIES 4

/* What a record says behind how long that holds. */
enum {
	IDENTITY = MCPAUTH__VERDICT_WORDS,
	RECORD_WORDS
};

struct mcpauth__cache {
	struct mcpauth__digest_table *table;
};

struct mcpauth__cache *mcpauth__cache_new(unsigned entries)
{
	struct mcpauth__cache *cache = calloc(1, sizeof *cache);
	if (cache == NULL) {
		return NULL;
	}
	cache->table = mcpauth__digest_table_new(entries, RECORD_WORDS, 0);
	if (cache->table == NULL) {
		free(cache);
		return NULL;
	}
	return cache;
}

static struct mcpauth__identity *identity_of(const uint64_t *record)
{
	return (struct mcpauth__identity *)(uintptr_t)record[IDENTITY];
}

static void let_go(const uint64_t *record)
{
	mcpauth__identity_free(identity_of(record));
}

void mcpauth__cache_free(struct mcpauth__cache *cache)
{
	if (cache == NULL) {
		return;
	}
	mcpauth__digest_table_each(cache->table, let_go);
	mcpauth__digest_table_free(cache->table);
	free(cache);
}

/* The identity of a record may be let go, and its place given to another, between
 * the look at the record and the attempt to take a reference. Three things make
 * that attempt safe:
 * - its memory is an identity as long as the pool lives, which the cache's owner
 *   holds, so that the counter may be looked at whatever became of it;
 * - a counter that is zero is left alone: it belongs to whoever makes or frees it;
 * - if it is another token's identity by now, the table let go of the old one
 *   before, and did that after it changed the record. The reference read what the
 *   new owner released, so that change is visible, and the stamp shows it. */
struct mcpauth__identity *mcpauth__cache_find(
	struct mcpauth__cache *cache, const struct mcpauth__digest_key *key, int64_t now)
{
	uint64_t record[RECORD_WORDS];
	struct mcpauth__digest_stamp stamp;
	for (int i = 0; i < TRIES; i++) {
		if (!mcpauth__digest_table_find(cache->table, key, record, &stamp)
			|| !mcpauth__verdict_holds(record, now)) {
			return NULL;
		}
		struct mcpauth__identity *found = mcpauth__identity_try_ref(identity_of(record));
		if (found != NULL && mcpauth__digest_table_is_unchanged(&stamp)) {
			return found;
		}
		mcpauth__identity_free(found);
	}
	return NULL;
}

/* Whoever forgets grows the count first and goes through the buckets afterwards; who
 * puts looks at the count while he holds the bucket's lock. One of two things has
 * happened then:
 * - he had the lock before the one who forgets: his entry is there to be found by him,
 *   and goes before the forgetting is over;
 * - he had it later: then he sees what the other did before he gave the lock back, so
 *   the grown count, and puts nothing.
 * To put, look at the count and take the entry out again would not do: between the two
 * somebody who comes after the forgetting could find it. */
bool mcpauth__cache_put(struct mcpauth__cache *cache, const struct mcpauth__cache_entry *entry)
{
	uint64_t former[RECORD_WORDS];
	uint64_t record[RECORD_WORDS] = {
		[MCPAUTH__VERDICT_UNTIL] = (uint64_t)entry->until,
		[MCPAUTH__VERDICT_GENERATION] = entry->generation,
		[MCPAUTH__VERDICT_ISSUER] = (uintptr_t)entry->issuer,
		[IDENTITY] = (uintptr_t)mcpauth__identity_ref(entry->identity),
	};
	bool good = mcpauth__digest_table_put_guarded(
		cache->table, &entry->key, record, &entry->forgets, former);
	let_go(good ? former : record);
	return good;
}

struct question {
	mcpauth__cache_concerns_fn concerns;
	void *user;
};

/* The record's reference keeps the identity: who replaces it must have the lock. */
static bool is_concerned(const struct mcpauth__digest_key *key, const uint64_t *record, void *user)
{
	const struct question *question = user;
	return question->concerns(
		identity_of(record), (const unsigned char *)key->words, question->user);
}

static void let_gone_go(const uint64_t *former, void *user)
{
	(void)user;
	let_go(former);
}

size_t mcpauth__cache_forget(
	struct mcpauth__cache *cache, mcpauth__cache_concerns_fn concerns, void *user)
{
	struct question question = {concerns, user};
	struct mcpauth__digest_removal removal = {
		.concerns = is_concerned, .gone = let_gone_go, .user = &question};
	return mcpauth__digest_table_remove_all(cache->table, &removal);
}

bool mcpauth__cache_drop(struct mcpauth__cache *cache, const struct mcpauth__digest_key *key)
{
	uint64_t former[RECORD_WORDS];
	bool found = mcpauth__digest_table_remove(cache->table, key, former);
	let_go(former);
	return found;
}
