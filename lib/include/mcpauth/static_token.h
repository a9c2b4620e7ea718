/**
 * @file
 * Tokens that are written down: for tests, and for trying things out at home.
 */
#ifndef MCPAUTH_STATIC_TOKEN_H
#define MCPAUTH_STATIC_TOKEN_H

#include <mcpauth/auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Let whoever brings this token be who the claims say. LOGGED LOUDLY: it is a
 * password that never changes, known to all who can read the program.
 *
 * It is compared in constant time and kept as its SHA-256. Its claims are believed
 * as they are: `iss` defaults to the resource's identifier and need not be one of
 * its issuers, `aud` is not looked at, without `exp` it expires an hour after each
 * look; scopes, client and subject are where they are by default in issuer.h.
 *
 * One thread, before the first token: then MCPAUTH_E_IN_USE. In a settings file they
 * are the resource's `static_tokens`.
 *
 * @param auth      borrowed for the call
 * @param resource  one that was added; borrowed for the call
 * @param token     1 to 16384 token characters; borrowed for the call
 * @param claims    a JSON object (RFC 7519 section 4) as a text; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE, MCPAUTH_E_INVALID_ARGUMENT (the
 *         token, or a claim of a wrong type), MCPAUTH_E_INVALID_JSON,
 *         MCPAUTH_E_DUPLICATE or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_add_static_token(struct mcpauth *auth, const char *resource,
	const char *token, const char *claims, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
