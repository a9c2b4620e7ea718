/* Matching with stars: only the last one that was passed ever has to give way. */
#include "base/pattern.h"

#include <stddef.h>
#include <string.h>

bool mcpauth__pattern_has_star(const char *pattern)
{
	return strchr(pattern, '*') != NULL;
}

bool mcpauth__pattern_fits(const char *pattern, const char *text)
{
	const char *behind_star = NULL;
	const char *next = NULL;
	while (*text != '\0') {
		if (*pattern == '*') {
			behind_star = ++pattern;
			next = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (behind_star != NULL) {
			pattern = behind_star;
			text = ++next;
		} else {
			return false;
		}
	}
	while (*pattern == '*') {
		pattern++;
	}
	return *pattern == '\0';
}
