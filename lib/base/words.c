/* Strings, and lists of words separated by blanks. */
#include "base/words.h"

#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

bool mcpauth__words_add(struct mcpauth__words *words, const char *text, size_t length)
{
	char **items = realloc(words->items, (words->count + 1) * sizeof *items);
	if (items == NULL) {
		return false;
	}
	words->items = items;
	char *copy = malloc(length + 1);
	if (copy == NULL) {
		return false;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	items[words->count++] = copy;
	return true;
}

bool mcpauth__words_split(struct mcpauth__words *words, const char *text)
{
	size_t length;
	const char *word;
	while ((word = mcpauth__word_next(&text, &length)) != NULL) {
		if (!mcpauth__words_add(words, word, length)) {
			return false;
		}
	}
	return true;
}

bool mcpauth__words_contain(const struct mcpauth__words *words, const char *text, size_t length)
{
	for (size_t i = 0; i < words->count; i++) {
		if (strlen(words->items[i]) == length
			&& memcmp(words->items[i], text, length) == 0) {
			return true;
		}
	}
	return false;
}

void mcpauth__words_finish(struct mcpauth__words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		free(words->items[i]);
	}
	free(words->items);
	*words = (struct mcpauth__words){0};
}

void mcpauth__words_wipe(struct mcpauth__words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		mcpauth__wipe(words->items[i], strlen(words->items[i]));
	}
	mcpauth__words_finish(words);
}

const char *mcpauth__word_next(const char **at, size_t *length)
{
	const char *word = *at;
	if (word == NULL) {
		return NULL;
	}
	word += strspn(word, " ");
	*length = strcspn(word, " ");
	*at = word + *length;
	return *length > 0 ? word : NULL;
}

bool mcpauth__same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

char *mcpauth__strdup(const char *text)
{
	if (text == NULL) {
		return NULL;
	}
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);
	if (copy != NULL) {
		memcpy(copy, text, size);
	}
	return copy;
}
