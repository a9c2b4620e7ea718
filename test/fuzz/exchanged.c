/* Fuzz target: a token endpoint's answer to an exchange: a status, a line's end, a body. */
#include "common/fuzz.h"

#include "endpoint/exchanged.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ASKED_AT 1800000000

static void check_token(
	const struct mcpauth_exchanged_token *token, int64_t lifetime, const cJSON *json)
{
	const char *value = mcpauth_exchanged_token_value(token);
	const char *scope = mcpauth_exchanged_token_scope(token);
	const cJSON *expires_in = cJSON_GetObjectItemCaseSensitive(json, "expires_in");
	MUST(strcmp(value, fuzz_member(json, "access_token")) == 0);
	MUST(*value != '\0' && fuzz_is_line(value) && strchr(value, ' ') == NULL);
	MUST(strcasecmp(fuzz_member(json, "token_type"), "Bearer") == 0);
	MUST((scope == NULL) == (fuzz_member(json, "scope") == NULL));
	MUST(scope == NULL || strcmp(scope, fuzz_member(json, "scope")) == 0);
	MUST((expires_in == NULL) == (lifetime == MCPAUTH__LIFETIME_UNKNOWN));
	if (expires_in != NULL) {
		MUST(lifetime >= 0 && (double)lifetime <= expires_in->valuedouble);
		MUST(mcpauth_exchanged_token_expires_at(token) == ASKED_AT + lifetime);
	} else {
		MUST(mcpauth_exchanged_token_expires_at(token) == 0);
	}
}

static void read_answer(unsigned status, const char *body, size_t length)
{
	struct mcpauth_error err;
	struct mcpauth_exchanged_token *token;
	int64_t lifetime;
	const struct mcpauth__response response = {
		.status = status,
		.body = body,
		.length = length,
		.max_age = MCPAUTH_NONE,
		.message = "it answered",
	};
	enum mcpauth_code code = mcpauth__exchanged_token_read(
		&response, ASKED_AT, &token, &lifetime, &err);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (token != NULL));
	if (code == MCPAUTH_OK) {
		cJSON *json = cJSON_ParseWithLength(body, length);
		MUST(status == 200 && json != NULL);
		check_token(token, lifetime, json);
		cJSON_Delete(json);
	} else if (status == 200) {
		/* What the seeds' tokens begin with. */
		MUST(strstr(err.message, "SECRET") == NULL);
	}
	mcpauth_exchanged_token_free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *status = fuzz_field(&data, &size, '\n');
	read_answer((unsigned)(strtoul(status, NULL, 10) % 1000),
		size > 0 ? (const char *)data : "", size);
	free(status);
	return 0;
}
