/* Keeps todos in an array in the order in which they came, behind one lock. */
#define _POSIX_C_SOURCE 200809L

#include "store.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The strings lie behind the todo, in the same block. */
struct entry {
	struct todo todo;
	char text[];
};

struct todo_store {
	pthread_mutex_t lock; /* over all that follows */
	size_t count;
	struct entry *entries[TODOS_MAX];
};

struct todo_store *todo_store_new(void)
{
	struct todo_store *store = calloc(1, sizeof *store);
	if (store == NULL || pthread_mutex_init(&store->lock, NULL) != 0) {
		free(store);
		return NULL;
	}
	return store;
}

void todo_store_free(struct todo_store *store)
{
	if (store == NULL) {
		return;
	}
	for (size_t i = 0; i < store->count; i++) {
		free(store->entries[i]);
	}
	pthread_mutex_destroy(&store->lock);
	free(store);
}

/* 60 random bits in letters and digits that people do not mix up: too many to
 * guess, and so many that none comes twice. */
static bool make_id(char id[TODO_ID_LENGTH + 1])
{
	static const char digits[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char random[TODO_ID_LENGTH];
	if (gnutls_rnd(GNUTLS_RND_KEY, random, sizeof random) != 0) {
		return false;
	}
	for (size_t i = 0; i < sizeof random; i++) {
		id[i] = digits[random[i] % 32];
	}
	id[TODO_ID_LENGTH] = '\0';
	return true;
}

static bool name_moment(char text[TODO_TIME_LENGTH + 1])
{
	time_t now = time(NULL);
	struct tm utc;
	return gmtime_r(&now, &utc) != NULL
		&& strftime(text, TODO_TIME_LENGTH + 1, "%Y-%m-%dT%H:%M:%SZ", &utc) != 0;
}

static const char *append(char **end, const char *text)
{
	const char *start = *end;
	*end = stpcpy(*end, text) + 1;
	return start;
}

/* NULL without memory. */
static struct entry *new_entry(const struct todo *todo)
{
	size_t length = strlen(todo->content) + strlen(todo->owner.issuer)
		+ strlen(todo->owner.subject) + 3;
	struct entry *entry = malloc(sizeof *entry + length);
	if (entry == NULL) {
		return NULL;
	}
	char *end = entry->text;
	entry->todo = *todo;
	entry->todo.content = append(&end, todo->content);
	entry->todo.owner.issuer = append(&end, todo->owner.issuer);
	entry->todo.owner.subject = append(&end, todo->owner.subject);
	return entry;
}

static bool belongs_to(const struct entry *entry, const struct todo_owner *owner)
{
	return owner == NULL
		|| (strcmp(entry->todo.owner.issuer, owner->issuer) == 0
			&& strcmp(entry->todo.owner.subject, owner->subject) == 0);
}

static size_t count_of(const struct todo_store *store, const struct todo_owner *owner)
{
	size_t count = 0;
	for (size_t i = 0; i < store->count; i++) {
		count += belongs_to(store->entries[i], owner);
	}
	return count;
}

/* @param entry  taken if there is room */
static enum todo_outcome keep(struct todo_store *store, struct entry *entry)
{
	enum todo_outcome outcome = TODO_DONE;
	pthread_mutex_lock(&store->lock);
	if (count_of(store, &entry->todo.owner) >= TODOS_PER_OWNER) {
		outcome = TODO_OWNER_FULL;
	} else if (store->count == TODOS_MAX) {
		outcome = TODO_STORE_FULL;
	} else {
		store->entries[store->count++] = entry;
	}
	pthread_mutex_unlock(&store->lock);
	return outcome;
}

enum todo_outcome todo_store_create(struct todo_store *store, const struct todo_owner *owner,
	const char *content, struct todo *made)
{
	size_t length = strlen(content);
	*made = (struct todo){.content = content, .owner = *owner};
	if (length == 0 || length > TODO_CONTENT_MAX) {
		return TODO_BAD_CONTENT;
	}
	if (!make_id(made->id) || !name_moment(made->created)) {
		return TODO_BROKEN;
	}
	struct entry *entry = new_entry(made);
	if (entry == NULL) {
		return TODO_BROKEN;
	}
	enum todo_outcome outcome = keep(store, entry);
	if (outcome != TODO_DONE) {
		free(entry);
	}
	return outcome;
}

bool todo_store_walk(
	struct todo_store *store, const struct todo_owner *owner, todo_visit_fn visit, void *user)
{
	bool going = true;
	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; going && i < store->count; i++) {
		if (belongs_to(store->entries[i], owner)) {
			going = visit(&store->entries[i]->todo, user);
		}
	}
	pthread_mutex_unlock(&store->lock);
	return going;
}

/* Its place, or that behind the last one. */
static size_t find(const struct todo_store *store, const struct todo_owner *owner, const char *id)
{
	size_t i = 0;
	while (i < store->count
		&& (strcmp(store->entries[i]->todo.id, id) != 0
			|| !belongs_to(store->entries[i], owner))) {
		i++;
	}
	return i;
}

enum todo_outcome todo_store_delete(
	struct todo_store *store, const struct todo_owner *owner, const char *id)
{
	struct entry *gone = NULL;
	pthread_mutex_lock(&store->lock);
	size_t at = find(store, owner, id);
	if (at < store->count) {
		gone = store->entries[at];
		store->count--;
		memmove(&store->entries[at], &store->entries[at + 1],
			(store->count - at) * sizeof gone);
	}
	pthread_mutex_unlock(&store->lock);
	free(gone);
	return gone != NULL ? TODO_DONE : TODO_UNKNOWN;
}
