/* Becoming a client of an issuer's, by the first way that there is. */
#include "client/registration/registration.h"

#include "base/error_int.h"
#include "base/wipe.h"
#include "base/words.h"
#include "client/registration/registration_request.h"

#include <stdlib.h>
#include <string.h>

/* Asking to be registered is worth it only if the client can then authenticate. */
static bool can_register(const struct mcpauth__applicant *applicant)
{
	return applicant->server->registration_endpoint != NULL
		&& !applicant->config->never_register
		&& mcpauth__registration_method(applicant) != NULL;
}

enum mcpauth__registration_way mcpauth__registration_way(const struct mcpauth__applicant *applicant)
{
	const struct mcpauth_client_config *config = applicant->config;
	if (config->client_id != NULL) {
		return MCPAUTH__BY_CONFIGURATION;
	}
	if (config->client_metadata_url != NULL && applicant->server->reads_client_documents) {
		return MCPAUTH__BY_DOCUMENT;
	}
	if (can_register(applicant)) {
		return MCPAUTH__BY_REGISTRATION;
	}
	return config->identify != NULL ? MCPAUTH__BY_ASKING : MCPAUTH__BY_NOTHING;
}

/* The MCP specification binds credentials to their issuer (SEP-2352). */
static bool is_configured_for(const struct mcpauth__applicant *applicant)
{
	return applicant->config->issuer == NULL
		|| strcmp(applicant->config->issuer, applicant->server->issuer) == 0;
}

/* Another way to authenticate was perhaps configured since it was registered. */
static bool authenticates_as_configured(const struct mcpauth__registration *registration,
	const struct mcpauth__applicant *applicant)
{
	const char *configured = applicant->config->authentication;
	return configured == NULL || registration->authentication == NULL
		|| strcmp(configured, registration->authentication) == 0;
}

/* Is it who the configuration says now? */
static bool is_current(const struct mcpauth__registration *registration,
	const struct mcpauth__applicant *applicant)
{
	const struct mcpauth_client_config *config = applicant->config;
	bool is_document = mcpauth__same_text(registration->client_id, config->client_metadata_url);
	switch (mcpauth__registration_way(applicant)) {
	case MCPAUTH__BY_CONFIGURATION:
		return is_configured_for(applicant)
			&& mcpauth__same_text(registration->client_id, config->client_id)
			&& mcpauth__same_text(registration->client_secret, config->client_secret);
	case MCPAUTH__BY_DOCUMENT:
		return is_document;
	case MCPAUTH__BY_REGISTRATION:
		return !is_document && authenticates_as_configured(registration, applicant);
	default:
		return !is_document;
	}
}

bool mcpauth__registration_is_good(const struct mcpauth__registration *registration,
	const struct mcpauth__applicant *applicant)
{
	bool is_expired = registration->secret_expires_at != 0
		&& registration->secret_expires_at <= applicant->now;
	bool is_elsewhere = registration->redirect_uri != NULL && applicant->redirect_uri != NULL
		&& strcmp(registration->redirect_uri, applicant->redirect_uri) != 0;
	return registration->client_id != NULL && !is_expired && !is_elsewhere
		&& mcpauth__same_text(registration->issuer, applicant->server->issuer)
		&& is_current(registration, applicant);
}

/* Who the client is, without an answer of the issuer's. */
struct known {
	const char *client_id;
	const char *client_secret;
	const char *authentication;
};

static bool keep(char **to, const char *from)
{
	*to = mcpauth__strdup(from);
	return from == NULL || *to != NULL;
}

static enum mcpauth_code fill(const struct mcpauth__applicant *applicant, const struct known *known,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	bool good = keep(&registration->issuer, applicant->server->issuer)
		&& keep(&registration->client_id, known->client_id)
		&& keep(&registration->client_secret, known->client_secret)
		&& keep(&registration->authentication, known->authentication);
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static enum mcpauth_code take_configured(const struct mcpauth__applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	const struct mcpauth_client_config *config = applicant->config;
	if (!is_configured_for(applicant)) {
		return mcpauth__fail(err, MCPAUTH_E_ISSUER_MISMATCH,
			"client_id is for %.80s, but the server's tokens come from %.80s",
			config->issuer, applicant->server->issuer);
	}
	const struct known known = {
		.client_id = config->client_id,
		.client_secret = config->client_secret,
		.authentication = config->authentication,
	};
	return fill(applicant, &known, registration, err);
}

/* A document cannot hold a secret: there are a key, or nothing, behind it. */
static enum mcpauth_code take_document(const struct mcpauth__applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	const struct mcpauth_client_config *config = applicant->config;
	const struct known known = {
		.client_id = config->client_metadata_url,
		.authentication = config->private_key != NULL ? "private_key_jwt" : "none",
	};
	return fill(applicant, &known, registration, err);
}

static enum mcpauth_code take_identity(const struct mcpauth__applicant *applicant,
	const struct mcpauth_client_identity *identity, struct mcpauth__registration *registration,
	struct mcpauth_error *err)
{
	const char *secret = identity->client_secret;
	if (identity->client_id == NULL || !mcpauth__registration_takes(identity->client_id)
		|| (secret != NULL && !mcpauth__registration_takes(secret))) {
		return mcpauth__fail(err, MCPAUTH_E_NOT_REGISTERED,
			"%s: what was given cannot be a client_id and its secret",
			applicant->server->issuer);
	}
	const struct known known = {
		.client_id = identity->client_id,
		.client_secret = identity->client_secret,
	};
	return fill(applicant, &known, registration, err);
}

static enum mcpauth_code ask(const struct mcpauth__applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	const struct mcpauth_client_config *config = applicant->config;
	const char *issuer = applicant->server->issuer;
	struct mcpauth_client_identity identity = {0};
	enum mcpauth_code code = config->identify(issuer, &identity, config->user)
		? take_identity(applicant, &identity, registration, err)
		: mcpauth__fail(err, MCPAUTH_E_NOT_REGISTERED,
			"%s: nobody knows who the client is there", issuer);
	if (identity.client_secret != NULL) {
		mcpauth__wipe(identity.client_secret, strlen(identity.client_secret));
	}
	free(identity.client_secret);
	free(identity.client_id);
	return code;
}

enum mcpauth_code mcpauth__registration_get(const struct mcpauth__applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	switch (mcpauth__registration_way(applicant)) {
	case MCPAUTH__BY_CONFIGURATION:
		return take_configured(applicant, registration, err);
	case MCPAUTH__BY_DOCUMENT:
		return take_document(applicant, registration, err);
	case MCPAUTH__BY_REGISTRATION:
		return mcpauth__registration_request_send(applicant, registration, err);
	case MCPAUTH__BY_ASKING:
		return ask(applicant, registration, err);
	default:
		return mcpauth__fail(err, MCPAUTH_E_NOT_REGISTERED,
			"%s does not let this client register itself: it needs a client_id",
			applicant->server->issuer);
	}
}
