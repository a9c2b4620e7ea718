/* Strings, and the blank-separated lists of words that OAuth is full of. */
#ifndef MCPAUTH_BASE_WORDS_H
#define MCPAUTH_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/** Strings of one's own. Starts as {0}. */
struct mcpauth__words {
	char **items;
	size_t count;
};

/** Add a copy of `length` bytes. @return false if there is no memory */
bool mcpauth__words_add(struct mcpauth__words *words, const char *text, size_t length);

/** Add each word of a list separated by blanks. @return false if there is no memory */
bool mcpauth__words_split(struct mcpauth__words *words, const char *text);

/** Is it among them? Byte for byte. */
bool mcpauth__words_contain(const struct mcpauth__words *words, const char *text, size_t length);

/** Release it; it is {0} again. */
void mcpauth__words_finish(struct mcpauth__words *words);

/** The same for secrets: they are overwritten first. */
void mcpauth__words_wipe(struct mcpauth__words *words);

/**
 * Walk over a list separated by blanks without copying.
 *
 * @param at           where to go on; starts at the text, is moved on
 * @param[out] length  of the word
 * @return the next word, not NUL-terminated; NULL at the end
 */
const char *mcpauth__word_next(const char **at, size_t *length);

/** Are two strings equal, byte for byte? NULL, which is none, equals NULL alone. Not for
 * secrets that somebody may guess: it takes longer the more of them is right. */
bool mcpauth__same_text(const char *a, const char *b);

/** A copy on the heap; NULL stays NULL. Caller frees with free(). */
char *mcpauth__strdup(const char *text);

#endif
