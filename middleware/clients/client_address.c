/* Clients' addresses: of sockets, as proxies write them, and as they are shown. */
#include "clients/client_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* What comes before an address of IPv4. */
static const unsigned char mapping[12] = {[10] = 0xff, [11] = 0xff};

static void map(const void *ipv4, struct mcpauth__client_address *address)
{
	memcpy(address->bytes, mapping, sizeof mapping);
	memcpy(address->bytes + sizeof mapping, ipv4, sizeof address->bytes - sizeof mapping);
}

bool mcpauth__client_address_of(
	const struct sockaddr *peer, struct mcpauth__client_address *address)
{
	if (peer == NULL) {
		return false;
	}
	if (peer->sa_family == AF_INET) {
		const struct sockaddr_in *ipv4 = (const void *)peer;
		map(&ipv4->sin_addr, address);
		return true;
	}
	if (peer->sa_family == AF_INET6) {
		const struct sockaddr_in6 *ipv6 = (const void *)peer;
		memcpy(address->bytes, &ipv6->sin6_addr, sizeof address->bytes);
		return true;
	}
	return false;
}

/* @param family  AF_INET or AF_INET6 */
static bool parse(
	int family, const char *text, size_t length, struct mcpauth__client_address *address)
{
	char copy[MCPAUTH_ADDRESS_SIZE];
	unsigned char bytes[MCPAUTH__CLIENT_ADDRESS_BYTES];
	if (length >= sizeof copy || memchr(text, '\0', length) != NULL) {
		return false;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (inet_pton(family, copy, bytes) != 1) {
		return false;
	}
	if (family == AF_INET) {
		map(bytes, address);
	} else {
		memcpy(address->bytes, bytes, sizeof address->bytes);
	}
	return true;
}

bool mcpauth__client_address_parse(
	const char *text, size_t length, struct mcpauth__client_address *address)
{
	return parse(AF_INET, text, length, address) || parse(AF_INET6, text, length, address);
}

/* A colon and a number of 16 bits, or nothing. */
static bool is_port(const char *text, size_t length)
{
	unsigned long port = 0;
	if (length == 0) {
		return true;
	}
	if (text[0] != ':' || length == 1 || length > sizeof ":65535" - 1) {
		return false;
	}
	for (size_t i = 1; i < length; i++) {
		if (text[i] < '0' || text[i] > '9') {
			return false;
		}
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	return port <= 65535;
}

static bool parse_bracketed(
	const char *text, size_t length, struct mcpauth__client_address *address)
{
	const char *end = memchr(text, ']', length);
	if (end == NULL) {
		return false;
	}
	size_t inside = (size_t)(end - text) - 1;
	return is_port(end + 1, length - inside - 2) && parse(AF_INET6, text + 1, inside, address);
}

bool mcpauth__client_address_parse_hop(
	const char *text, size_t length, struct mcpauth__client_address *address)
{
	if (length > 0 && text[0] == '[') {
		return parse_bracketed(text, length, address);
	}
	const char *colon = memchr(text, ':', length);
	size_t host = colon == NULL ? length : (size_t)(colon - text);
	/* Without brackets a port belongs to IPv4 alone: who could tell it from the rest of
	 * an address of IPv6? */
	if (colon != NULL && is_port(colon, length - host)) {
		return parse(AF_INET, text, host, address);
	}
	return mcpauth__client_address_parse(text, length, address);
}

bool mcpauth__client_address_is_ipv4(const struct mcpauth__client_address *address)
{
	return memcmp(address->bytes, mapping, sizeof mapping) == 0;
}

void mcpauth__client_address_write(
	const struct mcpauth__client_address *address, char text[MCPAUTH_ADDRESS_SIZE])
{
	bool is_ipv4 = mcpauth__client_address_is_ipv4(address);
	/* It has room for any, so this does not fail. */
	inet_ntop(is_ipv4 ? AF_INET : AF_INET6, address->bytes + (is_ipv4 ? sizeof mapping : 0),
		text, MCPAUTH_ADDRESS_SIZE);
}
