/* A login from the inside: from the URL to the code. */
#ifndef MCPAUTH_LOGIN_LOGIN_INT_H
#define MCPAUTH_LOGIN_LOGIN_INT_H

#include "client/login/authorization_request.h"
#include "client/login/listener.h"

#include <mcpauth/login.h>

/** What a login needs. Borrowed. */
struct mcpauth__login_parts {
	struct mcpauth__authorization_request *request; /* moved into the login: {0} afterwards */
	struct mcpauth__listener *listener; /* taken, also on failure; NULL: the program brings
					     * the redirect */
	mcpauth_login_fn start;             /* NULL: the desktop's browser */
	void *user;
	unsigned seconds;
};

/** Make one. @param[out] login  caller frees with mcpauth_login_free(); NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_SYSTEM or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__login_new(const struct mcpauth__login_parts *parts,
	struct mcpauth_login **login, struct mcpauth_error *err);

/** Start it and wait for its end. @return MCPAUTH_OK: mcpauth__login_code() is there; what
 * `start` returned; as mcpauth__redirect_read(); MCPAUTH_E_LOGIN_ABANDONED or
 * MCPAUTH_E_SYSTEM */
enum mcpauth_code mcpauth__login_run(struct mcpauth_login *login, struct mcpauth_error *err);

/** What it brought, to be redeemed. Borrowed; secrets. */
const char *mcpauth__login_code(const struct mcpauth_login *login);
const char *mcpauth__login_verifier(const struct mcpauth_login *login);

#endif
