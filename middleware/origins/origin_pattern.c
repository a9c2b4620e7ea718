/* Reading allowed origins that have stars in them, and telling which origins they mean. */
#include "origins/origin_pattern.h"

#include "base/words.h"

#include <stdlib.h>
#include <string.h>

/* What is left is read as any other origin: a star elsewhere is no part of one. */
static void take_stars(struct mcpauth__origin_pattern *pattern)
{
	char *star = strstr(pattern->text, "://*.");
	if (star != NULL) {
		star += 3;
		memmove(star, star + 2, strlen(star + 2) + 1);
		pattern->any_name = true;
	}
	size_t length = strlen(pattern->text);
	if (length > 2 && strcmp(pattern->text + length - 2, ":*") == 0) {
		pattern->text[length - 2] = '\0';
		pattern->any_port = true;
	}
}

static bool has_empty_label(const char *name, size_t length)
{
	bool was_dot = true;
	for (size_t i = 0; i < length; i++) {
		bool is_dot = name[i] == '.';
		if (is_dot && was_dot) {
			return true;
		}
		was_dot = is_dot;
	}
	return was_dot;
}

/* Nothing is below an address in brackets, and a port is named or is any. */
static bool is_sound(const struct mcpauth__origin_pattern *pattern, const char *behind)
{
	const struct mcpauth__authority *without = &pattern->without;
	return *behind == '\0' && (without->port == NULL || !pattern->any_port)
		&& (!pattern->any_name
			|| (*without->host != '['
				&& !has_empty_label(without->host, without->host_length)));
}

enum mcpauth_code mcpauth__origin_pattern_read(
	const char *text, struct mcpauth__origin_pattern *pattern)
{
	const char *behind;
	*pattern = (struct mcpauth__origin_pattern){.text = mcpauth__strdup(text)};
	if (pattern->text == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	take_stars(pattern);
	if (!mcpauth__authority_of_url(pattern->text, &pattern->without, &behind)
		|| !is_sound(pattern, behind)) {
		mcpauth__origin_pattern_finish(pattern);
		return MCPAUTH_E_INVALID_ARGUMENT;
	}
	return MCPAUTH_OK;
}

/* RFC 1035 section 2.3.4, and a dot between the names: "xexample.com" is somebody else's. */
static bool is_below(
	const struct mcpauth__authority *authority, const struct mcpauth__authority *parent)
{
	size_t tail = parent->host_length + 1;
	size_t length = authority->host_length;
	if (length <= tail || length > MCPAUTH__HOST_LENGTH) {
		return false;
	}
	const char *dot = authority->host + length - tail;
	return *dot == '.' && memcmp(dot + 1, parent->host, parent->host_length) == 0
		&& !has_empty_label(authority->host, length - tail);
}

static bool is_same(const char *one, size_t one_length, const char *other, size_t other_length)
{
	return one_length == other_length && memcmp(one, other, one_length) == 0;
}

static bool is_its_port(
	const struct mcpauth__origin_pattern *pattern, const struct mcpauth__authority *authority)
{
	const struct mcpauth__authority *without = &pattern->without;
	if (pattern->any_port) {
		return true;
	}
	if (without->port == NULL || authority->port == NULL) {
		return without->port == authority->port;
	}
	return is_same(
		authority->port, authority->port_length, without->port, without->port_length);
}

bool mcpauth__origin_pattern_fits(const struct mcpauth__origin_pattern *pattern, const char *origin,
	const struct mcpauth__authority *authority)
{
	const struct mcpauth__authority *without = &pattern->without;
	size_t scheme = (size_t)(without->host - pattern->text);
	if (!is_same(origin, (size_t)(authority->host - origin), pattern->text, scheme)
		|| !is_its_port(pattern, authority)) {
		return false;
	}
	return pattern->any_name ? is_below(authority, without)
				 : is_same(authority->host, authority->host_length, without->host,
					 without->host_length);
}

void mcpauth__origin_pattern_finish(struct mcpauth__origin_pattern *pattern)
{
	free(pattern->text);
	*pattern = (struct mcpauth__origin_pattern){0};
}
