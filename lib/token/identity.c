/* From checked claims to the identity that requests share. */
#include "token/identity.h"

#include "base/error_int.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* No memory is taken for a scope up to here, which is longer than any in use. */
#define SCOPE_ROOM 256

static bool reserve(struct mcpauth__arena *arena, struct mcpauth__words *words, size_t count)
{
	words->items = count > 0 ? mcpauth__arena_take(arena, count * sizeof *words->items) : NULL;
	return count == 0 || words->items != NULL;
}

static bool split(struct mcpauth__arena *arena, struct mcpauth__words *words, const char *list)
{
	size_t length;
	size_t count = 0;
	const char *word;
	for (const char *at = list; mcpauth__word_next(&at, &length) != NULL; count++) {
	}
	if (!reserve(arena, words, count)) {
		return false;
	}
	while ((word = mcpauth__word_next(&list, &length)) != NULL) {
		char *copy = mcpauth__arena_copy(arena, word, length);
		if (copy == NULL) {
			return false;
		}
		words->items[words->count++] = copy;
	}
	return true;
}

/* Behind and including `element`, one value per string; the strings are the tree's. */
static bool list_strings(
	struct mcpauth__arena *arena, struct mcpauth__words *words, const cJSON *element)
{
	size_t count = 0;
	for (const cJSON *at = element; at != NULL; at = at->next) {
		count += cJSON_IsString(at) ? 1 : 0;
	}
	if (!reserve(arena, words, count)) {
		return false;
	}
	for (; element != NULL; element = element->next) {
		if (cJSON_IsString(element)) {
			words->items[words->count++] = element->valuestring;
		}
	}
	return true;
}

static void finish(struct mcpauth__identity *identity)
{
	if (identity->implied != NULL) {
		mcpauth__hierarchy_free(identity->implied->hierarchy);
	}
	mcpauth__arena_finish(&identity->arena);
	mcpauth__identity_pool_give(identity);
}

/* A string is a list separated by blanks. An array has one value per string;
 * anything else in it grants nothing. */
static bool read_scopes(
	struct mcpauth__arena *arena, struct mcpauth__words *scopes, const cJSON *item)
{
	return cJSON_IsString(item)
		? split(arena, scopes, item->valuestring)
		: list_strings(arena, scopes, cJSON_IsArray(item) ? item->child : NULL);
}

/* A string is one value, whatever is in it. */
static bool read_audiences(
	struct mcpauth__arena *arena, struct mcpauth__words *audiences, const cJSON *item)
{
	if (!cJSON_IsString(item)) {
		return list_strings(arena, audiences, cJSON_IsArray(item) ? item->child : NULL);
	}
	if (!reserve(arena, audiences, 1)) {
		return false;
	}
	audiences->items[audiences->count++] = item->valuestring;
	return true;
}

/* A hierarchy that says nothing of this token is none. */
static bool read_implied(
	struct mcpauth__identity *made, const struct mcpauth__identity_parts *parts)
{
	struct mcpauth__implied read;
	if (!mcpauth__implied_read(&read, parts->hierarchy, &made->scopes)) {
		return true;
	}
	struct mcpauth__implied *implied = mcpauth__arena_take(&made->arena, sizeof *implied);
	if (implied == NULL) {
		return false;
	}
	*implied = read;
	mcpauth__hierarchy_ref(implied->hierarchy);
	made->implied = implied;
	return true;
}

static bool fill(struct mcpauth__identity *made, const struct mcpauth__identity_parts *parts)
{
	const struct mcpauth__claim_policy *policy = parts->policy;
	const cJSON *claims = made->claims;
	made->resource = mcpauth__arena_copy(
		&made->arena, parts->resource, strlen(parts->resource));
	made->issuer = mcpauth__json_string(claims, "iss");
	made->subject = cJSON_GetStringValue(mcpauth__json_first(claims, &policy->subjects));
	made->client_id = cJSON_GetStringValue(mcpauth__json_first(claims, &policy->clients));
	made->end = mcpauth__claim_policy_end(policy, claims);
	mcpauth__json_seconds(claims, "exp", &made->expires_at);
	mcpauth__json_seconds(claims, "nbf", &made->not_before);
	if (made->resource == NULL
		|| !read_scopes(
			&made->arena, &made->scopes, mcpauth__json_first(claims, &policy->scopes))
		|| !read_audiences(
			&made->arena, &made->audiences, mcpauth__json_member(claims, "aud"))
		|| !read_implied(made, parts)) {
		return false;
	}
	made->scope_bits = mcpauth__scope_names_read(
		parts->scope_names, &made->scopes, made->implied);
	return true;
}

enum mcpauth_code mcpauth__identity_new(struct mcpauth__jws *jws,
	const struct mcpauth__identity_parts *parts, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	*identity = NULL;
	struct mcpauth__identity *made = mcpauth__identity_pool_take(parts->pool);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	made->claims = jws->payload;
	made->claims_json = jws->payload_text;
	made->arena = mcpauth__jws_hand_over(jws);
	if (!fill(made, parts)) {
		finish(made);
		return mcpauth__no_memory(err);
	}
	/* The last thing: from now on whoever remembers its place may take it. */
	atomic_store_explicit(&made->place.refs, 1, memory_order_release);
	*identity = made;
	return MCPAUTH_OK;
}

/* Patterns and programs want a text that ends. */
bool mcpauth__identity_implies(
	const struct mcpauth__identity *identity, const char *scope, size_t length)
{
	char room[SCOPE_ROOM];
	if (scope[length] == '\0') {
		return mcpauth__implied_has(identity->implied, &identity->scopes, scope);
	}
	char *copy = length < sizeof room ? room : malloc(length + 1);
	if (copy == NULL) {
		return false;
	}
	memcpy(copy, scope, length);
	copy[length] = '\0';
	bool has = mcpauth__implied_has(identity->implied, &identity->scopes, copy);
	if (copy != room) {
		free(copy);
	}
	return has;
}

struct mcpauth__identity *mcpauth__identity_ref(struct mcpauth__identity *identity)
{
	atomic_fetch_add_explicit(&identity->place.refs, 1, memory_order_relaxed);
	return identity;
}

struct mcpauth__identity *mcpauth__identity_try_ref(struct mcpauth__identity *identity)
{
	unsigned refs = atomic_load_explicit(&identity->place.refs, memory_order_relaxed);
	while (refs != 0) {
		if (atomic_compare_exchange_weak_explicit(&identity->place.refs, &refs, refs + 1,
			    memory_order_acquire, memory_order_relaxed)) {
			return identity;
		}
	}
	return NULL;
}

void mcpauth__identity_free(struct mcpauth__identity *identity)
{
	if (identity != NULL
		&& atomic_fetch_sub_explicit(&identity->place.refs, 1, memory_order_acq_rel) == 1) {
		finish(identity);
	}
}
