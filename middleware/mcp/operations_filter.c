/* Lists of tools, prompts and resources, cut down to what a caller may use. */
#include "mcp/operations.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

#define SCOPES_MEMBER "mcpauth/scopes"

/** A list that a result may hold. */
struct kind {
	const char *list;
	const char *identifier; /* an entry's member */
	const char *method;     /* that uses it */
};

static const struct kind kinds[] = {
	{"tools", "name", "tools/call"},
	{"prompts", "name", "prompts/get"},
	{"resources", "uri", "resources/read"},
	{"resourceTemplates", "uriTemplate", "resources/read"},
};

/** For whom a list is made fit. */
struct filter {
	const struct mcpauth_operations *operations;
	const struct mcpauth_auth_info *who;
	enum mcpauth_list_mode mode;
};

static const struct kind *kind_of(const char *list)
{
	for (size_t i = 0; list != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i].list, list) == 0) {
			return &kinds[i];
		}
	}
	return NULL;
}

static cJSON *member(cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* An entry's `_meta`, made if there is none. NULL without memory. */
static cJSON *meta_of(cJSON *entry)
{
	cJSON *meta = member(entry, "_meta");
	if (cJSON_IsObject(meta)) {
		return meta;
	}
	cJSON_DeleteItemFromObjectCaseSensitive(entry, "_meta");
	return cJSON_AddObjectToObject(entry, "_meta");
}

static enum mcpauth_code write_scopes(cJSON *entry, const char *scopes)
{
	cJSON *meta = meta_of(entry);
	if (meta == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	cJSON_DeleteItemFromObjectCaseSensitive(meta, SCOPES_MEMBER);
	return cJSON_AddStringToObject(meta, SCOPES_MEMBER, scopes) != NULL ? MCPAUTH_OK
									    : MCPAUTH_E_NO_MEMORY;
}

static enum mcpauth_code mark(
	const struct filter *filter, const struct kind *kind, cJSON *entry, const char *name)
{
	struct mcpauth__scope_list list = {.are_incomplete = false};
	mcpauth__operations_put_scopes(filter->operations, kind->method, name, filter->who, &list);
	char *scopes = mcpauth__scope_list_take(&list);
	enum mcpauth_code code = scopes == NULL ? MCPAUTH_E_NO_MEMORY : write_scopes(entry, scopes);
	free(scopes);
	return code;
}

static void take_out(cJSON *list, cJSON *entry)
{
	cJSON_Delete(cJSON_DetachItemViaPointer(list, entry));
}

static enum mcpauth_code judge(const struct filter *filter, const struct kind *kind, cJSON *entry)
{
	const char *missing;
	const char *name = cJSON_GetStringValue(member(entry, kind->identifier));
	/* What cannot be called by a name is for nobody. */
	if (name == NULL) {
		return MCPAUTH_E_NOT_LISTED;
	}
	enum mcpauth_code code = mcpauth__operations_judge(
		filter->operations, kind->method, name, filter->who, &missing);
	bool is_marked = code != MCPAUTH_OK && code != MCPAUTH_E_NOT_LISTED
		&& filter->mode == MCPAUTH_LIST_MARKED;
	return is_marked ? mark(filter, kind, entry, name) : code;
}

static enum mcpauth_code filter_list(
	const struct filter *filter, const struct kind *kind, cJSON *list)
{
	cJSON *next;
	for (cJSON *entry = list->child; entry != NULL; entry = next) {
		next = entry->next;
		enum mcpauth_code code = judge(filter, kind, entry);
		if (code == MCPAUTH_E_NO_MEMORY) {
			return code;
		}
		if (code != MCPAUTH_OK) {
			take_out(list, entry);
		}
	}
	return MCPAUTH_OK;
}

/* Another caller's list may differ, so no cache may show him this one. */
static enum mcpauth_code make_private(cJSON *result)
{
	static const char name[] = "cacheScope";
	if (member(result, name) == NULL) {
		return MCPAUTH_OK;
	}
	while (member(result, name) != NULL) {
		cJSON_DeleteItemFromObjectCaseSensitive(result, name);
	}
	return cJSON_AddStringToObject(result, name, "private") != NULL ? MCPAUTH_OK
									: MCPAUTH_E_NO_MEMORY;
}

enum mcpauth_code mcpauth_operations_filter(const struct mcpauth_operations *operations,
	const struct mcpauth_auth_info *who, enum mcpauth_list_mode mode, struct cJSON *result)
{
	const struct filter filter = {operations, who, mode};
	if (operations == NULL || !cJSON_IsObject(result)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = make_private(result);
	cJSON *list = result->child;
	for (; code == MCPAUTH_OK && list != NULL; list = list->next) {
		const struct kind *kind = kind_of(list->string);
		code = kind == NULL ? code : filter_list(&filter, kind, list);
	}
	return code;
}
