/* Tables of operations: who may call what, by name, by pattern, and by all that is said. */
#include "mcp/operations.h"

#include "support/check.h"
#include "support/fake_issuer.h"

#include <mcpauth/operations.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct mcpauth_operations *operations;
};

static void start(struct fixture *fixture)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	CHECK_OK(mcpauth_operations_new(fixture->auth, &fixture->operations, &err));
}

static void stop(struct fixture *fixture)
{
	mcpauth_operations_free(fixture->operations);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static struct mcpauth_auth_info *caller(struct fixture *fixture, const char *scopes)
{
	struct mcpauth_auth_info *info;
	char claims[256];
	snprintf(claims, sizeof claims, ",\"scope\":\"%s\"", scopes);
	char *token = fake_issuer_token(fixture->fake, &(struct fake_token){.claims = claims});
	CHECK_OK(mcpauth_verify(fixture->auth, FAKE_RESOURCE, token, &info, &err));
	free(token);
	return info;
}

static enum mcpauth_code add(struct mcpauth_operations *operations, const char *method,
	const char *name, const char *scopes, struct mcpauth_error *err)
{
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	operation.method = method;
	operation.name = name;
	operation.scopes = scopes;
	return mcpauth_operations_add(operations, &operation, err);
}

static const struct {
	const char *method;
	const char *name;
	const char *scopes;
	const char *any_scopes;
	bool allow_anonymous;
} entries[] = {
	{NULL, "get", NULL, NULL, false},
	{NULL, "create", "write", NULL, false},
	{NULL, "purge", "write admin", NULL, false},
	{NULL, "either", NULL, "read write", false},
	{NULL, "drop-*", "admin", NULL, false},
	{NULL, "drop-table", "write", NULL, false},
	{NULL, "*-table", NULL, "sql dba", false},
	{NULL, "open", NULL, NULL, true},
	{NULL, "open-*", NULL, NULL, true},
	{NULL, "open-door", NULL, NULL, false},
	{NULL, "open-shut", "key", NULL, true},
	{"prompts/get", "*", "read", NULL, false},
	{"resources/*", "file:*", "files", NULL, false},
	{"resources/read", NULL, NULL, NULL, false},
	{"logging/setLevel", NULL, "admin", NULL, false},
	{"tasks/*", NULL, "tasks", NULL, false},
	{"tools/list", NULL, NULL, NULL, true},
};

static void fill(struct fixture *fixture)
{
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
		operation.method = entries[i].method;
		operation.name = entries[i].name;
		operation.scopes = entries[i].scopes;
		operation.any_scopes = entries[i].any_scopes;
		operation.allow_anonymous = entries[i].allow_anonymous;
		CHECK_OK(mcpauth_operations_add(fixture->operations, &operation, &err));
	}
}

#define CALL "tools/call"

static const struct {
	const char *label;
	const char *method;
	const char *name;
	const char *granted; /* NULL: nobody */
	bool allowed;
} rows[] = {
	{"listed, without a scope", CALL, "get", "", true},
	{"not listed", CALL, "list", "write admin", false},
	{"not listed: a longer name", CALL, "gets", "write", false},
	{"not listed: a shorter one", CALL, "ge", "write", false},
	{"not listed: another case", CALL, "Get", "write", false},
	{"not listed: an empty name", CALL, "", "write", false},
	{"not listed for this method", "prompts/remove", "get", "write", false},
	{"another case of the method", "Tools/call", "get", "", false},
	{"its scope", CALL, "create", "write", true},
	{"not its scope", CALL, "create", "read", false},
	{"both scopes", CALL, "purge", "admin write", true},
	{"one of both", CALL, "purge", "write", false},
	{"one of several", CALL, "either", "write", true},
	{"none of several", CALL, "either", "admin", false},
	{"by a pattern", CALL, "drop-index", "admin", true},
	{"by a pattern, without its scope", CALL, "drop-index", "write", false},
	{"by three, all of it", CALL, "drop-table", "admin write sql", true},
	{"by three, without the pattern's", CALL, "drop-table", "write sql", false},
	{"by three, without the name's", CALL, "drop-table", "admin sql", false},
	{"by three, without one of the last", CALL, "drop-table", "admin write", false},
	{"a pattern as a whole", CALL, "xdrop-index", "admin", false},
	{"another method's pattern", "prompts/get", "drop-index", "admin", false},
	{"another method's pattern, with its scope", "prompts/get", "drop-index", "read", true},
	{"any name of a method", "resources/read", "https://a.example/", "", true},
	{"a pattern of methods", "resources/read", "file:///a", "files", true},
	{"a pattern of methods, lacking", "resources/read", "file:///a", "", false},
	{"another method of the pattern", "resources/subscribe", "file:///a", "files", true},
	{"its names only", "resources/subscribe", "https://a.example/", "files", false},
	{"a method without names", "logging/setLevel", NULL, "admin", true},
	{"a method without names, lacking", "logging/setLevel", NULL, "write", false},
	{"methods by a pattern", "tasks/cancel", NULL, "tasks", true},
	{"methods by a pattern, lacking", "tasks/cancel", NULL, "", false},
	{"a method that nobody speaks of", "ping", NULL, "", true},
	{"a response", NULL, NULL, "", true},
	{"nobody, a method that nobody speaks of", "ping", NULL, NULL, true},
	{"nobody, a response", NULL, NULL, NULL, true},
	{"nobody, a method that is open", "tools/list", NULL, NULL, true},
	{"nobody, a method that is not", "tasks/cancel", NULL, NULL, false},
	{"nobody, what is open", CALL, "open", NULL, true},
	{"nobody, open by a pattern", CALL, "open-window", NULL, true},
	{"nobody, open by one of two", CALL, "open-door", NULL, false},
	{"nobody, open but with a scope", CALL, "open-shut", NULL, false},
	{"somebody, open but with a scope", CALL, "open-shut", "", false},
	{"somebody, with that scope", CALL, "open-shut", "key", true},
	{"nobody, what needs no scope", CALL, "get", NULL, false},
	{"nobody, what is not listed", CALL, "list", NULL, false},
};

static void says_who_may_call_what(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fill(&fixture);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_auth_info *who = rows[i].granted == NULL
			? NULL
			: caller(&fixture, rows[i].granted);
		CHECK_ROW(rows[i].label,
			mcpauth_operations_allow(
				fixture.operations, who, rows[i].method, rows[i].name)
				== rows[i].allowed);
		mcpauth_auth_info_free(who);
	}
	stop(&fixture);
}

static void without_a_table_there_is_no_limit(void **state)
{
	(void)state;
	assert_true(mcpauth_operations_allow(NULL, NULL, CALL, "get"));
}

static void an_empty_table_lists_nothing(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_auth_info *who = caller(&fixture, "admin");
	assert_false(mcpauth_operations_allow(fixture.operations, who, CALL, "get"));
	assert_true(mcpauth_operations_allow(fixture.operations, who, "tools/list", NULL));
	mcpauth_auth_info_free(who);
	stop(&fixture);
}

/* A pattern for every method is for what has none, too. */
static void a_star_for_all_methods_leaves_nothing_out(void **state)
{
	(void)state;
	static const char *const methods[] = {CALL, "ping", "", NULL};
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(add(fixture.operations, "*", NULL, "admin", &err));
	struct mcpauth_auth_info *admin = caller(&fixture, "admin");
	struct mcpauth_auth_info *other = caller(&fixture, "other");
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		const char *name = i == 0 ? "get" : NULL;
		assert_true(mcpauth_operations_allow(fixture.operations, admin, methods[i], name));
		assert_false(mcpauth_operations_allow(fixture.operations, other, methods[i], name));
	}
	mcpauth_auth_info_free(admin);
	mcpauth_auth_info_free(other);
	stop(&fixture);
}

static const struct {
	const char *label;
	const char *method;
	const char *name;
	const char *scopes;
	enum mcpauth_code code;
} additions[] = {
	{"a tool", NULL, "a", NULL, MCPAUTH_OK},
	{"the same", NULL, "a", NULL, MCPAUTH_E_DUPLICATE},
	{"the same, spelt out", CALL, "a", "x", MCPAUTH_E_DUPLICATE},
	{"another method's", "prompts/get", "a", NULL, MCPAUTH_OK},
	{"a longer name", NULL, "ab", NULL, MCPAUTH_OK},
	{"a pattern", NULL, "a*", NULL, MCPAUTH_OK},
	{"the same pattern", CALL, "a*", "x", MCPAUTH_E_DUPLICATE},
	{"an equal one that is spelt otherwise", NULL, "a**", NULL, MCPAUTH_OK},
	{"any name", NULL, NULL, NULL, MCPAUTH_OK},
	{"any name again", NULL, NULL, "x", MCPAUTH_E_DUPLICATE},
	{"any name by a pattern", NULL, "*", NULL, MCPAUTH_OK},
	{"a pattern of methods", "tools/*", "a", NULL, MCPAUTH_OK},
	{"the same pattern of methods", "tools/*", "a", NULL, MCPAUTH_E_DUPLICATE},
	{"that pattern for any name", "tools/*", NULL, NULL, MCPAUTH_OK},
	{"that pattern for any name again", "tools/*", NULL, NULL, MCPAUTH_E_DUPLICATE},
	{"an empty name", NULL, "", NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"an empty method", "", "a", NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"what is no scope", NULL, "b", "a\"b", MCPAUTH_E_INVALID_ARGUMENT},
	{"the same with a scope", NULL, "b", "a b", MCPAUTH_OK},
};

static void takes_each_operation_once(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof additions / sizeof *additions; i++) {
		CHECK_ROW_CODE(additions[i].label, additions[i].code,
			add(fixture.operations, additions[i].method, additions[i].name,
				additions[i].scopes, &err));
	}
	stop(&fixture);
}

static void reads_entries_of_older_and_newer_programs(void **state)
{
	(void)state;
	struct {
		struct mcpauth_operation operation;
		int beyond;
	} newer = {.operation = {.size = sizeof newer, .name = "new"}};
	struct mcpauth_operation older = MCPAUTH_OPERATION_INIT;
	struct fixture fixture;
	start(&fixture);
	older.size = offsetof(struct mcpauth_operation, scopes);
	older.name = "old";
	older.scopes = "beyond its end";
	CHECK_OK(mcpauth_operations_add(fixture.operations, &older, &err));
	CHECK_OK(mcpauth_operations_add(fixture.operations, &newer.operation, &err));
	newer.operation.name = "newer";
	newer.beyond = 1;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_operations_add(fixture.operations, &newer.operation, &err));
	struct mcpauth_auth_info *who = caller(&fixture, "");
	assert_true(mcpauth_operations_allow(fixture.operations, who, CALL, "old"));
	assert_true(mcpauth_operations_allow(fixture.operations, who, CALL, "new"));
	assert_false(mcpauth_operations_allow(fixture.operations, who, CALL, "newer"));
	mcpauth_auth_info_free(who);
	stop(&fixture);
}

/* Each entry must still be found when there are many, and none that is not there. */
static void finds_each_of_many(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_auth_info *who;
	char method[32];
	char name[32];
	for (int i = 0; i < 1000; i++) {
		snprintf(method, sizeof method, "method/%d", i % 40);
		snprintf(name, sizeof name, "tool-%d", i);
		CHECK_OK(add(fixture.operations, method, name, i % 2 == 0 ? "even" : "odd", &err));
	}
	who = caller(&fixture, "even");
	for (int i = 0; i < 1010; i++) {
		snprintf(method, sizeof method, "method/%d", i % 40);
		snprintf(name, sizeof name, "tool-%d", i);
		CHECK_ROW(name,
			mcpauth_operations_allow(fixture.operations, who, method, name)
				== (i < 1000 && i % 2 == 0));
	}
	mcpauth_auth_info_free(who);
	stop(&fixture);
}

/* The last one who keeps it releases it: the sanitizers would tell. */
static void lives_as_long_as_somebody_keeps_it(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(add(fixture.operations, NULL, "a", NULL, &err));
	struct mcpauth_auth_info *who = caller(&fixture, "");
	struct mcpauth_operations *kept = mcpauth_operations_ref(fixture.operations);
	assert_ptr_equal(kept, fixture.operations);
	mcpauth_operations_free(fixture.operations);
	mcpauth_operations_free(NULL);
	assert_true(mcpauth_operations_allow(kept, who, CALL, "a"));
	mcpauth_auth_info_free(who);
	stop(&fixture);
}

static void warns_of_scopes_that_are_not_a_servers_to_ask_for(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(add(fixture.operations, NULL, "a", "read", &err));
	assert_false(fake_issuer_logged(fixture.fake, "offline_access"));
	CHECK_OK(add(fixture.operations, NULL, "b", "read offline_access", &err));
	assert_true(fake_issuer_logged(fixture.fake, "offline_access"));
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_who_may_call_what),
		cmocka_unit_test(without_a_table_there_is_no_limit),
		cmocka_unit_test(an_empty_table_lists_nothing),
		cmocka_unit_test(a_star_for_all_methods_leaves_nothing_out),
		cmocka_unit_test(takes_each_operation_once),
		cmocka_unit_test(reads_entries_of_older_and_newer_programs),
		cmocka_unit_test(finds_each_of_many),
		cmocka_unit_test(lives_as_long_as_somebody_keeps_it),
		cmocka_unit_test(warns_of_scopes_that_are_not_a_servers_to_ask_for),
	};
	return cmocka_run_group_tests_name("operations", tests, NULL, NULL);
}
