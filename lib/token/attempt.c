/* What every judge of a token has in common: the issuer, the claims, the identity. */
#include "token/attempt.h"

#include "base/error_int.h"
#include "base/json.h"

enum mcpauth_code mcpauth__attempt_find_issuer(struct mcpauth__attempt *attempt)
{
	const struct mcpauth__trust *trust = attempt->presented->trust;
	const char *named = mcpauth__json_string(attempt->jws.payload, "iss");
	attempt->issuer = named == NULL ? NULL : mcpauth__trust_find_issuer(trust, named);
	if (attempt->issuer != NULL) {
		return MCPAUTH_OK;
	}
	return mcpauth__fail(attempt->err, MCPAUTH_E_UNTRUSTED_ISSUER,
		trust->count == 0       ? "the resource has no issuer: mcpauth_add_issuer()"
			: named == NULL ? "iss is missing or no string"
					: "iss is none of the resource's issuers");
}

/* Who is asked answers for himself alone: another issuer's name is no slip of the pen. */
enum mcpauth_code mcpauth__attempt_check_answerer(
	const struct mcpauth__attempt *attempt, const struct mcpauth__issuer *issuer)
{
	const char *named = mcpauth__json_string(attempt->jws.payload, "iss");
	return named != NULL
			&& mcpauth__trust_find_issuer(attempt->presented->trust, named) == issuer
		? MCPAUTH_OK
		: mcpauth__fail(attempt->err, MCPAUTH_E_UNTRUSTED_ISSUER,
			"iss is not the issuer whose introspection endpoint was asked");
}

enum mcpauth_code mcpauth__attempt_check_claims(struct mcpauth__attempt *attempt)
{
	attempt->rules.policy = mcpauth__issuer_claim_policy(attempt->issuer);
	return mcpauth__claims_check(&attempt->jws, &attempt->rules, attempt->err);
}

void mcpauth__attempt_limit_cache(struct mcpauth__attempt *attempt, int64_t most)
{
	int64_t left = (mcpauth__claim_policy_end(attempt->rules.policy, attempt->jws.payload)
			       - attempt->rules.now)
		* 1000;
	most = left < most ? left : most;
	attempt->cache_ms = most < attempt->cache_ms ? most : attempt->cache_ms;
}

enum mcpauth_code mcpauth__attempt_identify(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
{
	const struct mcpauth__trust *trust = attempt->presented->trust;
	struct mcpauth__identity_parts parts = {
		.pool = attempt->verifier->identities,
		.policy = attempt->rules.policy,
		.resource = trust->resource,
		.scope_names = trust->scope_names,
		.hierarchy = trust->hierarchy,
	};
	return mcpauth__identity_new(&attempt->jws, &parts, identity, attempt->err);
}

/* The program's own check comes last: it sees only claims that are proved. */
enum mcpauth_code mcpauth__attempt_conclude(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
{
	const struct mcpauth__claim_policy *policy = attempt->rules.policy;
	const struct mcpauth__trust *trust = attempt->presented->trust;
	if (policy->check != NULL
		&& !policy->check(attempt->jws.payload, trust->resource, policy->check_user)) {
		return mcpauth__fail(attempt->err, MCPAUTH_E_CLAIM_CHECK,
			"the program's own check of the claims said no");
	}
	return mcpauth__attempt_identify(attempt, identity);
}
