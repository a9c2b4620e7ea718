/* Auth infos from claims, with all they hang on. */
#include "support/principal.h"

#include "support/check.h"
#include "token/auth_info_int.h"

#include <string.h>

void principal_init(struct principal *principal, const char *claims, const char *token)
{
	const struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth__jws jws = {0};
	struct mcpauth__identity *identity;
	*principal = (struct principal){0};
	if (claims == NULL) {
		return;
	}
	principal->pool = mcpauth__identity_pool_new();
	assert_non_null(principal->pool);
	assert_true(mcpauth__claim_policy_init(&principal->policy, &usual));
	const struct mcpauth__identity_parts parts = {
		.pool = principal->pool,
		.policy = &principal->policy,
		.resource = "https://api.example/mcp",
	};
	CHECK_OK(mcpauth__jws_from_claims(claims, strlen(claims), &jws, &err));
	CHECK_OK(mcpauth__identity_new(&jws, &parts, &identity, &err));
	principal->info = mcpauth__auth_info_new(identity, token);
	assert_non_null(principal->info);
}

void principal_finish(struct principal *principal)
{
	mcpauth_auth_info_free(principal->info);
	if (principal->pool != NULL) {
		mcpauth__identity_pool_free(principal->pool);
		mcpauth__claim_policy_finish(&principal->policy);
	}
	*principal = (struct principal){0};
}
