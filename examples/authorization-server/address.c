/* Where an address leads: to this machine, to the open internet, or between. */
#define _POSIX_C_SOURCE 200809L

#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

/* IPv4 blocks that are not globally reachable (RFC 6890 and its registry). */
static const struct block {
	uint32_t first;
	unsigned bits;
} closed[] = {
	{0x00000000, 8},  /* this network */
	{0x0a000000, 8},  /* private */
	{0x64400000, 10}, /* carrier-grade NAT */
	{0x7f000000, 8},  /* loopback */
	{0xa9fe0000, 16}, /* link-local, where clouds keep their metadata */
	{0xac100000, 12}, /* private */
	{0xc0000000, 24}, /* IETF */
	{0xc0000200, 24}, /* documentation */
	{0xc0586300, 24}, /* 6to4 relays */
	{0xc0a80000, 16}, /* private */
	{0xc6120000, 15}, /* benchmarks */
	{0xc6336400, 24}, /* documentation */
	{0xcb007100, 24}, /* documentation */
	{0xe0000000, 3},  /* multicast, reserved, broadcast */
};

static bool is_public_4(uint32_t address)
{
	for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
		unsigned shift = 32 - closed[i].bits;
		if (address >> shift == closed[i].first >> shift) {
			return false;
		}
	}
	return true;
}

/* 2000::/3 less Teredo, documentation and 6to4: mapped, translated, unique-local
 * and link-local addresses all lie outside of it. */
static bool is_public_6(const uint8_t *address)
{
	static const uint8_t teredo[] = {0x20, 0x01, 0x00, 0x00};
	static const uint8_t documentation[] = {0x20, 0x01, 0x0d, 0xb8};
	static const uint8_t six_to_four[] = {0x20, 0x02};
	return (address[0] & 0xe0) == 0x20 && memcmp(address, teredo, sizeof teredo) != 0
		&& memcmp(address, documentation, sizeof documentation) != 0
		&& memcmp(address, six_to_four, sizeof six_to_four) != 0;
}

bool address_is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in four;
		memcpy(&four, address, sizeof four);
		return ntohl(four.sin_addr.s_addr) >> 24 == 127;
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 six;
		memcpy(&six, address, sizeof six);
		return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr) != 0;
	}
	return false;
}

bool address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in four;
		memcpy(&four, address, sizeof four);
		return is_public_4(ntohl(four.sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 six;
		memcpy(&six, address, sizeof six);
		return is_public_6(six.sin6_addr.s6_addr);
	}
	return false;
}
