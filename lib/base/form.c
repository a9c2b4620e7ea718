/* Writing forms: what URLs leave alone stays, a blank is "+", all else is percent-encoded. */
#include "base/form.h"

#include <string.h>

/* Not by isalnum(): a locale could have letters of its own. */
static bool stays(char byte)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._*";
	return memchr(plain, byte, sizeof plain - 1) != NULL;
}

bool mcpauth__form_encode(struct mcpauth__buf *buf, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	bool good = true;
	for (; good && *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;
		const char escaped[] = {'%', digits[byte >> 4], digits[byte & 15]};
		if (byte == ' ') {
			good = mcpauth__buf_append(buf, "+", 1);
		} else if (stays(*text)) {
			good = mcpauth__buf_append(buf, text, 1);
		} else {
			good = mcpauth__buf_append(buf, escaped, sizeof escaped);
		}
	}
	return good;
}

bool mcpauth__form_add(struct mcpauth__buf *form, const char *name, const char *value)
{
	if (value == NULL) {
		return true;
	}
	return mcpauth__buf_puts(form, form->length > 0 ? "&" : "") && mcpauth__buf_puts(form, name)
		&& mcpauth__buf_append(form, "=", 1) && mcpauth__form_encode(form, value);
}
