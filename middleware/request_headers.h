/* The header fields of a request that the library itself looks at, read in one walk. */
#ifndef MCPAUTH_MIDDLEWARE_REQUEST_HEADERS_H
#define MCPAUTH_MIDDLEWARE_REQUEST_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

enum mcpauth__known_header {
	MCPAUTH__HOST,
	MCPAUTH__ORIGIN,
	MCPAUTH__AUTHORIZATION,
	MCPAUTH__CONTENT_LENGTH,
	MCPAUTH__TRANSFER_ENCODING,
	MCPAUTH__EXPECT,
	MCPAUTH__ACCESS_CONTROL_REQUEST_METHOD,
	MCPAUTH__MCP_PROTOCOL_VERSION,
	MCPAUTH__KNOWN_HEADERS /* any other */
};

/** All fields of one name. */
struct mcpauth__known {
	const char *value; /* of the first, NUL-terminated; NULL if there is none */
	size_t length;
	unsigned count;
	bool had_blanks; /* behind its value, as it came */
};

/** Starts as {0}. */
struct mcpauth__request_headers {
	struct mcpauth__known items[MCPAUTH__KNOWN_HEADERS];
	bool have_blanks; /* one of them does */
};

/** Which one this is, case ignored. */
enum mcpauth__known_header mcpauth__header_known(const char *name, size_t length);

/** The next field of the walk. @param value  NUL-terminated; borrowed until the
 * request ends */
void mcpauth__request_headers_add(struct mcpauth__request_headers *headers,
	enum mcpauth__known_header name, const char *value, size_t length);

/** RFC 9110 section 5.5: blanks around a value are not part of it. */
bool mcpauth__is_blank(char c);

#endif
