/* The reader against cJSON: the same texts, the same tree, nothing of it on the heap. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "base/buf.h"
#include "base/json.h"
#include "support/check.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static enum mcpauth_code read_with(struct mcpauth__arena *arena, const char *text, size_t length,
	cJSON **json, struct mcpauth_error *err)
{
	struct mcpauth__json_text claims = {text, length, true};
	return mcpauth__json_read(arena, &claims, json, err);
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Bit by bit: -0 is not 0, and infinity is infinity. */
static bool same_node(const cJSON *a, const cJSON *b)
{
	return a->type == b->type && a->valueint == b->valueint
		&& memcmp(&a->valuedouble, &b->valuedouble, sizeof a->valuedouble) == 0
		&& same_text(a->valuestring, b->valuestring) && same_text(a->string, b->string);
}

static bool same_tree(const cJSON *a, const cJSON *b)
{
	const cJSON *last = NULL;
	if (!same_node(a, b)) {
		return false;
	}
	const cJSON *other = b->child;
	for (const cJSON *child = a->child; child != NULL; child = child->next) {
		if (other == NULL || !same_tree(child, other)
			|| (last != NULL && child->prev != last)) {
			return false;
		}
		last = child;
		other = other->next;
	}
	return other == NULL && (a->child == NULL || a->child->prev == last);
}

/* What the reader is held against: a NUL replaced before, then cJSON's tree. */
static void replace_nuls(char *text, size_t length)
{
	for (size_t i = 0; i + 6 <= length; i++) {
		if (text[i] == '\\' && memcmp(text + i + 1, "u0000", 5) == 0) {
			memcpy(text + i + 1, "ufffd", 5);
		}
		i += text[i] == '\\' ? 1 : 0;
	}
}

static bool agrees(const char *text, size_t length, bool *accepted)
{
	struct mcpauth__arena arena = {0};
	char *copy = malloc(length > 0 ? length : 1);
	cJSON *read;
	cJSON *parsed;
	assert_non_null(copy);
	memcpy(copy, text, length);
	enum mcpauth_code code = read_with(&arena, copy, length, &read, NULL);
	replace_nuls(copy, length);
	bool same = code == mcpauth__json_parse_object(copy, length, &parsed, NULL)
		&& (read == NULL || same_tree(read, parsed));
	*accepted = code == MCPAUTH_OK;
	cJSON_Delete(parsed);
	mcpauth__arena_finish(&arena);
	free(copy);
	return same;
}

static const char *const texts[] = {
	"{}",
	" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n",
	"{\"a\":[true,false,null,\"s\",1,{},[],[[]],{\"b\":{\"c\":[{}]}}]}",
	"{\"n\":[0,-0,1,-1,10,0.5,-0.0,1e5,1E+5,1e-5,-1.25e10,1e400,-1e400,1e-400,0e999]}",
	"{\"n\":[999999999999999,-99999999999999,9007199254740993,18446744073709551616]}",
	"{\"n\":[2147483647,2147483648,-2147483648,-2147483649,1.7976931348623157e308]}",
	"{\"n\":[0.1,123456789.123456789,2.2250738585072014e-308,4.9e-324,1e23,8.5e-22]}",
	"{\"n\":[0.0000000000000000000000000000000000000000000000000000000001e58]}",
	"{\"n\":[1e0000000000000000000000000000000000000000000000000000000000003]}",
	"{\"n\":[-12345678901234567890123456789012345678901234567890123456789012]}",
	"{\"s\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\\u0080\\u07ff\\u0800\\uFFFF\"}",
	"{\"s\":\"\\u0a1A\\uabcd\\uABCD\\uefEF\"}",
	"{\"s\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\"}",
	"{\"s\":\"\\ud83d\\ude00\\udbff\\udfff\\ud800\\udc00x\\u00e9\"}",
	"{\"s\":\"adm\\u0000in\",\"p\":\"\\\\u0000\",\"\\u0000\":1,\"\\\\\\u0000\":2}",
	"{\"\xc3\xa9\":\"\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\xed\x9f\xbf\x7f\"}",
	"{\"a\":1,\"A\":2,\"ab\":3,\"\":4,\"b\":{\"a\":1,\"\":2},\"\\u0062c\":5,\"aa\":6}",
	"{\"a1234567\":\"b12345678\",\"c123456789012345\":\"d1234567890123456\"}",
	"{\"iss\":\"https://as.example/\",\"sub\":\"alice\",\"aud\":[\"https://api.example/mcp\"],"
	"\"exp\":1800000300,\"iat\":1800000000.25,\"scope\":\"read write\",\"realm_access\":"
	"{\"roles\":[\"user\",\"offline_access\"]},\"email_verified\":true,\"x\":null}",
};

static void builds_the_tree_that_cjson_builds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		bool accepted;
		CHECK_ROW(texts[i], agrees(texts[i], strlen(texts[i]), &accepted));
		CHECK_ROW(texts[i], accepted);
	}
}

static uint32_t dice;

static size_t throw_dice(size_t sides)
{
	dice = dice * 1664525 + 1013904223;
	return (size_t)(dice >> 8) % sides;
}

static const char *pick(void)
{
	static const char *const pieces[] = {"\"", "\\", "\\u0000", "\\ud83d", "\\ude00", "{", "}",
		"[", "]", ",", ":", "0", "1", "-", ".", "e", "E+", "true", "null", " ", "\n",
		"\x1f", "\x7f", "\x80", "\xc3\xa9", "\xed\xa0\x80", "\xff", "\"a\":1,", "a", "/"};
	return pieces[throw_dice(sizeof pieces / sizeof pieces[0])];
}

/* Something put in, taken out or put in the place of another. */
static size_t mutate(char *text, size_t length)
{
	const char *piece = throw_dice(3) > 0 ? pick() : "";
	size_t size = strlen(piece);
	size_t at = throw_dice(length + 1);
	size_t gone = throw_dice(3);
	gone = gone < length - at ? gone : length - at;
	memmove(text + at + size, text + at + gone, length - at - gone);
	memcpy(text + at, piece, size);
	return length - gone + size;
}

static void agrees_with_cjson_on_what_is_nearly_right(void **state)
{
	(void)state;
	size_t accepted = 0;
	size_t tried = 0;
	dice = 4711;
	for (; tried < 60000; tried++) {
		char text[512];
		const char *seed = texts[tried % (sizeof texts / sizeof texts[0])];
		size_t length = strlen(seed);
		bool good;
		memcpy(text, seed, length);
		for (size_t times = throw_dice(3) + 1; times > 0; times--) {
			length = mutate(text, length);
		}
		text[length] = '\0';
		CHECK_ROW(text, agrees(text, length, &good));
		accepted += good ? 1 : 0;
	}
	/* Else the mutations would be too wild, or too tame. */
	assert_true(accepted > tried / 20);
	assert_true(accepted < tried / 2);
}

static void reads_every_prefix_as_cjson_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		for (size_t length = 0; length < strlen(texts[i]); length++) {
			bool accepted;
			CHECK_ROW(texts[i], agrees(texts[i], length, &accepted));
		}
	}
}

static bool has_comma; /* strtod() knows no point */

/* Stands before the real one. */
double strtod(const char *text, char **end)
{
	char cut[256];
	double (*read)(const char *, char **);
	*(void **)&read = dlsym(RTLD_NEXT, "strtod");
	if (has_comma) {
		snprintf(cut, sizeof cut, "%.*s", (int)strcspn(text, "."), text);
	}
	return read(has_comma ? cut : text, has_comma ? NULL : end);
}

static void reads_numbers_alike_where_the_point_is_a_comma(void **state)
{
	(void)state;
	static const char text[] = "{\"n\":[0.5,-12.5e3,1800000000.25,123456789.123456789e-2]}";
	static const double want[] = {0.5, -12500, 1800000000.25, 1234567.89123456789};
	struct mcpauth__arena arena = {0};
	cJSON *json;
	has_comma = true;
	assert_true(strtod("1.5", NULL) == 1);
	CHECK_OK(read_with(&arena, text, sizeof text - 1, &json, &err));
	has_comma = false;
	const cJSON *numbers = cJSON_GetObjectItem(json, "n");
	for (int i = 0; i < 4; i++) {
		assert_true(cJSON_GetArrayItem(numbers, i)->valuedouble == want[i]);
	}
	mcpauth__arena_finish(&arena);
}

static void keeps_a_nul_from_cutting_a_string(void **state)
{
	(void)state;
	static const char text[] = "{\"scope\":\"read\\u0000 x\",\"path\":\"\\\\u0000\"}";
	struct mcpauth__json_text header = {text, sizeof text - 1, false};
	struct mcpauth__arena arena = {0};
	cJSON *json;
	CHECK_CODE(MCPAUTH_E_INVALID_JSON, mcpauth__json_read(&arena, &header, &json, &err));
	assert_null(json);
	CHECK_OK(read_with(&arena, text, sizeof text - 1, &json, &err));
	assert_string_equal("read\xef\xbf\xbd x", mcpauth__json_string(json, "scope"));
	assert_string_equal("\\u0000", mcpauth__json_string(json, "path"));
	mcpauth__arena_finish(&arena);
}

static void refuses_what_a_nul_does_not_excuse(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"{\"a\":\"\\u0000\",}",
		"{\"a\":\"\\u0000\"",
		"{\"a\":\"\\u000\"}",
		"{\"a\\u0000\":1,\"a\\ufffd\":2}",
		"[\"\\u0000\"]",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct mcpauth__arena arena = {0};
		cJSON *json;
		CHECK_ROW_CODE(wrong[i], MCPAUTH_E_INVALID_JSON,
			read_with(&arena, wrong[i], strlen(wrong[i]), &json, &err));
		assert_null(json);
		mcpauth__arena_finish(&arena);
	}
}

static void says_why_it_refuses(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	struct mcpauth_error err = {0};
	cJSON *json;
	read_with(&arena, "{\"a\":[{\"b\":1,\"b\":2}]}", 21, &json, &err);
	assert_string_equal(err.message, "a name occurs twice in an object");
	read_with(&arena, "{\"a\":[{\"b\":1,\"c\":2}}", 20, &json, &err);
	assert_string_equal(err.message, "not an object of strict JSON");
	mcpauth__arena_finish(&arena);
}

static void lets_cjson_read_what_it_built(void **state)
{
	(void)state;
	const char *text = texts[2];
	struct mcpauth__arena arena = {0};
	cJSON *json;
	CHECK_OK(read_with(&arena, text, strlen(text), &json, &err));
	cJSON *twin = cJSON_Duplicate(json, true);
	mcpauth__arena_finish(&arena);
	char *printed = cJSON_PrintUnformatted(twin);
	assert_string_equal(printed, text);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(twin, "A")), 9);
	cJSON_free(printed);
	cJSON_Delete(twin);
}

/* As many members as fit, no two of one name but the last with `last`. */
static size_t put_members(struct mcpauth__buf *text, size_t limit, const char *last)
{
	size_t count = 0;
	mcpauth__buf_puts(text, "{");
	for (; text->length < limit; count++) {
		mcpauth__buf_printf(text, "\"%x\":1,", (unsigned)count);
	}
	assert_true(mcpauth__buf_printf(text, "\"%s\":1}", last));
	return count;
}

static enum mcpauth_code read_members(size_t limit, const char *last, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	struct mcpauth__arena arena = {0};
	cJSON *json;
	size_t count = put_members(&text, limit, last);
	enum mcpauth_code code = read_with(&arena, text.data, text.length, &json, err);
	if (code == MCPAUTH_OK) {
		assert_int_equal(cJSON_GetArraySize(json), count + 1);
	}
	mcpauth__arena_finish(&arena);
	mcpauth__buf_finish(&text);
	return code;
}

static void finds_a_name_twice_among_few_and_many(void **state)
{
	(void)state;
	for (size_t limit = 2; limit < 3000; limit += limit / 8 + 5) {
		CHECK_OK(read_members(limit, "x", &err));
		CHECK_CODE(MCPAUTH_E_INVALID_JSON, read_members(limit, "0", &err));
	}
}

/* However many there are, which way they are compared must not matter. */
static void finds_whichever_name_is_there_twice(void **state)
{
	(void)state;
	static const size_t limits[] = {100, 600, 2000};
	char name[32];
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct mcpauth__buf text = {0};
		size_t count = put_members(&text, limits[i], "x");
		mcpauth__buf_finish(&text);
		CHECK_OK(read_members(limits[i], "x", &err));
		for (size_t number = 0; number < count; number++) {
			snprintf(name, sizeof name, "%zx", number);
			CHECK_ROW_CODE(
				name, MCPAUTH_E_INVALID_JSON, read_members(limits[i], name, &err));
		}
	}
}

static void takes_no_longer_for_many_names_than_it_must(void **state)
{
	(void)state;
	clock_t start = clock();
	CHECK_OK(read_members(1024 * 1024, "x", &err));
	/* Each with each would take minutes. */
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_the_tree_that_cjson_builds),
		cmocka_unit_test(agrees_with_cjson_on_what_is_nearly_right),
		cmocka_unit_test(reads_every_prefix_as_cjson_does),
		cmocka_unit_test(reads_numbers_alike_where_the_point_is_a_comma),
		cmocka_unit_test(keeps_a_nul_from_cutting_a_string),
		cmocka_unit_test(refuses_what_a_nul_does_not_excuse),
		cmocka_unit_test(says_why_it_refuses),
		cmocka_unit_test(lets_cjson_read_what_it_built),
		cmocka_unit_test(finds_a_name_twice_among_few_and_many),
		cmocka_unit_test(finds_whichever_name_is_there_twice),
		cmocka_unit_test(takes_no_longer_for_many_names_than_it_must),
	};
	return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
