/* The rules that a logout token's claims must meet (Back-Channel Logout 1.0 section 2.6). */
#ifndef MCPAUTH_TOKEN_LOGOUT_TOKEN_H
#define MCPAUTH_TOKEN_LOGOUT_TOKEN_H

#include "jose/jws.h"

#include <stdint.h>

/** What they are held against. */
struct mcpauth__logout_rules {
	const char *client_id; /* what aud must hold; borrowed */
	int64_t now;           /* seconds since 1970 */
	int64_t tolerance;     /* seconds */
};

/** What they say. Borrowed from them. */
struct mcpauth__logout_claims {
	const char *id;      /* `jti` */
	const char *subject; /* NULL: the session alone is named */
	const char *session; /* NULL: all of the subject's are meant */
	int64_t until;       /* from then on it is too old, seconds since 1970 */
};

/**
 * Check type, audience, times, the event and whom it is about. Issuer and signature
 * are the caller's to check, and whether it was seen before.
 *
 * @param[out] claims  zeroed unless it is MCPAUTH_OK
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_AUDIENCE, MCPAUTH_E_EXPIRED,
 *         MCPAUTH_E_NOT_YET_VALID or MCPAUTH_E_INVALID_CLAIM
 */
enum mcpauth_code mcpauth__logout_token_check(const struct mcpauth__jws *jws,
	const struct mcpauth__logout_rules *rules, struct mcpauth__logout_claims *claims,
	struct mcpauth_error *err);

#endif
