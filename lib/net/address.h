/* Addresses: where a connection may lead. */
#ifndef MCPAUTH_NET_ADDRESS_H
#define MCPAUTH_NET_ADDRESS_H

#include <sys/socket.h>

/** What an address is good for. */
enum mcpauth__address_kind {
	MCPAUTH__ADDRESS_PRIVATE, /* everything that is not one of the next two */
	MCPAUTH__ADDRESS_LOOPBACK,
	MCPAUTH__ADDRESS_PUBLIC
};

/** Judge a socket's address; what is neither IPv4 nor IPv6 is private. */
enum mcpauth__address_kind mcpauth__address_judge(const struct sockaddr *address);

/** Judge an address in its usual text form; any other text is private. */
enum mcpauth__address_kind mcpauth__address_judge_text(const char *text);

#endif
