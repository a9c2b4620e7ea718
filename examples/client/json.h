/* The little of JSON this client reads, without cJSON's traps. */
#ifndef CLIENT_JSON_H
#define CLIENT_JSON_H

#include "text.h"

#include <cJSON.h>

/** An object and nothing else, without NULs; caller frees, NULL if it is not. */
cJSON *json_parse(const char *data, size_t length);

/** A member by its exact name, borrowed; NULL if absent or no string. */
const char *json_string(const cJSON *object, const char *name);

/** Whether an array holds a string. */
bool json_list_has(const cJSON *list, const char *value);

/** Append the compact form. */
void json_print(const cJSON *value, struct text *out);

/** Append it for a terminal, too: controls are escaped, and what is no UTF-8
 * is U+FFFD. */
void json_print_shown(const cJSON *value, struct text *out);

#endif
