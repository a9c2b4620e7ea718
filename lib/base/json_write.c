/* Writing strings as JSON into a buffer, which can be wiped, as cJSON's printing cannot. */
#include "base/json_write.h"

#include <string.h>

static bool put_escaped(struct mcpauth__buf *buf, unsigned char character)
{
	if (character < 0x20) {
		return mcpauth__buf_printf(buf, "\\u%04x", (unsigned)character);
	}
	char escaped[] = {'\\', (char)character};
	return mcpauth__buf_append(buf, escaped, sizeof escaped);
}

static bool is_plain(unsigned char character)
{
	return character >= 0x20 && character != '"' && character != '\\';
}

bool mcpauth__json_put_string(struct mcpauth__buf *buf, const char *text)
{
	mcpauth__buf_append(buf, "\"", 1);
	while (*text != '\0') {
		size_t plain = 0;
		while (text[plain] != '\0' && is_plain((unsigned char)text[plain])) {
			plain++;
		}
		mcpauth__buf_append(buf, text, plain);
		text += plain;
		if (*text != '\0') {
			put_escaped(buf, (unsigned char)*text);
			text++;
		}
	}
	return mcpauth__buf_append(buf, "\"", 1);
}
