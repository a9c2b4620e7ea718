/* What a client is told when it is refused. */
#ifndef MCPAUTH_MIDDLEWARE_CHALLENGE_H
#define MCPAUTH_MIDDLEWARE_CHALLENGE_H

#include "exchange_int.h"

/** Why a request is refused. */
struct mcpauth__refusal {
	enum mcpauth_code code;
	const char *scopes;  /* needed besides the route's own, or NULL */
	const char *details; /* for routes with allow_error_details, or NULL */
};

/**
 * Make the answer that a refusal calls for: status, WWW-Authenticate, body.
 *
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__challenge(
	struct mcpauth_exchange *exchange, const struct mcpauth__refusal *refusal);

#endif
