/* Checking objects of a settings file against tables, and filling structs. */
#include "base/settings_table.h"

#include "base/buf.h"
#include "base/edit_distance.h"
#include "base/error_int.h"

#include <mcpauth/api.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A name is meant that needs no more changes than this. */
#define CLOSE_ENOUGH 3

const struct mcpauth__settings_member *mcpauth__settings_find(
	const struct mcpauth__settings_member *members, const char *name)
{
	size_t length = strcspn(name, "#");
	bool tagged = name[length] == '#';
	for (; members->name != NULL; members++) {
		if (strncmp(members->name, name, length) == 0 && members->name[length] == '\0'
			&& (!tagged || members->translatable)) {
			return members;
		}
	}
	return NULL;
}

static const char *nearest(const struct mcpauth__settings_member *members, const char *name)
{
	const char *found = NULL;
	/* Of a short name at most half may be wrong, or all names are near. */
	size_t best = strlen(name) / 2 + 1;
	best = best < CLOSE_ENOUGH + 1 ? best : CLOSE_ENOUGH + 1;
	for (; members->name != NULL; members++) {
		size_t distance = mcpauth__edit_distance(members->name, name);
		if (distance < best) {
			best = distance;
			found = members->name;
		}
	}
	return found;
}

static enum mcpauth_code unknown(
	struct mcpauth__settings_filling *filling, const cJSON *item, struct mcpauth_error *err)
{
	const char *meant = nearest(filling->members, item->string);
	filling->at = item;
	filling->at_name = true;
	return meant == NULL
		? mcpauth__fail(err, MCPAUTH_E_INVALID_SETTINGS, "\"%.60s\" is not known here",
			item->string)
		: mcpauth__fail(err, MCPAUTH_E_INVALID_SETTINGS,
			"\"%.60s\" is not known here (did you mean %s?)", item->string, meant);
}

static enum mcpauth_code wrong(struct mcpauth__settings_filling *filling, const cJSON *item,
	const char *name, const char *what, struct mcpauth_error *err)
{
	filling->at = item;
	return mcpauth__fail(err, MCPAUTH_E_INVALID_SETTINGS, "%.60s is not %s", name, what);
}

static bool is_text(const cJSON *item)
{
	return cJSON_IsString(item) && item->valuestring[0] != '\0';
}

static bool is_word(const cJSON *item)
{
	const char *text = is_text(item) ? item->valuestring : " ";
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text <= ' ' || *text == 0x7f) {
			return false;
		}
	}
	return true;
}

static enum mcpauth_code check_number(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *item, struct mcpauth_error *err)
{
	char what[64];
	double least = member->zero_is_none ? 0 : member->least;
	double value = item->valuedouble;
	bool good = cJSON_IsNumber(item) && isfinite(value) && floor(value) == value;
	/* The least beside 0 may be well above it. */
	if (good && value <= member->most
		&& (value >= member->least || (member->zero_is_none && value == 0))) {
		return MCPAUTH_OK;
	}
	snprintf(what, sizeof what, "a whole number from %.0f to %u", least, member->most);
	return wrong(filling, item, member->name, what, err);
}

static enum mcpauth_code check_choice(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *item, struct mcpauth_error *err)
{
	struct mcpauth__buf what = {0};
	for (size_t i = 0; member->choices[i] != NULL; i++) {
		if (cJSON_IsString(item) && strcmp(item->valuestring, member->choices[i]) == 0) {
			mcpauth__buf_finish(&what);
			return MCPAUTH_OK;
		}
		mcpauth__buf_printf(
			&what, "%s\"%s\"", i == 0 ? "one of " : ", ", member->choices[i]);
	}
	enum mcpauth_code code = what.failed ? mcpauth__no_memory(err)
					     : wrong(filling, item, member->name, what.data, err);
	mcpauth__buf_finish(&what);
	return code;
}

static enum mcpauth_code check_strings(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *list, struct mcpauth_error *err)
{
	bool words = member->type != MCPAUTH__SETTINGS_LIST;
	const cJSON *item;
	if (!cJSON_IsArray(list)) {
		return wrong(filling, list, member->name, "a list of strings", err);
	}
	if ((unsigned)cJSON_GetArraySize(list) < member->least) {
		filling->at = list;
		return mcpauth__fail(err, MCPAUTH_E_INVALID_SETTINGS,
			"%s is an empty list: leave it out", member->name);
	}
	cJSON_ArrayForEach(item, list)
	{
		if (words ? !is_word(item) : !is_text(item)) {
			filling->at = item;
			return mcpauth__fail(err, MCPAUTH_E_INVALID_SETTINGS,
				"what stands in %s is not a string%s", member->name,
				words ? " without blanks" : " of at least one character");
		}
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code check_string_members(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *object,
	struct mcpauth_error *err)
{
	const cJSON *item;
	if (!cJSON_IsObject(object)) {
		return wrong(filling, object, member->name, "an object of strings", err);
	}
	cJSON_ArrayForEach(item, object)
	{
		if (!is_text(item)) {
			return wrong(filling, item, item->string,
				"a string of at least one character", err);
		}
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code check_lists(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *object,
	struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	if (!cJSON_IsObject(object)) {
		return wrong(filling, object, member->name, "an object of lists", err);
	}
	for (const cJSON *item = object->child; item != NULL && code == MCPAUTH_OK;
		item = item->next) {
		code = check_strings(filling, member, item, err);
	}
	return code;
}

static enum mcpauth_code check_object(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *item, struct mcpauth_error *err)
{
	struct mcpauth__settings_filling inner = {.members = member->members};
	if (!cJSON_IsObject(item)) {
		return wrong(filling, item, member->name,
			member->type == MCPAUTH__SETTINGS_OBJECT ? "an object"
								 : "a list of objects",
			err);
	}
	enum mcpauth_code code = mcpauth__settings_fill(&inner, item, err);
	filling->at = inner.at;
	filling->at_name = inner.at_name;
	return code;
}

static enum mcpauth_code check_objects(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *list, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	if (!cJSON_IsArray(list)) {
		return wrong(filling, list, member->name, "a list of objects", err);
	}
	for (const cJSON *item = list->child; item != NULL && code == MCPAUTH_OK;
		item = item->next) {
		code = check_object(filling, member, item, err);
	}
	return code;
}

static enum mcpauth_code check(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *item, struct mcpauth_error *err)
{
	switch (member->type) {
	case MCPAUTH__SETTINGS_STRING:
		return is_text(item) ? MCPAUTH_OK
				     : wrong(filling, item, item->string,
					     "a string of at least one character", err);
	case MCPAUTH__SETTINGS_FLAG:
		return cJSON_IsBool(item)
			? MCPAUTH_OK
			: wrong(filling, item, member->name, "true or false", err);
	case MCPAUTH__SETTINGS_NUMBER:
	case MCPAUTH__SETTINGS_SIZE:
		return check_number(filling, member, item, err);
	case MCPAUTH__SETTINGS_CHOICE:
		return check_choice(filling, member, item, err);
	case MCPAUTH__SETTINGS_WORDS:
	case MCPAUTH__SETTINGS_LIST:
		return check_strings(filling, member, item, err);
	case MCPAUTH__SETTINGS_JSON:
		return cJSON_IsObject(item) ? MCPAUTH_OK
					    : wrong(filling, item, member->name, "an object", err);
	case MCPAUTH__SETTINGS_STRINGS:
		return check_string_members(filling, member, item, err);
	case MCPAUTH__SETTINGS_LISTS:
		return check_lists(filling, member, item, err);
	case MCPAUTH__SETTINGS_OBJECT:
		return check_object(filling, member, item, err);
	case MCPAUTH__SETTINGS_OBJECTS:
		return check_objects(filling, member, item, err);
	case MCPAUTH__SETTINGS_ANY:
		break;
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__settings_fill(
	struct mcpauth__settings_filling *filling, const cJSON *object, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	filling->at = NULL;
	filling->at_name = false;
	for (const cJSON *item = object->child; item != NULL && code == MCPAUTH_OK;
		item = item->next) {
		const struct mcpauth__settings_member *member = mcpauth__settings_find(
			filling->members, item->string);
		code = member == NULL ? unknown(filling, item, err)
				      : check(filling, member, item, err);
		if (code == MCPAUTH_OK && filling->size > 0) {
			code = mcpauth__settings_store(filling, member, item, err);
		}
	}
	for (const struct mcpauth__settings_member *member = filling->members;
		member->name != NULL && code == MCPAUTH_OK; member++) {
		if (member->required && !cJSON_GetObjectItemCaseSensitive(object, member->name)) {
			filling->at = object;
			code = mcpauth__fail(err, MCPAUTH_E_INVALID_SETTINGS,
				"\"%s\" is missing here", member->name);
		}
	}
	return code;
}

enum mcpauth_code mcpauth__settings_blame(
	struct mcpauth_error *err, enum mcpauth_code code, const char *name, unsigned line)
{
	char where[96];
	/* What is wrong with a file is not that there is no memory. */
	if (code == MCPAUTH_OK || code == MCPAUTH_E_NO_MEMORY || line == 0) {
		return code;
	}
	snprintf(where, sizeof where, "%.60s%sline %u", name == NULL ? "" : name,
		name == NULL ? "" : " ", line);
	mcpauth__error_prefix(err, where);
	return code;
}
