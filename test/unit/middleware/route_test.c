/* Routes: which policy a request falls under, and that none falls through. */
#include "route.h"

#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdio.h>
#include <string.h>

static const char *const two[] = {SERVER_RESOURCE, "https://other.example.com/mcp", NULL};

static void start(struct fake_server *server)
{
	fake_server_start(server, FAKE_HELD, NULL);
}

static const struct mcpauth__route *find(
	const struct fake_server *server, const char *method, const char *path)
{
	return mcpauth__routes_find(&server->chain->in_force.rules->routes, method, path);
}

static enum mcpauth_code protect(
	struct fake_server *server, const char *path, const char *scopes, const char *methods)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = scopes;
	policy.methods = methods;
	return mcpauth_chain_protect(server->chain, path, &policy, NULL);
}

static enum mcpauth_code protect_prefix(
	struct fake_server *server, const char *path, const char *scopes)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = scopes;
	return mcpauth_chain_protect_prefix(server->chain, path, &policy, NULL);
}

static const char *first_scope(
	const struct fake_server *server, const char *method, const char *path)
{
	return mcpauth_demand_scope_at(find(server, method, path)->demand, 0);
}

/* The scopes of a route in one text. */
static const char *scopes_of(const struct mcpauth__route *route, char *text, size_t size)
{
	text[0] = '\0';
	const char *scope;
	for (size_t i = 0; (scope = mcpauth_demand_scope_at(route->demand, i)) != NULL; i++) {
		assert_true(strlen(text) + strlen(scope) + 2 < size);
		strcat(text, i == 0 ? "" : " ");
		strcat(text, scope);
	}
	return text;
}

static bool needs(const struct fake_server *server, const char *path, const char *scopes)
{
	char text[128];
	return strcmp(scopes_of(find(server, "GET", path), text, sizeof text), scopes) == 0;
}

static void a_chain_without_routes_protects_everything(void **state)
{
	(void)state;
	static const char *const paths[] = {"/", "/mcp", "/mcp/", "//mcp", "", "/../mcp", "*"};
	struct fake_server server;
	start(&server);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		const struct mcpauth__route *route = find(&server, "GET", paths[i]);
		CHECK_ROW(paths[i], route != NULL && !route->is_public);
		CHECK_ROW(paths[i], strcmp(route->resource, SERVER_RESOURCE) == 0);
		CHECK_ROW(paths[i], strcmp(route->metadata_url, SERVER_METADATA) == 0);
	}
	fake_server_stop(&server);
}

static const struct {
	const char *path;
	const char *scopes;
} taken[] = {
	{"/mcp", "exact"},
	{"/mcp/x", "prefix"},
	{"/mcp/", "prefix"},
	{"/mcp/deep", "deep"},
	{"/mcp/deep/er", "deep"},
	{"/mcp/deeper", "prefix"},
	{"/mcpx", "exact prefix deep slash"},
	{"/mc", "exact prefix deep slash"},
	{"/MCP", "exact prefix deep slash"},
	{"//mcp", "exact prefix deep slash"},
	{"/", "exact prefix deep slash"},
	{"/slash/", "slash"},
	{"/slash/x", "slash"},
	{"/slash", "exact prefix deep slash"},
};

static void takes_the_exact_path_then_the_longest_prefix(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(protect(&server, "/mcp", "exact", NULL));
	CHECK_OK(protect_prefix(&server, "/mcp", "prefix"));
	CHECK_OK(protect_prefix(&server, "/mcp/deep", "deep"));
	CHECK_OK(protect_prefix(&server, "/slash/", "slash"));
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		CHECK_ROW(taken[i].path, needs(&server, taken[i].path, taken[i].scopes));
	}
	fake_server_stop(&server);
}

static void the_root_as_prefix_covers_all(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(protect_prefix(&server, "/", "root"));
	assert_ptr_equal(
		find(&server, "GET", "/any/thing"), server.chain->in_force.rules->routes.items[0]);
	assert_ptr_equal(find(&server, "GET", "/"), server.chain->in_force.rules->routes.items[0]);
	assert_ptr_equal(find(&server, "OPTIONS", "*"), server.chain->in_force.rules->routes.rest);
	fake_server_stop(&server);
}

static void protects_a_path_with_no_policy_at_all(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_protect(server.chain, "/mcp", NULL, &err));
	const struct mcpauth__route *route = mcpauth__routes_find(
		&server.chain->in_force.rules->routes, "GET", "/mcp");
	assert_non_null(route);
	assert_false(route->is_public);
	assert_string_equal(route->resource, SERVER_RESOURCE);
	fake_server_stop(&server);
}

static void publishes_one_path_exactly(void **state)
{
	(void)state;
	static const char *const others[] = {
		"/open/", "/open/x", "/opens", "/ope", "/Open", "//open", "/open "};
	struct fake_server server;
	start(&server);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", NULL, &err));
	assert_true(find(&server, "GET", "/open")->is_public);
	assert_true(find(&server, "DELETE", "/open")->is_public);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		CHECK_ROW(others[i], !find(&server, "GET", others[i])->is_public);
	}
	fake_server_stop(&server);
}

static void the_root_can_be_published_alone(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/", NULL, &err));
	assert_true(find(&server, "GET", "/")->is_public);
	assert_false(find(&server, "GET", "/mcp")->is_public);
	fake_server_stop(&server);
}

static const struct {
	const char *method;
	bool is_public;
} methods[] = {
	{"GET", true},
	{"HEAD", true},
	{"PUT", true},
	{"POST", false},
	{"get", false},
	{"OPTIONS", false},
	{"GE", false},
	{"GETS", false},
	{"", false},
};

static void a_route_speaks_of_its_methods_and_head_goes_with_get(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", "GET PUT", &err));
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		CHECK_ROW(methods[i].method,
			find(&server, methods[i].method, "/open")->is_public
				== methods[i].is_public);
	}
	fake_server_stop(&server);
}

static void head_alone_does_not_open_get(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", "HEAD", &err));
	assert_true(find(&server, "HEAD", "/open")->is_public);
	assert_false(find(&server, "GET", "/open")->is_public);
	fake_server_stop(&server);
}

static void head_by_its_name_wins_over_head_with_get(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", "GET", &err));
	CHECK_OK(protect(&server, "/open", "a", "HEAD"));
	assert_true(find(&server, "GET", "/open")->is_public);
	assert_false(find(&server, "HEAD", "/open")->is_public);
	fake_server_stop(&server);
}

static void a_route_with_methods_wins_over_one_for_all(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(protect(&server, "/notes", "all", NULL));
	CHECK_OK(protect(&server, "/notes", "write", "POST"));
	CHECK_OK(mcpauth_chain_publish(server.chain, "/notes", "GET", &err));
	assert_true(find(&server, "GET", "/notes")->is_public);
	assert_string_equal(first_scope(&server, "POST", "/notes"), "write");
	assert_string_equal(first_scope(&server, "PUT", "/notes"), "all");
	CHECK_OK(protect(&server, "/turned", "read", "GET"));
	CHECK_OK(protect(&server, "/turned", "all", NULL));
	assert_string_equal(first_scope(&server, "GET", "/turned"), "read");
	assert_string_equal(first_scope(&server, "PUT", "/turned"), "all");
	fake_server_stop(&server);
}

static void a_prefix_with_methods_wins_over_an_equal_one_for_all(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	start(&server);
	CHECK_OK(protect_prefix(&server, "/notes", "all"));
	policy.scopes = "write";
	policy.methods = "POST";
	CHECK_OK(mcpauth_chain_protect_prefix(server.chain, "/notes", &policy, &err));
	assert_string_equal(first_scope(&server, "POST", "/notes/1"), "write");
	assert_string_equal(first_scope(&server, "PUT", "/notes/1"), "all");
	fake_server_stop(&server);
}

static void a_method_that_a_path_does_not_speak_of_is_not_left_to_a_prefix(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(protect_prefix(&server, "/notes", "read"));
	CHECK_OK(protect(&server, "/notes/admin", "admin", "GET"));
	assert_string_equal(first_scope(&server, "POST", "/notes/other"), "read");
	const struct mcpauth__route *route = find(&server, "POST", "/notes/admin");
	assert_int_equal(route->kind, MCPAUTH__ROUTE_REST);
	assert_string_equal(mcpauth_demand_scope_at(route->demand, 1), "admin");
	fake_server_stop(&server);
}

static void no_prefix_reaches_across_dots(void **state)
{
	(void)state;
	static const char *const across[] = {
		"/notes/../admin", "/notes/..", "/notes/./x", "/notes/.", "/notes/x/../../admin"};
	static const char *const below[] = {
		"/notes/.x", "/notes/..x", "/notes/x.", "/notes/...", "/notes/a..b/c"};
	struct fake_server server;
	start(&server);
	CHECK_OK(protect_prefix(&server, "/notes", "read"));
	for (size_t i = 0; i < sizeof across / sizeof across[0]; i++) {
		CHECK_ROW(across[i], find(&server, "GET", across[i])->kind == MCPAUTH__ROUTE_REST);
		CHECK_ROW(below[i], find(&server, "GET", below[i])->kind == MCPAUTH__ROUTE_PREFIX);
	}
	fake_server_stop(&server);
}

static void refuses_methods_that_would_speak_of_nothing(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", " ", "POST,DELETE", "post", "GET Post", "G\tT", "Post GET"};
	struct fake_server server;
	start(&server);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK_ROW(bad[i],
			protect(&server, "/a", "read", bad[i]) == MCPAUTH_E_INVALID_ARGUMENT);
	}
	CHECK_OK(protect(&server, "/a", "read", "POST DELETE M-SEARCH"));
	fake_server_stop(&server);
}

static void leaves_no_unnamed_methods_of_a_protected_path_to_everybody(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(protect(&server, "/a", "write", "POST"));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_chain_publish(server.chain, "/a", NULL, &err));
	CHECK_OK(mcpauth_chain_publish(server.chain, "/a", "GET", &err));
	CHECK_OK(mcpauth_chain_publish(server.chain, "/b", NULL, &err));
	CHECK_OK(mcpauth_chain_publish(server.chain, "/b", "GET", &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, protect(&server, "/b", "write", "POST"));
	fake_server_stop(&server);
}

static void refuses_paths_that_no_request_can_have(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "notes", "/notes?x=1", "/%6eotes", "/a#b"};
	struct fake_server server;
	start(&server);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK_ROW(bad[i],
			protect(&server, bad[i], "read", NULL) == MCPAUTH_E_INVALID_ARGUMENT);
	}
	CHECK_OK(protect(&server, "/n otes", "read", NULL));
	fake_server_stop(&server);
}

static void the_rest_needs_what_any_route_needs(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(protect(&server, "/a", "one two", NULL));
	CHECK_OK(protect_prefix(&server, "/b", "two three"));
	CHECK_OK(mcpauth_chain_publish(server.chain, "/c", NULL, &err));
	assert_true(needs(&server, "/a/", "one two three"));
	assert_true(needs(&server, "/c/", "one two three"));
	assert_false(find(&server, "GET", "/c/")->is_public);
	fake_server_stop(&server);
}

static enum mcpauth_code protect_any(struct fake_server *server, const char *path,
	const char *any_scopes, struct mcpauth_error *err)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.any_scopes = any_scopes;
	return mcpauth_chain_protect(server->chain, path, &policy, err);
}

/* Is this the list of which one scope is needed? Empty: there is none. */
static bool needs_any(
	const struct fake_server *server, const char *path, size_t list, const char *scopes)
{
	const struct mcpauth_demand *demand = find(server, "GET", path)->demand;
	char text[128] = "";
	const char *scope;
	for (size_t i = 0; (scope = mcpauth_demand_any_at(demand, list, i)) != NULL; i++) {
		assert_true(strlen(text) + strlen(scope) + 2 < sizeof text);
		strcat(text, i == 0 ? "" : " ");
		strcat(text, scope);
	}
	return strcmp(text, scopes) == 0;
}

static void the_rest_needs_one_of_each_routes_set(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(protect_any(&server, "/a", "one  two one", &err));
	CHECK_OK(protect_any(&server, "/b", "three", &err));
	CHECK_OK(protect_any(&server, "/c", "one two", &err));
	CHECK_OK(protect_any(&server, "/d", " ", &err));
	CHECK_OK(protect_any(&server, "/f", "three four", &err));
	CHECK_OK(protect_any(&server, "/g", "zero two", &err));
	CHECK_OK(protect_any(&server, "/h", "one zero", &err));
	CHECK_OK(protect_any(&server, "/i", "three four", &err));
	CHECK_OK(protect(&server, "/e", "four", NULL));
	assert_true(needs_any(&server, "/a", 0, "one two"));
	assert_true(needs_any(&server, "/a", 1, ""));
	assert_true(needs_any(&server, "/d", 0, ""));
	assert_true(needs(&server, "/a/", "four"));
	assert_true(needs_any(&server, "/a/", 0, "one two"));
	assert_true(needs_any(&server, "/a/", 1, "three"));
	assert_true(needs_any(&server, "/a/", 2, "three four"));
	assert_true(needs_any(&server, "/a/", 3, "zero two"));
	assert_true(needs_any(&server, "/a/", 4, "one zero"));
	assert_true(needs_any(&server, "/a/", 5, ""));
	fake_server_stop(&server);
}

static void checks_any_scopes_as_it_checks_scopes(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, protect_any(&server, "/a", "a\"b", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, protect_any(&server, "/a", "a\tb", &err));
	CHECK_OK(protect_any(&server, "/a", "a b", &err));
	assert_int_equal(fake_server_logged(&server, "offline_access"), 0);
	CHECK_OK(protect_any(&server, "/b", "a offline_access", &err));
	assert_int_equal(fake_server_logged(&server, "offline_access"), 1);
	fake_server_stop(&server);
}

static void the_rest_can_be_given(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "rest";
	start(&server);
	CHECK_OK(protect(&server, "/a", "one", NULL));
	CHECK_OK(mcpauth_chain_protect_rest(server.chain, &policy, &err));
	CHECK_OK(protect(&server, "/b", "two", NULL));
	assert_true(needs(&server, "/other", "rest"));
	assert_true(needs(&server, "/a", "one"));
	fake_server_stop(&server);
}

static void there_is_no_rest_with_several_resources(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.resource = two[1];
	fake_server_start(&server, FAKE_HELD, two);
	CHECK_OK(mcpauth_chain_protect(server.chain, "/mcp", &policy, &err));
	assert_string_equal(find(&server, "GET", "/mcp")->resource, two[1]);
	assert_string_equal(find(&server, "GET", "/mcp")->metadata_url,
		"https://other.example.com/.well-known/oauth-protected-resource/mcp");
	assert_null(find(&server, "GET", "/other"));
	CHECK_OK(mcpauth_chain_protect_rest(server.chain, &policy, &err));
	assert_string_equal(find(&server, "GET", "/other")->resource, two[1]);
	fake_server_stop(&server);
}

static void with_several_resources_a_policy_names_its_own(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	fake_server_start(&server, FAKE_HELD, two);
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_protect(server.chain, "/mcp", NULL, &err));
	policy.resource = "https://unknown.example.com/mcp";
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_chain_protect(server.chain, "/mcp", &policy, &err));
	policy.resource = two[0];
	CHECK_OK(mcpauth_chain_protect(server.chain, "/mcp", &policy, &err));
	fake_server_stop(&server);
}

static void refuses_the_same_route_twice(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(protect(&server, "/mcp", "a", NULL));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, protect(&server, "/mcp", "b", NULL));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_chain_publish(server.chain, "/mcp", NULL, &err));
	CHECK_OK(protect(&server, "/mcp", "c", "GET POST"));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, protect(&server, "/mcp", "d", "PUT POST"));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, protect(&server, "/mcp", "d", "POST"));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, protect(&server, "/mcp", "d", "GET PUT"));
	CHECK_OK(protect(&server, "/mcp", "e", "PUT"));
	CHECK_OK(protect_prefix(&server, "/mcp", "f"));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, protect_prefix(&server, "/mcp", "g"));
	CHECK_OK(protect(&server, "/mcp/", "h", NULL));
	assert_int_equal(server.chain->in_force.rules->routes.count, 5);
	assert_true(needs(&server, "/other", "a c e f h"));
	fake_server_stop(&server);
}

static void refuses_a_second_rest(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	start(&server);
	policy.scopes = "strong";
	CHECK_OK(mcpauth_chain_protect_rest(server.chain, &policy, &err));
	policy.scopes = NULL;
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_chain_protect_rest(server.chain, &policy, &err));
	assert_true(needs(&server, "/other", "strong"));
	fake_server_stop(&server);
}

static void refuses_methods_for_the_rest(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	start(&server);
	policy.methods = "GET";
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_protect_rest(server.chain, &policy, &err));
	policy.methods = NULL;
	CHECK_OK(mcpauth_chain_protect_rest(server.chain, &policy, &err));
	fake_server_stop(&server);
}

static const struct {
	const char *label;
	const char *path;
	const char *scopes;
	const char *methods;
	enum mcpauth_code code;
} arguments[] = {
	{"as it should be", "/mcp", "read:notes write", "GET POST", MCPAUTH_OK},
	{"an encoded blank", "/m cp", NULL, NULL, MCPAUTH_OK},
	{"no path", NULL, NULL, NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"an empty path", "", NULL, NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"a relative path", "mcp", NULL, NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"a quote in a scope", "/mcp", "a\"b", NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"a backslash in a scope", "/mcp", "a\\b", NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"a line break in a scope", "/mcp", "a\nb", NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"a tab between scopes", "/mcp", "a\tb", NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"bytes beyond ASCII in a scope", "/mcp", "\xc3\xa9", NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"methods, but none", "/mcp", NULL, "", MCPAUTH_E_INVALID_ARGUMENT},
	{"blanks for methods", "/mcp", NULL, "  ", MCPAUTH_E_INVALID_ARGUMENT},
};

static void checks_what_it_is_given(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
		struct fake_server server;
		start(&server);
		CHECK_ROW_CODE(arguments[i].label, arguments[i].code,
			protect(&server, arguments[i].path, arguments[i].scopes,
				arguments[i].methods));
		CHECK_ROW(arguments[i].label,
			server.chain->in_force.rules->routes.count
				== (arguments[i].code == MCPAUTH_OK));
		fake_server_stop(&server);
	}
}

static void an_empty_list_of_methods_publishes_nothing(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_publish(server.chain, "/open", "", &err));
	assert_false(find(&server, "GET", "/open")->is_public);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", "GET", &err));
	assert_true(find(&server, "GET", "/open")->is_public);
	fake_server_stop(&server);
}

static void warns_of_offline_access(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(protect(&server, "/a", "offline_accesses", NULL));
	assert_int_equal(fake_server_logged(&server, "\n"), 0);
	CHECK_OK(protect(&server, "/b", "read offline_access", NULL));
	assert_int_equal(fake_server_logged(&server, "offline_access"), 1);
	fake_server_stop(&server);
}

static void names_a_scope_once(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_OK(protect(&server, "/a", " b a  b a ", NULL));
	assert_true(needs(&server, "/a", "b a"));
	fake_server_stop(&server);
}

static void copies_the_path(void **state)
{
	(void)state;
	char path[] = "/mcp";
	struct fake_server server;
	start(&server);
	CHECK_OK(protect(&server, path, "a", NULL));
	path[1] = 'x';
	assert_ptr_equal(
		find(&server, "GET", "/mcp"), server.chain->in_force.rules->routes.items[0]);
	fake_server_stop(&server);
}

static void a_longer_prefix_without_the_method_leaves_it_to_a_shorter_one(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	start(&server);
	CHECK_OK(protect_prefix(&server, "/notes", "short"));
	policy.scopes = "long";
	policy.methods = "POST";
	CHECK_OK(mcpauth_chain_protect_prefix(server.chain, "/notes/deep", &policy, &err));
	assert_string_equal(first_scope(&server, "POST", "/notes/deep/1"), "long");
	assert_string_equal(first_scope(&server, "GET", "/notes/deep/1"), "short");
	fake_server_stop(&server);
}

#define MANY 1000

static void finds_each_of_a_thousand_routes(void **state)
{
	(void)state;
	struct fake_server server;
	char path[64];
	start(&server);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(path, sizeof path, "/exact/%zu", i);
		CHECK_OK(protect(&server, path, "exact", NULL));
		snprintf(path, sizeof path, "/prefix/%zu", i);
		CHECK_OK(protect_prefix(&server, path, "prefix"));
	}
	struct mcpauth__route **items = server.chain->in_force.rules->routes.items;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(path, sizeof path, "/exact/%zu", i);
		CHECK_ROW(path, find(&server, "GET", path) == items[i * 2]);
		snprintf(path, sizeof path, "/prefix/%zu/x", i);
		CHECK_ROW(path, find(&server, "GET", path) == items[i * 2 + 1]);
		snprintf(path, sizeof path, "/exact/%zu/x", i);
		CHECK_ROW(path, find(&server, "GET", path)->kind == MCPAUTH__ROUTE_REST);
		snprintf(path, sizeof path, "/prefix/%zux", i);
		CHECK_ROW(path, find(&server, "GET", path)->kind == MCPAUTH__ROUTE_REST);
	}
	CHECK_CODE(MCPAUTH_E_DUPLICATE, protect(&server, "/exact/999", "other", NULL));
	fake_server_stop(&server);
}

/* Every byte of it ends a segment. */
static void a_path_of_slashes_ends_below_the_prefix_it_has(void **state)
{
	(void)state;
	static char path[32 * 1024];
	struct fake_server server;
	start(&server);
	CHECK_OK(protect_prefix(&server, "//", "slashes"));
	CHECK_OK(protect_prefix(&server, "/a/long/prefix", "long"));
	memset(path, '/', sizeof path - 1);
	assert_string_equal(first_scope(&server, "GET", path), "slashes");
	path[1] = 'b';
	assert_int_equal(find(&server, "GET", path)->kind, MCPAUTH__ROUTE_REST);
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_without_routes_protects_everything),
		cmocka_unit_test(takes_the_exact_path_then_the_longest_prefix),
		cmocka_unit_test(the_root_as_prefix_covers_all),
		cmocka_unit_test(protects_a_path_with_no_policy_at_all),
		cmocka_unit_test(publishes_one_path_exactly),
		cmocka_unit_test(the_root_can_be_published_alone),
		cmocka_unit_test(a_route_speaks_of_its_methods_and_head_goes_with_get),
		cmocka_unit_test(head_alone_does_not_open_get),
		cmocka_unit_test(head_by_its_name_wins_over_head_with_get),
		cmocka_unit_test(a_route_with_methods_wins_over_one_for_all),
		cmocka_unit_test(a_prefix_with_methods_wins_over_an_equal_one_for_all),
		cmocka_unit_test(a_method_that_a_path_does_not_speak_of_is_not_left_to_a_prefix),
		cmocka_unit_test(no_prefix_reaches_across_dots),
		cmocka_unit_test(refuses_methods_that_would_speak_of_nothing),
		cmocka_unit_test(leaves_no_unnamed_methods_of_a_protected_path_to_everybody),
		cmocka_unit_test(refuses_paths_that_no_request_can_have),
		cmocka_unit_test(the_rest_needs_what_any_route_needs),
		cmocka_unit_test(the_rest_needs_one_of_each_routes_set),
		cmocka_unit_test(checks_any_scopes_as_it_checks_scopes),
		cmocka_unit_test(the_rest_can_be_given),
		cmocka_unit_test(there_is_no_rest_with_several_resources),
		cmocka_unit_test(with_several_resources_a_policy_names_its_own),
		cmocka_unit_test(refuses_the_same_route_twice),
		cmocka_unit_test(refuses_a_second_rest),
		cmocka_unit_test(refuses_methods_for_the_rest),
		cmocka_unit_test(checks_what_it_is_given),
		cmocka_unit_test(an_empty_list_of_methods_publishes_nothing),
		cmocka_unit_test(warns_of_offline_access),
		cmocka_unit_test(names_a_scope_once),
		cmocka_unit_test(copies_the_path),
		cmocka_unit_test(a_longer_prefix_without_the_method_leaves_it_to_a_shorter_one),
		cmocka_unit_test(finds_each_of_a_thousand_routes),
		cmocka_unit_test(a_path_of_slashes_ends_below_the_prefix_it_has),
	};
	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
