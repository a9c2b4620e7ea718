/* The pages after a login: whole answers, without anything that could be misused. */
#include "client/login/listener_page.h"

#include "base/hash.h"
#include "support/check.h"

#include <gnutls/gnutls.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
	enum mcpauth_code outcome;
	const char *line;
	const char *title;
} outcomes[] = {
	{MCPAUTH_OK, "HTTP/1.1 200 OK\r\n", "<h1>Login received</h1>"},
	{MCPAUTH_E_REDIRECT, "HTTP/1.1 400 ", "<h1>Not the login that is awaited</h1>"},
	{MCPAUTH_E_LOGIN_REFUSED, "HTTP/1.1 403 ", "<h1>Not logged in</h1>"},
	{MCPAUTH_E_LOGIN_ABANDONED, "HTTP/1.1 403 ", "<h1>Not logged in</h1>"},
	{MCPAUTH_E_ISSUER_MISMATCH, "HTTP/1.1 400 ", "<h1>Login stopped</h1>"},
	{MCPAUTH_E_NO_MEMORY, "HTTP/1.1 500 ", "<h1>Login failed</h1>"},
	{MCPAUTH_E_SYSTEM, "HTTP/1.1 500 ", "<h1>Login failed</h1>"},
};

static const unsigned refusals[] = {400, 403, 404, 405, 431};

static const char *const fields[] = {
	"\r\nContent-Type: text/html; charset=utf-8\r\n",
	"\r\nCache-Control: no-store\r\n",
	"\r\nReferrer-Policy: no-referrer\r\n",
	"\r\nX-Content-Type-Options: nosniff\r\n",
	"\r\nConnection: close\r\n",
	"\r\nContent-Security-Policy: default-src 'none'; style-src 'sha256-",
};

static const char *body_of(const struct mcpauth__buf *page)
{
	const char *end = strstr(page->data, "\r\n\r\n");
	assert_non_null(end);
	return end + 4;
}

static void check_head(const struct mcpauth__buf *page)
{
	char length[64];
	snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n", strlen(body_of(page)));
	assert_non_null(strstr(page->data, length));
	for (size_t i = 0; i < COUNT(fields); i++) {
		CHECK_ROW(fields[i], strstr(page->data, fields[i]) != NULL);
	}
}

static void check_body(const char *body)
{
	assert_memory_equal(body, "<!DOCTYPE html>\n<html lang=\"en\">\n", 33);
	assert_non_null(strstr(body, "color-scheme:light dark"));
	assert_non_null(strstr(body, "@media(prefers-color-scheme:dark)"));
	assert_null(strstr(body, "<script"));
	assert_null(strstr(body, "http"));
	assert_null(strstr(body, "url("));
	assert_string_equal(body + strlen(body) - 16, "</body>\n</html>\n");
}

static void says_what_a_login_came_to(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		struct mcpauth__buf page = {0};
		assert_true(mcpauth__listener_page_tell(&page, outcomes[i].outcome));
		assert_memory_equal(page.data, outcomes[i].line, strlen(outcomes[i].line));
		CHECK_ROW(outcomes[i].title, strstr(page.data, outcomes[i].title) != NULL);
		check_head(&page);
		check_body(body_of(&page));
		mcpauth__buf_finish(&page);
	}
}

static void says_why_there_is_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		char line[32];
		struct mcpauth__buf page = {0};
		snprintf(line, sizeof line, "HTTP/1.1 %u ", refusals[i]);
		assert_true(mcpauth__listener_page_refuse(&page, refusals[i], false));
		assert_memory_equal(page.data, line, strlen(line));
		assert_int_equal(
			strstr(page.data, "\r\nAllow: GET\r\n") != NULL, refusals[i] == 405);
		check_head(&page);
		check_body(body_of(&page));
		mcpauth__buf_finish(&page);
	}
}

static void has_no_body_for_head(void **state)
{
	(void)state;
	struct mcpauth__buf whole = {0};
	struct mcpauth__buf page = {0};
	assert_true(mcpauth__listener_page_refuse(&whole, 405, false));
	assert_true(mcpauth__listener_page_refuse(&page, 405, true));
	assert_int_equal(strlen(body_of(&page)), 0);
	assert_memory_equal(whole.data, page.data, page.length);
	mcpauth__buf_finish(&whole);
	mcpauth__buf_finish(&page);
}

/* Another style would be none: the browser applies only the one whose hash it was told. */
static void tells_the_hash_of_its_style(void **state)
{
	(void)state;
	struct mcpauth__buf page = {0};
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	gnutls_datum_t hash = {digest, sizeof digest};
	gnutls_datum_t text = {0};
	assert_true(mcpauth__listener_page_tell(&page, MCPAUTH_OK));
	const char *begin = strstr(page.data, "<style>");
	const char *end = strstr(page.data, "</style>");
	const char *told = strstr(page.data, "style-src 'sha256-");
	assert_true(begin != NULL && end != NULL && told != NULL);
	begin += strlen("<style>");
	told += strlen("style-src 'sha256-");
	assert_true(mcpauth__sha256(begin, (size_t)(end - begin), digest));
	assert_int_equal(gnutls_base64_encode2(&hash, &text), 0);
	assert_memory_equal(told, text.data, text.size);
	assert_int_equal(told[text.size], '\'');
	gnutls_free(text.data);
	mcpauth__buf_finish(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_a_login_came_to),
		cmocka_unit_test(says_why_there_is_nothing),
		cmocka_unit_test(has_no_body_for_head),
		cmocka_unit_test(tells_the_hash_of_its_style),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
