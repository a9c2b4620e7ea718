/* Where the values of a tree stand in the text that it was parsed from. */
#ifndef MCPAUTH_BASE_JSON_PLACE_H
#define MCPAUTH_BASE_JSON_PLACE_H

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stddef.h>

/** Where something stands in a text. */
struct mcpauth__json_place {
	size_t name;  /* offset of the member's name; without one as `value` */
	size_t value; /* offset of its first byte */
};

/**
 * Find a value of a tree in the text that the tree was parsed from.
 *
 * @param text        what mcpauth__json_parse_object() took, unchanged
 * @param tree        what it made of it, unchanged
 * @param wanted      any pointer; only compared
 * @param[out] place  zeroed if it is not found
 * @return false if it is not one of the tree's
 */
bool mcpauth__json_locate(const char *text, const cJSON *tree, const cJSON *wanted,
	struct mcpauth__json_place *place);

/** The line of an offset, from 1. The text is at least that long. */
unsigned mcpauth__json_line(const char *text, size_t offset);

#endif
