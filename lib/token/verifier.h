/* From a token to an identity or a refusal. */
#ifndef MCPAUTH_TOKEN_VERIFIER_H
#define MCPAUTH_TOKEN_VERIFIER_H

#include "base/quick_mac.h"
#include "token/cache.h"
#include "token/progress.h"
#include "token/refused.h"
#include "token/trust.h"

/** What all verifications share. Borrowed parts. */
struct mcpauth__verifier {
	const struct mcpauth__clock *clock;
	struct mcpauth__identity_pool *identities;
	struct mcpauth__cache *cache;     /* NULL: nothing is remembered */
	struct mcpauth__refused *refused; /* likewise */
	struct mcpauth__quick_mac *macs;  /* NULL: no token is known again but by its hash */
	int64_t cache_ms;
	int64_t tolerance;         /* seconds */
	_Atomic uint64_t *forgets; /* how often something was forgotten; NULL: nobody counts */
};

/** One token to verify. Borrowed for the call. */
struct mcpauth__presented {
	const struct mcpauth__trust *trust;
	const char *token;
	size_t length;                  /* of the token */
	struct mcpauth__waiter *waiter; /* as for mcpauth__document_get() */
	/* Kept by the caller from one look to the next; begins as {0}, and is the
	 * caller's to release in the end. */
	struct mcpauth__progress *progress;
};

/**
 * Is it written as a token is (RFC 6750 section 2.1: b64token)? What is not is shown to no
 * judge, and to no endpoint that is asked; it is a bad request rather than a bad token
 * (section 3.1).
 *
 * @return MCPAUTH_OK or MCPAUTH_E_INVALID_REQUEST
 */
enum mcpauth_code mcpauth__presented_check_characters(
	const struct mcpauth__presented *presented, struct mcpauth_error *err);

/**
 * Verify as far as is possible now, by the judges in the order of introspection.h.
 *
 * Malformed tokens, unknown issuers and claims that do not fit are refused
 * before any key is fetched or any signature checked. Where others judge no key is
 * fetched.
 *
 * @param[out] identity  caller frees with mcpauth__identity_free()
 * @return MCPAUTH_OK, MCPAUTH_PENDING, a refusal (4xx), or why it could not be
 *         decided (2xx, 3xx)
 */
enum mcpauth_code mcpauth__verifier_check(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err);

#endif
