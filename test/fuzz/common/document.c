/* The slow way to read members: by cJSON's own look-ups. */
#include "document.h"

#include "client/discovery/members.h"

#include <string.h>

/* NULL if it is absent, or null. */
static const cJSON *member(const cJSON *json, const char *name)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, name);
	return cJSON_IsNull(value) ? NULL : value;
}

bool document_fits_text(const cJSON *json, const char *name)
{
	const cJSON *value = member(json, name);
	return value == NULL || cJSON_IsString(value);
}

bool document_fits_flag(const cJSON *json, const char *name)
{
	const cJSON *value = member(json, name);
	return value == NULL || cJSON_IsBool(value);
}

bool document_fits_list(const cJSON *json, const char *name)
{
	const cJSON *value = member(json, name);
	if (value == NULL) {
		return true;
	}
	for (int i = 0; i < cJSON_GetArraySize(value); i++) {
		if (!cJSON_IsString(cJSON_GetArrayItem(value, i))) {
			return false;
		}
	}
	return cJSON_IsArray(value) && cJSON_GetArraySize(value) <= MCPAUTH__LIST_LIMIT;
}

bool document_is_text(const cJSON *json, const char *name, const char *text)
{
	const char *value = cJSON_GetStringValue(member(json, name));
	return value == NULL || text == NULL ? value == text : strcmp(value, text) == 0;
}

bool document_is_flag(const cJSON *json, const char *name, bool flag)
{
	return cJSON_IsTrue(member(json, name)) == flag;
}

bool document_is_list(const cJSON *json, const char *name, const struct mcpauth__words *list)
{
	const cJSON *value = member(json, name);
	int count = value == NULL ? 0 : cJSON_GetArraySize(value);
	bool same = (size_t)count == list->count;
	for (int i = 0; i < count && same; i++) {
		const char *item = cJSON_GetStringValue(cJSON_GetArrayItem(value, i));
		same = item != NULL && strcmp(item, list->items[i]) == 0;
	}
	return same;
}

bool document_has(const cJSON *json, const char *name, const char *wanted)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, member(json, name))
	{
		if (cJSON_IsString(item) && strcmp(item->valuestring, wanted) == 0) {
			return true;
		}
	}
	return false;
}
