/* Verification of one token: cheap refusals first, then keys, then the signature. */
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
	struct mcpauth__claim_rules rules;
	struct mcpauth__jws jws;
	struct mcpauth_error *err;
};

static bool remembered(struct attempt *attempt)
{
	struct mcpauth__cache *cache = attempt->verifier->cache;
	const char *token = attempt->presented->token;
	attempt->entry.trust = attempt->presented->trust->id;
	return cache != NULL && mcpauth__sha256(token, strlen(token), attempt->entry.digest)
		&& mcpauth__cache_find(
			cache, &attempt->entry, mcpauth__clock_monotonic(attempt->verifier->clock));
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
		attempt->rules.strict_type = mcpauth__issuer_is_strict(attempt->entry.issuer);
		code = mcpauth__claims_check(&attempt->jws, &attempt->rules, attempt->err);
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
	if (verifier->cache != NULL) {
		attempt->entry.identity = identity;
		attempt->entry.until = mcpauth__clock_monotonic(verifier->clock)
			+ verifier->cache_ms;
		mcpauth__cache_put(verifier->cache, &attempt->entry);
	}
}

static enum mcpauth_code check_remembered(
	struct attempt *attempt, struct mcpauth__identity **identity)
{
	struct mcpauth__identity *found = attempt->entry.identity;
	enum mcpauth_code code = mcpauth__claims_check_times(
		found->expires_at, found->not_before, &attempt->rules, attempt->err);
	if (code != MCPAUTH_OK) {
		mcpauth__identity_free(found);
		return code;
	}
	*identity = found;
	return MCPAUTH_OK;
}

static enum mcpauth_code verify(struct attempt *attempt, struct mcpauth__identity **identity)
{
	enum mcpauth_code code = read_token(attempt);
	if (code == MCPAUTH_OK) {
		code = verify_signature(attempt);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__identity_new(&attempt->jws,
			mcpauth__json_string(attempt->jws.payload, "iss"),
			attempt->presented->trust->resource, identity, attempt->err);
	}
	if (code == MCPAUTH_OK) {
		remember(attempt, *identity);
	}
	mcpauth__jws_finish(&attempt->jws);
	return code;
}

enum mcpauth_code mcpauth__verifier_check(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	*identity = NULL;
	/* A key that fails is forgiven if a newer one fits: only what the whole
	 * came to is the caller's. */
	struct mcpauth_error why = {0};
	struct attempt attempt = {
		.verifier = verifier,
		.presented = presented,
		.rules =
			{
				.audiences = &presented->trust->audiences,
				.any_slash = !presented->trust->audiences_given,
				.now = mcpauth__clock_real(verifier->clock),
				.tolerance = verifier->tolerance,
			},
		.err = &why,
	};
	enum mcpauth_code code = remembered(&attempt) ? check_remembered(&attempt, identity)
						      : verify(&attempt, identity);
	if (code != MCPAUTH_OK && code != MCPAUTH_PENDING && err != NULL) {
		*err = why;
	}
	return code;
}
