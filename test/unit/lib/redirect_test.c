/* The redirect of a login: whose answer it is, and what it says. */
#include "client/login/authorization_request.h"

#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define URI "http://127.0.0.1:1234/callback"
#define STATE "0123456789abcdefghijklmnopqrstuvwxyz_-ABCDE"
#define ISSUER "https%3A%2F%2Fas.example%2Ft"
#define GOOD URI "?code=c&state=" STATE

static const struct mcpauth__authorization_request plain = {.redirect_uri = URI,
	.issuer = "https://as.example/t",
	.state = STATE};
static const struct mcpauth__authorization_request naming = {.redirect_uri = URI,
	.issuer = "https://as.example/t",
	.state = STATE,
	.names_issuer = true};

/* In memory of its own length, so that reading on is noticed. */
static enum mcpauth_code read_copy(const struct mcpauth__authorization_request *request,
	const char *url, char **code, struct mcpauth_error *err)
{
	char *copy = strdup(url);
	assert_non_null(copy);
	enum mcpauth_code result = mcpauth__redirect_read(request, copy, code, err);
	free(copy);
	return result;
}

static void check(const char *label, const struct mcpauth__authorization_request *request,
	const char *url, enum mcpauth_code want)
{
	char *code = (char *)label;
	CHECK_ROW_CODE(label, want, read_copy(request, url, &code, &err));
	CHECK_ROW(
		label, want == MCPAUTH_OK ? code != NULL && strcmp(code, "c") == 0 : code == NULL);
	free(code);
}

static const struct {
	const char *label;
	const char *url;
} good[] = {
	{"whole", GOOD},
	{"behind the origin", "/callback?code=c&state=" STATE},
	{"in another order", URI "?state=" STATE "&code=c"},
	{"with what is unknown", URI "?session_state=1&code=c&state=" STATE "&scope=a+b"},
	{"with what is unknown twice", URI "?a=1&code=c&state=" STATE "&a=2"},
	{"with its issuer", GOOD "&iss=" ISSUER},
	{"with its issuer as it is", GOOD "&iss=https://as.example/t"},
	{"with a fragment", GOOD "#_=_"},
	{"with an empty fragment", GOOD "#"},
	{"its scheme in capitals", "HTTP://127.0.0.1:1234/callback?code=c&state=" STATE},
	{"pasted with blanks around", " \t" GOOD " \r\n"},
	{"its state encoded",
		URI "?code=c&state=%30"
		    "123456789abcdefghijklmnopqrstuvwxyz_-ABCDE"},
};

static void takes_the_answer_to_its_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		check(good[i].label, &plain, good[i].url, MCPAUTH_OK);
	}
}

static const struct {
	const char *label;
	const char *url;
} astray[] = {
	{"nothing", ""},
	{"blanks", " \n"},
	{"a code alone", "c"},
	{"no query", URI},
	{"an empty query", URI "?"},
	{"no state", URI "?code=c"},
	{"an empty state", URI "?code=c&state="},
	{"another state", URI "?code=c&state=" STATE "x"},
	{"a shorter state", URI "?code=c&state=0123456789"},
	{"a state of another case",
		URI "?code=c&state=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_-ABCDE"},
	{"two states", GOOD "&state=" STATE},
	{"two states, the first good", GOOD "&state=x"},
	{"a state in the fragment", URI "?code=c#state=" STATE},
	{"no code", URI "?state=" STATE},
	{"an empty code", URI "?code=&state=" STATE},
	{"two codes", GOOD "&code=d"},
	{"two codes, the same", GOOD "&code=c"},
	{"two errors", URI "?error=a&error=b&state=" STATE},
	{"another path", "http://127.0.0.1:1234/callbac?code=c&state=" STATE},
	{"a longer path", URI "/?code=c&state=" STATE},
	{"no path", "http://127.0.0.1:1234?code=c&state=" STATE},
	{"another path behind the origin", "/other?code=c&state=" STATE},
	{"two slashes", "//callback?code=c&state=" STATE},
	{"a path of another case", "/Callback?code=c&state=" STATE},
	{"another port", "http://127.0.0.1:1235/callback?code=c&state=" STATE},
	{"no port", "http://127.0.0.1/callback?code=c&state=" STATE},
	{"another host", "http://evil.example:1234/callback?code=c&state=" STATE},
	{"another scheme", "https://127.0.0.1:1234/callback?code=c&state=" STATE},
	{"a host behind a user", "http://127.0.0.1:1234@evil.example/callback?code=c&state=" STATE},
	{"a query without a path", "?code=c&state=" STATE},
	{"a blank in it", URI "?code=c d&state=" STATE},
	{"a second line", GOOD "\n" GOOD},
	{"half an escape", GOOD "&a=%4"},
	{"a NUL", GOOD "&a=%00"},
	{"a name alone", GOOD "&a"},
	{"a byte beyond ASCII", GOOD "&a=\xc3\xbc"},
};

static void waits_on_for_what_is_not_its_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(astray); i++) {
		check(astray[i].label, &plain, astray[i].url, MCPAUTH_E_REDIRECT);
	}
}

static const struct {
	const char *label;
	const struct mcpauth__authorization_request *request;
	const char *url;
	enum mcpauth_code want;
} issuers[] = {
	{"promised and there", &naming, GOOD "&iss=" ISSUER, MCPAUTH_OK},
	{"promised and another", &naming, GOOD "&iss=https://evil.example",
		MCPAUTH_E_ISSUER_MISMATCH},
	{"promised and absent", &naming, GOOD, MCPAUTH_E_ISSUER_MISMATCH},
	{"not promised, but there", &plain, GOOD "&iss=" ISSUER, MCPAUTH_OK},
	{"not promised, but another", &plain, GOOD "&iss=https://evil.example",
		MCPAUTH_E_ISSUER_MISMATCH},
	{"neither", &plain, GOOD, MCPAUTH_OK},
	{"with a slash more", &plain, GOOD "&iss=" ISSUER "/", MCPAUTH_E_ISSUER_MISMATCH},
	{"in capitals", &plain, GOOD "&iss=https://AS.example/t", MCPAUTH_E_ISSUER_MISMATCH},
	{"empty", &plain, GOOD "&iss=", MCPAUTH_E_ISSUER_MISMATCH},
	{"twice", &plain, GOOD "&iss=" ISSUER "&iss=" ISSUER, MCPAUTH_E_ISSUER_MISMATCH},
	{"of a refusal", &naming, URI "?error=x&state=" STATE "&iss=" ISSUER,
		MCPAUTH_E_LOGIN_REFUSED},
	{"of another one's refusal", &naming, URI "?error=x&iss=a&state=" STATE,
		MCPAUTH_E_ISSUER_MISMATCH},
	{"of a refusal without it", &naming, URI "?error=x&state=" STATE,
		MCPAUTH_E_ISSUER_MISMATCH},
	{"of another one, with another state", &naming, URI "?code=c&iss=a&state=b",
		MCPAUTH_E_REDIRECT},
};

static void holds_the_issuer_against_the_one_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(issuers); i++) {
		check(issuers[i].label, issuers[i].request, issuers[i].url, issuers[i].want);
	}
}

static const struct {
	const char *label;
	const char *url;
	const char *message;
} refusals[] = {
	{"an error", URI "?error=access_denied&state=" STATE,
		"the login was refused: access_denied"},
	{"a description", URI "?error=x&error_description=not+you%21&state=" STATE,
		"the login was refused: x: not you!"},
	{"an empty description", URI "?error=x&error_description=&state=" STATE,
		"the login was refused: x"},
	{"two descriptions", URI "?error=x&error_description=a&error_description=b&state=" STATE,
		"the login was refused: x"},
	{"a code beside it", GOOD "&error=x", "the login was refused: x"},
	{"control characters", URI "?error=a%0Ab%1b[0m&state=" STATE,
		"the login was refused: a?b?[0m"},
	{"beyond ASCII", URI "?error=x&error_description=%C3%BC&state=" STATE,
		"the login was refused: x: ??"},
	{"another one's", URI "?error=secret&error_description=words&iss=a&state=" STATE,
		"the answer is of another issuer than the one that was asked (RFC 9207)"},
};

static void shows_its_own_issuers_words_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct mcpauth_error err = {0};
		char *code;
		enum mcpauth_code got = read_copy(&plain, refusals[i].url, &code, &err);
		CHECK_ROW(refusals[i].label, got == err.code && code == NULL);
		CHECK_ROW(refusals[i].label, strcmp(err.message, refusals[i].message) == 0);
	}
}

static void shows_a_bounded_part_of_long_words(void **state)
{
	(void)state;
	char url[2048];
	char *code;
	struct mcpauth_error err = {0};
	const char *begin = URI "?state=" STATE "&error=x&error_description=";
	memset(url, 'd', sizeof url);
	memcpy(url, begin, strlen(begin));
	url[sizeof url - 1] = '\0';
	assert_int_equal(mcpauth__redirect_read(&plain, url, &code, &err), MCPAUTH_E_LOGIN_REFUSED);
	assert_true(strlen(err.message) < 160);
}

static void reads_up_to_its_limit(void **state)
{
	(void)state;
	static char url[MCPAUTH__REDIRECT_LIMIT + 2];
	const char *begin = GOOD "&a=";
	memset(url, 'a', sizeof url - 1);
	memcpy(url, begin, strlen(begin));
	check("over it", &plain, url, MCPAUTH_E_REDIRECT);
	url[sizeof url - 2] = '\0';
	check("at it", &plain, url, MCPAUTH_OK);
}

static const struct {
	const char *label;
	const char *redirect_uri;
	const char *url;
	enum mcpauth_code want;
} places[] = {
	{"a scheme of its own", "com.example.app:/cb", "com.example.app:/cb?code=c&state=" STATE,
		MCPAUTH_OK},
	{"another scheme of its own", "com.example.app:/cb",
		"com.example.apps:/cb?code=c&state=" STATE, MCPAUTH_E_REDIRECT},
	{"a scheme and a host", "com.example.app://host/cb",
		"com.example.app://host/cb?code=c&state=" STATE, MCPAUTH_OK},
	{"a scheme and another host", "com.example.app://host/cb",
		"com.example.app://other/cb?code=c&state=" STATE, MCPAUTH_E_REDIRECT},
	{"a query of its own", "https://app.example/cb?a=1",
		"https://app.example/cb?a=1&code=c&state=" STATE, MCPAUTH_OK},
	{"no path", "http://localhost:9", "http://localhost:9/?code=c&state=" STATE, MCPAUTH_OK},
	{"no path behind the origin", "http://localhost:9", "/?code=c&state=" STATE, MCPAUTH_OK},
	{"no path, but one", "http://localhost:9", "/a?code=c&state=" STATE, MCPAUTH_E_REDIRECT},
	{"a root", "http://localhost:9/", "http://localhost:9?code=c&state=" STATE, MCPAUTH_OK},
	{"IPv6", "http://[::1]:9/cb", "http://[::1]:9/cb?code=c&state=" STATE, MCPAUTH_OK},
};

static void knows_where_it_was_to_go(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		struct mcpauth__authorization_request request = plain;
		request.redirect_uri = (char *)places[i].redirect_uri;
		check(places[i].label, &request, places[i].url, places[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_answer_to_its_request),
		cmocka_unit_test(waits_on_for_what_is_not_its_answer),
		cmocka_unit_test(holds_the_issuer_against_the_one_asked),
		cmocka_unit_test(shows_its_own_issuers_words_alone),
		cmocka_unit_test(shows_a_bounded_part_of_long_words),
		cmocka_unit_test(reads_up_to_its_limit),
		cmocka_unit_test(knows_where_it_was_to_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
