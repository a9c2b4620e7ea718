/* Issuers: where their keys are looked for, how often, and how long they serve. */
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/test_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENANT "https://as.example/tenant"
#define TENANT_OAUTH "https://as.example/.well-known/oauth-authorization-server/tenant"
#define TENANT_OIDC_INSERTED "https://as.example/.well-known/openid-configuration/tenant"
#define TENANT_OIDC "https://as.example/tenant/.well-known/openid-configuration"
#define DOCUMENT(issuer, keys) "{\"issuer\":\"" issuer "\",\"jwks_uri\":\"" keys "\"}"

static const struct fake_token usual;
static const struct fake_token of_tenant = {.issuer = TENANT};

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
};

static void start_with(struct fixture *fixture, const struct mcpauth_config *config,
	const struct mcpauth_issuer_config *issuer)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, config, issuer);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static void start_tenant(struct fixture *fixture, enum mcpauth_discovery discovery)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = TENANT;
	issuer.discovery = discovery;
	start_with(fixture, NULL, &issuer);
}

/** An issuer whose keys are configured: every fetch is one of keys. */
static void start_keys(struct fixture *fixture, unsigned stale_seconds)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	config.stale_seconds = stale_seconds;
	issuer.issuer = FAKE_ISSUER;
	issuer.jwks_uri = FAKE_KEYS;
	start_with(fixture, &config, &issuer);
}

#define TRY(...) fake_issuer_try(fixture.fake, fixture.auth, __VA_ARGS__, &err)
#define CHECK_FETCHES(count, url) assert_int_equal(fake_issuer_fetches(fixture.fake, url), count)

static void fetches_nothing_before_the_first_token(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with(&fixture, NULL, NULL);
	CHECK_FETCHES(0, NULL);
	CHECK_OK(TRY(&usual));
	CHECK_FETCHES(1, FAKE_METADATA);
	CHECK_FETCHES(1, FAKE_KEYS);
	CHECK_OK(TRY(&usual));
	CHECK_FETCHES(2, NULL);
	stop(&fixture);
}

static void tries_one_place_after_the_other(void **state)
{
	(void)state;
	static const char *const places[] = {TENANT_OAUTH, TENANT_OIDC_INSERTED, TENANT_OIDC};
	for (unsigned found = 0; found < 3; found++) {
		struct fixture fixture;
		start_tenant(&fixture, MCPAUTH_DISCOVERY_AUTO);
		fake_issuer_publish(fixture.fake, places[found], 200, DOCUMENT(TENANT, FAKE_KEYS));
		CHECK_ROW_CODE(places[found], MCPAUTH_OK, TRY(&of_tenant));
		for (unsigned i = 0; i <= found; i++) {
			assert_string_equal(fake_issuer_fetch_at(fixture.fake, i), places[i]);
		}
		assert_string_equal(fake_issuer_fetch_at(fixture.fake, found + 1), FAKE_KEYS);
		CHECK_FETCHES(found + 2, NULL);
		stop(&fixture);
	}
}

static void goes_on_after_a_refusal_alone(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		unsigned status;
		const char *body;
		enum mcpauth_code want;
		unsigned fetches;
	} rows[] = {
		{"not found", 404, "", MCPAUTH_OK, 3},
		{"bad request", 400, "", MCPAUTH_OK, 3},
		{"forbidden", 403, "", MCPAUTH_OK, 3},
		{"gone", 410, "{}", MCPAUTH_OK, 3},
		{"failure", 500, "", MCPAUTH_E_HTTP_STATUS, 1},
		{"unavailable", 503, "", MCPAUTH_E_HTTP_STATUS, 1},
		{"redirect", 302, "", MCPAUTH_E_HTTP_STATUS, 1},
		{"no answer", 0, "", MCPAUTH_E_UNREACHABLE, 1},
		{"a page", 200, "<html>", MCPAUTH_E_INVALID_JSON, 1},
		{"another issuer", 200, DOCUMENT("https://evil.example", FAKE_KEYS),
			MCPAUTH_E_ISSUER_MISMATCH, 1},
		{"no issuer", 200, "{\"jwks_uri\":\"" FAKE_KEYS "\"}", MCPAUTH_E_INVALID_METADATA,
			1},
		{"no keys", 200, "{\"issuer\":\"" TENANT "\"}", MCPAUTH_E_NO_JWKS_URI, 1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start_tenant(&fixture, MCPAUTH_DISCOVERY_AUTO);
		fake_issuer_publish(fixture.fake, TENANT_OAUTH, rows[i].status, rows[i].body);
		fake_issuer_publish(
			fixture.fake, TENANT_OIDC_INSERTED, 200, DOCUMENT(TENANT, FAKE_KEYS));
		CHECK_ROW_CODE(rows[i].label, rows[i].want, TRY(&of_tenant));
		CHECK_ROW(
			rows[i].label, fake_issuer_fetches(fixture.fake, NULL) == rows[i].fetches);
		stop(&fixture);
	}
}

static void says_so_if_no_place_has_metadata(void **state)
{
	(void)state;
	struct fixture fixture;
	start_tenant(&fixture, MCPAUTH_DISCOVERY_AUTO);
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, TRY(&of_tenant));
	CHECK_FETCHES(3, NULL);
	assert_true(fake_issuer_logged(fixture.fake, "answered 404"));
	stop(&fixture);
}

static void asks_for_missing_keys_once(void **state)
{
	(void)state;
	struct fixture fixture;
	start_keys(&fixture, 0);
	fake_issuer_publish(fixture.fake, FAKE_KEYS, 404, "");
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, TRY(&usual));
	CHECK_FETCHES(1, NULL);
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 0, "k0");
	fake_issuer_advance_ms(fixture.fake, 1000);
	CHECK_OK(TRY(&usual));
	CHECK_FETCHES(2, FAKE_KEYS);
	stop(&fixture);
}

static void looks_only_where_it_was_told_to(void **state)
{
	(void)state;
	static const struct {
		enum mcpauth_discovery discovery;
		const char *place;
	} rows[] = {
		{MCPAUTH_DISCOVERY_OAUTH, TENANT_OAUTH},
		{MCPAUTH_DISCOVERY_OIDC, TENANT_OIDC},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start_tenant(&fixture, rows[i].discovery);
		CHECK_ROW_CODE(rows[i].place, MCPAUTH_E_HTTP_STATUS, TRY(&of_tenant));
		CHECK_FETCHES(1, NULL);
		fake_issuer_publish(fixture.fake, rows[i].place, 200, DOCUMENT(TENANT, FAKE_KEYS));
		fake_issuer_advance_ms(fixture.fake, 1000);
		CHECK_ROW_CODE(rows[i].place, MCPAUTH_OK, TRY(&of_tenant));
		CHECK_FETCHES(2, rows[i].place);
		CHECK_FETCHES(3, NULL);
		stop(&fixture);
	}
}

static void fetches_metadata_from_where_it_was_told(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.metadata_url = "https://as.example/about";
	start_with(&fixture, NULL, &issuer);
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, TRY(&usual));
	CHECK_FETCHES(1, NULL);
	fake_issuer_publish(fixture.fake, "https://as.example/about", 200,
		DOCUMENT("https://as.example/", FAKE_KEYS));
	fake_issuer_advance_ms(fixture.fake, 1000);
	CHECK_CODE(MCPAUTH_E_ISSUER_MISMATCH, TRY(&usual));
	fake_issuer_publish(
		fixture.fake, "https://as.example/about", 200, DOCUMENT(FAKE_ISSUER, FAKE_KEYS));
	fake_issuer_advance_ms(fixture.fake, 2000);
	CHECK_OK(TRY(&usual));
	CHECK_FETCHES(3, "https://as.example/about");
	CHECK_FETCHES(4, NULL);
	stop(&fixture);
}

static void discovers_nothing_that_was_configured(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.metadata = DOCUMENT(FAKE_ISSUER, FAKE_KEYS);
	start_with(&fixture, NULL, &issuer);
	CHECK_OK(TRY(&usual));
	CHECK_FETCHES(1, FAKE_KEYS);
	CHECK_FETCHES(1, NULL);
	stop(&fixture);
	start_keys(&fixture, 0);
	CHECK_OK(TRY(&usual));
	CHECK_FETCHES(1, FAKE_KEYS);
	CHECK_FETCHES(1, NULL);
	stop(&fixture);
}

static void follows_only_decent_jwks_uris(void **state)
{
	(void)state;
	static const struct {
		const char *uri;
		enum mcpauth_code want;
	} rows[] = {
		{"https://as.example/keys", MCPAUTH_OK},
		{"https://as.example:8443/keys?a=b", MCPAUTH_OK},
		{"https://keys.cdn.example/k", MCPAUTH_OK},
		{"https://93.184.216.34/k", MCPAUTH_OK},
		{"http://as.example/keys", MCPAUTH_E_ADDRESS_REFUSED},
		{"http://keys.cdn.example/k", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://127.0.0.1/k", MCPAUTH_E_ADDRESS_REFUSED},
		{"http://127.0.0.1/k", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://localhost/k", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://[::1]/k", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://10.0.0.1/k", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://192.168.0.1/k", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://169.254.169.254/latest", MCPAUTH_E_ADDRESS_REFUSED},
		{"file:///etc/passwd", MCPAUTH_E_ADDRESS_REFUSED},
		{"ftp://as.example/keys", MCPAUTH_E_ADDRESS_REFUSED},
		{"/keys", MCPAUTH_E_ADDRESS_REFUSED},
		{"", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://user@as.example/keys", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://as.example/keys#x", MCPAUTH_E_ADDRESS_REFUSED},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		char document[256];
		snprintf(document, sizeof document, DOCUMENT(FAKE_ISSUER, "%s"), rows[i].uri);
		start_with(&fixture, NULL, NULL);
		fake_issuer_publish(fixture.fake, FAKE_METADATA, 200, document);
		if (rows[i].want == MCPAUTH_OK) {
			fake_issuer_rotate(fixture.fake, rows[i].uri, "ES256", 0, "k0");
		}
		CHECK_ROW_CODE(rows[i].uri, rows[i].want, TRY(&usual));
		CHECK_ROW(rows[i].uri,
			fake_issuer_fetches(fixture.fake, NULL)
				== (rows[i].want == MCPAUTH_OK ? 2 : 1));
		stop(&fixture);
	}
}

static void a_private_issuer_may_name_its_own_host_alone(void **state)
{
	(void)state;
	static const struct {
		const char *uri;
		enum mcpauth_code want;
	} rows[] = {
		{"http://127.0.0.1:9000/keys", MCPAUTH_OK},
		{"http://127.0.0.1:9001/keys", MCPAUTH_OK},
		{"http://127.0.0.2:9000/keys", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://10.0.0.1/keys", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://keys.example/", MCPAUTH_OK},
	};
	static const struct fake_token token = {.issuer = "http://127.0.0.1:9000"};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
		char document[256];
		issuer.issuer = "http://127.0.0.1:9000";
		snprintf(document, sizeof document, DOCUMENT("http://127.0.0.1:9000", "%s"),
			rows[i].uri);
		start_with(&fixture, NULL, &issuer);
		fake_issuer_publish(fixture.fake,
			"http://127.0.0.1:9000/.well-known/oauth-authorization-server", 200,
			document);
		fake_issuer_rotate(fixture.fake, rows[i].uri, "ES256", 0, "k0");
		CHECK_ROW_CODE(rows[i].uri, rows[i].want, TRY(&token));
		stop(&fixture);
	}
}

static void follows_keys_that_have_moved(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with(&fixture, NULL, NULL);
	CHECK_OK(TRY(&usual));
	fake_issuer_publish(fixture.fake, FAKE_METADATA, 200,
		DOCUMENT(FAKE_ISSUER, "https://as.example/keys2"));
	fake_issuer_publish(fixture.fake, FAKE_KEYS, 404, "");
	fake_issuer_rotate(fixture.fake, "https://as.example/keys2", "ES256", 1, "k1");
	fake_issuer_advance_ms(fixture.fake, 600000);
	CHECK_OK(TRY(&(struct fake_token){.number = 1, .kid = "k1"}));
	CHECK_FETCHES(1, "https://as.example/keys2");
	CHECK_FETCHES(1, FAKE_KEYS);
	stop(&fixture);
}

static void metadata_that_fails_takes_no_key_away(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with(&fixture, NULL, NULL);
	CHECK_OK(TRY(&usual));
	fake_issuer_publish(fixture.fake, FAKE_METADATA, 500, "");
	for (int hours = 0; hours < 100; hours++) {
		fake_issuer_advance_ms(fixture.fake, 3590000);
		CHECK_OK(TRY(&usual));
		CHECK_OK(TRY(&usual));
	}
	stop(&fixture);
}

static void asks_a_failing_issuer_at_growing_intervals(void **state)
{
	(void)state;
	static const int64_t pauses[] = {1000, 2000, 4000, 8000, 15000, 15000, 15000};
	struct fixture fixture;
	start_keys(&fixture, 0);
	fake_issuer_set_down(fixture.fake, true);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, TRY(&usual));
	for (unsigned i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		CHECK_FETCHES(i + 1, NULL);
		assert_int_equal(
			mcpauth_retry_after(fixture.auth, FAKE_RESOURCE), pauses[i] / 1000);
		fake_issuer_advance_ms(fixture.fake, pauses[i] - 1);
		CHECK_CODE(MCPAUTH_E_UNREACHABLE, TRY(&usual));
		CHECK_FETCHES(i + 1, NULL);
		fake_issuer_advance_ms(fixture.fake, 1);
		CHECK_CODE(MCPAUTH_E_UNREACHABLE, TRY(&usual));
	}
	fake_issuer_set_down(fixture.fake, false);
	fake_issuer_advance_ms(fixture.fake, 15000);
	CHECK_OK(TRY(&usual));
	stop(&fixture);
}

static void starts_over_after_a_good_fetch(void **state)
{
	(void)state;
	struct fixture fixture;
	start_keys(&fixture, MCPAUTH_NONE);
	fake_issuer_set_down(fixture.fake, true);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, TRY(&usual));
	fake_issuer_advance_ms(fixture.fake, 1000);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, TRY(&usual));
	fake_issuer_set_down(fixture.fake, false);
	fake_issuer_advance_ms(fixture.fake, 2000);
	CHECK_OK(TRY(&usual));
	fake_issuer_set_down(fixture.fake, true);
	fake_issuer_advance_ms(fixture.fake, 600000);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, TRY(&usual));
	assert_int_equal(mcpauth_retry_after(fixture.auth, FAKE_RESOURCE), 1);
	stop(&fixture);
}

static void says_when_it_is_worth_asking_again(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with(&fixture, NULL, NULL);
	assert_int_equal(mcpauth_retry_after(fixture.auth, FAKE_RESOURCE), 1);
	assert_int_equal(mcpauth_retry_after(fixture.auth, "https://unknown.example"), 1);
	assert_int_equal(mcpauth_retry_after(fixture.auth, NULL), 1);
	fake_issuer_set_down(fixture.fake, true);
	for (int i = 0; i < 6; i++) {
		CHECK_CODE(MCPAUTH_E_UNREACHABLE, TRY(&usual));
		fake_issuer_advance_ms(fixture.fake, 15000);
	}
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, TRY(&usual));
	assert_int_equal(mcpauth_retry_after(fixture.auth, FAKE_RESOURCE), 15);
	fake_issuer_advance_ms(fixture.fake, 4500);
	assert_int_equal(mcpauth_retry_after(fixture.auth, FAKE_RESOURCE), 11);
	stop(&fixture);
}

static void renews_keys_in_the_background(void **state)
{
	(void)state;
	struct fixture fixture;
	start_keys(&fixture, 0);
	CHECK_OK(TRY(&usual));
	fake_issuer_advance_ms(fixture.fake, 539000);
	CHECK_OK(TRY(&usual));
	CHECK_FETCHES(1, NULL);
	fake_issuer_hold(fixture.fake);
	fake_issuer_advance_ms(fixture.fake, 61000);
	CHECK_OK(TRY(&usual));
	CHECK_OK(TRY(&usual));
	CHECK_FETCHES(2, NULL);
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	fake_issuer_release(fixture.fake);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, TRY(&usual));
	CHECK_OK(TRY(&(struct fake_token){.number = 1, .kid = "k1"}));
	CHECK_FETCHES(2, NULL);
	stop(&fixture);
}

static void keys_serve_so_long_and_no_longer(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		unsigned configured;
		int64_t seconds;
	} rows[] = {
		{"by default", 0, 3600},
		{"two hours", 7200, 7200},
		{"at most a day", 86400, 86400},
		{"while they are fresh", MCPAUTH_NONE, 600},
		{"shorter than that", 120, 120},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start_keys(&fixture, rows[i].configured);
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK, TRY(&usual));
		fake_issuer_set_down(fixture.fake, true);
		fake_issuer_advance_ms(fixture.fake, rows[i].seconds * 1000 - 1);
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK, TRY(&usual));
		fake_issuer_advance_ms(fixture.fake, 1);
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_E_UNREACHABLE, TRY(&usual));
		fake_issuer_set_down(fixture.fake, false);
		fake_issuer_advance_ms(fixture.fake, 15000);
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK, TRY(&usual));
		stop(&fixture);
	}
}

static void renews_keys_as_often_as_configured(void **state)
{
	(void)state;
	static const struct {
		unsigned fresh;
		int64_t before; /* seconds after which they are not renewed yet */
		int64_t after;
	} rows[] = {{60, 50, 60}, {0, 500, 600}, {3000, 2500, 3000}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
		config.fresh_seconds = rows[i].fresh;
		issuer.issuer = FAKE_ISSUER;
		issuer.jwks_uri = FAKE_KEYS;
		start_with(&fixture, &config, &issuer);
		CHECK_OK(TRY(&usual));
		fake_issuer_advance_ms(fixture.fake, rows[i].before * 1000);
		CHECK_OK(TRY(&usual));
		CHECK_FETCHES(1, NULL);
		fake_issuer_advance_ms(fixture.fake, (rows[i].after - rows[i].before) * 1000);
		CHECK_OK(TRY(&usual));
		CHECK_FETCHES(2, NULL);
		stop(&fixture);
	}
}

static void unknown_keys_cause_a_fetch_as_often_as_configured(void **state)
{
	(void)state;
	static const unsigned seconds[] = {10, 100};
	static const struct fake_token stranger = {.kid = "k9"};
	for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
		struct fixture fixture;
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
		config.cooldown_seconds = seconds[i];
		issuer.issuer = FAKE_ISSUER;
		issuer.jwks_uri = FAKE_KEYS;
		start_with(&fixture, &config, &issuer);
		CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, TRY(&stranger));
		fake_issuer_advance_ms(fixture.fake, (int64_t)seconds[i] * 1000 - 1);
		CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, TRY(&stranger));
		CHECK_FETCHES(1, NULL);
		fake_issuer_advance_ms(fixture.fake, 1);
		CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, TRY(&stranger));
		CHECK_FETCHES(2, NULL);
		stop(&fixture);
	}
}

static void refuses_answers_that_are_no_keys(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		unsigned status;
		const char *body;
		enum mcpauth_code want;
	} rows[] = {
		{"not found", 404, "", MCPAUTH_E_HTTP_STATUS},
		{"failure", 500, "", MCPAUTH_E_HTTP_STATUS},
		{"a redirect", 301, "", MCPAUTH_E_HTTP_STATUS},
		{"a page", 200, "<html>", MCPAUTH_E_INVALID_JSON},
		{"nothing", 200, "", MCPAUTH_E_INVALID_JSON},
		{"no keys", 200, "{}", MCPAUTH_E_INVALID_KEYS},
		{"an empty set", 200, "{\"keys\":[]}", MCPAUTH_E_UNKNOWN_KEY},
		{"a secret key", 200,
			"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k0\",\"k\":\"AAAA\"}]}",
			MCPAUTH_E_UNKNOWN_KEY},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start_keys(&fixture, 0);
		fake_issuer_publish(fixture.fake, FAKE_KEYS, rows[i].status, rows[i].body);
		CHECK_ROW_CODE(rows[i].label, rows[i].want, TRY(&usual));
		fake_issuer_rotate(fixture.fake, NULL, "ES256", 0, "k0");
		fake_issuer_advance_ms(fixture.fake, 30000);
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK, TRY(&usual));
		stop(&fixture);
	}
}

static void takes_keys_by_hand_and_fetches_nothing(void **state)
{
	(void)state;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	char *jwks = test_key_jwks(test_key("ES256", 0), "k0");
	issuer.issuer = FAKE_ISSUER;
	issuer.jwks = jwks;
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, &issuer);
	free(jwks);
	CHECK_OK(mcpauth_prefetch(auth, &err));
	CHECK_OK(fake_issuer_try(fake, auth, &(struct fake_token){.lifetime = 60}, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY,
		fake_issuer_try(fake, auth, &(struct fake_token){.kid = "k1"}, &err));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE,
		fake_issuer_try(fake, auth, &(struct fake_token){.number = 1}, &err));
	fake_issuer_advance_ms(fake, 100000000);
	CHECK_OK(fake_issuer_try(fake, auth, &(struct fake_token){.lifetime = 60}, &err));
	assert_int_equal(fake_issuer_fetches(fake, NULL), 0);
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

static void refuses_keys_by_hand_that_are_none(void **state)
{
	(void)state;
	static const struct {
		const char *jwks;
		enum mcpauth_code code;
	} rows[] = {
		{"", MCPAUTH_E_INVALID_JSON},
		{"{}", MCPAUTH_E_INVALID_KEYS},
		{"{\"keys\":[]}", MCPAUTH_E_INVALID_KEYS},
		{"{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}", MCPAUTH_E_INVALID_KEYS},
	};
	struct mcpauth *auth;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	resource.resource = FAKE_RESOURCE;
	CHECK_OK(mcpauth_new(NULL, &auth, &err));
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
		struct mcpauth_error why = {0};
		issuer.issuer = FAKE_ISSUER;
		issuer.jwks = rows[i].jwks;
		CHECK_ROW_CODE(rows[i].jwks, rows[i].code,
			mcpauth_add_issuer(auth, FAKE_RESOURCE, &issuer, &why));
		CHECK_ROW(rows[i].jwks, strncmp(why.message, "jwks: ", 6) == 0);
		issuer.jwks_uri = FAKE_KEYS;
		CHECK_ROW_CODE(rows[i].jwks, MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_add_issuer(auth, FAKE_RESOURCE, &issuer, NULL));
	}
	mcpauth_free(auth);
}

static void shows_no_query_in_log_or_error(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error err = {0};
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.jwks_uri = "https://as.example/keys?code=SECRET";
	start_with(&fixture, NULL, &issuer);
	assert_int_equal(TRY(&usual), MCPAUTH_E_HTTP_STATUS);
	assert_non_null(strstr(err.message, FAKE_KEYS));
	assert_null(strstr(err.message, "SECRET"));
	assert_false(fake_issuer_logged(fixture.fake, "SECRET"));
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetches_nothing_before_the_first_token),
		cmocka_unit_test(tries_one_place_after_the_other),
		cmocka_unit_test(goes_on_after_a_refusal_alone),
		cmocka_unit_test(says_so_if_no_place_has_metadata),
		cmocka_unit_test(asks_for_missing_keys_once),
		cmocka_unit_test(looks_only_where_it_was_told_to),
		cmocka_unit_test(fetches_metadata_from_where_it_was_told),
		cmocka_unit_test(discovers_nothing_that_was_configured),
		cmocka_unit_test(follows_only_decent_jwks_uris),
		cmocka_unit_test(a_private_issuer_may_name_its_own_host_alone),
		cmocka_unit_test(follows_keys_that_have_moved),
		cmocka_unit_test(metadata_that_fails_takes_no_key_away),
		cmocka_unit_test(asks_a_failing_issuer_at_growing_intervals),
		cmocka_unit_test(starts_over_after_a_good_fetch),
		cmocka_unit_test(says_when_it_is_worth_asking_again),
		cmocka_unit_test(renews_keys_in_the_background),
		cmocka_unit_test(keys_serve_so_long_and_no_longer),
		cmocka_unit_test(renews_keys_as_often_as_configured),
		cmocka_unit_test(unknown_keys_cause_a_fetch_as_often_as_configured),
		cmocka_unit_test(refuses_answers_that_are_no_keys),
		cmocka_unit_test(takes_keys_by_hand_and_fetches_nothing),
		cmocka_unit_test(refuses_keys_by_hand_that_are_none),
		cmocka_unit_test(shows_no_query_in_log_or_error),
	};
	return cmocka_run_group_tests_name("issuer", tests, NULL, NULL);
}
