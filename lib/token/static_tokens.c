/* Tokens that are written down: found in constant time, believed as they are. */
#include "token/static_tokens.h"

#include "base/array.h"
#include "base/b64token.h"
#include "base/error_int.h"
#include "base/json.h"
#include "base/words.h"
#include "token/attempt.h"
#include "token/completion.h"

#include <stdlib.h>
#include <string.h>

#define LIFETIME 3600 /* seconds after each look, without `exp` (static_token.h) */

/* Beyond any time: so only the claims' types are looked at. */
#define ANY_TIME (INT64_C(1) << 60)

/* No request can bring anything else. */
static bool is_presentable(const char *token)
{
	return mcpauth__is_b64token(token) && strlen(token) <= MCPAUTH__TOKEN_LIMIT;
}

/* The time tells how many there are, not which one was tried, nor how far it was right. */
static const struct mcpauth__static_token *find(
	const struct mcpauth__static_tokens *tokens, const unsigned char *digest)
{
	const struct mcpauth__static_token *found = NULL;
	for (size_t i = 0; i < tokens->count; i++) {
		const struct mcpauth__static_token *item = tokens->items[i];
		found = mcpauth__equal_bytes(item->digest, digest, sizeof item->digest) ? item
											: found;
	}
	return found;
}

static void item_free(struct mcpauth__static_token *item)
{
	if (item != NULL) {
		free(item->claims);
		free(item);
	}
}

/* Scopes of another type would grant nothing, and nobody would know why. */
static bool are_scopes(const cJSON *item)
{
	if (!cJSON_IsArray(item)) {
		return item == NULL || cJSON_IsString(item);
	}
	const cJSON *element = item->child;
	while (element != NULL && cJSON_IsString(element)) {
		element = element->next;
	}
	return element == NULL;
}

static bool has_types(const cJSON *claims, const struct mcpauth__claim_policy *policy)
{
	const char *issuer = mcpauth__json_string(claims, "iss");
	return (issuer != NULL ? *issuer != '\0' : !mcpauth__json_has(claims, "iss"))
		&& are_scopes(mcpauth__json_first(claims, &policy->scopes));
}

static struct mcpauth__claim_rules rules_at(
	const struct mcpauth__static_tokens *tokens, int64_t now, int64_t tolerance)
{
	return (struct mcpauth__claim_rules){
		.policy = &tokens->policy,
		.any_audience = true,
		.without_header = true,
		.now = now,
		.tolerance = tolerance,
	};
}

/* A text of claims, with what it lacks, as a JWT's. */
static enum mcpauth_code read_claims(const char *text,
	const struct mcpauth__claim_defaults *defaults, struct mcpauth__jws *jws,
	struct mcpauth_error *err)
{
	cJSON *json;
	struct mcpauth__buf claims = {0};
	enum mcpauth_code code = mcpauth__json_parse_object(text, strlen(text), &json, err);
	if (code == MCPAUTH_E_TOO_LARGE) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_JSON, "claims of too many values");
	}
	if (code == MCPAUTH_OK && !mcpauth__claims_complete(json, text, defaults, &claims)) {
		code = mcpauth__no_memory(err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__jws_from_claims(claims.data, claims.length, jws, err);
	}
	mcpauth__buf_finish(&claims);
	cJSON_Delete(json);
	return code;
}

static enum mcpauth_code check_types(const struct mcpauth__static_tokens *tokens,
	const struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	struct mcpauth_error why;
	struct mcpauth__claim_rules rules = rules_at(tokens, 0, ANY_TIME);
	if (!has_types(jws->payload, &tokens->policy)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"iss is no name, or the scopes are neither a string nor an array of them");
	}
	return mcpauth__claims_check(jws, &rules, &why) == MCPAUTH_OK
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "claims: %s", why.message);
}

static enum mcpauth_code check_claims(
	const struct mcpauth__static_tokens *tokens, const char *claims, struct mcpauth_error *err)
{
	struct mcpauth__jws jws = {0};
	struct mcpauth__claim_defaults defaults = {0};
	enum mcpauth_code code = read_claims(claims, &defaults, &jws, err);
	if (code == MCPAUTH_OK) {
		code = check_types(tokens, &jws, err);
	}
	mcpauth__jws_finish(&jws);
	return code;
}

/* Before the first one there is no policy. */
static bool need_policy(struct mcpauth__static_tokens *tokens)
{
	const struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	return tokens->policy.scopes.count > 0
		|| mcpauth__claim_policy_init(&tokens->policy, &usual);
}

static struct mcpauth__static_token *item_new(const char *token, const char *claims)
{
	struct mcpauth__static_token *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return NULL;
	}
	made->claims = mcpauth__strdup(claims);
	if (made->claims == NULL || !mcpauth__sha256(token, strlen(token), made->digest)) {
		item_free(made);
		return NULL;
	}
	return made;
}

static enum mcpauth_code enlist(struct mcpauth__static_tokens *tokens,
	struct mcpauth__static_token *item, struct mcpauth_error *err)
{
	if (find(tokens, item->digest) != NULL) {
		item_free(item);
		return mcpauth__fail(
			err, MCPAUTH_E_DUPLICATE, "the resource has this static token already");
	}
	if (!mcpauth__array_grow(&tokens->items, tokens->count)) {
		item_free(item);
		return mcpauth__no_memory(err);
	}
	tokens->items[tokens->count++] = item;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__static_tokens_add(struct mcpauth__static_tokens *tokens,
	const char *token, const char *claims, struct mcpauth_error *err)
{
	if (!is_presentable(token) || claims == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a static token is 1 to 16384 token characters, and has claims");
	}
	if (!need_policy(tokens)) {
		mcpauth__claim_policy_finish(&tokens->policy);
		tokens->policy = (struct mcpauth__claim_policy){0};
		return mcpauth__no_memory(err);
	}
	enum mcpauth_code code = check_claims(tokens, claims, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth__static_token *item = item_new(token, claims);
	return item != NULL ? enlist(tokens, item, err) : mcpauth__no_memory(err);
}

void mcpauth__static_tokens_finish(struct mcpauth__static_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		item_free(tokens->items[i]);
	}
	free(tokens->items);
	mcpauth__claim_policy_finish(&tokens->policy);
	*tokens = (struct mcpauth__static_tokens){0};
}

static enum mcpauth_code judge(struct mcpauth__attempt *attempt,
	const struct mcpauth__static_token *item, struct mcpauth__identity **identity)
{
	const struct mcpauth__trust *trust = attempt->presented->trust;
	struct mcpauth__claim_defaults defaults = {
		.issuer = trust->resource,
		.expires_at = attempt->rules.now + LIFETIME,
	};
	attempt->rules = rules_at(
		&trust->static_tokens, attempt->rules.now, attempt->rules.tolerance);
	attempt->cache_ms = 0;
	enum mcpauth_code code = read_claims(item->claims, &defaults, &attempt->jws, attempt->err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__claims_check(&attempt->jws, &attempt->rules, attempt->err);
	}
	return code == MCPAUTH_OK ? mcpauth__attempt_conclude(attempt, identity) : code;
}

enum mcpauth_code mcpauth__verify_static(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity, bool *known)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	const struct mcpauth__presented *presented = attempt->presented;
	const struct mcpauth__static_tokens *tokens = &presented->trust->static_tokens;
	*known = tokens->count > 0;
	if (!*known) {
		return MCPAUTH_OK;
	}
	if (!mcpauth__sha256(presented->token, presented->length, digest)) {
		return mcpauth__no_memory(attempt->err);
	}
	const struct mcpauth__static_token *item = find(tokens, digest);
	*known = item != NULL;
	return item != NULL ? judge(attempt, item, identity) : MCPAUTH_OK;
}
