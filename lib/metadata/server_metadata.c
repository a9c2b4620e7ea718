/* An authorization server's document: strict, and about the issuer it was asked for. */
#include "metadata/server_metadata.h"

#include "base/error_int.h"
#include "base/json.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct mcpauth__server_metadata {
	atomic_uint refs;
	char *text; /* whole, for whoever wants to read what is not known here */
	cJSON *json;
	const char *jwks_uri; /* borrowed from json */
};

static enum mcpauth_code check(const cJSON *json, const char *issuer, struct mcpauth_error *err)
{
	const char *named = mcpauth__json_string(json, "issuer");
	if (named == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA, "no issuer in it");
	}
	/* RFC 8414 section 3.3: identical, nothing normalised. Without this a
	 * server could vouch for another one's tokens. */
	if (strcmp(named, issuer) != 0) {
		return mcpauth__fail(
			err, MCPAUTH_E_ISSUER_MISMATCH, "it is about the issuer \"%.100s\"", named);
	}
	if (mcpauth__json_string(json, "jwks_uri") == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_NO_JWKS_URI, "no jwks_uri in it");
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__server_metadata_transpile(const struct mcpauth__transpiler *transpiler,
	const char *text, size_t length, char **result, struct mcpauth_error *err)
{
	cJSON *json = NULL;
	*result = NULL;
	enum mcpauth_code code = mcpauth__json_parse_object(text, length, &json, err);
	if (code == MCPAUTH_OK && !transpiler->transpile(json, transpiler->user)) {
		code = mcpauth__fail(err, MCPAUTH_E_TRANSPILE, "the transpile function refused it");
	}
	if (code == MCPAUTH_OK) {
		*result = mcpauth__json_print(json);
		code = *result != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	cJSON_Delete(json);
	return code;
}

/* Takes the tree only if it succeeds. */
static struct mcpauth__server_metadata *make(cJSON *json, const char *text, size_t length)
{
	struct mcpauth__server_metadata *made = calloc(1, sizeof *made);
	char *copy = malloc(length + 1);
	if (made == NULL || copy == NULL) {
		free(made);
		free(copy);
		return NULL;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	atomic_init(&made->refs, 1);
	made->text = copy;
	made->json = json;
	made->jwks_uri = mcpauth__json_string(json, "jwks_uri");
	return made;
}

enum mcpauth_code mcpauth__server_metadata_parse(const char *issuer, const char *text,
	size_t length, struct mcpauth__server_metadata **metadata, struct mcpauth_error *err)
{
	cJSON *json = NULL;
	*metadata = NULL;
	enum mcpauth_code code = mcpauth__json_parse_object(text, length, &json, err);
	if (code == MCPAUTH_OK) {
		code = check(json, issuer, err);
	}
	if (code != MCPAUTH_OK) {
		goto out;
	}
	*metadata = make(json, text, length);
	if (*metadata == NULL) {
		code = mcpauth__no_memory(err);
		goto out;
	}
	json = NULL;
out:
	cJSON_Delete(json);
	return code;
}

struct mcpauth__server_metadata *mcpauth__server_metadata_ref(
	struct mcpauth__server_metadata *metadata)
{
	atomic_fetch_add(&metadata->refs, 1);
	return metadata;
}

void mcpauth__server_metadata_free(struct mcpauth__server_metadata *metadata)
{
	if (metadata != NULL && atomic_fetch_sub(&metadata->refs, 1) == 1) {
		cJSON_Delete(metadata->json);
		free(metadata->text);
		free(metadata);
	}
}

const char *mcpauth__server_metadata_jwks_uri(const struct mcpauth__server_metadata *metadata)
{
	return metadata->jwks_uri;
}

const char *mcpauth__server_metadata_text(const struct mcpauth__server_metadata *metadata)
{
	return metadata->text;
}

const cJSON *mcpauth__server_metadata_json(const struct mcpauth__server_metadata *metadata)
{
	return metadata->json;
}
