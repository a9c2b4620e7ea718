/* An issuer: its metadata tells where its keys are, its keys verify its tokens only. */
#include "token/issuer_int.h"

#include "base/error_int.h"
#include "metadata/server_metadata.h"
#include "net/url.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct mcpauth__issuer {
	char *identifier;
	char *advertised_url;
	char *metadata_url;  /* NULL: discovered */
	char *metadata_text; /* by hand; NULL: fetched */
	char *configured_jwks_uri;
	char *algorithm_names;
	enum mcpauth_discovery discovery;
	unsigned algorithms;
	bool strict_type;
	struct mcpauth__words accepted;
	struct mcpauth__document *metadata; /* NULL: nothing is discovered */
	struct mcpauth__document *keys;
	pthread_mutex_t lock; /* guards the two below */
	char *jwks_uri;       /* NULL until it is known */
	char *jwks_uri_from;  /* host of the document that named it; NULL: configured */
};

static enum mcpauth_code copy_url(const char *text, char **copy)
{
	*copy = mcpauth__strdup(text);
	return text == NULL || *copy != NULL ? MCPAUTH_OK : MCPAUTH_E_NO_MEMORY;
}

static bool locate_keys(void *user, unsigned attempt, char **url, char **learnt_from)
{
	struct mcpauth__issuer *issuer = user;
	if (attempt > 0) {
		return false;
	}
	pthread_mutex_lock(&issuer->lock);
	bool good = copy_url(issuer->jwks_uri, url) == MCPAUTH_OK && *url != NULL
		&& copy_url(issuer->jwks_uri_from, learnt_from) == MCPAUTH_OK;
	pthread_mutex_unlock(&issuer->lock);
	return good;
}

static enum mcpauth_code parse_keys(
	void *user, const char *text, size_t length, void **value, struct mcpauth_error *err)
{
	(void)user;
	struct mcpauth__jwks *set;
	enum mcpauth_code code = mcpauth__jwks_parse(text, length, &set, err);
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
};

static bool locate_metadata(void *user, unsigned attempt, char **url, char **learnt_from)
{
	struct mcpauth__issuer *issuer = user;
	*learnt_from = NULL;
	if (issuer->metadata_url != NULL) {
		return attempt == 0 && copy_url(issuer->metadata_url, url) == MCPAUTH_OK;
	}
	return mcpauth__discovery_url(issuer->identifier, issuer->discovery, attempt, url, NULL)
		== MCPAUTH_OK
		&& *url != NULL;
}

static enum mcpauth_code parse_metadata(
	void *user, const char *text, size_t length, void **value, struct mcpauth_error *err)
{
	struct mcpauth__issuer *issuer = user;
	struct mcpauth__server_metadata *metadata;
	enum mcpauth_code code = mcpauth__server_metadata_parse(
		issuer->identifier, text, length, &metadata, err);
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
};

/* The host whose document names the keys: only there may they be private. */
static enum mcpauth_code metadata_host(
	const struct mcpauth__issuer *issuer, char **host, struct mcpauth_error *err)
{
	struct mcpauth__url url = {0};
	const char *text = issuer->metadata_url != NULL ? issuer->metadata_url : issuer->identifier;
	enum mcpauth_code code = mcpauth__url_parse(text, &url, err);
	if (code == MCPAUTH_OK) {
		*host = url.host;
		url.host = NULL;
	}
	mcpauth__url_finish(&url);
	return code;
}

static enum mcpauth_code learn_jwks_uri(struct mcpauth__issuer *issuer,
	const struct mcpauth__server_metadata *metadata, struct mcpauth_error *err)
{
	const char *named = mcpauth__server_metadata_jwks_uri(metadata);
	char *uri = NULL;
	char *host = NULL;
	pthread_mutex_lock(&issuer->lock);
	bool known = issuer->jwks_uri != NULL && strcmp(issuer->jwks_uri, named) == 0;
	pthread_mutex_unlock(&issuer->lock);
	if (known) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = metadata_host(issuer, &host, err);
	uri = mcpauth__strdup(named);
	if (code == MCPAUTH_OK && uri == NULL) {
		code = mcpauth__no_memory(err);
	}
	if (code == MCPAUTH_OK) {
		pthread_mutex_lock(&issuer->lock);
		char *old_uri = issuer->jwks_uri;
		char *old_host = issuer->jwks_uri_from;
		issuer->jwks_uri = uri;
		issuer->jwks_uri_from = host;
		pthread_mutex_unlock(&issuer->lock);
		uri = old_uri;
		host = old_host;
	}
	free(uri);
	free(host);
	return code;
}

/* Whatever the metadata's state, keys whose place is known go on serving: the
 * two may fail apart. */
static enum mcpauth_code find_jwks_uri(
	struct mcpauth__issuer *issuer, struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	if (issuer->metadata == NULL) {
		return MCPAUTH_OK;
	}
	pthread_mutex_lock(&issuer->lock);
	bool known = issuer->jwks_uri != NULL;
	pthread_mutex_unlock(&issuer->lock);
	struct mcpauth__document_value found = {0};
	enum mcpauth_code code = mcpauth__document_get(
		issuer->metadata, known ? NULL : waiter, &found, known ? NULL : err);
	if (code == MCPAUTH_OK) {
		code = learn_jwks_uri(issuer, found.value, err);
		mcpauth__server_metadata_free(found.value);
	} else if (known) {
		code = MCPAUTH_OK;
	}
	return code;
}

enum mcpauth_code mcpauth__issuer_keys(struct mcpauth__issuer *issuer,
	struct mcpauth__waiter *waiter, struct mcpauth__keys *keys, struct mcpauth_error *err)
{
	struct mcpauth__document_value found = {0};
	*keys = (struct mcpauth__keys){0};
	enum mcpauth_code code = find_jwks_uri(issuer, waiter, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__document_get(issuer->keys, waiter, &found, err);
	}
	if (code == MCPAUTH_OK) {
		*keys = (struct mcpauth__keys){found.value, found.generation};
	}
	return code;
}

enum mcpauth_code mcpauth__issuer_newer_keys(struct mcpauth__issuer *issuer, uint64_t generation,
	struct mcpauth__waiter *waiter, struct mcpauth__keys *keys, struct mcpauth_error *err)
{
	struct mcpauth__document_value found = {0};
	*keys = (struct mcpauth__keys){0};
	enum mcpauth_code code = mcpauth__document_renew(
		issuer->keys, generation, waiter, &found, err);
	if (code == MCPAUTH_OK) {
		*keys = (struct mcpauth__keys){found.value, found.generation};
	}
	return code;
}

uint64_t mcpauth__issuer_generation(struct mcpauth__issuer *issuer)
{
	return mcpauth__document_generation(issuer->keys);
}

unsigned mcpauth__issuer_retry_after(struct mcpauth__issuer *issuer)
{
	unsigned keys = mcpauth__document_retry_after(issuer->keys);
	unsigned metadata = issuer->metadata == NULL
		? 0
		: mcpauth__document_retry_after(issuer->metadata);
	return keys > metadata ? keys : metadata;
}

static enum mcpauth_code copy_config(struct mcpauth__issuer *issuer,
	const struct mcpauth_issuer_config *config, struct mcpauth_error *err)
{
	const char *advertised = config->advertised_url != NULL ? config->advertised_url
								: config->issuer;
	issuer->discovery = config->discovery;
	issuer->strict_type = config->strict_type;
	if (copy_url(config->issuer, &issuer->identifier) != MCPAUTH_OK
		|| copy_url(advertised, &issuer->advertised_url) != MCPAUTH_OK
		|| copy_url(config->metadata_url, &issuer->metadata_url) != MCPAUTH_OK
		|| copy_url(config->metadata, &issuer->metadata_text) != MCPAUTH_OK
		|| copy_url(config->jwks_uri, &issuer->configured_jwks_uri) != MCPAUTH_OK
		|| copy_url(config->jwks_uri, &issuer->jwks_uri) != MCPAUTH_OK
		|| copy_url(config->algorithms, &issuer->algorithm_names) != MCPAUTH_OK
		|| !mcpauth__issuer_accept(issuer, config->issuer)) {
		return mcpauth__no_memory(err);
	}
	return mcpauth__algorithms_parse(config->algorithms, &issuer->algorithms, err);
}

static enum mcpauth_code read_metadata_text(
	struct mcpauth__issuer *issuer, struct mcpauth_error *err)
{
	struct mcpauth__server_metadata *metadata = NULL;
	enum mcpauth_code code = mcpauth__server_metadata_parse(issuer->identifier,
		issuer->metadata_text, strlen(issuer->metadata_text), &metadata, err);
	if (code == MCPAUTH_OK) {
		/* Written into the configuration, so as trusted as the rest of it. */
		issuer->jwks_uri = mcpauth__strdup(mcpauth__server_metadata_jwks_uri(metadata));
		code = issuer->jwks_uri != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	mcpauth__server_metadata_free(metadata);
	return code;
}

static enum mcpauth_code make_documents(struct mcpauth__issuer *issuer,
	struct mcpauth__worker *worker, const struct mcpauth__document_times *times,
	struct mcpauth_error *err)
{
	struct mcpauth__document_times metadata_times = *times;
	/* Losing sight of the metadata takes no key away, so the last good
	 * document serves as long as it takes. */
	metadata_times.stale = 86400;
	issuer->keys = mcpauth__document_new(worker, &keys_kind, issuer, times);
	if (issuer->jwks_uri == NULL) {
		issuer->metadata = mcpauth__document_new(
			worker, &metadata_kind, issuer, &metadata_times);
	}
	return issuer->keys != NULL && (issuer->jwks_uri != NULL || issuer->metadata != NULL)
		? MCPAUTH_OK
		: mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__issuer_new(struct mcpauth__worker *worker,
	const struct mcpauth_issuer_config *config, const struct mcpauth__document_times *times,
	struct mcpauth__issuer **issuer, struct mcpauth_error *err)
{
	*issuer = NULL;
	struct mcpauth__issuer *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	pthread_mutex_init(&made->lock, NULL);
	enum mcpauth_code code = copy_config(made, config, err);
	if (code == MCPAUTH_OK && made->metadata_text != NULL) {
		code = read_metadata_text(made, err);
	}
	if (code == MCPAUTH_OK) {
		code = make_documents(made, worker, times, err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__issuer_free(made);
		return code;
	}
	*issuer = made;
	return MCPAUTH_OK;
}

void mcpauth__issuer_free(struct mcpauth__issuer *issuer)
{
	if (issuer == NULL) {
		return;
	}
	mcpauth__document_free(issuer->keys);
	mcpauth__document_free(issuer->metadata);
	mcpauth__words_finish(&issuer->accepted);
	pthread_mutex_destroy(&issuer->lock);
	free(issuer->identifier);
	free(issuer->advertised_url);
	free(issuer->metadata_url);
	free(issuer->metadata_text);
	free(issuer->configured_jwks_uri);
	free(issuer->algorithm_names);
	free(issuer->jwks_uri);
	free(issuer->jwks_uri_from);
	free(issuer);
}

const char *mcpauth__issuer_identifier(const struct mcpauth__issuer *issuer)
{
	return issuer->identifier;
}

const char *mcpauth__issuer_advertised_url(const struct mcpauth__issuer *issuer)
{
	return issuer->advertised_url;
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool mcpauth__issuer_has_config(
	const struct mcpauth__issuer *issuer, const struct mcpauth_issuer_config *config)
{
	const char *advertised = config->advertised_url != NULL ? config->advertised_url
								: config->issuer;
	return same(issuer->identifier, config->issuer) && same(issuer->advertised_url, advertised)
		&& same(issuer->metadata_url, config->metadata_url)
		&& same(issuer->metadata_text, config->metadata)
		&& same(issuer->configured_jwks_uri, config->jwks_uri)
		&& same(issuer->algorithm_names, config->algorithms)
		&& issuer->discovery == config->discovery
		&& issuer->strict_type == config->strict_type;
}

bool mcpauth__issuer_accept(struct mcpauth__issuer *issuer, const char *value)
{
	return mcpauth__words_add(&issuer->accepted, value, strlen(value));
}

bool mcpauth__issuer_is(const struct mcpauth__issuer *issuer, const char *value)
{
	return mcpauth__words_contain(&issuer->accepted, value, strlen(value));
}

unsigned mcpauth__issuer_algorithms(const struct mcpauth__issuer *issuer)
{
	return issuer->algorithms;
}

bool mcpauth__issuer_is_strict(const struct mcpauth__issuer *issuer)
{
	return issuer->strict_type;
}
