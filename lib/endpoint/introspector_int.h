/* An introspector's inside, for the files that make it up. */
#ifndef MCPAUTH_ENDPOINT_INTROSPECTOR_INT_H
#define MCPAUTH_ENDPOINT_INTROSPECTOR_INT_H

#include "endpoint/answer_store.h"
#include "endpoint/client_proof.h"
#include "endpoint/flights.h"
#include "endpoint/introspector.h"
#include "endpoint/turns.h"

#include <stdatomic.h>

struct mcpauth__introspector {
	atomic_uint refs;
	struct mcpauth__worker *worker;
	struct mcpauth__key_source *keys;
	char *issuer;
	char *endpoint; /* NULL: the issuer's metadata names it */
	char *client_id;
	unsigned algorithms;
	int64_t tolerance;
	unsigned timeout_ms;
	struct mcpauth_introspection_config config;
	struct mcpauth__client_proof *client;
	struct mcpauth__words subjects;
	struct mcpauth__answer_store answers;
	struct mcpauth__flights *flights;
	struct mcpauth__turns turns;
	bool has_turns;
	atomic_uint under_way;   /* questions that were asked and have not landed */
	atomic_bool doubtful;    /* the last answer was none: it may have moved */
	_Atomic int64_t warn_at; /* not before is it said again that it refuses us */
};

/** Whom a question goes to. Strings of its own; {0} is nobody. */
struct mcpauth__introspection_place {
	char *url;
	char *learnt_from; /* as in struct mcpauth__get */
};

struct mcpauth__introspection {
	struct mcpauth__flight flight; /* first, so that those who have it find the rest */
	struct mcpauth__introspector *introspector; /* held while it is under way */

	/* While it is under way. */
	struct mcpauth__turn turn;
	int64_t deadline; /* monotonic milliseconds */
	bool is_asked;    /* it has come, in time */
	struct mcpauth__introspection_place place;
	struct mcpauth__buf form;

	/* Written before it lands. */
	int64_t asked_at;         /* seconds since 1970 */
	int64_t until;            /* as in the answer */
	struct mcpauth_error err; /* MCPAUTH_OK: there is a text */
	char *text;
	size_t length;
	bool is_recalled; /* from the store: verified by whoever left it there */

	bool is_counted; /* as a question to the endpoint */

	atomic_bool is_useless; /* it failed, or its answer cannot be used */
	atomic_bool is_shared;
	_Atomic(char *) inner; /* of a signed answer, once it is verified */
};

void mcpauth__introspection_place_finish(struct mcpauth__introspection_place *place);

/**
 * Make a question, with a reference.
 *
 * @param place  taken, and {0} then; not without memory
 * @return NULL without memory
 */
struct mcpauth__introspection *mcpauth__introspection_new(
	struct mcpauth__introspector *introspector, const struct mcpauth__question *question,
	struct mcpauth__introspection_place *place);

/** Send it, when its turn comes. It is one of the introspector's flights, and holds a
 * reference to that: both are given back in the end. */
void mcpauth__introspection_start(
	struct mcpauth__introspection *introspection, const struct mcpauth__question *question);

/** Its turn has come. */
void mcpauth__introspection_begin(struct mcpauth__turn *turn);

static inline struct mcpauth__introspection *mcpauth__introspection_of(
	struct mcpauth__flight *flight)
{
	return (struct mcpauth__introspection *)flight;
}

/** What was answered, ends with a NUL: "" if it is a failure, NULL if it is signed and
 * not verified. Borrowed; once it has landed. */
const char *mcpauth__introspection_text(const struct mcpauth__flight *flight, size_t *length);

#endif
