/* What a table of operations says of one of them. */
#ifndef MCPAUTH_MIDDLEWARE_OPERATIONS_H
#define MCPAUTH_MIDDLEWARE_OPERATIONS_H

#include "scope_list.h"

#include <mcpauth/operations.h>

struct mcpauth__operation_entry;

/** An operation, and a walk over the entries of one table that speak of it. Borrows. */
struct mcpauth__operation_walk {
	const struct mcpauth_operations *operations;
	const char *method;
	const char *name;                                /* NULL: it has none */
	const struct mcpauth__operation_entry *exact[2]; /* NULL: no such entry */
	size_t at;
};

/** Begin a walk. @param method  NULL, of a response, counts as an empty one */
void mcpauth__operation_walk_begin(struct mcpauth__operation_walk *walk,
	const struct mcpauth_operations *operations, const char *method, const char *name);

/**
 * What the scopes come to: for what else an operation needs, ask its checks.
 *
 * @param walk          begun; at its end afterwards, or somewhere
 * @param who           NULL: nobody
 * @param[out] missing  with MCPAUTH_E_INSUFFICIENT_SCOPE: a scope, borrowed from the table
 * @return MCPAUTH_OK, MCPAUTH_E_NO_CREDENTIALS (nobody may not), MCPAUTH_E_NOT_LISTED or
 *         MCPAUTH_E_INSUFFICIENT_SCOPE
 */
enum mcpauth_code mcpauth__operation_judge(struct mcpauth__operation_walk *walk,
	const struct mcpauth_auth_info *who, const char **missing);

/** Put all scopes that it needs. @param walk, holder  as above, and for the list */
void mcpauth__operation_put_scopes(struct mcpauth__operation_walk *walk,
	const struct mcpauth_auth_info *holder, struct mcpauth__scope_list *list);

/**
 * Ask the checks of all entries that speak of a message's operation.
 *
 * @param walk    begun
 * @param scopes  gets those that they name
 * @return MCPAUTH_OK; MCPAUTH_E_INSUFFICIENT_SCOPE where one of these was not granted;
 *         MCPAUTH_E_INVALID_ARGUMENT where a check named what is no scope; or what a check
 *         refuses with
 */
enum mcpauth_code mcpauth__operation_ask(struct mcpauth__operation_walk *walk,
	const struct mcpauth_message *message, const struct mcpauth_auth_info *who,
	struct mcpauth__scope_list *scopes);

#endif
