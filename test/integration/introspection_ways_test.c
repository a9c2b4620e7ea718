/* Opaque tokens get the same answers in every way MHD can run. */
#include "support/check.h"
#include "support/opaque_daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHORT_MS 400
#define BODY_LENGTH 200000 /* more than MHD and the sockets take in */

/** A token, and what comes of it. */
struct row {
	const char *label;
	const char *path;
	const char *token;
	unsigned status;
	const char *challenge; /* within it; NULL: there is none */
	const char *body;      /* within it */
};

static const struct row rows[] = {
	{"good", "/mcp", "token-alice", 200, NULL, "alice"},
	{"good, but later", "/mcp", "slow-bob", 200, NULL, "bob"},
	{"inactive", "/mcp", "gone-carol", 401, "error=\"invalid_token\"", "invalid_token"},
	{"for another resource", "/mcp", "elsewhere-dave", 401, "error=\"invalid_token\"",
		"invalid_token"},
	{"scope", "/write", "token-alice", 403, "error=\"insufficient_scope\"",
		"insufficient_scope"},
	{"endpoint fails", "/mcp", "broken-erin", 503, NULL, "temporarily_unavailable"},
	{"endpoint breaks off", "/mcp", "cut-frank", 503, NULL, "temporarily_unavailable"},
	{"good again", "/mcp", "token-alice", 200, NULL, "alice"},
};

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static struct opaque_daemon *start(enum daemon_way way, unsigned deadline_ms)
{
	struct opaque_daemon_config config = {.daemon = {.way = way, .deadline_ms = deadline_ms}};
	return opaque_daemon_new(&config);
}

static void check_challenge(
	const char *label, const struct http_response *response, const char *wanted)
{
	char challenge[1024] = "";
	bool found = http_response_field(response, "WWW-Authenticate", challenge, sizeof challenge);
	CHECK_ROW(label, found == (wanted != NULL));
	CHECK_ROW(label, wanted == NULL || strstr(challenge, wanted) != NULL);
	CHECK_ROW(label, wanted == NULL || strstr(challenge, "resource_metadata=\"") != NULL);
}

static void check_retry(const char *label, const struct http_response *response)
{
	char value[16] = "0";
	bool found = http_response_field(response, "Retry-After", value, sizeof value);
	CHECK_ROW(label, found == (response->status == 503));
	CHECK_ROW(label, !found || strtoul(value, NULL, 10) > 0);
}

static void check_row(const struct opaque_daemon *it, enum daemon_way way, const struct row *row)
{
	char label[96];
	struct http_response response = opaque_daemon_get(it, row->path, row->token);
	snprintf(label, sizeof label, "%s, %s: %u", daemon_way_name(way), row->label,
		response.status);
	CHECK_ROW(label, response.status == row->status);
	CHECK_ROW(label, strstr(response.body, row->body) != NULL);
	check_challenge(label, &response, row->challenge);
	check_retry(label, &response);
	http_response_finish(&response);
}

static void says_the_same_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct opaque_daemon *it = start(way, 0);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			check_row(it, way, &rows[i]);
		}
		/* Each token once, however often it was brought; and libcurl asks again where
		 * a connection that was used before ends without a word. */
		CHECK_ROW(daemon_way_name(way), opaque_endpoint_calls(it->endpoint) == 6 + 1);
		opaque_daemon_free(it);
	}
}

static void an_endpoint_that_is_down_is_503_and_what_is_known_stays_good(void **state)
{
	static const struct row known = {"known", "/mcp", "token-alice", 200, NULL, "alice"};
	static const struct row unknown = {
		"unknown", "/mcp", "token-bob", 503, NULL, "temporarily_unavailable"};
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct opaque_daemon *it = start(way, 0);
		check_row(it, way, &known);
		opaque_endpoint_free(it->endpoint);
		it->endpoint = NULL;
		check_row(it, way, &unknown);
		check_row(it, way, &known);
		opaque_daemon_free(it);
	}
}

static void an_endpoint_beyond_the_deadline_is_503_in_time_in_any_way_to_run(void **state)
{
	static const struct row late = {
		"late", "/mcp", "held-alice", 503, NULL, "temporarily_unavailable"};
	static const struct row next = {"next", "/mcp", "token-bob", 200, NULL, "bob"};
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct opaque_daemon *it = start(way, SHORT_MS);
		long begin = http_client_clock();
		check_row(it, way, &late);
		long took = http_client_clock() - begin;
		CHECK_ROW(daemon_way_name(way), took >= SHORT_MS && took < SHORT_MS + 2000);
		check_row(it, way, &next);
		opaque_daemon_free(it);
	}
}

/* A thread of its own is blocked where each connection has one, and no other. */
static void serves_others_while_one_waits_in_any_way_to_run(void **state)
{
	static const struct row other = {"other", "/mcp", "token-bob", 200, NULL, "bob"};
	static const struct row open = {"open", "/open", NULL, 200, NULL, "nobody"};
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct opaque_daemon *it = start(way, 20000);
		struct http_client *waiting = opaque_daemon_ask(it, "/mcp", "held-alice");
		struct http_response response = {0};
		CHECK_SOON(opaque_endpoint_calls(it->endpoint) == 1);
		check_row(it, way, &open);
		check_row(it, way, &other);
		CHECK_ROW(daemon_way_name(way), !http_client_read(waiting, &response, 1));
		opaque_endpoint_release(it->endpoint);
		CHECK_ROW(
			daemon_way_name(way), http_client_read(waiting, &response, HTTP_CLIENT_MS));
		CHECK_ROW(daemon_way_name(way), response.status == 200);
		assert_string_equal(response.body, "alice");
		http_response_finish(&response);
		http_client_free(waiting);
		opaque_daemon_free(it);
	}
}

static unsigned post(const struct opaque_daemon *it, const char *token)
{
	static char body[BODY_LENGTH];
	char fields[128];
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(it->daemon));
	memset(body, 'x', sizeof body);
	snprintf(fields, sizeof fields, "Authorization: Bearer %s\r\nContent-Length: %d\r\n", token,
		BODY_LENGTH);
	assert_true(http_client_head(client, "POST", "/mcp", fields));
	assert_true(http_client_send(client, body, sizeof body));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	unsigned status = response.status;
	http_response_finish(&response);
	/* Also after a refusal: the body was swallowed. */
	assert_true(http_client_get(client, "/open", NULL));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 200);
	http_response_finish(&response);
	http_client_free(client);
	return status;
}

static void a_body_waits_with_its_token_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct opaque_daemon *it = start(way, 0);
		CHECK_ROW(daemon_way_name(way), post(it, "slow-alice") == 200);
		CHECK_ROW(daemon_way_name(way), post(it, "gone-bob") == 401);
		CHECK_ROW(daemon_way_name(way), post(it, "broken-carol") == 503);
		opaque_daemon_free(it);
	}
}

static unsigned status_of(const struct opaque_daemon *it, const char *token)
{
	struct http_response response = opaque_daemon_get(it, "/mcp", token);
	unsigned status = response.status;
	check_retry(token, &response);
	http_response_finish(&response);
	return status;
}

static unsigned ask_until_it_is_known(const struct opaque_daemon *it, const char *token)
{
	unsigned status = status_of(it, token);
	for (int i = 0; i < 500 && status == 503; i++) {
		sleep_ms(10);
		status = status_of(it, token);
	}
	return status;
}

static void without_suspend_says_503_until_the_answer_is_there(void **state)
{
	struct opaque_daemon_config config = {.daemon = {.without_suspend = true}};
	struct opaque_daemon *it = opaque_daemon_new(&config);
	(void)state;
	assert_int_equal(status_of(it, "held-alice"), 503);
	assert_int_equal(status_of(it, "held-alice"), 503);
	assert_int_equal(status_of(it, "slow-bob"), 503);
	assert_int_equal(ask_until_it_is_known(it, "slow-bob"), 200);
	assert_int_equal(status_of(it, "held-alice"), 503);
	opaque_endpoint_release(it->endpoint);
	assert_int_equal(ask_until_it_is_known(it, "held-alice"), 200);
	assert_int_equal(opaque_endpoint_calls(it->endpoint), 2);
	assert_int_equal(ask_until_it_is_known(it, "gone-carol"), 401);
	assert_int_equal(opaque_endpoint_calls(it->endpoint), 3);
	opaque_daemon_free(it);
}

/* What introspection.h says of a daemon that keeps nothing and cannot wait. Whoever asks
 * in the moment in which the answer to another comes may get it all the same. */
static void without_suspend_and_cache_503_is_said_and_each_time_is_asked_anew(void **state)
{
	struct opaque_daemon_config config = {
		.daemon = {.without_suspend = true}, .cache_seconds = MCPAUTH_NONE};
	struct opaque_daemon *it = opaque_daemon_new(&config);
	(void)state;
	assert_int_equal(status_of(it, "held-alice"), 503);
	assert_int_equal(status_of(it, "held-alice"), 503);
	opaque_endpoint_release(it->endpoint);
	unsigned known = 0;
	for (unsigned i = 0; i < 1000 && opaque_endpoint_calls(it->endpoint) < 4; i++) {
		unsigned status = status_of(it, "held-alice");
		assert_true(status == 503 || status == 200);
		known += status == 200;
		sleep_ms(10);
	}
	unsigned calls = opaque_endpoint_calls(it->endpoint);
	assert_true(calls >= 4);
	assert_true(known <= calls); /* such a moment comes once in an answer */
	opaque_daemon_free(it);
}

static void check_calls(unsigned cache_seconds, unsigned requests, unsigned calls)
{
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct opaque_daemon_config config = {
			.daemon = {.way = way}, .cache_seconds = cache_seconds};
		struct opaque_daemon *it = opaque_daemon_new(&config);
		for (unsigned i = 0; i < requests; i++) {
			CHECK_ROW(daemon_way_name(way), status_of(it, "token-alice") == 200);
		}
		CHECK_ROW(daemon_way_name(way), opaque_endpoint_calls(it->endpoint) == calls);
		opaque_daemon_free(it);
	}
}

static void what_is_known_is_not_asked_again(void **state)
{
	(void)state;
	check_calls(0, 10, 1);
}

static void what_is_not_kept_is_asked_each_time(void **state)
{
	(void)state;
	check_calls(MCPAUTH_NONE, 2, 2);
}

static void what_is_kept_for_a_second_is_asked_again_after_it(void **state)
{
	struct opaque_daemon_config config = {.cache_seconds = 1};
	struct opaque_daemon *it = opaque_daemon_new(&config);
	(void)state;
	long begin = http_client_clock();
	assert_int_equal(status_of(it, "token-alice"), 200);
	assert_int_equal(status_of(it, "token-alice"), 200);
	bool in_time = http_client_clock() - begin < 900;
	assert_true(!in_time || opaque_endpoint_calls(it->endpoint) == 1);
	sleep_ms(1100);
	unsigned before = opaque_endpoint_calls(it->endpoint);
	assert_int_equal(status_of(it, "token-alice"), 200);
	assert_int_equal(opaque_endpoint_calls(it->endpoint), before + 1);
	opaque_daemon_free(it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_the_same_in_any_way_to_run),
		cmocka_unit_test(an_endpoint_that_is_down_is_503_and_what_is_known_stays_good),
		cmocka_unit_test(an_endpoint_beyond_the_deadline_is_503_in_time_in_any_way_to_run),
		cmocka_unit_test(serves_others_while_one_waits_in_any_way_to_run),
		cmocka_unit_test(a_body_waits_with_its_token_in_any_way_to_run),
		cmocka_unit_test(without_suspend_says_503_until_the_answer_is_there),
		cmocka_unit_test(without_suspend_and_cache_503_is_said_and_each_time_is_asked_anew),
		cmocka_unit_test(what_is_known_is_not_asked_again),
		cmocka_unit_test(what_is_not_kept_is_asked_each_time),
		cmocka_unit_test(what_is_kept_for_a_second_is_asked_again_after_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
