/* Holding a token against each rule, after verification itself has judged it. */
#include "diagnosis/rules.h"

#include "base/error_int.h"
#include "base/json.h"
#include "token/jwt_verifier.h"

static bool is_undecided(enum mcpauth_code code)
{
	return code >= MCPAUTH_E_UNREACHABLE && code < MCPAUTH_E_NO_CREDENTIALS;
}

/* The program's own, which it can have to tokens alone that are good otherwise. */
static bool is_objection(enum mcpauth_code code)
{
	return code == MCPAUTH_E_CLAIM_CHECK || code == MCPAUTH_E_REVOKED;
}

static bool has_passed(const struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule rule)
{
	return diagnosis->states[rule].verdict == MCPAUTH_VERDICT_PASSED;
}

/* What the rule's own function said. @param why  with a code that is not MCPAUTH_OK */
static void note(struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule rule,
	enum mcpauth_code code, const struct mcpauth_error *why)
{
	struct mcpauth__rule_state *state = &diagnosis->states[rule];
	*state = (struct mcpauth__rule_state){.verdict = MCPAUTH_VERDICT_PASSED};
	if (code == MCPAUTH_OK) {
		return;
	}
	state->why = *why;
	state->why.code = code;
	state->verdict = MCPAUTH_VERDICT_FAILED;
	if (is_undecided(code)) {
		state->verdict = MCPAUTH_VERDICT_OPEN;
		state->because = rule;
	}
}

static void leave_open(
	struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule rule, enum mcpauth_rule because)
{
	const struct mcpauth__rule_state *cause = &diagnosis->states[because];
	diagnosis->states[rule] = (struct mcpauth__rule_state){
		.verdict = MCPAUTH_VERDICT_OPEN,
		.because = cause->verdict == MCPAUTH_VERDICT_OPEN && cause->because != 0
			? cause->because
			: because,
		.why = cause->why,
	};
}

static void leave_claims_open(struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule because)
{
	static const enum mcpauth_rule of_claims[] = {MCPAUTH_RULE_ISSUER, MCPAUTH_RULE_TYPE,
		MCPAUTH_RULE_EXPIRY, MCPAUTH_RULE_NOT_BEFORE, MCPAUTH_RULE_AUDIENCE,
		MCPAUTH_RULE_CLAIMS, MCPAUTH_RULE_BINDING};
	for (size_t i = 0; i < sizeof of_claims / sizeof of_claims[0]; i++) {
		if (diagnosis->states[of_claims[i]].verdict != MCPAUTH_VERDICT_FAILED) {
			leave_open(diagnosis, of_claims[i], because);
		}
	}
}

static void drop_look(struct mcpauth__diagnosis *diagnosis)
{
	mcpauth__jws_finish(&diagnosis->seen.attempt.jws);
	mcpauth__identity_free(diagnosis->identity);
	diagnosis->identity = NULL;
}

enum mcpauth_code mcpauth__diagnosis_examine(
	struct mcpauth__diagnosis *diagnosis, struct mcpauth__waiter *waiter)
{
	drop_look(diagnosis);
	diagnosis->presented.waiter = waiter;
	enum mcpauth_code code = mcpauth__verifier_examine(&diagnosis->verifier,
		&diagnosis->presented, &diagnosis->seen, &diagnosis->identity);
	diagnosis->why = diagnosis->seen.why;
	return code;
}

/* A token that nobody knows is held against the rules for JWTs, too, so that its form is
 * told: unless one that was asked did not answer, or said that it is not active. */
static bool is_judged_by_keys(const struct mcpauth__diagnosis *diagnosis)
{
	enum mcpauth__judge judge = diagnosis->seen.attempt.judge;
	return judge == MCPAUTH__JUDGE_KEYS
		|| (judge == MCPAUTH__JUDGE_NOBODY && !is_undecided(diagnosis->code)
			&& diagnosis->code != MCPAUTH_E_INACTIVE);
}

/* Whatever is wrong with `kid` or `typ`, the claims can be judged. */
static void judge_rest(struct mcpauth__diagnosis *diagnosis)
{
	struct mcpauth__jws *jws = &diagnosis->jws;
	struct mcpauth_error err = {0};
	note(diagnosis, MCPAUTH_RULE_FORM, mcpauth__jws_read_rest(jws, &err), &err);
	if (jws->payload == NULL && err.code != MCPAUTH_E_NO_MEMORY) {
		mcpauth__jws_read_payload(jws, NULL);
	}
}

static void judge_form(struct mcpauth__diagnosis *diagnosis)
{
	const struct mcpauth__presented *presented = &diagnosis->presented;
	struct mcpauth__jws *jws = &diagnosis->jws;
	struct mcpauth_error err = {0};
	enum mcpauth_code code = mcpauth__presented_check_characters(presented, &err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__jws_open(presented->token, presented->length, jws, &err);
	}
	if (code != MCPAUTH_OK) {
		note(diagnosis, MCPAUTH_RULE_FORM, code, &err);
		leave_open(diagnosis, MCPAUTH_RULE_ALGORITHM, MCPAUTH_RULE_FORM);
		leave_open(diagnosis, MCPAUTH_RULE_CRITICAL_HEADER, MCPAUTH_RULE_FORM);
		return;
	}
	code = mcpauth__jws_check_critical(jws, &err);
	note(diagnosis, MCPAUTH_RULE_CRITICAL_HEADER, code, &err);
	code = mcpauth__jws_read_algorithm(jws, &err);
	note(diagnosis, MCPAUTH_RULE_ALGORITHM, code, &err);
	judge_rest(diagnosis);
	diagnosis->claimed.type = jws->type;
	diagnosis->claimed.payload = jws->payload;
	diagnosis->claimed.payload_text = jws->payload_text;
	diagnosis->claimed.payload_length = jws->payload_length;
}

/* What an attempt is that has come as far as these claims. */
static struct mcpauth__attempt attempt_of(
	const struct mcpauth__diagnosis *diagnosis, struct mcpauth_error *err)
{
	struct mcpauth__attempt attempt = diagnosis->seen.attempt;
	attempt.recognition = &diagnosis->seen.recognition;
	attempt.rules = diagnosis->held;
	attempt.jws = diagnosis->claimed;
	attempt.err = err;
	return attempt;
}

static void judge_issuer(struct mcpauth__diagnosis *diagnosis)
{
	struct mcpauth_error err = {0};
	struct mcpauth__attempt attempt = attempt_of(diagnosis, &err);
	enum mcpauth__judge judge = attempt.judge;
	if (!diagnosis->by_keys && judge == MCPAUTH__JUDGE_STATIC) {
		return;
	}
	if (!diagnosis->by_keys && judge == MCPAUTH__JUDGE_INTROSPECTION) {
		note(diagnosis, MCPAUTH_RULE_ISSUER,
			mcpauth__attempt_check_answerer(&attempt, attempt.issuer), &err);
		diagnosis->issuer = attempt.issuer;
		return;
	}
	note(diagnosis, MCPAUTH_RULE_ISSUER, mcpauth__attempt_find_issuer(&attempt), &err);
	diagnosis->issuer = attempt.issuer;
}

/* Which of the algorithms an issuer may use is known once it is. */
static void judge_algorithm(struct mcpauth__diagnosis *diagnosis)
{
	struct mcpauth_error err = {0};
	struct mcpauth__attempt attempt = attempt_of(diagnosis, &err);
	if (!has_passed(diagnosis, MCPAUTH_RULE_ALGORITHM)) {
		return;
	}
	if (diagnosis->issuer == NULL) {
		leave_open(diagnosis, MCPAUTH_RULE_ALGORITHM, MCPAUTH_RULE_ISSUER);
		return;
	}
	attempt.issuer = diagnosis->issuer;
	attempt.jws = diagnosis->jws;
	note(diagnosis, MCPAUTH_RULE_ALGORITHM, mcpauth__jwt_check_algorithm(&attempt), &err);
}

/* Where nobody knows whose token it is, those rules count that are the same for every
 * issuer: what fails them is refused whoever signed it. */
static void choose_policy(struct mcpauth__diagnosis *diagnosis)
{
	static const struct mcpauth__claim_policy least = {0};
	const struct mcpauth__trust *trust = diagnosis->presented.trust;
	if (diagnosis->issuer != NULL) {
		diagnosis->held.policy = mcpauth__issuer_claim_policy(diagnosis->issuer);
	} else if (diagnosis->held.policy == NULL) {
		diagnosis->held.policy = trust->count == 1
			? mcpauth__issuer_claim_policy(trust->issuers[0])
			: &least;
	}
}

static void judge_claims(struct mcpauth__diagnosis *diagnosis)
{
	struct mcpauth_error err = {0};
	const struct mcpauth__claim_rules *held = &diagnosis->held;
	const cJSON *claims = diagnosis->claimed.payload;
	if (!diagnosis->by_keys || has_passed(diagnosis, MCPAUTH_RULE_FORM)) {
		note(diagnosis, MCPAUTH_RULE_TYPE,
			mcpauth__claims_check_type(&diagnosis->claimed, held, &err), &err);
	} else {
		leave_open(diagnosis, MCPAUTH_RULE_TYPE, MCPAUTH_RULE_FORM);
	}
	note(diagnosis, MCPAUTH_RULE_EXPIRY, mcpauth__claims_check_expiry(claims, held, &err),
		&err);
	note(diagnosis, MCPAUTH_RULE_NOT_BEFORE,
		mcpauth__claims_check_not_before(claims, held, &err), &err);
	if (!held->any_audience) {
		note(diagnosis, MCPAUTH_RULE_AUDIENCE,
			mcpauth__claims_check_audience(claims, held, &err), &err);
	}
	note(diagnosis, MCPAUTH_RULE_CLAIMS, mcpauth__claims_check_presence(claims, held, &err),
		&err);
	note(diagnosis, MCPAUTH_RULE_BINDING, mcpauth__claims_check_binding(claims, &err), &err);
}

/* The first that the signature needs and that did not pass; 0 if all did. */
static enum mcpauth_rule obstacle_to_keys(const struct mcpauth__diagnosis *diagnosis)
{
	if (!has_passed(diagnosis, MCPAUTH_RULE_FORM)) {
		return MCPAUTH_RULE_FORM;
	}
	if (!has_passed(diagnosis, MCPAUTH_RULE_CRITICAL_HEADER)) {
		return MCPAUTH_RULE_CRITICAL_HEADER;
	}
	if (diagnosis->jws.algorithm == MCPAUTH__ALGORITHM_UNKNOWN) {
		return MCPAUTH_RULE_ALGORITHM;
	}
	return diagnosis->issuer == NULL ? MCPAUTH_RULE_ISSUER : 0;
}

void mcpauth__diagnosis_note_keys(struct mcpauth__diagnosis *diagnosis, enum mcpauth_code code)
{
	bool signed_badly = code == MCPAUTH_E_BAD_SIGNATURE;
	diagnosis->needs_keys = false;
	note(diagnosis, MCPAUTH_RULE_KEY, signed_badly ? MCPAUTH_OK : code, &diagnosis->why);
	if (code == MCPAUTH_OK || signed_badly) {
		note(diagnosis, MCPAUTH_RULE_SIGNATURE, code, &diagnosis->why);
	} else {
		leave_open(diagnosis, MCPAUTH_RULE_SIGNATURE, MCPAUTH_RULE_KEY);
	}
}

/* What verification found out is not asked again: it may be otherwise by now. */
static void judge_keys(struct mcpauth__diagnosis *diagnosis)
{
	enum mcpauth_code code = diagnosis->code;
	enum mcpauth_rule obstacle = obstacle_to_keys(diagnosis);
	if (obstacle != 0) {
		leave_open(diagnosis, MCPAUTH_RULE_KEY, obstacle);
		leave_open(diagnosis, MCPAUTH_RULE_SIGNATURE, obstacle);
	} else if (code == MCPAUTH_OK || is_objection(code)) {
		mcpauth__diagnosis_note_keys(diagnosis, MCPAUTH_OK);
	} else if (code == MCPAUTH_E_UNKNOWN_KEY || code == MCPAUTH_E_BAD_SIGNATURE
		|| is_undecided(code)) {
		mcpauth__diagnosis_note_keys(diagnosis, code);
	} else {
		diagnosis->needs_keys = true;
	}
}

enum mcpauth_code mcpauth__diagnosis_ask_keys(
	struct mcpauth__diagnosis *diagnosis, struct mcpauth__waiter *waiter)
{
	uint64_t generation;
	return mcpauth__key_source_verify(mcpauth__issuer_key_source(diagnosis->issuer),
		&diagnosis->jws, waiter, &generation, &diagnosis->why);
}

/* Who shows claims has called the token good: what else was wrong is another rule's. Who
 * shows none has refused it himself, unless he called it another kind of token. */
static void judge_active(struct mcpauth__diagnosis *diagnosis)
{
	bool is_shown = diagnosis->claimed.payload != NULL;
	bool is_other_kind = diagnosis->code == MCPAUTH_E_TOKEN_TYPE
		&& diagnosis->seen.attempt.judge == MCPAUTH__JUDGE_INTROSPECTION;
	note(diagnosis, MCPAUTH_RULE_ACTIVE,
		is_shown || is_other_kind ? MCPAUTH_OK : diagnosis->code, &diagnosis->why);
	if (!is_shown && is_other_kind) {
		note(diagnosis, MCPAUTH_RULE_TYPE, diagnosis->code, &diagnosis->why);
	}
}

static void take_shown_claims(struct mcpauth__diagnosis *diagnosis)
{
	const struct mcpauth__attempt *attempt = &diagnosis->seen.attempt;
	if (!attempt->rules.without_header) {
		return;
	}
	if (diagnosis->identity != NULL) {
		diagnosis->claimed.payload = (cJSON *)diagnosis->identity->claims;
		return;
	}
	diagnosis->claimed.payload = attempt->jws.payload;
	diagnosis->claimed.payload_text = attempt->jws.payload_text;
	diagnosis->claimed.payload_length = attempt->jws.payload_length;
}

/* The first that failed, or that a server left open; 0 if there is none. */
static enum mcpauth_rule first_obstacle(const struct mcpauth__diagnosis *diagnosis)
{
	for (unsigned i = 1; i < MCPAUTH__RULE_COUNT; i++) {
		if (diagnosis->states[i].why.code != MCPAUTH_OK) {
			return (enum mcpauth_rule)i;
		}
	}
	return 0;
}

/* It is asked only about tokens that are good otherwise. */
static void judge_program(struct mcpauth__diagnosis *diagnosis)
{
	enum mcpauth_code code = diagnosis->code;
	enum mcpauth_rule obstacle = first_obstacle(diagnosis);
	bool is_asked = diagnosis->asks_revoked
		|| (diagnosis->held.policy != NULL && diagnosis->held.policy->check != NULL);
	if (is_objection(code) && diagnosis->claimed.payload != NULL) {
		note(diagnosis, MCPAUTH_RULE_PROGRAM, code, &diagnosis->why);
	} else if (is_asked && code == MCPAUTH_OK) {
		note(diagnosis, MCPAUTH_RULE_PROGRAM, MCPAUTH_OK, NULL);
	} else if (is_asked && obstacle != 0) {
		leave_open(diagnosis, MCPAUTH_RULE_PROGRAM, obstacle);
	}
}

/* The identity that the token would be, if it were good. */
static bool identify(struct mcpauth__diagnosis *diagnosis)
{
	struct mcpauth__jws *claimed = &diagnosis->claimed;
	struct mcpauth__attempt attempt = attempt_of(diagnosis, NULL);
	if (diagnosis->identity != NULL) {
		diagnosis->granted = mcpauth__identity_ref(diagnosis->identity);
		return true;
	}
	if (claimed->payload == NULL) {
		return true;
	}
	enum mcpauth_code code = mcpauth__jws_from_claims(
		claimed->payload_text, claimed->payload_length, &attempt.jws, NULL);
	if (code == MCPAUTH_OK) {
		code = mcpauth__attempt_identify(&attempt, &diagnosis->granted);
	}
	mcpauth__jws_finish(&attempt.jws);
	return code == MCPAUTH_OK;
}

const char *mcpauth__diagnosis_next_missing(
	const struct mcpauth__diagnosis *diagnosis, const char **at, size_t *length)
{
	const char *word;
	while ((word = mcpauth__word_next(at, length)) != NULL) {
		if (!mcpauth__identity_has_scope(diagnosis->granted, word, *length)) {
			return word;
		}
	}
	return NULL;
}

static void judge_scopes(struct mcpauth__diagnosis *diagnosis)
{
	const char *at = diagnosis->scopes;
	size_t length;
	struct mcpauth_error err = {0};
	if (mcpauth__word_next(&at, &length) == NULL) {
		return;
	}
	if (diagnosis->granted == NULL || diagnosis->held.policy->scopes.count == 0) {
		leave_open(diagnosis, MCPAUTH_RULE_SCOPES, first_obstacle(diagnosis));
		return;
	}
	at = diagnosis->scopes;
	const char *missing = mcpauth__diagnosis_next_missing(diagnosis, &at, &length);
	if (missing != NULL) {
		mcpauth__fail(&err, MCPAUTH_E_INSUFFICIENT_SCOPE, "the scope %.*s was not granted",
			(int)(length < 100 ? length : 100), missing);
	}
	note(diagnosis, MCPAUTH_RULE_SCOPES, err.code, &err);
}

static bool is_out_of_memory(const struct mcpauth__diagnosis *diagnosis)
{
	for (unsigned i = 1; i < MCPAUTH__RULE_COUNT; i++) {
		if (diagnosis->states[i].why.code == MCPAUTH_E_NO_MEMORY) {
			return true;
		}
	}
	return false;
}

static void judge_token(struct mcpauth__diagnosis *diagnosis)
{
	if (diagnosis->by_keys) {
		judge_form(diagnosis);
	} else {
		take_shown_claims(diagnosis);
		judge_active(diagnosis);
	}
	if (diagnosis->claimed.payload == NULL) {
		leave_claims_open(diagnosis, first_obstacle(diagnosis));
		choose_policy(diagnosis);
	} else {
		judge_issuer(diagnosis);
		choose_policy(diagnosis);
		judge_claims(diagnosis);
	}
	if (diagnosis->by_keys) {
		judge_algorithm(diagnosis);
		judge_keys(diagnosis);
	}
}

bool mcpauth__diagnosis_judge(struct mcpauth__diagnosis *diagnosis, enum mcpauth_code code)
{
	diagnosis->code = code;
	for (unsigned i = 0; i < MCPAUTH__RULE_COUNT; i++) {
		diagnosis->states[i].verdict = MCPAUTH_VERDICT_OPEN;
	}
	diagnosis->by_keys = is_judged_by_keys(diagnosis);
	diagnosis->held = diagnosis->seen.attempt.rules;
	judge_token(diagnosis);
	if (!identify(diagnosis)) {
		return false;
	}
	judge_program(diagnosis);
	judge_scopes(diagnosis);
	return !is_out_of_memory(diagnosis);
}

void mcpauth__diagnosis_finish(struct mcpauth__diagnosis *diagnosis)
{
	drop_look(diagnosis);
	mcpauth__identity_free(diagnosis->granted);
	mcpauth__jws_finish(&diagnosis->jws);
	mcpauth__progress_finish(&diagnosis->progress);
}
