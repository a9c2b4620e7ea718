/* Metadata grows old: renewed when it can be, kept when it cannot. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define OTHER_KEYS "https://as.example/other-keys"
#define DOCUMENT(keys, version) \
	"{\"issuer\":\"" FAKE_ISSUER "\",\"jwks_uri\":\"" keys "\",\"version\":" version "}"
#define RENEWAL_MS 600000
#define DAY_MS 86400000

static const struct fake_token usual;

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
};

static void start_with(struct fixture *fixture, const struct mcpauth_issuer_config *issuer)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, issuer);
	fake_issuer_publish(fixture->fake, FAKE_METADATA, 200, DOCUMENT(FAKE_KEYS, "1"));
}

static void start(struct fixture *fixture)
{
	start_with(fixture, NULL);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static void wake(void *user)
{
	(void)user;
}

static enum mcpauth_code look(struct fixture *fixture, char **document, struct mcpauth_error *err)
{
	struct mcpauth_metadata_wait *pending;
	struct mcpauth_metadata_request request = MCPAUTH_METADATA_REQUEST_INIT;
	request.issuer = FAKE_ISSUER;
	request.wake = wake;
	enum mcpauth_code code = mcpauth_metadata_start(
		fixture->auth, &request, document, &pending, err);
	mcpauth_metadata_wait_free(pending);
	return code;
}

static bool shows(struct fixture *fixture, const char *member)
{
	char *document;
	CHECK_OK(look(fixture, &document, &err));
	bool found = strstr(document, member) != NULL;
	free(document);
	return found;
}

/* What is old is served for the last time by the look that has it renewed. */
static bool shows_after_a_renewal(struct fixture *fixture, const char *member)
{
	fake_issuer_advance_ms(fixture->fake, RENEWAL_MS);
	shows(fixture, "");
	return shows(fixture, member);
}

static void the_new_one_is_served_after_a_renewal(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_true(shows(&fixture, "\"version\":1"));
	fake_issuer_publish(fixture.fake, FAKE_METADATA, 200, DOCUMENT(FAKE_KEYS, "2"));
	assert_true(shows(&fixture, "\"version\":1"));
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_METADATA), 1);
	assert_true(shows_after_a_renewal(&fixture, "\"version\":2"));
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_METADATA), 2);
	stop(&fixture);
}

static void the_old_one_is_served_while_the_issuer_is_down(void **state)
{
	(void)state;
	struct fixture fixture;
	char *document;
	start(&fixture);
	assert_true(shows(&fixture, "\"version\":1"));
	fake_issuer_set_down(fixture.fake, true);
	for (int hours = 0; hours < 24; hours++) {
		fake_issuer_advance_ms(fixture.fake, DAY_MS / 24 - 1);
		assert_true(shows(&fixture, "\"version\":1"));
	}
	assert_true(fake_issuer_logged(
		fixture.fake, "; next try in 1 s, what was fetched 3599 s ago serves on for "));
	fake_issuer_advance_ms(fixture.fake, 24);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, look(&fixture, &document, &err));
	assert_null(document);
	fake_issuer_set_down(fixture.fake, false);
	fake_issuer_advance_ms(fixture.fake, 15000);
	assert_true(shows(&fixture, "\"version\":1"));
	stop(&fixture);
}

static void keys_that_have_moved_are_followed(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth, &usual, &err));
	fake_issuer_publish(fixture.fake, FAKE_METADATA, 200, DOCUMENT(OTHER_KEYS, "2"));
	fake_issuer_publish(fixture.fake, FAKE_KEYS, 404, "");
	fake_issuer_rotate(fixture.fake, OTHER_KEYS, "ES256", 1, "k1");
	assert_true(shows_after_a_renewal(&fixture, OTHER_KEYS));
	CHECK_OK(fake_issuer_try(
		fixture.fake, fixture.auth, &(struct fake_token){.number = 1, .kid = "k1"}, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, OTHER_KEYS), 1);
	stop(&fixture);
}

static const struct {
	const char *label;
	unsigned status;
	const char *body;
	const char *code;
} bad[] = {
	{"another issuer", 200, "{\"issuer\":\"https://evil.example\",\"jwks_uri\":\"https://e/\"}",
		"MCPAUTH_E_ISSUER_MISMATCH"},
	{"no keys", 200, "{\"issuer\":\"" FAKE_ISSUER "\"}", "MCPAUTH_E_NO_JWKS_URI"},
	{"a page", 200, "<html>", "MCPAUTH_E_INVALID_JSON"},
	{"cut off", 200, "{\"issuer\":\"" FAKE_ISSUER "\"", "MCPAUTH_E_INVALID_JSON"},
	{"refused by the program", 200, DOCUMENT(OTHER_KEYS, "13"), "MCPAUTH_E_TRANSPILE"},
	{"failure", 500, "", "MCPAUTH_E_HTTP_STATUS"},
	{"gone", 404, "", "MCPAUTH_E_HTTP_STATUS"},
};

static bool refuse_thirteen(cJSON *json, void *user)
{
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(json, "version");
	(void)user;
	return !cJSON_IsNumber(version) || version->valuedouble != 13;
}

static void start_picky(struct fixture *fixture)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.discovery = MCPAUTH_DISCOVERY_OAUTH;
	issuer.transpile = refuse_thirteen;
	start_with(fixture, &issuer);
}

static void a_bad_one_does_not_replace_a_good_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct fixture fixture;
		start_picky(&fixture);
		CHECK_ROW_CODE(bad[i].label, MCPAUTH_OK,
			fake_issuer_try(fixture.fake, fixture.auth, &usual, &err));
		fake_issuer_publish(fixture.fake, FAKE_METADATA, bad[i].status, bad[i].body);
		CHECK_ROW(bad[i].label, shows_after_a_renewal(&fixture, "\"version\":1"));
		CHECK_ROW_CODE(bad[i].label, MCPAUTH_OK,
			fake_issuer_try(fixture.fake, fixture.auth, &usual, &err));
		CHECK_ROW(bad[i].label, fake_issuer_fetches(fixture.fake, OTHER_KEYS) == 0);
		fake_issuer_publish(fixture.fake, FAKE_METADATA, 200, DOCUMENT(FAKE_KEYS, "2"));
		CHECK_ROW(bad[i].label, shows_after_a_renewal(&fixture, "\"version\":2"));
		stop(&fixture);
	}
}

static void each_failed_try_is_one_line_in_the_log(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct fixture fixture;
		start_picky(&fixture);
		assert_true(shows(&fixture, "\"version\":1"));
		fake_issuer_publish(fixture.fake, FAKE_METADATA, bad[i].status, bad[i].body);
		fake_issuer_advance_ms(fixture.fake, RENEWAL_MS);
		for (unsigned tries = 1; tries <= 4; tries++) {
			for (int looks = 0; looks < 5; looks++) {
				CHECK_ROW(bad[i].label, shows(&fixture, "\"version\":1"));
			}
			CHECK_ROW(bad[i].label,
				fake_issuer_log_count(fixture.fake, bad[i].code) == tries);
			CHECK_ROW(bad[i].label,
				fake_issuer_fetches(fixture.fake, FAKE_METADATA) == tries + 1);
			fake_issuer_advance_ms(fixture.fake, 15000);
		}
		stop(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_new_one_is_served_after_a_renewal),
		cmocka_unit_test(the_old_one_is_served_while_the_issuer_is_down),
		cmocka_unit_test(keys_that_have_moved_are_followed),
		cmocka_unit_test(a_bad_one_does_not_replace_a_good_one),
		cmocka_unit_test(each_failed_try_is_one_line_in_the_log),
	};
	return cmocka_run_group_tests_name("metadata_age", tests, NULL, NULL);
}
