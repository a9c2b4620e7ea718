/* A server's metadata as a client reads it: where it looks, and which document it believes. */
#include "client/discovery/resource_metadata.h"

#include "client/discovery/members.h"
#include "support/check.h"
#include "support/fake_web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SERVER "https://api.example/mcp"
#define SERVERS "\"authorization_servers\":[\"https://as.example\"]"
#define ABOUT(resource) "{\"resource\":\"" resource "\"," SERVERS "}"
#define GOOD ABOUT(SERVER)
#define INSERTED "https://api.example/.well-known/oauth-protected-resource/mcp"
#define ROOT "https://api.example/.well-known/oauth-protected-resource"
#define NAMED "https://api.example/about"
#define SET(web, ...) \
	do { \
		static const struct fake_page set_pages[] = {__VA_ARGS__}; \
		fake_web_set(web, set_pages, COUNT(set_pages)); \
	} while (0)

static enum mcpauth_code read_text(const char *server, const char *text,
	struct mcpauth__resource_metadata *metadata, struct mcpauth_error *err)
{
	const struct mcpauth__buf buf = {.data = (char *)text, .length = strlen(text)};
	*metadata = (struct mcpauth__resource_metadata){0};
	return mcpauth__resource_metadata_read(server, &buf, metadata, err);
}

static enum mcpauth_code try_text(const char *server, const char *text, struct mcpauth_error *err)
{
	struct mcpauth__resource_metadata metadata;
	enum mcpauth_code code = read_text(server, text, &metadata, err);
	mcpauth__resource_metadata_finish(&metadata);
	return code;
}

static enum mcpauth_code find(const struct fake_web *web, const char *server, const char *named,
	struct mcpauth__resource_metadata *metadata, struct mcpauth_error *err)
{
	*metadata = (struct mcpauth__resource_metadata){0};
	return mcpauth__resource_metadata_find(&web->asker, server, named, metadata, err);
}

static enum mcpauth_code try_find(const struct fake_web *web, const char *server, const char *named,
	struct mcpauth_error *err)
{
	struct mcpauth__resource_metadata metadata;
	enum mcpauth_code code = find(web, server, named, &metadata, err);
	mcpauth__resource_metadata_finish(&metadata);
	return code;
}

static void reads_what_a_client_needs(void **state)
{
	(void)state;
	static const char text[] =
		"{\"resource\":\"https:\\/\\/API.example:443\\/mcp\\/\",\"authorization_servers\":"
		"[\"https://a.example\",\"https://b.example/t\"],\"scopes_supported\":[\"x\",\"y\"],"
		"\"dpop_bound_access_tokens_required\":true,\"more\":{\"resource\":1},"
		"\"dpop_signing_alg_values_supported\":[\"RS256\",\"ES256\"]}";
	struct mcpauth__resource_metadata metadata;
	CHECK_OK(read_text(SERVER, text, &metadata, &err));
	assert_string_equal(metadata.resource, "https://API.example:443/mcp/");
	assert_int_equal(metadata.authorization_servers.count, 2);
	assert_string_equal(metadata.authorization_servers.items[0], "https://a.example");
	assert_string_equal(metadata.authorization_servers.items[1], "https://b.example/t");
	assert_int_equal(metadata.scopes_supported.count, 2);
	assert_string_equal(metadata.scopes_supported.items[1], "y");
	assert_true(metadata.has_scopes && metadata.wants_dpop && metadata.takes_dpop);
	mcpauth__resource_metadata_finish(&metadata);
	assert_null(metadata.resource);
	mcpauth__resource_metadata_finish(&metadata);
}

static void what_is_not_said_is_not_there(void **state)
{
	(void)state;
	static const char *const texts[] = {GOOD,
		"{\"resource\":\"" SERVER "\"," SERVERS
		",\"scopes_supported\":null,\"dpop_bound_access_tokens_required\":null,"
		"\"dpop_signing_alg_values_supported\":null}",
		"{\"resource\":\"" SERVER "\"," SERVERS
		",\"dpop_bound_access_tokens_required\":false,"
		"\"dpop_signing_alg_values_supported\":[\"es256\",\"ES256K\"]}"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct mcpauth__resource_metadata metadata;
		CHECK_ROW_CODE(texts[i], MCPAUTH_OK, read_text(SERVER, texts[i], &metadata, &err));
		CHECK_ROW(texts[i], !metadata.has_scopes && metadata.scopes_supported.count == 0);
		CHECK_ROW(texts[i], !metadata.wants_dpop && !metadata.takes_dpop);
		mcpauth__resource_metadata_finish(&metadata);
	}
}

static void an_empty_list_of_scopes_is_said(void **state)
{
	(void)state;
	struct mcpauth__resource_metadata metadata;
	CHECK_OK(read_text(SERVER,
		"{\"resource\":\"" SERVER "\"," SERVERS ",\"scopes_supported\":[]}", &metadata,
		&err));
	assert_true(metadata.has_scopes);
	assert_int_equal(metadata.scopes_supported.count, 0);
	mcpauth__resource_metadata_finish(&metadata);
}

static void refuses_what_is_missing_or_of_another_type(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum mcpauth_code want;
	} rows[] = {
		{GOOD, MCPAUTH_OK},
		{"", MCPAUTH_E_INVALID_JSON},
		{"[]", MCPAUTH_E_INVALID_JSON},
		{"<html></html>", MCPAUTH_E_INVALID_JSON},
		{"{\"resource\":\"" SERVER "\",\"resource\":\"" SERVER "\"," SERVERS "}",
			MCPAUTH_E_INVALID_JSON},
		{"{" SERVERS "}", MCPAUTH_E_INVALID_METADATA},
		{"{\"Resource\":\"" SERVER "\"," SERVERS "}", MCPAUTH_E_INVALID_METADATA},
		{"{\"resource\":null," SERVERS "}", MCPAUTH_E_INVALID_METADATA},
		{"{\"resource\":[\"" SERVER "\"]," SERVERS "}", MCPAUTH_E_INVALID_METADATA},
		{"{\"resource\":\"" SERVER "\"}", MCPAUTH_E_INVALID_METADATA},
		{"{\"resource\":\"" SERVER "\",\"authorization_servers\":[]}",
			MCPAUTH_E_INVALID_METADATA},
		{"{\"resource\":\"" SERVER "\",\"authorization_servers\":\"https://as.example\"}",
			MCPAUTH_E_INVALID_METADATA},
		{"{\"resource\":\"" SERVER "\",\"authorization_servers\":[1]}",
			MCPAUTH_E_INVALID_METADATA},
		{"{\"resource\":\"" SERVER "\"," SERVERS ",\"scopes_supported\":\"a b\"}",
			MCPAUTH_E_INVALID_METADATA},
		{"{\"resource\":\"" SERVER "\"," SERVERS ",\"scopes_supported\":[\"a\",null]}",
			MCPAUTH_E_INVALID_METADATA},
		{"{\"resource\":\"" SERVER "\"," SERVERS
		 ",\"dpop_bound_access_tokens_required\":\"true\"}",
			MCPAUTH_E_INVALID_METADATA},
		{"{\"resource\":\"" SERVER "\"," SERVERS
		 ",\"dpop_signing_alg_values_supported\":\"ES256\"}",
			MCPAUTH_E_INVALID_METADATA},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW_CODE(rows[i].text, rows[i].want, try_text(SERVER, rows[i].text, &err));
	}
}

static void lists_have_an_end(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct mcpauth__buf text = {0};
		mcpauth__buf_puts(&text,
			"{\"resource\":\"" SERVER "\"," SERVERS ",\"scopes_supported\":[\"s\"");
		for (size_t i = 1; i < MCPAUTH__LIST_LIMIT + more; i++) {
			mcpauth__buf_puts(&text, ",\"s\"");
		}
		mcpauth__buf_puts(&text, "]}");
		assert_non_null(text.data);
		CHECK_CODE(more == 0 ? MCPAUTH_OK : MCPAUTH_E_TOO_LARGE,
			try_text(SERVER, text.data, &err));
		mcpauth__buf_finish(&text);
	}
}

/* The second is what a document has to say for requests to the first. */
static void believes_what_is_about_the_server_or_above_it(void **state)
{
	(void)state;
	static const struct {
		const char *server;
		const char *resource;
	} rows[] = {
		{"https://api.example/mcp", "https://api.example/mcp"},
		{"https://api.example/mcp", "https://api.example/mcp/"},
		{"https://api.example/mcp/", "https://api.example/mcp"},
		{"https://api.example/mcp", "https://api.example"},
		{"https://api.example/mcp", "https://api.example/"},
		{"https://api.example", "https://api.example/"},
		{"https://api.example/", "https://api.example"},
		{"https://api.example/a/b/mcp", "https://api.example/a"},
		{"https://api.example/a/b/mcp", "https://api.example/a/b/"},
		{"https://api.example/mcp", "HTTPS://API.example/mcp"},
		{"https://API.example/mcp", "https://api.example:443/mcp"},
		{"https://api.example:443/mcp", "https://api.example/mcp"},
		{"https://api.example:08443/mcp", "https://api.example:8443/mcp"},
		{"http://127.0.0.1:80/mcp", "http://127.0.0.1/mcp"},
		{"http://[::1]:9000/mcp", "http://[::1]:9000"},
		{"https://api.example/mcp?t=1", "https://api.example/mcp?t=1"},
		{"https://api.example/mcp?t=1", "https://API.example/mcp/?t=1"},
		{"https://api.example/mcp?t=1", "https://api.example/mcp"},
		{"https://api.example/mcp?t=1", "https://api.example"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[256];
		snprintf(text, sizeof text, "{\"resource\":\"%s\"," SERVERS "}", rows[i].resource);
		CHECK_ROW_CODE(rows[i].resource, MCPAUTH_OK, try_text(rows[i].server, text, &err));
	}
}

static void refuses_what_is_about_something_else(void **state)
{
	(void)state;
	static const struct {
		const char *server;
		const char *resource;
	} rows[] = {
		{SERVER, "https://evil.example/mcp"},
		{SERVER, "https://api.example.evil.example/mcp"},
		{SERVER, "https://api.example@evil.example/mcp"},
		{SERVER, "https://evil@api.example/mcp"},
		{SERVER, "http://api.example/mcp"},
		{SERVER, "http://api.example:443/mcp"},
		{SERVER, "https://api.example:8443/mcp"},
		{SERVER, "https://api.example:80/mcp"},
		{SERVER, "https://api.example/mc"},
		{SERVER, "https://api.example/MCP"},
		{SERVER, "https://api.example/mcp2"},
		{SERVER, "https://api.example/mcp/tools"},
		{SERVER, "https://api.example/mcp//"},
		{SERVER, "https://api.example//"},
		{SERVER, "https://api.example/%6dcp"},
		{SERVER, "https://api.example/%00"},
		{SERVER, "https://api.example/mcp#"},
		{SERVER, "https://api.example/mcp?"},
		{SERVER, "https://api.example/?t=1"},
		{SERVER, "https://api.example/mcp "},
		{SERVER, "//api.example/mcp"},
		{SERVER, "/mcp"},
		{SERVER, "urn:api:mcp"},
		{SERVER, ""},
		{"https://api.example", "https://api.example/mcp"},
		{"https://api.example/mcp?t=1", "https://api.example/mcp?t=2"},
		{"https://api.example/mcp?t=1", "https://api.example/?t=1"},
		{"https://api.example/a%2Fb", "https://api.example/a"},
		{"http://127.0.0.1:9000/mcp", "http://127.0.0.1:9001/mcp"},
		{"http://127.0.0.1:9000/mcp", "http://localhost:9000/mcp"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[256];
		snprintf(text, sizeof text, "{\"resource\":\"%s\"," SERVERS "}", rows[i].resource);
		CHECK_ROW_CODE(rows[i].resource, MCPAUTH_E_RESOURCE_MISMATCH,
			try_text(rows[i].server, text, &err));
	}
}

static void shows_the_other_resource_in_one_line(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	assert_int_equal(try_text(SERVER, ABOUT("https://evil.example\\n\\u001b[2J"), &err),
		MCPAUTH_E_RESOURCE_MISMATCH);
	assert_string_equal(err.message,
		"it is about the resource \"https://evil.example??[2J\", not this server");
}

static void looks_behind_the_well_known_path_first(void **state)
{
	struct fake_web *web = *state;
	struct mcpauth__resource_metadata metadata;
	SET(web, {INSERTED, 200, GOOD}, {ROOT, 200, ABOUT("https://api.example")});
	CHECK_OK(find(web, SERVER, NULL, &metadata, &err));
	assert_string_equal(web->asked, INSERTED "\n");
	assert_string_equal(metadata.resource, SERVER);
	assert_string_equal(metadata.source, INSERTED);
	mcpauth__resource_metadata_finish(&metadata);
}

static void then_at_the_root(void **state)
{
	struct fake_web *web = *state;
	struct mcpauth__resource_metadata metadata;
	SET(web, {INSERTED, 401, ""}, {ROOT, 200, ABOUT("https://api.example")});
	CHECK_OK(find(web, SERVER, NULL, &metadata, &err));
	assert_string_equal(web->asked, INSERTED "\n" ROOT "\n");
	assert_string_equal(metadata.resource, "https://api.example");
	assert_string_equal(metadata.source, ROOT);
	mcpauth__resource_metadata_finish(&metadata);
}

static void a_place_that_the_challenge_names_is_the_only_one(void **state)
{
	struct fake_web *web = *state;
	struct mcpauth__resource_metadata metadata;
	SET(web, {NAMED, 200, GOOD}, {INSERTED, 200, GOOD}, {ROOT, 200, GOOD});
	CHECK_OK(find(web, SERVER, NAMED, &metadata, &err));
	assert_string_equal(web->asked, NAMED "\n");
	assert_string_equal(metadata.source, NAMED);
	mcpauth__resource_metadata_finish(&metadata);
	SET(web, {INSERTED, 200, GOOD}, {ROOT, 200, GOOD});
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, try_find(web, SERVER, NAMED, &err));
	assert_string_equal(web->asked, NAMED "\n");
}

static void the_root_is_not_asked_twice(void **state)
{
	struct fake_web *web = *state;
	static const char *const servers[] = {"https://api.example", "https://api.example/"};
	for (size_t i = 0; i < COUNT(servers); i++) {
		fake_web_set(web, NULL, 0);
		CHECK_ROW_CODE(servers[i], MCPAUTH_E_NO_RESOURCE_METADATA,
			try_find(web, servers[i], NULL, &err));
		assert_string_equal(web->asked, ROOT "\n");
	}
}

static void the_root_has_neither_path_nor_query(void **state)
{
	struct fake_web *web = *state;
	fake_web_set(web, NULL, 0);
	CHECK_CODE(MCPAUTH_E_NO_RESOURCE_METADATA,
		try_find(web, "http://127.0.0.1:9000/a/mcp/?t=1", NULL, &err));
	assert_string_equal(web->asked,
		"http://127.0.0.1:9000/.well-known/oauth-protected-resource/a/mcp?t=1\n"
		"http://127.0.0.1:9000/.well-known/oauth-protected-resource\n");
	fake_web_set(web, NULL, 0);
	CHECK_CODE(MCPAUTH_E_NO_RESOURCE_METADATA,
		try_find(web, "https://api.example?t=1", NULL, &err));
	assert_string_equal(web->asked, ROOT "?t=1\n" ROOT "\n");
}

static void says_that_there_is_none(void **state)
{
	struct fake_web *web = *state;
	struct mcpauth_error err = {0};
	fake_web_set(web, NULL, 0);
	assert_int_equal(try_find(web, SERVER, NULL, &err), MCPAUTH_E_NO_RESOURCE_METADATA);
	assert_int_equal(err.code, MCPAUTH_E_NO_RESOURCE_METADATA);
	assert_non_null(strstr(err.message, "nowhere"));
	assert_non_null(strstr(err.message, "404"));
	assert_int_equal(try_find(web, SERVER, NULL, NULL), MCPAUTH_E_NO_RESOURCE_METADATA);
}

static void anything_but_a_4xx_ends_the_search(void **state)
{
	struct fake_web *web = *state;
	static const struct {
		const char *label;
		struct fake_page page;
		enum mcpauth_code want;
	} rows[] = {
		{"500", {INSERTED, 500, GOOD}, MCPAUTH_E_HTTP_STATUS},
		{"204", {INSERTED, 204, ""}, MCPAUTH_E_HTTP_STATUS},
		{"302", {INSERTED, 302, GOOD}, MCPAUTH_E_HTTP_STATUS},
		{"no answer", {INSERTED, 0, ""}, MCPAUTH_E_UNREACHABLE},
		{"a page", {INSERTED, 200, "<html></html>"}, MCPAUTH_E_INVALID_JSON},
		{"another's", {INSERTED, 200, ABOUT("https://evil.example")},
			MCPAUTH_E_RESOURCE_MISMATCH},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct fake_page pages[] = {rows[i].page, {ROOT, 200, GOOD}};
		fake_web_set(web, pages, COUNT(pages));
		CHECK_ROW_CODE(rows[i].label, rows[i].want, try_find(web, SERVER, NULL, &err));
		CHECK_ROW(rows[i].label, strcmp(web->asked, INSERTED "\n") == 0);
	}
}

static void says_where_the_document_is_that_cannot_be_used(void **state)
{
	struct fake_web *web = *state;
	struct mcpauth_error err = {0};
	SET(web, {INSERTED "?t=secret", 200, "{}"});
	assert_int_equal(try_find(web, SERVER "?t=secret", NULL, &err), MCPAUTH_E_INVALID_METADATA);
	assert_string_equal(err.message, INSERTED ": no authorization server in it");
}

/* The server says where, so the server may lead nobody to places that only the client can
 * reach. */
static void follows_no_challenge_to_just_any_place(void **state)
{
	struct fake_web *web = *state;
	static const struct {
		const char *server;
		const char *named;
		enum mcpauth_code want;
	} rows[] = {
		{SERVER, "https://api.example/about", MCPAUTH_OK},
		{SERVER, "https://about.example/mcp", MCPAUTH_OK},
		{"http://127.0.0.1:9000/mcp", "http://localhost:9001/about", MCPAUTH_OK},
		{SERVER, "http://api.example/about", MCPAUTH_E_INVALID_METADATA},
		{SERVER, "javascript:alert(1)", MCPAUTH_E_INVALID_METADATA},
		{SERVER, "file:///etc/passwd", MCPAUTH_E_INVALID_METADATA},
		{SERVER, "data:application/json,{}", MCPAUTH_E_INVALID_METADATA},
		{SERVER, "https://u@api.example/about", MCPAUTH_E_INVALID_METADATA},
		{SERVER, "https://api.example/about#x", MCPAUTH_E_INVALID_METADATA},
		{SERVER, "/about", MCPAUTH_E_INVALID_METADATA},
		{SERVER, "", MCPAUTH_E_INVALID_METADATA},
		{SERVER, "https://169.254.169.254/about", MCPAUTH_E_ADDRESS_REFUSED},
		{SERVER, "https://10.0.0.1/about", MCPAUTH_E_ADDRESS_REFUSED},
		{SERVER, "http://127.0.0.1:9000/about", MCPAUTH_E_ADDRESS_REFUSED},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[256];
		snprintf(text, sizeof text, "{\"resource\":\"%s\"," SERVERS "}", rows[i].server);
		const struct fake_page pages[] = {{rows[i].named, 200, text}};
		fake_web_set(web, pages, 1);
		CHECK_ROW_CODE(rows[i].named, rows[i].want,
			try_find(web, rows[i].server, rows[i].named, &err));
		CHECK_ROW(rows[i].named, (rows[i].want == MCPAUTH_OK) == (*web->asked != '\0'));
	}
}

/* What is told is why the last place did not help; success tells nothing. */
static void a_place_that_has_none_is_no_error_in_the_end(void **state)
{
	struct fake_web *web = *state;
	struct mcpauth_error err = {0};
	SET(web, {ROOT, 200, GOOD});
	assert_int_equal(try_find(web, SERVER, NULL, &err), MCPAUTH_OK);
	assert_int_equal(err.code, MCPAUTH_OK);
	assert_string_equal(err.message, "");
}

static void asks_nobody_once_it_is_cancelled(void **state)
{
	struct fake_web *web = *state;
	atomic_bool is_cancelled;
	atomic_init(&is_cancelled, true);
	SET(web, {INSERTED, 200, GOOD});
	web->asker.is_cancelled = &is_cancelled;
	CHECK_CODE(MCPAUTH_E_CANCELLED, try_find(web, SERVER, NULL, &err));
	assert_string_equal(web->asked, "");
	atomic_store(&is_cancelled, false);
	CHECK_OK(try_find(web, SERVER, NULL, &err));
}

#define WITH_WEB(test) cmocka_unit_test_setup_teardown(test, fake_web_start, fake_web_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_a_client_needs),
		cmocka_unit_test(what_is_not_said_is_not_there),
		cmocka_unit_test(an_empty_list_of_scopes_is_said),
		cmocka_unit_test(refuses_what_is_missing_or_of_another_type),
		cmocka_unit_test(lists_have_an_end),
		cmocka_unit_test(believes_what_is_about_the_server_or_above_it),
		cmocka_unit_test(refuses_what_is_about_something_else),
		cmocka_unit_test(shows_the_other_resource_in_one_line),
		WITH_WEB(looks_behind_the_well_known_path_first),
		WITH_WEB(then_at_the_root),
		WITH_WEB(a_place_that_the_challenge_names_is_the_only_one),
		WITH_WEB(the_root_is_not_asked_twice),
		WITH_WEB(the_root_has_neither_path_nor_query),
		WITH_WEB(says_that_there_is_none),
		WITH_WEB(anything_but_a_4xx_ends_the_search),
		WITH_WEB(says_where_the_document_is_that_cannot_be_used),
		WITH_WEB(follows_no_challenge_to_just_any_place),
		WITH_WEB(a_place_that_has_none_is_no_error_in_the_end),
		WITH_WEB(asks_nobody_once_it_is_cancelled),
	};
	return cmocka_run_group_tests_name("resource_metadata", tests, NULL, NULL);
}
