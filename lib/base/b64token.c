/* The characters of a bearer token, and the padding behind them. */
#include "base/b64token.h"

#include <string.h>

#define BLOCK 16

/* Is it one of so many characters from the first on? One comparison of signed bytes, which every
 * processor has for many at a time. */
static inline bool is_among(unsigned char c, unsigned char first, int count)
{
	return (signed char)(unsigned char)(c - first - 128) < count - 128;
}

/* All bits for one of those of RFC 6750 section 2.1, but for the padding; none for another.
 * No branches: so a compiler does sixteen at a time. */
static inline unsigned char mask_of(unsigned char c)
{
	const bool is_letter = is_among(c | 0x20, 'a', 26);
	const bool is_digit = is_among(c, '-', 13); /* or one of - . / before them */
	return (unsigned char)-(is_letter | is_digit | (c == '_') | (c == '~') | (c == '+'));
}

static bool is_short_token(const unsigned char *at, size_t length)
{
	unsigned char good = 0xff;
	for (size_t i = 0; i < length; i++) {
		good &= mask_of(at[i]);
	}
	return good != 0;
}

static inline void judge_block(const unsigned char *at, unsigned char good[BLOCK])
{
	for (int i = 0; i < BLOCK; i++) {
		good[i] &= mask_of(at[i]);
	}
}

/* A byte of each token in the world goes through here, hence block by block; the
 * last one ends where the text does, whatever of it was looked at before. */
static bool are_token_characters(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;
	unsigned char good[BLOCK];
	unsigned char all = 0xff;
	if (length < BLOCK) {
		return is_short_token(at, length);
	}
	memset(good, 0xff, sizeof good);
	for (size_t done = 0; done + BLOCK <= length; done += BLOCK) {
		judge_block(at + done, good);
	}
	judge_block(at + length - BLOCK, good);
	for (int i = 0; i < BLOCK; i++) {
		all &= good[i];
	}
	return all != 0;
}

bool mcpauth__are_b64token(const char *text, size_t length)
{
	size_t characters = length;
	while (characters > 0 && text[characters - 1] == '=') {
		characters--;
	}
	return characters > 0 && are_token_characters(text, characters);
}

bool mcpauth__is_b64token(const char *text)
{
	return text != NULL && mcpauth__are_b64token(text, strlen(text));
}
