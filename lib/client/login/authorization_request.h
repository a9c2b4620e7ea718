/* An authorization request (OAuth 2.1 section 4.1.1), and whether an answer is its own. */
#ifndef MCPAUTH_LOGIN_AUTHORIZATION_REQUEST_H
#define MCPAUTH_LOGIN_AUTHORIZATION_REQUEST_H

#include "client/discovery/authorization_server.h"

/** Bytes of a redirect that are looked at. */
#define MCPAUTH__REDIRECT_LIMIT ((size_t)16 * 1024)

/** What is asked for. Borrowed. */
struct mcpauth__authorization_wish {
	const struct mcpauth__authorization_server *server;
	const char *client_id;
	const char *redirect_uri;
	const char *resource;   /* NULL: none is named */
	const char *scope;      /* likewise */
	const char *thumbprint; /* of a DPoP key (RFC 9449 section 10); NULL: none */
	bool wants_consent;     /* prompt=consent, which offline_access needs with OpenID */
};

/** One request. Starts as {0}; strings are its own. */
struct mcpauth__authorization_request {
	char *url; /* for the browser */
	char *redirect_uri;
	char *issuer;
	char *state;       /* 256 bits of randomness */
	char *verifier;    /* of PKCE (RFC 7636), likewise: a secret */
	bool names_issuer; /* answers have to have `iss` (RFC 9207) */
};

/**
 * Make one, with fresh state and verifier. The endpoint's own query stays, but may not
 * have a parameter that is added here; the URL takes up to 32 KiB.
 *
 * @param request  {0}; caller releases it, also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_METADATA: no endpoint, its URL is no http or
 *         https one, or the above; MCPAUTH_E_SYSTEM or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__authorization_request_make(
	const struct mcpauth__authorization_wish *wish,
	struct mcpauth__authorization_request *request, struct mcpauth_error *err);

/** Wipe and release it; it is {0} again. */
void mcpauth__authorization_request_finish(struct mcpauth__authorization_request *request);

/**
 * Read the redirect that came back: to the redirect_uri, `state` in constant time, then
 * `iss` (RFC 9207 section 2.4; the text of an error is not shown if that is wrong), then
 * error or code; none of these twice.
 *
 * @param url        the whole URL, or what is behind the origin; blanks around it are no
 *                   part of it
 * @param[out] code  a secret, caller frees; NULL on failure
 * @return MCPAUTH_OK; MCPAUTH_E_REDIRECT: no answer to this request, which waits on;
 *         MCPAUTH_E_ISSUER_MISMATCH; MCPAUTH_E_LOGIN_REFUSED; or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__redirect_read(const struct mcpauth__authorization_request *request,
	const char *url, char **code, struct mcpauth_error *err);

#endif
