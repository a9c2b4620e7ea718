/* Names that an object has twice. */
#ifndef MCPAUTH_BASE_JSON_NAMES_H
#define MCPAUTH_BASE_JSON_NAMES_H

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stddef.h>

/**
 * Is a name there twice among the members of one object, not deeper?
 *
 * @param count           how many members there are
 * @param[out] repeated   the second of them in the text; else NULL
 * @return false without memory
 */
bool mcpauth__json_find_repeated(const cJSON *object, size_t count, const cJSON **repeated);

#endif
