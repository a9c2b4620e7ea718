/* Wycheproof's tokens through the library's own JWS parser and key set. */
#include "wycheproof.h"

#include "jose/jwks.h"
#include "jose/jws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The vectors sign any text, an access token's payload is an object: everything
 * before the payload was judged, and the signature is still to be. */
static bool lacks_only_claims(enum mcpauth_code code, const struct mcpauth_error *err)
{
	return code == MCPAUTH_E_MALFORMED_TOKEN
		&& strcmp(err->message, "the payload is not a strict JSON object") == 0;
}

static bool verifies(const char *token, const char *keys)
{
	struct mcpauth_error err = {0};
	struct mcpauth__jwks *set = NULL;
	struct mcpauth__jws jws;
	enum mcpauth_code code = mcpauth__jws_parse(token, strlen(token), &jws, &err);
	bool good = (code == MCPAUTH_OK || lacks_only_claims(code, &err))
		&& mcpauth__jwks_parse(keys, strlen(keys), &set, &err) == MCPAUTH_OK
		&& mcpauth__jwks_verify(set, jws.kid, jws.algorithm, &jws.content, &err)
			== MCPAUTH_OK;
	mcpauth__jwks_free(set);
	mcpauth__jws_finish(&jws);
	return good;
}

/* The group's keys as a set; a group with one key holds that key alone. */
static char *key_set(const cJSON *group, bool drop_alg)
{
	const cJSON *keys = cJSON_GetObjectItemCaseSensitive(group, "public");
	if (keys == NULL) {
		keys = cJSON_GetObjectItemCaseSensitive(group, "private");
	}
	cJSON *copy = cJSON_Duplicate(keys, true);
	cJSON *set = copy;
	if (!cJSON_HasObjectItem(copy, "keys")) {
		set = cJSON_CreateObject();
		cJSON_AddItemToArray(cJSON_AddArrayToObject(set, "keys"), copy);
	}
	if (drop_alg) {
		cJSON_DeleteItemFromObjectCaseSensitive(copy, "alg");
	}
	char *text = cJSON_PrintUnformatted(set);
	cJSON_Delete(set);
	return text;
}

/* Some are in the JSON serialization: those are offered as their text. */
static char *token_of(const cJSON *test)
{
	const cJSON *token = cJSON_GetObjectItemCaseSensitive(test, "jws");
	if (token == NULL) {
		token = cJSON_GetObjectItemCaseSensitive(test, "jwe");
	}
	return cJSON_IsString(token) ? strdup(token->valuestring) : cJSON_PrintUnformatted(token);
}

static bool accepts(const cJSON *group, const cJSON *test, bool drop_alg)
{
	char *keys = key_set(group, drop_alg);
	char *token = token_of(test);
	if (keys == NULL || token == NULL) {
		fprintf(stderr, "a vector without a key or a token\n");
		exit(1);
	}
	bool good = verifies(token, keys);
	free(token);
	free(keys);
	return good;
}

bool wycheproof_accepts_token(const struct vector_file *file, const cJSON *group, const cJSON *test)
{
	(void)file;
	return accepts(group, test, false);
}

bool wycheproof_accepts_without_alg(
	const struct vector_file *file, const cJSON *group, const cJSON *test)
{
	(void)file;
	return accepts(group, test, true);
}
