/* Foreign JSON into a cJSON tree in which no name occurs twice. */
#include "base/json.h"

#include "base/error_int.h"
#include "base/json_lex.h"
#include "base/json_names.h"
#include "base/json_place.h"
#include "base/wipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum mcpauth_code check_names(const cJSON *node, const cJSON **repeated)
{
	enum mcpauth_code code = MCPAUTH_OK;
	size_t count = 0;
	for (const cJSON *child = node->child; child != NULL && code == MCPAUTH_OK;
		child = child->next) {
		count++;
		code = check_names(child, repeated);
	}
	if (code != MCPAUTH_OK || !cJSON_IsObject(node)) {
		return code;
	}
	if (!mcpauth__json_find_repeated(node, count, repeated)) {
		return MCPAUTH_E_NO_MEMORY;
	}
	return *repeated != NULL ? MCPAUTH_E_INVALID_JSON : MCPAUTH_OK;
}

static enum mcpauth_code parse_readable(
	const char *text, size_t length, cJSON **json, size_t *fault, struct mcpauth_error *err)
{
	const cJSON *repeated = NULL;
	struct mcpauth__json_place place;
	cJSON *tree = cJSON_ParseWithLength(text, length);
	if (tree == NULL) {
		return mcpauth__no_memory(err);
	}
	enum mcpauth_code code = MCPAUTH_E_INVALID_JSON;
	if (!cJSON_IsObject(tree)) {
		mcpauth__fail(err, code, "not a JSON object");
		goto out;
	}
	code = check_names(tree, &repeated);
	if (code != MCPAUTH_OK) {
		mcpauth__fail(err, code,
			code == MCPAUTH_E_NO_MEMORY ? "out of memory"
						    : "a name occurs twice in an object");
		if (fault != NULL && mcpauth__json_locate(text, tree, repeated, &place)) {
			*fault = place.name;
			mcpauth__fail(
				err, code, "\"%.60s\" occurs twice in an object", repeated->string);
		}
		goto out;
	}
	*json = tree;
	return MCPAUTH_OK;
out:
	mcpauth__json_delete_wiped(tree);
	return code;
}

enum mcpauth_code mcpauth__json_parse_located(
	const char *text, size_t length, cJSON **json, size_t *fault, struct mcpauth_error *err)
{
	*json = NULL;
	*fault = 0;
	if (!mcpauth__json_is_readable(text, length, MCPAUTH__JSON_DEPTH_LIMIT)) {
		*fault = mcpauth__json_fault(text, length, MCPAUTH__JSON_DEPTH_LIMIT);
		return mcpauth__fail(err, MCPAUTH_E_INVALID_JSON, "not strict JSON");
	}
	return parse_readable(text, length, json, fault, err);
}

enum mcpauth_code mcpauth__json_parse_object(
	const char *text, size_t length, cJSON **json, struct mcpauth_error *err)
{
	*json = NULL;
	size_t values = mcpauth__json_count(text, length, MCPAUTH__JSON_DEPTH_LIMIT);
	if (values == 0) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_JSON, "not strict JSON");
	}
	if (values > MCPAUTH__JSON_VALUE_LIMIT) {
		return mcpauth__fail(err, MCPAUTH_E_TOO_LARGE, "JSON of more than %d values",
			MCPAUTH__JSON_VALUE_LIMIT);
	}
	return parse_readable(text, length, json, NULL, err);
}

/* Most names are told apart by what they begin with, without a call. */
const cJSON *mcpauth__json_member(const cJSON *object, const char *name)
{
	const cJSON *member = object != NULL ? object->child : NULL;
	while (member != NULL && member->string != NULL
		&& (member->string[0] != name[0] || strcmp(member->string, name) != 0)) {
		member = member->next;
	}
	return member != NULL && member->string != NULL ? member : NULL;
}

const cJSON *mcpauth__json_first(const cJSON *object, const struct mcpauth__words *names)
{
	const cJSON *first = NULL;
	for (size_t i = 0; first == NULL && i < names->count; i++) {
		first = mcpauth__json_member(object, names->items[i]);
	}
	return first;
}

const char *mcpauth__json_string(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(mcpauth__json_member(object, name));
}

bool mcpauth__json_seconds(const cJSON *object, const char *name, int64_t *seconds)
{
	const cJSON *item = mcpauth__json_member(object, name);
	*seconds = 0;
	/* Beyond 2^53 a double skips whole seconds, and infinity (1e400) would
	 * be undefined as an integer. */
	if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble)
		|| fabs(item->valuedouble) > 9007199254740992.0) {
		return false;
	}
	*seconds = (int64_t)floor(item->valuedouble);
	return true;
}

bool mcpauth__json_has(const cJSON *object, const char *name)
{
	return mcpauth__json_member(object, name) != NULL;
}

/* No deeper than what was parsed may be. */
static void wipe_strings(const cJSON *json)
{
	for (const cJSON *child = json->child; child != NULL; child = child->next) {
		wipe_strings(child);
	}
	if (json->valuestring != NULL) {
		mcpauth__wipe(json->valuestring, strlen(json->valuestring));
	}
}

void mcpauth__json_delete_wiped(cJSON *json)
{
	if (json != NULL) {
		wipe_strings(json);
		cJSON_Delete(json);
	}
}

/* A program may have given cJSON an allocator of its own: then what it prints is
 * nothing to free() elsewhere. */
char *mcpauth__json_print(const cJSON *json)
{
	char *printed = cJSON_PrintUnformatted(json);
	size_t size = printed == NULL ? 0 : strlen(printed) + 1;
	char *text = printed == NULL ? NULL : malloc(size);
	if (text != NULL) {
		memcpy(text, printed, size);
	}
	cJSON_free(printed);
	return text;
}
