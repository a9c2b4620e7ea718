/* Lines of a log: whatever is told, each is one JSON object, and one line. */
#include "support/check.h"

#include "base/json.h"
#include "monitoring/json_line.h"

#include <stdio.h>
#include <string.h>

#define FFFD "\xef\xbf\xbd"

/* Ends a line and checks what holds for all of them. */
static void end(struct mcpauth__json_line *line)
{
	mcpauth__json_line_end(line);
	assert_in_range(line->length, 3, MCPAUTH__JSON_LINE_SIZE);
	assert_int_equal(line->text[line->length - 1], '\n');
	assert_ptr_equal(memchr(line->text, '\n', line->length), line->text + line->length - 1);
	assert_true(mcpauth__json_is_valid(line->text, line->length - 1, 1));
}

static bool is(const struct mcpauth__json_line *line, const char *text)
{
	bool same = line->length == strlen(text) && memcmp(line->text, text, line->length) == 0;
	if (!same) {
		print_error("%.*s", (int)line->length, line->text);
	}
	return same;
}

static void has_its_members_in_their_order(void **state)
{
	struct mcpauth__json_line line;
	(void)state;
	mcpauth__json_line_begin(&line);
	mcpauth__json_line_text(&line, "a", "one", 100);
	mcpauth__json_line_number(&line, "b", 0);
	mcpauth__json_line_text(&line, "none", NULL, 100);
	mcpauth__json_line_text(&line, "c", "", 100);
	mcpauth__json_line_number(&line, "d", UINT64_MAX);
	end(&line);
	assert_true(is(&line, "{\"a\":\"one\",\"b\":0,\"c\":\"\",\"d\":18446744073709551615}\n"));
}

static void may_have_none(void **state)
{
	struct mcpauth__json_line line;
	(void)state;
	mcpauth__json_line_begin(&line);
	end(&line);
	assert_true(is(&line, "{}\n"));
}

static const struct {
	const char *label;
	const char *value;
	const char *written;
} strings[] = {
	{"plain", "tools/call ~", "tools/call ~"},
	{"a quote", "a\"b", "a\\\"b"},
	{"a backslash", "a\\", "a\\\\"},
	{"a line feed", "a\nb", "a\\u000ab"},
	{"a return", "\r", "\\u000d"},
	{"an escape", "\x1b[2J", "\\u001b[2J"},
	{"the first control", "\x01", "\\u0001"},
	{"the last of them", "\x1f ", "\\u001f "},
	{"DEL", "\x7f", "\\u007f"},
	{"another line's end", "a\",\"b\":\"c\n{", "a\\\",\\\"b\\\":\\\"c\\u000a{"},
	{"a letter of two bytes", "\xc3\xa4", "\xc3\xa4"},
	{"the first of two", "\xc2\xa0", "\xc2\xa0"},
	{"NEL, for some a line's end", "\xc2\x85", "\\u0085"},
	{"CSI, for some terminals", "\xc2\x9b", "\\u009b"},
	{"the first above ASCII", "\xc2\x80", "\\u0080"},
	{"the last that moves cursors", "\xc2\x9f", "\\u009f"},
	{"a line separator", "\xe2\x80\xa8", "\\u2028"},
	{"a paragraph separator", "\xe2\x80\xa9", "\\u2029"},
	{"one beside them", "\xe2\x80\xa7", "\xe2\x80\xa7"},
	{"a turn to the right-to-left", "\xe2\x80\xae", "\\u202e"},
	{"the first of those turns", "\xe2\x80\xaa", "\\u202a"},
	{"one behind them", "\xe2\x80\xaf", "\xe2\x80\xaf"},
	{"an isolate", "\xe2\x81\xa6", "\\u2066"},
	{"its end", "\xe2\x81\xa9", "\\u2069"},
	{"beside isolates", "\xe2\x81\xa5|\xe2\x81\xaa", "\xe2\x81\xa5|\xe2\x81\xaa"},
	{"marks of direction", "\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u200e\\u200f\\u061c"},
	{"beside them", "\xe2\x80\x8d|\xe2\x80\x90|\xd8\x9b", "\xe2\x80\x8d|\xe2\x80\x90|\xd8\x9b"},
	{"three bytes", "\xe2\x82\xac", "\xe2\x82\xac"},
	{"the first of three", "\xe0\xa0\x80", "\xe0\xa0\x80"},
	{"the last before surrogates", "\xed\x9f\xbf", "\xed\x9f\xbf"},
	{"four bytes", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
	{"the last of all", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
	{"U+FFFD itself", FFFD, FFFD},
	{"a byte that goes on", "a\x80z", "a" FFFD "z"},
	{"an overlong slash", "\xc0\xaf", FFFD FFFD},
	{"an overlong one of three", "\xe0\x80\xaf", FFFD FFFD FFFD},
	{"an overlong one of four", "\xf0\x8f\x80\x80", FFFD FFFD FFFD FFFD},
	{"a surrogate", "\xed\xa0\x80", FFFD FFFD FFFD},
	{"beyond U+10FFFF", "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD},
	{"a byte that is none", "\xff", FFFD},
	{"another", "\xf5\x80", FFFD FFFD},
	{"cut by the end", "a\xe2\x82", "a" FFFD},
	{"cut of four", "\xf0\x9f\x98", FFFD},
	{"cut by another character", "\xe2\x82\x41", FFFD "A"},
	{"cut by the first of another", "\xc3\xc3\xa4", FFFD "\xc3\xa4"},
	{"cut before a quote", "\xc3\"", FFFD "\\\""},
};

static void tells_any_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
		struct mcpauth__json_line line;
		char expected[128];
		snprintf(expected, sizeof expected, "{\"x\":\"%s\"}\n", strings[i].written);
		mcpauth__json_line_begin(&line);
		mcpauth__json_line_text(&line, "x", strings[i].value, 100);
		end(&line);
		CHECK_ROW(strings[i].label, is(&line, expected));
	}
}

static const struct {
	const char *label;
	const char *value;
	size_t limit;
	const char *written;
} cuts[] = {
	{"nothing fits", "abc", 0, ""},
	{"some fits", "abc", 2, "ab"},
	{"all fits", "abc", 3, "abc"},
	{"two bytes", "a\xc3\xa4z", 2, "a"},
	{"two bytes that fit", "a\xc3\xa4z", 3, "a\xc3\xa4"},
	{"four bytes", "\xf0\x9f\x98\x80", 3, ""},
	{"an escape", "a\"", 2, "a"},
	{"an escape that fits", "a\"", 3, "a\\\""},
	{"a long escape", "a\nb", 6, "a"},
	{"a long escape that fits", "a\nb", 7, "a\\u000a"},
	{"no character", "\xff", 2, ""},
	{"no character that fits", "\xff", 3, FFFD},
	{"what would fit behind it does not count", "ab\nc", 3, "ab"},
};

static void is_cut_between_characters(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
		struct mcpauth__json_line line;
		char expected[128];
		snprintf(expected, sizeof expected, "{\"x\":\"%s\"}\n", cuts[i].written);
		mcpauth__json_line_begin(&line);
		mcpauth__json_line_text(&line, "x", cuts[i].value, cuts[i].limit);
		end(&line);
		CHECK_ROW(cuts[i].label, is(&line, expected));
	}
}

/* Whatever there is room for at last. */
static void is_complete_when_it_is_full(void **state)
{
	static char longest[2 * MCPAUTH__JSON_LINE_SIZE];
	(void)state;
	for (size_t used = MCPAUTH__JSON_LINE_SIZE - 64; used < MCPAUTH__JSON_LINE_SIZE; used++) {
		struct mcpauth__json_line line;
		memset(longest, 'x', sizeof longest - 1);
		mcpauth__json_line_begin(&line);
		mcpauth__json_line_text(&line, "first", longest, used);
		mcpauth__json_line_number(&line, "number", 1234567890);
		mcpauth__json_line_text(&line, "second", "\"\n", 100);
		mcpauth__json_line_number(&line, "n", 1);
		mcpauth__json_line_time(&line, 0, 0);
		end(&line);
	}
}

static void is_no_longer_than_it_may_be(void **state)
{
	static char longest[2 * MCPAUTH__JSON_LINE_SIZE];
	struct mcpauth__json_line line;
	(void)state;
	memset(longest, '\n', sizeof longest - 1);
	mcpauth__json_line_begin(&line);
	for (int i = 0; i < 1000; i++) {
		mcpauth__json_line_text(&line, "x", longest, 31);
	}
	end(&line);
	assert_in_range(line.length, MCPAUTH__JSON_LINE_SIZE - 40, MCPAUTH__JSON_LINE_SIZE);
}

static const struct {
	const char *label;
	int64_t seconds;
	unsigned milliseconds;
	const char *line;
} times[] = {
	{"the first", 0, 0, "{\"time\":\"1970-01-01T00:00:00.000Z\"}\n"},
	{"milliseconds", 1, 7, "{\"time\":\"1970-01-01T00:00:01.007Z\"}\n"},
	{"a leap day", 951782399 + 86400, 999, "{\"time\":\"2000-02-29T23:59:59.999Z\"}\n"},
	{"beyond 32 bits", INT64_C(4294967296), 1, "{\"time\":\"2106-02-07T06:28:16.001Z\"}\n"},
	{"before 1970", -1, 0, "{\"time\":\"1969-12-31T23:59:59.000Z\"}\n"},
	{"the last", INT64_C(253402300799), 999, "{\"time\":\"9999-12-31T23:59:59.999Z\"}\n"},
	{"behind it", INT64_C(253402300800), 0, "{}\n"},
	{"no time", INT64_MAX, 0, "{}\n"},
	{"no time either", INT64_MIN, 0, "{}\n"},
};

static void tells_the_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct mcpauth__json_line line;
		mcpauth__json_line_begin(&line);
		mcpauth__json_line_time(&line, times[i].seconds, times[i].milliseconds);
		end(&line);
		CHECK_ROW(times[i].label, is(&line, times[i].line));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_its_members_in_their_order),
		cmocka_unit_test(may_have_none),
		cmocka_unit_test(tells_any_bytes),
		cmocka_unit_test(is_cut_between_characters),
		cmocka_unit_test(is_complete_when_it_is_full),
		cmocka_unit_test(is_no_longer_than_it_may_be),
		cmocka_unit_test(tells_the_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
