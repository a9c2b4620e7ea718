/* The special-purpose address registries of IANA, row by row (RFC 6890): no special
 * address is public, and the ranges end where they say. */
#include "net/address.h"

#include "support/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What lies beside a range: something else that is special, or the internet. */
enum beside {
	SPECIAL,
	PUBLIC
};

static const struct range {
	const char *label;
	const char *first;
	unsigned bits;
	enum mcpauth__address_kind kind;
	enum beside before;
	enum beside behind;
} ranges[] = {
	{"this network", "0.0.0.0", 8, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, PUBLIC},
	{"this host on this network", "0.0.0.0", 32, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"private use", "10.0.0.0", 8, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"shared", "100.64.0.0", 10, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"loopback", "127.0.0.0", 8, MCPAUTH__ADDRESS_LOOPBACK, PUBLIC, PUBLIC},
	{"link-local", "169.254.0.0", 16, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"private use", "172.16.0.0", 12, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"IETF protocols", "192.0.0.0", 24, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"DS-Lite", "192.0.0.0", 29, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, SPECIAL},
	{"NAT64 discovery", "192.0.0.170", 31, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"documentation 1", "192.0.2.0", 24, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"6to4 relays", "192.88.99.0", 24, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"private use", "192.168.0.0", 16, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"benchmarks", "198.18.0.0", 15, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"documentation 2", "198.51.100.0", 24, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"documentation 3", "203.0.113.0", 24, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"multicast", "224.0.0.0", 4, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, SPECIAL},
	{"reserved", "240.0.0.0", 4, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"broadcast", "255.255.255.255", 32, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"AS112", "192.31.196.0", 24, MCPAUTH__ADDRESS_PUBLIC, PUBLIC, PUBLIC},
	{"AMT", "192.52.193.0", 24, MCPAUTH__ADDRESS_PUBLIC, PUBLIC, PUBLIC},
	{"direct AS112", "192.175.48.0", 24, MCPAUTH__ADDRESS_PUBLIC, PUBLIC, PUBLIC},

	{"unspecified", "::", 128, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"loopback", "::1", 128, MCPAUTH__ADDRESS_LOOPBACK, SPECIAL, SPECIAL},
	{"compatible", "::2.0.0.0", 104, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"mapped private use", "::ffff:10.0.0.0", 104, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"mapped loopback", "::ffff:127.0.0.0", 104, MCPAUTH__ADDRESS_LOOPBACK, PUBLIC, PUBLIC},
	{"mapped link-local", "::ffff:169.254.0.0", 112, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"NAT64 private use", "64:ff9b::10.0.0.0", 104, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"NAT64 loopback", "64:ff9b::127.0.0.0", 104, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"NAT64 link-local", "64:ff9b::169.254.0.0", 112, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"NAT64 of one's own", "64:ff9b:1::", 48, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"discard", "100::", 64, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"dummy", "100:0:0:1::", 64, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"IETF protocols", "2001::", 23, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"Teredo", "2001::", 32, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, SPECIAL},
	{"benchmarks", "2001:2::", 48, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"ORCHID", "2001:10::", 28, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"ORCHIDv2", "2001:20::", 28, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"documentation", "2001:db8::", 32, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"6to4 private use", "2002:a00::", 24, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"6to4 loopback", "2002:7f00::", 24, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"6to4 private use", "2002:c0a8::", 32, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"direct AS112", "2620:4f:8000::", 48, MCPAUTH__ADDRESS_PUBLIC, PUBLIC, PUBLIC},
	{"documentation", "3fff::", 20, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, PUBLIC},
	{"not given out", "4000::", 2, MCPAUTH__ADDRESS_PRIVATE, PUBLIC, SPECIAL},
	{"segment routing", "5f00::", 16, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"unique local", "fc00::", 7, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"link-local", "fe80::", 10, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"site-local", "fec0::", 10, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
	{"multicast", "ff00::", 8, MCPAUTH__ADDRESS_PRIVATE, SPECIAL, SPECIAL},
};

struct address {
	int family;
	size_t size;
	unsigned char bytes[16];
};

static struct address read_address(const char *text)
{
	bool is_v6 = strchr(text, ':') != NULL;
	struct address address = {.family = is_v6 ? AF_INET6 : AF_INET, .size = is_v6 ? 16 : 4};
	assert_int_equal(inet_pton(address.family, text, address.bytes), 1);
	return address;
}

static struct address last_of(const struct address *first, unsigned bits)
{
	struct address last = *first;
	for (size_t bit = bits; bit < 8 * first->size; bit++) {
		last.bytes[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
	}
	return last;
}

/* The next one up or down; the ends of all addresses meet. */
static struct address step(const struct address *from, int by)
{
	struct address to = *from;
	unsigned char end = by > 0 ? 0xff : 0x00;
	size_t at = to.size - 1;
	while (at > 0 && to.bytes[at] == end) {
		to.bytes[at] = (unsigned char)(to.bytes[at] + by);
		at--;
	}
	to.bytes[at] = (unsigned char)(to.bytes[at] + by);
	return to;
}

/* As a text and as a socket's, which have to be the same. */
static enum mcpauth__address_kind judge(const struct address *address)
{
	char text[INET6_ADDRSTRLEN];
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	bool is_v6 = address->family == AF_INET6;
	assert_non_null(inet_ntop(address->family, address->bytes, text, sizeof text));
	memcpy(&in.sin_addr, address->bytes, 4);
	memcpy(&in6.sin6_addr, address->bytes, 16);
	enum mcpauth__address_kind kind = mcpauth__address_judge(
		is_v6 ? (const struct sockaddr *)&in6 : (const struct sockaddr *)&in);
	assert_int_equal(kind, mcpauth__address_judge_text(text));
	return kind;
}

static bool is_public(const struct address *address)
{
	return judge(address) == MCPAUTH__ADDRESS_PUBLIC;
}

static void knows_every_range_and_where_it_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ranges); i++) {
		char label[96];
		struct address first = read_address(ranges[i].first);
		struct address last = last_of(&first, ranges[i].bits);
		struct address before = step(&first, -1);
		struct address behind = step(&last, 1);
		snprintf(label, sizeof label, "%s, %s/%u", ranges[i].label, ranges[i].first,
			ranges[i].bits);
		CHECK_ROW(label, judge(&first) == ranges[i].kind);
		CHECK_ROW(label, judge(&last) == ranges[i].kind);
		CHECK_ROW(label, is_public(&before) == (ranges[i].before == PUBLIC));
		CHECK_ROW(label, is_public(&behind) == (ranges[i].behind == PUBLIC));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_range_and_where_it_ends),
	};
	return cmocka_run_group_tests_name("special_address", tests, NULL, NULL);
}
