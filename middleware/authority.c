/* Taking hosts and origins apart: what a browser or a proxy wrote, so strictly. */
#include "authority.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_host_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
		|| c == '-' || c == '.' || c == '_';
}

static size_t host_length(const char *text)
{
	size_t length = 0;
	if (text[0] == '[') {
		length = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
		return text[length] == ']' ? length + 1 : 0;
	}
	while (is_host_character(text[length])) {
		length++;
	}
	return length;
}

static bool parse(const char *text, struct mcpauth__authority *authority, const char **rest)
{
	const char *at = text;
	*authority = (struct mcpauth__authority){.host = text, .host_length = host_length(text)};
	at += authority->host_length;
	if (*at == ':') {
		authority->port = at + 1;
		authority->port_length = strspn(at + 1, "0123456789");
		at = authority->port + authority->port_length;
	}
	*rest = at;
	return authority->host_length > 0
		&& (authority->port == NULL
			|| (authority->port_length > 0 && authority->port_length <= 5));
}

bool mcpauth__authority_parse(const char *text, struct mcpauth__authority *authority)
{
	const char *rest;
	return parse(text, authority, &rest) && *rest == '\0';
}

bool mcpauth__authority_of_url(
	const char *url, struct mcpauth__authority *authority, const char **rest)
{
	bool https = strncasecmp(url, "https://", 8) == 0;
	if (!https && strncasecmp(url, "http://", 7) != 0) {
		return false;
	}
	bool good = parse(url + (https ? 8 : 7), authority, rest);
	authority->is_https = https;
	return good;
}

static bool is_default_port(const struct mcpauth__authority *authority, bool https)
{
	return authority->port == NULL || strtol(authority->port, NULL, 10) == (https ? 443 : 80);
}

bool mcpauth__authority_equal(
	const struct mcpauth__authority *a, const struct mcpauth__authority *b)
{
	bool https = a->is_https || b->is_https;
	if (a->host_length != b->host_length
		|| strncasecmp(a->host, b->host, a->host_length) != 0) {
		return false;
	}
	if (is_default_port(a, https) || is_default_port(b, https)) {
		return is_default_port(a, https) && is_default_port(b, https);
	}
	return strtol(a->port, NULL, 10) == strtol(b->port, NULL, 10);
}

/* Only four numbers count: "127.evil.example" is somebody else's name. */
static bool is_127(const char *host, size_t length)
{
	unsigned parts = 1;
	unsigned digits = 0;
	for (size_t i = 0; i < length; i++) {
		if (host[i] == '.' && digits > 0) {
			parts++;
			digits = 0;
		} else if (host[i] >= '0' && host[i] <= '9' && digits < 3) {
			digits++;
		} else {
			return false;
		}
	}
	return parts == 4 && digits > 0 && strncmp(host, "127.", 4) == 0;
}

bool mcpauth__authority_is_loopback(const struct mcpauth__authority *authority)
{
	const char *host = authority->host;
	size_t length = authority->host_length;
	return (length == 9 && strncasecmp(host, "localhost", 9) == 0)
		|| (length == 5 && strncmp(host, "[::1]", 5) == 0) || is_127(host, length);
}
