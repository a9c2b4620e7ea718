/* Clients that leave in the middle, and requests whose end is ambiguous. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEAVERS 10

struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	char *token;
};

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static struct fixture *fixture_new(enum daemon_way way, enum loopback_manner manner)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	struct daemon_config config = {.way = way};
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys(), .manner = manner};
	fixture->issuer = loopback_new(&fixture->page, 1);
	config.issuer_port = loopback_port(fixture->issuer);
	fixture->daemon = daemon_new(&config);
	fixture->token = daemon_token("me");
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	free(fixture->token);
	free(fixture);
}

static void check_healthy(const struct fixture *fixture, const char *row)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(fixture->daemon));
	CHECK_ROW(row, http_client_get(client, "/mcp", fixture->token));
	CHECK_ROW(row, http_client_read(client, &response, HTTP_CLIENT_MS));
	CHECK_ROW(row, response.status == 200 && strcmp(response.body, "me") == 0);
	http_response_finish(&response);
	http_client_free(client);
}

/* Say it, and go: first politely, then not. */
static void say_and_leave(const struct fixture *fixture, const char *text)
{
	for (int i = 0; i < LEAVERS; i++) {
		struct http_client *client = http_client_new(daemon_port(fixture->daemon));
		assert_true(http_client_say(client, text));
		sleep_ms(2);
		if (i % 2 == 0) {
			http_client_free(client);
		} else {
			http_client_break(client);
		}
	}
}

static void survives_clients_that_leave_before_they_are_through(void **state)
{
	static const struct {
		const char *label;
		const char *start;
		bool has_token;
		const char *end;
	} rows[] = {
		{"nothing said", "", false, ""},
		{"mid request line", "GET /m", false, ""},
		{"mid header", "GET /mcp HTTP/1.1\r\nHost: 127", false, ""},
		{"mid token", "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n", true, ""},
		{"no answer awaited", "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n", true, "\r\n\r\n"},
		{"mid refused body",
			"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
			"Content-Length: 1000\r\n\r\nabc",
			false, ""},
		{"mid body",
			"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
			"Content-Length: 1000\r\n",
			true, "\r\n\r\nabc"},
		{"mid chunk",
			"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
			"Transfer-Encoding: chunked\r\n",
			true, "\r\n\r\n10\r\nabc"},
		{"after 100",
			"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
			"Expect: 100-continue\r\nContent-Length: 1000\r\n",
			true, "\r\n\r\n"},
	};
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way, LOOPBACK_PLAIN);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			char text[2048];
			snprintf(text, sizeof text, "%s%s%s%s", rows[i].start,
				rows[i].has_token ? "Authorization: Bearer " : "",
				rows[i].has_token ? fixture->token : "", rows[i].end);
			say_and_leave(fixture, text);
			check_healthy(fixture, rows[i].label);
		}
		CHECK_ROW(daemon_way_name(way), daemon_stop(fixture->daemon) == 0);
		fixture_free(fixture);
	}
}

static void survives_clients_that_leave_while_they_wait(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way, LOOPBACK_HELD);
		char text[2048];
		snprintf(text, sizeof text,
			"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
			"Content-Length: 10\r\nAuthorization: Bearer %s\r\n\r\nabc",
			fixture->token);
		say_and_leave(fixture, text);
		for (int i = 0; i < 5000 && loopback_requests(fixture->issuer) == 0; i++) {
			sleep_ms(1);
		}
		sleep_ms(50); /* time for a second one, which there must not be */
		CHECK_ROW(daemon_way_name(way), loopback_requests(fixture->issuer) == 1);
		loopback_release(fixture->issuer);
		check_healthy(fixture, daemon_way_name(way));
		CHECK_ROW(daemon_way_name(way), daemon_stop(fixture->daemon) == 0);
		fixture_free(fixture);
	}
}

static void survives_a_stop_with_clients_that_left_while_they_waited(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way, LOOPBACK_HELD);
		char text[2048];
		snprintf(text, sizeof text,
			"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
			"Authorization: Bearer %s\r\n\r\n",
			fixture->token);
		say_and_leave(fixture, text);
		CHECK_ROW(daemon_way_name(way), daemon_stop(fixture->daemon) == 0);
		fixture_free(fixture);
	}
}

static void answers_a_client_that_has_nothing_more_to_say(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, LOOPBACK_HELD);
	struct http_client *client = http_client_new(daemon_port(fixture->daemon));
	struct http_response response = {0};
	(void)state;
	assert_true(http_client_get(client, "/mcp", fixture->token));
	http_client_finish_sending(client);
	sleep_ms(100);
	loopback_release(fixture->issuer);
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 200);
	http_response_finish(&response);
	http_client_free(client);
	fixture_free(fixture);
}

#define AUTHORIZED "Authorization: Bearer TOKEN\r\n"
#define POST_TO(host) "POST /mcp HTTP/1.1\r\n" host AUTHORIZED
#define HOST "Host: 127.0.0.1\r\n"

static const struct {
	const char *label;
	const char *request; /* with TOKEN for the token */
	unsigned status;
} framings[] = {
	{"one length", POST_TO(HOST) "Content-Length: 3\r\n\r\nabc", 200},
	{"chunks", POST_TO(HOST) "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200},
	{"two lengths", POST_TO(HOST) "Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc", 400},
	{"two lengths, the long one first",
		POST_TO(HOST) "Content-Length: 30\r\nContent-Length: 3\r\n\r\nabc", 400},
	{"the same length twice", POST_TO(HOST) "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		400},
	{"length and chunks",
		POST_TO(HOST) "Content-Length: 3\r\n"
			      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		400},
	{"chunks and length",
		POST_TO(HOST) "Transfer-Encoding: chunked\r\n"
			      "Content-Length: 30\r\n\r\n0\r\n\r\n",
		400},
	{"two hosts", POST_TO(HOST "Host: other.example\r\n") "Content-Length: 3\r\n\r\nabc", 400},
	{"the same host twice", POST_TO(HOST HOST) "Content-Length: 3\r\n\r\nabc", 400},
	{"no host", POST_TO("") "Content-Length: 3\r\n\r\nabc", 400},
	{"a length that is none", POST_TO(HOST) "Content-Length: abc\r\n\r\n", 400},
	{"a negative length", POST_TO(HOST) "Content-Length: -1\r\n\r\n", 400},
	{"two tokens", POST_TO(HOST AUTHORIZED) "Content-Length: 3\r\n\r\nabc", 400},
	{"a token with blanks behind it",
		"POST /mcp HTTP/1.1\r\n" HOST
		"Authorization: Bearer TOKEN  \r\nContent-Length: 3\r\n\r\nabc",
		200},
};

static void put_tokens(char *text, size_t size, const char *request, const char *token)
{
	size_t length = 0;
	const char *place;
	text[0] = '\0';
	while ((place = strstr(request, "TOKEN")) != NULL) {
		length += (size_t)snprintf(text + length, size - length, "%.*s%s",
			(int)(place - request), request, token);
		request = place + 5;
	}
	snprintf(text + length, size - length, "%s", request);
}

static void refuses_what_two_parsers_could_read_differently(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, LOOPBACK_PLAIN);
	(void)state;
	for (size_t i = 0; i < sizeof framings / sizeof *framings; i++) {
		char text[4096];
		struct http_response response = {0};
		struct http_client *client = http_client_new(daemon_port(fixture->daemon));
		put_tokens(text, sizeof text, framings[i].request, fixture->token);
		CHECK_ROW(framings[i].label, http_client_say(client, text));
		CHECK_ROW(framings[i].label, http_client_read(client, &response, 2000));
		CHECK_ROW(framings[i].label, response.status == framings[i].status);
		http_response_finish(&response);
		http_client_free(client);
	}
	fixture_free(fixture);
}

static void reads_no_second_request_out_of_an_ambiguous_one(void **state)
{
	static const char smuggled[] = "GET /open HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	static const char *const fields[] = {
		"Content-Length: 0\r\nContent-Length: 38\r\n",
		"Content-Length: 38\r\nContent-Length: 0\r\n",
		"Content-Length: 43\r\nTransfer-Encoding: chunked\r\n",
	};
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, LOOPBACK_PLAIN);
	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct http_response response = {0};
		struct http_client *client = http_client_new(daemon_port(fixture->daemon));
		assert_true(http_client_head(client, "POST", "/open", fields[i]));
		http_client_say(client, i == 2 ? "0\r\n\r\n" : "");
		http_client_say(client, smuggled);
		CHECK_ROW(fields[i], http_client_read(client, &response, 2000));
		CHECK_ROW(fields[i], response.status == 400);
		CHECK_ROW(fields[i], http_client_is_closed(client, 2000));
		http_response_finish(&response);
		http_client_free(client);
	}
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_clients_that_leave_before_they_are_through),
		cmocka_unit_test(survives_clients_that_leave_while_they_wait),
		cmocka_unit_test(survives_a_stop_with_clients_that_left_while_they_waited),
		cmocka_unit_test(answers_a_client_that_has_nothing_more_to_say),
		cmocka_unit_test(refuses_what_two_parsers_could_read_differently),
		cmocka_unit_test(reads_no_second_request_out_of_an_ambiguous_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
