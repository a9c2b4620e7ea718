/* Waiting for the network: woken once, resumed, given up, all at once. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct fake_token usual;

/** A library whose issuer holds its answers, and one token that waits for them. */
struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char *token;
	atomic_uint wakes;
	atomic_uint returned; /* of the calls made on other threads */
};

static void start_with(struct fixture *fixture, const struct mcpauth_config *config)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.jwks_uri = FAKE_KEYS;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, config, &issuer);
	fixture->token = fake_issuer_token(fixture->fake, &usual);
	atomic_init(&fixture->wakes, 0);
	atomic_init(&fixture->returned, 0);
	fake_issuer_hold(fixture->fake);
}

static void start(struct fixture *fixture)
{
	start_with(fixture, NULL);
}

static void stop(struct fixture *fixture)
{
	free(fixture->token);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static void await_wakes(struct fixture *fixture, unsigned wakes)
{
	for (int i = 0; i < 1000 && atomic_load(&fixture->wakes) < wakes; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	assert_int_equal(fixture->wakes, wakes);
}

static enum mcpauth_code begin(struct fixture *fixture, struct mcpauth_auth_info **info,
	struct mcpauth_verification **pending, struct mcpauth_error *err)
{
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = fixture->token;
	request.wake = count_wake;
	request.user = fixture;
	return mcpauth_verify_start(fixture->auth, &request, info, pending, err);
}

/* One that waits. */
static struct mcpauth_verification *begin_waiting(struct fixture *fixture)
{
	struct mcpauth_auth_info *info = (void *)fixture;
	struct mcpauth_verification *pending = NULL;
	CHECK_CODE(MCPAUTH_PENDING, begin(fixture, &info, &pending, &err));
	assert_null(info);
	assert_non_null(pending);
	return pending;
}

static void resume(struct mcpauth_verification *pending, enum mcpauth_code want)
{
	struct mcpauth_auth_info *info = (void *)pending;
	CHECK_CODE(want, mcpauth_verification_resume(pending, &info, &err));
	assert_true((want == MCPAUTH_OK) == (info != NULL));
	mcpauth_auth_info_free(info);
}

static void answers_at_once_when_the_keys_are_there(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending = (void *)&fixture;
	start(&fixture);
	fake_issuer_release(fixture.fake);
	CHECK_OK(begin(&fixture, &info, &pending, &err));
	assert_null(pending);
	assert_string_equal(mcpauth_auth_info_subject(info), "alice");
	mcpauth_auth_info_free(info);
	assert_int_equal(fixture.wakes, 0);
	stop(&fixture);
}

static void refuses_at_once_what_needs_no_keys(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info = (void *)&fixture;
	struct mcpauth_verification *pending = (void *)&fixture;
	start(&fixture);
	fake_issuer_advance_ms(fixture.fake, 360000);
	CHECK_CODE(MCPAUTH_E_EXPIRED, begin(&fixture, &info, &pending, &err));
	assert_null(pending);
	assert_null(info);
	assert_int_equal(fixture.wakes, 0);
	stop(&fixture);
}

static void wakes_once_when_the_keys_come(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	assert_int_equal(fixture.wakes, 0);
	fake_issuer_release(fixture.fake);
	assert_int_equal(fixture.wakes, 1);
	resume(pending, MCPAUTH_OK);
	mcpauth_verification_free(pending);
	assert_int_equal(fixture.wakes, 1);
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 1);
	stop(&fixture);
}

static void waits_for_metadata_and_then_for_keys(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	mcpauth_free(fixture.auth);
	fixture.auth = fake_issuer_auth(fixture.fake, NULL, NULL);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 0);
	fake_issuer_release(fixture.fake);
	assert_int_equal(fixture.wakes, 1);
	fake_issuer_hold(fixture.fake);
	resume(pending, MCPAUTH_PENDING);
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	fake_issuer_release(fixture.fake);
	assert_int_equal(fixture.wakes, 2);
	resume(pending, MCPAUTH_OK);
	mcpauth_verification_free(pending);
	assert_int_equal(fixture.wakes, 2);
	stop(&fixture);
}

static void whoever_waits_gets_no_room(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info_room room;
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	start(&fixture);
	request.resource = FAKE_RESOURCE;
	request.token = fixture.token;
	request.wake = count_wake;
	request.user = &fixture;
	request.room = &room;
	CHECK_CODE(MCPAUTH_PENDING,
		mcpauth_verify_start(fixture.auth, &request, &info, &pending, &err));
	fake_issuer_release(fixture.fake);
	CHECK_OK(mcpauth_verification_resume(pending, &info, &err));
	mcpauth_verification_free(pending);
	assert_ptr_not_equal(info, &room);
	assert_ptr_not_equal(mcpauth_auth_info_token(info), fixture.token);
	assert_string_equal(mcpauth_auth_info_token(info), fixture.token);
	mcpauth_auth_info_free(info);
	CHECK_OK(mcpauth_verify_start(fixture.auth, &request, &info, &pending, &err));
	assert_ptr_equal(info, &room);
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

static void tells_why_after_the_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	fake_issuer_set_down(fixture.fake, true);
	fake_issuer_release(fixture.fake);
	assert_int_equal(fixture.wakes, 1);
	resume(pending, MCPAUTH_E_UNREACHABLE);
	mcpauth_verification_free(pending);
	stop(&fixture);
}

static void judges_by_the_time_after_the_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.clock_tolerance = MCPAUTH_NONE;
	config.deadline_ms = 1000000;
	start_with(&fixture, &config);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	fake_issuer_advance_ms(fixture.fake, 300000);
	fake_issuer_release(fixture.fake);
	resume(pending, MCPAUTH_E_EXPIRED);
	mcpauth_verification_free(pending);
	stop(&fixture);
}

static void allows_clocks_to_differ_as_configured(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		unsigned configured;
		int good; /* seconds to live */
		int expired;
	} rows[] = {
		{"by default", 0, -59, -60},
		{"none", MCPAUTH_NONE, 1, -1},
		{"little", 10, -9, -10},
		{"much", 300, -299, -300},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		config.clock_tolerance = rows[i].configured;
		start_with(&fixture, &config);
		fake_issuer_release(fixture.fake);
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK,
			fake_issuer_try(fixture.fake, fixture.auth,
				&(struct fake_token){.lifetime = rows[i].good}, &err));
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_E_EXPIRED,
			fake_issuer_try(fixture.fake, fixture.auth,
				&(struct fake_token){.lifetime = rows[i].expired}, &err));
		stop(&fixture);
	}
}

static void fetches_once_for_all_who_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_verification *pending[50];
	start(&fixture);
	for (size_t i = 0; i < 50; i++) {
		pending[i] = begin_waiting(&fixture);
	}
	fake_issuer_release(fixture.fake);
	assert_int_equal(fixture.wakes, 50);
	for (size_t i = 0; i < 50; i++) {
		resume(pending[i], MCPAUTH_OK);
		mcpauth_verification_free(pending[i]);
	}
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 1);
	assert_int_equal(fixture.wakes, 50);
	stop(&fixture);
}

static void given_up_while_waiting_it_is_woken_once(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	mcpauth_verification_free(begin_waiting(&fixture));
	assert_int_equal(fixture.wakes, 1);
	fake_issuer_release(fixture.fake);
	fake_issuer_advance_ms(fixture.fake, 60000);
	stop(&fixture);
	assert_int_equal(fixture.wakes, 1);
	mcpauth_verification_free(NULL);
}

static void given_up_after_its_wake_it_is_not_woken_again(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	fake_issuer_release(fixture.fake);
	mcpauth_verification_free(pending);
	stop(&fixture);
	assert_int_equal(fixture.wakes, 1);
}

static void wakes_at_the_deadline_and_is_too_late(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	fake_issuer_advance_ms(fixture.fake, 4999);
	nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	assert_int_equal(fixture.wakes, 0);
	fake_issuer_advance_ms(fixture.fake, 1);
	await_wakes(&fixture, 1);
	resume(pending, MCPAUTH_E_TIMEOUT);
	mcpauth_verification_free(pending);
	stop(&fixture);
	assert_int_equal(fixture.wakes, 1);
}

static void one_deadline_covers_metadata_and_keys(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	mcpauth_free(fixture.auth);
	fixture.auth = fake_issuer_auth(fixture.fake, NULL, NULL);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	fake_issuer_advance_ms(fixture.fake, 4000);
	fake_issuer_release(fixture.fake);
	await_wakes(&fixture, 1);
	fake_issuer_hold(fixture.fake);
	resume(pending, MCPAUTH_PENDING);
	fake_issuer_advance_ms(fixture.fake, 1000);
	await_wakes(&fixture, 2);
	resume(pending, MCPAUTH_E_TIMEOUT);
	mcpauth_verification_free(pending);
	stop(&fixture);
}

static void the_keys_may_come_just_before_it_resumes(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	start_with(&fixture, &config);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	fake_issuer_release(fixture.fake);
	fake_issuer_advance_ms(fixture.fake, 5000);
	resume(pending, MCPAUTH_OK);
	mcpauth_verification_free(pending);
	stop(&fixture);
}

static void lets_only_so_many_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *third = (void *)&fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.waiting_limit = 2;
	start_with(&fixture, &config);
	struct mcpauth_verification *one = begin_waiting(&fixture);
	struct mcpauth_verification *two = begin_waiting(&fixture);
	CHECK_CODE(MCPAUTH_E_OVERLOADED, begin(&fixture, &info, &third, &err));
	assert_null(third);
	mcpauth_verification_free(one);
	third = begin_waiting(&fixture);
	fake_issuer_release(fixture.fake);
	resume(two, MCPAUTH_OK);
	resume(third, MCPAUTH_OK);
	mcpauth_verification_free(two);
	mcpauth_verification_free(third);
	assert_int_equal(fixture.wakes, 3);
	stop(&fixture);
}

static void whoever_waits_is_woken_when_the_library_goes(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	mcpauth_free(fixture.auth);
	fixture.auth = NULL;
	assert_int_equal(fixture.wakes, 1);
	mcpauth_verification_free(pending);
	assert_int_equal(fixture.wakes, 1);
	stop(&fixture);
}

static void refuses_requests_that_lack_something(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request good = MCPAUTH_VERIFICATION_REQUEST_INIT;
	struct mcpauth_verification_request bad;
	start(&fixture);
	fake_issuer_release(fixture.fake);
	good.resource = FAKE_RESOURCE;
	good.token = fixture.token;
	good.wake = count_wake;
	bad = good;
	bad.token = NULL;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_verify_start(fixture.auth, &bad, &info, &pending, &err));
	bad = good;
	bad.wake = NULL;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_verify_start(fixture.auth, &bad, &info, &pending, &err));
	bad = good;
	bad.size = 0;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_verify_start(fixture.auth, &bad, &info, &pending, &err));
	bad = good;
	bad.resource = FAKE_RESOURCE "/";
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_verify_start(fixture.auth, &bad, &info, &pending, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_verify(fixture.auth, FAKE_RESOURCE, NULL, &info, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_verify(fixture.auth, NULL, fixture.token, &info, &err));
	CHECK_OK(mcpauth_verify_start(fixture.auth, &good, &info, &pending, &err));
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

static void *verify_blocking(void *argument)
{
	struct fixture *fixture = argument;
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(
		fixture->auth, FAKE_RESOURCE, fixture->token, &info, NULL);
	mcpauth_auth_info_free(info);
	atomic_fetch_add(&fixture->returned, 1);
	return (void *)(intptr_t)code;
}

static uint64_t waiting(const struct fixture *fixture)
{
	struct mcpauth_statistics statistics = MCPAUTH_STATISTICS_INIT;
	mcpauth_statistics_read(fixture->auth, &statistics);
	return statistics.waiting;
}

/* When all of them have one: whoever comes late has a later one. @return who came back
 * before it */
static unsigned pass_deadline(struct fixture *fixture, unsigned callers, int ms)
{
	for (int i = 0; i < 20000 && waiting(fixture) < callers; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	fake_issuer_advance_ms(fixture->fake, ms - 1);
	nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
	unsigned early = atomic_load(&fixture->returned);
	fake_issuer_advance_ms(fixture->fake, 1);
	return early;
}

#define CROWD 8

static void start_crowd(struct fixture *fixture, pthread_t threads[CROWD])
{
	for (size_t i = 0; i < CROWD; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, verify_blocking, fixture), 0);
	}
}

static void join_crowd(pthread_t threads[CROWD], enum mcpauth_code want)
{
	for (size_t i = 0; i < CROWD; i++) {
		void *code;
		pthread_join(threads[i], &code);
		assert_int_equal((intptr_t)code, want);
	}
}

/* Without memory for it there never is one. */
static void await_fetch(const struct fixture *fixture)
{
	CHECK_SOON(fake_issuer_fetches(fixture->fake, NULL) > 0);
	assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 1);
}

static void blocks_several_threads_at_once(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		struct fixture fixture;
		pthread_t threads[CROWD];
		start(&fixture);
		start_crowd(&fixture, threads);
		await_fetch(&fixture);
		fake_issuer_release(fixture.fake);
		join_crowd(threads, MCPAUTH_OK);
		assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 1);
		stop(&fixture);
	}
}

static void blocks_no_longer_than_the_deadline(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t threads[CROWD];
	start(&fixture);
	start_crowd(&fixture, threads);
	unsigned early = pass_deadline(&fixture, CROWD, 5000);
	join_crowd(threads, MCPAUTH_E_TIMEOUT);
	assert_int_equal(early, 0);
	stop(&fixture);
}

static void *give_up(void *argument)
{
	mcpauth_verification_free(argument);
	return NULL;
}

/* The answer, the deadline and whoever gives up, all in the same moment. */
static void wakes_once_in_every_race(void **state)
{
	(void)state;
	unsigned rounds = 100;
	for (unsigned round = 0; round < rounds; round++) {
		struct fixture fixture;
		pthread_t thread;
		start(&fixture);
		struct mcpauth_verification *pending = begin_waiting(&fixture);
		assert_int_equal(pthread_create(&thread, NULL, give_up, pending), 0);
		fake_issuer_advance_ms(fixture.fake, round % 2 == 0 ? 5000 : 0);
		fake_issuer_release(fixture.fake);
		pthread_join(thread, NULL);
		stop(&fixture);
		assert_int_equal(fixture.wakes, 1);
	}
}

static void prefetches_all_that_a_token_would_need(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_issuer_config other = MCPAUTH_ISSUER_CONFIG_INIT;
	other.issuer = "https://other.example";
	other.jwks_uri = "https://other.example/keys";
	start(&fixture);
	fake_issuer_release(fixture.fake);
	fake_issuer_rotate(fixture.fake, other.jwks_uri, "ES256", 1, "k1");
	CHECK_OK(mcpauth_add_issuer(fixture.auth, FAKE_RESOURCE, &other, &err));
	CHECK_OK(mcpauth_prefetch(fixture.auth, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	assert_int_equal(fake_issuer_fetches(fixture.fake, other.jwks_uri), 1);
	CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth, &usual, &err));
	CHECK_OK(mcpauth_prefetch(fixture.auth, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 2);
	stop(&fixture);
}

static void prefetching_names_the_issuer_that_failed(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error err = {0};
	struct mcpauth_issuer_config other = MCPAUTH_ISSUER_CONFIG_INIT;
	other.issuer = "https://other.example";
	other.jwks_uri = "https://other.example/keys";
	start(&fixture);
	fake_issuer_release(fixture.fake);
	assert_int_equal(mcpauth_add_issuer(fixture.auth, FAKE_RESOURCE, &other, NULL), 0);
	assert_int_equal(mcpauth_prefetch(fixture.auth, &err), MCPAUTH_E_HTTP_STATUS);
	assert_int_equal(err.code, MCPAUTH_E_HTTP_STATUS);
	assert_non_null(strstr(err.message, "https://other.example: "));
	CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth, &usual, &err));
	fake_issuer_rotate(fixture.fake, other.jwks_uri, "ES256", 1, "k1");
	fake_issuer_advance_ms(fixture.fake, 1000);
	CHECK_OK(mcpauth_prefetch(fixture.auth, &err));
	stop(&fixture);
}

static void *prefetch(void *argument)
{
	struct fixture *fixture = argument;
	enum mcpauth_code code = mcpauth_prefetch(fixture->auth, NULL);
	atomic_fetch_add(&fixture->returned, 1);
	return (void *)(intptr_t)code;
}

static void prefetching_waits_for_the_answers(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t thread;
	void *code;
	start(&fixture);
	assert_int_equal(pthread_create(&thread, NULL, prefetch, &fixture), 0);
	await_fetch(&fixture);
	fake_issuer_release(fixture.fake);
	pthread_join(thread, &code);
	assert_int_equal((intptr_t)code, MCPAUTH_OK);
	stop(&fixture);
}

static void prefetching_asks_all_issuers_side_by_side(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t thread;
	void *code;
	struct mcpauth_issuer_config other = MCPAUTH_ISSUER_CONFIG_INIT;
	other.issuer = "https://other.example";
	other.jwks_uri = "https://other.example/keys";
	start(&fixture);
	fake_issuer_rotate(fixture.fake, other.jwks_uri, "ES256", 1, "k1");
	CHECK_OK(mcpauth_add_issuer(fixture.auth, FAKE_RESOURCE, &other, &err));
	assert_int_equal(pthread_create(&thread, NULL, prefetch, &fixture), 0);
	CHECK_SOON(fake_issuer_fetches(fixture.fake, NULL) > 1);
	unsigned fetches = fake_issuer_fetches(fixture.fake, NULL);
	fake_issuer_release(fixture.fake);
	pthread_join(thread, &code);
	assert_int_equal(fetches, 2);
	assert_int_equal((intptr_t)code, MCPAUTH_OK);
	stop(&fixture);
}

static void prefetching_gives_up_at_the_deadline(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t thread;
	void *code;
	start(&fixture);
	assert_int_equal(pthread_create(&thread, NULL, prefetch, &fixture), 0);
	unsigned early = pass_deadline(&fixture, 1, 5000); /* the fetch's; its own is later */
	pthread_join(thread, &code);
	assert_int_equal(early, 0);
	assert_int_equal((intptr_t)code, MCPAUTH_E_TIMEOUT);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_at_once_when_the_keys_are_there),
		cmocka_unit_test(refuses_at_once_what_needs_no_keys),
		cmocka_unit_test(wakes_once_when_the_keys_come),
		cmocka_unit_test(waits_for_metadata_and_then_for_keys),
		cmocka_unit_test(whoever_waits_gets_no_room),
		cmocka_unit_test(tells_why_after_the_wait),
		cmocka_unit_test(judges_by_the_time_after_the_wait),
		cmocka_unit_test(allows_clocks_to_differ_as_configured),
		cmocka_unit_test(fetches_once_for_all_who_wait),
		cmocka_unit_test(given_up_while_waiting_it_is_woken_once),
		cmocka_unit_test(given_up_after_its_wake_it_is_not_woken_again),
		cmocka_unit_test(wakes_at_the_deadline_and_is_too_late),
		cmocka_unit_test(one_deadline_covers_metadata_and_keys),
		cmocka_unit_test(the_keys_may_come_just_before_it_resumes),
		cmocka_unit_test(lets_only_so_many_wait),
		cmocka_unit_test(whoever_waits_is_woken_when_the_library_goes),
		cmocka_unit_test(refuses_requests_that_lack_something),
		cmocka_unit_test(blocks_several_threads_at_once),
		cmocka_unit_test(blocks_no_longer_than_the_deadline),
		cmocka_unit_test(wakes_once_in_every_race),
		cmocka_unit_test(prefetches_all_that_a_token_would_need),
		cmocka_unit_test(prefetching_names_the_issuer_that_failed),
		cmocka_unit_test(prefetching_waits_for_the_answers),
		cmocka_unit_test(prefetching_asks_all_issuers_side_by_side),
		cmocka_unit_test(prefetching_gives_up_at_the_deadline),
	};
	return cmocka_run_group_tests_name("verification", tests, NULL, NULL);
}
