/* An issuer that is gone for long: its keys serve on, end at their time, and come back. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <stdlib.h>

#define SECOND 1000
#define STEP 5 /* seconds between two looks */
#define HOUR 3600

static const struct fake_token usual = {.lifetime = 10 * HOUR};
static const struct fake_token forged = {.lifetime = 10 * HOUR, .number = 1};

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char *tokens[2]; /* of a key that is known, and of none */
};

static void start(struct fixture *fixture, unsigned stale_seconds)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.stale_seconds = stale_seconds;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, &config, NULL);
	fixture->tokens[0] = fake_issuer_token(fixture->fake, &usual);
	fixture->tokens[1] = fake_issuer_token(fixture->fake, &forged);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
	free(fixture->tokens[0]);
	free(fixture->tokens[1]);
}

static enum mcpauth_code show(struct fixture *fixture, unsigned number, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(
		fixture->auth, FAKE_RESOURCE, fixture->tokens[number], &info, err);
	mcpauth_auth_info_free(info);
	return code;
}

/* Seconds until a good token is told this, both shown every few seconds. */
static unsigned seconds_until(struct fixture *fixture, enum mcpauth_code want)
{
	unsigned seconds = 0;
	struct mcpauth_error err;
	while (show(fixture, 0, &err) != want) {
		assert_int_not_equal(show(fixture, 1, &err), MCPAUTH_OK);
		fake_issuer_advance_ms(fixture->fake, STEP * SECOND);
		seconds += STEP;
		assert_true(seconds < 2 * HOUR);
	}
	return seconds;
}

/* However often somebody asks, and whether with a good token or not. */
static void check_fetches(struct fixture *fixture, unsigned before, unsigned seconds)
{
	unsigned documents = 2;
	unsigned fetches = fake_issuer_fetches(fixture->fake, NULL) - before;
	assert_in_range(fetches, seconds / 30, documents * (seconds / 15 + 5));
}

static void keys_serve_through_an_outage_up_to_their_end(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 1800);
	CHECK_OK(show(&fixture, 0, &err));
	unsigned before = fake_issuer_fetches(fixture.fake, NULL);
	fake_issuer_set_down(fixture.fake, true);
	assert_int_equal(seconds_until(&fixture, MCPAUTH_E_UNREACHABLE), 1800);
	for (unsigned second = 0; second < 600; second += STEP) {
		fake_issuer_advance_ms(fixture.fake, STEP * SECOND);
		CHECK_CODE(MCPAUTH_E_UNREACHABLE, show(&fixture, 0, &err));
		CHECK_CODE(MCPAUTH_E_UNREACHABLE, show(&fixture, 1, &err));
		assert_in_range(mcpauth_retry_after(fixture.auth, FAKE_RESOURCE), 1, 15);
	}
	check_fetches(&fixture, before, 2400);
	fake_issuer_set_down(fixture.fake, false);
	assert_in_range(seconds_until(&fixture, MCPAUTH_OK), 1, 15);
	stop(&fixture);
}

static void an_hour_is_how_long_they_serve_if_nothing_is_said(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 0);
	CHECK_OK(show(&fixture, 0, &err));
	fake_issuer_set_down(fixture.fake, true);
	assert_int_equal(seconds_until(&fixture, MCPAUTH_E_UNREACHABLE), HOUR);
	stop(&fixture);
}

/* The issuer is back in time, but not with what it had: a page, an older set. */
static void what_comes_back_broken_does_not_make_them_serve_longer(void **state)
{
	(void)state;
	static const char *const bodies[] = {"<html>soon back</html>", "", "{}", "{\"keys\":{}}"};
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct fixture fixture;
		start(&fixture, 900);
		CHECK_OK(show(&fixture, 0, &err));
		fake_issuer_publish(fixture.fake, FAKE_KEYS, 200, bodies[i]);
		for (unsigned second = 0; second < 900; second += STEP) {
			CHECK_ROW_CODE(bodies[i], MCPAUTH_OK, show(&fixture, 0, &err));
			fake_issuer_advance_ms(fixture.fake, STEP * SECOND);
		}
		struct mcpauth_error err;
		enum mcpauth_code code = show(&fixture, 0, &err);
		CHECK_ROW(bodies[i],
			code == MCPAUTH_E_INVALID_JSON || code == MCPAUTH_E_INVALID_KEYS);
		stop(&fixture);
	}
}

/* Asks every few seconds. */
static void check_served(struct fixture *fixture, unsigned seconds)
{
	for (unsigned second = 0; second < seconds; second += STEP) {
		CHECK_OK(show(fixture, 0, &err));
		fake_issuer_advance_ms(fixture->fake, STEP * SECOND);
	}
}

static void each_good_fetch_between_two_outages_counts_anew(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, 900);
	for (unsigned times = 0; times < 10; times++) {
		/* A token is remembered for a minute, and then a fetch is at its turn. */
		check_served(&fixture, 60 + 15 + STEP);
		fake_issuer_set_down(fixture.fake, true);
		check_served(&fixture, 800);
		fake_issuer_set_down(fixture.fake, false);
	}
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_serve_through_an_outage_up_to_their_end),
		cmocka_unit_test(an_hour_is_how_long_they_serve_if_nothing_is_said),
		cmocka_unit_test(what_comes_back_broken_does_not_make_them_serve_longer),
		cmocka_unit_test(each_good_fetch_between_two_outages_counts_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
