/* Writing a protected resource's metadata document. */
#include "metadata/resource_document.h"

#include "base/error_int.h"
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

enum mcpauth_code mcpauth__resource_document_write(const struct mcpauth_resource_config *config,
	const char *const *issuers, size_t count, char **document, struct mcpauth_error *err)
{
	static const char *const header[] = {"header"};
	cJSON *json = cJSON_CreateObject();
	bool good = json != NULL && add_string(json, "resource", config->resource)
		&& add_strings(json, "authorization_servers", issuers, count)
		&& add_words(json, "scopes_supported", config->scopes_supported)
		/* MCP: a token comes in the header, never in the query or a form. */
		&& add_strings(json, "bearer_methods_supported", header, 1)
		&& add_string(json, "resource_name", config->resource_name)
		&& add_string(json, "resource_documentation", config->resource_documentation)
		&& add_string(json, "resource_policy_uri", config->resource_policy_uri)
		&& add_string(json, "resource_tos_uri", config->resource_tos_uri);
	*document = good ? cJSON_PrintUnformatted(json) : NULL;
	cJSON_Delete(json);
	return *document != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}
