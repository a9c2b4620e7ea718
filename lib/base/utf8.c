/* Reads and writes characters of UTF-8, each in its one form. */
#include "base/utf8.h"

/* The bytes that come behind the first one; 0 also if none can be the first. */
static unsigned rest_of(unsigned char first)
{
	if (first < 0xc2 || first > 0xf4) {
		return 0;
	}
	return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

/* RFC 3629 section 4: neither overlong forms nor surrogates, up to U+10FFFF. The
 * second byte tells. */
bool mcpauth__utf8_take(const unsigned char **at, const unsigned char *end, unsigned *code)
{
	unsigned char first = *(*at)++;
	unsigned rest = rest_of(first);
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	unsigned read = rest == 0 ? first : first & (0x3fu >> rest);
	if (rest == 0 && first >= 0x80) {
		return false;
	}
	for (; rest > 0; rest--) {
		if (*at == end || **at < low || **at > high) {
			return false;
		}
		read = read << 6 | (*(*at)++ & 0x3fu);
		low = 0x80;
		high = 0xbf;
	}
	*code = read;
	return true;
}

size_t mcpauth__utf8_put(unsigned code, char *out)
{
	static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = length; i > 1; i--) {
		out[i - 1] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)(marks[length] | code);
	return length;
}
