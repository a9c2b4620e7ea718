/* A JWK set, sorted by kid once so that looking up stays cheap however many there are. */
#include "jose/jwks.h"

#include "base/error_int.h"
#include "base/json.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Keys tried under one kid: an issuer may use one twice, but nobody may make
 * each token cost a thousand verifications. */
#define TRIES_LIMIT 4

struct entry {
	struct mcpauth__jwk *key;
	const char *id;
	size_t position; /* in the document */
};

struct mcpauth__jwks {
	atomic_size_t references;
	size_t count;
	size_t named; /* entries with a kid; they come first, sorted by it */
	size_t skipped;
	struct entry entries[];
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *one = a;
	const struct entry *other = b;
	int order = 0;
	if (one->id != NULL && other->id != NULL) {
		order = strcmp(one->id, other->id);
	} else if (one->id != NULL || other->id != NULL) {
		order = one->id != NULL ? -1 : 1;
	}
	if (order == 0) {
		order = one->position < other->position ? -1 : 1;
	}
	return order;
}

static enum mcpauth_code import_all(
	struct mcpauth__jwks *set, const cJSON *keys, struct mcpauth_error *err)
{
	const cJSON *json;
	cJSON_ArrayForEach(json, keys)
	{
		struct entry *entry = &set->entries[set->count];
		enum mcpauth_code code = mcpauth__jwk_import(json, &entry->key, NULL);
		if (code == MCPAUTH_E_NO_MEMORY) {
			return mcpauth__no_memory(err);
		}
		/* RFC 7517 section 5: what is not understood is ignored. */
		if (code != MCPAUTH_OK) {
			set->skipped++;
			continue;
		}
		entry->id = mcpauth__jwk_id(entry->key);
		entry->position = set->count++;
		set->named += entry->id != NULL ? 1 : 0;
	}
	qsort(set->entries, set->count, sizeof *set->entries, compare_entries);
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__jwks_parse(
	const char *text, size_t length, struct mcpauth__jwks **set, struct mcpauth_error *err)
{
	struct mcpauth__jwks *fresh = NULL;
	cJSON *json = NULL;
	*set = NULL;
	enum mcpauth_code code = mcpauth__json_parse_object(text, length, &json, err);
	if (code != MCPAUTH_OK) {
		return code;
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
	code = import_all(fresh, keys, err);
	if (code == MCPAUTH_OK) {
		*set = fresh;
		fresh = NULL;
	}
out:
	mcpauth__jwks_free(fresh);
	cJSON_Delete(json);
	return code;
}

struct mcpauth__jwks *mcpauth__jwks_ref(struct mcpauth__jwks *set)
{
	atomic_fetch_add(&set->references, 1);
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

/* Where the entries of this kid start, or would. */
static size_t find(const struct mcpauth__jwks *set, const char *kid)
{
	size_t low = 0;
	size_t high = set->named;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(set->entries[middle].id, kid) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static enum mcpauth_code verify_named(const struct mcpauth__jwks *set, const char *kid,
	enum mcpauth__algorithm algorithm, const struct mcpauth__signed *data,
	struct mcpauth_error *err)
{
	unsigned tried = 0;
	for (size_t i = find(set, kid);
		i < set->named && tried < TRIES_LIMIT && strcmp(set->entries[i].id, kid) == 0;
		i++) {
		if (!mcpauth__jwk_fits(set->entries[i].key, algorithm)) {
			continue;
		}
		tried++;
		if (mcpauth__jwk_verify(set->entries[i].key, algorithm, data)) {
			return MCPAUTH_OK;
		}
	}
	if (tried > 0) {
		return mcpauth__fail(err, MCPAUTH_E_BAD_SIGNATURE,
			"the key that the token names did not make its signature");
	}
	return mcpauth__fail(
		err, MCPAUTH_E_UNKNOWN_KEY, "no key has the token's kid and fits its algorithm");
}

static enum mcpauth_code verify_sole(const struct mcpauth__jwks *set,
	enum mcpauth__algorithm algorithm, const struct mcpauth__signed *data,
	struct mcpauth_error *err)
{
	const struct mcpauth__jwk *sole = NULL;
	for (size_t i = 0; i < set->count; i++) {
		if (!mcpauth__jwk_fits(set->entries[i].key, algorithm)) {
			continue;
		}
		if (sole != NULL) {
			return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_KEY,
				"the token has no kid, and several keys fit its algorithm");
		}
		sole = set->entries[i].key;
	}
	if (sole == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_KEY,
			"the token has no kid, and no key fits its algorithm");
	}
	if (!mcpauth__jwk_verify(sole, algorithm, data)) {
		return mcpauth__fail(err, MCPAUTH_E_BAD_SIGNATURE,
			"the one key that fits did not make the token's signature");
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__jwks_verify(const struct mcpauth__jwks *set, const char *kid,
	enum mcpauth__algorithm algorithm, const struct mcpauth__signed *data,
	struct mcpauth_error *err)
{
	return kid != NULL ? verify_named(set, kid, algorithm, data, err)
			   : verify_sole(set, algorithm, data, err);
}
