/* Header fields: nothing that is added can become another field or a body. */
#include "headers.h"

#include "support/check.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *label;
	const char *name;
	const char *value;
	enum mcpauth_code code;
} fields[] = {
	{"plain", "X-Name", "value", MCPAUTH_OK},
	{"every mark of a token", "!#$%&'*+-.^_`|~09azAZ", "value", MCPAUTH_OK},
	{"a tab inside the value", "X-Name", "a\tb", MCPAUTH_OK},
	{"bytes beyond ASCII in the value", "X-Name", "\xc3\xa9", MCPAUTH_OK},
	{"punctuation in the value", "X-Name", "a: \"b\"; c=d, \\", MCPAUTH_OK},
	{"a line feed in the value", "X-Name", "a\nSet-Cookie: b", MCPAUTH_E_INVALID_ARGUMENT},
	{"a carriage return in the value", "X-Name", "a\rb", MCPAUTH_E_INVALID_ARGUMENT},
	{"a whole answer in the value", "X-Name", "a\r\n\r\n<html>", MCPAUTH_E_INVALID_ARGUMENT},
	{"a folded line", "X-Name", "a\r\n b", MCPAUTH_E_INVALID_ARGUMENT},
	{"an escape character in the value", "X-Name", "\x1b[2J", MCPAUTH_E_INVALID_ARGUMENT},
	{"a delete in the value", "X-Name", "a\x7f", MCPAUTH_E_INVALID_ARGUMENT},
	{"an empty value", "X-Name", "", MCPAUTH_E_INVALID_ARGUMENT},
	{"no value", "X-Name", NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"an empty name", "", "value", MCPAUTH_E_INVALID_ARGUMENT},
	{"no name", NULL, "value", MCPAUTH_E_INVALID_ARGUMENT},
	{"a colon in the name", "X:Name", "value", MCPAUTH_E_INVALID_ARGUMENT},
	{"a blank behind the name", "X-Name ", "value", MCPAUTH_E_INVALID_ARGUMENT},
	{"a line break in the name", "X\r\nY", "value", MCPAUTH_E_INVALID_ARGUMENT},
	{"a tab in the name", "X\tY", "value", MCPAUTH_E_INVALID_ARGUMENT},
	{"bytes beyond ASCII in the name", "X-\xc3\xa9", "value", MCPAUTH_E_INVALID_ARGUMENT},
	{"a length", "content-length", "5", MCPAUTH_E_INVALID_ARGUMENT},
	{"a transfer coding", "Transfer-Encoding", "chunked", MCPAUTH_E_INVALID_ARGUMENT},
	{"a name that only begins like one", "Content-Length-Hint", "5", MCPAUTH_OK},
};

static void takes_fields_and_refuses_smuggled_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct mcpauth__headers headers = {0};
		CHECK_ROW_CODE(fields[i].label, fields[i].code,
			mcpauth__headers_add(&headers, fields[i].name, fields[i].value));
		CHECK_ROW(fields[i].label, headers.count == (fields[i].code == MCPAUTH_OK));
		mcpauth__headers_finish(&headers);
	}
}

static void keeps_copies_in_the_order_of_their_coming(void **state)
{
	(void)state;
	struct mcpauth__headers headers = {0};
	char value[] = "first";
	CHECK_OK(mcpauth__headers_add(&headers, "Link", value));
	CHECK_OK(mcpauth__headers_add(&headers, "link", "second"));
	value[0] = 'x';
	assert_int_equal(headers.count, 2);
	assert_string_equal(headers.items[0].value, "first");
	assert_string_equal(headers.items[1].name, "link");
	assert_string_equal(headers.items[1].value, "second");
	mcpauth__headers_finish(&headers);
}

static void gets_the_first_whatever_the_case(void **state)
{
	(void)state;
	struct mcpauth__headers headers = {0};
	CHECK_OK(mcpauth__headers_add(&headers, "X-Other", "0"));
	CHECK_OK(mcpauth__headers_add(&headers, "X-Name", "1"));
	CHECK_OK(mcpauth__headers_add(&headers, "X-Name", "2"));
	assert_string_equal(mcpauth__headers_get(&headers, "x-nAME"), "1");
	assert_null(mcpauth__headers_get(&headers, "X-Nam"));
	assert_null(mcpauth__headers_get(&headers, "X-Names"));
	mcpauth__headers_finish(&headers);
}

static void removes_all_of_a_name_and_no_other(void **state)
{
	(void)state;
	struct mcpauth__headers headers = {0};
	CHECK_OK(mcpauth__headers_add(&headers, "X-Name", "1"));
	CHECK_OK(mcpauth__headers_add(&headers, "X-Other", "2"));
	CHECK_OK(mcpauth__headers_add(&headers, "x-name", "3"));
	mcpauth__headers_remove(&headers, "X-NAME");
	assert_int_equal(headers.count, 1);
	assert_string_equal(headers.items[0].value, "2");
	mcpauth__headers_remove(&headers, "X-Name");
	assert_int_equal(headers.count, 1);
	mcpauth__headers_finish(&headers);
}

static void is_empty_again_when_finished(void **state)
{
	(void)state;
	struct mcpauth__headers headers = {0};
	CHECK_OK(mcpauth__headers_add(&headers, "X-Name", "1"));
	mcpauth__headers_finish(&headers);
	assert_null(headers.items);
	assert_int_equal(headers.count, 0);
	mcpauth__headers_finish(&headers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_fields_and_refuses_smuggled_ones),
		cmocka_unit_test(keeps_copies_in_the_order_of_their_coming),
		cmocka_unit_test(gets_the_first_whatever_the_case),
		cmocka_unit_test(removes_all_of_a_name_and_no_other),
		cmocka_unit_test(is_empty_again_when_finished),
	};
	return cmocka_run_group_tests_name("headers", tests, NULL, NULL);
}
