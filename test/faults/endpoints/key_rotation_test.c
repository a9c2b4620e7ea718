/* An issuer's keys change while tokens come in, and so does their place. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <stdlib.h>

#define NEW_KEYS "https://as.example/new-keys"
#define PRIVATE_KEYS "https://10.0.0.1/keys"
#define ABSENT_KEYS "https://as.example/absent"
#define DOCUMENT(keys) "{\"issuer\":\"" FAKE_ISSUER "\",\"jwks_uri\":\"" keys "\"}"
#define SECOND 1000
/* Between two looks: no pause of the library's own is shorter but the first few. */
#define STEP 5
/* Until what an issuer has mended is noticed. */
#define RECOVERY 35

static const struct fake_token by_old_key = {.lifetime = 100000};
static const struct fake_token by_new_key = {.lifetime = 100000, .number = 1, .kid = "k1"};

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
};

#define TRY(token) fake_issuer_try(fixture.fake, fixture.auth, token, &err)

static void start(struct fixture *fixture)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static enum mcpauth_code show(struct fixture *fixture, const char *token, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(fixture->auth, FAKE_RESOURCE, token, &info, err);
	mcpauth_auth_info_free(info);
	return code;
}

/* How long until a token of that kind is told this, a new one at every step. */
static unsigned milliseconds_until(struct fixture *fixture, enum mcpauth_code want,
	const struct fake_token *token, unsigned step)
{
	unsigned milliseconds = 0;
	struct mcpauth_error err;
	while (fake_issuer_try(fixture->fake, fixture->auth, token, &err) != want) {
		fake_issuer_advance_ms(fixture->fake, step);
		milliseconds += step;
		assert_true(milliseconds < 10000 * SECOND);
	}
	return milliseconds;
}

static unsigned seconds_until(
	struct fixture *fixture, enum mcpauth_code want, const struct fake_token *token)
{
	return milliseconds_until(fixture, want, token, STEP * SECOND) / SECOND;
}

static void a_new_key_is_known_in_half_a_minute_at_any_time(void **state)
{
	(void)state;
	for (unsigned age = 0; age <= 600; age += age < 60 ? 10 : 180) {
		struct fixture fixture;
		start(&fixture);
		CHECK_OK(TRY(&by_old_key));
		fake_issuer_advance_ms(fixture.fake, (int64_t)age * SECOND);
		fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
		unsigned took = seconds_until(&fixture, MCPAUTH_OK, &by_new_key);
		assert_int_equal(took, age < 30 ? 30 - age : 0);
		CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, TRY(&by_old_key));
		assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 2);
		stop(&fixture);
	}
}

static void a_key_under_an_old_name_is_known_in_half_a_minute(void **state)
{
	(void)state;
	static const struct fake_token same_name = {.number = 1};
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(&by_old_key));
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k0");
	assert_int_equal(seconds_until(&fixture, MCPAUTH_OK, &same_name), 30);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, TRY(&by_old_key));
	stop(&fixture);
}

/* With nobody there who holds a newer key: only the age of the set tells. */
static void a_removed_key_is_refused_when_the_set_is_renewed(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(&by_old_key));
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	assert_in_range(seconds_until(&fixture, MCPAUTH_E_UNKNOWN_KEY, &by_old_key), 540, 600);
	stop(&fixture);
}

/* One token over and over is remembered for a minute beyond that. */
static void a_remembered_token_of_a_removed_key_ends_a_minute_later(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error err;
	unsigned seconds = 0;
	start(&fixture);
	char *token = fake_issuer_token(fixture.fake, &by_old_key);
	CHECK_OK(show(&fixture, token, &err));
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	while (show(&fixture, token, &err) == MCPAUTH_OK) {
		fake_issuer_advance_ms(fixture.fake, STEP * SECOND);
		seconds += STEP;
	}
	assert_int_equal(err.code, MCPAUTH_E_UNKNOWN_KEY);
	assert_in_range(seconds, 540, 660 + STEP);
	free(token);
	stop(&fixture);
}

/* Nobody asks in that time: the first who does must not be let in. */
static void a_removed_key_is_refused_after_an_hour_of_silence(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(&by_old_key));
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	fake_issuer_advance_ms(fixture.fake, 3600 * SECOND);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, TRY(&by_old_key));
	CHECK_OK(TRY(&by_new_key));
	stop(&fixture);
}

/* At once, where keys are taken away in an emergency and others put in their place. */
static void the_first_token_of_the_new_key_ends_the_old_one(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	char *token = fake_issuer_token(fixture.fake, &by_old_key);
	CHECK_OK(show(&fixture, token, &err));
	fake_issuer_advance_ms(fixture.fake, 30 * SECOND);
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	CHECK_OK(show(&fixture, token, &err));
	CHECK_OK(TRY(&by_new_key));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, show(&fixture, token, &err));
	free(token);
	stop(&fixture);
}

static void a_set_that_is_emptied_lets_nobody_in_until_it_is_filled(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(&by_old_key));
	fake_issuer_publish(fixture.fake, FAKE_KEYS, 200, "{\"keys\":[]}");
	assert_in_range(seconds_until(&fixture, MCPAUTH_E_UNKNOWN_KEY, &by_old_key), 540, 600);
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 0, "k0");
	assert_in_range(seconds_until(&fixture, MCPAUTH_OK, &by_old_key), 1, 30);
	stop(&fixture);
}

static void check_led_nowhere(const char *bad, unsigned step)
{
	struct fixture fixture;
	struct mcpauth_error err;
	start(&fixture);
	fake_issuer_publish(fixture.fake, FAKE_METADATA, 200, bad);
	CHECK_ROW(bad, TRY(&by_old_key) != MCPAUTH_OK);
	CHECK_ROW(bad, err.code == MCPAUTH_E_ADDRESS_REFUSED || err.code == MCPAUTH_E_HTTP_STATUS);
	fake_issuer_publish(fixture.fake, FAKE_METADATA, 200, DOCUMENT(FAKE_KEYS));
	CHECK_ROW(bad,
		milliseconds_until(&fixture, MCPAUTH_OK, &by_old_key, step) <= RECOVERY * SECOND);
	CHECK_ROW(bad, fake_issuer_fetches(fixture.fake, FAKE_METADATA) == 2);
	CHECK_ROW(bad, fake_issuer_fetches(fixture.fake, FAKE_KEYS) == 1);
	/* After 0, 1, 3, 7, 15 s. */
	CHECK_ROW(bad, fake_issuer_fetches(fixture.fake, ABSENT_KEYS) <= 6);
	stop(&fixture);
}

/* Once it may be, however often somebody asks, and the keys at once where it says then. */
static void metadata_that_leads_nowhere_is_asked_for_again(void **state)
{
	(void)state;
	static const char *const bad[] = {DOCUMENT(PRIVATE_KEYS), DOCUMENT("file:///etc/passwd"),
		DOCUMENT(ABSENT_KEYS), DOCUMENT("")};
	static const unsigned steps[] = {100, SECOND, 1300, 3 * SECOND, STEP * SECOND};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		for (size_t j = 0; j < sizeof steps / sizeof *steps; j++) {
			check_led_nowhere(bad[i], steps[j]);
		}
	}
}

/* An issuer that names another place each time is asked no more often for that. */
static void a_place_that_changes_without_end_causes_few_fetches(void **state)
{
	(void)state;
	static const char *const places[] = {DOCUMENT(ABSENT_KEYS), DOCUMENT(ABSENT_KEYS "/2")};
	struct fixture fixture;
	struct mcpauth_error err;
	start(&fixture);
	for (unsigned second = 0; second < 1800; second++) {
		fake_issuer_publish(fixture.fake, FAKE_METADATA, 200, places[second / 30 % 2]);
		assert_int_equal(TRY(&by_old_key), MCPAUTH_E_HTTP_STATUS);
		fake_issuer_advance_ms(fixture.fake, SECOND);
	}
	assert_in_range(fake_issuer_fetches(fixture.fake, FAKE_METADATA), 2, 1 + 1800 / 30);
	assert_in_range(fake_issuer_fetches(fixture.fake, NULL), 2, 3 * 1800 / 15);
	stop(&fixture);
}

/* Its place is named anew by metadata that would be believed for eight minutes more. */
static void keys_that_moved_are_followed_before_the_metadata_is_old(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(&by_old_key));
	fake_issuer_advance_ms(fixture.fake, 100 * SECOND);
	fake_issuer_publish(fixture.fake, FAKE_METADATA, 200, DOCUMENT(NEW_KEYS));
	fake_issuer_publish(fixture.fake, FAKE_KEYS, 404, "");
	fake_issuer_rotate(fixture.fake, NEW_KEYS, "ES256", 1, "k1");
	assert_in_range(seconds_until(&fixture, MCPAUTH_OK, &by_new_key), 1, STEP);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, TRY(&by_old_key));
	stop(&fixture);
}

/* The keys alone are down: their metadata is not fetched more often than it needs. */
static void keys_that_are_down_cause_few_fetches_of_metadata(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(&by_old_key));
	fake_issuer_publish(fixture.fake, FAKE_KEYS, 500, "");
	for (unsigned second = 0; second < 1800; second += STEP) {
		fake_issuer_advance_ms(fixture.fake, STEP * SECOND);
		CHECK_OK(TRY(&by_old_key));
	}
	assert_in_range(fake_issuer_fetches(fixture.fake, FAKE_METADATA), 20, 1 + 1800 / 30);
	stop(&fixture);
}

static void wake(void *user)
{
	++*(unsigned *)user;
}

/* Metadata that hangs is waited for only by those who have no keys. */
static void who_has_keys_does_not_wait_for_their_new_place(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	unsigned wakes = 0;
	start(&fixture);
	CHECK_OK(TRY(&by_old_key));
	fake_issuer_publish(fixture.fake, FAKE_KEYS, 500, "");
	fake_issuer_advance_ms(fixture.fake, 600 * SECOND);
	CHECK_OK(TRY(&by_old_key));
	fake_issuer_advance_ms(fixture.fake, 31 * SECOND);
	fake_issuer_hold(fixture.fake);
	char *token = fake_issuer_token(fixture.fake, &by_old_key);
	request.resource = FAKE_RESOURCE;
	request.token = token;
	request.wake = wake;
	request.user = &wakes;
	CHECK_OK(mcpauth_verify_start(fixture.auth, &request, &info, &pending, &err));
	assert_null(pending);
	mcpauth_auth_info_free(info);
	fake_issuer_release(fixture.fake);
	assert_int_equal(wakes, 0);
	free(token);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_key_is_known_in_half_a_minute_at_any_time),
		cmocka_unit_test(a_key_under_an_old_name_is_known_in_half_a_minute),
		cmocka_unit_test(a_removed_key_is_refused_when_the_set_is_renewed),
		cmocka_unit_test(a_remembered_token_of_a_removed_key_ends_a_minute_later),
		cmocka_unit_test(a_removed_key_is_refused_after_an_hour_of_silence),
		cmocka_unit_test(the_first_token_of_the_new_key_ends_the_old_one),
		cmocka_unit_test(a_set_that_is_emptied_lets_nobody_in_until_it_is_filled),
		cmocka_unit_test(metadata_that_leads_nowhere_is_asked_for_again),
		cmocka_unit_test(a_place_that_changes_without_end_causes_few_fetches),
		cmocka_unit_test(keys_that_moved_are_followed_before_the_metadata_is_old),
		cmocka_unit_test(keys_that_are_down_cause_few_fetches_of_metadata),
		cmocka_unit_test(who_has_keys_does_not_wait_for_their_new_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
