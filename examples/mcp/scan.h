/* The lexical pass over foreign JSON (RFC 8259): what it lets through is valid
 * UTF-8, at most SCAN_DEPTH deep, and can be cut into slices. */
#ifndef EXAMPLES_MCP_SCAN_H
#define EXAMPLES_MCP_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define SCAN_DEPTH 128

/** A piece of a text that somebody else holds; `at` is NULL if there is none. */
struct slice {
	const char *at;
	size_t length;
};

/** Where the scanner stands. */
struct scan {
	const unsigned char *at;
	const unsigned char *end;
	unsigned depth;
	bool nul; /**< a string with \u0000 went by */
};

/** Begin at the start of a text. */
struct scan scan_start(struct slice text);

/** Go past blanks. */
void scan_blanks(struct scan *scan);

/** Go past one character. @return false if it is not there */
bool scan_take(struct scan *scan, char wanted);

/** Go past one value of any kind, and say where it was. */
bool scan_value(struct scan *scan, struct slice *value);

/** Go past one string, and say where it was, quotes included. */
bool scan_string(struct scan *scan, struct slice *value);

/** Four hexadecimal digits. */
bool scan_hex4(struct scan *scan, unsigned *unit);

#endif
