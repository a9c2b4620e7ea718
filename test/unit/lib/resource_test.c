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
		{"https://slash.example/", MCPAUTH_OK},
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
	CHECK_OK(add(*state, RESOURCE "/x", &err));
	assert_string_equal(mcpauth_resource_at(*state, 0), RESOURCE);
	assert_string_equal(mcpauth_resource_at(*state, 1), RESOURCE "/x");
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

/* Weakness 12 of the model this library follows: bad identifiers were found out
 * at the first request, if ever. */
static void says_why_an_identifier_is_none(void **state)
{
	static const struct {
		const char *resource;
		const char *reason;
	} rows[] = {
		{"/mcp", "no absolute http or https URL"},
		{"api.example/mcp", "no absolute http or https URL"},
		{"//api.example/mcp", "no absolute http or https URL"},
		{"urn:example:mcp", "no absolute http or https URL"},
		{"https://api.example/mcp#part", "it has a fragment"},
		{"https://api.example/mcp#", "it has a fragment"},
		{"http://api.example/mcp", "it is not https"},
		{"https://me@api.example/mcp", "it names a user"},
		{"https://me:secret@api.example/mcp", "it names a user"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_error err = {0};
		CHECK_ROW(rows[i].resource,
			add(*state, rows[i].resource, &err) == MCPAUTH_E_INVALID_URL);
		CHECK_ROW(rows[i].resource, strstr(err.message, rows[i].reason) != NULL);
		CHECK_ROW(rows[i].resource, strncmp(err.message, "resource: ", 10) == 0);
	}
	assert_null(mcpauth_resource_at(*state, 0));
	CHECK_OK(add(*state, "https://api.example/mcp", &err));
}

static const struct {
	const char *first;
	const char *second;
	enum mcpauth_code want;
} places[] = {
	{"https://a.example", "https://a.example/", MCPAUTH_E_DUPLICATE},
	{"https://a.example/x", "https://a.example/x/", MCPAUTH_E_DUPLICATE},
	{"https://a.example/x/?q", "https://a.example/x?q", MCPAUTH_E_DUPLICATE},
	{"https://a.example/x", "https://A.Example/x", MCPAUTH_E_DUPLICATE},
	{"https://a.example/x", "HTTPS://a.example:443/x", MCPAUTH_E_DUPLICATE},
	{"http://localhost/x", "http://localhost:80/x", MCPAUTH_E_DUPLICATE},
	{"https://a.example/x", "https://a.example:0443/x", MCPAUTH_E_DUPLICATE},
	{"https://a.example/%78", "https://a.example/x", MCPAUTH_E_DUPLICATE},
	{"https://a.example/%c3%A9", "https://a.example/%C3%a9", MCPAUTH_E_DUPLICATE},
	{"https://a.example/x", "https://a.example/X", MCPAUTH_OK},
	{"https://a.example/x", "https://a.example/x//", MCPAUTH_OK},
	{"https://a.example/x", "https://a.example/x?q", MCPAUTH_OK},
	{"https://a.example/x", "https://a.example/x?", MCPAUTH_OK},
	{"https://a.example/x?q=1", "https://a.example/x?q=2", MCPAUTH_OK},
	{"https://a.example/x?q", "https://a.example/x%3fq", MCPAUTH_OK},
	{"https://a.example/x", "https://b.example/x", MCPAUTH_OK},
	{"https://a.example/x", "https://a.example:8443/x", MCPAUTH_OK},
	{"http://localhost/x", "https://localhost/x", MCPAUTH_OK},
};

static void two_resources_are_never_described_at_one_url(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct mcpauth *auth;
		CHECK_OK(mcpauth_new(NULL, &auth, &err));
		CHECK_OK(add(auth, places[i].first, &err));
		CHECK_ROW_CODE(places[i].second, places[i].want, add(auth, places[i].second, &err));
		mcpauth_free(auth);
	}
}

static void says_with_whom_a_resource_collides(void **state)
{
	struct mcpauth_error err = {0};
	CHECK_OK(add(*state, RESOURCE, &err));
	assert_int_equal(add(*state, RESOURCE "/", &err), MCPAUTH_E_DUPLICATE);
	assert_non_null(strstr(err.message, "published at the URL of \"" RESOURCE "\""));
	assert_null(mcpauth_resource_at(*state, 1));
}

static enum mcpauth_code try(
	struct mcpauth *auth, struct mcpauth_resource_config config, struct mcpauth_error *err)
{
	config.size = sizeof config;
	config.resource = RESOURCE;
	return mcpauth_add_resource(auth, &config, err);
}

static void promises_nothing_that_is_not_enforced(void **state)
{
	struct mcpauth_error err = {0};
	assert_int_equal(MCPAUTH_E_UNSUPPORTED,
		try(*state,
			(struct mcpauth_resource_config){.dpop_bound_access_tokens_required = true},
			&err));
	assert_non_null(strstr(err.message, "no DPoP proof is checked"));
	assert_int_equal(MCPAUTH_E_UNSUPPORTED,
		try(*state,
			(struct mcpauth_resource_config){
				.dpop_signing_alg_values_supported = "ES256"},
			&err));
	assert_non_null(strstr(err.message, "no DPoP proof is checked"));
	assert_int_equal(MCPAUTH_E_UNSUPPORTED,
		try(*state,
			(struct mcpauth_resource_config){
				.tls_client_certificate_bound_access_tokens = true},
			&err));
	assert_non_null(strstr(err.message, "no client certificate is checked"));
	assert_null(mcpauth_resource_at(*state, 0));
	CHECK_OK(try(*state, (struct mcpauth_resource_config){0}, &err));
}

static const struct {
	const char *label;
	struct mcpauth_resource_config config;
	enum mcpauth_code want;
} members[] = {
	{"header", {.bearer_methods_supported = "header"}, MCPAUTH_OK},
	{"body", {.bearer_methods_supported = "body"}, MCPAUTH_E_UNSUPPORTED},
	{"header and query", {.bearer_methods_supported = "header query"}, MCPAUTH_E_UNSUPPORTED},
	{"no method", {.bearer_methods_supported = ""}, MCPAUTH_E_UNSUPPORTED},
	{"scopes", {.scopes_supported = "read write:all !#[]~"}, MCPAUTH_OK},
	{"scope with quote", {.scopes_supported = "re\"ad"}, MCPAUTH_E_INVALID_ARGUMENT},
	{"scope with backslash", {.scopes_supported = "re\\ad"}, MCPAUTH_E_INVALID_ARGUMENT},
	{"scope with tab", {.scopes_supported = "a\tb"}, MCPAUTH_E_INVALID_ARGUMENT},
	{"scope beyond ASCII", {.scopes_supported = "\xc3\xa9"}, MCPAUTH_E_INVALID_ARGUMENT},
	{"keys", {.jwks_uri = "https://api.example/keys?x=1"}, MCPAUTH_OK},
	{"keys here", {.jwks_uri = "http://127.0.0.1:1/keys"}, MCPAUTH_OK},
	{"keys by http", {.jwks_uri = "http://api.example/keys"}, MCPAUTH_E_INVALID_URL},
	{"keys nowhere", {.jwks_uri = "keys"}, MCPAUTH_E_INVALID_URL},
	{"link into a page", {.resource_documentation = "https://a.example/d#x"}, MCPAUTH_OK},
	{"link with user", {.resource_tos_uri = "https://me@a.example/"}, MCPAUTH_E_INVALID_URL},
	{"algorithms", {.resource_signing_alg_values_supported = "ES256 EdDSA"}, MCPAUTH_OK},
	{"algorithm none", {.resource_signing_alg_values_supported = "ES256 none"},
		MCPAUTH_E_INVALID_ARGUMENT},
	{"algorithm nonesuch", {.resource_signing_alg_values_supported = "nonesuch"}, MCPAUTH_OK},
	{"types", {.authorization_details_types_supported = "a https://b.example/t"}, MCPAUTH_OK},
	{"types no UTF-8", {.authorization_details_types_supported = "\xff"},
		MCPAUTH_E_INVALID_ARGUMENT},
	{"JWT", {.signed_metadata = "eyJhbGciOiJFUzI1NiJ9.e30.AA"}, MCPAUTH_OK},
	{"JWT of two parts", {.signed_metadata = "e30.e30"}, MCPAUTH_E_INVALID_ARGUMENT},
	{"JWT of four parts", {.signed_metadata = "e30.e30.AA.AA"}, MCPAUTH_E_INVALID_ARGUMENT},
	{"JWT unsigned", {.signed_metadata = "e30.e30."}, MCPAUTH_E_INVALID_ARGUMENT},
	{"JWT padded", {.signed_metadata = "e30=.e30.AA"}, MCPAUTH_E_INVALID_ARGUMENT},
	{"JWT empty", {.signed_metadata = ""}, MCPAUTH_E_INVALID_ARGUMENT},
	{"name", {.resource_name = "N\xc3\xb6tes \"x\" \\"}, MCPAUTH_OK},
	{"name no UTF-8", {.resource_name = "N\xf6tes"}, MCPAUTH_E_INVALID_ARGUMENT},
};

static void takes_members_that_mean_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		struct mcpauth *auth;
		CHECK_OK(mcpauth_new(NULL, &auth, &err));
		CHECK_ROW_CODE(
			members[i].label, members[i].want, try(auth, members[i].config, &err));
		CHECK_ROW(members[i].label,
			(mcpauth_resource_at(auth, 0) != NULL) == (members[i].want == MCPAUTH_OK));
		mcpauth_free(auth);
	}
}

static void names_the_member_that_is_wrong(void **state)
{
	struct mcpauth_error err = {0};
	try(*state, (struct mcpauth_resource_config){.jwks_uri = "keys"}, &err);
	assert_non_null(strstr(err.message, "jwks_uri: "));
	try(*state, (struct mcpauth_resource_config){.bearer_methods_supported = "body"}, &err);
	assert_non_null(strstr(err.message, "bearer_methods_supported: "));
	try(*state, (struct mcpauth_resource_config){.signed_metadata = "a"}, &err);
	assert_non_null(strstr(err.message, "signed_metadata: "));
}

static void count_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	(void)code;
	(void)request;
	*(unsigned *)user += level == MCPAUTH_LOG_WARNING && strstr(message, "offline_access");
}

static void warns_of_offline_access(void **state)
{
	(void)state;
	unsigned lines = 0;
	struct mcpauth *auth;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	config.log = count_line;
	config.log_user = &lines;
	CHECK_OK(mcpauth_new(&config, &auth, &err));
	resource.resource = "https://a.example";
	resource.scopes_supported = "read offline_accesses";
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	assert_int_equal(lines, 0);
	resource.resource = "https://b.example";
	resource.scopes_supported = "read  offline_access";
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	assert_int_equal(lines, 1);
	mcpauth_free(auth);
}

static const struct {
	const char *member;
	const char *text;
	enum mcpauth_code want;
} translations[] = {
	{"resource_name#de", "Notizen", MCPAUTH_OK},
	{"resource_name#zh-Hant-TW", "\xe7\xad\x86", MCPAUTH_OK},
	{"resource_name#sl-rozaj-1994", "x", MCPAUTH_OK},
	{"resource_name#x-private1", "x", MCPAUTH_OK},
	{"resource_documentation#de", "https://a.example/de", MCPAUTH_OK},
	{"resource_policy_uri#de", "http://a.example/de", MCPAUTH_OK},
	{"resource_tos_uri#de", "https://a.example/de#top", MCPAUTH_OK},
	{"resource_tos_uri#fr", "conditions", MCPAUTH_E_INVALID_URL},
	{"resource_documentation#fr", "words", MCPAUTH_E_INVALID_URL},
	{"resource_policy_uri#fr", "words", MCPAUTH_E_INVALID_URL},
	{"resource_name#fr", NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#fr", "\xe9", MCPAUTH_E_INVALID_ARGUMENT},
	{NULL, "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#4u", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#en_GB", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#en-", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#-en", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#en--GB", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#en-ninechars", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#\xc3\xa9", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#de#de", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"scopes_supported#de", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource#de", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"Resource_name#de", "x", MCPAUTH_E_INVALID_ARGUMENT},
	{"resource_name#de", "Noten", MCPAUTH_E_DUPLICATE},
	{"resource_name#DE", "Noten", MCPAUTH_E_DUPLICATE},
};

static void takes_translations_of_what_people_read(void **state)
{
	CHECK_OK(add(*state, RESOURCE, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_add_translation(*state, RESOURCE "/x", "resource_name#de", "x", &err));
	for (size_t i = 0; i < sizeof translations / sizeof *translations; i++) {
		const char *member = translations[i].member;
		CHECK_ROW_CODE(member != NULL ? member : "NULL", translations[i].want,
			mcpauth_add_translation(
				*state, RESOURCE, member, translations[i].text, &err));
	}
}

static void shows_its_translations(void **state)
{
	char member[] = "resource_name#de";
	char text[] = "Notizen";
	char *document;
	CHECK_OK(add(*state, RESOURCE, &err));
	CHECK_OK(add_issuer(*state, "https://one.example", NULL, &err));
	CHECK_OK(mcpauth_add_translation(*state, RESOURCE, member, text, &err));
	memset(member, 'x', sizeof member - 1);
	memset(text, 'x', sizeof text - 1);
	CHECK_OK(mcpauth_resource_document(*state, RESOURCE, &document, &err));
	assert_non_null(strstr(document, "\"resource_name#de\":\"Notizen\""));
	free(document);
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
	CHECK_OK(add_issuer(*state, "https://one.example", NULL, &err));
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
}

/* MCP wants at least one authorization server in the document. */
static void describes_no_resource_without_an_issuer(void **state)
{
	char *document = (char *)state;
	CHECK_OK(add(*state, RESOURCE, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER,
		mcpauth_resource_document(*state, RESOURCE, &document, &err));
	assert_null(document);
	CHECK_OK(add_issuer(*state, "https://one.example", NULL, &err));
	CHECK_OK(mcpauth_resource_document(*state, RESOURCE, &document, &err));
	assert_non_null(document);
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
		TEST(says_why_an_identifier_is_none),
		TEST(two_resources_are_never_described_at_one_url),
		TEST(says_with_whom_a_resource_collides),
		TEST(promises_nothing_that_is_not_enforced),
		TEST(takes_members_that_mean_something),
		TEST(names_the_member_that_is_wrong),
		TEST(warns_of_offline_access),
		TEST(takes_translations_of_what_people_read),
		TEST(shows_its_translations),
		TEST(copies_what_it_is_given),
		TEST(is_described_at_its_well_known_url),
		TEST(shows_issuers_as_they_want_to_be_shown),
		TEST(describes_no_unknown_resource),
		TEST(describes_no_resource_without_an_issuer),
		TEST(refuses_audiences_that_are_none),
	};
	return cmocka_run_group_tests_name("resource", tests, NULL, NULL);
}
