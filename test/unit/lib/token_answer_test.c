/* A token endpoint's answer to a client: where the limits of what is believed lie. */
#include "client/grants/token_request.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BEGINNING "{\"access_token\":\"a\",\"token_type\":\"Bearer\","

/* Only compared with NULL by what is tried here. */
static char dpop_place;
static struct mcpauth__dpop *const some_dpop = (struct mcpauth__dpop *)(void *)&dpop_place;

static const struct mcpauth__token_request plain;

/* For CHECK_...: `err` is theirs. Caller finishes the answer. */
static enum mcpauth_code read_it(const struct mcpauth__token_request *request, unsigned status,
	const char *text, struct mcpauth__token_answer *answer, struct mcpauth_error *err)
{
	const struct mcpauth__buf body = {.data = (char *)text, .length = strlen(text)};
	return mcpauth__token_answer_read(request, status, &body, answer, err);
}

static enum mcpauth_code judge(
	const struct mcpauth__token_request *request, const char *text, struct mcpauth_error *err)
{
	struct mcpauth__token_answer answer = {0};
	enum mcpauth_code code = read_it(request, 200, text, &answer, err);
	bool has_token = answer.access_token != NULL;
	mcpauth__token_answer_finish(&answer);
	assert_true(code == MCPAUTH_E_NO_MEMORY || has_token == (code == MCPAUTH_OK));
	return code;
}

static void keeps_all_that_is_said(void **state)
{
	struct mcpauth__token_answer answer = {0};
	(void)state;
	CHECK_OK(read_it(&plain, 200,
		BEGINNING "\"expires_in\":3600,\"refresh_token\":\"r !~\",\"scope\":\"b c\","
			  "\"issued_token_type\":\"urn:x\",\"more\":[1]}",
		&answer, &err));
	assert_string_equal(answer.access_token, "a");
	assert_string_equal(answer.refresh_token, "r !~");
	assert_string_equal(answer.scope, "b c");
	assert_string_equal(answer.issued_token_type, "urn:x");
	assert_string_equal(answer.error, "");
	assert_int_equal(answer.lifetime, 3600);
	assert_false(answer.is_dpop);
	mcpauth__token_answer_finish(&answer);
	assert_null(answer.access_token);
	assert_null(answer.refresh_token);
}

static void knows_only_what_is_said(void **state)
{
	static const char *const texts[] = {
		BEGINNING "\"more\":1}",
		BEGINNING "\"expires_in\":null,\"refresh_token\":null,\"scope\":null,"
			  "\"issued_token_type\":null,\"error\":null}",
		BEGINNING "\"refresh_token\":\"\",\"error\":\"\"}",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct mcpauth__token_answer answer = {0};
		CHECK_OK(read_it(&plain, 200, texts[i], &answer, &err));
		CHECK_ROW(texts[i], answer.refresh_token == NULL && answer.scope == NULL);
		CHECK_ROW(texts[i], answer.issued_token_type == NULL);
		CHECK_ROW(texts[i], answer.lifetime == MCPAUTH__LIFETIME_NONE);
		mcpauth__token_answer_finish(&answer);
	}
}

static void wants_an_access_token_that_can_be_shown(void **state)
{
	static const struct {
		const char *token; /* as it is written */
		enum mcpauth_code want;
	} rows[] = {
		{"\"aZ09-._~+/==\"", MCPAUTH_OK},
		{"\"\"", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"a b\"", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"a\\r\\nX: y\"", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"a,b\"", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"\xc3\xa4\"", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"a\\u0000\"", MCPAUTH_E_INVALID_JSON},
		{"7", MCPAUTH_E_TOKEN_ENDPOINT},
		{"null", MCPAUTH_E_TOKEN_ENDPOINT},
		{"[\"a\"]", MCPAUTH_E_TOKEN_ENDPOINT},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[128];
		snprintf(text, sizeof text, "{\"token_type\":\"bearer\",\"access_token\":%s}",
			rows[i].token);
		CHECK_ROW_CODE(rows[i].token, rows[i].want, judge(&plain, text, &err));
	}
	CHECK_CODE(MCPAUTH_E_TOKEN_ENDPOINT, judge(&plain, "{\"token_type\":\"bearer\"}", &err));
	CHECK_CODE(MCPAUTH_E_TOKEN_ENDPOINT,
		judge(&plain, "{\"token_type\":\"bearer\",\"Access_Token\":\"a\"}", &err));
}

/* `before`, so many letters, `after`. Caller frees. */
static char *long_text(const char *before, size_t letters, const char *after)
{
	size_t first = strlen(before);
	char *text = malloc(first + letters + strlen(after) + 1);
	assert_non_null(text);
	memcpy(text, before, first);
	memset(text + first, 'a', letters);
	strcpy(text + first + letters, after);
	return text;
}

static void takes_tokens_of_a_certain_length_alone(void **state)
{
	static const struct {
		const char *before;
		const char *after;
	} rows[] = {
		{"{\"token_type\":\"bearer\",\"access_token\":\"", "\"}"},
		{BEGINNING "\"refresh_token\":\"", "\"}"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		char *text = long_text(
			rows[i / 2].before, MCPAUTH__ISSUED_TOKEN_LIMIT + i % 2, rows[i / 2].after);
		CHECK_ROW_CODE(rows[i / 2].before,
			i % 2 == 0 ? MCPAUTH_OK : MCPAUTH_E_TOKEN_ENDPOINT,
			judge(&plain, text, &err));
		free(text);
	}
}

static void takes_the_type_that_was_asked_for(void **state)
{
	static const struct mcpauth__token_request any = {.dpop = some_dpop};
	static const struct mcpauth__token_request bound = {
		.dpop = some_dpop, .token_type = "DPoP"};
	static const struct mcpauth__token_request none = {.token_type = "N_A"};
	static const struct {
		const struct mcpauth__token_request *request;
		const char *type;
		bool is_good;
	} rows[] = {
		{&plain, "\"Bearer\"", true},
		{&plain, "\"bEARER\"", true},
		{&plain, "\"DPoP\"", false},
		{&plain, "\"N_A\"", false},
		{&plain, "\"Bearer \"", false},
		{&plain, "\"mac\"", false},
		{&plain, "null", false},
		{&plain, "1", false},
		{&any, "\"Bearer\"", true},
		{&any, "\"dpop\"", true},
		{&any, "\"N_A\"", false},
		{&bound, "\"DPOP\"", true},
		{&bound, "\"Bearer\"", false},
		{&none, "\"n_a\"", true},
		{&none, "\"Bearer\"", false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[128];
		snprintf(text, sizeof text, "{\"access_token\":\"a\",\"token_type\":%s}",
			rows[i].type);
		CHECK_ROW_CODE(rows[i].type,
			rows[i].is_good ? MCPAUTH_OK : MCPAUTH_E_TOKEN_ENDPOINT,
			judge(rows[i].request, text, &err));
	}
	CHECK_CODE(MCPAUTH_E_TOKEN_ENDPOINT, judge(&plain, "{\"access_token\":\"a\"}", &err));
}

static void tells_a_bound_token_from_a_plain_one(void **state)
{
	static const struct mcpauth__token_request any = {.dpop = some_dpop};
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct mcpauth__token_answer answer = {0};
		CHECK_OK(read_it(&any, 200,
			i == 0 ? "{\"access_token\":\"a\",\"token_type\":\"dpop\"}"
			       : "{\"access_token\":\"a\",\"token_type\":\"bearer\"}",
			&answer, &err));
		assert_int_equal(answer.is_dpop, i == 0);
		mcpauth__token_answer_finish(&answer);
	}
}

static void reads_how_long_it_lasts(void **state)
{
	static const struct {
		const char *text;
		bool is_good;
		int64_t want;
	} rows[] = {
		{"0", true, 0},
		{"59.9", true, 59},
		{"\"3600\"", true, 3600},
		{"\"0060\"", true, 60},
		{"2147483646", true, 2147483646},
		{"2147483648", true, INT32_MAX},
		{"9223372036854775807", true, INT32_MAX},
		{"1e300", true, INT32_MAX},
		{"\"2147483646\"", true, 2147483646},
		{"\"99999999999999999999999\"", true, INT32_MAX},
		{"-1", false, 0},
		{"-0.5", false, 0},
		{"\"\"", false, 0},
		{"\"-1\"", false, 0},
		{"\"+1\"", false, 0},
		{"\" 1\"", false, 0},
		{"\"1.5\"", false, 0},
		{"\"1s\"", false, 0},
		{"true", false, 0},
		{"[1]", false, 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mcpauth__token_answer answer = {0};
		char text[128];
		snprintf(text, sizeof text, BEGINNING "\"expires_in\":%s}", rows[i].text);
		CHECK_ROW_CODE(rows[i].text,
			rows[i].is_good ? MCPAUTH_OK : MCPAUTH_E_TOKEN_ENDPOINT,
			read_it(&plain, 200, text, &answer, &err));
		CHECK_ROW(rows[i].text, !rows[i].is_good || answer.lifetime == rows[i].want);
		mcpauth__token_answer_finish(&answer);
	}
}

static void refuses_what_cannot_be_kept_or_sent(void **state)
{
	static const struct {
		const char *text;
		enum mcpauth_code want;
	} rows[] = {
		{"\"scope\":\"a b\"", MCPAUTH_OK},
		{"\"scope\":\"\"", MCPAUTH_OK},
		{"\"scope\":\"a\\\"b\"", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"scope\":\"a\\tb\"", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"scope\":[\"a\"]", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"refresh_token\":\" ~\"", MCPAUTH_OK},
		{"\"refresh_token\":\"a\\nb\"", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"refresh_token\":\"a\x7f\"", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"refresh_token\":\"\xc3\xa4\"", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"refresh_token\":1", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"issued_token_type\":{}", MCPAUTH_E_TOKEN_ENDPOINT},
		{"\"x\":1,\"x\":2", MCPAUTH_E_INVALID_JSON},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[128];
		snprintf(text, sizeof text, BEGINNING "%s}", rows[i].text);
		CHECK_ROW_CODE(rows[i].text, rows[i].want, judge(&plain, text, &err));
	}
	CHECK_CODE(MCPAUTH_E_INVALID_JSON, judge(&plain, "", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_JSON, judge(&plain, "access_token=a", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_JSON, judge(&plain, "[]", &err));
}

static void keeps_the_error_of_a_refusal(void **state)
{
	static const struct {
		unsigned status;
		const char *text;
		const char *want;
	} rows[] = {
		{400, "{\"error\":\"invalid_grant\",\"error_description\":\"hush\"}",
			"invalid_grant"},
		{401, "{\"error\":\"invalid_client\"}", "invalid_client"},
		{200, "{\"error\":\"bad_verification_code\"}", "bad_verification_code"},
		{400, "{\"error\":\"invalid grant\"}", ""},
		{400, "{\"error\":\"hush.hush.hush\"}", ""},
		{400, "{\"error\":\"abcdefghijklmnopqrstuvwxyz_abcdefghijklmn\"}", ""},
		{400, "{\"error\":{\"code\":1}}", ""},
		{400, "{}", ""},
		{400, "<html>", ""},
		{400, "", ""},
		{403, BEGINNING "\"expires_in\":1}", ""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mcpauth__token_answer answer = {0};
		struct mcpauth_error err = {0};
		assert_int_equal(read_it(&plain, rows[i].status, rows[i].text, &answer, &err),
			MCPAUTH_E_TOKEN_ENDPOINT);
		assert_string_equal(answer.error, rows[i].want);
		CHECK_ROW(rows[i].text, strstr(err.message, rows[i].want) == err.message);
		CHECK_ROW(rows[i].text, strstr(err.message, "hush") == NULL);
		CHECK_ROW(rows[i].text, answer.access_token == NULL);
		mcpauth__token_answer_finish(&answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_all_that_is_said),
		cmocka_unit_test(knows_only_what_is_said),
		cmocka_unit_test(wants_an_access_token_that_can_be_shown),
		cmocka_unit_test(takes_tokens_of_a_certain_length_alone),
		cmocka_unit_test(takes_the_type_that_was_asked_for),
		cmocka_unit_test(tells_a_bound_token_from_a_plain_one),
		cmocka_unit_test(reads_how_long_it_lasts),
		cmocka_unit_test(refuses_what_cannot_be_kept_or_sent),
		cmocka_unit_test(keeps_the_error_of_a_refusal),
	};
	return cmocka_run_group_tests_name("token_answer", tests, NULL, NULL);
}
