/* Somebody who waits for the network and is woken exactly once. */
#ifndef MCPAUTH_NET_WAITER_H
#define MCPAUTH_NET_WAITER_H

#include "net/worker.h"

/**
 * One wait. Counted: the waiting call, the document it waits for and the
 * deadline's timer hold it. Whoever comes first wakes it, the rest is too late.
 */
struct mcpauth__waiter;

/**
 * Begin to wait. The wake comes at the latest at the deadline.
 *
 * @param worker    keeps the timer; starts its thread at need
 * @param deadline  monotonic milliseconds
 * @param wake      called exactly once, from any thread, never with a lock held
 * @param user      given to wake
 * @return the caller's reference, or NULL if there is no memory or too many
 *         wait already: then wake is not called
 */
struct mcpauth__waiter *mcpauth__waiter_new(
	struct mcpauth__worker *worker, int64_t deadline, void (*wake)(void *user), void *user);

/** One more reference. */
struct mcpauth__waiter *mcpauth__waiter_ref(struct mcpauth__waiter *waiter);

/** Wake it, if nobody has. Any thread. */
void mcpauth__waiter_wake(struct mcpauth__waiter *waiter);

/**
 * See to it that it is never woken: the wait turned out to be needless.
 *
 * @return false if it has been woken already, or is being woken now
 */
bool mcpauth__waiter_cancel(struct mcpauth__waiter *waiter);

/** Give a reference back; NULL is accepted. Does not wake. */
void mcpauth__waiter_free(struct mcpauth__waiter *waiter);

#endif
