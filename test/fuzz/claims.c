/* Fuzz target: claims that a program's own verifier vouches for, held against the rules. */
#include "common/fuzz.h"
#include "common/known.h"

#include <stdlib.h>
#include <string.h>

#define TOLERANCE 60

struct claims {
	const char *text;
	size_t length;
};

static struct claims claims;

static void verify(struct mcpauth_inquiry *inquiry, void *user)
{
	(void)user;
	mcpauth_inquiry_accept(inquiry, claims.text, claims.length);
}

static const cJSON *member(const cJSON *json, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(json, name);
}

/* cJSON ends a name there, and sees `sub` where the library sees another member. */
static bool has_escaped_nul(void)
{
	static const char nul[] = "\\u0000";
	for (size_t i = 0; i + strlen(nul) <= claims.length; i++) {
		if (memcmp(claims.text + i, nul, strlen(nul)) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_audience(const cJSON *item)
{
	return cJSON_IsString(item)
		&& (strcmp(item->valuestring, KNOWN_RESOURCE) == 0
			|| strcmp(item->valuestring, KNOWN_RESOURCE "/") == 0);
}

static bool is_for_us(const cJSON *aud)
{
	bool found = is_audience(aud);
	for (const cJSON *item = cJSON_IsArray(aud) ? aud->child : NULL; item != NULL;
		item = item->next) {
		MUST(cJSON_IsString(item));
		found = found || is_audience(item);
	}
	return found;
}

static void check_names(const struct mcpauth_auth_info *info, const cJSON *json)
{
	const char *subject = mcpauth_auth_info_subject(info);
	const cJSON *sub = member(json, "sub");
	const cJSON *iss = member(json, "iss");
	MUST(cJSON_IsString(iss) && strcmp(iss->valuestring, KNOWN_A) == 0);
	MUST(strcmp(mcpauth_auth_info_issuer(info), KNOWN_A) == 0);
	MUST((subject == NULL) == (sub == NULL));
	MUST(sub == NULL || strcmp(sub->valuestring, subject) == 0);
	MUST(mcpauth_auth_info_claims(info) != NULL && mcpauth_auth_info_claims_json(info) != NULL);
}

static void check_accepted(const struct mcpauth_auth_info *info)
{
	cJSON *json = cJSON_ParseWithLength(claims.text, claims.length);
	MUST(json != NULL && !fuzz_has_repeated_name(json));
	const cJSON *exp = member(json, "exp");
	const cJSON *nbf = member(json, "nbf");
	const cJSON *iat = member(json, "iat");
	MUST(cJSON_IsNumber(exp) && exp->valuedouble > KNOWN_NOW - TOLERANCE);
	MUST(nbf == NULL || (cJSON_IsNumber(nbf) && nbf->valuedouble < KNOWN_NOW + TOLERANCE + 1));
	MUST(iat == NULL || (cJSON_IsNumber(iat) && iat->valuedouble < KNOWN_NOW + TOLERANCE + 1));
	MUST(is_for_us(member(json, "aud")));
	MUST(member(json, "cnf") == NULL && member(json, "events") == NULL);
	MUST(member(json, "at_hash") == NULL && member(json, "c_hash") == NULL);
	check_names(info, json);
	cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mcpauth *auth;
	struct mcpauth_error err;
	struct mcpauth_auth_info *info;
	if (auth == NULL) {
		auth = known_auth_with(verify, NULL);
	}
	claims = (struct claims){size > 0 ? (const char *)data : "", size};
	enum mcpauth_code code = mcpauth_verify(auth, KNOWN_RESOURCE, "opaque", &info, &err);
	fuzz_check_error(code, &err);
	MUST((code == MCPAUTH_OK) == (info != NULL));
	if (info != NULL && !has_escaped_nul()) {
		check_accepted(info);
	}
	mcpauth_auth_info_free(info);
	return 0;
}
