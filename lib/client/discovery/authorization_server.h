/* An authorization server as a client sees it: where to go, and what it takes. */
#ifndef MCPAUTH_DISCOVERY_AUTHORIZATION_SERVER_H
#define MCPAUTH_DISCOVERY_AUTHORIZATION_SERVER_H

#include "base/words.h"
#include "client/ask.h"

/** Starts as {0}. URLs were checked: https, or http on loopback. */
struct mcpauth__authorization_server {
	char *issuer;
	char *source; /* the URL of its document; what that names was learnt from there */
	char *text;   /* the document, to be kept; NULL if it is assumed */
	char *authorization_endpoint;                 /* NULL: none */
	char *token_endpoint;                         /* always there */
	char *registration_endpoint;                  /* NULL: none */
	char *revocation_endpoint;                    /* likewise */
	struct mcpauth__words authentication_methods; /* default: client_secret_basic */
	struct mcpauth__words
		assertion_algorithms; /* token_endpoint_auth_signing_alg_values_supported */
	struct mcpauth__words scopes_supported;
	bool has_pkce;               /* code_challenge_methods_supported has S256 */
	bool reads_client_documents; /* client_id_metadata_document_supported */
	bool names_issuer;           /* authorization_response_iss_parameter_supported (RFC 9207) */
	bool takes_dpop;             /* dpop_signing_alg_values_supported has ES256 */
	bool is_assumed;             /* there was no document: 2025-03-26's default paths */
	bool is_missing;             /* a search that failed: each place said 4xx */
};

/** A document, and what is known of it. Borrowed. */
struct mcpauth__server_document {
	const char *issuer; /* what its `issuer` must equal, byte for byte (RFC 8414 section 3.3) */
	const char *source; /* where it was found */
	const struct mcpauth__buf *text;
};

/**
 * Read a document.
 *
 * @param server  {0}; caller releases it, also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON, MCPAUTH_E_TOO_LARGE,
 *         MCPAUTH_E_INVALID_METADATA, MCPAUTH_E_ISSUER_MISMATCH or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__authorization_server_read(const struct mcpauth__asker *asker,
	const struct mcpauth__server_document *document,
	struct mcpauth__authorization_server *server, struct mcpauth_error *err);

/**
 * Find and read an issuer's document, in the order of the MCP specification: a 4xx leads
 * to the next place, anything else ends the search.
 *
 * @param learnt_from  the URL of the document that named the issuer; NULL: configured
 * @param server       {0}; caller releases it, also on failure: then `is_missing` says
 *                     whether it is just that there is none
 * @return as mcpauth__authorization_server_read(), or a code of the group 2xx
 */
enum mcpauth_code mcpauth__authorization_server_find(const struct mcpauth__asker *asker,
	const char *issuer, const char *learnt_from, struct mcpauth__authorization_server *server,
	struct mcpauth_error *err);

/**
 * What a server of 2025-03-26 without any metadata has: /authorize, /token and /register
 * at its origin. It takes S256: that revision wants it of all.
 *
 * @param origin  scheme and authority, without a slash at its end; its issuer
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__authorization_server_assume(const char *origin,
	struct mcpauth__authorization_server *server, struct mcpauth_error *err);

/** Release it; it is {0} again. */
void mcpauth__authorization_server_finish(struct mcpauth__authorization_server *server);

#endif
