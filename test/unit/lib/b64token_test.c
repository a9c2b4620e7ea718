/* What can stand in an Authorization header as it is, and what cannot. */
#include "base/b64token.h"

#include "support/check.h"

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
};

static void takes_what_rfc_6750_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].label, mcpauth__is_b64token(rows[i].text) == rows[i].is_one);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(takes_what_rfc_6750_does)};
	return cmocka_run_group_tests_name("b64token", tests, NULL, NULL);
}
