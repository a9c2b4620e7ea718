/* From a token to an identity or a refusal. */
#ifndef MCPAUTH_TOKEN_VERIFIER_H
#define MCPAUTH_TOKEN_VERIFIER_H

#include "token/cache.h"
#include "token/inquiry.h"
#include "token/refused.h"
#include "token/trust.h"

/** What all verifications share. Borrowed parts. */
struct mcpauth__verifier {
	const struct mcpauth__clock *clock;
	struct mcpauth__identity_pool *identities;
	struct mcpauth__cache *cache;     /* NULL: nothing is remembered */
	struct mcpauth__refused *refused; /* likewise */
	int64_t cache_ms;
	int64_t tolerance; /* seconds */
};

/** One token to verify. Borrowed for the call. */
struct mcpauth__presented {
	const struct mcpauth__trust *trust;
	const char *token;
	size_t length;                  /* of the token */
	struct mcpauth__waiter *waiter; /* as for mcpauth__document_get() */
	/* What the resource's own verifier was asked, kept by the caller from one
	 * look to the next: *inquiry begins as NULL, and is the caller's to release
	 * with mcpauth__inquiry_free() in the end. */
	struct mcpauth_inquiry **inquiry;
};

/**
 * Verify as far as is possible now.
 *
 * Malformed tokens, unknown issuers and claims that do not fit are refused
 * before any key is fetched or any signature checked. With a verifier of the
 * program's own no key is ever fetched.
 *
 * @param[out] identity  caller frees with mcpauth__identity_free()
 * @return MCPAUTH_OK, MCPAUTH_PENDING, a refusal (4xx), or why it could not be
 *         decided (2xx, 3xx)
 */
enum mcpauth_code mcpauth__verifier_check(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err);

#endif
