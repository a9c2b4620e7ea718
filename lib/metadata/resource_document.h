/* The document a protected resource publishes of itself (RFC 9728 section 2). */
#ifndef MCPAUTH_METADATA_RESOURCE_DOCUMENT_H
#define MCPAUTH_METADATA_RESOURCE_DOCUMENT_H

#include <mcpauth/resource.h>

/** A member in one more language: "resource_name#de" and its text. */
struct mcpauth__translation {
	char *member;
	char *text;
};

/** What a document is made of. All borrowed. */
struct mcpauth__resource_description {
	const struct mcpauth_resource_config *config; /* its strings, exactly as they stand */
	const char *const *issuers;                   /* URLs of the authorization servers */
	size_t issuer_count;
	struct mcpauth__translation *const *translations;
	size_t translation_count;
};

/**
 * Write the document.
 *
 * @param[out] document  caller frees with free(); NULL on failure
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__resource_document_write(const struct mcpauth__resource_description *from,
	char **document, struct mcpauth_error *err);

#endif
