/* A login without a person: the suite's authorization server asks for nothing. */
#ifndef CONFORMANCE_LOGIN_H
#define CONFORMANCE_LOGIN_H

#include <mcpauth/login.h>

/** As mcpauth_login_fn: ask for the authorization URL, hand in where it redirects to. */
enum mcpauth_code login_at_once(struct mcpauth_login *login, struct mcpauth_error *err, void *user);

#endif
