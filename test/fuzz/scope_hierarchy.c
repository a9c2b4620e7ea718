/* Fuzz target: scopes that include others. Two lines, those granted and those wanted, then
 * one for each scope that includes others: itself and them. */
#include "common/fuzz.h"

#include "base/scopes.h"
#include "token/hierarchy.h"

#include <stdlib.h>
#include <string.h>

#define LINES_LIMIT 16
/* Above it the other way to compare would take too long. */
#define LENGTH_LIMIT 128

struct line {
	struct mcpauth__words words; /* the first includes the rest */
	bool holds;
};

struct lines {
	struct line items[LINES_LIMIT];
	size_t count;
};

/* Which beginnings of the text does the pattern fit, one character of it after the other? */
static bool fits(const char *pattern, const char *text)
{
	bool fitted[LENGTH_LIMIT + 1] = {true};
	size_t length = strlen(text);
	for (; *pattern != '\0'; pattern++) {
		bool before = fitted[0];
		fitted[0] = fitted[0] && *pattern == '*';
		for (size_t i = 1; i <= length; i++) {
			bool was = fitted[i];
			fitted[i] = *pattern == '*' ? was || fitted[i - 1]
						    : before && text[i - 1] == *pattern;
			before = was;
		}
	}
	return fitted[length];
}

static bool contains(const struct mcpauth__words *words, const char *word)
{
	return mcpauth__words_contain(words, word, strlen(word));
}

static bool line_fits(const struct line *line, const char *wanted)
{
	bool found = false;
	for (size_t i = 1; line->holds && i < line->words.count && !found; i++) {
		found = fits(line->words.items[i], wanted);
	}
	return found;
}

static bool follows(const struct lines *lines, const char *wanted)
{
	bool found = false;
	for (size_t i = 0; i < lines->count && !found; i++) {
		found = line_fits(&lines->items[i], wanted);
	}
	return found;
}

/* Again and again, until nothing is new. */
static void spread(struct lines *lines, const struct mcpauth__words *granted)
{
	bool is_new = true;
	while (is_new) {
		is_new = false;
		for (size_t i = 0; i < lines->count; i++) {
			struct line *line = &lines->items[i];
			const char *scope = line->words.items[0];
			if (!line->holds && (contains(granted, scope) || follows(lines, scope))) {
				line->holds = true;
				is_new = true;
			}
		}
	}
}

/* What is put in twice, or is too long, is left out. */
static bool is_fit(const struct mcpauth__words *words, const char *text)
{
	bool fit = words->count > 1 && words->count < 8 && mcpauth__scopes_are_valid(text);
	for (size_t i = 0; i < words->count; i++) {
		fit = fit && strlen(words->items[i]) <= LENGTH_LIMIT;
	}
	return fit;
}

static void add(struct lines *lines, struct mcpauth__hierarchy *hierarchy, const char *text)
{
	struct line line = {.holds = false};
	size_t length;
	const char *rest = text;
	MUST(mcpauth__words_split(&line.words, text));
	if (!is_fit(&line.words, text)) {
		mcpauth__words_finish(&line.words);
		return;
	}
	MUST(mcpauth__word_next(&rest, &length) != NULL);
	MUST(mcpauth__hierarchy_add(hierarchy, line.words.items[0], rest, NULL) == MCPAUTH_OK);
	lines->items[lines->count++] = line;
}

static void compare(struct lines *lines, struct mcpauth__hierarchy *hierarchy,
	const struct mcpauth__words *granted, const struct mcpauth__words *wanted)
{
	struct mcpauth__implied implied;
	mcpauth__hierarchy_settle(hierarchy);
	spread(lines, granted);
	bool any = mcpauth__implied_read(&implied, hierarchy, granted);
	for (size_t i = 0; i < wanted->count; i++) {
		const char *scope = wanted->items[i];
		if (strlen(scope) <= LENGTH_LIMIT) {
			MUST((any && mcpauth__implied_has(&implied, granted, scope))
				== follows(lines, scope));
		}
	}
}

static struct mcpauth__words split(const uint8_t **data, size_t *size)
{
	struct mcpauth__words words = {0};
	char *text = fuzz_field(data, size, '\n');
	MUST(mcpauth__words_split(&words, text));
	free(text);
	return words;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lines lines = {.count = 0};
	struct mcpauth__words granted = split(&data, &size);
	struct mcpauth__words wanted = split(&data, &size);
	struct mcpauth__hierarchy *hierarchy = mcpauth__hierarchy_new();
	MUST(hierarchy != NULL);
	while (size > 0 && lines.count < LINES_LIMIT) {
		char *text = fuzz_field(&data, &size, '\n');
		add(&lines, hierarchy, text);
		free(text);
	}
	compare(&lines, hierarchy, &granted, &wanted);
	for (size_t i = 0; i < lines.count; i++) {
		mcpauth__words_finish(&lines.items[i].words);
	}
	mcpauth__hierarchy_free(hierarchy);
	mcpauth__words_finish(&wanted);
	mcpauth__words_finish(&granted);
	return 0;
}
