/* The document a protected resource publishes of itself (RFC 9728 section 2). */
#ifndef MCPAUTH_METADATA_RESOURCE_DOCUMENT_H
#define MCPAUTH_METADATA_RESOURCE_DOCUMENT_H

#include <mcpauth/resource.h>

/**
 * Write the document.
 *
 * @param config         its strings, exactly as they stand
 * @param issuers        URLs of the authorization servers
 * @param count          how many
 * @param[out] document  caller frees with free(); NULL on failure
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__resource_document_write(const struct mcpauth_resource_config *config,
	const char *const *issuers, size_t count, char **document, struct mcpauth_error *err);

#endif
