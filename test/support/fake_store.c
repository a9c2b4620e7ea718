/* A store that is a list of keys and values. */
#include "support/fake_store.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 64
#define HELD_MAX 2048
#define OPERATIONS 5

struct entry {
	char key[160];
	char *value; /* NULL: there is none any more */
	unsigned seconds;
};

struct fake_store {
	pthread_mutex_t lock; /* for all that follows */
	enum fake_store_mode mode;
	struct entry entries[ENTRIES_MAX];
	size_t entry_count;
	struct mcpauth_store_request *held[HELD_MAX];
	unsigned held_count;
	unsigned asked[OPERATIONS];
};

static void need(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "fake store: %s failed\n", what);
		abort();
	}
}

struct fake_store *fake_store_new(void)
{
	struct fake_store *store = calloc(1, sizeof *store);
	need(store != NULL, "allocating");
	need(pthread_mutex_init(&store->lock, NULL) == 0, "making a lock");
	return store;
}

void fake_store_free(struct fake_store *store)
{
	fake_store_release(store);
	for (size_t i = 0; i < store->entry_count; i++) {
		free(store->entries[i].value);
	}
	pthread_mutex_destroy(&store->lock);
	free(store);
}

void fake_store_set_mode(struct fake_store *store, enum fake_store_mode mode)
{
	pthread_mutex_lock(&store->lock);
	store->mode = mode;
	pthread_mutex_unlock(&store->lock);
}

/* Under the lock. */
static struct entry *find(struct fake_store *store, const char *key)
{
	for (size_t i = 0; i < store->entry_count; i++) {
		if (strcmp(store->entries[i].key, key) == 0) {
			return &store->entries[i];
		}
	}
	return NULL;
}

/* Under the lock. */
static void set(struct fake_store *store, const struct mcpauth_store_request *request)
{
	size_t length;
	const char *key = mcpauth_store_key(request);
	const char *value = mcpauth_store_value(request, &length);
	struct entry *entry = find(store, key);
	if (entry == NULL) {
		need(store->entry_count < ENTRIES_MAX, "storing");
		entry = &store->entries[store->entry_count++];
		snprintf(entry->key, sizeof entry->key, "%s", key);
	}
	free(entry->value);
	entry->value = strndup(value, length);
	entry->seconds = mcpauth_store_seconds(request);
	need(entry->value != NULL, "allocating");
}

/* Under the lock. */
static enum mcpauth_store_outcome change(
	struct fake_store *store, const struct mcpauth_store_request *request)
{
	struct entry *entry = find(store, mcpauth_store_key(request));
	bool is_there = entry != NULL && entry->value != NULL;
	if (mcpauth_store_operation(request) == MCPAUTH_STORE_DELETE) {
		if (is_there) {
			free(entry->value);
			entry->value = NULL;
		}
		return MCPAUTH_STORE_DONE;
	}
	if (mcpauth_store_operation(request) == MCPAUTH_STORE_ADD && is_there) {
		return MCPAUTH_STORE_EXISTS;
	}
	set(store, request);
	return MCPAUTH_STORE_DONE;
}

/* Under the lock. */
static char *look_up(struct fake_store *store, const char *key)
{
	const struct entry *entry = find(store, key);
	char *value = entry != NULL && entry->value != NULL ? strdup(entry->value) : NULL;
	need(value != NULL || entry == NULL || entry->value == NULL, "allocating");
	return value;
}

/* The answers are given without the lock: they can lead to the next question. */
static void answer(struct fake_store *store, struct mcpauth_store_request *request)
{
	char *value = NULL;
	enum mcpauth_store_outcome outcome = MCPAUTH_STORE_ABSENT;
	pthread_mutex_lock(&store->lock);
	if (mcpauth_store_operation(request) == MCPAUTH_STORE_GET) {
		value = look_up(store, mcpauth_store_key(request));
	} else {
		outcome = change(store, request);
	}
	pthread_mutex_unlock(&store->lock);
	if (value != NULL) {
		mcpauth_store_found(request, value, strlen(value));
	} else {
		mcpauth_store_done(request, outcome);
	}
	free(value);
}

void fake_store_carry_out(struct mcpauth_store_request *request, void *user)
{
	struct fake_store *store = user;
	pthread_mutex_lock(&store->lock);
	enum fake_store_mode mode = store->mode;
	store->asked[0]++;
	store->asked[mcpauth_store_operation(request)]++;
	if (mode == FAKE_STORE_HOLDS) {
		need(store->held_count < HELD_MAX, "holding");
		store->held[store->held_count++] = request;
	}
	pthread_mutex_unlock(&store->lock);
	if (mode == FAKE_STORE_ANSWERS) {
		answer(store, request);
	} else if (mode == FAKE_STORE_IS_DOWN) {
		mcpauth_store_done(request, MCPAUTH_STORE_FAILED);
	}
}

static struct mcpauth_store_request *take_held(struct fake_store *store)
{
	struct mcpauth_store_request *taken = NULL;
	pthread_mutex_lock(&store->lock);
	if (store->held_count > 0) {
		taken = store->held[0];
		store->held_count--;
		memmove(store->held, store->held + 1, store->held_count * sizeof taken);
	}
	pthread_mutex_unlock(&store->lock);
	return taken;
}

void fake_store_release(struct fake_store *store)
{
	struct mcpauth_store_request *request;
	while ((request = take_held(store)) != NULL) {
		answer(store, request);
	}
}

unsigned fake_store_held(struct fake_store *store)
{
	pthread_mutex_lock(&store->lock);
	unsigned count = store->held_count;
	pthread_mutex_unlock(&store->lock);
	return count;
}

unsigned fake_store_asked(struct fake_store *store, enum mcpauth_store_operation operation)
{
	pthread_mutex_lock(&store->lock);
	unsigned count = store->asked[operation];
	pthread_mutex_unlock(&store->lock);
	return count;
}

/* Under the lock. The first that is there at or behind this one. */
static struct entry *next_like(struct fake_store *store, size_t from, const char *prefix)
{
	for (size_t i = from; i < store->entry_count; i++) {
		struct entry *entry = &store->entries[i];
		if (entry->value != NULL && strncmp(entry->key, prefix, strlen(prefix)) == 0) {
			return entry;
		}
	}
	return NULL;
}

static struct entry *only_like(struct fake_store *store, const char *prefix)
{
	pthread_mutex_lock(&store->lock);
	struct entry *found = next_like(store, 0, prefix);
	need(found == NULL
			|| next_like(store, (size_t)(found - store->entries) + 1, prefix) == NULL,
		"finding a single key");
	pthread_mutex_unlock(&store->lock);
	return found;
}

const char *fake_store_value(struct fake_store *store, const char *prefix)
{
	const struct entry *entry = only_like(store, prefix);
	return entry != NULL ? entry->value : "";
}

unsigned fake_store_seconds(struct fake_store *store, const char *prefix)
{
	const struct entry *entry = only_like(store, prefix);
	return entry != NULL ? entry->seconds : 0;
}

const char *fake_store_key(struct fake_store *store, const char *prefix)
{
	const struct entry *entry = only_like(store, prefix);
	return entry != NULL ? entry->key : "";
}

void fake_store_replace(struct fake_store *store, const char *prefix, const char *value)
{
	struct entry *entry = only_like(store, prefix);
	need(entry != NULL, "replacing");
	pthread_mutex_lock(&store->lock);
	free(entry->value);
	entry->value = strdup(value);
	need(entry->value != NULL, "allocating");
	pthread_mutex_unlock(&store->lock);
}

unsigned fake_store_count(struct fake_store *store, const char *prefix)
{
	unsigned count = 0;
	pthread_mutex_lock(&store->lock);
	struct entry *entry = next_like(store, 0, prefix);
	while (entry != NULL) {
		count++;
		entry = next_like(store, (size_t)(entry - store->entries) + 1, prefix);
	}
	pthread_mutex_unlock(&store->lock);
	return count;
}
