/* Texts that differ in the case of letters only. */
#ifndef MCPAUTH_BASE_FOLD_H
#define MCPAUTH_BASE_FOLD_H

#include <stddef.h>

/**
 * Compare two texts without minding the case of letters: those of ASCII, and the four others
 * that become one of them when a parser folds case (U+0130, U+0131, U+017F, U+212A).
 *
 * @return 0 if they are the same; else below or above it, so that texts can be sorted
 */
int mcpauth__fold_compare(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
