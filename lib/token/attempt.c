/* What every judge of a token has in common: the issuer, the claims, the cache. */
#include "token/attempt.h"

#include "base/error_int.h"
#include "base/json.h"

/* A token of many tiny values takes up to thirty times its length. One that takes
 * this much is verified each time: a cache full of them would take gigabytes. */
#define REMEMBERED_SIZE (128 * 1024)

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
	if (attempt->sight->has_key && attempt->cache_ms > 0
		&& mcpauth__arena_size(&identity->arena) <= REMEMBERED_SIZE) {
		attempt->entry.key = attempt->sight->key;
		attempt->entry.identity = identity;
		attempt->entry.until = attempt->sight->coarse + attempt->cache_ms;
		mcpauth__cache_put(attempt->verifier->cache, &attempt->entry);
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
	struct mcpauth__identity_parts parts = {attempt->verifier->identities, policy, resource};
	enum mcpauth_code code = mcpauth__identity_new(
		&attempt->jws, &parts, identity, attempt->err);
	if (code == MCPAUTH_OK) {
		(*identity)->scope_bits = mcpauth__scope_names_read(
			attempt->presented->trust->scope_names, &(*identity)->scopes);
		remember(attempt, *identity);
	}
	return code;
}
