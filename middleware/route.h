/* Which path demands what. */
#ifndef MCPAUTH_MIDDLEWARE_ROUTE_H
#define MCPAUTH_MIDDLEWARE_ROUTE_H

#include "base/lookup.h"
#include "base/words.h"
#include "shared_answer.h"

#include <mcpauth/chain.h>
#include <mcpauth/demand.h>

#include <string.h>

enum mcpauth__route_kind {
	MCPAUTH__ROUTE_EXACT,
	MCPAUTH__ROUTE_PREFIX,
	MCPAUTH__ROUTE_REST
};

/** How a route refuses, where the code alone decides how. */
enum mcpauth__route_refusal {
	MCPAUTH__ROUTE_INVITES,
	MCPAUTH__ROUTE_INVALID_REQUEST,
	MCPAUTH__ROUTE_INVALID_TOKEN,
	MCPAUTH__ROUTE_INSUFFICIENT_SCOPE,
	MCPAUTH__ROUTE_REFUSALS
};

/** A path and what it demands. Immutable once requests run. */
struct mcpauth__route {
	enum mcpauth__route_kind kind;
	char *path;
	struct mcpauth__words methods; /* empty: all */
	bool is_public;
	bool is_alone;               /* no other route at its path, for any method */
	struct mcpauth__route *next; /* of the same path and kind, for other methods */
	const char *resource;        /* borrowed from struct mcpauth; NULL: it has none */
	const char *metadata_url;    /* likewise */
	bool allow_error_details;
	bool omit_granted_scopes;
	bool allow_anonymous;
	struct mcpauth_demand *demand;      /* never NULL */
	struct mcpauth_operations **tables; /* each of which decides; mostly none or one */
	size_t table_count;
	/* One of each, made when it is needed, which changes nothing of the route. */
	struct mcpauth__shared_answer *refusals;
};

/** Must what is sent here with this method be an MCP message? */
static inline bool mcpauth__route_takes_message(
	const struct mcpauth__route *route, const char *method)
{
	return route->table_count > 0 && strcmp(method, "POST") == 0;
}

/** All routes of a chain. mcpauth__routes_init() first. */
struct mcpauth__routes {
	struct mcpauth__route **items;
	size_t count;
	struct mcpauth__lookup exact; /* by path: the first of each */
	struct mcpauth__lookup prefixes;
	size_t longest_prefix;
	struct mcpauth__route *rest; /* what no item covers; NULL: 404 */
	bool rest_is_given;          /* else it is derived from the items */
};

/** Which requests a route is for. Borrowed. */
struct mcpauth__route_key {
	enum mcpauth__route_kind kind;
	const char *path; /* NULL for the rest */
	bool is_public;
	bool is_alone;
};

/**
 * Add a route; the rest, unless it was given, demands what it demands, too, and so do
 * its tables. On failure no request gets through that did not before.
 *
 * @param policy  NULL for the defaults; of a public route only the methods count
 * @return as mcpauth_chain_protect()
 */
enum mcpauth_code mcpauth__routes_add(struct mcpauth__routes *routes, struct mcpauth *auth,
	const struct mcpauth__route_key *key, const struct mcpauth_policy *policy,
	struct mcpauth_error *err);

/**
 * Begin with routes that protect everything: of the only resource, the rest.
 *
 * @param routes  {0}
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__routes_init(
	struct mcpauth__routes *routes, struct mcpauth *auth, struct mcpauth_error *err);

/** The route of a request; NULL: there is nothing. */
const struct mcpauth__route *mcpauth__routes_find(
	const struct mcpauth__routes *routes, const char *method, const char *path);

/**
 * Let a table decide about what is posted to a path, too; on the rest as well, unless it
 * was given.
 *
 * @return as mcpauth_chain_add_operations()
 */
enum mcpauth_code mcpauth__routes_add_table(struct mcpauth__routes *routes, const char *path,
	struct mcpauth_operations *operations, struct mcpauth_error *err);

/** Release them; it is {0} again. */
void mcpauth__routes_finish(struct mcpauth__routes *routes);

#endif
