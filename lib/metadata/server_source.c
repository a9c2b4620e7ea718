/* An issuer's metadata, found where it may be and kept, or given by hand. */
#include "metadata/server_source.h"

#include "base/error_int.h"
#include "base/json.h"
#include "base/words.h"
#include "metadata/server_discovery.h"
#include "metadata/server_review.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A known place of the keys outlives its metadata, so this only bounds for how
 * long an old document is kept beside a failing fetch. */
#define METADATA_STALE_SECONDS 86400

/* A URL's share of a message. */
#define URL_SHOWN 150

struct mcpauth__server_source {
	atomic_uint refs;
	char *issuer;
	char *metadata_url;
	struct mcpauth_issuer_config config; /* what is needed of it, with these strings */
	struct mcpauth__server_metadata *by_hand;
	struct mcpauth__server_review review; /* written by new and the one flight */
	char *host;                           /* of the document; NULL: it is by hand */
	struct mcpauth__document *document;   /* NULL: likewise */
	atomic_uint places;                   /* that jwks_uri has had; written under the lock */
	pthread_mutex_t lock;                 /* guards what follows; no other is taken inside */
	char *jwks_uri;                       /* NULL until it is known */
	char *introspection_endpoint;         /* NULL if none is named, too */
};

static int shown(const char *url)
{
	size_t length = strcspn(url, "?#");
	return length < URL_SHOWN ? (int)length : URL_SHOWN;
}

static bool copy_text(const char *text, char **copy)
{
	*copy = mcpauth__strdup(text);
	return text == NULL || *copy != NULL;
}

/* A fetch under way keeps what it is for, whoever lets go of it meanwhile. */
static void hold(void *user)
{
	mcpauth__server_source_ref(user);
}

static void let_go(void *user)
{
	mcpauth__server_source_free(user);
}

static bool locate(void *user, unsigned attempt, char **url, char **learnt_from)
{
	const struct mcpauth__server_source *source = user;
	/* Configured, nobody else's words: it may be a host that is private. */
	*learnt_from = NULL;
	return mcpauth__server_locate(&source->config, attempt, url, NULL) == MCPAUTH_OK
		&& *url != NULL;
}

/* Takes both. */
static void swap_places(
	struct mcpauth__server_source *source, char *jwks_uri, char *introspection_endpoint)
{
	pthread_mutex_lock(&source->lock);
	char *old_jwks_uri = source->jwks_uri;
	char *old_endpoint = source->introspection_endpoint;
	source->jwks_uri = jwks_uri;
	source->introspection_endpoint = introspection_endpoint;
	if (old_jwks_uri == NULL || strcmp(old_jwks_uri, jwks_uri) != 0) {
		atomic_fetch_add(&source->places, 1);
	}
	pthread_mutex_unlock(&source->lock);
	free(old_jwks_uri);
	free(old_endpoint);
}

static bool set_places(
	struct mcpauth__server_source *source, const struct mcpauth__server_metadata *metadata)
{
	const cJSON *json = mcpauth__server_metadata_json(metadata);
	char *jwks_uri;
	char *endpoint;
	if (!copy_text(mcpauth__server_metadata_jwks_uri(metadata), &jwks_uri)) {
		return false;
	}
	if (!copy_text(mcpauth__json_string(json, "introspection_endpoint"), &endpoint)) {
		free(jwks_uri);
		return false;
	}
	swap_places(source, jwks_uri, endpoint);
	return true;
}

/* Where it leads, for whoever asks why. A query may hold what no log is to see. */
static void tell_places(const struct mcpauth__server_source *source,
	const struct mcpauth__server_metadata *metadata)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE + 2 * URL_SHOWN];
	const char *jwks_uri = mcpauth__server_metadata_jwks_uri(metadata);
	const char *endpoint = mcpauth__json_string(
		mcpauth__server_metadata_json(metadata), "introspection_endpoint");
	snprintf(line, sizeof line, "metadata of %.150s: jwks_uri %.*s%s%.*s", source->issuer,
		shown(jwks_uri), jwks_uri, endpoint != NULL ? ", introspection_endpoint " : "",
		endpoint != NULL ? shown(endpoint) : 0, endpoint != NULL ? endpoint : "");
	mcpauth__make_printable(line);
	mcpauth__log(source->review.log, MCPAUTH_LOG_DEBUG, MCPAUTH_OK, NULL, line);
}

/* Its document is about the issuer and names its keys: from here on it counts,
 * whether it was fetched or given by hand. */
static enum mcpauth_code accept_metadata(struct mcpauth__server_source *source,
	const struct mcpauth__server_metadata *metadata, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__server_review(
		&source->review, mcpauth__server_metadata_json(metadata), err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (!set_places(source, metadata)) {
		return mcpauth__no_memory(err);
	}
	tell_places(source, metadata);
	return MCPAUTH_OK;
}

static enum mcpauth_code read_metadata(struct mcpauth__server_source *source, const char *text,
	size_t length, struct mcpauth__server_metadata **metadata, struct mcpauth_error *err)
{
	char *changed;
	*metadata = NULL;
	enum mcpauth_code code = mcpauth__server_transpile(
		&source->config, &text, &length, &changed, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__server_metadata_parse(source->issuer, text, length, metadata, err);
	}
	if (code == MCPAUTH_OK) {
		code = accept_metadata(source, *metadata, err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__server_metadata_free(*metadata);
		*metadata = NULL;
	}
	free(changed);
	return code;
}

static enum mcpauth_code parse(
	void *user, const char *text, size_t length, void **value, struct mcpauth_error *err)
{
	struct mcpauth__server_source *source = user;
	struct mcpauth__server_metadata *metadata;
	enum mcpauth_code code = read_metadata(source, text, length, &metadata, err);
	if (code != MCPAUTH_OK) {
		mcpauth__error_prefix(err, source->issuer);
	}
	*value = metadata;
	return code;
}

static void *ref_metadata(void *value)
{
	return mcpauth__server_metadata_ref(value);
}

static void free_metadata(void *value)
{
	mcpauth__server_metadata_free(value);
}

static const struct mcpauth__document_kind kind = {
	.name = "metadata",
	.counter = MCPAUTH__COUNT_METADATA,
	.locate = locate,
	.parse = parse,
	.ref = ref_metadata,
	.free = free_metadata,
	.hold = hold,
	.let_go = let_go,
};

static enum mcpauth_code copy_config(struct mcpauth__server_source *source,
	const struct mcpauth_issuer_config *config, struct mcpauth_error *err)
{
	if (!copy_text(config->issuer, &source->issuer)
		|| !copy_text(config->metadata_url, &source->metadata_url)) {
		return mcpauth__no_memory(err);
	}
	source->config = (struct mcpauth_issuer_config){
		.issuer = source->issuer,
		.metadata_url = source->metadata_url,
		.discovery = config->discovery,
		.transpile = config->transpile,
		.transpile_user = config->transpile_user,
	};
	return MCPAUTH_OK;
}

static enum mcpauth_code make_document(struct mcpauth__server_source *source,
	struct mcpauth__worker *worker, const struct mcpauth__document_times *times,
	struct mcpauth_error *err)
{
	struct mcpauth__document_times kept = *times;
	kept.stale = METADATA_STALE_SECONDS;
	source->document = mcpauth__document_new(worker, &kind, source, &kept);
	return source->document != NULL ? mcpauth__server_host(&source->config, &source->host, err)
					: mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__server_source_new(struct mcpauth__worker *worker,
	const struct mcpauth_issuer_config *config, const struct mcpauth__document_times *times,
	struct mcpauth__server_source **source, struct mcpauth_error *err)
{
	*source = NULL;
	struct mcpauth__server_source *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	atomic_init(&made->refs, 1);
	pthread_mutex_init(&made->lock, NULL);
	enum mcpauth_code code = copy_config(made, config, err);
	made->review = (struct mcpauth__server_review){
		.issuer = made->issuer,
		.log = mcpauth__worker_log(worker),
		.allow_http = mcpauth__worker_allows_http(worker),
		.is_strict = config->strict_metadata,
	};
	if (code == MCPAUTH_OK) {
		const char *text = config->metadata;
		code = text != NULL ? read_metadata(made, text, strlen(text), &made->by_hand, err)
				    : make_document(made, worker, times, err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__server_source_free(made);
		return code;
	}
	*source = made;
	return MCPAUTH_OK;
}

struct mcpauth__server_source *mcpauth__server_source_ref(struct mcpauth__server_source *source)
{
	atomic_fetch_add(&source->refs, 1);
	return source;
}

void mcpauth__server_source_free(struct mcpauth__server_source *source)
{
	if (source == NULL || atomic_fetch_sub(&source->refs, 1) != 1) {
		return;
	}
	mcpauth__document_free(source->document);
	mcpauth__server_metadata_free(source->by_hand);
	pthread_mutex_destroy(&source->lock);
	free(source->issuer);
	free(source->metadata_url);
	free(source->host);
	free(source->jwks_uri);
	free(source->introspection_endpoint);
	free(source);
}

enum mcpauth_code mcpauth__server_source_get(struct mcpauth__server_source *source,
	struct mcpauth__waiter *waiter, struct mcpauth__server_metadata **metadata,
	struct mcpauth_error *err)
{
	struct mcpauth__document_value found = {0};
	if (source->by_hand != NULL) {
		*metadata = mcpauth__server_metadata_ref(source->by_hand);
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__document_get(source->document, waiter, &found, err);
	*metadata = found.value;
	return code;
}

bool mcpauth__server_source_is_fresh(struct mcpauth__server_source *source)
{
	return source->by_hand != NULL || mcpauth__document_is_fresh(source->document);
}

bool mcpauth__server_source_doubt(
	struct mcpauth__server_source *source, struct mcpauth__waiter *waiter)
{
	return source->by_hand == NULL && mcpauth__document_doubt(source->document, waiter);
}

const struct mcpauth__server_metadata *mcpauth__server_source_by_hand(
	const struct mcpauth__server_source *source)
{
	return source->by_hand;
}

bool mcpauth__server_source_has_jwks_uri(struct mcpauth__server_source *source)
{
	pthread_mutex_lock(&source->lock);
	bool known = source->jwks_uri != NULL;
	pthread_mutex_unlock(&source->lock);
	return known;
}

bool mcpauth__server_source_jwks_uri(
	struct mcpauth__server_source *source, char **jwks_uri, char **learnt_from)
{
	*learnt_from = NULL;
	pthread_mutex_lock(&source->lock);
	bool good = copy_text(source->jwks_uri, jwks_uri) && *jwks_uri != NULL;
	pthread_mutex_unlock(&source->lock);
	return good && copy_text(source->host, learnt_from);
}

bool mcpauth__server_source_introspection_endpoint(
	struct mcpauth__server_source *source, char **endpoint, char **learnt_from)
{
	*learnt_from = NULL;
	pthread_mutex_lock(&source->lock);
	bool known = source->jwks_uri != NULL;
	bool good = copy_text(source->introspection_endpoint, endpoint);
	pthread_mutex_unlock(&source->lock);
	return known && good && copy_text(source->host, learnt_from);
}

unsigned mcpauth__server_source_places(const struct mcpauth__server_source *source)
{
	return atomic_load(&source->places);
}

unsigned mcpauth__server_source_retry_after(struct mcpauth__server_source *source)
{
	return source->document == NULL ? 0 : mcpauth__document_retry_after(source->document);
}
