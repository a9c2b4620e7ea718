/* Logout tokens whose names are in a store: of several processes one takes each. */
#include "support/check.h"
#include "support/fake_store.h"
#include "support/logout_fixture.h"
#include "support/scarce_memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 50
#define NAME "mcpauth:jti:"

/** Two libraries, as of two processes, behind one store. */
struct shared {
	struct fake_store *store;
	struct fixture one;
	struct fixture two;
};

static void start_shared(struct shared *shared)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	shared->store = fake_store_new();
	config.store = fake_store_carry_out;
	config.store_user = shared->store;
	start_with(&shared->one, &config);
	start_with(&shared->two, &config);
}

static void stop_shared(struct shared *shared)
{
	stop(&shared->one);
	stop(&shared->two);
	fake_store_free(shared->store);
}

static enum mcpauth_code post(struct fixture *fixture, const char *id, struct mcpauth_error *err)
{
	return try_token(fixture, &(struct logout_token){.id = id}, err);
}

static void of_two_processes_one_takes_it(void **state)
{
	(void)state;
	struct shared shared;
	start_shared(&shared);
	CHECK_OK(post(&shared.one, "1", &err));
	CHECK_CODE(MCPAUTH_E_REPLAYED, post(&shared.two, "1", &err));
	CHECK_CODE(MCPAUTH_E_REPLAYED, post(&shared.one, "1", &err));
	assert_int_equal(shared.one.heard, 1);
	assert_int_equal(shared.two.heard, 0);
	CHECK_OK(post(&shared.two, "2", &err));
	assert_int_equal(shared.two.heard, 1);
	assert_int_equal(fake_store_count(shared.store, NAME), 2);
	stop_shared(&shared);
}

static void names_are_each_issuers_own(void **state)
{
	(void)state;
	struct shared shared;
	const struct logout_token others = {.id = "1", .issuer = OTHER, .number = 1};
	start_shared(&shared);
	CHECK_OK(post(&shared.one, "1", &err));
	CHECK_OK(try_token(&shared.two, &others, &err));
	CHECK_CODE(MCPAUTH_E_REPLAYED, try_token(&shared.one, &others, &err));
	stop_shared(&shared);
}

/* Two minutes old at most, and each clock may be a minute off: one ahead, one behind. */
static void a_name_stays_as_long_as_any_machine_would_take_it(void **state)
{
	(void)state;
	static const struct {
		int64_t issued_at;
		unsigned seconds;
	} rows[] = {{FAKE_NOW, 241}, {FAKE_NOW - 179, 62}, {FAKE_NOW + 60, 301}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct shared shared;
		start_shared(&shared);
		CHECK_OK(try_token(&shared.one,
			&(struct logout_token){.id = "1", .issued_at = rows[i].issued_at}, &err));
		assert_int_equal(fake_store_seconds(shared.store, NAME), rows[i].seconds);
		stop_shared(&shared);
	}
}

static void what_is_refused_leaves_no_name(void **state)
{
	(void)state;
	struct shared shared;
	const struct logout_token forged = {.id = "1", .number = 1};
	start_shared(&shared);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, try_token(&shared.one, &forged, &err));
	assert_int_equal(fake_store_asked(shared.store, 0), 0);
	assert_string_equal(forgotten, "");
	CHECK_OK(post(&shared.one, "1", &err));
	stop_shared(&shared);
}

static void a_store_that_fails_takes_nothing(void **state)
{
	(void)state;
	struct shared shared;
	start_shared(&shared);
	fake_store_set_mode(shared.store, FAKE_STORE_IS_DOWN);
	CHECK_CODE(MCPAUTH_E_STORE, post(&shared.one, "1", &err));
	assert_int_equal(shared.one.heard, 0);
	/* Here it is forgotten all the same. */
	assert_string_equal(forgotten, "subject " FAKE_ISSUER " alice; ");
	fake_store_set_mode(shared.store, FAKE_STORE_ANSWERS);
	CHECK_OK(post(&shared.one, "1", &err));
	assert_int_equal(shared.one.heard, 1);
	stop_shared(&shared);
}

/** One that waits for the store. */
struct waiting {
	struct shared shared;
	char *token;
	struct mcpauth_logout_wait *pending;
};

/* Its issuer's keys are given, so it waits for nothing else. */
static void start_waiting(struct waiting *waiting)
{
	start_shared(&waiting->shared);
	fake_store_set_mode(waiting->shared.store, FAKE_STORE_HOLDS);
	waiting->token = sign(&(struct logout_token){.issuer = OTHER, .number = 1});
	CHECK_CODE(MCPAUTH_PENDING,
		begin(&waiting->shared.one, waiting->token, &waiting->pending, &err));
	assert_int_equal(waiting->shared.one.wakes, 0);
}

static void stop_waiting(struct waiting *waiting)
{
	mcpauth_logout_free(waiting->pending);
	free(waiting->token);
	stop_shared(&waiting->shared);
}

static void a_late_store_is_waited_for(void **state)
{
	(void)state;
	struct waiting waiting;
	start_waiting(&waiting);
	fake_store_release(waiting.shared.store);
	CHECK_SOON(waiting.shared.one.wakes == 1);
	assert_int_equal(waiting.shared.one.heard, 0);
	CHECK_OK(mcpauth_logout_resume(waiting.pending, &err));
	assert_int_equal(waiting.shared.one.heard, 1);
	assert_string_equal(waiting.shared.one.last, OTHER " alice -");
	assert_int_equal(fake_store_asked(waiting.shared.store, MCPAUTH_STORE_ADD), 1);
	stop_waiting(&waiting);
}

static void a_store_that_never_answers_is_not_waited_for(void **state)
{
	(void)state;
	struct waiting waiting;
	start_waiting(&waiting);
	fake_issuer_advance_ms(waiting.shared.one.fake, 1000);
	CHECK_SOON(waiting.shared.one.wakes == 1);
	CHECK_CODE(MCPAUTH_E_STORE, mcpauth_logout_resume(waiting.pending, &err));
	assert_int_equal(waiting.shared.one.heard, 0);
	stop_waiting(&waiting);
}

/* It did what nobody could learn any more: what is remembered goes all the same, with
 * each time that it is posted. */
static void what_was_carried_out_too_late_is_forgotten_but_not_heard(void **state)
{
	(void)state;
	struct waiting waiting;
	start_waiting(&waiting);
	fake_issuer_advance_ms(waiting.shared.one.fake, 1000);
	CHECK_SOON(waiting.shared.one.wakes == 1);
	CHECK_CODE(MCPAUTH_E_STORE, mcpauth_logout_resume(waiting.pending, &err));
	fake_store_set_mode(waiting.shared.store, FAKE_STORE_ANSWERS);
	fake_store_release(waiting.shared.store);
	forgotten[0] = '\0';
	CHECK_CODE(MCPAUTH_E_REPLAYED, try_text(&waiting.shared.two, waiting.token, &err));
	assert_string_equal(forgotten, "subject " OTHER " alice; ");
	assert_int_equal(waiting.shared.two.heard, 0);
	stop_waiting(&waiting);
}

static void given_up_while_it_waits_it_is_not_heard(void **state)
{
	(void)state;
	struct waiting waiting;
	start_waiting(&waiting);
	mcpauth_logout_free(waiting.pending);
	waiting.pending = NULL;
	fake_store_release(waiting.shared.store);
	assert_int_equal(waiting.shared.one.heard, 0);
	stop_waiting(&waiting);
}

/* What failed for want of memory is taken when it is posted again. */
static void counts_once_without_memory_too(void **state)
{
	(void)state;
	struct shared shared;
	bool failed = true;
	unsigned number = 0;
	start_shared(&shared);
	while (failed) {
		enum mcpauth_code want = MCPAUTH_E_REPLAYED;
		char id[16];
		snprintf(id, sizeof id, "t%u", ++number);
		char *token = sign(&(struct logout_token){.id = id, .issuer = OTHER, .number = 1});
		scarce_memory_begin(number);
		enum mcpauth_code code = try_text(&shared.one, token, NULL);
		failed = scarce_memory_end();
		if (code != MCPAUTH_OK) {
			assert_true(failed);
			assert_true(code == MCPAUTH_E_NO_MEMORY || code == MCPAUTH_E_STORE);
			want = MCPAUTH_OK;
		}
		CHECK_CODE(want, try_text(&shared.two, token, &err));
		free(token);
	}
	assert_true(number > 5);
	assert_int_equal(shared.one.heard + shared.two.heard, number);
	stop_shared(&shared);
}

/** One of many who post the same. */
struct poster {
	struct fixture *fixture;
	const char *token;
	pthread_barrier_t *barrier;
	enum mcpauth_code code;
};

static void *post_it(void *argument)
{
	struct poster *poster = argument;
	pthread_barrier_wait(poster->barrier);
	poster->code = try_text(poster->fixture, poster->token, NULL);
	return NULL;
}

static void of_all_who_post_it_at_once_to_both_one_is_taken(void **state)
{
	(void)state;
	struct shared shared;
	struct poster posters[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t barrier;
	unsigned taken = 0;
	start_shared(&shared);
	CHECK_OK(post(&shared.one, "before", &err));
	CHECK_OK(post(&shared.two, "before too", &err));
	char *token = sign(&(struct logout_token){.id = "1"});
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++) {
		posters[i] = (struct poster){
			i % 2 == 0 ? &shared.one : &shared.two, token, &barrier, MCPAUTH_PENDING};
		assert_int_equal(pthread_create(&threads[i], NULL, post_it, &posters[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		taken += posters[i].code == MCPAUTH_OK;
		assert_true(posters[i].code == MCPAUTH_OK || posters[i].code == MCPAUTH_E_REPLAYED);
	}
	assert_int_equal(taken, 1);
	assert_int_equal(shared.one.heard + shared.two.heard, 3);
	pthread_barrier_destroy(&barrier);
	free(token);
	stop_shared(&shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_two_processes_one_takes_it),
		cmocka_unit_test(names_are_each_issuers_own),
		cmocka_unit_test(a_name_stays_as_long_as_any_machine_would_take_it),
		cmocka_unit_test(what_is_refused_leaves_no_name),
		cmocka_unit_test(a_store_that_fails_takes_nothing),
		cmocka_unit_test(a_late_store_is_waited_for),
		cmocka_unit_test(a_store_that_never_answers_is_not_waited_for),
		cmocka_unit_test(what_was_carried_out_too_late_is_forgotten_but_not_heard),
		cmocka_unit_test(given_up_while_it_waits_it_is_not_heard),
		cmocka_unit_test(counts_once_without_memory_too),
		cmocka_unit_test(of_all_who_post_it_at_once_to_both_one_is_taken),
	};
	return cmocka_run_group_tests_name("logout_store", tests, NULL, NULL);
}
