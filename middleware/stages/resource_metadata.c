/* Serves the protected resources' metadata documents (RFC 9728 section 3). */
#include "stages/stages.h"

#include "authority.h"
#include "base/error_int.h"
#include "base/percent.h"
#include "chain_int.h"
#include "stages/public_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char well_known[] = "/.well-known";
static const char root[] = "/.well-known/oauth-protected-resource";

/* A document and where it is published. */
struct entry {
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
	struct entry *items;
	size_t count;
};

/* What a request says of the document it wants. */
struct wanted {
	const char *path;
	const char *query;
	struct mcpauth__authority host;
	bool knows_host; /* a document at this path is published at that host */
};

static bool same_query(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_at(const struct entry *item, const struct wanted *wanted)
{
	return strcmp(item->path, wanted->path) == 0
		&& (!wanted->knows_host
			|| mcpauth__authority_equal(&item->authority, &wanted->host));
}

/* The first document with exactly this query, and how many there are. */
static struct entry *find_query(const struct mcpauth__published *published,
	const struct wanted *wanted, const char *query, size_t *count)
{
	struct entry *found = NULL;
	*count = 0;
	for (size_t i = 0; i < published->count; i++) {
		struct entry *item = &published->items[i];
		if (is_at(item, wanted) && same_query(item->query, query)) {
			found = found == NULL ? item : found;
			++*count;
		}
	}
	return found;
}

static struct wanted read_wanted(
	const struct mcpauth__published *published, const struct mcpauth_exchange *exchange)
{
	const char *host = mcpauth_exchange_header(exchange, "Host", 0);
	struct wanted wanted = {
		.path = mcpauth_exchange_path(exchange),
		.query = mcpauth_exchange_query(exchange),
	};
	bool is_host = host != NULL && mcpauth__authority_parse(host, &wanted.host);
	for (size_t i = 0; is_host && i < published->count && !wanted.knows_host; i++) {
		wanted.knows_host = strcmp(published->items[i].path, wanted.path) == 0
			&& mcpauth__authority_equal(&published->items[i].authority, &wanted.host);
	}
	return wanted;
}

/* RFC 9728 section 3.1: the query belongs to the resource. One that nobody
 * declared is somebody's addition to the resource that has none. */
static struct entry *find(
	const struct mcpauth__published *published, const struct mcpauth_exchange *exchange)
{
	struct wanted wanted = read_wanted(published, exchange);
	/* Some clients look at the root only. With several resources it could
	 * not say which one it is about. */
	if (published->count == 1 && strcmp(wanted.path, root) == 0) {
		return &published->items[0];
	}
	size_t count;
	struct entry *found = find_query(published, &wanted, wanted.query, &count);
	if (count == 0) {
		found = find_query(published, &wanted, NULL, &count);
	}
	/* Behind a proxy that writes another Host nothing tells two apart. */
	return count == 1 || wanted.knows_host ? found : NULL;
}

static void tell_missing(struct mcpauth *auth, const char *resource)
{
	char line[256];
	snprintf(line, sizeof line, "no issuer was added, so there is no metadata of %.150s",
		resource);
	mcpauth_log(auth, MCPAUTH_LOG_WARNING, MCPAUTH_E_UNKNOWN_ISSUER, NULL, line);
}

static const char *document_of(
	struct mcpauth__published *published, struct entry *item, enum mcpauth_code *code)
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

static bool is_a_path_of_ours(const struct mcpauth__published *published, const char *path)
{
	for (size_t i = 0; i < published->count; i++) {
		if (strcmp(published->items[i].path, path) == 0) {
			return true;
		}
	}
	return false;
}

/* Clients probe many well-known URLs. What nobody declared must be a 404: a
 * challenge would send them in circles. */
static bool is_unknown(
	const struct mcpauth__published *published, const struct mcpauth_exchange *exchange)
{
	const char *path = mcpauth_exchange_path(exchange);
	size_t length = sizeof well_known - 1;
	bool below = strncmp(path, well_known, length) == 0
		&& (path[length] == '/' || path[length] == '\0');
	return (below && (exchange->route == NULL || exchange->route->kind == MCPAUTH__ROUTE_REST))
		|| is_a_path_of_ours(published, path);
}

static enum mcpauth_stage_result refuse_path(struct mcpauth_exchange *exchange)
{
	return mcpauth__exchange_error(exchange, 404, "not_found", "There is no such document");
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	struct mcpauth__published *published = exchange->rules->published;
	enum mcpauth_code code;
	struct entry *item = find(published, exchange);
	if (item == NULL) {
		return is_unknown(published, exchange) ? refuse_path(exchange) : MCPAUTH_NEXT;
	}
	const char *document = document_of(published, item, &code);
	if (document == NULL) {
		return code == MCPAUTH_E_UNKNOWN_ISSUER ? refuse_path(exchange) : MCPAUTH_FAILED;
	}
	return mcpauth__public_document_is_read(exchange)
		? mcpauth__public_document_show(exchange, document)
		: mcpauth__public_document_decline(exchange);
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
	struct entry *items = realloc(published->items, (published->count + 1) * sizeof *items);
	if (items == NULL) {
		return false;
	}
	published->items = items;
	struct entry *item = &items[published->count++];
	const char *url = mcpauth_resource_metadata_url(published->auth, resource);
	const char *rest;
	*item = (struct entry){.resource = resource};
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

void mcpauth__stage_resource_metadata(struct mcpauth_stage *stage)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "resource_metadata";
	stage->on_request = on_request;
}
