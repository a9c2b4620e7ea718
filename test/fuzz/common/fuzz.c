/* What several fuzz targets hold results against. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_must(bool holds, const char *what, const char *file, int line)
{
	if (!holds) {
		fprintf(stderr, "%s:%d: broken: %s\n", file, line, what);
		abort();
	}
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
	size_t length = nul != NULL ? (size_t)(nul - data) : size;
	char *text = malloc(length + 1);
	MUST(text != NULL);
	if (length > 0) {
		memcpy(text, data, length);
	}
	text[length] = '\0';
	return text;
}

char *fuzz_field(const uint8_t **data, size_t *size, char end)
{
	const uint8_t *stop = *size > 0 ? memchr(*data, end, *size) : NULL;
	size_t length = stop != NULL ? (size_t)(stop - *data) : *size;
	size_t used = length + (stop != NULL ? 1 : 0);
	char *field = fuzz_text(*data, length);
	*data += used;
	*size -= used;
	return field;
}

bool fuzz_is_line(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < 0x20 || *text > 0x7e) {
			return false;
		}
	}
	return true;
}

void fuzz_check_error(enum mcpauth_code code, const struct mcpauth_error *err)
{
	MUST(code != MCPAUTH_E_NO_MEMORY && code != MCPAUTH_PENDING);
	MUST(strcmp(mcpauth_code_name(code), "MCPAUTH_E_UNKNOWN") != 0);
	if (code != MCPAUTH_OK) {
		MUST(err->code == code);
		MUST(err->message[0] != '\0' && fuzz_is_line(err->message));
	}
}

const char *fuzz_member(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool fuzz_same_json(const cJSON *a, const cJSON *b)
{
	if (a->type != b->type || !same_text(a->string, b->string)
		|| !same_text(a->valuestring, b->valuestring) || a->valueint != b->valueint
		|| memcmp(&a->valuedouble, &b->valuedouble, sizeof a->valuedouble) != 0) {
		return false;
	}
	const cJSON *left = a->child;
	const cJSON *right = b->child;
	while (left != NULL && right != NULL && fuzz_same_json(left, right)) {
		left = left->next;
		right = right->next;
	}
	return left == NULL && right == NULL;
}

bool fuzz_has_repeated_name(const cJSON *json)
{
	for (const cJSON *child = json->child; child != NULL; child = child->next) {
		const cJSON *other = child->string != NULL ? child->next : NULL;
		for (; other != NULL; other = other->next) {
			if (strcmp(child->string, other->string) == 0) {
				return true;
			}
		}
		if (fuzz_has_repeated_name(child)) {
			return true;
		}
	}
	return false;
}
