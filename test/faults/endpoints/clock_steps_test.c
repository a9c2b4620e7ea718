/* Clocks that are wrong, and that somebody puts right: what is known stays, and
 * nobody is let in longer than their token says. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <stdio.h>
#include <stdlib.h>

#define SECOND 1000
#define MINUTE 60
#define HOUR 3600
#define DAY (24 * HOUR)

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char *token; /* good from FAKE_NOW on, for five minutes */
};

static void start(struct fixture *fixture)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	fixture->token = fake_issuer_token(fixture->fake,
		&(struct fake_token){.claims = ",\"iat\":1800000000,\"nbf\":1800000000"});
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
	free(fixture->token);
}

static enum mcpauth_code show(struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(
		fixture->auth, FAKE_RESOURCE, fixture->token, &info, err);
	mcpauth_auth_info_free(info);
	return code;
}

static const struct {
	const char *label;
	int64_t seconds;
	enum mcpauth_code meanwhile;
} steps[] = {
	{"forward, within the tolerance", 5 * MINUTE + 59, MCPAUTH_OK},
	{"forward, just beyond", 6 * MINUTE, MCPAUTH_E_EXPIRED},
	{"forward 10 minutes", 10 * MINUTE, MCPAUTH_E_EXPIRED},
	{"forward some hours", 7 * HOUR, MCPAUTH_E_EXPIRED},
	{"forward ten years", (int64_t)3650 * DAY, MCPAUTH_E_EXPIRED},
	{"back, within the tolerance", -MINUTE, MCPAUTH_OK},
	{"back, just beyond", -MINUTE - 1, MCPAUTH_E_NOT_YET_VALID},
	{"back 10 minutes", -10 * MINUTE, MCPAUTH_E_NOT_YET_VALID},
	{"back some hours", -7 * HOUR, MCPAUTH_E_NOT_YET_VALID},
	{"back to 1970", -FAKE_NOW, MCPAUTH_E_NOT_YET_VALID},
};
#define STEPS (sizeof steps / sizeof *steps)

static void a_step_is_judged_at_once_and_so_is_the_step_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < STEPS; i++) {
		struct fixture fixture;
		start(&fixture);
		CHECK_ROW_CODE(steps[i].label, MCPAUTH_OK, show(&fixture, &err));
		for (int times = 0; times < 3; times++) {
			fake_issuer_set_real(fixture.fake, FAKE_NOW + steps[i].seconds);
			CHECK_ROW_CODE(steps[i].label, steps[i].meanwhile, show(&fixture, &err));
			fake_issuer_set_real(fixture.fake, FAKE_NOW);
			CHECK_ROW_CODE(steps[i].label, MCPAUTH_OK, show(&fixture, &err));
		}
		CHECK_ROW(steps[i].label, fake_issuer_fetches(fixture.fake, NULL) == 2);
		stop(&fixture);
	}
}

/* A server that starts with a wrong clock: what it refused for that is not held
 * against the token once the clock is right. */
static void a_token_first_seen_by_a_wrong_clock_is_taken_by_the_right_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < STEPS; i++) {
		struct fixture fixture;
		start(&fixture);
		fake_issuer_set_real(fixture.fake, FAKE_NOW + steps[i].seconds);
		CHECK_ROW_CODE(steps[i].label, steps[i].meanwhile, show(&fixture, &err));
		CHECK_ROW_CODE(steps[i].label, steps[i].meanwhile, show(&fixture, &err));
		fake_issuer_set_real(fixture.fake, FAKE_NOW);
		CHECK_ROW_CODE(steps[i].label, MCPAUTH_OK, show(&fixture, &err));
		stop(&fixture);
	}
}

/* How old keys are and how often they are fetched has nothing to do with the date. */
static void keys_are_renewed_by_the_clock_that_nobody_sets(void **state)
{
	(void)state;
	static const struct fake_token usual;
	static const struct fake_token stranger = {.kid = "k9"};
	for (size_t i = 0; i < STEPS; i++) {
		struct fixture fixture;
		start(&fixture);
		CHECK_ROW_CODE(steps[i].label, MCPAUTH_OK, show(&fixture, &err));
		fake_issuer_set_real(fixture.fake, FAKE_NOW + steps[i].seconds);
		for (int times = 0; times < 20; times++) {
			CHECK_ROW_CODE(steps[i].label, MCPAUTH_OK,
				fake_issuer_try(fixture.fake, fixture.auth, &usual, &err));
			CHECK_ROW_CODE(steps[i].label, MCPAUTH_E_UNKNOWN_KEY,
				fake_issuer_try(fixture.fake, fixture.auth, &stranger, &err));
		}
		CHECK_ROW(steps[i].label, fake_issuer_fetches(fixture.fake, FAKE_KEYS) == 1);
		fake_issuer_advance_ms(fixture.fake, 30 * SECOND);
		CHECK_ROW_CODE(steps[i].label, MCPAUTH_E_UNKNOWN_KEY,
			fake_issuer_try(fixture.fake, fixture.auth, &stranger, &err));
		CHECK_ROW(steps[i].label, fake_issuer_fetches(fixture.fake, FAKE_KEYS) == 2);
		stop(&fixture);
	}
}

/* What the issuer's clock may be ahead of ours, or behind it, in all it writes. */
static void an_issuer_may_be_a_minute_off_and_no_more(void **state)
{
	(void)state;
	static const struct {
		int64_t ahead;
		enum mcpauth_code want;
	} rows[] = {
		{30, MCPAUTH_OK},
		{60, MCPAUTH_OK},
		{61, MCPAUTH_E_NOT_YET_VALID},
		{600, MCPAUTH_E_NOT_YET_VALID},
		{-30, MCPAUTH_OK},
		{-359, MCPAUTH_OK},
		{-360, MCPAUTH_E_EXPIRED},
		{-600, MCPAUTH_E_EXPIRED},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		char label[32];
		char claims[80];
		long long its_time = FAKE_NOW + rows[i].ahead;
		snprintf(label, sizeof label, "%lld s ahead", (long long)rows[i].ahead);
		snprintf(claims, sizeof claims, ",\"iat\":%lld,\"nbf\":%lld", its_time, its_time);
		start(&fixture);
		CHECK_ROW_CODE(label, rows[i].want,
			fake_issuer_try(fixture.fake, fixture.auth,
				&(struct fake_token){
					.lifetime = rows[i].ahead + 300, .claims = claims},
				&err));
		stop(&fixture);
	}
}

/* As after a machine has slept: both clocks are far ahead, and all is old. */
static void what_slept_for_hours_believes_nothing_of_before(void **state)
{
	(void)state;
	static const struct fake_token new_key = {.number = 1, .kid = "k1"};
	static const struct fake_token old_key = {.lifetime = 300};
	for (int hours = 1; hours <= 25; hours += 8) {
		struct fixture fixture;
		start(&fixture);
		CHECK_OK(show(&fixture, &err));
		fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
		fake_issuer_advance_ms(fixture.fake, (int64_t)hours * HOUR * SECOND);
		CHECK_CODE(MCPAUTH_E_EXPIRED, show(&fixture, &err));
		CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY,
			fake_issuer_try(fixture.fake, fixture.auth, &old_key, &err));
		CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth, &new_key, &err));
		stop(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_judged_at_once_and_so_is_the_step_back),
		cmocka_unit_test(a_token_first_seen_by_a_wrong_clock_is_taken_by_the_right_one),
		cmocka_unit_test(keys_are_renewed_by_the_clock_that_nobody_sets),
		cmocka_unit_test(an_issuer_may_be_a_minute_off_and_no_more),
		cmocka_unit_test(what_slept_for_hours_believes_nothing_of_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
