/* Wycheproof's raw signatures through the library's own keys. */
#include "wycheproof.h"

#include "base/base64url.h"
#include "jose/jwk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	unsigned char *data;
	size_t length;
};

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void broken(const char *what)
{
	fprintf(stderr, "a vector without %s\n", what);
	exit(1);
}

static struct bytes bytes_of(const char *digits)
{
	struct bytes bytes = {.length = digits != NULL ? strlen(digits) / 2 : 0};
	bytes.data = malloc(bytes.length + 1);
	if (digits == NULL || bytes.data == NULL) {
		broken("the digits it should have");
	}
	for (size_t i = 0; i < bytes.length; i++) {
		unsigned value;
		if (sscanf(digits + 2 * i, "%2x", &value) != 1) {
			broken("digits that are hexadecimal");
		}
		bytes.data[i] = (unsigned char)value;
	}
	return bytes;
}

static void add_coordinate(cJSON *jwk, const char *name, const unsigned char *data, size_t length)
{
	char text[128];
	mcpauth__base64url_encode(data, length, text);
	cJSON_AddStringToObject(jwk, name, text);
}

/* Some groups show their point alone: 04, x, y (SEC 1 section 2.3.3). */
static cJSON *jwk_of_point(const cJSON *key)
{
	static const struct {
		const char *curve;
		const char *name;
	} curves[] = {{"secp256r1", "P-256"}, {"secp384r1", "P-384"}, {"secp521r1", "P-521"}};
	const char *curve = cJSON_GetStringValue(member(key, "curve"));
	struct bytes point = bytes_of(cJSON_GetStringValue(member(key, "uncompressed")));
	size_t half = point.length / 2;
	cJSON *jwk = cJSON_CreateObject();
	cJSON_AddStringToObject(jwk, "kty", "EC");
	for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
		if (curve != NULL && strcmp(curve, curves[i].curve) == 0) {
			cJSON_AddStringToObject(jwk, "crv", curves[i].name);
		}
	}
	add_coordinate(jwk, "x", point.data + 1, half);
	add_coordinate(jwk, "y", point.data + 1 + half, half);
	free(point.data);
	return jwk;
}

static cJSON *jwk_of(const cJSON *group)
{
	const cJSON *jwk = member(group, "publicKeyJwk");
	if (jwk == NULL) {
		jwk = member(group, "keyJwk");
	}
	return jwk != NULL ? cJSON_Duplicate(jwk, true) : jwk_of_point(member(group, "publicKey"));
}

/* A group whose hashes are others than its file's name says would be judged wrongly. */
static void check_hash(const struct vector_file *file, const cJSON *group)
{
	const char *hash = cJSON_GetStringValue(member(group, "sha"));
	const char *mask = cJSON_GetStringValue(member(group, "mgfSha"));
	if (hash != NULL && strcmp(hash + strlen("SHA-"), file->alg + 2) != 0) {
		broken("the hash that its file's name says");
	}
	if (mask != NULL && strcmp(mask, hash) != 0) {
		broken("the mask's hash that its file's name says");
	}
}

bool wycheproof_accepts_raw(const struct vector_file *file, const cJSON *group, const cJSON *test)
{
	struct mcpauth_error err = {0};
	struct mcpauth__jwk *key;
	check_hash(file, group);
	cJSON *jwk = jwk_of(group);
	if (mcpauth__jwk_import(jwk, &key, &err) != MCPAUTH_OK) {
		cJSON_Delete(jwk);
		return false;
	}
	struct bytes message = bytes_of(cJSON_GetStringValue(member(test, "msg")));
	struct bytes signature = bytes_of(cJSON_GetStringValue(member(test, "sig")));
	struct mcpauth__signed data = {
		message.data, message.length, signature.data, signature.length};
	bool good = mcpauth__jwk_verify(key, mcpauth__algorithm_of(file->alg), &data) == MCPAUTH_OK;
	free(signature.data);
	free(message.data);
	mcpauth__jwk_free(key);
	cJSON_Delete(jwk);
	return good;
}
