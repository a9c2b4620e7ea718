/* Is what an authorization server says of itself enough for MCP? */
#ifndef MCPAUTH_METADATA_SERVER_CHECKS_H
#define MCPAUTH_METADATA_SERVER_CHECKS_H

#include "metadata/findings.h"

#include <cjson/cJSON.h>

/** What the document is held against. */
struct mcpauth__server_question {
	const char *issuer; /* what its `issuer` must be; NULL leaves that out */
	bool allow_http;    /* plain http anywhere */
	bool has_keys;      /* the place of the keys is configured, jwks_uri not needed */
};

/**
 * Look at a document; what cannot be looked at because its member is missing or
 * of a wrong type is left to MCPAUTH_FINDING_METADATA, the rest is still found.
 * MCPAUTH_FINDING_METADATA_FOUND and MCPAUTH_FINDING_KEYS are the caller's.
 *
 * @param document  an object; need not come from a strict parse
 * @param findings  gets them all
 * @return MCPAUTH_OK once all is looked at, whatever was found, or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__server_checks(const cJSON *document,
	const struct mcpauth__server_question *question, struct mcpauth__findings *findings);

#endif
