/* Resources: which can be declared, where they are described, and how. */
#include "support/check.h"

#include <mcpauth/mcpauth.h>

#include <stdlib.h>
#include <string.h>

#define RESOURCE "https://api.example/mcp"

static int start(void **state)
{
	return mcpauth_new(NULL, (struct mcpauth **)state, NULL) == MCPAUTH_OK ? 0 : -1;
}

static int stop(void **state)
{
	mcpauth_free(*state);
	return 0;
}

static enum mcpauth_code add(struct mcpauth *auth, const char *resource, struct mcpauth_error *err)
{
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	config.resource = resource;
	return mcpauth_add_resource(auth, &config, err);
}

static enum mcpauth_code add_issuer(
	struct mcpauth *auth, const char *issuer, const char *advertised, struct mcpauth_error *err)
{
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.issuer = issuer;
	config.advertised_url = advertised;
	return mcpauth_add_issuer(auth, RESOURCE, &config, err);
}

static void takes_only_urls_that_may_stand_for_a_resource(void **state)
{
	static const struct {
		const char *resource;
		enum mcpauth_code want;
	} rows[] = {
		{"https://api.example", MCPAUTH_OK},
		{"https://api.example/", MCPAUTH_OK},
		{"https://api.example/mcp", MCPAUTH_OK},
		{"https://api.example/mcp?tenant=1", MCPAUTH_OK},
		{"https://api.example:8443/mcp", MCPAUTH_OK},
		{"http://127.0.0.1:8080/mcp", MCPAUTH_OK},
		{"http://localhost/mcp", MCPAUTH_OK},
		{"http://[::1]:8080/", MCPAUTH_OK},
		{"http://api.example/mcp", MCPAUTH_E_INVALID_URL},
		{"http://localhost.evil.example/", MCPAUTH_E_INVALID_URL},
		{"https://api.example/mcp#part", MCPAUTH_E_INVALID_URL},
		{"https://user@api.example/mcp", MCPAUTH_E_INVALID_URL},
		{"https:///mcp", MCPAUTH_E_INVALID_URL},
		{"ftp://api.example/", MCPAUTH_E_INVALID_URL},
		{"/mcp", MCPAUTH_E_INVALID_URL},
		{"mcp", MCPAUTH_E_INVALID_URL},
		{"", MCPAUTH_E_INVALID_URL},
		{"https://api.example/a b", MCPAUTH_E_INVALID_URL},
		{"https://api.example/a\nb", MCPAUTH_E_INVALID_URL},
		{NULL, MCPAUTH_E_INVALID_ARGUMENT},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW_CODE(rows[i].resource != NULL ? rows[i].resource : "NULL", rows[i].want,
			add(*state, rows[i].resource, &err));
	}
}

static void plain_http_needs_the_insecure_setting(void **state)
{
	struct mcpauth *auth;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.insecure_allow_http = true;
	CHECK_CODE(MCPAUTH_E_INVALID_URL, add(*state, "http://api.example/mcp", &err));
	CHECK_OK(mcpauth_new(&config, &auth, &err));
	CHECK_OK(add(auth, "http://api.example/mcp", &err));
	mcpauth_free(auth);
}

static void refuses_a_resource_that_is_known(void **state)
{
	CHECK_OK(add(*state, RESOURCE, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, add(*state, RESOURCE, &err));
	CHECK_OK(add(*state, RESOURCE "/", &err));
	assert_string_equal(mcpauth_resource_at(*state, 0), RESOURCE);
	assert_string_equal(mcpauth_resource_at(*state, 1), RESOURCE "/");
	assert_null(mcpauth_resource_at(*state, 2));
	assert_null(mcpauth_resource_at(*state, SIZE_MAX));
}

static void refuses_links_that_lead_nowhere(void **state)
{
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	config.resource = RESOURCE;
	config.resource_documentation = "docs";
	CHECK_CODE(MCPAUTH_E_INVALID_URL, mcpauth_add_resource(*state, &config, &err));
	config.resource_documentation = "http://docs.example";
	config.resource_policy_uri = "javascript:alert(1)";
	CHECK_CODE(MCPAUTH_E_INVALID_URL, mcpauth_add_resource(*state, &config, &err));
	config.resource_policy_uri = "https://docs.example/policy";
	config.resource_tos_uri = "";
	CHECK_CODE(MCPAUTH_E_INVALID_URL, mcpauth_add_resource(*state, &config, &err));
	assert_null(mcpauth_resource_at(*state, 0));
	config.resource_tos_uri = "https://docs.example/terms";
	CHECK_OK(mcpauth_add_resource(*state, &config, &err));
}

static void copies_what_it_is_given(void **state)
{
	char name[] = "Notes";
	char resource[] = RESOURCE;
	char *document;
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	config.resource = resource;
	config.resource_name = name;
	CHECK_OK(mcpauth_add_resource(*state, &config, &err));
	memset(name, 'x', sizeof name - 1);
	memset(resource, 'x', sizeof resource - 1);
	CHECK_OK(mcpauth_resource_document(*state, RESOURCE, &document, &err));
	assert_non_null(strstr(document, "\"Notes\""));
	free(document);
}

static void is_described_at_its_well_known_url(void **state)
{
	static const struct {
		const char *resource;
		const char *url;
	} rows[] = {
		{"https://a.example", "https://a.example/.well-known/oauth-protected-resource"},
		{"https://b.example/", "https://b.example/.well-known/oauth-protected-resource"},
		{"https://c.example/mcp",
			"https://c.example/.well-known/oauth-protected-resource/mcp"},
		{"https://d.example:8443/a/b?c=d",
			"https://d.example:8443/.well-known/oauth-protected-resource/a/b?c=d"},
		{"http://127.0.0.1:1/mcp",
			"http://127.0.0.1:1/.well-known/oauth-protected-resource/mcp"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_OK(add(*state, rows[i].resource, &err));
		assert_string_equal(
			mcpauth_resource_metadata_url(*state, rows[i].resource), rows[i].url);
	}
	assert_null(mcpauth_resource_metadata_url(*state, "https://a.example/"));
	assert_null(mcpauth_resource_metadata_url(*state, NULL));
}

static void shows_issuers_as_they_want_to_be_shown(void **state)
{
	char *document;
	CHECK_OK(add(*state, RESOURCE, &err));
	CHECK_OK(add_issuer(*state, "https://one.example/", NULL, &err));
	CHECK_OK(add_issuer(*state, "https://two.example", "https://shown.example", &err));
	CHECK_OK(mcpauth_resource_document(*state, RESOURCE, &document, &err));
	assert_non_null(strstr(document,
		"\"authorization_servers\":"
		"[\"https://one.example/\",\"https://shown.example\"]"));
	free(document);
}

static void describes_no_unknown_resource(void **state)
{
	char *document = (char *)state;
	CHECK_OK(add(*state, RESOURCE, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_resource_document(*state, RESOURCE "/", &document, &err));
	assert_null(document);
	document = (char *)state;
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_resource_document(*state, NULL, &document, &err));
	assert_null(document);
	CHECK_OK(mcpauth_resource_document(*state, RESOURCE, &document, &err));
	free(document);
}

static void refuses_audiences_that_are_none(void **state)
{
	CHECK_OK(add(*state, RESOURCE, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_add_audience(*state, "https://unknown.example", "a", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_add_audience(*state, RESOURCE, "", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_add_audience(*state, RESOURCE, NULL, &err));
	CHECK_OK(mcpauth_add_audience(*state, RESOURCE, RESOURCE, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_add_audience(*state, RESOURCE, RESOURCE, &err));
	CHECK_OK(mcpauth_add_audience(*state, RESOURCE, "a", &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_add_audience(*state, RESOURCE, "a", &err));
	CHECK_OK(mcpauth_add_audience(*state, RESOURCE, "A", &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_only_urls_that_may_stand_for_a_resource),
		TEST(plain_http_needs_the_insecure_setting),
		TEST(refuses_a_resource_that_is_known),
		TEST(refuses_links_that_lead_nowhere),
		TEST(copies_what_it_is_given),
		TEST(is_described_at_its_well_known_url),
		TEST(shows_issuers_as_they_want_to_be_shown),
		TEST(describes_no_unknown_resource),
		TEST(refuses_audiences_that_are_none),
	};
	return cmocka_run_group_tests_name("resource", tests, NULL, NULL);
}
