/* Hosts and origins: rebound names and foreign pages stay outside. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdio.h>
#include <string.h>

/** One host and origin each; a NULL stands for no such header. */
struct row {
	const char *host;
	const char *origin;
	unsigned status; /* 0: passes */
};

static const struct row hosts[] = {
	{NULL, NULL, 0},
	{"api.example.com", NULL, 0},
	{"API.EXAMPLE.COM", NULL, 0},
	{"api.example.com:443", NULL, 0},
	{"localhost", NULL, 0},
	{"localhost:8080", NULL, 0},
	{"127.0.0.1:8080", NULL, 0},
	{"[::1]:8080", NULL, 0},
	{"localhost \t", NULL, 0},
	{"", NULL, 403},
	{"evil.example", NULL, 403},
	{"api.example.com.", NULL, 403},
	{"api.example.com:80", NULL, 403},
	{"api.example.com:8443", NULL, 403},
	{"api.example.com:0", NULL, 403},
	{"api.example.com.evil.example", NULL, 403},
	{"evil.example.api.example.com", NULL, 403},
	{"api.example.com@evil.example", NULL, 403},
	{"evil.example#api.example.com", NULL, 403},
	{"api.example.com/", NULL, 403},
	{"api.example.com,evil.example", NULL, 403},
	{"127.evil.example", NULL, 403},
	{"127.0.0.1.evil.example", NULL, 403},
	{"localhost.evil", NULL, 403},
	{"localhost.", NULL, 403},
	{"[::1].evil.example", NULL, 403},
	{"[::2]", NULL, 403},
	{"192.168.0.1", NULL, 403},
	{"0.0.0.0", NULL, 403},
};

static const struct row origins[] = {
	{"api.example.com", "https://api.example.com", 0},
	{"api.example.com", "https://API.example.com", 0},
	{"api.example.com", "https://api.example.com:443", 0},
	{"localhost:8080", "http://localhost:8080", 0},
	{"localhost:8080", "http://localhost:5173", 0},
	{"127.0.0.1:8080", "http://localhost", 0},
	{"localhost:8080", "https://[::1]:9", 0},
	{"localhost:8080", "https://api.example.com", 0},
	{"api.example.com", "https://evil.example", 403},
	{"api.example.com", "http://api.example.com", 403},
	{"api.example.com", "https://api.example.com:8443", 403},
	{"api.example.com", "https://api.example.com:0", 403},
	{"api.example.com", "https://api.example.com.", 403},
	{"api.example.com", "https://api.example.com/", 403},
	{"api.example.com", "https://api.example.com@evil.example", 403},
	{"api.example.com", "https://user@api.example.com", 403},
	{"api.example.com", "https://user:pw@api.example.com", 403},
	{"api.example.com", "https://api.example.com.evil.example", 403},
	{"api.example.com", "https://xapi.example.com", 403},
	{"api.example.com", "https://api.example.com https://evil.example", 403},
	{"api.example.com", "https://api.example.com, https://evil.example", 403},
	{"api.example.com", "null", 403},
	{"localhost", "null", 403},
	{"localhost", "", 403},
	{"localhost", "file://", 403},
	{"localhost", "chrome-extension://localhost", 403},
	{"localhost", "localhost", 403},
	{"localhost", "//localhost", 403},
	{"localhost", "http://127.evil.example", 403},
	{"localhost", "http://127.0.0.1.evil.example", 403},
	{"localhost", "http://localhost.evil", 403},
	{"localhost", "http://localhost.", 403},
	{"localhost", "http://localhost/", 403},
	{"localhost", "http://localhost@evil.example", 403},
	{"localhost", "http://[::1].evil.example", 403},
	{"api.example.com", "http://localhost:5173", 403},
	{NULL, "http://localhost:5173", 403},
	{NULL, "https://api.example.com", 0},
};

static bool answers(struct fake_server *server, const struct row *row, unsigned status)
{
	struct fake_request request = {.path = "/open"};
	const char **at = request.headers;
	if (row->host != NULL) {
		*at++ = "Host";
		*at++ = row->host;
	}
	if (row->origin != NULL) {
		*at++ = "Origin";
		*at++ = row->origin;
	}
	return fake_server_answers(server, &request, status);
}

static void start(struct fake_server *server)
{
	fake_server_start(server, FAKE_HELD, NULL);
	CHECK_OK(mcpauth_chain_publish(server->chain, "/open", NULL, &err));
}

static void takes_its_own_hosts_only(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		CHECK_ROW(hosts[i].host == NULL ? "none" : hosts[i].host,
			answers(&server, &hosts[i], hosts[i].status));
	}
	fake_server_stop(&server);
}

static void takes_its_own_origins_only(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
		CHECK_ROW(origins[i].origin, answers(&server, &origins[i], origins[i].status));
	}
	fake_server_stop(&server);
}

/* No name is so long, so it must not be looked for where one has room. */
static void takes_no_name_that_is_longer_than_any(void **state)
{
	(void)state;
	static const size_t lengths[] = {255, 256, 300, 303, 304, 305, 319, 320, 321, 2000};
	struct fake_server server;
	char name[2048];
	char origin[2100];
	start(&server);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		memset(name, 'a', lengths[i]);
		name[lengths[i]] = '\0';
		snprintf(origin, sizeof origin, "https://%s", name);
		CHECK_ROW(name, answers(&server, &(struct row){name, NULL, 0}, 403));
		CHECK_ROW(name, answers(&server, &(struct row){"localhost", origin, 0}, 403));
		strcat(name, ":65535");
		strcat(origin, ":65535");
		CHECK_ROW(name, answers(&server, &(struct row){name, NULL, 0}, 403));
		CHECK_ROW(name, answers(&server, &(struct row){"localhost", origin, 0}, 403));
	}
	fake_server_stop(&server);
}

static void every_capital_is_a_small_letter(void **state)
{
	(void)state;
	static const char *const all[] = {"https://abcdefghijklm-nopqrstuvwxyz.example/mcp", NULL};
	static const struct row rows[] = {
		{"ABCDEFGHIJKLM-NOPQRSTUVWXYZ.EXAMPLE",
			"https://ABCDEFGHIJKLM-NOPQRSTUVWXYZ.EXAMPLE", 0},
		{"ABCDEFGHIJKLM-NOPQRSTUVWXYY.EXAMPLE", NULL, 403},
		{"abcdefghijklm-nopqrstuvwxyz.example",
			"https://ABCDEFGHIJKLM-NOPQRSTUVWXYY.EXAMPLE", 403},
	};
	struct fake_server server;
	fake_server_start(&server, FAKE_HELD, all);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", NULL, &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].host, answers(&server, &rows[i], rows[i].status));
	}
	fake_server_stop(&server);
}

static void refuses_several_origins_even_good_ones(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_request request = {
		.path = "/open",
		.headers = {"Host", "localhost", "Origin", "http://localhost", "Origin",
			"http://localhost"},
	};
	start(&server);
	assert_true(fake_server_answers(&server, &request, 403));
	request.headers[4] = NULL;
	assert_true(fake_server_answers(&server, &request, 0));
	fake_server_stop(&server);
}

static void takes_an_allowed_origin_to_the_letter(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"api.example.com", "https://app.example.com", 0},
		{"api.example.com", "https://app.example.com:443", 403},
		{"api.example.com", "https://App.example.com", 403},
		{"api.example.com", "http://app.example.com", 403},
		{"api.example.com", "https://app.example.com.evil.example", 403},
		{"evil.example", "https://app.example.com", 403},
	};
	struct fake_server server;
	start(&server);
	assert_true(answers(&server, &rows[0], 403));
	CHECK_OK(mcpauth_chain_allow_origin(server.chain, "https://app.example.com", &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].origin, answers(&server, &rows[i], rows[i].status));
	}
	fake_server_stop(&server);
}

/** What is allowed, what is sent then, and whether it passes. */
static const struct {
	const char *allowed;
	const char *origin;
	bool passes;
} patterns[] = {
	{"https://*.example.com", "https://app.example.com", true},
	{"https://*.example.com", "https://a.b-c.d_e.example.com", true},
	{"https://*.example.com", "https://example.com", false},
	{"https://*.example.com", "https://.example.com", false},
	{"https://*.example.com", "https://..example.com", false},
	{"https://*.example.com", "https://a..example.com", false},
	{"https://*.example.com", "https://.a.example.com", false},
	{"https://*.example.com", "https://xexample.com", false},
	{"https://*.example.com", "https://evilexample.com", false},
	{"https://*.example.com", "https://a.example.comx", false},
	{"https://*.example.com", "https://a.example.com.", false},
	{"https://*.example.com", "https://a.example.com.evil.example", false},
	{"https://*.example.com", "https://a.EXAMPLE.com", false},
	{"https://*.example.com", "HTTPS://a.example.com", false},
	{"https://*.example.com", "http://a.example.com", false},
	{"https://*.example.com", "https://a.example.com:8443", false},
	{"https://*.example.com", "https://a.example.com:443", false},
	{"https://*.example.com", "https://evil.com/.example.com", false},
	{"https://*.example.com", "https://evil.com?.example.com", false},
	{"https://*.example.com", "https://evil.com#.example.com", false},
	{"https://*.example.com", "https://evil.com\\.example.com", false},
	{"https://*.example.com", "https://evil.com:80.example.com", false},
	{"https://*.example.com", "https://evil.com:80@a.example.com", false},
	{"https://*.example.com", "https://user@a.example.com", false},
	{"https://*.example.com", "https://evil.com @a.example.com", false},
	{"https://*.example.com", "https://evil.com, https://a.example.com", false},
	{"https://*.example.com", "https://a.example.com/", false},
	{"https://*.example.com", "https://[::1].example.com", false},
	{"https://*.example.com", "https://*.example.com", false},
	{"https://*.example.com", "https://%61.example.com", false},
	{"https://*.example.com", "null", false},
	{"https://*.example.com:8443", "https://a.example.com:8443", true},
	{"https://*.example.com:8443", "https://a.example.com", false},
	{"https://*.example.com:8443", "https://a.example.com:84430", false},
	{"https://*.example.com:8443", "https://a.example.com:844", false},
	{"https://*.example.com:8443", "https://a.example.com:08443", false},
	{"https://*.example.com:*", "https://a.example.com", true},
	{"https://*.example.com:*", "https://a.example.com:8443", true},
	{"https://*.example.com:*", "https://example.com:8443", false},
	{"https://*.example.com:*", "https://a.example.com:", false},
	{"https://*.example.com:*", "https://a.example.com:x", false},
	{"https://*.example.com:*", "https://a.example.com:80:80", false},
	{"https://*.example.com:*", "https://a.example.com:80/", false},
	{"https://*.example.com:*", "https://evil.com:80@a.example.com:80", false},
	{"http://dev.example:*", "http://dev.example", true},
	{"http://dev.example:*", "http://dev.example:5173", true},
	{"http://dev.example:*", "https://dev.example:5173", false},
	{"http://dev.example:*", "http://xdev.example:5173", false},
	{"http://dev.example:*", "http://a.dev.example:5173", false},
	{"http://dev.example:*", "http://dev.examplex:5173", false},
	{"http://dev.example:*", "http://dev.example:5173@evil.com", false},
	{"http://dev.example:*", "http://dev.example:5173.evil.com", false},
	{"http://dev.example:*", "http://DEV.example:5173", false},
	{"http://localhost:*", "http://localhost:5173", true},
	{"http://localhost:*", "http://localhost.evil.com:5173", false},
	{"http://127.0.0.1:*", "http://127.0.0.1:5173", true},
	{"http://127.0.0.1:*", "http://127.0.0.11:5173", false},
	{"http://[::1]:*", "http://[::1]:5173", true},
	{"http://[::1]:*", "http://[::11]:5173", false},
	{"null", "null", true},
	{"null", "Null", false},
	{"null", "nullx", false},
	{"https://null", "null", false},
};

static void a_star_stands_for_names_or_for_ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		struct row row = {"api.example.com", patterns[i].origin, 0};
		struct fake_server server;
		start(&server);
		CHECK_ROW(patterns[i].origin, answers(&server, &row, 403));
		CHECK_ROW_CODE(patterns[i].allowed, MCPAUTH_OK,
			mcpauth_chain_allow_origin(server.chain, patterns[i].allowed, &err));
		CHECK_ROW(patterns[i].origin, answers(&server, &row, patterns[i].passes ? 0 : 403));
		fake_server_stop(&server);
	}
}

/* RFC 1035 section 2.3.4, with and without what a pattern leaves open. */
static void a_star_stands_for_no_name_that_is_too_long(void **state)
{
	(void)state;
	struct fake_server server;
	char origin[400] = "https://";
	char *host = origin + strlen(origin);
	start(&server);
	CHECK_OK(mcpauth_chain_allow_origin(server.chain, "https://*.example.com", &err));
	for (size_t length = 254; length <= 257; length++) {
		memset(host, 'a', length);
		strcpy(host + length - strlen(".example.com"), ".example.com");
		CHECK_ROW(origin,
			answers(&server, &(struct row){"localhost", origin, 0},
				length <= 255 ? 0 : 403));
	}
	fake_server_stop(&server);
}

static void several_patterns_stand_beside_each_other(void **state)
{
	(void)state;
	static const char *const allowed[] = {"https://*.one.example", "https://plain.example",
		"http://two.example:*", "https://*.three.example:*"};
	static const struct row rows[] = {
		{"localhost", "https://a.one.example", 0},
		{"localhost", "https://plain.example", 0},
		{"localhost", "http://two.example:1", 0},
		{"localhost", "https://a.three.example:2", 0},
		{"localhost", "https://a.two.example", 403},
		{"localhost", "http://three.example:1", 403},
	};
	struct fake_server server;
	start(&server);
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
		CHECK_OK(mcpauth_chain_allow_origin(server.chain, allowed[i], &err));
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].origin, answers(&server, &rows[i], rows[i].status));
	}
	fake_server_stop(&server);
}

static const char *const no_patterns[] = {"*", "https://*", "https://*.", "https://*.:*",
	"https://*:*", "*://example.com", "*.example.com", "//*.example.com",
	"https://*example.com", "https://a.*.example.com", "https://*.*.example.com",
	"https://ex*mple.com", "https://example.*", "https://*..example.com",
	"https://*.example..com", "https://*.example.com.", "https://.*.example.com",
	"https://*.example.com:80*", "https://*.example.com:*80", "https://*.example.com:80:*",
	"https://*.example.com:**", "https://*.example.com:", "https://*.example.com/",
	"https://*.example.com:*/", "https://user@*.example.com", "https://*.user@example.com",
	"https://*.[::1]", "https://*.example.com https://*.example.org", "wss://*.example.com",
	"chrome-extension://*", "file://*", "null*", "nul"};

static void a_star_elsewhere_is_a_mistake(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	for (size_t i = 0; i < sizeof no_patterns / sizeof *no_patterns; i++) {
		CHECK_ROW_CODE(no_patterns[i], MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_chain_allow_origin(server.chain, no_patterns[i], &err));
	}
	CHECK_OK(mcpauth_chain_allow_origin(server.chain, "https://*.example.com:*", &err));
	fake_server_stop(&server);
}

static void takes_an_allowed_host_whatever_the_case(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"backend.internal:8080", NULL, 0},
		{"Backend.Internal:8080", NULL, 0},
		{"backend.internal", NULL, 403},
		{"backend.internal:80800", NULL, 403},
		{"x.backend.internal:8080", NULL, 403},
		{"backend.internal:8080", "http://backend.internal:8080", 403},
		{"backend.internal:8080", "http://localhost", 403},
	};
	struct fake_server server;
	start(&server);
	assert_true(answers(&server, &rows[0], 403));
	CHECK_OK(mcpauth_chain_allow_host(server.chain, "backend.internal:8080", &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].host, answers(&server, &rows[i], rows[i].status));
	}
	fake_server_stop(&server);
}

static void knows_the_hosts_of_all_its_resources(void **state)
{
	(void)state;
	static const char *const two[] = {SERVER_RESOURCE, "http://localhost:3000/mcp",
		"https://other.example.com:8443/x", NULL};
	static const struct row good = {
		"other.example.com:8443", "https://other.example.com:8443", 0};
	static const struct row bad = {"other.example.com", NULL, 0};
	struct fake_server server;
	fake_server_start(&server, FAKE_HELD, two);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", NULL, &err));
	assert_true(answers(&server, &good, 0));
	assert_true(answers(&server, &bad, 403));
	fake_server_stop(&server);
}

/* Resources by whose scheme the unspoken port differs, and ports as nobody writes them. */
static const struct row spellings[] = {
	{"plain.localhost:3000", NULL, 0},
	{"plain.localhost:03000", NULL, 0},
	{"PLAIN.localhost:3000", "http://Plain.LOCALHOST:03000", 0},
	{"plain.localhost", NULL, 403},
	{"plain.localhost:3000", "https://plain.localhost:3000", 403},
	{"odd.example.com:80", "https://odd.example.com:80", 0},
	{"odd.example.com:080", "https://odd.example.com:080", 0},
	{"odd.example.com", NULL, 403},
	{"odd.example.com:443", NULL, 403},
	{"api.example.com:00443", "https://api.example.com:00443", 0},
	{"api.example.com:000443", NULL, 403},
	{"api.example.com:4430", NULL, 403},
	{"Proxy.Inside:8080", NULL, 0},
	{"proxy.inside:08080", NULL, 0},
	{"proxy.inside:8081", NULL, 403},
	{"proxy.inside", NULL, 403},
};

static void knows_hosts_however_they_are_spelt(void **state)
{
	(void)state;
	static const char *const three[] = {SERVER_RESOURCE, "http://plain.localhost:3000/mcp",
		"https://odd.example.com:80/mcp", NULL};
	struct fake_server server;
	fake_server_start(&server, FAKE_HELD, three);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", NULL, &err));
	CHECK_OK(mcpauth_chain_allow_host(server.chain, "proxy.INSIDE:8080", &err));
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		CHECK_ROW(spellings[i].host, answers(&server, &spellings[i], spellings[i].status));
	}
	fake_server_stop(&server);
}

static void a_host_longer_than_names_can_be_is_nobodys(void **state)
{
	(void)state;
	static char host[8192];
	static const struct row row = {host, NULL, 0};
	static const struct row good = {"api.example.com", NULL, 0};
	struct fake_server server;
	start(&server);
	memset(host, 'a', sizeof host - 1);
	assert_true(answers(&server, &row, 403));
	assert_true(answers(&server, &good, 0));
	fake_server_stop(&server);
}

static void nothing_is_no_host_and_no_origin(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server);
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_allow_host(server.chain, "", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_allow_host(server.chain, NULL, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_allow_origin(server.chain, "", &err));
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_allow_origin(server.chain, NULL, &err));
	fake_server_stop(&server);
}

static void the_log_says_what_would_let_them_in(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_request host = {.headers = {"Host", "proxy.example"}};
	struct fake_request origin = {.headers = {"Origin", "https://app.example"}};
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	assert_true(fake_server_answers(&server, &host, 403));
	assert_int_equal(fake_server_logged(&server,
				 "Host \"proxy.example\" refused: mcpauth_chain_allow_host()"),
		1);
	assert_true(fake_server_answers(&server, &origin, 403));
	assert_int_equal(
		fake_server_logged(&server,
			"Origin \"https://app.example\" refused: mcpauth_chain_allow_origin()"),
		1);
	fake_server_stop(&server);
}

/* Lines are counted by their reason: whoever has nothing to say cannot outcry the rest. */
static void a_flood_of_refusals_leaves_warnings_their_lines(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_request host = {.headers = {"Host", "proxy.example"}};
	struct fake_request origin = {.headers = {"Origin", "https://app.example"}};
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	for (int i = 0; i < 30; i++) {
		assert_true(fake_server_answers(&server, &host, 403));
		assert_true(fake_server_answers(&server, &origin, 403));
	}
	mcpauth_log(server.auth, MCPAUTH_LOG_WARNING, MCPAUTH_OK, NULL, "THIS IS DANGEROUS");
	assert_int_equal(fake_server_logged(&server, "THIS IS DANGEROUS"), 1);
	fake_server_stop(&server);
}

static void a_refusal_is_no_challenge(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct fake_request request = {.headers = {"Host", "localhost", "Origin", "null"}};
	start(&server);
	fake_exchange_start(&fake, &server, &request);
	fake_exchange_serve(&fake);
	assert_int_equal(fake_exchange_status(&fake), 403);
	assert_null(fake_exchange_header(&fake, "WWW-Authenticate"));
	assert_null(fake_exchange_header(&fake, "Access-Control-Allow-Origin"));
	assert_string_equal(fake_exchange_header(&fake, "Cache-Control"), "no-store");
	assert_string_equal(fake_exchange_body(&fake),
		"{\"error\":\"forbidden\","
		"\"error_description\":\"Requests with that Origin are not allowed\"}");
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void holds_where_bearer_is_switched_off(void **state)
{
	(void)state;
	static const struct row bad = {"evil.example", NULL, 403};
	static const struct row good = {"localhost", NULL, 0};
	struct fake_server server;
	start(&server);
	mcpauth_chain_insecure_allow_everybody(server.chain);
	assert_true(answers(&server, &bad, 403));
	assert_true(answers(&server, &good, 0));
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_its_own_hosts_only),
		cmocka_unit_test(takes_its_own_origins_only),
		cmocka_unit_test(takes_no_name_that_is_longer_than_any),
		cmocka_unit_test(every_capital_is_a_small_letter),
		cmocka_unit_test(refuses_several_origins_even_good_ones),
		cmocka_unit_test(takes_an_allowed_origin_to_the_letter),
		cmocka_unit_test(a_star_stands_for_names_or_for_ports),
		cmocka_unit_test(a_star_stands_for_no_name_that_is_too_long),
		cmocka_unit_test(several_patterns_stand_beside_each_other),
		cmocka_unit_test(a_star_elsewhere_is_a_mistake),
		cmocka_unit_test(takes_an_allowed_host_whatever_the_case),
		cmocka_unit_test(knows_the_hosts_of_all_its_resources),
		cmocka_unit_test(knows_hosts_however_they_are_spelt),
		cmocka_unit_test(a_host_longer_than_names_can_be_is_nobodys),
		cmocka_unit_test(nothing_is_no_host_and_no_origin),
		cmocka_unit_test(the_log_says_what_would_let_them_in),
		cmocka_unit_test(a_flood_of_refusals_leaves_warnings_their_lines),
		cmocka_unit_test(a_refusal_is_no_challenge),
		cmocka_unit_test(holds_where_bearer_is_switched_off),
	};
	return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
