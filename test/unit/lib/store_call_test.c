/* Waiting for a store: what a look brings before, with and after the answer. */
#include "net/store_call.h"

#include "net/wait.h"

#include "support/check.h"
#include "support/fake_store.h"

#include <pthread.h>
#include <stdatomic.h>

/** A store, and who waits for it. */
struct fixture {
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__worker *worker;
	struct fake_store *fake;
	struct mcpauth__shared_store *store;
	struct mcpauth__wait waiting;
	atomic_uint wakes;
};

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static void start(struct fixture *fixture)
{
	*fixture = (struct fixture){.fake = fake_store_new()};
	fixture->log.clock = &fixture->clock;
	fixture->worker = mcpauth__worker_new(
		&(struct mcpauth__worker_config){.log = &fixture->log, .clock = &fixture->clock});
	assert_non_null(fixture->worker);
	fixture->store = mcpauth__shared_store_new(&(struct mcpauth__shared_store_parts){
		.worker = fixture->worker,
		.carry_out = fake_store_carry_out,
		.user = fixture->fake,
		.timeout_ms = 20000,
	});
	assert_non_null(fixture->store);
	mcpauth__wait_init(&fixture->waiting, fixture->worker, 20000, count_wake, fixture);
}

static void stop(struct fixture *fixture)
{
	mcpauth__wait_finish(&fixture->waiting);
	mcpauth__worker_free(fixture->worker);
	mcpauth__shared_store_free(fixture->store);
	fake_store_free(fixture->fake);
}

static struct mcpauth__store_call *add(struct fixture *fixture)
{
	struct mcpauth__store_call *call;
	struct mcpauth__store_question question = {.operation = MCPAUTH_STORE_ADD,
		.key = "k",
		.value = "v",
		.length = 1,
		.seconds = 60};
	CHECK_OK(mcpauth__store_call_begin(fixture->store, &question, &call, &err));
	assert_non_null(call);
	return call;
}

static void check_result(struct mcpauth__store_call *call, enum mcpauth_code want,
	enum mcpauth_store_outcome want_outcome)
{
	enum mcpauth_store_outcome outcome;
	CHECK_CODE(want, mcpauth__store_call_result(call, NULL, &outcome, &err));
	assert_int_equal(outcome, want_outcome);
}

static void an_answer_at_once_is_there_at_the_first_look(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth__store_call *first = add(&fixture);
	struct mcpauth__store_call *second = add(&fixture);
	check_result(first, MCPAUTH_OK, MCPAUTH_STORE_DONE);
	check_result(first, MCPAUTH_OK, MCPAUTH_STORE_DONE);
	check_result(second, MCPAUTH_OK, MCPAUTH_STORE_EXISTS);
	mcpauth__store_call_free(first);
	mcpauth__store_call_free(second);
	mcpauth__store_call_free(NULL);
	stop(&fixture);
}

static void a_store_that_fails_is_an_error(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fake_store_set_mode(fixture.fake, FAKE_STORE_IS_DOWN);
	struct mcpauth__store_call *call = add(&fixture);
	check_result(call, MCPAUTH_E_STORE, MCPAUTH_STORE_FAILED);
	mcpauth__store_call_free(call);
	stop(&fixture);
}

static void *release(void *argument)
{
	fake_store_release(argument);
	return NULL;
}

static void a_later_answer_wakes_once(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t thread;
	enum mcpauth_store_outcome outcome;
	start(&fixture);
	fake_store_set_mode(fixture.fake, FAKE_STORE_HOLDS);
	struct mcpauth__store_call *call = add(&fixture);
	CHECK_OK(mcpauth__wait_begin(&fixture.waiting, &err));
	CHECK_CODE(MCPAUTH_PENDING,
		mcpauth__store_call_result(call, fixture.waiting.waiter, &outcome, &err));
	CHECK_CODE(MCPAUTH_PENDING,
		mcpauth__store_call_result(call, fixture.waiting.waiter, &outcome, &err));
	assert_int_equal(outcome, MCPAUTH_STORE_FAILED);
	assert_int_equal(mcpauth__wait_settle(&fixture.waiting, MCPAUTH_PENDING), MCPAUTH_PENDING);
	assert_int_equal(fixture.wakes, 0);
	assert_int_equal(pthread_create(&thread, NULL, release, fixture.fake), 0);
	CHECK_SOON(atomic_load(&fixture.wakes) == 1);
	mcpauth__wait_resume(&fixture.waiting);
	check_result(call, MCPAUTH_OK, MCPAUTH_STORE_DONE);
	mcpauth__store_call_free(call);
	pthread_join(thread, NULL);
	stop(&fixture);
	assert_int_equal(fixture.wakes, 1);
}

static void who_gives_up_leaves_the_call_to_the_store(void **state)
{
	(void)state;
	struct fixture fixture;
	enum mcpauth_store_outcome outcome;
	start(&fixture);
	fake_store_set_mode(fixture.fake, FAKE_STORE_HOLDS);
	struct mcpauth__store_call *call = add(&fixture);
	CHECK_OK(mcpauth__wait_begin(&fixture.waiting, &err));
	CHECK_CODE(MCPAUTH_PENDING,
		mcpauth__store_call_result(call, fixture.waiting.waiter, &outcome, &err));
	mcpauth__wait_finish(&fixture.waiting);
	mcpauth__store_call_free(call);
	assert_int_equal(fixture.wakes, 1);
	fake_store_release(fixture.fake);
	assert_string_equal(fake_store_value(fixture.fake, "k"), "v");
	assert_int_equal(fixture.wakes, 1);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_at_once_is_there_at_the_first_look),
		cmocka_unit_test(a_store_that_fails_is_an_error),
		cmocka_unit_test(a_later_answer_wakes_once),
		cmocka_unit_test(who_gives_up_leaves_the_call_to_the_store),
	};
	return cmocka_run_group_tests_name("store_call", tests, NULL, NULL);
}
