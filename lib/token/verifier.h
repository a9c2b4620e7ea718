/* From a token to an identity or a refusal. */
#ifndef MCPAUTH_TOKEN_VERIFIER_H
#define MCPAUTH_TOKEN_VERIFIER_H

#include "token/cache.h"

/** Whom a resource believes, and for whom its tokens must be. */
struct mcpauth__trust {
	uint64_t id;          /* no other trust ever has it, as its address might */
	const char *resource; /* borrowed */
	struct mcpauth__words audiences;
	bool audiences_given;             /* else they are the resource itself */
	struct mcpauth__issuer **issuers; /* borrowed, the array is its own */
	size_t count;
};

/** What all verifications share. Borrowed parts. */
struct mcpauth__verifier {
	const struct mcpauth__clock *clock;
	struct mcpauth__cache *cache; /* NULL: nothing is remembered */
	int64_t cache_ms;
	int64_t tolerance; /* seconds */
};

/** One token to verify. Borrowed for the call. */
struct mcpauth__presented {
	const struct mcpauth__trust *trust;
	const char *token;
	struct mcpauth__waiter *waiter; /* as for mcpauth__document_get() */
};

/**
 * Verify as far as is possible now.
 *
 * Malformed tokens, unknown issuers and claims that do not fit are refused
 * before any key is fetched or any signature checked.
 *
 * @param[out] identity  caller frees with mcpauth__identity_free()
 * @return MCPAUTH_OK, MCPAUTH_PENDING, a refusal (4xx), or why it could not be
 *         decided (2xx, 3xx)
 */
enum mcpauth_code mcpauth__verifier_check(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err);

#endif
