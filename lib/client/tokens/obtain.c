/* Getting a token anew: whose server it is, who the client is there, then the grant. */
#include "client/tokens/obtain_int.h"

#include "base/error_int.h"
#include "base/wipe.h"
#include "base/words.h"
#include "client/storage/token_storage_int.h"
#include "net/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Scheme and authority, which a server of 2025-03-26 is its own issuer by. */
static enum mcpauth_code origin_of(const char *text, char **origin, struct mcpauth_error *err)
{
	struct mcpauth__url url = {0};
	struct mcpauth__buf buf = {0};
	enum mcpauth_code code = mcpauth__url_parse(text, &url, err);
	if (code == MCPAUTH_OK) {
		bool is_ipv6 = strchr(url.host, ':') != NULL;
		mcpauth__buf_printf(&buf, is_ipv6 ? "%s://[%s]" : "%s://%s", url.scheme, url.host);
		if (url.port != NULL) {
			mcpauth__buf_printf(&buf, ":%s", url.port);
		}
		*origin = mcpauth__buf_take(&buf);
		code = *origin != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	mcpauth__buf_finish(&buf);
	mcpauth__url_finish(&url);
	return code;
}

/* One of them is a key. */
static bool replace(char **text, const char *with)
{
	mcpauth__wipe_free(*text);
	*text = mcpauth__strdup(with);
	return with == NULL || *text != NULL;
}

/* A server that publishes nothing is not to get what is for the configured issuer. */
static enum mcpauth_code check_assumed(
	const struct mcpauth__obtaining *it, const char *origin, struct mcpauth_error *err)
{
	const char *issuer = it->session->config.issuer;
	return issuer == NULL || strcmp(issuer, origin) == 0
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_ISSUER_MISMATCH,
			"the server names no issuer, and its own origin is not the configured one");
}

static enum mcpauth_code assume_server(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	const char *server = it->session->config.server;
	char *origin = NULL;
	enum mcpauth_code code = origin_of(server, &origin, err);
	if (code == MCPAUTH_OK) {
		code = check_assumed(it, origin, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__authorization_server_find(
			&it->errand->asker, origin, server, &it->server, err);
	}
	if (code != MCPAUTH_OK && it->server.is_missing) {
		mcpauth__authorization_server_finish(&it->server);
		code = mcpauth__authorization_server_assume(origin, &it->server, err);
	}
	free(origin);
	/* RFC 8707: unnamed, an issuer of several servers could give a token for all. */
	if (code == MCPAUTH_OK && !replace(&it->metadata.resource, server)) {
		code = mcpauth__no_memory(err);
	}
	return code;
}

/* Which one of several: that of the configuration, else the first. A client that was
 * registered by hand goes to no issuer that it was not registered at. */
static enum mcpauth_code choose_issuer(
	const struct mcpauth__obtaining *it, const char **issuer, struct mcpauth_error *err)
{
	const struct mcpauth_client_config *config = &it->session->config;
	const struct mcpauth__words *listed = &it->metadata.authorization_servers;
	*issuer = listed->items[0];
	if (config->issuer == NULL) {
		return MCPAUTH_OK;
	}
	*issuer = config->issuer;
	return mcpauth__words_contain(listed, *issuer, strlen(*issuer))
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_ISSUER_MISMATCH,
			"the server does not name the configured issuer among those it trusts");
}

static enum mcpauth_code find_server(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	const char *issuer;
	enum mcpauth_code code = choose_issuer(it, &issuer, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	mcpauth__session_step(it->session, MCPAUTH_STEP_DISCOVER, issuer);
	return mcpauth__authorization_server_find(&it->errand->asker, issuer,
		it->session->config.issuer == NULL ? it->metadata.source : NULL, &it->server, err);
}

static enum mcpauth_code discover(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	const struct mcpauth_client_config *config = &it->session->config;
	const struct mcpauth__challenge *challenge = it->need->challenge;
	const char *named = challenge != NULL ? challenge->resource_metadata : NULL;
	mcpauth__session_step(it->session, MCPAUTH_STEP_DISCOVER, config->server);
	enum mcpauth_code code = mcpauth__resource_metadata_find(
		&it->errand->asker, config->server, named, &it->metadata, err);
	if (code == MCPAUTH_OK) {
		return find_server(it, err);
	}
	if (code == MCPAUTH_E_NO_RESOURCE_METADATA && config->allow_missing_resource_metadata) {
		return assume_server(it, err);
	}
	return code;
}

/* OAuth 2.1 section 7.5.2: whoever does not say that it checks the verifier may not. A
 * server of 2025-03-26 without a document cannot say so. */
static enum mcpauth_code check_pkce(const struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	return it->server.has_pkce || it->server.is_assumed
			|| it->session->config.grant != MCPAUTH_GRANT_AUTHORIZATION_CODE
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_NO_PKCE,
			"the issuer's code_challenge_methods_supported does not have S256");
}

static bool takes_dpop(const struct mcpauth__obtaining *it)
{
	const struct mcpauth__challenge *challenge = it->need->challenge;
	bool server_takes = it->metadata.takes_dpop || it->metadata.wants_dpop
		|| (challenge != NULL && challenge->offers_dpop);
	return it->server.takes_dpop && server_takes;
}

static enum mcpauth_code choose_dpop(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	switch (it->session->config.dpop) {
	case MCPAUTH_DPOP_NEVER:
		return MCPAUTH_OK;
	case MCPAUTH_DPOP_IF_OFFERED:
		return takes_dpop(it) ? mcpauth__session_dpop(it->session, &it->dpop, err)
				      : MCPAUTH_OK;
	case MCPAUTH_DPOP_ALWAYS:
		it->needs_dpop = true;
		break;
	}
	return mcpauth__session_dpop(it->session, &it->dpop, err);
}

static enum mcpauth_code choose_scope(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	const struct mcpauth_client_config *config = &it->session->config;
	const struct mcpauth__challenge *challenge = it->need->challenge;
	const struct mcpauth__scope_choice choice = {
		.challenge = challenge != NULL ? challenge->scope : NULL,
		.metadata = &it->metadata,
		.server = &it->server,
		.configured = config->scope,
		.requested = it->need->is_step_up ? it->credentials.tokens.requested : NULL,
		.wants_offline = !config->no_offline_access
			&& config->grant == MCPAUTH_GRANT_AUTHORIZATION_CODE,
	};
	return mcpauth__scopes_choose(&choice, &it->scope, err);
}

/* A configured client's secret is the configuration's, and kept nowhere else. */
static bool put_registration(
	struct mcpauth__obtaining *it, struct mcpauth__credentials *credentials)
{
	if (it->session->config.client_id != NULL) {
		mcpauth__wipe_free(it->registration.client_secret);
		it->registration.client_secret = NULL;
	}
	return mcpauth__credentials_put(credentials, &it->registration);
}

/* All that a refresh needs later, in another process perhaps. */
static bool put_all(struct mcpauth__obtaining *it, struct mcpauth__credentials *credentials,
	struct mcpauth__tokens *tokens)
{
	bool good = replace(&credentials->server_metadata, it->server.text)
		&& replace(&credentials->server_metadata_source, it->server.source)
		&& (it->dpop == NULL
			|| replace(&credentials->dpop_key, mcpauth__dpop_pem(it->dpop)))
		&& put_registration(it, credentials);
	if (good) {
		mcpauth__credentials_put_tokens(credentials, tokens);
	}
	return good;
}

/* A storage that cannot be opened now had been read at first: what it had then is what is
 * added to. */
static enum mcpauth_code keep(
	struct mcpauth__obtaining *it, struct mcpauth__tokens *tokens, struct mcpauth_error *err)
{
	struct mcpauth__credentials read = {0};
	enum mcpauth_code code = mcpauth__session_open(it->session, &read, err);
	bool is_open = code == MCPAUTH_OK;
	struct mcpauth__credentials *credentials = is_open ? &read : &it->credentials;
	if (code != MCPAUTH_OK && code != MCPAUTH_E_TOKEN_STORAGE) {
		return code;
	}
	code = put_all(it, credentials, tokens) ? MCPAUTH_OK : mcpauth__no_memory(err);
	if (code == MCPAUTH_OK && is_open) {
		code = mcpauth__session_keep(it->session, credentials, err);
	} else if (code == MCPAUTH_OK) {
		mcpauth__session_hold_unsaved(it->session, credentials);
	}
	if (is_open) {
		mcpauth__session_close(it->session);
	}
	mcpauth__credentials_finish(&read);
	return code;
}

/* An issuer that has forgotten the client is told of it anew, once; a code or an
 * assertion was for the other one. */
static enum mcpauth_code get_token(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	struct mcpauth__tokens tokens = {0};
	enum mcpauth_code code = MCPAUTH_OK;
	for (int attempt = 0; attempt < 2; attempt++) {
		char error[64] = "";
		code = mcpauth__obtaining_listen(it, err);
		if (code == MCPAUTH_OK) {
			code = mcpauth__obtaining_register(it, err);
		}
		if (code == MCPAUTH_OK) {
			code = mcpauth__obtaining_grant(it, &tokens, error, err);
		}
		bool is_forgotten = code != MCPAUTH_OK && strcmp(error, "invalid_client") == 0
			&& mcpauth__obtaining_forget_client(it);
		/* One that forgets whom it has just met would do so again. */
		if (!is_forgotten || it->is_new_client) {
			break;
		}
		mcpauth__tokens_finish(&tokens);
	}
	if (code == MCPAUTH_OK) {
		code = keep(it, &tokens, err);
	}
	mcpauth__tokens_finish(&tokens);
	return code;
}

static enum mcpauth_code run(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	const struct mcpauth_client_config *config = &it->session->config;
	if (config->no_login && config->grant == MCPAUTH_GRANT_AUTHORIZATION_CODE) {
		return mcpauth__fail(err, MCPAUTH_E_LOGIN_REQUIRED,
			"somebody has to log in, and the program says that nobody is there");
	}
	enum mcpauth_code code = discover(it, err);
	if (code == MCPAUTH_OK) {
		code = check_pkce(it, err);
	}
	if (code == MCPAUTH_OK) {
		code = choose_dpop(it, err);
	}
	if (code == MCPAUTH_OK) {
		code = choose_scope(it, err);
	}
	if (code == MCPAUTH_OK && it->need->is_step_up) {
		mcpauth__session_step(
			it->session, MCPAUTH_STEP_STEP_UP, it->scope != NULL ? it->scope : "");
	}
	return code == MCPAUTH_OK ? get_token(it, err) : code;
}

/* Another process may have logged in since. A storage that cannot be read is no reason
 * for a login that could not be kept. */
static enum mcpauth_code look_into_storage(
	struct mcpauth__obtaining *it, bool *is_done, struct mcpauth_error *err)
{
	const char *refused = it->need->refused;
	enum mcpauth_code code = mcpauth__session_open(it->session, &it->credentials, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	const char *kept = it->credentials.tokens.access_token;
	mcpauth__session_close(it->session);
	*is_done = kept != NULL && (refused == NULL || strcmp(kept, refused) != 0);
	if (*is_done) {
		mcpauth__session_adopt(it->session, &it->credentials);
	}
	return MCPAUTH_OK;
}

static void finish(struct mcpauth__obtaining *it)
{
	mcpauth__resource_metadata_finish(&it->metadata);
	mcpauth__authorization_server_finish(&it->server);
	mcpauth__credentials_finish(&it->credentials);
	mcpauth__registration_finish(&it->registration);
	mcpauth__listener_free(it->listener);
	free(it->scope);
}

/* Nobody is asked again for the sake of what waited while they were. */
static enum mcpauth_code run_once(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__session_check_declined(it->errand, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = run(it, err);
	if (code == MCPAUTH_OK) {
		mcpauth__session_count_obtained(it->session);
	}
	bool is_failed = code != MCPAUTH_OK && code != MCPAUTH_E_NO_MEMORY;
	if (is_failed && it->was_shown && !atomic_load(&it->errand->is_cancelled)) {
		mcpauth__session_decline(it->session, code, err->message);
	}
	return code;
}

/* With the turn: somebody else may have got one meanwhile. */
static enum mcpauth_code get_other_token(struct mcpauth__obtaining *it, struct mcpauth_error *err)
{
	bool is_done = false;
	if (!mcpauth__session_holds(it->session, it->need->refused)) {
		return MCPAUTH_RETRY;
	}
	if (mcpauth__session_has_obtained(it->errand)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = look_into_storage(it, &is_done, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	return is_done ? MCPAUTH_RETRY : run_once(it, err);
}

/* On the way much may fail that is no failure in the end: `err` is written once. */
enum mcpauth_code mcpauth__tokens_obtain(
	struct mcpauth__errand *errand, const struct mcpauth__need *need, struct mcpauth_error *err)
{
	struct mcpauth__session *session = errand->session;
	struct mcpauth__obtaining it = {.errand = errand, .session = session, .need = need};
	struct mcpauth_error why = {0};
	enum mcpauth_code code = mcpauth__session_take_turn(errand, &why);
	if (code == MCPAUTH_OK) {
		code = get_other_token(&it, &why);
		mcpauth__session_end_turn(session);
	}
	finish(&it);
	return code == MCPAUTH_OK || code == MCPAUTH_RETRY
		? code
		: mcpauth__fail_as(err, code, why.message);
}
