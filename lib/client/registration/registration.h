/* Becoming a client of an issuer's: known before, by a document, or by registering. */
#ifndef MCPAUTH_REGISTRATION_REGISTRATION_H
#define MCPAUTH_REGISTRATION_REGISTRATION_H

#include "client/discovery/authorization_server.h"
#include "client/storage/credentials.h"
#include "endpoint/client_proof.h"

#include <mcpauth/client.h>

/** Who wants to be known, and to whom. Borrowed. */
struct mcpauth__applicant {
	const struct mcpauth_client_config *config;
	const struct mcpauth__asker *asker;
	const struct mcpauth__authorization_server *server;
	const char *redirect_uri; /* NULL: no redirects */
	int64_t now;              /* seconds since 1970 */
};

/** How a client comes to be known to an issuer. */
enum mcpauth__registration_way {
	MCPAUTH__BY_CONFIGURATION, /* client_id */
	MCPAUTH__BY_DOCUMENT,      /* client_metadata_url */
	MCPAUTH__BY_REGISTRATION,  /* RFC 7591 */
	MCPAUTH__BY_ASKING,        /* identify */
	MCPAUTH__BY_NOTHING
};

/** Which way there is, in the order of the MCP specification. */
enum mcpauth__registration_way mcpauth__registration_way(
	const struct mcpauth__applicant *applicant);

/**
 * Is what was kept still good: for this issuer, its secret not expired, its redirect_uri (if
 * it was registered, and redirects are used now) the one that is used, and what the
 * configuration says of the client unchanged?
 */
bool mcpauth__registration_is_good(const struct mcpauth__registration *registration,
	const struct mcpauth__applicant *applicant);

/**
 * Become known. Asks the registration endpoint, or the program.
 *
 * @param registration  {0}; caller releases it, also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_ISSUER_MISMATCH (client_id is for another issuer),
 *         MCPAUTH_E_NOT_REGISTERED, MCPAUTH_E_REGISTRATION, MCPAUTH_E_INVALID_JSON, a code
 *         of the group 2xx, MCPAUTH_E_INVALID_ARGUMENT (a name or URL of the client's is
 *         not UTF-8) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__registration_get(const struct mcpauth__applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err);

/**
 * How the client proves to the token endpoint who it is: by what was configured or
 * registered, else by what the issuer supports and the client has. With neither secret nor
 * key it just says who it is: many issuers take that without naming `none`.
 *
 * @param[out] proof  caller frees with mcpauth__client_proof_free(); NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNSUPPORTED: the issuer takes none of what the client
 *         has; MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__registration_proof(const struct mcpauth__registration *registration,
	const struct mcpauth__applicant *applicant, struct mcpauth__client_proof **proof,
	struct mcpauth_error *err);

#endif
