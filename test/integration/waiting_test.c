/* Requests that have to wait for keys, in every way MHD can run. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CROWD 200
#define CROWD_MS 20000

/** A daemon whose issuer keeps its keys back. */
struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	struct http_client *clients[CROWD];
	struct http_response responses[CROWD];
};

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static struct fixture *fixture_new(struct daemon_config config)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys(), .manner = LOOPBACK_HELD};
	fixture->issuer = loopback_new(&fixture->page, 1);
	config.issuer_port = loopback_port(fixture->issuer);
	config.deadline_ms = config.deadline_ms > 0 ? config.deadline_ms : CROWD_MS;
	fixture->daemon = daemon_new(&config);
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	for (size_t i = 0; i < CROWD; i++) {
		http_client_free(fixture->clients[i]);
		http_response_finish(&fixture->responses[i]);
	}
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	free(fixture);
}

static void await_fetch(const struct fixture *fixture)
{
	for (int i = 0; i < 5000 && loopback_requests(fixture->issuer) == 0; i++) {
		sleep_ms(2);
	}
	assert_int_equal(loopback_requests(fixture->issuer), 1);
}

/* Everybody asks with a token of his own. */
static void send_crowd(struct fixture *fixture)
{
	for (size_t i = 0; i < CROWD; i++) {
		char subject[32];
		snprintf(subject, sizeof subject, "caller-%zu", i);
		char *token = daemon_token(subject);
		fixture->clients[i] = http_client_new(daemon_port(fixture->daemon));
		assert_true(http_client_get(fixture->clients[i], "/mcp", token));
		free(token);
	}
	await_fetch(fixture);
}

static void check_crowd(struct fixture *fixture)
{
	assert_int_equal(
		http_clients_read(fixture->clients, fixture->responses, CROWD, CROWD_MS), CROWD);
	for (size_t i = 0; i < CROWD; i++) {
		char subject[32];
		snprintf(subject, sizeof subject, "caller-%zu", i);
		assert_int_equal(fixture->responses[i].status, 200);
		assert_string_equal(fixture->responses[i].body, subject);
	}
	assert_int_equal(loopback_requests(fixture->issuer), 1);
}

static void one_epoll_thread_answers_others_while_200_wait(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){.way = DAEMON_EPOLL});
	struct http_client *other = http_client_new(daemon_port(fixture->daemon));
	struct http_response response = {0};
	(void)state;
	send_crowd(fixture);
	for (unsigned i = 0; i < 1000; i++) {
		assert_true(http_client_get(other, "/open", NULL));
		assert_true(http_client_read(other, &response, HTTP_CLIENT_MS));
		assert_int_equal(response.status, 200);
		assert_string_equal(response.body, "nobody");
	}
	assert_int_equal(http_clients_read(fixture->clients, fixture->responses, CROWD, 1), 0);
	loopback_release(fixture->issuer);
	check_crowd(fixture);
	http_response_finish(&response);
	http_client_free(other);
	fixture_free(fixture);
}

static void answers_200_that_waited_together_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new((struct daemon_config){.way = way});
		print_message("# %s\n", daemon_way_name(way));
		send_crowd(fixture);
		loopback_release(fixture->issuer);
		check_crowd(fixture);
		fixture_free(fixture);
	}
}

static void a_wait_of_300_ms_ends_in_time_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new((struct daemon_config){.way = way});
		struct http_response response = {0};
		struct http_client *client = http_client_new(daemon_port(fixture->daemon));
		char *token = daemon_token("me");
		long start = http_client_clock();
		assert_true(http_client_get(client, "/mcp", token));
		await_fetch(fixture);
		sleep_ms(300);
		loopback_release(fixture->issuer);
		CHECK_ROW(
			daemon_way_name(way), http_client_read(client, &response, HTTP_CLIENT_MS));
		CHECK_ROW(daemon_way_name(way), http_client_clock() - start < 3000);
		assert_string_equal(response.body, "me");
		free(token);
		http_response_finish(&response);
		http_client_free(client);
		fixture_free(fixture);
	}
}

static void a_wait_ends_with_the_deadline_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(
			(struct daemon_config){.way = way, .deadline_ms = 300});
		struct http_response response = {0};
		char value[16] = "";
		struct http_client *client = http_client_new(daemon_port(fixture->daemon));
		char *token = daemon_token("me");
		long start = http_client_clock();
		assert_true(http_client_get(client, "/mcp", token));
		CHECK_ROW(
			daemon_way_name(way), http_client_read(client, &response, HTTP_CLIENT_MS));
		long took = http_client_clock() - start;
		CHECK_ROW(daemon_way_name(way), took >= 300 && took < 1300);
		CHECK_ROW(daemon_way_name(way), response.status == 503);
		assert_true(http_response_field(&response, "Retry-After", value, sizeof value));
		assert_false(
			http_response_field(&response, "WWW-Authenticate", value, sizeof value));
		free(token);
		http_response_finish(&response);
		http_client_free(client);
		fixture_free(fixture);
	}
}

/** Counts the lines of the log with a certain code. */
struct counter {
	enum mcpauth_code code;
	atomic_uint lines;
};

static void count_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct counter *counter = user;
	(void)request;
	(void)message;
	if (level == MCPAUTH_LOG_ERROR && code == counter->code) {
		atomic_fetch_add(&counter->lines, 1);
	}
}

static struct http_response get_once(const struct fixture *fixture, const char *token)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(fixture->daemon));
	assert_true(http_client_get(client, "/mcp", token));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	http_client_free(client);
	return response;
}

static void without_suspend_says_503_until_keys_are_there_and_logs_why_once(void **state)
{
	struct counter counter = {.code = MCPAUTH_E_UNSUPPORTED};
	struct fixture *fixture = fixture_new((struct daemon_config){
		.without_suspend = true, .log = count_line, .log_user = &counter});
	char *token = daemon_token("me");
	char value[16];
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct http_response response = get_once(fixture, token);
		assert_int_equal(response.status, 503);
		assert_true(http_response_field(&response, "Retry-After", value, sizeof value));
		http_response_finish(&response);
	}
	await_fetch(fixture);
	loopback_release(fixture->issuer);
	struct http_response response = get_once(fixture, token);
	for (int i = 0; i < 500 && response.status == 503; i++) {
		http_response_finish(&response);
		sleep_ms(10);
		response = get_once(fixture, token);
	}
	assert_int_equal(response.status, 200);
	assert_string_equal(response.body, "me");
	assert_int_equal(loopback_requests(fixture->issuer), 1);
	assert_int_equal(counter.lines, 1);
	http_response_finish(&response);
	free(token);
	fixture_free(fixture);
}

static void without_the_options_everything_is_500_and_the_log_says_so_once(void **state)
{
	struct counter counter = {.code = MCPAUTH_E_INVALID_ARGUMENT};
	struct fixture *fixture = fixture_new((struct daemon_config){
		.without_options = true, .log = count_line, .log_user = &counter});
	char *token = daemon_token("me");
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct http_response response = get_once(fixture, token);
		assert_int_equal(response.status, 500);
		assert_string_equal(response.body, "");
		http_response_finish(&response);
	}
	assert_int_equal(counter.lines, 1);
	free(token);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_epoll_thread_answers_others_while_200_wait),
		cmocka_unit_test(answers_200_that_waited_together_in_any_way_to_run),
		cmocka_unit_test(a_wait_of_300_ms_ends_in_time_in_any_way_to_run),
		cmocka_unit_test(a_wait_ends_with_the_deadline_in_any_way_to_run),
		cmocka_unit_test(without_suspend_says_503_until_keys_are_there_and_logs_why_once),
		cmocka_unit_test(without_the_options_everything_is_500_and_the_log_says_so_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
