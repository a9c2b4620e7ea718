/* Routes: exact paths, prefixes by whole segments, and all the rest. */
#include "route.h"

#include "base/array.h"
#include "base/config.h"
#include "base/error_int.h"
#include "base/scopes.h"

#include <stdlib.h>
#include <string.h>

static void route_free(struct mcpauth__route *route)
{
	if (route == NULL) {
		return;
	}
	free(route->path);
	mcpauth__words_finish(&route->methods);
	for (size_t i = 0; route->refusals != NULL && i < MCPAUTH__ROUTE_REFUSALS; i++) {
		mcpauth__shared_answer_finish(&route->refusals[i]);
	}
	free(route->refusals);
	for (size_t i = 0; i < route->table_count; i++) {
		mcpauth_operations_free(route->tables[i]);
	}
	free(route->tables);
	mcpauth_demand_free(route->demand);
	free(route);
}

static bool has_table(
	const struct mcpauth__route *route, const struct mcpauth_operations *operations)
{
	bool found = false;
	for (size_t i = 0; !found && i < route->table_count; i++) {
		found = route->tables[i] == operations;
	}
	return found;
}

/* Let a table decide here, too. @return false without memory */
static bool add_table(struct mcpauth__route *route, struct mcpauth_operations *operations)
{
	if (operations == NULL || has_table(route, operations)) {
		return true;
	}
	if (!mcpauth__array_grow(&route->tables, route->table_count)) {
		return false;
	}
	route->tables[route->table_count++] = mcpauth_operations_ref(operations);
	return true;
}

static const char *only_resource(const struct mcpauth *auth)
{
	return mcpauth_resource_at(auth, 1) == NULL ? mcpauth_resource_at(auth, 0) : NULL;
}

static enum mcpauth_code set_resource(struct mcpauth__route *route, struct mcpauth *auth,
	const char *named, struct mcpauth_error *err)
{
	const char *resource = named != NULL ? named : only_resource(auth);
	if (resource == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"there are several resources: the policy must name its own");
	}
	for (size_t i = 0; mcpauth_resource_at(auth, i) != NULL; i++) {
		if (strcmp(mcpauth_resource_at(auth, i), resource) == 0) {
			route->resource = mcpauth_resource_at(auth, i);
			route->metadata_url = mcpauth_resource_metadata_url(auth, resource);
			return MCPAUTH_OK;
		}
	}
	return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_RESOURCE,
		"no such resource was added: \"%.150s\"", resource);
}

/* A stage of the program's own may still refuse somebody here, and its
 * challenge points at the only resource there is. */
static enum mcpauth_code set_public(
	struct mcpauth__route *route, struct mcpauth *auth, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth_demand_new(auth, NULL, &route->demand, err);
	return code != MCPAUTH_OK || only_resource(auth) == NULL
		? code
		: set_resource(route, auth, NULL, err);
}

static enum mcpauth_code set_demand(struct mcpauth__route *route, struct mcpauth *auth,
	const struct mcpauth_policy *policy, struct mcpauth_error *err)
{
	struct mcpauth_demand_config config = MCPAUTH_DEMAND_CONFIG_INIT;
	config.scopes = policy->scopes;
	config.any_scopes = policy->any_scopes;
	return mcpauth_demand_new(auth, &config, &route->demand, err);
}

static enum mcpauth_code set_policy(struct mcpauth__route *route, struct mcpauth *auth,
	const struct mcpauth_policy *policy, struct mcpauth_error *err)
{
	enum mcpauth_code code = set_demand(route, auth, policy, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	const char *warning = mcpauth__scopes_warning(policy->scopes);
	warning = warning != NULL ? warning : mcpauth__scopes_warning(policy->any_scopes);
	if (warning != NULL) {
		mcpauth_log(auth, MCPAUTH_LOG_WARNING, MCPAUTH_E_INVALID_ARGUMENT, NULL, warning);
	}
	route->allow_error_details = policy->allow_error_details;
	route->omit_granted_scopes = policy->omit_granted_scopes;
	route->allow_anonymous = policy->allow_anonymous;
	if (!add_table(route, policy->operations)) {
		return mcpauth__no_memory(err);
	}
	return set_resource(route, auth, policy->resource, err);
}

/* "For all methods" beside named ones means the rest of them. What is left to
 * everybody must be named. */
static bool is_too_open(const struct mcpauth__route *route, const struct mcpauth__route *other)
{
	return route->is_public && route->methods.count == 0 && !other->is_public;
}

static bool overlap(const struct mcpauth__route *a, const struct mcpauth__route *b)
{
	bool found = a->is_alone || b->is_alone || is_too_open(a, b) || is_too_open(b, a)
		|| (a->methods.count == 0 && b->methods.count == 0);
	for (size_t i = 0; i < a->methods.count && !found; i++) {
		const char *method = a->methods.items[i];
		found = mcpauth__words_contain(&b->methods, method, strlen(method));
	}
	return found;
}

/* The first route of this very path; the others hang on it. */
static struct mcpauth__route *first_of(const struct mcpauth__routes *routes,
	enum mcpauth__route_kind kind, const char *path, size_t length)
{
	return mcpauth__lookup_find(
		kind == MCPAUTH__ROUTE_EXACT ? &routes->exact : &routes->prefixes, path, length);
}

static enum mcpauth_code check(const struct mcpauth__routes *routes,
	const struct mcpauth__route *route, struct mcpauth_error *err)
{
	if (route->path == NULL || route->path[0] != '/' || strpbrk(route->path, "?#%") != NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a path begins with a slash, is decoded and has no query");
	}
	const struct mcpauth__route *other = first_of(
		routes, route->kind, route->path, strlen(route->path));
	for (; other != NULL; other = other->next) {
		if (overlap(route, other)) {
			return mcpauth__fail(err, MCPAUTH_E_DUPLICATE,
				"the path has a route already: %.150s", route->path);
		}
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code check_rest(const struct mcpauth__routes *routes,
	const struct mcpauth__route *route, struct mcpauth_error *err)
{
	if (routes->rest_is_given) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "the rest has a policy already");
	}
	return route->methods.count == 0 ? MCPAUTH_OK
					 : mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
						 "the rest has one policy for all methods");
}

/* All methods are what NULL asks for. An empty list or a misspelt method is
 * somebody's mistake: the route would speak of nothing, and what was meant for it
 * be decided elsewhere. */
static enum mcpauth_code check_methods(
	const struct mcpauth__words *methods, struct mcpauth_error *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
	bool good = methods->count > 0;
	for (size_t i = 0; i < methods->count; i++) {
		good = good && methods->items[i][strspn(methods->items[i], letters)] == '\0';
	}
	return good ? MCPAUTH_OK
		    : mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			    "methods are words in capitals, separated by blanks");
}

/* @param[out] route  caller frees with route_free(), also on failure */
static enum mcpauth_code make_empty(
	enum mcpauth__route_kind kind, struct mcpauth__route **route, struct mcpauth_error *err)
{
	struct mcpauth__route *made = calloc(1, sizeof *made);
	*route = made;
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	made->kind = kind;
	made->refusals = calloc(MCPAUTH__ROUTE_REFUSALS, sizeof *made->refusals);
	return made->refusals == NULL ? mcpauth__no_memory(err) : MCPAUTH_OK;
}

static enum mcpauth_code make(const struct mcpauth__route_key *key, const char *methods,
	struct mcpauth__route **route, struct mcpauth_error *err)
{
	enum mcpauth_code code = make_empty(key->kind, route, err);
	struct mcpauth__route *made = *route;
	if (code != MCPAUTH_OK) {
		return code;
	}
	made->is_public = key->is_public;
	made->is_alone = key->is_alone;
	made->path = mcpauth__strdup(key->path);
	if ((key->path != NULL && made->path == NULL)
		|| !mcpauth__words_split(&made->methods, methods)) {
		return mcpauth__no_memory(err);
	}
	return methods == NULL ? MCPAUTH_OK : check_methods(&made->methods, err);
}

enum mcpauth_code mcpauth__routes_init(
	struct mcpauth__routes *routes, struct mcpauth *auth, struct mcpauth_error *err)
{
	if (only_resource(auth) == NULL) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = make_empty(MCPAUTH__ROUTE_REST, &routes->rest, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_demand_new(auth, NULL, &routes->rest->demand, err);
	}
	return code == MCPAUTH_OK ? set_resource(routes->rest, auth, NULL, err) : code;
}

/* Where requests find it. */
static bool enter(struct mcpauth__routes *routes, struct mcpauth__route *route)
{
	size_t length = strlen(route->path);
	struct mcpauth__route *last = first_of(routes, route->kind, route->path, length);
	bool is_prefix = route->kind == MCPAUTH__ROUTE_PREFIX;
	if (last == NULL) {
		if (is_prefix && length > routes->longest_prefix) {
			routes->longest_prefix = length;
		}
		return mcpauth__lookup_add(
			is_prefix ? &routes->prefixes : &routes->exact, route->path, length, route);
	}
	while (last->next != NULL) {
		last = last->next;
	}
	last->next = route;
	return true;
}

/* Whoever asks for a path nobody named needs what any route needs: "/mcp/" must not be
 * easier to open than "/mcp". @return false without memory */
static bool demand_also(struct mcpauth__route *rest, const struct mcpauth__route *route)
{
	bool good = mcpauth_demand_add(rest->demand, route->demand, NULL) == MCPAUTH_OK;
	for (size_t i = 0; good && i < route->table_count; i++) {
		good = add_table(rest, route->tables[i]);
	}
	return good;
}

static enum mcpauth_code keep(
	struct mcpauth__routes *routes, struct mcpauth__route *route, struct mcpauth_error *err)
{
	bool is_rest = route->kind == MCPAUTH__ROUTE_REST;
	enum mcpauth_code code = is_rest ? check_rest(routes, route, err)
					 : check(routes, route, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (is_rest) {
		route_free(routes->rest);
		routes->rest = route;
		routes->rest_is_given = true;
		return MCPAUTH_OK;
	}
	bool is_derived = routes->rest != NULL && !routes->rest_is_given;
	if (!mcpauth__array_grow(&routes->items, routes->count)
		|| (is_derived && !demand_also(routes->rest, route)) || !enter(routes, route)) {
		return mcpauth__no_memory(err);
	}
	routes->items[routes->count++] = route;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__routes_add(struct mcpauth__routes *routes, struct mcpauth *auth,
	const struct mcpauth__route_key *key, const struct mcpauth_policy *policy,
	struct mcpauth_error *err)
{
	struct mcpauth_policy read;
	struct mcpauth__route *route = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, policy, err);
	if (code == MCPAUTH_OK) {
		code = make(key, read.methods, &route, err);
	}
	if (code == MCPAUTH_OK) {
		code = key->is_public ? set_public(route, auth, err)
				      : set_policy(route, auth, &read, err);
	}
	if (code == MCPAUTH_OK) {
		code = keep(routes, route, err);
	}
	if (code != MCPAUTH_OK) {
		route_free(route);
	}
	return code;
}

/* How well a route's methods fit: 0 not at all, 1 since it speaks of all, 2 as
 * HEAD goes with GET, 3 by its name. */
static size_t method_fit(const struct mcpauth__route *route, const char *method)
{
	if (route->methods.count == 0) {
		return 1;
	}
	if (mcpauth__words_contain(&route->methods, method, strlen(method))) {
		return 3;
	}
	return strcmp(method, "HEAD") == 0 && mcpauth__words_contain(&route->methods, "GET", 3) ? 2
												: 0;
}

/* MHD resolves neither "." nor "..": below which prefix such a path ends, only
 * the application knows. */
static bool has_dot_segment(const char *path)
{
	const char *at = path;
	while ((at = strstr(at, "/.")) != NULL) {
		at += 2;
		at += *at == '.';
		if (*at == '/' || *at == '\0') {
			return true;
		}
	}
	return false;
}

/* Of the routes of one path the one whose methods fit best, the first of equals. */
static const struct mcpauth__route *best_of(const struct mcpauth__route *route, const char *method)
{
	const struct mcpauth__route *found = NULL;
	size_t best = 0;
	for (; route != NULL; route = route->next) {
		size_t fit = method_fit(route, method);
		if (fit > best) {
			best = fit;
			found = route;
		}
	}
	return found;
}

/* Does a segment end with these bytes of the path, or the slash behind one? */
static bool is_boundary(const char *path, size_t length)
{
	return path[length] == '\0' || path[length] == '/' || path[length - 1] == '/';
}

/* From the longest to the shortest. No more than the longest prefix is looked at,
 * however long a path the client sends. */
static const struct mcpauth__route *find_prefix(
	const struct mcpauth__routes *routes, const char *method, const char *path, size_t length)
{
	const struct mcpauth__route *found = NULL;
	size_t at = length < routes->longest_prefix ? length : routes->longest_prefix;
	for (; at > 0 && found == NULL; at--) {
		if (is_boundary(path, at)) {
			found = best_of(mcpauth__lookup_find(&routes->prefixes, path, at), method);
		}
	}
	return found;
}

const struct mcpauth__route *mcpauth__routes_find(
	const struct mcpauth__routes *routes, const char *method, const char *path)
{
	size_t length = strlen(path);
	const struct mcpauth__route *exact = first_of(routes, MCPAUTH__ROUTE_EXACT, path, length);
	const struct mcpauth__route *found = best_of(exact, method);
	/* A method that a path's own routes do not speak of is not left to a prefix,
	 * which may demand less than they do. */
	if (exact == NULL && routes->longest_prefix > 0 && !has_dot_segment(path)) {
		found = find_prefix(routes, method, path, length);
	}
	return found != NULL ? found : routes->rest;
}

/* The same one, to be changed while it is being built. NULL: it is none of these. */
static struct mcpauth__route *own_route(
	const struct mcpauth__routes *routes, const struct mcpauth__route *route)
{
	for (size_t i = 0; i < routes->count; i++) {
		if (routes->items[i] == route) {
			return routes->items[i];
		}
	}
	return routes->rest == route ? routes->rest : NULL;
}

enum mcpauth_code mcpauth__routes_add_table(struct mcpauth__routes *routes, const char *path,
	struct mcpauth_operations *operations, struct mcpauth_error *err)
{
	struct mcpauth__route *derived = routes->rest_is_given ? NULL : routes->rest;
	struct mcpauth__route *route = NULL;
	if (path != NULL && operations != NULL) {
		route = own_route(routes, mcpauth__routes_find(routes, "POST", path));
	}
	if (route == NULL || route->is_public) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"no route that asks for tokens takes a POST there: %.150s",
			path != NULL ? path : "no path");
	}
	bool done = add_table(route, operations)
		&& (derived == NULL || add_table(derived, operations));
	return done ? MCPAUTH_OK : mcpauth__no_memory(err);
}

void mcpauth__routes_finish(struct mcpauth__routes *routes)
{
	for (size_t i = 0; i < routes->count; i++) {
		route_free(routes->items[i]);
	}
	free(routes->items);
	mcpauth__lookup_finish(&routes->exact);
	mcpauth__lookup_finish(&routes->prefixes);
	route_free(routes->rest);
	*routes = (struct mcpauth__routes){0};
}
