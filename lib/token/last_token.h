/* Knowing the token again that came before on the same connection, without hashing it. */
#ifndef MCPAUTH_TOKEN_LAST_TOKEN_H
#define MCPAUTH_TOKEN_LAST_TOKEN_H

#include "token/verifier.h"

#include <mcpauth/verification.h>

/**
 * Find the digest of a token that is surely the one that was noted, which had the
 * characters of a token. Whether it is good is another question, and as open as before.
 *
 * One call at a time for each `last`.
 *
 * @param last      zeroes before the first note
 * @param presented its progress has the digest then
 * @return false if it is another one, comes but the second time, or cannot be told
 */
bool mcpauth__last_token_recall(const struct mcpauth_last_token *last,
	const struct mcpauth__verifier *verifier, const struct mcpauth__presented *presented);

/**
 * Note the one that was not found, good or not, in the place of the one before. One that
 * comes once costs nothing more: only the second time does it get a tag.
 *
 * @param presented its characters were looked at. Without a digest nothing is noted
 */
void mcpauth__last_token_note(struct mcpauth_last_token *last,
	const struct mcpauth__verifier *verifier, const struct mcpauth__presented *presented);

#endif
