/* Token exchange: what is asked, what is believed, what is kept, who waits. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ENDPOINT "https://as.example/token"
#define TYPED(more) "{\"access_token\":\"other\",\"token_type\":\"Bearer\"" more "}"
#define GOOD TYPED(",\"expires_in\":100")
#define TOKEN_TYPE "urn:ietf:params:oauth:token-type:"
#define CROWD 8

/** Somebody who called, a token endpoint, and an exchange with it. */
struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct mcpauth_auth_info *caller;
	struct mcpauth_token_exchange_config config;
	struct mcpauth_token_exchange *exchange;
	atomic_uint wakes;
};

static struct mcpauth_auth_info *call_for(struct fixture *fixture, int64_t lifetime)
{
	const struct fake_token token = {.lifetime = lifetime};
	struct mcpauth_auth_info *info;
	char *text = fake_issuer_token(fixture->fake, &token);
	CHECK_OK(mcpauth_verify(fixture->auth, FAKE_RESOURCE, text, &info, &err));
	free(text);
	return info;
}

static void make(struct fixture *fixture)
{
	mcpauth_token_exchange_free(fixture->exchange);
	CHECK_OK(mcpauth_token_exchange_new(
		fixture->auth, &fixture->config, &fixture->exchange, &err));
}

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	fixture->caller = call_for(fixture, 0);
	fixture->config = (struct mcpauth_token_exchange_config)MCPAUTH_TOKEN_EXCHANGE_CONFIG_INIT;
	fixture->config.token_endpoint = ENDPOINT;
	fixture->config.client_id = "me";
	fixture->config.client_secret = "hush-hush";
	fixture->config.audience = "https://other.example";
	atomic_init(&fixture->wakes, 0);
	fake_issuer_publish(fixture->fake, ENDPOINT, 200, GOOD);
	make(fixture);
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth_auth_info_free(fixture->caller);
	mcpauth_token_exchange_free(fixture->exchange);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
	free(fixture);
	return 0;
}

static unsigned posts(struct fixture *fixture)
{
	return fake_issuer_fetches(fixture->fake, ENDPOINT);
}

/* Exchange the token of `caller`, and give what came of it back at once. */
static enum mcpauth_code exchange_for(
	struct fixture *fixture, const struct mcpauth_auth_info *caller, struct mcpauth_error *err)
{
	struct mcpauth_exchanged_token *token = (void *)fixture;
	enum mcpauth_code code = mcpauth_token_exchange_run(fixture->exchange, caller, &token, err);
	assert_true((code == MCPAUTH_OK) == (token != NULL));
	mcpauth_exchanged_token_free(token);
	return code;
}

static enum mcpauth_code exchange(struct fixture *fixture, struct mcpauth_error *err)
{
	return exchange_for(fixture, fixture->caller, err);
}

/* What a parameter of the last form holds, still encoded. */
static bool form_has(struct fixture *fixture, const char *name, const char *value)
{
	char wanted[1024];
	char form[4096];
	snprintf(form, sizeof form, "&%s&", fake_issuer_form(fixture->fake));
	snprintf(wanted, sizeof wanted, "&%s=%s&", name, value);
	return strstr(form, wanted) != NULL;
}

static void gets_a_token_of_the_other_audience(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	fake_issuer_publish(fixture->fake, ENDPOINT, 200,
		TYPED(",\"issued_token_type\":\"" TOKEN_TYPE "access_token\",\"expires_in\":100,"
		      "\"scope\":\"a b\",\"refresh_token\":\"not wanted\",\"x\":[1]"));
	CHECK_OK(mcpauth_token_exchange_run(fixture->exchange, fixture->caller, &token, &err));
	assert_string_equal(mcpauth_exchanged_token_value(token), "other");
	assert_string_equal(mcpauth_exchanged_token_scope(token), "a b");
	assert_int_equal(mcpauth_exchanged_token_expires_at(token), FAKE_NOW + 100);
	mcpauth_exchanged_token_free(token);
}

static void asks_as_rfc_8693_has_it(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(exchange(fixture, &err));
	assert_true(form_has(fixture, "grant_type",
		"urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"));
	assert_true(form_has(fixture, "subject_token", mcpauth_auth_info_token(fixture->caller)));
	assert_true(form_has(fixture, "subject_token_type",
		"urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"));
	assert_true(form_has(fixture, "requested_token_type",
		"urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"));
	assert_true(form_has(fixture, "audience", "https%3A%2F%2Fother.example"));
	assert_null(strstr(fake_issuer_form(fixture->fake), "resource="));
	assert_null(strstr(fake_issuer_form(fixture->fake), "scope="));
	fixture->config.audience = NULL;
	fixture->config.resource = "https://other.example/mcp";
	fixture->config.scope = "read write";
	make(fixture);
	CHECK_OK(exchange(fixture, &err));
	assert_true(form_has(fixture, "resource", "https%3A%2F%2Fother.example%2Fmcp"));
	assert_true(form_has(fixture, "scope", "read+write"));
	assert_null(strstr(fake_issuer_form(fixture->fake), "audience="));
}

static const struct {
	const char *label;
	enum mcpauth_client_authentication authentication;
	const char *id;
	const char *secret;
	const char *authorization;
	const char *in_form;
} clients[] = {
	{"basic", MCPAUTH_CLIENT_SECRET_BASIC, "me", "hush-hush", "Basic bWU6aHVzaC1odXNo", NULL},
	/* of "a%3Ab:+%26%C3%BC" */
	{"basic, encoded", MCPAUTH_CLIENT_SECRET_BASIC, "a:b", " &\xc3\xbc",
		"Basic YSUzQWI6KyUyNiVDMyVCQw==", NULL},
	{"post", MCPAUTH_CLIENT_SECRET_POST, "me", "a b", "", "client_id=me&client_secret=a+b"},
	{"none", MCPAUTH_CLIENT_SECRET_NONE, "me", NULL, "", "client_id=me"},
};

static void says_who_it_is(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < COUNT(clients); i++) {
		struct mcpauth_error err = {0};
		fixture->config.authentication = clients[i].authentication;
		fixture->config.client_id = clients[i].id;
		fixture->config.client_secret = clients[i].secret;
		make(fixture);
		CHECK_ROW(clients[i].label, exchange(fixture, &err) == MCPAUTH_OK);
		CHECK_ROW(clients[i].label,
			strcmp(fake_issuer_authorization(fixture->fake), clients[i].authorization)
				== 0);
		const char *found = strstr(fake_issuer_form(fixture->fake), "client_");
		CHECK_ROW(clients[i].label, (found != NULL) == (clients[i].in_form != NULL));
		CHECK_ROW(clients[i].label,
			found == NULL
				|| strncmp(found, clients[i].in_form, strlen(clients[i].in_form))
					== 0);
	}
	assert_null(strstr(fake_issuer_form(fixture->fake), "client_secret"));
}

static const struct {
	const char *label;
	unsigned status;
	const char *body;
	enum mcpauth_code code;
	const char *reason; /* in the message */
} answers[] = {
	{"good", 200, GOOD, MCPAUTH_OK, NULL},
	{"least", 200, TYPED(""), MCPAUTH_OK, NULL},
	{"type in capitals", 200, "{\"access_token\":\"a\",\"token_type\":\"BEARER\"}", MCPAUTH_OK,
		NULL},
	{"jwt", 200, TYPED(",\"issued_token_type\":\"" TOKEN_TYPE "jwt\""), MCPAUTH_OK, NULL},
	{"id token", 200, TYPED(",\"issued_token_type\":\"" TOKEN_TYPE "id_token\""),
		MCPAUTH_E_TOKEN_ENDPOINT, "issued_token_type"},
	{"issued type no string", 200, TYPED(",\"issued_token_type\":7"), MCPAUTH_E_TOKEN_ENDPOINT,
		"issued_token_type"},
	{"lifetime 0", 200, TYPED(",\"expires_in\":0"), MCPAUTH_OK, NULL},
	{"lifetime negative", 200, TYPED(",\"expires_in\":-1"), MCPAUTH_E_TOKEN_ENDPOINT,
		"expires_in"},
	{"lifetime a string", 200, TYPED(",\"expires_in\":\"100\""), MCPAUTH_E_TOKEN_ENDPOINT,
		"expires_in"},
	{"lifetime endless", 200, TYPED(",\"expires_in\":1e300"), MCPAUTH_E_TOKEN_ENDPOINT,
		"expires_in"},
	{"lifetime null", 200, TYPED(",\"expires_in\":null"), MCPAUTH_E_TOKEN_ENDPOINT,
		"expires_in"},
	{"scope no string", 200, TYPED(",\"scope\":[\"a\"]"), MCPAUTH_E_TOKEN_ENDPOINT, "scope"},
	{"type missing", 200, "{\"access_token\":\"a\"}", MCPAUTH_E_TOKEN_ENDPOINT, "token_type"},
	{"type DPoP", 200, "{\"access_token\":\"a\",\"token_type\":\"DPoP\"}",
		MCPAUTH_E_TOKEN_ENDPOINT, "token_type"},
	{"type N_A", 200, "{\"access_token\":\"a\",\"token_type\":\"N_A\"}",
		MCPAUTH_E_TOKEN_ENDPOINT, "token_type"},
	{"type a number", 200, "{\"access_token\":\"a\",\"token_type\":1}",
		MCPAUTH_E_TOKEN_ENDPOINT, "token_type"},
	{"token missing", 200, "{\"token_type\":\"Bearer\"}", MCPAUTH_E_TOKEN_ENDPOINT,
		"access_token"},
	{"token empty", 200, "{\"access_token\":\"\",\"token_type\":\"Bearer\"}",
		MCPAUTH_E_TOKEN_ENDPOINT, "access_token"},
	{"token a number", 200, "{\"access_token\":1,\"token_type\":\"Bearer\"}",
		MCPAUTH_E_TOKEN_ENDPOINT, "access_token"},
	{"token ends the line", 200, "{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"Bearer\"}",
		MCPAUTH_E_TOKEN_ENDPOINT, "access_token"},
	{"token not ASCII", 200, "{\"access_token\":\"\xc3\xbc\",\"token_type\":\"Bearer\"}",
		MCPAUTH_E_TOKEN_ENDPOINT, "access_token"},
	{"token in capitals", 200, "{\"Access_Token\":\"a\",\"token_type\":\"Bearer\"}",
		MCPAUTH_E_TOKEN_ENDPOINT, "access_token"},
	{"token twice", 200, TYPED(",\"access_token\":\"b\""), MCPAUTH_E_INVALID_JSON, "twice"},
	{"no JSON", 200, "access_token=a&token_type=Bearer", MCPAUTH_E_INVALID_JSON, "JSON"},
	{"no object", 200, "[]", MCPAUTH_E_INVALID_JSON, "object"},
	{"nothing", 200, "", MCPAUTH_E_INVALID_JSON, "JSON"},
	{"created", 201, GOOD, MCPAUTH_E_HTTP_STATUS, "answered 201"},
	{"moved", 302, GOOD, MCPAUTH_E_HTTP_STATUS, "redirects are not followed"},
	{"refused", 400, "{\"error\":\"invalid_target\",\"error_description\":\"hush\"}",
		MCPAUTH_E_TOKEN_ENDPOINT, "answered 400: invalid_target"},
	{"client refused", 401, "{\"error\":\"invalid_client\"}", MCPAUTH_E_TOKEN_ENDPOINT,
		"answered 401: invalid_client"},
	{"refused oddly", 400, "{\"error\":\"a\\nb\\u001bHUSH7\"}", MCPAUTH_E_TOKEN_ENDPOINT,
		"answered 400"},
	{"refused without a word", 403, "<html>hush</html>", MCPAUTH_E_TOKEN_ENDPOINT,
		"answered 403"},
	{"a token with a refusal", 400, GOOD, MCPAUTH_E_TOKEN_ENDPOINT, "answered 400"},
	{"too many", 429, "{\"error\":\"slow_down\"}", MCPAUTH_E_HTTP_STATUS, "answered 429"},
	{"broken", 503, "hush", MCPAUTH_E_HTTP_STATUS, "answered 503"},
	{"dead", 0, "", MCPAUTH_E_UNREACHABLE, "no answer"},
};

static void believes_only_what_makes_sense(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct mcpauth_error err = {0};
		fake_issuer_publish(fixture->fake, ENDPOINT, answers[i].status, answers[i].body);
		make(fixture);
		CHECK_ROW(answers[i].label, exchange(fixture, &err) == answers[i].code);
		CHECK_ROW(answers[i].label, err.code == answers[i].code);
		CHECK_ROW(answers[i].label,
			answers[i].reason == NULL
				|| strstr(err.message, answers[i].reason) != NULL);
		CHECK_ROW(answers[i].label, strstr(err.message, "hush") == NULL);
	}
}

static void logs_a_failure_and_no_secret(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_publish(fixture->fake, ENDPOINT, 400,
		"{\"error\":\"invalid_grant\",\"error_description\":\"hush-hush\"}");
	CHECK_CODE(MCPAUTH_E_TOKEN_ENDPOINT, exchange(fixture, &err));
	assert_true(fake_issuer_logged(fixture->fake,
		"MCPAUTH_E_TOKEN_ENDPOINT token exchange: " ENDPOINT
		": answered 400: invalid_grant"));
	assert_false(fake_issuer_logged(fixture->fake, "hush"));
	assert_false(fake_issuer_logged(fixture->fake, mcpauth_auth_info_token(fixture->caller)));
}

static void keeps_a_token_until_shortly_before_its_end(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(exchange(fixture, &err));
	fake_issuer_advance_ms(fixture->fake, 89999);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 1);
	fake_issuer_advance_ms(fixture->fake, 1);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 2);
}

static const struct {
	const char *label;
	int64_t caller; /* how long the caller's lasts */
	const char *body;
	int64_t kept; /* seconds */
} times[] = {
	{"a tenth of little", 3600, TYPED(",\"expires_in\":15"), 13},
	{"30 s of much", 3600, TYPED(",\"expires_in\":1000"), 970},
	{"60 s of the unknown", 3600, TYPED(""), 60},
	{"the caller's end", 50, TYPED(",\"expires_in\":1000"), 50},
	{"the caller's end, unknown", 20, TYPED(""), 20},
	{"a day at most", 1000000, TYPED(",\"expires_in\":900000000"), 86400},
};

static void keeps_no_token_too_long(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < COUNT(times); i++) {
		struct mcpauth_error err = {0};
		struct mcpauth_auth_info *caller = call_for(fixture, times[i].caller);
		fake_issuer_publish(fixture->fake, ENDPOINT, 200, times[i].body);
		unsigned before = posts(fixture);
		CHECK_ROW(times[i].label, exchange_for(fixture, caller, &err) == MCPAUTH_OK);
		fake_issuer_advance_ms(fixture->fake, times[i].kept * 1000 - 1);
		CHECK_ROW(times[i].label, exchange_for(fixture, caller, &err) == MCPAUTH_OK);
		CHECK_ROW(times[i].label, posts(fixture) == before + 1);
		fake_issuer_advance_ms(fixture->fake, 1);
		CHECK_ROW(times[i].label, exchange_for(fixture, caller, &err) == MCPAUTH_OK);
		CHECK_ROW(times[i].label, posts(fixture) == before + 2);
		mcpauth_auth_info_free(caller);
	}
}

static void keeps_nothing_that_is_over_at_once(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_publish(fixture->fake, ENDPOINT, 200, TYPED(",\"expires_in\":0"));
	CHECK_OK(exchange(fixture, &err));
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 2);
}

static void keeps_nothing_if_it_is_told_so(void **state)
{
	struct fixture *fixture = *state;
	fixture->config.cache_entries = MCPAUTH_NONE;
	make(fixture);
	CHECK_OK(exchange(fixture, &err));
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 2);
}

static void keeps_each_callers_apart(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	struct mcpauth_auth_info *other = call_for(fixture, 0);
	CHECK_OK(exchange(fixture, &err));
	fake_issuer_publish(fixture->fake, ENDPOINT, 200,
		"{\"access_token\":\"second\",\"token_type\":\"bearer\",\"expires_in\":100}");
	CHECK_OK(mcpauth_token_exchange_run(fixture->exchange, other, &token, &err));
	assert_string_equal(mcpauth_exchanged_token_value(token), "second");
	mcpauth_exchanged_token_free(token);
	CHECK_OK(mcpauth_token_exchange_run(fixture->exchange, fixture->caller, &token, &err));
	assert_string_equal(mcpauth_exchanged_token_value(token), "other");
	mcpauth_exchanged_token_free(token);
	mcpauth_auth_info_free(other);
	assert_int_equal(posts(fixture), 2);
}

static void keeps_only_so_many(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_auth_info *callers[5];
	fixture->config.cache_entries = 4;
	make(fixture);
	for (size_t i = 0; i < COUNT(callers); i++) {
		callers[i] = call_for(fixture, 0);
		CHECK_OK(exchange_for(fixture, callers[i], &err));
		fake_issuer_advance_ms(fixture->fake, 1000);
	}
	for (size_t i = 1; i < COUNT(callers); i++) {
		CHECK_OK(exchange_for(fixture, callers[i], &err));
	}
	assert_int_equal(posts(fixture), 5);
	CHECK_OK(exchange_for(fixture, callers[0], &err));
	assert_int_equal(posts(fixture), 6);
	for (size_t i = 0; i < COUNT(callers); i++) {
		mcpauth_auth_info_free(callers[i]);
	}
}

static void hands_nothing_out_for_a_caller_who_is_over(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_publish(fixture->fake, ENDPOINT, 200, TYPED(",\"expires_in\":1000"));
	CHECK_OK(exchange(fixture, &err));
	fake_issuer_set_real(fixture->fake, FAKE_NOW + 299);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 1);
	/* Within the tolerance the endpoint decides. */
	fake_issuer_set_real(fixture->fake, FAKE_NOW + 300);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 2);
	fake_issuer_set_real(fixture->fake, FAKE_NOW + 359);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 3);
	fake_issuer_set_real(fixture->fake, FAKE_NOW + 360);
	CHECK_CODE(MCPAUTH_E_EXPIRED, exchange(fixture, &err));
	assert_int_equal(posts(fixture), 3);
}

static void keeps_nothing_longer_when_the_clock_is_set_back(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_publish(fixture->fake, ENDPOINT, 200, TYPED(",\"expires_in\":1000"));
	CHECK_OK(exchange(fixture, &err));
	fake_issuer_set_real(fixture->fake, FAKE_NOW - 1000);
	fake_issuer_advance_ms(fixture->fake, 299999);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 1);
	fake_issuer_advance_ms(fixture->fake, 1);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 2);
}

static void remembers_a_failure_for_a_second(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_publish(fixture->fake, ENDPOINT, 503, "");
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, exchange(fixture, &err));
	fake_issuer_publish(fixture->fake, ENDPOINT, 200, GOOD);
	fake_issuer_advance_ms(fixture->fake, 999);
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, exchange(fixture, &err));
	assert_int_equal(posts(fixture), 1);
	fake_issuer_advance_ms(fixture->fake, 1);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 2);
}

static void a_token_outlives_its_exchange(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	CHECK_OK(mcpauth_token_exchange_run(fixture->exchange, fixture->caller, &token, &err));
	assert_ptr_equal(mcpauth_exchanged_token_ref(token), token);
	mcpauth_exchanged_token_free(token);
	mcpauth_token_exchange_free(fixture->exchange);
	fixture->exchange = NULL;
	assert_string_equal(mcpauth_exchanged_token_value(token), "other");
	assert_null(mcpauth_exchanged_token_scope(token));
	mcpauth_exchanged_token_free(token);
	mcpauth_exchanged_token_free(NULL);
	mcpauth_token_exchange_free(NULL);
}

static const struct {
	const char *label;
	struct mcpauth_token_exchange_config config;
	enum mcpauth_code code;
} configs[] = {
#define CONFIG(...) \
	{ \
		.size = sizeof(struct mcpauth_token_exchange_config), __VA_ARGS__ \
	}
#define ASKED(...) CONFIG(.token_endpoint = ENDPOINT, __VA_ARGS__)
#define KNOWN(...) ASKED(.client_id = "me", .client_secret = "x", __VA_ARGS__)
#define OPEN(...) \
	ASKED(.client_id = "me", .authentication = MCPAUTH_CLIENT_SECRET_NONE, __VA_ARGS__)
	{"audience", KNOWN(.audience = "a"), MCPAUTH_OK},
	{"resource", KNOWN(.resource = "urn:x:y"), MCPAUTH_OK},
	{"scope", KNOWN(.scope = "a"), MCPAUTH_OK},
	{"nothing", KNOWN(.audience = NULL), MCPAUTH_E_INVALID_ARGUMENT},
	{"empty audience", KNOWN(.audience = "", .scope = "a"), MCPAUTH_E_INVALID_ARGUMENT},
	{"empty scope", KNOWN(.audience = "a", .scope = ""), MCPAUTH_E_INVALID_ARGUMENT},
	{"relative resource", KNOWN(.resource = "/mcp"), MCPAUTH_E_INVALID_ARGUMENT},
	{"resource with fragment", KNOWN(.resource = "https://a.b/#c"), MCPAUTH_E_INVALID_ARGUMENT},
	{"resource with blank", KNOWN(.resource = "https://a.b/ c"), MCPAUTH_E_INVALID_ARGUMENT},
	{"resource of no scheme", KNOWN(.resource = "h_s://a.b/"), MCPAUTH_E_INVALID_ARGUMENT},
	{"resource of an odd scheme", KNOWN(.resource = "h2+s-t.u:x"), MCPAUTH_OK},
	{"resource of a scheme", KNOWN(.resource = "https:"), MCPAUTH_E_INVALID_ARGUMENT},
	{"post", KNOWN(.audience = "a", .authentication = MCPAUTH_CLIENT_SECRET_POST), MCPAUTH_OK},
	{"none", OPEN(.audience = "a"), MCPAUTH_OK},
	{"none with secret", OPEN(.audience = "a", .client_secret = "x"),
		MCPAUTH_E_INVALID_ARGUMENT},
	{"no secret", ASKED(.client_id = "me", .audience = "a"), MCPAUTH_E_INVALID_ARGUMENT},
	{"empty secret", ASKED(.client_id = "me", .client_secret = "", .audience = "a"),
		MCPAUTH_E_INVALID_ARGUMENT},
	{"no id", ASKED(.client_secret = "x", .audience = "a"), MCPAUTH_E_INVALID_ARGUMENT},
	{"unknown way", KNOWN(.audience = "a", .authentication = 3), MCPAUTH_E_INVALID_ARGUMENT},
	{"no endpoint", CONFIG(.client_id = "me", .client_secret = "x", .audience = "a"),
		MCPAUTH_E_INVALID_ARGUMENT},
	{"plain http",
		CONFIG(.token_endpoint = "http://as.example/token", .client_id = "me",
			.client_secret = "x", .audience = "a"),
		MCPAUTH_E_INVALID_URL},
	{"http on loopback",
		CONFIG(.token_endpoint = "http://127.0.0.1:1/token", .client_id = "me",
			.client_secret = "x", .audience = "a"),
		MCPAUTH_OK},
	{"no size", {.token_endpoint = ENDPOINT}, MCPAUTH_E_INVALID_ARGUMENT},
};

static void takes_only_configurations_that_can_work(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < COUNT(configs); i++) {
		struct mcpauth_token_exchange *made = (void *)fixture;
		CHECK_ROW_CODE(configs[i].label, configs[i].code,
			mcpauth_token_exchange_new(fixture->auth, &configs[i].config, &made, &err));
		CHECK_ROW(configs[i].label, (made != NULL) == (configs[i].code == MCPAUTH_OK));
		mcpauth_token_exchange_free(made);
	}
	assert_int_equal(posts(fixture), 0);
}

static void says_which_url_is_bad(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_token_exchange *made;
	struct mcpauth_error err = {0};
	fixture->config.token_endpoint = "http://as.example/token";
	assert_int_equal(mcpauth_token_exchange_new(fixture->auth, &fixture->config, &made, &err),
		MCPAUTH_E_INVALID_URL);
	assert_ptr_equal(strstr(err.message, "token_endpoint: "), err.message);
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static enum mcpauth_code begin_for(struct fixture *fixture, const struct mcpauth_auth_info *caller,
	struct mcpauth_exchanged_token **token, struct mcpauth_token_exchange_wait **pending,
	struct mcpauth_error *err)
{
	struct mcpauth_token_exchange_request request = MCPAUTH_TOKEN_EXCHANGE_REQUEST_INIT;
	request.caller = caller;
	request.wake = count_wake;
	request.user = fixture;
	*token = (void *)fixture;
	*pending = (void *)fixture;
	return mcpauth_token_exchange_start(fixture->exchange, &request, token, pending, err);
}

/* One that waits. */
static struct mcpauth_token_exchange_wait *begin(struct fixture *fixture)
{
	struct mcpauth_exchanged_token *token;
	struct mcpauth_token_exchange_wait *pending;
	CHECK_CODE(MCPAUTH_PENDING, begin_for(fixture, fixture->caller, &token, &pending, &err));
	assert_null(token);
	assert_non_null(pending);
	return pending;
}

static void resume(struct mcpauth_token_exchange_wait *pending, enum mcpauth_code want)
{
	struct mcpauth_exchanged_token *token = (void *)pending;
	CHECK_CODE(want, mcpauth_token_exchange_wait_resume(pending, &token, &err));
	assert_true((want == MCPAUTH_OK) == (token != NULL));
	mcpauth_exchanged_token_free(token);
	mcpauth_token_exchange_wait_free(pending);
}

static void await_wakes(struct fixture *fixture, unsigned wakes)
{
	for (int i = 0; i < 1000 && atomic_load(&fixture->wakes) < wakes; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	assert_int_equal(fixture->wakes, wakes);
}

static void answers_at_once_with_what_is_kept(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	struct mcpauth_token_exchange_wait *pending;
	CHECK_OK(exchange(fixture, &err));
	fake_issuer_hold(fixture->fake);
	CHECK_OK(begin_for(fixture, fixture->caller, &token, &pending, &err));
	assert_null(pending);
	assert_string_equal(mcpauth_exchanged_token_value(token), "other");
	mcpauth_exchanged_token_free(token);
	assert_int_equal(fixture->wakes, 0);
}

static void asks_once_for_all_who_wait(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_token_exchange_wait *waits[20];
	fake_issuer_publish(fixture->fake, ENDPOINT, 200, TYPED(",\"expires_in\":0"));
	fake_issuer_hold(fixture->fake);
	for (size_t i = 0; i < COUNT(waits); i++) {
		waits[i] = begin(fixture);
	}
	assert_int_equal(fixture->wakes, 0);
	fake_issuer_release(fixture->fake);
	assert_int_equal(fixture->wakes, COUNT(waits));
	for (size_t i = 0; i < COUNT(waits); i++) {
		resume(waits[i], MCPAUTH_OK);
	}
	assert_int_equal(posts(fixture), 1);
	assert_int_equal(fixture->wakes, COUNT(waits));
}

static void asks_for_each_token_that_waits(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	struct mcpauth_token_exchange_wait *pending;
	struct mcpauth_auth_info *other = call_for(fixture, 0);
	fake_issuer_hold(fixture->fake);
	struct mcpauth_token_exchange_wait *first = begin(fixture);
	CHECK_CODE(MCPAUTH_PENDING, begin_for(fixture, other, &token, &pending, &err));
	assert_int_equal(posts(fixture), 2);
	fake_issuer_release(fixture->fake);
	resume(first, MCPAUTH_OK);
	resume(pending, MCPAUTH_OK);
	mcpauth_auth_info_free(other);
}

static void tells_all_who_wait_why_it_failed(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_hold(fixture->fake);
	struct mcpauth_token_exchange_wait *one = begin(fixture);
	struct mcpauth_token_exchange_wait *two = begin(fixture);
	fake_issuer_publish(fixture->fake, ENDPOINT, 400, "{\"error\":\"invalid_request\"}");
	fake_issuer_release(fixture->fake);
	resume(one, MCPAUTH_E_TOKEN_ENDPOINT);
	resume(two, MCPAUTH_E_TOKEN_ENDPOINT);
	assert_int_equal(fixture->wakes, 2);
}

static void wakes_at_the_deadline(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_hold(fixture->fake);
	struct mcpauth_token_exchange_wait *pending = begin(fixture);
	fake_issuer_advance_ms(fixture->fake, 5000);
	await_wakes(fixture, 1);
	resume(pending, MCPAUTH_E_TIMEOUT);
	fake_issuer_release(fixture->fake);
	assert_int_equal(fixture->wakes, 1);
	fake_issuer_advance_ms(fixture->fake, 1000);
	CHECK_OK(exchange(fixture, &err));
}

static void a_tokens_time_runs_from_when_it_was_asked_for(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	fake_issuer_hold(fixture->fake);
	struct mcpauth_token_exchange_wait *pending = begin(fixture);
	fake_issuer_advance_ms(fixture->fake, 2000);
	fake_issuer_release(fixture->fake);
	CHECK_OK(mcpauth_token_exchange_wait_resume(pending, &token, &err));
	assert_int_equal(mcpauth_exchanged_token_expires_at(token), FAKE_NOW + 100);
	mcpauth_exchanged_token_free(token);
	mcpauth_token_exchange_wait_free(pending);
	fake_issuer_advance_ms(fixture->fake, 87999);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 1);
	fake_issuer_advance_ms(fixture->fake, 1);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 2);
}

static void given_up_it_is_woken_once_and_the_answer_is_kept(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_hold(fixture->fake);
	mcpauth_token_exchange_wait_free(begin(fixture));
	assert_int_equal(fixture->wakes, 1);
	fake_issuer_release(fixture->fake);
	CHECK_OK(exchange(fixture, &err));
	assert_int_equal(posts(fixture), 1);
	assert_int_equal(fixture->wakes, 1);
	mcpauth_token_exchange_wait_free(NULL);
}

static void may_go_while_the_endpoint_is_asked(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_hold(fixture->fake);
	mcpauth_token_exchange_wait_free(begin(fixture));
	mcpauth_token_exchange_free(fixture->exchange);
	fixture->exchange = NULL;
	fake_issuer_release(fixture->fake);
	assert_int_equal(posts(fixture), 1);
}

static void ends_with_the_library_while_the_endpoint_is_asked(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_hold(fixture->fake);
	mcpauth_token_exchange_wait_free(begin(fixture));
	mcpauth_token_exchange_free(fixture->exchange);
	fixture->exchange = NULL;
	mcpauth_free(fixture->auth);
	fixture->auth = NULL;
	assert_int_equal(fixture->wakes, 1);
	assert_false(fake_issuer_logged(fixture->fake, "token exchange"));
}

static void lets_only_so_many_wait(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	struct mcpauth_token_exchange_wait *pending;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.waiting_limit = 1;
	mcpauth_token_exchange_free(fixture->exchange);
	fixture->exchange = NULL;
	mcpauth_free(fixture->auth);
	fixture->auth = fake_issuer_auth(fixture->fake, &config, NULL);
	make(fixture);
	fake_issuer_hold(fixture->fake);
	struct mcpauth_token_exchange_wait *first = begin(fixture);
	CHECK_CODE(
		MCPAUTH_E_OVERLOADED, begin_for(fixture, fixture->caller, &token, &pending, &err));
	assert_null(pending);
	fake_issuer_release(fixture->fake);
	resume(first, MCPAUTH_OK);
	CHECK_OK(exchange(fixture, &err));
}

static void refuses_requests_that_lack_something(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	struct mcpauth_token_exchange_wait *pending;
	struct mcpauth_token_exchange_request request = MCPAUTH_TOKEN_EXCHANGE_REQUEST_INIT;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, exchange_for(fixture, NULL, &err));
	request.caller = fixture->caller;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_token_exchange_start(fixture->exchange, &request, &token, &pending, &err));
	assert_null(token);
	assert_null(pending);
	request.wake = count_wake;
	request.user = fixture;
	CHECK_OK(mcpauth_token_exchange_start(fixture->exchange, &request, &token, &pending, &err));
	mcpauth_exchanged_token_free(token);
}

static void *exchange_on_thread(void *argument)
{
	struct mcpauth_error err = {0};
	return (void *)(intptr_t)exchange(argument, &err);
}

static void start_crowd(struct fixture *fixture, pthread_t *threads)
{
	for (size_t i = 0; i < CROWD; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, exchange_on_thread, fixture), 0);
	}
}

static void join_crowd(pthread_t *threads)
{
	for (size_t i = 0; i < CROWD; i++) {
		void *code;
		pthread_join(threads[i], &code);
		assert_int_equal((intptr_t)code, MCPAUTH_OK);
	}
}

static void asks_once_for_all_threads(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned round = 0; round < 20; round++) {
		pthread_t threads[CROWD];
		unsigned before = posts(fixture);
		make(fixture);
		fake_issuer_hold(fixture->fake);
		start_crowd(fixture, threads);
		CHECK_SOON(posts(fixture) != before);
		fake_issuer_release(fixture->fake);
		join_crowd(threads);
		assert_int_equal(posts(fixture), before + 1);
	}
}

static void *give_up(void *argument)
{
	mcpauth_token_exchange_wait_free(argument);
	return NULL;
}

/* The answer, the deadline and whoever gives up, all in the same moment. */
static void wakes_once_in_every_race(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned round = 0; round < 100; round++) {
		pthread_t thread;
		make(fixture);
		atomic_store(&fixture->wakes, 0);
		mcpauth_auth_info_free(fixture->caller);
		fixture->caller = call_for(fixture, 0);
		fake_issuer_hold(fixture->fake);
		struct mcpauth_token_exchange_wait *pending = begin(fixture);
		assert_int_equal(pthread_create(&thread, NULL, give_up, pending), 0);
		fake_issuer_advance_ms(fixture->fake, round % 2 == 0 ? 5000 : 0);
		fake_issuer_release(fixture->fake);
		pthread_join(thread, NULL);
		await_wakes(fixture, 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gets_a_token_of_the_other_audience),
		TEST(asks_as_rfc_8693_has_it),
		TEST(says_who_it_is),
		TEST(believes_only_what_makes_sense),
		TEST(logs_a_failure_and_no_secret),
		TEST(keeps_a_token_until_shortly_before_its_end),
		TEST(keeps_no_token_too_long),
		TEST(keeps_nothing_that_is_over_at_once),
		TEST(keeps_nothing_if_it_is_told_so),
		TEST(keeps_each_callers_apart),
		TEST(keeps_only_so_many),
		TEST(hands_nothing_out_for_a_caller_who_is_over),
		TEST(keeps_nothing_longer_when_the_clock_is_set_back),
		TEST(remembers_a_failure_for_a_second),
		TEST(a_token_outlives_its_exchange),
		TEST(takes_only_configurations_that_can_work),
		TEST(says_which_url_is_bad),
		TEST(answers_at_once_with_what_is_kept),
		TEST(asks_once_for_all_who_wait),
		TEST(asks_for_each_token_that_waits),
		TEST(tells_all_who_wait_why_it_failed),
		TEST(wakes_at_the_deadline),
		TEST(a_tokens_time_runs_from_when_it_was_asked_for),
		TEST(given_up_it_is_woken_once_and_the_answer_is_kept),
		TEST(may_go_while_the_endpoint_is_asked),
		TEST(ends_with_the_library_while_the_endpoint_is_asked),
		TEST(lets_only_so_many_wait),
		TEST(refuses_requests_that_lack_something),
		TEST(asks_once_for_all_threads),
		TEST(wakes_once_in_every_race),
	};
	return cmocka_run_group_tests_name("token_exchange", tests, NULL, NULL);
}
