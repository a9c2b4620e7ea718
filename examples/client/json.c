/* The little of JSON this client reads, without cJSON's traps. */
#include "json.h"

#include <stdio.h>
#include <string.h>

/* cJSON cuts a string at \u0000, which makes two issuers look the same. */
static bool holds_nul(const char *data, size_t length)
{
	struct text copy = {0};
	bool found = memchr(data, '\0', length) != NULL;
	if (!found) {
		text_add(&copy, data, length);
		found = strstr(text_string(&copy), "\\u0000") != NULL;
	}
	text_finish(&copy);
	return found;
}

cJSON *json_parse(const char *data, size_t length)
{
	const char *end = NULL;
	if (length == 0 || holds_nul(data, length)) {
		return NULL;
	}
	cJSON *value = cJSON_ParseWithLengthOpts(data, length, &end, 0);
	while (value != NULL && end < data + length) {
		if (strchr(" \t\r\n", *end++) == NULL) {
			cJSON_Delete(value);
			value = NULL;
		}
	}
	if (!cJSON_IsObject(value)) {
		cJSON_Delete(value);
		value = NULL;
	}
	return value;
}

const char *json_string(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

bool json_list_has(const cJSON *list, const char *value)
{
	const cJSON *item = NULL;
	if (!cJSON_IsArray(list)) {
		return false;
	}
	cJSON_ArrayForEach(item, list)
	{
		const char *string = cJSON_GetStringValue(item);
		if (string != NULL && strcmp(string, value) == 0) {
			return true;
		}
	}
	return false;
}

void json_print(const cJSON *value, struct text *out)
{
	char *printed = cJSON_PrintUnformatted(value);
	text_join(out, printed != NULL ? printed : "", NULL);
	if (printed != NULL) {
		cJSON_free(printed);
	}
}

/* cJSON escapes C0 alone, and takes and gives any bytes in a string. */
void json_print_shown(const cJSON *value, struct text *out)
{
	struct text printed = {0};
	json_print(value, &printed);
	const char *at = text_string(&printed);
	while (*at != '\0') {
		char escape[sizeof("\\uffff")];
		size_t length = character_length(at);
		if (length == 0 || is_control(at)) {
			unsigned code = length == 0 ? 0xfffd : (unsigned char)at[length - 1];
			snprintf(escape, sizeof(escape), "\\u%04x", code & 0xffff);
			text_join(out, escape, NULL);
		} else {
			text_add(out, at, length);
		}
		at += length > 0 ? length : 1;
	}
	text_finish(&printed);
}
