/* Tokens that are written down, and what they say. */
#ifndef MCPAUTH_TOKEN_STATIC_TOKENS_H
#define MCPAUTH_TOKEN_STATIC_TOKENS_H

#include "base/hash.h"
#include "token/claim_policy.h"

#include <mcpauth/error.h>

struct mcpauth__attempt;
struct mcpauth__identity;

/** One; of the token itself only its SHA-256. */
struct mcpauth__static_token {
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	char *claims; /* an object as a text */
};

/** A resource's. Starts as {0}. */
struct mcpauth__static_tokens {
	struct mcpauth__static_token **items;
	size_t count;
	struct mcpauth__claim_policy policy; /* an issuer's by default; made with the first one */
};

/**
 * Add one.
 *
 * @param token, claims  copied
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT, MCPAUTH_E_INVALID_JSON,
 *         MCPAUTH_E_DUPLICATE or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__static_tokens_add(struct mcpauth__static_tokens *tokens,
	const char *token, const char *claims, struct mcpauth_error *err);

/** Release them; it is {0} again. */
void mcpauth__static_tokens_finish(struct mcpauth__static_tokens *tokens);

/**
 * Judge it if it is one of the resource's.
 *
 * @param[out] known  is it one? If not, the rest is as it was
 * @return as mcpauth__verifier_check()
 */
enum mcpauth_code mcpauth__verify_static(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known);

#endif
