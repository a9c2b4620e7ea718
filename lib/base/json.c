/* Foreign JSON into a cJSON tree in which no name occurs twice. */
#include "base/json.h"

#include "base/error_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_LIMIT 32
#define SMALL_OBJECT 16

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of all that have the name, the second in the text: it is the one too many. */
static const cJSON *second_of(const cJSON *object, const char *name)
{
	const cJSON *first = NULL;
	for (const cJSON *member = object->child; member != NULL; member = member->next) {
		if (strcmp(member->string, name) != 0) {
			continue;
		}
		if (first != NULL) {
			return member;
		}
		first = member;
	}
	return NULL;
}

/* Sorted once there are many members: comparing each with each would let a
 * megabyte of tiny members take minutes. */
static enum mcpauth_code check_many(const cJSON *object, size_t count, const cJSON **repeated)
{
	const char **names = malloc(count * sizeof *names);
	enum mcpauth_code code = MCPAUTH_OK;
	if (names == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	size_t at = 0;
	for (const cJSON *member = object->child; member != NULL; member = member->next) {
		names[at++] = member->string;
	}
	qsort(names, count, sizeof *names, compare_names);
	for (at = 1; at < count && code == MCPAUTH_OK; at++) {
		if (strcmp(names[at - 1], names[at]) == 0) {
			*repeated = second_of(object, names[at]);
			code = MCPAUTH_E_INVALID_JSON;
		}
	}
	free(names);
	return code;
}

static enum mcpauth_code check_few(const cJSON *object, const cJSON **repeated)
{
	for (const cJSON *one = object->child; one != NULL; one = one->next) {
		for (const cJSON *other = one->next; other != NULL; other = other->next) {
			if (strcmp(one->string, other->string) == 0) {
				*repeated = other;
				return MCPAUTH_E_INVALID_JSON;
			}
		}
	}
	return MCPAUTH_OK;
}

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
	return count > SMALL_OBJECT ? check_many(node, count, repeated) : check_few(node, repeated);
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
	cJSON_Delete(tree);
	return code;
}

enum mcpauth_code mcpauth__json_parse_located(
	const char *text, size_t length, cJSON **json, size_t *fault, struct mcpauth_error *err)
{
	*json = NULL;
	*fault = 0;
	if (!mcpauth__json_is_readable(text, length, DEPTH_LIMIT, false)) {
		*fault = mcpauth__json_fault(text, length, DEPTH_LIMIT);
		return mcpauth__fail(err, MCPAUTH_E_INVALID_JSON, "not strict JSON");
	}
	return parse_readable(text, length, json, fault, err);
}

enum mcpauth_code mcpauth__json_parse_object(
	const char *text, size_t length, cJSON **json, struct mcpauth_error *err)
{
	*json = NULL;
	if (!mcpauth__json_is_readable(text, length, DEPTH_LIMIT, false)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_JSON, "not strict JSON");
	}
	return parse_readable(text, length, json, NULL, err);
}

/* In a valid text a backslash is always followed by what it escapes. */
static void replace_nuls(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\\') {
			continue;
		}
		i++;
		if (length - i >= 5 && memcmp(text + i, "u0000", 5) == 0) {
			memcpy(text + i, "ufffd", 5);
		}
	}
}

enum mcpauth_code mcpauth__json_parse_claims(
	const char *text, size_t length, cJSON **json, struct mcpauth_error *err)
{
	*json = NULL;
	if (mcpauth__json_is_readable(text, length, DEPTH_LIMIT, false)) {
		return parse_readable(text, length, json, NULL, err);
	}
	if (!mcpauth__json_is_readable(text, length, DEPTH_LIMIT, true)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_JSON, "not strict JSON");
	}
	char *copy = malloc(length);
	if (copy == NULL) {
		return mcpauth__no_memory(err);
	}
	memcpy(copy, text, length);
	replace_nuls(copy, length);
	enum mcpauth_code code = parse_readable(copy, length, json, NULL, err);
	free(copy);
	return code;
}

const char *mcpauth__json_string(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

bool mcpauth__json_seconds(const cJSON *object, const char *name, int64_t *seconds)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
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
	return cJSON_GetObjectItemCaseSensitive(object, name) != NULL;
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
