/* What an introspection endpoint says, as claims (RFC 7662 section 2.2). */
#ifndef MCPAUTH_TOKEN_INTROSPECTION_ANSWER_H
#define MCPAUTH_TOKEN_INTROSPECTION_ANSWER_H

#include <mcpauth/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** With what an answer is completed. Borrowed. */
struct mcpauth__introspection_defaults {
	const char *issuer;
	const char *audience; /* NULL: an absent `aud` stays absent */
	int64_t expires_at;   /* seconds since 1970 */
};

/**
 * Read an answer: strict JSON, an object whose `active` is true or false, and whose
 * `token_type`, if it is there, is an access token's.
 *
 * @param text             borrowed for the call
 * @param[out] claims      only if it is active: all its members, and those that it
 *                         lacks from the defaults; caller frees with free()
 * @param[out] claims_length  without the NUL at its end
 * @return MCPAUTH_OK, MCPAUTH_E_INACTIVE, MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_INTROSPECTION
 *         (no such answer) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__introspection_answer_read(const char *text, size_t length,
	const struct mcpauth__introspection_defaults *defaults, char **claims,
	size_t *claims_length, struct mcpauth_error *err);

#endif
