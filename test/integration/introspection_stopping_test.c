/* Stopping, or leaving, while questions to the introspection endpoint are under way. */
#include "support/check.h"
#include "support/opaque_daemon.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CROWD 40
#define AT_ONCE 4 /* so that most of them wait for their turn */
#define STOPPED_MS 3000

/** A daemon whose endpoint keeps its answers back, and requests that wait for them. */
struct fixture {
	struct opaque_daemon *it;
	struct http_client *clients[CROWD];
	struct http_response responses[CROWD];
	unsigned descriptors; /* before it was */
};

static unsigned count_descriptors(void)
{
	unsigned count = 0;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	while (readdir(folder) != NULL) {
		count++;
	}
	closedir(folder);
	return count;
}

static struct fixture *fixture_new(enum daemon_way way)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	struct opaque_daemon_config config = {
		.daemon = {.way = way, .deadline_ms = 20000}, .concurrency = AT_ONCE};
	assert_non_null(fixture);
	fixture->descriptors = count_descriptors();
	fixture->it = opaque_daemon_new(&config);
	return fixture;
}

static void leave(struct fixture *fixture)
{
	for (size_t i = 0; i < CROWD; i++) {
		http_client_free(fixture->clients[i]);
		fixture->clients[i] = NULL;
		http_response_finish(&fixture->responses[i]);
	}
}

/* Nothing that was opened is left. What it took from memory is for the sanitizer to say. */
static void fixture_free(struct fixture *fixture)
{
	unsigned descriptors = fixture->descriptors;
	leave(fixture);
	opaque_daemon_free(fixture->it);
	free(fixture);
	assert_int_equal(count_descriptors(), descriptors);
}

/* Once the chain has seen them all, they wait, or will in a moment. */
static void make_crowd_wait(struct fixture *fixture)
{
	char token[32];
	for (size_t i = 0; i < CROWD; i++) {
		snprintf(token, sizeof token, "held-%zu", i);
		fixture->clients[i] = opaque_daemon_ask(fixture->it, "/mcp", token);
	}
	CHECK_SOON(atomic_load(&fixture->it->arrived) == CROWD);
	CHECK_SOON(opaque_endpoint_calls(fixture->it->endpoint) == AT_ONCE);
}

static void read_crowd(struct fixture *fixture, const char *row)
{
	CHECK_ROW(row,
		http_clients_read(fixture->clients, fixture->responses, CROWD, HTTP_CLIENT_MS)
			== CROWD);
}

static void check_refused(struct fixture *fixture, const char *row)
{
	char value[32] = "";
	read_crowd(fixture, row);
	for (size_t i = 0; i < CROWD; i++) {
		CHECK_ROW(row, fixture->responses[i].status == 503);
		CHECK_ROW(row,
			http_response_field(
				&fixture->responses[i], "Retry-After", value, sizeof value));
		CHECK_ROW(row, http_client_is_closed(fixture->clients[i], HTTP_CLIENT_MS));
	}
}

static void check_served(struct fixture *fixture, const char *row)
{
	char subject[32];
	read_crowd(fixture, row);
	for (size_t i = 0; i < CROWD; i++) {
		snprintf(subject, sizeof subject, "%zu", i);
		CHECK_ROW(row, fixture->responses[i].status == 200);
		assert_string_equal(fixture->responses[i].body, subject);
	}
}

/* The twin of all below: who does not stop answers them all. */
static void those_who_wait_for_their_turn_get_it_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way);
		make_crowd_wait(fixture);
		opaque_endpoint_release(fixture->it->endpoint);
		check_served(fixture, daemon_way_name(way));
		CHECK_ROW(daemon_way_name(way),
			opaque_endpoint_at_once(fixture->it->endpoint) == AT_ONCE);
		fixture_free(fixture);
	}
}

static void stop_answers_everybody_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way);
		make_crowd_wait(fixture);
		long begin = http_client_clock();
		CHECK_ROW(daemon_way_name(way), daemon_stop(fixture->it->daemon) == 0);
		check_refused(fixture, daemon_way_name(way));
		daemon_free(fixture->it->daemon);
		fixture->it->daemon = NULL;
		CHECK_ROW(daemon_way_name(way), http_client_clock() - begin < STOPPED_MS);
		/* Those whose turn had not come were never asked about, and the rest is
		 * given up: nobody keeps the endpoint busy any more. */
		CHECK_ROW(daemon_way_name(way),
			opaque_endpoint_calls(fixture->it->endpoint) == AT_ONCE);
		CHECK_SOON(opaque_endpoint_open(fixture->it->endpoint) == 0);
		fixture_free(fixture);
	}
}

static void *release(void *endpoint)
{
	opaque_endpoint_release(endpoint);
	return NULL;
}

static void answers_that_come_during_a_stop_leave_nobody_behind(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3 * DAEMON_WAYS; round++) {
		enum daemon_way way = (enum daemon_way)(round % DAEMON_WAYS);
		struct fixture *fixture = fixture_new(way);
		pthread_t thread;
		make_crowd_wait(fixture);
		assert_int_equal(pthread_create(&thread, NULL, release, fixture->it->endpoint), 0);
		CHECK_ROW(daemon_way_name(way), daemon_stop(fixture->it->daemon) == 0);
		pthread_join(thread, NULL);
		read_crowd(fixture, daemon_way_name(way));
		for (size_t i = 0; i < CROWD; i++) {
			unsigned status = fixture->responses[i].status;
			CHECK_ROW(daemon_way_name(way), status == 200 || status == 503);
		}
		fixture_free(fixture);
	}
}

/* Half of them break off, the other half leave in good manners. */
static void break_off(struct fixture *fixture)
{
	for (size_t i = 0; i < CROWD; i++) {
		if (i % 2 == 0) {
			http_client_break(fixture->clients[i]);
		} else {
			http_client_free(fixture->clients[i]);
		}
		fixture->clients[i] = NULL;
	}
}

static void clients_that_are_gone_hold_nobody_up_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way);
		make_crowd_wait(fixture);
		break_off(fixture);
		opaque_endpoint_release(fixture->it->endpoint);
		struct http_response response = opaque_daemon_get(fixture->it, "/mcp", "token-me");
		CHECK_ROW(daemon_way_name(way), response.status == 200);
		http_response_finish(&response);
		CHECK_ROW(daemon_way_name(way), daemon_stop(fixture->it->daemon) == 0);
		fixture_free(fixture);
	}
}

static void stop_after_the_clients_are_gone_is_quick_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way);
		make_crowd_wait(fixture);
		break_off(fixture);
		long begin = http_client_clock();
		daemon_free(fixture->it->daemon);
		fixture->it->daemon = NULL;
		CHECK_ROW(daemon_way_name(way), http_client_clock() - begin < STOPPED_MS);
		fixture_free(fixture);
	}
}

/* What is kept once and for all is opened before anything is counted. */
static int warm_up(void **state)
{
	struct opaque_daemon_config config = {.concurrency = AT_ONCE};
	struct opaque_daemon *it = opaque_daemon_new(&config);
	struct http_response response = opaque_daemon_get(it, "/mcp", "token-me");
	(void)state;
	http_response_finish(&response);
	opaque_daemon_free(it);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_who_wait_for_their_turn_get_it_in_any_way_to_run),
		cmocka_unit_test(stop_answers_everybody_in_any_way_to_run),
		cmocka_unit_test(answers_that_come_during_a_stop_leave_nobody_behind),
		cmocka_unit_test(clients_that_are_gone_hold_nobody_up_in_any_way_to_run),
		cmocka_unit_test(stop_after_the_clients_are_gone_is_quick_in_any_way_to_run),
	};
	return cmocka_run_group_tests(tests, warm_up, NULL);
}
