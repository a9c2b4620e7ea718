/* Exchanges: what stages see of one, and every way in which one can wait. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/** When the stage's own wait ends. */
enum moment {
	BY_HAND,     /* the test calls continue() */
	BEFORE_WAIT, /* the stage itself does, before it returns WAIT */
	BY_THREAD    /* another thread, started by the stage */
};

/** A stage that waits so many times, and lets pass. */
struct waiting_stage {
	enum moment moment;
	unsigned waits;
	atomic_uint runs;
	unsigned finished;
	unsigned status; /* of the last on_finish */
	pthread_t thread;
};

static void *continue_it(void *user)
{
	mcpauth_exchange_continue(user);
	return NULL;
}

static enum mcpauth_stage_result wait_some(struct mcpauth_exchange *exchange, void *user)
{
	struct waiting_stage *stage = user;
	if (atomic_fetch_add(&stage->runs, 1) >= stage->waits) {
		return MCPAUTH_NEXT;
	}
	if (stage->moment == BEFORE_WAIT) {
		mcpauth_exchange_continue(exchange);
	} else if (stage->moment == BY_THREAD) {
		if (atomic_load(&stage->runs) > 1) {
			pthread_join(stage->thread, NULL);
		}
		assert_int_equal(pthread_create(&stage->thread, NULL, continue_it, exchange), 0);
	}
	return MCPAUTH_WAIT;
}

static void note_end(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	struct waiting_stage *stage = user;
	(void)exchange;
	stage->finished++;
	stage->status = status;
}

/** An open path behind a stage that waits. */
struct fixture {
	struct fake_server server;
	struct waiting_stage stage;
	struct fake_exchange fake;
};

static void start(struct fixture *fixture, enum moment moment, unsigned waits)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	fixture->stage = (struct waiting_stage){.moment = moment, .waits = waits};
	fake_server_start(&fixture->server, FAKE_HELD, NULL);
	mcpauth_chain_insecure_allow_everybody(fixture->server.chain);
	stage.on_request = wait_some;
	stage.on_finish = note_end;
	stage.user = &fixture->stage;
	CHECK_OK(mcpauth_chain_add_stage(fixture->server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
}

static void begin(struct fixture *fixture, enum mcpauth__wait_mode wait_mode)
{
	struct fake_request request = {.wait_mode = wait_mode};
	fake_exchange_start(&fixture->fake, &fixture->server, &request);
}

static void waits_until_it_is_continued(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_HAND, 2);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__LATER);
		assert_int_equal(atomic_load(&fixture.fake.suspends), i);
		assert_int_equal(atomic_load(&fixture.fake.resumes), i - 1);
		mcpauth_exchange_continue(fixture.fake.exchange);
		assert_int_equal(atomic_load(&fixture.fake.resumes), i);
	}
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__PASS);
	assert_int_equal(atomic_load(&fixture.stage.runs), 3);
	assert_int_equal(atomic_load(&fixture.fake.resumes), 2);
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

static void does_not_suspend_if_it_was_continued_before(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BEFORE_WAIT, 3);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__PASS);
	assert_int_equal(atomic_load(&fixture.stage.runs), 4);
	assert_int_equal(atomic_load(&fixture.fake.suspends), 0);
	assert_int_equal(atomic_load(&fixture.fake.resumes), 0);
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

static void is_resumed_once_per_suspend_from_another_thread(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_THREAD, 5);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	assert_int_equal(fake_exchange_serve(&fixture.fake), MCPAUTH__PASS);
	pthread_join(fixture.stage.thread, NULL);
	assert_int_equal(atomic_load(&fixture.stage.runs), 6);
	assert_int_equal(atomic_load(&fixture.fake.resumes), atomic_load(&fixture.fake.suspends));
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

static void blocks_where_the_thread_is_its_own(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_THREAD, 5);
	begin(&fixture, MCPAUTH__WAITS_BLOCKED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__PASS);
	pthread_join(fixture.stage.thread, NULL);
	assert_int_equal(atomic_load(&fixture.stage.runs), 6);
	assert_int_equal(atomic_load(&fixture.fake.suspends), 0);
	assert_int_equal(atomic_load(&fixture.fake.resumes), 0);
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

static void does_not_block_if_it_was_continued_before(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BEFORE_WAIT, 3);
	begin(&fixture, MCPAUTH__WAITS_BLOCKED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__PASS);
	assert_int_equal(atomic_load(&fixture.stage.runs), 4);
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

static void answers_503_where_it_cannot_wait_and_says_so_once(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_HAND, 2);
	for (int i = 0; i < 2; i++) {
		begin(&fixture, MCPAUTH__WAITS_NEVER);
		assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__ANSWER);
		assert_int_equal(fake_exchange_status(&fixture.fake), 503);
		assert_string_equal(fake_exchange_header(&fixture.fake, "Retry-After"), "1");
		assert_null(fake_exchange_header(&fixture.fake, "Connection"));
		assert_int_equal(atomic_load(&fixture.fake.suspends), 0);
		struct mcpauth_exchange *exchange = fixture.fake.exchange;
		fake_exchange_finish(&fixture.fake);
		mcpauth_exchange_continue(exchange);
	}
	assert_int_equal(fake_server_logged(&fixture.server, "MCPAUTH_MHD_FLAGS"), 1);
	begin(&fixture, MCPAUTH__WAITS_NEVER);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__PASS);
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

static void outlives_its_request_until_it_is_continued(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_HAND, 1);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__LATER);
	struct mcpauth_exchange *exchange = fixture.fake.exchange;
	fake_exchange_break(&fixture.fake);
	assert_int_equal(fixture.stage.finished, 1);
	assert_int_equal(fixture.stage.status, 0);
	mcpauth_exchange_continue(exchange);
	assert_int_equal(atomic_load(&fixture.fake.resumes), 0);
	fake_server_stop(&fixture.server);
}

static void can_be_continued_even_after_its_chain_is_gone(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_HAND, 1);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__LATER);
	struct mcpauth_exchange *exchange = fixture.fake.exchange;
	fake_exchange_break(&fixture.fake);
	fake_server_stop(&fixture.server);
	mcpauth_exchange_continue(exchange);
	assert_int_equal(fixture.stage.finished, 1);
}

/* A client that resets its connection while the request is suspended: MHD
 * completes the request after the resume without another call. */
static void may_end_between_its_resume_and_its_next_run(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange other;
	struct fake_request request = {0};
	start(&fixture, BY_HAND, 1);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__LATER);
	mcpauth_exchange_continue(fixture.fake.exchange);
	fake_exchange_break(&fixture.fake);
	assert_null(fixture.server.chain->waiters);
	atomic_store(&fixture.stage.runs, 0);
	fake_exchange_start(&other, &fixture.server, &request);
	assert_int_equal(fake_exchange_run(&other), MCPAUTH__LATER);
	mcpauth_exchange_continue(other.exchange);
	assert_int_equal(fake_exchange_run(&other), MCPAUTH__PASS);
	fake_exchange_finish(&other);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 0);
	fake_server_stop(&fixture.server);
}

static void drain_answers_503_to_those_who_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_HAND, 1);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	struct mcpauth_exchange *exchange = fixture.fake.exchange;
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__LATER);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 1);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 1);
	assert_int_equal(atomic_load(&fixture.fake.resumes), 1);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fixture.fake), 503);
	assert_non_null(fake_exchange_header(&fixture.fake, "Retry-After"));
	assert_string_equal(fake_exchange_header(&fixture.fake, "Connection"), "close");
	assert_int_equal(atomic_load(&fixture.stage.runs), 1);
	fake_exchange_finish(&fixture.fake);
	assert_int_equal(fixture.stage.status, 503);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 0);
	mcpauth_exchange_continue(exchange);
	fake_server_stop(&fixture.server);
}

static void a_late_continue_after_drain_resumes_nothing(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_HAND, 1);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__LATER);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 1);
	mcpauth_exchange_continue(fixture.fake.exchange);
	assert_int_equal(atomic_load(&fixture.fake.resumes), 1);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__ANSWER);
	assert_int_equal(atomic_load(&fixture.fake.resumes), 1);
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

/* Drain has looked at the list before this one is on it. */
static enum mcpauth_stage_result drain_and_wait(struct mcpauth_exchange *exchange, void *user)
{
	struct fixture *fixture = user;
	(void)exchange;
	assert_int_equal(mcpauth_chain_drain(fixture->server.chain, 0), 1);
	return MCPAUTH_WAIT;
}

static void nobody_begins_to_wait_after_drain(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	start(&fixture, BY_HAND, 0);
	stage.on_request = drain_and_wait;
	stage.user = &fixture;
	CHECK_OK(mcpauth_chain_add_stage(fixture.server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	struct mcpauth_exchange *exchange = fixture.fake.exchange;
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fixture.fake), 503);
	assert_int_equal(atomic_load(&fixture.fake.suspends), 0);
	fake_exchange_finish(&fixture.fake);
	mcpauth_exchange_continue(exchange);
	fake_server_stop(&fixture.server);
}

static void drain_refuses_new_requests_before_any_stage_runs(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_HAND, 0);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__PASS);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 1);
	fake_exchange_finish(&fixture.fake);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fixture.fake), 503);
	assert_int_equal(atomic_load(&fixture.stage.runs), 1);
	fake_exchange_finish(&fixture.fake);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 0);
	fake_server_stop(&fixture.server);
}

static void *drain_it(void *user)
{
	mcpauth_chain_drain(user, 20000);
	return NULL;
}

static void drain_wakes_a_thread_that_blocks(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t thread;
	start(&fixture, BY_HAND, 1);
	begin(&fixture, MCPAUTH__WAITS_BLOCKED);
	struct mcpauth_exchange *exchange = fixture.fake.exchange;
	assert_int_equal(pthread_create(&thread, NULL, drain_it, fixture.server.chain), 0);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fixture.fake), 503);
	bool waited = atomic_load(&fixture.stage.runs) > 0;
	fake_exchange_finish(&fixture.fake);
	pthread_join(thread, NULL);
	if (waited) {
		mcpauth_exchange_continue(exchange);
	}
	fake_server_stop(&fixture.server);
}

static void nap_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/** A loop that takes its time to be woken. */
struct slow_loop {
	atomic_bool woken;
	atomic_bool done;
};

static void wake_slowly(void *user)
{
	struct slow_loop *loop = user;
	atomic_store(&loop->woken, true);
	nap_ms(100);
	atomic_store(&loop->done, true);
}

/* The daemon is stopped after drain: no thread may still be busy with a resume. */
static void drain_waits_for_whoever_is_still_waking(void **state)
{
	(void)state;
	struct fixture fixture;
	struct slow_loop loop = {0};
	pthread_t thread;
	start(&fixture, BY_HAND, 1);
	fixture.server.chain->config.on_wake = wake_slowly;
	fixture.server.chain->config.on_wake_user = &loop;
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__LATER);
	assert_int_equal(pthread_create(&thread, NULL, continue_it, fixture.fake.exchange), 0);
	fake_exchange_await(&fixture.fake);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__PASS);
	fake_exchange_finish(&fixture.fake);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 20000), 0);
	assert_true(atomic_load(&loop.done));
	pthread_join(thread, NULL);
	fake_server_stop(&fixture.server);
}

static void wakes_the_loop_after_each_resume(void **state)
{
	(void)state;
	struct fixture fixture;
	struct slow_loop loop = {0};
	start(&fixture, BY_HAND, 1);
	fixture.server.chain->config.on_wake = wake_slowly;
	fixture.server.chain->config.on_wake_user = &loop;
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__LATER);
	assert_false(atomic_load(&loop.woken));
	mcpauth_exchange_continue(fixture.fake.exchange);
	assert_true(atomic_load(&loop.woken));
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__PASS);
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

static void continue_at_once(struct fake_exchange *fake)
{
	mcpauth_exchange_continue(fake->exchange);
}

/* Who ends the wait between the suspend and its announcement leaves the resume to the
 * loop's own thread, and the loop may be about to sleep. */
static void wakes_the_loop_that_resumes_by_itself(void **state)
{
	(void)state;
	struct fixture fixture;
	struct slow_loop loop = {0};
	start(&fixture, BY_HAND, 1);
	fixture.server.chain->config.on_wake = wake_slowly;
	fixture.server.chain->config.on_wake_user = &loop;
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	fixture.fake.suspended = continue_at_once;
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__LATER);
	assert_int_equal(atomic_load(&fixture.fake.resumes), 1);
	assert_true(atomic_load(&loop.woken));
	assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__PASS);
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

static void shows_the_request_to_stages(void **state)
{
	(void)state;
	struct fixture fixture;
	size_t length = 1;
	struct fake_request request = {
		.method = "POST",
		.path = "/a b",
		.headers = {"X-Name", "one \t ", "x-NAME", "two", "X-Empty", "", "X-Blank", " "},
	};
	start(&fixture, BY_HAND, 0);
	fake_exchange_start(&fixture.fake, &fixture.server, &request);
	const struct mcpauth_exchange *exchange = fixture.fake.exchange;
	assert_string_equal(mcpauth_exchange_method(exchange), "POST");
	assert_string_equal(mcpauth_exchange_path(exchange), "/a b");
	assert_string_equal(mcpauth_exchange_header(exchange, "x-name", 0), "one");
	assert_string_equal(mcpauth_exchange_header(exchange, "X-Name", 1), "two");
	assert_null(mcpauth_exchange_header(exchange, "X-Name", 2));
	assert_string_equal(mcpauth_exchange_header(exchange, "X-Empty", 0), "");
	assert_string_equal(mcpauth_exchange_header(exchange, "X-Blank", 0), "");
	assert_null(mcpauth_exchange_header(exchange, "X-Other", 0));
	assert_null(mcpauth_exchange_body(exchange, &length));
	assert_int_equal(length, 0);
	assert_ptr_equal(mcpauth_exchange_auth(exchange), fixture.server.auth);
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

static const struct {
	const char *label;
	unsigned status;
	const char *body;
	size_t length;
	enum mcpauth_code code;
} answers[] = {
	{"200 with a body", 200, "hello", 5, MCPAUTH_OK},
	{"599 without one", 599, NULL, 0, MCPAUTH_OK},
	{"199", 199, NULL, 0, MCPAUTH_E_INVALID_ARGUMENT},
	{"100", 100, NULL, 0, MCPAUTH_E_INVALID_ARGUMENT},
	{"600", 600, NULL, 0, MCPAUTH_E_INVALID_ARGUMENT},
	{"0", 0, NULL, 0, MCPAUTH_E_INVALID_ARGUMENT},
	{"a length without a body", 200, NULL, 5, MCPAUTH_E_INVALID_ARGUMENT},
};

static void takes_answers_that_can_be_sent(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_HAND, 0);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
		CHECK_ROW_CODE(answers[i].label, answers[i].code,
			mcpauth_exchange_answer(fixture.fake.exchange, answers[i].status,
				"text/plain", answers[i].body, answers[i].length));
		CHECK_ROW(answers[i].label,
			fixture.fake.exchange->answer.status
				== (answers[i].code == MCPAUTH_OK ? answers[i].status : 0));
		fake_exchange_break(&fixture.fake);
	}
	fake_server_stop(&fixture.server);
}

static void adds_headers_but_no_smuggled_ones(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, BY_HAND, 0);
	begin(&fixture, MCPAUTH__WAITS_SUSPENDED);
	struct mcpauth_exchange *exchange = fixture.fake.exchange;
	CHECK_OK(mcpauth_exchange_add_header(exchange, "X-Name", "value"));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_exchange_add_header(exchange, "X-Name", "a\r\nSet-Cookie: b"));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_exchange_add_header(exchange, "X-Name:a\nX", "b"));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_exchange_answer(exchange, 200, "text/html\r\nX: y", "a", 1));
	assert_int_equal(exchange->headers.count, 1);
	assert_null(fake_exchange_header(&fixture.fake, "Content-Type"));
	fake_exchange_break(&fixture.fake);
	fake_server_stop(&fixture.server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_until_it_is_continued),
		cmocka_unit_test(does_not_suspend_if_it_was_continued_before),
		cmocka_unit_test(is_resumed_once_per_suspend_from_another_thread),
		cmocka_unit_test(blocks_where_the_thread_is_its_own),
		cmocka_unit_test(does_not_block_if_it_was_continued_before),
		cmocka_unit_test(answers_503_where_it_cannot_wait_and_says_so_once),
		cmocka_unit_test(outlives_its_request_until_it_is_continued),
		cmocka_unit_test(can_be_continued_even_after_its_chain_is_gone),
		cmocka_unit_test(may_end_between_its_resume_and_its_next_run),
		cmocka_unit_test(drain_answers_503_to_those_who_wait),
		cmocka_unit_test(a_late_continue_after_drain_resumes_nothing),
		cmocka_unit_test(nobody_begins_to_wait_after_drain),
		cmocka_unit_test(drain_refuses_new_requests_before_any_stage_runs),
		cmocka_unit_test(drain_wakes_a_thread_that_blocks),
		cmocka_unit_test(drain_waits_for_whoever_is_still_waking),
		cmocka_unit_test(wakes_the_loop_after_each_resume),
		cmocka_unit_test(wakes_the_loop_that_resumes_by_itself),
		cmocka_unit_test(shows_the_request_to_stages),
		cmocka_unit_test(takes_answers_that_can_be_sent),
		cmocka_unit_test(adds_headers_but_no_smuggled_ones),
	};
	return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
