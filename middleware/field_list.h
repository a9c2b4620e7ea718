/* Lists as header fields have them: elements separated by commas (RFC 9110 section 5.6.1). */
#ifndef MCPAUTH_MIDDLEWARE_FIELD_LIST_H
#define MCPAUTH_MIDDLEWARE_FIELD_LIST_H

#include <stdbool.h>
#include <stddef.h>

/** Is it a token, of which names and methods are made (RFC 9110 section 5.6.2)? */
bool mcpauth__is_field_token(const char *text, size_t length);

/**
 * Walk over a list without copying.
 *
 * @param at           where to go on; starts at the text, is moved on
 * @param[out] length  of the element; 0 where nothing stands between two commas
 * @return the next element without blanks at its ends, not NUL-terminated; NULL at the end
 */
const char *mcpauth__field_list_next(const char **at, size_t *length);

#endif
