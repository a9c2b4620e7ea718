/* Metadata documents: where they are, for whom, and where there is a 404. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <cjson/cJSON.h>

#include <stdio.h>
#include <string.h>

#define ROOT "/.well-known/oauth-protected-resource"

#define OTHER_RESOURCE "https://api.example.com/other"

static const char *const two[] = {SERVER_RESOURCE, OTHER_RESOURCE, NULL};

static bool answers(
	struct fake_server *server, const char *method, const char *path, unsigned status)
{
	struct fake_request request = {.method = method, .path = path};
	return fake_server_answers(server, &request, status);
}

/* What a request says, and whose document it is shown; NULL: 404. */
struct row {
	const char *path;
	const char *query;
	const char *host;
	const char *resource;
};

static bool shows_row(struct fake_server *server, const struct row *row)
{
	struct fake_exchange fake;
	struct fake_request request = {.path = row->path, .query = row->query};
	if (row->host != NULL) {
		request.headers[0] = "Host";
		request.headers[1] = row->host;
	}
	fake_exchange_start(&fake, server, &request);
	fake_exchange_serve(&fake);
	cJSON *json = cJSON_Parse(fake_exchange_body(&fake));
	const char *named = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(json, "resource"));
	bool good = row->resource == NULL ? fake_exchange_status(&fake) == 404
					  : fake_exchange_status(&fake) == 200 && named != NULL
			&& strcmp(named, row->resource) == 0;
	cJSON_Delete(json);
	fake_exchange_finish(&fake);
	return good;
}

/* Does this path show the document of this resource? */
static bool shows(struct fake_server *server, const char *path, const char *resource)
{
	struct row row = {.path = path, .resource = resource};
	return shows_row(server, &row);
}

static void shows_the_only_resource_at_its_path_and_the_root(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, NULL);
	assert_true(shows(&server, ROOT "/mcp", SERVER_RESOURCE));
	assert_true(shows(&server, ROOT, SERVER_RESOURCE));
	assert_true(answers(&server, "GET", ROOT "/other", 404));
	fake_server_stop(&server);
}

static void shows_several_resources_at_their_paths_only(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, two);
	assert_true(shows(&server, ROOT "/mcp", two[0]));
	assert_true(shows(&server, ROOT "/other", two[1]));
	assert_true(answers(&server, "GET", ROOT, 404));
	fake_server_stop(&server);
}

static void a_resource_without_a_path_is_at_the_root(void **state)
{
	(void)state;
	static const char *const resources[] = {"https://api.example.com", OTHER_RESOURCE, NULL};
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, resources);
	assert_true(shows(&server, ROOT, resources[0]));
	assert_true(shows(&server, ROOT "/other", two[1]));
	fake_server_stop(&server);
}

static void is_found_at_the_decoded_path(void **state)
{
	(void)state;
	static const char *const resources[] = {
		"https://api.example.com/a%20b/%C3%A9%2f", OTHER_RESOURCE, NULL};
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, resources);
	assert_true(shows(&server, ROOT "/a b/\xc3\xa9/", resources[0]));
	assert_true(answers(&server, "GET", ROOT "/a%20b/%C3%A9%2f", 404));
	fake_server_stop(&server);
}

static void check_rows(const char *const *resources, const struct row *rows, size_t count)
{
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, resources);
	for (size_t i = 0; i < count; i++) {
		char label[32];
		snprintf(label, sizeof label, "row %zu", i);
		CHECK_ROW(label, shows_row(&server, &rows[i]));
	}
	fake_server_stop(&server);
}

static void tells_resources_apart_by_their_query(void **state)
{
	(void)state;
	static const char *const resources[] = {"https://a.example/x?tenant=1",
		"https://a.example/x?tenant=2", "https://a.example/x",
		"https://a.example/y?tenant=%31", "https://a.example/z?", NULL};
	static const struct row rows[] = {
		{ROOT "/x", "tenant=1", NULL, "https://a.example/x?tenant=1"},
		{ROOT "/x", "tenant=2", NULL, "https://a.example/x?tenant=2"},
		{ROOT "/x", NULL, NULL, "https://a.example/x"},
		{ROOT "/x", "", NULL, "https://a.example/x"},
		{ROOT "/x", "tenant=3", NULL, "https://a.example/x"},
		{ROOT "/x", "tenant=1&b", NULL, "https://a.example/x"},
		{ROOT "/x", "tenant=1", "a.example", "https://a.example/x?tenant=1"},
		{ROOT "/x", "tenant=1", "127.0.0.1:80", "https://a.example/x?tenant=1"},
		{ROOT "/y", "tenant=%31", NULL, "https://a.example/y?tenant=%31"},
		{ROOT "/y", "tenant=1", NULL, NULL},
		{ROOT "/y", NULL, NULL, NULL},
		{ROOT "/z", "", NULL, "https://a.example/z?"},
		{ROOT "/z", NULL, NULL, NULL},
		{ROOT, "tenant=1", NULL, NULL},
	};
	check_rows(resources, rows, sizeof rows / sizeof *rows);
}

static void tells_resources_apart_by_their_host(void **state)
{
	(void)state;
	static const char *const resources[] = {"https://a.example/x", "https://b.example/x",
		"https://b.example:8443/x", "https://b.example/x?q=1", "https://b.example/y", NULL};
	static const struct row rows[] = {
		{ROOT "/x", NULL, "a.example", "https://a.example/x"},
		{ROOT "/x", NULL, "A.Example:443", "https://a.example/x"},
		{ROOT "/x", NULL, "b.example", "https://b.example/x"},
		{ROOT "/x", NULL, "b.example:8443", "https://b.example:8443/x"},
		{ROOT "/x", "q=1", "b.example", "https://b.example/x?q=1"},
		/* The query is not known at this host, only at another. */
		{ROOT "/x", "q=1", "a.example", "https://a.example/x"},
		/* A host that a proxy wrote: only what is alone can be told. */
		{ROOT "/x", NULL, "backend.internal", NULL},
		{ROOT "/x", NULL, NULL, NULL},
		{ROOT "/x", "q=1", "backend.internal", "https://b.example/x?q=1"},
		{ROOT "/y", NULL, "backend.internal", "https://b.example/y"},
		{ROOT "/y", NULL, "not a host", "https://b.example/y"},
	};
	check_rows(resources, rows, sizeof rows / sizeof *rows);
}

#define TEN "aaaaaaaaaa"
#define FIFTY TEN TEN TEN TEN TEN
#define LONG FIFTY FIFTY FIFTY FIFTY FIFTY "aaaaa" /* 255, as many as there may be */

static void looks_for_no_host_that_is_longer_than_any(void **state)
{
	(void)state;
	static const char *const resources[] = {
		"https://zone.example/x", "https://b.example/x", "https://b.example/x?q=1", NULL};
	static const struct row rows[] = {
		{ROOT "/x", NULL, "ZONE.EXAMPLE", "https://zone.example/x"},
		{ROOT "/x", NULL, LONG ":65535", NULL},
		{ROOT "/x", NULL, LONG "a", NULL},
		{ROOT "/x", NULL, LONG LONG LONG LONG ":65535", NULL},
		{ROOT "/x", "q=1", LONG LONG LONG LONG, "https://b.example/x?q=1"},
	};
	check_rows(resources, rows, sizeof rows / sizeof *rows);
}

#define MANY 600

/* Each of these at its place, and at no other. */
static void check_many(char names[][64], const struct row *row_of_each)
{
	const char *resources[MANY + 1] = {NULL};
	struct fake_server server;
	for (size_t i = 0; i < MANY; i++) {
		resources[i] = names[i];
	}
	fake_server_start(&server, FAKE_DOWN, resources);
	for (size_t i = 0; i < MANY; i++) {
		CHECK_ROW(names[i], shows_row(&server, &row_of_each[i]));
		/* The second time it is there already. */
		CHECK_ROW(names[i], shows_row(&server, &row_of_each[i]));
	}
	fake_server_stop(&server);
}

static void finds_each_of_many_by_its_path(void **state)
{
	static char names[MANY][64];
	static char paths[MANY][64];
	static struct row each[MANY];
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "https://a.example/%zu", i);
		snprintf(paths[i], sizeof paths[i], ROOT "/%zu", i);
		each[i] = (struct row){paths[i], NULL, "127.0.0.1", names[i]};
	}
	check_many(names, each);
}

static void finds_each_of_many_by_its_host(void **state)
{
	static char names[MANY][64];
	static char hosts[MANY][64];
	static struct row each[MANY];
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "https://t%zu.example:%s/x", i / 2,
			i % 2 == 0 ? "443" : "8443");
		snprintf(hosts[i], sizeof hosts[i], "T%zu.EXAMPLE%s", i / 2,
			i % 2 == 1           ? ":08443"
				: i % 4 == 0 ? ""
					     : ":443");
		each[i] = (struct row){ROOT "/x", "more", hosts[i], names[i]};
	}
	check_many(names, each);
}

static void finds_each_of_many_by_its_query(void **state)
{
	static char names[MANY][64];
	static char queries[MANY][32];
	static struct row each[MANY];
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(queries[i], sizeof queries[i], "tenant=%zu", i);
		snprintf(names[i], sizeof names[i], "https://a.example/x?%s", queries[i]);
		each[i] = (struct row){ROOT "/x", queries[i],
			i % 2 == 0 ? "a.example" : "proxy.example", names[i]};
	}
	check_many(names, each);
}

/* Behind a proxy that writes its own name. */
static void does_not_guess_among_many(void **state)
{
	static const char *const resources[] = {"https://a.example/x", "https://b.example/x",
		"https://c.example/x?q", "http://127.0.0.1/x", NULL};
	static const struct row rows[] = {
		{ROOT "/x", NULL, "proxy.example", NULL},
		{ROOT "/x", "q", "proxy.example", "https://c.example/x?q"},
		{ROOT "/x", "else", "proxy.example", NULL},
		{ROOT "/x", "q", "a.example", "https://a.example/x"},
		{ROOT "/x", NULL, "c.example", NULL},
		{ROOT "/x", NULL, "127.0.0.1", "http://127.0.0.1/x"},
		{ROOT "/x", NULL, "127.0.0.1:80", "http://127.0.0.1/x"},
		{ROOT "/x", NULL, "127.0.0.1:443", NULL},
		{ROOT "/x", NULL, "a.example:80", NULL},
	};
	(void)state;
	check_rows(resources, rows, sizeof rows / sizeof *rows);
}

static void the_only_resource_is_at_the_root_whatever_its_query(void **state)
{
	(void)state;
	static const char *const resources[] = {"https://a.example/x?tenant=1", NULL};
	static const struct row rows[] = {
		{ROOT, NULL, NULL, "https://a.example/x?tenant=1"},
		{ROOT, "tenant=2", NULL, "https://a.example/x?tenant=1"},
		{ROOT "/x", "tenant=1", NULL, "https://a.example/x?tenant=1"},
		{ROOT "/x", NULL, NULL, NULL},
	};
	check_rows(resources, rows, sizeof rows / sizeof *rows);
}

static void a_query_that_is_not_known_is_no_way_to_a_challenge(void **state)
{
	(void)state;
	static const char *const resources[] = {"https://a.example/x?tenant=1", NULL};
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, resources);
	CHECK_OK(mcpauth_chain_protect_prefix(server.chain, "/", NULL, &err));
	assert_true(answers(&server, "GET", ROOT "/x", 404));
	assert_true(answers(&server, "POST", ROOT "/x", 404));
	assert_true(answers(&server, "GET", "/x", 401));
	fake_server_stop(&server);
}

static void start_without_issuer(struct fake_server *server)
{
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	resource.resource = OTHER_RESOURCE;
	fake_server_start(server, FAKE_DOWN, NULL);
	mcpauth_chain_free(server->chain);
	CHECK_OK(mcpauth_add_resource(server->auth, &resource, &err));
	CHECK_OK(mcpauth_chain_new(server->auth, NULL, &server->chain, &err));
}

/* MCP: a document names at least one authorization server. */
static void shows_nothing_of_a_resource_without_an_issuer(void **state)
{
	(void)state;
	struct fake_server server;
	start_without_issuer(&server);
	assert_int_equal(fake_server_logged(&server, "no issuer was added"), 0);
	assert_true(answers(&server, "GET", ROOT "/other", 404));
	assert_true(answers(&server, "HEAD", ROOT "/other", 404));
	assert_true(answers(&server, "OPTIONS", ROOT "/other", 404));
	assert_true(answers(&server, "POST", ROOT "/other", 404));
	assert_int_equal(fake_server_logged(&server, "no issuer was added"), 1);
	assert_int_equal(fake_server_logged(&server, OTHER_RESOURCE), 1);
	assert_true(shows(&server, ROOT "/mcp", SERVER_RESOURCE));
	fake_server_stop(&server);
}

static const struct {
	const char *method;
	unsigned status;
} methods[] = {
	{"GET", 200},
	{"HEAD", 200},
	{"OPTIONS", 204},
	{"POST", 405},
	{"PUT", 405},
	{"DELETE", 405},
	{"PATCH", 405},
	{"get", 405},
	{"TRACE", 405},
};

static void is_only_for_reading(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, NULL);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		CHECK_ROW(methods[i].method,
			answers(&server, methods[i].method, ROOT "/mcp", methods[i].status));
	}
	fake_server_stop(&server);
}

static void says_which_methods_there_are(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct fake_request request = {.method = "POST", .path = ROOT "/mcp"};
	fake_server_start(&server, FAKE_DOWN, NULL);
	fake_exchange_start(&fake, &server, &request);
	fake_exchange_serve(&fake);
	assert_string_equal(fake_exchange_header(&fake, "Allow"), "GET, HEAD, OPTIONS");
	assert_string_equal(fake_exchange_header(&fake, "Cache-Control"), "no-store");
	assert_null(fake_exchange_header(&fake, "WWW-Authenticate"));
	assert_string_equal(fake_exchange_body(&fake),
		"{\"error\":\"method_not_allowed\","
		"\"error_description\":\"This document is only for reading\"}");
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void every_script_may_read_it(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct fake_request request = {
		.path = ROOT "/mcp",
		.headers = {"Host", "anything.example", "Origin", "https://evil.example"},
	};
	fake_server_start(&server, FAKE_DOWN, NULL);
	fake_exchange_start(&fake, &server, &request);
	fake_exchange_serve(&fake);
	assert_int_equal(fake_exchange_status(&fake), 200);
	assert_string_equal(fake_exchange_header(&fake, "Access-Control-Allow-Origin"), "*");
	assert_string_equal(fake_exchange_header(&fake, "Content-Type"), "application/json");
	assert_string_equal(fake_exchange_header(&fake, "Cache-Control"), "public, max-age=3600");
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void lets_preflights_pass(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct fake_request request = {
		.method = "OPTIONS",
		.path = ROOT "/mcp",
		.headers = {"Origin", "https://evil.example", "Access-Control-Request-Method",
			"GET", "Access-Control-Request-Headers", "mcp-protocol-version"},
	};
	fake_server_start(&server, FAKE_DOWN, NULL);
	fake_exchange_start(&fake, &server, &request);
	fake_exchange_serve(&fake);
	assert_int_equal(fake_exchange_status(&fake), 204);
	assert_string_equal(fake_exchange_header(&fake, "Access-Control-Allow-Origin"), "*");
	assert_string_equal(
		fake_exchange_header(&fake, "Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
	assert_string_equal(
		fake_exchange_header(&fake, "Access-Control-Allow-Headers"), "*, Authorization");
	assert_string_equal(fake_exchange_header(&fake, "Access-Control-Max-Age"), "3600");
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void needs_no_token_whatever_is_protected(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, NULL);
	CHECK_OK(mcpauth_chain_protect_prefix(server.chain, "/", NULL, &err));
	assert_true(shows(&server, ROOT "/mcp", SERVER_RESOURCE));
	assert_true(answers(&server, "GET", "/mcp", 401));
	fake_server_stop(&server);
}

static const struct {
	const char *path;
	unsigned status;
} probes[] = {
	{"/.well-known", 404},
	{"/.well-known/", 404},
	{"/.well-known/oauth-authorization-server", 404},
	{"/.well-known/oauth-authorization-server/mcp", 404},
	{"/.well-known/openid-configuration", 404},
	{ROOT "/", 404},
	{ROOT "/mcp/", 404},
	{ROOT "/mcp/x", 404},
	{ROOT "/MCP", 404},
	{"/.well-knowns", 401},
	{"/mcp/.well-known/openid-configuration", 401},
	{"//.well-known/openid-configuration", 401},
	{"/.WELL-KNOWN/openid-configuration", 401},
};

static void what_is_not_there_is_not_found(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, NULL);
	for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
		CHECK_ROW(
			probes[i].path, answers(&server, "GET", probes[i].path, probes[i].status));
		CHECK_ROW(
			probes[i].path, answers(&server, "POST", probes[i].path, probes[i].status));
	}
	fake_server_stop(&server);
}

static void another_document_can_be_published(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, NULL);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/.well-known/jwks.json", "GET", &err));
	assert_true(answers(&server, "GET", "/.well-known/jwks.json", 0));
	assert_true(answers(&server, "POST", "/.well-known/jwks.json", 404));
	assert_true(answers(&server, "GET", "/.well-known/jwks.json.bak", 404));
	fake_server_stop(&server);
}

static void its_own_path_cannot_be_taken_over(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_DOWN, NULL);
	CHECK_OK(mcpauth_chain_publish(server.chain, ROOT "/mcp", NULL, &err));
	assert_true(shows(&server, ROOT "/mcp", SERVER_RESOURCE));
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_only_resource_at_its_path_and_the_root),
		cmocka_unit_test(shows_several_resources_at_their_paths_only),
		cmocka_unit_test(a_resource_without_a_path_is_at_the_root),
		cmocka_unit_test(is_found_at_the_decoded_path),
		cmocka_unit_test(tells_resources_apart_by_their_query),
		cmocka_unit_test(tells_resources_apart_by_their_host),
		cmocka_unit_test(looks_for_no_host_that_is_longer_than_any),
		cmocka_unit_test(finds_each_of_many_by_its_path),
		cmocka_unit_test(finds_each_of_many_by_its_host),
		cmocka_unit_test(finds_each_of_many_by_its_query),
		cmocka_unit_test(does_not_guess_among_many),
		cmocka_unit_test(the_only_resource_is_at_the_root_whatever_its_query),
		cmocka_unit_test(a_query_that_is_not_known_is_no_way_to_a_challenge),
		cmocka_unit_test(shows_nothing_of_a_resource_without_an_issuer),
		cmocka_unit_test(is_only_for_reading),
		cmocka_unit_test(says_which_methods_there_are),
		cmocka_unit_test(every_script_may_read_it),
		cmocka_unit_test(lets_preflights_pass),
		cmocka_unit_test(needs_no_token_whatever_is_protected),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(another_document_can_be_published),
		cmocka_unit_test(its_own_path_cannot_be_taken_over),
	};
	return cmocka_run_group_tests_name("resource_metadata", tests, NULL, NULL);
}
