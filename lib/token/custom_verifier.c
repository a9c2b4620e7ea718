/* Letting a verifier of the program's own judge a token, and holding it to the same rules. */
#include "token/custom_verifier.h"

#include "base/error_int.h"

static enum mcpauth_code ask(struct mcpauth__attempt *attempt)
{
	const struct mcpauth__presented *presented = attempt->presented;
	if (presented->length == 0 || presented->length > MCPAUTH__TOKEN_LIMIT) {
		return mcpauth__fail(attempt->err, MCPAUTH_E_MALFORMED_TOKEN,
			"the token is empty or over the limit");
	}
	return mcpauth__inquiry_ask(&presented->trust->custom, presented->token,
		presented->trust->resource, presented->inquiry, attempt->err);
}

static enum mcpauth_code read_answer(struct mcpauth__attempt *attempt)
{
	const char *claims;
	size_t length;
	enum mcpauth_code code = mcpauth__inquiry_result(*attempt->presented->inquiry,
		attempt->presented->waiter, &claims, &length, attempt->err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = mcpauth__jws_from_claims(claims, length, &attempt->jws, attempt->err);
	if (code == MCPAUTH_E_INVALID_JSON) {
		return mcpauth__fail(attempt->err, MCPAUTH_E_INVALID_CLAIM,
			"the verifier's claims are not a strict JSON object");
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__attempt_find_issuer(attempt);
	}
	return code == MCPAUTH_OK ? mcpauth__attempt_check_claims(attempt) : code;
}

/* Unlike a JWT, such a token may say something else when asked about again: what
 * is remembered does not outlast the times that it named. */
static void limit_cache(struct mcpauth__attempt *attempt)
{
	int64_t left = (mcpauth__claim_policy_end(attempt->rules.policy, attempt->jws.payload)
			       - attempt->rules.now)
		* 1000;
	attempt->cache_ms = left < attempt->cache_ms ? left : attempt->cache_ms;
}

/* Asked once per token that is not remembered, however often it is looked at: the
 * inquiry stays with the one who waits. */
static enum mcpauth_code ask_once(struct mcpauth__attempt *attempt)
{
	return *attempt->presented->inquiry != NULL ? MCPAUTH_OK : ask(attempt);
}

enum mcpauth_code mcpauth__verify_custom(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
{
	attempt->rules.without_header = true;
	enum mcpauth_code code = ask_once(attempt);
	if (code == MCPAUTH_OK) {
		code = read_answer(attempt);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	limit_cache(attempt);
	return mcpauth__attempt_conclude(attempt, identity);
}
