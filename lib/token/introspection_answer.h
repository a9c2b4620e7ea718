/* What an introspection endpoint says, as claims (RFC 7662 section 2.2). */
#ifndef MCPAUTH_TOKEN_INTROSPECTION_ANSWER_H
#define MCPAUTH_TOKEN_INTROSPECTION_ANSWER_H

#include "token/completion.h"

#include <mcpauth/error.h>

/**
 * Read an answer: strict JSON, an object whose `active` is true or false, and whose
 * `token_type` and `token_use`, if they are there, are a bearer's access token's.
 *
 * @param text         ends with a NUL; borrowed for the call
 * @param length       without the NUL
 * @param[out] claims  {0} before. Only if it is active all its members, and those that
 *                     it lacks from the defaults; caller releases with
 *                     mcpauth__buf_finish(), also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INACTIVE, MCPAUTH_E_TOKEN_TYPE (it is active, but no such
 *         token), MCPAUTH_E_INTROSPECTION (no such answer) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__introspection_answer_read(const char *text, size_t length,
	const struct mcpauth__claim_defaults *defaults, struct mcpauth__buf *claims,
	struct mcpauth_error *err);

#endif
