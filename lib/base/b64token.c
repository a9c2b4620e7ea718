/* The characters of a bearer token, and the padding behind them. */
#include "base/b64token.h"

#include <stddef.h>
#include <string.h>

bool mcpauth__is_b64token(const char *text)
{
	static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~+/";
	if (text == NULL) {
		return false;
	}
	size_t length = strspn(text, characters);
	return length > 0 && text[length + strspn(text + length, "=")] == '\0';
}
