/* A bump allocator: blocks on the heap, filled from both ends. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT alignof(max_align_t)
#define SMALLEST_BLOCK 512

struct mcpauth__arena_block {
	struct mcpauth__arena_block *next;
	size_t size;
	max_align_t bytes[];
};

/* What is left of the block before stays unused. */
static bool add_block(struct mcpauth__arena *arena, size_t bytes)
{
	/* No object is larger; a sum that wrapped around would be. */
	if (bytes > PTRDIFF_MAX - sizeof(struct mcpauth__arena_block)) {
		return false;
	}
	struct mcpauth__arena_block *block = malloc(sizeof *block + bytes);
	if (block == NULL) {
		return false;
	}
	block->next = arena->blocks;
	block->size = bytes;
	arena->blocks = block;
	arena->at = (unsigned char *)block->bytes;
	arena->left = bytes;
	return true;
}

/* By half of what there is: so blocks stay few, and what is unused in them too. */
static bool grow(struct mcpauth__arena *arena, size_t needed)
{
	size_t bytes = mcpauth__arena_size(arena) / 2;
	bytes = bytes < SMALLEST_BLOCK ? SMALLEST_BLOCK : bytes;
	return add_block(arena, bytes < needed ? needed : bytes);
}

bool mcpauth__arena_reserve(struct mcpauth__arena *arena, size_t bytes)
{
	return bytes <= arena->left || add_block(arena, bytes);
}

void *mcpauth__arena_take(struct mcpauth__arena *arena, size_t size)
{
	if (size > SIZE_MAX - ALIGNMENT) {
		return NULL;
	}
	size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (rounded > arena->left && !grow(arena, rounded)) {
		return NULL;
	}
	void *taken = arena->at;
	arena->at += rounded;
	arena->left -= rounded;
	return taken;
}

char *mcpauth__arena_take_text(struct mcpauth__arena *arena, size_t size)
{
	if (size > arena->left && !grow(arena, size)) {
		return NULL;
	}
	arena->left -= size;
	return (char *)arena->at + arena->left;
}

char *mcpauth__arena_copy(struct mcpauth__arena *arena, const char *text, size_t length)
{
	char *copy = length < SIZE_MAX ? mcpauth__arena_take_text(arena, length + 1) : NULL;
	if (copy == NULL) {
		return NULL;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

size_t mcpauth__arena_size(const struct mcpauth__arena *arena)
{
	size_t size = 0;
	for (const struct mcpauth__arena_block *block = arena->blocks; block != NULL;
		block = block->next) {
		size += block->size;
	}
	return size;
}

void mcpauth__arena_finish(struct mcpauth__arena *arena)
{
	struct mcpauth__arena_block *block = arena->blocks;
	while (block != NULL) {
		struct mcpauth__arena_block *next = block->next;
		free(block);
		block = next;
	}
	*arena = (struct mcpauth__arena){0};
}
