/* Identities in chunks that are never given back one by one. */
#include "token/identity_pool.h"

#include "token/identity.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 32

struct chunk {
	struct chunk *next;
	struct mcpauth__identity identities[CHUNK];
};

struct mcpauth__identity_pool {
	pthread_mutex_t lock;
	struct chunk *chunks;
	struct mcpauth__identity *spare; /* linked by `next` */
	size_t users;                    /* the owner, and each identity that is taken */
};

struct mcpauth__identity_pool *mcpauth__identity_pool_new(void)
{
	struct mcpauth__identity_pool *pool = calloc(1, sizeof *pool);
	if (pool == NULL) {
		return NULL;
	}
	pthread_mutex_init(&pool->lock, NULL);
	pool->users = 1;
	return pool;
}

static void destroy(struct mcpauth__identity_pool *pool)
{
	struct chunk *chunk = pool->chunks;
	while (chunk != NULL) {
		struct chunk *next = chunk->next;
		free(chunk);
		chunk = next;
	}
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* Whoever made the count zero was the last who knew the pool. */
static void leave(struct mcpauth__identity_pool *pool, struct mcpauth__identity *identity)
{
	pthread_mutex_lock(&pool->lock);
	if (identity != NULL) {
		identity->place.next = pool->spare;
		pool->spare = identity;
	}
	bool was_last = --pool->users == 0;
	pthread_mutex_unlock(&pool->lock);
	if (was_last) {
		destroy(pool);
	}
}

void mcpauth__identity_pool_free(struct mcpauth__identity_pool *pool)
{
	if (pool != NULL) {
		leave(pool, NULL);
	}
}

static bool grow(struct mcpauth__identity_pool *pool)
{
	struct chunk *chunk = calloc(1, sizeof *chunk);
	if (chunk == NULL) {
		return false;
	}
	chunk->next = pool->chunks;
	pool->chunks = chunk;
	for (size_t i = 0; i < CHUNK; i++) {
		struct mcpauth__identity *identity = &chunk->identities[i];
		atomic_init(&identity->place.refs, 0);
		identity->place.pool = pool;
		identity->place.next = pool->spare;
		pool->spare = identity;
	}
	return true;
}

/* All but its place, at whose counter somebody may be looking. */
static void clear(struct mcpauth__identity *identity)
{
	_Static_assert(offsetof(struct mcpauth__identity, place) == 0, "all the rest follows");
	size_t kept = sizeof identity->place;
	memset((char *)identity + kept, 0, sizeof *identity - kept);
}

struct mcpauth__identity *mcpauth__identity_pool_take(struct mcpauth__identity_pool *pool)
{
	struct mcpauth__identity *taken = NULL;
	pthread_mutex_lock(&pool->lock);
	if (pool->spare != NULL || grow(pool)) {
		taken = pool->spare;
		pool->spare = taken->place.next;
		pool->users++;
	}
	pthread_mutex_unlock(&pool->lock);
	if (taken != NULL) {
		clear(taken);
	}
	return taken;
}

void mcpauth__identity_pool_give(struct mcpauth__identity *identity)
{
	leave(identity->place.pool, identity);
}
