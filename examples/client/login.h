/* The authorization code flow: register, ask, check the answer, get a token. */
#ifndef CLIENT_LOGIN_H
#define CLIENT_LOGIN_H

#include "discovery.h"

/** One client and its current authorization request; all zero before. */
struct login {
	struct http *http;
	const struct discovery *server;
	/** Where the code is to be sent; the caller keeps its port reserved. */
	const char *redirect_uri;
	/** Asked for, space separated; empty asks for none in particular. */
	struct text scope;
	struct text client_id;
	struct text verifier;
	struct text state;
	/** What the user's browser is to open. */
	struct text url;
};

/** Register a public native client (RFC 7591), once. */
bool login_register(struct login *login);

/** Make `url` with fresh PKCE and state. */
bool login_prepare(struct login *login);

/**
 * Check the redirect that came back (state, RFC 9207) and redeem its code.
 *
 * @param redirect    the whole redirect URL
 * @param[out] token  the access token
 * @return false after complaining
 */
bool login_complete(struct login *login, const char *redirect, struct text *token);

void login_finish(struct login *login);

#endif
