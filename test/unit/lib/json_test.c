/* Strict JSON: one text, one meaning, and nothing that cJSON would read otherwise. */
#include "base/json.h"

#include "base/buf.h"
#include "support/check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEN "1234567890"
#define SIXTY TEN TEN TEN TEN TEN TEN

struct row {
	const char *label;
	const char *text;
	size_t length;
};

#define ROW(label, text) \
	{ \
		label, text, sizeof text - 1 \
	}

static const struct row objects[] = {
	ROW("empty", "{}"),
	ROW("blanks everywhere", " \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n"),
	ROW("each kind of value", "{\"a\":[true,false,null,\"s\",1,{},[]]}"),
	ROW("numbers", "{\"a\":[0,-0,1,-1,10,0.5,1e5,1E+5,1e-5,-1.25e10]}"),
	ROW("a number of 63 characters", "{\"a\":" SIXTY "123}"),
	ROW("escapes", "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u00e9\\uFFFF\"}"),
	ROW("a pair of surrogates", "{\"a\":\"\\ud83d\\ude00\"}"),
	ROW("UTF-8 of 2, 3, 4 bytes", "{\"a\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}"),
	ROW("the ends of UTF-8",
		"{\"a\":\"\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80"
		"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}"),
	ROW("a delete", "{\"a\":\"\x7f\"}"),
	ROW("an empty name", "{\"\":1}"),
	ROW("names that differ in case", "{\"a\":1,\"A\":2}"),
	ROW("one name in two objects", "{\"a\":{\"a\":1},\"b\":{\"a\":1}}"),
};

static const struct row refusals[] = {
	ROW("nothing", ""),
	ROW("blanks", "  "),
	ROW("an array", "[]"),
	ROW("a string", "\"a\""),
	ROW("a number", "1"),
	ROW("null", "null"),
	ROW("something behind", "{} x"),
	ROW("a second object", "{}{}"),
	ROW("a NUL behind", "{}\0"),
	ROW("a NUL inside", "{\0}"),
	ROW("a byte order mark", "\xef\xbb\xbf{}"),
	ROW("UTF-16", "{\0}\0"),
	ROW("not closed", "{\"a\":1"),
	ROW("not opened", "}"),
	ROW("closed by the other bracket", "{\"a\":1]"),
	ROW("a comma at the end", "{\"a\":1,}"),
	ROW("a comma in front", "{,\"a\":1}"),
	ROW("a comma at the end of an array", "{\"a\":[1,]}"),
	ROW("no comma", "{\"a\":1 \"b\":2}"),
	ROW("no colon", "{\"a\" 1}"),
	ROW("no value", "{\"a\":}"),
	ROW("no name", "{:1}"),
	ROW("a bare name", "{a:1}"),
	ROW("single quotes", "{'a':1}"),
	ROW("a number for a name", "{1:1}"),
	ROW("a comment", "{/**/}"),
	ROW("a line comment", "{}//"),
	ROW("a form feed", "{\f}"),
	ROW("a no-break space", "{\xc2\xa0}"),
	ROW("a word in capitals", "{\"a\":True}"),
	ROW("half a word", "{\"a\":tru}"),
	ROW("a longer word", "{\"a\":nullx}"),
	ROW("NaN", "{\"a\":NaN}"),
	ROW("Infinity", "{\"a\":-Infinity}"),
	ROW("a leading zero", "{\"a\":01}"),
	ROW("a leading zero after minus", "{\"a\":-01}"),
	ROW("a plus", "{\"a\":+1}"),
	ROW("minus alone", "{\"a\":-}"),
	ROW("no digit before the point", "{\"a\":.5}"),
	ROW("no digit after the point", "{\"a\":1.}"),
	ROW("no exponent", "{\"a\":1e}"),
	ROW("a sign for an exponent", "{\"a\":1e+}"),
	ROW("hexadecimal", "{\"a\":0x10}"),
	ROW("a number of 64 characters", "{\"a\":" SIXTY "1234}"),
	ROW("a string not closed", "{\"a\":\"b}"),
	ROW("an escape not closed", "{\"a\":\"\\"),
	ROW("an unknown escape", "{\"a\":\"\\x\"}"),
	ROW("an escaped NUL byte", "{\"a\":\"\\\0\"}"),
	ROW("a NUL by escape", "{\"a\":\"adm\\u0000in\"}"),
	ROW("a NUL by escape in a name", "{\"a\\u0000\":1}"),
	ROW("a NUL byte in a string", "{\"a\":\"adm\0in\"}"),
	ROW("a line feed in a string", "{\"a\":\"\n\"}"),
	ROW("a control character", "{\"a\":\"\x1f\"}"),
	ROW("three hexadecimal digits", "{\"a\":\"\\u123\"}"),
	ROW("no hexadecimal digit", "{\"a\":\"\\u123g\"}"),
	ROW("a high surrogate alone", "{\"a\":\"\\ud83d\"}"),
	ROW("a low surrogate alone", "{\"a\":\"\\ude00\"}"),
	ROW("two high surrogates", "{\"a\":\"\\ud83d\\ud83d\"}"),
	ROW("surrogates with text between", "{\"a\":\"\\ud83dx\\ude00\"}"),
	ROW("Latin-1", "{\"a\":\"caf\xe9\"}"),
	ROW("a continuation byte alone", "{\"a\":\"\x80\"}"),
	ROW("an overlong form of 2 bytes", "{\"a\":\"\xc0\xaf\"}"),
	ROW("an overlong form of 3 bytes", "{\"a\":\"\xe0\x80\xaf\"}"),
	ROW("an overlong form of 4 bytes", "{\"a\":\"\xf0\x80\x80\xaf\"}"),
	ROW("an encoded surrogate", "{\"a\":\"\xed\xa0\x80\"}"),
	ROW("beyond U+10FFFF", "{\"a\":\"\xf4\x90\x80\x80\"}"),
	ROW("a lead byte that does not exist", "{\"a\":\"\xf5\x80\x80\x80\"}"),
	ROW("UTF-8 cut short", "{\"a\":\"\xe2\x82\"}"),
	ROW("UTF-8 cut by the end", "{\"a\":\"\xe2\x82"),
	ROW("a name twice", "{\"a\":1,\"a\":2}"),
	ROW("a name twice, the same value", "{\"a\":1,\"b\":0,\"a\":1}"),
	ROW("a name twice, once escaped", "{\"a\":1,\"\\u0061\":2}"),
	ROW("a name twice, deeper", "{\"x\":[{\"a\":1,\"a\":2}]}"),
	ROW("the empty name twice", "{\"\":1,\"\":2}"),
};

/* Parsed and read from a copy that ends where the text does. */
static enum mcpauth_code parse(const struct row *row, cJSON **json, struct mcpauth_error *err)
{
	char *copy = malloc(row->length > 0 ? row->length : 1);
	assert_non_null(copy);
	memcpy(copy, row->text, row->length);
	enum mcpauth_code code = mcpauth__json_parse_object(copy, row->length, json, err);
	struct mcpauth__arena arena = {0};
	struct mcpauth__json_text text = {.text = copy, .length = row->length};
	cJSON *tree;
	CHECK_ROW_CODE(row->label, code, mcpauth__json_read(&arena, &text, &tree, &err));
	CHECK_ROW(row->label, (code == MCPAUTH_OK) == (tree != NULL));
	mcpauth__arena_finish(&arena);
	free(copy);
	return code;
}

static void parses_each_object(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
		cJSON *json;
		CHECK_ROW_CODE(objects[i].label, MCPAUTH_OK, parse(&objects[i], &json, &err));
		CHECK_ROW(objects[i].label, cJSON_IsObject(json));
		cJSON_Delete(json);
	}
}

static void refuses_each_other_text(void **state)
{
	(void)state;
	cJSON *const nothing = NULL;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		cJSON *json = cJSON_CreateNull();
		cJSON *old = json;
		CHECK_ROW_CODE(refusals[i].label, MCPAUTH_E_INVALID_JSON,
			parse(&refusals[i], &json, &err));
		CHECK_ROW(refusals[i].label, json == nothing);
		cJSON_Delete(old);
	}
}

static void refuses_no_text_at_all(void **state)
{
	(void)state;
	cJSON *json;
	CHECK_CODE(MCPAUTH_E_INVALID_JSON, mcpauth__json_parse_object(NULL, 0, &json, &err));
}

/* An object that holds `levels` - 1 arrays in one another. */
static void nest(struct mcpauth__buf *text, unsigned levels)
{
	mcpauth__buf_puts(text, "{\"a\":");
	for (unsigned i = 1; i < levels; i++) {
		mcpauth__buf_puts(text, "[");
	}
	mcpauth__buf_puts(text, levels == 1 ? "1" : "");
	for (unsigned i = 1; i < levels; i++) {
		mcpauth__buf_puts(text, "]");
	}
	assert_true(mcpauth__buf_puts(text, "}"));
}

static enum mcpauth_code parse_nested(unsigned levels, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	cJSON *json;
	nest(&text, levels);
	enum mcpauth_code code = mcpauth__json_parse_object(text.data, text.length, &json, err);
	cJSON_Delete(json);
	mcpauth__buf_finish(&text);
	return code;
}

static void parses_thirty_two_levels(void **state)
{
	(void)state;
	CHECK_OK(parse_nested(32, &err));
}

static void refuses_thirty_three_levels(void **state)
{
	(void)state;
	CHECK_CODE(MCPAUTH_E_INVALID_JSON, parse_nested(33, &err));
}

static void refuses_a_million_levels_without_a_crash(void **state)
{
	(void)state;
	CHECK_CODE(MCPAUTH_E_INVALID_JSON, parse_nested(1000000, &err));
}

static void counts_levels_not_brackets(void **state)
{
	(void)state;
	static const char text[] = "[[],[],[],[[]]]";
	assert_true(mcpauth__json_is_valid(text, sizeof text - 1, 3));
	assert_false(mcpauth__json_is_valid(text, sizeof text - 1, 2));
}

/* An object of `count` members, the last one called `last`. */
static void put_members(struct mcpauth__buf *text, unsigned count, const char *last)
{
	mcpauth__buf_puts(text, "{");
	for (unsigned i = 1; i < count; i++) {
		mcpauth__buf_printf(text, "\"m%u\":1,", i);
	}
	assert_true(mcpauth__buf_printf(text, "\"%s\":1}", last));
}

static enum mcpauth_code parse_members(unsigned count, const char *last, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	cJSON *json;
	put_members(&text, count, last);
	enum mcpauth_code code = mcpauth__json_parse_object(text.data, text.length, &json, err);
	cJSON_Delete(json);
	mcpauth__buf_finish(&text);
	return code;
}

static void finds_a_name_twice_among_few_and_many(void **state)
{
	(void)state;
	for (unsigned count = 2; count < 40; count++) {
		CHECK_CODE(MCPAUTH_E_INVALID_JSON, parse_members(count, "m1", &err));
	}
}

static void parses_few_and_many_different_names(void **state)
{
	(void)state;
	for (unsigned count = 2; count < 40; count++) {
		CHECK_OK(parse_members(count, "m0", &err));
	}
}

static void reads_a_megabyte_of_members_at_once(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	struct mcpauth__buf text = {0};
	cJSON *json;
	put_members(&text, 100000, "last");
	clock_t start = clock();
	CHECK_OK(mcpauth__json_read(&arena,
		&(struct mcpauth__json_text){.text = text.data, .length = text.length}, &json,
		&err));
	/* Each with each would take minutes. */
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
	mcpauth__arena_finish(&arena);
	mcpauth__buf_finish(&text);
}

static const struct {
	const char *text;
	size_t values;
} counted[] = {
	{"", 0},
	{"[1,", 0},
	{"1 2", 0},
	{"1", 1},
	{"[]", 1},
	{"[[[],[[]]]]", 1 + 1 + 2 + 1},
	{"{\"a\":1,\"b\":\"c\",\"d\":[null,{}]}", 1 + 3 + 2},
};

static void counts_values_and_no_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
		const char *text = counted[i].text;
		CHECK_ROW(text, mcpauth__json_count(text, strlen(text), 4) == counted[i].values);
	}
}

static void parses_ten_thousand_values_and_no_more(void **state)
{
	(void)state;
	CHECK_OK(parse_members(MCPAUTH__JSON_VALUE_LIMIT - 1, "last", &err));
	CHECK_CODE(MCPAUTH_E_TOO_LARGE, parse_members(MCPAUTH__JSON_VALUE_LIMIT, "last", &err));
}

static void takes_any_value_where_no_object_is_asked_for(void **state)
{
	(void)state;
	static const char *const values[] = {"1", "\"a\"", "null", "[]", " {} ", "[1,\"\"]"};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		CHECK_ROW(values[i], mcpauth__json_is_valid(values[i], strlen(values[i]), 1));
	}
}

static void calls_a_long_number_valid_but_not_readable(void **state)
{
	(void)state;
	static const char text[] = SIXTY "1234";
	assert_true(mcpauth__json_is_valid(text, 64, 1));
	assert_false(mcpauth__json_is_readable(text, 64, 1));
	assert_true(mcpauth__json_is_readable(text, 63, 1));
}

static void finds_members_by_their_exact_name(void **state)
{
	(void)state;
	cJSON *json = cJSON_Parse("{\"a\":\"text\",\"n\":1,\"z\":null}");
	assert_string_equal(mcpauth__json_string(json, "a"), "text");
	assert_null(mcpauth__json_string(json, "A"));
	assert_null(mcpauth__json_string(json, "n"));
	assert_null(mcpauth__json_string(json, "absent"));
	assert_true(mcpauth__json_has(json, "z"));
	assert_false(mcpauth__json_has(json, "Z"));
	cJSON_Delete(json);
}

static const struct {
	const char *label;
	const char *text;
	bool good;
	int64_t seconds;
} times[] = {
	{"now", "{\"t\":1700000000}", true, 1700000000},
	{"zero", "{\"t\":0}", true, 0},
	{"before 1970", "{\"t\":-1}", true, -1},
	{"a fraction", "{\"t\":1700000000.9}", true, 1700000000},
	{"a fraction before 1970", "{\"t\":-0.5}", true, -1},
	{"an exponent", "{\"t\":1.7e9}", true, 1700000000},
	{"beyond 2038", "{\"t\":4102444800}", true, 4102444800},
	{"the largest", "{\"t\":9007199254740992}", true, 9007199254740992},
	{"the smallest", "{\"t\":-9007199254740992}", true, -9007199254740992},
	{"too large", "{\"t\":9007199254740994}", false, 0},
	{"too small", "{\"t\":-9007199254740994}", false, 0},
	{"2^63", "{\"t\":9223372036854775808}", false, 0},
	{"infinity", "{\"t\":1e400}", false, 0},
	{"infinity below", "{\"t\":-1e400}", false, 0},
	{"a string", "{\"t\":\"1700000000\"}", false, 0},
	{"null", "{\"t\":null}", false, 0},
	{"true", "{\"t\":true}", false, 0},
	{"an array", "{\"t\":[1700000000]}", false, 0},
	{"absent", "{\"T\":1700000000}", false, 0},
};

static void reads_times_in_whole_seconds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		cJSON *json = cJSON_Parse(times[i].text);
		int64_t seconds = 77;
		bool good = mcpauth__json_seconds(json, "t", &seconds);
		CHECK_ROW(times[i].label, good == times[i].good);
		CHECK_ROW(times[i].label, seconds == times[i].seconds);
		cJSON_Delete(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_each_object),
		cmocka_unit_test(refuses_each_other_text),
		cmocka_unit_test(refuses_no_text_at_all),
		cmocka_unit_test(parses_thirty_two_levels),
		cmocka_unit_test(refuses_thirty_three_levels),
		cmocka_unit_test(refuses_a_million_levels_without_a_crash),
		cmocka_unit_test(counts_levels_not_brackets),
		cmocka_unit_test(finds_a_name_twice_among_few_and_many),
		cmocka_unit_test(parses_few_and_many_different_names),
		cmocka_unit_test(reads_a_megabyte_of_members_at_once),
		cmocka_unit_test(counts_values_and_no_names),
		cmocka_unit_test(parses_ten_thousand_values_and_no_more),
		cmocka_unit_test(takes_any_value_where_no_object_is_asked_for),
		cmocka_unit_test(calls_a_long_number_valid_but_not_readable),
		cmocka_unit_test(finds_members_by_their_exact_name),
		cmocka_unit_test(reads_times_in_whole_seconds),
	};
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
