/* Addresses that requests come from. */
#ifndef MCPAUTH_CLIENTS_CLIENT_ADDRESS_H
#define MCPAUTH_CLIENTS_CLIENT_ADDRESS_H

#include <mcpauth/stage.h>

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

#define MCPAUTH__CLIENT_ADDRESS_BYTES 16

/** One of IPv6; one of IPv4 is mapped to it (RFC 4291 section 2.5.5.2), however it came. */
struct mcpauth__client_address {
	unsigned char bytes[MCPAUTH__CLIENT_ADDRESS_BYTES];
};

/** The address of a peer. @param peer  may be NULL
 * @return false if it has none, or one of another family */
bool mcpauth__client_address_of(
	const struct sockaddr *peer, struct mcpauth__client_address *address);

/** An address alone, as inet_pton() reads it: no port, no brackets, no zone. */
bool mcpauth__client_address_parse(
	const char *text, size_t length, struct mcpauth__client_address *address);

/** One as proxies write it: also "192.0.2.7:4711", "[2001:db8::1]", "[2001:db8::1]:4711". */
bool mcpauth__client_address_parse_hop(
	const char *text, size_t length, struct mcpauth__client_address *address);

/** Is it one of IPv4? */
bool mcpauth__client_address_is_ipv4(const struct mcpauth__client_address *address);

/** Write it as inet_ntop() does, one of IPv4 as such. */
void mcpauth__client_address_write(
	const struct mcpauth__client_address *address, char text[MCPAUTH_ADDRESS_SIZE]);

#endif
