/* Introspection answers that the authorization server signed (RFC 9701). */
#ifndef MCPAUTH_ENDPOINT_SIGNED_ANSWER_H
#define MCPAUTH_ENDPOINT_SIGNED_ANSWER_H

#include "endpoint/key_source.h"

/** Such an answer, and what it is held against. Borrowed. */
struct mcpauth__signed_answer {
	const char *text;
	size_t length;
	struct mcpauth__key_source *keys;
	unsigned algorithms;   /* bits of those that are accepted */
	const char *issuer;    /* what `iss` must be */
	const char *client_id; /* what `aud` must have; NULL: nobody, so all are refused */
	int64_t earliest;      /* `iat`, seconds since 1970 */
	int64_t latest;
};

/**
 * Is a text meant as a signed answer? By its shape: it goes with no JSON object, and
 * unlike a Content-Type it comes through every fetch function.
 */
bool mcpauth__is_signed_answer(const char *text, size_t length);

/**
 * Verify one.
 *
 * @param waiter       as for mcpauth__document_get()
 * @param[out] inner   the text of its `token_introspection`, an object; caller frees with
 *                     free(). NULL on failure
 * @return MCPAUTH_OK; MCPAUTH_PENDING; MCPAUTH_E_INTROSPECTION; or why it cannot be told
 *         (2xx, 3xx, MCPAUTH_E_NO_MEMORY)
 */
enum mcpauth_code mcpauth__signed_answer_open(const struct mcpauth__signed_answer *answer,
	struct mcpauth__waiter *waiter, char **inner, struct mcpauth_error *err);

#endif
