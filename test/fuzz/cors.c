/* Fuzz target: an allowed origin with stars in it and an Origin, beside POSIX regular
 * expressions and curl_url; and what a preflight asks for and is allowed. */
#include "common/fuzz.h"
#include "common/known.h"

#include "base/buf.h"
#include "origins/origin_pattern.h"
#include "support/fake_exchange.h"

#include <mcpauth/cors.h>

#include <curl/curl.h>

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAGE "https://app.example.com"
#define FIXED \
	"Authorization, Content-Type, Accept, Last-Event-ID, MCP-Protocol-Version, " \
	"Mcp-Session-Id, Mcp-Method, Mcp-Name"
#define TOKEN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"

static struct fake_server *server(void)
{
	static struct fake_server made;
	if (made.chain == NULL) {
		MUST(mcpauth_chain_new(known_auth(), NULL, &made.chain, NULL) == MCPAUTH_OK);
		MUST(mcpauth_chain_allow_origin(made.chain, PAGE, NULL) == MCPAUTH_OK);
		MUST(mcpauth_chain_add_cors(made.chain, NULL, NULL) == MCPAUTH_OK);
	}
	return &made;
}

/* The same as an expression: a star in front of a dot is labels, one behind a colon a port. */
static char *expression_of(const char *pattern)
{
	struct mcpauth__buf text = {0};
	mcpauth__buf_puts(&text, "^");
	for (const char *at = pattern; *at != '\0'; at++) {
		if (strncmp(at, "*.", 2) == 0) {
			mcpauth__buf_puts(&text, "([A-Za-z0-9_-]+\\.)+");
			at++;
		} else if (strcmp(at, ":*") == 0) {
			mcpauth__buf_puts(&text, "(:[0-9]{1,5})?");
			at++;
		} else {
			mcpauth__buf_printf(&text, "[%c]", *at);
		}
	}
	mcpauth__buf_puts(&text, "$");
	return mcpauth__buf_take(&text);
}

static bool matches(const char *pattern, const char *origin)
{
	regex_t expression;
	char *text = expression_of(pattern);
	MUST(regcomp(&expression, text, REG_EXTENDED | REG_NOSUB) == 0);
	bool found = regexec(&expression, origin, 0, NULL, 0) == 0;
	regfree(&expression);
	free(text);
	return found;
}

/* Where libcurl would go, as the pattern's host has it. */
static bool goes_below(const char *origin, const struct mcpauth__origin_pattern *pattern)
{
	char *host = NULL;
	CURLU *handle = curl_url();
	bool good = curl_url_set(handle, CURLUPART_URL, origin, 0) == CURLUE_OK
		&& curl_url_get(handle, CURLUPART_HOST, &host, 0) == CURLUE_OK;
	size_t tail = pattern->without.host_length;
	size_t length = good ? strlen(host) : 0;
	bool below = good && length > tail && host[length - tail - 1] == '.'
		&& strncasecmp(host + length - tail, pattern->without.host, tail) == 0;
	curl_free(host);
	curl_url_cleanup(handle);
	return below;
}

/* What no browser sends, libcurl may not take at all. */
static bool is_known_to_curl(const char *origin)
{
	CURLU *handle = curl_url();
	bool good = curl_url_set(handle, CURLUPART_URL, origin, 0) == CURLUE_OK;
	curl_url_cleanup(handle);
	return good;
}

static void check_origin(const char *text, const char *origin)
{
	struct mcpauth__origin_pattern pattern;
	struct mcpauth__authority authority;
	const char *rest;
	if (mcpauth__origin_pattern_read(text, &pattern) != MCPAUTH_OK) {
		MUST(pattern.text == NULL);
		return;
	}
	MUST(strchr(pattern.text, '*') == NULL && fuzz_is_line(pattern.text));
	bool fits = mcpauth__authority_of_url(origin, &authority, &rest) && *rest == '\0'
		&& mcpauth__origin_pattern_fits(&pattern, origin, &authority);
	bool is_too_long = pattern.any_name && !fits
		&& mcpauth__authority_of_url(origin, &authority, &rest)
		&& authority.host_length > MCPAUTH__HOST_LENGTH;
	MUST(fits == (matches(text, origin) && !is_too_long));
	MUST(!fits || !pattern.any_name || !is_known_to_curl(origin)
		|| goes_below(origin, &pattern));
	mcpauth__origin_pattern_finish(&pattern);
}

/* One name that came back beside the fixed ones. */
static void check_name(const char *name, size_t length, const char *asked)
{
	char *copy = fuzz_text((const uint8_t *)name, length);
	MUST(length > 10 && length <= 128 && strspn(copy, TOKEN) == length);
	MUST(strncasecmp(copy, "mcp-param-", 10) == 0 && strstr(asked, copy) != NULL);
	free(copy);
}

static void check_names(const char *allowed, const char *asked)
{
	unsigned count = 0;
	MUST(allowed != NULL && strncmp(allowed, FIXED, strlen(FIXED)) == 0);
	const char *at = allowed + strlen(FIXED);
	for (; *at != '\0'; count++) {
		MUST(strncmp(at, ", ", 2) == 0);
		size_t length = strcspn(at + 2, ",");
		check_name(at + 2, length, asked);
		at += 2 + length;
	}
	MUST(count <= 64);
}

static void check_preflight(const char *method, const char *asked)
{
	struct fake_exchange fake;
	struct fake_request request = {.method = "OPTIONS",
		.headers = {"Origin", PAGE, "Access-Control-Request-Method", method,
			"Access-Control-Request-Headers", asked}};
	fake_exchange_start(&fake, server(), &request);
	MUST(fake_exchange_serve(&fake) == MCPAUTH__ANSWER);
	MUST(fake_exchange_status(&fake) == 204);
	MUST(strcmp(fake_exchange_header(&fake, "Access-Control-Allow-Origin"), PAGE) == 0);
	check_names(fake_exchange_header(&fake, "Access-Control-Allow-Headers"), asked);
	fake_exchange_finish(&fake);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *pattern = fuzz_field(&data, &size, '\n');
	char *origin = fuzz_field(&data, &size, '\n');
	char *method = fuzz_field(&data, &size, '\n');
	char *asked = fuzz_text(data, size);
	check_origin(pattern, origin);
	check_preflight(method, asked);
	free(pattern);
	free(origin);
	free(method);
	free(asked);
	return 0;
}
