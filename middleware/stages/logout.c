/* Takes logout tokens that authorization servers post (OpenID Connect Back-Channel Logout 1.0). */
#include "stages/stages.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/form.h"
#include "exchange_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_LIMIT ((size_t)32 * 1024)

static bool is_here(const struct mcpauth_exchange *exchange)
{
	const char *path = exchange->rules->logout.path;
	return path != NULL && strcmp(mcpauth_exchange_path(exchange), path) == 0;
}

static bool is_post(const struct mcpauth_exchange *exchange)
{
	return strcmp(mcpauth_exchange_method(exchange), "POST") == 0;
}

static bool wants_body(const struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	return is_here(exchange) && is_post(exchange);
}

/* RFC 9110 section 8.3.1: parameters may follow, and here they say nothing new. */
static bool is_form(const struct mcpauth_exchange *exchange)
{
	static const char type[] = "application/x-www-form-urlencoded";
	const char *said = mcpauth_exchange_header(exchange, "Content-Type", 0);
	return said != NULL && mcpauth_exchange_header(exchange, "Content-Type", 1) == NULL
		&& mcpauth__ascii_begins_alike(said, type, sizeof type - 1)
		&& strchr("; \t", said[sizeof type - 1]) != NULL;
}

static void log_failure(struct mcpauth_exchange *exchange, const struct mcpauth_error *err)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE + 64];
	bool refused = err->code >= 400;
	enum mcpauth_level level = refused ? MCPAUTH_LOG_INFO : MCPAUTH_LOG_WARNING;
	if (mcpauth_log_wants(exchange->rules->auth, level, err->code)) {
		snprintf(line, sizeof line, "logout %s: %s",
			refused ? "refused" : "could not be checked", err->message);
		mcpauth_log(exchange->rules->auth, level, err->code, exchange->request_id, line);
	}
}

static enum mcpauth_stage_result refuse_method(struct mcpauth_exchange *exchange)
{
	exchange->reason = MCPAUTH_E_NO_METHOD;
	mcpauth__exchange_error(exchange, 405, "method_not_allowed", "Logout tokens are posted");
	return mcpauth_answer_set_header(&exchange->answer, "Allow", "POST") == MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

static enum mcpauth_stage_result refuse_request(
	struct mcpauth_exchange *exchange, const char *description)
{
	if (exchange->reason == MCPAUTH_OK) {
		exchange->reason = MCPAUTH_E_INVALID_REQUEST;
	}
	return mcpauth__exchange_error(exchange, 400, "invalid_request", description);
}

/* Section 2.8. The reason is for the log alone: whoever is no issuer learns nothing. */
static enum mcpauth_stage_result refuse_token(
	struct mcpauth_exchange *exchange, const struct mcpauth_error *err)
{
	log_failure(exchange, err);
	exchange->reason = err->code;
	if (err->code >= 400) {
		return refuse_request(exchange, "The logout token cannot be accepted");
	}
	mcpauth__exchange_unavailable(exchange, mcpauth__rules_retry_after(exchange->rules));
	return MCPAUTH_ANSWERED;
}

static enum mcpauth_stage_result accept(struct mcpauth_exchange *exchange)
{
	return mcpauth_exchange_answer(exchange, 200, NULL, NULL, 0) == MCPAUTH_OK
			&& mcpauth_answer_set_header(&exchange->answer, "Cache-Control", "no-store")
				== MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

static enum mcpauth_stage_result conclude(
	struct mcpauth_exchange *exchange, enum mcpauth_code code, const struct mcpauth_error *err)
{
	if (code == MCPAUTH_PENDING) {
		return MCPAUTH_WAIT;
	}
	return code == MCPAUTH_OK ? accept(exchange) : refuse_token(exchange, err);
}

static void wake(void *user)
{
	mcpauth_exchange_continue(user);
}

static enum mcpauth_stage_result begin(struct mcpauth_exchange *exchange, const char *token)
{
	const struct mcpauth__logout_place *place = &exchange->rules->logout;
	struct mcpauth_logout_request request = MCPAUTH_LOGOUT_REQUEST_INIT;
	struct mcpauth_logout_wait *pending;
	struct mcpauth_error err;
	request.token = token;
	request.client_id = place->client_id;
	request.heard = place->heard;
	request.heard_user = place->heard_user;
	request.wake = wake;
	request.user = exchange;
	enum mcpauth_code code = mcpauth_logout_start(
		exchange->rules->auth, &request, &pending, &err);
	*mcpauth_exchange_slot(exchange) = pending;
	return conclude(exchange, code, &err);
}

static enum mcpauth_stage_result read_form(struct mcpauth_exchange *exchange)
{
	size_t length;
	char *token;
	const char *body = mcpauth_exchange_body(exchange, &length);
	enum mcpauth_stage_result result;
	switch (mcpauth__form_find(body, length, "logout_token", &token)) {
	case MCPAUTH__FORM_FOUND:
		result = begin(exchange, token);
		free(token);
		return result;
	case MCPAUTH__FORM_ABSENT:
		return refuse_request(exchange, "There is no logout_token");
	case MCPAUTH__FORM_REPEATED:
		return refuse_request(exchange, "There is more than one logout_token");
	case MCPAUTH__FORM_MALFORMED:
		return refuse_request(exchange, "The form is malformed");
	case MCPAUTH__FORM_NO_MEMORY:
		break;
	}
	return MCPAUTH_FAILED;
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	struct mcpauth_error err;
	if (!is_here(exchange)) {
		return MCPAUTH_NEXT;
	}
	struct mcpauth_logout_wait *pending = *mcpauth_exchange_slot(exchange);
	if (pending != NULL) {
		return conclude(exchange, mcpauth_logout_resume(pending, &err), &err);
	}
	if (!is_post(exchange)) {
		return refuse_method(exchange);
	}
	return is_form(exchange) ? read_form(exchange)
				 : refuse_request(exchange, "The body is not a form");
}

static void on_finish(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	(void)status;
	(void)user;
	if (exchange->rules->logout.path != NULL) {
		mcpauth_logout_free(*mcpauth_exchange_slot(exchange));
	}
}

void mcpauth__stage_logout(struct mcpauth_stage *stage)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "logout";
	stage->body_limit = BODY_LIMIT;
	stage->wants_body = wants_body;
	stage->on_request = on_request;
	stage->on_finish = on_finish;
}
