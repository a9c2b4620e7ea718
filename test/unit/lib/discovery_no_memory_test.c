/* Discovery without memory: it says so, whichever allocation fails, and believes nothing. */
#include "client/discovery/authorization_server.h"
#include "client/discovery/resource_metadata.h"
#include "client/discovery/scopes.h"

#include "support/check.h"
#include "support/fake_web.h"
#include "support/scarce_memory.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SERVER "https://api.example/mcp"
#define ISSUER "https://as.example/tenant"

static const struct fake_page pages[] = {
	{"https://api.example/.well-known/oauth-protected-resource", 200,
		"{\"resource\":\"https://api.example:443/\",\"authorization_servers\":[\"" ISSUER
		"\"],\"scopes_supported\":[\"a\",\"b\"],"
		"\"dpop_signing_alg_values_supported\":[\"ES256\"]}"},
	{"https://as.example/tenant/.well-known/openid-configuration", 200,
		"{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://as.example/t\","
		"\"authorization_endpoint\":\"https://as.example/a\","
		"\"code_challenge_methods_supported\":[\"S256\"],"
		"\"scopes_supported\":[\"offline_access\"]}"},
};

/* Does so until no allocation is left to fail. */
static void try_each(enum mcpauth_code (*attempt)(const struct fake_web *web), struct fake_web *web,
	unsigned least)
{
	bool failed = true;
	unsigned number = 0;
	while (failed) {
		fake_web_set(web, pages, COUNT(pages));
		scarce_memory_begin(++number);
		enum mcpauth_code code = attempt(web);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
	}
	assert_true(number > least);
}

static enum mcpauth_code find_resource(const struct fake_web *web)
{
	struct mcpauth__resource_metadata metadata = {0};
	enum mcpauth_code code = mcpauth__resource_metadata_find(
		&web->asker, SERVER, NULL, &metadata, NULL);
	mcpauth__resource_metadata_finish(&metadata);
	return code;
}

static enum mcpauth_code find_named(const struct fake_web *web)
{
	struct mcpauth__resource_metadata metadata = {0};
	enum mcpauth_code code = mcpauth__resource_metadata_find(
		&web->asker, SERVER, pages[0].url, &metadata, NULL);
	mcpauth__resource_metadata_finish(&metadata);
	return code;
}

static enum mcpauth_code find_server(const struct fake_web *web)
{
	struct mcpauth__authorization_server server = {0};
	enum mcpauth_code code = mcpauth__authorization_server_find(
		&web->asker, ISSUER, pages[0].url, &server, NULL);
	mcpauth__authorization_server_finish(&server);
	return code;
}

static enum mcpauth_code assume(const struct fake_web *web)
{
	struct mcpauth__authorization_server server = {0};
	(void)web;
	enum mcpauth_code code = mcpauth__authorization_server_assume(
		"https://api.example", &server, NULL);
	mcpauth__authorization_server_finish(&server);
	return code;
}

static enum mcpauth_code choose(const struct fake_web *web)
{
	static char *listed[] = {"a", "b"};
	static char *known[] = {"offline_access"};
	(void)web;
	const struct mcpauth__resource_metadata metadata = {.scopes_supported = {listed, 2}};
	const struct mcpauth__authorization_server server = {.scopes_supported = {known, 1}};
	const struct mcpauth__scope_choice choice = {.metadata = &metadata,
		.server = &server,
		.configured = "x",
		.requested = "y",
		.wants_offline = true};
	char *scope;
	enum mcpauth_code code = mcpauth__scopes_choose(&choice, &scope, NULL);
	assert_int_equal(scope != NULL, code == MCPAUTH_OK);
	free(scope);
	return code;
}

static void resource_metadata_is_found_or_it_is_said(void **state)
{
	try_each(find_resource, *state, 20);
	try_each(find_named, *state, 15);
}

static void an_authorization_server_is_found_or_it_is_said(void **state)
{
	try_each(find_server, *state, 25);
}

static void what_is_assumed_is_whole_or_it_is_said(void **state)
{
	try_each(assume, *state, 6);
}

static void scopes_are_all_chosen_or_it_is_said(void **state)
{
	try_each(choose, *state, 6);
}

#define WITH_WEB(test) cmocka_unit_test_setup_teardown(test, fake_web_start, fake_web_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WEB(resource_metadata_is_found_or_it_is_said),
		WITH_WEB(an_authorization_server_is_found_or_it_is_said),
		WITH_WEB(what_is_assumed_is_whole_or_it_is_said),
		WITH_WEB(scopes_are_all_chosen_or_it_is_said),
	};
	return cmocka_run_group_tests_name("discovery_no_memory", tests, NULL, NULL);
}
