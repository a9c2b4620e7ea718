/* What a settings file says by calls of their own: recipients, translations, one of
 * several scopes, an issuer's metadata. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

#define TRUST "\"issuers\": [{\"issuer\": \"" FAKE_ISSUER "\", \"jwks_uri\": \"" FAKE_KEYS "\"}]"

/** Make all of a server that a file says; the issuer and the log are the fake's. */
static enum mcpauth_code restart(
	struct fake_server *server, const char *text, struct mcpauth_error *err)
{
	struct mcpauth_settings *settings;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_chain_config chain = MCPAUTH_CHAIN_CONFIG_INIT;
	mcpauth_chain_free(server->chain);
	mcpauth_free(server->auth);
	fake_issuer_configure(server->issuer, &config);
	CHECK_OK(mcpauth_settings_parse(text, strlen(text), &settings, &err));
	CHECK_OK(mcpauth_settings_apply(settings, &config, &err));
	CHECK_OK(mcpauth_chain_settings_apply(settings, &chain, &err));
	CHECK_OK(mcpauth_new(&config, &server->auth, &err));
	CHECK_OK(mcpauth_configure(server->auth, settings, &err));
	CHECK_OK(mcpauth_chain_new(server->auth, &chain, &server->chain, &err));
	enum mcpauth_code code = mcpauth_chain_configure(server->chain, settings, err);
	mcpauth_settings_free(settings);
	return code;
}

static enum mcpauth_code configure(
	const char *text, struct mcpauth **auth, struct mcpauth_error *err)
{
	struct mcpauth_settings *settings;
	CHECK_OK(mcpauth_settings_parse(text, strlen(text), &settings, &err));
	CHECK_OK(mcpauth_new(NULL, auth, &err));
	enum mcpauth_code code = mcpauth_configure(*auth, settings, err);
	mcpauth_settings_free(settings);
	return code;
}

static void publishes_names_in_each_language(void **state)
{
	(void)state;
	struct mcpauth *auth;
	char *text;
	CHECK_OK(configure("{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\","
			   "\"resource_name\": \"Notes\", \"resource_name#de\": \"Notizen\"," TRUST
			   "}]}",
		&auth, &err));
	CHECK_OK(mcpauth_resource_document(auth, SERVER_RESOURCE, &text, &err));
	cJSON *json = cJSON_Parse(text);
	assert_string_equal(cJSON_GetObjectItem(json, "resource_name#de")->valuestring, "Notizen");
	assert_string_equal(cJSON_GetObjectItem(json, "resource_name")->valuestring, "Notes");
	cJSON_Delete(json);
	free(text);
	mcpauth_free(auth);
}

static void names_the_line_of_a_bad_language(void **state)
{
	(void)state;
	struct mcpauth *auth;
	struct mcpauth_error got;
	assert_int_equal(configure("{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\",\n"
				   "\"resource_name#\": \"Notizen\"}]}",
				 &auth, &got),
		MCPAUTH_E_INVALID_ARGUMENT);
	assert_int_equal(strncmp(got.message, "line 2: ", 8), 0);
	mcpauth_free(auth);
}

#define ALSO(resource, issuer, values) \
	"{\"resource\": \"" resource "\"," \
	"\"issuers\": [{\"issuer\": \"" issuer "\",\"accepted_issuer_values\": " values "}]}"

static void an_issuer_is_told_of_a_value_wherever_it_stands(void **state)
{
	(void)state;
	struct mcpauth *auth;
	CHECK_OK(configure(
		"{\"resources\": [" ALSO(SERVER_RESOURCE, FAKE_ISSUER, "[\"v1\"]") "," ALSO(
			SERVER_RESOURCE "/two", FAKE_ISSUER, "[\"v1\", \"v2\"]") "]}",
		&auth, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_accept_issuer_value(auth, FAKE_ISSUER, "v1", &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_accept_issuer_value(auth, FAKE_ISSUER, "v2", &err));
	CHECK_OK(mcpauth_accept_issuer_value(auth, FAKE_ISSUER, "v3", &err));
	mcpauth_free(auth);
}

static void two_issuers_of_two_resources_share_no_value(void **state)
{
	(void)state;
	struct mcpauth *auth;
	CHECK_CODE(MCPAUTH_E_DUPLICATE,
		configure(
			"{\"resources\": [" ALSO(SERVER_RESOURCE, FAKE_ISSUER, "[\"v1\"]") "," ALSO(
				SERVER_RESOURCE "/two", "https://two.example", "[\"v1\"]") "]}",
			&auth, &err));
	mcpauth_free(auth);
	CHECK_OK(configure(
		"{\"resources\": [" ALSO(SERVER_RESOURCE, FAKE_ISSUER, "[\"v1\"]") "," ALSO(
			SERVER_RESOURCE "/two", "https://two.example", "[\"v2\"]") "]}",
		&auth, &err));
	mcpauth_free(auth);
}

static void opens_to_a_recipient(void **state)
{
	(void)state;
	struct fake_server server;
	char value[4096] = "Bearer ";
	struct fake_token wanted = {
		.audience = "https://other.example", .claims = ",\"client_id\":\"app\""};
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	char *token = fake_issuer_token(server.issuer, &wanted);
	strncat(value, token, sizeof value - 8);
	free(token);
	struct fake_request request = {.headers = {"Authorization", value}};
	assert_true(fake_server_answers(&server, &request, 401));
	CHECK_OK(restart(&server,
		"{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\","
		"\"recipient_claim\": \"client_id\","
		"\"recipients\": [\"other\", \"app\"]," TRUST "}]}",
		&err));
	assert_true(fake_server_answers(&server, &request, 0));
	CHECK_OK(restart(&server,
		"{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\","
		"\"recipient_claim\": \"client_id\", \"recipients\": [\"other\"]," TRUST "}]}",
		&err));
	assert_true(fake_server_answers(&server, &request, 401));
	fake_server_stop(&server);
}

static void lets_one_of_several_scopes_be_enough(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	char *bearer = fake_server_bearer(&server, "second");
	struct fake_request request = {.headers = {"Authorization", bearer}};
	CHECK_OK(restart(&server,
		"{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\"," TRUST "}],"
		"\"routes\": [{\"path\": \"/mcp\", \"any_scopes\": [\"first\", \"second\"]}]}",
		&err));
	assert_true(fake_server_answers(&server, &request, 0));
	CHECK_OK(restart(&server,
		"{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\"," TRUST "}],"
		"\"routes\": [{\"path\": \"/mcp\", \"any_scopes\": [\"first\", \"third\"]}]}",
		&err));
	assert_true(fake_server_answers(&server, &request, 403));
	free(bearer);
	fake_server_stop(&server);
}

static void serves_the_metadata_of_an_issuer(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_request request = {.path = "/.well-known/oauth-authorization-server"};
	struct mcpauth_error got;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	assert_true(fake_server_answers(&server, &request, 404));
	CHECK_OK(restart(&server,
		"{\"resources\": [{\"resource\": \"" SERVER_RESOURCE
		"\", \"issuers\": [{\"issuer\": \"https://hand.example\", \"metadata\": {"
		"\"issuer\": \"https://hand.example\","
		"\"authorization_endpoint\": \"https://hand.example/a\","
		"\"token_endpoint\": \"https://hand.example/t\","
		"\"jwks_uri\": \"https://hand.example/k\","
		"\"code_challenge_methods_supported\": [\"S256\"],"
		"\"response_types_supported\": [\"code\"]}}]}],"
		"\"issuer_metadata\": \"https://hand.example\"}",
		&err));
	assert_true(fake_server_answers(&server, &request, 200));
	assert_int_equal(restart(&server,
				 "{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\"," TRUST
				 "}],\n\"issuer_metadata\": \"https://nobody.example\"}",
				 &got),
		MCPAUTH_E_UNKNOWN_ISSUER);
	assert_int_equal(strncmp(got.message, "line 2: ", 8), 0);
	fake_server_stop(&server);
}

/* Also again after a reload, with what the file says then. */
static void takes_logouts_where_the_file_says(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_request request = {.method = "GET", .path = "/logout"};
	struct mcpauth_settings *settings;
	struct mcpauth_error got;
	static const char moved[] = "{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\"," TRUST
				    "}], \"logout\": {\"path\": \"/out\","
				    " \"client_id\": \"this-server\"}}";
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	assert_true(fake_server_answers(&server, &request, 401));
	CHECK_OK(restart(&server,
		"{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\"," TRUST "}],"
		"\"logout\": {\"path\": \"/logout\", \"client_id\": \"this-server\"}}",
		&err));
	assert_true(fake_server_answers(&server, &request, 405));
	mcpauth_chain_set_prepare(server.chain, NULL, NULL);
	CHECK_OK(mcpauth_settings_parse(moved, strlen(moved), &settings, &err));
	CHECK_OK(mcpauth_chain_reload(server.chain, settings, &err));
	mcpauth_settings_free(settings);
	assert_true(fake_server_answers(&server, &request, 401));
	request.path = "/out";
	assert_true(fake_server_answers(&server, &request, 405));
	assert_int_equal(restart(&server,
				 "{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\"," TRUST
				 "}],\n\"logout\": {\"path\": \"out\", \"client_id\": \"a\"}}",
				 &got),
		MCPAUTH_E_INVALID_ARGUMENT);
	assert_int_equal(strncmp(got.message, "line 2: ", 8), 0);
	fake_server_stop(&server);
}

static void a_file_names_path_and_client_of_logouts(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{\"logout\": {\"path\": \"/logout\"}}",
		"{\"logout\": {\"client_id\": \"this-server\"}}",
		"{\"logout\": {\"path\": \"/logout\", \"client_id\": \"a\", \"heard\": true}}",
		"{\"logout\": \"/logout\"}",
	};
	struct mcpauth_settings *settings;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CHECK_ROW_CODE(texts[i], MCPAUTH_E_INVALID_SETTINGS,
			mcpauth_settings_parse(texts[i], strlen(texts[i]), &settings, &err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(publishes_names_in_each_language),
		cmocka_unit_test(names_the_line_of_a_bad_language),
		cmocka_unit_test(an_issuer_is_told_of_a_value_wherever_it_stands),
		cmocka_unit_test(two_issuers_of_two_resources_share_no_value),
		cmocka_unit_test(opens_to_a_recipient),
		cmocka_unit_test(lets_one_of_several_scopes_be_enough),
		cmocka_unit_test(serves_the_metadata_of_an_issuer),
		cmocka_unit_test(takes_logouts_where_the_file_says),
		cmocka_unit_test(a_file_names_path_and_client_of_logouts),
	};
	return cmocka_run_group_tests_name("settings_calls", tests, NULL, NULL);
}
