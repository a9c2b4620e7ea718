/* Pieces of JSON, cut out of a text rather than copied. */
#ifndef EXAMPLES_MCP_JSON_H
#define EXAMPLES_MCP_JSON_H

#include <cjson/cJSON.h>

#include <stddef.h>

/** A piece of a text that somebody else holds; `at` is NULL if there is none. */
struct slice {
	const char *at;
	size_t length;
};

/**
 * Build a value, if cJSON reads it as its sender meant it.
 *
 * @param text  known to be JSON, as mcpauth_message_param() gives it; borrowed for the
 *              call
 * @return caller frees with cJSON_Delete(); NULL if a string in it holds \u0000 or half
 *         a surrogate pair, if there is none, or without memory
 */
cJSON *json_build(struct slice text);

#endif
