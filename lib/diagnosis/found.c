/* What was found of a token, and what was looked for: one line for each rule. */
#include "diagnosis/text.h"

#include "base/json.h"
#include "diagnosis/near.h"

#include <string.h>

typedef void (*found_fn)(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line);

static void put(struct mcpauth__line *line, const char *text)
{
	mcpauth__line_puts(line, text);
}

static void put_string(struct mcpauth__line *line, const char *text)
{
	mcpauth__line_value(line, text, strlen(text));
}

static void put_member(const cJSON *object, const char *name, struct mcpauth__line *line)
{
	put(line, name);
	put(line, " is ");
	mcpauth__line_claim(line, mcpauth__json_member(object, name));
}

static void put_claim(
	const struct mcpauth__diagnosis *diagnosis, const char *name, struct mcpauth__line *line)
{
	put_member(diagnosis->claimed.payload, name, line);
}

static void put_header(
	const struct mcpauth__diagnosis *diagnosis, const char *name, struct mcpauth__line *line)
{
	put_member(diagnosis->jws.header, name, line);
}

static bool has_failed(const struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule rule)
{
	return diagnosis->states[rule].verdict == MCPAUTH_VERDICT_FAILED;
}

static const char *message_of(const struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule rule)
{
	return diagnosis->states[rule].why.message;
}

static void put_nearness(
	enum mcpauth__nearness nearness, const char *wanted, struct mcpauth__line *line)
{
	static const char *const texts[] = {
		[MCPAUTH__NEAR_NOT] = "",
		[MCPAUTH__NEAR_SLASH] = "; but for a slash at the end it is ",
		[MCPAUTH__NEAR_CASE] = "; but for capital letters it is ",
		[MCPAUTH__NEAR_SCHEME] = "; but for http or https it is ",
		[MCPAUTH__NEAR_PATH] = "; but for its path it is ",
	};
	put(line, texts[nearness]);
	if (nearness != MCPAUTH__NEAR_NOT) {
		put_string(line, wanted);
	}
}

static void found_form(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	const struct mcpauth__presented *presented = &diagnosis->presented;
	size_t parts = 1;
	for (size_t i = 0; i < presented->length; i++) {
		parts += presented->token[i] == '.';
	}
	if (has_failed(diagnosis, MCPAUTH_RULE_FORM)) {
		put(line, message_of(diagnosis, MCPAUTH_RULE_FORM));
		put(line, "; found ");
	}
	mcpauth__line_number(line, (int64_t)presented->length);
	put(line, " characters in ");
	mcpauth__line_number(line, (int64_t)parts);
	put(line, parts == 1 ? " part" : " parts");
	put(line, ", wanted a signed JWT in 3 parts");
}

static void put_accepted_issuer(const struct mcpauth__issuer *issuer, struct mcpauth__line *line)
{
	const struct mcpauth__words *accepted = mcpauth__issuer_accepted(issuer);
	put_string(line, mcpauth__issuer_identifier(issuer));
	if (accepted->count > 0) {
		put(line, ", ");
		mcpauth__line_words(line, accepted);
	}
}

static void found_issuer(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	const struct mcpauth__trust *trust = diagnosis->presented.trust;
	const char *nearest;
	put_claim(diagnosis, "iss", line);
	put(line, "; wanted ");
	put(line, trust->count == 0 ? "nothing: the resource has no issuer" : "");
	for (size_t i = 0; i < trust->count; i++) {
		put(line, i == 0 ? "" : ", ");
		put_accepted_issuer(trust->issuers[i], line);
	}
	if (has_failed(diagnosis, MCPAUTH_RULE_ISSUER)) {
		enum mcpauth__nearness nearness = mcpauth__nearest_issuer(diagnosis, &nearest);
		put_nearness(nearness, nearest, line);
	}
}

static void found_algorithm(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	unsigned accepted = diagnosis->issuer != NULL
		? mcpauth__issuer_algorithms(diagnosis->issuer)
		: MCPAUTH__ALGORITHMS_ALL;
	put_header(diagnosis, "alg", line);
	put(line, "; wanted one of");
	for (unsigned i = MCPAUTH__RS256; i < MCPAUTH__ALGORITHM_COUNT; i++) {
		if ((accepted & MCPAUTH__ALGORITHM_BIT(i)) != 0) {
			put(line, " ");
			put(line, mcpauth__algorithm_name((enum mcpauth__algorithm)i));
		}
	}
}

static void found_critical(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	if (!has_failed(diagnosis, MCPAUTH_RULE_CRITICAL_HEADER)) {
		put(line, "the header has neither crit nor b64");
		return;
	}
	put(line, "the header has what is not understood here: ");
	put_header(diagnosis, "crit", line);
	put(line, ", ");
	put_header(diagnosis, "b64", line);
}

static void put_published(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	struct mcpauth__keys keys;
	enum mcpauth_code code = mcpauth__key_source_get(
		mcpauth__issuer_key_source(diagnosis->issuer), NULL, &keys, NULL);
	if (code == MCPAUTH_OK) {
		put(line, "; keys of the issuer: ");
		mcpauth__line_number(line, (int64_t)mcpauth__jwks_count(keys.set));
		put(line, " usable, ");
		mcpauth__line_number(line, (int64_t)mcpauth__jwks_skipped(keys.set));
		put(line, " not");
	}
	mcpauth__jwks_free(keys.set);
}

static void found_key(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	put_header(diagnosis, "kid", line);
	put(line, ", ");
	put_header(diagnosis, "alg", line);
	if (has_failed(diagnosis, MCPAUTH_RULE_KEY)) {
		put(line, ": ");
		put(line, message_of(diagnosis, MCPAUTH_RULE_KEY));
	}
	put_published(diagnosis, line);
}

static void found_signature(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	put(line,
		has_failed(diagnosis, MCPAUTH_RULE_SIGNATURE)
			? message_of(diagnosis, MCPAUTH_RULE_SIGNATURE)
			: "made with the issuer's key");
	put(line, ": ");
	put_header(diagnosis, "kid", line);
}

/* What marks another kind of token: names and values that are fixed, nobody's secret. */
static void put_marks(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	static const char *const uses[] = {"token_use", "typ", "token_type"};
	const cJSON *claims = diagnosis->claimed.payload;
	const char *telltale = mcpauth__claims_telltale(claims);
	if (telltale != NULL) {
		put(line, ", has the claim ");
		put(line, telltale);
	}
	for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
		if (mcpauth__json_has(claims, uses[i])) {
			put(line, ", the claim ");
			put_claim(diagnosis, uses[i], line);
		}
	}
}

static void found_type(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	const char *type = diagnosis->claimed.type;
	bool strict = diagnosis->held.policy != NULL && diagnosis->held.policy->strict_type
		&& diagnosis->by_keys;
	if (has_failed(diagnosis, MCPAUTH_RULE_TYPE)) {
		put(line, message_of(diagnosis, MCPAUTH_RULE_TYPE));
		put(line, ": ");
	}
	if (type != NULL) {
		put(line, "typ of the header is ");
		put_string(line, type);
	} else {
		put(line, diagnosis->by_keys ? "the header has no typ" : "claims without a header");
	}
	put_marks(diagnosis, line);
	put(line, strict ? "; wanted at+jwt (strict_type)" : "; wanted at+jwt, JWT or none");
}

/* How far from now, for people who look at a clock. */
static void put_distance(
	const struct mcpauth__diagnosis *diagnosis, int64_t time, struct mcpauth__line *line)
{
	int64_t ahead = time - diagnosis->held.now;
	mcpauth__line_time(line, time);
	put(line, ahead > 0 ? ", in " : ", ");
	mcpauth__line_span(line, ahead > 0 ? ahead : -ahead);
	put(line, ahead > 0 ? "" : " ago");
}

static bool put_moment(
	const struct mcpauth__diagnosis *diagnosis, const char *name, struct mcpauth__line *line)
{
	int64_t time;
	put(line, name);
	if (!mcpauth__json_seconds(diagnosis->claimed.payload, name, &time)) {
		put(line, " is ");
		mcpauth__line_claim(line, mcpauth__json_member(diagnosis->claimed.payload, name));
		return false;
	}
	put(line, ": ");
	put_distance(diagnosis, time, line);
	return true;
}

static void put_now(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	put(line, "; it is ");
	mcpauth__line_time(line, diagnosis->held.now);
	put(line, " here, and clocks may differ by ");
	mcpauth__line_span(line, diagnosis->held.tolerance);
}

static void found_expiry(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	const struct mcpauth__claim_policy *policy = diagnosis->held.policy;
	put_moment(diagnosis, "exp", line);
	if (policy != NULL && policy->max_age > 0) {
		put(line, "; ");
		put_moment(diagnosis, "iat", line);
		put(line, ", good for ");
		mcpauth__line_span(line, policy->max_age);
		put(line, " (max_age)");
	}
	put_now(diagnosis, line);
}

static void found_not_before(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	put_moment(diagnosis, "nbf", line);
	put(line, "; ");
	put_moment(diagnosis, "iat", line);
	put_now(diagnosis, line);
}

static void found_audience(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	const struct mcpauth__claim_rules *held = &diagnosis->held;
	const char *nearest;
	put_claim(diagnosis, "aud", line);
	put(line, held->audiences->count > 1 ? "; wanted one of " : "; wanted ");
	mcpauth__line_words(line, held->audiences);
	put(line, held->any_slash ? ", which is the resource" : "");
	if (held->recipient_claim != NULL) {
		put(line, ", or ");
		put(line, held->recipient_claim);
		put(line, " to be ");
		mcpauth__line_words(line, held->recipients);
		put(line, " and not ");
		mcpauth__line_claim(line,
			mcpauth__json_member(diagnosis->claimed.payload, held->recipient_claim));
	}
	if (has_failed(diagnosis, MCPAUTH_RULE_AUDIENCE)) {
		enum mcpauth__nearness nearness = mcpauth__nearest_audience(diagnosis, &nearest);
		put_nearness(nearness, nearest, line);
	}
}

static void found_claims(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	const struct mcpauth__claim_policy *policy = diagnosis->held.policy;
	put(line,
		has_failed(diagnosis, MCPAUTH_RULE_CLAIMS)
			? message_of(diagnosis, MCPAUTH_RULE_CLAIMS)
			: "names are strings");
	put(line, "; required: ");
	mcpauth__line_words(line, &policy->required);
}

static void found_binding(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	const cJSON *cnf = mcpauth__json_member(diagnosis->claimed.payload, "cnf");
	if (cnf == NULL) {
		put(line, "no cnf: a bearer token");
		return;
	}
	put(line, "cnf binds it to a key");
	if (cJSON_IsObject(cnf) && cnf->child != NULL) {
		put(line, ", by ");
		put_string(line, cnf->child->string);
	}
	put(line, "; wanted a bearer token, without cnf");
}

static void found_active(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	static const char *const passed[] = {
		[MCPAUTH__JUDGE_STATIC] = "one of the resource's static tokens",
		[MCPAUTH__JUDGE_PROGRAM] = "the program's own verifier knows it",
		[MCPAUTH__JUDGE_INTROSPECTION] =
			"the introspection endpoint says that it is active",
	};
	enum mcpauth__judge judge = diagnosis->seen.attempt.judge;
	if (!has_failed(diagnosis, MCPAUTH_RULE_ACTIVE)) {
		put(line, judge >= MCPAUTH__JUDGE_STATIC ? passed[judge] : "it is known");
		return;
	}
	put(line, judge == MCPAUTH__JUDGE_PROGRAM ? "the program's own verifier: " : "");
	put(line, message_of(diagnosis, MCPAUTH_RULE_ACTIVE));
}

static void found_program(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	put(line,
		has_failed(diagnosis, MCPAUTH_RULE_PROGRAM)
			? message_of(diagnosis, MCPAUTH_RULE_PROGRAM)
			: "the program does not object");
}

static void put_missing(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	const char *at = diagnosis->scopes;
	const char *missing;
	size_t length;
	const char *before = "; missing ";
	while ((missing = mcpauth__diagnosis_next_missing(diagnosis, &at, &length)) != NULL) {
		put(line, before);
		mcpauth__line_value(line, missing, length);
		before = ", ";
	}
}

/* The first claim of those that may hold scopes is the one that counts. */
static const char *scope_claim_of(const struct mcpauth__diagnosis *diagnosis)
{
	const struct mcpauth__words *names = &diagnosis->held.policy->scopes;
	for (size_t i = 0; i < names->count; i++) {
		if (mcpauth__json_has(diagnosis->claimed.payload, names->items[i])) {
			return names->items[i];
		}
	}
	return NULL;
}

static void found_scopes(const struct mcpauth__diagnosis *diagnosis, struct mcpauth__line *line)
{
	const char *claim = scope_claim_of(diagnosis);
	put(line, "granted ");
	mcpauth__line_words(line, &diagnosis->granted->scopes);
	if (claim != NULL) {
		put(line, " (in ");
		put(line, claim);
		put(line, ")");
	} else {
		put(line, ", as none of these claims is there: ");
		mcpauth__line_words(line, &diagnosis->held.policy->scopes);
	}
	put(line, "; needed ");
	put_string(line, diagnosis->scopes);
	put_missing(diagnosis, line);
}

static const char *other_judge_of(const struct mcpauth__diagnosis *diagnosis)
{
	switch (diagnosis->seen.attempt.judge) {
	case MCPAUTH__JUDGE_STATIC:
		return "does not apply: it is one of the resource's static tokens";
	case MCPAUTH__JUDGE_PROGRAM:
		return "does not apply: the program's own verifier judges the token";
	default:
		return "does not apply: the token is asked about, not verified by keys";
	}
}

static const char *idle_text(const struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule rule)
{
	switch (rule) {
	case MCPAUTH_RULE_ACTIVE:
		return "does not apply: keys decide, and nobody is asked about the token";
	case MCPAUTH_RULE_PROGRAM:
		return "does not apply: the program has no check of claims, and no `revoked`";
	case MCPAUTH_RULE_SCOPES:
		return "does not apply: no scopes were asked about";
	case MCPAUTH_RULE_AUDIENCE:
		return diagnosis->presented.trust->any_audience
			? "does not apply: insecure_any_audience is set"
			: "does not apply: a static token is for this resource alone";
	default:
		return other_judge_of(diagnosis);
	}
}

static void found_open(const struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule rule,
	struct mcpauth__line *line)
{
	const struct mcpauth__rule_state *state = &diagnosis->states[rule];
	if (state->because == 0) {
		put(line, idle_text(diagnosis, rule));
	} else if (state->because == rule) {
		put(line, "no answer: ");
		put(line, state->why.message);
	} else {
		put(line, "not looked at, because of ");
		put(line, mcpauth_rule_name(state->because));
	}
}

void mcpauth__diagnosis_write_found(const struct mcpauth__diagnosis *diagnosis,
	enum mcpauth_rule rule, struct mcpauth__line *line)
{
	static const found_fn writers[MCPAUTH__RULE_COUNT] = {
		[MCPAUTH_RULE_FORM] = found_form,
		[MCPAUTH_RULE_ISSUER] = found_issuer,
		[MCPAUTH_RULE_ALGORITHM] = found_algorithm,
		[MCPAUTH_RULE_CRITICAL_HEADER] = found_critical,
		[MCPAUTH_RULE_KEY] = found_key,
		[MCPAUTH_RULE_SIGNATURE] = found_signature,
		[MCPAUTH_RULE_TYPE] = found_type,
		[MCPAUTH_RULE_EXPIRY] = found_expiry,
		[MCPAUTH_RULE_NOT_BEFORE] = found_not_before,
		[MCPAUTH_RULE_AUDIENCE] = found_audience,
		[MCPAUTH_RULE_CLAIMS] = found_claims,
		[MCPAUTH_RULE_BINDING] = found_binding,
		[MCPAUTH_RULE_ACTIVE] = found_active,
		[MCPAUTH_RULE_PROGRAM] = found_program,
		[MCPAUTH_RULE_SCOPES] = found_scopes,
	};
	if (diagnosis->states[rule].verdict == MCPAUTH_VERDICT_OPEN) {
		found_open(diagnosis, rule, line);
	} else {
		writers[rule](diagnosis, line);
	}
}
