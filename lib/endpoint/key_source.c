/* Keys found through an issuer's metadata, at a place that was configured, or by hand. */
#include "endpoint/key_source.h"

#include "base/error_int.h"
#include "base/json.h"
#include "base/words.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mcpauth__key_source {
	atomic_uint refs;
	struct mcpauth__log *log;
	char *issuer;
	struct mcpauth__server_source *server; /* names the place; NULL: it was configured */
	char *jwks_uri;                        /* as configured; NULL: the server says it */
	struct mcpauth__jwks *by_hand;         /* then nothing else is asked */
	struct mcpauth__document *keys;
	atomic_uint places; /* of the server's: how many of them were tried */
};

/* As many keys of a set are told of one by one. */
#define KEYS_TOLD 8

/* Of keys by hand there is one, which never ends. */
#define BY_HAND_GENERATION 1

/* A fetch under way keeps what it is for, whoever lets go of it meanwhile. */
static void hold(void *user)
{
	mcpauth__key_source_ref(user);
}

static void let_go(void *user)
{
	mcpauth__key_source_free(user);
}

static bool locate(void *user, unsigned attempt, char **url, char **learnt_from)
{
	const struct mcpauth__key_source *source = user;
	*url = NULL;
	*learnt_from = NULL;
	if (attempt > 0) {
		return false;
	}
	if (source->server != NULL) {
		return mcpauth__server_source_jwks_uri(source->server, url, learnt_from);
	}
	*url = mcpauth__strdup(source->jwks_uri);
	return *url != NULL;
}

/* What the log hears of one set. */
struct review {
	const struct mcpauth__key_source *source;
	unsigned told;
};

static void tell_skipped(const cJSON *json, const char *why, void *user)
{
	struct review *review = user;
	const char *kid = mcpauth__json_string(json, "kid");
	char line[MCPAUTH_ERROR_MESSAGE_SIZE + 256];
	if (review->told++ >= KEYS_TOLD) {
		return;
	}
	snprintf(line, sizeof line, "keys of %.150s: %s%.64s%s: %s", review->source->issuer,
		kid != NULL ? "kid \"" : "one without a kid", kid != NULL ? kid : "",
		kid != NULL ? "\"" : "", why);
	mcpauth__make_printable(line);
	mcpauth__log(review->source->log, MCPAUTH_LOG_DEBUG, MCPAUTH_E_INVALID_KEYS, NULL, line);
}

/* A set that verifies nothing is a fault of the issuer's, but no reason to ask elsewhere. */
static void tell_count(const struct mcpauth__key_source *source, const struct mcpauth__jwks *set)
{
	size_t count = mcpauth__jwks_count(set);
	char line[MCPAUTH_ERROR_MESSAGE_SIZE];
	snprintf(line, sizeof line, "keys of %.150s: %zu usable, %zu not", source->issuer, count,
		mcpauth__jwks_skipped(set));
	mcpauth__log(source->log, count > 0 ? MCPAUTH_LOG_DEBUG : MCPAUTH_LOG_WARNING,
		count > 0 ? MCPAUTH_OK : MCPAUTH_E_INVALID_KEYS, NULL, line);
}

static enum mcpauth_code read_keys(const struct mcpauth__key_source *source, const char *text,
	size_t length, struct mcpauth__jwks **set, struct mcpauth_error *err)
{
	struct review review = {.source = source};
	const struct mcpauth__jwks_listener listener = {tell_skipped, &review};
	enum mcpauth_code code = mcpauth__jwks_parse_aloud(text, length, &listener, set, err);
	if (code == MCPAUTH_OK) {
		tell_count(source, *set);
	}
	return code;
}

static enum mcpauth_code parse(
	void *user, const char *text, size_t length, void **value, struct mcpauth_error *err)
{
	const struct mcpauth__key_source *source = user;
	struct mcpauth__jwks *set = NULL;
	enum mcpauth_code code = read_keys(source, text, length, &set, err);
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

static const struct mcpauth__document_kind kind = {
	.name = "keys",
	.counter = MCPAUTH__COUNT_KEYS,
	.locate = locate,
	.parse = parse,
	.ref = ref_keys,
	.free = free_keys,
	.hold = hold,
	.let_go = let_go,
};

/* Keys that cannot be had where fresh metadata says may have moved since, or it may
 * have been wrong: then it is not believed for as long as it might be otherwise, and
 * fetched again. Who has keys does not wait for that. @return must they be waited for? */
static bool doubt_place(struct mcpauth__key_source *source, struct mcpauth__waiter *waiter)
{
	bool serves;
	return source->server != NULL && mcpauth__document_has_failed(source->keys, &serves)
		&& mcpauth__server_source_doubt(source->server, serves ? NULL : waiter) && !serves;
}

/* A place that is named for the first time is asked at once: that another one failed
 * says nothing of it. Metadata changes too seldom for that to become a storm. */
static void try_new_place(struct mcpauth__key_source *source)
{
	if (source->server == NULL) {
		return;
	}
	unsigned named = mcpauth__server_source_places(source->server);
	unsigned tried = atomic_load(&source->places);
	/* Of all who see it one acts, or else the last would end the pause anew. */
	if (tried != named && atomic_compare_exchange_strong(&source->places, &tried, named)
		&& !mcpauth__document_retry_now(source->keys)) {
		atomic_store(&source->places, tried);
	}
}

/* Keys whose place is known go on serving whatever becomes of the metadata: the
 * two may fail apart. It is looked at all the same, so that it is renewed. */
static enum mcpauth_code find_jwks_uri(struct mcpauth__key_source *source,
	struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	struct mcpauth__server_metadata *metadata;
	if (source->server == NULL) {
		return MCPAUTH_OK;
	}
	if (mcpauth__server_source_is_fresh(source->server)) {
		return !mcpauth__document_is_fresh(source->keys) && doubt_place(source, waiter)
			? MCPAUTH_PENDING
			: MCPAUTH_OK;
	}
	bool known = mcpauth__server_source_has_jwks_uri(source->server);
	enum mcpauth_code code = mcpauth__server_source_get(
		source->server, known ? NULL : waiter, &metadata, known ? NULL : err);
	mcpauth__server_metadata_free(metadata);
	return known ? MCPAUTH_OK : code;
}

enum mcpauth_code mcpauth__key_source_get(struct mcpauth__key_source *source,
	struct mcpauth__waiter *waiter, struct mcpauth__keys *keys, struct mcpauth_error *err)
{
	struct mcpauth__document_value found = {0};
	if (source->by_hand != NULL) {
		*keys = (struct mcpauth__keys){
			mcpauth__jwks_ref(source->by_hand), BY_HAND_GENERATION};
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = find_jwks_uri(source, waiter, err);
	if (code == MCPAUTH_OK) {
		try_new_place(source);
		code = mcpauth__document_get(source->keys, waiter, &found, err);
	}
	*keys = (struct mcpauth__keys){found.value, found.generation};
	return code;
}

enum mcpauth_code mcpauth__key_source_renew(struct mcpauth__key_source *source, uint64_t generation,
	struct mcpauth__waiter *waiter, struct mcpauth__keys *keys, struct mcpauth_error *err)
{
	struct mcpauth__document_value found = {0};
	*keys = (struct mcpauth__keys){0};
	if (source->by_hand != NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_KEY, "the keys were given by hand");
	}
	if (doubt_place(source, waiter)) {
		return MCPAUTH_PENDING;
	}
	try_new_place(source);
	enum mcpauth_code code = mcpauth__document_renew(
		source->keys, generation, waiter, &found, err);
	*keys = (struct mcpauth__keys){found.value, found.generation};
	return code;
}

static enum mcpauth_code check_signature(const struct mcpauth__jws *jws, struct mcpauth__keys *keys,
	uint64_t *generation, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__jwks_verify(
		keys->set, jws->kid, jws->algorithm, &jws->content, err);
	*generation = keys->generation;
	mcpauth__jwks_free(keys->set);
	return code;
}

/* An issuer may have made a new key, even one of an old name. So a token that
 * fails asks for newer keys; mcpauth__document_renew() sees to it that a flood of such
 * tokens does not become a flood of fetches. */
enum mcpauth_code mcpauth__key_source_verify(struct mcpauth__key_source *source,
	const struct mcpauth__jws *jws, struct mcpauth__waiter *waiter, uint64_t *generation,
	struct mcpauth_error *err)
{
	struct mcpauth__keys keys;
	enum mcpauth_code code = mcpauth__key_source_get(source, waiter, &keys, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	enum mcpauth_code refusal = check_signature(jws, &keys, generation, err);
	if (refusal == MCPAUTH_OK || refusal == MCPAUTH_E_NO_MEMORY) {
		return refusal;
	}
	struct mcpauth_error unrenewed;
	code = mcpauth__key_source_renew(source, *generation, waiter, &keys, &unrenewed);
	if (code == MCPAUTH_OK) {
		return check_signature(jws, &keys, generation, err);
	}
	if (code == MCPAUTH_E_UNKNOWN_KEY) {
		return refusal;
	}
	return code == MCPAUTH_PENDING ? code : mcpauth__fail(err, code, "%s", unrenewed.message);
}

struct mcpauth__server_source *mcpauth__key_source_server(const struct mcpauth__key_source *source)
{
	return source->server;
}

uint64_t mcpauth__key_source_generation(const struct mcpauth__key_source *source, int64_t now)
{
	return source->by_hand != NULL ? BY_HAND_GENERATION
				       : mcpauth__document_generation(source->keys, now);
}

int64_t mcpauth__key_source_renewable_at(struct mcpauth__key_source *source, uint64_t generation)
{
	return source->by_hand != NULL ? INT64_MAX
				       : mcpauth__document_renewable_at(source->keys, generation);
}

unsigned mcpauth__key_source_retry_after(struct mcpauth__key_source *source)
{
	unsigned keys = mcpauth__document_retry_after(source->keys);
	unsigned metadata = 0;
	if (source->server != NULL) {
		metadata = mcpauth__server_source_retry_after(source->server);
	}
	return keys > metadata ? keys : metadata;
}

static enum mcpauth_code read_by_hand(
	struct mcpauth__key_source *source, const char *text, struct mcpauth_error *err)
{
	enum mcpauth_code code = read_keys(source, text, strlen(text), &source->by_hand, err);
	if (code == MCPAUTH_OK && mcpauth__jwks_count(source->by_hand) == 0) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_KEYS, "no key in it is of use");
	}
	if (code != MCPAUTH_OK) {
		mcpauth__error_prefix(err, "jwks");
	}
	return code;
}

/* Where they are: as configured, or as the server's metadata says. */
static enum mcpauth_code set_place(struct mcpauth__key_source *source,
	struct mcpauth__worker *worker, const struct mcpauth_issuer_config *config,
	const struct mcpauth__document_times *times, struct mcpauth_error *err)
{
	if (config->jwks != NULL) {
		return read_by_hand(source, config->jwks, err);
	}
	if (config->jwks_uri == NULL) {
		return mcpauth__server_source_new(worker, config, times, &source->server, err);
	}
	source->jwks_uri = mcpauth__strdup(config->jwks_uri);
	return source->jwks_uri != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
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
	atomic_init(&made->refs, 1);
	made->log = mcpauth__worker_log(worker);
	made->issuer = mcpauth__strdup(config->issuer);
	made->keys = mcpauth__document_new(worker, &kind, made, times);
	enum mcpauth_code code = made->issuer != NULL && made->keys != NULL
		? set_place(made, worker, config, times, err)
		: mcpauth__no_memory(err);
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
	mcpauth__server_source_free(source->server);
	mcpauth__jwks_free(source->by_hand);
	free(source->issuer);
	free(source->jwks_uri);
	free(source);
}
