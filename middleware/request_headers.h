/* The header fields of a request that the library itself looks at, read in one walk. */
#ifndef MCPAUTH_MIDDLEWARE_REQUEST_HEADERS_H
#define MCPAUTH_MIDDLEWARE_REQUEST_HEADERS_H

#include "base/words.h"

#include <stdbool.h>
#include <stddef.h>

enum mcpauth__header_name {
	MCPAUTH__HEADER_HOST,
	MCPAUTH__HEADER_ORIGIN,
	MCPAUTH__HEADER_AUTHORIZATION,
	MCPAUTH__HEADER_CONTENT_LENGTH,
	MCPAUTH__HEADER_TRANSFER_ENCODING,
	MCPAUTH__HEADER_EXPECT,
	MCPAUTH__HEADER_ACCESS_CONTROL_REQUEST_METHOD,
	MCPAUTH__HEADER_MCP_PROTOCOL_VERSION,
	MCPAUTH__HEADER_X_FORWARDED_FOR,
	MCPAUTH__HEADER_MCP_METHOD,
	MCPAUTH__HEADER_MCP_NAME,
	MCPAUTH__HEADER_OTHER /* none of these; the last */
};

/** How many are looked at. */
#define MCPAUTH__HEADER_COUNT ((size_t)MCPAUTH__HEADER_OTHER)

/** All fields of one name. */
struct mcpauth__request_header {
	const char *value; /* of the first, NUL-terminated; NULL if there is none */
	size_t length;
	unsigned count;
	bool had_trailing_blanks; /* its value did, before it was trimmed */
};

/** Starts as {0}. */
struct mcpauth__request_headers {
	struct mcpauth__request_header items[MCPAUTH__HEADER_COUNT];
	bool had_trailing_blanks; /* one of them did */
	bool have_padded_names;   /* a name, looked at or not, begins or ends with a blank */
};

/** Which one this is, case ignored. */
enum mcpauth__header_name mcpauth__header_name_of(const char *name, size_t length);

/**
 * The next field of the walk.
 *
 * @param name   NUL-terminated
 * @param value  NUL-terminated; borrowed until the request ends
 */
void mcpauth__request_headers_add(struct mcpauth__request_headers *headers, const char *name,
	size_t name_length, const char *value, size_t length);

/** Does it have this value, case ignored, to MHD, which takes blanks behind a value for
 * part of it? */
bool mcpauth__request_header_is(const struct mcpauth__request_header *header, const char *value);

/** Does one of them tell of a body, or ask before it sends one? Most requests say nothing. */
static inline bool mcpauth__request_headers_tell_of_body(
	const struct mcpauth__request_headers *headers)
{
	return (headers->items[MCPAUTH__HEADER_CONTENT_LENGTH].count
		       | headers->items[MCPAUTH__HEADER_TRANSFER_ENCODING].count
		       | headers->items[MCPAUTH__HEADER_EXPECT].count)
		!= 0;
}

/** Is a Transfer-Encoding among them with which MHD does not see where the body ends? */
bool mcpauth__request_headers_hide_body_end(const struct mcpauth__request_headers *headers);

/**
 * A value without the blanks behind it, which are not part of it (RFC 9110 section 5.5).
 *
 * @param value    NUL-terminated
 * @param trimmed  keeps the copies that this takes
 * @return borrowed from `value` or `trimmed`; empty without memory
 */
const char *mcpauth__header_trim(const char *value, size_t length, struct mcpauth__words *trimmed);

/** Do so with all of them; they borrow from `trimmed`. */
void mcpauth__request_headers_trim(
	struct mcpauth__request_headers *headers, struct mcpauth__words *trimmed);

#endif
