/* Where the token of an Authorization header begins. */
#include "credentials.h"

#include <string.h>
#include <strings.h>

const char *mcpauth__credentials_token(const char *value)
{
	static const char scheme[] = "Bearer";
	/* RFC 9110 section 11.1: schemes know no case. */
	if (strncasecmp(value, scheme, sizeof scheme - 1) != 0) {
		return NULL;
	}
	const char *at = value + sizeof scheme - 1;
	return *at == ' ' || *at == '\t' || *at == '\0' ? at + strspn(at, " ") : NULL;
}
