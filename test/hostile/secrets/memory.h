/** @file Searching the memory of this process for marks. */
#ifndef MCPAUTH_TEST_MEMORY_H
#define MCPAUTH_TEST_MEMORY_H

#include "marks.h"

#include <stdint.h>

/** A hit, and in what kind of memory it lies. */
struct memory_finding {
	struct marks_hit hit; /* `at` is the address */
	char where[64];
};

/**
 * Look through everything that may be written: heaps, stacks of all threads, data.
 *
 * @param findings  room for `room` of them
 * @return how many there are, which may be more than there is room for
 */
size_t memory_search(struct memory_finding *findings, size_t room);

#endif
