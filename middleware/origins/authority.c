/* Taking hosts and origins apart, strictly, as a browser or a proxy wrote them, and
 * writing them so that they can be compared. */
#include "origins/authority.h"

#include "base/ascii.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_host_character(char c)
{
	return mcpauth__ascii_is_digit(c) || mcpauth__ascii_is_letter(c) || c == '-' || c == '.'
		|| c == '_';
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

static size_t count_digits(const char *text)
{
	size_t count = 0;
	while (mcpauth__ascii_is_digit(text[count])) {
		count++;
	}
	return count;
}

static bool is_port_length(size_t digits)
{
	return digits > 0 && digits <= 5;
}

static bool parse(const char *text, struct mcpauth__authority *authority, const char **rest)
{
	const char *at = text;
	*authority = (struct mcpauth__authority){.host = text, .host_length = host_length(text)};
	at += authority->host_length;
	if (*at == ':') {
		authority->port = at + 1;
		authority->port_length = count_digits(at + 1);
		at = authority->port + authority->port_length;
	}
	*rest = at;
	return authority->host_length > 0
		&& (authority->port == NULL || is_port_length(authority->port_length));
}

bool mcpauth__authority_parse(const char *text, struct mcpauth__authority *authority)
{
	const char *rest;
	return parse(text, authority, &rest) && *rest == '\0';
}

bool mcpauth__authority_of_url(
	const char *url, struct mcpauth__authority *authority, const char **rest)
{
	bool https = mcpauth__ascii_begins_alike(url, "https://", 8);
	if (!https && !mcpauth__ascii_begins_alike(url, "http://", 7)) {
		return false;
	}
	bool good = parse(url + (https ? 8 : 7), authority, rest);
	authority->is_https = https;
	return good;
}

size_t mcpauth__authority_write(
	const struct mcpauth__authority *authority, char text[MCPAUTH__AUTHORITY_SIZE])
{
	size_t length = authority->host_length;
	if (length > MCPAUTH__HOST_LENGTH || authority->port_length > 5) {
		return 0;
	}
	for (size_t i = 0; i < length; i++) {
		text[i] = mcpauth__ascii_lower(authority->host[i]);
	}
	text[length] = '\0';
	if (authority->port != NULL) {
		length += (size_t)snprintf(text + length, MCPAUTH__AUTHORITY_SIZE - length, ":%ld",
			strtol(authority->port, NULL, 10));
	}
	return length;
}

bool mcpauth__authority_twin(
	const struct mcpauth__authority *authority, struct mcpauth__authority *twin)
{
	const char *own = authority->is_https ? "443" : "80";
	*twin = *authority;
	twin->port = authority->port == NULL ? own : NULL;
	twin->port_length = authority->port == NULL ? strlen(own) : 0;
	return authority->port == NULL
		|| strtol(authority->port, NULL, 10) == strtol(own, NULL, 10);
}

/* Only an address counts: "127.evil.example" is somebody else's name, and so is
 * "127.0.0.256", if a name server says so. */
static bool is_127(const char *host, size_t length)
{
	unsigned char address[4];
	char text[INET_ADDRSTRLEN];
	if (length >= sizeof text) {
		return false;
	}
	memcpy(text, host, length);
	text[length] = '\0';
	return inet_pton(AF_INET, text, address) == 1 && address[0] == 127;
}

bool mcpauth__authority_is_loopback(const struct mcpauth__authority *authority)
{
	const char *host = authority->host;
	size_t length = authority->host_length;
	return (length == 9 && mcpauth__ascii_begins_alike(host, "localhost", 9))
		|| (length == 5 && strncmp(host, "[::1]", 5) == 0) || is_127(host, length);
}

bool mcpauth__authority_is_plain_loopback(const char *text)
{
	static const char address[] = "127.0.0.1";
	if (strncmp(text, address, sizeof address - 1) != 0) {
		return false;
	}
	const char *rest = text + sizeof address - 1;
	if (*rest == ':') {
		size_t digits = count_digits(rest + 1);
		return is_port_length(digits) && rest[1 + digits] == '\0';
	}
	return *rest == '\0';
}
