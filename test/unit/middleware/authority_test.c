/* Hosts and ports: which two are the same, and which only look like it. */
#include "origins/authority.h"

#include "support/check.h"

#include <string.h>

static const struct {
	const char *text;
	bool good;
} hosts[] = {
	{"api.example.com", true},
	{"api.example.com:8080", true},
	{"localhost", true},
	{"my_host-1", true},
	{"127.0.0.1:1", true},
	{"[::1]", true},
	{"[::1]:8080", true},
	{"[::ffff:127.0.0.1]", true},
	{"", false},
	{":8080", false},
	{"api.example.com:", false},
	{"api.example.com:80a", false},
	{"api.example.com:-80", false},
	{"api.example.com:+80", false},
	{"api.example.com: 80", false},
	{"api.example.com:123456", false},
	{"api.example.com:80:80", false},
	{"api.example.com/", false},
	{"user@api.example.com", false},
	{"api.example.com@evil.example", false},
	{"api.example.com,evil.example", false},
	{"api.example.com evil.example", false},
	{"api.example.com#", false},
	{"api.example.com\\", false},
	{"http://api.example.com", false},
	{"::1", false},
	{"[::1", false},
	{"[::1]x", false},
	{"[]evil.example", false},
	{"[::1%25eth0]", false},
	{"*", false},
	{"b\xc3\xbc"
	 "cher.example",
		false},
};

static void reads_a_host_and_nothing_behind_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		struct mcpauth__authority authority;
		CHECK_ROW(hosts[i].text,
			mcpauth__authority_parse(hosts[i].text, &authority) == hosts[i].good);
	}
}

static const struct {
	const char *text;
	bool loopback;
} loopbacks[] = {
	{"localhost", true},
	{"LocalHost:3000", true},
	{"127.0.0.1", true},
	{"127.0.0.1:8080", true},
	{"127.255.255.254", true},
	{"[::1]", true},
	{"[::1]:8080", true},
	{"127.evil.example", false},
	{"127.0.0.1.evil.example", false},
	{"127.0.0.evil", false},
	{"localhost.evil", false},
	{"localhost.evil.example", false},
	{"localhost.", false},
	{"evil-localhost", false},
	{"sub.localhost", false},
	{"localhos", false},
	{"127.0.0.1.", false},
	{"127.0.0.", false},
	{"127..0.1", false},
	{"127.0.1", false},
	{"127.1", false},
	{"0127.0.0.1", false},
	{"127.0.0.0001", false},
	{"127.0.0.01", false},
	{"127.0.0.256", false},
	{"127.999.999.999", false},
	{"127.0.0.1.1", false},
	{"128.0.0.1", false},
	{"12.7.0.1", false},
	{"0.0.0.0", false},
	{"2130706433", false},
	{"0x7f.0.0.1", false},
	{"[::]", false},
	{"[::2]", false},
	{"[::1.2.3.4]", false},
	{"[::ffff:127.0.0.1]", false},
	{"[fe80::1]", false},
};

static void knows_loopback_from_its_look_alikes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof loopbacks / sizeof *loopbacks; i++) {
		struct mcpauth__authority authority;
		CHECK_ROW(
			loopbacks[i].text, mcpauth__authority_parse(loopbacks[i].text, &authority));
		CHECK_ROW(loopbacks[i].text,
			mcpauth__authority_is_loopback(&authority) == loopbacks[i].loopback);
	}
}

static const struct {
	const char *text;
	bool is_plain;
} plain[] = {
	{"127.0.0.1", true},
	{"127.0.0.1:1", true},
	{"127.0.0.1:08080", true},
	{"127.0.0.1:99999", true},
	{"", false},
	{"127.0.0.", false},
	{"127.0.0.12", false},
	{"127.0.0.1.", false},
	{"127.0.0.1.evil.example", false},
	{"127.0.0.1:", false},
	{"127.0.0.1:123456", false},
	{"127.0.0.1:80x", false},
	{"127.0.0.1:80:80", false},
	{"127.0.0.1:80.evil.example", false},
	{"127.0.0.1:-1", false},
	{"127.0.0.1@evil.example", false},
	{"127.0.0.1/", false},
	{"x127.0.0.1", false},
	{"localhost", false},
};

/* A quick way, which lets nothing pass that would not pass by the long one. */
static void knows_plain_loopback_at_a_glance(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		struct mcpauth__authority authority;
		bool is_plain = mcpauth__authority_is_plain_loopback(plain[i].text);
		CHECK_ROW(plain[i].text, is_plain == plain[i].is_plain);
		CHECK_ROW(plain[i].text,
			!is_plain
				|| (mcpauth__authority_parse(plain[i].text, &authority)
					&& mcpauth__authority_is_loopback(&authority)));
	}
}

static const struct {
	const char *url;
	const char *host;
	bool equal;
} pairs[] = {
	{"https://api.example.com/mcp", "api.example.com", true},
	{"https://api.example.com/mcp", "API.Example.COM", true},
	{"https://api.example.com/mcp", "api.example.com:443", true},
	{"https://api.example.com:443/mcp", "api.example.com", true},
	{"https://api.example.com:0443/mcp", "api.example.com:443", true},
	{"http://api.example.com/mcp", "api.example.com:80", true},
	{"https://api.example.com:8443/mcp", "api.example.com:8443", true},
	{"http://[::1]:3000/mcp", "[::1]:3000", true},
	{"https://api.example.com/mcp", "api.example.com:80", false},
	{"http://api.example.com/mcp", "api.example.com:443", false},
	{"https://api.example.com/mcp", "api.example.com:0", false},
	{"https://api.example.com/mcp", "api.example.com:00000", false},
	{"https://api.example.com/mcp", "api.example.com:65979", false},
	{"https://api.example.com:8443/mcp", "api.example.com", false},
	{"https://api.example.com:8443/mcp", "api.example.com:8444", false},
	{"https://api.example.com/mcp", "api.example.com.", false},
	{"https://api.example.com/mcp", "api.example.co", false},
	{"https://api.example.com/mcp", "api.example.community", false},
	{"https://api.example.com/mcp", "xapi.example.com", false},
	{"https://api.example.com/mcp", "api-example.com", false},
};

static bool writes(const struct mcpauth__authority *authority, const char *text)
{
	char written[MCPAUTH__AUTHORITY_SIZE];
	size_t length = mcpauth__authority_write(authority, written);
	return length == strlen(written) && strcmp(written, text) == 0;
}

static void writes_equal_ones_alike_or_as_each_others_twin(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct mcpauth__authority url;
		struct mcpauth__authority twin;
		struct mcpauth__authority host;
		char text[MCPAUTH__AUTHORITY_SIZE];
		const char *rest;
		CHECK_ROW(pairs[i].host, mcpauth__authority_of_url(pairs[i].url, &url, &rest));
		CHECK_ROW(pairs[i].host, mcpauth__authority_parse(pairs[i].host, &host));
		CHECK_ROW(pairs[i].host, mcpauth__authority_write(&host, text) > 0);
		bool has_twin = mcpauth__authority_twin(&url, &twin);
		CHECK_ROW(pairs[i].host,
			(writes(&url, text) || (has_twin && writes(&twin, text)))
				== pairs[i].equal);
	}
}

static void writes_no_name_that_is_too_long(void **state)
{
	(void)state;
	char name[258 + sizeof ":65535"];
	char text[MCPAUTH__AUTHORITY_SIZE];
	struct mcpauth__authority authority;
	for (size_t length = 254; length <= 257; length++) {
		size_t want = length <= 255 ? length + 6 : 0;
		memset(name, 'a', length);
		strcpy(name + length, ":65535");
		CHECK_ROW(name, mcpauth__authority_parse(name, &authority));
		CHECK_ROW(name, mcpauth__authority_write(&authority, text) == want);
	}
}

static const struct {
	const char *url;
	const char *rest; /* NULL: refused */
	bool https;
} urls[] = {
	{"https://api.example.com", "", true},
	{"HTTPS://api.example.com:443/mcp?x", "/mcp?x", true},
	{"http://localhost:3000/", "/", false},
	{"https://user@evil.example", "@evil.example", true},
	{"https://api.example.com?x", "?x", true},
	{"https://", NULL, true},
	{"https:///mcp", NULL, true},
	{"https:/api.example.com", NULL, false},
	{"ftp://api.example.com", NULL, false},
	{"//api.example.com", NULL, false},
	{"api.example.com", NULL, false},
	{"null", NULL, false},
	{"", NULL, false},
};

static void reads_the_authority_of_a_url(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct mcpauth__authority authority;
		const char *rest = NULL;
		bool good = mcpauth__authority_of_url(urls[i].url, &authority, &rest);
		CHECK_ROW(urls[i].url, good == (urls[i].rest != NULL));
		CHECK_ROW(urls[i].url, !good || strcmp(rest, urls[i].rest) == 0);
		CHECK_ROW(urls[i].url, !good || authority.is_https == urls[i].https);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_host_and_nothing_behind_it),
		cmocka_unit_test(knows_loopback_from_its_look_alikes),
		cmocka_unit_test(knows_plain_loopback_at_a_glance),
		cmocka_unit_test(writes_equal_ones_alike_or_as_each_others_twin),
		cmocka_unit_test(writes_no_name_that_is_too_long),
		cmocka_unit_test(reads_the_authority_of_a_url),
	};
	return cmocka_run_group_tests_name("authority", tests, NULL, NULL);
}
