/* Percent-encoded text (RFC 3986 section 2.1). */
#ifndef MCPAUTH_BASE_PERCENT_H
#define MCPAUTH_BASE_PERCENT_H

#include <stddef.h>

/** The value of a hexadecimal digit; -1 if it is none. */
int mcpauth__percent_digit(char c);

/**
 * Decode as MHD decodes the path of a request: what is no escape stays as it is,
 * and an escaped NUL ends the text.
 *
 * @return caller frees with free(); NULL without memory
 */
char *mcpauth__percent_decode(const char *text, size_t length);

#endif
