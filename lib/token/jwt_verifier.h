/* Judging a JWT. */
#ifndef MCPAUTH_TOKEN_JWT_VERIFIER_H
#define MCPAUTH_TOKEN_JWT_VERIFIER_H

#include "token/attempt.h"

/** Judge it by its issuer's keys. @return as mcpauth__verifier_check() */
enum mcpauth_code mcpauth__verify_jwt(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity);

#endif
