/* Where the token of an Authorization header begins. */
#include "credentials.h"

#include "base/ascii.h"

static const char *behind_blanks(const char *at)
{
	while (*at == ' ') {
		at++;
	}
	return at;
}

const char *mcpauth__credentials_token(const char *value)
{
	static const char scheme[] = "Bearer";
	/* RFC 9110 section 11.1: schemes know no case. */
	if (!mcpauth__ascii_begins_alike(value, scheme, sizeof scheme - 1)) {
		return NULL;
	}
	const char *at = value + sizeof scheme - 1;
	/* Behind a tab, or with nothing behind it, it is malformed and no other scheme. */
	return *at == ' ' || *at == '\t' || *at == '\0' ? behind_blanks(at) : NULL;
}
