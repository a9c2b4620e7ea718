/* What a table of operations says of one of them. */
#ifndef MCPAUTH_MCP_OPERATIONS_H
#define MCPAUTH_MCP_OPERATIONS_H

#include "scope_list.h"

#include <mcpauth/operations.h>

/**
 * What the scopes come to: for what else an operation needs, ask its checks.
 *
 * @param method        NULL, of a response, counts as an empty one; so below
 * @param name          NULL: it has none; so below
 * @param who           NULL: nobody
 * @param[out] missing  with MCPAUTH_E_INSUFFICIENT_SCOPE: a scope, borrowed from the table
 * @return MCPAUTH_OK, MCPAUTH_E_NO_CREDENTIALS (nobody may not), MCPAUTH_E_NOT_LISTED or
 *         MCPAUTH_E_INSUFFICIENT_SCOPE
 */
enum mcpauth_code mcpauth__operations_judge(const struct mcpauth_operations *operations,
	const char *method, const char *name, const struct mcpauth_auth_info *who,
	const char **missing);

/** Put all scopes that an operation needs. @param holder  as for the list */
void mcpauth__operations_put_scopes(const struct mcpauth_operations *operations, const char *method,
	const char *name, const struct mcpauth_auth_info *holder, struct mcpauth__scope_list *list);

/**
 * Ask the checks of all entries that speak of a message's operation.
 *
 * @param scopes  gets those that they name
 * @return MCPAUTH_OK; MCPAUTH_E_INSUFFICIENT_SCOPE where one of these was not granted;
 *         MCPAUTH_E_INVALID_ARGUMENT where a check named what is no scope; or what a check
 *         refuses with
 */
enum mcpauth_code mcpauth__operations_ask(const struct mcpauth_operations *operations,
	const struct mcpauth_message *message, const struct mcpauth_auth_info *who,
	struct mcpauth__scope_list *scopes);

#endif
