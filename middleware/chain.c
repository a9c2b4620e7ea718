/* The chain as it is built: stages, routes, and what else is allowed. */
#include "chain_int.h"

#include "origins/authority.h"
#include "base/config.h"
#include "base/error_int.h"
#include "stages/stages.h"

#include <stdlib.h>
#include <string.h>

#define REFUSED_BODY_LIMIT ((size_t)16 * 1024 * 1024)
#define REFUSED_BODY_MS 10000
#define CONNECTION_TIMEOUT 30
#define CONNECTION_MEMORY ((size_t)32 * 1024)
#define MESSAGE_LIMIT ((size_t)4 * 1024 * 1024)

static void set_defaults(struct mcpauth_chain_config *config)
{
	if (config->refused_body_limit == 0) {
		config->refused_body_limit = REFUSED_BODY_LIMIT;
	}
	if (config->refused_body_ms == 0) {
		config->refused_body_ms = REFUSED_BODY_MS;
	}
	if (config->connection_timeout == 0) {
		config->connection_timeout = CONNECTION_TIMEOUT;
	}
	if (config->message_limit == 0) {
		config->message_limit = MESSAGE_LIMIT;
	}
	if (config->connection_memory < CONNECTION_MEMORY) {
		config->connection_memory = CONNECTION_MEMORY;
	}
}

static struct mcpauth_stage *push_stage(struct mcpauth_chain *chain)
{
	return &chain->stages[chain->stage_count++];
}

static void add_own_stages(struct mcpauth_chain *chain)
{
	mcpauth__stage_framing(push_stage(chain));
	mcpauth__stage_issuer_metadata(push_stage(chain));
	mcpauth__stage_resource_metadata(push_stage(chain));
	mcpauth__stage_origin(push_stage(chain));
	chain->first_end = chain->stage_count;
	mcpauth__stage_logout(push_stage(chain));
	mcpauth__stage_bearer(push_stage(chain));
	mcpauth__stage_operations(push_stage(chain), chain->config.message_limit);
}

enum mcpauth_code mcpauth_chain_new(struct mcpauth *auth, const struct mcpauth_chain_config *config,
	struct mcpauth_chain **chain, struct mcpauth_error *err)
{
	*chain = NULL;
	struct mcpauth_chain *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	struct mcpauth__rules *rules = NULL;
	made->auth = mcpauth_ref(auth);
	pthread_mutex_init(&made->lock, NULL);
	mcpauth__rules_in_force_init(&made->in_force);
	enum mcpauth_code code = mcpauth__config_read(
		&made->config, sizeof made->config, config, err);
	if (code == MCPAUTH_OK) {
		set_defaults(&made->config);
		add_own_stages(made);
		code = mcpauth__rules_new(auth, &rules, err);
	}
	atomic_store(&made->in_force.rules, rules);
	if (code != MCPAUTH_OK) {
		mcpauth_chain_free(made);
		return code;
	}
	*chain = made;
	return MCPAUTH_OK;
}

void mcpauth_chain_free(struct mcpauth_chain *chain)
{
	if (chain == NULL) {
		return;
	}
	mcpauth__chain_await_wakers(chain);
	for (size_t i = 0; i < chain->stage_count; i++) {
		if (chain->stages[i].on_free != NULL) {
			chain->stages[i].on_free(chain->stages[i].user);
		}
	}
	if (chain->adapter_free != NULL) {
		chain->adapter_free(chain->adapter);
	}
	mcpauth__rules_free(chain->draft);
	mcpauth__rules_in_force_finish(&chain->in_force);
	mcpauth__words_finish(&chain->names);
	pthread_mutex_destroy(&chain->lock);
	mcpauth_free(chain->auth);
	free(chain);
}

/* What the calls that build speak of. */
static struct mcpauth__rules *written(const struct mcpauth_chain *chain)
{
	return chain->draft != NULL ? chain->draft : chain->in_force.rules;
}

struct mcpauth *mcpauth__chain_written_auth(const struct mcpauth_chain *chain)
{
	return written(chain)->auth;
}

static enum mcpauth_code add_route(struct mcpauth_chain *chain,
	const struct mcpauth__route_key *key, const struct mcpauth_policy *policy,
	struct mcpauth_error *err)
{
	struct mcpauth__rules *rules = written(chain);
	return mcpauth__routes_add(&rules->routes, rules->auth, key, policy, err);
}

enum mcpauth_code mcpauth_chain_protect(struct mcpauth_chain *chain, const char *path,
	const struct mcpauth_policy *policy, struct mcpauth_error *err)
{
	struct mcpauth__route_key key = {.kind = MCPAUTH__ROUTE_EXACT, .path = path};
	return add_route(chain, &key, policy, err);
}

enum mcpauth_code mcpauth_chain_protect_prefix(struct mcpauth_chain *chain, const char *path,
	const struct mcpauth_policy *policy, struct mcpauth_error *err)
{
	struct mcpauth__route_key key = {.kind = MCPAUTH__ROUTE_PREFIX, .path = path};
	return add_route(chain, &key, policy, err);
}

enum mcpauth_code mcpauth_chain_protect_rest(
	struct mcpauth_chain *chain, const struct mcpauth_policy *policy, struct mcpauth_error *err)
{
	struct mcpauth__route_key key = {.kind = MCPAUTH__ROUTE_REST};
	return add_route(chain, &key, policy, err);
}

enum mcpauth_code mcpauth_chain_add_operations(struct mcpauth_chain *chain, const char *path,
	struct mcpauth_operations *operations, struct mcpauth_error *err)
{
	return mcpauth__routes_add_table(&written(chain)->routes, path, operations, err);
}

enum mcpauth_code mcpauth_chain_publish(struct mcpauth_chain *chain, const char *path,
	const char *methods, struct mcpauth_error *err)
{
	struct mcpauth__route_key key = {
		.kind = MCPAUTH__ROUTE_EXACT,
		.path = path,
		.is_public = true,
	};
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.methods = methods;
	return add_route(chain, &key, &policy, err);
}

enum mcpauth_code mcpauth_chain_allow_origin(
	struct mcpauth_chain *chain, const char *origin, struct mcpauth_error *err)
{
	enum mcpauth_code code = origin == NULL
		? MCPAUTH_E_INVALID_ARGUMENT
		: mcpauth__authorities_add_origin(&written(chain)->authorities, origin);
	if (code == MCPAUTH_E_INVALID_ARGUMENT) {
		return mcpauth__fail(err, code,
			"an origin is http or https, a host or \"*.\" and a host, and perhaps a "
			"port or \":*\"");
	}
	return code == MCPAUTH_OK ? code : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth_chain_allow_host(
	struct mcpauth_chain *chain, const char *host, struct mcpauth_error *err)
{
	struct mcpauth__authority authority;
	if (host == NULL || !mcpauth__authority_parse(host, &authority)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a host is a name or an address and perhaps a port");
	}
	return mcpauth__authorities_add_host(&written(chain)->authorities, &authority)
		? MCPAUTH_OK
		: mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth_chain_trust_proxy(
	struct mcpauth_chain *chain, const char *proxy, struct mcpauth_error *err)
{
	enum mcpauth_code code = proxy == NULL
		? MCPAUTH_E_INVALID_ARGUMENT
		: mcpauth__proxies_add(&written(chain)->proxies, proxy);
	if (code == MCPAUTH_E_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	return code == MCPAUTH_OK
		? code
		: mcpauth__fail(err, code,
			"a proxy is an address, or a network: an address without bits behind "
			"its prefix, a slash, and the prefix's length, 1 or more");
}

enum mcpauth_code mcpauth_chain_serve_issuer_metadata(
	struct mcpauth_chain *chain, const char *issuer, struct mcpauth_error *err)
{
	struct mcpauth__rules *rules = written(chain);
	if (issuer == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "no issuer is named");
	}
	if (rules->metadata_issuer != NULL) {
		return mcpauth__fail(
			err, MCPAUTH_E_DUPLICATE, "an issuer's metadata is served already");
	}
	enum mcpauth_code code = mcpauth_metadata_can_start(rules->auth, issuer, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	rules->metadata_issuer = mcpauth__strdup(issuer);
	return rules->metadata_issuer != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static enum mcpauth_code check_logout(const struct mcpauth__rules *rules,
	const struct mcpauth_logout_endpoint *endpoint, struct mcpauth_error *err)
{
	if (endpoint->path == NULL || endpoint->client_id == NULL || *endpoint->client_id == '\0') {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "path and client_id are needed");
	}
	return rules->logout.path == NULL
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "logouts are accepted already");
}

/* Public for POST, and what else comes there is answered before any route counts. */
static enum mcpauth_code add_logout_route(
	struct mcpauth_chain *chain, const char *path, struct mcpauth_error *err)
{
	struct mcpauth__route_key key = {
		.kind = MCPAUTH__ROUTE_EXACT,
		.path = path,
		.is_public = true,
		.is_alone = true,
	};
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.methods = "POST";
	return add_route(chain, &key, &policy, err);
}

enum mcpauth_code mcpauth_chain_accept_logout(struct mcpauth_chain *chain,
	const struct mcpauth_logout_endpoint *endpoint, struct mcpauth_error *err)
{
	struct mcpauth_logout_endpoint read;
	struct mcpauth__rules *rules = written(chain);
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, endpoint, err);
	if (code == MCPAUTH_OK) {
		code = check_logout(rules, &read, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth__logout_place place = {
		.path = mcpauth__strdup(read.path),
		.client_id = mcpauth__strdup(read.client_id),
		.heard = read.heard,
		.heard_user = read.heard_user,
	};
	code = place.path != NULL && place.client_id != NULL
		? add_logout_route(chain, read.path, err)
		: mcpauth__no_memory(err);
	if (code != MCPAUTH_OK) {
		free(place.path);
		free(place.client_id);
		return code;
	}
	rules->logout = place;
	return MCPAUTH_OK;
}

void mcpauth_chain_insecure_allow_everybody(struct mcpauth_chain *chain)
{
	chain->everybody = true;
	mcpauth_log(chain->auth, MCPAUTH_LOG_WARNING, MCPAUTH_OK, NULL,
		"AUTHORIZATION IS OFF: every request reaches the application");
}

enum mcpauth_code mcpauth_chain_add_header(
	struct mcpauth_chain *chain, const char *name, const char *value, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__headers_add(&written(chain)->headers, name, value);
	return code == MCPAUTH_OK
		? code
		: mcpauth__fail(err, code,
			code == MCPAUTH_E_NO_MEMORY ? "out of memory" : "not a header field");
}

static bool is_named(const struct mcpauth_stage *stage, const char *name)
{
	return stage->name != NULL && strcmp(stage->name, name) == 0;
}

bool mcpauth__chain_has_stage(const struct mcpauth_chain *chain, const char *name)
{
	bool found = false;
	for (size_t i = 0; !found && i < chain->stage_count; i++) {
		found = is_named(&chain->stages[i], name);
	}
	return found;
}

/* Right behind the origin check, and before all that are added FIRST, which may answer: pages
 * read that, too, and the log tells it. The limit is the first of those that refuse. */
size_t mcpauth__chain_place_of(const struct mcpauth_chain *chain, const char *name)
{
	static const char *const order[] = {"cors", "access_log", "rate_limit"};
	size_t at = 0;
	while (!is_named(&chain->stages[at], "origin")) {
		at++;
	}
	at++;
	for (size_t i = 0; i < sizeof order / sizeof *order && strcmp(order[i], name) != 0; i++) {
		at += is_named(&chain->stages[at], order[i]);
	}
	return at;
}

enum mcpauth_code mcpauth__chain_insert_stage(struct mcpauth_chain *chain, size_t at,
	const struct mcpauth_stage *stage, struct mcpauth_error *err)
{
	struct mcpauth_stage read = *stage;
	if (chain->stage_count == MCPAUTH__STAGE_LIMIT) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "too many stages");
	}
	if (read.name != NULL) {
		if (!mcpauth__words_add(&chain->names, read.name, strlen(read.name))) {
			return mcpauth__no_memory(err);
		}
		read.name = chain->names.items[chain->names.count - 1];
	}
	memmove(&chain->stages[at + 1], &chain->stages[at],
		(chain->stage_count - at) * sizeof chain->stages[0]);
	chain->stages[at] = read;
	chain->stage_count++;
	chain->edits_answers = chain->edits_answers || read.on_answer != NULL;
	chain->first_end += at <= chain->first_end;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth_chain_add_stage(struct mcpauth_chain *chain,
	enum mcpauth_stage_place place, const struct mcpauth_stage *stage,
	struct mcpauth_error *err)
{
	struct mcpauth_stage read;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, stage, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	/* Metrics, if there are any, stay behind all others. */
	size_t last = chain->stage_count - (chain->counting != NULL);
	size_t at = place == MCPAUTH_STAGE_FIRST ? chain->first_end : last;
	return mcpauth__chain_insert_stage(chain, at, &read, err);
}
