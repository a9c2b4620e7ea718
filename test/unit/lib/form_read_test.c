/* Forms that somebody else wrote: one parameter found, or why it was not. */
#include "base/form.h"

#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#define FOUND MCPAUTH__FORM_FOUND
#define ABSENT MCPAUTH__FORM_ABSENT
#define REPEATED MCPAUTH__FORM_REPEATED
#define MALFORMED MCPAUTH__FORM_MALFORMED

static const struct {
	const char *label;
	const char *form;
	enum mcpauth__form_outcome want;
	const char *value;
} rows[] = {
	{"alone", "t=abc", FOUND, "abc"},
	{"among others", "a=1&t=abc&b=2", FOUND, "abc"},
	{"empty", "t=", FOUND, ""},
	{"of a base64url alphabet", "t=aZ0-_.x", FOUND, "aZ0-_.x"},
	{"with blanks", "t=a+b%20c", FOUND, "a b c"},
	{"a plus", "t=%2b", FOUND, "+"},
	{"either case of hex", "t=%2F%2f", FOUND, "//"},
	{"what separates, encoded", "t=%26t%3D1", FOUND, "&t=1"},
	{"an equals sign in it", "t=a=b", FOUND, "a=b"},
	{"bytes beyond ASCII", "t=%C3%BC%ff", FOUND, "\xc3\xbc\xff"},
	{"its name encoded", "%74=abc", FOUND, "abc"},
	{"nothing", "", ABSENT, NULL},
	{"another name", "a=1", ABSENT, NULL},
	{"a longer name", "tt=1", ABSENT, NULL},
	{"no name", "=1", ABSENT, NULL},
	{"another case", "T=1", ABSENT, NULL},
	{"a name that begins like it", "t%20=1", ABSENT, NULL},
	{"twice", "t=1&t=2", REPEATED, NULL},
	{"twice the same", "t=1&t=1", REPEATED, NULL},
	{"once of them encoded", "t=1&%74=1", REPEATED, NULL},
	{"once of them empty", "t=&t=1", REPEATED, NULL},
	{"three times", "t=1&t=2&t=3", REPEATED, NULL},
	{"a name alone", "t", MALFORMED, NULL},
	{"another name alone", "t=1&a", MALFORMED, NULL},
	{"an end that is empty", "t=1&", MALFORMED, NULL},
	{"a beginning that is empty", "&t=1", MALFORMED, NULL},
	{"a middle that is empty", "t=1&&a=1", MALFORMED, NULL},
	{"half an escape", "t=%4", MALFORMED, NULL},
	{"an escape before another", "t=%4&a=1", MALFORMED, NULL},
	{"a percent sign", "t=%", MALFORMED, NULL},
	{"no hex", "t=%4g", MALFORMED, NULL},
	{"no hex first", "t=%g4", MALFORMED, NULL},
	{"a NUL", "t=a%00b", MALFORMED, NULL},
	{"a NUL in a name", "t%00=1", MALFORMED, NULL},
	{"a blank", "t=a b", MALFORMED, NULL},
	{"a line's end", "t=1\r\n", MALFORMED, NULL},
	{"a byte beyond ASCII", "t=\xc3\xbc", MALFORMED, NULL},
	{"a control character", "t=\x7f", MALFORMED, NULL},
	{"a bad byte elsewhere", "t=1&a=\x01", MALFORMED, NULL},
	{"a bad byte in another name", "t=1&\x01=a", MALFORMED, NULL},
};

/* In memory of its own length, so that reading on is noticed. */
static enum mcpauth__form_outcome find(const char *form, size_t length, char **value)
{
	char *copy = malloc(length > 0 ? length : 1);
	assert_non_null(copy);
	memcpy(copy, form, length);
	enum mcpauth__form_outcome outcome = mcpauth__form_find(copy, length, "t", value);
	free(copy);
	return outcome;
}

static void finds_one_parameter_in_what_is_well_formed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *value = (char *)rows;
		CHECK_ROW(rows[i].label,
			find(rows[i].form, strlen(rows[i].form), &value) == rows[i].want);
		CHECK_ROW(rows[i].label, (value == NULL) == (rows[i].value == NULL));
		CHECK_ROW(rows[i].label, value == NULL || strcmp(value, rows[i].value) == 0);
		free(value);
	}
}

static void a_nul_is_no_end(void **state)
{
	static const char form[] = "t=1\0&t=2";
	char *value;
	(void)state;
	assert_int_equal(find(form, sizeof form - 1, &value), MALFORMED);
	assert_null(value);
	assert_int_equal(find(form, 3, &value), FOUND);
	free(value);
}

static void reads_no_further_than_its_length(void **state)
{
	static const char form[] = "t=%41&t=%41";
	char *value;
	(void)state;
	for (size_t length = 3; length < 5; length++) {
		assert_int_equal(mcpauth__form_find(form, length, "t", &value), MALFORMED);
	}
	assert_int_equal(mcpauth__form_find(form, 5, "t", &value), FOUND);
	assert_string_equal(value, "A");
	free(value);
}

static void reads_what_was_written(void **state)
{
	struct mcpauth__buf form = {0};
	char text[256];
	char *value;
	(void)state;
	for (int i = 0; i < 255; i++) {
		text[i] = (char)(i + 1);
	}
	text[255] = '\0';
	assert_true(mcpauth__form_add(&form, "a", text) && mcpauth__form_add(&form, "t", text));
	assert_int_equal(find(form.data, form.length, &value), FOUND);
	assert_string_equal(value, text);
	free(value);
	mcpauth__buf_finish(&form);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_one_parameter_in_what_is_well_formed),
		cmocka_unit_test(a_nul_is_no_end),
		cmocka_unit_test(reads_no_further_than_its_length),
		cmocka_unit_test(reads_what_was_written),
	};
	return cmocka_run_group_tests_name("form_read", tests, NULL, NULL);
}
