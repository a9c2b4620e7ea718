/* What a settings file says of a chain: its configuration, routes and headers. */
#include "chain_int.h"

#include "base/error_int.h"
#include "base/settings_members.h"
#include "base/settings_table.h"

#include <cjson/cJSON.h>

#include <stddef.h>
#include <string.h>

/** An element of "routes". */
struct route {
	const char *path;
	bool prefix;
	bool public;
	struct mcpauth_policy policy;
};

/** Where the file is being read. */
struct reading {
	struct mcpauth_chain *chain;
	const struct mcpauth_settings *settings;
	struct mcpauth_error *err;
};

#define STORED(kind, field, place, what, low) \
	{ \
		.name = #field, \
		.type = (what), \
		.offset = offsetof(struct kind, place), \
		.least = (low), \
		.most = MCPAUTH__SETTINGS_MOST, \
	},
#define CHAIN(field, what, low) STORED(mcpauth_chain_config, field, field, what, low)
#define POLICY(field, what, low) STORED(mcpauth_policy, field, field, what, low)
#define ROUTE_POLICY(field, what, low) STORED(route, field, policy.field, what, low)
#define ROUTE(field, what) STORED(route, field, field, what, 0)
#define OPERATION(field, what, low) STORED(mcpauth_operation, field, field, what, low)
#define LOGOUT(field) STORED(mcpauth_logout_endpoint, field, field, MCPAUTH__SETTINGS_STRING, 0)
#define END \
	{ \
		.name = NULL \
	}

static const struct mcpauth__settings_member chain_members[] = {MCPAUTH__CHAIN_MEMBERS(CHAIN) END};

static const struct mcpauth__settings_member operation_members[] = {
	MCPAUTH__OPERATION_MEMBERS(OPERATION) END};

/* Made into a table, not stored as they are. */
#define OPERATIONS \
	{ \
		.name = "operations", \
		.type = MCPAUTH__SETTINGS_OBJECTS, \
		.members = operation_members, \
	},

static const struct mcpauth__settings_member rest_members[] = {
	MCPAUTH__POLICY_MEMBERS(POLICY) OPERATIONS END};

static const struct mcpauth__settings_member route_members[] = {
	ROUTE(path, MCPAUTH__SETTINGS_STRING) ROUTE(prefix, MCPAUTH__SETTINGS_FLAG)
		ROUTE(public, MCPAUTH__SETTINGS_FLAG) MCPAUTH__POLICY_MEMBERS(ROUTE_POLICY)
			MCPAUTH__ROUTE_MEMBERS(ROUTE_POLICY) OPERATIONS END,
};

static const struct mcpauth__settings_member logout_members[] = {
	LOGOUT(path) LOGOUT(client_id) END,
};

static enum mcpauth_code at(
	const struct reading *reading, const cJSON *value, enum mcpauth_code code)
{
	return mcpauth__settings_blame(reading->err, code, mcpauth_settings_name(reading->settings),
		mcpauth_settings_line(reading->settings, value));
}

static enum mcpauth_code fill(const struct reading *reading,
	struct mcpauth__settings_filling *filling, const cJSON *object)
{
	enum mcpauth_code code = mcpauth__settings_fill(filling, object, reading->err);
	return code == MCPAUTH_OK ? code : at(reading, filling->at, code);
}

enum mcpauth_code mcpauth_chain_settings_apply(const struct mcpauth_settings *settings,
	struct mcpauth_chain_config *config, struct mcpauth_error *err)
{
	struct reading reading = {.settings = settings, .err = err};
	struct mcpauth__settings_filling filling = {
		.members = chain_members,
		.to = config,
		.size = config->size,
	};
	const cJSON *section = mcpauth_settings_section(settings, "chain");
	return section == NULL ? MCPAUTH_OK : fill(&reading, &filling, section);
}

/* What a public route says is only which requests it is for: a scope beside it
 * would be believed to protect something. */
static enum mcpauth_code check_public(const struct reading *reading, const cJSON *object)
{
	static const char *const harmless[] = {"path", "public", "methods", "prefix"};
	for (const cJSON *item = object->child; item != NULL; item = item->next) {
		bool good = false;
		for (size_t i = 0; i < sizeof harmless / sizeof *harmless && !good; i++) {
			good = strcmp(item->string, harmless[i]) == 0;
		}
		good = good && !(strcmp(item->string, "prefix") == 0 && cJSON_IsTrue(item));
		if (!good) {
			enum mcpauth_code code = mcpauth__fail(reading->err,
				MCPAUTH_E_INVALID_SETTINGS, "a public route cannot have \"%s\"",
				item->string);
			return at(reading, item, code);
		}
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code add_operation(
	const struct reading *reading, struct mcpauth_operations *operations, const cJSON *object)
{
	struct mcpauth__words pool = {0};
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	struct mcpauth__settings_filling filling = {
		.members = operation_members,
		.to = &operation,
		.size = sizeof operation,
		.pool = &pool,
	};
	enum mcpauth_code code = fill(reading, &filling, object);
	if (code == MCPAUTH_OK) {
		code = at(reading, object,
			mcpauth_operations_add(operations, &operation, reading->err));
	}
	mcpauth__words_finish(&pool);
	return code;
}

/* Where the file names none there is no table: a body is the application's then. */
static enum mcpauth_code read_operations(
	const struct reading *reading, const cJSON *object, struct mcpauth_operations **operations)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "operations");
	*operations = NULL;
	if (list == NULL) {
		return MCPAUTH_OK;
	}
	struct mcpauth *auth = mcpauth__chain_written_auth(reading->chain);
	enum mcpauth_code code = at(
		reading, list, mcpauth_operations_new(auth, operations, reading->err));
	for (const cJSON *item = list->child; item != NULL && code == MCPAUTH_OK;
		item = item->next) {
		code = add_operation(reading, *operations, item);
	}
	return code;
}

static enum mcpauth_code add_filled(
	const struct reading *reading, const struct route *route, const cJSON *object)
{
	struct mcpauth_chain *chain = reading->chain;
	enum mcpauth_code code;
	if (route->public) {
		code = mcpauth_chain_publish(
			chain, route->path, route->policy.methods, reading->err);
	} else if (route->prefix) {
		code = mcpauth_chain_protect_prefix(
			chain, route->path, &route->policy, reading->err);
	} else {
		code = mcpauth_chain_protect(chain, route->path, &route->policy, reading->err);
	}
	return at(reading, object, code);
}

static enum mcpauth_code add_route(const struct reading *reading, const cJSON *object)
{
	struct mcpauth__words pool = {0};
	struct route route = {.policy = MCPAUTH_POLICY_INIT};
	struct mcpauth__settings_filling filling = {
		.members = route_members,
		.to = &route,
		.size = sizeof route,
		.pool = &pool,
	};
	enum mcpauth_code code = fill(reading, &filling, object);
	if (code == MCPAUTH_OK && route.public) {
		code = check_public(reading, object);
	}
	if (code == MCPAUTH_OK) {
		code = read_operations(reading, object, &route.policy.operations);
	}
	if (code == MCPAUTH_OK) {
		code = add_filled(reading, &route, object);
	}
	mcpauth_operations_free(route.policy.operations);
	mcpauth__words_finish(&pool);
	return code;
}

static enum mcpauth_code add_rest(const struct reading *reading, const cJSON *object)
{
	struct mcpauth__words pool = {0};
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth__settings_filling filling = {
		.members = rest_members,
		.to = &policy,
		.size = sizeof policy,
		.pool = &pool,
	};
	enum mcpauth_code code = fill(reading, &filling, object);
	if (code == MCPAUTH_OK) {
		code = read_operations(reading, object, &policy.operations);
	}
	if (code == MCPAUTH_OK) {
		code = at(reading, object,
			mcpauth_chain_protect_rest(reading->chain, &policy, reading->err));
	}
	mcpauth_operations_free(policy.operations);
	mcpauth__words_finish(&pool);
	return code;
}

static enum mcpauth_code allow_origin(const struct reading *reading, const cJSON *item)
{
	return at(reading, item,
		mcpauth_chain_allow_origin(reading->chain, item->valuestring, reading->err));
}

static enum mcpauth_code allow_host(const struct reading *reading, const cJSON *item)
{
	return at(reading, item,
		mcpauth_chain_allow_host(reading->chain, item->valuestring, reading->err));
}

static enum mcpauth_code trust_proxy(const struct reading *reading, const cJSON *item)
{
	return at(reading, item,
		mcpauth_chain_trust_proxy(reading->chain, item->valuestring, reading->err));
}

static enum mcpauth_code add_header(const struct reading *reading, const cJSON *item)
{
	return at(reading, item,
		mcpauth_chain_add_header(
			reading->chain, item->string, item->valuestring, reading->err));
}

static enum mcpauth_code serve_metadata(const struct reading *reading, const cJSON *item)
{
	return at(reading, item,
		mcpauth_chain_serve_issuer_metadata(
			reading->chain, item->valuestring, reading->err));
}

static enum mcpauth_code accept_logout(const struct reading *reading, const cJSON *object)
{
	struct mcpauth_logout_endpoint endpoint = MCPAUTH_LOGOUT_ENDPOINT_INIT;
	struct mcpauth__settings_filling filling = {
		.members = logout_members,
		.to = &endpoint,
		.size = sizeof endpoint,
	};
	enum mcpauth_code code = fill(reading, &filling, object);
	return code == MCPAUTH_OK ? at(reading, object,
		       mcpauth_chain_accept_logout(reading->chain, &endpoint, reading->err))
				  : code;
}

/* Not all of them have children: those that have none are given as they are. */
static const struct {
	const char *name;
	enum mcpauth_code (*add)(const struct reading *reading, const cJSON *item);
	bool each;
} sections[] = {
	{"routes", add_route, true},
	{"rest", add_rest, false},
	{"allowed_origins", allow_origin, true},
	{"allowed_hosts", allow_host, true},
	{"trusted_proxies", trust_proxy, true},
	{"headers", add_header, true},
	{"issuer_metadata", serve_metadata, false},
	{"logout", accept_logout, false},
};

enum mcpauth_code mcpauth_chain_configure(struct mcpauth_chain *chain,
	const struct mcpauth_settings *settings, struct mcpauth_error *err)
{
	struct reading reading = {.chain = chain, .settings = settings, .err = err};
	enum mcpauth_code code = MCPAUTH_OK;
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		const cJSON *section = mcpauth_settings_section(settings, sections[i].name);
		const cJSON *item = section == NULL || !sections[i].each ? section : section->child;
		while (item != NULL && code == MCPAUTH_OK) {
			code = sections[i].add(&reading, item);
			item = sections[i].each ? item->next : NULL;
		}
	}
	return code;
}
