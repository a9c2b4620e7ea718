/* This server as a client of an authorization server's endpoints. */
#ifndef MCPAUTH_TOKEN_CLIENT_H
#define MCPAUTH_TOKEN_CLIENT_H

#include "base/buf.h"

#include <mcpauth/token_exchange.h>

/** How it proves who it is. Borrowed strings. */
struct mcpauth__client {
	const char *id;
	const char *secret; /* NULL: none */
	enum mcpauth_client_authentication authentication;
};

/** @return MCPAUTH_OK, or MCPAUTH_E_INVALID_ARGUMENT: what the method needs is not
 * there, or there is a secret that it would not use */
enum mcpauth_code mcpauth__client_check(
	const struct mcpauth__client *client, struct mcpauth_error *err);

/**
 * Put the proof where the method has it (RFC 6749 section 2.3.1).
 *
 * @param client              one that was checked
 * @param form                appended to; a secret from now on
 * @param[out] authorization  the header's value, NULL if the method has none;
 *                            caller wipes it and frees it with free()
 * @return false if there is no memory
 */
bool mcpauth__client_authenticate(
	const struct mcpauth__client *client, struct mcpauth__buf *form, char **authorization);

#endif
