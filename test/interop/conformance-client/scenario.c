/* What the suite wants played: the scenario's name and what it tells the client. */
#define _POSIX_C_SOURCE 200809L

#include "scenario.h"

#include "login.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

/* The suite knows this one; it lies nowhere. */
#define CLIENT_DOCUMENT "https://conformance-test.local/client-metadata.json"

bool scenario_read(struct scenario *scenario)
{
	const char *context = getenv("MCP_CONFORMANCE_CONTEXT");
	scenario->name = getenv("MCP_CONFORMANCE_SCENARIO");
	scenario->version = getenv("MCP_CONFORMANCE_PROTOCOL_VERSION");
	if (scenario->name == NULL || scenario->version == NULL) {
		return complain("MCP_CONFORMANCE_SCENARIO or _PROTOCOL_VERSION is not set");
	}
	if (context == NULL) {
		return true;
	}
	scenario->context = json_parse(context, strlen(context));
	return scenario->context != NULL || complain("MCP_CONFORMANCE_CONTEXT is no object");
}

void scenario_finish(struct scenario *scenario)
{
	cJSON_Delete(scenario->context);
	*scenario = (struct scenario){0};
}

static const char *told(const struct scenario *scenario, const char *name)
{
	return json_string(scenario->context, name);
}

static bool is_about(const struct scenario *scenario, const char *words)
{
	return strstr(scenario->name, words) != NULL;
}

static char *copy_told(const struct scenario *scenario, const char *name)
{
	const char *value = told(scenario, name);
	return value != NULL ? strdup(value) : NULL;
}

static char *id_token(void *user)
{
	return copy_told(user, "idp_id_token");
}

static char *workload_jwt(const char *issuer, void *user)
{
	const struct scenario *scenario = user;
	(void)issuer;
	return copy_told(scenario, scenario->workload);
}

static enum mcpauth_client_grant grant_of(const struct scenario *scenario)
{
	if (is_about(scenario, "/client-credentials-")) {
		return MCPAUTH_GRANT_CLIENT_CREDENTIALS;
	}
	if (told(scenario, "idp_id_token") != NULL) {
		return MCPAUTH_GRANT_ENTERPRISE;
	}
	return told(scenario, "valid_jwt") != NULL ? MCPAUTH_GRANT_WORKLOAD
						   : MCPAUTH_GRANT_AUTHORIZATION_CODE;
}

static enum mcpauth_code add_source(
	struct scenario *scenario, struct mcpauth_client *client, struct mcpauth_error *err)
{
	struct mcpauth_enterprise_config enterprise = MCPAUTH_ENTERPRISE_CONFIG_INIT;
	switch (grant_of(scenario)) {
	case MCPAUTH_GRANT_ENTERPRISE:
		enterprise.token_endpoint = told(scenario, "idp_token_endpoint");
		enterprise.client_id = told(scenario, "idp_client_id");
		enterprise.id_token = id_token;
		enterprise.user = scenario;
		return mcpauth_client_set_enterprise(client, &enterprise, err);
	case MCPAUTH_GRANT_WORKLOAD:
		return mcpauth_client_set_workload(client, workload_jwt, scenario, err);
	default:
		return MCPAUTH_OK;
	}
}

enum mcpauth_code scenario_client(struct scenario *scenario, struct mcpauth *auth,
	const char *server, struct mcpauth_client **client, struct mcpauth_error *err)
{
	struct mcpauth_client_config config = MCPAUTH_CLIENT_CONFIG_INIT;
	config.server = server;
	config.grant = grant_of(scenario);
	config.issuer = told(scenario, "issuer");
	/* Of most the suite does not tell beforehand whose the secret is. */
	config.allow_any_issuer = true;
	config.client_id = told(scenario, "client_id");
	config.client_secret = told(scenario, "client_secret");
	config.private_key = told(scenario, "private_key_pem");
	config.key_algorithm = told(scenario, "signing_algorithm");
	if (is_about(scenario, "/basic-cimd")) {
		config.client_metadata_url = CLIENT_DOCUMENT;
	}
	config.allow_missing_resource_metadata = is_about(scenario, "/2025-03-26-");
	config.login = login_at_once;
	config.step = scenario->step;
	enum mcpauth_code code = mcpauth_client_new(auth, &config, client, err);
	if (code == MCPAUTH_OK) {
		code = add_source(scenario, *client, err);
	}
	return code;
}
