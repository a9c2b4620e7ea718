/* Fuzz target: a logout token's type and claims, beside the rules told again over cJSON. */
#include "common/fuzz.h"

#include "token/logout_token.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CLIENT "this-server"
#define EVENT "http://schemas.openid.net/event/backchannel-logout"
#define NOW 1800000000
#define TOLERANCE 60
#define MAX_AGE 120

static const cJSON *member(const cJSON *json, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(json, name);
}

static bool is_for_us(const cJSON *aud)
{
	bool found = cJSON_IsString(aud) && strcmp(aud->valuestring, CLIENT) == 0;
	const cJSON *item = cJSON_IsArray(aud) ? aud->child : NULL;
	for (; item != NULL; item = item->next) {
		if (!cJSON_IsString(item)) {
			return false;
		}
		found = found || strcmp(item->valuestring, CLIENT) == 0;
	}
	return found;
}

static bool is_time(const cJSON *item)
{
	return cJSON_IsNumber(item) && item->valuedouble >= -9007199254740992.0
		&& item->valuedouble <= 9007199254740992.0;
}

/* In whole seconds, rounded down: so a part of a second ahead is none. */
static bool is_fresh(const cJSON *iat, const cJSON *exp)
{
	return is_time(iat) && (exp == NULL || is_time(exp))
		&& iat->valuedouble < NOW + TOLERANCE + 1
		&& iat->valuedouble >= NOW - TOLERANCE - MAX_AGE
		&& (exp == NULL || exp->valuedouble >= NOW - TOLERANCE + 1);
}

/* U+FFFD may stand for what could not be read. */
static bool is_name(const cJSON *item)
{
	return cJSON_IsString(item) && *item->valuestring != '\0'
		&& strstr(item->valuestring, "\xef\xbf\xbd") == NULL;
}

static bool names_somebody(const cJSON *json)
{
	const cJSON *sub = member(json, "sub");
	const cJSON *sid = member(json, "sid");
	return is_name(member(json, "jti")) && (sub == NULL || is_name(sub))
		&& (sid == NULL || is_name(sid)) && (sub != NULL || sid != NULL);
}

static bool is_type(const char *type)
{
	return *type == '\0' || strcasecmp(type, "JWT") == 0 || strcasecmp(type, "logout+jwt") == 0
		|| strcasecmp(type, "application/logout+jwt") == 0;
}

static bool is_good(const char *type, const cJSON *json)
{
	return is_type(type) && is_for_us(member(json, "aud"))
		&& cJSON_IsObject(member(member(json, "events"), EVENT))
		&& cJSON_IsObject(member(json, "events")) && member(json, "nonce") == NULL
		&& is_fresh(member(json, "iat"), member(json, "exp")) && names_somebody(json);
}

static void check_read(const struct mcpauth__logout_claims *claims, const cJSON *json)
{
	const char *sub = fuzz_member(json, "sub");
	const char *sid = fuzz_member(json, "sid");
	MUST(strcmp(claims->id, fuzz_member(json, "jti")) == 0);
	MUST(sub == NULL ? claims->subject == NULL : strcmp(claims->subject, sub) == 0);
	MUST(sid == NULL ? claims->session == NULL : strcmp(claims->session, sid) == 0);
	/* A name is remembered as long as the token would be taken, and no longer. */
	MUST(claims->until > NOW && claims->until <= NOW + 2 * TOLERANCE + MAX_AGE + 1);
}

static void check(const char *type, const char *text, size_t length, const struct mcpauth__jws *jws)
{
	static const struct mcpauth__logout_rules rules = {CLIENT, NOW, TOLERANCE};
	struct mcpauth_error err;
	struct mcpauth__logout_claims claims;
	cJSON *json = cJSON_ParseWithLength(text, length);
	/* At a NUL cJSON ends a string or a name, where ours goes on. */
	bool has_nul = strstr(text, "\\u0000") != NULL;
	MUST(has_nul || (json != NULL && !fuzz_has_repeated_name(json)));
	enum mcpauth_code code = mcpauth__logout_token_check(jws, &rules, &claims, &err);
	fuzz_check_error(code, &err);
	MUST(has_nul || (code == MCPAUTH_OK) == is_good(type, json));
	if (code == MCPAUTH_OK && !has_nul) {
		check_read(&claims, json);
	}
	cJSON_Delete(json);
}

/* The type up to a line's end, then the claims. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *type = fuzz_field(&data, &size, '\n');
	char *text = fuzz_text(data, size);
	struct mcpauth__jws jws;
	if (mcpauth__jws_from_claims(text, strlen(text), &jws, NULL) == MCPAUTH_OK) {
		jws.type = *type != '\0' ? type : NULL;
		check(type, text, strlen(text), &jws);
	}
	mcpauth__jws_finish(&jws);
	free(type);
	free(text);
	return 0;
}
