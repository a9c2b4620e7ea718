/* Having a token judged by issuers' introspection endpoints (RFC 7662). */
#ifndef MCPAUTH_TOKEN_INTROSPECTION_VERIFIER_H
#define MCPAUTH_TOKEN_INTROSPECTION_VERIFIER_H

#include "token/attempt.h"

/**
 * Ask the attempt's issuer, or, if it has none, those of the resource's that can be
 * asked, one after the other. The first that says `active` is the attempt's issuer then,
 * and his verdict is final.
 *
 * @param[out] known  false: nobody says that it is active, and the progress says what
 *                    came of asking
 * @return as mcpauth__verifier_check()
 */
enum mcpauth_code mcpauth__verify_introspection(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known);

#endif
