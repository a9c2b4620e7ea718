/* Lists that show a caller what he may use: taken out, or marked, and never for a cache. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <mcpauth/operations.h>

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct mcpauth_operations *operations;
};

static const struct mcpauth_operation entries[] = {
	{.size = sizeof entries[0], .name = "open", .allow_anonymous = true},
	{.size = sizeof entries[0], .name = "get"},
	{.size = sizeof entries[0], .name = "create", .scopes = "write"},
	{.size = sizeof entries[0], .name = "purge", .scopes = "write"},
	{.size = sizeof entries[0], .name = "pur*", .scopes = "admin write"},
	{.size = sizeof entries[0], .name = "pick", .any_scopes = "weak strong"},
	{.size = sizeof entries[0], .method = "prompts/get", .name = "create"},
	{.size = sizeof entries[0], .method = "resources/read", .name = "notes://*"},
	{.size = sizeof entries[0],
		.method = "resources/read",
		.name = "notes://secret/*",
		.scopes = "secrets"},
};

static void start(struct fixture *fixture)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	CHECK_OK(mcpauth_operations_new(fixture->auth, &fixture->operations, &err));
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		CHECK_OK(mcpauth_operations_add(fixture->operations, &entries[i], &err));
	}
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
	if (scopes == NULL) {
		return NULL;
	}
	snprintf(claims, sizeof claims, ",\"scope\":\"%s\"", scopes);
	char *token = fake_issuer_token(fixture->fake, &(struct fake_token){.claims = claims});
	CHECK_OK(mcpauth_verify(fixture->auth, FAKE_RESOURCE, token, &info, &err));
	free(token);
	return info;
}

#define TOOL(name) "{\"name\":\"" name "\"}"
#define MARKED(name, scopes) "{\"name\":\"" name "\",\"_meta\":{\"mcpauth/scopes\":\"" scopes "\"}}"
#define TOOLS \
	"{\"tools\":[" TOOL("open") "," TOOL("get") "," TOOL("create") "," TOOL("purge") "," TOOL( \
		"pick") "," TOOL("none") "]}"

static const struct {
	const char *label;
	const char *granted; /* NULL: nobody */
	enum mcpauth_list_mode mode;
	const char *before;
	const char *after;
} rows[] = {
	{"nobody", NULL, MCPAUTH_LIST_ALLOWED, TOOLS, "{\"tools\":[" TOOL("open") "]}"},
	{"without a scope", "", MCPAUTH_LIST_ALLOWED, TOOLS,
		"{\"tools\":[" TOOL("open") "," TOOL("get") "]}"},
	{"with a scope", "write", MCPAUTH_LIST_ALLOWED, TOOLS,
		"{\"tools\":[" TOOL("open") "," TOOL("get") "," TOOL("create") "]}"},
	{"with all", "write admin strong", MCPAUTH_LIST_ALLOWED, TOOLS,
		"{\"tools\":[" TOOL("open") "," TOOL("get") "," TOOL("create") "," TOOL(
			"purge") "," TOOL("pick") "]}"},
	{"nobody, marked", NULL, MCPAUTH_LIST_MARKED, TOOLS,
		"{\"tools\":[" TOOL("open") "," MARKED("get", "") "," MARKED(
			"create", "write") "," MARKED("purge", "write admin") "," MARKED("pick",
			"weak") "]}"},
	{"with a scope, marked", "write", MCPAUTH_LIST_MARKED, TOOLS,
		"{\"tools\":[" TOOL("open") "," TOOL("get") "," TOOL("create") "," MARKED(
			"purge", "write admin") "," MARKED("pick", "weak") "]}"},
	{"what it is marked with is its own", "", MCPAUTH_LIST_MARKED,
		"{\"tools\":[{\"name\":\"create\",\"_meta\":{\"a\":1,\"mcpauth/scopes\":\"x\"}}]}",
		"{\"tools\":[{\"name\":\"create\",\"_meta\":{\"a\":1,\"mcpauth/scopes\":\"write\"}}]}"},
	{"a _meta that is none", "", MCPAUTH_LIST_MARKED,
		"{\"tools\":[{\"_meta\":7,\"name\":\"create\"}]}",
		"{\"tools\":[" MARKED("create", "write") "]}"},
	{"prompts", "", MCPAUTH_LIST_ALLOWED, "{\"prompts\":[" TOOL("create") "," TOOL("get") "]}",
		"{\"prompts\":[" TOOL("create") "]}"},
	{"resources", "", MCPAUTH_LIST_ALLOWED,
		"{\"resources\":[{\"uri\":\"notes://a\"},{\"uri\":\"notes://secret/a\"},"
		"{\"uri\":\"file:///a\",\"name\":\"get\"}]}",
		"{\"resources\":[{\"uri\":\"notes://a\"}]}"},
	{"resource templates", "secrets", MCPAUTH_LIST_ALLOWED,
		"{\"resourceTemplates\":[{\"uriTemplate\":\"notes://{id}\"},"
		"{\"uriTemplate\":\"notes://secret/{id}\"},{\"uriTemplate\":\"{+any}\"}]}",
		"{\"resourceTemplates\":[{\"uriTemplate\":\"notes://{id}\"},"
		"{\"uriTemplate\":\"notes://secret/{id}\"}]}"},
	{"what has no name", "write admin", MCPAUTH_LIST_MARKED,
		"{\"tools\":[{},7,\"get\",{\"name\":7},{\"Name\":\"get\"},[]," TOOL("get") "]}",
		"{\"tools\":[" TOOL("get") "]}"},
	{"the cache", "", MCPAUTH_LIST_ALLOWED,
		"{\"cacheScope\":\"public\",\"tools\":[" TOOL("get") "],\"ttlMs\":5}",
		"{\"tools\":[" TOOL("get") "],\"ttlMs\":5,\"cacheScope\":\"private\"}"},
	{"the cache, said twice", "", MCPAUTH_LIST_ALLOWED,
		"{\"cacheScope\":\"private\",\"cacheScope\":\"public\",\"tools\":[]}",
		"{\"tools\":[],\"cacheScope\":\"private\"}"},
	{"the cache, in no list", "", MCPAUTH_LIST_ALLOWED, "{\"cacheScope\":9}",
		"{\"cacheScope\":\"private\"}"},
	{"another list", NULL, MCPAUTH_LIST_ALLOWED, "{\"Tools\":[" TOOL("get") "],\"roots\":[1]}",
		"{\"Tools\":[" TOOL("get") "],\"roots\":[1]}"},
	{"an empty list", NULL, MCPAUTH_LIST_ALLOWED, "{\"tools\":[]}", "{\"tools\":[]}"},
	{"a list that is none", NULL, MCPAUTH_LIST_ALLOWED, "{\"tools\":\"get\"}",
		"{\"tools\":\"get\"}"},
	{"the same list twice", NULL, MCPAUTH_LIST_ALLOWED,
		"{\"tools\":[" TOOL("get") "],\"tools\":[" TOOL("get") "]}",
		"{\"tools\":[],\"tools\":[]}"},
};

static void check_text(const char *label, const cJSON *json, const char *want)
{
	char *text = cJSON_PrintUnformatted(json);
	if (strcmp(text, want) != 0) {
		print_error("%s:\n%s\n%s\n", label, text, want);
	}
	CHECK_ROW(label, strcmp(text, want) == 0);
	free(text);
}

static void shows_what_the_caller_may_use(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_auth_info *who = caller(&fixture, rows[i].granted);
		cJSON *result = cJSON_Parse(rows[i].before);
		CHECK_ROW(rows[i].label, result != NULL);
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK,
			mcpauth_operations_filter(fixture.operations, who, rows[i].mode, result));
		check_text(rows[i].label, result, rows[i].after);
		cJSON_Delete(result);
		mcpauth_auth_info_free(who);
	}
	stop(&fixture);
}

static void without_a_table_nothing_is_changed(void **state)
{
	(void)state;
	static const char text[] = "{\"cacheScope\":\"public\",\"tools\":[" TOOL("none") "]}";
	cJSON *result = cJSON_Parse(text);
	CHECK_OK(mcpauth_operations_filter(NULL, NULL, MCPAUTH_LIST_ALLOWED, result));
	check_text("without a table", result, text);
	cJSON_Delete(result);
}

static void what_is_no_result_is_left_alone(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(mcpauth_operations_filter(fixture.operations, NULL, MCPAUTH_LIST_ALLOWED, NULL));
	cJSON *list = cJSON_Parse("[" TOOL("none") "]");
	CHECK_OK(mcpauth_operations_filter(fixture.operations, NULL, MCPAUTH_LIST_ALLOWED, list));
	check_text("a list alone", list, "[" TOOL("none") "]");
	cJSON_Delete(list);
	stop(&fixture);
}

/* What the filter leaves is what the table allows, one by one. */
static void agrees_with_what_is_allowed(void **state)
{
	(void)state;
	static const char *const names[] = {"open", "get", "create", "purge", "pick", "none"};
	static const char *const granted[] = {NULL, "", "write", "weak", "admin write", "strong"};
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof granted / sizeof *granted; i++) {
		struct mcpauth_auth_info *who = caller(&fixture, granted[i]);
		cJSON *result = cJSON_Parse(TOOLS);
		CHECK_OK(mcpauth_operations_filter(
			fixture.operations, who, MCPAUTH_LIST_ALLOWED, result));
		char *text = cJSON_PrintUnformatted(result);
		for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
			CHECK_ROW(names[k],
				(strstr(text, names[k]) != NULL)
					== mcpauth_operations_allow(
						fixture.operations, who, "tools/call", names[k]));
		}
		free(text);
		cJSON_Delete(result);
		mcpauth_auth_info_free(who);
	}
	stop(&fixture);
}

static unsigned allocations_left;

static void *allocate(size_t size)
{
	return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* cJSON's own memory; ours is operations_no_memory_test.c's. */
static void without_memory_it_says_so(void **state)
{
	(void)state;
	static cJSON_Hooks scarce = {allocate, free};
	struct fixture fixture;
	enum mcpauth_code code = MCPAUTH_E_NO_MEMORY;
	unsigned given = 0;
	start(&fixture);
	for (; code == MCPAUTH_E_NO_MEMORY; given++) {
		cJSON *result = cJSON_Parse(
			"{\"cacheScope\":\"public\",\"tools\":[" TOOL("create") "]}");
		assert_non_null(result);
		allocations_left = given;
		cJSON_InitHooks(&scarce);
		code = mcpauth_operations_filter(
			fixture.operations, NULL, MCPAUTH_LIST_MARKED, result);
		cJSON_InitHooks(NULL);
		cJSON_Delete(result);
	}
	assert_int_equal(code, MCPAUTH_OK);
	assert_true(given > 5);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_the_caller_may_use),
		cmocka_unit_test(without_a_table_nothing_is_changed),
		cmocka_unit_test(what_is_no_result_is_left_alone),
		cmocka_unit_test(agrees_with_what_is_allowed),
		cmocka_unit_test(without_memory_it_says_so),
	};
	return cmocka_run_group_tests_name("operations_filter", tests, NULL, NULL);
}
