/* Judging a JWT: cheap refusals first, then keys, then the signature. */
#include "token/jwt_verifier.h"

#include "base/error_int.h"

enum mcpauth_code mcpauth__jwt_check_algorithm(const struct mcpauth__attempt *attempt)
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

enum mcpauth_code mcpauth__jwt_judge(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
{
	enum mcpauth_code code = mcpauth__jwt_check_algorithm(attempt);
	if (code == MCPAUTH_OK) {
		/* Nothing here is proved yet, so it may refuse, never accept. */
		code = mcpauth__attempt_check_claims(attempt);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__key_source_verify(mcpauth__issuer_key_source(attempt->issuer),
			&attempt->jws, attempt->presented->waiter, &attempt->generation,
			attempt->err);
	}
	return code == MCPAUTH_OK ? mcpauth__attempt_conclude(attempt, identity) : code;
}

enum mcpauth_code mcpauth__verify_jwt(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity)
{
	enum mcpauth_code code = mcpauth__jwt_read(attempt);
	return code == MCPAUTH_OK ? mcpauth__jwt_judge(attempt, identity) : code;
}
