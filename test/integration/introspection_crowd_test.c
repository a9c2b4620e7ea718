/* Hundreds who are asked about at once, and one who is not: one epoll thread serves all. */
#include "support/check.h"
#include "support/opaque_daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define CROWD 500
#define WAVES 4
#define WAVE 48 /* the default of `concurrency` */
#define DEADLINE_MS 20000
#define DESCRIPTORS 4096

/** Everybody, each on a connection of his own. */
struct crowd {
	struct opaque_daemon *it;
	struct http_client *clients[CROWD];
	struct http_response responses[CROWD];
	long took;
};

static void token_of(size_t i, bool same, char token[32])
{
	snprintf(token, 32, "slow-%zu", same ? (size_t)0 : i);
}

static void ask_all(struct crowd *crowd, bool same)
{
	char token[32];
	long start = http_client_clock();
	for (size_t i = 0; i < CROWD; i++) {
		token_of(i, same, token);
		crowd->clients[i] = opaque_daemon_ask(crowd->it, "/mcp", token);
	}
	assert_int_equal(
		http_clients_read(crowd->clients, crowd->responses, CROWD, DEADLINE_MS), CROWD);
	crowd->took = http_client_clock() - start;
}

/* Each one with his own subject: nobody's answer is another one's. */
static void check_all(const struct crowd *crowd, bool same)
{
	char token[32];
	for (size_t i = 0; i < CROWD; i++) {
		token_of(i, same, token);
		assert_int_equal(crowd->responses[i].status, 200);
		assert_string_equal(crowd->responses[i].body, strchr(token, '-') + 1);
	}
}

static struct crowd *crowd_new(opaque_answer_fn answer)
{
	struct crowd *crowd = calloc(1, sizeof *crowd);
	struct opaque_daemon_config config = {
		.daemon = {.way = DAEMON_EPOLL, .deadline_ms = DEADLINE_MS}, .answer = answer};
	assert_non_null(crowd);
	crowd->it = opaque_daemon_new(&config);
	return crowd;
}

static void leave(struct crowd *crowd)
{
	for (size_t i = 0; i < CROWD; i++) {
		http_client_free(crowd->clients[i]);
		crowd->clients[i] = NULL;
		http_response_finish(&crowd->responses[i]);
	}
}

static void crowd_free(struct crowd *crowd)
{
	leave(crowd);
	opaque_daemon_free(crowd->it);
	free(crowd);
}

static void report(const struct crowd *crowd, const char *who)
{
	const struct opaque_endpoint *endpoint = crowd->it->endpoint;
	print_message("# %d requests, %s: %ld ms, %u calls, %u at once, "
		      "%u connections, %u open\n",
		CROWD, who, crowd->took, opaque_endpoint_calls(endpoint),
		opaque_endpoint_at_once(endpoint), opaque_endpoint_connections(endpoint),
		opaque_endpoint_open(endpoint));
}

/* One after the other they would take 150 s. */
static void asks_about_500_tokens_at_once(void **state)
{
	struct crowd *crowd = crowd_new(opaque_say);
	(void)state;
	ask_all(crowd, false);
	report(crowd, "a token each");
	check_all(crowd, false);
	assert_true(crowd->took < DEADLINE_MS);
	assert_int_equal(opaque_endpoint_calls(crowd->it->endpoint), CROWD);
	assert_in_range(opaque_endpoint_at_once(crowd->it->endpoint), 2, WAVE);
	crowd_free(crowd);
}

static void asks_once_about_a_token_that_500_bring_at_once(void **state)
{
	struct crowd *crowd = crowd_new(opaque_say);
	(void)state;
	ask_all(crowd, true);
	report(crowd, "one token");
	check_all(crowd, true);
	assert_true(crowd->took < DEADLINE_MS / 2);
	assert_int_equal(opaque_endpoint_calls(crowd->it->endpoint), 1);
	crowd_free(crowd);
}

/* One by one, so that at the end of a wave the last ones are alone under way. */
static void say_one_by_one(const char *token, struct opaque_answer *answer, void *user)
{
	opaque_say(token, answer, user);
	answer->delay_ms = 100 + 2 * strtol(strrchr(token, '-') + 1, NULL, 10);
}

static void send_wave(struct crowd *crowd, unsigned number)
{
	char token[32];
	for (size_t i = 0; i < WAVE; i++) {
		snprintf(token, sizeof token, "wave-%u-%zu", number, i);
		crowd->clients[i] = opaque_daemon_ask(crowd->it, "/mcp", token);
	}
	assert_int_equal(
		http_clients_read(crowd->clients, crowd->responses, WAVE, DEADLINE_MS), WAVE);
	for (size_t i = 0; i < WAVE; i++) {
		assert_int_equal(crowd->responses[i].status, 200);
	}
	leave(crowd);
}

/* A connection to the endpoint costs a handshake, with TLS that of TLS, too. */
static void keeps_its_connections_for_the_next_wave(void **state)
{
	struct crowd *crowd = crowd_new(say_one_by_one);
	const struct opaque_endpoint *endpoint = crowd->it->endpoint;
	(void)state;
	for (unsigned i = 0; i < WAVES; i++) {
		send_wave(crowd, i);
	}
	print_message("# %d waves of %d: %u calls, %u connections, %u open\n", WAVES, WAVE,
		opaque_endpoint_calls(endpoint), opaque_endpoint_connections(endpoint),
		opaque_endpoint_open(endpoint));
	assert_int_equal(opaque_endpoint_calls(endpoint), WAVES * WAVE);
	assert_in_range(opaque_endpoint_connections(endpoint), 1, WAVE);
	crowd_free(crowd);
}

/* Servers close what lies idle: nobody is refused for that. */
static void finds_its_connections_closed_and_makes_new_ones(void **state)
{
	struct crowd *crowd = crowd_new(opaque_say);
	struct opaque_endpoint *endpoint = crowd->it->endpoint;
	(void)state;
	for (unsigned i = 0; i < WAVES; i++) {
		send_wave(crowd, i);
		opaque_endpoint_hang_up(endpoint);
		CHECK_SOON(opaque_endpoint_open(endpoint) == 0);
	}
	assert_int_equal(opaque_endpoint_calls(endpoint), WAVES * WAVE);
	crowd_free(crowd);
}

/* Also while a question is on its way on one of them: then it is asked anew. */
static void asks_anew_where_its_connection_is_closed_under_its_question(void **state)
{
	struct crowd *crowd = crowd_new(opaque_say);
	char token[32];
	(void)state;
	long start = http_client_clock();
	for (size_t i = 0; i < CROWD; i++) {
		snprintf(token, sizeof token, "token-%zu", i);
		crowd->clients[i] = opaque_daemon_ask(crowd->it, "/mcp", token);
		opaque_endpoint_hang_up(crowd->it->endpoint);
	}
	assert_int_equal(
		http_clients_read(crowd->clients, crowd->responses, CROWD, DEADLINE_MS), CROWD);
	crowd->took = http_client_clock() - start;
	report(crowd, "connections closed all the time");
	for (size_t i = 0; i < CROWD; i++) {
		assert_int_equal(crowd->responses[i].status, 200);
	}
	crowd_free(crowd);
}

/* Also those whose turn does not come: not one waits longer than the rest. */
static void refuses_500_in_time_whose_answers_do_not_come(void **state)
{
	struct crowd *crowd = calloc(1, sizeof *crowd);
	struct opaque_daemon_config config = {.daemon = {.deadline_ms = 1000}};
	char token[32];
	(void)state;
	assert_non_null(crowd);
	crowd->it = opaque_daemon_new(&config);
	long start = http_client_clock();
	for (size_t i = 0; i < CROWD; i++) {
		snprintf(token, sizeof token, "held-%zu", i);
		crowd->clients[i] = opaque_daemon_ask(crowd->it, "/mcp", token);
	}
	assert_int_equal(
		http_clients_read(crowd->clients, crowd->responses, CROWD, DEADLINE_MS), CROWD);
	crowd->took = http_client_clock() - start;
	report(crowd, "none answered");
	for (size_t i = 0; i < CROWD; i++) {
		assert_int_equal(crowd->responses[i].status, 503);
	}
	assert_in_range(crowd->took, 1000, 6000);
	struct http_response response = opaque_daemon_get(crowd->it, "/mcp", "token-me");
	assert_int_equal(response.status, 200);
	http_response_finish(&response);
	crowd_free(crowd);
}

static void answers_1000_others_while_one_answer_is_withheld(void **state)
{
	struct opaque_daemon_config config = {
		.daemon = {.way = DAEMON_EPOLL, .deadline_ms = DEADLINE_MS}};
	struct opaque_daemon *it = opaque_daemon_new(&config);
	struct http_client *waiting = opaque_daemon_ask(it, "/mcp", "held-me");
	struct http_client *other = http_client_new(daemon_port(it->daemon));
	struct http_response response = {0};
	(void)state;
	CHECK_SOON(opaque_endpoint_calls(it->endpoint) == 1);
	long start = http_client_clock();
	for (unsigned i = 0; i < 1000; i++) {
		assert_true(http_client_get(other, "/open", NULL));
		assert_true(http_client_read(other, &response, HTTP_CLIENT_MS));
		assert_int_equal(response.status, 200);
		assert_string_equal(response.body, "nobody");
	}
	long took = http_client_clock() - start;
	print_message("# 1000 others in %ld ms\n", took);
	assert_true(took < 5000);
	assert_false(http_client_read(waiting, &response, 1));
	opaque_endpoint_release(it->endpoint);
	assert_true(http_client_read(waiting, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 200);
	assert_string_equal(response.body, "me");
	http_response_finish(&response);
	http_client_free(waiting);
	http_client_free(other);
	opaque_daemon_free(it);
}

/* Three descriptors for each of them: the client's, MHD's, and at the endpoint. */
static int raise_descriptors(void **state)
{
	struct rlimit limit;
	(void)state;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS) {
		return 0;
	}
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_about_500_tokens_at_once),
		cmocka_unit_test(asks_once_about_a_token_that_500_bring_at_once),
		cmocka_unit_test(keeps_its_connections_for_the_next_wave),
		cmocka_unit_test(finds_its_connections_closed_and_makes_new_ones),
		cmocka_unit_test(asks_anew_where_its_connection_is_closed_under_its_question),
		cmocka_unit_test(refuses_500_in_time_whose_answers_do_not_come),
		cmocka_unit_test(answers_1000_others_while_one_answer_is_withheld),
	};
	return cmocka_run_group_tests(tests, raise_descriptors, NULL);
}
