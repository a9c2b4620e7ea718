/* Introspection answers: who is active, and what is put in where they say nothing. */
#include "token/introspection_answer.h"

#include "base/json.h"
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#define ISSUER "https://as.example"
#define AUDIENCE "https://api.example/\"mcp\"\\"
#define END 1800000060

static const struct mcpauth__claim_defaults defaults = {ISSUER, AUDIENCE, END};

static enum mcpauth_code read_with(const char *text, const struct mcpauth__claim_defaults *with,
	struct mcpauth__buf *claims, struct mcpauth_error *err)
{
	*claims = (struct mcpauth__buf){0};
	enum mcpauth_code code = mcpauth__introspection_answer_read(
		text, strlen(text), with, claims, err);
	assert_true((code == MCPAUTH_OK) == (claims->length > 0));
	return code;
}

static enum mcpauth_code verdict(const char *text, struct mcpauth_error *err)
{
	struct mcpauth__buf claims;
	enum mcpauth_code code = read_with(text, &defaults, &claims, err);
	mcpauth__buf_finish(&claims);
	return code;
}

#define ACTIVE(more) "{\"active\":true" more "}"

static const struct {
	const char *label;
	const char *text;
	enum mcpauth_code want;
} rows[] = {
	{"active", ACTIVE(""), MCPAUTH_OK},
	{"with blanks around it", " \r\n\t{ \"active\" : true } \n", MCPAUTH_OK},
	{"inactive", "{\"active\":false}", MCPAUTH_E_INACTIVE},
	{"inactive, and of no type", "{\"active\":false,\"token_type\":1}", MCPAUTH_E_INACTIVE},
	{"a string", "{\"active\":\"true\"}", MCPAUTH_E_INTROSPECTION},
	{"another string", "{\"active\":\"false\"}", MCPAUTH_E_INTROSPECTION},
	{"a number", "{\"active\":1}", MCPAUTH_E_INTROSPECTION},
	{"zero", "{\"active\":0}", MCPAUTH_E_INTROSPECTION},
	{"null", "{\"active\":null}", MCPAUTH_E_INTROSPECTION},
	{"an array", "{\"active\":[true]}", MCPAUTH_E_INTROSPECTION},
	{"absent", "{\"sub\":\"a\"}", MCPAUTH_E_INTROSPECTION},
	{"written otherwise", "{\"Active\":true}", MCPAUTH_E_INTROSPECTION},
	{"within another", "{\"a\":{\"active\":true}}", MCPAUTH_E_INTROSPECTION},
	{"twice", "{\"active\":false,\"active\":true}", MCPAUTH_E_INTROSPECTION},
	{"twice, escaped", "{\"active\":false,\"\\u0061ctive\":true}", MCPAUTH_E_INTROSPECTION},
	{"an array of it", "[{\"active\":true}]", MCPAUTH_E_INTROSPECTION},
	{"true alone", "true", MCPAUTH_E_INTROSPECTION},
	{"nothing", "", MCPAUTH_E_INTROSPECTION},
	{"HTML", "<html>active</html>", MCPAUTH_E_INTROSPECTION},
	{"cut off", "{\"active\":true", MCPAUTH_E_INTROSPECTION},
	{"something behind", ACTIVE("") "x", MCPAUTH_E_INTROSPECTION},
	{"a second one behind", ACTIVE("") ACTIVE(""), MCPAUTH_E_INTROSPECTION},
	{"a byte order mark", "\xef\xbb\xbf" ACTIVE(""), MCPAUTH_E_INTROSPECTION},
	{"a NUL", ACTIVE(",\"sub\":\"a\\u0000b\""), MCPAUTH_E_INTROSPECTION},
	{"no UTF-8", ACTIVE(",\"sub\":\"\xff\""), MCPAUTH_E_INTROSPECTION},
	{"a Bearer", ACTIVE(",\"token_type\":\"Bearer\""), MCPAUTH_OK},
	{"a bearer", ACTIVE(",\"token_type\":\"bEARER\""), MCPAUTH_OK},
	{"an access token", ACTIVE(",\"token_type\":\"Access_Token\""), MCPAUTH_OK},
	{"a DPoP token", ACTIVE(",\"token_type\":\"DPoP\""), MCPAUTH_E_TOKEN_TYPE},
	{"a refresh token", ACTIVE(",\"token_type\":\"refresh_token\""), MCPAUTH_E_TOKEN_TYPE},
	{"of no type", ACTIVE(",\"token_type\":\"\""), MCPAUTH_E_TOKEN_TYPE},
	{"of a type null", ACTIVE(",\"token_type\":null"), MCPAUTH_E_TOKEN_TYPE},
	{"of a list of types", ACTIVE(",\"token_type\":[\"Bearer\"]"), MCPAUTH_E_TOKEN_TYPE},
	{"used for access", ACTIVE(",\"token_use\":\"access_token\""), MCPAUTH_OK},
	{"used to refresh", ACTIVE(",\"token_use\":\"refresh_token\""), MCPAUTH_E_TOKEN_TYPE},
	{"used for REFRESH", ACTIVE(",\"token_use\":\"REFRESH\""), MCPAUTH_E_TOKEN_TYPE},
};

static void takes_active_true_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW_CODE(rows[i].label, rows[i].want, verdict(rows[i].text, &err));
	}
}

/* An object within objects, so deep as it may be, and with `more` one deeper. */
static void refuses_what_is_too_deep(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct mcpauth__buf text = {0};
		mcpauth__buf_puts(&text, "{\"active\":true,\"a\":");
		for (size_t i = 1; i < MCPAUTH__JSON_DEPTH_LIMIT + more; i++) {
			mcpauth__buf_puts(&text, "[");
		}
		for (size_t i = 1; i < MCPAUTH__JSON_DEPTH_LIMIT + more; i++) {
			mcpauth__buf_puts(&text, "]");
		}
		mcpauth__buf_puts(&text, "}");
		CHECK_CODE(
			more == 0 ? MCPAUTH_OK : MCPAUTH_E_INTROSPECTION, verdict(text.data, &err));
		mcpauth__buf_finish(&text);
	}
}

static void refuses_what_would_take_much_memory(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct mcpauth__buf text = {0};
		/* The object, what is active and the array are three. */
		mcpauth__buf_puts(&text, "{\"active\":true,\"a\":[0");
		for (size_t i = 4; i < MCPAUTH__JSON_VALUE_LIMIT + more; i++) {
			mcpauth__buf_puts(&text, ",0");
		}
		mcpauth__buf_puts(&text, "]}");
		CHECK_CODE(
			more == 0 ? MCPAUTH_OK : MCPAUTH_E_INTROSPECTION, verdict(text.data, &err));
		mcpauth__buf_finish(&text);
	}
}

#define PUT_ISS "\"iss\":\"https://as.example\""
#define PUT_AUD "\"aud\":\"https://api.example/\\\"mcp\\\"\\\\\""
#define PUT_EXP "\"exp\":1800000060"

static const struct {
	const char *label;
	const char *text;
	const char *want;
} completed[] = {
	{"all is absent", ACTIVE(""), "{" PUT_ISS "," PUT_AUD "," PUT_EXP ",\"active\":true}"},
	{"nothing is", "{\"iss\":1,\"aud\":[],\"exp\":null,\"active\":true}",
		"{\"iss\":1,\"aud\":[],\"exp\":null,\"active\":true}"},
	{"iss is there", "{\"iss\":\"x\",\"active\":true}",
		"{" PUT_AUD "," PUT_EXP ",\"iss\":\"x\",\"active\":true}"},
	{"aud is there", "{\"aud\":\"x\",\"active\":true}",
		"{" PUT_ISS "," PUT_EXP ",\"aud\":\"x\",\"active\":true}"},
	{"exp is there", "{\"exp\":1,\"active\":true}",
		"{" PUT_ISS "," PUT_AUD ",\"exp\":1,\"active\":true}"},
	{"numbers as they were", ACTIVE(",\"n\":9007199254740993,\"f\":1e-1"),
		"{" PUT_ISS "," PUT_AUD "," PUT_EXP
		",\"active\":true,\"n\":9007199254740993,\"f\":1e-1}"},
	{"blanks as they were", "\n{ \"active\" :true }\t",
		"{" PUT_ISS "," PUT_AUD "," PUT_EXP ", \"active\" :true }\t"},
};

static void puts_in_what_is_absent(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof completed / sizeof *completed; i++) {
		struct mcpauth__buf claims;
		CHECK_ROW_CODE(completed[i].label, MCPAUTH_OK,
			read_with(completed[i].text, &defaults, &claims, &err));
		CHECK_ROW(completed[i].label, strcmp(claims.data, completed[i].want) == 0);
		assert_int_equal(claims.length, strlen(completed[i].want));
		mcpauth__buf_finish(&claims);
	}
}

static void leaves_an_absent_audience_absent(void **state)
{
	(void)state;
	struct mcpauth__buf claims;
	const struct mcpauth__claim_defaults without = {ISSUER, NULL, END};
	CHECK_OK(read_with(ACTIVE(""), &without, &claims, &err));
	assert_string_equal(claims.data, "{" PUT_ISS "," PUT_EXP ",\"active\":true}");
	mcpauth__buf_finish(&claims);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_active_true_alone),
		cmocka_unit_test(refuses_what_is_too_deep),
		cmocka_unit_test(refuses_what_would_take_much_memory),
		cmocka_unit_test(puts_in_what_is_absent),
		cmocka_unit_test(leaves_an_absent_audience_absent),
	};
	return cmocka_run_group_tests_name("introspection_answer", tests, NULL, NULL);
}
