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
 * of its bucket makes room. */
void mcpauth__cache_put(struct mcpauth__cache *cache, const struct mcpauth__cache_entry *entry);

#endif
