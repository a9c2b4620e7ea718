/* The log of discovery: where keys were looked for, what was found, and why not all of it
 * is used. */
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/test_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENANT "https://as.example/tenant"
#define OAUTH "https://as.example/.well-known/oauth-authorization-server/tenant"
#define OIDC_INSERTED "https://as.example/.well-known/openid-configuration/tenant"
#define OIDC "https://as.example/tenant/.well-known/openid-configuration"

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
};

static void start(struct fixture *fixture, const char *name)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = name;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, &issuer);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static enum mcpauth_code try_token(struct fixture *fixture, struct mcpauth_error *err)
{
	static const struct fake_token usual;
	return fake_issuer_try(fixture->fake, fixture->auth, &usual, err);
}

#define CHECK_TOLD(text) CHECK_ROW(text, fake_issuer_logged(fixture.fake, text))
#define CHECK_NOT_TOLD(text) CHECK_ROW(text, !fake_issuer_logged(fixture.fake, text))

/* Publish the good key behind other ones. */
static void publish_keys(struct fixture *fixture, const char *others)
{
	char *good = test_key_jwk(test_key("ES256", 0), "k0", NULL, NULL);
	size_t size = strlen(good) + strlen(others) + 32;
	char *set = malloc(size);
	assert_non_null(set);
	snprintf(set, size, "{\"keys\":[%s%s]}", others, good);
	fake_issuer_publish(fixture->fake, FAKE_KEYS, 200, set);
	free(set);
	free(good);
}

static void each_place_is_told_with_its_status_until_one_is_taken(void **state)
{
	(void)state;
	static const struct fake_token of_tenant = {.issuer = TENANT};
	static const char document[] = "{\"issuer\":\"" TENANT "\",\"jwks_uri\":\"" FAKE_KEYS "\"}";
	struct fixture fixture;
	char found[256];
	start(&fixture, TENANT);
	fake_issuer_publish(fixture.fake, OIDC, 200, document);
	snprintf(found, sizeof found, "GET " OIDC ": answered 200, %zu bytes in 0 ms",
		strlen(document));
	CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth, &of_tenant, &err));
	CHECK_TOLD("GET " OAUTH ": answered 404 in 0 ms");
	CHECK_TOLD("GET " OIDC_INSERTED ": answered 404 in 0 ms");
	CHECK_TOLD(found);
	CHECK_TOLD("metadata taken from " OIDC ": answered 200; renewed");
	CHECK_TOLD("metadata of " TENANT ": jwks_uri " FAKE_KEYS "\n");
	CHECK_TOLD("keys taken from " FAKE_KEYS ": answered 200; renewed");
	CHECK_TOLD("keys of " TENANT ": 1 usable, 0 not");
	stop(&fixture);
}

static void the_introspection_endpoint_is_told_without_its_query(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_ISSUER);
	fake_issuer_publish(fixture.fake, FAKE_METADATA, 200,
		"{\"issuer\":\"" FAKE_ISSUER "\",\"jwks_uri\":\"" FAKE_KEYS "?SECRET\","
		"\"introspection_endpoint\":\"https://as.example/ask?SECRET\"}");
	fake_issuer_rotate(fixture.fake, FAKE_KEYS "?SECRET", "ES256", 0, "k0");
	CHECK_OK(try_token(&fixture, &err));
	CHECK_TOLD("jwks_uri " FAKE_KEYS ", introspection_endpoint https://as.example/ask\n");
	CHECK_NOT_TOLD("SECRET");
	stop(&fixture);
}

static void a_key_that_is_not_used_is_told_with_the_reason(void **state)
{
	(void)state;
	static const struct {
		const char *key;
		const char *told;
	} rows[] = {
		{"{\"kty\":\"RSA\",\"use\":\"enc\",\"kid\":\"e1\"},",
			"keys of https://as.example: kid \"e1\": key unusable: use is not sig\n"},
		{"{\"kty\":\"oct\",\"k\":\"c2VjcmV0\",\"kid\":\"shared\"},",
			"kid \"shared\": key unusable: it was published together with its private"},
		{"{\"kty\":\"EC\",\"crv\":\"P-192\"},",
			"keys of https://as.example: one without a kid: key unusable: its kind or"},
		{"17,", "one without a kid: key unusable: not an object\n"},
		{"{\"kty\":\"RSA\",\"use\":\"enc\",\"kid\":\"a\\n\\u001b[2J\\u00e9\"},",
			"kid \"a??[2J??\": key unusable: use is not sig\n"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start(&fixture, FAKE_ISSUER);
		publish_keys(&fixture, rows[i].key);
		CHECK_ROW_CODE(rows[i].told, MCPAUTH_OK, try_token(&fixture, &err));
		CHECK_TOLD(rows[i].told);
		CHECK_TOLD("keys of https://as.example: 1 usable, 1 not\n");
		CHECK_NOT_TOLD("c2VjcmV0");
		stop(&fixture);
	}
}

static void of_many_unusable_keys_some_are_told(void **state)
{
	(void)state;
	char others[12 * 40] = "";
	struct fixture fixture;
	start(&fixture, FAKE_ISSUER);
	for (unsigned i = 0; i < 12; i++) {
		size_t used = strlen(others);
		snprintf(others + used, sizeof others - used, "{\"kty\":\"oct\",\"kid\":\"n%u\"},",
			i);
	}
	publish_keys(&fixture, others);
	CHECK_OK(try_token(&fixture, &err));
	assert_int_equal(fake_issuer_log_count(fixture.fake, "key unusable"), 8);
	CHECK_TOLD("keys of https://as.example: 1 usable, 12 not\n");
	stop(&fixture);
}

static void a_set_without_a_usable_key_is_a_warning(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error err;
	start(&fixture, FAKE_ISSUER);
	fake_issuer_publish(fixture.fake, FAKE_KEYS, 200, "{\"keys\":[{\"kty\":\"oct\"}]}");
	assert_int_equal(try_token(&fixture, &err), MCPAUTH_E_UNKNOWN_KEY);
	CHECK_TOLD("2 MCPAUTH_E_INVALID_KEYS keys of https://as.example: 0 usable, 1 not\n");
	stop(&fixture);
}

static void keys_given_by_hand_are_told_alike(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	char *good = test_key_jwk(test_key("ES256", 0), "k0", NULL, NULL);
	char keys[1024];
	snprintf(keys, sizeof keys, "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"old\"},%s]}", good);
	free(good);
	issuer.issuer = FAKE_ISSUER;
	issuer.jwks = keys;
	fixture.fake = fake_issuer_new();
	fixture.auth = fake_issuer_auth(fixture.fake, NULL, &issuer);
	CHECK_TOLD("keys of https://as.example: kid \"old\": key unusable: ");
	CHECK_TOLD("keys of https://as.example: 1 usable, 1 not\n");
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_place_is_told_with_its_status_until_one_is_taken),
		cmocka_unit_test(the_introspection_endpoint_is_told_without_its_query),
		cmocka_unit_test(a_key_that_is_not_used_is_told_with_the_reason),
		cmocka_unit_test(of_many_unusable_keys_some_are_told),
		cmocka_unit_test(a_set_without_a_usable_key_is_a_warning),
		cmocka_unit_test(keys_given_by_hand_are_told_alike),
	};
	return cmocka_run_group_tests_name("discovery_log", tests, NULL, NULL);
}
