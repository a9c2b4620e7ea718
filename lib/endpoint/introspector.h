/* An issuer's introspection endpoint: asked once per token, its answers kept for a while. */
#ifndef MCPAUTH_ENDPOINT_INTROSPECTOR_H
#define MCPAUTH_ENDPOINT_INTROSPECTOR_H

#include "base/hash.h"
#include "base/words.h"
#include "net/shared_store.h"
#include "endpoint/key_source.h"

#include <mcpauth/introspection.h>

/** An answer that is longer is given to those who wait for it, and not kept: a cache full
 * of them would take gigabytes. */
#define MCPAUTH__KEPT_LENGTH_MAX ((size_t)64 * 1024)

struct mcpauth__untold;

/** Counted; any thread. Questions under way hold it, too. */
struct mcpauth__introspector;

/** One question: asked, under way or answered. Counted; to be used while its
 * introspector is there. */
struct mcpauth__introspection;

/** What an introspector is made with. */
struct mcpauth__introspector_parts {
	struct mcpauth__worker *worker;   /* borrowed as long as anybody may ask */
	struct mcpauth__key_source *keys; /* the issuer's; says where the endpoint is, and
					   * verifies signed answers. A reference is taken */
	const char *issuer;               /* copied */
	unsigned algorithms;              /* bits of those that may sign an answer */
	int64_t tolerance;                /* seconds that two clocks may differ */
	unsigned timeout_ms;              /* of a question, its turn included */

	/* Answers are looked for here first; NULL: there is none. Borrowed like the worker,
	 * and so is what was forgotten and it may not know of. */
	struct mcpauth__shared_store *store;
	struct mcpauth__untold *untold;
	const struct mcpauth__words *subjects; /* where answers name the subject; copied */
};

/** What is asked about. Borrowed. */
struct mcpauth__question {
	const char *token;
	size_t length;
	unsigned char digest[MCPAUTH__SHA256_SIZE]; /* of the token */
	unsigned sharers; /* endpoints that may be asked about it from now on, this one
			   * included, and share its time; 0 is 1 */
};

/** What the endpoint said. Borrowed from the introspection. */
struct mcpauth__introspection_answer {
	const char *text; /* a JSON text (RFC 7662 section 2.2), ends with a NUL, else unread */
	size_t length;
	int64_t asked_at; /* seconds since 1970: from then on its times are counted */
	int64_t until;    /* mcpauth__clock_coarse() until which it may be believed, however
			   * little that is */
};

/**
 * Make one; nothing is asked.
 *
 * @param config  checked and read: files are texts
 */
enum mcpauth_code mcpauth__introspector_new(const struct mcpauth__introspector_parts *parts,
	const struct mcpauth_introspection_config *config,
	struct mcpauth__introspector **introspector, struct mcpauth_error *err);

/** Give it back. NULL is accepted. */
void mcpauth__introspector_free(struct mcpauth__introspector *introspector);

/** What it was made with, its secrets and files left out. A default stands where there
 * was 0; MCPAUTH_NONE stays what it is. Borrowed. */
const struct mcpauth_introspection_config *mcpauth__introspector_config(
	const struct mcpauth__introspector *introspector);

/**
 * Find an answer that is kept, join a question under way, or ask: the store first.
 *
 * @param waiter              as for mcpauth__document_get(). NULL: find or ask, without a wait
 * @param[out] introspection  caller frees with mcpauth__introspection_free(), with
 *                            MCPAUTH_OK and also with MCPAUTH_PENDING: it is what waits.
 *                            NULL with MCPAUTH_PENDING if the endpoint is not known yet:
 *                            then ask again
 * @return MCPAUTH_OK: it is answered; MCPAUTH_PENDING; or why nobody can be asked (2xx,
 *         3xx, MCPAUTH_E_NO_MEMORY)
 */
enum mcpauth_code mcpauth__introspector_ask(struct mcpauth__introspector *introspector,
	const struct mcpauth__question *question, struct mcpauth__waiter *waiter,
	struct mcpauth__introspection **introspection, struct mcpauth_error *err);

/**
 * What was answered; a signed answer is verified here, for which keys may have to be
 * fetched.
 *
 * @param waiter  as for mcpauth__introspector_ask()
 * @return MCPAUTH_OK, MCPAUTH_PENDING, or why the answer is of no use (2xx, 3xx)
 */
enum mcpauth_code mcpauth__introspection_result(struct mcpauth__introspection *introspection,
	struct mcpauth__waiter *waiter, struct mcpauth__introspection_answer *answer,
	struct mcpauth_error *err);

/**
 * How long it may be kept, now that somebody has read it: until `until` (as in the
 * answer), if that is sooner. For the one who knows what `exp` and `active` say.
 */
void mcpauth__introspection_keep_until(struct mcpauth__introspection *introspection, int64_t until);

/**
 * Leave it in the store for other processes, if there is one, once: for the one who has
 * found that the token is active and good.
 *
 * @param answer  as it was said, `until` shortened to what it may be believed for
 */
void mcpauth__introspection_share(struct mcpauth__introspection *introspection,
	const struct mcpauth__introspection_answer *answer);

/** Somebody has found that the answer cannot be used: for those who count. */
void mcpauth__introspection_note_failure(struct mcpauth__introspection *introspection);

/** NULL is accepted. */
void mcpauth__introspection_free(struct mcpauth__introspection *introspection);

/** Does this answer concern what is to be forgotten? `text` as in the answer. */
typedef bool (*mcpauth__concerns_fn)(
	const unsigned char *digest, const char *text, size_t length, void *user);

/**
 * Drop the answers that are concerned, and let no question under way be joined or its
 * answer kept: what was asked before may be out of date.
 *
 * @param concerns  must only look; a failure that is remembered has the text "", and a
 *                  signed answer that nobody has read yet is dropped without asking it
 * @return how many were dropped
 */
size_t mcpauth__introspector_forget(
	struct mcpauth__introspector *introspector, mcpauth__concerns_fn concerns, void *user);

#endif
