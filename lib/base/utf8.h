/* Characters of UTF-8 (RFC 3629). */
#ifndef MCPAUTH_BASE_UTF8_H
#define MCPAUTH_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Read a character.
 *
 * @param at         a byte at least; moved on behind it, or behind what could have become
 *                   one (The Unicode Standard, section 3.9, "maximal subparts"): so never
 *                   behind a byte that begins another
 * @param end        behind the text
 * @param[out] code  only if it is one
 * @return false if it is none
 */
bool mcpauth__utf8_take(const unsigned char **at, const unsigned char *end, unsigned *code);

/** Write a character. @param out  room for 4 bytes @return the bytes written, no NUL behind */
size_t mcpauth__utf8_put(unsigned code, char *out);

#endif
