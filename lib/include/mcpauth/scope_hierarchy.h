/**
 * @file
 * Scopes that include others: whoever was granted `admin` may do what asks for
 * `notes:read`, if a program says so here (MCP 2026-07-28, authorization, "Scope
 * Hierarchies").
 *
 * Honoured wherever scopes are compared: on routes, for operations, in lists, by
 * mcpauth_demand_missing() and mcpauth_auth_info_has_scopes(). What a token was granted
 * stays what it is: mcpauth_auth_info_scope_at() lists that and nothing else, and so
 * does a challenge.
 */
#ifndef MCPAUTH_SCOPE_HIERARCHY_H
#define MCPAUTH_SCOPE_HIERARCHY_H

#include <mcpauth/auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Let a scope include others at one resource, those that they include, too, and so on;
 * two may include each other.
 *
 * Before the object's first verification. A pair that is there already is not added
 * again. What a token holds is worked out once, when it is verified: one look at the
 * table for each of its scopes.
 *
 * @param auth      borrowed for the call
 * @param resource  whose tokens; NULL for the only resource there is
 * @param scope     the broader one, byte for byte; copied
 * @param implied   the narrower ones, separated by blanks, in which each `*` stands for
 *                  any characters, also none: "notes:*"; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK; or, with none of the pairs added, MCPAUTH_E_UNKNOWN_RESOURCE,
 *         MCPAUTH_E_INVALID_ARGUMENT (not one scope, nothing implied, a character that
 *         no scope has, or more than 256 pairs at a resource), MCPAUTH_E_IN_USE (it was
 *         used to verify) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_imply_scopes(struct mcpauth *auth, const char *resource,
	const char *scope, const char *implied, struct mcpauth_error *err);

/**
 * Does one scope include another? For hierarchies that no table can say.
 *
 * Called on the thread that verifies or compares, several at once; must be quick, and
 * must always say the same of the same two: what it says may be remembered as long as
 * the token. Nothing follows from what it says but that: a chain is its own to follow.
 *
 * @param granted  one that the token was granted, or that the table names and such a one
 *                 includes by it; borrowed for the call
 * @param wanted   another one, as a route or an operation names it; borrowed likewise
 * @param user     as given beside the function
 * @return true if it does
 */
typedef bool (*mcpauth_implies_fn)(const char *granted, const char *wanted, void *user);

/**
 * Ask a function of the program's own besides the table.
 *
 * Before the object's first verification.
 *
 * @param auth      borrowed for the call
 * @param resource  whose tokens; NULL for the only resource there is
 * @param implies   NULL: nobody is asked
 * @param user      given to it; borrowed until the last mcpauth_free() and until every
 *                  auth info of the resource is given back
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE, MCPAUTH_E_IN_USE or
 *         MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_set_implies(struct mcpauth *auth, const char *resource,
	mcpauth_implies_fn implies, void *user, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
