/* The end of a token's time: told once, by the right clock, and never after a free. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define LIFETIME 300
#define TOLERANCE 60 /* the default */

/** Somebody who called, and how often they were told that it is over. */
struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct mcpauth_auth_info *info;
	struct mcpauth_expiry_watch *watch;
	atomic_uint ends;
	atomic_uint returned;
	bool frees;
	pthread_t told_on;
};

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static struct mcpauth_auth_info *call(struct fixture *fixture)
{
	const struct fake_token token = {.lifetime = LIFETIME};
	struct mcpauth_auth_info *info;
	char *text = fake_issuer_token(fixture->fake, &token);
	CHECK_OK(mcpauth_verify(fixture->auth, FAKE_RESOURCE, text, &info, &err));
	free(text);
	return info;
}

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	fixture->info = call(fixture);
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth_expiry_watch_free(fixture->watch);
	mcpauth_auth_info_free(fixture->info);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
	free(fixture);
	return 0;
}

static void on_end(void *user)
{
	struct fixture *fixture = user;
	fixture->told_on = pthread_self();
	if (fixture->frees) {
		mcpauth_expiry_watch_free(fixture->watch);
		fixture->watch = NULL;
	}
	atomic_fetch_add(&fixture->ends, 1);
}

static void watch_with(struct fixture *fixture, mcpauth_expiry_fn ended)
{
	struct mcpauth_expiry_watch_config config = MCPAUTH_EXPIRY_WATCH_CONFIG_INIT;
	config.info = fixture->info;
	config.ended = ended;
	config.user = fixture;
	CHECK_OK(mcpauth_expiry_watch_new(fixture->auth, &config, &fixture->watch, &err));
}

/* Longer than the network thread takes to look at its clock again. */
static void check_ends(struct fixture *fixture, unsigned want)
{
	for (int i = 0; i < 4000 && atomic_load(&fixture->ends) < want; i++) {
		sleep_ms(5);
	}
	sleep_ms(60);
	assert_int_equal(fixture->ends, want);
}

static void tells_how_long_a_token_lasts(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(mcpauth_auth_info_expires_in(fixture->auth, fixture->info), LIFETIME);
	fake_issuer_advance_ms(fixture->fake, 1000);
	assert_int_equal(mcpauth_auth_info_expires_in(fixture->auth, fixture->info), LIFETIME - 1);
	fake_issuer_set_real(fixture->fake, FAKE_NOW + LIFETIME - 1);
	assert_int_equal(mcpauth_auth_info_expires_in(fixture->auth, fixture->info), 1);
	fake_issuer_set_real(fixture->fake, FAKE_NOW + LIFETIME);
	assert_int_equal(mcpauth_auth_info_expires_in(fixture->auth, fixture->info), 0);
	fake_issuer_set_real(fixture->fake, FAKE_NOW + 10 * LIFETIME);
	assert_int_equal(mcpauth_auth_info_expires_in(fixture->auth, fixture->info), 0);
	assert_int_equal(mcpauth_auth_info_expires_in(fixture->auth, NULL), 0);
}

static void tells_once_when_the_token_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_auth_info *info;
	const char *token = mcpauth_auth_info_token(fixture->info);
	watch_with(fixture, on_end);
	fake_issuer_advance_ms(fixture->fake, (LIFETIME + TOLERANCE - 1) * 1000);
	check_ends(fixture, 0);
	CHECK_OK(mcpauth_verify(fixture->auth, FAKE_RESOURCE, token, &info, &err));
	mcpauth_auth_info_free(info);
	fake_issuer_advance_ms(fixture->fake, 1000);
	check_ends(fixture, 1);
	CHECK_CODE(MCPAUTH_E_EXPIRED,
		mcpauth_verify(fixture->auth, FAKE_RESOURCE, token, &info, &err));
	assert_false(pthread_equal(fixture->told_on, pthread_self()));
	fake_issuer_advance_ms(fixture->fake, 3600000);
	check_ends(fixture, 1);
}

static void a_token_that_grows_too_old_is_over_before_its_exp(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_auth_info *info;
	const struct fake_token token = {.lifetime = LIFETIME, .claims = ",\"iat\":1800000000"};
	char *text = fake_issuer_token(fixture->fake, &token);
	issuer.issuer = FAKE_ISSUER;
	issuer.max_age = 100;
	struct mcpauth *auth = fake_issuer_auth(fixture->fake, NULL, &issuer);
	CHECK_OK(mcpauth_verify(auth, FAKE_RESOURCE, text, &info, &err));
	assert_int_equal(mcpauth_auth_info_expires_at(info), FAKE_NOW + LIFETIME);
	/* At an age of 100 it is still good. */
	assert_int_equal(mcpauth_auth_info_expires_in(auth, info), 101);
	assert_int_equal(mcpauth_auth_info_expires_in(auth, fixture->info), LIFETIME);
	mcpauth_auth_info_free(info);
	mcpauth_free(auth);
	free(text);
}

static void tells_at_once_of_a_token_that_is_over(void **state)
{
	struct fixture *fixture = *state;
	fake_issuer_advance_ms(fixture->fake, (LIFETIME + TOLERANCE) * 1000);
	watch_with(fixture, on_end);
	check_ends(fixture, 1);
}

static void notices_that_the_clock_was_set_forward(void **state)
{
	struct fixture *fixture = *state;
	watch_with(fixture, on_end);
	fake_issuer_set_real(fixture->fake, FAKE_NOW + LIFETIME + TOLERANCE);
	check_ends(fixture, 0);
	fake_issuer_advance_ms(fixture->fake, 60000);
	check_ends(fixture, 1);
}

static void waits_longer_when_the_clock_was_set_back(void **state)
{
	struct fixture *fixture = *state;
	watch_with(fixture, on_end);
	fake_issuer_set_real(fixture->fake, FAKE_NOW - 1000);
	fake_issuer_advance_ms(fixture->fake, (LIFETIME + TOLERANCE) * 1000);
	check_ends(fixture, 0);
	fake_issuer_advance_ms(fixture->fake, 1000000);
	check_ends(fixture, 1);
}

static void says_nothing_once_freed(void **state)
{
	struct fixture *fixture = *state;
	watch_with(fixture, on_end);
	mcpauth_expiry_watch_free(fixture->watch);
	fixture->watch = NULL;
	fake_issuer_advance_ms(fixture->fake, 2 * (LIFETIME + TOLERANCE) * 1000);
	check_ends(fixture, 0);
	mcpauth_expiry_watch_free(NULL);
}

static void may_be_freed_from_within(void **state)
{
	struct fixture *fixture = *state;
	fixture->frees = true;
	watch_with(fixture, on_end);
	fake_issuer_advance_ms(fixture->fake, (LIFETIME + TOLERANCE) * 1000);
	check_ends(fixture, 1);
	assert_null(fixture->watch);
}

static void may_be_freed_from_within_at_once(void **state)
{
	struct fixture *fixture = *state;
	fixture->frees = true;
	fake_issuer_advance_ms(fixture->fake, (LIFETIME + TOLERANCE) * 1000);
	watch_with(fixture, on_end);
	check_ends(fixture, 1);
	assert_null(fixture->watch);
}

static void take_time(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->ends, 1);
	sleep_ms(100);
	atomic_fetch_add(&fixture->returned, 1);
}

static void waits_for_whoever_is_being_told(void **state)
{
	struct fixture *fixture = *state;
	watch_with(fixture, take_time);
	fake_issuer_advance_ms(fixture->fake, (LIFETIME + TOLERANCE) * 1000);
	CHECK_SOON(atomic_load(&fixture->ends) != 0);
	mcpauth_expiry_watch_free(fixture->watch);
	fixture->watch = NULL;
	assert_int_equal(fixture->returned, 1);
}

static void says_nothing_when_the_library_goes(void **state)
{
	struct fixture *fixture = *state;
	watch_with(fixture, on_end);
	mcpauth_free(fixture->auth);
	fixture->auth = NULL;
	assert_int_equal(fixture->ends, 0);
	/* The tear-down frees the watch. */
}

static void may_be_freed_after_the_library_too_once_told(void **state)
{
	struct fixture *fixture = *state;
	watch_with(fixture, on_end);
	fake_issuer_advance_ms(fixture->fake, (LIFETIME + TOLERANCE) * 1000);
	check_ends(fixture, 1);
	mcpauth_free(fixture->auth);
	fixture->auth = NULL;
	assert_int_equal(fixture->ends, 1);
}

static void watches_without_a_tolerance(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.clock_tolerance = MCPAUTH_NONE;
	mcpauth_free(fixture->auth);
	fixture->auth = fake_issuer_auth(fixture->fake, &config, NULL);
	watch_with(fixture, on_end);
	fake_issuer_advance_ms(fixture->fake, (LIFETIME - 1) * 1000);
	check_ends(fixture, 0);
	fake_issuer_advance_ms(fixture->fake, 1000);
	check_ends(fixture, 1);
}

static void refuses_what_lacks_something(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_expiry_watch *watch = (void *)fixture;
	struct mcpauth_expiry_watch_config config = MCPAUTH_EXPIRY_WATCH_CONFIG_INIT;
	config.ended = on_end;
	config.user = fixture;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_expiry_watch_new(fixture->auth, &config, &watch, &err));
	assert_null(watch);
	config.info = fixture->info;
	config.ended = NULL;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_expiry_watch_new(fixture->auth, &config, &watch, &err));
	config.ended = on_end;
	CHECK_OK(mcpauth_expiry_watch_new(fixture->auth, &config, &watch, &err));
	mcpauth_expiry_watch_free(watch);
	assert_int_equal(fixture->ends, 0);
}

static void *free_watch(void *argument)
{
	mcpauth_expiry_watch_free(argument);
	return NULL;
}

/* The end, the free and the clock's steps, all in the same moment. */
static void tells_once_at_most_in_every_race(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned round = 0; round < 60; round++) {
		pthread_t thread;
		atomic_store(&fixture->ends, 0);
		mcpauth_auth_info_free(fixture->info);
		fixture->info = call(fixture);
		watch_with(fixture, on_end);
		fake_issuer_advance_ms(
			fixture->fake, (round % 2 == 0 ? LIFETIME + TOLERANCE : 61) * 1000);
		sleep_ms(round % 25);
		assert_int_equal(pthread_create(&thread, NULL, free_watch, fixture->watch), 0);
		pthread_join(thread, NULL);
		fixture->watch = NULL;
		unsigned ends = atomic_load(&fixture->ends);
		assert_true(ends <= (round % 2 == 0 ? 1 : 0));
		fake_issuer_advance_ms(fixture->fake, LIFETIME * 1000);
		sleep_ms(25);
		assert_int_equal(fixture->ends, ends);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_how_long_a_token_lasts),
		TEST(tells_once_when_the_token_is_refused),
		TEST(a_token_that_grows_too_old_is_over_before_its_exp),
		TEST(tells_at_once_of_a_token_that_is_over),
		TEST(notices_that_the_clock_was_set_forward),
		TEST(waits_longer_when_the_clock_was_set_back),
		TEST(says_nothing_once_freed),
		TEST(may_be_freed_from_within),
		TEST(may_be_freed_from_within_at_once),
		TEST(waits_for_whoever_is_being_told),
		TEST(says_nothing_when_the_library_goes),
		TEST(may_be_freed_after_the_library_too_once_told),
		TEST(watches_without_a_tolerance),
		TEST(refuses_what_lacks_something),
		TEST(tells_once_at_most_in_every_race),
	};
	return cmocka_run_group_tests_name("expiry", tests, NULL, NULL);
}
