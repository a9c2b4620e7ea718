/* Fuzz target: base64url, which must have one spelling for each value. */
#include "common/fuzz.h"

#include "base/base64url.h"

#include <stdlib.h>
#include <string.h>

static int value_of(uint8_t c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;
	return at != NULL ? (int)(at - alphabet) : -1;
}

/* Bit by bit, as RFC 4648 tells it. @return false if it is no base64url */
static bool decode_slowly(const uint8_t *text, size_t length, unsigned char *out)
{
	unsigned bits = 0;
	unsigned count = 0;
	for (size_t i = 0; i < length; i++) {
		int value = value_of(text[i]);
		if (value < 0) {
			return false;
		}
		bits = (bits << 6 | (unsigned)value) & 0xffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			*out++ = (unsigned char)(bits >> count);
		}
	}
	return count < 6 && (bits & ((1u << count) - 1)) == 0;
}

static void check_decoding(const uint8_t *text, size_t length)
{
	size_t size = MCPAUTH__BASE64URL_DECODED(length);
	unsigned char *ours = malloc(size > 0 ? size : 1);
	unsigned char *theirs = malloc(length + 1);
	char *again = malloc(MCPAUTH__BASE64URL_ENCODED(size) + 1);
	MUST(ours != NULL && theirs != NULL && again != NULL);
	bool good = mcpauth__base64url_decode((const char *)text, length, ours);
	MUST(good == decode_slowly(text, length, theirs));
	if (good) {
		MUST(memcmp(ours, theirs, size) == 0);
		mcpauth__base64url_encode(ours, size, again);
		MUST(strlen(again) == length && memcmp(again, text, length) == 0);
	}
	free(again);
	free(theirs);
	free(ours);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t none[1];
	const uint8_t *text = size > 0 ? data : none;
	size_t length = MCPAUTH__BASE64URL_ENCODED(size);
	char *encoded = malloc(length + 1);
	unsigned char *back = malloc(size > 0 ? size : 1);
	MUST(encoded != NULL && back != NULL);
	check_decoding(text, size);
	mcpauth__base64url_encode(text, size, encoded);
	MUST(strlen(encoded) == length && MCPAUTH__BASE64URL_DECODED(length) == size);
	MUST(mcpauth__base64url_decode(encoded, length, back) && memcmp(back, text, size) == 0);
	free(back);
	free(encoded);
	return 0;
}
