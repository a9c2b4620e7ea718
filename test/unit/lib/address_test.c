/* Addresses: public is what is left when all special ranges are taken away. */
#include "net/address.h"

#include "support/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#define PRIVATE MCPAUTH__ADDRESS_PRIVATE
#define LOOPBACK MCPAUTH__ADDRESS_LOOPBACK
#define PUBLIC MCPAUTH__ADDRESS_PUBLIC

static const struct {
	const char *text;
	enum mcpauth__address_kind kind;
} addresses[] = {
	{"0.0.0.0", PRIVATE},
	{"0.255.255.255", PRIVATE},
	{"1.0.0.0", PUBLIC},
	{"8.8.8.8", PUBLIC},
	{"9.255.255.255", PUBLIC},
	{"10.0.0.0", PRIVATE},
	{"10.255.255.255", PRIVATE},
	{"11.0.0.0", PUBLIC},
	{"100.63.255.255", PUBLIC},
	{"100.64.0.0", PRIVATE},
	{"100.127.255.255", PRIVATE},
	{"100.128.0.0", PUBLIC},
	{"126.255.255.255", PUBLIC},
	{"127.0.0.0", LOOPBACK},
	{"127.0.0.1", LOOPBACK},
	{"127.255.255.255", LOOPBACK},
	{"128.0.0.0", PUBLIC},
	{"169.253.255.255", PUBLIC},
	{"169.254.169.254", PRIVATE},
	{"169.255.0.0", PUBLIC},
	{"172.15.255.255", PUBLIC},
	{"172.16.0.0", PRIVATE},
	{"172.31.255.255", PRIVATE},
	{"172.32.0.0", PUBLIC},
	{"192.0.0.8", PRIVATE},
	{"192.0.1.0", PUBLIC},
	{"192.0.2.1", PRIVATE},
	{"192.88.99.1", PRIVATE},
	{"192.88.100.0", PUBLIC},
	{"192.167.255.255", PUBLIC},
	{"192.168.0.1", PRIVATE},
	{"192.169.0.0", PUBLIC},
	{"198.17.255.255", PUBLIC},
	{"198.18.0.0", PRIVATE},
	{"198.19.255.255", PRIVATE},
	{"198.20.0.0", PUBLIC},
	{"198.51.100.7", PRIVATE},
	{"203.0.113.7", PRIVATE},
	{"203.0.114.0", PUBLIC},
	{"223.255.255.255", PUBLIC},
	{"224.0.0.1", PRIVATE},
	{"239.255.255.255", PRIVATE},
	{"240.0.0.1", PRIVATE},
	{"255.255.255.255", PRIVATE},
	{"::", PRIVATE},
	{"::1", LOOPBACK},
	{"::2", PRIVATE},
	{"::8.8.8.8", PRIVATE},
	{"::ffff:8.8.8.8", PUBLIC},
	{"::ffff:127.0.0.1", LOOPBACK},
	{"::ffff:10.0.0.1", PRIVATE},
	{"::ffff:169.254.169.254", PRIVATE},
	{"::ffff:0:8.8.8.8", PRIVATE},
	{"64:ff9b::8.8.8.8", PUBLIC},
	{"64:ff9b::10.0.0.1", PRIVATE},
	{"64:ff9b::127.0.0.1", PRIVATE},
	{"64:ff9b::1:8.8.8.8", PRIVATE},
	{"64:ff9b:1::8.8.8.8", PRIVATE},
	{"100::1", PRIVATE},
	{"2001::1", PRIVATE},
	{"2001:1ff::1", PRIVATE},
	{"2001:200::1", PUBLIC},
	{"2001:db7::1", PUBLIC},
	{"2001:db8::1", PRIVATE},
	{"2001:db9::1", PUBLIC},
	{"2002:808:808::1", PUBLIC},
	{"2002:a00:1::1", PRIVATE},
	{"2002:7f00:1::1", PRIVATE},
	{"2606:4700:4700::1111", PUBLIC},
	{"2a00:1450::1", PUBLIC},
	{"3ffe::1", PUBLIC},
	{"3fff:fff::1", PRIVATE},
	{"3fff:1000::1", PUBLIC},
	{"4000::1", PRIVATE},
	{"5f00::1", PRIVATE},
	{"fc00::1", PRIVATE},
	{"fdff::1", PRIVATE},
	{"fe80::1", PRIVATE},
	{"febf::1", PRIVATE},
	{"fec0::1", PRIVATE},
	{"ff02::1", PRIVATE},
	{"example.com", PRIVATE},
	{"8.8.8", PRIVATE},
	{"", PRIVATE},
};

static void judges_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		CHECK_ROW(addresses[i].text,
			mcpauth__address_judge_text(addresses[i].text) == addresses[i].kind);
	}
}

static void judges_ipv4_sockets(void **state)
{
	(void)state;
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(443)};
	inet_pton(AF_INET, "8.8.8.8", &in.sin_addr);
	assert_int_equal(mcpauth__address_judge((struct sockaddr *)&in), PUBLIC);
	inet_pton(AF_INET, "127.0.0.1", &in.sin_addr);
	assert_int_equal(mcpauth__address_judge((struct sockaddr *)&in), LOOPBACK);
	inet_pton(AF_INET, "192.168.1.1", &in.sin_addr);
	assert_int_equal(mcpauth__address_judge((struct sockaddr *)&in), PRIVATE);
}

static void judges_ipv6_sockets(void **state)
{
	(void)state;
	struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
	inet_pton(AF_INET6, "2606:4700::1", &in.sin6_addr);
	assert_int_equal(mcpauth__address_judge((struct sockaddr *)&in), PUBLIC);
	inet_pton(AF_INET6, "::ffff:10.1.1.1", &in.sin6_addr);
	assert_int_equal(mcpauth__address_judge((struct sockaddr *)&in), PRIVATE);
	inet_pton(AF_INET6, "::1", &in.sin6_addr);
	assert_int_equal(mcpauth__address_judge((struct sockaddr *)&in), LOOPBACK);
}

static void takes_other_sockets_for_private(void **state)
{
	(void)state;
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	assert_int_equal(mcpauth__address_judge((struct sockaddr *)&un), PRIVATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_texts),
		cmocka_unit_test(judges_ipv4_sockets),
		cmocka_unit_test(judges_ipv6_sockets),
		cmocka_unit_test(takes_other_sockets_for_private),
	};
	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
