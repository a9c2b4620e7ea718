/* base64url without padding, decoded so that every value has one spelling only. */
#include "base/base64url.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* What each character stands for; for most nothing, which is a bit that no value has. */
#define NO 0x40
static const unsigned char values[256] = {NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO,
	NO, NO, NO, NO, NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
	20, 21, 22, 23, 24, 25, NO, NO, NO, NO, 63, NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
	37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO};

/* The last two or three characters. */
static bool decode_rest(const unsigned char *text, size_t length, unsigned char *out)
{
	unsigned char first = values[text[0]];
	unsigned char second = values[text[1]];
	unsigned char third = length == 3 ? values[text[2]] : 0;
	out[0] = (unsigned char)(first << 2 | second >> 4);
	if (length == 3) {
		out[1] = (unsigned char)(second << 4 | third >> 2);
	}
	/* RFC 4648 section 3.5: left-over bits must be zero, else one signature
	 * could be spelt in several ways. */
	unsigned left_over = length == 3 ? third & 0x3 : second & 0xf;
	return ((first | second | third) & NO) == 0 && left_over == 0;
}

static uint32_t decode_four(const unsigned char *at, unsigned *seen)
{
	unsigned first = values[at[0]];
	unsigned second = values[at[1]];
	unsigned third = values[at[2]];
	unsigned fourth = values[at[3]];
	*seen |= first | second | third | fourth;
	return first << 18 | second << 12 | third << 6 | fourth;
}

bool mcpauth__base64url_decode(const char *text, size_t length, unsigned char *out)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t rest = length % 4;
	unsigned seen = 0;
	if (rest == 1) {
		return false;
	}
	for (size_t i = length / 4; i > 0; i--) {
		uint32_t bits = decode_four(at, &seen);
		out[0] = (unsigned char)(bits >> 16);
		out[1] = (unsigned char)(bits >> 8);
		out[2] = (unsigned char)bits;
		at += 4;
		out += 3;
	}
	return (seen & NO) == 0 && (rest == 0 || decode_rest(at, rest, out));
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
