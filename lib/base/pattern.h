/* Patterns in which a star stands for any bytes. */
#ifndef MCPAUTH_BASE_PATTERN_H
#define MCPAUTH_BASE_PATTERN_H

#include <stdbool.h>

/**
 * Does a text fit a pattern, as a whole? Each star stands for any bytes, also none; all
 * else for itself, byte for byte. In a time that grows with the product of their lengths
 * at most, and no memory.
 */
bool mcpauth__pattern_fits(const char *pattern, const char *text);

/** Is there a star in it? */
bool mcpauth__pattern_has_star(const char *pattern);

#endif
