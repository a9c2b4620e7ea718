/* The OAuth client for programs: made, configured, logged in and out. */
#include "client/session/client_int.h"

#include "auth_int.h"
#include "base/config.h"
#include "client/config.h"
#include "client/tokens/tokens.h"

#include <mcpauth/client_request.h>

#include <stdlib.h>

/* At a token that is good, while others get theirs. */
#define ATTEMPTS 3

static enum mcpauth_code make_session(struct mcpauth_client *client,
	const struct mcpauth_client_config *config, struct mcpauth_error *err)
{
	struct mcpauth__runtime *runtime = client->auth->runtime;
	const struct mcpauth__session_parts parts = {
		.config = config,
		.worker = runtime->worker,
		.clock = &runtime->clock,
		.log = &runtime->log,
	};
	return mcpauth__session_new(&parts, &client->session, err);
}

enum mcpauth_code mcpauth_client_new(struct mcpauth *auth,
	const struct mcpauth_client_config *config, struct mcpauth_client **client,
	struct mcpauth_error *err)
{
	struct mcpauth_client_config read;
	*client = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__client_config_check(&read, auth->runtime->insecure_allow_http, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth_client *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	atomic_init(&made->refs, 1);
	atomic_init(&made->in_use, false);
	made->auth = mcpauth_ref(auth);
	code = make_session(made, &read, err);
	if (code != MCPAUTH_OK) {
		mcpauth_client_free(made);
		return code;
	}
	*client = made;
	return MCPAUTH_OK;
}

struct mcpauth_client *mcpauth_client_ref(struct mcpauth_client *client)
{
	atomic_fetch_add(&client->refs, 1);
	return client;
}

void mcpauth_client_free(struct mcpauth_client *client)
{
	if (client != NULL && atomic_fetch_sub(&client->refs, 1) == 1) {
		mcpauth__session_free(client->session);
		mcpauth_free(client->auth);
		free(client);
	}
}

/* May it still be said what the grant is made of, and is it for this one? */
static enum mcpauth_code check_grant(const struct mcpauth_client *client,
	enum mcpauth_client_grant grant, bool is_said, struct mcpauth_error *err)
{
	if (client->session->config.grant != grant) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "the client's grant is another one");
	}
	if (atomic_load(&client->in_use)) {
		return mcpauth__fail(err, MCPAUTH_E_IN_USE, "requests were made already");
	}
	return is_said ? mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "it was said before") : MCPAUTH_OK;
}

enum mcpauth_code mcpauth_client_set_enterprise(struct mcpauth_client *client,
	const struct mcpauth_enterprise_config *config, struct mcpauth_error *err)
{
	struct mcpauth__session *session = client->session;
	struct mcpauth_enterprise_config read;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code == MCPAUTH_OK) {
		code = check_grant(client, MCPAUTH_GRANT_ENTERPRISE,
			session->enterprise.token_endpoint != NULL, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__enterprise_config_check(
			&read, client->auth->runtime->insecure_allow_http, err);
	}
	if (code == MCPAUTH_OK && !mcpauth__enterprise_config_copy(&session->enterprise, &read)) {
		mcpauth__enterprise_config_finish(&session->enterprise);
		code = mcpauth__no_memory(err);
	}
	return code;
}

enum mcpauth_code mcpauth_client_set_workload(struct mcpauth_client *client,
	mcpauth_workload_fn workload, void *user, struct mcpauth_error *err)
{
	if (workload == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "workload is needed");
	}
	enum mcpauth_code code = check_grant(
		client, MCPAUTH_GRANT_WORKLOAD, client->session->workload != NULL, err);
	if (code == MCPAUTH_OK) {
		client->session->workload = workload;
		client->session->workload_user = user;
	}
	return code;
}

/* @return MCPAUTH_RETRY: another token is held now, whatever it is good for */
static enum mcpauth_code get_token(
	struct mcpauth__errand *errand, struct mcpauth__tokens *tokens, struct mcpauth_error *err)
{
	struct mcpauth__session *session = errand->session;
	mcpauth__tokens_finish(tokens);
	enum mcpauth_code code = mcpauth__session_tokens(session, tokens, err);
	if (code == MCPAUTH_OK && !mcpauth__session_is_good(session, tokens)
		&& tokens->refresh_token != NULL) {
		code = mcpauth__tokens_refresh(errand, tokens, err);
	}
	if (code != MCPAUTH_OK || mcpauth__session_is_good(session, tokens)) {
		return code;
	}
	const struct mcpauth__need need = {.refused = tokens->access_token};
	return mcpauth__tokens_obtain(errand, &need, err);
}

/* What others got may be over as well. */
static enum mcpauth_code get_good_token(struct mcpauth__errand *errand, struct mcpauth_error *err)
{
	struct mcpauth__tokens tokens = {0};
	enum mcpauth_code code = MCPAUTH_RETRY;
	for (int i = 0; i < ATTEMPTS && code == MCPAUTH_RETRY; i++) {
		code = get_token(errand, &tokens, err);
	}
	mcpauth__tokens_finish(&tokens);
	return code == MCPAUTH_RETRY ? MCPAUTH_OK : code;
}

enum mcpauth_code mcpauth_client_authorize(struct mcpauth_client *client, struct mcpauth_error *err)
{
	struct mcpauth__errand errand;
	atomic_store(&client->in_use, true);
	mcpauth__errand_init(&errand, client->session);
	enum mcpauth_code code = mcpauth__session_load(client->session, err);
	if (code == MCPAUTH_OK) {
		code = get_good_token(&errand, err);
	}
	return code;
}

enum mcpauth_code mcpauth_client_logout(struct mcpauth_client *client, struct mcpauth_error *err)
{
	struct mcpauth__errand errand;
	mcpauth__errand_init(&errand, client->session);
	return mcpauth__tokens_forget(&errand, err);
}
