/* What resources and policies may say of scopes. */
#include "base/scopes.h"

#include "base/words.h"

#include <string.h>

/* What may not stand in a scope would break out of a challenge's quotes. */
bool mcpauth__scopes_are_valid(const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
			return false;
		}
	}
	return true;
}

bool mcpauth__scope_is_valid(const char *text)
{
	return *text != '\0' && strchr(text, ' ') == NULL && mcpauth__scopes_are_valid(text);
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
