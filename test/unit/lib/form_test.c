/* Forms: what is left alone, what is encoded, and how parameters are joined. */
#include "base/form.h"

#include "support/check.h"

#include <string.h>

static const struct {
	const char *label;
	const char *text;
	const char *want;
} texts[] = {
	{"nothing", "", ""},
	{"left alone", "AZaz09-._*", "AZaz09-._*"},
	{"a blank", "a b", "a+b"},
	{"what separates", "a&b=c+d%", "a%26b%3Dc%2Bd%25"},
	{"a colon", "id:1", "id%3A1"},
	{"a tilde", "~", "%7E"},
	{"a URN", "urn:x/y?z#", "urn%3Ax%2Fy%3Fz%23"},
	{"UTF-8", "\xc3\xbc", "%C3%BC"},
	{"lines", "a\r\nb", "a%0D%0Ab"},
};

static void encodes_what_could_be_misread(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct mcpauth__buf buf = {0};
		CHECK_ROW(texts[i].label, mcpauth__buf_puts(&buf, ""));
		CHECK_ROW(texts[i].label, mcpauth__form_encode(&buf, texts[i].text));
		CHECK_ROW(texts[i].label, strcmp(buf.data, texts[i].want) == 0);
		CHECK_ROW(
			texts[i].label, buf.length <= MCPAUTH__FORM_ENCODED(strlen(texts[i].text)));
		mcpauth__buf_finish(&buf);
	}
}

static void joins_parameters(void **state)
{
	(void)state;
	struct mcpauth__buf form = {0};
	assert_true(mcpauth__form_add(&form, "none", NULL));
	assert_int_equal(form.length, 0);
	assert_true(mcpauth__form_add(&form, "a", "1 2"));
	assert_true(mcpauth__form_add(&form, "none", NULL));
	assert_true(mcpauth__form_add(&form, "b", ""));
	assert_true(mcpauth__form_add(&form, "c", "&"));
	assert_string_equal(form.data, "a=1+2&b=&c=%26");
	mcpauth__buf_finish(&form);
}

static void tells_that_there_is_no_memory(void **state)
{
	(void)state;
	struct mcpauth__buf form = {.failed = true};
	assert_false(mcpauth__form_add(&form, "a", "1"));
	assert_false(mcpauth__form_encode(&form, "a"));
	mcpauth__buf_wipe(&form);
	assert_true(mcpauth__form_add(&form, "a", "1"));
	mcpauth__buf_wipe(&form);
	assert_null(form.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_what_could_be_misread),
		cmocka_unit_test(joins_parameters),
		cmocka_unit_test(tells_that_there_is_no_memory),
	};
	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
