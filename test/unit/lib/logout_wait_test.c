/* Logout tokens that wait for keys, and those that come at once: each is taken once. */
#include "net/wait.h"
#include "support/check.h"
#include "support/logout_fixture.h"

#include <pthread.h>
#include <stdlib.h>

#define THREADS 50

/* If it is set, its answers come just as somebody begins to wait, and so does the
 * deadline before that one has looked. */
static struct fake_issuer *keys_come_from;

enum mcpauth_code __real_mcpauth__wait_begin(struct mcpauth__wait *wait, struct mcpauth_error *err);
enum mcpauth_code __wrap_mcpauth__wait_begin(struct mcpauth__wait *wait, struct mcpauth_error *err);

enum mcpauth_code __wrap_mcpauth__wait_begin(struct mcpauth__wait *wait, struct mcpauth_error *err)
{
	struct fake_issuer *fake = keys_come_from;
	enum mcpauth_code code = __real_mcpauth__wait_begin(wait, err);
	keys_come_from = NULL;
	if (fake != NULL) {
		fake_issuer_release(fake);
		mcpauth__waiter_wake(wait->waiter);
	}
	return code;
}

struct held {
	struct fixture fixture;
	char *token;
	struct mcpauth_logout_wait *pending;
};

static void start_held(struct held *held)
{
	start(&held->fixture);
	fake_issuer_hold(held->fixture.fake);
	held->token = sign(&(struct logout_token){0});
	CHECK_CODE(MCPAUTH_PENDING, begin(&held->fixture, held->token, &held->pending, &err));
	assert_int_equal(held->fixture.wakes, 0);
}

static void stop_held(struct held *held)
{
	mcpauth_logout_free(held->pending);
	free(held->token);
	stop(&held->fixture);
}

static void waits_for_keys(void **state)
{
	(void)state;
	struct held held;
	start_held(&held);
	fake_issuer_release(held.fixture.fake);
	assert_int_equal(held.fixture.wakes, 1);
	assert_int_equal(held.fixture.heard, 0);
	CHECK_OK(mcpauth_logout_resume(held.pending, &err));
	assert_int_equal(held.fixture.heard, 1);
	assert_string_equal(forgotten, "subject " FAKE_ISSUER " alice; ");
	CHECK_CODE(MCPAUTH_E_REPLAYED, try_text(&held.fixture, held.token, &err));
	stop_held(&held);
}

static void of_two_that_wait_one_is_taken(void **state)
{
	(void)state;
	struct held held;
	struct mcpauth_logout_wait *second;
	start_held(&held);
	CHECK_CODE(MCPAUTH_PENDING, begin(&held.fixture, held.token, &second, &err));
	fake_issuer_release(held.fixture.fake);
	assert_int_equal(held.fixture.wakes, 2);
	CHECK_OK(mcpauth_logout_resume(second, &err));
	CHECK_CODE(MCPAUTH_E_REPLAYED, mcpauth_logout_resume(held.pending, &err));
	assert_int_equal(held.fixture.heard, 1);
	mcpauth_logout_free(second);
	stop_held(&held);
}

/* Their token has grown too old when its name is remembered. */
static void of_two_that_wait_too_long_one_is_taken(void **state)
{
	(void)state;
	struct held held;
	struct mcpauth_logout_wait *second;
	start_held(&held);
	CHECK_CODE(MCPAUTH_PENDING, begin(&held.fixture, held.token, &second, &err));
	fake_issuer_set_real(held.fixture.fake, FAKE_NOW + 1000);
	fake_issuer_release(held.fixture.fake);
	CHECK_OK(mcpauth_logout_resume(second, &err));
	CHECK_CODE(MCPAUTH_E_REPLAYED, mcpauth_logout_resume(held.pending, &err));
	CHECK_CODE(MCPAUTH_E_EXPIRED, try_text(&held.fixture, held.token, &err));
	assert_int_equal(held.fixture.heard, 1);
	mcpauth_logout_free(second);
	stop_held(&held);
}

static void says_why_there_are_no_keys(void **state)
{
	(void)state;
	struct held held;
	start_held(&held);
	fake_issuer_set_down(held.fixture.fake, true);
	fake_issuer_release(held.fixture.fake);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, mcpauth_logout_resume(held.pending, &err));
	/* It may be posted again. */
	fake_issuer_set_down(held.fixture.fake, false);
	fake_issuer_advance_ms(held.fixture.fake, 2000);
	CHECK_OK(try_text(&held.fixture, held.token, &err));
	stop_held(&held);
}

static void waits_no_longer_than_the_deadline(void **state)
{
	(void)state;
	struct held held;
	start_held(&held);
	fake_issuer_advance_ms(held.fixture.fake, 5000);
	CHECK_SOON(held.fixture.wakes == 1);
	CHECK_CODE(MCPAUTH_E_TIMEOUT, mcpauth_logout_resume(held.pending, &err));
	assert_int_equal(held.fixture.heard, 0);
	fake_issuer_release(held.fixture.fake);
	fake_issuer_advance_ms(held.fixture.fake, 2000);
	CHECK_OK(try_text(&held.fixture, held.token, &err));
	stop_held(&held);
}

static void given_up_while_it_waits_nothing_is_forgotten(void **state)
{
	(void)state;
	struct held held;
	start_held(&held);
	mcpauth_logout_free(held.pending);
	held.pending = NULL;
	assert_int_equal(held.fixture.wakes, 1);
	fake_issuer_release(held.fixture.fake);
	assert_int_equal(held.fixture.heard, 0);
	assert_string_equal(forgotten, "");
	CHECK_OK(try_text(&held.fixture, held.token, &err));
	stop_held(&held);
}

static void taken_while_the_deadline_wakes_it_still_counts_once(void **state)
{
	(void)state;
	struct held held;
	struct mcpauth_logout_wait *second;
	start_held(&held);
	char *token = sign(&(struct logout_token){.id = "2"});
	keys_come_from = held.fixture.fake;
	CHECK_CODE(MCPAUTH_PENDING, begin(&held.fixture, token, &second, &err));
	assert_null(keys_come_from);
	assert_int_equal(held.fixture.heard, 1);
	CHECK_OK(mcpauth_logout_resume(second, &err));
	assert_int_equal(held.fixture.heard, 1);
	assert_string_equal(forgotten, "subject " FAKE_ISSUER " alice; ");
	mcpauth_logout_free(second);
	free(token);
	stop_held(&held);
}

static void only_so_many_may_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_logout_wait *first;
	struct mcpauth_logout_wait *second;
	config.waiting_limit = 1;
	start_with(&fixture, &config);
	fake_issuer_hold(fixture.fake);
	char *token = sign(&(struct logout_token){0});
	CHECK_CODE(MCPAUTH_PENDING, begin(&fixture, token, &first, &err));
	CHECK_CODE(MCPAUTH_E_OVERLOADED, begin(&fixture, token, &second, &err));
	fake_issuer_release(fixture.fake);
	CHECK_OK(mcpauth_logout_resume(first, &err));
	mcpauth_logout_free(first);
	free(token);
	stop(&fixture);
}

static void asks_for_newer_keys_once(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(.id = "1"));
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 2, "k2");
	fake_issuer_advance_ms(fixture.fake, 40000);
	CHECK_OK(TRY(.id = "2", .number = 2, .issued_at = FAKE_NOW + 40,
		.header = "{\"alg\":\"ES256\",\"kid\":\"k2\"}"));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY,
		TRY(.id = "3", .number = 2, .header = "{\"alg\":\"ES256\",\"kid\":\"k3\"}"));
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 2);
	stop(&fixture);
}

struct poster {
	struct fixture *fixture;
	const char *token;
	pthread_barrier_t *barrier;
	enum mcpauth_code code;
};

static void *post(void *user)
{
	struct poster *poster = user;
	struct mcpauth_error err;
	pthread_barrier_wait(poster->barrier);
	poster->code = try_text(poster->fixture, poster->token, &err);
	return NULL;
}

static void of_all_who_post_it_at_once_one_is_taken(void **state)
{
	(void)state;
	struct fixture fixture;
	struct poster posters[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t barrier;
	unsigned taken = 0;
	start(&fixture);
	CHECK_OK(TRY(.id = "before"));
	char *token = sign(&(struct logout_token){.id = "1"});
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++) {
		posters[i] = (struct poster){&fixture, token, &barrier, MCPAUTH_PENDING};
		assert_int_equal(pthread_create(&threads[i], NULL, post, &posters[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		taken += posters[i].code == MCPAUTH_OK;
		assert_true(posters[i].code == MCPAUTH_OK || posters[i].code == MCPAUTH_E_REPLAYED);
	}
	assert_int_equal(taken, 1);
	assert_int_equal(fixture.heard, 2);
	pthread_barrier_destroy(&barrier);
	free(token);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_keys),
		cmocka_unit_test(of_two_that_wait_one_is_taken),
		cmocka_unit_test(of_two_that_wait_too_long_one_is_taken),
		cmocka_unit_test(says_why_there_are_no_keys),
		cmocka_unit_test(waits_no_longer_than_the_deadline),
		cmocka_unit_test(given_up_while_it_waits_nothing_is_forgotten),
		cmocka_unit_test(taken_while_the_deadline_wakes_it_still_counts_once),
		cmocka_unit_test(only_so_many_may_wait),
		cmocka_unit_test(asks_for_newer_keys_once),
		cmocka_unit_test(of_all_who_post_it_at_once_one_is_taken),
	};
	return cmocka_run_group_tests_name("logout_wait", tests, NULL, NULL);
}
