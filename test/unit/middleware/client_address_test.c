/* Clients' addresses: of sockets, as proxies write them, and as they are shown. */
#include "support/check.h"

#include "clients/client_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

/** What is read, and what it is; NULL: no address. */
struct row {
	const char *text;
	const char *shown;
};

static const struct row alone[] = {
	{"192.0.2.7", "192.0.2.7"},
	{"0.0.0.0", "0.0.0.0"},
	{"255.255.255.255", "255.255.255.255"},
	{"2001:db8::1", "2001:db8::1"},
	{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
	{"::", "::"},
	{"::ffff:192.0.2.7", "192.0.2.7"},
	{"::ffff:c000:0207", "192.0.2.7"},
	{"0000:0000:0000:0000:0000:ffff:255.255.255.255", "255.255.255.255"},
	{"2001:0db8:0000:0000:0000:ffff:255.255.255.255", "2001:db8::ffff:ffff:ffff"},
	{"", NULL},
	{" 192.0.2.7", NULL},
	{"192.0.2.7 ", NULL},
	{"192.0.2", NULL},
	{"192.0.2.256", NULL},
	{"192.0.2.07", NULL},
	{"0xc0.0.2.7", NULL},
	{"3221225991", NULL},
	{"192.0.2.7.", NULL},
	{"192.0.2.7:80", NULL},
	{"[2001:db8::1]", NULL},
	{"fe80::1%eth0", NULL},
	{"2001:db8:::1", NULL},
	{"2001:db8", NULL},
	{"localhost", NULL},
	{"00000:0000:0000:0000:0000:ffff:255.255.255.255", NULL},
};

static const struct row hops[] = {
	{"192.0.2.7", "192.0.2.7"},
	{"192.0.2.7:4711", "192.0.2.7"},
	{"192.0.2.7:0", "192.0.2.7"},
	{"192.0.2.7:65535", "192.0.2.7"},
	{"2001:db8::1", "2001:db8::1"},
	{"2001:db8::1:4711", "2001:db8::1:4711"},
	{"[2001:db8::1]", "2001:db8::1"},
	{"[2001:db8::1]:4711", "2001:db8::1"},
	{"[::ffff:192.0.2.7]:4711", "192.0.2.7"},
	{"", NULL},
	{":", NULL},
	{":80", NULL},
	{"192.0.2.7:", NULL},
	{"192.0.2.7:65536", NULL},
	{"192.0.2.7:000080", NULL},
	{"192.0.2.7:-1", NULL},
	{"192.0.2.7:80x", NULL},
	{"192.0.2.7:80:80", NULL},
	{"192.0.2.7 :80", NULL},
	{"[", NULL},
	{"[]", NULL},
	{"]", NULL},
	{"[]:80", NULL},
	{"[2001:db8::1", NULL},
	{"2001:db8::1]", NULL},
	{"[2001:db8::1]80", NULL},
	{"[2001:db8::1]:", NULL},
	{"[2001:db8::1]:65536", NULL},
	{"[2001:db8::1]]", NULL},
	{"[[2001:db8::1]]", NULL},
	{"[192.0.2.7]", NULL},
	{"[192.0.2.7]:80", NULL},
	{"\"[2001:db8::1]\"", NULL},
	{"unknown", NULL},
	{"_hidden", NULL},
	{"for=192.0.2.7", NULL},
};

typedef bool (*parse_fn)(const char *text, size_t length, struct mcpauth__client_address *address);

static void check_rows(parse_fn parse, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct mcpauth__client_address address;
		char shown[MCPAUTH_ADDRESS_SIZE] = "";
		bool good = parse(rows[i].text, strlen(rows[i].text), &address);
		CHECK_ROW(rows[i].text, good == (rows[i].shown != NULL));
		if (good) {
			mcpauth__client_address_write(&address, shown);
			CHECK_ROW(rows[i].text, strcmp(shown, rows[i].shown) == 0);
		}
	}
}

static void reads_addresses_strictly(void **state)
{
	(void)state;
	check_rows(mcpauth__client_address_parse, alone, sizeof alone / sizeof *alone);
}

static void reads_what_proxies_write(void **state)
{
	(void)state;
	check_rows(mcpauth__client_address_parse_hop, hops, sizeof hops / sizeof *hops);
}

static void reads_no_further_than_it_is_told(void **state)
{
	struct mcpauth__client_address address;
	char shown[MCPAUTH_ADDRESS_SIZE];
	(void)state;
	assert_true(mcpauth__client_address_parse_hop("192.0.2.77", 9, &address));
	mcpauth__client_address_write(&address, shown);
	assert_string_equal(shown, "192.0.2.7");
	assert_false(mcpauth__client_address_parse_hop("192.0.2.7\0:80", 13, &address));
	assert_false(mcpauth__client_address_parse_hop("[2001:db8::1]", 12, &address));
}

static void knows_the_families_of_sockets(void **state)
{
	struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(4711)};
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_scope_id = 2};
	struct mcpauth__client_address address;
	char shown[MCPAUTH_ADDRESS_SIZE];
	(void)state;
	assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &ipv4.sin_addr), 1);
	assert_true(mcpauth__client_address_of((const void *)&ipv4, &address));
	assert_true(mcpauth__client_address_is_ipv4(&address));
	mcpauth__client_address_write(&address, shown);
	assert_string_equal(shown, "192.0.2.7");
	assert_int_equal(inet_pton(AF_INET6, "fe80::1", &ipv6.sin6_addr), 1);
	assert_true(mcpauth__client_address_of((const void *)&ipv6, &address));
	assert_false(mcpauth__client_address_is_ipv4(&address));
	mcpauth__client_address_write(&address, shown);
	assert_string_equal(shown, "fe80::1");
}

/* A socket for both families names a peer of IPv4 so. */
static void knows_ipv4_on_a_socket_of_ipv6(void **state)
{
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
	struct mcpauth__client_address address;
	char shown[MCPAUTH_ADDRESS_SIZE];
	(void)state;
	assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.7", &ipv6.sin6_addr), 1);
	assert_true(mcpauth__client_address_of((const void *)&ipv6, &address));
	assert_true(mcpauth__client_address_is_ipv4(&address));
	mcpauth__client_address_write(&address, shown);
	assert_string_equal(shown, "192.0.2.7");
}

static void knows_no_address_of_a_local_socket(void **state)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "socket"};
	struct mcpauth__client_address address;
	(void)state;
	assert_false(mcpauth__client_address_of((const void *)&local, &address));
	assert_false(mcpauth__client_address_of(NULL, &address));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_addresses_strictly),
		cmocka_unit_test(reads_what_proxies_write),
		cmocka_unit_test(reads_no_further_than_it_is_told),
		cmocka_unit_test(knows_the_families_of_sockets),
		cmocka_unit_test(knows_ipv4_on_a_socket_of_ipv6),
		cmocka_unit_test(knows_no_address_of_a_local_socket),
	};
	return cmocka_run_group_tests_name("client_address", tests, NULL, NULL);
}
