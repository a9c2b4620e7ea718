/* GETs, whoever carries them out: how many, how long, and ended exactly once. */
#include "net/worker.h"

#include "support/check.h"
#include "support/network.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MIB ((size_t)1024 * 1024)

static const struct loopback_page pages[] = {
	{.path = "/good", .status = 200, .body = "good"},
	{.path = "/broken", .status = 503, .body = "secret words"},
	{.path = "/held", .status = 200, .body = "at last", .manner = LOOPBACK_HELD},
	{.path = "/dripping", .status = 200, .manner = LOOPBACK_DRIPPING},
};

static int start(void **state)
{
	return network_start(state, loopback_new(pages, COUNT(pages)));
}

static void gives_up_at_the_deadline(void **state)
{
	static const char *const paths[] = {"/held", "/dripping"};
	struct network *network = *state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct fetched fetched;
		int64_t began = network_now(network);
		network_begin_at(network, "http://127.0.0.1", paths[i], 200, &fetched);
		network_await(&fetched);
		int64_t took = network_now(network) - began;
		CHECK_ROW(paths[i], fetched.code == MCPAUTH_E_TIMEOUT && fetched.status == 0);
		CHECK_ROW(paths[i], took >= 200 && took < 1000);
		CHECK_ROW(paths[i], strstr(fetched.message, "no answer within 200 ms") != NULL);
	}
}

static void carries_64_at_once_and_no_more(void **state)
{
	struct network *network = *state;
	static struct fetched held[MCPAUTH__TRANSFER_LIMIT];
	struct fetched extra;
	for (size_t i = 0; i < COUNT(held); i++) {
		network_begin_at(network, "http://127.0.0.1", "/held", 0, &held[i]);
	}
	network_begin_at(network, "http://127.0.0.1", "/good", 0, &extra);
	assert_int_equal(extra.calls, 1);
	assert_int_equal(extra.code, MCPAUTH_E_OVERLOADED);
	loopback_release(network->loopback);
	for (size_t i = 0; i < COUNT(held); i++) {
		network_await(&held[i]);
		assert_int_equal(held[i].code, MCPAUTH_OK);
		assert_string_equal(held[i].body, "at last");
	}
	network_get(network, "/good", &extra);
	assert_int_equal(extra.status, 200);
}

static void logs_every_fetch_without_its_query(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	char want[64];
	network_get(network, "/broken?token=secret", &fetched);
	mcpauth__worker_free(network->worker);
	network->worker = NULL;
	snprintf(want, sizeof want, "GET http://127.0.0.1:%u/broken: answered 503 in ",
		loopback_port(network->loopback));
	assert_memory_equal(network->line, want, strlen(want));
	assert_null(strstr(network->line, "secret"));
}

static void logs_how_much_came_and_how_long_it_took(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	char want[64];
	network_get(network, "/good", &fetched);
	mcpauth__worker_free(network->worker);
	network->worker = NULL;
	snprintf(want, sizeof want, "/good: answered 200, %zu bytes in ", fetched.length);
	const char *told = strstr(network->line, want);
	char *end = NULL;
	assert_true(fetched.length > 0);
	assert_non_null(told);
	assert_in_range(strtol(told + strlen(want), &end, 10), 0, NETWORK_LONG_MS);
	assert_string_equal(end, " ms");
}

/** A program's own fetch function, which keeps what it is to answer. */
struct program {
	struct mcpauth_fetch *fetches[MCPAUTH__TRANSFER_LIMIT + 1];
	size_t count;
};

static void keep_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct program *program = user;
	assert_string_equal(url, "https://as.test/keys");
	program->fetches[program->count++] = fetch;
}

static void use_program(struct network *network, struct program *program)
{
	*program = (struct program){.count = 0};
	network->config.fetch = keep_fetch;
	network->config.fetch_user = program;
	network_restart(network);
}

static void begin_own(struct network *network, unsigned timeout_ms, struct fetched *fetched)
{
	network_begin(network,
		&(struct mcpauth__get){.url = "https://as.test/keys", .timeout_ms = timeout_ms},
		fetched);
}

static void lets_the_program_fetch(void **state)
{
	struct program program;
	struct fetched fetched[4];
	use_program(*state, &program);
	for (size_t i = 0; i < COUNT(fetched); i++) {
		begin_own(*state, 0, &fetched[i]);
		assert_int_equal(fetched[i].calls, 0);
	}
	char *huge = calloc(1, MIB + 1);
	mcpauth_fetch_answer(program.fetches[3], 0, NULL, 0);
	mcpauth_fetch_answer(program.fetches[2], 200, huge, MIB + 1);
	mcpauth_fetch_answer(program.fetches[1], 204, NULL, 0);
	mcpauth_fetch_answer(program.fetches[0], 200, "own", 3);
	free(huge);
	assert_int_equal(fetched[3].code, MCPAUTH_E_UNREACHABLE);
	assert_int_equal(fetched[2].code, MCPAUTH_E_TOO_LARGE);
	assert_int_equal(fetched[1].status, 204);
	assert_int_equal(fetched[0].code, MCPAUTH_OK);
	assert_string_equal(fetched[0].body, "own");
	assert_int_equal(fetched[0].max_age, MCPAUTH_NONE);
}

static void limits_the_program_too(void **state)
{
	struct network *network = *state;
	struct program program;
	static struct fetched held[MCPAUTH__TRANSFER_LIMIT];
	struct fetched extra;
	use_program(network, &program);
	for (size_t i = 0; i < COUNT(held); i++) {
		begin_own(network, 0, &held[i]);
	}
	begin_own(network, 0, &extra);
	assert_int_equal(extra.code, MCPAUTH_E_OVERLOADED);
	assert_int_equal(program.count, MCPAUTH__TRANSFER_LIMIT);
	mcpauth_fetch_answer(program.fetches[7], 200, "x", 1);
	begin_own(network, 0, &extra);
	assert_int_equal(extra.calls, 0);
	mcpauth__worker_free(network->worker);
	network->worker = NULL;
	assert_int_equal(extra.code, MCPAUTH_E_CANCELLED);
	for (size_t i = 0; i < program.count; i++) {
		if (i != 7) {
			mcpauth_fetch_answer(program.fetches[i], 200, "late", 4);
		}
	}
	assert_int_equal(held[0].calls, 1);
	assert_int_equal(held[0].code, MCPAUTH_E_CANCELLED);
}

static void waits_for_the_program_no_longer_than_for_others(void **state)
{
	struct program program;
	struct fetched fetched;
	use_program(*state, &program);
	begin_own(*state, 50, &fetched);
	network_await(&fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_TIMEOUT);
	assert_int_equal(program.count, 1);
	mcpauth_fetch_answer(program.fetches[0], 200, "late", 4);
	assert_int_equal(fetched.calls, 1);
}

/** Somebody who takes their time over a response. */
struct slow {
	struct mcpauth_fetch *fetch;
	atomic_uint entered;
	atomic_uint left;
};

static void take_time(const struct mcpauth__response *response, void *user)
{
	struct slow *slow = user;
	(void)response;
	atomic_fetch_add(&slow->entered, 1);
	network_sleep(100);
	atomic_fetch_add(&slow->left, 1);
}

static void *answer_slow(void *argument)
{
	struct slow *slow = argument;
	mcpauth_fetch_answer(slow->fetch, 200, "good", 4);
	return NULL;
}

static void goes_when_the_last_callback_is_back(void **state)
{
	struct network *network = *state;
	struct program program;
	struct slow slow = {.entered = 0};
	pthread_t thread;
	use_program(network, &program);
	mcpauth__worker_get(network->worker,
		&(struct mcpauth__get){.url = "https://as.test/keys",
			.timeout_ms = NETWORK_LONG_MS,
			.done = take_time,
			.user = &slow});
	assert_int_equal(program.count, 1);
	slow.fetch = program.fetches[0];
	assert_int_equal(pthread_create(&thread, NULL, answer_slow, &slow), 0);
	CHECK_SOON(atomic_load(&slow.entered) != 0);
	mcpauth__worker_free(network->worker);
	network->worker = NULL;
	assert_int_equal(atomic_load(&slow.left), 1);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&slow.entered), 1);
}

static void *answer_slowly(void *argument)
{
	network_sleep(1);
	mcpauth_fetch_answer(argument, 200, "raced", 5);
	return NULL;
}

static void ends_once_in_every_race(void **state)
{
	struct network *network = *state;
	for (unsigned i = 0; i < 100; i++) {
		struct program program;
		struct fetched fetched;
		pthread_t thread;
		use_program(network, &program);
		begin_own(network, i % 2 == 0 ? 1 : NETWORK_LONG_MS, &fetched);
		assert_int_equal(program.count, 1);
		assert_int_equal(
			pthread_create(&thread, NULL, answer_slowly, program.fetches[0]), 0);
		network_sleep(1);
		mcpauth__worker_free(network->worker);
		network->worker = NULL;
		assert_int_equal(fetched.calls, 1);
		pthread_join(thread, NULL);
		assert_int_equal(fetched.calls, 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, network_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gives_up_at_the_deadline),
		TEST(carries_64_at_once_and_no_more),
		TEST(logs_every_fetch_without_its_query),
		TEST(logs_how_much_came_and_how_long_it_took),
		TEST(lets_the_program_fetch),
		TEST(limits_the_program_too),
		TEST(waits_for_the_program_no_longer_than_for_others),
		TEST(goes_when_the_last_callback_is_back),
		TEST(ends_once_in_every_race),
	};
	return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
