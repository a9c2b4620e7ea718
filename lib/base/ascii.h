/* The letters of protocols: those of ASCII, whatever locale the program runs in. */
#ifndef MCPAUTH_BASE_ASCII_H
#define MCPAUTH_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* strcasecmp() and isalpha() follow the locale. With a Turkish one "TRANSFER-ENCODING" is
 * not "Transfer-Encoding", as the small letter of I has no dot there. */

/** The small letter of a capital; any other byte as it is. */
static inline char mcpauth__ascii_lower(char c)
{
	const bool is_capital = c >= 'A' && c <= 'Z';
	return (char)(c | is_capital << 5);
}

/** Is it one of the 26, large or small? */
static inline bool mcpauth__ascii_is_letter(char c)
{
	return mcpauth__ascii_lower(c) >= 'a' && mcpauth__ascii_lower(c) <= 'z';
}

/** Is it one of 0 to 9? */
static inline bool mcpauth__ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/** Are the first so many bytes of two texts the same but for the case of letters? What
 * stands behind a NUL in both is not looked at; one that has so many bytes needs none. */
static inline bool mcpauth__ascii_begins_alike(const char *a, const char *b, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		/* Most are spelt as they are expected. */
		if (a[i] != b[i] && mcpauth__ascii_lower(a[i]) != mcpauth__ascii_lower(b[i])) {
			return false;
		}
		if (a[i] == '\0') {
			return true;
		}
	}
	return true;
}

/** Are two texts the same but for the case of letters? */
static inline bool mcpauth__ascii_are_alike(const char *a, const char *b)
{
	return mcpauth__ascii_begins_alike(a, b, SIZE_MAX);
}

#endif
