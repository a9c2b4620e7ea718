/* Fuzz target: a signed introspection answer, each input signed by who may. */
#include "common/fuzz.h"
#include "common/known.h"

#include "auth_int.h"
#include "base/buf.h"
#include "jose/algorithm.h"
#include "support/test_key.h"
#include "endpoint/signed_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ISSUER "https://as.example"
#define CLIENT "me"
#define HEADER "{\"alg\":\"EdDSA\",\"typ\":\"token-introspection+jwt\"}"
#define EARLIEST (KNOWN_NOW - 60)
#define LATEST (KNOWN_NOW + 60)

/* One issuer, whose key is made at the start and given by hand. */
static struct mcpauth__issuer *issuer(void)
{
	static struct mcpauth *auth;
	if (auth == NULL) {
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
		struct mcpauth_issuer_config added = MCPAUTH_ISSUER_CONFIG_INIT;
		char *jwks = test_key_jwks(test_key("EdDSA", 0), NULL);
		known_configure(&config);
		resource.resource = KNOWN_RESOURCE;
		added.issuer = ISSUER;
		added.jwks = jwks;
		MUST(mcpauth_new(&config, &auth, NULL) == MCPAUTH_OK);
		MUST(mcpauth_add_resource(auth, &resource, NULL) == MCPAUTH_OK);
		MUST(mcpauth_add_issuer(auth, KNOWN_RESOURCE, &added, NULL) == MCPAUTH_OK);
		free(jwks);
	}
	return mcpauth__find_issuer(auth, ISSUER);
}

static const cJSON *member(const cJSON *json, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(json, name);
}

static bool is_type(const char *header)
{
	cJSON *json = cJSON_Parse(header);
	const char *type = fuzz_member(json, "typ");
	bool good = type != NULL
		&& (strcasecmp(type, "token-introspection+jwt") == 0
			|| strcasecmp(type, "application/token-introspection+jwt") == 0);
	cJSON_Delete(json);
	return good;
}

static bool is_for_client(const cJSON *audience)
{
	const char *one = cJSON_GetStringValue(audience);
	bool found = one != NULL && strcmp(one, CLIENT) == 0;
	int count = cJSON_IsArray(audience) ? cJSON_GetArraySize(audience) : 0;
	for (int i = 0; i < count && !found; i++) {
		one = cJSON_GetStringValue(cJSON_GetArrayItem(audience, i));
		found = one != NULL && strcmp(one, CLIENT) == 0;
	}
	return found;
}

/* What is handed on is a piece of the text that was signed, and says the same. */
static void check_inner(const char *inner, const char *payload, const cJSON *claims)
{
	struct mcpauth__buf wrapped = {0};
	MUST(mcpauth__buf_printf(&wrapped, "{\"token_introspection\":%s}", inner));
	cJSON *json = cJSON_ParseWithLengthOpts(wrapped.data, wrapped.length + 1, NULL, true);
	MUST(cJSON_IsObject(member(json, "token_introspection")));
	MUST(cJSON_GetArraySize(json) == 1);
	MUST(fuzz_same_json(
		member(json, "token_introspection"), member(claims, "token_introspection")));
	MUST(inner[0] == '{' && inner[strlen(inner) - 1] == '}');
	MUST(strstr(payload, inner) != NULL);
	cJSON_Delete(json);
	mcpauth__buf_finish(&wrapped);
}

static void check_opened(const char *inner, const char *header, const char *payload)
{
	cJSON *claims = cJSON_Parse(payload);
	const char *named = fuzz_member(claims, "iss");
	const cJSON *issued_at = member(claims, "iat");
	MUST(claims != NULL && !fuzz_has_repeated_name(claims));
	MUST(is_type(header));
	MUST(named != NULL && strcmp(named, ISSUER) == 0);
	MUST(is_for_client(member(claims, "aud")));
	MUST(cJSON_IsNumber(issued_at) && issued_at->valuedouble > EARLIEST - 1
		&& issued_at->valuedouble < LATEST + 1);
	check_inner(inner, payload, claims);
	cJSON_Delete(claims);
}

static void open_answer(const char *text, const char *header, const char *payload)
{
	char *inner;
	struct mcpauth_error err;
	const struct mcpauth__signed_answer answer = {
		.text = text,
		.length = strlen(text),
		.keys = mcpauth__issuer_key_source(issuer()),
		.algorithms = mcpauth__issuer_algorithms(issuer()),
		.issuer = ISSUER,
		.client_id = CLIENT,
		.earliest = EARLIEST,
		.latest = LATEST,
	};
	enum mcpauth_code code = mcpauth__signed_answer_open(&answer, NULL, &inner, &err);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (inner != NULL));
	MUST(code == MCPAUTH_OK || code == MCPAUTH_E_INTROSPECTION);
	if (inner != NULL) {
		check_opened(inner, header, payload);
	}
	free(inner);
}

/* The first line is the header, the usual one if it is empty; then come the claims. The
 * same without a signature is none. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *header = fuzz_field(&data, &size, '\n');
	char *payload = fuzz_text(data, size);
	const char *used = *header != '\0' ? header : HEADER;
	char *text = test_key_sign(test_key("EdDSA", 0), used, payload);
	open_answer(text, used, payload);
	open_answer(payload, "", "");
	free(text);
	free(payload);
	free(header);
	return 0;
}
