/* The few header fields that matter, picked out of all that a request has. */
#include "request_headers.h"

#include "base/ascii.h"

#include <string.h>

static enum mcpauth__header_name compare(
	const char *name, const char *wanted, size_t length, enum mcpauth__header_name which)
{
	/* As nearly everybody spells it. */
	if (memcmp(name, wanted, length) == 0) {
		return which;
	}
	return mcpauth__ascii_begins_alike(name, wanted, length) ? which : MCPAUTH__HEADER_OTHER;
}

/* Their lengths tell all but two apart. */
enum mcpauth__header_name mcpauth__header_name_of(const char *name, size_t length)
{
	switch (length) {
	case sizeof "Host" - 1:
		return compare(name, "Host", length, MCPAUTH__HEADER_HOST);
	case sizeof "Origin" - 1:
		return (name[0] | 0x20) == 'o'
			? compare(name, "Origin", length, MCPAUTH__HEADER_ORIGIN)
			: compare(name, "Expect", length, MCPAUTH__HEADER_EXPECT);
	case sizeof "Mcp-Name" - 1:
		return compare(name, "Mcp-Name", length, MCPAUTH__HEADER_MCP_NAME);
	case sizeof "Mcp-Method" - 1:
		return compare(name, "Mcp-Method", length, MCPAUTH__HEADER_MCP_METHOD);
	case sizeof "Authorization" - 1:
		return compare(name, "Authorization", length, MCPAUTH__HEADER_AUTHORIZATION);
	case sizeof "Content-Length" - 1:
		return compare(name, "Content-Length", length, MCPAUTH__HEADER_CONTENT_LENGTH);
	case sizeof "X-Forwarded-For" - 1:
		return compare(name, "X-Forwarded-For", length, MCPAUTH__HEADER_X_FORWARDED_FOR);
	case sizeof "Transfer-Encoding" - 1:
		return compare(
			name, "Transfer-Encoding", length, MCPAUTH__HEADER_TRANSFER_ENCODING);
	case sizeof "MCP-Protocol-Version" - 1:
		return compare(
			name, "MCP-Protocol-Version", length, MCPAUTH__HEADER_MCP_PROTOCOL_VERSION);
	case sizeof "Access-Control-Request-Method" - 1:
		return compare(name, "Access-Control-Request-Method", length,
			MCPAUTH__HEADER_ACCESS_CONTROL_REQUEST_METHOD);
	default:
		return MCPAUTH__HEADER_OTHER;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 9112 sections 2.2 and 5.1: MHD hands over blanks before and behind a name as part
 * of it; another parser may see the field that is meant. */
static bool is_padded(const char *name, size_t length)
{
	return length > 0 && (is_blank(name[0]) || is_blank(name[length - 1]));
}

void mcpauth__request_headers_add(struct mcpauth__request_headers *headers, const char *name,
	size_t name_length, const char *value, size_t length)
{
	enum mcpauth__header_name which = mcpauth__header_name_of(name, name_length);
	if (which == MCPAUTH__HEADER_OTHER) {
		headers->have_padded_names = headers->have_padded_names
			|| is_padded(name, name_length);
		return;
	}
	struct mcpauth__request_header *header = &headers->items[which];
	header->count++;
	if (header->count > 1) {
		return;
	}
	header->value = value;
	header->length = length;
	header->had_trailing_blanks = length > 0 && is_blank(value[length - 1]);
	headers->had_trailing_blanks = headers->had_trailing_blanks || header->had_trailing_blanks;
}

bool mcpauth__request_header_is(const struct mcpauth__request_header *header, const char *value)
{
	return header->value != NULL && !header->had_trailing_blanks
		&& mcpauth__ascii_are_alike(header->value, value);
}

/* RFC 9112 section 6.1: MHD takes any coding but this one for a body that lasts until
 * the connection ends, with everybody's requests in it that a proxy sends. */
bool mcpauth__request_headers_hide_body_end(const struct mcpauth__request_headers *headers)
{
	const struct mcpauth__request_header *coding;
	coding = &headers->items[MCPAUTH__HEADER_TRANSFER_ENCODING];
	return coding->count > 1
		|| (coding->count == 1 && !mcpauth__request_header_is(coding, "chunked"));
}

/* MHD hands over the blanks behind a value, not those before it. */
const char *mcpauth__header_trim(const char *value, size_t length, struct mcpauth__words *trimmed)
{
	size_t kept = length;
	while (kept > 0 && is_blank(value[kept - 1])) {
		kept--;
	}
	if (kept == length) {
		return value;
	}
	return mcpauth__words_add(trimmed, value, kept) ? trimmed->items[trimmed->count - 1] : "";
}

void mcpauth__request_headers_trim(
	struct mcpauth__request_headers *headers, struct mcpauth__words *trimmed)
{
	for (size_t i = 0; i < MCPAUTH__HEADER_COUNT; i++) {
		struct mcpauth__request_header *header = &headers->items[i];
		if (header->had_trailing_blanks) {
			header->value = mcpauth__header_trim(
				header->value, header->length, trimmed);
			header->length = strlen(header->value);
		}
	}
}
