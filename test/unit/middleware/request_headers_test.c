/* Header fields read in one walk: which are known, and what is kept of them. */
#include "request_headers.h"

#include "support/check.h"
#include "support/fake_exchange.h"

#include <string.h>

static const struct {
	const char *name;
	enum mcpauth__header_name which;
} names[] = {
	{"Host", MCPAUTH__HEADER_HOST},
	{"hOST", MCPAUTH__HEADER_HOST},
	{"Origin", MCPAUTH__HEADER_ORIGIN},
	{"oRIGIN", MCPAUTH__HEADER_ORIGIN},
	{"Expect", MCPAUTH__HEADER_EXPECT},
	{"eXPECT", MCPAUTH__HEADER_EXPECT},
	{"Authorization", MCPAUTH__HEADER_AUTHORIZATION},
	{"authorization", MCPAUTH__HEADER_AUTHORIZATION},
	{"Content-Length", MCPAUTH__HEADER_CONTENT_LENGTH},
	{"content-length", MCPAUTH__HEADER_CONTENT_LENGTH},
	{"Transfer-Encoding", MCPAUTH__HEADER_TRANSFER_ENCODING},
	{"TRANSFER-ENCODING", MCPAUTH__HEADER_TRANSFER_ENCODING},
	{"Access-Control-Request-Method", MCPAUTH__HEADER_ACCESS_CONTROL_REQUEST_METHOD},
	{"access-control-request-method", MCPAUTH__HEADER_ACCESS_CONTROL_REQUEST_METHOD},
	{"MCP-Protocol-Version", MCPAUTH__HEADER_MCP_PROTOCOL_VERSION},
	{"mcp-protocol-version", MCPAUTH__HEADER_MCP_PROTOCOL_VERSION},
	{"X-Forwarded-For", MCPAUTH__HEADER_X_FORWARDED_FOR},
	{"x-forwarded-for", MCPAUTH__HEADER_X_FORWARDED_FOR},
	{"Mcp-Method", MCPAUTH__HEADER_MCP_METHOD},
	{"MCP-METHOD", MCPAUTH__HEADER_MCP_METHOD},
	{"Mcp-Name", MCPAUTH__HEADER_MCP_NAME},
	{"mcp-name", MCPAUTH__HEADER_MCP_NAME},
	{"", MCPAUTH__HEADER_OTHER},
	{"Hos", MCPAUTH__HEADER_OTHER},
	{"Hose", MCPAUTH__HEADER_OTHER},
	{"(ost", MCPAUTH__HEADER_OTHER},
	{"Hosts", MCPAUTH__HEADER_OTHER},
	{"Accept", MCPAUTH__HEADER_OTHER},
	{"Cookie", MCPAUTH__HEADER_OTHER},
	{"Origen", MCPAUTH__HEADER_OTHER},
	{"Except", MCPAUTH__HEADER_OTHER},
	{"Authorisation", MCPAUTH__HEADER_OTHER},
	{"Content-Lengt_", MCPAUTH__HEADER_OTHER},
	{"Transfer_Encoding", MCPAUTH__HEADER_OTHER},
	{"MCP-Protocol_Version", MCPAUTH__HEADER_OTHER},
	{"Mcp_Method", MCPAUTH__HEADER_OTHER},
	{"Connection", MCPAUTH__HEADER_OTHER},
	{"Mcp_Name", MCPAUTH__HEADER_OTHER},
	{"Mcp\rName", MCPAUTH__HEADER_OTHER},
	{"Access-Control-Request-Header", MCPAUTH__HEADER_OTHER},
};

static void knows_the_names_whatever_the_case_and_no_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		CHECK_ROW(names[i].name,
			mcpauth__header_name_of(names[i].name, strlen(names[i].name))
				== names[i].which);
	}
}

static void keeps_the_first_and_counts_them_all(void **state)
{
	(void)state;
	struct mcpauth__request_headers headers = {0};
	const struct mcpauth__request_header *host = &headers.items[MCPAUTH__HEADER_HOST];
	mcpauth__request_headers_add(&headers, "Host", 4, "first", 5);
	mcpauth__request_headers_add(&headers, "Origin", 6, "", 0);
	mcpauth__request_headers_add(&headers, "Host", 4, "second ", 7);
	assert_int_equal(host->count, 2);
	assert_string_equal(host->value, "first");
	assert_int_equal(host->length, 5);
	assert_false(host->had_trailing_blanks);
	assert_int_equal(headers.items[MCPAUTH__HEADER_ORIGIN].count, 1);
	assert_string_equal(headers.items[MCPAUTH__HEADER_ORIGIN].value, "");
	assert_int_equal(headers.items[MCPAUTH__HEADER_EXPECT].count, 0);
	assert_null(headers.items[MCPAUTH__HEADER_EXPECT].value);
	assert_false(headers.had_trailing_blanks);
	/* What is in front of a value is none of it. */
	mcpauth__request_headers_add(&headers, "Expect", 6, &" "[1], 0);
	assert_false(headers.had_trailing_blanks);
	mcpauth__request_headers_add(&headers, "Authorization", 13, " ", 1);
	assert_true(headers.had_trailing_blanks);
}

static void notes_blanks_around_any_name(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool padded;
	} rows[] = {{"Host", false}, {"X-Own", false}, {"X Own", false}, {"", false},
		{"X-Own ", true}, {"X-Own\t", true}, {" X-Own", true}, {"\tHost", true},
		{"Host ", true}, {" ", true}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth__request_headers headers = {0};
		mcpauth__request_headers_add(&headers, rows[i].name, strlen(rows[i].name), "a", 1);
		CHECK_ROW(rows[i].name, headers.have_padded_names == rows[i].padded);
		mcpauth__request_headers_add(&headers, "X-Next", 6, "a", 1);
		CHECK_ROW(rows[i].name, headers.have_padded_names == rows[i].padded);
	}
}

static const struct {
	const char *label;
	const char *values[3];
	bool hides_body_end;
} codings[] = {
	{"none", {NULL}, false},
	{"chunked", {"chunked"}, false},
	{"the case", {"Chunked"}, false},
	{"blanks behind", {"chunked "}, true},
	{"another", {"gzip"}, true},
	{"two in one", {"gzip, chunked"}, true},
	{"nothing", {""}, true},
	{"twice", {"chunked", "chunked"}, true},
	{"another behind it", {"chunked", "gzip"}, true},
};

static void knows_codings_that_hide_where_a_body_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
		struct mcpauth__request_headers headers = {0};
		for (const char *const *value = codings[i].values; *value != NULL; value++) {
			mcpauth__request_headers_add(
				&headers, "Transfer-Encoding", 17, *value, strlen(*value));
		}
		CHECK_ROW(codings[i].label,
			mcpauth__request_headers_hide_body_end(&headers)
				== codings[i].hides_body_end);
	}
}

static void compares_a_value_as_it_came(void **state)
{
	(void)state;
	struct mcpauth__request_headers headers = {0};
	const struct mcpauth__request_header *expect = &headers.items[MCPAUTH__HEADER_EXPECT];
	const struct mcpauth__request_header *host = &headers.items[MCPAUTH__HEADER_HOST];
	assert_false(mcpauth__request_header_is(expect, "100-continue"));
	mcpauth__request_headers_add(&headers, "Expect", 6, "100-Continue", 12);
	mcpauth__request_headers_add(&headers, "Host", 4, "a ", 2);
	assert_true(mcpauth__request_header_is(expect, "100-continue"));
	assert_false(mcpauth__request_header_is(expect, "100-continued"));
	assert_false(mcpauth__request_header_is(host, "a"));
	assert_false(mcpauth__request_header_is(host, "a "));
}

static const struct {
	const char *sent;
	const char *read;
	bool had_trailing_blanks;
} values[] = {
	{"localhost", "localhost", false},
	{"localhost ", "localhost", true},
	{"localhost \t \t", "localhost", true},
	{"local host", "local host", false},
	{" ", "", true},
	{"", "", false},
};

static void takes_blanks_off_the_end_and_remembers_them(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	fake_server_start(&server, FAKE_HELD, NULL);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const char *sent = values[i].sent;
		struct fake_request request = {.headers = {"Host", sent, "Accept", sent}};
		fake_exchange_start(&fake, &server, &request);
		struct mcpauth__request_header host = fake.exchange->request_headers
							      .items[MCPAUTH__HEADER_HOST];
		const char *known = mcpauth_exchange_header(fake.exchange, "hoSt", 0);
		const char *other = mcpauth_exchange_header(fake.exchange, "Accept", 0);
		CHECK_ROW(sent, strcmp(host.value, values[i].read) == 0);
		CHECK_ROW(sent, host.length == strlen(values[i].read));
		CHECK_ROW(sent, host.had_trailing_blanks == values[i].had_trailing_blanks);
		CHECK_ROW(sent, strcmp(known, values[i].read) == 0);
		CHECK_ROW(sent, strcmp(other, values[i].read) == 0);
		fake_exchange_finish(&fake);
	}
	fake_server_stop(&server);
}

static void shows_every_one_of_a_known_name(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct fake_request request = {.headers = {"Origin", "a", "X", "b", "origin", "c "}};
	fake_server_start(&server, FAKE_HELD, NULL);
	fake_exchange_start(&fake, &server, &request);
	assert_string_equal(mcpauth_exchange_header(fake.exchange, "Origin", 0), "a");
	assert_string_equal(mcpauth_exchange_header(fake.exchange, "Origin", 1), "c");
	assert_null(mcpauth_exchange_header(fake.exchange, "Origin", 2));
	assert_null(mcpauth_exchange_header(fake.exchange, "Host", 0));
	assert_null(mcpauth_exchange_header(fake.exchange, "Host", 1));
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_names_whatever_the_case_and_no_others),
		cmocka_unit_test(keeps_the_first_and_counts_them_all),
		cmocka_unit_test(notes_blanks_around_any_name),
		cmocka_unit_test(knows_codings_that_hide_where_a_body_ends),
		cmocka_unit_test(compares_a_value_as_it_came),
		cmocka_unit_test(takes_blanks_off_the_end_and_remembers_them),
		cmocka_unit_test(shows_every_one_of_a_known_name),
	};
	return cmocka_run_group_tests_name("request_headers", tests, NULL, NULL);
}
