/* So many at the same time, all others in the order in which they came. */
#ifndef MCPAUTH_ENDPOINT_TURNS_H
#define MCPAUTH_ENDPOINT_TURNS_H

#include <pthread.h>
#include <stdbool.h>

/** A part of whoever waits for his turn. {0} at first; his own again once it has come. */
struct mcpauth__turn {
	struct mcpauth__turn *next;
};

/** Who is under way, and who waits. Any thread. */
struct mcpauth__turns {
	void (*begin)(struct mcpauth__turn *turn);
	unsigned limit;

	pthread_mutex_t lock; /* for all that follows */
	unsigned running;
	bool stalled;     /* somebody whose turn had come has to wait for the end of another's */
	bool handing_out; /* a thread is at it, and will see what changes meanwhile */
	struct mcpauth__turn *first;
	struct mcpauth__turn *last;
};

/**
 * @param limit  1 or more
 * @param begin  somebody's turn has come: called on the thread that asks, or that ends
 *               another's, with no lock held. He ends it with mcpauth__turns_end(), also
 *               from within
 * @return false if there is no lock to be had
 */
bool mcpauth__turns_init(
	struct mcpauth__turns *turns, unsigned limit, void (*begin)(struct mcpauth__turn *turn));

/** When nobody waits. */
void mcpauth__turns_finish(struct mcpauth__turns *turns);

/** Begin now, or when the turn comes. */
void mcpauth__turns_ask(struct mcpauth__turns *turns, struct mcpauth__turn *turn);

/** A turn is over. */
void mcpauth__turns_end(struct mcpauth__turns *turns);

/**
 * A turn came to nothing yet: it is to be the first to come again, once another one
 * that is under way has ended.
 *
 * @return false if no other is; then it must be ended
 */
bool mcpauth__turns_put_back(struct mcpauth__turns *turns, struct mcpauth__turn *turn);

#endif
