/* CORS: which pages may read which answers, and how the stage is set up. */
#include "support/check.h"
#include "support/leave.h"

#include <stdio.h>
#include <string.h>

/** Requests of pages, and whether they may read the answer. */
static const struct {
	const char *host;
	const char *origin;
	unsigned status;
	bool reads;
} pages[] = {
	{"api.example.com", LEAVE_PAGE, 401, true},
	{"api.example.com", "https://api.example.com", 401, true},
	{"localhost:8080", "http://localhost:5173", 401, true},
	{"localhost:8080", LEAVE_PAGE, 401, true},
	{"api.example.com", "https://a.wild.example", 401, true},
	{"api.example.com", "null", 401, true},
	{"api.example.com", LEAVE_PAGE " ", 401, true},
	{"api.example.com", NULL, 401, false},
	{"api.example.com", "https://evil.example", 403, false},
	{"api.example.com", "https://wild.example", 403, false},
	{"api.example.com", "http://localhost:5173", 403, false},
};

static void a_page_reads_a_refusal_if_it_is_allowed(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	leave_start(&server, NULL);
	CHECK_OK(mcpauth_chain_allow_origin(server.chain, "https://*.wild.example", &err));
	CHECK_OK(mcpauth_chain_allow_origin(server.chain, "null", &err));
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const char *origin = pages[i].origin == NULL ? "none" : pages[i].origin;
		struct fake_request request = {
			.headers = {"Host", pages[i].host, "Origin", pages[i].origin}};
		char want[64];
		snprintf(want, sizeof want, "%.*s", (int)strcspn(origin, " "), origin);
		request.headers[2] = pages[i].origin == NULL ? NULL : "Origin";
		leave_ask(&fake, &server, &request);
		CHECK_ROW(origin, fake_exchange_status(&fake) == pages[i].status);
		CHECK_ROW(origin,
			leave_field_is(&fake, "Access-Control-Allow-Origin",
				pages[i].reads ? want : NULL));
		CHECK_ROW(origin, leave_field_is(&fake, "Vary", pages[i].reads ? "Origin" : NULL));
		CHECK_ROW(origin,
			leave_field_is(&fake, "Access-Control-Expose-Headers",
				pages[i].reads ? LEAVE_EXPOSED : NULL));
		CHECK_ROW(origin, leave_field(&fake, "Access-Control-Allow-Credentials") == NULL);
		CHECK_ROW(origin, leave_field(&fake, "Access-Control-Allow-Methods") == NULL);
		fake_exchange_finish(&fake);
	}
	fake_server_stop(&server);
}

static void without_the_stage_nobody_reads(void **state)
{
	(void)state;
	static const struct fake_request request = {.headers = {"Origin", LEAVE_PAGE}};
	static const struct fake_request preflight = {.method = "OPTIONS",
		.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "POST"}};
	struct fake_server server;
	struct fake_exchange fake;
	fake_server_start(&server, FAKE_HELD, NULL);
	CHECK_OK(mcpauth_chain_allow_origin(server.chain, LEAVE_PAGE, &err));
	leave_ask(&fake, &server, &request);
	assert_int_equal(fake_exchange_status(&fake), 401);
	assert_true(leave_is_none(&fake));
	fake_exchange_finish(&fake);
	leave_ask(&fake, &server, &preflight);
	assert_int_equal(fake_exchange_status(&fake), 204);
	assert_true(leave_is_none(&fake));
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void what_passes_is_readable_too(void **state)
{
	(void)state;
	static const struct fake_request request = {
		.path = "/open", .headers = {"Origin", LEAVE_PAGE}};
	static const struct fake_request without = {.path = "/open"};
	struct fake_server server;
	struct fake_exchange fake;
	leave_start(&server, NULL);
	leave_ask(&fake, &server, &request);
	assert_int_equal(fake.verdict, MCPAUTH__PASS);
	assert_string_equal(leave_field(&fake, "Access-Control-Allow-Origin"), LEAVE_PAGE);
	assert_string_equal(leave_field(&fake, "Vary"), "Origin");
	assert_string_equal(leave_field(&fake, "Access-Control-Expose-Headers"), LEAVE_EXPOSED);
	assert_false(fake.exchange->depends_on_origin);
	fake_exchange_finish(&fake);
	/* Nothing is copied for everybody else. */
	leave_ask(&fake, &server, &without);
	assert_int_equal(fake.verdict, MCPAUTH__PASS);
	assert_int_equal(fake.exchange->headers.count, 0);
	assert_true(fake.exchange->depends_on_origin);
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void one_requests_leave_is_not_the_next_ones(void **state)
{
	(void)state;
	static const struct fake_request page = {.headers = {"Origin", LEAVE_PAGE}};
	static const struct fake_request other = {0};
	struct fake_server server;
	struct fake_exchange fake;
	struct mcpauth__connection connection = {0};
	leave_start(&server, NULL);
	mcpauth__connection_open(&connection, server.chain);
	fake_exchange_start_on(&fake, &connection, &page);
	fake_exchange_serve(&fake);
	assert_non_null(leave_field(&fake, "Access-Control-Allow-Origin"));
	fake_exchange_finish(&fake);
	fake_exchange_start_on(&fake, &connection, &other);
	fake_exchange_serve(&fake);
	assert_int_equal(fake_exchange_status(&fake), 401);
	assert_true(leave_is_none(&fake));
	fake_exchange_finish(&fake);
	mcpauth__connection_close(&connection);
	fake_server_stop(&server);
}

static void lists_are_the_programs_to_extend(void **state)
{
	(void)state;
	static const struct fake_request preflight = {.method = "OPTIONS",
		.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "PUT",
			"Access-Control-Request-Headers", "mcp-param-a"}};
	static const struct fake_request request = {.headers = {"Origin", LEAVE_PAGE}};
	struct mcpauth_cors cors = MCPAUTH_CORS_INIT;
	struct fake_server server;
	struct fake_exchange fake;
	cors.methods = "GET PUT  PATCH";
	cors.headers = "X-One";
	cors.exposed = "X-Two X-Three";
	cors.max_age = MCPAUTH_NONE;
	leave_start(&server, &cors);
	leave_ask(&fake, &server, &preflight);
	assert_string_equal(leave_field(&fake, "Access-Control-Allow-Methods"), "GET, PUT, PATCH");
	assert_string_equal(leave_field(&fake, "Access-Control-Allow-Headers"),
		LEAVE_HEADERS ", X-One, mcp-param-a");
	assert_string_equal(leave_field(&fake, "Access-Control-Max-Age"), "0");
	fake_exchange_finish(&fake);
	leave_ask(&fake, &server, &request);
	assert_string_equal(leave_field(&fake, "Access-Control-Expose-Headers"),
		LEAVE_EXPOSED ", X-Two, X-Three");
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void the_age_is_the_programs_to_set(void **state)
{
	(void)state;
	static const struct fake_request request = {.method = "OPTIONS",
		.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "GET"}};
	struct mcpauth_cors cors = MCPAUTH_CORS_INIT;
	struct fake_server server;
	struct fake_exchange fake;
	cors.max_age = 7200;
	leave_start(&server, &cors);
	leave_ask(&fake, &server, &request);
	assert_string_equal(leave_field(&fake, "Access-Control-Max-Age"), "7200");
	assert_string_equal(leave_field(&fake, "Access-Control-Allow-Headers"), LEAVE_HEADERS);
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static const char *const not_lists[] = {"", " ", ",", "GET,", ",GET", "GET,PUT", "GET, PUT",
	"GET;PUT", "G\"ET", "GET\r\nX-Smuggled: 1", "X-\xc3\xa4"};

static void refuses_what_is_no_list_of_tokens(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_HELD, NULL);
	for (size_t i = 0; i < sizeof not_lists / sizeof *not_lists; i++) {
		struct mcpauth_cors methods = MCPAUTH_CORS_INIT;
		struct mcpauth_cors headers = MCPAUTH_CORS_INIT;
		struct mcpauth_cors exposed = MCPAUTH_CORS_INIT;
		methods.methods = headers.headers = exposed.exposed = not_lists[i];
		CHECK_ROW_CODE(not_lists[i], MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_chain_add_cors(server.chain, &methods, &err));
		CHECK_ROW_CODE(not_lists[i], MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_chain_add_cors(server.chain, &headers, &err));
		CHECK_ROW_CODE(not_lists[i], MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_chain_add_cors(server.chain, &exposed, &err));
	}
	/* None of them left anything behind. */
	CHECK_OK(mcpauth_chain_add_cors(server.chain, NULL, &err));
	fake_server_stop(&server);
}

static void refuses_a_longer_struct_that_says_more(void **state)
{
	(void)state;
	struct {
		struct mcpauth_cors cors;
		size_t more;
	} newer = {.cors = MCPAUTH_CORS_INIT, .more = 1};
	struct fake_server server;
	fake_server_start(&server, FAKE_HELD, NULL);
	newer.cors.size = sizeof newer;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_add_cors(server.chain, &newer.cors, &err));
	newer.more = 0;
	CHECK_OK(mcpauth_chain_add_cors(server.chain, &newer.cors, &err));
	fake_server_stop(&server);
}

static enum mcpauth_stage_result refuse(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	return mcpauth_exchange_answer(exchange, 429, NULL, NULL, 0) == MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

static void comes_before_stages_that_were_added_before(void **state)
{
	(void)state;
	static const struct fake_request request = {
		.path = "/open", .headers = {"Origin", LEAVE_PAGE}};
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fake_server server;
	struct fake_exchange fake;
	fake_server_start(&server, FAKE_HELD, NULL);
	stage.on_request = refuse;
	CHECK_OK(mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	stage.name = "origin";
	CHECK_OK(mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	CHECK_OK(mcpauth_chain_allow_origin(server.chain, LEAVE_PAGE, &err));
	CHECK_OK(mcpauth_chain_add_cors(server.chain, NULL, &err));
	leave_ask(&fake, &server, &request);
	assert_int_equal(fake_exchange_status(&fake), 429);
	assert_string_equal(leave_field(&fake, "Access-Control-Allow-Origin"), LEAVE_PAGE);
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void is_added_once_and_while_there_is_room(void **state)
{
	(void)state;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct fake_server server;
	fake_server_start(&server, FAKE_HELD, NULL);
	CHECK_OK(mcpauth_chain_add_cors(server.chain, NULL, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_chain_add_cors(server.chain, NULL, &err));
	fake_server_stop(&server);
	fake_server_start(&server, FAKE_HELD, NULL);
	for (int i = 0; i < 12; i++) {
		CHECK_OK(mcpauth_chain_add_stage(server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	}
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_add_cors(server.chain, NULL, &err));
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_reads_a_refusal_if_it_is_allowed),
		cmocka_unit_test(without_the_stage_nobody_reads),
		cmocka_unit_test(what_passes_is_readable_too),
		cmocka_unit_test(one_requests_leave_is_not_the_next_ones),
		cmocka_unit_test(lists_are_the_programs_to_extend),
		cmocka_unit_test(the_age_is_the_programs_to_set),
		cmocka_unit_test(refuses_what_is_no_list_of_tokens),
		cmocka_unit_test(refuses_a_longer_struct_that_says_more),
		cmocka_unit_test(comes_before_stages_that_were_added_before),
		cmocka_unit_test(is_added_once_and_while_there_is_room),
	};
	return cmocka_run_group_tests_name("cors", tests, NULL, NULL);
}
