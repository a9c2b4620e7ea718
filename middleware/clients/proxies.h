/* Proxies that are believed when they say whom they speak for. */
#ifndef MCPAUTH_CLIENTS_PROXIES_H
#define MCPAUTH_CLIENTS_PROXIES_H

#include "clients/client_address.h"

/** All addresses whose first bits are the same. */
struct mcpauth__network {
	struct mcpauth__client_address address;
	unsigned bits; /* at most 128; of IPv4, with the mapping's */
};

/** Starts as {0}. Once it is filled any number of threads may ask. */
struct mcpauth__proxies {
	struct mcpauth__network *items;
	size_t count;
};

/** What may be looked at of X-Forwarded-For: a client can make it as long as it likes. */
#define MCPAUTH__FORWARDED_ELEMENTS 32
#define MCPAUTH__FORWARDED_BYTES 2048

/** The fields of a request that are named X-Forwarded-For. */
struct mcpauth__forwarded {
	unsigned count;
	/* The value of the index-th; NULL: there is none. */
	const char *(*value)(const void *user, unsigned index);
	const void *user;
};

/**
 * Believe one more.
 *
 * @param proxy  "192.0.2.7", "10.0.0.0/8", "2001:db8::/32": without bits behind the prefix,
 *               of which one at least is named
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__proxies_add(struct mcpauth__proxies *proxies, const char *proxy);

/** Is this one of them? A network of IPv6 holds no address of IPv4. */
bool mcpauth__proxies_have(
	const struct mcpauth__proxies *proxies, const struct mcpauth__client_address *address);

/**
 * Walk from the peer towards the client, as far as those who speak are believed.
 *
 * @param[in,out] address  the peer's; then that of the last one which a proxy names
 */
void mcpauth__proxies_find_client(const struct mcpauth__proxies *proxies,
	const struct mcpauth__forwarded *forwarded, struct mcpauth__client_address *address);

/** Release it; it is {0} again. */
void mcpauth__proxies_finish(struct mcpauth__proxies *proxies);

#endif
