/* A token endpoint's answer: where the limits of what is believed lie. */
#include "endpoint/exchanged.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASKED_AT 1800000000
#define TOKEN_MAX 16384

static enum mcpauth_code read_answer(
	unsigned status, const char *body, int64_t *expires_at, struct mcpauth_error *err)
{
	struct mcpauth_exchanged_token *token;
	int64_t lifetime;
	const struct mcpauth__response response = {
		.status = status,
		.body = body,
		.length = strlen(body),
		.max_age = MCPAUTH_NONE,
		.message = "the endpoint answered",
	};
	enum mcpauth_code code = mcpauth__exchanged_token_read(
		&response, ASKED_AT, &token, &lifetime, err);
	assert_true((code == MCPAUTH_OK) == (token != NULL));
	*expires_at = token == NULL ? 0 : mcpauth_exchanged_token_expires_at(token);
	mcpauth_exchanged_token_free(token);
	return code;
}

/* `before`, so many letters, `after`. Caller frees. */
static char *long_text(const char *before, size_t letters, const char *after)
{
	size_t size = strlen(before) + letters + strlen(after) + 1;
	char *text = malloc(size);
	assert_non_null(text);
	memset(text, 'a', size);
	memcpy(text, before, strlen(before));
	strcpy(text + strlen(before) + letters, after);
	return text;
}

static void takes_tokens_of_a_certain_length_alone(void **state)
{
	(void)state;
	int64_t end;
	for (size_t more = 0; more < 2; more++) {
		char *body = long_text(
			"{\"access_token\":\"", TOKEN_MAX + more, "\",\"token_type\":\"Bearer\"}");
		CHECK_CODE(more == 0 ? MCPAUTH_OK : MCPAUTH_E_TOKEN_ENDPOINT,
			read_answer(200, body, &end, &err));
		free(body);
	}
}

static void takes_tokens_of_printable_characters_alone(void **state)
{
	(void)state;
	static const struct {
		const char *token;
		enum mcpauth_code want;
	} rows[] = {
		{"a b", MCPAUTH_E_TOKEN_ENDPOINT},
		{"a\x7f", MCPAUTH_E_TOKEN_ENDPOINT},
		{"a\\u0000b", MCPAUTH_E_INVALID_JSON},
		{"!~", MCPAUTH_OK},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char body[128];
		int64_t end;
		snprintf(body, sizeof body, "{\"access_token\":\"%s\",\"token_type\":\"Bearer\"}",
			rows[i].token);
		CHECK_ROW_CODE(rows[i].token, rows[i].want, read_answer(200, body, &end, &err));
	}
}

static void knows_a_tokens_end_only_if_it_is_said(void **state)
{
	(void)state;
	int64_t end;
	CHECK_OK(
		read_answer(200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}", &end, &err));
	assert_int_equal(end, 0);
	CHECK_OK(read_answer(200,
		"{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":5}", &end, &err));
	assert_int_equal(end, ASKED_AT + 5);
}

static void quotes_of_an_error_what_can_only_be_a_code(void **state)
{
	(void)state;
	static const struct {
		const char *error;
		bool is_told;
	} rows[] = {
		{"invalid_target", true},
		{"abcdefghijklmnopqrstuvwxyz_abcdefghijklm", true},
		{"abcdefghijklmnopqrstuvwxyz_abcdefghijklmn", false},
		{"invalid-target", false},
		{"invalid_target2", false},
		{"Invalid_target", false},
		{"", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_error err = {0};
		char body[128];
		char want[128];
		int64_t end;
		snprintf(body, sizeof body, "{\"error\":\"%s\"}", rows[i].error);
		snprintf(want, sizeof want, "the endpoint answered%s%s",
			rows[i].is_told ? ": " : "", rows[i].is_told ? rows[i].error : "");
		assert_int_equal(read_answer(400, body, &end, &err), MCPAUTH_E_TOKEN_ENDPOINT);
		CHECK_ROW(rows[i].error, strcmp(err.message, want) == 0);
	}
}

static void says_which_answer_was_no_json(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	int64_t end;
	assert_int_equal(read_answer(200, "{", &end, &err), MCPAUTH_E_INVALID_JSON);
	assert_ptr_equal(strstr(err.message, "the endpoint answered: "), err.message);
}

static void a_refusal_for_now_is_none_of_the_token(void **state)
{
	(void)state;
	static const unsigned later[] = {408, 429, 500, 503};
	int64_t end;
	for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
		CHECK_CODE(MCPAUTH_E_HTTP_STATUS, read_answer(later[i], "{}", &end, &err));
	}
	CHECK_CODE(MCPAUTH_E_TOKEN_ENDPOINT, read_answer(409, "{}", &end, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_tokens_of_a_certain_length_alone),
		cmocka_unit_test(takes_tokens_of_printable_characters_alone),
		cmocka_unit_test(knows_a_tokens_end_only_if_it_is_said),
		cmocka_unit_test(quotes_of_an_error_what_can_only_be_a_code),
		cmocka_unit_test(says_which_answer_was_no_json),
		cmocka_unit_test(a_refusal_for_now_is_none_of_the_token),
	};
	return cmocka_run_group_tests_name("exchanged", tests, NULL, NULL);
}
