/* Scenario: two issuers, a resource, a chain with routes of every kind. */
#include "scenario.h"

static bool add_issuers(struct mcpauth *auth)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_issuer_config other = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = ISSUER;
	issuer.jwks = scenario_keys();
	other.issuer = OTHER_ISSUER;
	other.metadata = "{\"issuer\":\"" OTHER_ISSUER "\",\"jwks_uri\":\"" OTHER_ISSUER "/keys\"}";
	other.required_claims = "sub jti";
	other.algorithms = "ES256 RS256";
	return may_fail(mcpauth_add_issuer(auth, RESOURCE, &issuer, NULL), "issuer")
		&& may_fail(mcpauth_add_issuer(auth, RESOURCE, &other, NULL), "other issuer")
		&& may_fail(mcpauth_accept_issuer_value(auth, ISSUER, "urn:v1", NULL), "value");
}

static bool add_resource(struct mcpauth *auth)
{
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	resource.resource = RESOURCE;
	resource.scopes_supported = "read write";
	resource.resource_name = "Notes";
	return may_fail(mcpauth_add_resource(auth, &resource, NULL), "resource");
}

static bool add_routes(struct mcpauth_chain *chain)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	policy.scopes = "read";
	policy.any_scopes = "write admin";
	policy.methods = "GET POST";
	stage.name = "nothing";
	return may_fail(mcpauth_chain_protect(chain, "/mcp", &policy, NULL), "protect")
		&& may_fail(mcpauth_chain_protect_prefix(chain, "/api", NULL, NULL), "prefix")
		&& may_fail(mcpauth_chain_protect_rest(chain, NULL, NULL), "rest")
		&& may_fail(mcpauth_chain_publish(chain, "/open", "GET", NULL), "publish")
		&& may_fail(
			mcpauth_chain_allow_origin(chain, "https://app.example", NULL), "origin")
		&& may_fail(mcpauth_chain_allow_host(chain, "inside:80", NULL), "host")
		&& may_fail(mcpauth_chain_add_header(chain, "X-A", "b", NULL), "header")
		&& may_fail(
			mcpauth_chain_serve_issuer_metadata(chain, OTHER_ISSUER, NULL), "legacy")
		&& may_fail(
			mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_LAST, &stage, NULL), "stage");
}

static bool build(struct mcpauth **auth, struct mcpauth_chain **chain)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.proxy = "http://proxy.example:3128";
	return may_fail(mcpauth_new(&config, auth, NULL), "mcpauth_new") && add_resource(*auth)
		&& add_issuers(*auth)
		&& may_fail(mcpauth_chain_new(*auth, NULL, chain, NULL), "chain")
		&& add_routes(*chain);
}

static bool attempt(unsigned long number)
{
	struct mcpauth *auth = NULL;
	struct mcpauth_chain *chain = NULL;
	torture_begin(number);
	bool good = build(&auth, &chain);
	torture_end();
	mcpauth_chain_free(chain);
	mcpauth_free(auth);
	return good;
}

int main(void)
{
	return scenario_run(attempt);
}
