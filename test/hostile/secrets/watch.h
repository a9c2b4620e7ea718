/**
 * @file
 * Who gives memory back with a mark in it? Stands in the way of free() and realloc()
 * of the whole process, of all its libraries.
 */
#ifndef MCPAUTH_TEST_WATCH_H
#define MCPAUTH_TEST_WATCH_H

#include <stdbool.h>
#include <stddef.h>

/** More are counted, but not kept. */
#define WATCH_MAX 1000

struct watch_finding {
	char library[64]; /* whose call it was; "program" is this one, ours linked in */
	char function[64];
	size_t mark;
	size_t length; /* of the longest piece */
	size_t count;
};

/** Look at all that is given back from now on, also what moves as it grows.
 * @param overwrite  fill it with zeros, so that only what lives can be found */
void watch_begin(bool overwrite);

/** Stop it. @return how many findings there are; they are copied into the room */
size_t watch_end(struct watch_finding *findings, size_t room);

#endif
