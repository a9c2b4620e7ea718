/* What reaches the MCP part of the examples: a message as the chain hands it on, and
 * somebody whose token was verified. */
#ifndef MCPAUTH_TEST_UNIT_EXAMPLES_POSTED_H
#define MCPAUTH_TEST_UNIT_EXAMPLES_POSTED_H

#include "mcp/era.h"

/** NULL is an empty slice. */
struct slice posted_text(const char *value);

/**
 * Post a message that the chain lets pass.
 *
 * @param headers     NULL for none
 * @param[out] reply  its body is the caller's
 */
void posted_answer(const struct mcp_server *server, const char *body,
	const struct era_headers *headers, const struct mcpauth_auth_info *who,
	struct reply *reply);

/** What a verified token with these claims makes of its bearer. */
struct mcpauth_auth_info *posted_bearer(const char *issuer, const char *claims);

/** An object without resources, for a server's handles. Caller frees with mcpauth_free(). */
struct mcpauth *posted_auth(void);

/** A server without tools at /mcp, that filters nothing. */
struct mcp_server *posted_server(struct mcpauth *auth);

#endif
