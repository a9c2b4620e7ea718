/* Checking and copying what a program says of its client. */
#include "client/config.h"

#include "base/config.h"
#include "base/error_int.h"
#include "base/scopes.h"
#include "base/wipe.h"
#include "base/words.h"
#include "jose/signer.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define STEP_UP_LIMIT 2
#define STEP_UP_LIMIT_MAX 10
#define LOGIN_SECONDS 300
#define REFRESH_AHEAD 30
#define TIMEOUT_MS 10000
#define CLIENT_NAME "mcpauth client"

/* Where the strings are that are copied. */
static const size_t client_strings[] = {
	offsetof(struct mcpauth_client_config, server),
	offsetof(struct mcpauth_client_config, issuer),
	offsetof(struct mcpauth_client_config, client_id),
	offsetof(struct mcpauth_client_config, client_secret),
	offsetof(struct mcpauth_client_config, private_key),
	offsetof(struct mcpauth_client_config, key_id),
	offsetof(struct mcpauth_client_config, key_algorithm),
	offsetof(struct mcpauth_client_config, authentication),
	offsetof(struct mcpauth_client_config, client_metadata_url),
	offsetof(struct mcpauth_client_config, client_name),
	offsetof(struct mcpauth_client_config, client_uri),
	offsetof(struct mcpauth_client_config, scope),
	offsetof(struct mcpauth_client_config, redirect_uri),
};
static const size_t enterprise_strings[] = {
	offsetof(struct mcpauth_enterprise_config, token_endpoint),
	offsetof(struct mcpauth_enterprise_config, client_id),
	offsetof(struct mcpauth_enterprise_config, client_secret),
};

static const char *string_of(const void *config, size_t offset)
{
	const char *text;
	memcpy(&text, (const char *)config + offset, sizeof text);
	return text;
}

/* Each is a copy of its own or NULL afterwards, whatever comes of it. */
static bool copy_strings(void *config, const size_t *offsets, size_t count)
{
	bool good = true;
	for (size_t i = 0; i < count; i++) {
		const char *text = string_of(config, offsets[i]);
		char *copy = mcpauth__strdup(text);
		good = good && (text == NULL || copy != NULL);
		memcpy((char *)config + offsets[i], &copy, sizeof copy);
	}
	return good;
}

static void wipe_strings(void *config, const size_t *offsets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text = (char *)string_of(config, offsets[i]);
		if (text != NULL) {
			mcpauth__wipe(text, strlen(text));
			free(text);
		}
	}
}

static enum mcpauth_code invalid(struct mcpauth_error *err, const char *what, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "%s %s", what, why);
}

static enum mcpauth_code check_url(
	const char *url, const char *what, bool allow_http, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__url_check(url, allow_http, err);
	if (code != MCPAUTH_OK) {
		mcpauth__error_prefix(err, what);
	}
	return code;
}

/* The MCP specification wants a path: a whole host is no client. */
static enum mcpauth_code check_client_metadata_url(const char *text, struct mcpauth_error *err)
{
	struct mcpauth__url url = {0};
	enum mcpauth_code code = check_url(text, "client_metadata_url", false, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__url_parse(text, &url, err);
	}
	if (code == MCPAUTH_OK && (strcmp(url.scheme, "https") != 0 || strlen(url.path) < 2)) {
		code = invalid(err, "client_metadata_url", "is not https with a path");
	}
	mcpauth__url_finish(&url);
	return code;
}

/* A scheme of the program's own is a domain of its own turned round, so it has a dot
 * (RFC 8252 section 7.1): no page can be asked to run anything by it. */
static bool is_private_scheme(const char *uri)
{
	size_t length = strspn(
		uri, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	return length > 0 && uri[length] == ':' && memchr(uri, '.', length) != NULL
		&& uri[strcspn(uri, "# \t\r\n")] == '\0';
}

static enum mcpauth_code check_redirect_uri(const char *uri, struct mcpauth_error *err)
{
	return is_private_scheme(uri) ? MCPAUTH_OK : check_url(uri, "redirect_uri", false, err);
}

static enum mcpauth_code check_urls(
	const struct mcpauth_client_config *config, bool allow_http, struct mcpauth_error *err)
{
	if (config->server == NULL) {
		return invalid(err, "server", "is needed");
	}
	enum mcpauth_code code = check_url(config->server, "server", allow_http, err);
	if (code == MCPAUTH_OK && config->issuer != NULL) {
		code = check_url(config->issuer, "issuer", allow_http, err);
	}
	if (code == MCPAUTH_OK && config->client_metadata_url != NULL) {
		code = check_client_metadata_url(config->client_metadata_url, err);
	}
	if (code == MCPAUTH_OK && config->redirect_uri != NULL) {
		code = check_redirect_uri(config->redirect_uri, err);
	}
	return code;
}

static enum mcpauth_code check_key(
	const struct mcpauth_client_config *config, struct mcpauth_error *err)
{
	struct mcpauth__signer *signer = NULL;
	if (config->private_key == NULL) {
		return config->key_id == NULL && config->key_algorithm == NULL
			? MCPAUTH_OK
			: invalid(err, "key_id or key_algorithm", "is given without private_key");
	}
	if (config->client_secret != NULL) {
		return invalid(err, "private_key", "and client_secret are both given");
	}
	enum mcpauth_code code = mcpauth__signer_new(
		config->private_key, config->key_algorithm, &signer, err);
	mcpauth__signer_free(signer);
	return code;
}

static enum mcpauth_code check_authentication(
	const struct mcpauth_client_config *config, struct mcpauth_error *err)
{
	const struct {
		const char *name;
		bool has_what_it_takes;
	} methods[] = {
		{"none", config->client_secret == NULL && config->private_key == NULL},
		{"client_secret_basic", config->private_key == NULL},
		{"client_secret_post", config->private_key == NULL},
		{"private_key_jwt", config->private_key != NULL},
	};
	if (config->authentication == NULL) {
		return MCPAUTH_OK;
	}
	for (size_t i = 0; i < COUNT(methods); i++) {
		if (strcmp(config->authentication, methods[i].name) == 0) {
			return methods[i].has_what_it_takes
				? MCPAUTH_OK
				: invalid(err, "authentication", "and what is given do not fit");
		}
	}
	return invalid(err, "authentication",
		"is not none, client_secret_basic, client_secret_post or private_key_jwt");
}

/* A secret, and what vouches for a client, is for one issuer. The server may mean ill, and
 * name another one that it should be shown to (RFC 9700 section 4.4). A key is no secret
 * that is shown: what it signs is for the issuer alone that gets it. */
static enum mcpauth_code check_issuer(
	const struct mcpauth_client_config *config, struct mcpauth_error *err)
{
	bool is_for_one = config->client_secret != NULL || config->grant == MCPAUTH_GRANT_ENTERPRISE
		|| config->grant == MCPAUTH_GRANT_WORKLOAD;
	return !is_for_one || config->issuer != NULL || config->allow_any_issuer
		? MCPAUTH_OK
		: invalid(err, "issuer",
			"is needed: whom a secret or an assertion is shown is not the server's to "
			"say");
}

static enum mcpauth_code check_who(
	const struct mcpauth_client_config *config, struct mcpauth_error *err)
{
	if (config->client_id == NULL && config->client_secret != NULL) {
		return invalid(err, "client_secret", "is given without client_id");
	}
	if (config->client_id == NULL && config->client_metadata_url == NULL
		&& config->private_key != NULL) {
		return invalid(err, "private_key", "is given without client_id");
	}
	enum mcpauth_code code = check_key(config, err);
	if (code == MCPAUTH_OK) {
		code = check_authentication(config, err);
	}
	return code == MCPAUTH_OK ? check_issuer(config, err) : code;
}

enum mcpauth_code mcpauth__client_config_check(
	const struct mcpauth_client_config *config, bool allow_http, struct mcpauth_error *err)
{
	if ((unsigned)config->grant > MCPAUTH_GRANT_WORKLOAD) {
		return invalid(err, "grant", "is none that there is");
	}
	if ((unsigned)config->dpop > MCPAUTH_DPOP_ALWAYS) {
		return invalid(err, "dpop", "is none that there is");
	}
	if (!mcpauth__scopes_are_valid(config->scope)) {
		return invalid(err, "scope", "is not scopes separated by blanks");
	}
	if (config->step_up_limit != MCPAUTH_NONE && config->step_up_limit > STEP_UP_LIMIT_MAX) {
		return invalid(err, "step_up_limit", "is more than 10");
	}
	if (config->timeout_ms == MCPAUTH_NONE || config->login_seconds == MCPAUTH_NONE) {
		return invalid(err, "timeout_ms and login_seconds", "cannot be none");
	}
	enum mcpauth_code code = check_urls(config, allow_http, err);
	return code == MCPAUTH_OK ? check_who(config, err) : code;
}

bool mcpauth__client_config_copy(
	struct mcpauth_client_config *to, const struct mcpauth_client_config *from)
{
	*to = *from;
	to->step_up_limit = mcpauth__config_amount(from->step_up_limit, STEP_UP_LIMIT);
	to->login_seconds = mcpauth__config_amount(from->login_seconds, LOGIN_SECONDS);
	to->refresh_ahead = mcpauth__config_amount(from->refresh_ahead, REFRESH_AHEAD);
	to->timeout_ms = mcpauth__config_amount(from->timeout_ms, TIMEOUT_MS);
	if (to->client_name == NULL) {
		to->client_name = CLIENT_NAME;
	}
	return copy_strings(to, client_strings, COUNT(client_strings));
}

void mcpauth__client_config_finish(struct mcpauth_client_config *config)
{
	wipe_strings(config, client_strings, COUNT(client_strings));
	*config = (struct mcpauth_client_config){0};
}

enum mcpauth_code mcpauth__enterprise_config_check(
	const struct mcpauth_enterprise_config *config, bool allow_http, struct mcpauth_error *err)
{
	if (config->token_endpoint == NULL || config->client_id == NULL
		|| config->id_token == NULL) {
		return invalid(err, "token_endpoint, client_id and id_token", "are needed");
	}
	return check_url(config->token_endpoint, "token_endpoint", allow_http, err);
}

bool mcpauth__enterprise_config_copy(
	struct mcpauth_enterprise_config *to, const struct mcpauth_enterprise_config *from)
{
	*to = *from;
	return copy_strings(to, enterprise_strings, COUNT(enterprise_strings));
}

void mcpauth__enterprise_config_finish(struct mcpauth_enterprise_config *config)
{
	wipe_strings(config, enterprise_strings, COUNT(enterprise_strings));
	*config = (struct mcpauth_enterprise_config){0};
}
