/* The registries of special addresses as a table of texts, for comparison. */
#include "addresses.h"

#include <arpa/inet.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const private4[] = {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16",
	"172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"};
static const char *const private6[] = {"2001::/23", "2001:db8::/32", "3fff::/20"};

/* Bit by bit. */
static bool is_in(int family, const unsigned char *address, const char *prefix)
{
	char text[64];
	unsigned char wanted[16];
	snprintf(text, sizeof text, "%s", prefix);
	char *slash = strchr(text, '/');
	*slash = '\0';
	int bits = atoi(slash + 1);
	inet_pton(family, text, wanted);
	for (int i = 0; i < bits; i++) {
		if (((address[i / 8] ^ wanted[i / 8]) >> (7 - i % 8) & 1) != 0) {
			return false;
		}
	}
	return true;
}

static enum mcpauth__address_kind judge4(const unsigned char *address)
{
	if (is_in(AF_INET, address, "127.0.0.0/8")) {
		return MCPAUTH__ADDRESS_LOOPBACK;
	}
	for (size_t i = 0; i < sizeof private4 / sizeof *private4; i++) {
		if (is_in(AF_INET, address, private4[i])) {
			return MCPAUTH__ADDRESS_PRIVATE;
		}
	}
	return MCPAUTH__ADDRESS_PUBLIC;
}

static enum mcpauth__address_kind judge6(const unsigned char *address)
{
	bool is_nat64 = is_in(AF_INET6, address, "64:ff9b::/96");
	if (is_in(AF_INET6, address, "::1/128")) {
		return MCPAUTH__ADDRESS_LOOPBACK;
	}
	if (is_in(AF_INET6, address, "::ffff:0:0/96")) {
		return judge4(address + 12);
	}
	if (is_nat64 || is_in(AF_INET6, address, "2002::/16")) {
		return judge4(address + (is_nat64 ? 12 : 2)) == MCPAUTH__ADDRESS_PUBLIC
			? MCPAUTH__ADDRESS_PUBLIC
			: MCPAUTH__ADDRESS_PRIVATE;
	}
	for (size_t i = 0; i < sizeof private6 / sizeof *private6; i++) {
		if (is_in(AF_INET6, address, private6[i])) {
			return MCPAUTH__ADDRESS_PRIVATE;
		}
	}
	return is_in(AF_INET6, address, "2000::/3") ? MCPAUTH__ADDRESS_PUBLIC
						    : MCPAUTH__ADDRESS_PRIVATE;
}

enum mcpauth__address_kind addresses_judge(const char *text)
{
	unsigned char address[16];
	if (inet_pton(AF_INET, text, address) == 1) {
		return judge4(address);
	}
	return inet_pton(AF_INET6, text, address) == 1 ? judge6(address) : MCPAUTH__ADDRESS_PRIVATE;
}
