/* Running a chain: one stage after the other, from the first to the last word. */
#include "chain_int.h"

#include <stdio.h>

size_t mcpauth__chain_body_limit(const struct mcpauth_exchange *exchange)
{
	return exchange->chain->stages[exchange->stage].body_limit;
}

void mcpauth__chain_body_too_large(struct mcpauth_exchange *exchange)
{
	mcpauth__exchange_answer_standard(exchange, MCPAUTH__STANDARD_TOO_LARGE);
}

static enum mcpauth__verdict fail(struct mcpauth_exchange *exchange)
{
	char line[96];
	const char *name = exchange->chain->stages[exchange->stage].name;
	snprintf(line, sizeof line, "the stage %.60s failed", name == NULL ? "without name" : name);
	mcpauth_log(exchange->rules->auth, MCPAUTH_LOG_ERROR, MCPAUTH_E_SYSTEM,
		exchange->request_id, line);
	mcpauth__exchange_answer_standard(exchange, MCPAUTH__STANDARD_BROKEN);
	return MCPAUTH__ANSWER;
}

static enum mcpauth__verdict stop(struct mcpauth_exchange *exchange)
{
	mcpauth__exchange_stopping(exchange);
	return MCPAUTH__ANSWER;
}

static enum mcpauth__verdict wait_for_it(struct mcpauth_exchange *exchange)
{
	switch (mcpauth__exchange_wait(exchange)) {
	case MCPAUTH__WAIT_GOES_ON:
		return MCPAUTH__LATER;
	case MCPAUTH__WAIT_REFUSED:
		return MCPAUTH__ANSWER;
	case MCPAUTH__WAIT_ENDED:
		break;
	}
	/* It may have been drain that ended it. */
	return atomic_load(&exchange->chain->draining) ? stop(exchange) : MCPAUTH__GO_ON;
}

/* A stage's own error has no reason that anybody knows. */
static enum mcpauth__verdict give_answer(struct mcpauth_exchange *exchange)
{
	if (exchange->answer.status >= 400 && exchange->reason == MCPAUTH_OK) {
		exchange->reason = MCPAUTH_E_STAGE;
	}
	return MCPAUTH__ANSWER;
}

static enum mcpauth__verdict take_result(
	struct mcpauth_exchange *exchange, enum mcpauth_stage_result result)
{
	switch (result) {
	case MCPAUTH_NEXT:
		/* An answer it made and thought better of is nobody else's. */
		if (exchange->answer.status != 0) {
			mcpauth__answer_finish(&exchange->answer);
			exchange->reason = MCPAUTH_OK;
		}
		exchange->stage++;
		return MCPAUTH__GO_ON;
	case MCPAUTH_WAIT:
		mcpauth__answer_finish(&exchange->answer);
		exchange->reason = MCPAUTH_OK;
		return wait_for_it(exchange);
	case MCPAUTH_ANSWERED:
		return exchange->answer.status != 0 ? give_answer(exchange) : fail(exchange);
	case MCPAUTH_FAILED:
		break;
	}
	return fail(exchange);
}

static enum mcpauth_stage_result run_stage(struct mcpauth_exchange *exchange)
{
	const struct mcpauth_stage *stage = &exchange->chain->stages[exchange->stage];
	return stage->on_request == NULL ? MCPAUTH_NEXT : stage->on_request(exchange, stage->user);
}

static bool wants_body(const struct mcpauth_exchange *exchange)
{
	const struct mcpauth_stage *stage = &exchange->chain->stages[exchange->stage];
	return stage->wants_body == NULL || stage->wants_body(exchange, stage->user);
}

/* Is the body there that the next stage wants, and no larger than it wants? An
 * earlier stage may have taken a larger one. */
static enum mcpauth__verdict check_body(struct mcpauth_exchange *exchange)
{
	size_t limit = mcpauth__chain_body_limit(exchange);
	if (limit == 0 || !wants_body(exchange)) {
		return MCPAUTH__GO_ON;
	}
	if (!exchange->body_is_complete) {
		return MCPAUTH__NEEDS_BODY;
	}
	if (exchange->body.length > limit) {
		mcpauth__chain_body_too_large(exchange);
		return MCPAUTH__ANSWER;
	}
	return MCPAUTH__GO_ON;
}

static enum mcpauth__verdict run_stages(struct mcpauth_exchange *exchange)
{
	const struct mcpauth_chain *chain = exchange->chain;
	if (atomic_load(&chain->draining)) {
		return stop(exchange);
	}
	while (exchange->stage < chain->stage_count) {
		enum mcpauth__verdict verdict = check_body(exchange);
		if (verdict == MCPAUTH__GO_ON) {
			verdict = take_result(exchange, run_stage(exchange));
		}
		if (verdict != MCPAUTH__GO_ON) {
			return verdict;
		}
	}
	exchange->has_passed = true;
	return MCPAUTH__PASS;
}

enum mcpauth__verdict mcpauth__chain_run(struct mcpauth_exchange *exchange)
{
	const struct mcpauth_chain *chain = exchange->chain;
	enum mcpauth__verdict verdict = run_stages(exchange);
	if (verdict == MCPAUTH__ANSWER && chain->on_decision != NULL) {
		chain->on_decision(exchange, chain->on_decision_user);
	}
	return verdict;
}

void mcpauth__chain_edit_answer(struct mcpauth_exchange *exchange)
{
	const struct mcpauth_chain *chain = exchange->chain;
	size_t stage = exchange->stage;
	for (size_t i = 0; i < chain->stage_count; i++) {
		exchange->stage = i;
		if (chain->stages[i].on_answer != NULL) {
			chain->stages[i].on_answer(
				exchange, &exchange->answer, chain->stages[i].user);
		}
	}
	exchange->stage = stage;
}

void mcpauth__exchange_end(struct mcpauth_exchange *exchange, unsigned status)
{
	const struct mcpauth_chain *chain = exchange->chain;
	/* A client may have left while the request waited: nobody else takes it
	 * off the list then. */
	mcpauth__exchange_end_wait(exchange);
	for (size_t i = 0; i < chain->stage_count; i++) {
		exchange->stage = i;
		if (chain->stages[i].on_finish != NULL) {
			chain->stages[i].on_finish(exchange, status, chain->stages[i].user);
		}
	}
	mcpauth__exchange_close(exchange);
}
