/* The head of a request to the listener: when it is there, and what is refused. */
#include "client/login/listener_request.h"

#include "support/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PORT 1234
#define LINE "GET /callback?code=c HTTP/1.1\r\n"
#define HOST "Host: 127.0.0.1:1234\r\n"
#define LIMIT MCPAUTH__LISTENER_HEAD_LIMIT

/* In memory of its own length, so that reading on is noticed. */
static unsigned read_copy(
	const char *head, size_t length, unsigned port, struct mcpauth__listener_request *request)
{
	char *copy = malloc(length > 0 ? length : 1);
	assert_non_null(copy);
	memcpy(copy, head, length);
	unsigned status = mcpauth__listener_request_read(copy, length, port, request);
	free(copy);
	return status;
}

static const struct {
	const char *label;
	const char *head;
	unsigned want;
} rows[] = {
	{"as a browser sends it",
		LINE HOST "Accept: */*\r\nCookie: a=\"b\"; c\r\nUser-Agent: \xc3\xbc\t(x)\r\n\r\n",
		200},
	{"HTTP/1.0", "GET /callback?code=c HTTP/1.0\r\n" HOST "\r\n", 200},
	{"localhost", LINE "Host: localhost:1234\r\n\r\n", 200},
	{"in capitals", LINE "HOST:LOCALHOST:1234\r\n\r\n", 200},
	{"IPv6", LINE "host: [::1]:1234 \t\r\n\r\n", 200},
	{"an empty field", LINE HOST "A:\r\n\r\n", 200},
	{"more behind it", LINE HOST "\r\nGET / HTTP/1.1\r\n", 200},
	{"a dozen fields", LINE "a:1\r\nb:1\r\nc:1\r\n" HOST "d:1\r\ne:1\r\nf:1\r\n\r\n", 200},
	{"nothing", "", 0},
	{"a line", LINE, 0},
	{"no empty line", LINE HOST, 0},
	{"half an empty line", LINE HOST "\r", 0},
	{"line feeds alone", "GET / HTTP/1.1\nHost: localhost:1234\n\n", 0},
	{"POST", "POST /callback HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\na", 405},
	{"HEAD", "HEAD /callback?code=c HTTP/1.1\r\n" HOST "\r\n", 405},
	{"OPTIONS", "OPTIONS /callback HTTP/1.1\r\n" HOST "\r\n", 405},
	{"get", "get /callback?code=c HTTP/1.1\r\n" HOST "\r\n", 405},
	{"a method that begins like it", "GETS / HTTP/1.1\r\n" HOST "\r\n", 405},
	{"no Host", LINE "Accept: */*\r\n\r\n", 400},
	{"no field", LINE "\r\n", 400},
	{"two Hosts", LINE HOST HOST "\r\n", 400},
	{"a Host of another case too", LINE HOST "hOST: evil.example\r\n\r\n", 400},
	{"an empty line first", "\r\n" LINE HOST "\r\n", 400},
	{"two empty lines alone", "\r\n\r\n", 400},
	{"a TLS handshake", "\x16\x03\x01\x02\r\n\r\n", 400},
	{"no target", "GET HTTP/1.1\r\n" HOST "\r\n", 400},
	{"an empty target", "GET  HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a whole URL", "GET http://127.0.0.1:1234/callback HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a star", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a fragment", "GET /callback#a HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a blank in the target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 400},
	{"two blanks behind it", "GET /a  HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a tab", "GET\t/a HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a byte beyond ASCII", "GET /\xc3\xbc HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a control character", "GET /\x7f HTTP/1.1\r\n" HOST "\r\n", 400},
	{"no version", "GET /a\r\n" HOST "\r\n", 400},
	{"HTTP/2", "GET /a HTTP/2.0\r\n" HOST "\r\n", 400},
	{"HTTP/1.10", "GET /a HTTP/1.10\r\n" HOST "\r\n", 400},
	{"http/1.1", "GET /a http/1.1\r\n" HOST "\r\n", 400},
	{"a blank at the end", "GET /a HTTP/1.1 \r\n" HOST "\r\n", 400},
	{"no method", " /a HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a method of no token", "G(T /a HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a folded field", LINE HOST "A: b\r\n c\r\n\r\n", 400},
	{"a blank before the colon", LINE "Host : 127.0.0.1:1234\r\n\r\n", 400},
	{"no colon", LINE HOST "Accept\r\n\r\n", 400},
	{"no name", LINE HOST ": a\r\n\r\n", 400},
	{"a line feed in a field", LINE HOST "A: b\nHost: evil.example\r\n\r\n", 400},
	{"a return in a field", LINE HOST "A: b\rc\r\n\r\n", 400},
	{"a control character in a field", LINE HOST "A: \x01\r\n\r\n", 400},
	{"what was deleted in a field", LINE HOST "A: \x7f\r\n\r\n", 400},
	{"another name", LINE "Host: evil.example:1234\r\n\r\n", 403},
	{"another name with POST", "POST / HTTP/1.1\r\nHost: evil.example:1234\r\n\r\n", 403},
	{"a name that begins like it", LINE "Host: 127.0.0.1.evil.example:1234\r\n\r\n", 403},
	{"a name that ends like it", LINE "Host: evillocalhost:1234\r\n\r\n", 403},
	{"another address", LINE "Host: 192.168.0.1:1234\r\n\r\n", 403},
	{"every address", LINE "Host: 0.0.0.0:1234\r\n\r\n", 403},
	{"another port", LINE "Host: 127.0.0.1:1235\r\n\r\n", 403},
	{"a longer port", LINE "Host: 127.0.0.1:12340\r\n\r\n", 403},
	{"a port with a nought", LINE "Host: 127.0.0.1:01234\r\n\r\n", 403},
	{"an empty port", LINE "Host: 127.0.0.1:\r\n\r\n", 403},
	{"no port", LINE "Host: 127.0.0.1\r\n\r\n", 403},
	{"an empty Host", LINE "Host: \r\n\r\n", 403},
	{"two hosts in one", LINE "Host: 127.0.0.1:1234, localhost:1234\r\n\r\n", 403},
	{"a user", LINE "Host: me@127.0.0.1:1234\r\n\r\n", 403},
	{"a name in brackets", LINE "Host: [localhost]:1234\r\n\r\n", 403},
	{"IPv4 in brackets", LINE "Host: [127.0.0.1]:1234\r\n\r\n", 403},
	{"a bracket that stays open", LINE "Host: [::1:1234\r\n\r\n", 403},
	{"IPv6 without brackets", LINE "Host: ::1:1234\r\n\r\n", 403},
	{"another IPv6", LINE "Host: [::2]:1234\r\n\r\n", 403},
};

static void takes_what_a_browser_sends_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mcpauth__listener_request request;
		unsigned status = read_copy(rows[i].head, strlen(rows[i].head), PORT, &request);
		CHECK_ROW(rows[i].label, status == rows[i].want);
		CHECK_ROW(rows[i].label, (request.target_length > 0) == (status == 200));
	}
}

static void finds_the_target(void **state)
{
	(void)state;
	struct mcpauth__listener_request request;
	const char *head = LINE HOST "\r\n";
	assert_int_equal(read_copy(head, strlen(head), PORT, &request), 200);
	assert_int_equal(request.target_length, strlen("/callback?code=c"));
	assert_memory_equal(head + request.target, "/callback?code=c", request.target_length);
	assert_false(request.is_head);
}

static void knows_whose_answer_has_no_body(void **state)
{
	(void)state;
	struct mcpauth__listener_request request;
	const char *head = "HEAD / HTTP/1.1\r\n" HOST "\r\n";
	const char *heads = "HEADS / HTTP/1.1\r\n" HOST "\r\n";
	assert_int_equal(read_copy(head, strlen(head), PORT, &request), 405);
	assert_true(request.is_head);
	assert_int_equal(read_copy(heads, strlen(heads), PORT, &request), 405);
	assert_false(request.is_head);
}

static void needs_no_port_where_it_is_the_usual_one(void **state)
{
	(void)state;
	struct mcpauth__listener_request request;
	const char *without = LINE "Host: localhost\r\n\r\n";
	const char *with = LINE "Host: localhost:80\r\n\r\n";
	assert_int_equal(read_copy(without, strlen(without), 80, &request), 200);
	assert_int_equal(read_copy(with, strlen(with), 80, &request), 200);
	assert_int_equal(read_copy(without, strlen(without), PORT, &request), 403);
}

static void judges_no_part_of_a_head(void **state)
{
	(void)state;
	struct mcpauth__listener_request request;
	const char *head = "POST evil\r\nHost: a\r\nHost: b\r\n\r\n";
	for (size_t length = 0; length < strlen(head); length++) {
		assert_int_equal(read_copy(head, length, PORT, &request), 0);
	}
	assert_int_equal(read_copy(head, strlen(head), PORT, &request), 400);
}

static void refuses_a_nul(void **state)
{
	(void)state;
	static const char in_target[] = "GET /\0 HTTP/1.1\r\n" HOST "\r\n";
	static const char in_method[] = "G\0T / HTTP/1.1\r\n" HOST "\r\n";
	static const char in_name[] = LINE HOST "A\0: b\r\n\r\n";
	static const char in_value[] = LINE "Host: 127.0.0.1:1234\0.evil\r\n\r\n";
	struct mcpauth__listener_request request;
	assert_int_equal(read_copy(in_target, sizeof in_target - 1, PORT, &request), 400);
	assert_int_equal(read_copy(in_method, sizeof in_method - 1, PORT, &request), 400);
	assert_int_equal(read_copy(in_name, sizeof in_name - 1, PORT, &request), 400);
	assert_int_equal(read_copy(in_value, sizeof in_value - 1, PORT, &request), 400);
}

/* A head of this length, with one long field. @param head  room for that */
static void make_long(char *head, size_t length)
{
	const char *begin = LINE HOST "Cookie: ";
	memset(head, 'a', length);
	memcpy(head, begin, strlen(begin));
	memcpy(head + length - 4, "\r\n\r\n", 4);
}

static void has_a_limit(void **state)
{
	(void)state;
	static char head[LIMIT + 1];
	struct mcpauth__listener_request request;
	make_long(head, LIMIT);
	assert_int_equal(read_copy(head, LIMIT - 1, PORT, &request), 0);
	assert_int_equal(read_copy(head, LIMIT, PORT, &request), 200);
	make_long(head, LIMIT + 1);
	assert_int_equal(read_copy(head, LIMIT, PORT, &request), 431);
	assert_int_equal(read_copy(head, LIMIT + 1, PORT, &request), 431);
}

static void refuses_a_host_that_is_too_long(void **state)
{
	(void)state;
	char head[1024];
	struct mcpauth__listener_request request;
	for (size_t length = 200; length < 400; length++) {
		const char *begin = LINE "Host: ";
		memset(head, 'a', sizeof head);
		memcpy(head, begin, strlen(begin));
		memcpy(head + strlen(begin) + length, ".localhost:1234\r\n\r\n", 20);
		unsigned status = read_copy(head, strlen(head), PORT, &request);
		assert_int_equal(status, length + 15 < 272 ? 200 : 403);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_a_browser_sends_and_nothing_else),
		cmocka_unit_test(finds_the_target),
		cmocka_unit_test(knows_whose_answer_has_no_body),
		cmocka_unit_test(needs_no_port_where_it_is_the_usual_one),
		cmocka_unit_test(judges_no_part_of_a_head),
		cmocka_unit_test(refuses_a_nul),
		cmocka_unit_test(has_a_limit),
		cmocka_unit_test(refuses_a_host_that_is_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
