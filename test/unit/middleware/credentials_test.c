/* The Authorization header, to the letter of RFC 6750 section 2.1. */
#include "credentials.h"

#include "support/check.h"

#include <string.h>

static const struct {
	const char *label;
	const char *value;
	const char *token; /* what is where one has to be; NULL: another scheme */
} rows[] = {
	{"a token", "Bearer abc", "abc"},
	{"the scheme in small letters", "bearer abc", "abc"},
	{"the scheme in capitals", "BEARER abc", "abc"},
	{"the scheme in mixed letters", "bEaReR abc", "abc"},
	{"two blanks", "Bearer  abc", "abc"},
	{"padding behind the token", "Bearer abc=", "abc="},
	{"one character", "Bearer a", "a"},

	{"empty", "", NULL},
	{"Basic", "Basic YWxpY2U6cHc=", NULL},
	{"DPoP", "DPoP abc", NULL},
	{"a scheme that only begins so", "Bearertoken abc", NULL},
	{"a scheme that ends too soon", "Beare abc", NULL},
	{"a token alone", "abc.def.ghi", NULL},
	{"a comma behind the scheme", "Bearer,abc", NULL},
	{"a colon behind the scheme", "Bearer: abc", NULL},

	{"Bearer alone", "Bearer", ""},
	{"Bearer and a blank", "Bearer ", ""},
	{"a tab instead of the blank", "Bearer\tabc", "\tabc"},
	{"a tab behind the blank", "Bearer \tabc", "\tabc"},
	{"two words", "Bearer abc def", "abc def"},
	{"two of them in one", "Bearer abc, Bearer def", "abc, Bearer def"},
	{"the scheme twice", "Bearer Bearer abc", "Bearer abc"},
	{"a line break", "Bearer abc\r\nX: y", "abc\r\nX: y"},
	{"a blank behind the token", "Bearer abc ", "abc "},
};

static void finds_where_the_token_begins(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *value = rows[i].value;
		const char *token = mcpauth__credentials_token(value);
		CHECK_ROW(rows[i].label,
			rows[i].token == NULL ? token == NULL
					      : token != NULL && strcmp(token, rows[i].token) == 0);
		/* Up to the value's end, and no copy. */
		CHECK_ROW(rows[i].label,
			token == NULL || token + strlen(rows[i].token) == value + strlen(value));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_where_the_token_begins),
	};
	return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
