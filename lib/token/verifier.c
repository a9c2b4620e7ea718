/* Verification of one token: what is remembered first, then whoever judges it. */
#include "token/verifier.h"

#include "base/b64token.h"
#include "base/error_int.h"
#include "token/custom_verifier.h"
#include "token/introspection_verifier.h"
#include "token/jwt_verifier.h"

/* A refusal may be remembered no longer than this. */
#define REFUSED_MS 10000

/* A token of many tiny values takes up to thirty times its length. One that takes
 * this much is verified each time: a cache full of them would take gigabytes. */
#define REMEMBERED_SIZE ((size_t)128 * 1024)

enum mcpauth_code mcpauth__presented_check_characters(
	const struct mcpauth__presented *presented, struct mcpauth_error *err)
{
	return mcpauth__are_b64token(presented->token, presented->length)
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_INVALID_REQUEST,
			"the token is empty, or has characters that no token has");
}

static bool need_digest(const struct mcpauth__presented *presented)
{
	struct mcpauth__progress *progress = presented->progress;
	progress->has_digest = progress->has_digest
		|| mcpauth__sha256(presented->token, presented->length, progress->digest.bytes);
	return progress->has_digest;
}

/* Can it be known again? Only its hash is kept. */
static void recognize(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__recognition *recognition)
{
	mcpauth__clock_read(verifier->clock, &recognition->now, &recognition->now_ms);
	recognition->has_key = verifier->cache != NULL && verifier->cache_ms > 0
		&& need_digest(presented);
	if (recognition->has_key) {
		mcpauth__digest_key_make(
			&recognition->key, presented->progress->digest.bytes, presented->trust->id);
	}
}

/* What grew too old while it was remembered is judged again, and refused for that. */
static bool recall(const struct mcpauth__verifier *verifier,
	const struct mcpauth__recognition *recognition, struct mcpauth__identity **identity)
{
	struct mcpauth__claim_rules rules = {
		.now = recognition->now, .tolerance = verifier->tolerance};
	struct mcpauth__identity *found = mcpauth__cache_find(
		verifier->cache, &recognition->key, recognition->now_ms);
	if (found != NULL
		&& mcpauth__claims_check_times(found->end, found->not_before, &rules, NULL)
			!= MCPAUTH_OK) {
		mcpauth__identity_free(found);
		found = NULL;
	}
	*identity = found;
	return found != NULL;
}

static enum mcpauth_code recall_refusal(const struct mcpauth__verifier *verifier,
	const struct mcpauth__recognition *recognition, struct mcpauth_error *err)
{
	return mcpauth__refused_find(
		verifier->refused, &recognition->key, recognition->now_ms, recognition->now, err);
}

/* @param[out] identity  NULL with MCPAUTH_OK: nothing is remembered */
static enum mcpauth_code recall_verdict(const struct mcpauth__verifier *verifier,
	const struct mcpauth__recognition *recognition, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	if (!recognition->has_key) {
		return MCPAUTH_OK;
	}
	/* No token is both, so where to look first is a matter of what it costs. */
	if (mcpauth__refused_is_likely(verifier->refused, &recognition->key)) {
		code = recall_refusal(verifier, recognition, err);
	}
	if (code == MCPAUTH_OK && !recall(verifier, recognition, identity)) {
		code = recall_refusal(verifier, recognition, err);
	}
	return code;
}

static struct mcpauth__claim_rules rules_of(const struct mcpauth__verifier *verifier,
	const struct mcpauth__trust *trust, const struct mcpauth__recognition *recognition)
{
	return (struct mcpauth__claim_rules){
		.audiences = &trust->audiences,
		.any_slash = !trust->audiences_given,
		.recipient_claim = trust->recipient_claim,
		.recipients = &trust->recipients,
		.any_audience = trust->any_audience,
		.now = recognition->now,
		.tolerance = verifier->tolerance,
	};
}

/* What is judged now is not remembered if anything is forgotten meanwhile. A later look
 * may read what was asked at the first one. */
static void note_beginning(
	const struct mcpauth__verifier *verifier, struct mcpauth__progress *progress)
{
	if (!progress->begun) {
		progress->begun = true;
		progress->forgets = verifier->forgets != NULL ? atomic_load(verifier->forgets) : 0;
	}
}

static struct mcpauth__attempt begin(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, const struct mcpauth__recognition *recognition,
	struct mcpauth_error *err)
{
	bool has_others = presented->trust->has_other_judges;
	note_beginning(verifier, presented->progress);
	return (struct mcpauth__attempt){
		.verifier = verifier,
		.presented = presented,
		.recognition = recognition,
		.without_keys = has_others,
		.judge = has_others ? MCPAUTH__JUDGE_NOBODY : MCPAUTH__JUDGE_KEYS,
		.cache_ms = verifier->cache_ms,
		.rules = rules_of(verifier, presented->trust, recognition),
		.err = err,
	};
}

static void remember(const struct mcpauth__attempt *attempt, struct mcpauth__identity *identity)
{
	if (!attempt->recognition->has_key || attempt->cache_ms <= 0
		|| mcpauth__arena_size(&identity->arena) > REMEMBERED_SIZE) {
		return;
	}
	struct mcpauth__cache_entry entry = {
		.key = attempt->recognition->key,
		.issuer = attempt->without_keys ? NULL : attempt->issuer,
		.generation = attempt->generation,
		.until = attempt->recognition->now_ms + attempt->cache_ms,
		.identity = identity,
		.forgets = {attempt->verifier->forgets, attempt->presented->progress->forgets},
	};
	mcpauth__cache_put(attempt->verifier->cache, &entry);
}

/* Not what others than keys refused: they may think better of it. */
static void remember_refusal(const struct mcpauth__attempt *attempt)
{
	if (!attempt->recognition->has_key || attempt->without_keys) {
		return;
	}
	int64_t longest = attempt->cache_ms < REFUSED_MS ? attempt->cache_ms : REFUSED_MS;
	struct mcpauth__refused_entry entry = {
		.key = attempt->recognition->key,
		.issuer = attempt->issuer,
		.generation = attempt->generation,
		.until = attempt->recognition->now_ms + longest,
		.since = attempt->recognition->now,
		.why = attempt->err,
	};
	mcpauth__refused_put(attempt->verifier->refused, &entry);
}

/* Once it was judged it stays so, though a later look may find it remembered. */
static void note_judgement(const struct mcpauth__attempt *attempt)
{
	struct mcpauth__progress *progress = attempt->presented->progress;
	progress->judged = progress->judged || !attempt->recalled;
}

/* A key that fails is forgiven if a newer one fits: only what the whole came to is
 * the caller's. */
static enum mcpauth_code settle(struct mcpauth__attempt *attempt, enum mcpauth_code code,
	struct mcpauth__identity *identity, struct mcpauth_error *err)
{
	mcpauth__jws_finish(&attempt->jws);
	note_judgement(attempt);
	if (code == MCPAUTH_OK) {
		remember(attempt, identity);
	} else if (code != MCPAUTH_PENDING) {
		remember_refusal(attempt);
		if (err != NULL) {
			*err = *attempt->err;
		}
	}
	return code;
}

static enum mcpauth_code need_shape(
	const struct mcpauth__presented *presented, struct mcpauth_error *err)
{
	struct mcpauth__progress *progress = presented->progress;
	enum mcpauth_code code = progress->has_shape
		? MCPAUTH_OK
		: mcpauth__jws_check_shape(presented->token, presented->length, err);
	progress->has_shape = code == MCPAUTH_OK;
	return code;
}

static enum mcpauth_code check_jwt(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	struct mcpauth__recognition recognition;
	enum mcpauth_code code = need_shape(presented, err);
	if (code != MCPAUTH_OK) {
		presented->progress->judged = true;
		return code;
	}
	recognize(verifier, presented, &recognition);
	code = recall_verdict(verifier, &recognition, identity, err);
	if (code != MCPAUTH_OK || *identity != NULL) {
		return code;
	}
	struct mcpauth_error why = {0};
	struct mcpauth__attempt attempt = begin(verifier, presented, &recognition, &why);
	code = mcpauth__verify_jwt(&attempt, identity);
	return settle(&attempt, code, *identity, err);
}

/* A judge of a resource that has others than keys. Says whether he knows the token: then
 * it is decided, or will be; else the attempt's error is why he does not. */
typedef enum mcpauth_code (*judge_fn)(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known);

/* Is the program's verifier to be asked each time, whatever others said before? */
static bool is_asked_each_time(const struct mcpauth__custom *custom)
{
	return custom->verify != NULL && !custom->last && custom->cache_ms == 0;
}

/* What is recalled keeps the time for which it was remembered. */
static enum mcpauth_code recall_unchanged(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known)
{
	*known = attempt->recognition->has_key
		&& recall(attempt->verifier, attempt->recognition, identity);
	if (*known) {
		attempt->recalled = true;
		attempt->cache_ms = 0;
	}
	return MCPAUTH_OK;
}

/* Once the program's verifier was asked its answer counts, not what it said before. */
static enum mcpauth_code judge_by_memory(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known)
{
	const struct mcpauth__presented *presented = attempt->presented;
	*known = false;
	return presented->progress->inquiry != NULL || is_asked_each_time(&presented->trust->custom)
		? MCPAUTH_OK
		: recall_unchanged(attempt, identity, known);
}

static enum mcpauth_code judge_by_program(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known)
{
	const struct mcpauth__custom *custom = &attempt->presented->trust->custom;
	*known = false;
	if (custom->verify == NULL || custom->last) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__verify_custom(attempt, identity, known);
	if (*known) {
		return code;
	}
	if (is_asked_each_time(custom)) {
		return recall_unchanged(attempt, identity, known);
	}
	/* It is asked as often as if the verdict were its own. */
	if (custom->cache_ms < attempt->cache_ms) {
		attempt->cache_ms = custom->cache_ms;
	}
	return MCPAUTH_OK;
}

/* Whoever is asked about a token needs no algorithm of it, but its issuer. */
static enum mcpauth_code read_jwt_of_any_algorithm(struct mcpauth__attempt *attempt)
{
	enum mcpauth_code code = mcpauth__jwt_read(attempt);
	if (code != MCPAUTH_E_ALGORITHM) {
		return code;
	}
	struct mcpauth_error why = *attempt->err;
	if (mcpauth__jws_read_payload(&attempt->jws, attempt->err) == MCPAUTH_OK) {
		mcpauth__attempt_find_issuer(attempt);
	}
	if (attempt->err->code == MCPAUTH_E_NO_MEMORY) {
		return MCPAUTH_E_NO_MEMORY;
	}
	*attempt->err = why;
	return code;
}

static bool has_jwts_introspected(const struct mcpauth__issuer *issuer)
{
	const struct mcpauth__introspector *introspector = mcpauth__issuer_introspector(issuer);
	return introspector != NULL && mcpauth__introspector_config(introspector)->introspect_jwts;
}

/* A refusal by keys is all that is remembered of those tokens that are refused. */
static enum mcpauth_code judge_by_keys(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known)
{
	const struct mcpauth__recognition *recognition = attempt->recognition;
	enum mcpauth_code code = recognition->has_key
		? recall_refusal(attempt->verifier, recognition, attempt->err)
		: MCPAUTH_OK;
	*known = code != MCPAUTH_OK;
	if (*known) {
		attempt->recalled = true;
		return code;
	}
	code = read_jwt_of_any_algorithm(attempt);
	*known = code == MCPAUTH_E_NO_MEMORY
		|| (attempt->issuer != NULL && !has_jwts_introspected(attempt->issuer));
	if (!*known || code == MCPAUTH_E_NO_MEMORY) {
		return code;
	}
	attempt->without_keys = false;
	return code == MCPAUTH_OK ? mcpauth__jwt_judge(attempt, identity) : code;
}

/* A JWT of somebody else is nobody's business but his. Nor is one asked about that was
 * mangled: an endpoint that reads it less strictly would judge, in the place of the keys
 * and of all rules for JWTs, what they refused. */
static enum mcpauth_code judge_by_introspection(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known)
{
	const struct mcpauth__presented *presented = attempt->presented;
	bool is_jwt = attempt->jws.header != NULL
		|| mcpauth__jws_is_meant(presented->token, presented->length);
	*known = false;
	return is_jwt && attempt->issuer == NULL
		? MCPAUTH_OK
		: mcpauth__verify_introspection(attempt, identity, known);
}

static enum mcpauth_code judge_by_program_last(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known)
{
	const struct mcpauth__custom *custom = &attempt->presented->trust->custom;
	*known = false;
	return custom->verify == NULL || !custom->last
		? MCPAUTH_OK
		: mcpauth__verify_custom(attempt, identity, known);
}

/* That one could not be asked outweighs what the others said: he may know it. */
static enum mcpauth_code sum_up(const struct mcpauth__attempt *attempt)
{
	const struct mcpauth__progress *progress = attempt->presented->progress;
	if (progress->failure != NULL) {
		*attempt->err = *progress->failure;
	} else if (progress->inactive) {
		mcpauth__fail(attempt->err, MCPAUTH_E_INACTIVE,
			"no authorization server says that the token is active");
	}
	return attempt->err->code;
}

/* The order that introspection.h tells. */
static enum mcpauth_code ask_judges(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
{
	static const struct {
		judge_fn judge;
		enum mcpauth__judge name;
	} judges[] = {
		{mcpauth__verify_static, MCPAUTH__JUDGE_STATIC},
		{judge_by_memory, MCPAUTH__JUDGE_MEMORY},
		{judge_by_program, MCPAUTH__JUDGE_PROGRAM},
		{judge_by_keys, MCPAUTH__JUDGE_KEYS},
		{judge_by_introspection, MCPAUTH__JUDGE_INTROSPECTION},
		{judge_by_program_last, MCPAUTH__JUDGE_PROGRAM},
	};
	for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++) {
		bool known;
		enum mcpauth_code code = judges[i].judge(attempt, identity, &known);
		if (known) {
			attempt->judge = judges[i].name;
			return code;
		}
	}
	return sum_up(attempt);
}

/* Nobody is asked about what no header can bring. */
static enum mcpauth_code check_length(
	const struct mcpauth__presented *presented, struct mcpauth_error *err)
{
	return presented->length <= MCPAUTH__TOKEN_LIMIT
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_MALFORMED_TOKEN, "the token is over the limit");
}

static enum mcpauth_code check_by_all(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	struct mcpauth__recognition recognition;
	struct mcpauth_error why = {0};
	if (check_length(presented, err) != MCPAUTH_OK) {
		presented->progress->judged = true;
		return MCPAUTH_E_MALFORMED_TOKEN;
	}
	recognize(verifier, presented, &recognition);
	struct mcpauth__attempt attempt = begin(verifier, presented, &recognition, &why);
	enum mcpauth_code code = ask_judges(&attempt, identity);
	return settle(&attempt, code, *identity, err);
}

enum mcpauth_code mcpauth__verifier_check(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	*identity = NULL;
	/* One that has a digest was looked at before. */
	if (!presented->progress->has_digest) {
		enum mcpauth_code code = mcpauth__presented_check_characters(presented, err);
		if (code != MCPAUTH_OK) {
			presented->progress->judged = true;
			return code;
		}
	}
	return presented->trust->has_other_judges ? check_by_all(verifier, presented, identity, err)
						  : check_jwt(verifier, presented, identity, err);
}

static enum mcpauth_code judge_anew(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
{
	enum mcpauth_code code = mcpauth__presented_check_characters(
		attempt->presented, attempt->err);
	if (code == MCPAUTH_OK && !attempt->presented->trust->has_other_judges) {
		return mcpauth__verify_jwt(attempt, identity);
	}
	if (code == MCPAUTH_OK) {
		code = check_length(attempt->presented, attempt->err);
	}
	return code == MCPAUTH_OK ? ask_judges(attempt, identity) : code;
}

enum mcpauth_code mcpauth__verifier_examine(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__examination *examination,
	struct mcpauth__identity **identity)
{
	struct mcpauth__attempt *attempt = &examination->attempt;
	*identity = NULL;
	*examination = (struct mcpauth__examination){0};
	recognize(verifier, presented, &examination->recognition);
	*attempt = begin(verifier, presented, &examination->recognition, &examination->why);
	enum mcpauth_code code = judge_anew(attempt, identity);
	note_judgement(attempt);
	return code;
}
