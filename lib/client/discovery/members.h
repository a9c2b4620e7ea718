/* Members of documents that other servers wrote: each of its type, or absent. */
#ifndef MCPAUTH_DISCOVERY_MEMBERS_H
#define MCPAUTH_DISCOVERY_MEMBERS_H

#include "base/buf.h"

#include <mcpauth/error.h>

#include <cjson/cJSON.h>

#include <stddef.h>

/** Items that a list may have. */
#define MCPAUTH__LIST_LIMIT 2000

enum mcpauth__member_type {
	MCPAUTH__MEMBER_TEXT, /* into a char *, NULL before */
	MCPAUTH__MEMBER_LIST, /* of strings, into a struct mcpauth__words */
	MCPAUTH__MEMBER_FLAG, /* into a bool */
	MCPAUTH__MEMBER_HAS   /* a list too: into a bool, is `wanted` in it? */
};

/** What to read, and where in a struct to put it. */
struct mcpauth__member {
	const char *name;
	enum mcpauth__member_type type;
	size_t offset;
	const char *wanted;
};

/** Parse a body that is one strict object. @return as mcpauth__json_parse_object() */
enum mcpauth_code mcpauth__members_parse(
	const struct mcpauth__buf *body, cJSON **json, struct mcpauth_error *err);

/**
 * Read members. One that is absent, or null, leaves its place as it was.
 *
 * @param to  the struct; caller releases what is in it, also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_METADATA (of another type), MCPAUTH_E_TOO_LARGE
 *         (over MCPAUTH__LIST_LIMIT) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__members_read(const cJSON *json, const struct mcpauth__member *members,
	size_t count, void *to, struct mcpauth_error *err);

#endif
