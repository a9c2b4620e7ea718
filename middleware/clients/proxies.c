/* Which proxies are believed, and the client that they name. */
#include "clients/proxies.h"

#include <stdlib.h>
#include <string.h>

#define ALL_BITS (MCPAUTH__CLIENT_ADDRESS_BYTES * 8)
#define MAPPING_BITS (ALL_BITS - 32)

/* The bits of a byte that belong to a prefix which ends within it. */
static unsigned char mask_of(unsigned bits)
{
	return (unsigned char)(0xff00u >> bits);
}

static bool have_same_prefix(const struct mcpauth__client_address *a,
	const struct mcpauth__client_address *b, unsigned bits)
{
	size_t whole = bits / 8;
	unsigned char mask = mask_of(bits % 8);
	return memcmp(a->bytes, b->bytes, whole) == 0
		&& (mask == 0 || ((a->bytes[whole] ^ b->bytes[whole]) & mask) == 0);
}

static bool has_bits_behind(const struct mcpauth__network *network)
{
	struct mcpauth__client_address first = {{0}};
	size_t whole = network->bits / 8;
	memcpy(first.bytes, network->address.bytes, whole);
	if (whole < sizeof first.bytes) {
		first.bytes[whole] = network->address.bytes[whole] & mask_of(network->bits % 8);
	}
	return memcmp(&first, &network->address, sizeof first) != 0;
}

/* One to three digits, and no nought before others. @return 0 if it is none */
static unsigned parse_length(const char *text)
{
	unsigned length = 0;
	if (*text == '0' || strlen(text) > 3) {
		return 0;
	}
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9') {
			return 0;
		}
		length = length * 10 + (unsigned)(*text - '0');
	}
	return length;
}

/* As 0.0.0.0/0 it has no length, but it can be written otherwise. */
static bool is_all_of_ipv4(const struct mcpauth__network *network)
{
	return network->bits == MAPPING_BITS && mcpauth__client_address_is_ipv4(&network->address);
}

/* Bits behind the prefix are a mistake in one or the other: to cut them off would be to
 * believe many where perhaps one was meant. And no length means everybody. */
static bool parse(const char *text, struct mcpauth__network *network)
{
	const char *slash = strchr(text, '/');
	size_t length = slash == NULL ? strlen(text) : (size_t)(slash - text);
	if (!mcpauth__client_address_parse(text, length, &network->address)) {
		return false;
	}
	network->bits = ALL_BITS;
	if (slash == NULL) {
		return true;
	}
	unsigned outer = memchr(text, ':', length) == NULL ? MAPPING_BITS : 0;
	unsigned bits = parse_length(slash + 1);
	network->bits = outer + bits;
	return bits > 0 && network->bits <= ALL_BITS && !has_bits_behind(network)
		&& !is_all_of_ipv4(network);
}

enum mcpauth_code mcpauth__proxies_add(struct mcpauth__proxies *proxies, const char *proxy)
{
	struct mcpauth__network network;
	if (!parse(proxy, &network)) {
		return MCPAUTH_E_INVALID_ARGUMENT;
	}
	struct mcpauth__network *items = realloc(
		proxies->items, (proxies->count + 1) * sizeof *items);
	if (items == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	items[proxies->count++] = network;
	proxies->items = items;
	return MCPAUTH_OK;
}

/* "::/1" would be whoever speaks IPv4, too. */
static bool holds(
	const struct mcpauth__network *network, const struct mcpauth__client_address *address)
{
	return (network->bits >= MAPPING_BITS || !mcpauth__client_address_is_ipv4(address))
		&& have_same_prefix(&network->address, address, network->bits);
}

bool mcpauth__proxies_have(
	const struct mcpauth__proxies *proxies, const struct mcpauth__client_address *address)
{
	bool found = false;
	for (size_t i = 0; !found && i < proxies->count; i++) {
		found = holds(&proxies->items[i], address);
	}
	return found;
}

/** How far a walk has come. */
struct walk {
	const struct mcpauth__proxies *proxies;
	struct mcpauth__client_address *client;
	unsigned elements; /* that may still be looked at */
	size_t bytes;      /* likewise, commas included */
};

/* @return where the element begins that ends here; NULL if not within the limit */
static const char *find_start(const char *value, const char *end, size_t limit)
{
	const char *at = end;
	while (at > value && at[-1] != ',') {
		if ((size_t)(end - at) == limit) {
			return NULL;
		}
		at--;
	}
	return at;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* @return whether to go on: it is a proxy's, too */
static bool take_element(struct walk *walk, const char *start, const char *end)
{
	struct mcpauth__client_address address;
	while (start < end && is_blank(*start)) {
		start++;
	}
	while (start < end && is_blank(end[-1])) {
		end--;
	}
	if (!mcpauth__client_address_parse_hop(start, (size_t)(end - start), &address)) {
		return false;
	}
	*walk->client = address;
	return mcpauth__proxies_have(walk->proxies, &address);
}

/* @return likewise, to the field before it */
static bool take_field(struct walk *walk, const char *value)
{
	/* As though a comma stood behind the last one. */
	const char *start = value + strlen(value) + 1;
	while (start > value) {
		const char *end = start - 1;
		start = walk->elements == 0 || walk->bytes == 0
			? NULL
			: find_start(value, end, walk->bytes - 1);
		if (start == NULL || !take_element(walk, start, end)) {
			return false;
		}
		walk->elements--;
		walk->bytes -= (size_t)(end - start) + 1;
	}
	return true;
}

/* Each proxy writes behind what it was sent, so what a client made up comes first, and
 * whatever is malformed was not written by one that is believed. */
void mcpauth__proxies_find_client(const struct mcpauth__proxies *proxies,
	const struct mcpauth__forwarded *forwarded, struct mcpauth__client_address *address)
{
	struct walk walk = {
		proxies, address, MCPAUTH__FORWARDED_ELEMENTS, MCPAUTH__FORWARDED_BYTES};
	bool goes_on = mcpauth__proxies_have(proxies, address);
	for (unsigned i = forwarded->count; goes_on && i > 0; i--) {
		const char *value = forwarded->value(forwarded->user, i - 1);
		goes_on = value != NULL && take_field(&walk, value);
	}
}

void mcpauth__proxies_finish(struct mcpauth__proxies *proxies)
{
	free(proxies->items);
	*proxies = (struct mcpauth__proxies){0};
}
