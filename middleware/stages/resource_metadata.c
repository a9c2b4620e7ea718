/* Serves the protected resources' metadata documents (RFC 9728 section 3). */
#include "stages/stages.h"

#include "base/error_int.h"
#include "chain_int.h"
#include "stages/public_document.h"

#include <stdlib.h>
#include <string.h>

static const char well_known[] = "/.well-known";
static const char root[] = "/.well-known/oauth-protected-resource";

/* A document and where it is published. */
struct entry {
	char *path; /* decoded, as requests have it */
	const char *resource;
	char *document; /* NULL until somebody asks */
};

struct mcpauth__published {
	struct mcpauth *auth;
	pthread_mutex_t lock; /* guards the documents' making */
	struct entry *items;
	size_t count;
};

static int hex(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The path of an absolute URL, decoded as MHD decodes a request's. */
static char *path_of(const char *url)
{
	const char *authority = strstr(url, "://");
	const char *from = authority == NULL ? NULL : strchr(authority + 3, '/');
	size_t length = from == NULL ? 0 : strcspn(from, "?#");
	char *path = malloc(length + 1);
	size_t to = 0;
	for (size_t i = 0; path != NULL && i < length; i++) {
		bool encoded = from[i] == '%' && i + 2 < length && hex(from[i + 1]) >= 0
			&& hex(from[i + 2]) >= 0;
		path[to++] = encoded ? (char)(hex(from[i + 1]) * 16 + hex(from[i + 2])) : from[i];
		i += encoded ? 2 : 0;
	}
	if (path != NULL) {
		path[to] = '\0';
	}
	return path;
}

static struct entry *find(const struct mcpauth__published *published, const char *path)
{
	for (size_t i = 0; i < published->count; i++) {
		if (strcmp(published->items[i].path, path) == 0) {
			return &published->items[i];
		}
	}
	/* Some clients look at the root only. With several resources it could
	 * not say which one it is about. */
	return published->count == 1 && strcmp(path, root) == 0 ? &published->items[0] : NULL;
}

static const char *document_of(struct mcpauth__published *published, struct entry *item)
{
	pthread_mutex_lock(&published->lock);
	if (item->document == NULL) {
		mcpauth_resource_document(published->auth, item->resource, &item->document, NULL);
	}
	const char *document = item->document;
	pthread_mutex_unlock(&published->lock);
	return document;
}

static enum mcpauth_stage_result show(
	struct mcpauth_exchange *exchange, struct mcpauth__published *published, struct entry *item)
{
	const char *document = document_of(published, item);
	return document == NULL ? MCPAUTH_FAILED
				: mcpauth__public_document_show(exchange, document);
}

/* Clients probe many well-known URLs. What nobody declared must be a 404: a
 * challenge would send them in circles. */
static bool is_unknown(const struct mcpauth_exchange *exchange, const char *path)
{
	size_t length = sizeof well_known - 1;
	bool below = strncmp(path, well_known, length) == 0
		&& (path[length] == '/' || path[length] == '\0');
	return below && (exchange->route == NULL || exchange->route->kind == MCPAUTH__ROUTE_REST);
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	const char *path = mcpauth_exchange_path(exchange);
	struct mcpauth__published *published = exchange->rules->published;
	struct entry *item = find(published, path);
	if (item == NULL) {
		return is_unknown(exchange, path) ? mcpauth__exchange_error(
			       exchange, 404, "not_found", "There is no such document")
						  : MCPAUTH_NEXT;
	}
	return mcpauth__public_document_is_read(exchange)
		? show(exchange, published, item)
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

static bool publish_all(struct mcpauth__published *published)
{
	const char *resource;
	for (size_t i = 0; (resource = mcpauth_resource_at(published->auth, i)) != NULL; i++) {
		struct entry *items = realloc(published->items, (i + 1) * sizeof *items);
		if (items == NULL) {
			return false;
		}
		published->items = items;
		items[i] = (struct entry){.resource = resource};
		items[i].path = path_of(mcpauth_resource_metadata_url(published->auth, resource));
		published->count = i + 1;
		if (items[i].path == NULL) {
			return false;
		}
	}
	return true;
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
