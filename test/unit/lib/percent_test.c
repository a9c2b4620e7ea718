/* Percent-encoded text, decoded as MHD does it. */
#include "base/percent.h"

#include "support/check.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text;
	const char *decoded;
} rows[] = {
	{"", ""},
	{"/mcp", "/mcp"},
	{"/a%20b", "/a b"},
	{"%c3%A9", "\xc3\xa9"},
	{"/a%2Fb", "/a/b"},
	{"%2525", "%25"},
	{"+", "+"},
	{"%", "%"},
	{"%4", "%4"},
	{"%zz%41", "%zzA"},
	{"%4g", "%4g"},
	{"%%41", "%A"},
	{"a%00b", "a"},
};

static void decodes_escapes_and_leaves_the_rest(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *decoded = mcpauth__percent_decode(rows[i].text, strlen(rows[i].text));
		CHECK_ROW(rows[i].text, decoded != NULL && strcmp(decoded, rows[i].decoded) == 0);
		free(decoded);
	}
}

static void looks_no_further_than_its_length(void **state)
{
	(void)state;
	char *decoded = mcpauth__percent_decode("%41%42", 5);
	assert_string_equal(decoded, "A%4");
	free(decoded);
	decoded = mcpauth__percent_decode("%41", 0);
	assert_string_equal(decoded, "");
	free(decoded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_escapes_and_leaves_the_rest),
		cmocka_unit_test(looks_no_further_than_its_length),
	};
	return cmocka_run_group_tests_name("percent", tests, NULL, NULL);
}
