/* Telling the few header fields that matter from all others, at the least cost. */
#include "request_headers.h"

#include <strings.h>

static enum mcpauth__known_header compare(
	const char *name, const char *wanted, size_t length, enum mcpauth__known_header which)
{
	/* The first letter tells most apart that have the same length. */
	return (name[0] | 0x20) == (wanted[0] | 0x20) && strncasecmp(name, wanted, length) == 0
		? which
		: MCPAUTH__KNOWN_HEADERS;
}

/* Their lengths tell all but two apart. */
enum mcpauth__known_header mcpauth__header_known(const char *name, size_t length)
{
	switch (length) {
	case sizeof "Host" - 1:
		return compare(name, "Host", length, MCPAUTH__HOST);
	case sizeof "Origin" - 1:
		return (name[0] | 0x20) == 'o' ? compare(name, "Origin", length, MCPAUTH__ORIGIN)
					       : compare(name, "Expect", length, MCPAUTH__EXPECT);
	case sizeof "Authorization" - 1:
		return compare(name, "Authorization", length, MCPAUTH__AUTHORIZATION);
	case sizeof "Content-Length" - 1:
		return compare(name, "Content-Length", length, MCPAUTH__CONTENT_LENGTH);
	case sizeof "Transfer-Encoding" - 1:
		return compare(name, "Transfer-Encoding", length, MCPAUTH__TRANSFER_ENCODING);
	case sizeof "MCP-Protocol-Version" - 1:
		return compare(name, "MCP-Protocol-Version", length, MCPAUTH__MCP_PROTOCOL_VERSION);
	case sizeof "Access-Control-Request-Method" - 1:
		return compare(name, "Access-Control-Request-Method", length,
			MCPAUTH__ACCESS_CONTROL_REQUEST_METHOD);
	default:
		return MCPAUTH__KNOWN_HEADERS;
	}
}

bool mcpauth__is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void mcpauth__request_headers_add(struct mcpauth__request_headers *headers,
	enum mcpauth__known_header name, const char *value, size_t length)
{
	struct mcpauth__known *known = &headers->items[name];
	known->count++;
	if (known->count > 1) {
		return;
	}
	known->value = value;
	known->length = length;
	known->had_blanks = length > 0 && mcpauth__is_blank(value[length - 1]);
	headers->have_blanks = headers->have_blanks || known->had_blanks;
}
