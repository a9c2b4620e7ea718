/* What an authorization server says of itself (RFC 8414 section 2, OpenID Connect Discovery). */
#ifndef MCPAUTH_METADATA_SERVER_METADATA_H
#define MCPAUTH_METADATA_SERVER_METADATA_H

#include <mcpauth/issuer.h>

#include <cjson/cJSON.h>

/** A document that was checked. Counted and immutable. */
struct mcpauth__server_metadata;

/**
 * Parse and check a document.
 *
 * @param issuer         what its `issuer` must equal, byte for byte
 * @param text           strict JSON, borrowed for the call
 * @param[out] metadata  caller frees with mcpauth__server_metadata_free()
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON, MCPAUTH_E_INVALID_METADATA,
 *         MCPAUTH_E_ISSUER_MISMATCH, MCPAUTH_E_NO_JWKS_URI or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__server_metadata_parse(const char *issuer, const char *text,
	size_t length, struct mcpauth__server_metadata **metadata, struct mcpauth_error *err);

struct mcpauth__server_metadata *mcpauth__server_metadata_ref(
	struct mcpauth__server_metadata *metadata);

/** NULL is accepted. */
void mcpauth__server_metadata_free(struct mcpauth__server_metadata *metadata);

/** Where the keys are. Borrowed. */
const char *mcpauth__server_metadata_jwks_uri(const struct mcpauth__server_metadata *metadata);

/**
 * Where an issuer's document may be, one place per attempt, in the order of the
 * MCP specification: RFC 8414 with the path inserted, OpenID Connect with it
 * inserted, OpenID Connect with it in front.
 *
 * @param discovery  which of them
 * @param attempt    from 0
 * @param[out] url   caller frees with free(); NULL past the last place
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__discovery_url(const char *issuer, enum mcpauth_discovery discovery,
	unsigned attempt, char **url, struct mcpauth_error *err);

#endif
