/* UTF-8: each character has one form, and what is none ends before the next one begins. */
#include "base/utf8.h"

#include "support/check.h"

#include <string.h>

static const struct {
	const char *label;
	const char *text;
	unsigned code;
} characters[] = {
	{"ASCII", "a", 'a'},
	{"the last of one byte", "\x7f", 0x7f},
	{"the first of two", "\xc2\x80", 0x80},
	{"the last of two", "\xdf\xbf", 0x7ff},
	{"the first of three", "\xe0\xa0\x80", 0x800},
	{"before the surrogates", "\xed\x9f\xbf", 0xd7ff},
	{"behind the surrogates", "\xee\x80\x80", 0xe000},
	{"the last of three", "\xef\xbf\xbf", 0xffff},
	{"the first of four", "\xf0\x90\x80\x80", 0x10000},
	{"the last of all", "\xf4\x8f\xbf\xbf", 0x10ffff},
};

static const struct {
	const char *label;
	const char *text;
	size_t taken;
} others[] = {
	{"a continuation", "\x80", 1},
	{"a slash in two bytes", "\xc0\xaf", 1},
	{"a slash in three bytes", "\xe0\x80\xaf", 1},
	{"a slash in four bytes", "\xf0\x80\x80\xaf", 1},
	{"half a pair", "\xed\xa0\x80", 1},
	{"beyond U+10FFFF", "\xf4\x90\x80\x80", 1},
	{"a byte that begins nothing", "\xf5\x80\x80\x80", 1},
	{"one of two", "\xc3", 1},
	{"two of three", "\xe2\x82", 2},
	{"three of four", "\xf0\x9f\x98", 3},
	{"before a quote", "\xe2\x82\"", 2},
	{"before a character", "\xe2\xc3\xa9", 1},
};

static void reads_what_it_writes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
		const unsigned char *text = (const unsigned char *)characters[i].text;
		const unsigned char *at = text;
		size_t length = strlen(characters[i].text);
		unsigned code = 0;
		char out[4];
		CHECK_ROW(characters[i].label, mcpauth__utf8_take(&at, text + length, &code));
		CHECK_ROW(characters[i].label, at == text + length);
		CHECK_ROW(characters[i].label, code == characters[i].code);
		CHECK_ROW(characters[i].label, mcpauth__utf8_put(code, out) == length);
		CHECK_ROW(characters[i].label, memcmp(out, text, length) == 0);
	}
}

static void leaves_what_may_begin_another(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		const unsigned char *text = (const unsigned char *)others[i].text;
		const unsigned char *at = text;
		unsigned code;
		CHECK_ROW(others[i].label,
			!mcpauth__utf8_take(&at, text + strlen(others[i].text), &code));
		CHECK_ROW(others[i].label, at == text + others[i].taken);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(leaves_what_may_begin_another),
	};
	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
