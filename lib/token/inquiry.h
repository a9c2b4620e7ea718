/* One token before a verifier of the program's own. */
#ifndef MCPAUTH_TOKEN_INQUIRY_H
#define MCPAUTH_TOKEN_INQUIRY_H

#include "net/waiter.h"

#include <mcpauth/verifier.h>

#include <stdbool.h>

/** A resource's own verifier. {0}: it has none. */
struct mcpauth__custom {
	mcpauth_verifier_fn verify;
	void *user;
	int64_t cache_ms; /* 0: it is asked each time */
	bool last;        /* only about what nobody else knows */
};

/**
 * Ask. The verifier is called from within, with no lock held, and may answer
 * before this returns. Needs no thread of the library's.
 *
 * @param token, resource  copied
 * @param[out] inquiry     caller gives it back with mcpauth__inquiry_free(); whoever
 *                         must answer holds it as well
 * @return MCPAUTH_OK, or MCPAUTH_E_NO_MEMORY: then nobody was asked
 */
enum mcpauth_code mcpauth__inquiry_ask(const struct mcpauth__custom *custom, const char *token,
	const char *resource, struct mcpauth_inquiry **inquiry, struct mcpauth_error *err);

/**
 * What came of it.
 *
 * @param waiter       woken by the answer; a reference is taken only with
 *                     MCPAUTH_PENDING, in place of an earlier one. NULL: just look
 * @param[out] claims  what was accepted, ends with a NUL; borrowed from the inquiry.
 *                     NULL if it passed the token on
 * @param[out] length  without the NUL
 * @return MCPAUTH_OK, MCPAUTH_PENDING, or why it was refused
 */
enum mcpauth_code mcpauth__inquiry_result(struct mcpauth_inquiry *inquiry,
	struct mcpauth__waiter *waiter, const char **claims, size_t *length,
	struct mcpauth_error *err);

/** Nobody asks any more; an answer may still come. NULL is accepted. */
void mcpauth__inquiry_free(struct mcpauth_inquiry *inquiry);

#endif
