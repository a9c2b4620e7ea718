/* Finding the metadata document that a request wants among those of all resources. */
#include "published.h"

#include "origins/authority.h"
#include "base/error_int.h"
#include "base/lookup.h"
#include "base/percent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char root[] = "/.well-known/oauth-protected-resource";

struct mcpauth__publication {
	struct site *site;
	const char *query;                   /* as requests have it; NULL if there is none */
	struct mcpauth__authority authority; /* borrowed from the URL */
	const char *resource;
	bool is_shared; /* its path and query are those of another, too */
	struct mcpauth__shared_answer answer;
	atomic_bool told_missing; /* the log knows why there is no document */
};

/* Documents by their queries; of two the first one. */
struct by_query {
	struct mcpauth__publication *bare; /* the one without; or NULL */
	struct mcpauth__lookup others;
};

struct host {
	struct host *next;
	struct by_query documents;
	char name[];
};

/* What is published at one path. */
struct site {
	struct site *next;
	char *path;   /* decoded, as requests have it */
	size_t count; /* with one, no host needs to be looked at */
	struct by_query anywhere;
	struct host *all_hosts;
	struct mcpauth__lookup hosts;
};

struct mcpauth__published {
	struct mcpauth *auth;
	struct mcpauth__publication *items;
	size_t count;
	struct site *all_sites;
	struct mcpauth__lookup sites;
};

static struct mcpauth__publication *find_query(const struct by_query *documents, const char *query)
{
	return query == NULL ? documents->bare
			     : mcpauth__lookup_find(&documents->others, query, strlen(query));
}

/* @return the first one with this query, which may be this one; NULL without memory */
static struct mcpauth__publication *add_query(
	struct by_query *documents, struct mcpauth__publication *item)
{
	struct mcpauth__publication *first = find_query(documents, item->query);
	if (first != NULL) {
		return first;
	}
	if (item->query == NULL) {
		documents->bare = item;
		return item;
	}
	return mcpauth__lookup_add(&documents->others, item->query, strlen(item->query), item)
		? item
		: NULL;
}

static struct host *find_host(const struct site *site, const char *name, size_t length)
{
	return mcpauth__lookup_find(&site->hosts, name, length);
}

/* The documents at the host that a request names. NULL: none is published there. */
static const struct by_query *documents_at(const struct site *site, const char *said)
{
	struct mcpauth__authority authority;
	char name[MCPAUTH__AUTHORITY_SIZE];
	if (said == NULL || !mcpauth__authority_parse(said, &authority)) {
		return NULL;
	}
	size_t length = mcpauth__authority_write(&authority, name);
	const struct host *host = length == 0 ? NULL : find_host(site, name, length);
	return host == NULL ? NULL : &host->documents;
}

bool mcpauth__published_has_path(const struct mcpauth__published *published, const char *path)
{
	return mcpauth__lookup_find(&published->sites, path, strlen(path)) != NULL;
}

/* The query belongs to the resource. One that nobody declared is somebody's
 * addition to the resource that has none. */
struct mcpauth__publication *mcpauth__published_find(
	const struct mcpauth__published *published, const struct mcpauth__wanted *wanted)
{
	/* Some clients look at the root only. With several resources it could
	 * not say which one it is about. */
	if (published->count == 1 && strcmp(wanted->path, root) == 0) {
		return &published->items[0];
	}
	const struct site *site = mcpauth__lookup_find(
		&published->sites, wanted->path, strlen(wanted->path));
	if (site == NULL) {
		return NULL;
	}
	const struct by_query *here = site->count > 1 ? documents_at(site, wanted->host) : NULL;
	const struct by_query *documents = here != NULL ? here : &site->anywhere;
	struct mcpauth__publication *found = find_query(documents, wanted->query);
	if (found == NULL) {
		found = find_query(documents, NULL);
	}
	/* Behind a proxy that writes another Host nothing tells two apart. */
	return found != NULL && (here != NULL || !found->is_shared) ? found : NULL;
}

struct mcpauth__shared_answer *mcpauth__publication_answer(struct mcpauth__publication *publication)
{
	return &publication->answer;
}

static void tell_missing(struct mcpauth *auth, const char *resource)
{
	char line[256];
	snprintf(line, sizeof line, "no issuer was added, so there is no metadata of %.150s",
		resource);
	mcpauth_log(auth, MCPAUTH_LOG_WARNING, MCPAUTH_E_UNKNOWN_ISSUER, NULL, line);
}

enum mcpauth_code mcpauth__published_document(const struct mcpauth__published *published,
	struct mcpauth__publication *publication, char **document)
{
	enum mcpauth_code code = mcpauth_resource_document(
		published->auth, publication->resource, document, NULL);
	if (code == MCPAUTH_E_UNKNOWN_ISSUER
		&& !atomic_exchange(&publication->told_missing, true)) {
		tell_missing(published->auth, publication->resource);
	}
	return code;
}

static void site_free(struct site *site)
{
	while (site->all_hosts != NULL) {
		struct host *host = site->all_hosts;
		site->all_hosts = host->next;
		mcpauth__lookup_finish(&host->documents.others);
		free(host);
	}
	mcpauth__lookup_finish(&site->hosts);
	mcpauth__lookup_finish(&site->anywhere.others);
	free(site->path);
	free(site);
}

void mcpauth__published_free(struct mcpauth__published *published)
{
	if (published == NULL) {
		return;
	}
	for (size_t i = 0; i < published->count; i++) {
		mcpauth__shared_answer_finish(&published->items[i].answer);
	}
	while (published->all_sites != NULL) {
		struct site *site = published->all_sites;
		published->all_sites = site->next;
		site_free(site);
	}
	mcpauth__lookup_finish(&published->sites);
	free(published->items);
	free(published);
}

/* @param path  taken, also on failure */
static struct site *site_at(struct mcpauth__published *published, char *path)
{
	struct site *site = path == NULL
		? NULL
		: mcpauth__lookup_find(&published->sites, path, strlen(path));
	if (site != NULL || path == NULL) {
		free(path);
		return site;
	}
	site = calloc(1, sizeof *site);
	if (site == NULL) {
		free(path);
		return NULL;
	}
	site->path = path;
	site->next = published->all_sites;
	published->all_sites = site;
	return mcpauth__lookup_add(&published->sites, path, strlen(path), site) ? site : NULL;
}

static bool publish(struct mcpauth__published *published, const char *resource)
{
	struct mcpauth__publication *item = &published->items[published->count++];
	const char *url = mcpauth_resource_metadata_url(published->auth, resource);
	const char *rest;
	item->resource = resource;
	/* Made of a checked URL, so there is a path. */
	mcpauth__authority_of_url(url, &item->authority, &rest);
	const char *from = strchr(strstr(url, "://") + 3, '/');
	size_t length = strcspn(from, "?");
	item->query = from[length] == '?' ? from + length + 1 : NULL;
	item->site = site_at(published, mcpauth__percent_decode(from, length));
	if (item->site == NULL) {
		return false;
	}
	item->site->count++;
	struct mcpauth__publication *first = add_query(&item->site->anywhere, item);
	if (first != NULL && first != item) {
		first->is_shared = true;
	}
	return first != NULL;
}

static bool add_host(struct mcpauth__publication *item, const struct mcpauth__authority *authority)
{
	struct site *site = item->site;
	char name[MCPAUTH__AUTHORITY_SIZE];
	size_t length = mcpauth__authority_write(authority, name);
	if (length == 0) {
		return true; /* nobody asks there */
	}
	struct host *host = find_host(site, name, length);
	if (host == NULL) {
		host = calloc(1, sizeof *host + length + 1);
		if (host == NULL) {
			return false;
		}
		host->next = site->all_hosts;
		site->all_hosts = host;
		memcpy(host->name, name, length + 1);
		if (!mcpauth__lookup_add(&site->hosts, host->name, length, host)) {
			return false;
		}
	}
	return add_query(&host->documents, item) != NULL;
}

/* Requests name the scheme's own port or leave it out. */
static bool add_hosts(struct mcpauth__publication *item)
{
	struct mcpauth__authority twin;
	return add_host(item, &item->authority)
		&& (!mcpauth__authority_twin(&item->authority, &twin) || add_host(item, &twin));
}

static bool publish_all(struct mcpauth__published *published)
{
	const char *resource;
	bool good = true;
	size_t count = 0;
	while (mcpauth_resource_at(published->auth, count) != NULL) {
		count++;
	}
	if (count == 0) {
		return true;
	}
	published->items = calloc(count, sizeof *published->items);
	if (published->items == NULL) {
		return false;
	}
	for (size_t i = 0; good && (resource = mcpauth_resource_at(published->auth, i)) != NULL;
		i++) {
		good = publish(published, resource);
	}
	for (size_t i = 0; good && i < published->count; i++) {
		good = published->items[i].site->count == 1 || add_hosts(&published->items[i]);
	}
	return good;
}

enum mcpauth_code mcpauth__published_new(
	struct mcpauth *auth, struct mcpauth__published **published, struct mcpauth_error *err)
{
	*published = calloc(1, sizeof **published);
	if (*published == NULL) {
		return mcpauth__no_memory(err);
	}
	(*published)->auth = auth;
	if (!publish_all(*published)) {
		mcpauth__published_free(*published);
		*published = NULL;
		return mcpauth__no_memory(err);
	}
	return MCPAUTH_OK;
}
