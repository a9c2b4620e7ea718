/* What every judge of a token has in common: the cache, the issuer, the claims. */
#include "token/attempt.h"

#include "base/error_int.h"
#include "base/json.h"

bool mcpauth__attempt_remembered(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
{
	struct mcpauth__identity *found = attempt->has_digest
		? mcpauth__cache_find(attempt->verifier->cache, &attempt->entry,
			mcpauth__clock_coarse(attempt->verifier->clock))
		: NULL;
	if (found == NULL) {
		return false;
	}
	if (mcpauth__claims_check_times(
		    found->end, found->not_before, &attempt->rules, attempt->err)
		!= MCPAUTH_OK) {
		mcpauth__identity_free(found);
		return false;
	}
	*identity = found;
	return true;
}

enum mcpauth_code mcpauth__attempt_find_issuer(struct mcpauth__attempt *attempt)
{
	const struct mcpauth__trust *trust = attempt->presented->trust;
	const char *named = mcpauth__json_string(attempt->jws.payload, "iss");
	attempt->entry.issuer = named == NULL ? NULL : mcpauth__trust_find_issuer(trust, named);
	if (attempt->entry.issuer != NULL) {
		return MCPAUTH_OK;
	}
	return mcpauth__fail(attempt->err, MCPAUTH_E_UNTRUSTED_ISSUER,
		trust->count == 0       ? "the resource has no issuer: mcpauth_add_issuer()"
			: named == NULL ? "iss is missing or no string"
					: "iss is none of the resource's issuers");
}

enum mcpauth_code mcpauth__attempt_check_claims(struct mcpauth__attempt *attempt)
{
	attempt->rules.policy = mcpauth__issuer_claim_policy(attempt->entry.issuer);
	return mcpauth__claims_check(&attempt->jws, &attempt->rules, attempt->err);
}

static void remember(struct mcpauth__attempt *attempt, struct mcpauth__identity *identity)
{
	const struct mcpauth__verifier *verifier = attempt->verifier;
	if (attempt->has_digest && attempt->cache_ms > 0) {
		attempt->entry.identity = identity;
		attempt->entry.until = mcpauth__clock_coarse(verifier->clock) + attempt->cache_ms;
		mcpauth__cache_put(verifier->cache, &attempt->entry);
	}
}

/* The program's own check comes last: it sees only claims that are proved. */
enum mcpauth_code mcpauth__attempt_conclude(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
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
		(*identity)->scope_bits = mcpauth__scope_names_read(
			attempt->presented->trust->scope_names, &(*identity)->scopes);
		remember(attempt, *identity);
	}
	return code;
}
