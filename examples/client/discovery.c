/* From an MCP server's URL to the endpoints of its authorization server. */
#include "discovery.h"

#include "json.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

#define CANDIDATES 3

/* Where the path of an absolute URL begins; its end if it has none. */
static size_t path_offset(const char *url)
{
	const char *authority = strstr(url, "://");
	authority = authority != NULL ? authority + 3 : url;
	return (size_t)(authority - url) + strcspn(authority, "/?");
}

static void insert_well_known(const char *url, const char *name, const char *path, struct text *out)
{
	text_add(out, url, path_offset(url));
	text_join(out, "/.well-known/", name, path, NULL);
}

/* A 4xx means "not here", anything else ends the search. */
static cJSON *fetch_first(struct http *http, const struct text *urls, const char *what)
{
	struct answer answer = {0};
	cJSON *document = NULL;
	bool sent = true;
	for (size_t i = 0; i < CANDIDATES && urls[i].length > 0; i++) {
		struct request request = {.url = text_string(&urls[i]),
			.headers = (const char *const[]){"Accept: application/json", NULL}};
		sent = http_send(http, &request, &answer);
		if (!sent || answer.status < 400 || answer.status >= 500) {
			break;
		}
	}
	if (sent && answer.status == 200) {
		document = json_parse(text_string(&answer.body), answer.body.length);
		detail("%s", text_string(&answer.body));
	}
	if (document == NULL && sent) {
		complain(answer.status == 200 ? "the %s are not a JSON object"
					      : "no %s were found, the last status is %ld",
			what, answer.status);
	}
	answer_finish(&answer);
	return document;
}

static void free_candidates(struct text *urls)
{
	for (size_t i = 0; i < CANDIDATES; i++) {
		text_finish(&urls[i]);
	}
}

static cJSON *fetch_resource_metadata(
	struct http *http, const char *url, const struct challenge *challenge)
{
	static const char name[] = "oauth-protected-resource";
	struct text urls[CANDIDATES] = {{0}};
	const char *path = url + path_offset(url);
	size_t count = 0;
	if (challenge->resource_metadata != NULL) {
		text_join(&urls[0], challenge->resource_metadata, NULL);
	} else {
		/* RFC 9728 section 3.1: a lone slash is no path. */
		if (*path != '\0' && strcmp(path, "/") != 0) {
			path += path[0] == '/' && path[1] == '?';
			insert_well_known(url, name, path, &urls[count++]);
		}
		insert_well_known(url, name, "", &urls[count]);
	}
	cJSON *document = fetch_first(http, urls, "protected-resource metadata");
	free_candidates(urls);
	return document;
}

static cJSON *fetch_server_metadata(struct http *http, const char *issuer)
{
	struct text urls[CANDIDATES] = {{0}};
	struct text path = {0};
	text_join(&path, issuer + path_offset(issuer), NULL);
	if (path.length > 0 && path.data[path.length - 1] == '/') {
		path.data[--path.length] = '\0';
	}
	const char *inserted = text_string(&path);
	insert_well_known(issuer, "oauth-authorization-server", inserted, &urls[0]);
	insert_well_known(issuer, "openid-configuration", inserted, &urls[1]);
	if (path.length > 0) {
		text_add(&urls[2], issuer, path_offset(issuer));
		text_join(&urls[2], inserted, "/.well-known/openid-configuration", NULL);
	}
	cJSON *document = fetch_first(http, urls, "authorization-server metadata");
	text_finish(&path);
	free_candidates(urls);
	return document;
}

static char *join_scopes(const cJSON *list)
{
	struct text all = {0};
	const cJSON *item = NULL;
	if (cJSON_IsArray(list)) {
		cJSON_ArrayForEach(item, list)
		{
			const char *scope = cJSON_GetStringValue(item);
			scope_unite(&all, scope != NULL ? scope : "");
		}
	}
	char *joined = all.length > 0 ? copy_string(text_string(&all)) : NULL;
	text_finish(&all);
	return joined;
}

static bool read_resource(const cJSON *document, const char *url, struct discovery *discovery)
{
	const char *resource = json_string(document, "resource");
	const cJSON *servers = cJSON_GetObjectItemCaseSensitive(document, "authorization_servers");
	/* RFC 9728 section 3.3: else a server could pass off another's
	 * metadata as its own and be given tokens for it. */
	if (resource == NULL || strcmp(resource, url) != 0) {
		return complain("the metadata are for \"%s\", not for %s",
			resource != NULL ? resource : "", url);
	}
	const char *issuer = cJSON_IsArray(servers)
		? cJSON_GetStringValue(cJSON_GetArrayItem(servers, 0))
		: NULL;
	if (issuer == NULL || strpbrk(issuer, "?#") != NULL) {
		return complain("the metadata name no authorization server");
	}
	discovery->resource = copy_string(resource);
	discovery->issuer = copy_string(issuer);
	discovery->scopes_supported = join_scopes(
		cJSON_GetObjectItemCaseSensitive(document, "scopes_supported"));
	note("resource              %s", resource);
	note("authorization server  %s", issuer);
	if (discovery->scopes_supported != NULL) {
		note("scopes supported      %s", discovery->scopes_supported);
	}
	return true;
}

static bool read_endpoint(
	const struct http *http, const cJSON *document, const char *name, char **endpoint)
{
	const char *url = json_string(document, name);
	if (url == NULL) {
		return complain("the authorization server has no %s", name);
	}
	if (!http_url_is_allowed(http, url)) {
		return complain("the %s is neither https nor on this machine: "
				"%s",
			name, url);
	}
	*endpoint = copy_string(url);
	note("%-24s%s", name, url);
	return true;
}

static bool read_server(const struct http *http, const cJSON *document, struct discovery *discovery)
{
	const char *issuer = json_string(document, "issuer");
	/* RFC 8414 section 3.3, compared as bytes. */
	if (issuer == NULL || strcmp(issuer, discovery->issuer) != 0) {
		return complain("the metadata are of issuer \"%s\", not of %s",
			issuer != NULL ? issuer : "", discovery->issuer);
	}
	if (!json_list_has(
		    cJSON_GetObjectItemCaseSensitive(document, "code_challenge_methods_supported"),
		    "S256")) {
		return complain("the authorization server does not offer PKCE "
				"with S256");
	}
	discovery->names_issuer = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(
		document, "authorization_response_iss_parameter_supported"));
	return read_endpoint(
		       http, document, "authorization_endpoint", &discovery->authorization_endpoint)
		&& read_endpoint(http, document, "token_endpoint", &discovery->token_endpoint)
		&& read_endpoint(
			http, document, "registration_endpoint", &discovery->registration_endpoint);
}

bool discover(struct http *http, const char *url, const struct challenge *challenge,
	struct discovery *discovery)
{
	step("Which authorization server does it trust?");
	cJSON *document = fetch_resource_metadata(http, url, challenge);
	bool ok = document != NULL && read_resource(document, url, discovery);
	cJSON_Delete(document);
	if (!ok) {
		return false;
	}
	step("Where are the endpoints of %s?", discovery->issuer);
	document = fetch_server_metadata(http, discovery->issuer);
	ok = document != NULL && read_server(http, document, discovery);
	cJSON_Delete(document);
	return ok;
}

void discovery_finish(struct discovery *discovery)
{
	free(discovery->resource);
	free(discovery->scopes_supported);
	free(discovery->issuer);
	free(discovery->authorization_endpoint);
	free(discovery->token_endpoint);
	free(discovery->registration_endpoint);
	*discovery = (struct discovery){0};
}
