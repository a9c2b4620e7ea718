/* Whom the tools of `todo-manager` serve, when it is not plain from a login. */
#include <cjson/cJSON.h>

#include "base/json.h"
#include "mcp/era.h"
#include "support/check.h"
#include "todo-manager/tools.h"
#include "token/auth_info_int.h"

#include <stdlib.h>
#include <string.h>

#define CALL \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{" \
	"\"name\":\"create-todo\",\"arguments\":{\"content\":\"x\"},\"_meta\":{" \
	"\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}}}"

struct house {
	struct todo_store *store;
	struct todo_tools *tools;
	struct mcp_server *server;
};

static struct house open_house(bool no_auth)
{
	struct house house = {.store = todo_store_new()};
	assert_non_null(house.store);
	house.tools = todo_tools_new(house.store, no_auth);
	assert_non_null(house.tools);
	house.server = mcp_server_new("test", "1.2", "/mcp");
	assert_non_null(house.server);
	assert_true(todo_tools_add(house.tools, house.server));
	return house;
}

static void close_house(struct house *house)
{
	mcp_server_free(house->server);
	todo_tools_free(house->tools);
	todo_store_free(house->store);
}

/* What a verified token with these claims makes of its bearer. */
static struct mcpauth_auth_info *bearer(const char *claims)
{
	struct mcpauth__jws jws;
	struct mcpauth__identity *identity;
	struct mcpauth__claim_policy policy;
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	assert_true(mcpauth__claim_policy_init(&policy, &usual));
	cJSON *said = cJSON_Parse(claims);
	assert_non_null(cJSON_AddStringToObject(said, "iss", "https://as.example"));
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

static struct slice text(const char *value)
{
	return (struct slice){value, strlen(value)};
}

/* The text of the tool's answer begins so. */
static void check_create(
	const struct house *house, const struct mcpauth_auth_info *who, const char *beginning)
{
	const struct era_headers headers = {
		.version = text("2026-07-28"),
		.method = text("tools/call"),
		.name = text("create-todo"),
	};
	struct reply reply;
	era_answer(house->server, text(CALL), &headers, who, &reply);
	assert_int_equal(reply.status, 200);
	cJSON *body = cJSON_Parse(reply.body);
	const cJSON *result = cJSON_GetObjectItemCaseSensitive(body, "result");
	const cJSON *block = cJSON_GetArrayItem(
		cJSON_GetObjectItemCaseSensitive(result, "content"), 0);
	const char *said = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(block, "text"));
	assert_non_null(said);
	CHECK_ROW(said, strncmp(said, beginning, strlen(beginning)) == 0);
	cJSON_Delete(body);
	free(reply.body);
}

static void refuses_a_token_that_names_nobody(void **state)
{
	struct house house = open_house(false);
	struct mcpauth_auth_info *nobody = bearer("{\"scope\":\"create:todos\"}");
	struct mcpauth_auth_info *bob = bearer("{\"sub\":\"bob\",\"scope\":\"create:todos\"}");
	(void)state;
	check_create(&house, nobody, "invalid_token: ");
	check_create(&house, bob, "{\"id\":");
	mcpauth_auth_info_free(nobody);
	mcpauth_auth_info_free(bob);
	close_house(&house);
}

static void refuses_a_scope_that_only_begins_like_the_one_needed(void **state)
{
	struct house house = open_house(false);
	struct mcpauth_auth_info *less = bearer(
		"{\"sub\":\"bob\",\"scope\":\"create create:todos:draft CREATE:TODOS\"}");
	struct mcpauth_auth_info *right = bearer("{\"sub\":\"bob\",\"scope\":\"a create:todos\"}");
	(void)state;
	check_create(&house, less, "insufficient_scope: create-todo needs the scope create:todos");
	check_create(&house, right, "{\"id\":");
	mcpauth_auth_info_free(less);
	mcpauth_auth_info_free(right);
	close_house(&house);
}

static void serves_nobody_in_particular_only_if_told_to(void **state)
{
	struct house closed = open_house(false);
	struct house open = open_house(true);
	(void)state;
	check_create(&closed, NULL, "invalid_token: ");
	check_create(&open, NULL, "{\"id\":");
	close_house(&closed);
	close_house(&open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_a_token_that_names_nobody),
		cmocka_unit_test(refuses_a_scope_that_only_begins_like_the_one_needed),
		cmocka_unit_test(serves_nobody_in_particular_only_if_told_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
