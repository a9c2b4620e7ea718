/* Tokens that were verified a moment ago, known by their SHA-256 only. */
#ifndef MCPAUTH_TOKEN_CACHE_H
#define MCPAUTH_TOKEN_CACHE_H

#include "token/digest_table.h"
#include "token/identity.h"
#include "token/issuer_int.h"

/** Bounded; any thread. */
struct mcpauth__cache;

/** One verified token. */
struct mcpauth__cache_entry {
	struct mcpauth__digest_key key;
	struct mcpauth__issuer *issuer; /* whose keys verified it; NULL: none did */
	uint64_t generation;            /* of those keys */
	int64_t until;                  /* as mcpauth__clock_coarse() */
	struct mcpauth__identity *identity;
	/* How much was forgotten when the judges of the token were first asked, not when
	 * they answered: nothing is remembered if it is more now. {0}: nobody counts. */
	struct mcpauth__digest_guard forgets;
};

/** @param entries  at most so many. NULL without memory */
struct mcpauth__cache *mcpauth__cache_new(unsigned entries);

/** While nobody uses it. NULL is accepted. */
void mcpauth__cache_free(struct mcpauth__cache *cache);

/**
 * Look a token up, without a lock. What is too old, or was verified with keys
 * that are no longer the issuer's, is not found.
 *
 * @param key  whose issuers live: the trust in it is the caller's
 * @param now  as mcpauth__clock_coarse()
 * @return the caller's reference; or NULL
 */
struct mcpauth__identity *mcpauth__cache_find(
	struct mcpauth__cache *cache, const struct mcpauth__digest_key *key, int64_t now);

/** Remember one; the identity gets a reference of its own. The one that ends first
 * of its bucket makes room. @return false if something was forgotten meanwhile */
bool mcpauth__cache_put(struct mcpauth__cache *cache, const struct mcpauth__cache_entry *entry);

/** Does this token go? Asked with a lock held: must be quick, and leave the cache alone.
 * @param digest its SHA-256 */
typedef bool (*mcpauth__cache_concerns_fn)(
	const struct mcpauth__identity *identity, const unsigned char *digest, void *user);

/**
 * Forget all those tokens that are concerned, too old ones too. Any thread, while
 * others look tokens up.
 *
 * None of them is found once this has returned, if before it the count that guards
 * the entries was grown: see mcpauth__cache_put() in cache.c.
 *
 * @return how many were forgotten
 */
size_t mcpauth__cache_forget(
	struct mcpauth__cache *cache, mcpauth__cache_concerns_fn concerns, void *user);

/** Forget one. @return false if it was not remembered */
bool mcpauth__cache_drop(struct mcpauth__cache *cache, const struct mcpauth__digest_key *key);

#endif
