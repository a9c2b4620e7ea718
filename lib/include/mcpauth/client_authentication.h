/**
 * @file
 * How this server proves to an authorization server's endpoint who it is.
 */
#ifndef MCPAUTH_CLIENT_AUTHENTICATION_H
#define MCPAUTH_CLIENT_AUTHENTICATION_H

#include <mcpauth/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One way of several (RFC 6749 section 2.3, RFC 7523 section 2.2, RFC 6750). */
enum mcpauth_client_authentication {
	/** `client_secret_basic`: HTTP Basic, id and secret form-encoded first. */
	MCPAUTH_CLIENT_SECRET_BASIC = 0,
	/** `client_secret_post`: both in the form. */
	MCPAUTH_CLIENT_SECRET_POST = 1,
	/** `none`: the id alone. */
	MCPAUTH_CLIENT_SECRET_NONE = 2,
	/** `private_key_jwt`: a short-lived JWT that a private key signed, new each time. */
	MCPAUTH_PRIVATE_KEY_JWT = 3,
	/** A token for the endpoint itself, as a Bearer (RFC 7662 section 2.1). */
	MCPAUTH_CLIENT_BEARER_TOKEN = 4
};

#ifdef __cplusplus
}
#endif

#endif
