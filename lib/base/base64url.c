/* base64url without padding, decoded so that every value has one spelling only. */
#include "base/base64url.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int value_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return c - '0' + 52;
	}
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool mcpauth__base64url_decode(const char *text, size_t length, unsigned char *out)
{
	uint32_t bits = 0;
	unsigned count = 0;
	if (length % 4 == 1) {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		int value = value_of((unsigned char)text[i]);
		if (value < 0) {
			return false;
		}
		bits = bits << 6 | (uint32_t)value;
		count += 6;
		if (count >= 8) {
			count -= 8;
			*out++ = (unsigned char)(bits >> count);
		}
	}
	/* RFC 4648 section 3.5: left-over bits must be zero, else one signature
	 * could be spelt in several ways. */
	return (bits & ((1u << count) - 1)) == 0;
}

void mcpauth__base64url_encode(const unsigned char *data, size_t length, char *out)
{
	uint32_t bits = 0;
	unsigned count = 0;
	for (size_t i = 0; i < length; i++) {
		bits = bits << 8 | data[i];
		count += 8;
		while (count >= 6) {
			count -= 6;
			*out++ = alphabet[bits >> count & 63];
		}
	}
	if (count > 0) {
		*out++ = alphabet[bits << (6 - count) & 63];
	}
	*out = '\0';
}
