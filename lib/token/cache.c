/* The cache of verified tokens: buckets of a few entries, one lock per group of buckets. */
#include "token/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 4
#define LOCKS 16

struct mcpauth__cache {
	pthread_mutex_t locks[LOCKS];
	size_t buckets; /* a power of two */
	struct mcpauth__cache_entry *entries;
};

struct mcpauth__cache *mcpauth__cache_new(unsigned entries)
{
	struct mcpauth__cache *cache = calloc(1, sizeof *cache);
	if (cache == NULL) {
		return NULL;
	}
	cache->buckets = 1;
	while (cache->buckets * 2 * WAYS <= entries) {
		cache->buckets *= 2;
	}
	cache->entries = calloc(cache->buckets * WAYS, sizeof *cache->entries);
	if (cache->entries == NULL) {
		free(cache);
		return NULL;
	}
	for (int i = 0; i < LOCKS; i++) {
		pthread_mutex_init(&cache->locks[i], NULL);
	}
	return cache;
}

void mcpauth__cache_free(struct mcpauth__cache *cache)
{
	if (cache == NULL) {
		return;
	}
	for (size_t i = 0; i < cache->buckets * WAYS; i++) {
		mcpauth__identity_free(cache->entries[i].identity);
	}
	for (int i = 0; i < LOCKS; i++) {
		pthread_mutex_destroy(&cache->locks[i]);
	}
	free(cache->entries);
	free(cache);
}

/* The digest is as good as random, so its first bytes choose the bucket. */
static size_t bucket_of(const struct mcpauth__cache *cache, const unsigned char *digest)
{
	size_t number;
	memcpy(&number, digest, sizeof number);
	return number & (cache->buckets - 1);
}

static bool same_token(const struct mcpauth__cache_entry *a, const struct mcpauth__cache_entry *b)
{
	return a->identity != NULL && a->trust == b->trust
		&& mcpauth__equal_bytes(a->digest, b->digest, sizeof a->digest);
}

static bool still_good(const struct mcpauth__cache_entry *entry, int64_t now)
{
	return now < entry->until
		&& (entry->without_keys
			|| entry->generation
				== mcpauth__key_source_generation(
					mcpauth__issuer_key_source(entry->issuer)));
}

struct mcpauth__identity *mcpauth__cache_find(
	struct mcpauth__cache *cache, const struct mcpauth__cache_entry *wanted, int64_t now)
{
	size_t bucket = bucket_of(cache, wanted->digest);
	struct mcpauth__cache_entry *ways = &cache->entries[bucket * WAYS];
	struct mcpauth__identity *found = NULL;
	pthread_mutex_lock(&cache->locks[bucket % LOCKS]);
	for (int i = 0; i < WAYS && found == NULL; i++) {
		if (same_token(&ways[i], wanted) && still_good(&ways[i], now)) {
			found = mcpauth__identity_ref(ways[i].identity);
		}
	}
	pthread_mutex_unlock(&cache->locks[bucket % LOCKS]);
	return found;
}

void mcpauth__cache_put(struct mcpauth__cache *cache, const struct mcpauth__cache_entry *entry)
{
	size_t bucket = bucket_of(cache, entry->digest);
	struct mcpauth__cache_entry *ways = &cache->entries[bucket * WAYS];
	pthread_mutex_lock(&cache->locks[bucket % LOCKS]);
	struct mcpauth__cache_entry *place = &ways[0];
	for (int i = 0; i < WAYS && !same_token(place, entry); i++) {
		if (ways[i].until < place->until || same_token(&ways[i], entry)) {
			place = &ways[i];
		}
	}
	struct mcpauth__identity *old = place->identity;
	*place = *entry;
	mcpauth__identity_ref(place->identity);
	pthread_mutex_unlock(&cache->locks[bucket % LOCKS]);
	mcpauth__identity_free(old);
}
