/* From the command line or a settings file to a chain, and to the next one. */
#define _GNU_SOURCE

#include "setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool add_issuers(
	struct mcpauth *auth, const struct example_options *options, const char *resource)
{
	struct mcpauth_error err;
	for (size_t i = 0; i < options->issuers.count; i++) {
		struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
		issuer.issuer = options->issuers.at[i];
		issuer.jwks_uri = options->jwks[i];
		if (mcpauth_add_issuer(auth, resource, &issuer, &err) != MCPAUTH_OK) {
			return setup_say(issuer.issuer, &err);
		}
	}
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

static struct mcpauth_config usual_config(const struct example_options *options)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.log = mcpauth_log_stderr;
	config.log_user = (void *)&options->log_level;
	return config;
}

static bool build_auth(const struct example_options *options, const char *resource,
	const char *supported, struct mcpauth **auth)
{
	struct mcpauth_config config = usual_config(options);
	struct mcpauth_resource_config described = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_error err;
	if (mcpauth_new(&config, auth, &err) != MCPAUTH_OK) {
		return setup_say("setting up", &err);
	}
	described.resource = resource;
	described.resource_name = options->name;
	described.scopes_supported = *supported != '\0' ? supported : NULL;
	if (mcpauth_add_resource(*auth, &described, &err) != MCPAUTH_OK) {
		return setup_say(resource, &err);
	}
	return add_issuers(*auth, options, resource);
}

static bool build_chain(const struct example_options *options, const char *scopes,
	struct mcpauth *auth, struct mcpauth_chain **chain)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth_error err;
	policy.scopes = *scopes != '\0' ? scopes : NULL;
	if (mcpauth_chain_new(auth, NULL, chain, &err) != MCPAUTH_OK) {
		return setup_say("setting up", &err);
	}
	if (mcpauth_chain_protect(*chain, options->path, &policy, &err) != MCPAUTH_OK) {
		return setup_say(options->path, &err);
	}
	for (size_t i = 0; i < options->origins.count; i++) {
		const char *origin = options->origins.at[i];
		if (mcpauth_chain_allow_origin(*chain, origin, &err) != MCPAUTH_OK) {
			return setup_say(origin, &err);
		}
	}
	return true;
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
		done = build_auth(options, resource, supported, &setup->auth)
			&& build_chain(options, scopes, setup->auth, &setup->chain);
	}
	free(supported);
	free(scopes);
	free(resource);
	return done;
}

/* The library's object and the chain, as the file wants them. */
static enum mcpauth_code build_configured(
	struct setup *setup, const struct mcpauth_settings *settings, struct mcpauth_error *err)
{
	struct mcpauth_config config = usual_config(setup->options);
	struct mcpauth_chain_config chain_config = MCPAUTH_CHAIN_CONFIG_INIT;
	enum mcpauth_code code = mcpauth_settings_apply(settings, &config, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_new(&config, &setup->auth, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_configure(setup->auth, settings, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_settings_apply(settings, &chain_config, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_new(setup->auth, &chain_config, &setup->chain, err);
	}
	return code == MCPAUTH_OK ? mcpauth_chain_configure(setup->chain, settings, err) : code;
}

static bool build_from_file(struct setup *setup)
{
	struct mcpauth_error err;
	struct mcpauth_settings *settings;
	enum mcpauth_code code = mcpauth_settings_read(setup->options->config, &settings, &err);
	if (code == MCPAUTH_OK) {
		code = build_configured(setup, settings, &err);
	}
	mcpauth_settings_free(settings);
	if (code != MCPAUTH_OK) {
		return setup_say("setting up", &err);
	}
	options_take_path(setup->options, mcpauth_resource_at(setup->auth, 0));
	return true;
}

static bool add_own_routes(const struct setup *setup)
{
	return setup->options->add_routes == NULL || setup->options->add_routes(setup->chain);
}

bool setup_build(struct setup *setup, struct example_options *options, uint16_t port)
{
	*setup = (struct setup){.options = options};
	bool done = options->config != NULL ? build_from_file(setup)
					    : build_from_options(setup, port);
	if (done && options->no_auth) {
		mcpauth_chain_insecure_allow_everybody(setup->chain);
	}
	return done && add_own_routes(setup);
}

/* Everything new is built beside the old; only then does it take its place. */
static bool replace(struct setup *setup, const struct mcpauth_settings *settings)
{
	struct mcpauth_error err;
	struct mcpauth *next;
	enum mcpauth_code code = mcpauth_new_successor(setup->auth, &next, &err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_configure(next, settings, &err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_revise(setup->chain, next, &err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_configure(setup->chain, settings, &err);
	}
	mcpauth_free(next);
	bool done = code == MCPAUTH_OK ? add_own_routes(setup) : setup_say("reloading", &err);
	if (!done) {
		mcpauth_chain_abandon(setup->chain);
		return false;
	}
	mcpauth_chain_commit(setup->chain);
	return true;
}

void setup_reload(void *user)
{
	struct setup *setup = user;
	struct mcpauth_error err;
	struct mcpauth_settings *settings;
	bool done = false;
	if (setup->options->config == NULL) {
		fprintf(stderr, "there is no --config to read again\n");
		return;
	}
	if (mcpauth_settings_read(setup->options->config, &settings, &err) != MCPAUTH_OK) {
		setup_say("reloading", &err);
	} else {
		done = replace(setup, settings);
	}
	mcpauth_settings_free(settings);
	fprintf(stderr, done ? "settings reloaded\n" : "the old settings stay in force\n");
}

void setup_finish(struct setup *setup)
{
	mcpauth_chain_free(setup->chain);
	mcpauth_free(setup->auth);
	*setup = (struct setup){0};
}
