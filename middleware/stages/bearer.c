/* Lets a request pass only with an access token that its route's policy accepts. */
#include "stages/stages.h"

#include "base/clock.h"
#include "base/error_int.h"
#include "challenge.h"
#include "chain_int.h"
#include "credentials.h"
#include "log_line.h"

#include <string.h>

struct text {
	const char *data;
	size_t length;
};

static enum mcpauth_code fail_without_token(struct mcpauth_error *err)
{
	return mcpauth__fail_as(err, MCPAUTH_E_NO_CREDENTIALS, "no bearer token was sent");
}

/* RFC 6750 section 2: one way to send a token, and only the header is one here.
 * A second one is refused rather than ignored: it would be in somebody's log. */
static enum mcpauth_code find_token(
	struct mcpauth_exchange *exchange, struct text *token, struct mcpauth_error *err)
{
	const struct mcpauth__request_header
		*header = &exchange->request_headers.items[MCPAUTH__HEADER_AUTHORIZATION];
	if (header->value == NULL) {
		return fail_without_token(err);
	}
	if (header->count > 1
		|| exchange->arrival.transport->argument(exchange->arrival.user, "access_token")
			!= NULL) {
		return mcpauth__fail_as(err, MCPAUTH_E_INVALID_REQUEST, "several tokens were sent");
	}
	token->data = mcpauth__credentials_token(header->value);
	if (token->data == NULL) {
		return fail_without_token(err);
	}
	token->length = (size_t)(header->value + header->length - token->data);
	return MCPAUTH_OK;
}

static void log_refusal(struct mcpauth_exchange *exchange, const struct mcpauth_error *err)
{
	bool refused = err->code >= 400;
	mcpauth__log_line(exchange, refused ? MCPAUTH_LOG_INFO : MCPAUTH_LOG_WARNING, err->code,
		refused ? "token refused: " : "token could not be checked: ", err->message);
}

static enum mcpauth_stage_result refuse(
	struct mcpauth_exchange *exchange, const struct mcpauth_error *err)
{
	struct mcpauth__refusal refusal = {.code = err->code, .details = err->message};
	/* Whoever brings nothing is about to be told how: no news for anybody. */
	if (err->code != MCPAUTH_E_NO_CREDENTIALS) {
		log_refusal(exchange, err);
	}
	return mcpauth__challenge(exchange, &refusal) == MCPAUTH_OK ? MCPAUTH_ANSWERED
								    : MCPAUTH_FAILED;
}

static enum mcpauth_stage_result refuse_scope(struct mcpauth_exchange *exchange, const char *scope)
{
	struct mcpauth_error err;
	mcpauth__fail(
		&err, MCPAUTH_E_INSUFFICIENT_SCOPE, "the scope %.100s was not granted", scope);
	return refuse(exchange, &err);
}

static void wake(void *user)
{
	mcpauth_exchange_continue(user);
}

static enum mcpauth_code start(
	struct mcpauth_exchange *exchange, const struct text *token, struct mcpauth_error *err)
{
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = exchange->route->resource;
	request.token = token->data;
	request.token_length = token->length;
	request.last = &exchange->last_token;
	request.wake = wake;
	request.user = exchange;
	/* The header that holds the token stays until the exchange has ended. */
	request.room = &exchange->room;
	enum mcpauth_code code = mcpauth_verify_start(
		exchange->rules->auth, &request, &exchange->info, &pending, err);
	if (pending != NULL) {
		*mcpauth_exchange_slot(exchange) = pending;
	}
	/* It was shown to nobody, and took no time that anybody wants to know of. */
	if (code == MCPAUTH_E_INVALID_REQUEST) {
		exchange->judged_from = 0;
	}
	return code;
}

static enum mcpauth_stage_result conclude(
	struct mcpauth_exchange *exchange, enum mcpauth_code code, const struct mcpauth_error *err)
{
	exchange->is_judged = code == MCPAUTH_PENDING;
	if (exchange->is_judged) {
		return MCPAUTH_WAIT;
	}
	if (exchange->judged_from != 0) {
		exchange->judged_until = mcpauth__clock_microseconds();
	}
	if (code != MCPAUTH_OK) {
		return refuse(exchange, err);
	}
	/* The operations stage asks for the route's scopes again, and for what the operation
	 * needs with them: so the client is challenged once for all. */
	if (mcpauth__route_takes_message(exchange->route, mcpauth_exchange_method(exchange))) {
		return MCPAUTH_NEXT;
	}
	const char *missing = mcpauth_demand_missing(exchange->route->demand, exchange->info);
	return missing == NULL ? MCPAUTH_NEXT : refuse_scope(exchange, missing);
}

/* Whoever brings nothing at all. What is brought, in whatever way, must be good: a client
 * whose token ran out is to hear of it, and not to be somebody else from then on. */
static bool may_stay_unknown(const struct mcpauth_exchange *exchange)
{
	return exchange->route->allow_anonymous
		&& mcpauth__exchange_field_count(exchange, MCPAUTH__HEADER_AUTHORIZATION) == 0
		&& exchange->arrival.transport->argument(exchange->arrival.user, "access_token")
		== NULL;
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	struct mcpauth_error err;
	struct mcpauth_verification *pending = *mcpauth_exchange_slot(exchange);
	struct text token = {0};
	if (pending != NULL) {
		return conclude(exchange,
			mcpauth_verification_resume(pending, &exchange->info, &err), &err);
	}
	if (exchange->route == NULL) {
		mcpauth__log_line(exchange, MCPAUTH_LOG_INFO, MCPAUTH_E_NO_PATH, "no route", "");
		return mcpauth__exchange_answer_standard(exchange, MCPAUTH__STANDARD_NO_PATH);
	}
	if (exchange->route->is_public || exchange->chain->everybody) {
		return MCPAUTH_NEXT;
	}
	/* It cannot be challenged. Nobody gets leave here; the application does not see it
	 * unless the path is published for OPTIONS. */
	if (mcpauth__exchange_is_preflight(exchange)) {
		return mcpauth__exchange_answer_standard(exchange, MCPAUTH__STANDARD_PREFLIGHT);
	}
	if (may_stay_unknown(exchange)) {
		return MCPAUTH_NEXT;
	}
	enum mcpauth_code code = find_token(exchange, &token, &err);
	if (code != MCPAUTH_OK) {
		return refuse(exchange, &err);
	}
	if (exchange->chain->keeps_time) {
		exchange->judged_from = mcpauth__clock_microseconds();
	}
	code = start(exchange, &token, &err);
	return conclude(exchange, code, &err);
}

static void on_finish(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	(void)status;
	(void)user;
	mcpauth_verification_free(*mcpauth_exchange_slot(exchange));
}

void mcpauth__stage_bearer(struct mcpauth_stage *stage)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "bearer";
	stage->on_request = on_request;
	stage->on_finish = on_finish;
}
