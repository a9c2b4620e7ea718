/* Authorization servers' documents: where they may be, and which are believed. */
#include "metadata/server_metadata.h"

#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#define ISSUER "https://as.example/tenant"

static enum mcpauth_code parse(const char *text, struct mcpauth_error *err)
{
	struct mcpauth__server_metadata *metadata = (void *)text;
	enum mcpauth_code code = mcpauth__server_metadata_parse(
		ISSUER, text, strlen(text), &metadata, err);
	assert_true((code == MCPAUTH_OK) == (metadata != NULL));
	mcpauth__server_metadata_free(metadata);
	return code;
}

static void believes_only_what_is_about_the_issuer(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *text;
		enum mcpauth_code want;
	} rows[] = {
		{"good", "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"https://x/k\"}", MCPAUTH_OK},
		{"escaped",
			"{\"issuer\":\"https:\\/\\/as.example\\/tenant\","
			"\"jwks_uri\":\"https://x/k\"}",
			MCPAUTH_OK},
		{"slash behind", "{\"issuer\":\"" ISSUER "/\",\"jwks_uri\":\"https://x/k\"}",
			MCPAUTH_E_ISSUER_MISMATCH},
		{"other case",
			"{\"issuer\":\"https://AS.example/tenant\","
			"\"jwks_uri\":\"https://x/k\"}",
			MCPAUTH_E_ISSUER_MISMATCH},
		{"prefix", "{\"issuer\":\"https://as.example\",\"jwks_uri\":\"https://x/k\"}",
			MCPAUTH_E_ISSUER_MISMATCH},
		{"no issuer", "{\"jwks_uri\":\"https://x/k\"}", MCPAUTH_E_INVALID_METADATA},
		{"ISSUER", "{\"ISSUER\":\"" ISSUER "\",\"jwks_uri\":\"https://x/k\"}",
			MCPAUTH_E_INVALID_METADATA},
		{"issuer an array", "{\"issuer\":[\"" ISSUER "\"],\"jwks_uri\":\"https://x/k\"}",
			MCPAUTH_E_INVALID_METADATA},
		{"no jwks_uri", "{\"issuer\":\"" ISSUER "\"}", MCPAUTH_E_NO_JWKS_URI},
		{"jwks_uri null", "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":null}",
			MCPAUTH_E_NO_JWKS_URI},
		{"issuer twice",
			"{\"issuer\":\"" ISSUER "\",\"issuer\":\"" ISSUER "\","
			"\"jwks_uri\":\"https://x/k\"}",
			MCPAUTH_E_INVALID_JSON},
		{"an array", "[]", MCPAUTH_E_INVALID_JSON},
		{"a page", "<html></html>", MCPAUTH_E_INVALID_JSON},
		{"nothing", "", MCPAUTH_E_INVALID_JSON},
		{"cut off", "{\"issuer\":\"" ISSUER "\"", MCPAUTH_E_INVALID_JSON},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW_CODE(rows[i].label, rows[i].want, parse(rows[i].text, &err));
	}
}

static void names_the_other_issuer_in_one_line(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	assert_int_equal(parse("{\"issuer\":\"https://evil\\n2026 forged line\"}", &err),
		MCPAUTH_E_ISSUER_MISMATCH);
	assert_non_null(strstr(err.message, "https://evil"));
	assert_null(strchr(err.message, '\n'));
}

static void tells_where_the_keys_are_while_it_is_held(void **state)
{
	(void)state;
	static const char text[] = "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"https://x/k?a=b\"}";
	struct mcpauth__server_metadata *metadata;
	CHECK_OK(mcpauth__server_metadata_parse(ISSUER, text, strlen(text), &metadata, &err));
	struct mcpauth__server_metadata *held = mcpauth__server_metadata_ref(metadata);
	mcpauth__server_metadata_free(metadata);
	assert_string_equal(mcpauth__server_metadata_jwks_uri(held), "https://x/k?a=b");
	mcpauth__server_metadata_free(held);
	mcpauth__server_metadata_free(NULL);
}

static void looks_in_the_order_of_the_specification(void **state)
{
	(void)state;
	static const struct {
		const char *issuer;
		enum mcpauth_discovery discovery;
		const char *urls[4];
	} rows[] = {
		{ISSUER, MCPAUTH_DISCOVERY_AUTO,
			{"https://as.example/.well-known/oauth-authorization-server/tenant",
				"https://as.example/.well-known/openid-configuration/tenant",
				"https://as.example/tenant/.well-known/openid-configuration"}},
		{"https://as.example", MCPAUTH_DISCOVERY_AUTO,
			{"https://as.example/.well-known/oauth-authorization-server",
				"https://as.example/.well-known/openid-configuration"}},
		{"https://as.example/", MCPAUTH_DISCOVERY_AUTO,
			{"https://as.example/.well-known/oauth-authorization-server",
				"https://as.example/.well-known/openid-configuration"}},
		{"https://as.example:8443/a/b/", MCPAUTH_DISCOVERY_AUTO,
			{"https://as.example:8443/.well-known/oauth-authorization-server/a/b",
				"https://as.example:8443/.well-known/openid-configuration/a/b",
				"https://as.example:8443/a/b/.well-known/openid-configuration"}},
		{ISSUER, MCPAUTH_DISCOVERY_OAUTH,
			{"https://as.example/.well-known/oauth-authorization-server/tenant"}},
		{ISSUER, MCPAUTH_DISCOVERY_OIDC,
			{"https://as.example/tenant/.well-known/openid-configuration"}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (unsigned attempt = 0; attempt < 4; attempt++) {
			const char *want = rows[i].urls[attempt];
			char *url;
			CHECK_OK(mcpauth__discovery_url(
				rows[i].issuer, rows[i].discovery, attempt, &url, &err));
			CHECK_ROW(rows[i].issuer,
				want == NULL ? url == NULL : url != NULL && strcmp(url, want) == 0);
			free(url);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(believes_only_what_is_about_the_issuer),
		cmocka_unit_test(names_the_other_issuer_in_one_line),
		cmocka_unit_test(tells_where_the_keys_are_while_it_is_held),
		cmocka_unit_test(looks_in_the_order_of_the_specification),
	};
	return cmocka_run_group_tests_name("server_metadata", tests, NULL, NULL);
}
