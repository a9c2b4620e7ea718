/* How alike two names are: for saying which one was meant. */
#include "base/edit_distance.h"

#include <stdint.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's, one row at a time: row[k] is the distance between what was
 * seen of `a` and the first k characters of `b`. */
size_t mcpauth__edit_distance(const char *a, const char *b)
{
	size_t row[MCPAUTH__EDIT_LENGTH + 1];
	size_t length = strlen(b);
	if (length > MCPAUTH__EDIT_LENGTH || strlen(a) > MCPAUTH__EDIT_LENGTH) {
		return SIZE_MAX;
	}
	for (size_t k = 0; k <= length; k++) {
		row[k] = k;
	}
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t diagonal = row[0];
		row[0] = i + 1;
		for (size_t k = 1; k <= length; k++) {
			size_t change = diagonal + (a[i] == b[k - 1] ? 0 : 1);
			diagonal = row[k];
			row[k] = least(change, least(row[k], row[k - 1]) + 1);
		}
	}
	return row[length];
}
