/* What an issuer's configuration says of the claims in its tokens. */
#ifndef MCPAUTH_TOKEN_CLAIM_POLICY_H
#define MCPAUTH_TOKEN_CLAIM_POLICY_H

#include "base/words.h"

#include <mcpauth/issuer.h>

#include <cjson/cJSON.h>

/** Lists parsed once, not per token. Immutable. */
struct mcpauth__claim_policy {
	bool strict_type; /* only at+jwt */
	int64_t max_age;  /* seconds since iat; 0: as long as exp says */
	struct mcpauth__words required;
	struct mcpauth__words scopes; /* where these three are, in this order */
	struct mcpauth__words clients;
	struct mcpauth__words subjects;
	mcpauth_claims_fn check; /* NULL: none */
	void *check_user;
};

/** Read a configuration. @return false without memory; finish it then, too */
bool mcpauth__claim_policy_init(
	struct mcpauth__claim_policy *policy, const struct mcpauth_issuer_config *config);

/** Zeroed storage is accepted. */
void mcpauth__claim_policy_finish(struct mcpauth__claim_policy *policy);

/**
 * When a token is too old: at `exp`, or earlier by the policy's max_age.
 *
 * @param claims  with the times that the policy wants
 * @return seconds since 1970
 */
int64_t mcpauth__claim_policy_end(const struct mcpauth__claim_policy *policy, const cJSON *claims);

#endif
