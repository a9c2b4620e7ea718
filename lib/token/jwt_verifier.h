/* Judging a JWT. */
#ifndef MCPAUTH_TOKEN_JWT_VERIFIER_H
#define MCPAUTH_TOKEN_JWT_VERIFIER_H

#include "token/attempt.h"

/** Take it apart and find its issuer. If it is a JWT at all, the attempt's jws has a
 * header then, whatever is wrong with it. */
enum mcpauth_code mcpauth__jwt_read(struct mcpauth__attempt *attempt);

/** Judge what was read by its issuer's keys. @return as mcpauth__verifier_check() */
enum mcpauth_code mcpauth__jwt_judge(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity);

/** May its issuer use its algorithm? The first of what is asked of one that was read. */
enum mcpauth_code mcpauth__jwt_check_algorithm(const struct mcpauth__attempt *attempt);

/** Both. */
enum mcpauth_code mcpauth__verify_jwt(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity);

#endif
