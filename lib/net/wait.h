/* The wait of one call that the network may keep, over as many looks as it takes. */
#ifndef MCPAUTH_NET_WAIT_H
#define MCPAUTH_NET_WAIT_H

#include "net/waiter.h"

/**
 * Until when a pending call waits, and who is woken then. One thread at a time;
 * the wake comes from any. For every mcpauth__wait_settle() that leaves
 * MCPAUTH_PENDING there is exactly one, for others there is none.
 */
struct mcpauth__wait {
	struct mcpauth__worker *worker;
	int64_t deadline; /* monotonic milliseconds */
	void (*wake)(void *user);
	void *user;
	struct mcpauth__waiter *waiter; /* of the look under way; NULL between two */
};

/**
 * Set the deadline. Nobody waits yet.
 *
 * @param worker       borrowed until mcpauth__wait_finish()
 * @param deadline_ms  from now on
 * @param wake         called from any thread, never with a lock held
 * @param user         given to wake
 */
void mcpauth__wait_init(struct mcpauth__wait *wait, struct mcpauth__worker *worker,
	int64_t deadline_ms, void (*wake)(void *user), void *user);

/**
 * Begin a look that may have to wait: `wait->waiter` is there for it to give to
 * whoever fetches. Only between two looks; mcpauth__wait_settle() ends it.
 *
 * @return MCPAUTH_OK, or MCPAUTH_E_OVERLOADED: then there is no waiter
 */
enum mcpauth_code mcpauth__wait_begin(struct mcpauth__wait *wait, struct mcpauth_error *err);

/**
 * End a look. If it is not to wait the waiter is taken back, and wake is not
 * called.
 *
 * @param code  what came of the look
 * @return the same, or MCPAUTH_PENDING if wake has been or is being called:
 *         then what the look found must be dropped, for the resumed call finds it
 */
enum mcpauth_code mcpauth__wait_settle(struct mcpauth__wait *wait, enum mcpauth_code code);

/** Go on after a wake: the waiter is given back. */
void mcpauth__wait_resume(struct mcpauth__wait *wait);

/** Has the deadline passed? Then no further look is worth its wait. */
bool mcpauth__wait_is_over(const struct mcpauth__wait *wait);

/** End it, also while it waits: then wake is called now, unless it has been.
 * {0} is accepted. */
void mcpauth__wait_finish(struct mcpauth__wait *wait);

#endif
