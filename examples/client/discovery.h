/* From an MCP server's URL to the endpoints of its authorization server. */
#ifndef CLIENT_DISCOVERY_H
#define CLIENT_DISCOVERY_H

#include "challenge.h"

/** What the two metadata documents say; all zero before. */
struct discovery {
	char *resource;
	char *scopes_supported;
	char *issuer;
	char *authorization_endpoint;
	char *token_endpoint;
	char *registration_endpoint;
	/** RFC 9207: answers name the issuer they come from. */
	bool names_issuer;
};

/**
 * Fetch and check protected-resource metadata (RFC 9728), then those of the
 * first authorization server (RFC 8414, else OpenID Connect Discovery).
 *
 * @param url              the MCP server, which `resource` must equal
 * @param challenge        of its 401
 * @param[out] discovery   caller frees with discovery_finish()
 * @return false after complaining
 */
bool discover(struct http *http, const char *url, const struct challenge *challenge,
	struct discovery *discovery);

void discovery_finish(struct discovery *discovery);

#endif
