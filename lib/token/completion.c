/* Writing claims with the absent ones in front, without printing the others anew. */
#include "token/completion.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

static bool add_string(cJSON *absent, const cJSON *json, const char *name, const char *value)
{
	return value == NULL || mcpauth__json_has(json, name)
		|| cJSON_AddStringToObject(absent, name, value) != NULL;
}

static bool add_absent(
	cJSON *absent, const cJSON *json, const struct mcpauth__claim_defaults *defaults)
{
	return absent != NULL && add_string(absent, json, "iss", defaults->issuer)
		&& add_string(absent, json, "aud", defaults->audience)
		&& (mcpauth__json_has(json, "exp")
			|| cJSON_AddNumberToObject(absent, "exp", (double)defaults->expires_at)
				!= NULL);
}

/* An object without its closing brace; a comma behind it, if it has members and so has the
 * text that follows. */
static bool put_beginning(struct mcpauth__buf *claims, const cJSON *absent, bool more)
{
	char *text = mcpauth__json_print(absent);
	bool good = text != NULL && mcpauth__buf_append(claims, text, strlen(text) - 1)
		&& (absent->child == NULL || !more || mcpauth__buf_puts(claims, ","));
	free(text);
	return good;
}

bool mcpauth__claims_complete(const cJSON *json, const char *text,
	const struct mcpauth__claim_defaults *defaults, struct mcpauth__buf *claims)
{
	cJSON *absent = cJSON_CreateObject();
	bool good = add_absent(absent, json, defaults)
		&& put_beginning(claims, absent, json->child != NULL)
		&& mcpauth__buf_puts(claims, strchr(text, '{') + 1);
	cJSON_Delete(absent);
	return good;
}
