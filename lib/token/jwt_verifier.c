/* Judging a JWT: cheap refusals first, then keys, then the signature. */
#include "token/jwt_verifier.h"

#include "base/error_int.h"

static enum mcpauth_code check_algorithm(const struct mcpauth__attempt *attempt)
{
	unsigned bit = MCPAUTH__ALGORITHM_BIT(attempt->jws.algorithm);
	if ((mcpauth__issuer_algorithms(attempt->issuer) & bit) != 0) {
		return MCPAUTH_OK;
	}
	return mcpauth__fail(
		attempt->err, MCPAUTH_E_ALGORITHM, "alg is not accepted from this issuer");
}

enum mcpauth_code mcpauth__jwt_read(struct mcpauth__attempt *attempt)
{
	const struct mcpauth__presented *presented = attempt->presented;
	enum mcpauth_code code = mcpauth__jws_parse(
		presented->token, presented->length, &attempt->jws, attempt->err);
	return code == MCPAUTH_OK ? mcpauth__attempt_find_issuer(attempt) : code;
}

static enum mcpauth_code check_signature(
	struct mcpauth__attempt *attempt, struct mcpauth__keys *keys)
{
	enum mcpauth_code code = mcpauth__jwks_verify(keys->set, attempt->jws.kid,
		attempt->jws.algorithm, &attempt->jws.content, attempt->err);
	attempt->generation = keys->generation;
	mcpauth__jwks_free(keys->set);
	keys->set = NULL;
	return code;
}

/* An issuer may have made a new key, even one of an old name. So a token that
 * fails asks for newer keys; mcpauth__document_renew() sees to it that a flood of such
 * tokens does not become a flood of fetches. */
static enum mcpauth_code verify_signature(struct mcpauth__attempt *attempt)
{
	struct mcpauth__issuer *issuer = attempt->issuer;
	struct mcpauth__waiter *waiter = attempt->presented->waiter;
	struct mcpauth__keys keys;
	enum mcpauth_code code = mcpauth__key_source_get(
		mcpauth__issuer_key_source(issuer), waiter, &keys, attempt->err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	enum mcpauth_code refusal = check_signature(attempt, &keys);
	if (refusal == MCPAUTH_OK || refusal == MCPAUTH_E_NO_MEMORY) {
		return refusal;
	}
	struct mcpauth_error unrenewed;
	code = mcpauth__key_source_renew(
		mcpauth__issuer_key_source(issuer), attempt->generation, waiter, &keys, &unrenewed);
	if (code == MCPAUTH_OK) {
		return check_signature(attempt, &keys);
	}
	if (code == MCPAUTH_E_UNKNOWN_KEY) {
		return refusal;
	}
	return code == MCPAUTH_PENDING ? code
				       : mcpauth__fail(attempt->err, code, "%s", unrenewed.message);
}

enum mcpauth_code mcpauth__jwt_judge(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
{
	enum mcpauth_code code = check_algorithm(attempt);
	if (code == MCPAUTH_OK) {
		/* Nothing here is proved yet, so it may refuse, never accept. */
		code = mcpauth__attempt_check_claims(attempt);
	}
	if (code == MCPAUTH_OK) {
		code = verify_signature(attempt);
	}
	return code == MCPAUTH_OK ? mcpauth__attempt_conclude(attempt, identity) : code;
}

enum mcpauth_code mcpauth__verify_jwt(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
{
	enum mcpauth_code code = mcpauth__jwt_read(attempt);
	return code == MCPAUTH_OK ? mcpauth__jwt_judge(attempt, identity) : code;
}
