/* Writing a protected resource's metadata document. */
#include "metadata/resource_document.h"

#include "base/error_int.h"
#include "base/json.h"
#include "base/words.h"

#include <cjson/cJSON.h>

#include <stdlib.h>

static bool add_string(cJSON *json, const char *name, const char *value)
{
	return value == NULL || cJSON_AddStringToObject(json, name, value) != NULL;
}

static bool add_to_array(cJSON *array, const char *value)
{
	cJSON *item = cJSON_CreateString(value);
	if (item == NULL || !cJSON_AddItemToArray(array, item)) {
		cJSON_Delete(item);
		return false;
	}
	return true;
}

static bool add_strings(cJSON *json, const char *name, const char *const *values, size_t count)
{
	if (count == 0) {
		return true;
	}
	cJSON *array = cJSON_AddArrayToObject(json, name);
	bool good = array != NULL;
	for (size_t i = 0; i < count && good; i++) {
		good = add_to_array(array, values[i]);
	}
	return good;
}

static bool add_words(cJSON *json, const char *name, const char *text)
{
	struct mcpauth__words words = {0};
	bool good = mcpauth__words_split(&words, text)
		&& add_strings(json, name, (const char *const *)words.items, words.count);
	mcpauth__words_finish(&words);
	return good;
}

/* RFC 9728 section 2 writes them as members of their own. */
static bool add_translations(cJSON *json, const struct mcpauth__resource_description *from)
{
	bool good = true;
	for (size_t i = 0; i < from->translation_count && good; i++) {
		good = add_string(json, from->translations[i]->member, from->translations[i]->text);
	}
	return good;
}

static bool add_members(cJSON *json, const struct mcpauth__resource_description *from)
{
	static const char *const header[] = {"header"};
	const struct mcpauth_resource_config *config = from->config;
	return add_string(json, "resource", config->resource)
		&& add_strings(json, "authorization_servers", from->issuers, from->issuer_count)
		&& add_words(json, "scopes_supported", config->scopes_supported)
		/* MCP: a token comes in the header, never in the query or a form. */
		&& add_strings(json, "bearer_methods_supported", header, 1)
		&& add_string(json, "resource_name", config->resource_name)
		&& add_string(json, "resource_documentation", config->resource_documentation)
		&& add_string(json, "resource_policy_uri", config->resource_policy_uri)
		&& add_string(json, "resource_tos_uri", config->resource_tos_uri)
		&& add_string(json, "jwks_uri", config->jwks_uri)
		&& add_words(json, "resource_signing_alg_values_supported",
			config->resource_signing_alg_values_supported)
		&& add_words(json, "authorization_details_types_supported",
			config->authorization_details_types_supported)
		&& add_string(json, "signed_metadata", config->signed_metadata)
		&& add_translations(json, from);
}

enum mcpauth_code mcpauth__resource_document_write(const struct mcpauth__resource_description *from,
	char **document, struct mcpauth_error *err)
{
	cJSON *json = cJSON_CreateObject();
	bool good = json != NULL && add_members(json, from);
	*document = good ? mcpauth__json_print(json) : NULL;
	cJSON_Delete(json);
	return *document != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}
