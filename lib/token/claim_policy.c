/* An issuer's own rules for claims, made ready for many tokens. */
#include "token/claim_policy.h"

#include "base/json.h"

/* Providers disagree on where things are. Scopes: RFC 8693 section 4.2 `scope`,
 * Entra and Okta `scp`, some `scopes`. Clients: RFC 8693 section 4.3, OpenID
 * Connect `azp`, Okta `cid`, Entra `appid`. */
#define SCOPE_CLAIMS "scope scp scopes"
#define CLIENT_CLAIMS "client_id azp cid appid"
#define SUBJECT_CLAIMS "sub"

static bool read_names(struct mcpauth__words *words, const char *names, const char *otherwise)
{
	return mcpauth__words_split(words, names)
		&& (words->count > 0 || mcpauth__words_split(words, otherwise));
}

bool mcpauth__claim_policy_init(
	struct mcpauth__claim_policy *policy, const struct mcpauth_issuer_config *config)
{
	*policy = (struct mcpauth__claim_policy){
		.strict_type = config->strict_type,
		.max_age = config->max_age,
		.check = config->check_claims,
		.check_user = config->check_claims_user,
	};
	return mcpauth__words_split(&policy->required, config->required_claims)
		&& read_names(&policy->scopes, config->scope_claims, SCOPE_CLAIMS)
		&& read_names(&policy->clients, config->client_claims, CLIENT_CLAIMS)
		&& read_names(&policy->subjects, config->subject_claims, SUBJECT_CLAIMS);
}

void mcpauth__claim_policy_finish(struct mcpauth__claim_policy *policy)
{
	mcpauth__words_finish(&policy->required);
	mcpauth__words_finish(&policy->scopes);
	mcpauth__words_finish(&policy->clients);
	mcpauth__words_finish(&policy->subjects);
}

int64_t mcpauth__claim_policy_end(const struct mcpauth__claim_policy *policy, const cJSON *claims)
{
	int64_t expires_at;
	int64_t issued_at;
	mcpauth__json_seconds(claims, "exp", &expires_at);
	if (policy->max_age == 0 || !mcpauth__json_seconds(claims, "iat", &issued_at)) {
		return expires_at;
	}
	/* At exactly max_age a token is still good, at exactly exp it is not. */
	int64_t too_old = issued_at + policy->max_age + 1;
	return too_old < expires_at ? too_old : expires_at;
}
