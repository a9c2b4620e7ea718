/* Fuzz target: an introspection endpoint's answer, and the claims that are made of it. */
#include "common/fuzz.h"

#include "token/introspection_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ISSUER "https://as.example"
#define AUDIENCE "a\"b\\c\x7f\xc3\xa4"
#define END 1800000060

static const cJSON *member(const cJSON *json, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(json, name);
}

static void check_type(const cJSON *answer)
{
	const char *type = fuzz_member(answer, "token_type");
	const char *use = fuzz_member(answer, "token_use");
	MUST((type == NULL) == (member(answer, "token_type") == NULL));
	MUST(type == NULL || strcasecmp(type, "Bearer") == 0
		|| strcasecmp(type, "access_token") == 0);
	MUST(use == NULL
		|| (strcasecmp(use, "refresh") != 0 && strcasecmp(use, "refresh_token") != 0));
}

/* One that was there is as it was; one that was not is the default. */
static void check_default(
	const cJSON *answer, const cJSON *claims, const char *name, const char *otherwise)
{
	const char *put = fuzz_member(claims, name);
	if (member(answer, name) != NULL) {
		MUST(fuzz_same_json(member(answer, name), member(claims, name)));
	} else if (otherwise == NULL) {
		MUST(member(claims, name) == NULL);
	} else {
		MUST(put != NULL && strcmp(put, otherwise) == 0);
	}
}

static void check_end(const cJSON *answer, const cJSON *claims)
{
	const cJSON *put = member(claims, "exp");
	MUST(put != NULL);
	MUST(member(answer, "exp") != NULL || put->valuedouble == END);
}

/* Nothing is lost, nothing comes in but what is absent. */
static void check_claims(const cJSON *answer, const struct mcpauth__buf *text, const char *audience)
{
	cJSON *claims = cJSON_ParseWithLength(text->data, text->length);
	MUST(claims != NULL && text->data[text->length] == '\0');
	MUST(strlen(text->data) == text->length);
	MUST(!fuzz_has_repeated_name(claims));
	check_default(answer, claims, "iss", ISSUER);
	check_default(answer, claims, "aud", audience);
	check_end(answer, claims);
	int put = (member(answer, "iss") == NULL) + (member(answer, "exp") == NULL)
		+ (audience != NULL && member(answer, "aud") == NULL);
	MUST(cJSON_GetArraySize(claims) == cJSON_GetArraySize(answer) + put);
	for (const cJSON *item = answer->child; item != NULL; item = item->next) {
		MUST(fuzz_same_json(item, member(claims, item->string)));
	}
	cJSON_Delete(claims);
}

static void read_answer(const char *text, size_t length, const char *audience)
{
	struct mcpauth_error err;
	struct mcpauth__buf claims = {0};
	const struct mcpauth__claim_defaults defaults = {ISSUER, audience, END};
	enum mcpauth_code code = mcpauth__introspection_answer_read(
		text, length, &defaults, &claims, &err);
	cJSON *answer = cJSON_ParseWithLength(text, length);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (claims.length > 0));
	MUST(code == MCPAUTH_OK || code == MCPAUTH_E_INACTIVE || code == MCPAUTH_E_TOKEN_TYPE
		|| code == MCPAUTH_E_INTROSPECTION);
	if (code != MCPAUTH_E_INTROSPECTION) {
		MUST(cJSON_IsObject(answer) && !fuzz_has_repeated_name(answer));
		MUST(code == MCPAUTH_E_INACTIVE ? cJSON_IsFalse(member(answer, "active"))
						: cJSON_IsTrue(member(answer, "active")));
	}
	if (code == MCPAUTH_OK) {
		check_type(answer);
		check_claims(answer, &claims, audience);
	}
	mcpauth__buf_finish(&claims);
	cJSON_Delete(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	MUST(text != NULL);
	if (size > 0) {
		memcpy(text, data, size);
	}
	text[size] = '\0';
	read_answer(text, size, NULL);
	read_answer(text, size, AUDIENCE);
	free(text);
	return 0;
}
