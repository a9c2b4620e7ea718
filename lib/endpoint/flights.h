/* One request for all who want the same, and its answer kept for a while. */
#ifndef MCPAUTH_ENDPOINT_FLIGHTS_H
#define MCPAUTH_ENDPOINT_FLIGHTS_H

#include "base/clock.h"
#include "base/hash.h"
#include "net/waiter.h"

#include <stdatomic.h>

/** Those that are under way, and the landed ones that are kept. Any thread. */
struct mcpauth__flights;

/**
 * One request, under way or answered: the first member of a struct with all the rest.
 * Counted. What is written there before it lands may be read once it has.
 */
struct mcpauth__flight {
	atomic_uint refs;
	atomic_bool landed;
	unsigned char digest[MCPAUTH__SHA256_SIZE]; /* of what it is for */
	void (*destroy)(struct mcpauth__flight *flight);
	struct mcpauth__flights *flights; /* once it was added */

	/* Under the lock of `flights`. */
	enum {
		MCPAUTH__FLIGHT_ALONE, /* nobody finds it */
		MCPAUTH__FLIGHT_UNDER_WAY,
		MCPAUTH__FLIGHT_KEPT
	} state;
	int64_t until;                /* mcpauth__clock_coarse() */
	struct mcpauth__flight *next; /* of its bucket */
	struct mcpauth__flight *older;
	struct mcpauth__flight *newer;
	struct mcpauth__waiter **waiters;
	size_t waiter_count;
};

/** Is one that is kept over before its time? With the lock held: it may only look. */
typedef bool (*mcpauth__flight_is_over_fn)(const struct mcpauth__flight *flight);

/**
 * Make a set of none.
 *
 * @param clock    borrowed as long as it is there
 * @param limit    so many are kept at most; 0: none is
 * @param is_over  NULL: its time alone ends one
 * @return NULL without memory
 */
struct mcpauth__flights *mcpauth__flights_new(
	const struct mcpauth__clock *clock, unsigned limit, mcpauth__flight_is_over_fn is_over);

/** Release it, and give back those that it keeps. Only while none is under way, and
 * nobody uses it. NULL is accepted. */
void mcpauth__flights_free(struct mcpauth__flights *flights);

/**
 * Fill in the first member. The reference is the caller's.
 *
 * @param digest   copied
 * @param destroy  called when the last reference is given back
 */
void mcpauth__flight_init(struct mcpauth__flight *flight, const unsigned char *digest,
	void (*destroy)(struct mcpauth__flight *flight));

/** Find one that is kept or under way. @return the caller's reference, or NULL */
struct mcpauth__flight *mcpauth__flights_find(
	struct mcpauth__flights *flights, const unsigned char *digest);

/**
 * Put one in as being under way, unless there is one for the same already.
 *
 * @return `flight`: the caller begins the request, and ends it with
 *         mcpauth__flight_land(). Or the other one, a reference of which is the caller's
 */
struct mcpauth__flight *mcpauth__flights_add(
	struct mcpauth__flights *flights, struct mcpauth__flight *flight);

/**
 * It is answered: keep it, in the place of the oldest if need be, and wake all who wait.
 * Once, with no lock held. Whatever they do, they find it landed.
 *
 * @param until  mcpauth__clock_coarse() until which it is kept; now or before: not at all
 */
void mcpauth__flight_land(struct mcpauth__flight *flight, int64_t until);

/**
 * Wait until it lands.
 *
 * @param waiter  woken then. NULL: only look
 * @return MCPAUTH_OK: it has landed, and nobody is woken; MCPAUTH_PENDING; or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__flight_wait(
	struct mcpauth__flight *flight, struct mcpauth__waiter *waiter);

/** If it is kept, then no longer than that. @param until  as for mcpauth__flight_land() */
void mcpauth__flight_keep_until(struct mcpauth__flight *flight, int64_t until);

/**
 * Drop those kept ones that are concerned; and let nobody join any that is under way
 * now, nor keep it.
 *
 * @param concerns  called with the lock held: it may only look
 * @return how many were dropped
 */
size_t mcpauth__flights_forget(struct mcpauth__flights *flights,
	bool (*concerns)(const struct mcpauth__flight *flight, void *user), void *user);

/** Give a reference back. NULL is accepted. */
void mcpauth__flight_free(struct mcpauth__flight *flight);

#endif
