/* What a chain goes by: replaced as a whole while requests run. */
#ifndef MCPAUTH_MIDDLEWARE_RULES_H
#define MCPAUTH_MIDDLEWARE_RULES_H

#include "origins/authorities.h"
#include "standard_answers.h"
#include "headers.h"
#include "clients/proxies.h"
#include "published.h"
#include "route.h"

#include <pthread.h>
#include <stdatomic.h>

/** Where logout tokens are taken; {0}: nowhere. */
struct mcpauth__logout_place {
	char *path; /* both its own */
	char *client_id;
	mcpauth_logout_fn heard; /* NULL: nobody */
	void *heard_user;
};

/** Counted; immutable once requests are held against it. */
struct mcpauth__rules {
	atomic_uint refs;
	struct mcpauth *auth; /* a reference of its own */
	struct mcpauth__routes routes;
	struct mcpauth__authorities authorities;
	struct mcpauth__proxies proxies;
	char *metadata_issuer; /* whose metadata is served; NULL: nobody's */
	struct mcpauth__logout_place logout;
	struct mcpauth__headers headers; /* for every answer */
	struct mcpauth__published *published;
	struct mcpauth__standard_answers standard_answers;
};

/**
 * Rules that protect everything.
 *
 * @param auth        has at least one resource; borrowed for the call
 * @param[out] rules  caller frees with mcpauth__rules_free()
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__rules_new(
	struct mcpauth *auth, struct mcpauth__rules **rules, struct mcpauth_error *err);

/** A place for rules that may be replaced while others take them. */
struct mcpauth__rules_in_force {
	pthread_mutex_t lock;
	/* A reference; NULL until the first are put there. Taken under the lock, and
	 * compared without it. */
	struct mcpauth__rules *_Atomic rules;
};

/** Make the place; storage of the caller's. */
void mcpauth__rules_in_force_init(struct mcpauth__rules_in_force *in_force);

/** Release it and its rules. */
void mcpauth__rules_in_force_finish(struct mcpauth__rules_in_force *in_force);

/**
 * Let a place of the caller's own hold a reference to the rules. Nothing but one
 * look where they are still the same. One thread's, for one place.
 *
 * @param pinned  what was in force the last time, or NULL; exchanged. As long as it
 *                is held, those rules stay: on an idle connection until its next
 *                request or its end, whatever was committed meanwhile
 */
void mcpauth__rules_in_force_pin(
	struct mcpauth__rules_in_force *in_force, struct mcpauth__rules **pinned);

/** The rules. Caller frees with mcpauth__rules_free(). Any thread. */
struct mcpauth__rules *mcpauth__rules_in_force_get(struct mcpauth__rules_in_force *in_force);

/** Put others there. Any thread. @param rules  taken */
void mcpauth__rules_in_force_set(
	struct mcpauth__rules_in_force *in_force, struct mcpauth__rules *rules);

struct mcpauth__rules *mcpauth__rules_ref(struct mcpauth__rules *rules);

/** NULL is accepted. */
void mcpauth__rules_free(struct mcpauth__rules *rules);

/** Seconds after which every issuer of every resource may be asked again. */
unsigned mcpauth__rules_retry_after(const struct mcpauth__rules *rules);

#endif
