/* What a protected server's answer means for a request, and doing something about it. */
#include "client/request/request_int.h"

#include "base/config.h"
#include "base/error_int.h"
#include "base/words.h"
#include "client/tokens/tokens.h"
#include "client/discovery/scopes.h"

#include <string.h>

/* Answers in a row that may send one request again, whatever their reasons. */
#define ATTEMPT_LIMIT 12
#define NONCE_LIMIT 2

static bool is_error(const struct mcpauth__challenge *challenge, const char *name)
{
	return challenge->error != NULL && strcmp(challenge->error, name) == 0;
}

/* RFC 9449 section 8.2: also a good answer may bring the nonce for the next proof. */
static enum mcpauth_code remember_nonce(struct mcpauth_client_request *request,
	const struct mcpauth_client_answer *answer, struct mcpauth_error *err)
{
	struct mcpauth__dpop *dpop;
	if (answer->dpop_nonce == NULL || !request->tokens.is_dpop) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__session_dpop(request->client->session, &dpop, err);
	if (code == MCPAUTH_OK) {
		request->refusal.has_nonce = mcpauth__dpop_remember(
			dpop, request->url, answer->dpop_nonce);
	}
	return code;
}

/* What a 403 without these says, no token heals. */
static bool is_step_up(const struct mcpauth_client_request *request)
{
	const struct mcpauth__challenge *challenge = &request->refusal.challenge;
	return is_error(challenge, "insufficient_scope") && challenge->scope != NULL
		&& request->client->session->config.step_up_limit > 0;
}

enum mcpauth_code mcpauth__client_request_look(struct mcpauth_client_request *request,
	const struct mcpauth_client_answer *answer, struct mcpauth_error *err)
{
	struct mcpauth_client_answer read;
	struct mcpauth__refusal *refusal = &request->refusal;
	mcpauth__challenge_finish(&refusal->challenge);
	*refusal = (struct mcpauth__refusal){0};
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, answer, err);
	if (code == MCPAUTH_OK) {
		code = remember_nonce(request, &read, err);
	}
	if (code != MCPAUTH_OK || (read.status != 401 && read.status != 403)) {
		return code;
	}
	code = mcpauth__challenge_read(read.challenges, read.challenge_count,
		request->proof != NULL, &refusal->challenge, err);
	if (code == MCPAUTH_OK && (read.status == 401 || is_step_up(request))) {
		refusal->status = read.status;
	}
	return code;
}

static enum mcpauth_code give_up(
	struct mcpauth_client_request *request, struct mcpauth_error *err, const char *why)
{
	mcpauth__session_give_up(request->client->session, true);
	return mcpauth__fail(err, MCPAUTH_E_STILL_REFUSED, "%s", why);
}

/* What others get for themselves meanwhile is none of the tries that this one has. */
static enum mcpauth_code obtain(
	struct mcpauth_client_request *request, bool is_step_up, struct mcpauth_error *err)
{
	const struct mcpauth__need need = {
		.challenge = &request->refusal.challenge,
		.refused = request->tokens.access_token,
		.is_step_up = is_step_up,
	};
	enum mcpauth_code code = mcpauth__tokens_obtain(&request->errand, &need, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	request->was_obtained = request->was_obtained || !is_step_up;
	request->step_ups += is_step_up ? 1 : 0;
	return MCPAUTH_RETRY;
}

/* @return MCPAUTH_RETRY: there is another token; MCPAUTH_OK: it could not be refreshed,
 * which is no reason to give up */
static enum mcpauth_code refresh(struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	struct mcpauth__tokens refused = request->tokens;
	request->tokens = (struct mcpauth__tokens){0};
	request->was_refreshed = true;
	enum mcpauth_code code = mcpauth__tokens_copy(&request->tokens, &refused)
		? mcpauth__tokens_refresh(&request->errand, &request->tokens, err)
		: mcpauth__no_memory(err);
	const char *held = request->tokens.access_token;
	if (code == MCPAUTH_OK && held != NULL && !mcpauth__same_text(held, refused.access_token)) {
		code = MCPAUTH_RETRY;
	}
	mcpauth__tokens_finish(&refused);
	return code;
}

static enum mcpauth_code on_unauthorized(
	struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	struct mcpauth__refusal *refusal = &request->refusal;
	/* That another request may have brought the same one meanwhile is no reason not to. */
	if (refusal->has_nonce && is_error(&refusal->challenge, "use_dpop_nonce")
		&& request->nonces++ < NONCE_LIMIT) {
		return MCPAUTH_RETRY;
	}
	if (request->tokens.refresh_token != NULL && !request->was_refreshed) {
		enum mcpauth_code code = refresh(request, err);
		if (code != MCPAUTH_OK) {
			return code;
		}
	}
	if (request->was_obtained) {
		return give_up(request, err, "the server refuses a token that was just got for it");
	}
	if (mcpauth__session_has_given_up(request->client->session)) {
		return mcpauth__fail(err, MCPAUTH_E_STILL_REFUSED,
			"the server refused a token that was got for it a moment ago");
	}
	return obtain(request, false, err);
}

static enum mcpauth_code on_forbidden(
	struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	struct mcpauth__session *session = request->client->session;
	const char *wanted = request->refusal.challenge.scope;
	if (request->step_ups >= session->config.step_up_limit) {
		return give_up(request, err, "the server wants more scopes each time");
	}
	if (request->step_ups > 0 && mcpauth__scopes_have(request->tokens.scope, wanted)) {
		return give_up(request, err, "the server wants scopes that the token has");
	}
	if (mcpauth__session_has_given_up(session)
		&& mcpauth__scopes_have(request->tokens.requested, wanted)) {
		return mcpauth__fail(err, MCPAUTH_E_STILL_REFUSED,
			"the server wants scopes that were asked for in vain a moment ago");
	}
	return obtain(request, true, err);
}

enum mcpauth_code mcpauth__client_request_act(
	struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	if (request->attempts++ >= ATTEMPT_LIMIT) {
		return give_up(request, err, "the server refuses it again and again");
	}
	/* Somebody else has got another token since. */
	if (!mcpauth__session_holds(request->client->session, request->tokens.access_token)) {
		return MCPAUTH_RETRY;
	}
	return request->refusal.status == 401 ? on_unauthorized(request, err)
					      : on_forbidden(request, err);
}

enum mcpauth_code mcpauth_client_request_answered(struct mcpauth_client_request *request,
	const struct mcpauth_client_answer *answer, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__client_request_look(request, answer, err);
	if (code != MCPAUTH_OK || request->refusal.status == 0) {
		return code;
	}
	return mcpauth__client_request_act(request, err);
}
