/* Scopes that include others, through the chain: who passes, and what a challenge asks for. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <mcpauth/operations.h>

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A server where admin includes "notes:*", unless it has no pair. */
static void start(struct fake_server *server, bool has_pair)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	fake_server_start(server, FAKE_AT_HAND, NULL);
	if (has_pair) {
		CHECK_OK(mcpauth_imply_scopes(server->auth, NULL, "admin", "notes:*", &err));
	}
	policy.scopes = "notes:read";
	CHECK_OK(mcpauth_chain_protect(server->chain, "/read", &policy, &err));
	policy.scopes = "notes:read users:read";
	CHECK_OK(mcpauth_chain_protect(server->chain, "/users", &policy, &err));
	policy.scopes = NULL;
	policy.any_scopes = "files:read notes:write";
	CHECK_OK(mcpauth_chain_protect(server->chain, "/any", &policy, &err));
	policy.scopes = "users:read";
	CHECK_OK(mcpauth_chain_protect(server->chain, "/both", &policy, &err));
}

/* What a client of this revision is asked for: "" if it passes. Caller frees. */
static char *asked_for(
	struct fake_server *server, const char *path, const char *granted, const char *revision)
{
	struct fake_exchange fake;
	char *bearer = fake_server_bearer(server, granted);
	struct fake_request request = {.path = path,
		.headers = {"Authorization", bearer, "MCP-Protocol-Version", revision}};
	fake_exchange_start(&fake, server, &request);
	fake_exchange_serve(&fake);
	const char *challenge = fake_exchange_header(&fake, "WWW-Authenticate");
	assert_int_equal(fake_exchange_status(&fake), challenge == NULL ? 0 : 403);
	const char *from = challenge == NULL ? NULL : strstr(challenge, "scope=\"");
	from = from == NULL ? "" : from + strlen("scope=\"");
	char *scopes = strndup(from, strcspn(from, "\""));
	assert_non_null(scopes);
	fake_exchange_finish(&fake);
	free(bearer);
	return scopes;
}

static const struct {
	const char *label;
	const char *path;
	const char *granted;
	const char *with;    /* what is asked for where admin includes "notes:*" */
	const char *without; /* and where it does not */
} rows[] = {
	{"what it includes", "/read", "admin", "", "notes:read"},
	{"what is granted", "/read", "notes:read", "", ""},
	{"something else", "/read", "notes:write", "notes:read", "notes:read"},
	{"one more than it includes", "/users", "admin", "notes:read users:read",
		"notes:read users:read"},
	{"that one, too", "/users", "admin users:read", "", "notes:read users:read"},
	{"one of several", "/any", "admin", "", "files:read"},
	{"none of several", "/any", "users:read", "files:read", "files:read"},
	{"one more, and the one of several that it includes", "/both", "admin",
		"users:read notes:write", "users:read files:read"},
	{"one more, and the one of several that was granted", "/both", "admin files:read",
		"users:read files:read", "users:read files:read"},
};

static void check_rows(bool has_pair)
{
	struct fake_server server;
	start(&server, has_pair);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *scopes = asked_for(&server, rows[i].path, rows[i].granted, "2026-07-28");
		CHECK_ROW(rows[i].label,
			strcmp(scopes, has_pair ? rows[i].with : rows[i].without) == 0);
		free(scopes);
	}
	fake_server_stop(&server);
}

static void asks_for_nothing_that_a_granted_scope_includes(void **state)
{
	(void)state;
	check_rows(true);
}

static void asks_for_all_where_no_scope_includes_another(void **state)
{
	(void)state;
	check_rows(false);
}

/* Of several, of which one is enough, one that was granted comes before what follows from
 * others, wherever it stands: its issuer is known to grant it. */
static void asks_for_what_was_granted_rather_than_for_what_follows(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	start(&server, true);
	policy.scopes = "users:read";
	policy.any_scopes = "notes:read files:read";
	CHECK_OK(mcpauth_chain_protect(server.chain, "/order", &policy, &err));
	char *scopes = asked_for(&server, "/order", "admin files:read", "2026-07-28");
	assert_string_equal(scopes, "users:read files:read");
	free(scopes);
	scopes = asked_for(&server, "/order", "admin", "2026-07-28");
	assert_string_equal(scopes, "users:read notes:read");
	free(scopes);
	fake_server_stop(&server);
}

/* A client that forgets scopes gets those that it had, not those that followed. */
static void names_granted_scopes_not_what_follows_from_them(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server, true);
	char *scopes = asked_for(&server, "/users", "admin other", "2025-11-25");
	assert_string_equal(scopes, "notes:read users:read admin other");
	free(scopes);
	fake_server_stop(&server);
}

static struct mcpauth_operations *make_operations(struct mcpauth *auth)
{
	struct mcpauth_operations *made;
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	CHECK_OK(mcpauth_operations_new(auth, &made, &err));
	operation.name = "list-notes";
	operation.scopes = "notes:list";
	CHECK_OK(mcpauth_operations_add(made, &operation, &err));
	operation.name = "drop-users";
	operation.scopes = "users:drop";
	CHECK_OK(mcpauth_operations_add(made, &operation, &err));
	return made;
}

/* The tools that a caller with these scopes sees, of two. */
static int tools_of(struct fake_server *server, const struct mcpauth_operations *operations,
	const char *granted)
{
	struct mcpauth_auth_info *who;
	cJSON *result = cJSON_Parse(
		"{\"tools\":[{\"name\":\"list-notes\"},{\"name\":\"drop-users\"}]}");
	char *bearer = fake_server_bearer(server, granted);
	CHECK_OK(mcpauth_verify(
		server->auth, SERVER_RESOURCE, bearer + strlen("Bearer "), &who, &err));
	CHECK_OK(mcpauth_operations_filter(operations, who, MCPAUTH_LIST_ALLOWED, result));
	bool allowed = mcpauth_operations_allow(operations, who, "tools/call", "list-notes");
	assert_false(mcpauth_operations_allow(operations, who, "tools/call", "drop-users"));
	int count = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(result, "tools"));
	assert_int_equal(count, allowed ? 1 : 0);
	mcpauth_auth_info_free(who);
	free(bearer);
	cJSON_Delete(result);
	return count;
}

static void lists_the_tools_that_a_granted_scope_includes(void **state)
{
	(void)state;
	for (int has_pair = 0; has_pair < 2; has_pair++) {
		struct fake_server server;
		start(&server, has_pair == 1);
		struct mcpauth_operations *operations = make_operations(server.auth);
		assert_int_equal(tools_of(&server, operations, "admin"), has_pair);
		assert_int_equal(tools_of(&server, operations, "notes:list"), 1);
		assert_int_equal(tools_of(&server, operations, "users:read"), 0);
		mcpauth_operations_free(operations);
		fake_server_stop(&server);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_nothing_that_a_granted_scope_includes),
		cmocka_unit_test(asks_for_all_where_no_scope_includes_another),
		cmocka_unit_test(asks_for_what_was_granted_rather_than_for_what_follows),
		cmocka_unit_test(lists_the_tools_that_a_granted_scope_includes),
		cmocka_unit_test(names_granted_scopes_not_what_follows_from_them),
	};
	return cmocka_run_group_tests_name("implied_scopes", tests, NULL, NULL);
}
