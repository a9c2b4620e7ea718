/* Growing strings that are wiped when they go, and the encodings OAuth needs. */
#define _POSIX_C_SOURCE 200809L

#include "text.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdarg.h>
#include <stdint.h>
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

void text_add_base64url(struct text *text, const void *data, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *bytes = data;
	unsigned bits = 0;
	unsigned held = 0;
	for (size_t i = 0; i < length; i++) {
		bits = (bits << 8 | bytes[i]) & 0xffff;
		held += 8;
		while (held >= 6) {
			held -= 6;
			text_add(text, &digits[bits >> held & 63], 1);
		}
	}
	if (held > 0) {
		text_add(text, &digits[bits << (6 - held) & 63], 1);
	}
}

bool text_add_random(struct text *text, size_t bytes)
{
	unsigned char random[64];
	if (bytes > sizeof(random) || gnutls_rnd(GNUTLS_RND_KEY, random, bytes) != 0) {
		return false;
	}
	text_add_base64url(text, random, bytes);
	gnutls_memset(random, 0, sizeof(random));
	return true;
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

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;
	return at != NULL ? (int)((at - digits) % 16) : -1;
}

static void add_decoded(struct text *text, const char *from, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char c = (char)(from[i] == '+' ? ' ' : from[i]);
		if (c == '%' && i + 2 < length && hex_digit(from[i + 1]) >= 0
			&& hex_digit(from[i + 2]) >= 0) {
			c = (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2]));
			i += 2;
		}
		text_add(text, &c, 1);
	}
}

size_t query_parameter(const char *query, const char *name, struct text *value)
{
	size_t count = 0;
	const char *at = query;
	text_finish(value);
	while (*at != '\0' && *at != '#') {
		size_t length = strcspn(at, "&#");
		size_t key = strcspn(at, "=&#");
		struct text found = {0};
		add_decoded(&found, at, key);
		if (strcmp(text_string(&found), name) == 0 && count++ == 0 && key < length) {
			add_decoded(value, at + key + 1, length - key - 1);
		}
		text_finish(&found);
		at += length;
		at += *at == '&';
	}
	return count;
}

static bool has_word(const char *list, const char *word, size_t length)
{
	for (const char *at = list; *at != '\0';) {
		size_t span = strcspn(at, " ");
		if (span == length && memcmp(at, word, length) == 0) {
			return true;
		}
		at += span;
		at += strspn(at, " ");
	}
	return false;
}

void scope_unite(struct text *all, const char *more)
{
	for (const char *at = more + strspn(more, " "); *at != '\0';) {
		size_t length = strcspn(at, " ");
		if (!has_word(text_string(all), at, length)) {
			text_add(all, " ", all->length > 0 ? 1 : 0);
			text_add(all, at, length);
		}
		at += length;
		at += strspn(at, " ");
	}
}
