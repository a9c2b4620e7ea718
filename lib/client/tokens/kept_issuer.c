/* Asking the issuer of kept tokens: its document, and who the client is to it, are kept, too. */
#include "client/tokens/kept_issuer.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "client/registration/registration.h"

#include <string.h>

static enum mcpauth_code nothing(struct mcpauth_error *err, const char *what)
{
	return mcpauth__fail(err, MCPAUTH_E_LOGIN_REQUIRED, "%s is not kept", what);
}

/* What was never looked up may only be guessed of the server's own origin: the document of
 * another issuer can be missing because it was too long to be kept. */
static bool may_be_assumed(const struct mcpauth_client_config *config, const char *issuer)
{
	size_t length = strlen(issuer);
	return config->allow_missing_resource_metadata
		&& mcpauth__ascii_begins_alike(config->server, issuer, length)
		&& strchr("/?", config->server[length]) != NULL;
}

static enum mcpauth_code read_server(const struct mcpauth__errand *errand,
	const struct mcpauth__credentials *credentials, struct mcpauth__kept_issuer *kept,
	struct mcpauth_error *err)
{
	char *text = credentials->server_metadata;
	const char *issuer = credentials->tokens.issuer;
	if (text == NULL && may_be_assumed(&errand->session->config, issuer)) {
		return mcpauth__authorization_server_assume(issuer, &kept->server, err);
	}
	if (text == NULL || credentials->server_metadata_source == NULL) {
		return nothing(err, "the issuer's metadata");
	}
	const struct mcpauth__buf buf = {.data = text, .length = strlen(text)};
	const struct mcpauth__server_document document = {
		.issuer = issuer,
		.source = credentials->server_metadata_source,
		.text = &buf,
	};
	return mcpauth__authorization_server_read(&errand->asker, &document, &kept->server, err);
}

/* A configured client's secret is the configuration's, and kept nowhere else. */
static enum mcpauth_code find_registration(const struct mcpauth__applicant *applicant,
	const struct mcpauth__credentials *credentials, struct mcpauth__registration *found,
	struct mcpauth_error *err)
{
	const char *issuer = credentials->tokens.issuer;
	enum mcpauth__registration_way way = mcpauth__registration_way(applicant);
	if (way == MCPAUTH__BY_CONFIGURATION || way == MCPAUTH__BY_DOCUMENT) {
		return mcpauth__registration_get(applicant, found, err);
	}
	const struct mcpauth__registration *kept = mcpauth__credentials_find(credentials, issuer);
	if (kept == NULL) {
		return nothing(err, "who the client is");
	}
	return mcpauth__registration_copy(found, kept) ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static enum mcpauth_code prove(const struct mcpauth__errand *errand,
	const struct mcpauth__credentials *credentials, struct mcpauth__kept_issuer *kept,
	struct mcpauth_error *err)
{
	struct mcpauth__session *session = errand->session;
	struct mcpauth__registration registration = {0};
	const struct mcpauth__applicant applicant = {
		.config = &session->config,
		.asker = &errand->asker,
		.server = &kept->server,
		.now = mcpauth__session_now(session),
	};
	enum mcpauth_code code = find_registration(&applicant, credentials, &registration, err);
	/* A refresh token is the client's that it was given to (RFC 6749 section 6). */
	if (code == MCPAUTH_OK
		&& strcmp(registration.client_id, credentials->tokens.client_id) != 0) {
		code = mcpauth__fail(err, MCPAUTH_E_LOGIN_REQUIRED,
			"the tokens were given to another client_id");
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__registration_proof(&registration, &applicant, &kept->proof, err);
	}
	mcpauth__registration_finish(&registration);
	return code;
}

/* Another process may have kept its tokens over this one's: they are bound to its key. */
static enum mcpauth_code find_key(const struct mcpauth__errand *errand,
	const struct mcpauth__credentials *credentials, struct mcpauth__kept_issuer *kept,
	struct mcpauth__dpop **dpop, struct mcpauth_error *err)
{
	const char *key = credentials->dpop_key;
	enum mcpauth_code code = mcpauth__session_dpop(errand->session, dpop, err);
	if (code == MCPAUTH_OK && key != NULL && strcmp(mcpauth__dpop_pem(*dpop), key) != 0) {
		code = mcpauth__dpop_new(key, &kept->dpop, err);
		*dpop = kept->dpop;
	}
	return code;
}

enum mcpauth_code mcpauth__kept_issuer_make(const struct mcpauth__errand *errand,
	const struct mcpauth__credentials *credentials, struct mcpauth__kept_issuer *kept,
	struct mcpauth_error *err)
{
	const struct mcpauth__tokens *tokens = &credentials->tokens;
	struct mcpauth__dpop *dpop = NULL;
	if (tokens->issuer == NULL || tokens->client_id == NULL) {
		return nothing(err, "whose token it is");
	}
	enum mcpauth_code code = read_server(errand, credentials, kept, err);
	if (code == MCPAUTH_OK) {
		code = prove(errand, credentials, kept, err);
	}
	if (code == MCPAUTH_OK && tokens->is_dpop) {
		code = find_key(errand, credentials, kept, &dpop, err);
	}
	kept->request = (struct mcpauth__grant_request){
		.asker = &errand->asker,
		.server = &kept->server,
		.proof = kept->proof,
		.client_id = tokens->client_id,
		.dpop = dpop,
		.needs_dpop = tokens->is_dpop,
		.resource = tokens->resource,
		.scope = tokens->requested,
		.now = mcpauth__session_now(errand->session),
	};
	return code;
}

void mcpauth__kept_issuer_finish(struct mcpauth__kept_issuer *kept)
{
	mcpauth__client_proof_free(kept->proof);
	mcpauth__dpop_free(kept->dpop);
	mcpauth__authorization_server_finish(&kept->server);
	*kept = (struct mcpauth__kept_issuer){0};
}
