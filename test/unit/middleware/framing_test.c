/* Requests whose end, host or length two parsers could read differently. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <string.h>

static const struct {
	const char *label;
	const char *headers[8];
	unsigned status; /* 0: passes */
} rows[] = {
	{"one host", {"Host", "localhost"}, 0},
	{"no host, as HTTP/1.0 may", {NULL}, 0},
	{"one length", {"Host", "localhost", "Content-Length", "5"}, 0},
	{"chunked", {"Host", "localhost", "Transfer-Encoding", "chunked"}, 0},
	{"chunked in capitals", {"Host", "localhost", "Transfer-Encoding", "CHUNKED"}, 0},
	{"two hosts", {"Host", "localhost", "Host", "evil.example"}, 400},
	{"the same host twice", {"Host", "localhost", "Host", "localhost"}, 400},
	{"two hosts in other letters", {"Host", "localhost", "HOST", "localhost"}, 400},
	{"two lengths", {"Content-Length", "5", "Content-Length", "6"}, 400},
	{"the same length twice", {"Content-Length", "5", "content-length", "5"}, 400},
	{"a length and chunked", {"Content-Length", "5", "Transfer-Encoding", "chunked"}, 400},
	{"chunked and a length", {"transfer-encoding", "chunked", "content-length", "5"}, 400},
	{"two codings", {"Transfer-Encoding", "chunked", "Transfer-Encoding", "identity"}, 400},
	{"a coding that is not chunked", {"Transfer-Encoding", "xchunked"}, 400},
	{"a list of codings", {"Transfer-Encoding", "gzip, chunked"}, 400},
	{"blanks behind the coding", {"Transfer-Encoding", "chunked \t"}, 400},
	{"an empty coding", {"Transfer-Encoding", ""}, 400},
	{"a blank behind a name", {"Transfer-Encoding ", "chunked"}, 400},
	{"a tab behind a name", {"X-Own\t", "yes"}, 400},
	{"a blank before a name", {"X-Own", "yes", " Host", "localhost"}, 400},
	{"a blank inside a name, which nobody takes for another", {"X Own", "yes"}, 0},
	{"no name", {"", "yes"}, 0},
};

static void request_of(struct fake_request *request, size_t row)
{
	memset(request, 0, sizeof *request);
	request->path = "/open";
	memcpy(request->headers, rows[row].headers, sizeof rows[row].headers);
}

static void refuses_what_is_ambiguous(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_request request;
	fake_server_start(&server, FAKE_HELD, NULL);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", NULL, &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		request_of(&request, i);
		CHECK_ROW(rows[i].label, fake_server_answers(&server, &request, rows[i].status));
	}
	fake_server_stop(&server);
}

static void closes_the_connection_and_names_the_reason(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct fake_request request = {.headers = {"Host", "localhost", "Host", "localhost"}};
	fake_server_start(&server, FAKE_HELD, NULL);
	fake_exchange_start(&fake, &server, &request);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fake), 400);
	assert_string_equal(fake_exchange_header(&fake, "Connection"), "close");
	assert_string_equal(fake_exchange_header(&fake, "Cache-Control"), "no-store");
	assert_null(fake_exchange_header(&fake, "WWW-Authenticate"));
	assert_string_equal(fake_exchange_body(&fake),
		"{\"error\":\"invalid_request\","
		"\"error_description\":\"It is not clear which host or path the request is for,"
		" or where it ends\"}");
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void refuses_even_where_everything_else_is_open(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_request metadata = {
		.path = "/.well-known/oauth-protected-resource/mcp",
		.headers = {"Host", "localhost", "Host", "localhost"},
	};
	fake_server_start(&server, FAKE_HELD, NULL);
	mcpauth_chain_insecure_allow_everybody(server.chain);
	assert_true(fake_server_answers(&server, &metadata, 400));
	metadata.headers[2] = NULL;
	assert_true(fake_server_answers(&server, &metadata, 200));
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_ambiguous),
		cmocka_unit_test(closes_the_connection_and_names_the_reason),
		cmocka_unit_test(refuses_even_where_everything_else_is_open),
	};
	return cmocka_run_group_tests_name("framing", tests, NULL, NULL);
}
