/* What libcurl asks for us, and what is made of the answers. */
#include "net/worker.h"

#include "support/check.h"
#include "support/network.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MIB ((size_t)1024 * 1024)
#define SIXTEEN "sixteen bytes..."

static const struct loopback_page pages[] = {
	{.path = "/good", .status = 200, .body = "good"},
	{.path = "/a/../b/./c", .status = 200, .body = "as is"},
	{.path = "/moved", .status = 302, .headers = "Location: /good\r\n"},
	{.path = "/zipped",
		.status = 200,
		.headers = "Content-Encoding: gzip\r\n",
		.body = "no gzip at all"},
	{.path = "/cookie", .status = 200, .headers = "Set-Cookie: a=b\r\n"},
	{.path = "/full", .status = 200, .body = SIXTEEN, .repeat = MIB / 16},
	{.path = "/full-chunked",
		.status = 200,
		.body = SIXTEEN,
		.repeat = MIB / 16,
		.chunked = true},
	{.path = "/over", .status = 200, .body = SIXTEEN, .repeat = MIB / 16 + 1},
	{.path = "/over-chunked",
		.status = 200,
		.body = SIXTEEN,
		.repeat = MIB / 16 + 1,
		.chunked = true},
	{.path = "/twice", .status = 200, .body = SIXTEEN, .repeat = MIB / 8},
	{.path = "/missing-over", .status = 404, .body = SIXTEEN, .repeat = MIB / 8},
	{.path = "/missing-over-chunked",
		.status = 404,
		.body = SIXTEEN,
		.repeat = MIB / 8,
		.chunked = true},
	{.path = "/broken", .status = 503, .body = "secret words"},
	{.path = "/reset", .manner = LOOPBACK_RESET},
	{.path = "/cut", .status = 200, .body = "half", .manner = LOOPBACK_CUT},
};

static int start(void **state)
{
	return network_start(state, loopback_new(pages, COUNT(pages)));
}

static void says_who_it_is_and_nothing_else(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	char head[1024];
	char want[1024];
	network_get(network, "/cookie", &fetched);
	network_get(network, "/good?q=1", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_int_equal(fetched.status, 200);
	assert_string_equal(fetched.body, "good");
	loopback_last_request(network->loopback, head, sizeof head);
	char *version = strstr(head, "User-Agent: mcpauth/");
	assert_non_null(version);
	char *end = strstr(version, "\r\n");
	snprintf(want, sizeof want,
		"GET /good?q=1 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%.*s\r\n"
		"Accept: application/json\r\n\r\n",
		loopback_port(network->loopback), (int)(end - version), version);
	assert_string_equal(head, want);
}

static void asks_for_the_path_as_it_is(void **state)
{
	struct fetched fetched;
	network_get(*state, "/a/../b/./c", &fetched);
	assert_string_equal(fetched.body, "as is");
}

static void follows_no_redirect(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	network_get(network, "/moved", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_int_equal(fetched.status, 302);
	assert_int_equal(loopback_requests(network->loopback), 1);
}

static void unpacks_nothing(void **state)
{
	struct fetched fetched;
	network_get(*state, "/zipped", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_string_equal(fetched.body, "no gzip at all");
}

static void uses_a_connection_again(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	for (unsigned i = 0; i < 5; i++) {
		network_get(network, "/good", &fetched);
		assert_int_equal(fetched.status, 200);
	}
	assert_int_equal(loopback_connections(network->loopback), 1);
	assert_int_equal(loopback_requests(network->loopback), 5);
}

static const struct {
	const char *path;
	enum mcpauth_code code;
	unsigned status;
	size_t length;
	const char *reason;
} answers[] = {
	{"/good", MCPAUTH_OK, 200, 4, "answered 200"},
	{"/full", MCPAUTH_OK, 200, MIB, "answered 200"},
	{"/full-chunked", MCPAUTH_OK, 200, MIB, "answered 200"},
	{"/over", MCPAUTH_E_TOO_LARGE, 0, 0, "over the limit"},
	{"/over-chunked", MCPAUTH_E_TOO_LARGE, 0, 0, "over the limit"},
	{"/twice", MCPAUTH_E_TOO_LARGE, 0, 0, "over the limit"},
	{"/missing", MCPAUTH_OK, 404, 0, "answered 404"},
	{"/missing-over", MCPAUTH_OK, 404, 0, "answered 404"},
	{"/missing-over-chunked", MCPAUTH_OK, 404, 0, "answered 404"},
	{"/broken", MCPAUTH_OK, 503, 0, "answered 503"},
	{"/reset", MCPAUTH_E_UNREACHABLE, 0, 0, "127.0.0.1"},
	{"/cut", MCPAUTH_E_UNREACHABLE, 0, 0, "127.0.0.1"},
};

static void tells_what_was_answered(void **state)
{
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct fetched fetched;
		network_get(*state, answers[i].path, &fetched);
		CHECK_ROW(answers[i].path, fetched.code == answers[i].code);
		CHECK_ROW(answers[i].path, fetched.status == answers[i].status);
		CHECK_ROW(answers[i].path, fetched.length == answers[i].length);
		CHECK_ROW(answers[i].path, strstr(fetched.message, answers[i].reason) != NULL);
		CHECK_ROW(answers[i].path, strstr(fetched.message, "secret") == NULL);
	}
}

static void cannot_reach_a_closed_port(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	unsigned port = loopback_port(network->loopback);
	loopback_free(network->loopback);
	network->loopback = NULL;
	char url[64];
	snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
	network_begin(network, &(struct mcpauth__get){.url = url}, &fetched);
	network_await(&fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_UNREACHABLE);
	assert_int_equal(fetched.status, 0);
}

static const struct {
	const char *headers;
	unsigned max_age;
} cache_headers[] = {
	{NULL, MCPAUTH_NONE},
	{"Cache-Control: public\r\n", MCPAUTH_NONE},
	{"Cache-Control: max-age=300\r\n", 300},
	{"cache-control: public,MAX-AGE=300 , must-revalidate\r\n", 300},
	{"Cache-Control: max-age=\"300\"\r\n", 300},
	{"Cache-Control: max-age=0\r\n", 0},
	{"Cache-Control: max-age=99999999999999999999999\r\n", 0x7fffffff},
	{"Cache-Control: max-age=-1\r\n", MCPAUTH_NONE},
	{"Cache-Control: max-age=1x\r\n", MCPAUTH_NONE},
	{"Cache-Control: max-age=\r\n", MCPAUTH_NONE},
	{"Cache-Control: s-maxage=300\r\n", MCPAUTH_NONE},
	{"Cache-Control: max-age=300, max-age=200\r\n", 200},
	{"Cache-Control: max-age=300\r\nCache-Control: max-age=100\r\n", 100},
	{"Cache-Control: no-store\r\n", 0},
	{"Cache-Control: max-age=300, no-cache\r\n", 0},
	{"Cache-Control: no-cache=\"x\", max-age=300\r\n", 0},
	{"Cache-Control: no-storex, max-age=300\r\n", 300},
	{"X-Cache-Control: no-store\r\n", MCPAUTH_NONE},
};

static void reads_how_long_an_answer_is_good(void **state)
{
	struct network *network = *state;
	struct loopback_page cached[COUNT(cache_headers)];
	char paths[COUNT(cache_headers)][8];
	for (size_t i = 0; i < COUNT(cache_headers); i++) {
		snprintf(paths[i], sizeof paths[i], "/%zu", i);
		cached[i] = (struct loopback_page){
			.path = paths[i], .status = 200, .headers = cache_headers[i].headers};
	}
	loopback_free(network->loopback);
	network->loopback = loopback_new(cached, COUNT(cached));
	for (size_t i = 0; i < COUNT(cache_headers); i++) {
		const char *row = cache_headers[i].headers != NULL ? cache_headers[i].headers : "-";
		struct fetched fetched;
		network_get(network, paths[i], &fetched);
		CHECK_ROW(row, fetched.status == 200);
		CHECK_ROW(row, fetched.max_age == cache_headers[i].max_age);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, network_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(says_who_it_is_and_nothing_else),
		TEST(asks_for_the_path_as_it_is),
		TEST(follows_no_redirect),
		TEST(unpacks_nothing),
		TEST(uses_a_connection_again),
		TEST(tells_what_was_answered),
		TEST(cannot_reach_a_closed_port),
		TEST(reads_how_long_an_answer_is_good),
	};
	return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
