/* Looking at a server: what is asked, in which order, and what it comes to. */
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/test_key.h"
#include "support/loopback.h"

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TENANT "https://as.example/tenant"
#define FINDINGS 15
#define UNTOLD (-1)

#define FIT_MEMBERS \
	"\"authorization_endpoint\":\"https://as.example/authorize\"," \
	"\"token_endpoint\":\"https://as.example/token\"," \
	"\"response_types_supported\":[\"code\"]," \
	"\"code_challenge_methods_supported\":[\"S256\"]"
#define FIT_FOR(issuer, keys) \
	"{\"issuer\":\"" issuer "\",\"jwks_uri\":\"" keys "\"," FIT_MEMBERS "}"
#define FIT FIT_FOR(FAKE_ISSUER, FAKE_KEYS)

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct mcpauth_issuer_config issuer;
	int severities[FINDINGS];
	char messages[FINDINGS][512];
};

static void on_finding(enum mcpauth_finding finding, enum mcpauth_severity severity,
	const char *message, void *user)
{
	struct fixture *fixture = user;
	assert_in_range(finding, 1, FINDINGS - 1);
	assert_int_equal(fixture->severities[finding], UNTOLD);
	fixture->severities[finding] = (int)severity;
	snprintf(fixture->messages[finding], sizeof fixture->messages[finding], "%s", message);
}

/* A fit server, unless the test publishes something else. */
static int start(void **state)
{
	static struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	fixture.fake = fake_issuer_new();
	fake_issuer_publish(fixture.fake, FAKE_METADATA, 200, FIT);
	fake_issuer_configure(fixture.fake, &config);
	fixture.issuer = issuer;
	fixture.issuer.issuer = FAKE_ISSUER;
	*state = &fixture;
	return mcpauth_new(&config, &fixture.auth, NULL) == MCPAUTH_OK ? 0 : -1;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
	return 0;
}

static enum mcpauth_code check(struct fixture *fixture, struct mcpauth_error *err)
{
	for (size_t i = 0; i < FINDINGS; i++) {
		fixture->severities[i] = UNTOLD;
		fixture->messages[i][0] = '\0';
	}
	return mcpauth_check_provider(fixture->auth, &fixture->issuer, on_finding, fixture, err);
}

static bool is(struct fixture *fixture, enum mcpauth_finding finding, int severity)
{
	return fixture->severities[finding] == severity;
}

static unsigned told(struct fixture *fixture)
{
	unsigned count = 0;
	for (size_t i = 0; i < FINDINGS; i++) {
		count += fixture->severities[i] != UNTOLD ? 1 : 0;
	}
	return count;
}

static void passes_a_fit_server(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(check(fixture, &err));
	assert_int_equal(told(fixture), FINDINGS - 1);
	for (size_t i = 1; i < MCPAUTH_FINDING_DYNAMIC_REGISTRATION; i++) {
		assert_int_equal(fixture->severities[i], MCPAUTH_SEVERITY_PASSED);
	}
	assert_non_null(strstr(fixture->messages[MCPAUTH_FINDING_METADATA_FOUND], FAKE_METADATA));
	assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 2);
	assert_string_equal(fake_issuer_fetch_at(fixture->fake, 1), FAKE_KEYS);
}

static void asks_again_each_time(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(check(fixture, &err));
	fake_issuer_publish(
		fixture->fake, FAKE_METADATA, 200, FIT_FOR("https://other.example", FAKE_KEYS));
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	fake_issuer_set_down(fixture->fake, true);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, check(fixture, &err));
	fake_issuer_set_down(fixture->fake, false);
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200, FIT);
	CHECK_OK(check(fixture, &err));
}

static void looks_on_where_a_document_is_not(void **state)
{
	static const unsigned statuses[] = {404, 400, 401, 403, 410};
	struct fixture *fixture = *state;
	fixture->issuer.issuer = TENANT;
	fake_issuer_publish(fixture->fake, TENANT "/.well-known/openid-configuration", 200,
		FIT_FOR(TENANT, FAKE_KEYS));
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		fake_issuer_publish(fixture->fake, FAKE_METADATA "/tenant", statuses[i], "");
		CHECK_OK(check(fixture, &err));
		assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 4 * (i + 1));
	}
	assert_string_equal(fake_issuer_fetch_at(fixture->fake, 0), FAKE_METADATA "/tenant");
	assert_string_equal(fake_issuer_fetch_at(fixture->fake, 1),
		"https://as.example/.well-known/openid-configuration/tenant");
	assert_string_equal(
		fake_issuer_fetch_at(fixture->fake, 2), TENANT "/.well-known/openid-configuration");
}

static void looks_only_where_it_is_told_to(void **state)
{
	struct fixture *fixture = *state;
	fixture->issuer.discovery = MCPAUTH_DISCOVERY_OIDC;
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_METADATA_FOUND, MCPAUTH_SEVERITY_ERROR));
	assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 1);
	fixture->issuer.discovery = MCPAUTH_DISCOVERY_OAUTH;
	CHECK_OK(check(fixture, &err));
	fixture->issuer.metadata_url = "https://elsewhere.example/document";
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_int_equal(fake_issuer_fetches(fixture->fake, fixture->issuer.metadata_url), 1);
	fake_issuer_publish(fixture->fake, fixture->issuer.metadata_url, 200, FIT);
	CHECK_OK(check(fixture, &err));
	assert_int_equal(fake_issuer_fetches(fixture->fake, FAKE_METADATA), 1);
}

static void an_issuer_with_a_query_is_none(void **state)
{
	struct fixture *fixture = *state;
	fixture->issuer.issuer = TENANT "?x";
	CHECK_CODE(MCPAUTH_E_INVALID_URL, check(fixture, &err));
	assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 0);
	fixture->issuer.issuer = TENANT;
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
}

static void tells_unfit_from_not_to_be_told(void **state)
{
	static const struct {
		unsigned status; /* 0: no answer */
		enum mcpauth_code want;
		int metadata_found;
	} rows[] = {
		{200, MCPAUTH_OK, MCPAUTH_SEVERITY_PASSED},
		{404, MCPAUTH_E_UNFIT_PROVIDER, MCPAUTH_SEVERITY_ERROR},
		{403, MCPAUTH_E_UNFIT_PROVIDER, MCPAUTH_SEVERITY_ERROR},
		{204, MCPAUTH_E_UNFIT_PROVIDER, MCPAUTH_SEVERITY_ERROR},
		{302, MCPAUTH_E_UNFIT_PROVIDER, MCPAUTH_SEVERITY_ERROR},
		{408, MCPAUTH_E_HTTP_STATUS, UNTOLD},
		{429, MCPAUTH_E_HTTP_STATUS, UNTOLD},
		{500, MCPAUTH_E_HTTP_STATUS, UNTOLD},
		{503, MCPAUTH_E_HTTP_STATUS, UNTOLD},
		{0, MCPAUTH_E_UNREACHABLE, UNTOLD},
	};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char label[16];
		snprintf(label, sizeof label, "%u", rows[i].status);
		fake_issuer_set_down(fixture->fake, rows[i].status == 0);
		fake_issuer_publish(fixture->fake, FAKE_METADATA, rows[i].status, FIT);
		CHECK_ROW_CODE(label, rows[i].want, check(fixture, &err));
		CHECK_ROW(
			label, is(fixture, MCPAUTH_FINDING_METADATA_FOUND, rows[i].metadata_found));
		CHECK_ROW(label, rows[i].want == MCPAUTH_OK || told(fixture) <= 1);
	}
}

static void says_that_redirects_are_not_followed(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 301, "");
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_non_null(strstr(
		fixture->messages[MCPAUTH_FINDING_METADATA_FOUND], "redirects are not followed"));
	assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 1);
}

static void finds_a_page_that_is_no_document(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200, "<html>Log in</html>");
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_METADATA_FOUND, MCPAUTH_SEVERITY_PASSED));
	assert_true(is(fixture, MCPAUTH_FINDING_METADATA, MCPAUTH_SEVERITY_ERROR));
	assert_int_equal(told(fixture), 2);
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200, "");
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_METADATA, MCPAUTH_SEVERITY_ERROR));
}

static void looks_at_the_keys(void **state)
{
	static const struct {
		const char *label;
		unsigned status;
		const char *body;
		enum mcpauth_code want;
		int keys;
	} rows[] = {
		{"missing", 404, "", MCPAUTH_E_UNFIT_PROVIDER, MCPAUTH_SEVERITY_ERROR},
		{"moved", 302, "", MCPAUTH_E_UNFIT_PROVIDER, MCPAUTH_SEVERITY_ERROR},
		{"a page", 200, "<html>", MCPAUTH_E_UNFIT_PROVIDER, MCPAUTH_SEVERITY_ERROR},
		{"no set", 200, "{}", MCPAUTH_E_UNFIT_PROVIDER, MCPAUTH_SEVERITY_ERROR},
		{"none", 200, "{\"keys\":[]}", MCPAUTH_E_UNFIT_PROVIDER, MCPAUTH_SEVERITY_ERROR},
		{"only a secret", 200, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
			MCPAUTH_E_UNFIT_PROVIDER, MCPAUTH_SEVERITY_ERROR},
		{"broken", 500, "", MCPAUTH_E_HTTP_STATUS, UNTOLD},
		{"busy", 503, "", MCPAUTH_E_HTTP_STATUS, UNTOLD},
	};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fake_issuer_publish(fixture->fake, FAKE_KEYS, rows[i].status, rows[i].body);
		CHECK_ROW_CODE(rows[i].label, rows[i].want, check(fixture, &err));
		CHECK_ROW(rows[i].label, is(fixture, MCPAUTH_FINDING_KEYS, rows[i].keys));
		CHECK_ROW(
			rows[i].label, is(fixture, MCPAUTH_FINDING_PKCE, MCPAUTH_SEVERITY_PASSED));
	}
	fake_issuer_rotate(fixture->fake, NULL, "EdDSA", 0, "k0");
	CHECK_OK(check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_PASSED));
}

static void goes_on_after_an_error(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_error err = {0};
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200,
		"{\"issuer\":\"https://other.example\",\"jwks_uri\":\"" FAKE_KEYS "\"}");
	assert_int_equal(check(fixture, &err), MCPAUTH_E_UNFIT_PROVIDER);
	assert_true(is(fixture, MCPAUTH_FINDING_METADATA, MCPAUTH_SEVERITY_ERROR));
	assert_true(is(fixture, MCPAUTH_FINDING_ISSUER, MCPAUTH_SEVERITY_ERROR));
	assert_true(is(fixture, MCPAUTH_FINDING_PKCE, MCPAUTH_SEVERITY_ERROR));
	assert_true(is(fixture, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_PASSED));
	assert_string_equal(err.message, fixture->messages[MCPAUTH_FINDING_METADATA]);
	/* Unfit is unfit, whatever else could not be told. */
	fake_issuer_publish(fixture->fake, FAKE_KEYS, 503, "");
	assert_int_equal(check(fixture, &err), MCPAUTH_E_UNFIT_PROVIDER);
	assert_true(is(fixture, MCPAUTH_FINDING_KEYS, UNTOLD));
	assert_string_equal(err.message, fixture->messages[MCPAUTH_FINDING_METADATA]);
}

static void fetches_no_keys_from_where_a_document_may_not_lead(void **state)
{
	static const char *const documents[] = {
		FIT_FOR(FAKE_ISSUER, "https://10.0.0.1/keys"),
		FIT_FOR(FAKE_ISSUER, "https://localhost/keys"),
		FIT_FOR(FAKE_ISSUER, "https://169.254.169.254/keys"),
		FIT_FOR(FAKE_ISSUER, "http://keys.example/keys"),
	};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
		fake_issuer_publish(fixture->fake, FAKE_METADATA, 200, documents[i]);
		CHECK_ROW_CODE(documents[i], MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
		CHECK_ROW(documents[i], is(fixture, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_ERROR));
		CHECK_ROW(documents[i], fake_issuer_fetches(fixture->fake, NULL) == i + 1);
	}
	fake_issuer_rotate(fixture->fake, "https://keys.example/keys", "ES256", 0, "k0");
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200,
		FIT_FOR(FAKE_ISSUER, "https://keys.example/keys"));
	CHECK_OK(check(fixture, &err));
}

#define PRIVATE "http://127.0.0.1:9000"

static void a_private_host_of_metadata_may_name_itself_alone(void **state)
{
	struct fixture *fixture = *state;
	fixture->issuer.metadata_url = PRIVATE "/metadata";
	fake_issuer_rotate(fixture->fake, PRIVATE "/keys", "ES256", 0, "k0");
	fake_issuer_publish(fixture->fake, fixture->issuer.metadata_url, 200,
		FIT_FOR(FAKE_ISSUER, "http://127.0.0.2:9000/keys"));
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_ERROR));
	fake_issuer_publish(fixture->fake, fixture->issuer.metadata_url, 200,
		FIT_FOR(FAKE_ISSUER, PRIVATE "/keys"));
	CHECK_OK(check(fixture, &err));
}

static void plain_http_is_an_error_unless_it_is_allowed(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200,
		"{\"issuer\":\"" FAKE_ISSUER "\",\"jwks_uri\":\"" FAKE_KEYS "\"," FIT_MEMBERS
		",\"revocation_endpoint\":\"http://as.example/r\"}");
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_ENDPOINTS, MCPAUTH_SEVERITY_ERROR));
	mcpauth_free(fixture->auth);
	fake_issuer_configure(fixture->fake, &config);
	config.insecure_allow_http = true;
	CHECK_OK(mcpauth_new(&config, &fixture->auth, &err));
	CHECK_OK(check(fixture, &err));
}

static bool add_pkce(struct cJSON *metadata, void *user)
{
	const char *method = user;
	cJSON *methods = cJSON_AddArrayToObject(metadata, "code_challenge_methods_supported");
	return cJSON_AddItemToArray(methods, cJSON_CreateString(method));
}

static bool refuse(struct cJSON *metadata, void *user)
{
	(void)metadata;
	(void)user;
	return false;
}

static void looks_at_what_transpile_makes_of_it(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200,
		"{\"issuer\":\"" FAKE_ISSUER "\",\"jwks_uri\":\"" FAKE_KEYS "\","
		"\"authorization_endpoint\":\"https://as.example/authorize\","
		"\"token_endpoint\":\"https://as.example/token\","
		"\"response_types_supported\":[\"code\"]}");
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_PKCE, MCPAUTH_SEVERITY_ERROR));
	fixture->issuer.transpile = add_pkce;
	fixture->issuer.transpile_user = (void *)"S256";
	CHECK_OK(check(fixture, &err));
	fixture->issuer.transpile = refuse;
	CHECK_CODE(MCPAUTH_E_TRANSPILE, check(fixture, &err));
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200, "<html>");
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_METADATA, MCPAUTH_SEVERITY_ERROR));
}

static void looks_at_metadata_given_by_hand(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_server_metadata given = MCPAUTH_SERVER_METADATA_INIT;
	fixture->issuer.metadata = FIT;
	CHECK_OK(check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_METADATA_FOUND, UNTOLD));
	fixture->issuer.metadata = FIT_FOR("https://other.example", FAKE_KEYS);
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_ISSUER, MCPAUTH_SEVERITY_ERROR));
	fixture->issuer.metadata = NULL;
	fixture->issuer.server_metadata = &given;
	given.authorization_endpoint = "https://as.example/authorize";
	given.token_endpoint = "https://as.example/token";
	given.jwks_uri = FAKE_KEYS;
	given.response_types_supported = "code";
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_PKCE, MCPAUTH_SEVERITY_ERROR));
	given.code_challenge_methods_supported = "S256";
	CHECK_OK(check(fixture, &err));
	assert_int_equal(fake_issuer_fetches(fixture->fake, FAKE_METADATA), 0);
	assert_int_equal(fake_issuer_fetches(fixture->fake, FAKE_KEYS), 4);
}

static void takes_the_keys_from_where_they_are_configured(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200,
		"{\"issuer\":\"" FAKE_ISSUER "\"," FIT_MEMBERS "}");
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_JWKS_URI, MCPAUTH_SEVERITY_ERROR));
	assert_true(is(fixture, MCPAUTH_FINDING_KEYS, UNTOLD));
	fixture->issuer.jwks_uri = "https://10.0.0.1/keys";
	fake_issuer_rotate(fixture->fake, fixture->issuer.jwks_uri, "ES256", 0, "k0");
	CHECK_OK(check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_JWKS_URI, MCPAUTH_SEVERITY_PASSED));
	assert_true(is(fixture, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_PASSED));
}

static void looks_at_keys_given_by_hand(void **state)
{
	struct fixture *fixture = *state;
	char *jwks = test_key_jwks(test_key("ES256", 0), "k0");
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200,
		"{\"issuer\":\"" FAKE_ISSUER "\"," FIT_MEMBERS "}");
	fixture->issuer.jwks = jwks;
	CHECK_OK(check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_PASSED));
	assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 1);
	fixture->issuer.jwks = "{\"keys\":[]}";
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER, check(fixture, &err));
	assert_true(is(fixture, MCPAUTH_FINDING_KEYS, MCPAUTH_SEVERITY_ERROR));
	free(jwks);
}

static void refuses_a_configuration_that_cannot_be(void **state)
{
	struct fixture *fixture = *state;
	fixture->issuer.issuer = NULL;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, check(fixture, &err));
	fixture->issuer.issuer = "http://as.example";
	CHECK_CODE(MCPAUTH_E_INVALID_URL, check(fixture, &err));
	fixture->issuer.issuer = FAKE_ISSUER;
	fixture->issuer.metadata = FIT;
	fixture->issuer.jwks_uri = FAKE_KEYS;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, check(fixture, &err));
	assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 0);
	fixture->issuer.metadata = NULL;
	CHECK_OK(check(fixture, &err));
}

static void needs_nobody_who_listens(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(mcpauth_check_provider(fixture->auth, &fixture->issuer, NULL, NULL, &err));
	fake_issuer_publish(fixture->fake, FAKE_KEYS, 404, "");
	assert_int_equal(mcpauth_check_provider(fixture->auth, &fixture->issuer, NULL, NULL, NULL),
		MCPAUTH_E_UNFIT_PROVIDER);
}

static long milliseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The library's own network, with a server that never answers. */
static void gives_up_at_the_deadline(void **state)
{
	static const struct loopback_page pages[] = {
		{.path = "/.well-known/oauth-authorization-server",
			.status = 200,
			.body = "{}",
			.manner = LOOPBACK_HELD},
	};
	struct fixture *fixture = *state;
	struct mcpauth *network;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	char issuer[64];
	struct loopback *loopback = loopback_new(pages, 1);
	snprintf(issuer, sizeof issuer, "http://127.0.0.1:%u", loopback_port(loopback));
	config.deadline_ms = 1000;
	CHECK_OK(mcpauth_new(&config, &network, &err));
	fixture->issuer.issuer = issuer;
	long since = milliseconds();
	CHECK_CODE(MCPAUTH_E_TIMEOUT,
		mcpauth_check_provider(network, &fixture->issuer, NULL, NULL, &err));
	assert_in_range(milliseconds() - since, 900, 5000);
	loopback_release(loopback);
	CHECK_CODE(MCPAUTH_E_UNFIT_PROVIDER,
		mcpauth_check_provider(network, &fixture->issuer, NULL, NULL, &err));
	mcpauth_free(network);
	loopback_free(loopback);
}

static enum mcpauth_code check_with_ca(
	const char *issuer, const char *ca_file, struct mcpauth_error *err)
{
	struct mcpauth *auth;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_issuer_config asked = MCPAUTH_ISSUER_CONFIG_INIT;
	config.ca_file = ca_file;
	asked.issuer = issuer;
	assert_int_equal(mcpauth_new(&config, &auth, err), MCPAUTH_OK);
	enum mcpauth_code code = mcpauth_check_provider(auth, &asked, NULL, NULL, err);
	mcpauth_free(auth);
	return code;
}

static void cannot_tell_of_a_server_with_a_foreign_certificate(void **state)
{
	static const struct loopback_page pages[] = {
		{.path = "/.well-known/oauth-authorization-server", .status = 200, .body = "{}"},
	};
	char issuer[64];
	struct loopback *loopback = loopback_new_tls(pages, 1);
	(void)state;
	snprintf(issuer, sizeof issuer, "https://localhost:%u", loopback_port(loopback));
	CHECK_CODE(MCPAUTH_E_TLS, check_with_ca(issuer, NULL, &err));
	CHECK_CODE(
		MCPAUTH_E_UNFIT_PROVIDER, check_with_ca(issuer, loopback_ca_file(loopback), &err));
	loopback_free(loopback);
}

#define PROVIDER_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROVIDER_TEST(passes_a_fit_server),
		PROVIDER_TEST(asks_again_each_time),
		PROVIDER_TEST(looks_on_where_a_document_is_not),
		PROVIDER_TEST(looks_only_where_it_is_told_to),
		PROVIDER_TEST(an_issuer_with_a_query_is_none),
		PROVIDER_TEST(tells_unfit_from_not_to_be_told),
		PROVIDER_TEST(says_that_redirects_are_not_followed),
		PROVIDER_TEST(finds_a_page_that_is_no_document),
		PROVIDER_TEST(looks_at_the_keys),
		PROVIDER_TEST(goes_on_after_an_error),
		PROVIDER_TEST(fetches_no_keys_from_where_a_document_may_not_lead),
		PROVIDER_TEST(a_private_host_of_metadata_may_name_itself_alone),
		PROVIDER_TEST(plain_http_is_an_error_unless_it_is_allowed),
		PROVIDER_TEST(looks_at_what_transpile_makes_of_it),
		PROVIDER_TEST(looks_at_metadata_given_by_hand),
		PROVIDER_TEST(takes_the_keys_from_where_they_are_configured),
		PROVIDER_TEST(looks_at_keys_given_by_hand),
		PROVIDER_TEST(refuses_a_configuration_that_cannot_be),
		PROVIDER_TEST(needs_nobody_who_listens),
		PROVIDER_TEST(gives_up_at_the_deadline),
		cmocka_unit_test(cannot_tell_of_a_server_with_a_foreign_certificate),
	};
	return cmocka_run_group_tests_name("provider", tests, NULL, NULL);
}
