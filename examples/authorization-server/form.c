/* A strict reader of application/x-www-form-urlencoded text. */
#define _POSIX_C_SOURCE 200809L

#include "form.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);
	return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

/* One character at text[*at]; -1 if it is malformed. */
static int decode_one(const char *text, size_t length, size_t *at)
{
	char c = text[(*at)++];
	if (c != '%') {
		return c == '+' ? ' ' : (unsigned char)c;
	}
	if (length - *at < 2) {
		return -1;
	}
	int high = hex_digit(text[(*at)++]);
	int low = hex_digit(text[(*at)++]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

char *form_decode(const char *text, size_t length)
{
	char *out = must(malloc(length + 1));
	size_t used = 0;
	for (size_t at = 0; at < length;) {
		int c = decode_one(text, length, &at);
		if (c < 0) {
			free(out);
			return NULL;
		}
		out[used++] = (char)c;
	}
	out[used] = '\0';
	if (!text_is_clean(out, used)) {
		free(out);
		return NULL;
	}
	return out;
}

static bool is_repeated(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++) {
		if (strcmp(form->fields[i].name, name) == 0) {
			return strcmp(name, "resource") != 0;
		}
	}
	return false;
}

static const char *add_pair(struct form *form, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	size_t name_length = equals == NULL ? length : (size_t)(equals - pair);
	if (form->count == FORM_FIELDS) {
		return "too many parameters";
	}
	char *name = form_decode(pair, name_length);
	char *value = equals == NULL ? text_copy("")
				     : form_decode(equals + 1, length - name_length - 1);
	const char *why = NULL;
	if (name == NULL || value == NULL) {
		why = "a parameter is not properly encoded";
	} else if (is_repeated(form, name)) {
		why = "a parameter is given more than once";
	}
	if (why != NULL) {
		free(name);
		free(value);
		return why;
	}
	form->fields[form->count].name = name;
	form->fields[form->count++].value = value;
	return NULL;
}

const char *form_parse(struct form *form, const char *text, size_t length)
{
	form->count = 0;
	while (length > 0) {
		const char *end = memchr(text, '&', length);
		size_t pair = end == NULL ? length : (size_t)(end - text);
		const char *why = pair == 0 ? NULL : add_pair(form, text, pair);
		if (why != NULL) {
			return why;
		}
		size_t step = end == NULL ? pair : pair + 1;
		text += step;
		length -= step;
	}
	return NULL;
}

const char *form_get(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++) {
		if (strcmp(form->fields[i].name, name) == 0) {
			return form->fields[i].value[0] == '\0' ? NULL : form->fields[i].value;
		}
	}
	return NULL;
}

void form_finish(struct form *form)
{
	for (size_t i = 0; i < form->count; i++) {
		free(form->fields[i].name);
		free(form->fields[i].value);
	}
	form->count = 0;
}
