/* The three tools, and which scope each of them asks for. */
#ifndef TODO_MANAGER_TOOLS_H
#define TODO_MANAGER_TOOLS_H

#include "../mcp/mcp.h"
#include "store.h"

#define SCOPE_CREATE "create:todos"
#define SCOPE_READ "read:todos"
#define SCOPE_DELETE "delete:todos"

/** Every scope that a tool needs or looks at: what the resource says it supports. */
#define TODO_SCOPES SCOPE_CREATE " " SCOPE_READ " " SCOPE_DELETE

struct todo_tools;

/**
 * @param store    borrowed until todo_tools_free()
 * @param no_auth  the server asks nobody who they are: its callers, who are all
 *                 one then, may do everything
 * @return caller frees with todo_tools_free(); NULL without memory
 */
struct todo_tools *todo_tools_new(struct todo_store *store, bool no_auth);

/** After mcp_server_free() of the server that has the tools. NULL is accepted. */
void todo_tools_free(struct todo_tools *tools);

/**
 * Give a server the tools.
 *
 * @param tools   borrowed until mcp_server_free()
 * @param server  borrowed for the call
 * @return false without memory
 */
bool todo_tools_add(struct todo_tools *tools, struct mcp_server *server);

/**
 * Say which scope each tool needs. Whoever lacks it never gets as far as the tool.
 *
 * @param operations  changed
 * @param[out] err    written only on failure
 * @return as mcpauth_operations_add()
 */
enum mcpauth_code todo_tools_add_operations(
	struct mcpauth_operations *operations, struct mcpauth_error *err);

#endif
