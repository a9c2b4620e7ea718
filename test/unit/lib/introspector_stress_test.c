/* An introspection endpoint that answers from a thread of its own, while many ask. */
#include "support/check.h"
#include "support/introspected.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 6
#define EACH 30

struct endpoint {
	struct introspected *it;
	pthread_t thread;
	atomic_bool ends;
};

/* Answers whatever is held, until it is told to end. */
static void *serve(void *argument)
{
	struct endpoint *endpoint = argument;
	while (!atomic_load(&endpoint->ends)) {
		unsigned count = introspected_posts(endpoint->it);
		for (unsigned i = 0; i < count; i++) {
			introspected_release(endpoint->it, i);
		}
	}
	return NULL;
}

static void open_endpoint(struct endpoint *endpoint, struct introspected *it)
{
	endpoint->it = it;
	atomic_init(&endpoint->ends, false);
	assert_int_equal(pthread_create(&endpoint->thread, NULL, serve, endpoint), 0);
}

static void close_endpoint(struct endpoint *endpoint)
{
	atomic_store(&endpoint->ends, true);
	pthread_join(endpoint->thread, NULL);
}

/* Neither waits for an answer nor misses one. */
static void *ask_and_go(void *argument)
{
	struct introspected *it = argument;
	struct mcpauth__introspection *introspection;
	struct mcpauth__introspection_answer answer;
	bool good = true;
	for (unsigned i = 0; i < EACH; i++) {
		char token[16];
		snprintf(token, sizeof token, "token%u", i);
		enum mcpauth_code code = introspected_ask(it, token, true, &introspection, NULL);
		if (code != MCPAUTH_OK && code != MCPAUTH_PENDING) {
			return NULL;
		}
		code = mcpauth__introspection_result(introspection, NULL, &answer, NULL);
		good = good && (code == MCPAUTH_OK || code == MCPAUTH_PENDING);
		mcpauth__introspection_free(introspection);
	}
	return good ? it : NULL;
}

static void let_all_ask(struct introspected *it)
{
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, ask_and_go, it), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *good;
		pthread_join(threads[i], &good);
		assert_non_null(good);
	}
}

static void answers_and_questions_cross(void **state)
{
	struct introspected *it = *state;
	struct endpoint endpoint;
	it->holds = true;
	it->config.concurrency = 3;
	introspected_make(it, NULL);
	open_endpoint(&endpoint, it);
	let_all_ask(it);
	CHECK_SOON(introspected_try(it, "last", NULL, NULL) == MCPAUTH_OK);
	close_endpoint(&endpoint);
	/* Each token once, whoever asked first. */
	assert_int_equal(introspected_posts(it), EACH + 1);
}

static void the_library_goes_while_answers_come(void **state)
{
	struct introspected *it = *state;
	it->holds = true;
	it->config.concurrency = 3;
	for (unsigned round = 0; round < 5; round++) {
		struct endpoint endpoint;
		introspected_make(it, NULL);
		let_all_ask(it);
		open_endpoint(&endpoint, it);
		mcpauth_free(it->auth);
		it->auth = NULL;
		close_endpoint(&endpoint);
	}
	assert_true(introspected_posts(it) >= 15);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, introspected_start, introspected_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_and_questions_cross),
		TEST(the_library_goes_while_answers_come),
	};
	return cmocka_run_group_tests_name("introspector_stress", tests, NULL, NULL);
}
