/* From names to things: filled once, then found in a time that does not grow. */
#ifndef MCPAUTH_BASE_LOOKUP_H
#define MCPAUTH_BASE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mcpauth__lookup_slot;

/** Starts as {0}. Once it is filled any number of threads may read it. */
struct mcpauth__lookup {
	struct mcpauth__lookup_slot *slots; /* a power of two, or none */
	size_t size;
	size_t count;
};

/**
 * Add a name. Byte for byte: two that differ at all are two.
 *
 * @param name   need not end with a NUL; borrowed until mcpauth__lookup_finish()
 * @param thing  not NULL; of a name that is there already the first one stays
 * @return false without memory; then nothing has changed
 */
bool mcpauth__lookup_add(
	struct mcpauth__lookup *lookup, const char *name, size_t length, void *thing);

/** Make room for one more name: the next call that adds one cannot fail.
 * @return false without memory */
bool mcpauth__lookup_reserve(struct mcpauth__lookup *lookup);

/** The thing of this name; NULL if there is none. */
void *mcpauth__lookup_find(const struct mcpauth__lookup *lookup, const char *name, size_t length);

/** Release it, not the things; it is {0} again. */
void mcpauth__lookup_finish(struct mcpauth__lookup *lookup);

#endif
