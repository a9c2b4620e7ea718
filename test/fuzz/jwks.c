/* Fuzz target: a JWK set. It holds what each of its keys alone would be. */
#include "common/fuzz.h"

#include "base/json.h"
#include "jose/jwks.h"

#include <string.h>

static size_t usable(const cJSON *keys)
{
	size_t count = 0;
	for (const cJSON *json = keys->child; json != NULL; json = json->next) {
		struct mcpauth__jwk *key;
		count += mcpauth__jwk_import(json, &key, NULL) == MCPAUTH_OK ? 1 : 0;
		mcpauth__jwk_free(key);
	}
	return count;
}

static void check_refusals(const struct mcpauth__jwks *set, const char *kid)
{
	static const unsigned char text[] = "nobody signed this";
	static const unsigned char signature[256];
	static const size_t lengths[] = {64, 96, 132, 256};
	for (unsigned i = 1; i < MCPAUTH__ALGORITHM_COUNT; i++) {
		for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
			struct mcpauth__signed content = {text, sizeof text, signature, lengths[j]};
			enum mcpauth_code code = mcpauth__jwks_verify(
				set, kid, (enum mcpauth__algorithm)i, &content, NULL);
			MUST(code == MCPAUTH_E_UNKNOWN_KEY || code == MCPAUTH_E_BAD_SIGNATURE);
		}
	}
}

static void check_set(const struct mcpauth__jwks *set, const cJSON *json)
{
	const cJSON *keys = cJSON_GetObjectItemCaseSensitive(json, "keys");
	size_t count = (size_t)cJSON_GetArraySize(keys);
	MUST(cJSON_IsArray(keys) && count <= MCPAUTH__JWKS_KEY_LIMIT);
	MUST(mcpauth__jwks_count(set) == usable(keys));
	MUST(mcpauth__jwks_count(set) + mcpauth__jwks_skipped(set) == count);
	check_refusals(set, NULL);
	if (count > 0) {
		const char *kid = fuzz_member(keys->child, "kid");
		check_refusals(set, kid);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth_error err;
	struct mcpauth__jwks *set;
	cJSON *json;
	const char *text = size > 0 ? (const char *)data : "";
	enum mcpauth_code strict = mcpauth__json_parse_object(text, size, &json, NULL);
	enum mcpauth_code code = mcpauth__jwks_parse(text, size, &set, &err);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (set != NULL));
	MUST(strict == MCPAUTH_OK || code == strict);
	MUST(strict != MCPAUTH_OK || code == MCPAUTH_OK || code == MCPAUTH_E_INVALID_KEYS);
	if (set != NULL) {
		check_set(set, json);
	}
	mcpauth__jwks_free(set);
	cJSON_Delete(json);
	return 0;
}
