/**
 * @file
 * Somebody who calls, without a token that was verified: what an auth info says is given.
 */
#ifndef MCPAUTH_TEST_PRINCIPAL_H
#define MCPAUTH_TEST_PRINCIPAL_H

#include "token/identity.h"

#include <mcpauth/auth_info.h>

struct principal {
	struct mcpauth__identity_pool *pool;
	struct mcpauth__claim_policy policy;
	struct mcpauth_auth_info *info; /* NULL: nobody */
};

/**
 * Make one.
 *
 * @param claims  JSON; NULL makes nobody
 * @param token   what was shown
 */
void principal_init(struct principal *principal, const char *claims, const char *token);

void principal_finish(struct principal *principal);

#endif
