/* Declaring issuers, letting resources believe them, and when to ask them again. */
#include "auth_int.h"

#include "base/array.h"
#include "base/config.h"
#include "base/error_int.h"
#include "metadata/server_metadata.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

static enum mcpauth_code check_url(
	const struct mcpauth *auth, const char *url, const char *field, struct mcpauth_error *err)
{
	enum mcpauth_code code = url == NULL
		? MCPAUTH_OK
		: mcpauth__url_check(url, auth->runtime->insecure_allow_http, err);
	if (code != MCPAUTH_OK) {
		mcpauth__error_prefix(err, field);
	}
	return code;
}

enum mcpauth_code mcpauth__issuer_config_check(const struct mcpauth *auth,
	const struct mcpauth_issuer_config *config, struct mcpauth_error *err)
{
	int ways = (config->metadata_url != NULL) + (config->metadata != NULL)
		+ (config->server_metadata != NULL) + (config->jwks_uri != NULL)
		+ (config->jwks != NULL);
	if (config->issuer == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "no issuer is named");
	}
	if (ways > 1) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"metadata_url, metadata, server_metadata, jwks_uri and jwks exclude one "
			"another");
	}
	if ((config->jwks_uri != NULL || config->jwks != NULL) && config->transpile != NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"with the keys alone there is no metadata to transpile");
	}
	/* RFC 8414 section 2: neither query nor fragment. */
	if (strchr(config->issuer, '?') != NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_URL, "issuer: an issuer has no query");
	}
	if ((unsigned)config->discovery > MCPAUTH_DISCOVERY_OIDC) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "no such discovery");
	}
	enum mcpauth_code code = check_url(auth, config->issuer, "issuer", err);
	if (code == MCPAUTH_OK) {
		code = check_url(auth, config->advertised_url, "advertised_url", err);
	}
	if (code == MCPAUTH_OK) {
		code = check_url(auth, config->metadata_url, "metadata_url", err);
	}
	if (code == MCPAUTH_OK) {
		code = check_url(auth, config->jwks_uri, "jwks_uri", err);
	}
	return code;
}

/* A URL in metadata by hand is a configured one like any other: found to be bad
 * now, not at the first token. */
static enum mcpauth_code check_by_hand(
	const struct mcpauth *auth, const struct mcpauth__issuer *issuer, struct mcpauth_error *err)
{
	const struct mcpauth__server_source *source = mcpauth__issuer_server_source(issuer);
	const struct mcpauth__server_metadata *metadata = NULL;
	if (source != NULL) {
		metadata = mcpauth__server_source_by_hand(source);
	}
	return metadata == NULL ? MCPAUTH_OK
				: check_url(auth, mcpauth__server_metadata_jwks_uri(metadata),
					"jwks_uri in metadata", err);
}

struct mcpauth__issuer *mcpauth__find_issuer(const struct mcpauth *auth, const char *issuer)
{
	return issuer == NULL
		? NULL
		: mcpauth__lookup_find(&auth->issuers_by_name, issuer, strlen(issuer));
}

/* A value that two issuers of one program claim would let one's keys speak for
 * the other. */
static bool is_claimed(const struct mcpauth *auth, const char *value)
{
	return mcpauth__lookup_find(&auth->issuers_by_value, value, strlen(value)) != NULL;
}

/* Either all of it, or nothing has changed. */
static bool enlist(struct mcpauth *auth, struct mcpauth__issuer *issuer)
{
	const char *name = mcpauth__issuer_identifier(issuer);
	if (!mcpauth__array_grow(&auth->issuers, auth->issuer_count)
		|| !mcpauth__lookup_reserve(&auth->issuers_by_value)
		|| !mcpauth__lookup_add(&auth->issuers_by_name, name, strlen(name), issuer)) {
		return false;
	}
	auth->issuers[auth->issuer_count++] = issuer;
	return mcpauth__lookup_add(&auth->issuers_by_value, name, strlen(name), issuer);
}

static enum mcpauth_code find_or_make(struct mcpauth *auth,
	const struct mcpauth_issuer_config *config, struct mcpauth__issuer **issuer,
	struct mcpauth_error *err)
{
	*issuer = mcpauth__find_issuer(auth, config->issuer);
	if (*issuer != NULL) {
		return mcpauth__issuer_has_config(*issuer, config)
			? MCPAUTH_OK
			: mcpauth__fail(err, MCPAUTH_E_DUPLICATE,
				"the issuer is known with another configuration");
	}
	if (is_claimed(auth, config->issuer)) {
		return mcpauth__fail(
			err, MCPAUTH_E_DUPLICATE, "another issuer accepts this value already");
	}
	enum mcpauth_code code = mcpauth__runtime_new_issuer(auth->runtime, config, issuer, err);
	if (code == MCPAUTH_OK) {
		code = check_by_hand(auth, *issuer, err);
	}
	if (code == MCPAUTH_OK && !enlist(auth, *issuer)) {
		code = mcpauth__no_memory(err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__runtime_free_issuer(auth->runtime, *issuer);
		*issuer = NULL;
	}
	return code;
}

/* Metadata by hand is a text from here on, so that there is one way to compare
 * it and one to read it. */
static enum mcpauth_code find_or_make_from(struct mcpauth *auth,
	struct mcpauth_issuer_config *config, struct mcpauth__issuer **issuer,
	struct mcpauth_error *err)
{
	char *text = NULL;
	enum mcpauth_code code = MCPAUTH_OK;
	if (config->server_metadata != NULL) {
		code = mcpauth__server_metadata_write(
			config->issuer, config->server_metadata, &text, err);
		config->metadata = text;
		config->server_metadata = NULL;
	}
	if (code == MCPAUTH_OK) {
		code = find_or_make(auth, config, issuer, err);
	}
	free(text);
	return code;
}

enum mcpauth_code mcpauth_add_issuer(struct mcpauth *auth, const char *resource,
	const struct mcpauth_issuer_config *config, struct mcpauth_error *err)
{
	struct mcpauth_issuer_config read;
	struct mcpauth__resource *found;
	struct mcpauth__issuer *issuer;
	enum mcpauth_code code = mcpauth__need_unused_resource(auth, resource, &found, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__config_read(&read, sizeof read, config, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__issuer_config_check(auth, &read, err);
	}
	if (code == MCPAUTH_OK) {
		code = find_or_make_from(auth, &read, &issuer, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (mcpauth__trust_has(&found->trust, issuer)) {
		return mcpauth__fail(
			err, MCPAUTH_E_DUPLICATE, "the resource has this issuer already");
	}
	return mcpauth__trust_add_issuer(&found->trust, issuer) ? MCPAUTH_OK
								: mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth_accept_issuer_value(
	struct mcpauth *auth, const char *issuer, const char *value, struct mcpauth_error *err)
{
	struct mcpauth__issuer *found = mcpauth__find_issuer(auth, issuer);
	if (mcpauth__check_unused(auth, err) != MCPAUTH_OK) {
		return MCPAUTH_E_IN_USE;
	}
	if (found == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_ISSUER, "no such issuer was added");
	}
	if (value == NULL || *value == '\0') {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "the value is empty");
	}
	if (is_claimed(auth, value)) {
		return mcpauth__fail(
			err, MCPAUTH_E_DUPLICATE, "an issuer accepts this value already");
	}
	if (!mcpauth__lookup_reserve(&auth->issuers_by_value)) {
		return mcpauth__no_memory(err);
	}
	const char *accepted = mcpauth__issuer_accept(found, value);
	return accepted != NULL
			&& mcpauth__lookup_add(
				&auth->issuers_by_value, accepted, strlen(accepted), found)
		? MCPAUTH_OK
		: mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth_set_claims_check(struct mcpauth *auth, const char *issuer,
	mcpauth_claims_fn check, void *user, struct mcpauth_error *err)
{
	struct mcpauth__issuer *found = mcpauth__find_issuer(auth, issuer);
	if (mcpauth__check_unused(auth, err) != MCPAUTH_OK) {
		return MCPAUTH_E_IN_USE;
	}
	if (found == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_ISSUER, "no such issuer was added");
	}
	if (check == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "there is no check");
	}
	return mcpauth__issuer_set_check(found, check, user)
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "the issuer has a check already");
}

unsigned mcpauth_retry_after(struct mcpauth *auth, const char *resource)
{
	const struct mcpauth__resource *found = mcpauth__find_resource(auth, resource);
	unsigned longest = 1;
	for (size_t i = 0; found != NULL && i < found->trust.count; i++) {
		unsigned seconds = mcpauth__key_source_retry_after(
			mcpauth__issuer_key_source(found->trust.issuers[i]));
		longest = seconds > longest ? seconds : longest;
	}
	return longest < 30 ? longest : 30;
}
