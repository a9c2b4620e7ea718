/* Reading bearer credentials, to the letter of their grammar. */
#include "credentials.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char token_characters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";

enum mcpauth_code mcpauth__credentials_parse(const char *value, const char **token)
{
	static const char scheme[] = "Bearer";
	size_t length = sizeof scheme - 1;
	*token = NULL;
	/* RFC 9110 section 11.1: schemes know no case. */
	if (strncasecmp(value, scheme, length) != 0) {
		return MCPAUTH_E_NO_CREDENTIALS;
	}
	const char *at = value + length;
	if (*at != ' ' && *at != '\t' && *at != '\0') {
		return MCPAUTH_E_NO_CREDENTIALS;
	}
	at += strspn(at, " ");
	size_t characters = strspn(at, token_characters);
	size_t padding = strspn(at + characters, "=");
	if (characters == 0 || at[characters + padding] != '\0') {
		return MCPAUTH_E_INVALID_REQUEST;
	}
	*token = at;
	return MCPAUTH_OK;
}
