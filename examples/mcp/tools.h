/* The server object, its tools, and what both eras do with them. */
#ifndef EXAMPLES_MCP_TOOLS_H
#define EXAMPLES_MCP_TOOLS_H

#include "mcp.h"
#include "reply.h"
#include "session.h"

struct tool {
	char *name;
	char *description;
	cJSON *schema;
	mcp_tool_fn call;
	void *user;
};

struct mcp_server {
	char *name;
	char *version;
	char *path;
	struct tool *tools;
	size_t count;
	struct mcpauth *auth;
	const struct mcpauth_operations *operations; /**< or NULL */
	enum mcpauth_list_mode list;
	struct sessions *sessions;
};

/** {"name":…,"version":…}. @return NULL without memory */
cJSON *tools_server_info(const struct mcp_server *server);

/** What the server can do: {"tools":{}}. @return NULL without memory */
cJSON *tools_capabilities(void);

/** {"tools":[…]}, those that this caller may see, in the order in which they were added.
 * @return NULL without memory */
cJSON *tools_list(const struct mcp_server *server, const struct mcpauth_auth_info *who);

/**
 * Run a tool.
 *
 * @param who           or NULL; borrowed for the call
 * @param[out] failure  written only on failure
 * @return {"content":[…]}, or NULL on failure
 */
cJSON *tools_call(const struct mcp_server *server, const struct mcpauth_message *message,
	const struct mcpauth_auth_info *who, struct failure *failure);

#endif
