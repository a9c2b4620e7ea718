/* What a token endpoint answers, believed member by member (RFC 6749 section 5). */
#include "client/grants/token_request.h"

#include "base/ascii.h"
#include "base/b64token.h"
#include "base/error_int.h"
#include "base/json.h"
#include "base/scopes.h"
#include "base/wipe.h"
#include "base/words.h"
#include "endpoint/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than any token lasts: sums with it stay times. */
#define LIFETIME_MAX INT32_MAX

static enum mcpauth_code refuse(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_TOKEN_ENDPOINT, "%s", why);
}

/* Many servers write null for what they have nothing to say about. */
static const cJSON *find(const cJSON *json, const char *name)
{
	const cJSON *item = mcpauth__json_member(json, name);
	return item == NULL || cJSON_IsNull(item) ? NULL : item;
}

/* RFC 6749 appendix A.17. */
static bool is_refresh_token(const char *text)
{
	size_t length = strnlen(text, MCPAUTH__ISSUED_TOKEN_LIMIT + 1);
	if (length > MCPAUTH__ISSUED_TOKEN_LIMIT) {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		if (text[i] < 0x20 || text[i] > 0x7e) {
			return false;
		}
	}
	return true;
}

/* It is going to be a header's value. */
static bool is_access_token(const char *text)
{
	return text != NULL
		&& strnlen(text, MCPAUTH__ISSUED_TOKEN_LIMIT + 1) <= MCPAUTH__ISSUED_TOKEN_LIMIT
		&& mcpauth__is_b64token(text);
}

static bool read_digits(const char *text, int64_t *seconds)
{
	int64_t read = 0;
	if (*text == '\0') {
		return false;
	}
	for (; *text >= '0' && *text <= '9'; text++) {
		read = read * 10 + (*text - '0');
		read = read < LIFETIME_MAX ? read : LIFETIME_MAX;
	}
	*seconds = read;
	return *text == '\0';
}

/* A number by the RFC, which some servers write as a string. */
static bool read_lifetime(const cJSON *item, int64_t *lifetime)
{
	*lifetime = MCPAUTH__LIFETIME_NONE;
	if (item == NULL) {
		return true;
	}
	if (cJSON_IsString(item)) {
		return read_digits(item->valuestring, lifetime);
	}
	if (!cJSON_IsNumber(item) || item->valuedouble < 0) {
		return false;
	}
	*lifetime = item->valuedouble < LIFETIME_MAX ? (int64_t)item->valuedouble : LIFETIME_MAX;
	return true;
}

static bool is_wanted_type(const struct mcpauth__token_request *request, const char *type)
{
	if (type == NULL) {
		return false;
	}
	if (request->token_type != NULL) {
		return mcpauth__ascii_are_alike(type, request->token_type);
	}
	/* A bound token is of no use without its key. */
	return mcpauth__ascii_are_alike(type, "Bearer")
		|| (request->dpop != NULL && mcpauth__ascii_are_alike(type, "DPoP"));
}

/* Why it is not believed; NULL: it is. */
static const char *judge(const struct mcpauth__token_request *request, const cJSON *json)
{
	static const char *const strings[] = {"refresh_token", "scope", "issued_token_type"};
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
		const cJSON *item = find(json, strings[i]);
		if (item != NULL && !cJSON_IsString(item)) {
			return "refresh_token, scope or issued_token_type is no string";
		}
	}
	const char *refresh_token = mcpauth__json_string(json, "refresh_token");
	if (!is_access_token(mcpauth__json_string(json, "access_token"))) {
		return "access_token is missing or no token";
	}
	if (!is_wanted_type(request, mcpauth__json_string(json, "token_type"))) {
		return "token_type is not what was asked for";
	}
	if (refresh_token != NULL && !is_refresh_token(refresh_token)) {
		return "refresh_token is no token";
	}
	if (!mcpauth__scopes_are_valid(mcpauth__json_string(json, "scope"))) {
		return "scope has characters that no scope has";
	}
	return NULL;
}

static bool copy(char **to, const cJSON *json, const char *name)
{
	const char *text = mcpauth__json_string(json, name);
	*to = mcpauth__strdup(text);
	return *to != NULL || text == NULL;
}

static enum mcpauth_code keep(
	struct mcpauth__token_answer *answer, const cJSON *json, struct mcpauth_error *err)
{
	const char *refresh_token = mcpauth__json_string(json, "refresh_token");
	bool has_refresh_token = refresh_token != NULL && *refresh_token != '\0';
	answer->is_dpop = mcpauth__ascii_are_alike(
		mcpauth__json_string(json, "token_type"), "DPoP");
	bool good = copy(&answer->access_token, json, "access_token")
		&& (!has_refresh_token || copy(&answer->refresh_token, json, "refresh_token"))
		&& copy(&answer->scope, json, "scope")
		&& copy(&answer->issued_token_type, json, "issued_token_type");
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static enum mcpauth_code read_token(const struct mcpauth__token_request *request, const cJSON *json,
	struct mcpauth__token_answer *answer, struct mcpauth_error *err)
{
	const char *why = judge(request, json);
	if (why != NULL) {
		return refuse(err, why);
	}
	if (!read_lifetime(find(json, "expires_in"), &answer->lifetime)) {
		return refuse(err, "expires_in is no number of seconds");
	}
	return keep(answer, json, err);
}

/* Some servers refuse with 200. */
static bool is_refusal(const cJSON *json)
{
	return mcpauth__json_string(json, "error") != NULL && find(json, "access_token") == NULL;
}

/* RFC 6749 section 5.2. */
static enum mcpauth_code read_refusal(
	const cJSON *json, struct mcpauth__token_answer *answer, struct mcpauth_error *err)
{
	const char *error = mcpauth__json_string(json, "error");
	if (!mcpauth__endpoint_is_error(error)) {
		return refuse(err, "refused for no reason that can be told");
	}
	snprintf(answer->error, sizeof answer->error, "%s", error);
	return refuse(err, answer->error);
}

enum mcpauth_code mcpauth__token_answer_read(const struct mcpauth__token_request *request,
	unsigned status, const struct mcpauth__buf *body, struct mcpauth__token_answer *answer,
	struct mcpauth_error *err)
{
	cJSON *json = NULL;
	*answer = (struct mcpauth__token_answer){.lifetime = MCPAUTH__LIFETIME_NONE};
	enum mcpauth_code code = mcpauth__json_parse_object(
		body->data != NULL ? body->data : "", body->length, &json, err);
	/* What refuses is not always able to say why. */
	bool is_refused = status != 200 ? code != MCPAUTH_E_NO_MEMORY
					: code == MCPAUTH_OK && is_refusal(json);
	if (is_refused) {
		code = read_refusal(json, answer, err);
	} else if (code == MCPAUTH_OK) {
		code = read_token(request, json, answer, err);
	}
	mcpauth__json_delete_wiped(json);
	return code;
}

static void wipe(char *secret)
{
	if (secret != NULL) {
		mcpauth__wipe(secret, strlen(secret));
	}
	free(secret);
}

void mcpauth__token_answer_finish(struct mcpauth__token_answer *answer)
{
	wipe(answer->access_token);
	wipe(answer->refresh_token);
	free(answer->scope);
	free(answer->issued_token_type);
	*answer = (struct mcpauth__token_answer){0};
}
