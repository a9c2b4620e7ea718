/* What reaches the MCP part of the examples. */
#include "posted.h"

#include "base/json.h"
#include "mcp/message.h"
#include "support/check.h"
#include "token/auth_info_int.h"

#include <stdlib.h>
#include <string.h>

struct slice posted_text(const char *value)
{
	return (struct slice){value, value != NULL ? strlen(value) : 0};
}

void posted_answer(const struct mcp_server *server, const char *body,
	const struct era_headers *headers, const struct mcpauth_auth_info *who, struct reply *reply)
{
	struct mcpauth__message_fault fault = {0};
	struct mcpauth_message *message;
	struct era_post post = {.who = who};
	enum mcpauth_code code = mcpauth__message_read(body, strlen(body), &message, &fault);
	CHECK_ROW(body, code == MCPAUTH_OK);
	if (headers != NULL) {
		post.headers = *headers;
	}
	post.message = message;
	era_answer(server, &post, reply);
	mcpauth__message_free(message);
}

struct mcpauth_auth_info *posted_bearer(const char *issuer, const char *claims)
{
	struct mcpauth__jws jws;
	struct mcpauth__identity *identity;
	struct mcpauth__claim_policy policy;
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	assert_true(mcpauth__claim_policy_init(&policy, &usual));
	cJSON *said = cJSON_Parse(claims);
	assert_non_null(cJSON_AddStringToObject(said, "iss", issuer));
	char *text_said = cJSON_PrintUnformatted(said);
	assert_non_null(text_said);
	CHECK_OK(mcpauth__jws_from_claims(text_said, strlen(text_said), &jws, &err));
	free(text_said);
	cJSON_Delete(said);
	struct mcpauth__identity_parts parts = {
		.pool = mcpauth__identity_pool_new(),
		.policy = &policy,
		.resource = "https://api.example/mcp",
	};
	assert_non_null(parts.pool);
	CHECK_OK(mcpauth__identity_new(&jws, &parts, &identity, &err));
	mcpauth__identity_pool_free(parts.pool);
	mcpauth__claim_policy_finish(&policy);
	struct mcpauth_auth_info *info = mcpauth__auth_info_new(identity, "a.b.c");
	assert_non_null(info);
	return info;
}

struct mcpauth *posted_auth(void)
{
	struct mcpauth *auth;
	CHECK_OK(mcpauth_new(NULL, &auth, &err));
	return auth;
}

struct mcp_server *posted_server(struct mcpauth *auth)
{
	const struct mcp_server_config config = {
		.name = "test",
		.version = "1.2",
		.path = "/mcp",
		.auth = auth,
	};
	struct mcp_server *server = mcp_server_new(&config);
	assert_non_null(server);
	return server;
}
