/* The listener for a redirect, from outside: whom it answers, and what keeps it waiting. */
#include "client/login/listener.h"

#include "base/clock.h"
#include "support/check.h"
#include "support/http_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LONG_MS 60000
#define GOOD "/callback?code=good"
#define MANY 20

/* The linker puts the second before the first. */
int64_t __real_mcpauth__clock_monotonic(const struct mcpauth__clock *clock);
int64_t __wrap_mcpauth__clock_monotonic(const struct mcpauth__clock *clock);

static _Atomic int64_t advanced;

int64_t __wrap_mcpauth__clock_monotonic(const struct mcpauth__clock *clock)
{
	return __real_mcpauth__clock_monotonic(clock) + advanced;
}

/* A listener whose thread runs. */
struct fixture {
	struct mcpauth__listener *listener;
	unsigned port;
	int ends[2];
	pthread_t thread;
	bool runs;
	int64_t deadline;
	enum mcpauth_code code;
	atomic_uint judged;
	char last[128];
};

static enum mcpauth_code judge(const char *target, void *user)
{
	struct fixture *fixture = user;
	fixture->judged++;
	snprintf(fixture->last, sizeof fixture->last, "%s", target);
	if (strcmp(target, GOOD) == 0) {
		return MCPAUTH_OK;
	}
	return strcmp(target, "/callback?error=refused") == 0 ? MCPAUTH_E_LOGIN_REFUSED
							      : MCPAUTH_E_REDIRECT;
}

static void *run(void *user)
{
	struct fixture *fixture = user;
	fixture->code = mcpauth__listener_run(
		fixture->listener, fixture->ends[0], fixture->deadline, judge, fixture);
	return NULL;
}

static unsigned port_of(const char *uri)
{
	const char *colon = strrchr(uri, ':');
	assert_non_null(colon);
	return (unsigned)strtoul(colon + 1, NULL, 10);
}

static int64_t now(void)
{
	return mcpauth__clock_monotonic(&(struct mcpauth__clock){0});
}

static void start(struct fixture *fixture, const char *redirect_uri, int64_t ms)
{
	CHECK_OK(mcpauth__listener_new(redirect_uri, NULL, &fixture->listener, &err));
	fixture->port = port_of(mcpauth__listener_redirect_uri(fixture->listener));
	fixture->deadline = now() + ms;
	assert_int_equal(pthread_create(&fixture->thread, NULL, run, fixture), 0);
	fixture->runs = true;
}

static enum mcpauth_code await(struct fixture *fixture)
{
	fixture->runs = false;
	assert_int_equal(pthread_join(fixture->thread, NULL), 0);
	return fixture->code;
}

static int prepare(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	*state = fixture;
	return fixture != NULL && pipe(fixture->ends) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	if (fixture->runs) {
		close(fixture->ends[1]); /* which ends it */
		pthread_join(fixture->thread, NULL);
	} else {
		close(fixture->ends[1]);
	}
	close(fixture->ends[0]);
	mcpauth__listener_free(fixture->listener);
	free(fixture);
	return 0;
}

static struct http_client *ask(
	const struct fixture *fixture, const char *method, const char *target, const char *fields)
{
	char head[512];
	struct http_client *client = http_client_new(fixture->port);
	snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: localhost:%u\r\n%s\r\n", method,
		target, fixture->port, fields);
	assert_true(http_client_say(client, head));
	return client;
}

/* @return the status; the connection ended behind it */
static unsigned answer(struct http_client *client, struct http_response *response)
{
	assert_true(http_client_read(client, response, HTTP_CLIENT_MS));
	assert_true(http_client_is_closed(client, HTTP_CLIENT_MS));
	http_client_free(client);
	return response->status;
}

static unsigned get(const struct fixture *fixture, const char *target)
{
	struct http_response response = {0};
	unsigned status = answer(ask(fixture, "GET", target, ""), &response);
	http_response_finish(&response);
	return status;
}

static void takes_the_redirect(void **state)
{
	struct fixture *fixture = *state;
	char uri[64];
	struct http_response response = {0};
	start(fixture, NULL, LONG_MS);
	snprintf(uri, sizeof uri, "http://127.0.0.1:%u/callback", fixture->port);
	assert_string_equal(mcpauth__listener_redirect_uri(fixture->listener), uri);
	assert_int_equal(answer(ask(fixture, "GET", GOOD, ""), &response), 200);
	assert_non_null(strstr(response.body, "You can close this window."));
	assert_int_equal(await(fixture), MCPAUTH_OK);
	assert_string_equal(fixture->last, GOOD);
	http_response_finish(&response);
}

static void waits_on_after_what_is_no_answer(void **state)
{
	struct fixture *fixture = *state;
	start(fixture, NULL, LONG_MS);
	assert_int_equal(get(fixture, "/callback?code=bad"), 400);
	assert_int_equal(get(fixture, "/callback"), 400);
	assert_int_equal(get(fixture, GOOD), 200);
	assert_int_equal(await(fixture), MCPAUTH_OK);
	assert_int_equal(fixture->judged, 3);
}

static void ends_with_what_was_refused(void **state)
{
	struct fixture *fixture = *state;
	start(fixture, NULL, LONG_MS);
	assert_int_equal(get(fixture, "/callback?error=refused"), 403);
	assert_int_equal(await(fixture), MCPAUTH_E_LOGIN_REFUSED);
}

static void judges_nothing_else(void **state)
{
	struct fixture *fixture = *state;
	start(fixture, NULL, LONG_MS);
	assert_int_equal(get(fixture, "/favicon.ico"), 404);
	assert_int_equal(get(fixture, "/"), 404);
	assert_int_equal(get(fixture, "/callback/?code=good"), 404);
	assert_int_equal(get(fixture, "/callbac?code=good"), 404);
	assert_int_equal(fixture->judged, 0);
	assert_int_equal(get(fixture, GOOD), 200);
	assert_int_equal(await(fixture), MCPAUTH_OK);
}

static void takes_get_alone(void **state)
{
	struct fixture *fixture = *state;
	char allow[16];
	struct http_response response = {0};
	start(fixture, NULL, LONG_MS);
	struct http_client *client = ask(fixture, "POST", GOOD, "Content-Length: 9\r\n");
	assert_true(http_client_say(client, "code=good"));
	assert_int_equal(answer(client, &response), 405);
	assert_true(http_response_field(&response, "Allow", allow, sizeof allow));
	assert_string_equal(allow, "GET");
	http_response_finish(&response);
	client = ask(fixture, "HEAD", GOOD, "");
	assert_int_equal(answer(client, &response), 405);
	http_response_finish(&response);
	assert_int_equal(fixture->judged, 0);
}

static void is_nobody_elses_name(void **state)
{
	struct fixture *fixture = *state;
	struct http_response response = {0};
	start(fixture, NULL, LONG_MS);
	struct http_client *client = http_client_new(fixture->port);
	char head[128];
	snprintf(head, sizeof head, "GET " GOOD " HTTP/1.1\r\nHost: evil.example:%u\r\n\r\n",
		fixture->port);
	assert_true(http_client_say(client, head));
	assert_int_equal(answer(client, &response), 403);
	assert_int_equal(fixture->judged, 0);
	http_response_finish(&response);
}

static void reads_one_byte_after_the_other(void **state)
{
	struct fixture *fixture = *state;
	char head[128];
	struct http_response response = {0};
	start(fixture, NULL, LONG_MS);
	struct http_client *client = http_client_new(fixture->port);
	snprintf(head, sizeof head, "GET " GOOD " HTTP/1.1\r\nHost: [::1]:%u\r\n\r\n",
		fixture->port);
	for (const char *at = head; *at != '\0'; at++) {
		assert_true(http_client_send(client, at, 1));
	}
	assert_int_equal(answer(client, &response), 200);
	assert_int_equal(await(fixture), MCPAUTH_OK);
	http_response_finish(&response);
}

static void waits_for_nobody_who_is_silent(void **state)
{
	struct fixture *fixture = *state;
	start(fixture, NULL, LONG_MS);
	struct http_client *silent = http_client_new(fixture->port);
	struct http_client *slow = http_client_new(fixture->port);
	assert_true(http_client_say(slow, "GET /callback"));
	assert_int_equal(get(fixture, GOOD), 200);
	assert_int_equal(await(fixture), MCPAUTH_OK);
	http_client_free(silent);
	http_client_free(slow);
}

static void lets_the_oldest_go_when_there_are_too_many(void **state)
{
	struct fixture *fixture = *state;
	struct http_client *silent[MANY];
	start(fixture, NULL, LONG_MS);
	for (size_t i = 0; i < MANY; i++) {
		silent[i] = http_client_new(fixture->port);
	}
	assert_int_equal(get(fixture, "/callback?code=bad"), 400);
	assert_true(http_client_is_closed(silent[0], HTTP_CLIENT_MS));
	assert_false(http_client_is_closed(silent[MANY - 1], 50));
	assert_int_equal(get(fixture, GOOD), 200);
	assert_int_equal(await(fixture), MCPAUTH_OK);
	for (size_t i = 0; i < MANY; i++) {
		http_client_free(silent[i]);
	}
}

static void gives_nobody_more_than_ten_seconds(void **state)
{
	struct fixture *fixture = *state;
	start(fixture, NULL, LONG_MS);
	struct http_client *slow = http_client_new(fixture->port);
	assert_true(http_client_say(slow, "GET /callback"));
	assert_int_equal(get(fixture, "/other"), 404);
	assert_false(http_client_is_closed(slow, 50));
	advanced += 10500;
	assert_int_equal(get(fixture, "/other"), 404);
	assert_true(http_client_is_closed(slow, HTTP_CLIENT_MS));
	http_client_free(slow);
}

/* Everything is taken, and behind the answer there is an end, no error. */
static void say_and_hear(unsigned port, const char *bytes, size_t length, char *heard, size_t size)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	size_t sent = 0;
	size_t got = 0;
	ssize_t more = 1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	for (ssize_t part = 1; part > 0 && sent<length; sent += part> 0 ? (size_t)part : 0) {
		part = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL);
	}
	for (; more > 0 && got<size - 1; got += more> 0 ? (size_t)more : 0) {
		more = recv(fd, heard + got, size - 1 - got, 0);
	}
	heard[got] = '\0';
	close(fd);
	assert_int_equal(sent, length);
	assert_int_equal(more, 0);
}

/* What is still on its way when the answer is sent does not make it disappear. */
static void answers_a_head_that_is_too_long(void **state)
{
	struct fixture *fixture = *state;
	static char head[400000];
	char heard[8192];
	start(fixture, NULL, LONG_MS);
	memset(head, 'a', sizeof head);
	memcpy(head, "GET / HTTP/1.1\r\nCookie: ", 24);
	say_and_hear(fixture->port, head, sizeof head, heard, sizeof heard);
	assert_memory_equal(heard, "HTTP/1.1 431 ", 13);
	assert_non_null(strstr(heard, "</html>\n"));
	assert_int_equal(get(fixture, GOOD), 200);
}

static void survives_those_who_break_off(void **state)
{
	struct fixture *fixture = *state;
	start(fixture, NULL, LONG_MS);
	http_client_break(http_client_new(fixture->port));
	struct http_client *client = http_client_new(fixture->port);
	assert_true(http_client_say(client, "GET /callback"));
	http_client_break(client);
	http_client_break(ask(fixture, "GET", "/other", ""));
	assert_int_equal(get(fixture, GOOD), 200);
	assert_int_equal(await(fixture), MCPAUTH_OK);
}

static void is_ended_by_others(void **state)
{
	struct fixture *fixture = *state;
	start(fixture, NULL, LONG_MS);
	struct http_client *silent = http_client_new(fixture->port);
	assert_int_equal(write(fixture->ends[1], "", 1), 1);
	assert_int_equal(await(fixture), MCPAUTH_PENDING);
	http_client_free(silent);
}

static void ends_in_time(void **state)
{
	struct fixture *fixture = *state;
	start(fixture, NULL, 100);
	struct http_client *silent = http_client_new(fixture->port);
	assert_int_equal(await(fixture), MCPAUTH_E_LOGIN_ABANDONED);
	assert_true(now() >= fixture->deadline);
	http_client_free(silent);
}

/* @return is somebody there? */
static bool reaches_ipv6(unsigned port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = in6addr_loopback};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool good = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	if (fd >= 0) {
		close(fd);
	}
	return good;
}

static bool has_ipv6(void)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool good = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
	if (fd >= 0) {
		close(fd);
	}
	return good;
}

static void is_at_both_addresses_for_a_name(void **state)
{
	struct fixture *fixture = *state;
	char uri[64];
	start(fixture, "http://localhost/cb?own=1", LONG_MS);
	snprintf(uri, sizeof uri, "http://localhost:%u/cb?own=1", fixture->port);
	assert_string_equal(mcpauth__listener_redirect_uri(fixture->listener), uri);
	assert_int_equal(reaches_ipv6(fixture->port), has_ipv6());
	assert_int_equal(get(fixture, "/cb?own=1&code=bad"), 400);
	assert_int_equal(fixture->judged, 1);
}

static void is_at_one_address_for_that(void **state)
{
	struct fixture *fixture = *state;
	start(fixture, "http://127.0.0.1/callback", LONG_MS);
	assert_false(reaches_ipv6(fixture->port));
	assert_int_equal(get(fixture, GOOD), 200);
}

static void is_at_ipv6_alone_for_that(void **state)
{
	struct fixture *fixture = *state;
	char uri[64];
	if (!has_ipv6()) {
		CHECK_CODE(MCPAUTH_E_SYSTEM,
			mcpauth__listener_new("http://[::1]/cb", NULL, &fixture->listener, &err));
		return;
	}
	start(fixture, "http://[::1]/cb", LONG_MS);
	snprintf(uri, sizeof uri, "http://[::1]:%u/cb", fixture->port);
	assert_string_equal(mcpauth__listener_redirect_uri(fixture->listener), uri);
	assert_true(reaches_ipv6(fixture->port));
}

static void takes_a_path_that_is_not_written(void **state)
{
	struct fixture *fixture = *state;
	start(fixture, "http://127.0.0.1", LONG_MS);
	assert_int_equal(get(fixture, "/?code=bad"), 400);
	assert_int_equal(get(fixture, "/callback"), 404);
	assert_int_equal(fixture->judged, 1);
}

static void listens_where_it_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__listener *second;
	char uri[64];
	CHECK_OK(mcpauth__listener_new(NULL, NULL, &fixture->listener, &err));
	strcpy(uri, mcpauth__listener_redirect_uri(fixture->listener));
	CHECK_CODE(MCPAUTH_E_SYSTEM, mcpauth__listener_new(uri, NULL, &second, &err));
	assert_null(second);
	mcpauth__listener_free(fixture->listener);
	fixture->listener = NULL;
	start(fixture, uri, LONG_MS);
	assert_int_equal(fixture->port, port_of(uri));
	assert_int_equal(get(fixture, GOOD), 200);
}

static void prefers_the_port_that_it_had(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__listener *second;
	char uri[64];
	CHECK_OK(mcpauth__listener_new(NULL, NULL, &fixture->listener, &err));
	strcpy(uri, mcpauth__listener_redirect_uri(fixture->listener));
	CHECK_OK(mcpauth__listener_new(NULL, uri, &second, &err));
	assert_string_not_equal(mcpauth__listener_redirect_uri(second), uri);
	mcpauth__listener_free(second);
	mcpauth__listener_free(fixture->listener);
	CHECK_OK(mcpauth__listener_new(NULL, uri, &fixture->listener, &err));
	assert_string_equal(mcpauth__listener_redirect_uri(fixture->listener), uri);
	CHECK_OK(mcpauth__listener_new(NULL, "no URL", &second, &err));
	mcpauth__listener_free(second);
}

static void is_not_inherited(void **state)
{
	struct fixture *fixture = *state;
	unsigned found = 0;
	start(fixture, NULL, LONG_MS);
	for (int fd = 3; fd < 256; fd++) {
		struct sockaddr_in address = {0};
		socklen_t length = sizeof address;
		if (getsockname(fd, (struct sockaddr *)&address, &length) == 0
			&& ntohs(address.sin_port) == fixture->port) {
			assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
			assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
			found++;
		}
	}
	assert_int_equal(found, 1);
}

static const char *const bad[] = {
	"",
	"/callback",
	"https://127.0.0.1/callback",
	"http://example.com/callback",
	"http://192.168.0.1/callback",
	"http://0.0.0.0/callback",
	"http://me@127.0.0.1/callback",
	"http://127.0.0.1/callback#a",
	"http://127.0.0.1:0/callback",
	"com.example.app:/callback",
};

static void listens_on_loopback_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct mcpauth__listener *listener = (struct mcpauth__listener *)bad;
		CHECK_ROW_CODE(bad[i], MCPAUTH_E_INVALID_URL,
			mcpauth__listener_new(bad[i], NULL, &listener, &err));
		CHECK_ROW(bad[i], listener == NULL);
	}
	mcpauth__listener_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_the_redirect),
		TEST(waits_on_after_what_is_no_answer),
		TEST(ends_with_what_was_refused),
		TEST(judges_nothing_else),
		TEST(takes_get_alone),
		TEST(is_nobody_elses_name),
		TEST(reads_one_byte_after_the_other),
		TEST(waits_for_nobody_who_is_silent),
		TEST(lets_the_oldest_go_when_there_are_too_many),
		TEST(gives_nobody_more_than_ten_seconds),
		TEST(answers_a_head_that_is_too_long),
		TEST(survives_those_who_break_off),
		TEST(is_ended_by_others),
		TEST(ends_in_time),
		TEST(is_at_both_addresses_for_a_name),
		TEST(is_at_one_address_for_that),
		TEST(is_at_ipv6_alone_for_that),
		TEST(takes_a_path_that_is_not_written),
		TEST(listens_where_it_is_told),
		TEST(prefers_the_port_that_it_had),
		TEST(is_not_inherited),
		TEST(listens_on_loopback_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
