/* A server's protected-resource metadata: found, read, and held against the server's URL. */
#include "client/discovery/resource_metadata.h"

#include "base/error_int.h"
#include "base/json.h"
#include "client/discovery/members.h"
#include "client/discovery/search.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define WELL_KNOWN "oauth-protected-resource"
#define PLACE(member) offsetof(struct mcpauth__resource_metadata, member)

static const struct mcpauth__member members[] = {
	{"resource", MCPAUTH__MEMBER_TEXT, PLACE(resource), NULL},
	{"authorization_servers", MCPAUTH__MEMBER_LIST, PLACE(authorization_servers), NULL},
	{"scopes_supported", MCPAUTH__MEMBER_LIST, PLACE(scopes_supported), NULL},
	{"dpop_bound_access_tokens_required", MCPAUTH__MEMBER_FLAG, PLACE(wants_dpop), NULL},
	{"dpop_signing_alg_values_supported", MCPAUTH__MEMBER_HAS, PLACE(takes_dpop), "ES256"},
};

/* Paths are compared as they are written: to decode them would make segments of what
 * a server may take for one. */
static bool is_above(const struct mcpauth__url *resource, const struct mcpauth__url *server)
{
	size_t length = strlen(resource->path);
	if (length > 0 && resource->path[length - 1] == '/') {
		length--;
	}
	if (strncmp(resource->path, server->path, length) != 0) {
		return false;
	}
	const char *rest = server->path + length;
	if (*rest != '\0' && *rest != '/') {
		return false;
	}
	/* A query belongs to one path, and to no other below it. */
	return resource->query == NULL
		|| (rest[strspn(rest, "/")] == '\0' && server->query != NULL
			&& strcmp(resource->query, server->query) == 0);
}

/* For a resource that has the form of one. */
static enum mcpauth_code speaks_for(const struct mcpauth__url *resource, const char *server,
	bool *speaks, struct mcpauth_error *err)
{
	struct mcpauth__url parts;
	enum mcpauth_code code = mcpauth__url_parse(server, &parts, err);
	*speaks = code == MCPAUTH_OK && mcpauth__url_is_same_origin(resource, &parts)
		&& is_above(resource, &parts);
	mcpauth__url_finish(&parts);
	return code;
}

static enum mcpauth_code check_resource(
	const char *resource, const char *server, struct mcpauth_error *err)
{
	struct mcpauth__url parts;
	bool speaks = false;
	if (resource == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA, "no resource in it");
	}
	if (strcmp(resource, server) == 0) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__url_parse(resource, &parts, err);
	if (code == MCPAUTH_OK && !parts.has_user && !parts.has_fragment) {
		code = speaks_for(&parts, server, &speaks, err);
	}
	mcpauth__url_finish(&parts);
	if (code == MCPAUTH_E_NO_MEMORY || speaks) {
		return code;
	}
	/* RFC 9728 section 3.3: a document that another server wrote, or this one about
	 * another, would lead tokens for that one here. */
	return mcpauth__fail(err, MCPAUTH_E_RESOURCE_MISMATCH,
		"it is about the resource \"%.100s\", not this server", resource);
}

static enum mcpauth_code read_members(
	const cJSON *json, struct mcpauth__resource_metadata *metadata, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__members_read(
		json, members, COUNT(members), metadata, err);
	if (code == MCPAUTH_OK && metadata->authorization_servers.count == 0) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_METADATA, "no authorization server in it");
	}
	const cJSON *scopes = mcpauth__json_member(json, "scopes_supported");
	metadata->has_scopes = scopes != NULL && !cJSON_IsNull(scopes);
	return code;
}

enum mcpauth_code mcpauth__resource_metadata_read(const char *server,
	const struct mcpauth__buf *text, struct mcpauth__resource_metadata *metadata,
	struct mcpauth_error *err)
{
	cJSON *json = NULL;
	enum mcpauth_code code = mcpauth__members_parse(text, &json, err);
	if (code == MCPAUTH_OK) {
		code = read_members(json, metadata, err);
	}
	if (code == MCPAUTH_OK) {
		code = check_resource(metadata->resource, server, err);
	}
	cJSON_Delete(json);
	return code;
}

/* The well-known URL at the root, whatever path and query the server's has. */
static enum mcpauth_code root_place(const char *server, char **place, struct mcpauth_error *err)
{
	const char *authority = strstr(server, "://");
	size_t before = authority != NULL ? (size_t)(authority - server) + 3 : 0;
	char *origin = mcpauth__strdup(server);
	*place = NULL;
	if (origin == NULL) {
		return mcpauth__no_memory(err);
	}
	origin[before + strcspn(origin + before, "/?#")] = '\0';
	enum mcpauth_code code = mcpauth__url_well_known_inserted(origin, WELL_KNOWN, place, err);
	free(origin);
	return code;
}

static enum mcpauth_code add_well_known(
	const char *server, struct mcpauth__search *search, struct mcpauth_error *err)
{
	char *inserted;
	char *root;
	enum mcpauth_code code = mcpauth__url_well_known_inserted(
		server, WELL_KNOWN, &inserted, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = root_place(server, &root, err);
	/* Both are taken, whatever comes of the other. */
	bool has_inserted = mcpauth__search_add(search, inserted);
	bool has_root = mcpauth__search_add(search, root);
	return code != MCPAUTH_OK || (has_inserted && has_root) ? code : mcpauth__no_memory(err);
}

/* The server is configured, and so are the places at it; what its challenge names is
 * somebody's text. */
static enum mcpauth_code add_places(const struct mcpauth__asker *asker, const char *server,
	const char *named, struct mcpauth__search *search, struct mcpauth_error *err)
{
	if (named == NULL) {
		return add_well_known(server, search, err);
	}
	enum mcpauth_code code = mcpauth__ask_check_url(asker, named, "resource_metadata", err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	search->learnt_from = server;
	return mcpauth__words_add(&search->places, named, strlen(named)) ? MCPAUTH_OK
									 : mcpauth__no_memory(err);
}

static bool is_same_resource(const char *a, const char *b)
{
	size_t length = strlen(a);
	size_t other = strlen(b);
	length -= length > 0 && a[length - 1] == '/' ? 1 : 0;
	other -= other > 0 && b[other - 1] == '/' ? 1 : 0;
	return length == other && memcmp(a, b, length) == 0;
}

/* RFC 9728 section 3.3: what a challenge names may lie anywhere, and so speaks for its
 * server alone. For more of the host only its well-known places do: a neighbour there
 * would get tokens that are good for all of it. */
static enum mcpauth_code check_place(const char *named, const char *server,
	const struct mcpauth__resource_metadata *metadata, struct mcpauth_error *err)
{
	struct mcpauth__search own = {0};
	if (named == NULL || is_same_resource(metadata->resource, server)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = add_well_known(server, &own, err);
	if (code == MCPAUTH_OK) {
		code = add_well_known(metadata->resource, &own, err);
	}
	if (code == MCPAUTH_OK && !mcpauth__words_contain(&own.places, named, strlen(named))) {
		code = mcpauth__fail(err, MCPAUTH_E_RESOURCE_MISMATCH,
			"it is about the resource \"%.100s\", for which only a well-known place "
			"can speak",
			metadata->resource);
	}
	mcpauth__search_finish(&own);
	return code;
}

/* Of the last place it is known already what it said. */
static enum mcpauth_code nowhere(struct mcpauth_error *err)
{
	mcpauth__error_prefix(err, "the server says nowhere whom it trusts");
	if (err != NULL) {
		err->code = MCPAUTH_E_NO_RESOURCE_METADATA;
	}
	return MCPAUTH_E_NO_RESOURCE_METADATA;
}

enum mcpauth_code mcpauth__resource_metadata_find(const struct mcpauth__asker *asker,
	const char *server, const char *named, struct mcpauth__resource_metadata *metadata,
	struct mcpauth_error *err)
{
	struct mcpauth__search search = {0};
	enum mcpauth_code code = add_places(asker, server, named, &search, err);
	if (code != MCPAUTH_OK) {
		goto out;
	}
	code = mcpauth__search_ask(asker, &search, err);
	if (code == MCPAUTH_E_HTTP_STATUS && search.source == NULL && named == NULL) {
		code = nowhere(err);
	}
	if (code != MCPAUTH_OK) {
		goto out;
	}
	code = mcpauth__resource_metadata_read(server, &search.text, metadata, err);
	if (code == MCPAUTH_OK) {
		code = check_place(named, server, metadata, err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__search_blame(&search, err);
		goto out;
	}
	metadata->source = mcpauth__strdup(search.source);
	code = metadata->source != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
out:
	mcpauth__search_finish(&search);
	return code;
}

void mcpauth__resource_metadata_finish(struct mcpauth__resource_metadata *metadata)
{
	free(metadata->resource);
	free(metadata->source);
	mcpauth__words_finish(&metadata->authorization_servers);
	mcpauth__words_finish(&metadata->scopes_supported);
	*metadata = (struct mcpauth__resource_metadata){0};
}
