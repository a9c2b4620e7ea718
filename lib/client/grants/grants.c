/* What each grant asks a token endpoint for, and what becomes of the answer. */
#include "client/grants/grants.h"

#include "base/error_int.h"
#include "base/wipe.h"
#include "base/words.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:"
#define TOKEN_TYPE "urn:ietf:params:oauth:token-type:"

struct form {
	const struct mcpauth__parameter *parameters;
	size_t count;
};

static bool is_copied(char **to, const char *from)
{
	*to = mcpauth__strdup(from);
	return *to != NULL || from == NULL;
}

/* Secrets are moved, so that there is no second one to be wiped. */
static char *move(char **from)
{
	char *text = *from;
	*from = NULL;
	return text;
}

static enum mcpauth_code take_answer(const struct mcpauth__grant_request *request,
	struct mcpauth__token_answer *answer, struct mcpauth__tokens *tokens,
	struct mcpauth_error *err)
{
	*tokens = (struct mcpauth__tokens){
		.access_token = move(&answer->access_token),
		.refresh_token = move(&answer->refresh_token),
		.scope = move(&answer->scope),
		.issued_at = request->now,
		.is_dpop = answer->is_dpop,
	};
	/* Counted from before it was asked: the safe side. */
	if (answer->lifetime != MCPAUTH__LIFETIME_NONE) {
		tokens->expires_at = request->now + answer->lifetime;
	}
	bool good = is_copied(&tokens->issuer, request->server->issuer)
		&& is_copied(&tokens->client_id, request->client_id)
		&& is_copied(&tokens->resource, request->resource);
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

/* A token at the issuer itself; the scopes are left as the answer has them. */
static enum mcpauth_code ask(const struct mcpauth__grant_request *request, const struct form *form,
	struct mcpauth__tokens *tokens, char *error, struct mcpauth_error *err)
{
	const struct mcpauth__token_request asked = {
		.asker = request->asker,
		.endpoint = request->server->token_endpoint,
		.learnt_from = request->server->source,
		.proof = request->proof,
		.dpop = request->dpop,
		.now = request->now,
		.parameters = form->parameters,
		.count = form->count,
		.token_type = request->needs_dpop ? "DPoP" : NULL,
	};
	struct mcpauth__token_answer answer = {0};
	enum mcpauth_code code = mcpauth__token_request_send(&asked, &answer, err);
	memcpy(error, answer.error, sizeof answer.error);
	if (code == MCPAUTH_OK) {
		code = take_answer(request, &answer, tokens, err);
	}
	mcpauth__token_answer_finish(&answer);
	return code;
}

/* RFC 6749 section 5.1: what is not said of the scope is what was asked for. */
static enum mcpauth_code ask_with_scope(const struct mcpauth__grant_request *request,
	const struct form *form, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err)
{
	enum mcpauth_code code = ask(request, form, tokens, error, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	bool good = is_copied(&tokens->requested, request->scope)
		&& (tokens->scope != NULL || is_copied(&tokens->scope, request->scope));
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__grant_code(const struct mcpauth__grant_request *request,
	const struct mcpauth__code_grant *grant, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err)
{
	const struct mcpauth__parameter parameters[] = {
		{"grant_type", "authorization_code"},
		{"code", grant->code},
		{"code_verifier", grant->verifier},
		{"redirect_uri", grant->redirect_uri},
		{"resource", request->resource},
	};
	const struct form form = {parameters, COUNT(parameters)};
	return ask_with_scope(request, &form, tokens, error, err);
}

enum mcpauth_code mcpauth__grant_refresh(const struct mcpauth__grant_request *request,
	const struct mcpauth__tokens *old, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err)
{
	const struct mcpauth__parameter parameters[] = {
		{"grant_type", "refresh_token"},
		{"refresh_token", old->refresh_token},
		{"resource", request->resource},
	};
	const struct form form = {parameters, COUNT(parameters)};
	assert(old->refresh_token != NULL);
	enum mcpauth_code code = ask(request, &form, tokens, error, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	bool good = is_copied(&tokens->requested, old->requested)
		&& (tokens->scope != NULL || is_copied(&tokens->scope, old->scope))
		&& (tokens->refresh_token != NULL
			|| is_copied(&tokens->refresh_token, old->refresh_token));
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__grant_client_credentials(const struct mcpauth__grant_request *request,
	struct mcpauth__tokens *tokens, char *error, struct mcpauth_error *err)
{
	const struct mcpauth__parameter parameters[] = {
		{"grant_type", "client_credentials"},
		{"resource", request->resource},
		{"scope", request->scope},
	};
	const struct form form = {parameters, COUNT(parameters)};
	return ask_with_scope(request, &form, tokens, error, err);
}

enum mcpauth_code mcpauth__grant_assertion(const struct mcpauth__grant_request *request,
	const char *assertion, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err)
{
	const struct mcpauth__parameter parameters[] = {
		{"grant_type", GRANT_TYPE "jwt-bearer"},
		{"assertion", assertion},
		{"resource", request->resource},
		{"scope", request->scope},
	};
	const struct form form = {parameters, COUNT(parameters)};
	return ask_with_scope(request, &form, tokens, error, err);
}

static enum mcpauth_code take_id_jag(
	struct mcpauth__token_answer *answer, char **assertion, struct mcpauth_error *err)
{
	const char *type = answer->issued_token_type;
	if (type == NULL || strcmp(type, TOKEN_TYPE "id-jag") != 0) {
		return mcpauth__fail(err, MCPAUTH_E_TOKEN_ENDPOINT,
			"the identity provider's token is no ID-JAG by its issued_token_type");
	}
	*assertion = move(&answer->access_token);
	return MCPAUTH_OK;
}

/* RFC 8693 section 2.1. */
static enum mcpauth_code exchange(const struct mcpauth__token_request *common,
	const struct mcpauth__grant_request *request, const char *id_token,
	struct mcpauth__token_answer *answer, struct mcpauth_error *err)
{
	const struct mcpauth__parameter parameters[] = {
		{"grant_type", GRANT_TYPE "token-exchange"},
		{"requested_token_type", TOKEN_TYPE "id-jag"},
		{"subject_token", id_token},
		{"subject_token_type", TOKEN_TYPE "id_token"},
		{"audience", request->server->issuer},
		{"resource", request->resource},
		{"scope", request->scope},
	};
	struct mcpauth__token_request asked = *common;
	asked.parameters = parameters;
	asked.count = COUNT(parameters);
	return mcpauth__token_request_send(&asked, answer, err);
}

/* Identity providers have to take a secret in the form (OAuth 2.1 section 2.4.1), and the
 * SDKs of MCP send it there. */
static enum mcpauth_code make_proof(const struct mcpauth_enterprise_config *enterprise,
	struct mcpauth__client_proof **proof, struct mcpauth_error *err)
{
	return mcpauth__client_proof_new(
		&(struct mcpauth__client_identity){
			.authentication = enterprise->client_secret != NULL
				? MCPAUTH_CLIENT_SECRET_POST
				: MCPAUTH_CLIENT_SECRET_NONE,
			.id = enterprise->client_id,
			.secret = enterprise->client_secret,
		},
		proof, err);
}

enum mcpauth_code mcpauth__grant_id_jag(const struct mcpauth__grant_request *request,
	const struct mcpauth_enterprise_config *enterprise, char **assertion, char *error,
	struct mcpauth_error *err)
{
	struct mcpauth__client_proof *proof = NULL;
	struct mcpauth__token_answer answer = {0};
	*assertion = NULL;
	*error = '\0';
	char *id_token = enterprise->id_token(enterprise->user);
	if (id_token == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_LOGIN_REQUIRED,
			"there is no ID token for the identity provider");
	}
	enum mcpauth_code code = make_proof(enterprise, &proof, err);
	if (code == MCPAUTH_OK) {
		const struct mcpauth__token_request common = {
			.asker = request->asker,
			.endpoint = enterprise->token_endpoint,
			.proof = proof,
			.now = request->now,
			.token_type = "N_A",
		};
		code = exchange(&common, request, id_token, &answer, err);
	}
	if (code == MCPAUTH_OK) {
		code = take_id_jag(&answer, assertion, err);
	}
	memcpy(error, answer.error, sizeof answer.error);
	mcpauth__wipe(id_token, strlen(id_token));
	free(id_token);
	mcpauth__client_proof_free(proof);
	mcpauth__token_answer_finish(&answer);
	return code;
}

enum mcpauth_code mcpauth__token_revoke(const struct mcpauth__grant_request *request,
	const char *token, const char *hint, struct mcpauth_error *err)
{
	const struct mcpauth__parameter parameters[] = {
		{"token", token},
		{"token_type_hint", hint},
	};
	const struct mcpauth__token_request asked = {
		.asker = request->asker,
		.endpoint = request->server->revocation_endpoint,
		.learnt_from = request->server->source,
		.proof = request->proof,
		.now = request->now,
		.parameters = parameters,
		.count = COUNT(parameters),
	};
	struct mcpauth__fetched answer = {0};
	if (asked.endpoint == NULL) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__token_request_post(&asked, &answer, err);
	/* There is nothing to be read, so that any success is as good as 200. */
	if (code == MCPAUTH_OK && (answer.code != MCPAUTH_OK || answer.status / 100 != 2)) {
		code = mcpauth__token_request_check(&answer, err);
	}
	mcpauth__fetched_finish(&answer);
	return code;
}
