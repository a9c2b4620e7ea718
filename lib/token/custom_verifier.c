/* Letting a verifier of the program's own judge a token, and holding it to the same rules. */
#include "token/custom_verifier.h"

#include "base/error_int.h"

static enum mcpauth_code read_claims(
	struct mcpauth__attempt *attempt, const char *claims, size_t length)
{
	mcpauth__jws_finish(&attempt->jws);
	enum mcpauth_code code = mcpauth__jws_from_claims(
		claims, length, &attempt->jws, attempt->err);
	if (code == MCPAUTH_E_INVALID_JSON) {
		return mcpauth__fail(attempt->err, MCPAUTH_E_INVALID_CLAIM,
			"the verifier's claims are not a strict JSON object");
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__attempt_find_issuer(attempt);
	}
	return code == MCPAUTH_OK ? mcpauth__attempt_check_claims(attempt) : code;
}

/* Asked once per token that is not remembered, however often it is looked at: the
 * inquiry stays with the one who waits. */
static enum mcpauth_code ask_once(struct mcpauth__attempt *attempt)
{
	const struct mcpauth__presented *presented = attempt->presented;
	if (presented->progress->inquiry != NULL) {
		return MCPAUTH_OK;
	}
	return mcpauth__inquiry_ask(&presented->trust->custom, presented->token,
		presented->trust->resource, &presented->progress->inquiry, attempt->err);
}

enum mcpauth_code mcpauth__verify_custom(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known)
{
	const struct mcpauth__presented *presented = attempt->presented;
	const char *claims = NULL;
	size_t length;
	*known = true;
	enum mcpauth_code code = ask_once(attempt);
	if (code == MCPAUTH_OK) {
		code = mcpauth__inquiry_result(presented->progress->inquiry, presented->waiter,
			&claims, &length, attempt->err);
	}
	*known = code != MCPAUTH_OK || claims != NULL;
	if (code != MCPAUTH_OK || claims == NULL) {
		return code;
	}
	attempt->rules.without_header = true;
	code = read_claims(attempt, claims, length);
	if (code != MCPAUTH_OK) {
		return code;
	}
	mcpauth__attempt_limit_cache(attempt, presented->trust->custom.cache_ms);
	return mcpauth__attempt_conclude(attempt, identity);
}
