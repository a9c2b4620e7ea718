/* Asking to be registered: what is said, to whom, and what comes of the answer's status. */
#include "client/registration/registration_request.h"

#include "base/json.h"
#include "support/applicant.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ALL "client_secret_post client_secret_basic none private_key_jwt"
#define CODE \
	"\"response_types\":[\"code\"]," \
	"\"grant_types\":[\"authorization_code\",\"refresh_token\"],"
#define ALONE(grant) "{\"response_types\":[],\"grant_types\":[\"" grant "\"],"
#define TYPE(name) "\"application_type\":\"" name "\","
#define METHOD(name) "\"token_endpoint_auth_method\":\"" name "\","
#define NAME "\"client_name\":\"mcpauth client\"}"
#define WEB "https://app.example/callback"
#define REDIRECT(uri) "{\"redirect_uris\":[\"" uri "\"],"

static const struct {
	const char *label;
	enum mcpauth_client_grant grant;
	const char *redirect_uri;
	const char *methods;
	const char *want;
} requests[] = {
	{"loopback", MCPAUTH_GRANT_AUTHORIZATION_CODE, APPLICANT_REDIRECT, ALL,
		REDIRECT(APPLICANT_REDIRECT) CODE TYPE("native") METHOD("none") NAME},
	{"a scheme of its own", MCPAUTH_GRANT_AUTHORIZATION_CODE, "com.example.app:/callback", ALL,
		REDIRECT("com.example.app:/callback") CODE TYPE("native") METHOD("none") NAME},
	{"the web", MCPAUTH_GRANT_AUTHORIZATION_CODE, WEB, ALL,
		REDIRECT(WEB) CODE TYPE("web") METHOD("client_secret_basic") NAME},
	{"the web, in capitals", MCPAUTH_GRANT_AUTHORIZATION_CODE, "HTTPS://app.example/", ALL,
		REDIRECT("HTTPS://app.example/") CODE TYPE("web") METHOD("client_secret_basic")
			NAME},
	{"the web without secrets", MCPAUTH_GRANT_AUTHORIZATION_CODE, WEB, "none",
		REDIRECT(WEB) CODE TYPE("web") METHOD("none") NAME},
	{"nothing said", MCPAUTH_GRANT_AUTHORIZATION_CODE, APPLICANT_REDIRECT, NULL,
		REDIRECT(APPLICANT_REDIRECT) CODE TYPE("native") METHOD("client_secret_basic")
			NAME},
	{"post alone", MCPAUTH_GRANT_AUTHORIZATION_CODE, APPLICANT_REDIRECT,
		"private_key_jwt client_secret_post",
		REDIRECT(APPLICANT_REDIRECT) CODE TYPE("native") METHOD("client_secret_post") NAME},
	{"by itself", MCPAUTH_GRANT_CLIENT_CREDENTIALS, NULL, ALL,
		ALONE("client_credentials") TYPE("web") METHOD("client_secret_basic") NAME},
	{"by itself, whatever redirect there is", MCPAUTH_GRANT_CLIENT_CREDENTIALS,
		APPLICANT_REDIRECT, ALL,
		ALONE("client_credentials") TYPE("web") METHOD("client_secret_basic") NAME},
	{"a company's", MCPAUTH_GRANT_ENTERPRISE, NULL, ALL,
		ALONE("urn:ietf:params:oauth:grant-type:jwt-bearer") TYPE("web")
			METHOD("client_secret_basic") NAME},
	{"a workload", MCPAUTH_GRANT_WORKLOAD, NULL, ALL,
		ALONE("urn:ietf:params:oauth:grant-type:jwt-bearer") TYPE("web") METHOD("none")
			NAME},
};

static void says_what_the_client_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct applicant applicant;
		char *text;
		applicant_init(&applicant, requests[i].methods);
		applicant.config.grant = requests[i].grant;
		applicant.it.redirect_uri = requests[i].redirect_uri;
		CHECK_ROW_CODE(requests[i].label, MCPAUTH_OK,
			mcpauth__registration_request_write(&applicant.it, &text, &err));
		CHECK_ROW(requests[i].label, strcmp(text, requests[i].want) == 0);
		free(text);
		applicant_finish(&applicant);
	}
}

static void presents_itself_as_configured(void **state)
{
	struct applicant applicant;
	char *text;
	(void)state;
	applicant_init(&applicant, ALL);
	applicant.config.client_name = "Caf\u00e9 \"x\"";
	applicant.config.client_uri = "https://cafe.example/";
	applicant.config.authentication = "client_secret_post";
	applicant.config.scope = "todo:read";
	CHECK_OK(mcpauth__registration_request_write(&applicant.it, &text, &err));
	assert_string_equal(text,
		REDIRECT(APPLICANT_REDIRECT) CODE TYPE("native") METHOD(
			"client_secret_post") "\"client_name\":\"Caf\u00e9 \\\"x\\\"\",\"client_uri\":\"https://cafe.example/\"}");
	free(text);
	applicant_finish(&applicant);
}

static void refuses_a_name_that_is_not_utf8(void **state)
{
	struct applicant applicant;
	char *text;
	(void)state;
	applicant_init(&applicant, ALL);
	applicant.config.client_name = "caf\xe9";
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth__registration_request_write(&applicant.it, &text, &err));
	assert_null(text);
	applicant_finish(&applicant);
}

static const struct {
	const char *methods;
	const char *configured;
	enum mcpauth_client_grant grant;
	const char *want;
} ways[] = {
	{"private_key_jwt", NULL, MCPAUTH_GRANT_AUTHORIZATION_CODE, NULL},
	{"private_key_jwt none", NULL, MCPAUTH_GRANT_AUTHORIZATION_CODE, "none"},
	{"private_key_jwt none", NULL, MCPAUTH_GRANT_CLIENT_CREDENTIALS, NULL},
	{"none", NULL, MCPAUTH_GRANT_ENTERPRISE, NULL},
	{"none", "client_secret_basic", MCPAUTH_GRANT_AUTHORIZATION_CODE, "client_secret_basic"},
	{ALL, "private_key_jwt", MCPAUTH_GRANT_AUTHORIZATION_CODE, NULL},
	{ALL, "client_secret_jwt", MCPAUTH_GRANT_AUTHORIZATION_CODE, NULL},
};

static void registers_no_way_that_needs_a_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct applicant applicant;
		applicant_init(&applicant, ways[i].methods);
		applicant.config.grant = ways[i].grant;
		applicant.config.authentication = ways[i].configured;
		const char *got = mcpauth__registration_method(&applicant.it);
		CHECK_ROW(ways[i].methods, (got == NULL) == (ways[i].want == NULL));
		CHECK_ROW(ways[i].methods, got == NULL || strcmp(got, ways[i].want) == 0);
		applicant_finish(&applicant);
	}
}

/** An issuer that gives one answer. */
struct issuer {
	unsigned status;
	const char *body;
	unsigned asked;
	char url[128];
	char method[8];
	char type[64];
	char sent[1024];
};

static void answer(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct issuer *issuer = user;
	size_t length;
	const char *name = "";
	const char *value;
	const char *body = mcpauth_fetch_body(fetch, &length);
	issuer->asked++;
	snprintf(issuer->url, sizeof issuer->url, "%s", url);
	snprintf(issuer->method, sizeof issuer->method, "%s", mcpauth_fetch_method(fetch));
	snprintf(issuer->sent, sizeof issuer->sent, "%s", body != NULL ? body : "");
	for (size_t i = 0; mcpauth_fetch_header_at(fetch, i, &name, &value); i++) {
		if (strcmp(name, "Content-Type") == 0) {
			snprintf(issuer->type, sizeof issuer->type, "%s", value);
		}
	}
	mcpauth_fetch_answer(fetch, issuer->status, issuer->body, strlen(issuer->body));
}

static enum mcpauth_code send(struct applicant *applicant, struct issuer *issuer,
	struct mcpauth__registration *got, struct mcpauth_error *err)
{
	struct mcpauth__clock clock = {0};
	struct mcpauth__log log = {.clock = &clock};
	applicant->asker.worker = mcpauth__worker_new(&(struct mcpauth__worker_config){
		.log = &log,
		.clock = &clock,
		.fetch = answer,
		.fetch_user = issuer,
	});
	assert_non_null(applicant->asker.worker);
	*got = (struct mcpauth__registration){0};
	enum mcpauth_code code = mcpauth__registration_request_send(&applicant->it, got, err);
	mcpauth__worker_free(applicant->asker.worker);
	return code;
}

static void posts_json_to_the_endpoint_once(void **state)
{
	struct applicant applicant;
	struct mcpauth__registration got;
	struct issuer issuer = {.status = 201, .body = "{\"client_id\":\"new\"}"};
	char *text;
	(void)state;
	applicant_init(&applicant, ALL);
	CHECK_OK(mcpauth__registration_request_write(&applicant.it, &text, &err));
	CHECK_OK(send(&applicant, &issuer, &got, &err));
	assert_int_equal(issuer.asked, 1);
	assert_string_equal(issuer.url, APPLICANT_ENDPOINT);
	assert_string_equal(issuer.method, "POST");
	assert_string_equal(issuer.type, "application/json");
	assert_string_equal(issuer.sent, text);
	assert_string_equal(got.client_id, "new");
	free(text);
	mcpauth__registration_finish(&got);
	applicant_finish(&applicant);
}

static const struct {
	unsigned status;
	const char *body;
	enum mcpauth_code code;
	const char *message;
} outcomes[] = {
	{200, "{\"client_id\":\"new\"}", MCPAUTH_OK, NULL},
	{200, "{}", MCPAUTH_E_REGISTRATION, APPLICANT_ISSUER ": its registration has no client_id"},
	{200, "<html>", MCPAUTH_E_INVALID_JSON, APPLICANT_ISSUER ": not strict JSON"},
	{400, "{\"error\":\"invalid_redirect_uri\"}", MCPAUTH_E_REGISTRATION,
		APPLICANT_ISSUER ": refused to register: invalid_redirect_uri"},
	{404, "", MCPAUTH_E_REGISTRATION,
		APPLICANT_ISSUER ": refused to register, with status 404"},
	{408, "{\"error\":\"x\"}", MCPAUTH_E_HTTP_STATUS, NULL},
	{429, "{\"error\":\"x\"}", MCPAUTH_E_HTTP_STATUS, NULL},
	{202, "{\"client_id\":\"new\"}", MCPAUTH_E_HTTP_STATUS, NULL},
	{302, "{\"client_id\":\"new\"}", MCPAUTH_E_HTTP_STATUS, NULL},
	{500, "{\"client_id\":\"new\"}", MCPAUTH_E_HTTP_STATUS, NULL},
	{0, "", MCPAUTH_E_UNREACHABLE, NULL},
};

static void tells_a_refusal_from_trouble(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		struct applicant applicant;
		struct mcpauth__registration got;
		struct mcpauth_error why = {0};
		struct issuer issuer = {.status = outcomes[i].status, .body = outcomes[i].body};
		applicant_init(&applicant, ALL);
		assert_int_equal(send(&applicant, &issuer, &got, &why), outcomes[i].code);
		assert_true((got.client_id != NULL) == (outcomes[i].code == MCPAUTH_OK));
		if (outcomes[i].message != NULL) {
			assert_string_equal(why.message, outcomes[i].message);
		}
		mcpauth__registration_finish(&got);
		applicant_finish(&applicant);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_the_client_is),
		cmocka_unit_test(presents_itself_as_configured),
		cmocka_unit_test(refuses_a_name_that_is_not_utf8),
		cmocka_unit_test(registers_no_way_that_needs_a_key),
		cmocka_unit_test(posts_json_to_the_endpoint_once),
		cmocka_unit_test(tells_a_refusal_from_trouble),
	};
	return cmocka_run_group_tests_name("registration_request", tests, NULL, NULL);
}
