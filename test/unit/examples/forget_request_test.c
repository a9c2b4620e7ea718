/* What the admin endpoint of `simple-auth-server` takes for a request to forget. */
#include "simple-auth/forget_request.h"
#include "support/check.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *read_text(const char *text, struct forget_request *request)
{
	return forget_request_read(text, strlen(text), request);
}

static void reads_a_token(void **state)
{
	struct forget_request request;
	(void)state;
	assert_null(read_text(" {\"token\":\"a.b\\u002dc\"} ", &request));
	assert_string_equal(request.token, "a.b-c");
	assert_null(request.issuer);
	assert_null(request.subject);
	assert_null(request.session);
	forget_request_finish(&request);
	assert_null(request.token);
}

static void reads_an_issuer_s_subject(void **state)
{
	struct forget_request request;
	(void)state;
	assert_null(read_text("{\"subject\":\"bob\",\"issuer\":\"https://a.example\"}", &request));
	assert_string_equal(request.issuer, "https://a.example");
	assert_string_equal(request.subject, "bob");
	assert_null(request.token);
	assert_null(request.session);
	forget_request_finish(&request);
}

static void reads_an_issuer_s_session(void **state)
{
	struct forget_request request;
	(void)state;
	assert_null(read_text("{\"issuer\":\"https://a.example\",\"session\":\"s\"}", &request));
	assert_string_equal(request.issuer, "https://a.example");
	assert_string_equal(request.session, "s");
	assert_null(request.token);
	assert_null(request.subject);
	forget_request_finish(&request);
}

static void refuses_what_it_would_have_to_guess(void **state)
{
	static const struct {
		const char *wrong;
		const char *right;
	} rows[] = {
		{"", "{\"token\":\"t\"}"},
		{"null", "{\"token\":\"t\"}"},
		{"[\"t\"]", "{\"token\":\"t\"}"},
		{"{\"token\":\"t\"", "{\"token\":\"t\"}"},
		{"{\"token\":\"t\"}{}", "{\"token\":\"t\"} "},
		{"{\"token\":\"t\",\"token\":\"t\"}", "{\"token\":\"t\"}"},
		{"{\"token\":\"t\\u0000\"}", "{\"token\":\"t\\u0001\"}"},
		{"{\"token\":\"t\",\"t\\u006fken\":\"u\"}", "{\"token\":\"t\"}"},
		{"{\"token\":\"t\"} x", "{\"token\":\"t\"}\r\n\t"},
		{"{\"token\":\"\"}", "{\"token\":\"t\"}"},
		{"{\"token\":1}", "{\"token\":\"1\"}"},
		{"{\"token\":null}", "{\"token\":\"null\"}"},
		{"{\"Token\":\"t\"}", "{\"token\":\"t\"}"},
		{"{\"token\":\"t\",\"all\":true}", "{\"token\":\"t\"}"},
		{"{\"token\":\"t\",\"issuer\":\"i\"}", "{\"token\":\"t\"}"},
		{"{\"token\":\"t\",\"subject\":\"s\"}", "{\"token\":\"t\"}"},
		{"{\"token\":\"t\",\"session\":\"s\"}", "{\"token\":\"t\"}"},
		{"{}", "{\"token\":\"t\"}"},
		{"{\"issuer\":\"i\"}", "{\"issuer\":\"i\",\"subject\":\"s\"}"},
		{"{\"subject\":\"s\"}", "{\"subject\":\"s\",\"issuer\":\"i\"}"},
		{"{\"session\":\"s\"}", "{\"session\":\"s\",\"issuer\":\"i\"}"},
		{"{\"issuer\":\"i\",\"subject\":\"s\",\"session\":\"s\"}",
			"{\"issuer\":\"i\",\"session\":\"s\"}"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forget_request request;
		CHECK_ROW(rows[i].wrong, read_text(rows[i].wrong, &request) != NULL);
		forget_request_finish(&request);
		CHECK_ROW(rows[i].right, read_text(rows[i].right, &request) == NULL);
		forget_request_finish(&request);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_token),
		cmocka_unit_test(reads_an_issuer_s_subject),
		cmocka_unit_test(reads_an_issuer_s_session),
		cmocka_unit_test(refuses_what_it_would_have_to_guess),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
