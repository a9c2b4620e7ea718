/* Where an issuer's metadata may be (RFC 8414 section 3), before anything is fetched. */
#ifndef MCPAUTH_METADATA_SERVER_DISCOVERY_H
#define MCPAUTH_METADATA_SERVER_DISCOVERY_H

#include <mcpauth/issuer.h>

#include <stddef.h>

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

/**
 * Likewise, as it is configured: a metadata_url is the one place.
 *
 * @param config    without metadata by hand
 * @param[out] url  caller frees with free(); NULL past the last place
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__server_locate(const struct mcpauth_issuer_config *config,
	unsigned attempt, char **url, struct mcpauth_error *err);

/**
 * The host of these places: only there may what the document names be private.
 *
 * @param[out] host  caller frees with free(); NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__server_host(
	const struct mcpauth_issuer_config *config, char **host, struct mcpauth_error *err);

/**
 * Let the program change a document, if it wants to see them.
 *
 * @param[in,out] text    the text that counts, before and after. On failure of no use
 * @param[in,out] length  its length in bytes, likewise
 * @param[out] changed    what keeps that text, if it is another one; caller frees with free()
 * @return as mcpauth__server_metadata_transpile()
 */
enum mcpauth_code mcpauth__server_transpile(const struct mcpauth_issuer_config *config,
	const char **text, size_t *length, char **changed, struct mcpauth_error *err);

#endif
