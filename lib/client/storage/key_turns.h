/* Threads that take turns, of each key one at a time, in the order in which they came. */
#ifndef MCPAUTH_STORAGE_KEY_TURNS_H
#define MCPAUTH_STORAGE_KEY_TURNS_H

#include <pthread.h>
#include <stdbool.h>

/** A part of whoever waits or has his turn. */
struct mcpauth__key_turn {
	const char *key; /* borrowed until the turn ends */
	pthread_t thread;
	struct mcpauth__key_turn *next;
};

/** Any thread. */
struct mcpauth__key_turns {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	struct mcpauth__key_turn *first; /* of a key the one that came first has its turn */
};

/** @return false if there is no lock to be had */
bool mcpauth__key_turns_init(struct mcpauth__key_turns *turns);

/** When nobody has a turn. */
void mcpauth__key_turns_finish(struct mcpauth__key_turns *turns);

/** Wait until it is his turn. @param turn  with its key; borrowed until it ends */
void mcpauth__key_turns_begin(struct mcpauth__key_turns *turns, struct mcpauth__key_turn *turn);

/** It is over. */
void mcpauth__key_turns_end(struct mcpauth__key_turns *turns, struct mcpauth__key_turn *turn);

/** Is it this thread's turn? Then it would wait for itself. */
bool mcpauth__key_turns_is_mine(struct mcpauth__key_turns *turns, const char *key);

/** Whose turn it is. Borrowed; NULL: nobody's. */
struct mcpauth__key_turn *mcpauth__key_turns_find(
	struct mcpauth__key_turns *turns, const char *key);

#endif
