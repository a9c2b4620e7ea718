/* Finding hosts and origins among those of all resources and those allowed besides. */
#include "authorities.h"

#include "authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 1035 section 2.3.4 ends names after 255 bytes: what is longer is nobody's. */
#define KEY_SIZE 320

/** A name written so that equal ones are the same bytes. */
struct key {
	char text[KEY_SIZE];
	size_t length; /* 0: too long to be one */
};

static void put(struct key *key, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		key->text[key->length++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
}

static void put_port(struct key *key, long port)
{
	key->length += (size_t)snprintf(
		key->text + key->length, sizeof key->text - key->length, ":%ld", port);
}

static struct key small_letters(const char *text)
{
	struct key key = {.length = 0};
	size_t length = strlen(text);
	if (length < sizeof key.text) {
		put(&key, text, length);
	}
	return key;
}

/* Scheme and port have room behind the longest host. */
static bool fits(const struct mcpauth__authority *authority)
{
	return authority->host_length + 16 < KEY_SIZE;
}

static long port_of(const struct mcpauth__authority *authority, long if_unspoken)
{
	return authority->port == NULL ? if_unspoken : strtol(authority->port, NULL, 10);
}

/* As a Host header names it: which port is unspoken, only the scheme says, which
 * is the resource's. */
static struct key host_key(const struct mcpauth__authority *authority, bool with_port, long port)
{
	struct key key = {.length = 0};
	if (fits(authority)) {
		put(&key, authority->host, authority->host_length);
	}
	if (with_port && key.length > 0) {
		put_port(&key, port);
	}
	return key;
}

static struct key origin_key(const struct mcpauth__authority *authority)
{
	struct key key = {.length = 0};
	if (fits(authority)) {
		put(&key, authority->is_https ? "s" : "p", 1);
		put(&key, authority->host, authority->host_length);
		put_port(&key, port_of(authority, authority->is_https ? 443 : 80));
	}
	return key;
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

static bool enter_key(struct mcpauth__authorities *authorities, struct mcpauth__lookup *lookup,
	const struct key *key)
{
	return enter(authorities, lookup, key->text, key->length);
}

static bool has_key(const struct mcpauth__lookup *lookup, const struct key *key)
{
	return key->length > 0 && mcpauth__lookup_find(lookup, key->text, key->length) != NULL;
}

static bool add_resource(struct mcpauth__authorities *authorities, const char *resource)
{
	struct mcpauth__authority authority;
	const char *rest;
	if (!mcpauth__authority_of_url(resource, &authority, &rest)) {
		return true;
	}
	long unspoken = authority.is_https ? 443 : 80;
	long port = port_of(&authority, unspoken);
	struct key with_port = host_key(&authority, true, port);
	struct key alone = host_key(&authority, false, port);
	struct key origin = origin_key(&authority);
	return enter_key(authorities, &authorities->hosts, &with_port)
		&& (port != unspoken || enter_key(authorities, &authorities->hosts, &alone))
		&& enter_key(authorities, &authorities->origins, &origin);
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

bool mcpauth__authorities_add_host(struct mcpauth__authorities *authorities, const char *host)
{
	struct key key = small_letters(host);
	return enter_key(authorities, &authorities->other_hosts, &key);
}

bool mcpauth__authorities_add_origin(struct mcpauth__authorities *authorities, const char *origin)
{
	return enter(authorities, &authorities->other_origins, origin, strlen(origin));
}

/* However it is spelt: a name in capitals, a port with zeros before it. */
static bool have_spelt(const struct mcpauth__authorities *authorities, const char *host)
{
	struct mcpauth__authority authority;
	struct key key = small_letters(host);
	if (has_key(&authorities->other_hosts, &key)) {
		return true;
	}
	if (!mcpauth__authority_parse(host, &authority)) {
		return false;
	}
	key = host_key(&authority, authority.port != NULL, port_of(&authority, 0));
	return mcpauth__authority_is_loopback(&authority) || has_key(&authorities->hosts, &key);
}

bool mcpauth__authorities_have_host(
	const struct mcpauth__authorities *authorities, const char *host)
{
	size_t length = strlen(host);
	/* As nearly everybody spells it, which takes neither parsing nor copying. */
	return mcpauth__lookup_find(&authorities->hosts, host, length) != NULL
		|| mcpauth__lookup_find(&authorities->other_hosts, host, length) != NULL
		|| have_spelt(authorities, host);
}

static bool is_loopback_host(const char *host)
{
	struct mcpauth__authority authority;
	return host != NULL && mcpauth__authority_parse(host, &authority)
		&& mcpauth__authority_is_loopback(&authority);
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
	struct key key = origin_key(&authority);
	return has_key(&authorities->origins, &key)
		|| (mcpauth__authority_is_loopback(&authority) && is_loopback_host(host));
}

void mcpauth__authorities_finish(struct mcpauth__authorities *authorities)
{
	mcpauth__lookup_finish(&authorities->hosts);
	mcpauth__lookup_finish(&authorities->origins);
	mcpauth__lookup_finish(&authorities->other_hosts);
	mcpauth__lookup_finish(&authorities->other_origins);
	mcpauth__words_finish(&authorities->names);
	*authorities = (struct mcpauth__authorities){0};
}
