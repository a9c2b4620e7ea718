/* The Authorization header, to the letter of RFC 6750 section 2.1. */
#include "credentials.h"

#include "support/check.h"

#include <stdbool.h>
#include <string.h>

static const struct {
	const char *label;
	const char *value;
	const char *token; /* NULL: refused with the code */
	enum mcpauth_code code;
} rows[] = {
	{"a token", "Bearer abc", "abc", MCPAUTH_OK},
	{"every character of a token", "Bearer AZaz09-._~+/==", "AZaz09-._~+/==", MCPAUTH_OK},
	{"the scheme in small letters", "bearer abc", "abc", MCPAUTH_OK},
	{"the scheme in capitals", "BEARER abc", "abc", MCPAUTH_OK},
	{"the scheme in mixed letters", "bEaReR abc", "abc", MCPAUTH_OK},
	{"two blanks", "Bearer  abc", "abc", MCPAUTH_OK},
	{"padding behind the token", "Bearer abc=", "abc=", MCPAUTH_OK},
	{"one character", "Bearer a", "a", MCPAUTH_OK},

	{"empty", "", NULL, MCPAUTH_E_NO_CREDENTIALS},
	{"Basic", "Basic YWxpY2U6cHc=", NULL, MCPAUTH_E_NO_CREDENTIALS},
	{"DPoP", "DPoP abc", NULL, MCPAUTH_E_NO_CREDENTIALS},
	{"a scheme that only begins so", "Bearertoken abc", NULL, MCPAUTH_E_NO_CREDENTIALS},
	{"a scheme that ends too soon", "Beare abc", NULL, MCPAUTH_E_NO_CREDENTIALS},
	{"a token alone", "abc.def.ghi", NULL, MCPAUTH_E_NO_CREDENTIALS},
	{"a comma behind the scheme", "Bearer,abc", NULL, MCPAUTH_E_NO_CREDENTIALS},
	{"a colon behind the scheme", "Bearer: abc", NULL, MCPAUTH_E_NO_CREDENTIALS},

	{"Bearer alone", "Bearer", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"Bearer and a blank", "Bearer ", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"a tab instead of the blank", "Bearer\tabc", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"a tab behind the blank", "Bearer \tabc", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"two words", "Bearer abc def", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"two of them in one", "Bearer abc, Bearer def", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"quotes", "Bearer \"abc\"", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"a parameter", "Bearer token=abc", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"a quoted parameter", "Bearer token=\"abc\"", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"padding inside", "Bearer ab=c", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"padding alone", "Bearer ==", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"the scheme twice", "Bearer Bearer abc", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"a line break", "Bearer abc\r\nX: y", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"bytes beyond ASCII", "Bearer ab\xc3\xa9", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"a percent sign", "Bearer ab%20", NULL, MCPAUTH_E_INVALID_REQUEST},
	{"a blank behind the token", "Bearer abc ", NULL, MCPAUTH_E_INVALID_REQUEST},
};

static enum mcpauth_code parse(const char *value, const char **token)
{
	return mcpauth__credentials_parse(value, strlen(value), token);
}

static void finds_one_token_or_says_why_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *token = "stale";
		CHECK_ROW_CODE(rows[i].label, rows[i].code, parse(rows[i].value, &token));
		CHECK_ROW(rows[i].label,
			rows[i].token == NULL ? token == NULL : strcmp(token, rows[i].token) == 0);
	}
}

static void the_token_lies_inside_the_value(void **state)
{
	(void)state;
	const char *value = "Bearer abc";
	const char *token;
	CHECK_OK(parse(value, &token));
	assert_ptr_equal(token, value + 7);
}

/* The grammar once more, byte by byte. */
static bool is_plainly_a_token(const char *text)
{
	static const char good[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
	size_t characters = strspn(text, good);
	return characters > 0 && text[characters + strspn(text + characters, "=")] == '\0';
}

/* Leaves the text as it was. */
static void check_place(char *value, size_t at)
{
	char *text = value + sizeof "Bearer " - 1;
	char former = text[at];
	for (int c = 1; c < 256; c++) {
		const char *token;
		text[at] = (char)c;
		/* Blanks before the token are not of it. */
		bool want = is_plainly_a_token(text + (at == 0 && c == ' ' ? 1 : 0));
		CHECK_ROW(value, (parse(value, &token) == MCPAUTH_OK) == want);
	}
	text[at] = former;
}

/* Around the ends of one block of 64 and of two; between those nothing changes. */
static size_t after(size_t length)
{
	return length == 66 ? 127 : length + 1;
}

/* In one block and in several, at their edges and behind them. */
static void knows_every_byte_at_every_place(void **state)
{
	(void)state;
	for (size_t length = 1; length <= 130; length = after(length)) {
		char value[192] = "Bearer ";
		memset(value + strlen(value), 'x', length);
		for (size_t at = 0; at < length; at++) {
			check_place(value, at);
		}
	}
}

static void looks_no_further_than_the_value(void **state)
{
	(void)state;
	const char *token;
	CHECK_OK(mcpauth__credentials_parse("Bearer abc", 9, &token));
	CHECK_CODE(MCPAUTH_E_INVALID_REQUEST, mcpauth__credentials_parse("Bearer abc", 7, &token));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_one_token_or_says_why_not),
		cmocka_unit_test(the_token_lies_inside_the_value),
		cmocka_unit_test(knows_every_byte_at_every_place),
		cmocka_unit_test(looks_no_further_than_the_value),
	};
	return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
