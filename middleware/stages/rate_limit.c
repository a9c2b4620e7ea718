/* Lets nobody try tokens faster than the limit of failures allows (RFC 6585 section 4). */
#include <mcpauth/rate_limit.h>

#include "base/config.h"
#include "base/error_int.h"
#include "chain_int.h"
#include "clients/failures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_BURST 30
#define ADDRESS_SECONDS 2
#define SUBJECT_BURST 20
#define SUBJECT_SECONDS 6
#define ENTRIES 65536
#define FEWEST_ENTRIES 1024
#define MOST_ENTRIES (1u << 24)

/** A stage's own. A burst of 0: no limit. */
struct limiter {
	struct mcpauth__failures *failures;
	struct mcpauth__failure_limit address;
	struct mcpauth__failure_limit subject;
};

/* By the clock of the object that the chain began with: those that follow may have
 * another one, which would not know when the others' failures were. */
static int64_t now_of(const struct mcpauth_exchange *exchange)
{
	return mcpauth_monotonic_ms(exchange->chain->auth);
}

/* Where nobody asks for a token none can be guessed. A logout token is no credentials of
 * whoever brings it, and to lose one is worse than to look at many. */
static bool is_guarded(const struct mcpauth_exchange *exchange)
{
	return exchange->route != NULL && !exchange->route->is_public
		&& !exchange->chain->everybody;
}

/* Of what was brought, that is: who brings nothing guesses nothing, and if another server
 * could not be asked nobody knows yet. */
static bool is_refusal_of_token(enum mcpauth_code reason)
{
	return reason > MCPAUTH_E_NO_CREDENTIALS && reason < 500
		&& reason != MCPAUTH_E_INSUFFICIENT_SCOPE;
}

/* Whoever leaves before it is known what his token is worth has made the server ask for it
 * all the same: were that not counted, leaving would be the way to ask without end. */
static bool has_tried(const struct mcpauth_exchange *exchange)
{
	return is_refusal_of_token(exchange->reason)
		|| (exchange->reason == MCPAUTH_OK && exchange->is_judged);
}

static bool find_address(const struct limiter *limiter, const struct mcpauth_exchange *exchange,
	mcpauth__failure_key *key)
{
	struct mcpauth__client_address address;
	return limiter->address.burst > 0 && mcpauth__exchange_client(exchange, &address)
		&& mcpauth__failures_key_of_address(limiter->failures, &address, key);
}

static bool find_subject(const struct limiter *limiter, const struct mcpauth_exchange *exchange,
	mcpauth__failure_key *key)
{
	return limiter->subject.burst > 0 && exchange->info != NULL
		&& mcpauth__failures_key_of_subject(limiter->failures, exchange->info, key);
}

/* Behind a proxy that nobody named all clients are one: this is where it shows. */
static void log_refusal(struct mcpauth_exchange *exchange)
{
	struct mcpauth *auth = exchange->rules->auth;
	char address[MCPAUTH_ADDRESS_SIZE];
	char line[256];
	if (mcpauth_log_wants(auth, MCPAUTH_LOG_INFO, MCPAUTH_E_RATE_LIMITED)
		&& mcpauth_exchange_address(exchange, address)) {
		snprintf(line, sizeof line,
			"too many refused tokens from %s: if that is a proxy, "
			"mcpauth_chain_trust_proxy() tells its clients apart",
			address);
		mcpauth_log(auth, MCPAUTH_LOG_INFO, MCPAUTH_E_RATE_LIMITED, NULL, line);
	}
}

static enum mcpauth_stage_result refuse(struct mcpauth_exchange *exchange, unsigned seconds)
{
	log_refusal(exchange);
	exchange->reason = MCPAUTH_E_RATE_LIMITED;
	/* Without memory for its body it is still a refusal. */
	mcpauth__standard_answers_delay(&exchange->rules->standard_answers,
		MCPAUTH__STANDARD_TOO_MANY, seconds, &exchange->answer);
	return MCPAUTH_ANSWERED;
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	const struct limiter *limiter = user;
	mcpauth__failure_key key;
	if (!is_guarded(exchange)
		|| mcpauth__exchange_field(exchange, MCPAUTH__HEADER_AUTHORIZATION) == NULL) {
		return MCPAUTH_NEXT;
	}
	int64_t now = now_of(exchange);
	if (mcpauth__failures_are_forgotten(limiter->failures, now)
		|| !find_address(limiter, exchange, &key)) {
		return MCPAUTH_NEXT;
	}
	unsigned seconds = mcpauth__failures_wait(limiter->failures, key, &limiter->address, now);
	return seconds == 0 ? MCPAUTH_NEXT : refuse(exchange, seconds);
}

/* Headers that other stages gave the answer stay. */
static bool become_too_many(
	struct mcpauth_exchange *exchange, struct mcpauth_answer *answer, unsigned seconds)
{
	struct mcpauth_answer model = {0};
	size_t length;
	bool good = mcpauth__standard_answers_delay(&exchange->rules->standard_answers,
			    MCPAUTH__STANDARD_TOO_MANY, seconds, &model)
		== MCPAUTH_OK;
	if (good) {
		const char *body = mcpauth_answer_body(&model, &length);
		good = mcpauth_answer_set_body(answer, body, length) == MCPAUTH_OK
			&& mcpauth_answer_set_header(answer, "WWW-Authenticate", NULL) == MCPAUTH_OK
			&& mcpauth_answer_set_header(answer, "Retry-After",
				   mcpauth_answer_header(&model, "Retry-After"))
				== MCPAUTH_OK;
	}
	mcpauth__answer_finish(&model);
	return good;
}

/* Only a token that was looked at says whose it is, so this limit is about what comes
 * after: a client that does not stop asking for more than it has. */
static void on_answer(struct mcpauth_exchange *exchange, struct mcpauth_answer *answer, void *user)
{
	const struct limiter *limiter = user;
	mcpauth__failure_key key;
	if (exchange->reason != MCPAUTH_E_INSUFFICIENT_SCOPE || !is_guarded(exchange)
		|| !find_subject(limiter, exchange, &key)) {
		return;
	}
	unsigned seconds = mcpauth__failures_wait(
		limiter->failures, key, &limiter->subject, now_of(exchange));
	if (seconds > 0 && become_too_many(exchange, answer, seconds)) {
		mcpauth_answer_set_status(answer, 429);
		exchange->reason = MCPAUTH_E_RATE_LIMITED;
	}
}

static void count_address(struct mcpauth_exchange *exchange, const struct limiter *limiter)
{
	mcpauth__failure_key key;
	if (!exchange->is_counted && has_tried(exchange) && find_address(limiter, exchange, &key)) {
		exchange->is_counted = true;
		mcpauth__failures_count(
			limiter->failures, key, &limiter->address, now_of(exchange));
	}
}

/* Not when it ends: who sends a refused body slowly is told late, and could try as often
 * meanwhile as he has connections. */
static void on_decision(struct mcpauth_exchange *exchange, void *user)
{
	if (is_guarded(exchange)) {
		count_address(exchange, user);
	}
}

static void on_finish(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	const struct limiter *limiter = user;
	mcpauth__failure_key key;
	(void)status;
	if (!is_guarded(exchange)) {
		return;
	}
	if (exchange->reason != MCPAUTH_E_INSUFFICIENT_SCOPE) {
		count_address(exchange, limiter);
	} else if (find_subject(limiter, exchange, &key)) {
		mcpauth__failures_count(
			limiter->failures, key, &limiter->subject, now_of(exchange));
	}
}

static void limiter_free(void *user)
{
	struct limiter *limiter = user;
	if (limiter != NULL) {
		mcpauth__failures_free(limiter->failures);
		free(limiter);
	}
}

static enum mcpauth_code read_limit(unsigned burst, unsigned seconds,
	struct mcpauth__failure_limit *limit, struct mcpauth_error *err)
{
	*limit = (struct mcpauth__failure_limit){burst == MCPAUTH_NONE ? 0 : burst, seconds};
	if ((uint64_t)limit->burst * limit->seconds > MCPAUTH__FAILURE_SECONDS) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a burst of %u that takes %u s each is forgotten too late: 30 days at most",
			burst, seconds);
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code fill(
	struct limiter *limiter, const struct mcpauth_rate_limit *limit, struct mcpauth_error *err)
{
	unsigned entries = mcpauth__config_default(limit->entries, ENTRIES);
	if (entries < FEWEST_ENTRIES || entries > MOST_ENTRIES) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"entries are %u to %u, not %u", FEWEST_ENTRIES, MOST_ENTRIES, entries);
	}
	enum mcpauth_code code = read_limit(
		mcpauth__config_default(limit->address_burst, ADDRESS_BURST),
		mcpauth__config_default(limit->address_seconds, ADDRESS_SECONDS), &limiter->address,
		err);
	if (code == MCPAUTH_OK) {
		code = read_limit(mcpauth__config_default(limit->subject_burst, SUBJECT_BURST),
			mcpauth__config_default(limit->subject_seconds, SUBJECT_SECONDS),
			&limiter->subject, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = mcpauth__failures_new(entries, &limiter->failures);
	if (code == MCPAUTH_E_NO_MEMORY) {
		return mcpauth__no_memory(err);
	}
	return code == MCPAUTH_OK ? code : mcpauth__fail(err, code, "randomness is not to be had");
}

enum mcpauth_code mcpauth_chain_add_rate_limit(struct mcpauth_chain *chain,
	const struct mcpauth_rate_limit *limit, struct mcpauth_error *err)
{
	struct mcpauth_rate_limit read;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, limit, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	stage.name = "rate_limit";
	if (mcpauth__chain_has_stage(chain, stage.name)) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "there is a rate limit already");
	}
	stage.on_request = on_request;
	stage.on_answer = on_answer;
	stage.on_finish = on_finish;
	stage.on_free = limiter_free;
	stage.user = calloc(1, sizeof(struct limiter));
	code = stage.user == NULL ? mcpauth__no_memory(err) : fill(stage.user, &read, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__chain_insert_stage(
			chain, mcpauth__chain_place_of(chain, stage.name), &stage, err);
	}
	if (code != MCPAUTH_OK) {
		limiter_free(stage.user);
		return code;
	}
	chain->on_decision = on_decision;
	chain->on_decision_user = stage.user;
	return MCPAUTH_OK;
}
