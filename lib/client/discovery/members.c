/* Reading members of foreign documents into structs, by tables. */
#include "client/discovery/members.h"

#include "base/error_int.h"
#include "base/json.h"
#include "base/words.h"

#include <string.h>

static enum mcpauth_code wrong_type(const char *name, const char *wanted, struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA, "%s is no %s", name, wanted);
}

enum mcpauth_code mcpauth__members_parse(
	const struct mcpauth__buf *body, cJSON **json, struct mcpauth_error *err)
{
	const char *text = body->data != NULL ? body->data : "";
	return mcpauth__json_parse_object(text, body->length, json, err);
}

static enum mcpauth_code read_text(
	const cJSON *value, const char *name, char **text, struct mcpauth_error *err)
{
	if (!cJSON_IsString(value)) {
		return wrong_type(name, "string", err);
	}
	*text = mcpauth__strdup(value->valuestring);
	return *text != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static enum mcpauth_code read_flag(
	const cJSON *value, const char *name, bool *flag, struct mcpauth_error *err)
{
	if (!cJSON_IsBool(value)) {
		return wrong_type(name, "boolean", err);
	}
	*flag = cJSON_IsTrue(value);
	return MCPAUTH_OK;
}

static enum mcpauth_code read_list(const cJSON *value, const char *name,
	struct mcpauth__words *list, struct mcpauth_error *err)
{
	const cJSON *item;
	if (!cJSON_IsArray(value)) {
		return wrong_type(name, "array", err);
	}
	cJSON_ArrayForEach(item, value)
	{
		if (!cJSON_IsString(item)) {
			return wrong_type(name, "array of strings", err);
		}
		if (list->count == MCPAUTH__LIST_LIMIT) {
			return mcpauth__fail(err, MCPAUTH_E_TOO_LARGE, "%s has more than %d items",
				name, MCPAUTH__LIST_LIMIT);
		}
		if (!mcpauth__words_add(list, item->valuestring, strlen(item->valuestring))) {
			return mcpauth__no_memory(err);
		}
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code read_has(const cJSON *value, const struct mcpauth__member *member,
	bool *has, struct mcpauth_error *err)
{
	struct mcpauth__words list = {0};
	enum mcpauth_code code = read_list(value, member->name, &list, err);
	if (code == MCPAUTH_OK) {
		*has = mcpauth__words_contain(&list, member->wanted, strlen(member->wanted));
	}
	mcpauth__words_finish(&list);
	return code;
}

static enum mcpauth_code read_member(const cJSON *value, const struct mcpauth__member *member,
	void *place, struct mcpauth_error *err)
{
	switch (member->type) {
	case MCPAUTH__MEMBER_TEXT:
		return read_text(value, member->name, place, err);
	case MCPAUTH__MEMBER_LIST:
		return read_list(value, member->name, place, err);
	case MCPAUTH__MEMBER_FLAG:
		return read_flag(value, member->name, place, err);
	case MCPAUTH__MEMBER_HAS:
		break;
	}
	return read_has(value, member, place, err);
}

enum mcpauth_code mcpauth__members_read(const cJSON *json, const struct mcpauth__member *members,
	size_t count, void *to, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	for (size_t i = 0; i < count && code == MCPAUTH_OK; i++) {
		const cJSON *value = mcpauth__json_member(json, members[i].name);
		/* null is how many servers write down that there is none. */
		if (value != NULL && !cJSON_IsNull(value)) {
			code = read_member(value, &members[i], (char *)to + members[i].offset, err);
		}
	}
	return code;
}
