/* Asking issuers whose token it is, and holding what they say to the same rules. */
#include "token/introspection_verifier.h"

#include "base/buf.h"
#include "base/error_int.h"
#include "base/json.h"
#include "endpoint/endpoint.h"
#include "token/introspection_answer.h"
#include "endpoint/introspector.h"

/* Of an answer that is kept for no time at all (introspection.h). */
#define LIFETIME 60

/* Who is asked, and what he said. */
struct hearing {
	struct mcpauth__attempt *attempt;
	struct mcpauth__issuer *issuer;
	const struct mcpauth_introspection_config *config;
	struct mcpauth__introspection *introspection; /* the progress's */
	struct mcpauth__introspection_answer answer;
	int64_t end; /* if it names none */
};

static unsigned seconds_of(unsigned configured, unsigned otherwise)
{
	return configured == MCPAUTH_NONE ? otherwise : configured;
}

/* Whole seconds are too coarse for one that may still be believed, but not for one more. */
static int64_t end_of(const struct hearing *hearing)
{
	int64_t now = hearing->attempt->recognition->now;
	int64_t end = hearing->answer.asked_at
		+ seconds_of(hearing->config->cache_seconds, LIFETIME);
	return end > now ? end : now + 1;
}

static struct mcpauth__claim_defaults defaults_of(const struct hearing *hearing)
{
	const struct mcpauth__words *audiences = &hearing->attempt->presented->trust->audiences;
	bool any = hearing->config->accept_active_as_audience && audiences->count > 0;
	return (struct mcpauth__claim_defaults){
		.issuer = mcpauth__issuer_identifier(hearing->issuer),
		.audience = any ? audiences->items[0] : NULL,
		.expires_at = hearing->end,
	};
}

/* Counted from when it was asked: who reads it late does not make it last. */
static int64_t inactive_until(const struct hearing *hearing)
{
	const struct mcpauth__recognition *recognition = hearing->attempt->recognition;
	int64_t age = recognition->now - hearing->answer.asked_at;
	return recognition->now_ms
		+ (seconds_of(hearing->config->inactive_seconds, 0) - (age > 0 ? age : 0)) * 1000;
}

static void keep_until(const struct hearing *hearing, int64_t until)
{
	if (until < hearing->answer.until) {
		mcpauth__introspection_keep_until(hearing->introspection, until);
	}
}

/* What is active now may be so again, but not beyond its `exp`. Where it has none the end
 * that was put in is the answer's own. */
static void keep_until_expired(const struct hearing *hearing)
{
	const struct mcpauth__recognition *recognition = hearing->attempt->recognition;
	int64_t expires_at;
	if (mcpauth__json_seconds(hearing->attempt->jws.payload, "exp", &expires_at)
		&& expires_at != hearing->end) {
		keep_until(hearing, recognition->now_ms + (expires_at - recognition->now) * 1000);
	}
}

static enum mcpauth_code check_claims(
	const struct hearing *hearing, const struct mcpauth__buf *claims)
{
	struct mcpauth__attempt *attempt = hearing->attempt;
	mcpauth__jws_finish(&attempt->jws);
	attempt->rules.without_header = true;
	enum mcpauth_code code = mcpauth__jws_from_claims(
		claims->data, claims->length, &attempt->jws, attempt->err);
	if (code == MCPAUTH_E_INVALID_JSON) {
		return mcpauth__fail(attempt->err, MCPAUTH_E_INTROSPECTION,
			"the introspection endpoint's answer cannot be completed");
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	keep_until_expired(hearing);
	code = mcpauth__attempt_check_answerer(attempt, hearing->issuer);
	return code == MCPAUTH_OK ? mcpauth__attempt_check_claims(attempt) : code;
}

/* Asked each time means each time: nothing may hide that it is revoked. */
static void limit_cache(const struct hearing *hearing)
{
	bool is_kept = hearing->config->cache_seconds != MCPAUTH_NONE;
	mcpauth__attempt_limit_cache(hearing->attempt,
		is_kept ? hearing->answer.until - hearing->attempt->recognition->now_ms : 0);
}

/* One who is refused here is nobody whose answer others need. */
static void share(const struct hearing *hearing)
{
	const struct mcpauth__recognition *recognition = hearing->attempt->recognition;
	struct mcpauth__introspection_answer answer = hearing->answer;
	int64_t expires_at;
	if (mcpauth__json_seconds(hearing->attempt->jws.payload, "exp", &expires_at)) {
		int64_t until = recognition->now_ms + (expires_at - recognition->now) * 1000;
		answer.until = until < answer.until ? until : answer.until;
	}
	mcpauth__introspection_share(hearing->introspection, &answer);
}

static enum mcpauth_code conclude(const struct hearing *hearing, const struct mcpauth__buf *claims,
	struct mcpauth__identity **identity)
{
	enum mcpauth_code code = check_claims(hearing, claims);
	if (code != MCPAUTH_OK) {
		return code;
	}
	share(hearing);
	limit_cache(hearing);
	return mcpauth__attempt_conclude(hearing->attempt, identity);
}

static enum mcpauth_code read_answer(
	const struct hearing *hearing, struct mcpauth__identity **identity)
{
	struct mcpauth__attempt *attempt = hearing->attempt;
	struct mcpauth__buf claims = {0};
	struct mcpauth__claim_defaults defaults = defaults_of(hearing);
	enum mcpauth_code code = mcpauth__introspection_answer_read(
		hearing->answer.text, hearing->answer.length, &defaults, &claims, attempt->err);
	if (code == MCPAUTH_OK || code == MCPAUTH_E_TOKEN_TYPE) {
		attempt->issuer = hearing->issuer;
	}
	if (code == MCPAUTH_E_INACTIVE) {
		keep_until(hearing, inactive_until(hearing));
	}
	if (code == MCPAUTH_E_INTROSPECTION) {
		mcpauth__error_prefix(attempt->err, mcpauth__issuer_identifier(hearing->issuer));
		keep_until(
			hearing, attempt->recognition->now_ms + mcpauth__endpoint_failure_ms(code));
	}
	if (code == MCPAUTH_OK) {
		code = conclude(hearing, &claims, identity);
	}
	mcpauth__buf_finish(&claims);
	return code;
}

/* One that hangs must leave the next ones time to say that they know the token. */
static unsigned sharers_of(const struct mcpauth__attempt *attempt)
{
	const struct mcpauth__trust *trust = attempt->presented->trust;
	unsigned count = 0;
	if (attempt->issuer != NULL) {
		return 1;
	}
	for (size_t i = attempt->presented->progress->asked; i < trust->count; i++) {
		count += mcpauth__issuer_introspector(trust->issuers[i]) != NULL ? 1 : 0;
	}
	return count;
}

static enum mcpauth_code ask_once(struct mcpauth__attempt *attempt, struct mcpauth__issuer *issuer)
{
	const struct mcpauth__presented *presented = attempt->presented;
	struct mcpauth__question question = {.token = presented->token,
		.length = presented->length,
		.sharers = sharers_of(attempt)};
	if (presented->progress->introspection != NULL) {
		return MCPAUTH_OK;
	}
	if (!mcpauth__sha256(presented->token, presented->length, question.digest)) {
		return mcpauth__no_memory(attempt->err);
	}
	return mcpauth__introspector_ask(mcpauth__issuer_introspector(issuer), &question,
		presented->waiter, &presented->progress->introspection, attempt->err);
}

/* The groups 2xx and 3xx: he cannot be asked, or his answer cannot be used. */
static bool is_failure(enum mcpauth_code code)
{
	return code >= MCPAUTH_E_UNREACHABLE && code < MCPAUTH_E_NO_CREDENTIALS;
}

/* An introspection stays with the one who waits, also once it is answered: he may have
 * to look again. */
static enum mcpauth_code hear(struct mcpauth__attempt *attempt, struct mcpauth__issuer *issuer,
	struct mcpauth__identity **identity)
{
	const struct mcpauth__presented *presented = attempt->presented;
	struct hearing hearing = {
		.attempt = attempt,
		.issuer = issuer,
		.config = mcpauth__introspector_config(mcpauth__issuer_introspector(issuer)),
	};
	enum mcpauth_code code = ask_once(attempt, issuer);
	if (code == MCPAUTH_OK) {
		hearing.introspection = presented->progress->introspection;
		code = mcpauth__introspection_result(
			hearing.introspection, presented->waiter, &hearing.answer, attempt->err);
	}
	if (code == MCPAUTH_OK) {
		hearing.end = end_of(&hearing);
		code = read_answer(&hearing, identity);
	}
	if (code == MCPAUTH_E_INTROSPECTION && hearing.introspection != NULL) {
		mcpauth__introspection_note_failure(hearing.introspection);
	}
	return code;
}

/* He does not know it, or cannot say: on to the next one. */
static enum mcpauth_code note(struct mcpauth__attempt *attempt, enum mcpauth_code code)
{
	struct mcpauth__progress *progress = attempt->presented->progress;
	if (is_failure(code) && !mcpauth__progress_note_failure(progress, attempt->err)) {
		return mcpauth__no_memory(attempt->err);
	}
	progress->inactive = progress->inactive || code == MCPAUTH_E_INACTIVE;
	mcpauth__progress_advance(progress);
	return MCPAUTH_OK;
}

static enum mcpauth_code ask_next(struct mcpauth__attempt *attempt, struct mcpauth__issuer *issuer,
	struct mcpauth__identity **identity, bool *known)
{
	enum mcpauth_code code = hear(attempt, issuer, identity);
	*known = attempt->issuer != NULL || !(is_failure(code) || code == MCPAUTH_E_INACTIVE);
	if (*known) {
		return code;
	}
	code = note(attempt, code);
	*known = code != MCPAUTH_OK;
	return code;
}

enum mcpauth_code mcpauth__verify_introspection(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known)
{
	const struct mcpauth__trust *trust = attempt->presented->trust;
	struct mcpauth__progress *progress = attempt->presented->progress;
	enum mcpauth_code code = MCPAUTH_OK;
	*known = attempt->issuer != NULL;
	if (*known) {
		return hear(attempt, attempt->issuer, identity);
	}
	while (progress->asked < trust->count && !*known) {
		struct mcpauth__issuer *issuer = trust->issuers[progress->asked];
		if (mcpauth__issuer_introspector(issuer) == NULL) {
			progress->asked++;
		} else {
			code = ask_next(attempt, issuer, identity, known);
		}
	}
	return code;
}
