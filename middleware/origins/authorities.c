/* Finding hosts and origins among those of all resources and those allowed besides. */
#include "origins/authorities.h"

#include "base/pattern.h"

#include <stdlib.h>
#include <string.h>

/* An origin as it is looked up: a letter for the scheme, then the authority. */
#define ORIGIN_SIZE (1 + MCPAUTH__AUTHORITY_SIZE)

/* The port is always named there. */
static size_t write_origin(const struct mcpauth__authority *authority, char text[ORIGIN_SIZE])
{
	struct mcpauth__authority with_port = *authority;
	if (authority->port == NULL) {
		mcpauth__authority_twin(authority, &with_port);
	}
	size_t length = mcpauth__authority_write(&with_port, text + 1);
	text[0] = authority->is_https ? 's' : 'p';
	return length == 0 ? 0 : 1 + length;
}

static bool enter(struct mcpauth__authorities *authorities, struct mcpauth__lookup *lookup,
	const char *text, size_t length)
{
	struct mcpauth__words *names = &authorities->names;
	if (length == 0 || mcpauth__lookup_find(lookup, text, length) != NULL) {
		return true;
	}
	if (!mcpauth__words_add(names, text, length)) {
		return false;
	}
	char *name = names->items[names->count - 1];
	return mcpauth__lookup_add(lookup, name, length, name);
}

bool mcpauth__authorities_add_host(
	struct mcpauth__authorities *authorities, const struct mcpauth__authority *host)
{
	char text[MCPAUTH__AUTHORITY_SIZE];
	return enter(authorities, &authorities->hosts, text, mcpauth__authority_write(host, text));
}

static bool enter_origin(
	struct mcpauth__authorities *authorities, const struct mcpauth__authority *authority)
{
	char text[ORIGIN_SIZE];
	return enter(authorities, &authorities->origins, text, write_origin(authority, text));
}

static bool has(const struct mcpauth__lookup *lookup, const char *text, size_t length)
{
	return length > 0 && mcpauth__lookup_find(lookup, text, length) != NULL;
}

/* A Host header does not say the scheme, on which the unspoken port depends: the
 * resource's decides. */
static bool add_resource(struct mcpauth__authorities *authorities, const char *resource)
{
	struct mcpauth__authority authority;
	struct mcpauth__authority twin;
	const char *rest;
	if (!mcpauth__authority_of_url(resource, &authority, &rest)) {
		return true;
	}
	return mcpauth__authorities_add_host(authorities, &authority)
		&& (!mcpauth__authority_twin(&authority, &twin)
			|| mcpauth__authorities_add_host(authorities, &twin))
		&& enter_origin(authorities, &authority);
}

bool mcpauth__authorities_add_resources(
	struct mcpauth__authorities *authorities, const struct mcpauth *auth)
{
	bool good = true;
	const char *resource;
	for (size_t i = 0; good && (resource = mcpauth_resource_at(auth, i)) != NULL; i++) {
		good = add_resource(authorities, resource);
	}
	return good;
}

static enum mcpauth_code add_pattern(struct mcpauth__authorities *authorities, const char *origin)
{
	struct mcpauth__origin_pattern *patterns = authorities->patterns;
	patterns = realloc(patterns, (authorities->pattern_count + 1) * sizeof *patterns);
	if (patterns == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	authorities->patterns = patterns;
	enum mcpauth_code code = mcpauth__origin_pattern_read(
		origin, &patterns[authorities->pattern_count]);
	authorities->pattern_count += code == MCPAUTH_OK;
	return code;
}

/* RFC 6454 section 6.2: what a browser sends has no path behind it, so anything else
 * would never match. */
static bool is_origin(const char *text)
{
	struct mcpauth__authority authority;
	const char *rest;
	return strcmp(text, "null") == 0
		|| (mcpauth__authority_of_url(text, &authority, &rest) && *rest == '\0');
}

enum mcpauth_code mcpauth__authorities_add_origin(
	struct mcpauth__authorities *authorities, const char *origin)
{
	if (mcpauth__pattern_has_star(origin)) {
		return add_pattern(authorities, origin);
	}
	if (!is_origin(origin)) {
		return MCPAUTH_E_INVALID_ARGUMENT;
	}
	return enter(authorities, &authorities->other_origins, origin, strlen(origin))
		? MCPAUTH_OK
		: MCPAUTH_E_NO_MEMORY;
}

/* However it is spelt: a name in capitals, a port with zeros before it. */
static bool have_spelt(const struct mcpauth__authorities *authorities, const char *host)
{
	struct mcpauth__authority authority;
	char text[MCPAUTH__AUTHORITY_SIZE];
	if (!mcpauth__authority_parse(host, &authority)) {
		return false;
	}
	if (mcpauth__authority_is_loopback(&authority)) {
		return true;
	}
	return has(&authorities->hosts, text, mcpauth__authority_write(&authority, text));
}

bool mcpauth__authorities_have_host(
	const struct mcpauth__authorities *authorities, const char *host)
{
	/* As nearly everybody spells it, which takes neither parsing nor copying. */
	return mcpauth__authority_is_plain_loopback(host)
		|| mcpauth__lookup_find(&authorities->hosts, host, strlen(host)) != NULL
		|| have_spelt(authorities, host);
}

static bool is_loopback_host(const char *host)
{
	struct mcpauth__authority authority;
	return host != NULL && mcpauth__authority_parse(host, &authority)
		&& mcpauth__authority_is_loopback(&authority);
}

static bool fits_pattern(const struct mcpauth__authorities *authorities, const char *origin,
	const struct mcpauth__authority *authority)
{
	bool fits = false;
	for (size_t i = 0; !fits && i < authorities->pattern_count; i++) {
		fits = mcpauth__origin_pattern_fits(&authorities->patterns[i], origin, authority);
	}
	return fits;
}

/* A page on this machine may ask a server on this machine: it has other ways
 * to the same port, and tools like inspectors are such pages. */
bool mcpauth__authorities_have_origin(
	const struct mcpauth__authorities *authorities, const char *origin, const char *host)
{
	struct mcpauth__authority authority;
	const char *rest;
	if (mcpauth__lookup_find(&authorities->other_origins, origin, strlen(origin)) != NULL) {
		return true;
	}
	if (!mcpauth__authority_of_url(origin, &authority, &rest) || *rest != '\0') {
		return false;
	}
	char text[ORIGIN_SIZE];
	return has(&authorities->origins, text, write_origin(&authority, text))
		|| (mcpauth__authority_is_loopback(&authority) && is_loopback_host(host))
		|| fits_pattern(authorities, origin, &authority);
}

void mcpauth__authorities_finish(struct mcpauth__authorities *authorities)
{
	mcpauth__lookup_finish(&authorities->hosts);
	mcpauth__lookup_finish(&authorities->origins);
	mcpauth__lookup_finish(&authorities->other_origins);
	mcpauth__words_finish(&authorities->names);
	for (size_t i = 0; i < authorities->pattern_count; i++) {
		mcpauth__origin_pattern_finish(&authorities->patterns[i]);
	}
	free(authorities->patterns);
	*authorities = (struct mcpauth__authorities){0};
}
