/* What a number in JSON comes to. */
#ifndef MCPAUTH_BASE_JSON_NUMBER_H
#define MCPAUTH_BASE_JSON_NUMBER_H

#include "base/json_lex.h"

#include <cjson/cJSON.h>

/** cJSON before 1.7.19 copies a number into 64 bytes, fails on the rest, and
 * that would look like memory that ran out. */
#define MCPAUTH__JSON_NUMBER_LIMIT 63

/**
 * Make a node the number, as cJSON would, whatever the locale's decimal point.
 *
 * @param number  from mcpauth__json_take_number(), at most
 *                MCPAUTH__JSON_NUMBER_LIMIT characters
 */
void mcpauth__json_set_number(cJSON *node, const struct mcpauth__json_lexeme *number);

#endif
