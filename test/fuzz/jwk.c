/* Fuzz target: one JWK. What is taken is public, for signatures, and believes no zeros. */
#include "common/fuzz.h"

#include "base/json.h"
#include "jose/jwk_int.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[MCPAUTH__ALGORITHM_COUNT] = {"", "RS256", "RS384", "RS512", "PS256",
	"PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"};

static const cJSON *member(const cJSON *json, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(json, name);
}

static bool is(const char *text, const char *wanted)
{
	return text != NULL && strcmp(text, wanted) == 0;
}

static bool may_fit(const cJSON *json, const char *algorithm)
{
	const char *type = fuzz_member(json, "kty");
	const char *curve = fuzz_member(json, "crv");
	switch (algorithm[0]) {
	case 'R':
	case 'P':
		return is(type, "RSA");
	case 'E':
		return algorithm[1] == 'S' ? is(type, "EC")
				&& is(curve,
					strcmp(algorithm, "ES256") == 0           ? "P-256"
						: strcmp(algorithm, "ES384") == 0 ? "P-384"
										  : "P-521")
					   : is(type, "OKP") && is(curve, "Ed25519");
	default:
		return false;
	}
}

static void check_algorithms(const struct mcpauth__jwk *key, const cJSON *json)
{
	unsigned count = 0;
	const cJSON *alg = member(json, "alg");
	for (unsigned i = 0; i < MCPAUTH__ALGORITHM_COUNT; i++) {
		if (mcpauth__jwk_fits(key, (enum mcpauth__algorithm)i)) {
			count++;
			MUST(may_fit(json, names[i]));
			MUST(alg == NULL || is(cJSON_GetStringValue(alg), names[i]));
		}
	}
	MUST(count > 0);
}

static void check_members(const struct mcpauth__jwk *key, const cJSON *json)
{
	static const char *const secret[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
	for (size_t i = 0; i < sizeof secret / sizeof *secret; i++) {
		MUST(member(json, secret[i]) == NULL);
	}
	MUST(member(json, "use") == NULL || is(fuzz_member(json, "use"), "sig"));
	MUST((member(json, "kid") == NULL) == (mcpauth__jwk_id(key) == NULL));
	MUST(mcpauth__jwk_id(key) == NULL || is(fuzz_member(json, "kid"), mcpauth__jwk_id(key)));
}

/* Nobody signed this: neither zeros nor what follows from the key alone. */
static void check_forgeries(const struct mcpauth__jwk *key)
{
	static const unsigned char data[] = "data";
	unsigned char signature[2100] = {0};
	struct mcpauth__signed content = {data, sizeof data, signature, key->signature_length};
	MUST(key->signature_length >= 64 && key->signature_length <= 2048);
	for (unsigned char first = 0; first < 2; first++) {
		signature[0] = first;
		for (unsigned i = 1; i < MCPAUTH__ALGORITHM_COUNT; i++) {
			MUST(!mcpauth__jwk_fits(key, (enum mcpauth__algorithm)i)
				|| mcpauth__jwk_verify(key, (enum mcpauth__algorithm)i, &content)
					!= MCPAUTH_OK);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth_error err;
	struct mcpauth__jwk *key = NULL;
	cJSON *json;
	if (mcpauth__json_parse_object((const char *)data, size, &json, NULL) != MCPAUTH_OK) {
		return 0;
	}
	enum mcpauth_code code = mcpauth__jwk_import(json, &key, &err);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (key != NULL));
	if (key != NULL) {
		check_members(key, json);
		check_algorithms(key, json);
		check_forgeries(key);
	}
	mcpauth__jwk_free(key);
	cJSON_Delete(json);
	return 0;
}
