/* Verification of one token: cheap refusals first, then keys, then the signature;
 * or a verifier of the program's own, then the same rules. */
#include "token/verifier.h"

#include "base/error_int.h"
#include "base/json.h"
#include "token/claims.h"

#include <string.h>

/* Everything on the way from one token to its identity. */
struct attempt {
	const struct mcpauth__verifier *verifier;
	const struct mcpauth__presented *presented;
	struct mcpauth__cache_entry entry; /* what will be remembered */
	int64_t cache_ms;                  /* and for how long */
	bool identified;                   /* entry.digest is the token's */
	struct mcpauth__claim_rules rules;
	struct mcpauth__jws jws;
	struct mcpauth_error *err;
};

/* Can it be known again? Only its hash is kept. */
static bool identify(struct attempt *attempt)
{
	const char *token = attempt->presented->token;
	attempt->entry.trust = attempt->presented->trust->id;
	return attempt->verifier->cache != NULL && attempt->cache_ms > 0
		&& mcpauth__sha256(token, strlen(token), attempt->entry.digest);
}

static bool remembered(struct attempt *attempt)
{
	return attempt->identified
		&& mcpauth__cache_find(attempt->verifier->cache, &attempt->entry,
			mcpauth__clock_monotonic(attempt->verifier->clock));
}

static enum mcpauth_code find_issuer(struct attempt *attempt)
{
	const struct mcpauth__trust *trust = attempt->presented->trust;
	const char *named = mcpauth__json_string(attempt->jws.payload, "iss");
	for (size_t i = 0; named != NULL && i < trust->count; i++) {
		if (mcpauth__issuer_is(trust->issuers[i], named)) {
			attempt->entry.issuer = trust->issuers[i];
			return MCPAUTH_OK;
		}
	}
	return mcpauth__fail(attempt->err, MCPAUTH_E_UNTRUSTED_ISSUER,
		trust->count == 0       ? "the resource has no issuer: mcpauth_add_issuer()"
			: named == NULL ? "iss is missing or no string"
					: "iss is none of the resource's issuers");
}

static enum mcpauth_code check_algorithm(const struct attempt *attempt)
{
	unsigned bit = MCPAUTH__ALGORITHM_BIT(attempt->jws.algorithm);
	if ((mcpauth__issuer_algorithms(attempt->entry.issuer) & bit) != 0) {
		return MCPAUTH_OK;
	}
	return mcpauth__fail(
		attempt->err, MCPAUTH_E_ALGORITHM, "alg is not accepted from this issuer");
}

static enum mcpauth_code check_claims(struct attempt *attempt)
{
	attempt->rules.policy = mcpauth__issuer_claim_policy(attempt->entry.issuer);
	return mcpauth__claims_check(&attempt->jws, &attempt->rules, attempt->err);
}

static enum mcpauth_code read_token(struct attempt *attempt)
{
	const char *token = attempt->presented->token;
	enum mcpauth_code code = mcpauth__jws_parse(
		token, strlen(token), &attempt->jws, attempt->err);
	if (code == MCPAUTH_OK) {
		code = find_issuer(attempt);
	}
	if (code == MCPAUTH_OK) {
		code = check_algorithm(attempt);
	}
	if (code == MCPAUTH_OK) {
		/* Nothing here is proved yet, so it may refuse, never accept. */
		code = check_claims(attempt);
	}
	return code;
}

static enum mcpauth_code check_signature(struct attempt *attempt, struct mcpauth__keys *keys)
{
	enum mcpauth_code code = mcpauth__jwks_verify(keys->set, attempt->jws.kid,
		attempt->jws.algorithm, &attempt->jws.content, attempt->err);
	attempt->entry.generation = keys->generation;
	mcpauth__jwks_free(keys->set);
	keys->set = NULL;
	return code;
}

/* An issuer may have made a new key, even one of an old name. So a token that
 * fails asks for newer keys; document_renew() sees to it that a flood of such
 * tokens does not become a flood of fetches. */
static enum mcpauth_code verify_signature(struct attempt *attempt)
{
	struct mcpauth__issuer *issuer = attempt->entry.issuer;
	struct mcpauth__waiter *waiter = attempt->presented->waiter;
	struct mcpauth__keys keys;
	enum mcpauth_code code = mcpauth__key_source_get(
		mcpauth__issuer_key_source(issuer), waiter, &keys, attempt->err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	enum mcpauth_code refusal = check_signature(attempt, &keys);
	if (refusal == MCPAUTH_OK) {
		return MCPAUTH_OK;
	}
	struct mcpauth_error ignored;
	code = mcpauth__key_source_renew(mcpauth__issuer_key_source(issuer),
		attempt->entry.generation, waiter, &keys, &ignored);
	if (code == MCPAUTH_OK) {
		return check_signature(attempt, &keys);
	}
	if (code == MCPAUTH_E_UNKNOWN_KEY) {
		return refusal;
	}
	return code == MCPAUTH_PENDING ? code
				       : mcpauth__fail(attempt->err, code, "%s", ignored.message);
}

static void remember(struct attempt *attempt, struct mcpauth__identity *identity)
{
	const struct mcpauth__verifier *verifier = attempt->verifier;
	if (attempt->identified && attempt->cache_ms > 0) {
		attempt->entry.identity = identity;
		attempt->entry.until = mcpauth__clock_monotonic(verifier->clock)
			+ attempt->cache_ms;
		mcpauth__cache_put(verifier->cache, &attempt->entry);
	}
}

/* The program's own check comes last: it sees only claims that are proved. */
static enum mcpauth_code conclude(struct attempt *attempt, struct mcpauth__identity **identity)
{
	const struct mcpauth__claim_policy *policy = attempt->rules.policy;
	const char *resource = attempt->presented->trust->resource;
	if (policy->check != NULL
		&& !policy->check(attempt->jws.payload, resource, policy->check_user)) {
		return mcpauth__fail(attempt->err, MCPAUTH_E_CLAIM_CHECK,
			"the program's own check of the claims said no");
	}
	enum mcpauth_code code = mcpauth__identity_new(
		&attempt->jws, policy, resource, identity, attempt->err);
	if (code == MCPAUTH_OK) {
		remember(attempt, *identity);
	}
	return code;
}

static enum mcpauth_code check_remembered(
	struct attempt *attempt, struct mcpauth__identity **identity)
{
	struct mcpauth__identity *found = attempt->entry.identity;
	enum mcpauth_code code = mcpauth__claims_check_times(
		found->end, found->not_before, &attempt->rules, attempt->err);
	if (code != MCPAUTH_OK) {
		mcpauth__identity_free(found);
		return code;
	}
	*identity = found;
	return MCPAUTH_OK;
}

static enum mcpauth_code verify(struct attempt *attempt, struct mcpauth__identity **identity)
{
	if (remembered(attempt)) {
		return check_remembered(attempt, identity);
	}
	enum mcpauth_code code = read_token(attempt);
	if (code == MCPAUTH_OK) {
		code = verify_signature(attempt);
	}
	return code == MCPAUTH_OK ? conclude(attempt, identity) : code;
}

static enum mcpauth_code ask(struct attempt *attempt)
{
	const struct mcpauth__presented *presented = attempt->presented;
	size_t length = strlen(presented->token);
	if (length == 0 || length > MCPAUTH__TOKEN_LIMIT) {
		return mcpauth__fail(attempt->err, MCPAUTH_E_MALFORMED_TOKEN,
			"the token is empty or over the limit");
	}
	return mcpauth__inquiry_ask(&presented->trust->custom, presented->token,
		presented->trust->resource, presented->inquiry, attempt->err);
}

static enum mcpauth_code read_answer(struct attempt *attempt)
{
	const char *claims;
	size_t length;
	enum mcpauth_code code = mcpauth__inquiry_result(*attempt->presented->inquiry,
		attempt->presented->waiter, &claims, &length, attempt->err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	attempt->jws.payload_text = claims;
	code = mcpauth__json_parse_claims(claims, length, &attempt->jws.payload, attempt->err);
	if (code == MCPAUTH_E_INVALID_JSON) {
		return mcpauth__fail(attempt->err, MCPAUTH_E_INVALID_CLAIM,
			"the verifier's claims are not a strict JSON object");
	}
	if (code == MCPAUTH_OK) {
		code = find_issuer(attempt);
	}
	return code == MCPAUTH_OK ? check_claims(attempt) : code;
}

/* Unlike a JWT, such a token may say something else when asked about again: what
 * is remembered does not outlast the times that it named. */
static void limit_cache(struct attempt *attempt)
{
	int64_t left = (mcpauth__claim_policy_end(attempt->rules.policy, attempt->jws.payload)
			       - attempt->rules.now)
		* 1000;
	attempt->entry.without_keys = true;
	attempt->cache_ms = left < attempt->cache_ms ? left : attempt->cache_ms;
}

static enum mcpauth_code verify_custom(struct attempt *attempt, struct mcpauth__identity **identity)
{
	const struct mcpauth__presented *presented = attempt->presented;
	enum mcpauth_code code = MCPAUTH_OK;
	attempt->rules.without_header = true;
	if (*presented->inquiry == NULL) {
		if (remembered(attempt) && check_remembered(attempt, identity) == MCPAUTH_OK) {
			return MCPAUTH_OK;
		}
		code = ask(attempt);
	}
	if (code == MCPAUTH_OK) {
		code = read_answer(attempt);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	limit_cache(attempt);
	return conclude(attempt, identity);
}

enum mcpauth_code mcpauth__verifier_check(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	*identity = NULL;
	/* A key that fails is forgiven if a newer one fits: only what the whole
	 * came to is the caller's. */
	struct mcpauth_error why = {0};
	bool is_custom = presented->trust->custom.verify != NULL;
	struct attempt attempt = {
		.verifier = verifier,
		.presented = presented,
		.cache_ms = is_custom ? presented->trust->custom.cache_ms : verifier->cache_ms,
		.rules =
			{
				.audiences = &presented->trust->audiences,
				.any_slash = !presented->trust->audiences_given,
				.recipient_claim = presented->trust->recipient_claim,
				.recipients = &presented->trust->recipients,
				.any_audience = presented->trust->any_audience,
				.now = mcpauth__clock_real(verifier->clock),
				.tolerance = verifier->tolerance,
			},
		.err = &why,
	};
	attempt.identified = identify(&attempt);
	enum mcpauth_code code = is_custom ? verify_custom(&attempt, identity)
					   : verify(&attempt, identity);
	mcpauth__jws_finish(&attempt.jws);
	if (code != MCPAUTH_OK && code != MCPAUTH_PENDING && err != NULL) {
		*err = why;
	}
	return code;
}
