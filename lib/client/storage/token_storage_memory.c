/* Texts in memory. */
#include "client/storage/token_storage_int.h"

#include "base/error_int.h"
#include "base/wipe.h"
#include "base/words.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct entry *next;
	char *key;
	char *text;
};

struct memory {
	pthread_mutex_t lock;
	struct entry *first;
};

static void free_entry(struct entry *entry)
{
	if (entry->text != NULL) {
		mcpauth__wipe(entry->text, strlen(entry->text));
	}
	free(entry->text);
	free(entry->key);
	free(entry);
}

/* Where the entry hangs, or would. */
static struct entry **place_of(struct memory *memory, const char *key)
{
	struct entry **at = &memory->first;
	while (*at != NULL && strcmp((*at)->key, key) != 0) {
		at = &(*at)->next;
	}
	return at;
}

static enum mcpauth_code load(
	void *user, const char *key, struct mcpauth__buf *text, struct mcpauth_error *err)
{
	struct memory *memory = user;
	pthread_mutex_lock(&memory->lock);
	const struct entry *entry = *place_of(memory, key);
	bool good = entry == NULL || mcpauth__buf_puts(text, entry->text);
	pthread_mutex_unlock(&memory->lock);
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static struct entry *new_entry(const char *key, const char *text)
{
	struct entry *entry = calloc(1, sizeof *entry);
	if (entry == NULL) {
		return NULL;
	}
	entry->key = mcpauth__strdup(key);
	entry->text = mcpauth__strdup(text);
	if (entry->key == NULL || entry->text == NULL) {
		free_entry(entry);
		return NULL;
	}
	return entry;
}

/* @param entry  NULL: nothing comes in its place */
static void replace(struct memory *memory, const char *key, struct entry *entry)
{
	pthread_mutex_lock(&memory->lock);
	struct entry **at = place_of(memory, key);
	struct entry *old = *at;
	struct entry *next = old != NULL ? old->next : NULL;
	*at = next;
	if (entry != NULL) {
		entry->next = next;
		*at = entry;
	}
	pthread_mutex_unlock(&memory->lock);
	if (old != NULL) {
		free_entry(old);
	}
}

static enum mcpauth_code save(
	void *user, const char *key, const char *text, struct mcpauth_error *err)
{
	struct entry *entry = text != NULL ? new_entry(key, text) : NULL;
	if (entry == NULL && text != NULL) {
		return mcpauth__no_memory(err);
	}
	replace(user, key, entry);
	return MCPAUTH_OK;
}

static void release(void *user)
{
	struct memory *memory = user;
	while (memory->first != NULL) {
		struct entry *entry = memory->first;
		memory->first = entry->next;
		free_entry(entry);
	}
	pthread_mutex_destroy(&memory->lock);
	free(memory);
}

enum mcpauth_code mcpauth_token_storage_new_memory(
	struct mcpauth_token_storage **storage, struct mcpauth_error *err)
{
	struct memory *memory = calloc(1, sizeof *memory);
	*storage = NULL;
	if (memory == NULL) {
		return mcpauth__no_memory(err);
	}
	if (pthread_mutex_init(&memory->lock, NULL) != 0) {
		free(memory);
		return mcpauth__no_memory(err);
	}
	struct mcpauth__keeper keeper = {
		.load = load, .save = save, .release = release, .user = memory};
	enum mcpauth_code code = mcpauth__token_storage_make(&keeper, storage, err);
	if (code != MCPAUTH_OK) {
		release(memory);
	}
	return code;
}
