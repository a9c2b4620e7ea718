/* Verification of one token: what is remembered first, then whoever judges it. */
#include "token/verifier.h"

#include "token/attempt.h"

/* A refusal may be remembered no longer than this. */
#define REFUSED_MS 10000

/* Can it be known again? Only its hash is kept. */
static void see(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, int64_t cache_ms, struct mcpauth__sight *sight)
{
	mcpauth__clock_read(verifier->clock, &sight->real, &sight->coarse);
	sight->has_key = verifier->cache != NULL && cache_ms > 0
		&& mcpauth__digest_key_make(
			&sight->key, presented->token, presented->length, presented->trust->id);
}

/* What grew too old while it was remembered is judged again, and refused for that. */
static bool recall(const struct mcpauth__verifier *verifier, const struct mcpauth__sight *sight,
	struct mcpauth__identity **identity)
{
	struct mcpauth__claim_rules rules = {.now = sight->real, .tolerance = verifier->tolerance};
	struct mcpauth__identity *found = mcpauth__cache_find(
		verifier->cache, &sight->key, sight->coarse);
	if (found != NULL
		&& mcpauth__claims_check_times(found->end, found->not_before, &rules, NULL)
			!= MCPAUTH_OK) {
		mcpauth__identity_free(found);
		found = NULL;
	}
	*identity = found;
	return found != NULL;
}

static struct mcpauth__claim_rules rules_of(const struct mcpauth__verifier *verifier,
	const struct mcpauth__trust *trust, const struct mcpauth__sight *sight)
{
	return (struct mcpauth__claim_rules){
		.audiences = &trust->audiences,
		.any_slash = !trust->audiences_given,
		.recipient_claim = trust->recipient_claim,
		.recipients = &trust->recipients,
		.any_audience = trust->any_audience,
		.now = sight->real,
		.tolerance = verifier->tolerance,
	};
}

static void remember_refusal(const struct mcpauth__attempt *attempt)
{
	int64_t longest = attempt->cache_ms < REFUSED_MS ? attempt->cache_ms : REFUSED_MS;
	struct mcpauth__refused_entry entry = {
		.key = attempt->sight->key,
		.issuer = attempt->entry.issuer,
		.generation = attempt->entry.generation,
		.until = attempt->sight->coarse + longest,
		.since = attempt->sight->real,
		.why = attempt->err,
	};
	mcpauth__refused_put(attempt->verifier->refused, &entry);
}

static enum mcpauth_code judge(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, const struct mcpauth__sight *sight,
	struct mcpauth__identity **identity, struct mcpauth_error *err)
{
	/* A key that fails is forgiven if a newer one fits: only what the whole
	 * came to is the caller's. */
	struct mcpauth_error why = {0};
	const struct mcpauth__trust *trust = presented->trust;
	bool is_custom = trust->custom.verify != NULL;
	struct mcpauth__attempt attempt = {
		.verifier = verifier,
		.presented = presented,
		.sight = sight,
		.cache_ms = is_custom ? trust->custom.cache_ms : verifier->cache_ms,
		.rules = rules_of(verifier, trust, sight),
		.err = &why,
	};
	enum mcpauth_code code = is_custom ? mcpauth__verify_custom(&attempt, identity)
					   : mcpauth__verify_jwt(&attempt, identity);
	mcpauth__jws_finish(&attempt.jws);
	if (code == MCPAUTH_OK || code == MCPAUTH_PENDING) {
		return code;
	}
	if (!is_custom && sight->has_key) {
		remember_refusal(&attempt);
	}
	if (err != NULL) {
		*err = why;
	}
	return code;
}

static enum mcpauth_code check_custom(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	struct mcpauth__sight sight;
	see(verifier, presented, presented->trust->custom.cache_ms, &sight);
	/* Once it was asked its answer counts, not what it said before. */
	if (*presented->inquiry == NULL && sight.has_key && recall(verifier, &sight, identity)) {
		return MCPAUTH_OK;
	}
	return judge(verifier, presented, &sight, identity, err);
}

enum mcpauth_code mcpauth__verifier_check(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	struct mcpauth__sight sight;
	*identity = NULL;
	if (presented->trust->custom.verify != NULL) {
		return check_custom(verifier, presented, identity, err);
	}
	enum mcpauth_code code = mcpauth__jws_check_shape(presented->token, presented->length, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	see(verifier, presented, verifier->cache_ms, &sight);
	if (sight.has_key) {
		if (recall(verifier, &sight, identity)) {
			return MCPAUTH_OK;
		}
		code = mcpauth__refused_find(
			verifier->refused, &sight.key, sight.coarse, sight.real, err);
	}
	return code != MCPAUTH_OK ? code : judge(verifier, presented, &sight, identity, err);
}
