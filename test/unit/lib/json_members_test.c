/* An object taken apart: its members as they were sent, or a reason why not. */
#include "base/json_members.h"

#include "base/buf.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 4

/** Of just these bytes: a reader that goes past them is seen. */
static char *exact(const char *text, size_t length)
{
	char *copy = malloc(length > 0 ? length : 1);
	assert_non_null(copy);
	memcpy(copy, text, length);
	return copy;
}

static void write_members(const struct mcpauth__json_members *members, char *out, size_t size)
{
	size_t used = 0;
	out[0] = '\0';
	for (const struct mcpauth__json_member *member = members->first; member != NULL;
		member = member->next) {
		used += (size_t)snprintf(out + used, size - used, "%.*s=%.*s;",
			(int)member->name_length, member->name, (int)member->length, member->value);
		assert_true(used < size);
	}
}

static const struct {
	const char *label;
	const char *text;
	const char *members;
} taken[] = {
	{"none", "{}", ""},
	{"none but blanks", " \t\r\n{ \t\r\n} \t\r\n", ""},
	{"of every kind",
		"{\"a\":1,\"b\":\"c\",\"d\":true,\"e\":null,\"f\":[1,{}],\"g\":{\"h\":1}}",
		"a=1;b=\"c\";d=true;e=null;f=[1,{}];g={\"h\":1};"},
	{"blanks around them", "{ \"a\" : [ 1 ] , \"b\"\n:\t\"c\" }", "a=[ 1 ];b=\"c\";"},
	{"escapes in names only are decoded", "{\"\\u0061\\n\\u00e9\":\"\\u0061\"}",
		"a\n\xc3\xa9=\"\\u0061\";"},
	{"an empty name", "{\"\":1,\"a\":2}", "=1;a=2;"},
	{"a number of any length",
		"{\"a\":-123456789012345678901234567890123456789012345678901234567890123456789e99}",
		"a=-123456789012345678901234567890123456789012345678901234567890123456789e99;"},
	{"names that go on", "{\"a\":1,\"ab\":2,\"abc\":3}", "a=1;ab=2;abc=3;"},
	{"a name twice deeper inside", "{\"a\":{\"b\":1,\"b\":2,\"B\":3}}",
		"a={\"b\":1,\"b\":2,\"B\":3};"},
	{"a NUL in a value", "{\"a\":\"\\u0000\",\"b\":{\"\\u0000\":1}}",
		"a=\"\\u0000\";b={\"\\u0000\":1};"},
	{"a backslash before u0000", "{\"\\\\u0000\":1}", "\\u0000=1;"},
	{"letters that no case makes one", "{\"\xc3\xa9\":1,\"\xc3\x89\":2,\"[\":3,\"{\":4}",
		"\xc3\xa9=1;\xc3\x89=2;[=3;{=4;"},
	{"letters that begin with the same byte", "{\"\xc4\xb2\":1,\"i\":2,\"\xc5\xbe\":3,\"s\":4}",
		"\xc4\xb2=1;i=2;\xc5\xbe=3;s=4;"},
	{"as deep as may be", "{\"a\":[[[]]],\"b\":{\"c\":{\"d\":{}}}}",
		"a=[[[]]];b={\"c\":{\"d\":{}}};"},
};

static void gives_each_member_as_it_was_sent(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		struct mcpauth__arena arena = {0};
		struct mcpauth__json_members members;
		char found[512];
		size_t length = strlen(taken[i].text);
		char *text = exact(taken[i].text, length);
		CHECK_ROW_CODE(taken[i].label, MCPAUTH_OK,
			mcpauth__json_members_split(&arena, text, length, DEPTH, &members));
		write_members(&members, found, sizeof found);
		CHECK_ROW(taken[i].label, strcmp(found, taken[i].members) == 0);
		mcpauth__arena_finish(&arena);
		free(text);
	}
}

static const struct {
	const char *label;
	const char *text;
	enum mcpauth_code code;
} refused[] = {
	{"nothing", "", MCPAUTH_E_INVALID_JSON},
	{"a blank", " ", MCPAUTH_E_INVALID_JSON},
	{"an array", "[1]", MCPAUTH_E_INVALID_JSON},
	{"a string", "\"a\"", MCPAUTH_E_INVALID_JSON},
	{"not closed", "{", MCPAUTH_E_INVALID_JSON},
	{"not closed behind a member", "{\"a\":1", MCPAUTH_E_INVALID_JSON},
	{"closed by the wrong bracket", "{\"a\":1]", MCPAUTH_E_INVALID_JSON},
	{"no value", "{\"a\":}", MCPAUTH_E_INVALID_JSON},
	{"no colon", "{\"a\" 1}", MCPAUTH_E_INVALID_JSON},
	{"no name", "{:1}", MCPAUTH_E_INVALID_JSON},
	{"a bare name", "{a:1}", MCPAUTH_E_INVALID_JSON},
	{"no comma", "{\"a\":1 \"b\":2}", MCPAUTH_E_INVALID_JSON},
	{"a comma too many", "{\"a\":1,}", MCPAUTH_E_INVALID_JSON},
	{"a comma first", "{,\"a\":1}", MCPAUTH_E_INVALID_JSON},
	{"two objects", "{}{}", MCPAUTH_E_INVALID_JSON},
	{"something behind it", "{} x", MCPAUTH_E_INVALID_JSON},
	{"a byte order mark", "\xef\xbb\xbf{}", MCPAUTH_E_INVALID_JSON},
	{"a comment", "{/**/}", MCPAUTH_E_INVALID_JSON},
	{"a name that is not UTF-8", "{\"\xff\":1}", MCPAUTH_E_INVALID_JSON},
	{"half a pair in a name", "{\"\\ud83d\":1}", MCPAUTH_E_INVALID_JSON},
	{"a bad value deep inside", "{\"a\":[{\"b\":[01]}]}", MCPAUTH_E_INVALID_JSON},
	{"too deep", "{\"a\":[[[[]]]]}", MCPAUTH_E_INVALID_JSON},
	{"too deep in objects", "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", MCPAUTH_E_INVALID_JSON},
	{"a name twice", "{\"a\":1,\"a\":1}", MCPAUTH_E_DUPLICATE},
	{"a name twice, not next to each other", "{\"a\":1,\"b\":2,\"c\":3,\"a\":4}",
		MCPAUTH_E_DUPLICATE},
	{"the empty name twice", "{\"\":1,\"\":2}", MCPAUTH_E_DUPLICATE},
	{"a name escaped", "{\"a\":1,\"\\u0061\":2}", MCPAUTH_E_DUPLICATE},
	{"both escaped", "{\"\\u006eame\":1,\"n\\u0061me\":2}", MCPAUTH_E_DUPLICATE},
	{"a slash escaped", "{\"a/b\":1,\"a\\/b\":2}", MCPAUTH_E_DUPLICATE},
	{"a pair written out", "{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}",
		MCPAUTH_E_DUPLICATE},
	{"the other case", "{\"name\":1,\"NAME\":2}", MCPAUTH_E_DUPLICATE},
	{"the other case of one letter", "{\"zaZ\":1,\"zAZ\":2}", MCPAUTH_E_DUPLICATE},
	{"the other case escaped", "{\"name\":1,\"\\u004eame\":2}", MCPAUTH_E_DUPLICATE},
	{"a long s", "{\"params\":1,\"param\xc5\xbf\":2}", MCPAUTH_E_DUPLICATE},
	{"a long s escaped", "{\"params\":1,\"param\\u017f\":2}", MCPAUTH_E_DUPLICATE},
	{"the sign for Kelvin", "{\"ok\":1,\"o\xe2\x84\xaa\":2}", MCPAUTH_E_DUPLICATE},
	{"an i with a dot",
		"{\"id\":1,\"\xc4\xb0"
		"D\":2}",
		MCPAUTH_E_DUPLICATE},
	{"an i without a dot", "{\"uri\":1,\"ur\xc4\xb1\":2}", MCPAUTH_E_DUPLICATE},
	{"a NUL as a name", "{\"\\u0000\":1}", MCPAUTH_E_DUPLICATE},
	{"a NUL in a name", "{\"name\\u0000x\":1}", MCPAUTH_E_DUPLICATE},
};

static void refuses_what_can_be_misread(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct mcpauth__arena arena = {0};
		struct mcpauth__json_members members = {NULL, 7};
		size_t length = strlen(refused[i].text);
		char *text = exact(refused[i].text, length);
		CHECK_ROW_CODE(refused[i].label, refused[i].code,
			mcpauth__json_members_split(&arena, text, length, DEPTH, &members));
		CHECK_ROW(refused[i].label, members.first == NULL && members.count == 0);
		mcpauth__arena_finish(&arena);
		free(text);
	}
}

static void refuses_what_a_nul_ends(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	struct mcpauth__json_members members;
	static const char text[] = "{\"a\":1}\0{\"a\":2}";
	CHECK_CODE(MCPAUTH_E_INVALID_JSON,
		mcpauth__json_members_split(&arena, text, sizeof text - 1, DEPTH, &members));
	CHECK_OK(mcpauth__json_members_split(&arena, text, strlen(text), DEPTH, &members));
	mcpauth__arena_finish(&arena);
}

/* {"m0":0,"m1":1,...}, then the last one; so many letters before each of the names. */
static char *crowd(size_t count, size_t letters, const char *last)
{
	struct mcpauth__buf text = {0};
	char filling[1024];
	assert_true(letters < sizeof filling);
	memset(filling, 'x', letters);
	filling[letters] = '\0';
	mcpauth__buf_puts(&text, "{");
	for (size_t i = 0; i < count; i++) {
		mcpauth__buf_printf(&text, "\"%sm%zu\":%zu,", filling, i, i);
	}
	mcpauth__buf_puts(&text, last);
	char *taken = mcpauth__buf_take(&text);
	assert_non_null(taken);
	return taken;
}

static enum mcpauth_code split_crowd(size_t count, const char *last, size_t *found)
{
	struct mcpauth__arena arena = {0};
	struct mcpauth__json_members members;
	char *text = crowd(count, 0, last);
	enum mcpauth_code code = mcpauth__json_members_split(
		&arena, text, strlen(text), DEPTH, &members);
	*found = members.count;
	mcpauth__arena_finish(&arena);
	free(text);
	return code;
}

static void finds_a_name_twice_among_however_many(void **state)
{
	(void)state;
	static const size_t counts[] = {1, 2, 22, 23, 24, 25, 26, 100, 500, 999};
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		char again[32];
		size_t found;
		snprintf(again, sizeof again, "\"\\u004D%zu\":1}", counts[i] / 2);
		CHECK_OK(split_crowd(counts[i], "\"other\":1}", &found));
		assert_int_equal(found, counts[i] + 1);
		CHECK_CODE(MCPAUTH_E_DUPLICATE, split_crowd(counts[i], again, &found));
		CHECK_CODE(MCPAUTH_E_DUPLICATE, split_crowd(counts[i], "\"M0\":1}", &found));
	}
}

static void takes_a_thousand_members_and_no_more(void **state)
{
	(void)state;
	size_t found;
	CHECK_OK(split_crowd(MCPAUTH__JSON_MEMBER_LIMIT - 1, "\"other\":1}", &found));
	assert_int_equal(found, MCPAUTH__JSON_MEMBER_LIMIT);
	CHECK_CODE(MCPAUTH_E_TOO_LARGE,
		split_crowd(MCPAUTH__JSON_MEMBER_LIMIT, "\"other\":1}", &found));
	assert_int_equal(found, 0);
	/* Nobody looks further. */
	CHECK_CODE(MCPAUTH_E_TOO_LARGE,
		split_crowd(MCPAUTH__JSON_MEMBER_LIMIT, "\"other\":1,\"m0\":oops", &found));
}

static double seconds_for(size_t count)
{
	double best = 0;
	char *text = crowd(count - 1, 512, "\"other\":1}");
	for (int i = 0; i < 3; i++) {
		struct mcpauth__arena arena = {0};
		struct mcpauth__json_members members;
		clock_t before = clock();
		CHECK_OK(mcpauth__json_members_split(&arena, text, strlen(text), DEPTH, &members));
		double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
		best = i == 0 || seconds < best ? seconds : best;
		assert_int_equal(members.count, count);
		mcpauth__arena_finish(&arena);
	}
	free(text);
	return best;
}

/* Comparing each name with each would take sixteen times as long. */
static void four_times_the_members_take_little_more_than_that(void **state)
{
	(void)state;
	assert_true(seconds_for(1000) < 10 * seconds_for(250));
}

static void takes_the_memory_that_it_says(void **state)
{
	(void)state;
	struct mcpauth__arena arena = {0};
	struct mcpauth__json_members members;
	static const char text[] = "{\"\\u0061aaaaaaa\":1,\"b\":2}";
	assert_true(mcpauth__arena_reserve(&arena, 2 * 48 + 13));
	size_t before = mcpauth__arena_size(&arena);
	CHECK_OK(mcpauth__json_members_split(&arena, text, strlen(text), DEPTH, &members));
	assert_int_equal(mcpauth__arena_size(&arena), before);
	mcpauth__arena_finish(&arena);
}

struct fixture {
	struct mcpauth__arena arena;
	struct mcpauth__json_members members;
};

static void split(struct fixture *fixture, const char *text)
{
	*fixture = (struct fixture){{0}, {0}};
	CHECK_OK(mcpauth__json_members_split(
		&fixture->arena, text, strlen(text), DEPTH, &fixture->members));
}

static void finds_a_member_by_exactly_its_name(void **state)
{
	(void)state;
	struct fixture fixture;
	split(&fixture, "{\"name\":1,\"uri\":2,\"\":3,\"\\u006Dethod\":4}");
	const struct mcpauth__json_member *found = mcpauth__json_members_find(
		&fixture.members, "method");
	assert_non_null(found);
	assert_memory_equal(found->value, "4", found->length);
	found = mcpauth__json_members_find(&fixture.members, "");
	assert_non_null(found);
	assert_memory_equal(found->value, "3", found->length);
	assert_null(mcpauth__json_members_find(&fixture.members, "Name"));
	assert_null(mcpauth__json_members_find(&fixture.members, "nam"));
	assert_null(mcpauth__json_members_find(&fixture.members, "names"));
	assert_null(mcpauth__json_members_find(&(struct mcpauth__json_members){0}, "name"));
	mcpauth__arena_finish(&fixture.arena);
}

static const struct {
	const char *label;
	const char *text;
	bool misspelt;
} spellings[] = {
	{"as they are", "{\"params\":1,\"id\":2}", false},
	{"none of them", "{\"param\":1,\"idx\":2,\"\":3,\"i\":4}", false},
	{"in capitals", "{\"PARAMS\":1}", true},
	{"one capital", "{\"id\":1,\"paramS\":1}", true},
	{"escaped, the same letters", "{\"\\u0070arams\":1}", false},
	{"escaped, a capital", "{\"\\u0050arams\":1}", true},
	{"a long s", "{\"param\xc5\xbf\":1}", true},
	{"an i without a dot", "{\"\\u0131d\":1}", true},
	{"another letter",
		"{\"\xc3\xad"
		"d\":1}",
		false},
};

static void sees_a_name_in_the_wrong_case(void **state)
{
	(void)state;
	static const char *const names[] = {"params", "id", NULL};
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		struct fixture fixture;
		split(&fixture, spellings[i].text);
		CHECK_ROW(spellings[i].label,
			mcpauth__json_members_misspell(&fixture.members, names)
				== spellings[i].misspelt);
		mcpauth__arena_finish(&fixture.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_each_member_as_it_was_sent),
		cmocka_unit_test(refuses_what_can_be_misread),
		cmocka_unit_test(refuses_what_a_nul_ends),
		cmocka_unit_test(finds_a_name_twice_among_however_many),
		cmocka_unit_test(takes_a_thousand_members_and_no_more),
		cmocka_unit_test(four_times_the_members_take_little_more_than_that),
		cmocka_unit_test(takes_the_memory_that_it_says),
		cmocka_unit_test(finds_a_member_by_exactly_its_name),
		cmocka_unit_test(sees_a_name_in_the_wrong_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
