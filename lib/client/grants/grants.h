/* The grants: what each one asks a token endpoint for. */
#ifndef MCPAUTH_GRANTS_GRANTS_H
#define MCPAUTH_GRANTS_GRANTS_H

#include "client/discovery/authorization_server.h"
#include "client/storage/credentials.h"
#include "client/grants/token_request.h"

#include <mcpauth/client_grant.h>

/** What is wanted, from whom, by whom. Borrowed. */
struct mcpauth__grant_request {
	const struct mcpauth__asker *asker;
	const struct mcpauth__authorization_server *server;
	const struct mcpauth__client_proof *proof;
	const char *client_id;
	struct mcpauth__dpop *dpop; /* NULL: a plain token */
	bool needs_dpop;            /* a plain token is refused */
	const char *resource;       /* NULL: none is named */
	const char *scope;          /* likewise */
	int64_t now;                /* seconds since 1970 */
};

/** What came back from a login. Borrowed. */
struct mcpauth__code_grant {
	const char *code;
	const char *verifier;
	const char *redirect_uri;
};

/**
 * Redeem a code (OAuth 2.1 section 4.1.3).
 *
 * @param tokens      {0}; caller releases it, also on failure
 * @param[out] error  `error` of a refusal, of 64 bytes; "" otherwise
 * @return as mcpauth__token_request_send()
 */
enum mcpauth_code mcpauth__grant_code(const struct mcpauth__grant_request *request,
	const struct mcpauth__code_grant *grant, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err);

/** Refresh (section 4.3): a refresh token that does not come back is kept, and so is the
 * scope. @param old  what is refreshed, borrowed. Else as mcpauth__grant_code() */
enum mcpauth_code mcpauth__grant_refresh(const struct mcpauth__grant_request *request,
	const struct mcpauth__tokens *old, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err);

/** The client by itself (section 4.2). Else as mcpauth__grant_code() */
enum mcpauth_code mcpauth__grant_client_credentials(const struct mcpauth__grant_request *request,
	struct mcpauth__tokens *tokens, char *error, struct mcpauth_error *err);

/** An assertion (RFC 7523 section 2.1): of a workload, or an ID-JAG. Else likewise. */
enum mcpauth_code mcpauth__grant_assertion(const struct mcpauth__grant_request *request,
	const char *assertion, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err);

/** Exchange the person's ID token for an ID-JAG at the identity provider (RFC 8693
 * section 2), for the issuer of `request` and its resource and scope. Of the
 * request no proof is used, nor its key: the client is another one there.
 * @param[out] assertion  a secret, caller wipes and frees; NULL on failure
 * @return likewise, or MCPAUTH_E_LOGIN_REQUIRED: there is no ID token */
enum mcpauth_code mcpauth__grant_id_jag(const struct mcpauth__grant_request *request,
	const struct mcpauth_enterprise_config *enterprise, char **assertion, char *error,
	struct mcpauth_error *err);

/** Revoke a token (RFC 7009 section 2.1), if the issuer has an endpoint for that;
 * MCPAUTH_OK if it has none.
 * @param hint  "refresh_token" or "access_token" */
enum mcpauth_code mcpauth__token_revoke(const struct mcpauth__grant_request *request,
	const char *token, const char *hint, struct mcpauth_error *err);

#endif
