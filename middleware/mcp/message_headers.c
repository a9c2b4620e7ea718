/* Holds what a request's headers say of its message against the message itself. */
#include "mcp/message.h"

#include "mcp/message_int.h"

#include <string.h>

#define HEADER_MISMATCH (-32020)

#define PREFIX "=?base64?"
#define SUFFIX "?="
#define PREFIX_LENGTH (sizeof PREFIX - 1)
#define SUFFIX_LENGTH (sizeof SUFFIX - 1)

/* One digit of a text's base64 with padding (RFC 4648 section 4). Encoding is what has
 * only one outcome: so no other spelling of the name passes. */
static char digit_of(const char *text, size_t length, size_t index)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t bit = index * 6;
	size_t byte = bit / 8;
	if (byte >= length) {
		return '=';
	}
	unsigned high = (unsigned char)text[byte];
	unsigned low = byte + 1 < length ? (unsigned char)text[byte + 1] : 0;
	return digits[(high << 8 | low) >> (10 - bit % 8) & 0x3f];
}

static bool is_base64_of(const char *code, size_t code_length, const char *text)
{
	size_t length = strlen(text);
	if (code_length != (length + 2) / 3 * 4) {
		return false;
	}
	size_t i = 0;
	while (i < code_length && code[i] == digit_of(text, length, i)) {
		i++;
	}
	return i == code_length;
}

/* MCP 2026-07-28, "Value Encoding": the marks are in lower case. */
static bool is_encoded(const char *value, size_t length)
{
	return length >= PREFIX_LENGTH + SUFFIX_LENGTH && memcmp(value, PREFIX, PREFIX_LENGTH) == 0
		&& memcmp(value + length - SUFFIX_LENGTH, SUFFIX, SUFFIX_LENGTH) == 0;
}

/* Bytes of which everyone on the way sees the same text. */
static bool is_plain(const char *value)
{
	while ((*value >= 0x20 && *value <= 0x7e) || *value == '\t') {
		value++;
	}
	return *value == '\0';
}

static bool says(const char *value, const char *text)
{
	return text != NULL && strcmp(value, text) == 0 && is_plain(value);
}

static bool names(const char *value, const char *name)
{
	size_t length = strlen(value);
	if (!is_encoded(value, length)) {
		return says(value, name);
	}
	return name != NULL
		&& is_base64_of(
			value + PREFIX_LENGTH, length - PREFIX_LENGTH - SUFFIX_LENGTH, name);
}

/* @return a constant; NULL if nothing is wrong */
static const char *find_mismatch(
	const struct mcpauth_message *message, const struct mcpauth__message_headers *headers)
{
	/* The revision does not say which headers a notification has. */
	bool all = message->revision != NULL && message->kind == MCPAUTH_MESSAGE_REQUEST;
	if (headers->are_repeated) {
		return "Header mismatch: Mcp-Method, Mcp-Name or MCP-Protocol-Version was sent "
		       "more than once";
	}
	if (headers->method == NULL ? all : !says(headers->method, message->method)) {
		return "Header mismatch: Mcp-Method is missing or is not the method of the body";
	}
	bool needs_name = all && message->needs_header_name;
	if (headers->name == NULL ? needs_name : !names(headers->name, message->header_name)) {
		return "Header mismatch: Mcp-Name is missing or is not the name or uri of the "
		       "body";
	}
	if (message->revision == NULL) {
		return NULL;
	}
	if (headers->revision == NULL ? all : !says(headers->revision, message->revision)) {
		return "Header mismatch: MCP-Protocol-Version is missing or is not the version in "
		       "params._meta";
	}
	return NULL;
}

bool mcpauth__message_fits_headers(const struct mcpauth_message *message,
	const struct mcpauth__message_headers *headers, struct mcpauth__message_fault *fault)
{
	const char *text = find_mismatch(message, headers);
	if (text == NULL) {
		return true;
	}
	*fault = (struct mcpauth__message_fault){
		.reason = MCPAUTH_E_HEADER_MISMATCH,
		.rpc_code = HEADER_MISMATCH,
		.text = text,
		.id = message->id,
		.id_length = message->id_length,
	};
	return false;
}
