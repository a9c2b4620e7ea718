/* Preflights: what browsers are told before pages ask. */
#include "support/check.h"
#include "support/leave.h"

#include <stdio.h>
#include <string.h>

static void a_preflight_gets_its_leave(void **state)
{
	(void)state;
	static const struct fake_request request = {.method = "OPTIONS",
		.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "authorization,content-type"}};
	struct fake_server server;
	struct fake_exchange fake;
	leave_start(&server, NULL);
	leave_ask(&fake, &server, &request);
	assert_int_equal(fake_exchange_status(&fake), 204);
	assert_string_equal(fake_exchange_body(&fake), "");
	assert_string_equal(leave_field(&fake, "Access-Control-Allow-Origin"), LEAVE_PAGE);
	assert_string_equal(
		leave_field(&fake, "Access-Control-Allow-Methods"), "GET, POST, DELETE");
	assert_string_equal(leave_field(&fake, "Access-Control-Allow-Headers"), LEAVE_HEADERS);
	assert_string_equal(leave_field(&fake, "Access-Control-Max-Age"), "600");
	assert_string_equal(leave_field(&fake, "Cache-Control"), "no-store");
	assert_string_equal(leave_field(&fake, "Vary"),
		"Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
	assert_null(leave_field(&fake, "Access-Control-Allow-Private-Network"));
	assert_null(leave_field(&fake, "Access-Control-Expose-Headers"));
	assert_null(leave_field(&fake, "Access-Control-Allow-Credentials"));
	assert_null(leave_field(&fake, "WWW-Authenticate"));
	assert_int_equal(mcpauth_exchange_reason(fake.exchange), MCPAUTH_OK);
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

/** What is asked for, and what of it is allowed besides the fixed names. */
static const struct {
	const char *asked;
	const char *allowed;
} names[] = {
	{"Mcp-Param-Path", ", Mcp-Param-Path"},
	{"mcp-param-path", ", mcp-param-path"},
	{"MCP-PARAM-Q,mcp-param-r", ", MCP-PARAM-Q, mcp-param-r"},
	{" \tmcp-param-a \t,\tauthorization , mcp-param-b", ", mcp-param-a, mcp-param-b"},
	{"mcp-param-~!#$%&'*+.^_`|", ", mcp-param-~!#$%&'*+.^_`|"},
	{"mcp-param-a,,", ", mcp-param-a"},
	{"", ""},
	{",", ""},
	{"x-other", ""},
	{"mcp-param", ""},
	{"mcp-param-", ""},
	{"xmcp-param-a", ""},
	{"mcp_param_a", ""},
	{"mcp-param-a b", ""},
	{"mcp-param-a:b", ""},
	{"mcp-param-a;b", ""},
	{"mcp-param-\"a\"", ""},
	{"mcp-param-a\r\nX-Smuggled: 1", ""},
	{"mcp-param-\xc3\xa4", ""},
	{"mcp-param-a\x7f", ""},
	{"*", ""},
};

static void parameters_are_allowed_as_they_are_asked_for(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	char want[512];
	leave_start(&server, NULL);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct fake_request request = {.method = "OPTIONS",
			.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "POST",
				"Access-Control-Request-Headers", names[i].asked}};
		snprintf(want, sizeof want, "%s%s", LEAVE_HEADERS, names[i].allowed);
		leave_ask(&fake, &server, &request);
		CHECK_ROW(names[i].asked, fake_exchange_status(&fake) == 204);
		CHECK_ROW(names[i].asked,
			leave_field_is(&fake, "Access-Control-Allow-Headers", want));
		fake_exchange_finish(&fake);
	}
	fake_server_stop(&server);
}

static void parameters_may_come_in_several_fields(void **state)
{
	(void)state;
	static const struct fake_request request = {.method = "OPTIONS",
		.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "mcp-param-a",
			"Access-Control-Request-Headers", "accept",
			"Access-Control-Request-Headers", "mcp-param-b"}};
	struct fake_server server;
	struct fake_exchange fake;
	leave_start(&server, NULL);
	leave_ask(&fake, &server, &request);
	assert_string_equal(leave_field(&fake, "Access-Control-Allow-Headers"),
		LEAVE_HEADERS ", mcp-param-a, mcp-param-b");
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

/* Asks for `count` names of `length` bytes. @return how many of them are allowed */
static size_t allowed(struct fake_server *server, size_t count, size_t length)
{
	static char asked[65536];
	struct fake_exchange fake;
	size_t used = 0;
	for (size_t i = 0; i < count; i++) {
		memset(asked + used, 'a', length);
		memcpy(asked + used, "mcp-param-", 10);
		used += length;
		asked[used++] = ',';
	}
	asked[used] = '\0';
	struct fake_request request = {.method = "OPTIONS",
		.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", asked}};
	leave_ask(&fake, server, &request);
	size_t found = 0;
	const char *at = leave_field(&fake, "Access-Control-Allow-Headers");
	assert_non_null(at);
	for (; (at = strstr(at, "mcp-param-")) != NULL; at++) {
		found++;
	}
	fake_exchange_finish(&fake);
	return found;
}

static void no_preflight_asks_for_too_much(void **state)
{
	(void)state;
	struct fake_server server;
	leave_start(&server, NULL);
	assert_int_equal(allowed(&server, 63, 128), 63);
	assert_int_equal(allowed(&server, 64, 128), 64);
	assert_int_equal(allowed(&server, 65, 128), 64);
	assert_int_equal(allowed(&server, 400, 11), 64);
	assert_int_equal(allowed(&server, 1, 128), 1);
	assert_int_equal(allowed(&server, 1, 129), 0);
	fake_server_stop(&server);
}

/** Where a preflight goes to, and what becomes of it. */
static const struct {
	const char *path;
	const char *method; /* that it asks for */
	unsigned status;    /* 0: the application answers */
} places[] = {
	{"/mcp", "POST", 204},
	{"/open", "GET", 204},
	{"/open", "PATCH", 204},
	{"/posted", "POST", 204},
	{"/posted", "GET", 404},
	{"/posted", "OPTIONS", 404},
	{"/posted", "post", 404},
	{"/both", "POST", 204},
	{"/both", "DELETE", 204},
	{"/both", "GET", 404},
	{"/below/x", "GET", 204},
	{"/belowx", "GET", 404},
	{"/below/../x", "GET", 404},
	{"/nothing", "GET", 404},
	{"/own", "GET", 0},
	{"/own", "POST", 0},
	{"/guarded", "POST", 204},
	{"/guarded", "OPTIONS", 204},
	{"/logout", "POST", 405},
	{"*", "GET", 404},
};

static void add_places(struct mcpauth_chain *chain)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth_logout_endpoint logout = MCPAUTH_LOGOUT_ENDPOINT_INIT;
	policy.resource = SERVER_RESOURCE;
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", &policy, &err));
	CHECK_OK(mcpauth_chain_protect_prefix(chain, "/below", &policy, &err));
	CHECK_OK(mcpauth_chain_publish(chain, "/posted", "POST", &err));
	policy.methods = "POST";
	CHECK_OK(mcpauth_chain_protect(chain, "/both", &policy, &err));
	policy.methods = "POST OPTIONS";
	CHECK_OK(mcpauth_chain_protect(chain, "/guarded", &policy, &err));
	CHECK_OK(mcpauth_chain_publish(chain, "/both", "DELETE", &err));
	CHECK_OK(mcpauth_chain_publish(chain, "/open", NULL, &err));
	CHECK_OK(mcpauth_chain_publish(chain, "/own", "GET OPTIONS", &err));
	logout.path = "/logout";
	logout.client_id = "me";
	CHECK_OK(mcpauth_chain_accept_logout(chain, &logout, &err));
}

static void the_route_of_the_request_to_come_decides(void **state)
{
	(void)state;
	static const char *const two[] = {SERVER_RESOURCE, "https://other.example.com/mcp", NULL};
	struct fake_server server;
	struct fake_exchange fake;
	fake_server_start(&server, FAKE_HELD, two);
	add_places(server.chain);
	CHECK_OK(mcpauth_chain_allow_origin(server.chain, LEAVE_PAGE, &err));
	CHECK_OK(mcpauth_chain_add_cors(server.chain, NULL, &err));
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct fake_request request = {.method = "OPTIONS",
			.path = places[i].path,
			.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method",
				places[i].method}};
		leave_ask(&fake, &server, &request);
		CHECK_ROW(places[i].path, fake_exchange_status(&fake) == places[i].status);
		CHECK_ROW(places[i].path, leave_is_none(&fake) == (places[i].status != 204));
		fake_exchange_finish(&fake);
	}
	fake_server_stop(&server);
}

static void pages_do_not_read_what_logouts_are_answered(void **state)
{
	(void)state;
	static const char *const two[] = {SERVER_RESOURCE, "https://other.example.com/mcp", NULL};
	static const struct fake_request request = {
		.method = "GET", .path = "/logout", .headers = {"Origin", LEAVE_PAGE}};
	struct fake_server server;
	struct fake_exchange fake;
	fake_server_start(&server, FAKE_HELD, two);
	add_places(server.chain);
	CHECK_OK(mcpauth_chain_allow_origin(server.chain, LEAVE_PAGE, &err));
	CHECK_OK(mcpauth_chain_add_cors(server.chain, NULL, &err));
	leave_ask(&fake, &server, &request);
	assert_int_equal(fake_exchange_status(&fake), 405);
	assert_true(leave_is_none(&fake));
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

/** OPTIONS requests that are no preflights, and preflights that are no page's. */
static const struct {
	const char *label;
	struct fake_request request;
	unsigned status;
	bool reads;
} others[] = {
	{"OPTIONS of a page, protected", {.method = "OPTIONS", .headers = {"Origin", LEAVE_PAGE}},
		401, true},
	{"OPTIONS of a page, public",
		{.method = "OPTIONS", .path = "/open", .headers = {"Origin", LEAVE_PAGE}}, 0, true},
	{"OPTIONS without an origin", {.method = "OPTIONS", .path = "/open"}, 0, false},
	{"no page asks",
		{.method = "OPTIONS", .headers = {"Access-Control-Request-Method", "POST"}}, 204,
		false},
	{"GET that asks",
		{.path = "/open",
			.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "POST"}},
		0, true},
	{"options in small letters",
		{.method = "options",
			.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "POST"}},
		401, true},
	{"another page's preflight",
		{.method = "OPTIONS",
			.headers = {"Origin", "https://evil.example",
				"Access-Control-Request-Method", "POST"}},
		403, false},
};

static void only_preflights_are_preflights(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	leave_start(&server, NULL);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		leave_ask(&fake, &server, &others[i].request);
		CHECK_ROW(others[i].label, fake_exchange_status(&fake) == others[i].status);
		CHECK_ROW(others[i].label,
			leave_field_is(&fake, "Access-Control-Allow-Origin",
				others[i].reads ? LEAVE_PAGE : NULL));
		CHECK_ROW(others[i].label,
			leave_field(&fake, "Access-Control-Allow-Methods") == NULL);
		fake_exchange_finish(&fake);
	}
	fake_server_stop(&server);
}

/** What a browser asks before a page from outside asks a server inside. */
static const struct {
	const char *asked;
	bool is_let_in;
} networks[] = {{"true", true}, {"true ", true}, {"false", false}, {"TRUE", false}, {"", false}};

static void an_allowed_page_may_come_from_outside(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	leave_start(&server, NULL);
	for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
		struct fake_request request = {.method = "OPTIONS",
			.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "POST",
				"Access-Control-Request-Private-Network", networks[i].asked}};
		leave_ask(&fake, &server, &request);
		CHECK_ROW(networks[i].asked, fake_exchange_status(&fake) == 204);
		CHECK_ROW(networks[i].asked,
			leave_field_is(&fake, "Access-Control-Allow-Private-Network",
				networks[i].is_let_in ? "true" : NULL));
		fake_exchange_finish(&fake);
	}
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_preflight_gets_its_leave),
		cmocka_unit_test(parameters_are_allowed_as_they_are_asked_for),
		cmocka_unit_test(parameters_may_come_in_several_fields),
		cmocka_unit_test(no_preflight_asks_for_too_much),
		cmocka_unit_test(the_route_of_the_request_to_come_decides),
		cmocka_unit_test(pages_do_not_read_what_logouts_are_answered),
		cmocka_unit_test(only_preflights_are_preflights),
		cmocka_unit_test(an_allowed_page_may_come_from_outside),
	};
	return cmocka_run_group_tests_name("preflight", tests, NULL, NULL);
}
