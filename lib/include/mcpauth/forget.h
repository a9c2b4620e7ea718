/**
 * @file
 * Tokens that stop being good before their time: forgetting what is remembered,
 * and a question of the program's own at every request.
 */
#ifndef MCPAUTH_FORGET_H
#define MCPAUTH_FORGET_H

#include <mcpauth/auth.h>
#include <mcpauth/auth_info.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Forget what is remembered of a token, in this object and all that share its
 * network thread: a request that begins afterwards has it judged anew, so an
 * introspected token is asked about again. Questions under way are not joined any
 * more, nor kept. A JWT is still good by its signature: to refuse it before its
 * `exp` is for `revoked` of struct mcpauth_config, or `introspect_jwts`.
 *
 * With a store (store.h) no process that has the same one finds there what was asked
 * before now; what it remembers itself it believes until its time is over (store.h). Nobody waits
 * for the store: that it could not be told is logged (MCPAUTH_E_STORE).
 *
 * Any thread, while tokens are verified. Takes time that grows with what is
 * remembered: up to some milliseconds.
 *
 * @param auth   borrowed for the call
 * @param token  borrowed for the call
 * @return how many memories were dropped; 0 is no error
 */
MCPAUTH_API size_t mcpauth_forget_token(struct mcpauth *auth, const char *token);

/**
 * The same for all tokens of a subject, by the claim that the issuer's
 * subject_claims name.
 *
 * @param auth     borrowed for the call
 * @param issuer   `iss` as mcpauth_auth_info_issuer() says it; borrowed for the call
 * @param subject  borrowed for the call
 * @return as mcpauth_forget_token()
 */
MCPAUTH_API size_t mcpauth_forget_subject(
	struct mcpauth *auth, const char *issuer, const char *subject);

/**
 * The same for all tokens of a session, by the claim `sid` (OpenID Connect
 * Front-Channel Logout section 3).
 *
 * @param auth     borrowed for the call
 * @param issuer   as for mcpauth_forget_subject()
 * @param session  borrowed for the call
 * @return as mcpauth_forget_token()
 */
MCPAUTH_API size_t mcpauth_forget_session(
	struct mcpauth *auth, const char *issuer, const char *session);

#ifdef __cplusplus
}
#endif

#endif
