/* Verification of one token: what is remembered first, then whoever judges it. */
#include "token/verifier.h"

#include "token/custom_verifier.h"
#include "token/jwt_verifier.h"

/* A refusal may be remembered no longer than this. */
#define REFUSED_MS 10000

/* A token of many tiny values takes up to thirty times its length. One that takes
 * this much is verified each time: a cache full of them would take gigabytes. */
#define REMEMBERED_SIZE ((size_t)128 * 1024)

/* Can it be known again? Only its hash is kept. */
static void recognize(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, int64_t cache_ms,
	struct mcpauth__recognition *recognition)
{
	mcpauth__clock_read(verifier->clock, &recognition->now, &recognition->now_ms);
	recognition->has_key = verifier->cache != NULL && cache_ms > 0
		&& mcpauth__digest_key_make(&recognition->key, presented->token, presented->length,
			presented->trust->id);
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

static struct mcpauth__attempt begin(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, const struct mcpauth__recognition *recognition,
	struct mcpauth_error *err)
{
	return (struct mcpauth__attempt){
		.verifier = verifier,
		.presented = presented,
		.recognition = recognition,
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
	};
	mcpauth__cache_put(attempt->verifier->cache, &entry);
}

/* Not what the program's own verifier refused: it may think better of it. */
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

/* A key that fails is forgiven if a newer one fits: only what the whole came to is
 * the caller's. */
static enum mcpauth_code settle(struct mcpauth__attempt *attempt, enum mcpauth_code code,
	struct mcpauth__identity *identity, struct mcpauth_error *err)
{
	mcpauth__jws_finish(&attempt->jws);
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

static enum mcpauth_code check_custom(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	struct mcpauth__recognition recognition;
	int64_t cache_ms = presented->trust->custom.cache_ms;
	recognize(verifier, presented, cache_ms, &recognition);
	/* Once it was asked its answer counts, not what it said before. */
	if (*presented->inquiry == NULL && recognition.has_key
		&& recall(verifier, &recognition, identity)) {
		return MCPAUTH_OK;
	}
	struct mcpauth_error why = {0};
	struct mcpauth__attempt attempt = begin(verifier, presented, &recognition, &why);
	attempt.cache_ms = cache_ms;
	attempt.without_keys = true;
	enum mcpauth_code code = mcpauth__verify_custom(&attempt, identity);
	return settle(&attempt, code, *identity, err);
}

static enum mcpauth_code check_jwt(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	struct mcpauth__recognition recognition;
	enum mcpauth_code code = mcpauth__jws_check_shape(presented->token, presented->length, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	recognize(verifier, presented, verifier->cache_ms, &recognition);
	if (recognition.has_key) {
		/* No token is both, so where to look first is a matter of what it costs. */
		if (mcpauth__refused_is_likely(verifier->refused, &recognition.key)) {
			code = recall_refusal(verifier, &recognition, err);
		}
		if (code == MCPAUTH_OK && recall(verifier, &recognition, identity)) {
			return MCPAUTH_OK;
		}
		if (code == MCPAUTH_OK) {
			code = recall_refusal(verifier, &recognition, err);
		}
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth_error why = {0};
	struct mcpauth__attempt attempt = begin(verifier, presented, &recognition, &why);
	attempt.cache_ms = verifier->cache_ms;
	code = mcpauth__verify_jwt(&attempt, identity);
	return settle(&attempt, code, *identity, err);
}

enum mcpauth_code mcpauth__verifier_check(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	*identity = NULL;
	return presented->trust->custom.verify != NULL
		? check_custom(verifier, presented, identity, err)
		: check_jwt(verifier, presented, identity, err);
}
