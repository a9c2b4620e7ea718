/* Authorization servers' documents: where they may be, and which are believed. */
#include "metadata/server_discovery.h"
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

static void keeps_the_text_with_members_that_nobody_knows(void **state)
{
	(void)state;
	static const char text[] = " {\"x\":[9007199254740993,{\"y\":1.50}],\"issuer\":\"" ISSUER
				   "\",\"jwks_uri\":\"https://x/k\"} and what is behind";
	size_t length = strlen(text) - strlen(" and what is behind");
	struct mcpauth__server_metadata *metadata;
	CHECK_OK(mcpauth__server_metadata_parse(ISSUER, text, length, &metadata, &err));
	const char *kept = mcpauth__server_metadata_text(metadata);
	assert_int_equal(strlen(kept), length);
	assert_memory_equal(kept, text, length);
	assert_true(cJSON_HasObjectItem(mcpauth__server_metadata_json(metadata), "x"));
	mcpauth__server_metadata_free(metadata);
}

static bool change(cJSON *json, void *user)
{
	const char *what = user;
	cJSON *text = cJSON_CreateString(what);
	if (strcmp(what, "no") == 0 || strcmp(what, "add") == 0) {
		cJSON_AddItemToObject(json, "new", text);
	} else if (strcmp(what, "drop") == 0) {
		cJSON_DeleteItemFromObjectCaseSensitive(json, "b");
		cJSON_Delete(text);
	} else if (strcmp(what, "twice") == 0) {
		cJSON_AddItemToObject(json, "a", text);
	} else if (strcmp(what, "\xff") == 0) {
		cJSON_ReplaceItemInObjectCaseSensitive(json, "a", text);
	} else {
		json->type = cJSON_Array;
		cJSON_Delete(text);
	}
	return strcmp(what, "no") != 0;
}

static enum mcpauth_code transpile(
	const char *text, const char *what, char **result, struct mcpauth_error *err)
{
	struct mcpauth__transpiler transpiler = {change, (void *)what};
	*result = (void *)err;
	enum mcpauth_code code = mcpauth__server_metadata_transpile(
		&transpiler, text, strlen(text), result, err);
	assert_true((code == MCPAUTH_OK) == (*result != NULL));
	return code;
}

static void a_document_can_be_changed_before_it_is_parsed(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		enum mcpauth_code want;
		const char *result;
	} rows[] = {
		{"add", MCPAUTH_OK, "{\"a\":1,\"b\":2,\"new\":\"add\"}"},
		{"drop", MCPAUTH_OK, "{\"a\":1}"},
		{"no", MCPAUTH_E_TRANSPILE, ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *result;
		CHECK_ROW_CODE(rows[i].what, rows[i].want,
			transpile("{\"a\":1,\"b\":2}", rows[i].what, &result, &err));
		CHECK_ROW(rows[i].what, strcmp(result == NULL ? "" : result, rows[i].result) == 0);
		free(result);
	}
}

static void only_strict_json_is_changed(void **state)
{
	(void)state;
	static const char *const texts[] = {"{\"a\":1,\"a\":2}", "[]", "{", "", "{\"a\":01}"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char *result;
		CHECK_ROW_CODE(texts[i], MCPAUTH_E_INVALID_JSON,
			transpile(texts[i], "add", &result, &err));
	}
}

static void what_a_change_leaves_behind_is_read_strictly(void **state)
{
	(void)state;
	static const char *const changes[] = {"twice", "\xff", "an array"};
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct mcpauth__server_metadata *metadata;
		char *result;
		CHECK_ROW_CODE(changes[i], MCPAUTH_OK,
			transpile("{\"a\":1,\"b\":2}", changes[i], &result, &err));
		CHECK_ROW_CODE(changes[i], MCPAUTH_E_INVALID_JSON,
			mcpauth__server_metadata_parse(
				ISSUER, result, strlen(result), &metadata, &err));
		free(result);
	}
}

static void writes_every_member_of_a_struct_under_its_name(void **state)
{
	(void)state;
	struct mcpauth_server_metadata given = MCPAUTH_SERVER_METADATA_INIT;
	char *text;
	given.authorization_endpoint = "1";
	given.token_endpoint = "2";
	given.jwks_uri = "3";
	given.registration_endpoint = "4";
	given.introspection_endpoint = "5";
	given.revocation_endpoint = "6";
	given.userinfo_endpoint = "7";
	given.service_documentation = "8";
	given.op_policy_uri = "9";
	given.op_tos_uri = "10 \"quoted\"";
	given.scopes_supported = "a  b ";
	given.response_types_supported = "code";
	given.response_modes_supported = "query";
	given.grant_types_supported = "authorization_code refresh_token";
	given.ui_locales_supported = "";
	given.token_endpoint_auth_methods_supported = "t";
	given.token_endpoint_auth_signing_alg_values_supported = "u";
	given.revocation_endpoint_auth_methods_supported = "v";
	given.revocation_endpoint_auth_signing_alg_values_supported = "w";
	given.introspection_endpoint_auth_methods_supported = "x";
	given.introspection_endpoint_auth_signing_alg_values_supported = "y";
	given.code_challenge_methods_supported = "S256";
	given.client_id_metadata_document_supported = true;
	given.authorization_response_iss_parameter_supported = true;
	given.more = " {\"response\" : [\"code id_token\"], \"z\":{\"issuer\":null}} ";
	CHECK_OK(mcpauth__server_metadata_write(ISSUER, &given, &text, &err));
	assert_string_equal(text,
		"{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"1\","
		"\"token_endpoint\":\"2\",\"jwks_uri\":\"3\",\"registration_endpoint\":\"4\","
		"\"introspection_endpoint\":\"5\",\"revocation_endpoint\":\"6\","
		"\"userinfo_endpoint\":\"7\",\"service_documentation\":\"8\","
		"\"op_policy_uri\":\"9\",\"op_tos_uri\":\"10 \\\"quoted\\\"\","
		"\"scopes_supported\":[\"a\",\"b\"],\"response_types_supported\":[\"code\"],"
		"\"response_modes_supported\":[\"query\"],\"grant_types_supported\":"
		"[\"authorization_code\",\"refresh_token\"],\"ui_locales_supported\":[],"
		"\"token_endpoint_auth_methods_supported\":[\"t\"],"
		"\"token_endpoint_auth_signing_alg_values_supported\":[\"u\"],"
		"\"revocation_endpoint_auth_methods_supported\":[\"v\"],"
		"\"revocation_endpoint_auth_signing_alg_values_supported\":[\"w\"],"
		"\"introspection_endpoint_auth_methods_supported\":[\"x\"],"
		"\"introspection_endpoint_auth_signing_alg_values_supported\":[\"y\"],"
		"\"code_challenge_methods_supported\":[\"S256\"],"
		"\"client_id_metadata_document_supported\":true,"
		"\"authorization_response_iss_parameter_supported\":true,"
		"\"response\":[\"code id_token\"],\"z\":{\"issuer\":null}}");
	free(text);
}

static enum mcpauth_code write(
	const struct mcpauth_server_metadata *given, struct mcpauth_error *err)
{
	char *text = (void *)err;
	enum mcpauth_code code = mcpauth__server_metadata_write(ISSUER, given, &text, err);
	assert_true((code == MCPAUTH_OK) == (text != NULL));
	free(text);
	return code;
}

static void leaves_out_what_a_struct_does_not_say(void **state)
{
	(void)state;
	struct mcpauth_server_metadata given = MCPAUTH_SERVER_METADATA_INIT;
	char *text;
	given.more = "{}";
	CHECK_OK(mcpauth__server_metadata_write(ISSUER, &given, &text, &err));
	assert_string_equal(text, "{\"issuer\":\"" ISSUER "\"}");
	free(text);
}

static void no_member_is_given_twice(void **state)
{
	(void)state;
	static const struct {
		const char *more;
		enum mcpauth_code want;
	} rows[] = {
		{"{\"b\":1}", MCPAUTH_OK},
		{"{\"Jwks_uri\":1,\"token_endpoint\":1}", MCPAUTH_OK},
		{"{\"jwks_uri\":1}", MCPAUTH_E_INVALID_ARGUMENT},
		{"{\"b\":1,\"jwks\\u005furi\":null}", MCPAUTH_E_INVALID_ARGUMENT},
		{"{\"issuer\":\"" ISSUER "\"}", MCPAUTH_E_INVALID_ARGUMENT},
		{"{\"b\":1,\"b\":1}", MCPAUTH_E_INVALID_JSON},
		{"[]", MCPAUTH_E_INVALID_JSON},
		{"\"b\"", MCPAUTH_E_INVALID_JSON},
		{"", MCPAUTH_E_INVALID_JSON},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_server_metadata given = MCPAUTH_SERVER_METADATA_INIT;
		given.jwks_uri = "https://x/k";
		given.more = rows[i].more;
		CHECK_ROW_CODE(rows[i].more, rows[i].want, write(&given, &err));
	}
}

static void takes_structs_of_older_versions(void **state)
{
	(void)state;
	struct mcpauth_server_metadata given = MCPAUTH_SERVER_METADATA_INIT;
	given.jwks_uri = "https://x/k";
	given.more = "not looked at";
	struct mcpauth_error err = {0};
	assert_int_equal(write(&given, &err), MCPAUTH_E_INVALID_JSON);
	assert_ptr_equal(strstr(err.message, "more: "), err.message);
	given.size = offsetof(struct mcpauth_server_metadata, more);
	CHECK_OK(write(&given, &err));
	given.size = 0;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, write(&given, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(believes_only_what_is_about_the_issuer),
		cmocka_unit_test(names_the_other_issuer_in_one_line),
		cmocka_unit_test(tells_where_the_keys_are_while_it_is_held),
		cmocka_unit_test(looks_in_the_order_of_the_specification),
		cmocka_unit_test(keeps_the_text_with_members_that_nobody_knows),
		cmocka_unit_test(a_document_can_be_changed_before_it_is_parsed),
		cmocka_unit_test(only_strict_json_is_changed),
		cmocka_unit_test(what_a_change_leaves_behind_is_read_strictly),
		cmocka_unit_test(writes_every_member_of_a_struct_under_its_name),
		cmocka_unit_test(leaves_out_what_a_struct_does_not_say),
		cmocka_unit_test(no_member_is_given_twice),
		cmocka_unit_test(takes_structs_of_older_versions),
	};
	return cmocka_run_group_tests_name("server_metadata", tests, NULL, NULL);
}
