/* Growing strings that are wiped when they go, form encoding, and characters. */
#define _POSIX_C_SOURCE 200809L

#include "text.h"

#include <gnutls/gnutls.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *need(void *memory)
{
	if (memory == NULL) {
		fputs("oauth-client: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

/* realloc() would leave an unwiped copy of a token behind. */
static void make_room(struct text *text, size_t room)
{
	if (room <= text->room) {
		return;
	}
	if (room < 2 * text->room) {
		room = 2 * text->room;
	}
	char *data = need(malloc(room));
	if (text->data != NULL) {
		memcpy(data, text->data, text->length + 1);
		gnutls_memset(text->data, 0, text->room);
		free(text->data);
	}
	text->data = data;
	text->room = room;
}

void text_add(struct text *text, const void *data, size_t length)
{
	make_room(text, text->length + length + 1);
	if (length > 0) {
		memcpy(text->data + text->length, data, length);
	}
	text->length += length;
	text->data[text->length] = '\0';
}

void text_join(struct text *text, ...)
{
	va_list parts;
	va_start(parts, text);
	const char *part = va_arg(parts, const char *);
	while (part != NULL) {
		text_add(text, part, strlen(part));
		part = va_arg(parts, const char *);
	}
	va_end(parts);
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
		|| (c != '\0' && strchr("-._~", c));
}

static void add_escaped(struct text *text, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";
	for (const char *at = value; *at != '\0'; at++) {
		unsigned char c = (unsigned char)*at;
		char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
		if (is_unreserved(c)) {
			text_add(text, at, 1);
		} else {
			text_add(text, escape, sizeof(escape));
		}
	}
}

void text_add_field(struct text *text, const char *name, const char *value)
{
	if (text->length > 0) {
		text_add(text, "&", 1);
	}
	add_escaped(text, name);
	text_add(text, "=", 1);
	add_escaped(text, value);
}

const char *text_string(const struct text *text)
{
	return text->data != NULL ? text->data : "";
}

void text_finish(struct text *text)
{
	if (text->data != NULL) {
		gnutls_memset(text->data, 0, text->room);
		free(text->data);
	}
	*text = (struct text){0};
}

/* RFC 3629 section 4: nothing that could be written shorter, no surrogates, and nothing
 * past U+10FFFF. */
size_t character_length(const char *string)
{
	const unsigned char *at = (const unsigned char *)string;
	unsigned char least = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
	unsigned char most = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;
	size_t length = 1;
	if (at[0] >= 0x80) {
		length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	}
	if ((at[0] >= 0x80 && at[0] < 0xc2) || at[0] > 0xf4) {
		return 0;
	}
	for (size_t i = 1; i < length; i++) {
		if (at[i] < least || at[i] > most) {
			return 0;
		}
		least = 0x80;
		most = 0xbf;
	}
	return length;
}

/* C0 and DEL start escape sequences, and so do the C1 controls, which are
 * C2 80 to C2 9F in UTF-8. */
bool is_control(const char *string)
{
	const unsigned char *at = (const unsigned char *)string;
	return at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0);
}

char *copy_string(const char *string)
{
	return string != NULL ? need(strdup(string)) : NULL;
}

void free_secret(char *string)
{
	if (string != NULL) {
		gnutls_memset(string, 0, strlen(string));
		free(string);
	}
}
