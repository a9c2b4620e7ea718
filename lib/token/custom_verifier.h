/* Having a token judged by the program. */
#ifndef MCPAUTH_TOKEN_CUSTOM_VERIFIER_H
#define MCPAUTH_TOKEN_CUSTOM_VERIFIER_H

#include "token/attempt.h"

/**
 * Let the program's own verifier judge it.
 *
 * @param[out] known  false: it passed the token on, and the rest is as it was
 * @return as mcpauth__verifier_check(); after MCPAUTH_PENDING it is called again with
 *         the same inquiry
 */
enum mcpauth_code mcpauth__verify_custom(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known);

#endif
