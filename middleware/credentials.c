/* Reading bearer credentials, to the letter of their grammar. */
#include "credentials.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* RFC 6750 section 2.1: b64token, but for the padding. */
static const unsigned char is_token_character[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x00 */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x10 */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, /* 0x20 */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, /* 0x30 */
	0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0x40 */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, /* 0x50 */
	0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0x60 */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0  /* 0x70 */
};

/* A byte of each token in the world goes through here, hence four at a time. */
static bool are_token_characters(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *table = is_token_character;
	unsigned good = 1;
	for (; length >= 4; length -= 4, at += 4) {
		good &= (unsigned)(table[at[0]] & table[at[1]] & table[at[2]] & table[at[3]]);
	}
	for (; length > 0; length--, at++) {
		good &= table[*at];
	}
	return good == 1;
}

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
	size_t characters = strlen(at);
	while (characters > 0 && at[characters - 1] == '=') {
		characters--;
	}
	if (characters == 0 || !are_token_characters(at, characters)) {
		return MCPAUTH_E_INVALID_REQUEST;
	}
	*token = at;
	return MCPAUTH_OK;
}
