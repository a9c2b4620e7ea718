/* The document that a protected resource publishes of itself. */
#include "metadata/resource_document.h"

#include "support/check.h"
#include "support/foreign_json.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

static char *write_document(
	const struct mcpauth_resource_config *config, const char *const *issuers, size_t count)
{
	char *document;
	struct mcpauth__resource_description description = {
		.config = config, .issuers = issuers, .issuer_count = count};
	CHECK_OK(mcpauth__resource_document_write(&description, &document, &err));
	assert_non_null(document);
	return document;
}

static void holds_no_more_than_it_was_given(void **state)
{
	(void)state;
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	config.resource = "https://api.example/mcp";
	char *document = write_document(&config, NULL, 0);
	assert_string_equal(document,
		"{\"resource\":\"https://api.example/mcp\","
		"\"bearer_methods_supported\":[\"header\"]}");
	free(document);
}

static void holds_all_that_it_was_given(void **state)
{
	(void)state;
	static const char *const issuers[] = {"https://as.example/", "https://two.example"};
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	config.resource = "https://api.example/mcp";
	config.scopes_supported = " read  write:all ";
	config.resource_name = "Notes";
	config.resource_documentation = "https://api.example/docs";
	config.resource_policy_uri = "https://api.example/policy";
	config.resource_tos_uri = "https://api.example/tos";
	config.bearer_methods_supported = "header";
	config.jwks_uri = "https://api.example/keys";
	config.resource_signing_alg_values_supported = "ES256  RS256";
	config.authorization_details_types_supported = "payment_initiation account";
	config.signed_metadata = "e30.e30.AA";
	char *document = write_document(&config, issuers, 2);
	assert_string_equal(document,
		"{\"resource\":\"https://api.example/mcp\","
		"\"authorization_servers\":[\"https://as.example/\",\"https://two.example\"],"
		"\"scopes_supported\":[\"read\",\"write:all\"],"
		"\"bearer_methods_supported\":[\"header\"],"
		"\"resource_name\":\"Notes\","
		"\"resource_documentation\":\"https://api.example/docs\","
		"\"resource_policy_uri\":\"https://api.example/policy\","
		"\"resource_tos_uri\":\"https://api.example/tos\","
		"\"jwks_uri\":\"https://api.example/keys\","
		"\"resource_signing_alg_values_supported\":[\"ES256\",\"RS256\"],"
		"\"authorization_details_types_supported\":[\"payment_initiation\",\"account\"],"
		"\"signed_metadata\":\"e30.e30.AA\"}");
	free(document);
}

static void says_it_in_more_languages(void **state)
{
	(void)state;
	struct mcpauth__translation german = {"resource_name#de", "Notizen"};
	struct mcpauth__translation french = {"resource_policy_uri#fr-CA", "https://a.example/fr"};
	struct mcpauth__translation *translations[] = {&german, &french};
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth__resource_description description = {
		.config = &config, .translations = translations, .translation_count = 2};
	char *document;
	config.resource = "https://api.example/mcp";
	config.resource_name = "Notes";
	CHECK_OK(mcpauth__resource_document_write(&description, &document, &err));
	assert_string_equal(document,
		"{\"resource\":\"https://api.example/mcp\","
		"\"bearer_methods_supported\":[\"header\"],"
		"\"resource_name\":\"Notes\","
		"\"resource_name#de\":\"Notizen\","
		"\"resource_policy_uri#fr-CA\":\"https://a.example/fr\"}");
	free(document);
}

static void stays_json_whatever_the_strings_hold(void **state)
{
	(void)state;
	static const char name[] = "\"Notes\" \\ for\n<you> \xc3\xa9";
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	config.resource = "https://api.example/mcp?a=b&c=%20";
	config.resource_name = name;
	char *document = write_document(&config, NULL, 0);
	cJSON *json = cJSON_Parse(document);
	assert_string_equal(
		cJSON_GetStringValue(cJSON_GetObjectItem(json, "resource")), config.resource);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "resource_name")), name);
	cJSON_Delete(json);
	free(document);
}

static void leaves_out_an_empty_list_of_scopes(void **state)
{
	(void)state;
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	config.resource = "https://api.example/mcp";
	config.scopes_supported = "  ";
	char *document = write_document(&config, NULL, 0);
	assert_null(strstr(document, "scopes_supported"));
	free(document);
}

static void another_allocator_of_the_programs_is_cjsons_alone(void **state)
{
	(void)state;
	char *document;
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	const struct mcpauth__resource_description description = {.config = &config};
	config.resource = "https://api.example/mcp";
	foreign_json_begin();
	enum mcpauth_code code = mcpauth__resource_document_write(&description, &document, NULL);
	foreign_json_end();
	assert_int_equal(code, MCPAUTH_OK);
	free(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_no_more_than_it_was_given),
		cmocka_unit_test(holds_all_that_it_was_given),
		cmocka_unit_test(says_it_in_more_languages),
		cmocka_unit_test(stays_json_whatever_the_strings_hold),
		cmocka_unit_test(leaves_out_an_empty_list_of_scopes),
		cmocka_unit_test(another_allocator_of_the_programs_is_cjsons_alone),
	};
	return cmocka_run_group_tests_name("resource_document", tests, NULL, NULL);
}
