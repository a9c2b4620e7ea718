/* What an authorization server says of itself, held against what MCP needs. */
#include "metadata/server_checks.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ISSUER "https://as.example/tenant"
#define FINDINGS 15
#define UNTOLD (-1)

enum {
	PASSED = MCPAUTH_SEVERITY_PASSED,
	WARNING = MCPAUTH_SEVERITY_WARNING,
	ERROR = MCPAUTH_SEVERITY_ERROR
};

/* Lacks nothing. */
static const char complete[] =
	"{\"issuer\":\"" ISSUER "\","
	"\"authorization_endpoint\":\"https://as.example/authorize\","
	"\"token_endpoint\":\"https://as.example/token\","
	"\"registration_endpoint\":\"https://as.example/register\","
	"\"jwks_uri\":\"https://as.example/keys\","
	"\"response_types_supported\":[\"code\"],"
	"\"grant_types_supported\":[\"authorization_code\",\"refresh_token\"],"
	"\"code_challenge_methods_supported\":[\"S256\"],"
	"\"client_id_metadata_document_supported\":true,"
	"\"authorization_response_iss_parameter_supported\":true,"
	"\"resource_indicators_supported\":true}";

/* What was told, by number of the finding. */
struct told {
	int severities[FINDINGS];
	unsigned times[FINDINGS];
	char messages[FINDINGS][512];
};

static void on_finding(enum mcpauth_finding finding, enum mcpauth_severity severity,
	const char *message, void *user)
{
	struct told *told = user;
	assert_in_range(finding, 1, FINDINGS - 1);
	told->severities[finding] = (int)severity;
	told->times[finding]++;
	snprintf(told->messages[finding], sizeof told->messages[finding], "%s", message);
}

static void forget(struct told *told)
{
	memset(told, 0, sizeof *told);
	for (size_t i = 0; i < FINDINGS; i++) {
		told->severities[i] = UNTOLD;
	}
}

static enum mcpauth_code check(
	const char *issuer, const char *document, struct told *told, struct mcpauth_error *err)
{
	forget(told);
	return mcpauth_check_metadata(issuer, document, on_finding, told, err);
}

/* The complete document with members replaced, or dropped where they are null. */
static cJSON *changed_tree(const char *changes)
{
	cJSON *tree = cJSON_Parse(complete);
	cJSON *given = cJSON_Parse(changes);
	assert_non_null(tree);
	assert_non_null(given);
	for (const cJSON *item = given->child; item != NULL; item = item->next) {
		cJSON_DeleteItemFromObjectCaseSensitive(tree, item->string);
		if (!cJSON_IsNull(item)) {
			cJSON_AddItemToObject(tree, item->string, cJSON_Duplicate(item, 1));
		}
	}
	cJSON_Delete(given);
	return tree;
}

static char *changed(const char *changes)
{
	cJSON *tree = changed_tree(changes);
	char *text = cJSON_PrintUnformatted(tree);
	assert_non_null(text);
	cJSON_Delete(tree);
	return text;
}

/* How a finding differs from what the complete document leads to. */
struct difference {
	enum mcpauth_finding finding; /* 0: none */
	int severity;
};

struct row {
	const char *label;
	const char *changes;
	struct difference differences[3];
};

static int wanted(const struct row *row, size_t finding)
{
	for (size_t i = 0; i < 3; i++) {
		if ((size_t)row->differences[i].finding == finding && finding != 0) {
			return row->differences[i].severity;
		}
	}
	bool is_ours = finding != 0 && finding != MCPAUTH_FINDING_METADATA_FOUND
		&& finding != MCPAUTH_FINDING_KEYS;
	return is_ours ? PASSED : UNTOLD;
}

static enum mcpauth_code wanted_code(const struct row *row)
{
	for (size_t i = 0; i < 3; i++) {
		if (row->differences[i].finding != 0 && row->differences[i].severity == ERROR) {
			return MCPAUTH_E_UNFIT_PROVIDER;
		}
	}
	return MCPAUTH_OK;
}

static void check_row(const struct row *row)
{
	struct told told;
	char *document = changed(row->changes);
	CHECK_ROW_CODE(row->label, wanted_code(row), check(ISSUER, document, &told, &err));
	for (size_t i = 0; i < FINDINGS; i++) {
		int want = wanted(row, i);
		if (told.severities[i] != want) {
			print_error("%s: %s is %d, not %d: %s\n", row->label,
				mcpauth_finding_name((enum mcpauth_finding)i, true),
				told.severities[i], want, told.messages[i]);
		}
		CHECK_ROW(row->label, told.severities[i] == want);
		CHECK_ROW(row->label, told.times[i] == (want == UNTOLD ? 0u : 1u));
		CHECK_ROW(row->label, strlen(told.messages[i]) < MCPAUTH_ERROR_MESSAGE_SIZE - 1);
	}
	free(document);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_row(&rows[i]);
	}
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(rows)[0])

static void finds_nothing_wrong_with_a_complete_document(void **state)
{
	(void)state;
	static const struct row rows[] = {{"complete", "{}", {{0}}}};
	CHECK_ROWS(rows);
}

static void names_each_missing_or_misshapen_member(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"no issuer", "{\"issuer\":null}",
			{{MCPAUTH_FINDING_METADATA, ERROR}, {MCPAUTH_FINDING_ISSUER, UNTOLD}}},
		{"issuer a number", "{\"issuer\":5}",
			{{MCPAUTH_FINDING_METADATA, ERROR}, {MCPAUTH_FINDING_ISSUER, UNTOLD}}},
		{"no authorization_endpoint", "{\"authorization_endpoint\":null}",
			{{MCPAUTH_FINDING_METADATA, ERROR}}},
		{"no token_endpoint", "{\"token_endpoint\":null}",
			{{MCPAUTH_FINDING_METADATA, ERROR}}},
		{"token_endpoint a list", "{\"token_endpoint\":[\"https://as.example/token\"]}",
			{{MCPAUTH_FINDING_METADATA, ERROR}}},
		{"no response types", "{\"response_types_supported\":null}",
			{{MCPAUTH_FINDING_METADATA, ERROR},
				{MCPAUTH_FINDING_CODE_RESPONSE_TYPE, UNTOLD}}},
		{"response types a string", "{\"response_types_supported\":\"code\"}",
			{{MCPAUTH_FINDING_METADATA, ERROR},
				{MCPAUTH_FINDING_CODE_RESPONSE_TYPE, UNTOLD}}},
		{"a number among response types", "{\"response_types_supported\":[\"code\",1]}",
			{{MCPAUTH_FINDING_METADATA, ERROR},
				{MCPAUTH_FINDING_CODE_RESPONSE_TYPE, UNTOLD}}},
		{"grant types a string", "{\"grant_types_supported\":\"authorization_code\"}",
			{{MCPAUTH_FINDING_METADATA, ERROR},
				{MCPAUTH_FINDING_AUTHORIZATION_CODE_GRANT, UNTOLD}}},
		{"challenge methods a string", "{\"code_challenge_methods_supported\":\"S256\"}",
			{{MCPAUTH_FINDING_METADATA, ERROR}, {MCPAUTH_FINDING_PKCE, UNTOLD},
				{MCPAUTH_FINDING_S256, UNTOLD}}},
		{"jwks_uri a number", "{\"jwks_uri\":1}",
			{{MCPAUTH_FINDING_METADATA, ERROR}, {MCPAUTH_FINDING_JWKS_URI, UNTOLD}}},
		{"scopes a string", "{\"scopes_supported\":\"openid\"}",
			{{MCPAUTH_FINDING_METADATA, ERROR}}},
		{"a flag that is a string",
			"{\"authorization_response_iss_parameter_supported\":\"true\"}",
			{{MCPAUTH_FINDING_METADATA, ERROR},
				{MCPAUTH_FINDING_ISS_PARAMETER, WARNING}}},
		{"aliases a list", "{\"mtls_endpoint_aliases\":[]}",
			{{MCPAUTH_FINDING_METADATA, ERROR}}},
	};
	CHECK_ROWS(rows);
}

static void names_what_clients_or_tokens_would_fail_at(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"another issuer", "{\"issuer\":\"https://as.example/other\"}",
			{{MCPAUTH_FINDING_ISSUER, ERROR}}},
		{"a slash more", "{\"issuer\":\"" ISSUER "/\"}", {{MCPAUTH_FINDING_ISSUER, ERROR}}},
		{"http token_endpoint", "{\"token_endpoint\":\"http://as.example/token\"}",
			{{MCPAUTH_FINDING_ENDPOINTS, ERROR}}},
		{"http jwks_uri", "{\"jwks_uri\":\"http://as.example/keys\"}",
			{{MCPAUTH_FINDING_ENDPOINTS, ERROR}}},
		{"relative endpoint", "{\"authorization_endpoint\":\"/authorize\"}",
			{{MCPAUTH_FINDING_ENDPOINTS, ERROR}}},
		{"endpoint with a fragment",
			"{\"authorization_endpoint\":\"https://as.example/#authorize\"}",
			{{MCPAUTH_FINDING_ENDPOINTS, ERROR}}},
		{"http endpoint nobody here knows", "{\"new_endpoint\":\"http://as.example/new\"}",
			{{MCPAUTH_FINDING_ENDPOINTS, ERROR}}},
		{"http alias",
			"{\"mtls_endpoint_aliases\":{\"token_endpoint\":\"http://as.example/t\"}}",
			{{MCPAUTH_FINDING_ENDPOINTS, ERROR}}},
		{"only token", "{\"response_types_supported\":[\"token\",\"id_token\"]}",
			{{MCPAUTH_FINDING_CODE_RESPONSE_TYPE, ERROR}}},
		{"no response type", "{\"response_types_supported\":[]}",
			{{MCPAUTH_FINDING_CODE_RESPONSE_TYPE, ERROR}}},
		{"the beginning of a type", "{\"response_types_supported\":[\"cod\"]}",
			{{MCPAUTH_FINDING_CODE_RESPONSE_TYPE, ERROR}}},
		{"a type that only begins so", "{\"response_types_supported\":[\"code_x\"]}",
			{{MCPAUTH_FINDING_CODE_RESPONSE_TYPE, ERROR}}},
		{"another grant", "{\"grant_types_supported\":[\"client_credentials\"]}",
			{{MCPAUTH_FINDING_AUTHORIZATION_CODE_GRANT, ERROR}}},
		{"no grant", "{\"grant_types_supported\":[]}",
			{{MCPAUTH_FINDING_AUTHORIZATION_CODE_GRANT, ERROR}}},
		{"no word of PKCE", "{\"code_challenge_methods_supported\":null}",
			{{MCPAUTH_FINDING_PKCE, ERROR}, {MCPAUTH_FINDING_S256, UNTOLD}}},
		{"no PKCE", "{\"code_challenge_methods_supported\":[]}",
			{{MCPAUTH_FINDING_PKCE, ERROR}, {MCPAUTH_FINDING_S256, UNTOLD}}},
		{"only plain", "{\"code_challenge_methods_supported\":[\"plain\"]}",
			{{MCPAUTH_FINDING_S256, ERROR}}},
		{"s256 in lower case", "{\"code_challenge_methods_supported\":[\"s256\"]}",
			{{MCPAUTH_FINDING_S256, ERROR}}},
		{"no jwks_uri", "{\"jwks_uri\":null}", {{MCPAUTH_FINDING_JWKS_URI, ERROR}}},
		{"three at once",
			"{\"jwks_uri\":null,\"grant_types_supported\":[],"
			"\"code_challenge_methods_supported\":[\"plain\"]}",
			{{MCPAUTH_FINDING_JWKS_URI, ERROR},
				{MCPAUTH_FINDING_AUTHORIZATION_CODE_GRANT, ERROR},
				{MCPAUTH_FINDING_S256, ERROR}}},
	};
	CHECK_ROWS(rows);
}

static void warns_of_what_clients_can_do_without(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"no registration", "{\"registration_endpoint\":null}",
			{{MCPAUTH_FINDING_DYNAMIC_REGISTRATION, WARNING}}},
		{"no word of client documents", "{\"client_id_metadata_document_supported\":null}",
			{{MCPAUTH_FINDING_CLIENT_ID_METADATA_DOCUMENT, WARNING}}},
		{"no client documents", "{\"client_id_metadata_document_supported\":false}",
			{{MCPAUTH_FINDING_CLIENT_ID_METADATA_DOCUMENT, WARNING}}},
		{"no word of iss", "{\"authorization_response_iss_parameter_supported\":null}",
			{{MCPAUTH_FINDING_ISS_PARAMETER, WARNING}}},
		{"no iss", "{\"authorization_response_iss_parameter_supported\":false}",
			{{MCPAUTH_FINDING_ISS_PARAMETER, WARNING}}},
		{"no word of resource indicators", "{\"resource_indicators_supported\":null}",
			{{MCPAUTH_FINDING_RESOURCE_INDICATORS, WARNING}}},
		{"no resource indicators", "{\"resource_indicators_supported\":false}",
			{{MCPAUTH_FINDING_RESOURCE_INDICATORS, WARNING}}},
	};
	CHECK_ROWS(rows);
}

static void accepts_what_may_be_said_in_other_ways(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"code id_token", "{\"response_types_supported\":[\"token\",\"code id_token\"]}",
			{{0}}},
		{"id_token code", "{\"response_types_supported\":[\"id_token  code\"]}", {{0}}},
		{"grants by default", "{\"grant_types_supported\":null}", {{0}}},
		{"plain too", "{\"code_challenge_methods_supported\":[\"plain\",\"S256\"]}", {{0}}},
		{"loopback", "{\"token_endpoint\":\"http://127.0.0.1:9000/token\"}", {{0}}},
		{"localhost", "{\"jwks_uri\":\"http://localhost/keys\"}", {{0}}},
		{"a query", "{\"token_endpoint\":\"https://as.example/token?p=b2c\"}", {{0}}},
		{"https aliases",
			"{\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://m.example/t\"}}",
			{{0}}},
		{"an endpoint of another type that nobody knows", "{\"new_endpoint\":{}}", {{0}}},
		{"unknown members", "{\"x\":[1,{\"y\":null}],\"claims_supported\":7}", {{0}}},
	};
	CHECK_ROWS(rows);
}

static void leaves_the_issuer_out_when_none_is_asked_about(void **state)
{
	(void)state;
	struct told told;
	CHECK_OK(check(NULL, complete, &told, &err));
	assert_int_equal(told.severities[MCPAUTH_FINDING_ISSUER], UNTOLD);
	assert_int_equal(told.severities[MCPAUTH_FINDING_PKCE], PASSED);
}

static void refuses_what_is_no_document(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "<html></html>", "[]", "\"code\"", "{\"a\":1",
		"{\"issuer\":\"a\",\"issuer\":\"b\"}"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct told told;
		CHECK_ROW_CODE(
			texts[i], MCPAUTH_E_UNFIT_PROVIDER, check(ISSUER, texts[i], &told, &err));
		for (size_t j = 0; j < FINDINGS; j++) {
			int want = j == MCPAUTH_FINDING_METADATA ? ERROR : UNTOLD;
			CHECK_ROW(texts[i], told.severities[j] == want);
		}
	}
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_check_metadata(ISSUER, NULL, NULL, NULL, &err));
}

static void names_all_broken_members_as_far_as_a_line_reaches(void **state)
{
	(void)state;
	struct told told;
	struct mcpauth_error err = {0};
	const char *message = told.messages[MCPAUTH_FINDING_METADATA];
	char *two = changed("{\"token_endpoint\":null,\"scopes_supported\":1}");
	assert_int_equal(check(ISSUER, two, &told, &err), MCPAUTH_E_UNFIT_PROVIDER);
	assert_non_null(strstr(
		message, "token_endpoint (a string), scopes_supported (an array of strings);"));
	free(two);
	assert_int_equal(check(ISSUER,
				 "{\"jwks_uri\":1,\"registration_endpoint\":2,"
				 "\"op_tos_uri\":3,\"scopes_supported\":4}",
				 &told, &err),
		MCPAUTH_E_UNFIT_PROVIDER);
	assert_non_null(strstr(message, "issuer (a string), authorization_endpoint (a string)"));
	assert_non_null(strstr(message, "more; correct the document"));
	assert_true(strlen(message) < MCPAUTH_ERROR_MESSAGE_SIZE - 1);
}

static void quotes_a_document_in_one_line(void **state)
{
	(void)state;
	struct told told;
	struct mcpauth_error err = {0};
	char *hostile = changed("{\"issuer\":\"https://evil\\n2026 forged \\u001b[31m line\","
				"\"token_endpoint\":\"http://e\\nvil\"}");
	assert_int_equal(check(ISSUER, hostile, &told, &err), MCPAUTH_E_UNFIT_PROVIDER);
	assert_non_null(strstr(told.messages[MCPAUTH_FINDING_ISSUER], "https://evil?2026 forged"));
	for (size_t i = 0; i < FINDINGS; i++) {
		assert_null(strpbrk(told.messages[i], "\n\r\033"));
	}
	free(hostile);
}

static void keeps_the_first_error_as_the_reason(void **state)
{
	(void)state;
	struct told told;
	struct mcpauth_error err = {0};
	char *broken = changed("{\"issuer\":\"https://other.example\",\"jwks_uri\":null}");
	assert_int_equal(check(ISSUER, broken, &told, &err), MCPAUTH_E_UNFIT_PROVIDER);
	assert_int_equal(err.code, MCPAUTH_E_UNFIT_PROVIDER);
	assert_string_equal(err.message, told.messages[MCPAUTH_FINDING_ISSUER]);
	assert_int_equal(
		mcpauth_check_metadata(ISSUER, broken, NULL, NULL, NULL), MCPAUTH_E_UNFIT_PROVIDER);
	free(broken);
}

static void collects_errors_and_warnings_as_sets(void **state)
{
	(void)state;
	static const struct mcpauth__server_question question = {.issuer = ISSUER};
	struct mcpauth__findings findings = {0};
	cJSON *document = changed_tree("{\"code_challenge_methods_supported\":null,"
				       "\"jwks_uri\":null,\"registration_endpoint\":null}");
	CHECK_OK(mcpauth__server_checks(document, &question, &findings));
	assert_int_equal(findings.errors,
		MCPAUTH__FINDING_BIT(MCPAUTH_FINDING_PKCE)
			| MCPAUTH__FINDING_BIT(MCPAUTH_FINDING_JWKS_URI));
	assert_int_equal(
		findings.warnings, MCPAUTH__FINDING_BIT(MCPAUTH_FINDING_DYNAMIC_REGISTRATION));
	assert_int_equal(mcpauth__findings_code(&findings), MCPAUTH_E_UNFIT_PROVIDER);
	cJSON_Delete(document);
}

static void obeys_what_is_configured_otherwise(void **state)
{
	(void)state;
	static const struct mcpauth__server_question strict = {.issuer = ISSUER};
	static const struct mcpauth__server_question lenient = {
		.issuer = ISSUER, .allow_http = true, .has_keys = true};
	struct mcpauth__findings findings = {0};
	cJSON *document = changed_tree(
		"{\"token_endpoint\":\"http://as.example/token\",\"jwks_uri\":null}");
	CHECK_OK(mcpauth__server_checks(document, &lenient, &findings));
	assert_int_equal(findings.errors, 0);
	assert_int_equal(mcpauth__findings_code(&findings), MCPAUTH_OK);
	CHECK_OK(mcpauth__server_checks(document, &strict, &findings));
	assert_int_equal(findings.errors,
		MCPAUTH__FINDING_BIT(MCPAUTH_FINDING_ENDPOINTS)
			| MCPAUTH__FINDING_BIT(MCPAUTH_FINDING_JWKS_URI));
	cJSON_Delete(document);
}

static void gives_every_finding_its_names(void **state)
{
	(void)state;
	static const char *const names[FINDINGS][2] = {
		{"unknown", "unknown"},
		{"server_metadata_valid", "invalid_server_metadata"},
		{"metadata_found", "metadata_not_found"},
		{"issuer_matches", "issuer_mismatch"},
		{"endpoints_secure", "insecure_endpoint"},
		{"code_response_type_supported", "code_response_type_not_supported"},
		{"authorization_code_grant_supported", "authorization_code_grant_not_supported"},
		{"pkce_supported", "pkce_not_supported"},
		{"s256_code_challenge_method_supported",
			"s256_code_challenge_method_not_supported"},
		{"jwks_uri_present", "missing_jwks_uri"},
		{"keys_usable", "no_usable_keys"},
		{"dynamic_registration_supported", "dynamic_registration_not_supported"},
		{"client_id_metadata_document_supported",
			"client_id_metadata_document_not_supported"},
		{"iss_parameter_supported", "iss_parameter_not_supported"},
		{"resource_indicators_supported", "resource_indicators_not_supported"},
	};
	for (size_t i = 0; i < FINDINGS; i++) {
		enum mcpauth_finding finding = (enum mcpauth_finding)i;
		assert_string_equal(mcpauth_finding_name(finding, true), names[i][0]);
		assert_string_equal(mcpauth_finding_name(finding, false), names[i][1]);
	}
	assert_string_equal(mcpauth_finding_name((enum mcpauth_finding)FINDINGS, true), "unknown");
	assert_string_equal(mcpauth_finding_name((enum mcpauth_finding) - 1, false), "unknown");
}

/* RFC 8414 section 2, and what was registered later. */
static const struct {
	const char *name;
	const char *good;
	const char *type;
} types[] = {
	{"issuer", "\"" ISSUER "\"", "a string"},
	{"authorization_endpoint", "\"https://as.example/a\"", "a string"},
	{"token_endpoint", "\"https://as.example/t\"", "a string"},
	{"response_types_supported", "[\"code\"]", "an array of strings"},
	{"jwks_uri", "\"https://as.example/k\"", "a string"},
	{"registration_endpoint", "\"https://as.example/r\"", "a string"},
	{"scopes_supported", "[\"a\"]", "an array of strings"},
	{"response_modes_supported", "[]", "an array of strings"},
	{"grant_types_supported", "[\"authorization_code\"]", "an array of strings"},
	{"code_challenge_methods_supported", "[\"S256\"]", "an array of strings"},
	{"token_endpoint_auth_methods_supported", "[]", "an array of strings"},
	{"token_endpoint_auth_signing_alg_values_supported", "[]", "an array of strings"},
	{"service_documentation", "\"x\"", "a string"},
	{"ui_locales_supported", "[]", "an array of strings"},
	{"op_policy_uri", "\"x\"", "a string"},
	{"op_tos_uri", "\"x\"", "a string"},
	{"revocation_endpoint", "\"https://as.example/v\"", "a string"},
	{"revocation_endpoint_auth_methods_supported", "[]", "an array of strings"},
	{"revocation_endpoint_auth_signing_alg_values_supported", "[]", "an array of strings"},
	{"introspection_endpoint", "\"https://as.example/i\"", "a string"},
	{"introspection_endpoint_auth_methods_supported", "[]", "an array of strings"},
	{"introspection_endpoint_auth_signing_alg_values_supported", "[]", "an array of strings"},
	{"userinfo_endpoint", "\"https://as.example/u\"", "a string"},
	{"end_session_endpoint", "\"https://as.example/e\"", "a string"},
	{"device_authorization_endpoint", "\"https://as.example/d\"", "a string"},
	{"pushed_authorization_request_endpoint", "\"https://as.example/p\"", "a string"},
	{"require_pushed_authorization_requests", "true", "true or false"},
	{"mtls_endpoint_aliases", "{}", "an object"},
	{"dpop_signing_alg_values_supported", "[]", "an array of strings"},
	{"tls_client_certificate_bound_access_tokens", "false", "true or false"},
	{"client_id_metadata_document_supported", "true", "true or false"},
	{"authorization_response_iss_parameter_supported", "true", "true or false"},
	{"resource_indicators_supported", "true", "true or false"},
};

static void wants_each_known_member_in_its_own_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct told told;
		char changes[160];
		char wanted_words[160];
		snprintf(changes, sizeof changes, "{\"%s\":1}", types[i].name);
		snprintf(wanted_words, sizeof wanted_words, ": %s (%s);", types[i].name,
			types[i].type);
		char *bad = changed(changes);
		snprintf(changes, sizeof changes, "{\"%s\":%s}", types[i].name, types[i].good);
		char *good = changed(changes);
		CHECK_ROW_CODE(
			types[i].name, MCPAUTH_E_UNFIT_PROVIDER, check(ISSUER, bad, &told, &err));
		CHECK_ROW(types[i].name,
			strstr(told.messages[MCPAUTH_FINDING_METADATA], wanted_words) != NULL);
		CHECK_ROW_CODE(types[i].name, MCPAUTH_OK, check(ISSUER, good, &told, &err));
		free(good);
		free(bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_wrong_with_a_complete_document),
		cmocka_unit_test(names_each_missing_or_misshapen_member),
		cmocka_unit_test(names_what_clients_or_tokens_would_fail_at),
		cmocka_unit_test(warns_of_what_clients_can_do_without),
		cmocka_unit_test(accepts_what_may_be_said_in_other_ways),
		cmocka_unit_test(leaves_the_issuer_out_when_none_is_asked_about),
		cmocka_unit_test(refuses_what_is_no_document),
		cmocka_unit_test(names_all_broken_members_as_far_as_a_line_reaches),
		cmocka_unit_test(quotes_a_document_in_one_line),
		cmocka_unit_test(keeps_the_first_error_as_the_reason),
		cmocka_unit_test(collects_errors_and_warnings_as_sets),
		cmocka_unit_test(obeys_what_is_configured_otherwise),
		cmocka_unit_test(gives_every_finding_its_names),
		cmocka_unit_test(wants_each_known_member_in_its_own_type),
	};
	return cmocka_run_group_tests_name("server_checks", tests, NULL, NULL);
}
