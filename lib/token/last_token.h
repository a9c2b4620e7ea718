/* Knowing the token again that came before on the same connection, without hashing it. */
#ifndef MCPAUTH_TOKEN_LAST_TOKEN_H
#define MCPAUTH_TOKEN_LAST_TOKEN_H

#include "token/verifier.h"

#include <mcpauth/verification.h>

/**
 * Is it the one that was noted? Then its digest is known, and its characters are those
 * of a token.
 *
 * @param verifier  its `macs` tell
 */
bool mcpauth__last_token_recall(const struct mcpauth_last_token *last,
	const struct mcpauth__verifier *verifier, const struct mcpauth__presented *presented);

/** Note the one that was not known again. One that comes once costs nothing more: only at
 * the second time is there something to know it by. */
void mcpauth__last_token_note(struct mcpauth_last_token *last,
	const struct mcpauth__verifier *verifier, const struct mcpauth__presented *presented);

#endif
