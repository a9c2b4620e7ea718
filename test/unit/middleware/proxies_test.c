/* Trusted proxies: which they are, and whom they are believed to speak for. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include "clients/proxies.h"

#include <stdio.h>
#include <string.h>

static const char *const good_ones[] = {
	"192.0.2.7",
	"192.0.2.7/32",
	"10.0.0.0/8",
	"128.0.0.0/1",
	"0.0.0.0/1",
	"192.0.2.128/25",
	"2001:db8::1",
	"2001:db8::1/128",
	"fd00::/8",
	"2001:db8::/33",
	"::ffff:10.0.0.0/104",
	"::ffff:0:0/97",
	"::/96",
};

static const char *const bad_ones[] = {
	"",
	"/",
	"/8",
	"10.0.0.0/",
	"10.0.0.0/0",
	"::/0",
	"::ffff:0:0/96",
	"0.0.0.0/0",
	"10.0.0.0/33",
	"10.0.0.0/128",
	"fd00::/129",
	"fd00::/256",
	"10.0.0.0/4294967304",
	"10.0.0.0/08",
	"10.0.0.0/8 ",
	"10.0.0.0/ 8",
	"10.0.0.0/+8",
	"10.0.0.0/-8",
	"10.0.0.0/8/8",
	"10.0.0.0/255.0.0.0",
	"10.0.0.1/8",
	"10.0.0.1/31",
	"192.0.2.129/25",
	"2001:db8::1/127",
	"2001:db8:8000::/32",
	"10.0.0",
	"10.*",
	"[fd00::]/8",
	"fe80::1%eth0",
	"proxy.example.com",
	"unix:",
	"*",
};

static void believes_addresses_and_networks_only(void **state)
{
	struct mcpauth__proxies proxies = {0};
	(void)state;
	for (size_t i = 0; i < sizeof good_ones / sizeof *good_ones; i++) {
		CHECK_ROW(good_ones[i], mcpauth__proxies_add(&proxies, good_ones[i]) == MCPAUTH_OK);
	}
	size_t count = proxies.count;
	for (size_t i = 0; i < sizeof bad_ones / sizeof *bad_ones; i++) {
		CHECK_ROW(bad_ones[i],
			mcpauth__proxies_add(&proxies, bad_ones[i]) == MCPAUTH_E_INVALID_ARGUMENT);
	}
	assert_int_equal(proxies.count, count);
	mcpauth__proxies_finish(&proxies);
}

static const struct {
	const char *proxy;
	const char *address;
	bool held;
} networks[] = {
	{"192.0.2.7", "192.0.2.7", true},
	{"192.0.2.7", "::ffff:192.0.2.7", true},
	{"192.0.2.7", "192.0.2.8", false},
	{"192.0.2.7", "::192.0.2.7", false},
	{"10.0.0.0/8", "10.255.255.255", true},
	{"10.0.0.0/8", "11.0.0.0", false},
	{"192.0.2.128/25", "192.0.2.255", true},
	{"192.0.2.128/25", "192.0.2.127", false},
	{"192.0.2.6/31", "192.0.2.7", true},
	{"192.0.2.6/31", "192.0.2.5", false},
	{"128.0.0.0/1", "255.0.0.1", true},
	{"128.0.0.0/1", "127.0.0.1", false},
	{"128.0.0.0/1", "8000::", false},
	{"::ffff:10.0.0.0/104", "10.1.2.3", true},
	{"::ffff:10.0.0.0/104", "11.1.2.3", false},
	{"fd00::/8", "fdff::1", true},
	{"fd00::/8", "fc00::1", false},
	{"2001:db8::/33", "2001:db8:7fff::", true},
	{"2001:db8::/33", "2001:db8:8000::", false},
	{"2001:db8::1", "2001:db8::2", false},
	{"::/1", "::1", true},
	{"::/1", "127.0.0.1", false},
	{"::/80", "192.0.2.7", false},
};

static void holds_what_has_the_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
		struct mcpauth__proxies proxies = {0};
		struct mcpauth__client_address address;
		char row[64];
		snprintf(row, sizeof row, "%s %s", networks[i].proxy, networks[i].address);
		assert_int_equal(mcpauth__proxies_add(&proxies, networks[i].proxy), MCPAUTH_OK);
		assert_true(mcpauth__client_address_parse(
			networks[i].address, strlen(networks[i].address), &address));
		CHECK_ROW(row, mcpauth__proxies_have(&proxies, &address) == networks[i].held);
		mcpauth__proxies_finish(&proxies);
	}
}

/** A server that has "10.0.0.0/8" and "fd00::/8" before it. */
static void start(struct fake_server *server)
{
	fake_server_start(server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_trust_proxy(server->chain, "10.0.0.0/8", &err));
	CHECK_OK(mcpauth_chain_trust_proxy(server->chain, "fd00::/8", &err));
}

/* Is this the address of such a request, "" for none? */
static bool comes_from(
	struct fake_server *server, const struct fake_request *request, const char *wanted)
{
	struct fake_exchange fake;
	char address[MCPAUTH_ADDRESS_SIZE] = "untouched";
	fake_exchange_start(&fake, server, request);
	bool has_one = mcpauth_exchange_address(fake.exchange, address);
	fake_exchange_serve(&fake);
	fake_exchange_finish(&fake);
	if (strcmp(address, wanted) != 0) {
		print_error("address %s\n", address);
	}
	return has_one == (*wanted != '\0') && strcmp(address, wanted) == 0;
}

static const struct {
	const char *label;
	const char *peer;
	const char *fields[4]; /* up to a NULL */
	const char *wanted;
} requests[] = {
	{"no proxy, nothing said", "192.0.2.7", {0}, "192.0.2.7"},
	{"a proxy, nothing said", "10.0.0.1", {0}, "10.0.0.1"},
	{"a proxy speaks", "10.0.0.1", {"192.0.2.7"}, "192.0.2.7"},
	{"a proxy of IPv6 speaks", "fd00::1", {"2001:db8::1"}, "2001:db8::1"},
	{"whoever else speaks", "192.0.2.1", {"192.0.2.7"}, "192.0.2.1"},
	{"no peer", NULL, {"192.0.2.7"}, ""},
	{"the last one counts", "10.0.0.1", {"198.51.100.1, 192.0.2.7"}, "192.0.2.7"},
	{"behind two", "10.0.0.1", {"198.51.100.1,192.0.2.7,10.0.0.2"}, "192.0.2.7"},
	{"behind three, in other words", "10.0.0.1",
		{"198.51.100.1, 192.0.2.7:80 ,\t[fd00::2]:443, 10.0.0.2:1"}, "192.0.2.7"},
	{"proxies alone", "10.0.0.1", {"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
	{"two fields", "10.0.0.1", {"198.51.100.1", "192.0.2.7"}, "192.0.2.7"},
	{"three fields, two of proxies", "10.0.0.1", {"192.0.2.7", "10.0.0.3", "10.0.0.2"},
		"192.0.2.7"},
	{"a list in two fields", "10.0.0.1", {"192.0.2.1, 192.0.2.7, 10.0.0.3", "10.0.0.2"},
		"192.0.2.7"},
	{"no address", "10.0.0.1", {"192.0.2.7, unknown"}, "10.0.0.1"},
	{"no address before a proxy", "10.0.0.1", {"192.0.2.7, unknown, 10.0.0.2"}, "10.0.0.2"},
	{"a text", "10.0.0.1", {"192.0.2.7 10.0.0.2"}, "10.0.0.1"},
	{"nothing", "10.0.0.1", {""}, "10.0.0.1"},
	{"blanks", "10.0.0.1", {" \t"}, "10.0.0.1"},
	{"nothing at the end", "10.0.0.1", {"192.0.2.7,"}, "10.0.0.1"},
	{"nothing within", "10.0.0.1", {"192.0.2.7,,10.0.0.2"}, "10.0.0.2"},
	{"an empty field within", "10.0.0.1", {"192.0.2.7", "", "10.0.0.2"}, "10.0.0.2"},
	{"nothing at the beginning", "10.0.0.1", {",192.0.2.7"}, "192.0.2.7"},
	{"a wrong port", "10.0.0.1", {"192.0.2.7:65536"}, "10.0.0.1"},
};

static void believes_proxies_and_nobody_else(void **state)
{
	struct fake_server server;
	(void)state;
	start(&server);
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		struct fake_request request = {.path = "/mcp", .address = requests[i].peer};
		for (size_t at = 0; requests[i].fields[at] != NULL; at++) {
			request.headers[2 * at] = at % 2 == 0 ? "X-Forwarded-For"
							      : "x-forwarded-for";
			request.headers[2 * at + 1] = requests[i].fields[at];
		}
		CHECK_ROW(requests[i].label, comes_from(&server, &request, requests[i].wanted));
	}
	fake_server_stop(&server);
}

static void believes_no_other_header(void **state)
{
	static const char *const names[] = {"Forwarded", "X-Real-IP", "X-Forwarded",
		"Forwarded-For", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP",
		"X-Forwarded-For-Original", "X-Forwarded-Foo"};
	struct fake_server server;
	(void)state;
	start(&server);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct fake_request request = {
			.address = "10.0.0.1", .headers = {names[i], "192.0.2.7"}};
		CHECK_ROW(names[i], comes_from(&server, &request, "10.0.0.1"));
	}
	fake_server_stop(&server);
}

/* "192.0.2.7", then so many times a proxy, each with so many blanks before it. */
static void write_list(char *text, unsigned proxies, unsigned blanks)
{
	text += sprintf(text, "192.0.2.7");
	for (unsigned i = 0; i < proxies; i++) {
		text += sprintf(text, ",%*s10.0.0.%u", (int)blanks, "", i + 1);
	}
}

static void looks_at_32_elements_at_most(void **state)
{
	struct fake_server server;
	char text[1024];
	struct fake_request request = {.address = "10.0.0.1", .headers = {"X-Forwarded-For", text}};
	(void)state;
	start(&server);
	write_list(text, MCPAUTH__FORWARDED_ELEMENTS - 1, 0);
	assert_true(comes_from(&server, &request, "192.0.2.7"));
	write_list(text, MCPAUTH__FORWARDED_ELEMENTS, 0);
	assert_true(comes_from(&server, &request, "10.0.0.1"));
	fake_server_stop(&server);
}

static void looks_at_2_kib_at_most(void **state)
{
	struct fake_server server;
	char text[4096];
	struct fake_request request = {.address = "10.0.0.1", .headers = {"X-Forwarded-For", text}};
	size_t bytes = MCPAUTH__FORWARDED_BYTES - strlen(",10.0.0.1") - strlen(",192.0.2.7");
	(void)state;
	start(&server);
	write_list(text, 1, (unsigned)bytes);
	assert_true(comes_from(&server, &request, "192.0.2.7"));
	write_list(text, 1, (unsigned)bytes + 1);
	assert_true(comes_from(&server, &request, "10.0.0.1"));
	fake_server_stop(&server);
}

static void goes_by_the_rules_in_force(void **state)
{
	struct fake_server server;
	struct fake_request request = {
		.address = "10.0.0.1", .headers = {"X-Forwarded-For", "192.0.2.7"}};
	(void)state;
	start(&server);
	assert_true(comes_from(&server, &request, "192.0.2.7"));
	CHECK_OK(mcpauth_chain_revise(server.chain, server.auth, &err));
	assert_true(comes_from(&server, &request, "192.0.2.7"));
	mcpauth_chain_commit(server.chain);
	assert_true(comes_from(&server, &request, "10.0.0.1"));
	fake_server_stop(&server);
}

static void says_what_a_proxy_is(void **state)
{
	struct fake_server server;
	(void)state;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_trust_proxy(server.chain, "10.0.0.0/8", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_trust_proxy(server.chain, "10.0.0.1/8", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_trust_proxy(server.chain, NULL, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_trust_proxy(server.chain, "proxy.example.com", NULL));
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(believes_addresses_and_networks_only),
		cmocka_unit_test(holds_what_has_the_prefix),
		cmocka_unit_test(believes_proxies_and_nobody_else),
		cmocka_unit_test(believes_no_other_header),
		cmocka_unit_test(looks_at_32_elements_at_most),
		cmocka_unit_test(looks_at_2_kib_at_most),
		cmocka_unit_test(goes_by_the_rules_in_force),
		cmocka_unit_test(says_what_a_proxy_is),
	};
	return cmocka_run_group_tests_name("proxies", tests, NULL, NULL);
}
