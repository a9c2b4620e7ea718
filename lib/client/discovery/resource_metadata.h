/* What a server says of itself and whom it trusts (RFC 9728), as a client reads it. */
#ifndef MCPAUTH_DISCOVERY_RESOURCE_METADATA_H
#define MCPAUTH_DISCOVERY_RESOURCE_METADATA_H

#include "base/words.h"
#include "client/ask.h"

/** Starts as {0}. */
struct mcpauth__resource_metadata {
	char *resource;                              /* byte for byte as the document has it */
	char *source;                                /* the URL of the document */
	struct mcpauth__words authorization_servers; /* one at least */
	struct mcpauth__words scopes_supported;
	bool has_scopes;
	bool wants_dpop; /* dpop_bound_access_tokens_required */
	bool takes_dpop; /* dpop_signing_alg_values_supported has ES256 */
};

/**
 * Read a document.
 *
 * @param server    the URL that requests go to: `resource` must be the same, or of the
 *                  same origin and a path above it by whole segments (a server's root
 *                  document speaks for all of it). Scheme and host without regard to
 *                  case, ports as they are by default, with a slash at the end or not
 * @param metadata  {0}; caller releases it, also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON, MCPAUTH_E_TOO_LARGE,
 *         MCPAUTH_E_INVALID_METADATA, MCPAUTH_E_RESOURCE_MISMATCH or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__resource_metadata_read(const char *server,
	const struct mcpauth__buf *text, struct mcpauth__resource_metadata *metadata,
	struct mcpauth_error *err);

/**
 * Find and read a server's document: where the challenge says, else with the path behind
 * the well-known one, else at the root (RFC 9728 section 3.1). A place named by a
 * challenge is the only one; of the others a 4xx leads to the next. One that is not
 * well-known at the server's origin may be about the server alone.
 *
 * @param named     resource_metadata of the challenge; NULL: not said
 * @param metadata  {0}; caller releases it, also on failure
 * @return as mcpauth__resource_metadata_read(), MCPAUTH_E_NO_RESOURCE_METADATA, or a code
 *         of the group 2xx
 */
enum mcpauth_code mcpauth__resource_metadata_find(const struct mcpauth__asker *asker,
	const char *server, const char *named, struct mcpauth__resource_metadata *metadata,
	struct mcpauth_error *err);

/** Release it; it is {0} again. */
void mcpauth__resource_metadata_finish(struct mcpauth__resource_metadata *metadata);

#endif
