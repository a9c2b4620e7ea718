/* What a token is good for: scopes, and the resources it may be shown to. */
#define _POSIX_C_SOURCE 200809L

#include "terms.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SCOPES_LENGTH 4096
#define RESOURCES 8
#define RESOURCE_LENGTH 2048

/* scope-token = 1*( %x21 / %x23-5B / %x5D-7E ) */
static bool is_scope_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\') {
			return false;
		}
	}
	return true;
}

static bool list_has(const char *list, const char *scope, size_t length)
{
	while (*list != '\0') {
		size_t next = strcspn(list, " ");
		if (next == length && memcmp(list, scope, length) == 0) {
			return true;
		}
		list += next;
		list += *list == ' ';
	}
	return false;
}

char *scope_normalise(const char *text)
{
	if (strlen(text) > SCOPES_LENGTH || !is_scope_text(text)) {
		return NULL;
	}
	char *out = must(calloc(strlen(text) + 2, 1));
	size_t used = 0;
	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t length = strcspn(text, " ");
		if (!list_has(out, text, length)) {
			if (used > 0) {
				out[used++] = ' ';
			}
			memcpy(out + used, text, length);
			used += length;
		}
		text += length;
	}
	return out;
}

bool scope_has(const char *list, const char *scope)
{
	return list_has(list, scope, strlen(scope));
}

bool scope_covers(const char *granted, const char *wanted)
{
	while (*wanted != '\0') {
		size_t length = strcspn(wanted, " ");
		if (!list_has(granted, wanted, length)) {
			return false;
		}
		wanted += length;
		wanted += *wanted == ' ';
	}
	return true;
}

char *scope_first(const char *list)
{
	return must(strndup(list, strcspn(list, " ")));
}

cJSON *scope_array(const char *list)
{
	cJSON *array = must(cJSON_CreateArray());
	while (*list != '\0') {
		char *scope = scope_first(list);
		cJSON_AddItemToArray(array, must(cJSON_CreateString(scope)));
		list += strlen(scope);
		list += *list == ' ';
		free(scope);
	}
	return array;
}

static bool is_absolute_uri(const char *text)
{
	size_t length = strlen(text);
	size_t scheme = strspn(text,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+-.");
	if (!isalpha((unsigned char)text[0]) || text[scheme] != ':' || text[scheme + 1] == '\0'
		|| length > RESOURCE_LENGTH) {
		return false;
	}
	for (; *text != '\0'; text++) {
		if (*text <= 0x20 || *text >= 0x7f || strchr("#\"<>\\^`{|}", *text) != NULL) {
			return false;
		}
	}
	return true;
}

cJSON *resources_read(const struct form *form)
{
	cJSON *array = must(cJSON_CreateArray());
	for (size_t i = 0; i < form->count; i++) {
		const char *value = form->fields[i].value;
		if (strcmp(form->fields[i].name, "resource") != 0 || value[0] == '\0'
			|| json_has_string(array, value)) {
			continue;
		}
		if (!is_absolute_uri(value) || cJSON_GetArraySize(array) == RESOURCES) {
			cJSON_Delete(array);
			return NULL;
		}
		cJSON_AddItemToArray(array, must(cJSON_CreateString(value)));
	}
	return array;
}

bool resources_cover(const cJSON *granted, const cJSON *wanted)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, wanted)
	{
		if (!json_has_string(granted, item->valuestring)) {
			return false;
		}
	}
	return true;
}
