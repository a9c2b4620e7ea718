/* Requests to a protected server: begun, and given the headers for each attempt. */
#include "client/request/request_int.h"

#include "base/buf.h"
#include "base/error_int.h"
#include "base/wipe.h"
#include "base/words.h"
#include "client/tokens/tokens.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

static void drop(char **secret)
{
	mcpauth__wipe_free(*secret);
	*secret = NULL;
}

/* A token goes to nobody but the server it is for. */
static enum mcpauth_code check_origin(
	const char *text, const char *server, struct mcpauth_error *err)
{
	struct mcpauth__url one = {0};
	struct mcpauth__url other = {0};
	enum mcpauth_code code = mcpauth__url_parse(text, &one, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__url_parse(server, &other, err);
	}
	if (code == MCPAUTH_OK && (!mcpauth__url_is_same_origin(&one, &other) || one.has_user)) {
		code = mcpauth__fail(
			err, MCPAUTH_E_INVALID_URL, "the request is not for the client's server");
	}
	mcpauth__url_finish(&one);
	mcpauth__url_finish(&other);
	return code;
}

/* RFC 9110 section 5.6.2. */
static bool is_method(const char *text)
{
	return text != NULL && *text != '\0'
		&& text[strspn(text,
			   "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
		== '\0';
}

enum mcpauth_code mcpauth_client_request_new(struct mcpauth_client *client, const char *method,
	const char *url, struct mcpauth_client_request **request, struct mcpauth_error *err)
{
	const char *server = client->session->config.server;
	*request = NULL;
	if (!is_method(method)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "method is none");
	}
	enum mcpauth_code code = url != NULL ? check_origin(url, server, err) : MCPAUTH_OK;
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth_client_request *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	atomic_store(&client->in_use, true);
	made->client = mcpauth_client_ref(client);
	pthread_mutex_init(&made->background.starting, NULL);
	mcpauth__errand_init(&made->errand, client->session);
	made->method = mcpauth__strdup(method);
	made->url = mcpauth__strdup(url != NULL ? url : server);
	if (made->method == NULL || made->url == NULL) {
		mcpauth_client_request_free(made);
		return mcpauth__no_memory(err);
	}
	*request = made;
	return MCPAUTH_OK;
}

void mcpauth_client_request_free(struct mcpauth_client_request *request)
{
	if (request == NULL) {
		return;
	}
	if (request->background.is_running) {
		mcpauth__errand_cancel(&request->errand);
		pthread_join(request->background.thread, NULL);
	}
	drop(&request->authorization);
	drop(&request->proof);
	mcpauth__tokens_finish(&request->tokens);
	mcpauth__challenge_finish(&request->refusal.challenge);
	free(request->method);
	free(request->url);
	pthread_mutex_destroy(&request->background.starting);
	mcpauth_client_free(request->client);
	free(request);
}

static enum mcpauth_code hold_tokens(
	struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	mcpauth__tokens_finish(&request->tokens);
	return mcpauth__session_tokens(request->client->session, &request->tokens, err);
}

static enum mcpauth_code set_proof(
	struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	struct mcpauth__session *session = request->client->session;
	struct mcpauth__dpop *dpop;
	struct mcpauth__buf proof = {0};
	const struct mcpauth__dpop_request what = {
		.method = request->method,
		.url = request->url,
		.token = request->tokens.access_token,
		.now = mcpauth__session_now(session),
	};
	enum mcpauth_code code = mcpauth__session_dpop(session, &dpop, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__dpop_prove(dpop, &what, &proof, err);
	}
	if (code == MCPAUTH_OK) {
		request->proof = mcpauth__buf_take(&proof);
		code = request->proof != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	mcpauth__buf_wipe(&proof);
	return code;
}

static enum mcpauth_code set_headers(
	struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	const struct mcpauth__tokens *tokens = &request->tokens;
	struct mcpauth__buf value = {0};
	if (!mcpauth__session_is_good(request->client->session, tokens)) {
		return MCPAUTH_OK;
	}
	bool good = mcpauth__buf_reserve(&value, strlen(tokens->access_token) + sizeof "Bearer ")
		&& mcpauth__buf_puts(&value, tokens->is_dpop ? "DPoP " : "Bearer ")
		&& mcpauth__buf_puts(&value, tokens->access_token);
	request->authorization = mcpauth__buf_take(&value);
	mcpauth__buf_wipe(&value);
	if (!good || request->authorization == NULL) {
		return mcpauth__no_memory(err);
	}
	return tokens->is_dpop ? set_proof(request, err) : MCPAUTH_OK;
}

static void begin_attempt(struct mcpauth_client_request *request)
{
	drop(&request->authorization);
	drop(&request->proof);
	mcpauth__errand_begin(&request->errand);
}

enum mcpauth_code mcpauth__client_request_prepare_held(
	struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	begin_attempt(request);
	enum mcpauth_code code = hold_tokens(request, err);
	return code == MCPAUTH_OK ? set_headers(request, err) : code;
}

enum mcpauth_code mcpauth_client_request_prepare(
	struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	struct mcpauth__session *session = request->client->session;
	begin_attempt(request);
	enum mcpauth_code code = mcpauth__session_load(session, err);
	if (code == MCPAUTH_OK) {
		code = hold_tokens(request, err);
	}
	if (code == MCPAUTH_OK && mcpauth__session_wants_refresh(session, &request->tokens)) {
		code = mcpauth__tokens_refresh_ahead(&request->errand, &request->tokens, err);
	}
	return code == MCPAUTH_OK ? set_headers(request, err) : code;
}

bool mcpauth_client_request_header_at(const struct mcpauth_client_request *request, size_t index,
	const char **name, const char **value)
{
	const struct {
		const char *name;
		const char *value;
	} headers[] = {
		{"Authorization", request->authorization},
		{"DPoP", request->proof},
	};
	*name = NULL;
	*value = NULL;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		if (headers[i].value != NULL && index-- == 0) {
			*name = headers[i].name;
			*value = headers[i].value;
			return true;
		}
	}
	return false;
}
