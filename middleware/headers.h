/* Lists of header fields that cannot smuggle anything into an answer. */
#ifndef MCPAUTH_MIDDLEWARE_HEADERS_H
#define MCPAUTH_MIDDLEWARE_HEADERS_H

#include <mcpauth/error.h>

#include <stddef.h>

struct mcpauth__header {
	char *name;
	char *value;
};

/** Header fields in the order of their coming. Starts as {0}. */
struct mcpauth__headers {
	struct mcpauth__header *items;
	size_t count;
};

/**
 * Add a copy of a field behind the others.
 *
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT if the name is no token or one
 *         that says where an answer ends, if the value is empty or holds
 *         control characters (RFC 9110 section 5), or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__headers_add(
	struct mcpauth__headers *headers, const char *name, const char *value);

/** Put a copy of a field in the place of all of this name; on failure nothing
 * changes. @return as mcpauth__headers_add() */
enum mcpauth_code mcpauth__headers_set(
	struct mcpauth__headers *headers, const char *name, const char *value);

/** Take away all of this name, without regard to case. */
void mcpauth__headers_remove(struct mcpauth__headers *headers, const char *name);

/** The first of this name. @return borrowed; NULL if there is none */
const char *mcpauth__headers_get(const struct mcpauth__headers *headers, const char *name);

/** Release them; it is {0} again. */
void mcpauth__headers_finish(struct mcpauth__headers *headers);

#endif
