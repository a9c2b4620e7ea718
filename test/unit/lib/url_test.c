/* URLs: taken apart as they are written, refused when they are not plain. */
#include "net/url.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *label;
	const char *text;
	const char *parts; /* scheme host port path query, "-" for none */
} readable[] = {
	{"a bare origin", "https://example.com", "https example.com -  -"},
	{"a slash is a path", "https://example.com/", "https example.com - / -"},
	{"host as written", "https://EXAMPLE.com/Path", "https EXAMPLE.com - /Path -"},
	{"scheme in lower case", "HTTPS://example.com", "https example.com -  -"},
	{"plain http", "http://example.com/x", "http example.com - /x -"},
	{"a default port stays", "https://example.com:443/", "https example.com 443 / -"},
	{"a port", "https://example.com:8443", "https example.com 8443  -"},
	{"dots stay", "https://example.com/a/../b/./c", "https example.com - /a/../b/./c -"},
	{"percents stay", "https://example.com/%7Ea%2fb", "https example.com - /%7Ea%2fb -"},
	{"a query", "https://example.com/a?b=c&d", "https example.com - /a b=c&d"},
	{"a query without a path", "https://example.com?b", "https example.com -  b"},
	{"an empty query", "https://example.com/?", "https example.com - / "},
	{"a question in a query", "https://example.com/?a?b", "https example.com - / a?b"},
	{"IPv4", "https://192.0.2.1/", "https 192.0.2.1 - / -"},
	{"IPv6", "https://[2001:db8::1]:8443/", "https 2001:db8::1 8443 / -"},
	{"IPv6 written long", "https://[0:0:0:0:0:0:0:1]/", "https 0:0:0:0:0:0:0:1 - / -"},
	{"a colon in the path", "https://example.com/a:b", "https example.com - /a:b -"},
	{"an at in the path", "https://example.com/a@b", "https example.com - /a@b -"},
};

static const char *or_dash(const char *text)
{
	return text != NULL ? text : "-";
}

static void takes_urls_apart_as_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof readable / sizeof *readable; i++) {
		char parts[256];
		struct mcpauth__url url;
		CHECK_ROW_CODE(readable[i].label, MCPAUTH_OK,
			mcpauth__url_parse(readable[i].text, &url, &err));
		snprintf(parts, sizeof parts, "%s %s %s %s %s", url.scheme, url.host,
			or_dash(url.port), url.path, or_dash(url.query));
		CHECK_ROW(readable[i].label, strcmp(parts, readable[i].parts) == 0);
		CHECK_ROW(readable[i].label, !url.has_user && !url.has_fragment);
		mcpauth__url_finish(&url);
		CHECK_ROW(readable[i].label, url.host == NULL && url.path == NULL);
	}
}

static const struct {
	const char *label;
	const char *text;
} unreadable[] = {
	{"nothing", ""},
	{"relative", "/path"},
	{"no scheme", "example.com/path"},
	{"no authority", "https:example.com"},
	{"one slash", "https:/example.com/?u=https://example.com"},
	{"three slashes", "https:///example.com"},
	{"another scheme", "ftp://example.com/"},
	{"a file", "file:///etc/passwd"},
	{"a scheme that begins alike", "httpsx://example.com/"},
	{"a script", "javascript:alert(1)"},
	{"no host", "https:///"},
	{"a port alone", "https://:443/"},
	{"an empty port", "https://example.com:/"},
	{"port 0", "https://example.com:0/"},
	{"a port too great", "https://example.com:65536/"},
	{"a port of letters", "https://example.com:http/"},
	{"a port with a sign", "https://example.com:+443/"},
	{"two ports", "https://example.com:1:2/"},
	{"a blank in front", " https://example.com/"},
	{"a blank within", "https://example.com/a b"},
	{"a line break", "https://example.com/\r\nX: y"},
	{"a tab", "https://example.com/\tx"},
	{"a backslash", "https://example.com\\@evil.example/"},
	{"a quote", "https://example.com/\"x"},
	{"not ASCII", "https://ex\xc3\xa4mple.com/"},
	{"a percent in the host", "https://example%2ecom/"},
	{"IPv4 in hexadecimal", "https://0x7f000001/"},
	{"IPv4 as one number", "https://2130706433/"},
	{"IPv4 cut short", "https://127.1/"},
	{"IPv4 in octal", "https://0177.0.0.1/"},
	{"IPv6 without an end", "https://[::1/"},
	{"IPv6 and more", "https://[::1]x/"},
	{"IPv6 of nothing", "https://[]/"},
	{"IPv6 that is none", "https://[12345::]/"},
	{"IPv6 with a zone", "https://[fe80::1%25eth0]/"},
	{"IPv6 without brackets", "https://2001:db8::1/"},
};

static void refuses_what_is_no_plain_url(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof unreadable / sizeof *unreadable; i++) {
		struct mcpauth__url url;
		CHECK_ROW_CODE(unreadable[i].label, MCPAUTH_E_INVALID_URL,
			mcpauth__url_parse(unreadable[i].text, &url, &err));
		CHECK_ROW(unreadable[i].label, url.scheme == NULL && url.host == NULL);
	}
}

static const struct {
	const char *label;
	const char *text;
	bool allow_http;
	enum mcpauth_code code;
} configured[] = {
	{"https", "https://example.com/mcp", false, MCPAUTH_OK},
	{"http", "http://example.com/mcp", false, MCPAUTH_E_INVALID_URL},
	{"http if allowed", "http://example.com/mcp", true, MCPAUTH_OK},
	{"http on localhost", "http://localhost:8080/mcp", false, MCPAUTH_OK},
	{"http on LocalHost", "http://LocalHost/", false, MCPAUTH_OK},
	{"http below localhost", "http://a.localhost/", false, MCPAUTH_OK},
	{"http on 127.0.0.1", "http://127.0.0.1:1/", false, MCPAUTH_OK},
	{"http on 127.9.9.9", "http://127.9.9.9/", false, MCPAUTH_OK},
	{"http on ::1", "http://[::1]:80/", false, MCPAUTH_OK},
	{"http on ::2", "http://[::2]:80/", false, MCPAUTH_E_INVALID_URL},
	{"http on 128.0.0.1", "http://128.0.0.1/", false, MCPAUTH_E_INVALID_URL},
	{"localhost in front", "http://localhost.example/", false, MCPAUTH_E_INVALID_URL},
	{"localhost without a dot", "http://notlocalhost/", false, MCPAUTH_E_INVALID_URL},
	{"a dot and localhost", "http://.localhost/", false, MCPAUTH_E_INVALID_URL},
	{"127.0.0.1 in front", "http://127.0.0.1.example/", false, MCPAUTH_E_INVALID_URL},
	{"a user", "https://user@example.com/", false, MCPAUTH_E_INVALID_URL},
	{"a password", "https://a:b@example.com/", true, MCPAUTH_E_INVALID_URL},
	{"a user who looks loopback", "http://localhost@example.com/", false,
		MCPAUTH_E_INVALID_URL},
	{"a fragment", "https://example.com/#x", false, MCPAUTH_E_INVALID_URL},
	{"an empty fragment", "https://example.com/#", false, MCPAUTH_E_INVALID_URL},
	{"a query", "https://example.com/?x", false, MCPAUTH_OK},
};

static void checks_configured_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof configured / sizeof *configured; i++) {
		CHECK_ROW_CODE(configured[i].label, configured[i].code,
			mcpauth__url_check(configured[i].text, configured[i].allow_http, &err));
	}
}

static const struct {
	const char *label;
	const char *text;
	const char *inserted; /* NULL: refused */
	const char *appended;
} published[] = {
	{"a bare origin", "https://example.com", "https://example.com/.well-known/x",
		"https://example.com/.well-known/x"},
	{"a slash", "https://example.com/", "https://example.com/.well-known/x",
		"https://example.com/.well-known/x"},
	{"a path", "https://example.com/mcp", "https://example.com/.well-known/x/mcp",
		"https://example.com/mcp/.well-known/x"},
	{"a path with its slash", "https://example.com/a/b/",
		"https://example.com/.well-known/x/a/b", "https://example.com/a/b/.well-known/x"},
	{"only the final slash goes", "https://example.com/a//",
		"https://example.com/.well-known/x/a/", "https://example.com/a//.well-known/x"},
	{"nothing normalised", "HTTPS://Example.COM:443/%7ea/../B",
		"HTTPS://Example.COM:443/.well-known/x/%7ea/../B",
		"HTTPS://Example.COM:443/%7ea/../B/.well-known/x"},
	{"IPv6", "https://[2001:DB8::1]:8443/a", "https://[2001:DB8::1]:8443/.well-known/x/a",
		"https://[2001:DB8::1]:8443/a/.well-known/x"},
	{"a query", "https://example.com/a/?b=/c/", "https://example.com/.well-known/x/a?b=/c/",
		NULL},
	{"a query at the root", "https://example.com?b", "https://example.com/.well-known/x?b",
		NULL},
	{"http", "http://localhost:3000/mcp", "http://localhost:3000/.well-known/x/mcp",
		"http://localhost:3000/mcp/.well-known/x"},
	{"a fragment", "https://example.com/a#b", NULL, NULL},
	{"a user", "https://u@example.com/a", NULL, NULL},
	{"no URL", "example.com", NULL, NULL},
};

typedef enum mcpauth_code (*well_known_fn)(
	const char *text, const char *name, char **result, struct mcpauth_error *err);

static void check_published(
	const char *label, well_known_fn make, const char *text, const char *want)
{
	char *result = (char *)text;
	enum mcpauth_code code = want != NULL ? MCPAUTH_OK : MCPAUTH_E_INVALID_URL;
	CHECK_ROW_CODE(label, code, make(text, "x", &result, &err));
	CHECK_ROW(label, (want == NULL) == (result == NULL));
	CHECK_ROW(label, want == NULL || strcmp(want, result) == 0);
	free(result);
}

static void builds_well_known_urls_byte_for_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
		check_published(published[i].label, mcpauth__url_well_known_inserted,
			published[i].text, published[i].inserted);
		check_published(published[i].label, mcpauth__url_well_known_appended,
			published[i].text, published[i].appended);
	}
}

static void sees_user_and_fragment(void **state)
{
	(void)state;
	struct mcpauth__url url;
	CHECK_OK(mcpauth__url_parse("https://a@example.com/x#", &url, &err));
	assert_true(url.has_user);
	assert_true(url.has_fragment);
	assert_string_equal(url.host, "example.com");
	mcpauth__url_finish(&url);
}

static void keeps_passwords_out_of_messages(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	assert_int_equal(mcpauth__url_check("https://bob:hunter2@example.com/", false, &err),
		MCPAUTH_E_INVALID_URL);
	assert_null(strstr(err.message, "hunter2"));
	assert_true(strlen(err.message) > 0);
}

static const struct {
	const char *label;
	const char *text;
	bool is_own; /* as a browser may have it */
} hosts[] = {
	{"a name", "https://example.com/", false},
	{"a name with a dot", "https://example.com./", false},
	{"localhost", "https://LocalHost/", true},
	{"localhost with a dot", "https://localhost./", true},
	{"below localhost with a dot", "https://a.localhost./", true},
	{"localhost in front", "https://localhost.example/", false},
	{"127.0.0.1", "https://127.0.0.1/", true},
	{"127.0.0.1 with a dot", "https://127.0.0.1./", true},
	{"127.1 with a dot", "https://127.1./", true},
	{"one number with a dot", "https://2130706433./", true},
	{"another number with a dot", "https://3232235777./", false},
	{"127.0.0.1 in front", "https://127.0.0.1.example/", false},
	{"0.0.0.0", "https://0.0.0.0:8443/", true},
	{"of this network", "https://0.1.2.3/", true},
	{"128.0.0.1", "https://128.0.0.1/", false},
	{"a private address", "https://192.168.1.1/", false},
	{"::1", "https://[::1]/", true},
	{"::", "https://[::]/", true},
	{"127.0.0.1 in IPv6", "https://[::ffff:127.0.0.1]/", true},
	{"127.0.0.1 in hexadecimal", "https://[::ffff:7f00:1]/", true},
	{"0.0.0.0 in IPv6", "https://[::ffff:0:0]/", true},
	{"128.0.0.1 in IPv6", "https://[::ffff:128.0.0.1]/", false},
	{"IPv6", "https://[2001:db8::1]/", false},
};

static void knows_this_machine_in_each_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		struct mcpauth__url url;
		CHECK_ROW_CODE(
			hosts[i].label, MCPAUTH_OK, mcpauth__url_parse(hosts[i].text, &url, &err));
		CHECK_ROW(
			hosts[i].label, mcpauth__url_may_be_this_machine(&url) == hosts[i].is_own);
		mcpauth__url_finish(&url);
	}
}

static void takes_no_endless_name_for_another_machine(void **state)
{
	char host[300];
	struct mcpauth__url url = {.host = host};
	(void)state;
	memset(host, 'a', sizeof host);
	host[256] = '\0';
	assert_true(mcpauth__url_may_be_this_machine(&url));
	host[255] = '\0';
	assert_false(mcpauth__url_may_be_this_machine(&url));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_urls_apart_as_written),
		cmocka_unit_test(refuses_what_is_no_plain_url),
		cmocka_unit_test(checks_configured_urls),
		cmocka_unit_test(builds_well_known_urls_byte_for_byte),
		cmocka_unit_test(sees_user_and_fragment),
		cmocka_unit_test(keeps_passwords_out_of_messages),
		cmocka_unit_test(knows_this_machine_in_each_form),
		cmocka_unit_test(takes_no_endless_name_for_another_machine),
	};
	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
