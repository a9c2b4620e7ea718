/* Reading lists of tokens, as header fields have them. */
#include "field_list.h"

#include "base/ascii.h"

#include <string.h>

bool mcpauth__is_field_token(const char *text, size_t length)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		bool alphanumeric = mcpauth__ascii_is_digit(c) || mcpauth__ascii_is_letter(c);
		if (!alphanumeric && (c == '\0' || strchr(marks, c) == NULL)) {
			return false;
		}
	}
	return length > 0;
}

const char *mcpauth__field_list_next(const char **at, size_t *length)
{
	const char *item = *at;
	if (item == NULL) {
		return NULL;
	}
	const char *end = item + strcspn(item, ",");
	*at = *end == '\0' ? NULL : end + 1;
	item += strspn(item, " \t");
	while (end > item && (end[-1] == ' ' || end[-1] == '\t')) {
		end--;
	}
	*length = (size_t)(end - item);
	return item;
}
