/* The date of answers that many requests share: one, the right one, and no other's. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EPOCH "Thu, 01 Jan 1970 00:00:00 GMT"
#define DATE_SIZE 30
/* Nobody shows a token here, so nobody is asked for keys. */
#define NO_ISSUER 1

static void add_date(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	(void)auth;
	(void)user;
	CHECK_OK(mcpauth_chain_add_header(chain, "Date", EPOCH, &err));
}

/* The value of the only one; empty if there is none. */
static void take_date(const char *head, char date[DATE_SIZE])
{
	static const char name[] = "\r\nDate: ";
	const char *found = strstr(head, name);
	date[0] = '\0';
	if (found != NULL) {
		assert_null(strstr(found + 1, name));
		snprintf(date, DATE_SIZE, "%s", found + sizeof name - 1);
	}
}

static void ask(struct http_client *client, char date[DATE_SIZE])
{
	struct http_response response = {0};
	assert_true(http_client_get(client, "/mcp", NULL));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 401);
	take_date(response.head, date);
	http_response_finish(&response);
}

/* RFC 9110 section 5.6.7; tests run in the C locale. */
static bool is_date_of(const char *date, time_t second)
{
	char wanted[DATE_SIZE];
	struct tm tm;
	gmtime_r(&second, &tm);
	strftime(wanted, sizeof wanted, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return strcmp(date, wanted) == 0;
}

static void check_is_now(struct http_client *client)
{
	char date[DATE_SIZE];
	time_t before = time(NULL);
	ask(client, date);
	bool good = false;
	for (time_t second = before; second <= time(NULL); second++) {
		good = good || is_date_of(date, second);
	}
	CHECK_ROW(date, good);
}

static void nap(void)
{
	const struct timespec time = {.tv_nsec = 100000000};
	nanosleep(&time, NULL);
}

static void is_that_of_the_second(void **state)
{
	struct daemon_config config = {.way = DAEMON_EPOLL, .issuer_port = NO_ISSUER};
	struct daemon *daemon = daemon_new(&config);
	struct http_client *client = http_client_new(daemon_port(daemon));
	(void)state;
	for (int i = 0; i < 13; i++) {
		check_is_now(client);
		check_is_now(client);
		nap();
	}
	http_client_free(client);
	daemon_free(daemon);
}

static void check_is(const struct daemon_config *config, const char *wanted)
{
	struct daemon *daemon = daemon_new(config);
	struct http_client *client = http_client_new(daemon_port(daemon));
	char date[DATE_SIZE];
	for (int i = 0; i < 3; i++) {
		ask(client, date);
		assert_string_equal(date, wanted);
	}
	http_client_free(client);
	daemon_free(daemon);
}

static void is_the_programs_own_if_it_has_one(void **state)
{
	struct daemon_config config = {
		.way = DAEMON_EPOLL, .issuer_port = NO_ISSUER, .prepare = add_date};
	(void)state;
	check_is(&config, EPOCH);
}

static void is_left_out_without_a_clock(void **state)
{
	struct daemon_config config = {
		.way = DAEMON_EPOLL, .issuer_port = NO_ISSUER, .without_clock = true};
	(void)state;
	check_is(&config, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_that_of_the_second),
		cmocka_unit_test(is_the_programs_own_if_it_has_one),
		cmocka_unit_test(is_left_out_without_a_clock),
	};
	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
