/* What can stand in an Authorization header as it is, and what cannot. */
#include "base/b64token.h"

#include "support/check.h"

#include <string.h>

static const struct {
	const char *label;
	const char *text;
	bool is_one;
} rows[] = {
	{"letters and digits", "Az09", true},
	{"all other characters", "-._~+/", true},
	{"one character", "a", true},
	{"padding", "a==", true},
	{"NULL", NULL, false},
	{"empty", "", false},
	{"padding alone", "==", false},
	{"padding in the middle", "a=b", false},
	{"padding in front", "=a", false},
	{"a blank", "a b", false},
	{"the end of a line", "a\r\nb", false},
	{"a newline behind it", "a\n", false},
	{"behind the padding", "a= ", false},
	{"a colon", "a:b", false},
	{"not ASCII", "a\xc3\xa4", false},
	{"every character of a token", "AZaz09-._~+/==", true},
	{"a tab", "\tabc", false},
	{"two words", "abc def", false},
	{"two of them", "abc, Bearer def", false},
	{"quotes", "\"abc\"", false},
	{"a parameter", "token=abc", false},
	{"a quoted parameter", "token=\"abc\"", false},
	{"a percent sign", "ab%20", false},
	{"a blank behind it", "abc ", false},
};

static void takes_what_rfc_6750_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].label, mcpauth__is_b64token(rows[i].text) == rows[i].is_one);
	}
}

/* The grammar once more, byte by byte. */
static bool is_plainly_one(const char *text)
{
	static const char good[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
	size_t characters = strspn(text, good);
	return characters > 0 && text[characters + strspn(text + characters, "=")] == '\0';
}

/* Leaves the text as it was. */
static void check_place(char *text, size_t at)
{
	char former = text[at];
	for (int c = 1; c < 256; c++) {
		text[at] = (char)c;
		CHECK_ROW(text, mcpauth__is_b64token(text) == is_plainly_one(text));
	}
	text[at] = former;
}

/* All up to the fourth block of 16 and a little more, and those around the eighth. */
static size_t after(size_t length)
{
	return length == 66 ? 127 : length + 1;
}

/* In one block and in several, at their edges and behind them. */
static void knows_every_byte_at_every_place(void **state)
{
	(void)state;
	for (size_t length = 1; length <= 130; length = after(length)) {
		char text[192] = "";
		memset(text, 'x', length);
		for (size_t at = 0; at < length; at++) {
			check_place(text, at);
		}
	}
}

static void looks_at_so_many_bytes(void **state)
{
	(void)state;
	assert_true(mcpauth__are_b64token("abc d", 3));
	assert_false(mcpauth__are_b64token("abc", 0));
	assert_false(mcpauth__are_b64token("ab\0c", 4));
	assert_false(mcpauth__are_b64token("abc", 4));
	assert_true(mcpauth__are_b64token("ab=c", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_rfc_6750_does),
		cmocka_unit_test(knows_every_byte_at_every_place),
		cmocka_unit_test(looks_at_so_many_bytes),
	};
	return cmocka_run_group_tests_name("b64token", tests, NULL, NULL);
}
