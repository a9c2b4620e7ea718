/* Fuzz target: a request's header fields, told apart and counted. */
#include "common/fuzz.h"

#include "request_headers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIELDS_MAX 64

static const char *const names[MCPAUTH__HEADER_COUNT] = {"Host", "Origin", "Authorization",
	"Content-Length", "Transfer-Encoding", "Expect", "Access-Control-Request-Method",
	"MCP-Protocol-Version", "X-Forwarded-For", "Mcp-Method", "Mcp-Name"};

struct fields {
	char *values[FIELDS_MAX];
	size_t count;
	unsigned counts[MCPAUTH__HEADER_COUNT];
	const char *firsts[MCPAUTH__HEADER_COUNT];
	bool have_padded_names;
};

static size_t expected(const char *name)
{
	size_t which = 0;
	while (which < MCPAUTH__HEADER_COUNT && strcasecmp(name, names[which]) != 0) {
		which++;
	}
	return which;
}

static bool has_blank_end(const char *name)
{
	size_t length = strlen(name);
	return length > 0 && strpbrk((char[]){name[0], name[length - 1], '\0'}, " \t") != NULL;
}

static void add(struct mcpauth__request_headers *headers, struct fields *fields, const char *name,
	const char *value)
{
	enum mcpauth__header_name which = mcpauth__header_name_of(name, strlen(name));
	MUST((size_t)which == expected(name));
	mcpauth__request_headers_add(headers, name, strlen(name), value, strlen(value));
	if (which == MCPAUTH__HEADER_OTHER) {
		fields->have_padded_names = fields->have_padded_names || has_blank_end(name);
		return;
	}
	if (fields->counts[which]++ == 0) {
		fields->firsts[which] = value;
	}
}

static void check_field(
	const struct mcpauth__request_header *header, const char *first, unsigned count)
{
	MUST(header->count == count);
	MUST((header->value == NULL) == (first == NULL));
	if (first == NULL) {
		return;
	}
	size_t kept = strlen(first);
	while (kept > 0 && (first[kept - 1] == ' ' || first[kept - 1] == '\t')) {
		kept--;
	}
	MUST(header->length == kept && strlen(header->value) == kept);
	MUST(strncmp(header->value, first, kept) == 0);
}

static bool hides_body_end(const struct fields *fields)
{
	const char *coding = fields->firsts[MCPAUTH__HEADER_TRANSFER_ENCODING];
	unsigned count = fields->counts[MCPAUTH__HEADER_TRANSFER_ENCODING];
	return count > 1 || (count == 1 && strcasecmp(coding, "chunked") != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__request_headers headers = {0};
	struct mcpauth__words trimmed = {0};
	struct fields fields = {0};
	while (size > 0 && fields.count < FIELDS_MAX) {
		char *value = fuzz_field(&data, &size, '\n');
		char *colon = strchr(value, ':');
		fields.values[fields.count++] = value;
		if (colon != NULL) {
			*colon = '\0';
			add(&headers, &fields, value, colon + 1);
		}
	}
	MUST(mcpauth__request_headers_hide_body_end(&headers) == hides_body_end(&fields));
	MUST(headers.have_padded_names == fields.have_padded_names);
	mcpauth__request_headers_trim(&headers, &trimmed);
	for (size_t i = 0; i < MCPAUTH__HEADER_COUNT; i++) {
		check_field(&headers.items[i], fields.firsts[i], fields.counts[i]);
	}
	mcpauth__words_finish(&trimmed);
	for (size_t i = 0; i < fields.count; i++) {
		free(fields.values[i]);
	}
	return 0;
}
