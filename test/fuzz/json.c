/* Fuzz target: strict JSON by both of our readers, beside cJSON. */
#include "common/fuzz.h"

#include "base/json.h"
#include "base/json_place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOCATED_MAX 512

struct text {
	const char *data;
	size_t size;
};

static size_t depth_of(const cJSON *json)
{
	size_t deepest = 0;
	for (const cJSON *child = json->child; child != NULL; child = child->next) {
		size_t depth = depth_of(child);
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + (cJSON_IsObject(json) || cJSON_IsArray(json) ? 1 : 0);
}

/* cJSON writes 15 digits where 17 would be needed, and null for infinity. */
static bool is_rounded(const cJSON *json)
{
	bool found = cJSON_IsNumber(json)
		&& !(fabs(json->valuedouble) < 1e15
			&& floor(json->valuedouble) == json->valuedouble);
	for (const cJSON *child = json->child; child != NULL && !found; child = child->next) {
		found = is_rounded(child);
	}
	return found;
}

/* Each value is found where it stands: what begins there reads the same. */
static void check_places(const struct text *text, const cJSON *tree, const cJSON *at)
{
	struct mcpauth__json_place place;
	MUST(mcpauth__json_locate(text->data, tree, at, &place));
	MUST(place.name <= place.value && place.value < text->size);
	MUST((at->string != NULL) == (text->data[place.name] == '"' && place.name < place.value));
	cJSON *again = cJSON_ParseWithLength(text->data + place.value, text->size - place.value);
	MUST(again != NULL);
	again->string = at->string;
	MUST(fuzz_same_json(again, at));
	again->string = NULL;
	cJSON_Delete(again);
	for (const cJSON *child = at->child; child != NULL; child = child->next) {
		check_places(text, tree, child);
	}
}

static void check_written(const cJSON *tree)
{
	cJSON *again;
	char *written = mcpauth__json_print(tree);
	MUST(written != NULL);
	MUST(mcpauth__json_parse_object(written, strlen(written), &again, NULL) == MCPAUTH_OK);
	MUST(is_rounded(tree) || fuzz_same_json(tree, again));
	cJSON_Delete(again);
	free(written);
}

static void check_tree(const struct text *text, const cJSON *tree)
{
	MUST(cJSON_IsObject(tree) && !fuzz_has_repeated_name(tree));
	MUST(depth_of(tree) <= MCPAUTH__JSON_DEPTH_LIMIT);
	for (const cJSON *child = tree->child; child != NULL; child = child->next) {
		MUST(mcpauth__json_member(tree, child->string) == child);
	}
	check_written(tree);
	if (text->size <= LOCATED_MAX) {
		char *ended = malloc(text->size + 1);
		MUST(ended != NULL);
		memcpy(ended, text->data, text->size);
		ended[text->size] = '\0';
		check_places(&(struct text){ended, text->size}, tree, tree);
		free(ended);
	}
}

/* With a NUL allowed nothing else is. */
static void check_nul(const struct text *text, const cJSON *tree)
{
	struct mcpauth__arena arena = {0};
	cJSON *json;
	struct mcpauth__json_text with = {text->data, text->size, true};
	enum mcpauth_code code = mcpauth__json_read(&arena, &with, &json, NULL);
	MUST(tree == NULL || (code == MCPAUTH_OK && fuzz_same_json(tree, json)));
	if (code == MCPAUTH_OK && tree == NULL) {
		char *ended = malloc(text->size + 1);
		MUST(ended != NULL);
		memcpy(ended, text->data, text->size);
		ended[text->size] = '\0';
		MUST(strlen(ended) == text->size && strstr(ended, "\\u0000") != NULL);
		free(ended);
	}
	mcpauth__arena_finish(&arena);
}

static void check_readers(const struct text *text)
{
	struct mcpauth_error err;
	struct mcpauth__arena arena = {0};
	cJSON *tree;
	cJSON *read;
	cJSON *located;
	size_t fault;
	struct mcpauth__json_text without = {text->data, text->size, false};
	enum mcpauth_code code = mcpauth__json_parse_object(text->data, text->size, &tree, &err);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (tree != NULL));
	MUST(mcpauth__json_read(&arena, &without, &read, &err) == code);
	fuzz_check_error(code, &err);
	MUST(code != MCPAUTH_OK || fuzz_same_json(tree, read));
	/* This one counts lines in a text that ends with a NUL. */
	char *ended = malloc(text->size + 1);
	MUST(ended != NULL);
	memcpy(ended, text->data, text->size);
	ended[text->size] = '\0';
	MUST(mcpauth__json_parse_located(ended, text->size, &located, &fault, &err) == code);
	fuzz_check_error(code, &err);
	MUST(fault <= text->size && (code != MCPAUTH_OK || fault == 0));
	if (code == MCPAUTH_OK) {
		check_tree(text, tree);
	}
	check_nul(text, tree);
	free(ended);
	cJSON_Delete(located);
	cJSON_Delete(tree);
	mcpauth__arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char none[1];
	struct text text = {size > 0 ? (const char *)data : none, size};
	bool valid = mcpauth__json_is_valid(text.data, size, MCPAUTH__JSON_DEPTH_LIMIT);
	bool readable = mcpauth__json_is_readable(text.data, size, MCPAUTH__JSON_DEPTH_LIMIT);
	size_t fault = mcpauth__json_fault(text.data, size, MCPAUTH__JSON_DEPTH_LIMIT);
	cJSON *theirs = cJSON_ParseWithLength(text.data, size);
	MUST(valid || !readable);
	MUST(theirs != NULL || !readable);
	MUST(readable ? fault == size : fault <= size);
	MUST(!valid || mcpauth__json_is_valid(text.data, size, MCPAUTH__JSON_DEPTH_LIMIT + 1));
	cJSON_Delete(theirs);
	check_readers(&text);
	return 0;
}
