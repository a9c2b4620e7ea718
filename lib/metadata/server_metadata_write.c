/* Authorization server metadata that a program gives as a struct, as the document it stands for. */
#include "metadata/server_metadata.h"

#include "base/config.h"
#include "base/error_int.h"
#include "base/json.h"
#include "base/words.h"

#include <string.h>

enum kind {
	TEXT,
	LIST,
	FLAG
};

struct member {
	const char *name;
	enum kind kind;
	size_t offset;
};

#define MEMBER(kind, name) \
	{ \
#name, kind, offsetof(struct mcpauth_server_metadata, name) \
	}

static const struct member members[] = {
	MEMBER(TEXT, authorization_endpoint),
	MEMBER(TEXT, token_endpoint),
	MEMBER(TEXT, jwks_uri),
	MEMBER(TEXT, registration_endpoint),
	MEMBER(TEXT, introspection_endpoint),
	MEMBER(TEXT, revocation_endpoint),
	MEMBER(TEXT, userinfo_endpoint),
	MEMBER(TEXT, service_documentation),
	MEMBER(TEXT, op_policy_uri),
	MEMBER(TEXT, op_tos_uri),
	MEMBER(LIST, scopes_supported),
	MEMBER(LIST, response_types_supported),
	MEMBER(LIST, response_modes_supported),
	MEMBER(LIST, grant_types_supported),
	MEMBER(LIST, ui_locales_supported),
	MEMBER(LIST, token_endpoint_auth_methods_supported),
	MEMBER(LIST, token_endpoint_auth_signing_alg_values_supported),
	MEMBER(LIST, revocation_endpoint_auth_methods_supported),
	MEMBER(LIST, revocation_endpoint_auth_signing_alg_values_supported),
	MEMBER(LIST, introspection_endpoint_auth_methods_supported),
	MEMBER(LIST, introspection_endpoint_auth_signing_alg_values_supported),
	MEMBER(LIST, code_challenge_methods_supported),
	MEMBER(FLAG, client_id_metadata_document_supported),
	MEMBER(FLAG, authorization_response_iss_parameter_supported),
};

static bool add_word(cJSON *list, const char *word, size_t length)
{
	struct mcpauth__words one = {0};
	bool good = mcpauth__words_add(&one, word, length);
	cJSON *item = good ? cJSON_CreateString(one.items[0]) : NULL;
	good = item != NULL && cJSON_AddItemToArray(list, item);
	mcpauth__words_finish(&one);
	return good;
}

static bool add_list(cJSON *json, const char *name, const char *text)
{
	cJSON *list = cJSON_AddArrayToObject(json, name);
	bool good = list != NULL;
	size_t length;
	const char *word;
	while (good && (word = mcpauth__word_next(&text, &length)) != NULL) {
		good = add_word(list, word, length);
	}
	return good;
}

static bool add_member(
	cJSON *json, const struct member *member, const struct mcpauth_server_metadata *given)
{
	const char *at = (const char *)given + member->offset;
	const char *text;
	bool flag;
	if (member->kind == FLAG) {
		memcpy(&flag, at, sizeof flag);
		return !flag || cJSON_AddTrueToObject(json, member->name) != NULL;
	}
	memcpy(&text, at, sizeof text);
	if (text == NULL) {
		return true;
	}
	return member->kind == LIST ? add_list(json, member->name, text)
				    : cJSON_AddStringToObject(json, member->name, text) != NULL;
}

static bool add_members(
	cJSON *json, const char *issuer, const struct mcpauth_server_metadata *given)
{
	bool good = cJSON_AddStringToObject(json, "issuer", issuer) != NULL;
	for (size_t i = 0; good && i < sizeof members / sizeof members[0]; i++) {
		good = add_member(json, &members[i], given);
	}
	return good;
}

/* Which of two values counts must not depend on who reads it. */
static enum mcpauth_code add_more(cJSON *json, const char *more, struct mcpauth_error *err)
{
	cJSON *tree = NULL;
	if (more == NULL) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__json_parse_object(more, strlen(more), &tree, err);
	while (code == MCPAUTH_OK && tree->child != NULL) {
		cJSON *item = cJSON_DetachItemViaPointer(tree, tree->child);
		if (mcpauth__json_has(json, item->string)) {
			code = mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
				"\"%.100s\" is given twice", item->string);
			cJSON_Delete(item);
		} else {
			/* Keeps the name it has: nothing to allocate, so it cannot fail. */
			cJSON_AddItemToArray(json, item);
		}
	}
	if (code == MCPAUTH_E_INVALID_JSON) {
		mcpauth__error_prefix(err, "more");
	}
	cJSON_Delete(tree);
	return code;
}

enum mcpauth_code mcpauth__server_metadata_write(const char *issuer,
	const struct mcpauth_server_metadata *given, char **text, struct mcpauth_error *err)
{
	struct mcpauth_server_metadata read;
	*text = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, given, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	cJSON *json = cJSON_CreateObject();
	if (json == NULL || !add_members(json, issuer, &read)) {
		code = mcpauth__no_memory(err);
		goto out;
	}
	code = add_more(json, read.more, err);
	if (code != MCPAUTH_OK) {
		goto out;
	}
	*text = mcpauth__json_print(json);
	code = *text != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
out:
	cJSON_Delete(json);
	return code;
}
