/* What resources and policies may say of scopes. */
#include "base/scopes.h"

#include "base/words.h"

#include <string.h>

/* What may not stand in a scope would break out of a challenge's quotes. */
static bool is_allowed(char c)
{
	return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
}

bool mcpauth__scopes_are_valid(const char *text)
{
	while (text != NULL && *text != '\0' && is_allowed(*text)) {
		text++;
	}
	return text == NULL || *text == '\0';
}

bool mcpauth__is_scope(const char *text, size_t length)
{
	size_t good = 0;
	while (good < length && text[good] != ' ' && is_allowed(text[good])) {
		good++;
	}
	return length > 0 && good == length;
}

bool mcpauth__scope_is_valid(const char *text)
{
	return mcpauth__is_scope(text, strlen(text));
}

const char *mcpauth__scopes_warning(const char *text)
{
	static const char name[] = "offline_access";
	const char *word;
	size_t length;
	while ((word = mcpauth__word_next(&text, &length)) != NULL) {
		if (length == sizeof name - 1 && memcmp(word, name, length) == 0) {
			return "offline_access is between client and issuer: a resource should not"
			       " ask for it";
		}
	}
	return NULL;
}
