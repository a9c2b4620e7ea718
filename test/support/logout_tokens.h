/**
 * @file
 * Logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.4).
 */
#ifndef MCPAUTH_TEST_LOGOUT_TOKENS_H
#define MCPAUTH_TEST_LOGOUT_TOKENS_H

#include <stdint.h>

/** What `aud` names, where a test does not say otherwise. */
#define LOGOUT_CLIENT "this-server"
#define LOGOUT_EVENTS "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}"

/** One; what is NULL or 0 is what is usual. */
struct logout_token {
	unsigned number;      /* of the ES256 key that signs */
	const char *header;   /* all of it; ES256, "k0", logout+jwt */
	const char *issuer;   /* needed */
	const char *audience; /* LOGOUT_CLIENT */
	int64_t issued_at;    /* needed */
	const char *id;       /* "j" */
	const char *claims;   /* behind iss, aud, iat and jti: the event, and sub "alice" */
};

/** Sign one. @return caller frees with free() */
char *logout_token_sign(const struct logout_token *token);

#endif
