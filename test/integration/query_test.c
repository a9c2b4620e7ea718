/* The query of a request reaches stages as it was sent, and is nobody else's. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Answers with "path|query", and remembers what it saw at the end. */
struct echo {
	atomic_uint finished_with_query;
};

static enum mcpauth_stage_result answer(struct mcpauth_exchange *exchange, void *user)
{
	char text[512];
	const char *query = mcpauth_exchange_query(exchange);
	(void)user;
	snprintf(text, sizeof text, "%s|%s", mcpauth_exchange_path(exchange),
		query == NULL ? "(none)" : query);
	return mcpauth_exchange_answer(exchange, 200, "text/plain", text, strlen(text))
			== MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

static void finish(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	struct echo *echo = user;
	(void)status;
	atomic_fetch_add(&echo->finished_with_query, mcpauth_exchange_query(exchange) != NULL);
}

static void add_stage(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	(void)auth;
	stage.on_request = answer;
	stage.on_finish = finish;
	stage.user = user;
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_FIRST, &stage, &err));
}

static struct daemon *start(struct echo *echo, enum daemon_way way)
{
	struct daemon_config config = {
		.way = way,
		.issuer_port = 1, /* nobody asks for a key here */
		.prepare = add_stage,
		.prepare_user = echo,
	};
	return daemon_new(&config);
}

static const struct {
	const char *target;
	const char *text;
} rows[] = {
	{"/mcp?a=1&b=2", "/mcp|a=1&b=2"},
	{"/mcp", "/mcp|(none)"},
	{"/mcp?", "/mcp|"},
	{"/mcp?a=%31%00&b=+%zz", "/mcp|a=%31%00&b=+%zz"},
	{"/mcp?a?b?", "/mcp|a?b?"},
	{"/m%63p?%3F", "/mcp|%3F"},
	{"/m%3Fcp", "/m?cp|(none)"},
	{"/m%3Fcp?x", "/m?cp|x"},
	{"http://other.example/mcp?a=1", "http://other.example/mcp|a=1"},
	{"http://other.example?a=1", "http://other.example|a=1"},
	{"*", "*|(none)"},
};

static void is_what_was_sent_behind_the_first_question_mark(void **state)
{
	(void)state;
	struct echo echo = {0};
	struct daemon *daemon = start(&echo, DAEMON_POLL);
	struct http_client *client = http_client_new(daemon_port(daemon));
	struct http_response response = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(http_client_get(client, rows[i].target, NULL));
		CHECK_ROW(rows[i].target, http_client_read(client, &response, HTTP_CLIENT_MS));
		CHECK_ROW(rows[i].target, response.status == 200);
		assert_string_equal(response.body, rows[i].text);
	}
	http_response_finish(&response);
	http_client_free(client);
	daemon_free(daemon);
	assert_int_equal(atomic_load(&echo.finished_with_query), 8);
}

static void nobody_inherits_the_query_before_him_in_any_way_to_run(void **state)
{
	static const char text[] = "GET /a?one HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
				   "GET /b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
				   "GET /c?three HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	static const char *const wanted[] = {"/a|one", "/b|(none)", "/c|three"};
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct echo echo = {0};
		struct daemon *daemon = start(&echo, way);
		struct http_client *client = http_client_new(daemon_port(daemon));
		struct http_response response = {0};
		assert_true(http_client_say(client, text));
		for (int i = 0; i < 3; i++) {
			CHECK_ROW(daemon_way_name(way),
				http_client_read(client, &response, HTTP_CLIENT_MS));
			assert_string_equal(response.body, wanted[i]);
		}
		http_response_finish(&response);
		http_client_free(client);
		daemon_free(daemon);
	}
}

/* What MHD itself refuses had a query, too. */
static void a_request_that_never_came_to_a_stage_leaves_nothing_behind(void **state)
{
	(void)state;
	struct echo echo = {0};
	struct daemon *daemon = start(&echo, DAEMON_POLL);
	struct http_client *client = http_client_new(daemon_port(daemon));
	struct http_response response = {0};
	assert_true(http_client_say(
		client, "GET /mcp?lost HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n"));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 400);
	http_client_free(client);
	client = http_client_new(daemon_port(daemon));
	assert_true(http_client_say(client, "GET /mcp?half HTTP/1.1\r\nHost: 127"));
	http_client_break(client);
	client = http_client_new(daemon_port(daemon));
	assert_true(http_client_get(client, "/mcp", NULL));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_string_equal(response.body, "/mcp|(none)");
	http_response_finish(&response);
	http_client_free(client);
	daemon_free(daemon);
	assert_int_equal(atomic_load(&echo.finished_with_query), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_what_was_sent_behind_the_first_question_mark),
		cmocka_unit_test(nobody_inherits_the_query_before_him_in_any_way_to_run),
		cmocka_unit_test(a_request_that_never_came_to_a_stage_leaves_nothing_behind),
	};
	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
