/* Fuzz target: a compact JWS, which must be put together again from what was read. */
#include "common/fuzz.h"

#include "base/base64url.h"
#include "jose/jws.h"

#include <stdlib.h>
#include <string.h>

/* Is the part exactly these bytes? @return behind it */
static const char *check_part(const char *token, const void *data, size_t length)
{
	char *encoded = malloc(MCPAUTH__BASE64URL_ENCODED(length) + 1);
	MUST(encoded != NULL);
	mcpauth__base64url_encode(data, length, encoded);
	size_t size = strlen(encoded);
	MUST(strncmp(token, encoded, size) == 0);
	free(encoded);
	return token + size;
}

/* A member that must not be there, or must be what was taken from it. */
static void check_name(const struct mcpauth__jws *jws, const char *name, const char *taken)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(jws->header, name);
	MUST((item == NULL) == (taken == NULL));
	MUST(taken == NULL || (cJSON_IsString(item) && strcmp(item->valuestring, taken) == 0));
}

static void check_header(const struct mcpauth__jws *jws)
{
	const char *algorithm = fuzz_member(jws->header, "alg");
	MUST(!fuzz_has_repeated_name(jws->header) && !fuzz_has_repeated_name(jws->payload));
	MUST(cJSON_IsObject(jws->header) && cJSON_IsObject(jws->payload));
	MUST(cJSON_GetObjectItemCaseSensitive(jws->header, "crit") == NULL);
	MUST(cJSON_GetObjectItemCaseSensitive(jws->header, "b64") == NULL);
	MUST(algorithm != NULL && strchr("RPE", *algorithm) != NULL);
	MUST(jws->algorithm != MCPAUTH__ALGORITHM_UNKNOWN
		&& jws->algorithm == mcpauth__algorithm_of(algorithm));
	check_name(jws, "kid", jws->kid);
	check_name(jws, "typ", jws->type);
}

/* Header, payload and signature in this order, and nothing else. */
static void check_parts(const struct mcpauth__jws *jws, const char *token)
{
	size_t length = strlen(token);
	const unsigned char *header = jws->secret + jws->content.signature_length;
	MUST(jws->content.signature_length > 0);
	const char *at = check_part(
		token, header, jws->secret_size - jws->content.signature_length);
	MUST(*at == '.');
	at = check_part(at + 1, jws->payload_text, jws->payload_length);
	MUST(*at == '.' && (const unsigned char *)token == jws->content.data);
	MUST(jws->content.length == (size_t)(at - token));
	at = check_part(at + 1, jws->content.signature, jws->content.signature_length);
	MUST(at == token + length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth_error err;
	struct mcpauth__jws jws;
	char *token = fuzz_text(data, size);
	size_t length = strcspn(token, "\n");
	token[length] = '\0';
	enum mcpauth_code shape = mcpauth__jws_check_shape(token, length, &err);
	fuzz_check_error(shape, &err);
	enum mcpauth_code code = mcpauth__jws_parse(token, length, &jws, &err);
	fuzz_check_error(code, &err);
	MUST(shape == MCPAUTH_OK || code == shape);
	if (code == MCPAUTH_OK) {
		check_header(&jws);
		check_parts(&jws, token);
	}
	mcpauth__jws_finish(&jws);
	free(token);
	return 0;
}
