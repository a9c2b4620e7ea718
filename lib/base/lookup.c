/* A hash table with open addressing: never more than half full, nothing is ever taken out. */
#include "base/lookup.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST 8

struct mcpauth__lookup_slot {
	uint64_t hash;
	const char *name;
	size_t length;
	void *thing; /* NULL: free */
};

static inline uint64_t stir(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0xff51afd7ed558ccdu;
	return hash ^ hash >> 32;
}

/* So many bytes as a word, built in a register: to read back a word that was just stored in
 * pieces, a processor waits until all that it stored before is written. */
static inline uint64_t word_of(const char *bytes, size_t count)
{
	uint64_t word = 0;
	while (count > 0) {
		word = word << 8 | (unsigned char)bytes[--count];
	}
	return word;
}

/* Names come from the configuration or from an issuer's own documents, never from
 * a client: nobody can choose them so that they collide. */
static uint64_t hash_of(const char *name, size_t length)
{
	uint64_t hash = length * 0x9e3779b97f4a7c15u;
	size_t left = length;
	for (uint64_t word; left >= sizeof word; left -= sizeof word, name += sizeof word) {
		memcpy(&word, name, sizeof word);
		hash = stir(hash, word);
	}
	return left > 0 ? stir(hash, word_of(name, left)) : hash;
}

/* The slot of a name, or the free one where it would be. There is always one. */
static struct mcpauth__lookup_slot *slot_of(
	const struct mcpauth__lookup *lookup, uint64_t hash, const char *name, size_t length)
{
	size_t at = (size_t)hash & (lookup->size - 1);
	for (;;) {
		struct mcpauth__lookup_slot *slot = &lookup->slots[at];
		if (slot->thing == NULL
			|| (slot->hash == hash && slot->length == length
				&& memcmp(slot->name, name, length) == 0)) {
			return slot;
		}
		at = (at + 1) & (lookup->size - 1);
	}
}

static bool grow(struct mcpauth__lookup *lookup)
{
	struct mcpauth__lookup larger = {
		.size = lookup->size == 0 ? SMALLEST : lookup->size * 2,
		.count = lookup->count,
	};
	larger.slots = calloc(larger.size, sizeof *larger.slots);
	if (larger.slots == NULL) {
		return false;
	}
	for (size_t i = 0; i < lookup->size; i++) {
		const struct mcpauth__lookup_slot *slot = &lookup->slots[i];
		if (slot->thing != NULL) {
			*slot_of(&larger, slot->hash, slot->name, slot->length) = *slot;
		}
	}
	free(lookup->slots);
	*lookup = larger;
	return true;
}

bool mcpauth__lookup_reserve(struct mcpauth__lookup *lookup)
{
	return lookup->count * 2 < lookup->size || grow(lookup);
}

bool mcpauth__lookup_add(
	struct mcpauth__lookup *lookup, const char *name, size_t length, void *thing)
{
	if (!mcpauth__lookup_reserve(lookup)) {
		return false;
	}
	uint64_t hash = hash_of(name, length);
	struct mcpauth__lookup_slot *slot = slot_of(lookup, hash, name, length);
	if (slot->thing == NULL) {
		*slot = (struct mcpauth__lookup_slot){hash, name, length, thing};
		lookup->count++;
	}
	return true;
}

void *mcpauth__lookup_find(const struct mcpauth__lookup *lookup, const char *name, size_t length)
{
	if (lookup->count == 0) {
		return NULL;
	}
	return slot_of(lookup, hash_of(name, length), name, length)->thing;
}

void mcpauth__lookup_finish(struct mcpauth__lookup *lookup)
{
	free(lookup->slots);
	*lookup = (struct mcpauth__lookup){0};
}
