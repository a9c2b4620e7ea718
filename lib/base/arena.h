/* Memory that is taken piece by piece and given back at once. */
#ifndef MCPAUTH_BASE_ARENA_H
#define MCPAUTH_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct mcpauth__arena_block;

/**
 * Whatever belongs to one thing that ends as a whole. Starts as {0}. May be handed
 * over by copying it, after which the old one is set to {0}: what was taken stays
 * where it is.
 */
struct mcpauth__arena {
	struct mcpauth__arena_block *blocks;
	unsigned char *at; /* objects are taken from here upwards, text from the end down */
	size_t left;
};

/**
 * See to it that so many bytes can be taken from one block. Done first, with what
 * all will come to, it is the only allocation.
 *
 * @return false without memory
 */
bool mcpauth__arena_reserve(struct mcpauth__arena *arena, size_t bytes);

/** Room for any object. @return NULL without memory */
void *mcpauth__arena_take(struct mcpauth__arena *arena, size_t size);

/** Room for text: wherever it fits, so it wastes nothing. @return NULL without memory */
char *mcpauth__arena_take_text(struct mcpauth__arena *arena, size_t size);

/** A copy of `length` bytes and a NUL. @return NULL without memory */
char *mcpauth__arena_copy(struct mcpauth__arena *arena, const char *text, size_t length);

/** The bytes that it holds, taken or not. */
size_t mcpauth__arena_size(const struct mcpauth__arena *arena);

/** Give all back; it is {0} again. Secrets are wiped before by whoever put them there. */
void mcpauth__arena_finish(struct mcpauth__arena *arena);

#endif
