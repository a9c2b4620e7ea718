/* Whom the tools of `todo-manager` serve, when it is not plain from a login. */
#include "posted.h"
#include "support/check.h"
#include "todo-manager/tools.h"

#include <stdlib.h>
#include <string.h>

#define ISSUER "https://as.example"
#define CALL \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{" \
	"\"name\":\"create-todo\",\"arguments\":{\"content\":\"x\"},\"_meta\":{" \
	"\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}}}"

struct house {
	struct mcpauth *auth;
	struct todo_store *store;
	struct todo_tools *tools;
	struct mcp_server *server;
};

static struct house open_house(bool no_auth)
{
	struct house house = {.auth = posted_auth(), .store = todo_store_new()};
	assert_non_null(house.store);
	house.tools = todo_tools_new(house.store, no_auth);
	assert_non_null(house.tools);
	house.server = posted_server(house.auth);
	assert_true(todo_tools_add(house.tools, house.server));
	return house;
}

static void close_house(struct house *house)
{
	mcp_server_free(house->server);
	todo_tools_free(house->tools);
	todo_store_free(house->store);
	mcpauth_free(house->auth);
}

/* The text of the tool's answer begins so. */
static void check_create(
	const struct house *house, const struct mcpauth_auth_info *who, const char *beginning)
{
	struct reply reply;
	posted_answer(house->server, CALL, NULL, who, &reply);
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
	struct mcpauth_auth_info *nobody = posted_bearer(ISSUER, "{\"scope\":\"create:todos\"}");
	struct mcpauth_auth_info *bob = posted_bearer(
		ISSUER, "{\"sub\":\"bob\",\"scope\":\"create:todos\"}");
	(void)state;
	check_create(&house, nobody, "invalid_token: ");
	check_create(&house, bob, "{\"id\":");
	mcpauth_auth_info_free(nobody);
	mcpauth_auth_info_free(bob);
	close_house(&house);
}

/* Would the chain let a caller with these claims get as far as the tool? */
static bool reaches(const char *claims, const char *tool)
{
	struct mcpauth *auth = posted_auth();
	struct mcpauth_auth_info *who = posted_bearer(ISSUER, claims);
	struct mcpauth_operations *operations;
	CHECK_OK(mcpauth_operations_new(auth, &operations, &err));
	CHECK_OK(todo_tools_add_operations(operations, &err));
	bool may = mcpauth_operations_allow(operations, who, "tools/call", tool);
	mcpauth_operations_free(operations);
	mcpauth_auth_info_free(who);
	mcpauth_free(auth);
	return may;
}

static void refuses_a_scope_that_only_begins_like_the_one_needed(void **state)
{
	(void)state;
	assert_false(
		reaches("{\"sub\":\"bob\",\"scope\":\"create create:todos:draft CREATE:TODOS\"}",
			"create-todo"));
	assert_true(reaches("{\"sub\":\"bob\",\"scope\":\"a create:todos\"}", "create-todo"));
}

static void asks_for_a_scope_to_create_and_for_none_to_list_or_delete(void **state)
{
	(void)state;
	assert_false(
		reaches("{\"sub\":\"bob\",\"scope\":\"read:todos delete:todos\"}", "create-todo"));
	assert_true(reaches("{\"sub\":\"bob\"}", "get-todos"));
	assert_true(reaches("{\"sub\":\"bob\"}", "delete-todo"));
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
		cmocka_unit_test(asks_for_a_scope_to_create_and_for_none_to_list_or_delete),
		cmocka_unit_test(serves_nobody_in_particular_only_if_told_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
