/* An authorization request: what its URL carries, and from whom it is not made. */
#include "client/login/authorization_request.h"

#include "base/base64url.h"
#include "base/form.h"
#include "base/hash.h"
#include "support/check.h"

#include <gnutls/crypto.h>

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ENDPOINT "https://as.example/authorize"
#define RESOURCE "https://mcp.example/mcp?a=1&b=%20"

/* The linker puts the second before the first. */
int __real_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length);
int __wrap_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length);

static int randomness_left; /* times; negative: for ever */

int __wrap_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length)
{
	return randomness_left-- == 0 ? GNUTLS_E_RANDOM_FAILED
				      : __real_gnutls_rnd(level, data, length);
}

static struct mcpauth__authorization_server server = {.issuer = "https://as.example",
	.authorization_endpoint = ENDPOINT,
	.names_issuer = true};

static const struct mcpauth__authorization_wish wish = {.server = &server,
	.client_id = "me & you",
	.redirect_uri = "http://127.0.0.1:1234/callback",
	.resource = RESOURCE,
	.scope = "read write"};

static int prepare(void **state)
{
	(void)state;
	randomness_left = -1;
	server.authorization_endpoint = ENDPOINT;
	return 0;
}

static void make(const struct mcpauth__authorization_wish *wanted,
	struct mcpauth__authorization_request *request)
{
	*request = (struct mcpauth__authorization_request){0};
	CHECK_OK(mcpauth__authorization_request_make(wanted, request, &err));
	assert_non_null(request->url);
	assert_non_null(request->state);
	assert_non_null(request->verifier);
}

/* A parameter of the URL, which is there once; NULL: it is absent. Kept until the next call. */
static const char *parameter(const char *url, const char *name)
{
	static char value[1024];
	char *found;
	const char *query = strchr(url, '?');
	assert_non_null(query);
	enum mcpauth__form_outcome outcome = mcpauth__form_find(
		query + 1, strlen(query + 1), name, &found);
	assert_true(outcome == MCPAUTH__FORM_FOUND || outcome == MCPAUTH__FORM_ABSENT);
	if (found == NULL) {
		return NULL;
	}
	assert_true(strlen(found) < sizeof value);
	strcpy(value, found);
	free(found);
	return value;
}

static void carries_what_is_asked_for(void **state)
{
	(void)state;
	struct mcpauth__authorization_request request;
	make(&wish, &request);
	assert_memory_equal(request.url, ENDPOINT "?", strlen(ENDPOINT "?"));
	assert_string_equal(parameter(request.url, "response_type"), "code");
	assert_string_equal(parameter(request.url, "client_id"), "me & you");
	assert_string_equal(
		parameter(request.url, "redirect_uri"), "http://127.0.0.1:1234/callback");
	assert_string_equal(parameter(request.url, "resource"), RESOURCE);
	assert_string_equal(parameter(request.url, "scope"), "read write");
	assert_string_equal(parameter(request.url, "state"), request.state);
	assert_string_equal(parameter(request.url, "code_challenge_method"), "S256");
	assert_null(parameter(request.url, "prompt"));
	assert_null(parameter(request.url, "dpop_jkt"));
	mcpauth__authorization_request_finish(&request);
}

static void leaves_out_what_is_not_wanted(void **state)
{
	(void)state;
	struct mcpauth__authorization_request request;
	struct mcpauth__authorization_wish bare = wish;
	bare.resource = NULL;
	bare.scope = NULL;
	make(&bare, &request);
	assert_null(parameter(request.url, "resource"));
	assert_null(parameter(request.url, "scope"));
	mcpauth__authorization_request_finish(&request);
}

static void names_consent_and_key_where_they_are_wanted(void **state)
{
	(void)state;
	struct mcpauth__authorization_request request;
	struct mcpauth__authorization_wish more = wish;
	more.wants_consent = true;
	more.thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
	make(&more, &request);
	assert_string_equal(parameter(request.url, "prompt"), "consent");
	assert_string_equal(parameter(request.url, "dpop_jkt"), more.thumbprint);
	mcpauth__authorization_request_finish(&request);
}

static void shows_the_hash_of_the_verifier_and_never_itself(void **state)
{
	(void)state;
	struct mcpauth__authorization_request request;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	char challenge[MCPAUTH__BASE64URL_ENCODED(sizeof digest) + 1];
	make(&wish, &request);
	assert_int_equal(strlen(request.verifier), 43);
	assert_true(mcpauth__sha256(request.verifier, strlen(request.verifier), digest));
	mcpauth__base64url_encode(digest, sizeof digest, challenge);
	assert_string_equal(parameter(request.url, "code_challenge"), challenge);
	assert_null(strstr(request.url, request.verifier));
	mcpauth__authorization_request_finish(&request);
}

static void keeps_what_the_answer_is_held_against(void **state)
{
	(void)state;
	struct mcpauth__authorization_request request;
	make(&wish, &request);
	assert_string_equal(request.issuer, "https://as.example");
	assert_string_equal(request.redirect_uri, wish.redirect_uri);
	assert_true(request.names_issuer);
	mcpauth__authorization_request_finish(&request);
	assert_null(request.url);
	assert_null(request.verifier);
}

static void is_another_one_each_time(void **state)
{
	(void)state;
	struct mcpauth__authorization_request first;
	struct mcpauth__authorization_request second;
	make(&wish, &first);
	make(&wish, &second);
	assert_int_equal(strlen(first.state), 43);
	assert_string_not_equal(first.state, second.state);
	assert_string_not_equal(first.verifier, second.verifier);
	assert_string_not_equal(first.state, first.verifier);
	mcpauth__authorization_request_finish(&first);
	mcpauth__authorization_request_finish(&second);
}

static const struct {
	const char *label;
	const char *endpoint;
	const char *begins;
} endpoints[] = {
	{"no query", "https://as.example/a", "https://as.example/a?response_type=code&"},
	{"an empty query", "https://as.example/a?", "https://as.example/a?response_type=code&"},
	{"a query", "https://as.example/a?p=x%20y",
		"https://as.example/a?p=x%20y&response_type=code&"},
	{"a query that is ready for more", "https://as.example/a?p=1&",
		"https://as.example/a?p=1&response_type=code&"},
	{"a query of no form", "https://as.example/a?flag",
		"https://as.example/a?flag&response_type=code&"},
	{"names that only begin like ours", "https://as.example/a?states=1&xstate=2",
		"https://as.example/a?states=1&xstate=2&response_type=code&"},
	{"what is ours, but not asked for", "https://as.example/a?prompt=login",
		"https://as.example/a?prompt=login&response_type=code&"},
	{"no path", "https://as.example", "https://as.example?response_type=code&"},
	{"http on loopback", "http://127.0.0.1:9/a", "http://127.0.0.1:9/a?response_type=code&"},
};

static void keeps_the_endpoints_own_query(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		struct mcpauth__authorization_request request;
		server.authorization_endpoint = (char *)endpoints[i].endpoint;
		make(&wish, &request);
		CHECK_ROW(endpoints[i].label,
			strncmp(request.url, endpoints[i].begins, strlen(endpoints[i].begins))
				== 0);
		mcpauth__authorization_request_finish(&request);
	}
}

static const struct {
	const char *label;
	const char *endpoint;
} bad[] = {
	{"none", NULL},
	{"empty", ""},
	{"a script", "javascript:alert(1)"},
	{"a file", "file:///etc/passwd"},
	{"data", "data:text/html,x"},
	{"a scheme that begins like it", "httpsx://as.example/a"},
	{"relative", "/authorize"},
	{"an option", "--help"},
	{"a user", "https://you@as.example/a"},
	{"a fragment", "https://as.example/a#b"},
	{"a line's end", "https://as.example/a\nb"},
	{"a quote", "https://as.example/a\"b"},
	{"a state of its own", "https://as.example/a?state=1"},
	{"a redirect_uri of its own", "https://as.example/a?b=1&redirect_uri=x"},
	{"a name of ours alone", "https://as.example/a?client_id&b=1"},
};

static void asks_only_web_pages_without_parameters_of_ours(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct mcpauth__authorization_request request = {0};
		server.authorization_endpoint = (char *)bad[i].endpoint;
		CHECK_ROW_CODE(bad[i].label, MCPAUTH_E_INVALID_METADATA,
			mcpauth__authorization_request_make(&wish, &request, &err));
		CHECK_ROW(bad[i].label, request.url == NULL);
		mcpauth__authorization_request_finish(&request);
	}
}

/* A scope of this many bytes, twice what is left of the URL's 32 KiB. */
static void is_bounded(void **state)
{
	(void)state;
	static char scope[32 * 1024 + 1];
	struct mcpauth__authorization_request request = {0};
	struct mcpauth__authorization_wish much = wish;
	much.scope = scope;
	memset(scope, 'a', sizeof scope - 1);
	CHECK_CODE(MCPAUTH_E_INVALID_METADATA,
		mcpauth__authorization_request_make(&much, &request, &err));
	mcpauth__authorization_request_finish(&request);
	scope[31 * 1024] = '\0';
	make(&much, &request);
	mcpauth__authorization_request_finish(&request);
}

static void is_not_made_without_randomness(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct mcpauth__authorization_request request = {0};
		randomness_left = i;
		CHECK_CODE(MCPAUTH_E_SYSTEM,
			mcpauth__authorization_request_make(&wish, &request, &err));
		assert_null(request.url);
		mcpauth__authorization_request_finish(&request);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(carries_what_is_asked_for, prepare),
		cmocka_unit_test_setup(leaves_out_what_is_not_wanted, prepare),
		cmocka_unit_test_setup(names_consent_and_key_where_they_are_wanted, prepare),
		cmocka_unit_test_setup(shows_the_hash_of_the_verifier_and_never_itself, prepare),
		cmocka_unit_test_setup(keeps_what_the_answer_is_held_against, prepare),
		cmocka_unit_test_setup(is_another_one_each_time, prepare),
		cmocka_unit_test_setup(keeps_the_endpoints_own_query, prepare),
		cmocka_unit_test_setup(asks_only_web_pages_without_parameters_of_ours, prepare),
		cmocka_unit_test_setup(is_bounded, prepare),
		cmocka_unit_test_setup(is_not_made_without_randomness, prepare),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
