/* Keys found through an issuer's metadata, or at a place that was configured. */
#include "token/key_source.h"

#include "base/error_int.h"
#include "base/words.h"
#include "metadata/server_review.h"
#include "net/url.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A known place of the keys outlives its metadata, so this only bounds for how
 * long an old document is kept beside a failing fetch. */
#define METADATA_STALE_SECONDS 86400

struct mcpauth__key_source {
	atomic_uint refs;
	char *issuer;
	char *metadata_url; /* NULL: discovered */
	enum mcpauth_discovery discovery;
	struct mcpauth__transpiler transpiler;
	struct mcpauth__server_metadata *by_hand;
	struct mcpauth__server_review review; /* the flight's that brings metadata */
	char *learnt_from;                    /* host of the document that names the place of
	                                     * the keys; NULL: that place was configured */
	struct mcpauth__document *metadata;   /* NULL: likewise */
	struct mcpauth__document *keys;
	pthread_mutex_t lock; /* guards what follows; no other is taken inside */
	char *jwks_uri;       /* NULL until it is known */
};

/* A fetch under way keeps what it is for, whoever lets go of it meanwhile. */
static void hold(void *user)
{
	mcpauth__key_source_ref(user);
}

static void let_go(void *user)
{
	mcpauth__key_source_free(user);
}

static bool copy_text(const char *text, char **copy)
{
	*copy = mcpauth__strdup(text);
	return text == NULL || *copy != NULL;
}

static bool locate_keys(void *user, unsigned attempt, char **url, char **learnt_from)
{
	struct mcpauth__key_source *source = user;
	*url = NULL;
	*learnt_from = NULL;
	if (attempt > 0) {
		return false;
	}
	pthread_mutex_lock(&source->lock);
	bool good = copy_text(source->jwks_uri, url) && *url != NULL;
	pthread_mutex_unlock(&source->lock);
	return good && copy_text(source->learnt_from, learnt_from);
}

static enum mcpauth_code parse_keys(
	void *user, const char *text, size_t length, void **value, struct mcpauth_error *err)
{
	const struct mcpauth__key_source *source = user;
	struct mcpauth__jwks *set = NULL;
	enum mcpauth_code code = mcpauth__jwks_parse(text, length, &set, err);
	if (code != MCPAUTH_OK) {
		mcpauth__error_prefix(err, source->issuer);
	}
	*value = set;
	return code;
}

static void *ref_keys(void *value)
{
	return mcpauth__jwks_ref(value);
}

static void free_keys(void *value)
{
	mcpauth__jwks_free(value);
}

static const struct mcpauth__document_kind keys_kind = {
	.name = "keys",
	.locate = locate_keys,
	.parse = parse_keys,
	.ref = ref_keys,
	.free = free_keys,
	.hold = hold,
	.let_go = let_go,
};

/* The issuer's own words, so configured: it may be a host that is private. */
static bool locate_metadata(void *user, unsigned attempt, char **url, char **learnt_from)
{
	struct mcpauth__key_source *source = user;
	*url = NULL;
	*learnt_from = NULL;
	if (source->metadata_url != NULL) {
		return attempt == 0 && copy_text(source->metadata_url, url);
	}
	return mcpauth__discovery_url(source->issuer, source->discovery, attempt, url, NULL)
		== MCPAUTH_OK
		&& *url != NULL;
}

static bool set_jwks_uri(struct mcpauth__key_source *source, const char *jwks_uri)
{
	char *copy = mcpauth__strdup(jwks_uri);
	if (copy == NULL) {
		return false;
	}
	pthread_mutex_lock(&source->lock);
	char *old = source->jwks_uri;
	source->jwks_uri = copy;
	pthread_mutex_unlock(&source->lock);
	free(old);
	return true;
}

/* Its document is about the issuer and names its keys: from here on it counts,
 * whether it was fetched or given by hand. */
static enum mcpauth_code accept_metadata(struct mcpauth__key_source *source,
	const struct mcpauth__server_metadata *metadata, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__server_review(
		&source->review, mcpauth__server_metadata_json(metadata), err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	return set_jwks_uri(source, mcpauth__server_metadata_jwks_uri(metadata))
		? MCPAUTH_OK
		: mcpauth__no_memory(err);
}

static enum mcpauth_code read_metadata(struct mcpauth__key_source *source, const char *text,
	size_t length, struct mcpauth__server_metadata **metadata, struct mcpauth_error *err)
{
	char *changed = NULL;
	*metadata = NULL;
	enum mcpauth_code code = MCPAUTH_OK;
	if (source->transpiler.transpile != NULL) {
		code = mcpauth__server_metadata_transpile(
			&source->transpiler, text, length, &changed, err);
		text = changed;
		length = changed == NULL ? 0 : strlen(changed);
	}
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

static enum mcpauth_code parse_metadata(
	void *user, const char *text, size_t length, void **value, struct mcpauth_error *err)
{
	struct mcpauth__key_source *source = user;
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

static const struct mcpauth__document_kind metadata_kind = {
	.name = "metadata",
	.locate = locate_metadata,
	.parse = parse_metadata,
	.ref = ref_metadata,
	.free = free_metadata,
	.hold = hold,
	.let_go = let_go,
};

/* Keys whose place is known go on serving whatever becomes of the metadata: the
 * two may fail apart. It is looked at all the same, so that it is renewed. */
static enum mcpauth_code find_jwks_uri(struct mcpauth__key_source *source,
	struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	if (source->metadata == NULL) {
		return MCPAUTH_OK;
	}
	pthread_mutex_lock(&source->lock);
	bool known = source->jwks_uri != NULL;
	pthread_mutex_unlock(&source->lock);
	struct mcpauth__document_value found = {0};
	enum mcpauth_code code = mcpauth__document_get(
		source->metadata, known ? NULL : waiter, &found, known ? NULL : err);
	mcpauth__server_metadata_free(found.value);
	return known ? MCPAUTH_OK : code;
}

enum mcpauth_code mcpauth__key_source_get(struct mcpauth__key_source *source,
	struct mcpauth__waiter *waiter, struct mcpauth__keys *keys, struct mcpauth_error *err)
{
	struct mcpauth__document_value found = {0};
	enum mcpauth_code code = find_jwks_uri(source, waiter, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__document_get(source->keys, waiter, &found, err);
	}
	*keys = (struct mcpauth__keys){found.value, found.generation};
	return code;
}

enum mcpauth_code mcpauth__key_source_renew(struct mcpauth__key_source *source, uint64_t generation,
	struct mcpauth__waiter *waiter, struct mcpauth__keys *keys, struct mcpauth_error *err)
{
	struct mcpauth__document_value found = {0};
	enum mcpauth_code code = mcpauth__document_renew(
		source->keys, generation, waiter, &found, err);
	*keys = (struct mcpauth__keys){found.value, found.generation};
	return code;
}

enum mcpauth_code mcpauth__key_source_metadata(struct mcpauth__key_source *source,
	struct mcpauth__waiter *waiter, struct mcpauth__server_metadata **metadata,
	struct mcpauth_error *err)
{
	struct mcpauth__document_value found = {0};
	*metadata = NULL;
	if (source->by_hand != NULL) {
		*metadata = mcpauth__server_metadata_ref(source->by_hand);
		return MCPAUTH_OK;
	}
	if (source->metadata == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
			"only the place of the issuer's keys is configured");
	}
	enum mcpauth_code code = mcpauth__document_get(source->metadata, waiter, &found, err);
	*metadata = found.value;
	return code;
}

const struct mcpauth__server_metadata *mcpauth__key_source_by_hand(
	const struct mcpauth__key_source *source)
{
	return source->by_hand;
}

bool mcpauth__key_source_has_metadata(const struct mcpauth__key_source *source)
{
	return source->by_hand != NULL || source->metadata != NULL;
}

uint64_t mcpauth__key_source_generation(struct mcpauth__key_source *source)
{
	return mcpauth__document_generation(source->keys);
}

unsigned mcpauth__key_source_retry_after(struct mcpauth__key_source *source)
{
	unsigned keys = mcpauth__document_retry_after(source->keys);
	unsigned metadata = 0;
	if (source->metadata != NULL) {
		metadata = mcpauth__document_retry_after(source->metadata);
	}
	return keys > metadata ? keys : metadata;
}

/* The host whose document names the keys: only there may they be private. */
static enum mcpauth_code set_learnt_from(
	struct mcpauth__key_source *source, struct mcpauth_error *err)
{
	struct mcpauth__url url = {0};
	enum mcpauth_code code = mcpauth__url_parse(
		source->metadata_url != NULL ? source->metadata_url : source->issuer, &url, err);
	if (code == MCPAUTH_OK) {
		source->learnt_from = url.host;
		url.host = NULL;
	}
	mcpauth__url_finish(&url);
	return code;
}

static enum mcpauth_code make_documents(struct mcpauth__key_source *source,
	struct mcpauth__worker *worker, const struct mcpauth__document_times *times,
	struct mcpauth_error *err)
{
	struct mcpauth__document_times metadata_times = *times;
	metadata_times.stale = METADATA_STALE_SECONDS;
	source->keys = mcpauth__document_new(worker, &keys_kind, source, times);
	if (source->keys == NULL) {
		return mcpauth__no_memory(err);
	}
	if (source->jwks_uri != NULL) {
		return MCPAUTH_OK;
	}
	source->metadata = mcpauth__document_new(worker, &metadata_kind, source, &metadata_times);
	return source->metadata != NULL ? set_learnt_from(source, err) : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__key_source_new(struct mcpauth__worker *worker,
	const struct mcpauth_issuer_config *config, const struct mcpauth__document_times *times,
	struct mcpauth__key_source **source, struct mcpauth_error *err)
{
	*source = NULL;
	struct mcpauth__key_source *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	enum mcpauth_code code = MCPAUTH_OK;
	atomic_init(&made->refs, 1);
	pthread_mutex_init(&made->lock, NULL);
	made->discovery = config->discovery;
	made->transpiler = (struct mcpauth__transpiler){config->transpile, config->transpile_user};
	if (!copy_text(config->issuer, &made->issuer)
		|| !copy_text(config->metadata_url, &made->metadata_url)
		|| !copy_text(config->jwks_uri, &made->jwks_uri)) {
		code = mcpauth__no_memory(err);
	}
	made->review = (struct mcpauth__server_review){
		.issuer = made->issuer,
		.log = mcpauth__worker_log(worker),
		.allow_http = mcpauth__worker_allows_http(worker),
		.is_strict = config->strict_metadata,
	};
	if (code == MCPAUTH_OK && config->metadata != NULL) {
		code = read_metadata(
			made, config->metadata, strlen(config->metadata), &made->by_hand, err);
	}
	if (code == MCPAUTH_OK) {
		code = make_documents(made, worker, times, err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__key_source_free(made);
		return code;
	}
	*source = made;
	return MCPAUTH_OK;
}

struct mcpauth__key_source *mcpauth__key_source_ref(struct mcpauth__key_source *source)
{
	atomic_fetch_add(&source->refs, 1);
	return source;
}

void mcpauth__key_source_free(struct mcpauth__key_source *source)
{
	if (source == NULL || atomic_fetch_sub(&source->refs, 1) != 1) {
		return;
	}
	mcpauth__document_free(source->keys);
	mcpauth__document_free(source->metadata);
	mcpauth__server_metadata_free(source->by_hand);
	pthread_mutex_destroy(&source->lock);
	free(source->issuer);
	free(source->metadata_url);
	free(source->learnt_from);
	free(source->jwks_uri);
	free(source);
}
