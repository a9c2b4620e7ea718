/* Small text tools: random values, digests, base64url, escaping, strict JSON. */
#define _GNU_SOURCE

#include "text.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#define JSON_MEMBERS 100

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void *must(void *memory)
{
	if (memory == NULL) {
		fputs("out of memory, or of randomness\n", stderr);
		abort();
	}
	return memory;
}

char *text_copy(const char *text)
{
	return text == NULL ? NULL : must(strdup(text));
}

static void encode(const uint8_t *in, size_t length, char *out)
{
	uint32_t bits = 0;
	unsigned count = 0;
	for (size_t i = 0; i < length; i++) {
		bits = bits << 8 | in[i];
		count += 8;
		while (count >= 6) {
			count -= 6;
			*out++ = base64url[bits >> count & 63];
		}
	}
	if (count > 0) {
		*out++ = base64url[bits << (6 - count) & 63];
	}
	*out = '\0';
}

char *text_base64url(const void *data, size_t length)
{
	char *out = must(malloc(length / 3 * 4 + 5));
	encode(data, length, out);
	return out;
}

/* Bits left over at the end must be zero, or one token could be spelt in two ways. */
char *text_unbase64url(const char *text, size_t length, size_t *size)
{
	uint8_t *out = must(malloc(length / 4 * 3 + 4));
	uint32_t bits = 0;
	unsigned count = 0;
	size_t used = 0;
	bool good = length % 4 != 1;
	for (size_t i = 0; good && i < length; i++) {
		const char *at = text[i] == '\0' ? NULL : strchr(base64url, text[i]);
		good = at != NULL;
		bits = bits << 6 | (good ? (uint32_t)(at - base64url) : 0);
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[used++] = (uint8_t)(bits >> count);
		}
	}
	if (!good || (bits & ((1U << count) - 1)) != 0) {
		free(out);
		return NULL;
	}
	out[used] = '\0';
	*size = used;
	return (char *)out;
}

void text_secret(char out[SECRET_SIZE])
{
	uint8_t random[32];
	if (gnutls_rnd(GNUTLS_RND_KEY, random, sizeof random) != 0) {
		must(NULL);
	}
	encode(random, sizeof random, out);
	gnutls_memset(random, 0, sizeof random);
}

void text_digest(const void *data, size_t length, uint8_t out[DIGEST_SIZE])
{
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, data, length, out) != 0) {
		must(NULL);
	}
}

bool text_digest_equal(const uint8_t *a, const uint8_t *b)
{
	return gnutls_memcmp(a, b, DIGEST_SIZE) == 0;
}

/* How many bytes the UTF-8 sequence at text takes; 0 if it is none. */
static size_t sequence(const uint8_t *text, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	uint32_t point = length == 1 ? text[0] : text[0] & (0xffU >> (length + 1));
	if ((text[0] >= 0x80 && text[0] < 0xc2) || text[0] > 0xf4 || length > left) {
		return 0;
	}
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80) {
			return 0;
		}
		point = point << 6 | (text[i] & 0x3f);
	}
	if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
		return 0;
	}
	return length;
}

static bool is_text(const char *text, size_t length, const char *controls)
{
	const uint8_t *at = (const uint8_t *)text;
	while (length > 0) {
		size_t step = sequence(at, length);
		bool control = *at < 0x20 || *at == 0x7f;
		if (step == 0 || (control && (*at == 0 || strchr(controls, *at) == NULL))) {
			return false;
		}
		at += step;
		length -= step;
	}
	return true;
}

bool text_is_clean(const char *text, size_t length)
{
	return is_text(text, length, "");
}

void text_write_html(FILE *out, const char *text)
{
	static const char *const names[] = {
		['&'] = "&amp;",
		['<'] = "&lt;",
		['>'] = "&gt;",
		['"'] = "&quot;",
		['\''] = "&#39;",
	};
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < sizeof names / sizeof names[0] && names[c] != NULL) {
			fputs(names[c], out);
		} else {
			putc(c, out);
		}
	}
}

void text_write_form(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (strchr(base64url, c) != NULL || c == '.' || c == '~') {
			putc(c, out);
		} else {
			fprintf(out, "%%%02X", c);
		}
	}
}

static bool names_are_unique(const cJSON *object)
{
	int members = 0;
	const cJSON *item;
	cJSON_ArrayForEach(item, object)
	{
		if (++members > JSON_MEMBERS
			|| cJSON_GetObjectItemCaseSensitive(object, item->string) != item) {
			return false;
		}
	}
	return true;
}

cJSON *json_parse(const char *text, size_t length)
{
	if (!is_text(text, length, "\t\n\r") || memmem(text, length, "\\u0000", 6) != NULL) {
		return NULL;
	}
	/* cJSON needs the NUL inside the buffer to insist on nothing following. */
	char *copy = must(strndup(text, length));
	cJSON *object = cJSON_ParseWithLengthOpts(copy, length + 1, NULL, true);
	free(copy);
	if (!cJSON_IsObject(object) || !names_are_unique(object)) {
		cJSON_Delete(object);
		return NULL;
	}
	return object;
}

const char *json_string(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

bool json_has_string(const cJSON *array, const char *value)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, array)
	{
		if (cJSON_IsString(item) && strcmp(item->valuestring, value) == 0) {
			return true;
		}
	}
	return false;
}
