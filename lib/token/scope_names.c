/* The bits of scopes: given once per name, read once per token. */
#include "token/scope_names.h"

#include <stdatomic.h>
#include <string.h>

/* An address would not do: what is made at the place of something that was freed must
 * not take its bits for its own. */
static _Atomic uint64_t last_id;

void mcpauth__scope_names_init(struct mcpauth__scope_names *names)
{
	*names = (struct mcpauth__scope_names){.id = 1 + atomic_fetch_add(&last_id, 1)};
}

void mcpauth__scope_names_finish(struct mcpauth__scope_names *names)
{
	mcpauth__lookup_finish(&names->by_name);
	mcpauth__words_finish(&names->names);
}

uint64_t mcpauth__scope_names_add(
	struct mcpauth__scope_names *names, const char *name, size_t length)
{
	size_t number = names->names.count;
	uint64_t bit = mcpauth__scope_names_find(names, name, length);
	if (bit != 0 || number == MCPAUTH__SCOPE_NAMES_LIMIT) {
		return bit;
	}
	if (!mcpauth__lookup_reserve(&names->by_name)
		|| !mcpauth__words_add(&names->names, name, length)) {
		return 0;
	}
	names->bits[number] = UINT64_C(1) << number;
	mcpauth__lookup_add(
		&names->by_name, names->names.items[number], length, &names->bits[number]);
	return names->bits[number];
}

uint64_t mcpauth__scope_names_find(
	const struct mcpauth__scope_names *names, const char *name, size_t length)
{
	const uint64_t *bit = mcpauth__lookup_find(&names->by_name, name, length);
	return bit == NULL ? 0 : *bit;
}

static uint64_t bits_implied(const struct mcpauth__scope_names *names, uint64_t granted,
	const struct mcpauth__words *scopes, const struct mcpauth__implied *implied)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < names->names.count; i++) {
		if ((granted & names->bits[i]) == 0
			&& mcpauth__implied_has(implied, scopes, names->names.items[i])) {
			bits |= names->bits[i];
		}
	}
	return bits;
}

struct mcpauth__scope_bits mcpauth__scope_names_read(const struct mcpauth__scope_names *names,
	const struct mcpauth__words *granted, const struct mcpauth__implied *implied)
{
	struct mcpauth__scope_bits read = {0};
	if (names == NULL) {
		return read;
	}
	size_t count = names->names.count;
	read.names_id = names->id;
	read.known = count == MCPAUTH__SCOPE_NAMES_LIMIT ? UINT64_MAX : (UINT64_C(1) << count) - 1;
	for (size_t i = 0; read.known != 0 && i < granted->count; i++) {
		read.granted |= mcpauth__scope_names_find(
			names, granted->items[i], strlen(granted->items[i]));
	}
	if (implied != NULL) {
		read.granted |= bits_implied(names, read.granted, granted, implied);
	}
	return read;
}
