/* The JSON Schema and the code that reads settings say the same. */
#include "settings/settings_int.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cJSON *schema;

static int read_schema(void **state)
{
	(void)state;
	char *text = calloc(1, 65536);
	FILE *file = fopen(SETTINGS_SCHEMA, "rb");
	if (text != NULL && file != NULL && fread(text, 1, 65535, file) < 65535) {
		schema = cJSON_Parse(text);
	}
	if (file != NULL) {
		fclose(file);
	}
	free(text);
	return schema == NULL ? -1 : 0;
}

static int free_schema(void **state)
{
	(void)state;
	cJSON_Delete(schema);
	return 0;
}

static const cJSON *get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool says(const cJSON *object, const char *name, const char *value)
{
	const char *text = cJSON_GetStringValue(get(object, name));
	return text != NULL && strcmp(text, value) == 0;
}

static bool counts(const cJSON *object, const char *name, double value)
{
	return cJSON_IsNumber(get(object, name)) && get(object, name)->valuedouble == value;
}

/** What a reference stands for; else the thing itself. */
static const cJSON *resolved(const cJSON *at)
{
	const char *reference = cJSON_GetStringValue(get(at, "$ref"));
	if (reference == NULL) {
		return at;
	}
	assert_int_equal(strncmp(reference, "#/$defs/", 8), 0);
	return get(get(schema, "$defs"), reference + 8);
}

static bool is_list_of(
	const struct mcpauth__settings_member *member, const cJSON *at, const char *reference)
{
	return says(at, "type", "array") && says(get(at, "items"), "$ref", reference)
		&& (member->least == 0 ? get(at, "minItems") == NULL
				       : counts(at, "minItems", member->least));
}

static bool is_choice(const struct mcpauth__settings_member *member, const cJSON *at)
{
	const cJSON *value = get(at, "enum") == NULL ? NULL : get(at, "enum")->child;
	size_t i = 0;
	for (; value != NULL && member->choices[i] != NULL; value = value->next, i++) {
		if (strcmp(value->valuestring, member->choices[i]) != 0) {
			return false;
		}
	}
	return i > 0 && value == NULL && member->choices[i] == NULL;
}

static bool is_number(const struct mcpauth__settings_member *member, const cJSON *at)
{
	/* With one integer below `least` allowed there must be none between. */
	assert_true(!member->zero_is_none || member->least == 1);
	return says(at, "type", "integer") && counts(at, "maximum", member->most)
		&& counts(at, "minimum", member->zero_is_none ? 0 : member->least);
}

static bool is_closed_object(const cJSON *at)
{
	return says(at, "type", "object") && cJSON_IsFalse(get(at, "additionalProperties"));
}

static bool agrees(const struct mcpauth__settings_member *member, const cJSON *at)
{
	switch (member->type) {
	case MCPAUTH__SETTINGS_STRING:
		return says(at, "type", "string") && counts(at, "minLength", 1);
	case MCPAUTH__SETTINGS_FLAG:
		return says(at, "type", "boolean");
	case MCPAUTH__SETTINGS_NUMBER:
	case MCPAUTH__SETTINGS_SIZE:
		return is_number(member, at);
	case MCPAUTH__SETTINGS_CHOICE:
		return is_choice(member, at);
	case MCPAUTH__SETTINGS_WORDS:
		return is_list_of(member, at, "#/$defs/word");
	case MCPAUTH__SETTINGS_LIST:
		return is_list_of(member, at, "#/$defs/text");
	case MCPAUTH__SETTINGS_JSON:
		return says(at, "type", "object") && get(at, "additionalProperties") == NULL;
	case MCPAUTH__SETTINGS_STRINGS:
		return says(at, "type", "object")
			&& says(get(at, "additionalProperties"), "$ref", "#/$defs/text");
	case MCPAUTH__SETTINGS_LISTS:
		return says(at, "type", "object")
			&& is_list_of(member, get(at, "additionalProperties"), "#/$defs/word");
	case MCPAUTH__SETTINGS_OBJECT:
		return is_closed_object(at);
	case MCPAUTH__SETTINGS_OBJECTS:
		return says(at, "type", "array") && get(at, "minItems") == NULL
			&& is_closed_object(resolved(get(at, "items")));
	case MCPAUTH__SETTINGS_ANY:
		return get(at, "type") == NULL;
	}
	return false;
}

static bool is_described(const cJSON *at)
{
	const char *text = cJSON_GetStringValue(get(at, "description"));
	return text != NULL && *text != '\0' && strchr(text, '\n') == NULL;
}

static bool is_required(const cJSON *object, const char *name)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, get(object, "required"))
	{
		if (strcmp(item->valuestring, name) == 0) {
			return true;
		}
	}
	return false;
}

/* "^(name|name)#." */
static bool is_translatable(const cJSON *object, const char *name)
{
	const cJSON *patterns = get(object, "patternProperties");
	char inner[96];
	if (patterns == NULL) {
		return false;
	}
	const char *pattern = patterns->child->string;
	size_t length = strlen(pattern);
	assert_true(patterns->child->next == NULL && length > 5);
	assert_int_equal(strncmp(pattern, "^(", 2), 0);
	assert_string_equal(pattern + length - 3, ")#.");
	snprintf(inner, sizeof inner, "(%s|", name);
	bool first = strstr(pattern, inner) != NULL;
	snprintf(inner, sizeof inner, "|%s|", name);
	bool middle = strstr(pattern, inner) != NULL;
	snprintf(inner, sizeof inner, "|%s)", name);
	return first || middle || strstr(pattern, inner) != NULL;
}

static void compare(const struct mcpauth__settings_member *members, const cJSON *object)
{
	const cJSON *property;
	for (const struct mcpauth__settings_member *member = members; member->name != NULL;
		member++) {
		const cJSON *at = get(get(object, "properties"), member->name);
		CHECK_ROW(member->name, at != NULL && is_described(at) && agrees(member, at));
		CHECK_ROW(member->name, is_required(object, member->name) == member->required);
		CHECK_ROW(member->name,
			is_translatable(object, member->name) == member->translatable);
		if (member->members != NULL) {
			const cJSON *items = get(at, "items");
			compare(member->members, items == NULL ? at : resolved(items));
		}
	}
	cJSON_ArrayForEach(property, get(object, "properties"))
	{
		CHECK_ROW(property->string,
			mcpauth__settings_find(members, property->string) != NULL);
	}
}

static void schema_and_tables_name_the_same_members(void **state)
{
	(void)state;
	assert_true(is_closed_object(schema));
	compare(mcpauth__settings_file, schema);
}

static cJSON *example(const cJSON *given);

static cJSON *example_object(const cJSON *at)
{
	cJSON *made = cJSON_CreateObject();
	const cJSON *property;
	cJSON_ArrayForEach(property, get(at, "properties"))
	{
		cJSON_AddItemToObject(made, property->string, example(property));
	}
	return made;
}

/** A value that the schema allows, with all it knows inside. */
static cJSON *example(const cJSON *given)
{
	const cJSON *at = resolved(given);
	if (get(at, "enum") != NULL) {
		return cJSON_Duplicate(get(at, "enum")->child, false);
	}
	if (says(at, "type", "object")) {
		return example_object(at);
	}
	if (says(at, "type", "array")) {
		cJSON *made = cJSON_CreateArray();
		cJSON_AddItemToArray(made, example(get(at, "items")));
		return made;
	}
	if (says(at, "type", "integer")) {
		return cJSON_Duplicate(get(at, "minimum"), false);
	}
	return says(at, "type", "boolean") ? cJSON_CreateTrue() : cJSON_CreateString("x");
}

static enum mcpauth_code read_tree(const cJSON *tree, struct mcpauth_error *err)
{
	struct mcpauth_settings *settings;
	char *text = cJSON_Print(tree);
	assert_non_null(text);
	enum mcpauth_code code = mcpauth_settings_parse(text, strlen(text), &settings, err);
	mcpauth_settings_free(settings);
	free(text);
	return code;
}

static void takes_all_that_the_schema_knows(void **state)
{
	(void)state;
	cJSON *tree = example(schema);
	CHECK_OK(read_tree(tree, &err));
	cJSON_Delete(tree);
}

/* What the schema leaves open: "application", "metadata", "jwks", "claims", "headers" and
 * "implied_scopes". */
static bool is_open(const cJSON *node)
{
	return node->string != NULL
		&& (strcmp(node->string, "application") == 0
			|| strcmp(node->string, "metadata") == 0
			|| strcmp(node->string, "jwks") == 0 || strcmp(node->string, "claims") == 0
			|| strcmp(node->string, "headers") == 0
			|| strcmp(node->string, "implied_scopes") == 0);
}

/** Add an invention to this object and to all below it, one at a time. */
static unsigned invent(cJSON *tree, cJSON *node)
{
	unsigned count = 0;
	cJSON *child;
	if (is_open(node)) {
		return 0;
	}
	if (cJSON_IsObject(node)) {
		cJSON_AddItemToObject(node, "invented", cJSON_CreateTrue());
		CHECK_ROW_CODE(node->string, MCPAUTH_E_INVALID_SETTINGS, read_tree(tree, &err));
		cJSON_DeleteItemFromObjectCaseSensitive(node, "invented");
		count++;
	}
	cJSON_ArrayForEach(child, node)
	{
		count += invent(tree, child);
	}
	return count;
}

static void refuses_an_invention_wherever_it_stands(void **state)
{
	(void)state;
	cJSON *tree = example(schema);
	/* The file, auth, a resource, its issuer, how that is asked, a static token, chain, a
	 * route, rest, an operation of each, logout, and the four stages. */
	assert_int_equal(invent(tree, tree), 16);
	CHECK_OK(read_tree(tree, &err));
	cJSON_Delete(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schema_and_tables_name_the_same_members),
		cmocka_unit_test(takes_all_that_the_schema_knows),
		cmocka_unit_test(refuses_an_invention_wherever_it_stands),
	};
	return cmocka_run_group_tests_name("settings_schema", tests, read_schema, free_schema);
}
