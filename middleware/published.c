/* Finding the metadata document that a request wants among those of all resources. */
#include "published.h"

#include "authority.h"
#include "base/error_int.h"
#include "base/percent.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char root[] = "/.well-known/oauth-protected-resource";

struct mcpauth__publication {
	char *path;                          /* decoded, as requests have it */
	const char *query;                   /* as requests have it; NULL if there is none */
	struct mcpauth__authority authority; /* borrowed from the URL */
	const char *resource;
	char *document;    /* NULL until somebody asks */
	bool told_missing; /* the log knows why there is none */
};

struct mcpauth__published {
	struct mcpauth *auth;
	pthread_mutex_t lock; /* guards the documents' making */
	struct mcpauth__publication *items;
	size_t count;
};

/* The same, with the host taken apart. */
struct place {
	const char *path;
	struct mcpauth__authority host;
	bool knows_host; /* a document at this path is published at that host */
};

static bool same_query(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_at(const struct mcpauth__publication *item, const struct place *place)
{
	return strcmp(item->path, place->path) == 0
		&& (!place->knows_host || mcpauth__authority_equal(&item->authority, &place->host));
}

/* The first document with exactly this query, and how many there are. */
static struct mcpauth__publication *find_query(const struct mcpauth__published *published,
	const struct place *place, const char *query, size_t *count)
{
	struct mcpauth__publication *found = NULL;
	*count = 0;
	for (size_t i = 0; i < published->count; i++) {
		struct mcpauth__publication *item = &published->items[i];
		if (is_at(item, place) && same_query(item->query, query)) {
			found = found == NULL ? item : found;
			++*count;
		}
	}
	return found;
}

static struct place read_place(
	const struct mcpauth__published *published, const struct mcpauth__wanted *wanted)
{
	struct place place = {.path = wanted->path};
	bool is_host = wanted->host != NULL && mcpauth__authority_parse(wanted->host, &place.host);
	for (size_t i = 0; is_host && i < published->count && !place.knows_host; i++) {
		const struct mcpauth__publication *item = &published->items[i];
		place.knows_host = strcmp(item->path, wanted->path) == 0
			&& mcpauth__authority_equal(&item->authority, &place.host);
	}
	return place;
}

bool mcpauth__published_has_path(const struct mcpauth__published *published, const char *path)
{
	for (size_t i = 0; i < published->count; i++) {
		if (strcmp(published->items[i].path, path) == 0) {
			return true;
		}
	}
	return false;
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
	size_t count;
	struct place place = read_place(published, wanted);
	struct mcpauth__publication *found = find_query(published, &place, wanted->query, &count);
	if (count == 0) {
		found = find_query(published, &place, NULL, &count);
	}
	/* Behind a proxy that writes another Host nothing tells two apart. */
	return count == 1 || place.knows_host ? found : NULL;
}

static void tell_missing(struct mcpauth *auth, const char *resource)
{
	char line[256];
	snprintf(line, sizeof line, "no issuer was added, so there is no metadata of %.150s",
		resource);
	mcpauth_log(auth, MCPAUTH_LOG_WARNING, MCPAUTH_E_UNKNOWN_ISSUER, NULL, line);
}

const char *mcpauth__published_text(struct mcpauth__published *published,
	struct mcpauth__publication *item, enum mcpauth_code *code)
{
	bool tells = false;
	*code = MCPAUTH_OK;
	pthread_mutex_lock(&published->lock);
	if (item->document == NULL) {
		*code = mcpauth_resource_document(
			published->auth, item->resource, &item->document, NULL);
	}
	if (*code == MCPAUTH_E_UNKNOWN_ISSUER) {
		tells = !item->told_missing;
		item->told_missing = true;
	}
	const char *document = item->document;
	pthread_mutex_unlock(&published->lock);
	if (tells) {
		tell_missing(published->auth, item->resource);
	}
	return document;
}

void mcpauth__published_free(struct mcpauth__published *published)
{
	if (published == NULL) {
		return;
	}
	for (size_t i = 0; i < published->count; i++) {
		free(published->items[i].path);
		free(published->items[i].document);
	}
	free(published->items);
	pthread_mutex_destroy(&published->lock);
	free(published);
}

static bool publish(struct mcpauth__published *published, const char *resource)
{
	struct mcpauth__publication *items = realloc(
		published->items, (published->count + 1) * sizeof *items);
	if (items == NULL) {
		return false;
	}
	published->items = items;
	struct mcpauth__publication *item = &items[published->count++];
	const char *url = mcpauth_resource_metadata_url(published->auth, resource);
	const char *rest;
	*item = (struct mcpauth__publication){.resource = resource};
	/* Made of a checked URL, so there is a path. */
	mcpauth__authority_of_url(url, &item->authority, &rest);
	const char *from = strchr(strstr(url, "://") + 3, '/');
	size_t length = strcspn(from, "?");
	item->query = from[length] == '?' ? from + length + 1 : NULL;
	item->path = mcpauth__percent_decode(from, length);
	return item->path != NULL;
}

static bool publish_all(struct mcpauth__published *published)
{
	const char *resource;
	bool good = true;
	for (size_t i = 0; good && (resource = mcpauth_resource_at(published->auth, i)) != NULL;
		i++) {
		good = publish(published, resource);
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
	pthread_mutex_init(&(*published)->lock, NULL);
	if (!publish_all(*published)) {
		mcpauth__published_free(*published);
		*published = NULL;
		return mcpauth__no_memory(err);
	}
	return MCPAUTH_OK;
}
