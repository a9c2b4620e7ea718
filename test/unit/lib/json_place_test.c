/* Where things stand in a JSON text: values of a tree, and mistakes. */
#include "base/json_place.h"

#include "base/json.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Of just these bytes: a reader that goes past them is seen. */
static char *exact(const char *text)
{
	size_t length = strlen(text);
	char *copy = malloc(length > 0 ? length : 1);
	assert_non_null(copy);
	memcpy(copy, text, length);
	return copy;
}

static const struct {
	const char *label;
	const char *text;
	size_t fault; /* the offset */
} rows[] = {
	{"nothing", "", 0},
	{"a byte order mark", "\xef\xbb\xbf{}", 0},
	{"no object", "[1]", 0},
	{"no value", "{\"a\":}", 5},
	{"a comma too many", "{\"a\":1,}", 7},
	{"a comma too few", "{\"a\":1 \"b\":2}", 7},
	{"the wrong bracket", "{\"a\":[1}}", 7},
	{"not closed", "{\"a\":[1", 7},
	{"a name without its end", "{\"a\":1,\"b:2}", 7},
	{"a string over two lines", "{\"a\":\"x\ny\"}", 5},
	{"an escape that is none", "{\"a\":\"xyz\\q\"}", 5},
	{"not UTF-8", "{\"a\":\"xyz\xff\"}", 5},
	{"a name twice", "{\"a\":1, \"a\":2}", 8},
	{"a name twice further in", "{\"a\":{\"b\":1},\"c\":[{\"b\":1,\"b\":2}]}", 25},
	{"a name three times", "{\"a\":1,\"a\":2,\"a\":3}", 7},
	{"a name twice among many",
		"{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,"
		"\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"b\":1,\"r\":1}",
		103},
};

static void tells_where_a_text_goes_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = exact(rows[i].text);
		size_t fault = 99;
		cJSON *json;
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_E_INVALID_JSON,
			mcpauth__json_parse_located(
				text, strlen(rows[i].text), &json, &fault, &err));
		if (fault != rows[i].fault) {
			print_error("%s: at %zu\n", rows[i].label, fault);
			fail();
		}
		assert_null(json);
		free(text);
	}
}

static void finds_every_value(void **state)
{
	(void)state;
	static const char text[] = " {\"a\\\"}\" : [ null,true , -1.5e3,\"]\\\\\" ,{},[]],\"b\":{ "
				   "\"c\":0}} ";
	char *copy = exact(text);
	cJSON *json;
	struct mcpauth__json_place place;
	size_t fault;
	CHECK_OK(mcpauth__json_parse_located(copy, sizeof text - 1, &json, &fault, &err));
	const cJSON *list = json->child;
	const struct {
		const cJSON *node;
		size_t name;
		const char *begins;
	} values[] = {
		{json, 1, "{\"a"},
		{list, 2, "[ null"},
		{cJSON_GetArrayItem(list, 0), 13, "null"},
		{cJSON_GetArrayItem(list, 1), 18, "true"},
		{cJSON_GetArrayItem(list, 2), 25, "-1.5"},
		{cJSON_GetArrayItem(list, 3), 32, "\"]"},
		{cJSON_GetArrayItem(list, 4), 39, "{}"},
		{cJSON_GetArrayItem(list, 5), 42, "[]"},
		{list->next, 46, "{ \"c"},
		{list->next->child, 52, "0}"},
	};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const char *begins = values[i].begins;
		assert_true(mcpauth__json_locate(copy, json, values[i].node, &place));
		CHECK_ROW(begins, memcmp(text + place.value, begins, strlen(begins)) == 0);
		CHECK_ROW(begins, place.name == values[i].name);
	}
	const cJSON stranger = {0};
	assert_false(mcpauth__json_locate(copy, json, &stranger, &place));
	assert_false(mcpauth__json_locate(copy, json, NULL, &place));
	assert_int_equal(place.value, 0);
	cJSON_Delete(json);
	free(copy);
}

static void any_blank_may_stand_between_two_values(void **state)
{
	(void)state;
	static const char *const blanks[] = {"", " ", "\t", "\r", "\n", "\r\n\t "};
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		const char *b = blanks[i];
		char text[128];
		cJSON *json;
		struct mcpauth__json_place place;
		size_t fault;
		snprintf(text, sizeof text, "%s{%s\"a\"%s:%s[%s1%s,%s{%s}%s]%s,%s\"b\":%s0%s}%s", b,
			b, b, b, b, b, b, b, b, b, b, b, b, b);
		CHECK_OK(mcpauth__json_parse_located(text, strlen(text), &json, &fault, &err));
		assert_true(mcpauth__json_locate(text, json, json->child->next, &place));
		assert_ptr_equal(text + place.name, strchr(text, 'b') - 1);
		assert_ptr_equal(text + place.value, strchr(text, '0'));
		cJSON_Delete(json);
	}
}

static void counts_lines_from_one(void **state)
{
	(void)state;
	assert_int_equal(mcpauth__json_line("a\nb\n", 0), 1);
	assert_int_equal(mcpauth__json_line("a\nb\n", 1), 1);
	assert_int_equal(mcpauth__json_line("a\nb\n", 2), 2);
	assert_int_equal(mcpauth__json_line("a\nb\n", 4), 3);
	assert_int_equal(mcpauth__json_line("\r\n\r\n", 4), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_where_a_text_goes_wrong),
		cmocka_unit_test(finds_every_value),
		cmocka_unit_test(any_blank_may_stand_between_two_values),
		cmocka_unit_test(counts_lines_from_one),
	};
	return cmocka_run_group_tests_name("json_place", tests, NULL, NULL);
}
