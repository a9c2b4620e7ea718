/* An introspection endpoint's answers in the program's store, behind those that are kept
 * here. */
#ifndef MCPAUTH_ENDPOINT_ANSWER_STORE_H
#define MCPAUTH_ENDPOINT_ANSWER_STORE_H

#include "base/words.h"
#include "endpoint/introspector.h"
#include "endpoint/owner.h"
#include "endpoint/store_key.h"

#include <stdatomic.h>

/** What was forgotten here, and the store may not know of. Any thread. {0}: nothing. */
struct mcpauth__untold {
	atomic_uint under_way; /* signs that the store has not answered yet */
	_Atomic int64_t at;    /* seconds since 1970: the last one that it could not be told */
};

/** Any thread. {0}: there is no store. */
struct mcpauth__answer_store {
	struct mcpauth__shared_store *store; /* borrowed until nothing is under way */
	const struct mcpauth__clock *clock;  /* likewise, and so are these */
	const char *issuer;
	const struct mcpauth__words *subjects; /* where the issuer's answers name the subject */
	struct mcpauth__untold *untold;        /* NULL: nothing is forgotten here */
	int64_t tolerance;                     /* seconds */
	struct mcpauth__store_section section;
	/* mcpauth__clock_coarse() until which it is left alone, since it failed; 0: it is not. */
	_Atomic int64_t silent_until;
};

/** Whose answers an introspector's are. */
static inline struct mcpauth__store_scope mcpauth__store_scope_of(
	const char *issuer, const struct mcpauth_introspection_config *config)
{
	return (struct mcpauth__store_scope){
		.issuer = issuer,
		.endpoint = config->endpoint,
		.client_id = config->client_id,
		.signed_answers = config->require_signed_answers,
	};
}

/**
 * Fill in its section; all the rest is the caller's. Who asks without a client_id has no
 * name by which to tell his answers from another one's: he has no store.
 *
 * @return false if nothing can be hashed
 */
bool mcpauth__answer_store_init(
	struct mcpauth__answer_store *answers, const struct mcpauth__store_scope *scope);

/** Is anything to be had here? */
bool mcpauth__answer_store_is_there(const struct mcpauth__answer_store *answers);

/**
 * What was found: believed as if the endpoint had said it. Called exactly once, from any
 * thread, also from within, with no lock held.
 *
 * @param answer  borrowed for the call; NULL: nothing that may be believed, ask the
 *                endpoint
 */
typedef void (*mcpauth__recalled_fn)(
	const struct mcpauth__introspection_answer *answer, void *user);

/**
 * Look for an answer that another process, or this one earlier, has left there. One that
 * is older than the sign that its token, subject or session was forgotten does not count,
 * nor does any while a sign of this process is on its way there. Two questions, one after
 * the other; a store that fails is asked again by one at a time, a second later.
 *
 * @param answers  borrowed until done is called
 * @param digest   the token's SHA-256; borrowed for the call
 */
void mcpauth__answer_store_recall(struct mcpauth__answer_store *answers,
	const unsigned char *digest, mcpauth__recalled_fn done, void *user);

/** Leave one there for the rest of its time, if that is a second or more: when somebody has
 * read it, and mcpauth__introspection_keep_until() is known. Nobody waits for it. Borrowed for
 * the call. */
void mcpauth__answer_store_keep(struct mcpauth__answer_store *answers, const unsigned char *digest,
	const struct mcpauth__introspection_answer *answer);

/** Take the one about a token out. */
void mcpauth__answer_store_drop(struct mcpauth__answer_store *answers, const unsigned char *digest);

#endif
