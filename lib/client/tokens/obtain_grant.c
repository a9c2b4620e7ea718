/* Getting the token itself, by the grant that the program chose. */
#include "client/tokens/obtain_int.h"

#include "base/error_int.h"
#include "base/wipe.h"
#include "client/grants/grants.h"
#include "client/login/login_int.h"

#include <string.h>

static enum mcpauth_code make_request(const struct mcpauth__obtaining *it,
	struct mcpauth__authorization_request *request, struct mcpauth_error *err)
{
	const struct mcpauth__applicant applicant = mcpauth__obtaining_applicant(it);
	const struct mcpauth__authorization_wish wish = {
		.server = &it->server,
		.client_id = it->registration.client_id,
		.redirect_uri = applicant.redirect_uri,
		.resource = it->metadata.resource,
		.scope = it->scope,
		.thumbprint = it->dpop != NULL ? mcpauth__dpop_thumbprint(it->dpop) : NULL,
		.wants_consent = mcpauth__scopes_have(it->scope, "offline_access"),
	};
	return mcpauth__authorization_request_make(&wish, request, err);
}

static enum mcpauth_code make_login(
	struct mcpauth__obtaining *it, struct mcpauth_login **login, struct mcpauth_error *err)
{
	struct mcpauth__authorization_request request = {0};
	enum mcpauth_code code = make_request(it, &request, err);
	if (code == MCPAUTH_OK) {
		const struct mcpauth__login_parts parts = {
			.request = &request,
			.listener = it->listener,
			.start = it->session->config.login,
			.user = it->session->config.user,
			.seconds = it->session->config.login_seconds,
		};
		it->listener = NULL;
		code = mcpauth__login_new(&parts, login, err);
	}
	mcpauth__authorization_request_finish(&request);
	return code;
}

/* A person, or a program's callback, has taken its time. */
static struct mcpauth__grant_request anew(
	const struct mcpauth__obtaining *it, const struct mcpauth__grant_request *request)
{
	struct mcpauth__grant_request later = *request;
	later.now = mcpauth__session_now(it->session);
	return later;
}

static enum mcpauth_code log_in(struct mcpauth__obtaining *it,
	const struct mcpauth__grant_request *request, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err)
{
	struct mcpauth_login *login = NULL;
	enum mcpauth_code code = make_login(it, &login, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__errand_set_login(it->errand, login, err);
	}
	if (code == MCPAUTH_OK) {
		mcpauth__session_step(it->session, MCPAUTH_STEP_LOGIN, it->server.issuer);
		it->was_shown = true;
		code = mcpauth__login_run(login, err);
		mcpauth__errand_clear_login(it->errand);
	}
	if (code == MCPAUTH_OK) {
		const struct mcpauth__code_grant grant = {
			.code = mcpauth__login_code(login),
			.verifier = mcpauth__login_verifier(login),
			.redirect_uri = mcpauth_login_redirect_uri(login),
		};
		const struct mcpauth__grant_request later = anew(it, request);
		mcpauth__session_step(it->session, MCPAUTH_STEP_TOKEN, it->server.issuer);
		code = mcpauth__grant_code(&later, &grant, tokens, error, err);
	}
	mcpauth_login_free(login);
	return code;
}

static enum mcpauth_code vouch_by_enterprise(struct mcpauth__obtaining *it,
	const struct mcpauth__grant_request *request, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err)
{
	char *assertion = NULL;
	if (it->session->enterprise.token_endpoint == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"mcpauth_client_set_enterprise() was not called");
	}
	enum mcpauth_code code = mcpauth__grant_id_jag(
		request, &it->session->enterprise, &assertion, error, err);
	/* The identity provider's refusal says nothing of the client at the issuer. */
	*error = '\0';
	if (code == MCPAUTH_OK) {
		const struct mcpauth__grant_request later = anew(it, request);
		code = mcpauth__grant_assertion(&later, assertion, tokens, error, err);
	}
	mcpauth__wipe_free(assertion);
	return code;
}

static enum mcpauth_code vouch_by_workload(struct mcpauth__obtaining *it,
	const struct mcpauth__grant_request *request, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err)
{
	if (it->session->workload == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"mcpauth_client_set_workload() was not called");
	}
	char *assertion = it->session->workload(it->server.issuer, it->session->workload_user);
	const struct mcpauth__grant_request later = anew(it, request);
	enum mcpauth_code code = assertion != NULL
		? mcpauth__grant_assertion(&later, assertion, tokens, error, err)
		: mcpauth__fail(err, MCPAUTH_E_LOGIN_REQUIRED, "the platform gave no JWT");
	mcpauth__wipe_free(assertion);
	return code;
}

static enum mcpauth_code run_grant(struct mcpauth__obtaining *it,
	const struct mcpauth__grant_request *request, struct mcpauth__tokens *tokens, char *error,
	struct mcpauth_error *err)
{
	if (it->session->config.grant != MCPAUTH_GRANT_AUTHORIZATION_CODE) {
		mcpauth__session_step(it->session, MCPAUTH_STEP_TOKEN, it->server.issuer);
	}
	switch (it->session->config.grant) {
	case MCPAUTH_GRANT_CLIENT_CREDENTIALS:
		return mcpauth__grant_client_credentials(request, tokens, error, err);
	case MCPAUTH_GRANT_ENTERPRISE:
		return vouch_by_enterprise(it, request, tokens, error, err);
	case MCPAUTH_GRANT_WORKLOAD:
		return vouch_by_workload(it, request, tokens, error, err);
	case MCPAUTH_GRANT_AUTHORIZATION_CODE:
		break;
	}
	return log_in(it, request, tokens, error, err);
}

enum mcpauth_code mcpauth__obtaining_grant(struct mcpauth__obtaining *it,
	struct mcpauth__tokens *tokens, char *error, struct mcpauth_error *err)
{
	struct mcpauth__client_proof *proof = NULL;
	const struct mcpauth__applicant applicant = mcpauth__obtaining_applicant(it);
	enum mcpauth_code code = mcpauth__registration_proof(
		&it->registration, &applicant, &proof, err);
	if (code == MCPAUTH_OK) {
		const struct mcpauth__grant_request request = {
			.asker = &it->errand->asker,
			.server = &it->server,
			.proof = proof,
			.client_id = it->registration.client_id,
			.dpop = it->dpop,
			.needs_dpop = it->needs_dpop,
			.resource = it->metadata.resource,
			.scope = it->scope,
			.now = applicant.now,
		};
		code = run_grant(it, &request, tokens, error, err);
	}
	mcpauth__client_proof_free(proof);
	return code;
}
