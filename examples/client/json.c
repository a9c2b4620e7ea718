/* The little of JSON this client reads, without cJSON's traps. */
#include "json.h"

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
