/* Replacing a chain's rules while requests run, and making them from a settings file. */
#include <mcpauth/reload.h>

#include "base/config.h"
#include "base/error_int.h"
#include "chain_int.h"

#include <mcpauth/statistics.h>

#include <stdlib.h>

enum mcpauth_code mcpauth_chain_revise(
	struct mcpauth_chain *chain, struct mcpauth *auth, struct mcpauth_error *err)
{
	if (chain->draft != NULL || chain->is_preparing) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "a change is under way already");
	}
	return mcpauth__rules_new(auth, &chain->draft, err);
}

void mcpauth_chain_commit(struct mcpauth_chain *chain)
{
	if (chain->draft == NULL || chain->is_preparing) {
		return;
	}
	/* Metrics tell of this one from now on: it counts from its first request. */
	if (chain->counting != NULL) {
		struct mcpauth_statistics statistics = MCPAUTH_STATISTICS_INIT;
		mcpauth_statistics_read(chain->draft->auth, &statistics);
	}
	mcpauth__rules_in_force_set(&chain->in_force, chain->draft);
	chain->draft = NULL;
}

void mcpauth_chain_abandon(struct mcpauth_chain *chain)
{
	if (chain->is_preparing) {
		return;
	}
	mcpauth__rules_free(chain->draft);
	chain->draft = NULL;
}

/* Settings from memory have no name. */
static const char *name_of(const struct mcpauth_settings *settings)
{
	const char *name = mcpauth_settings_name(settings);
	return name != NULL ? name : "the settings";
}

/* A resource that nobody may issue tokens for is somebody's mistake, and would
 * take the place of rules that worked. */
static enum mcpauth_code check_issuers(const struct mcpauth_chain *chain,
	const struct mcpauth *auth, const struct mcpauth_settings *settings,
	struct mcpauth_error *err)
{
	const char *resource;
	enum mcpauth_code code = MCPAUTH_OK;
	for (size_t i = 0; code == MCPAUTH_OK && (resource = mcpauth_resource_at(auth, i)) != NULL;
		i++) {
		char *document;
		code = mcpauth_resource_document(auth, resource, &document, NULL);
		free(document);
	}
	if (code == MCPAUTH_E_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	return code == MCPAUTH_OK || chain->everybody
		? MCPAUTH_OK
		: mcpauth__fail(err, code, "%s: the resource %.120s has no issuer",
			name_of(settings), resource);
}

static enum mcpauth_code prepare(
	struct mcpauth_chain *chain, struct mcpauth *auth, struct mcpauth_error *err)
{
	struct mcpauth_error why = {0};
	if (chain->prepare == NULL) {
		return MCPAUTH_OK;
	}
	/* Its rules come into force when they are whole, and not by its word. */
	chain->is_preparing = true;
	enum mcpauth_code code = chain->prepare(auth, chain, chain->prepare_user, &why);
	chain->is_preparing = false;
	return code == MCPAUTH_OK
		? code
		: mcpauth__fail(err, code, "%s",
			why.code != MCPAUTH_OK ? why.message
					       : "the program's prepare callback failed");
}

/* What the file says, then what it cannot say, and whether it makes sense together. */
static enum mcpauth_code fill(struct mcpauth_chain *chain, struct mcpauth *auth,
	const struct mcpauth_settings *settings, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth_chain_configure(chain, settings, err);
	if (code == MCPAUTH_OK) {
		code = prepare(chain, auth, err);
	}
	return code == MCPAUTH_OK ? check_issuers(chain, auth, settings, err) : code;
}

/* Which file it was is not known below. */
static enum mcpauth_code in_file(
	const struct mcpauth_settings *settings, enum mcpauth_code code, struct mcpauth_error *err)
{
	if (code == MCPAUTH_E_UNKNOWN_RESOURCE) {
		return mcpauth__fail(
			err, code, "%s: \"resources\" is missing or empty", name_of(settings));
	}
	return code;
}

static enum mcpauth_code make_auth(const struct mcpauth_settings *settings,
	const struct mcpauth_config *given, struct mcpauth **auth, struct mcpauth_error *err)
{
	struct mcpauth_config config;
	enum mcpauth_code code = mcpauth__config_read(&config, sizeof config, given, err);
	config.size = sizeof config;
	if (code == MCPAUTH_OK) {
		code = mcpauth_settings_apply(settings, &config, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_new(&config, auth, err);
	}
	return code == MCPAUTH_OK ? mcpauth_configure(*auth, settings, err) : code;
}

static enum mcpauth_code make_chain(struct mcpauth *auth, const struct mcpauth_settings *settings,
	const struct mcpauth_chain_config *given, struct mcpauth_chain **chain,
	struct mcpauth_error *err)
{
	struct mcpauth_chain_config config;
	enum mcpauth_code code = mcpauth__config_read(&config, sizeof config, given, err);
	config.size = sizeof config;
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_settings_apply(settings, &config, err);
	}
	return code == MCPAUTH_OK
		? in_file(settings, mcpauth_chain_new(auth, &config, chain, err), err)
		: code;
}

enum mcpauth_code mcpauth_chain_new_from_settings(const struct mcpauth_settings *settings,
	const struct mcpauth_chain_setup *setup, struct mcpauth_chain **chain,
	struct mcpauth_error *err)
{
	struct mcpauth_chain_setup read;
	struct mcpauth *auth = NULL;
	*chain = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, setup, err);
	if (code == MCPAUTH_OK) {
		code = make_auth(settings, read.config, &auth, err);
	}
	if (code == MCPAUTH_OK) {
		code = make_chain(auth, settings, read.chain_config, chain, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_settings_add_stages(*chain, settings, err);
	}
	if (code == MCPAUTH_OK) {
		mcpauth_chain_set_prepare(*chain, read.prepare, read.prepare_user);
		code = fill(*chain, auth, settings, err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth_chain_free(*chain);
		*chain = NULL;
	}
	mcpauth_free(auth);
	return code;
}

void mcpauth_chain_set_prepare(struct mcpauth_chain *chain, mcpauth_prepare_fn prepare, void *user)
{
	chain->prepare = prepare;
	chain->prepare_user = user;
	chain->may_reload = true;
}

static enum mcpauth_code revise(struct mcpauth_chain *chain, struct mcpauth *auth,
	const struct mcpauth_settings *settings, struct mcpauth_error *err)
{
	enum mcpauth_code code = in_file(settings, mcpauth_chain_revise(chain, auth, err), err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = fill(chain, auth, settings, err);
	if (code == MCPAUTH_OK) {
		mcpauth_chain_commit(chain);
	} else {
		mcpauth_chain_abandon(chain);
	}
	return code;
}

enum mcpauth_code mcpauth_chain_reload(struct mcpauth_chain *chain,
	const struct mcpauth_settings *settings, struct mcpauth_error *err)
{
	struct mcpauth *successor = NULL;
	if (!chain->may_reload) {
		return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
			"the chain was made by calls, which a file would undo: "
			"mcpauth_chain_set_prepare()");
	}
	enum mcpauth_code code = mcpauth_new_successor(chain->auth, &successor, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_configure(successor, settings, err);
	}
	if (code == MCPAUTH_OK) {
		code = revise(chain, successor, settings, err);
	}
	mcpauth_free(successor);
	return code;
}

struct mcpauth *mcpauth_chain_auth(struct mcpauth_chain *chain)
{
	struct mcpauth__rules *rules = mcpauth__rules_in_force_get(&chain->in_force);
	struct mcpauth *auth = mcpauth_ref(rules->auth);
	mcpauth__rules_free(rules);
	return auth;
}
