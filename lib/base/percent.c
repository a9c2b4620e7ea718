/* Decoding percent-encoded text. */
#include "base/percent.h"

#include <stdbool.h>
#include <stdlib.h>

int mcpauth__percent_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *mcpauth__percent_decode(const char *text, size_t length)
{
	char *decoded = malloc(length + 1);
	size_t to = 0;
	for (size_t i = 0; decoded != NULL && i < length; i++) {
		bool is_escape = text[i] == '%' && i + 2 < length
			&& mcpauth__percent_digit(text[i + 1]) >= 0
			&& mcpauth__percent_digit(text[i + 2]) >= 0;
		decoded[to] = text[i];
		if (is_escape) {
			decoded[to] = (char)(mcpauth__percent_digit(text[i + 1]) * 16
				+ mcpauth__percent_digit(text[i + 2]));
			i += 2;
		}
		to++;
	}
	if (decoded != NULL) {
		decoded[to] = '\0';
	}
	return decoded;
}
