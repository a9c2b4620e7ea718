/* A program's store: asked without a lock, answered once, whenever and whatever it says. */
#include "net/shared_store.h"

#include "support/check.h"
#include "support/fake_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 1000

/** A store of the program's, a clock that is moved by hand, and what was told. */
struct fixture {
	_Atomic int64_t now;
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__worker *worker;
	struct fake_store *fake;
	struct mcpauth__shared_store *store;
	atomic_uint told;
	atomic_uint outcomes[4];
	char value[64]; /* the last one */
	size_t length;
};

static void tell_time(int64_t *real, int64_t *monotonic, void *user)
{
	struct fixture *fixture = user;
	*real = 1800000000;
	*monotonic = atomic_load(&fixture->now);
}

static void start_with(struct fixture *fixture, mcpauth_store_fn carry_out, void *user)
{
	*fixture = (struct fixture){.clock = {tell_time, fixture}, .fake = fake_store_new()};
	fixture->log.clock = &fixture->clock;
	struct mcpauth__worker_config config = {.log = &fixture->log, .clock = &fixture->clock};
	fixture->worker = mcpauth__worker_new(&config);
	assert_non_null(fixture->worker);
	struct mcpauth__shared_store_parts parts = {
		.worker = fixture->worker,
		.carry_out = carry_out,
		.user = user != NULL ? user : fixture->fake,
		.timeout_ms = TIMEOUT_MS,
	};
	fixture->store = mcpauth__shared_store_new(&parts);
	assert_non_null(fixture->store);
}

static void start(struct fixture *fixture)
{
	start_with(fixture, fake_store_carry_out, NULL);
}

static void stop(struct fixture *fixture)
{
	mcpauth__worker_free(fixture->worker);
	mcpauth__shared_store_free(fixture->store);
	fake_store_free(fixture->fake);
}

static void note(const struct mcpauth__store_answer *answer, void *user)
{
	struct fixture *fixture = user;
	if (answer->value != NULL) {
		fixture->length = answer->length;
		memcpy(fixture->value, answer->value,
			answer->length < sizeof fixture->value ? answer->length : 0);
	}
	atomic_fetch_add(&fixture->outcomes[answer->outcome], 1);
	atomic_fetch_add(&fixture->told, 1);
}

static void ask(struct fixture *fixture, enum mcpauth_store_operation operation, const char *key,
	const char *value)
{
	struct mcpauth__store_question question = {
		.operation = operation,
		.key = key,
		.value = value,
		.length = value != NULL ? strlen(value) : 0,
		.seconds = 30,
		.done = note,
		.user = fixture,
	};
	mcpauth__shared_store_ask(fixture->store, &question);
}

static void without_a_store_the_answer_is_no(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with(&fixture, NULL, NULL);
	assert_false(mcpauth__shared_store_is_there(fixture.store));
	assert_false(mcpauth__shared_store_is_there(NULL));
	ask(&fixture, MCPAUTH_STORE_GET, "k", NULL);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_FAILED], 1);
	stop(&fixture);
	mcpauth__shared_store_free(NULL);
}

static void carries_out_what_it_is_asked(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_true(mcpauth__shared_store_is_there(fixture.store));
	ask(&fixture, MCPAUTH_STORE_GET, "k", NULL);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_ABSENT], 1);
	ask(&fixture, MCPAUTH_STORE_SET, "k", "one");
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_DONE], 1);
	assert_int_equal(fake_store_seconds(fixture.fake, "k"), 30);
	ask(&fixture, MCPAUTH_STORE_GET, "k", NULL);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_DONE], 2);
	assert_int_equal(fixture.length, 3);
	assert_memory_equal(fixture.value, "one", 3);
	ask(&fixture, MCPAUTH_STORE_ADD, "k", "two");
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_EXISTS], 1);
	ask(&fixture, MCPAUTH_STORE_DELETE, "k", NULL);
	ask(&fixture, MCPAUTH_STORE_ADD, "k", "two");
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_DONE], 4);
	assert_string_equal(fake_store_value(fixture.fake, "k"), "two");
	assert_int_equal(fixture.told, 6);
	stop(&fixture);
}

static void nobody_needs_to_be_told(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth__store_question question = {
		.operation = MCPAUTH_STORE_SET, .key = "k", .value = "v", .length = 1};
	start(&fixture);
	mcpauth__shared_store_ask(fixture.store, &question);
	assert_string_equal(fake_store_value(fixture.fake, "k"), "v");
	/* A value is kept for a second at least. */
	assert_int_equal(fake_store_seconds(fixture.fake, "k"), 1);
	fake_store_set_mode(fixture.fake, FAKE_STORE_IS_DOWN);
	mcpauth__shared_store_ask(fixture.store, &question);
	stop(&fixture);
}

static void says_what_it_is_asked(struct mcpauth_store_request *request, void *user)
{
	size_t length = 99;
	(void)user;
	assert_string_equal(mcpauth_store_key(request), "k");
	if (mcpauth_store_operation(request) == MCPAUTH_STORE_SET) {
		assert_int_equal(mcpauth_store_seconds(request), 30);
		assert_string_equal(mcpauth_store_value(request, &length), "v");
		assert_int_equal(length, 1);
	} else {
		assert_null(mcpauth_store_value(request, &length));
		assert_int_equal(length, 0);
	}
	mcpauth_store_done(request, MCPAUTH_STORE_FAILED);
}

static void a_request_says_what_is_to_be_done(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with(&fixture, says_what_it_is_asked, NULL);
	ask(&fixture, MCPAUTH_STORE_SET, "k", "v");
	ask(&fixture, MCPAUTH_STORE_GET, "k", NULL);
	ask(&fixture, MCPAUTH_STORE_DELETE, "k", "ignored");
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_FAILED], 3);
	stop(&fixture);
}

static void *release(void *argument)
{
	fake_store_release(argument);
	return NULL;
}

static void a_later_answer_comes_from_another_thread(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t thread;
	start(&fixture);
	ask(&fixture, MCPAUTH_STORE_SET, "k", "v");
	fake_store_set_mode(fixture.fake, FAKE_STORE_HOLDS);
	ask(&fixture, MCPAUTH_STORE_GET, "k", NULL);
	assert_int_equal(fixture.told, 1);
	assert_int_equal(pthread_create(&thread, NULL, release, fixture.fake), 0);
	pthread_join(thread, NULL);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_DONE], 2);
	assert_int_equal(fixture.length, 1);
	atomic_fetch_add(&fixture.now, 10 * TIMEOUT_MS);
	stop(&fixture);
	assert_int_equal(fixture.told, 2);
}

static void the_deadline_answers_for_a_store_that_does_not(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fake_store_set_mode(fixture.fake, FAKE_STORE_HOLDS);
	ask(&fixture, MCPAUTH_STORE_GET, "k", NULL);
	atomic_fetch_add(&fixture.now, TIMEOUT_MS - 1);
	nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
	assert_int_equal(fixture.told, 0);
	atomic_fetch_add(&fixture.now, 1);
	CHECK_SOON(atomic_load(&fixture.told) == 1);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_FAILED], 1);
	fake_store_release(fixture.fake);
	assert_int_equal(fixture.told, 1);
	stop(&fixture);
}

static void an_answer_may_come_when_all_else_is_gone(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_store *fake;
	start(&fixture);
	fake_store_set_mode(fixture.fake, FAKE_STORE_HOLDS);
	ask(&fixture, MCPAUTH_STORE_ADD, "k", "v");
	ask(&fixture, MCPAUTH_STORE_GET, "k", NULL);
	fake = fixture.fake;
	fixture.fake = fake_store_new();
	stop(&fixture);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_FAILED], 2);
	fake_store_release(fake);
	assert_string_equal(fake_store_value(fake, "k"), "v");
	assert_int_equal(fixture.told, 2);
	fake_store_free(fake);
}

static void ask_again(const struct mcpauth__store_answer *answer, void *user)
{
	struct fixture *fixture = user;
	note(answer, user);
	ask(fixture, MCPAUTH_STORE_GET, "k", NULL);
}

static void asked_while_all_is_taken_down_it_says_no(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth__store_question question = {
		.operation = MCPAUTH_STORE_GET, .key = "k", .done = ask_again, .user = &fixture};
	start(&fixture);
	fake_store_set_mode(fixture.fake, FAKE_STORE_HOLDS);
	mcpauth__shared_store_ask(fixture.store, &question);
	mcpauth__worker_free(fixture.worker);
	fixture.worker = NULL;
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_FAILED], 2);
	assert_int_equal(fake_store_asked(fixture.fake, 0), 1);
	stop(&fixture);
	assert_int_equal(fixture.told, 2);
}

struct wrong {
	enum mcpauth_store_operation operation;
	enum mcpauth_store_outcome outcome;
	bool good;
};

static void say_that(struct mcpauth_store_request *request, void *user)
{
	const struct wrong *wrong = user;
	mcpauth_store_done(request, wrong->outcome);
}

static void an_outcome_that_is_not_the_operations_counts_as_failed(void **state)
{
	(void)state;
	static struct wrong rows[] = {
		{MCPAUTH_STORE_GET, MCPAUTH_STORE_DONE, false},
		{MCPAUTH_STORE_GET, MCPAUTH_STORE_ABSENT, true},
		{MCPAUTH_STORE_GET, MCPAUTH_STORE_EXISTS, false},
		{MCPAUTH_STORE_SET, MCPAUTH_STORE_DONE, true},
		{MCPAUTH_STORE_SET, MCPAUTH_STORE_ABSENT, false},
		{MCPAUTH_STORE_SET, MCPAUTH_STORE_EXISTS, false},
		{MCPAUTH_STORE_DELETE, MCPAUTH_STORE_DONE, true},
		{MCPAUTH_STORE_DELETE, MCPAUTH_STORE_ABSENT, false},
		{MCPAUTH_STORE_ADD, MCPAUTH_STORE_DONE, true},
		{MCPAUTH_STORE_ADD, MCPAUTH_STORE_EXISTS, true},
		{MCPAUTH_STORE_ADD, MCPAUTH_STORE_ABSENT, false},
		{MCPAUTH_STORE_ADD, (enum mcpauth_store_outcome)17, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start_with(&fixture, say_that, &rows[i]);
		ask(&fixture, rows[i].operation, "k", "v");
		assert_int_equal(fixture.told, 1);
		assert_int_equal(
			fixture.outcomes[rows[i].good ? rows[i].outcome : MCPAUTH_STORE_FAILED], 1);
		stop(&fixture);
	}
}

struct finding {
	const char *value;
	size_t length;
};

static void find_that(struct mcpauth_store_request *request, void *user)
{
	const struct finding *finding = user;
	mcpauth_store_found(request, finding->value, finding->length);
}

static void only_a_get_can_find_and_no_more_than_a_mib(void **state)
{
	(void)state;
	static const struct {
		enum mcpauth_store_operation operation;
		size_t length;
		bool is_null;
		enum mcpauth_store_outcome want;
	} rows[] = {
		{MCPAUTH_STORE_GET, 1, false, MCPAUTH_STORE_DONE},
		{MCPAUTH_STORE_GET, 0, true, MCPAUTH_STORE_DONE},
		{MCPAUTH_STORE_GET, 1, true, MCPAUTH_STORE_FAILED},
		{MCPAUTH_STORE_GET, MCPAUTH__STORE_VALUE_LIMIT, false, MCPAUTH_STORE_DONE},
		{MCPAUTH_STORE_GET, MCPAUTH__STORE_VALUE_LIMIT + 1, false, MCPAUTH_STORE_FAILED},
		{MCPAUTH_STORE_SET, 1, false, MCPAUTH_STORE_FAILED},
		{MCPAUTH_STORE_ADD, 1, false, MCPAUTH_STORE_FAILED},
		{MCPAUTH_STORE_DELETE, 1, false, MCPAUTH_STORE_FAILED},
	};
	char *large = calloc(1, MCPAUTH__STORE_VALUE_LIMIT + 1);
	assert_non_null(large);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct finding finding = {rows[i].is_null ? NULL : large, rows[i].length};
		start_with(&fixture, find_that, &finding);
		ask(&fixture, rows[i].operation, "k", "v");
		assert_int_equal(fixture.told, 1);
		assert_int_equal(fixture.outcomes[rows[i].want], 1);
		assert_int_equal(
			fixture.length, rows[i].want == MCPAUTH_STORE_DONE ? rows[i].length : 0);
		stop(&fixture);
	}
	free(large);
}

static void what_is_too_long_is_not_asked(void **state)
{
	(void)state;
	struct fixture fixture;
	char key[MCPAUTH__STORE_KEY_SIZE + 1];
	char *large = calloc(1, MCPAUTH__STORE_VALUE_LIMIT + 2);
	assert_non_null(large);
	memset(large, 'v', MCPAUTH__STORE_VALUE_LIMIT + 1);
	memset(key, 'k', sizeof key);
	key[MCPAUTH__STORE_KEY_SIZE] = '\0';
	start(&fixture);
	ask(&fixture, MCPAUTH_STORE_GET, key, NULL);
	ask(&fixture, MCPAUTH_STORE_SET, "k", large);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_FAILED], 2);
	assert_int_equal(fake_store_asked(fixture.fake, 0), 0);
	ask(&fixture, MCPAUTH_STORE_GET, key + 1, NULL);
	ask(&fixture, MCPAUTH_STORE_SET, "k", large + 1);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_ABSENT], 1);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_DONE], 1);
	stop(&fixture);
	free(large);
}

static void only_so_many_wait_for_a_store_that_never_answers(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fake_store_set_mode(fixture.fake, FAKE_STORE_HOLDS);
	for (unsigned i = 0; i < MCPAUTH__STORE_REQUEST_LIMIT + 5; i++) {
		ask(&fixture, MCPAUTH_STORE_GET, "k", NULL);
	}
	assert_int_equal(fake_store_held(fixture.fake), MCPAUTH__STORE_REQUEST_LIMIT);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_FAILED], 5);
	/* Late ones count as long as they may still be answered. */
	atomic_fetch_add(&fixture.now, TIMEOUT_MS);
	CHECK_SOON(atomic_load(&fixture.told) == MCPAUTH__STORE_REQUEST_LIMIT + 5);
	ask(&fixture, MCPAUTH_STORE_GET, "k", NULL);
	assert_int_equal(fake_store_held(fixture.fake), MCPAUTH__STORE_REQUEST_LIMIT);
	fake_store_release(fixture.fake);
	fake_store_set_mode(fixture.fake, FAKE_STORE_ANSWERS);
	ask(&fixture, MCPAUTH_STORE_GET, "k", NULL);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_ABSENT], 1);
	stop(&fixture);
}

#define ASKERS 4
#define ROUNDS 500

static void *add_one_name_after_the_other(void *argument)
{
	struct fixture *fixture = argument;
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
	for (unsigned i = 0; i < ROUNDS; i++) {
		ask(fixture, MCPAUTH_STORE_ADD, names[i % 8], "v");
	}
	return NULL;
}

static void *keep_releasing(void *argument)
{
	struct fixture *fixture = argument;
	while (atomic_load(&fixture->told) < ASKERS * ROUNDS) {
		fake_store_release(fixture->fake);
		atomic_fetch_add(&fixture->now, 200);
	}
	return NULL;
}

static void each_of_many_at_once_is_answered_once(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t threads[ASKERS];
	pthread_t releasing;
	start(&fixture);
	fake_store_set_mode(fixture.fake, FAKE_STORE_HOLDS);
	assert_int_equal(pthread_create(&releasing, NULL, keep_releasing, &fixture), 0);
	for (size_t i = 0; i < ASKERS; i++) {
		assert_int_equal(
			pthread_create(&threads[i], NULL, add_one_name_after_the_other, &fixture),
			0);
	}
	for (size_t i = 0; i < ASKERS; i++) {
		pthread_join(threads[i], NULL);
	}
	pthread_join(releasing, NULL);
	stop(&fixture);
	assert_int_equal(fixture.told, ASKERS * ROUNDS);
	assert_int_equal(fixture.outcomes[MCPAUTH_STORE_DONE]
			+ fixture.outcomes[MCPAUTH_STORE_EXISTS]
			+ fixture.outcomes[MCPAUTH_STORE_FAILED],
		ASKERS * ROUNDS);
	assert_true(fixture.outcomes[MCPAUTH_STORE_DONE] <= 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_store_the_answer_is_no),
		cmocka_unit_test(carries_out_what_it_is_asked),
		cmocka_unit_test(nobody_needs_to_be_told),
		cmocka_unit_test(a_request_says_what_is_to_be_done),
		cmocka_unit_test(a_later_answer_comes_from_another_thread),
		cmocka_unit_test(the_deadline_answers_for_a_store_that_does_not),
		cmocka_unit_test(an_answer_may_come_when_all_else_is_gone),
		cmocka_unit_test(asked_while_all_is_taken_down_it_says_no),
		cmocka_unit_test(an_outcome_that_is_not_the_operations_counts_as_failed),
		cmocka_unit_test(only_a_get_can_find_and_no_more_than_a_mib),
		cmocka_unit_test(what_is_too_long_is_not_asked),
		cmocka_unit_test(only_so_many_wait_for_a_store_that_never_answers),
		cmocka_unit_test(each_of_many_at_once_is_answered_once),
	};
	return cmocka_run_group_tests_name("shared_store", tests, NULL, NULL);
}
