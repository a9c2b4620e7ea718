/* The todos of everybody: bounded, in memory, for any number of threads. */
#ifndef TODO_MANAGER_STORE_H
#define TODO_MANAGER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define TODOS_MAX 10000
#define TODOS_PER_OWNER 1000
#define TODO_CONTENT_MAX 4096 /* bytes */
#define TODO_ID_LENGTH 12
#define TODO_TIME_LENGTH 20

/** A subject is unique within its issuer only: both together name somebody. */
struct todo_owner {
	const char *issuer;
	const char *subject;
};

/** One todo, as it is shown to a caller. */
struct todo {
	char id[TODO_ID_LENGTH + 1];
	const char *content;
	struct todo_owner owner;
	char created[TODO_TIME_LENGTH + 1]; /**< UTC, as in 2026-01-31T12:00:00Z */
};

enum todo_outcome {
	TODO_DONE,
	TODO_BAD_CONTENT, /**< empty, or too long */
	TODO_OWNER_FULL,  /**< the owner has TODOS_PER_OWNER */
	TODO_STORE_FULL,  /**< all together have TODOS_MAX */
	TODO_UNKNOWN,     /**< there is none, or it is somebody else's */
	TODO_BROKEN       /**< no memory, or no randomness */
};

struct todo_store;

/** Look at one todo, which is borrowed for the call. Must not call the store.
 * @return false to end the walk */
typedef bool (*todo_visit_fn)(const struct todo *todo, void *user);

/** @return caller frees with todo_store_free(); NULL without memory */
struct todo_store *todo_store_new(void);

/** When no thread uses it any more. NULL is accepted. */
void todo_store_free(struct todo_store *store);

/**
 * Add a todo under an id that cannot be guessed.
 *
 * @param owner      copied
 * @param content    UTF-8, which is the caller's to see to; copied
 * @param[out] made  the todo; its content and owner are those given here
 */
enum todo_outcome todo_store_create(struct todo_store *store, const struct todo_owner *owner,
	const char *content, struct todo *made);

/**
 * Visit todos, the oldest first.
 *
 * @param owner  whose; NULL for everybody's
 * @return whether every visit said true
 */
bool todo_store_walk(
	struct todo_store *store, const struct todo_owner *owner, todo_visit_fn visit, void *user);

/**
 * Delete a todo.
 *
 * @param owner  whose it must be: somebody else's is answered as if there were
 *               none; NULL for anybody's
 */
enum todo_outcome todo_store_delete(
	struct todo_store *store, const struct todo_owner *owner, const char *id);

#endif
