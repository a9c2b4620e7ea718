/* Which path demands what. */
#ifndef MCPAUTH_MIDDLEWARE_ROUTE_H
#define MCPAUTH_MIDDLEWARE_ROUTE_H

#include "base/lookup.h"
#include "base/words.h"
#include "fixed.h"

#include <mcpauth/chain.h>
#include <mcpauth/demand.h>

enum mcpauth__route_kind {
	MCPAUTH__ROUTE_EXACT,
	MCPAUTH__ROUTE_PREFIX,
	MCPAUTH__ROUTE_REST
};

/** How a route refuses, as far as a request has no say in it. */
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
	struct mcpauth__route *next; /* of the same path and kind, for other methods */
	/* Of what is not public: */
	const char *resource;              /* borrowed from struct mcpauth */
	const char *metadata_url;          /* likewise */
	struct mcpauth_demand *demand;     /* the same scopes, to be compared with */
	struct mcpauth__words scopes;      /* all of them */
	struct mcpauth__words *any_scopes; /* and one of each of these sets, none empty */
	size_t any_count;
	bool allow_error_details;
	bool omit_granted_scopes;
	struct mcpauth__fixed_place refusals[MCPAUTH__ROUTE_REFUSALS];
};

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
};

/**
 * Add a route; the rest, unless it was given, demands what it demands, too. On
 * failure no request gets through that did not before.
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

/** The first of a set of scopes that was granted; NULL if none was. Borrowed.
 * @param info  NULL for nobody */
const char *mcpauth__granted_of(
	const struct mcpauth__words *scopes, const struct mcpauth_auth_info *info);

/** Release them; it is {0} again. */
void mcpauth__routes_finish(struct mcpauth__routes *routes);

#endif
