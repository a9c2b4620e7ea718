/* What an issuer makes of a registration: taken if it is safe and can be followed. */
#include "client/registration/registration_request.h"

#include "support/applicant.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ALL "none client_secret_basic client_secret_post private_key_jwt"
#define ID "\"client_id\":\"c 1\""
#define SECRET "\"client_secret\":\"hush~\""
#define METHOD(name) "\"token_endpoint_auth_method\":\"" name "\""

static enum mcpauth_code read_answer(const struct applicant *applicant, unsigned status,
	const char *text, struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	const struct mcpauth__buf body = {.data = (char *)text, .length = strlen(text)};
	*registration = (struct mcpauth__registration){0};
	return mcpauth__registration_answer_read(&applicant->it, status, &body, registration, err);
}

static bool is_text(const char *got, const char *want)
{
	return got == NULL || want == NULL ? got == want : strcmp(got, want) == 0;
}

static const struct {
	const char *label;
	unsigned status;
	const char *body;
	const char *secret;
	const char *method;
	int64_t expires_at;
} good[] = {
	{"an id alone", 201, "{" ID "}", NULL, "none", 0},
	{"with status 200", 200, "{" ID "}", NULL, "none", 0},
	{"none", 201, "{" ID "," METHOD("none") "}", NULL, "none", 0},
	{"a secret that was not wanted", 201,
		"{" ID "," SECRET "," METHOD("none") ",\"client_secret_expires_at\":5}", NULL,
		"none", 0},
	{"a secret for whatever is supported", 201, "{" ID "," SECRET "}", "hush~", NULL, 0},
	{"basic", 201, "{" ID "," SECRET "," METHOD("client_secret_basic") "}", "hush~",
		"client_secret_basic", 0},
	{"post", 201, "{" ID "," SECRET "," METHOD("client_secret_post") "}", "hush~",
		"client_secret_post", 0},
	{"a secret for ever", 201, "{" ID "," SECRET ",\"client_secret_expires_at\":0}", "hush~",
		NULL, 0},
	{"a secret for a while", 201, "{" ID "," SECRET ",\"client_secret_expires_at\":1800003600}",
		"hush~", NULL, 1800003600},
	{"nulls", 201,
		"{" ID ",\"client_secret\":null,\"client_secret_expires_at\":null,"
		"\"redirect_uris\":null,\"token_endpoint_auth_method\":null}",
		NULL, "none", 0},
	{"an empty secret", 201, "{" ID ",\"client_secret\":\"\"}", NULL, "none", 0},
	{"a secret without an end", 201, "{" ID "," SECRET ",\"client_secret_expires_at\":null}",
		"hush~", NULL, 0},
	{"its redirect_uri", 201, "{" ID ",\"redirect_uris\":[\"" APPLICANT_REDIRECT "\"]}", NULL,
		"none", 0},
	{"other members", 201,
		"{" ID ",\"scope\":1,\"grant_types\":{},\"registration_access_token\":[]}", NULL,
		"none", 0},
};

static void takes_what_it_can_follow(void **state)
{
	struct applicant applicant;
	(void)state;
	applicant_init(&applicant, ALL);
	for (size_t i = 0; i < COUNT(good); i++) {
		const char *label = good[i].label;
		struct mcpauth__registration got;
		CHECK_ROW_CODE(label, MCPAUTH_OK,
			read_answer(&applicant, good[i].status, good[i].body, &got, &err));
		CHECK_ROW(label, is_text(got.client_id, "c 1"));
		CHECK_ROW(label, is_text(got.issuer, APPLICANT_ISSUER));
		CHECK_ROW(label, is_text(got.redirect_uri, APPLICANT_REDIRECT));
		CHECK_ROW(label, is_text(got.client_secret, good[i].secret));
		CHECK_ROW(label, is_text(got.authentication, good[i].method));
		CHECK_ROW(label, got.secret_expires_at == good[i].expires_at);
		mcpauth__registration_finish(&got);
	}
	applicant_finish(&applicant);
}

/* What cannot be shown to anybody is no secret. */
static void leaves_a_secret_that_its_issuer_does_not_take(void **state)
{
	static const struct {
		const char *supported;
		const char *secret;
		const char *method;
	} rows[] = {
		{"none", NULL, "none"},
		{"none private_key_jwt", NULL, "none"},
		{"none client_secret_post", "hush~", NULL},
		{"none client_secret_basic", "hush~", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct applicant applicant;
		struct mcpauth__registration got;
		applicant_init(&applicant, rows[i].supported);
		CHECK_ROW_CODE(rows[i].supported, MCPAUTH_OK,
			read_answer(&applicant, 201, "{" ID "," SECRET "}", &got, &err));
		CHECK_ROW(rows[i].supported, is_text(got.client_secret, rows[i].secret));
		CHECK_ROW(rows[i].supported, is_text(got.authentication, rows[i].method));
		mcpauth__registration_finish(&got);
		applicant_finish(&applicant);
	}
}

static const struct {
	const char *label;
	const char *body;
	enum mcpauth_code code;
} bad[] = {
	{"nothing", "", MCPAUTH_E_INVALID_JSON},
	{"HTML", "<html>", MCPAUTH_E_INVALID_JSON},
	{"an array", "[{" ID "}]", MCPAUTH_E_INVALID_JSON},
	{"an id twice", "{" ID "," ID "}", MCPAUTH_E_INVALID_JSON},
	{"an id with a NUL", "{\"client_id\":\"a\\u0000b\"}", MCPAUTH_E_INVALID_JSON},
	{"no id", "{" SECRET "}", MCPAUTH_E_REGISTRATION},
	{"another's name", "{\"Client_Id\":\"c\"}", MCPAUTH_E_REGISTRATION},
	{"a null id", "{\"client_id\":null}", MCPAUTH_E_REGISTRATION},
	{"an empty id", "{\"client_id\":\"\"}", MCPAUTH_E_REGISTRATION},
	{"a number as id", "{\"client_id\":7}", MCPAUTH_E_REGISTRATION},
	{"a line's end in the id", "{\"client_id\":\"a\\nb\"}", MCPAUTH_E_REGISTRATION},
	{"DEL in the id", "{\"client_id\":\"a\\u007fb\"}", MCPAUTH_E_REGISTRATION},
	{"a letter beyond ASCII in the id", "{\"client_id\":\"\u00e4\"}", MCPAUTH_E_REGISTRATION},
	{"a line's end in the secret", "{" ID ",\"client_secret\":\"a\\r\\nb\"}",
		MCPAUTH_E_REGISTRATION},
	{"a number as secret", "{" ID ",\"client_secret\":7}", MCPAUTH_E_REGISTRATION},
	{"an end that is a string", "{" ID "," SECRET ",\"client_secret_expires_at\":\"0\"}",
		MCPAUTH_E_REGISTRATION},
	{"an end before 1970", "{" ID "," SECRET ",\"client_secret_expires_at\":-1}",
		MCPAUTH_E_REGISTRATION},
	{"an end that is endless", "{" ID "," SECRET ",\"client_secret_expires_at\":1e300}",
		MCPAUTH_E_REGISTRATION},
	{"basic without a secret", "{" ID "," METHOD("client_secret_basic") "}",
		MCPAUTH_E_REGISTRATION},
	{"post without a secret", "{" ID "," METHOD("client_secret_post") "}",
		MCPAUTH_E_REGISTRATION},
	{"a key that it does not know", "{" ID "," METHOD("private_key_jwt") "}",
		MCPAUTH_E_REGISTRATION},
	{"a certificate", "{" ID "," SECRET "," METHOD("tls_client_auth") "}",
		MCPAUTH_E_REGISTRATION},
	{"a list of methods", "{" ID ",\"token_endpoint_auth_method\":[\"none\"]}",
		MCPAUTH_E_REGISTRATION},
	{"no redirect_uri", "{" ID ",\"redirect_uris\":[]}", MCPAUTH_E_REGISTRATION},
	{"another redirect_uri", "{" ID ",\"redirect_uris\":[\"https://evil.example/\"]}",
		MCPAUTH_E_REGISTRATION},
	{"one more redirect_uri",
		"{" ID ",\"redirect_uris\":[\"" APPLICANT_REDIRECT "\",\"https://evil.example/\"]}",
		MCPAUTH_E_REGISTRATION},
	{"a number as redirect_uri", "{" ID ",\"redirect_uris\":[7]}", MCPAUTH_E_REGISTRATION},
	{"no list of redirect_uris", "{" ID ",\"redirect_uris\":\"" APPLICANT_REDIRECT "\"}",
		MCPAUTH_E_REGISTRATION},
};

static void refuses_what_it_cannot_follow(void **state)
{
	struct applicant applicant;
	(void)state;
	applicant_init(&applicant, ALL);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct mcpauth__registration got;
		CHECK_ROW_CODE(bad[i].label, bad[i].code,
			read_answer(&applicant, 201, bad[i].body, &got, &err));
		mcpauth__registration_finish(&got);
	}
	applicant_finish(&applicant);
}

static void asks_for_a_way_and_gets_that(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got;
	(void)state;
	applicant_init(&applicant, "client_secret_post");
	CHECK_OK(read_answer(&applicant, 201, "{" ID "," SECRET "}", &got, &err));
	assert_string_equal(got.authentication, "client_secret_post");
	mcpauth__registration_finish(&got);
	applicant_finish(&applicant);
}

static void keeps_to_the_configured_way(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got;
	const char *const post = "{" ID "," SECRET "," METHOD("client_secret_post") "}";
	(void)state;
	applicant_init(&applicant, ALL);
	applicant.config.authentication = "client_secret_post";
	CHECK_OK(read_answer(&applicant, 201, post, &got, &err));
	mcpauth__registration_finish(&got);
	CHECK_CODE(MCPAUTH_E_REGISTRATION, read_answer(&applicant, 201, "{" ID "}", &got, &err));
	mcpauth__registration_finish(&got);
	applicant.config.authentication = "client_secret_basic";
	CHECK_CODE(MCPAUTH_E_REGISTRATION, read_answer(&applicant, 201, post, &got, &err));
	mcpauth__registration_finish(&got);
	applicant_finish(&applicant);
}

static void wants_no_redirect_where_none_was_registered(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got;
	(void)state;
	applicant_init(&applicant, ALL);
	applicant.config.grant = MCPAUTH_GRANT_CLIENT_CREDENTIALS;
	CHECK_OK(read_answer(
		&applicant, 201, "{" ID "," SECRET ",\"redirect_uris\":[]}", &got, &err));
	assert_null(got.redirect_uri);
	assert_string_equal(got.authentication, "client_secret_basic");
	mcpauth__registration_finish(&got);
	CHECK_CODE(MCPAUTH_E_REGISTRATION,
		read_answer(&applicant, 201,
			"{" ID "," SECRET ",\"redirect_uris\":[\"" APPLICANT_REDIRECT "\"]}", &got,
			&err));
	mcpauth__registration_finish(&got);
	applicant_finish(&applicant);
}

/* An id of so many letters in an answer. */
static enum mcpauth_code read_long(const struct applicant *applicant, size_t length)
{
	struct mcpauth__registration got;
	char *text = malloc(length + 64);
	assert_non_null(text);
	int used = sprintf(text, "{\"client_id\":\"");
	memset(text + used, 'a', length);
	strcpy(text + used + length, "\"}");
	enum mcpauth_code code = read_answer(applicant, 201, text, &got, NULL);
	assert_true(code != MCPAUTH_OK || strlen(got.client_id) == length);
	mcpauth__registration_finish(&got);
	free(text);
	return code;
}

static void bounds_the_client_id(void **state)
{
	struct applicant applicant;
	(void)state;
	applicant_init(&applicant, ALL);
	assert_int_equal(read_long(&applicant, MCPAUTH__CLIENT_ID_LIMIT), MCPAUTH_OK);
	assert_int_equal(
		read_long(&applicant, MCPAUTH__CLIENT_ID_LIMIT + 1), MCPAUTH_E_REGISTRATION);
	applicant_finish(&applicant);
}

static const struct {
	const char *label;
	unsigned status;
	const char *body;
	const char *message;
} refusals[] = {
	{"both", 400,
		"{\"error\":\"invalid_redirect_uri\",\"error_description\":\"no loopback\\nhere\"}",
		"refused to register: invalid_redirect_uri: no loopback?here"},
	{"the error alone", 400, "{\"error\":\"invalid_client_metadata\"}",
		"refused to register: invalid_client_metadata"},
	{"a long error", 400, "{\"error\":\"0123456789012345678901234567890123456789x\"}",
		"refused to register: 0123456789012345678901234567890123456789"},
	{"no error", 403, "{\"error_description\":\"?\"}", "refused to register, with status 403"},
	{"no JSON", 404, "Not Found", "refused to register, with status 404"},
	{"nothing", 401, "", "refused to register, with status 401"},
	{"a registration", 400, "{" ID "}", "refused to register, with status 400"},
	{"a registration with 202", 202, "{" ID "}", "refused to register, with status 202"},
};

static void tells_why_it_was_refused(void **state)
{
	struct applicant applicant;
	(void)state;
	applicant_init(&applicant, ALL);
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct mcpauth__registration got;
		struct mcpauth_error why = {0};
		enum mcpauth_code code = read_answer(
			&applicant, refusals[i].status, refusals[i].body, &got, &why);
		CHECK_ROW(refusals[i].label, code == MCPAUTH_E_REGISTRATION);
		CHECK_ROW(refusals[i].label, strcmp(why.message, refusals[i].message) == 0);
		CHECK_ROW(refusals[i].label, got.client_id == NULL);
	}
	applicant_finish(&applicant);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_it_can_follow),
		cmocka_unit_test(leaves_a_secret_that_its_issuer_does_not_take),
		cmocka_unit_test(refuses_what_it_cannot_follow),
		cmocka_unit_test(asks_for_a_way_and_gets_that),
		cmocka_unit_test(keeps_to_the_configured_way),
		cmocka_unit_test(wants_no_redirect_where_none_was_registered),
		cmocka_unit_test(bounds_the_client_id),
		cmocka_unit_test(tells_why_it_was_refused),
	};
	return cmocka_run_group_tests_name("registration_answer", tests, NULL, NULL);
}
