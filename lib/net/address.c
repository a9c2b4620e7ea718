/* Telling public addresses from all others (RFC 6890 and IANA's two registries). */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range4 {
	uint32_t first;
	unsigned bits;
};

struct range6 {
	unsigned char first[16];
	unsigned bits;
};

static const struct range4 special4[] = {
	{0x00000000, 8},  /* 0.0.0.0/8: "this network"; Linux takes 0.0.0.0 for itself */
	{0x0a000000, 8},  /* 10.0.0.0/8 */
	{0x64400000, 10}, /* 100.64.0.0/10: behind a carrier's NAT */
	{0xa9fe0000, 16}, /* 169.254.0.0/16: link-local, clouds' metadata services */
	{0xac100000, 12}, /* 172.16.0.0/12 */
	{0xc0000000, 24}, /* 192.0.0.0/24: protocol assignments */
	{0xc0000200, 24}, /* 192.0.2.0/24: documentation */
	{0xc0586300, 24}, /* 192.88.99.0/24: 6to4 relays */
	{0xc0a80000, 16}, /* 192.168.0.0/16 */
	{0xc6120000, 15}, /* 198.18.0.0/15: benchmarks */
	{0xc6336400, 24}, /* 198.51.100.0/24: documentation */
	{0xcb007100, 24}, /* 203.0.113.0/24: documentation */
	{0xe0000000, 4},  /* 224.0.0.0/4: multicast */
	{0xf0000000, 4},  /* 240.0.0.0/4: reserved, with the broadcast address */
};

/* Within 2000::/3; outside of it nothing is public. */
static const struct range6 special6[] = {
	{{0x20, 0x01}, 23},             /* 2001::/23: protocol assignments, Teredo */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* 2001:db8::/32: documentation */
	{{0x3f, 0xff}, 20},             /* 3fff::/20: documentation */
};

static const struct range6 mapped = {{[10] = 0xff, [11] = 0xff}, 96}; /* ::ffff:0:0 */
static const struct range6 nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};    /* 64:ff9b:: */
static const struct range6 sixtofour = {{0x20, 0x02}, 16};            /* 2002:: */
static const struct range6 unicast = {{0x20}, 3};                     /* 2000:: */
static const struct range6 loopback6 = {{[15] = 1}, 128};             /* ::1 */

static bool is_within(const unsigned char *address, const struct range6 *range)
{
	size_t whole = range->bits / 8;
	unsigned rest = range->bits % 8;
	if (memcmp(address, range->first, whole) != 0) {
		return false;
	}
	return rest == 0 || (address[whole] ^ range->first[whole]) >> (8 - rest) == 0;
}

static enum mcpauth__address_kind judge4(const unsigned char *bytes)
{
	uint32_t address = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16
		| (uint32_t)bytes[2] << 8 | bytes[3];
	if (bytes[0] == 127) {
		return MCPAUTH__ADDRESS_LOOPBACK;
	}
	for (size_t i = 0; i < sizeof special4 / sizeof *special4; i++) {
		if ((address ^ special4[i].first) >> (32 - special4[i].bits) == 0) {
			return MCPAUTH__ADDRESS_PRIVATE;
		}
	}
	return MCPAUTH__ADDRESS_PUBLIC;
}

/* An IPv4 address that a translator somewhere takes out of an IPv6 one: public
 * or not, but never this machine's own. */
static enum mcpauth__address_kind judge_embedded(const unsigned char *bytes)
{
	return judge4(bytes) == MCPAUTH__ADDRESS_PUBLIC ? MCPAUTH__ADDRESS_PUBLIC
							: MCPAUTH__ADDRESS_PRIVATE;
}

static enum mcpauth__address_kind judge6(const unsigned char *bytes)
{
	if (is_within(bytes, &loopback6)) {
		return MCPAUTH__ADDRESS_LOOPBACK;
	}
	if (is_within(bytes, &mapped)) {
		return judge4(bytes + 12);
	}
	if (is_within(bytes, &nat64)) {
		return judge_embedded(bytes + 12);
	}
	if (is_within(bytes, &sixtofour)) {
		return judge_embedded(bytes + 2);
	}
	for (size_t i = 0; i < sizeof special6 / sizeof *special6; i++) {
		if (is_within(bytes, &special6[i])) {
			return MCPAUTH__ADDRESS_PRIVATE;
		}
	}
	return is_within(bytes, &unicast) ? MCPAUTH__ADDRESS_PUBLIC : MCPAUTH__ADDRESS_PRIVATE;
}

enum mcpauth__address_kind mcpauth__address_judge(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, address, sizeof in);
		return judge4((const unsigned char *)&in.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in;
		memcpy(&in, address, sizeof in);
		return judge6((const unsigned char *)&in.sin6_addr);
	}
	return MCPAUTH__ADDRESS_PRIVATE;
}

enum mcpauth__address_kind mcpauth__address_judge_text(const char *text)
{
	unsigned char bytes[16];
	if (inet_pton(AF_INET, text, bytes) == 1) {
		return judge4(bytes);
	}
	if (inet_pton(AF_INET6, text, bytes) == 1) {
		return judge6(bytes);
	}
	return MCPAUTH__ADDRESS_PRIVATE;
}
