/* The characters of a bearer token, and the padding behind them. */
#include "base/b64token.h"

#include <string.h>

#define BLOCK 64

static inline unsigned char smaller(unsigned char a, unsigned char b)
{
	return a < b ? a : b;
}

/* How far c is beyond the last of so many characters; those before the first of
 * them are very far. */
static inline unsigned char beyond(unsigned char c, unsigned char first, unsigned char count)
{
	unsigned char at = (unsigned char)(c - first);
	unsigned char last = (unsigned char)(count - 1);
	return (unsigned char)((at < last ? last : at) - last);
}

/* RFC 6750 section 2.1, but for the padding. 0 if it is one of those.
 * Bytes from bytes, and no branches: so a compiler does sixteen at a time. */
static inline unsigned char is_no_token_character(unsigned char c)
{
	unsigned char letter = beyond(c | 0x20, 'a', 26);
	unsigned char digit = beyond(c, '-', 13); /* or one of - . / before them */
	unsigned char other = smaller(smaller(c ^ '_', c ^ '~'), c ^ '+');
	return smaller(smaller(letter, digit), other);
}

static inline unsigned char is_no_token_block(const unsigned char *at)
{
	unsigned char bad = 0;
	for (int i = 0; i < BLOCK; i++) {
		bad |= is_no_token_character(at[i]);
	}
	return bad;
}

static bool is_short_token(const unsigned char *at, size_t length)
{
	unsigned char bad = 0;
	for (size_t i = 0; i < length; i++) {
		bad |= is_no_token_character(at[i]);
	}
	return bad == 0;
}

/* A byte of each token in the world goes through here, hence block by block; the
 * last one ends where the text does, whatever of it was looked at before. */
static bool are_token_characters(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;
	unsigned char bad = 0;
	if (length < BLOCK) {
		return is_short_token(at, length);
	}
	for (size_t done = 0; done + BLOCK <= length; done += BLOCK) {
		bad |= is_no_token_block(at + done);
	}
	return (bad | is_no_token_block(at + length - BLOCK)) == 0;
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
