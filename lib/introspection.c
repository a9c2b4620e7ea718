/* Letting issuers be asked about tokens: their endpoint's configuration. */
#include "auth_int.h"

#include "base/config.h"
#include "base/error_int.h"
#include "base/file.h"
#include "net/url.h"
#include "token/issuer_int.h"

#include <stdio.h>

#define FILE_LIMIT ((size_t)64 * 1024)
#define CACHE_SECONDS_MAX 3600
#define INACTIVE_SECONDS_MAX 60
#define CONCURRENCY_MAX 64

/* What was in files, as long as the call lasts. */
struct secrets {
	struct mcpauth__buf client_secret;
	struct mcpauth__buf private_key;
	struct mcpauth__buf bearer_token;
};

static enum mcpauth_code check_url(
	const struct mcpauth *auth, const char *url, const char *field, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__url_check(url, auth->runtime->insecure_allow_http, err);
	if (code != MCPAUTH_OK) {
		mcpauth__error_prefix(err, field);
	}
	return code;
}

/* Metadata by hand is read already: what it lacks is found now, not at the first token. */
static enum mcpauth_code check_named_endpoint(
	const struct mcpauth *auth, const struct mcpauth__issuer *issuer, struct mcpauth_error *err)
{
	const struct mcpauth__server_source *source = mcpauth__issuer_server_source(issuer);
	if (source == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"endpoint is needed: the issuer has no metadata that could name it");
	}
	const struct mcpauth__server_metadata *metadata = mcpauth__server_source_by_hand(source);
	if (metadata == NULL) {
		return MCPAUTH_OK;
	}
	const char *named = mcpauth__json_string(
		mcpauth__server_metadata_json(metadata), "introspection_endpoint");
	return named != NULL ? check_url(auth, named, "introspection_endpoint in metadata", err)
			     : mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
				     "endpoint is needed: the issuer's metadata does not name it");
}

static enum mcpauth_code check_numbers(
	const struct mcpauth_introspection_config *config, struct mcpauth_error *err)
{
	if (config->cache_seconds != MCPAUTH_NONE && config->cache_seconds > CACHE_SECONDS_MAX) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "cache_seconds is more than 3600");
	}
	if (config->inactive_seconds != MCPAUTH_NONE
		&& config->inactive_seconds > INACTIVE_SECONDS_MAX) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "inactive_seconds is more than 60");
	}
	if (config->cache_entries == MCPAUTH_NONE) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"cache_entries cannot be none: set cache_seconds to that");
	}
	if (config->concurrency > CONCURRENCY_MAX) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "concurrency is none or more than 64");
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code check(const struct mcpauth *auth, const struct mcpauth__issuer *issuer,
	const struct mcpauth_introspection_config *config, struct mcpauth_error *err)
{
	enum mcpauth_code code = config->endpoint != NULL
		? check_url(auth, config->endpoint, "endpoint", err)
		: check_named_endpoint(auth, issuer, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (config->require_signed_answers && config->client_id == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"require_signed_answers needs a client_id, whom they are for");
	}
	return check_numbers(config, err);
}

/* @param text  the field; what the file holds from now on */
static enum mcpauth_code read_secret(const char **text, const char *file, const char *field,
	struct mcpauth__buf *held, struct mcpauth_error *err)
{
	if (file == NULL) {
		return MCPAUTH_OK;
	}
	if (*text != NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"%s and %s_file exclude one another", field, field);
	}
	enum mcpauth_code code = mcpauth__file_read_secret(file, FILE_LIMIT, held, err);
	if (code != MCPAUTH_OK) {
		char name[32];
		snprintf(name, sizeof name, "%s_file", field);
		mcpauth__error_prefix(err, name);
	}
	/* An empty file is no secret: that is said where one is needed. */
	*text = held->data != NULL ? held->data : "";
	return code;
}

static void wipe_secrets(struct secrets *secrets)
{
	mcpauth__buf_wipe(&secrets->client_secret);
	mcpauth__buf_wipe(&secrets->private_key);
	mcpauth__buf_wipe(&secrets->bearer_token);
}

static enum mcpauth_code read_secrets(struct mcpauth_introspection_config *config,
	struct secrets *secrets, struct mcpauth_error *err)
{
	enum mcpauth_code code = read_secret(&config->client_secret, config->client_secret_file,
		"client_secret", &secrets->client_secret, err);
	if (code == MCPAUTH_OK) {
		code = read_secret(&config->private_key, config->private_key_file, "private_key",
			&secrets->private_key, err);
	}
	if (code == MCPAUTH_OK) {
		code = read_secret(&config->bearer_token, config->bearer_token_file, "bearer_token",
			&secrets->bearer_token, err);
	}
	return code;
}

static enum mcpauth_code set(struct mcpauth *auth, struct mcpauth__issuer *issuer,
	const struct mcpauth_introspection_config *config, struct mcpauth_error *err)
{
	struct mcpauth__introspector *made;
	const struct mcpauth__introspector_parts parts = {
		.worker = auth->runtime->worker,
		.keys = mcpauth__issuer_key_source(issuer),
		.issuer = mcpauth__issuer_identifier(issuer),
		.algorithms = mcpauth__issuer_algorithms(issuer),
		.tolerance = auth->runtime->verifier.tolerance,
		.timeout_ms = (unsigned)auth->runtime->deadline_ms,
		.store = auth->runtime->store,
		.untold = &auth->runtime->untold,
		.subjects = &mcpauth__issuer_claim_policy(issuer)->subjects,
	};
	enum mcpauth_code code = mcpauth__introspector_new(&parts, config, &made, err);
	if (code == MCPAUTH_OK && !mcpauth__runtime_set_introspector(auth->runtime, issuer, made)) {
		code = mcpauth__fail(
			err, MCPAUTH_E_DUPLICATE, "the issuer has introspection already");
	}
	return code;
}

enum mcpauth_code mcpauth_set_introspection(struct mcpauth *auth, const char *issuer,
	const struct mcpauth_introspection_config *config, struct mcpauth_error *err)
{
	struct mcpauth_introspection_config read;
	struct secrets secrets = {0};
	struct mcpauth__issuer *found = mcpauth__find_issuer(auth, issuer);
	if (mcpauth__check_unused(auth, err) != MCPAUTH_OK) {
		return MCPAUTH_E_IN_USE;
	}
	if (found == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_ISSUER, "no such issuer was added");
	}
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code == MCPAUTH_OK) {
		code = check(auth, found, &read, err);
	}
	if (code == MCPAUTH_OK) {
		code = read_secrets(&read, &secrets, err);
	}
	if (code == MCPAUTH_OK) {
		code = set(auth, found, &read, err);
	}
	wipe_secrets(&secrets);
	return code;
}
