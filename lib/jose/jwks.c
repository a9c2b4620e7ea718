/* A JWK set, indexed once so that finding a key costs the same however many there are. */
#include "jose/jwks.h"

#include "base/error_int.h"
#include "base/json.h"
#include "base/lookup.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Keys tried under one kid: an issuer may use one twice, but nobody may make
 * each token cost a thousand verifications. */
#define TRIES_LIMIT 4

struct entry {
	struct mcpauth__jwk *key;
	struct entry *next; /* of the same kid, in the order of the document */
	struct entry *last; /* of these, known to the first one */
};

/* The keys that verify one algorithm. */
struct fitting {
	const struct mcpauth__jwk *first;
	size_t count;
};

struct mcpauth__jwks {
	atomic_size_t references;
	struct mcpauth__lookup named; /* the first entry of each kid */
	struct fitting fitting[MCPAUTH__ALGORITHM_COUNT];
	size_t count;
	size_t skipped;
	struct entry entries[];
};

static bool enlist_name(struct mcpauth__jwks *set, struct entry *entry)
{
	const char *id = mcpauth__jwk_id(entry->key);
	entry->last = entry;
	if (id == NULL) {
		return true;
	}
	struct entry *first = mcpauth__lookup_find(&set->named, id, strlen(id));
	if (first == NULL) {
		return mcpauth__lookup_add(&set->named, id, strlen(id), entry);
	}
	first->last->next = entry;
	first->last = entry;
	return true;
}

static void enlist_algorithms(struct mcpauth__jwks *set, const struct mcpauth__jwk *key)
{
	for (unsigned i = 0; i < MCPAUTH__ALGORITHM_COUNT; i++) {
		struct fitting *fitting = &set->fitting[i];
		if (mcpauth__jwk_fits(key, (enum mcpauth__algorithm)i) && fitting->count++ == 0) {
			fitting->first = key;
		}
	}
}

static enum mcpauth_code import_all(struct mcpauth__jwks *set, const cJSON *keys,
	const struct mcpauth__jwks_listener *listener, struct mcpauth_error *err)
{
	struct mcpauth_error why;
	const cJSON *json;
	cJSON_ArrayForEach(json, keys)
	{
		struct entry *entry = &set->entries[set->count];
		enum mcpauth_code code = mcpauth__jwk_import(
			json, &entry->key, listener != NULL ? &why : NULL);
		if (code == MCPAUTH_E_NO_MEMORY) {
			return mcpauth__no_memory(err);
		}
		/* RFC 7517 section 5: what is not understood is ignored. */
		if (code != MCPAUTH_OK) {
			set->skipped++;
			if (listener != NULL) {
				listener->skipped(json, why.message, listener->user);
			}
			continue;
		}
		set->count++;
		enlist_algorithms(set, entry->key);
		if (!enlist_name(set, entry)) {
			return mcpauth__no_memory(err);
		}
	}
	return MCPAUTH_OK;
}

/* Counted before it is read: a megabyte of the shortest values would become thirty.
 * As one block it goes back to the system when it is done with. */
static enum mcpauth_code read_document(struct mcpauth__arena *arena,
	const struct mcpauth__json_text *text, cJSON **json, struct mcpauth_error *err)
{
	size_t values = mcpauth__json_count(text->text, text->length, MCPAUTH__JSON_DEPTH_LIMIT);
	if (values == 0) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_JSON, "not strict JSON");
	}
	if (values > MCPAUTH__JWKS_VALUE_LIMIT) {
		return mcpauth__fail(err, MCPAUTH_E_TOO_LARGE, "JSON of more than %zu values",
			MCPAUTH__JWKS_VALUE_LIMIT);
	}
	if (!mcpauth__arena_reserve(arena, values * sizeof(cJSON) + text->length)) {
		return mcpauth__no_memory(err);
	}
	return mcpauth__json_read(arena, text, json, err);
}

enum mcpauth_code mcpauth__jwks_parse(
	const char *text, size_t length, struct mcpauth__jwks **set, struct mcpauth_error *err)
{
	return mcpauth__jwks_parse_aloud(text, length, NULL, set, err);
}

enum mcpauth_code mcpauth__jwks_parse_aloud(const char *text, size_t length,
	const struct mcpauth__jwks_listener *listener, struct mcpauth__jwks **set,
	struct mcpauth_error *err)
{
	struct mcpauth__jwks *fresh = NULL;
	struct mcpauth__arena arena = {0};
	cJSON *json;
	*set = NULL;
	enum mcpauth_code code = read_document(
		&arena, &(struct mcpauth__json_text){.text = text, .length = length}, &json, err);
	if (code != MCPAUTH_OK) {
		goto out;
	}
	const cJSON *keys = cJSON_GetObjectItemCaseSensitive(json, "keys");
	size_t count = (size_t)cJSON_GetArraySize(keys);
	if (!cJSON_IsArray(keys) || count > MCPAUTH__JWKS_KEY_LIMIT) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_KEYS,
			"no array \"keys\", or one of more than %d", MCPAUTH__JWKS_KEY_LIMIT);
		goto out;
	}
	fresh = calloc(1, sizeof *fresh + count * sizeof *fresh->entries);
	if (fresh == NULL) {
		code = mcpauth__no_memory(err);
		goto out;
	}
	atomic_init(&fresh->references, 1);
	code = import_all(fresh, keys, listener, err);
	if (code == MCPAUTH_OK) {
		*set = fresh;
		fresh = NULL;
	}
out:
	mcpauth__jwks_free(fresh);
	mcpauth__arena_finish(&arena);
	return code;
}

struct mcpauth__jwks *mcpauth__jwks_ref(struct mcpauth__jwks *set)
{
	atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
	return set;
}

void mcpauth__jwks_free(struct mcpauth__jwks *set)
{
	if (set == NULL || atomic_fetch_sub(&set->references, 1) > 1) {
		return;
	}
	for (size_t i = 0; i < set->count; i++) {
		mcpauth__jwk_free(set->entries[i].key);
	}
	mcpauth__lookup_finish(&set->named);
	free(set);
}

size_t mcpauth__jwks_count(const struct mcpauth__jwks *set)
{
	return set->count;
}

size_t mcpauth__jwks_skipped(const struct mcpauth__jwks *set)
{
	return set->skipped;
}

static enum mcpauth_code bad_signature(
	enum mcpauth_code code, const char *why, struct mcpauth_error *err)
{
	return code == MCPAUTH_E_NO_MEMORY ? mcpauth__no_memory(err)
					   : mcpauth__fail_as(err, MCPAUTH_E_BAD_SIGNATURE, why);
}

static enum mcpauth_code verify_named(const struct mcpauth__jwks *set, const char *kid,
	enum mcpauth__algorithm algorithm, const struct mcpauth__signed *data,
	struct mcpauth_error *err)
{
	unsigned tried = 0;
	enum mcpauth_code failure = MCPAUTH_E_UNKNOWN_KEY;
	const struct entry *entry = mcpauth__lookup_find(&set->named, kid, strlen(kid));
	for (; entry != NULL && tried < TRIES_LIMIT; entry = entry->next) {
		if (!mcpauth__jwk_fits(entry->key, algorithm)) {
			continue;
		}
		tried++;
		enum mcpauth_code code = mcpauth__jwk_verify(entry->key, algorithm, data);
		if (code == MCPAUTH_OK) {
			return MCPAUTH_OK;
		}
		/* Whom memory failed may have made it. */
		failure = failure == MCPAUTH_E_NO_MEMORY ? failure : code;
	}
	if (tried > 0) {
		return bad_signature(
			failure, "the key that the token names did not make its signature", err);
	}
	return mcpauth__fail(
		err, MCPAUTH_E_UNKNOWN_KEY, "no key has the token's kid and fits its algorithm");
}

static enum mcpauth_code verify_sole(const struct mcpauth__jwks *set,
	enum mcpauth__algorithm algorithm, const struct mcpauth__signed *data,
	struct mcpauth_error *err)
{
	const struct fitting *fitting = &set->fitting[algorithm];
	if (fitting->count != 1) {
		return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_KEY,
			"the token has no kid, and %s its algorithm",
			fitting->count == 0 ? "no key fits" : "several keys fit");
	}
	enum mcpauth_code code = mcpauth__jwk_verify(fitting->first, algorithm, data);
	return code == MCPAUTH_OK
		? code
		: bad_signature(
			code, "the one key that fits did not make the token's signature", err);
}

enum mcpauth_code mcpauth__jwks_verify(const struct mcpauth__jwks *set, const char *kid,
	enum mcpauth__algorithm algorithm, const struct mcpauth__signed *data,
	struct mcpauth_error *err)
{
	return kid != NULL ? verify_named(set, kid, algorithm, data, err)
			   : verify_sole(set, algorithm, data, err);
}
