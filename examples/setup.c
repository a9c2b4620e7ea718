/* From the command line or a settings file to a chain, and to the next one. */
#define _GNU_SOURCE

#include "setup.h"

#include "serve.h"
#include "setup_stages.h"
#include "setup_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool setup_say(const char *what, const struct mcpauth_error *err)
{
	fprintf(stderr, "%s: %s: %s (%s)\n", program_invocation_short_name, what, err->message,
		mcpauth_code_name(err->code));
	return false;
}

/* With blanks between them. NULL without memory. */
static char *join(const struct options_list *list)
{
	size_t length = 1;
	for (size_t i = 0; i < list->count; i++) {
		length += strlen(list->at[i]) + 1;
	}
	char *text = malloc(length);
	char *end = text;
	if (text == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0) {
			*end++ = ' ';
		}
		end = stpcpy(end, list->at[i]);
	}
	*end = '\0';
	return text;
}

static enum mcpauth_client_authentication proof(const struct options_introspection *how)
{
	if (how->private_key_file != NULL) {
		return MCPAUTH_PRIVATE_KEY_JWT;
	}
	return how->client_secret_post ? MCPAUTH_CLIENT_SECRET_POST : MCPAUTH_CLIENT_SECRET_BASIC;
}

static bool set_introspection(struct mcpauth *auth, const struct example_options *options,
	const struct options_issuer *issuer)
{
	const struct options_introspection *how = &issuer->introspection;
	struct mcpauth_introspection_config config = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	struct mcpauth_error err;
	config.endpoint = how->endpoint;
	config.authentication = proof(how);
	config.client_id = how->client_id;
	config.client_secret_file = how->client_secret_file;
	config.private_key_file = how->private_key_file;
	config.key_id = how->key_id;
	config.accept_active_as_audience = how->accept_active_as_audience
		|| options->accept_active_as_audience;
	config.introspect_jwts = how->introspect_jwts || options->introspect_jwts;
	config.require_signed_answers = how->require_signed_answers;
	config.cache_seconds = options->token_cache;
	return mcpauth_set_introspection(auth, issuer->url, &config, &err) == MCPAUTH_OK
		|| setup_say(how->endpoint != NULL ? how->endpoint : issuer->url, &err);
}

static bool add_issuers(
	struct mcpauth *auth, const struct example_options *options, const char *resource)
{
	struct mcpauth_error err;
	for (size_t i = 0; i < options->issuer_count; i++) {
		const struct options_issuer *named = &options->issuers[i];
		struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
		issuer.issuer = named->url;
		issuer.jwks_uri = named->jwks;
		if (mcpauth_add_issuer(auth, resource, &issuer, &err) != MCPAUTH_OK) {
			return setup_say(issuer.issuer, &err);
		}
		if (options_introspect(named) && !set_introspection(auth, options, named)) {
			return false;
		}
	}
	return true;
}

static bool add_audiences(
	struct mcpauth *auth, const struct example_options *options, const char *resource)
{
	struct mcpauth_error err;
	for (size_t i = 0; i < options->audiences.count; i++) {
		const char *audience = options->audiences.at[i];
		if (mcpauth_add_audience(auth, resource, audience, &err) != MCPAUTH_OK) {
			return setup_say(audience, &err);
		}
	}
	return true;
}

static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);
	while (*list != '\0') {
		size_t next = strcspn(list, " ");
		if (next == length && memcmp(list, word, length) == 0) {
			return true;
		}
		list += next;
		list += *list == ' ';
	}
	return false;
}

/* What the metadata shows: the scopes that the program looks at later, and those
 * required to get in. NULL without memory. */
static char *supported_scopes(const struct example_options *options)
{
	const char *known = options->scopes_supported != NULL ? options->scopes_supported : "";
	struct options_list others = {0};
	char *text = NULL;
	for (size_t i = 0; i < options->scopes.count; i++) {
		if (!list_has(known, options->scopes.at[i])) {
			others.at[others.count++] = options->scopes.at[i];
		}
	}
	char *rest = join(&others);
	if (rest == NULL || asprintf(&text, "%s%s%s", known, *known != '\0' ? " " : "", rest) < 0) {
		text = NULL;
	}
	free(rest);
	return text;
}

/* Opens the store, too. */
static bool make_config(struct setup *setup, struct mcpauth_config *config)
{
	const struct example_options *options = setup->options;
	*config = (struct mcpauth_config)MCPAUTH_CONFIG_INIT;
	config->log = mcpauth_log_stderr;
	config->log_user = (void *)&options->log_level;
	return options->redis == NULL || setup_store_open(options->redis, config, &setup->store);
}

static struct mcpauth_chain_config usual_chain_config(void)
{
	struct mcpauth_chain_config config = MCPAUTH_CHAIN_CONFIG_INIT;
	config.connection_limit = serve_connection_limit();
	return config;
}

static bool build_auth(struct setup *setup, const char *resource, const char *supported)
{
	const struct example_options *options = setup->options;
	struct mcpauth_config config;
	struct mcpauth_resource_config described = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_error err;
	if (!make_config(setup, &config)) {
		return false;
	}
	if (mcpauth_new(&config, &setup->auth, &err) != MCPAUTH_OK) {
		return setup_say("setting up", &err);
	}
	described.resource = resource;
	described.resource_name = options->name;
	described.scopes_supported = *supported != '\0' ? supported : NULL;
	if (mcpauth_add_resource(setup->auth, &described, &err) != MCPAUTH_OK) {
		return setup_say(resource, &err);
	}
	return add_issuers(setup->auth, options, resource)
		&& add_audiences(setup->auth, options, resource);
}

static bool accept_logout(const struct example_options *options, struct mcpauth_chain *chain)
{
	struct mcpauth_logout_endpoint endpoint = MCPAUTH_LOGOUT_ENDPOINT_INIT;
	struct mcpauth_error err;
	endpoint.path = options->logout_path;
	endpoint.client_id = options_client_id(options);
	return endpoint.path == NULL
		|| mcpauth_chain_accept_logout(chain, &endpoint, &err) == MCPAUTH_OK
		|| setup_say(endpoint.path, &err);
}

/* The table that the program fills, once: what it says holds for the callers of later
 * objects, too. */
static enum mcpauth_code make_operations(
	struct setup *setup, struct mcpauth *auth, struct mcpauth_error *err)
{
	if (setup->options->add_operations == NULL || setup->operations != NULL) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth_operations_new(auth, &setup->operations, err);
	return code == MCPAUTH_OK ? setup->options->add_operations(setup->operations, err) : code;
}

static bool protect(struct setup *setup, const char *scopes)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth_error err;
	if (make_operations(setup, setup->auth, &err) != MCPAUTH_OK) {
		return setup_say("setting up", &err);
	}
	policy.scopes = *scopes != '\0' ? scopes : NULL;
	policy.operations = setup->operations;
	return mcpauth_chain_protect(setup->chain, setup->options->path, &policy, &err)
		== MCPAUTH_OK
		|| setup_say(setup->options->path, &err);
}

static bool build_chain(struct setup *setup, const char *scopes)
{
	const struct example_options *options = setup->options;
	struct mcpauth_chain_config config = usual_chain_config();
	struct mcpauth_error err;
	if (mcpauth_chain_new(setup->auth, &config, &setup->chain, &err) != MCPAUTH_OK) {
		return setup_say("setting up", &err);
	}
	if (!protect(setup, scopes)) {
		return false;
	}
	for (size_t i = 0; i < options->origins.count; i++) {
		const char *origin = options->origins.at[i];
		if (mcpauth_chain_allow_origin(setup->chain, origin, &err) != MCPAUTH_OK) {
			return setup_say(origin, &err);
		}
	}
	return accept_logout(options, setup->chain);
}

static char *default_resource(const struct example_options *options, uint16_t port)
{
	char *url = NULL;
	if (options->resource != NULL) {
		return strdup(options->resource);
	}
	return asprintf(&url, "http://127.0.0.1:%u%s", (unsigned)port, options->path) < 0 ? NULL
											  : url;
}

static bool build_from_options(struct setup *setup, uint16_t port)
{
	const struct example_options *options = setup->options;
	char *resource = default_resource(options, port);
	char *scopes = join(&options->scopes);
	char *supported = supported_scopes(options);
	bool done = false;
	if (resource == NULL || scopes == NULL || supported == NULL) {
		perror("setting up");
	} else {
		done = build_auth(setup, resource, supported) && build_chain(setup, scopes);
	}
	free(supported);
	free(scopes);
	free(resource);
	return done;
}

/* For each set of rules: what no settings file says. */
static enum mcpauth_code add_own(const struct example_options *options, struct mcpauth_chain *chain,
	struct mcpauth_error *err)
{
	/* Before anybody asks whose tokens are good: nobody's are wanted. */
	if (options->no_auth) {
		mcpauth_chain_insecure_allow_everybody(chain);
	}
	enum mcpauth_code code = setup_stages_rule(options, chain, err);
	return code == MCPAUTH_OK && options->add_routes != NULL ? options->add_routes(chain, err)
								 : code;
}

/* The file says which scopes open the path, and the program what its operations need. */
static enum mcpauth_code prepare(
	struct mcpauth *auth, struct mcpauth_chain *chain, void *user, struct mcpauth_error *err)
{
	struct setup *setup = user;
	if (setup->auth == NULL) {
		/* It stays what it was when the program started. */
		options_take_path(setup->options, mcpauth_resource_at(auth, 0));
	}
	enum mcpauth_code code = make_operations(setup, auth, err);
	if (code == MCPAUTH_OK && setup->operations != NULL) {
		code = mcpauth_chain_add_operations(
			chain, setup->options->path, setup->operations, err);
	}
	return code == MCPAUTH_OK ? add_own(setup->options, chain, err) : code;
}

static bool build_from_file(struct setup *setup)
{
	struct mcpauth_config config;
	struct mcpauth_chain_config chain_config = usual_chain_config();
	struct mcpauth_chain_setup how = MCPAUTH_CHAIN_SETUP_INIT;
	struct mcpauth_settings *settings;
	struct mcpauth_error err;
	if (!make_config(setup, &config)) {
		return false;
	}
	how.config = &config;
	how.chain_config = &chain_config;
	how.prepare = prepare;
	how.prepare_user = setup;
	enum mcpauth_code code = mcpauth_settings_read(setup->options->config, &settings, &err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_new_from_settings(settings, &how, &setup->chain, &err);
	}
	mcpauth_settings_free(settings);
	if (code != MCPAUTH_OK) {
		return setup_say("setting up", &err);
	}
	setup->auth = mcpauth_chain_auth(setup->chain);
	return true;
}

static bool build_by_calls(struct setup *setup, uint16_t port)
{
	struct mcpauth_error err;
	return build_from_options(setup, port)
		&& (add_own(setup->options, setup->chain, &err) == MCPAUTH_OK
			|| setup_say("setting up", &err));
}

bool setup_build(struct setup *setup, struct example_options *options, uint16_t port)
{
	*setup = (struct setup){.options = options};
	bool built = options->config != NULL ? build_from_file(setup) : build_by_calls(setup, port);
	return built && setup_stages_add(options, setup->chain, &setup->log_descriptor);
}

const struct mcpauth_operations *setup_list_filter(const struct setup *setup)
{
	return setup->options->no_auth ? NULL : setup->operations;
}

void setup_reload(void *user)
{
	struct setup *setup = user;
	struct mcpauth_settings *settings;
	struct mcpauth_error err;
	if (setup->options->config == NULL) {
		fprintf(stderr, "there is no --config to read again\n");
		return;
	}
	enum mcpauth_code code = mcpauth_settings_read(setup->options->config, &settings, &err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_reload(setup->chain, settings, &err);
	}
	mcpauth_settings_free(settings);
	if (code != MCPAUTH_OK) {
		setup_say("reloading", &err);
	}
	fprintf(stderr,
		code == MCPAUTH_OK ? "settings reloaded\n" : "the old settings stay in force\n");
}

void setup_finish(struct setup *setup)
{
	mcpauth_chain_free(setup->chain);
	mcpauth_operations_free(setup->operations);
	mcpauth_free(setup->auth);
	setup_store_close(setup->store);
	if (setup->log_descriptor > 0) {
		close(setup->log_descriptor);
	}
	*setup = (struct setup){0};
}
