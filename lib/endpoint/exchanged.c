/* What a token endpoint answers to an exchange, checked and kept. */
#include "endpoint/exchanged.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/json.h"
#include "base/wipe.h"
#include "base/words.h"
#include "endpoint/endpoint.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_MAX 16384
#define ACCESS_TOKEN_TYPE "urn:ietf:params:oauth:token-type:access_token"
#define JWT_TYPE "urn:ietf:params:oauth:token-type:jwt"

struct mcpauth_exchanged_token {
	atomic_uint refs;
	int64_t expires_at;
	char *scope;
	size_t length;
	char value[];
};

static enum mcpauth_code refuse(
	const struct mcpauth__response *response, const char *why, struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_TOKEN_ENDPOINT, "%s, but %s", response->message, why);
}

/* It goes into a header: nothing that could end it or begin another. */
static bool is_printable(const char *token)
{
	size_t length = 0;
	for (; token[length] != '\0'; length++) {
		if (token[length] <= 0x20 || token[length] > 0x7e) {
			return false;
		}
	}
	return length > 0 && length <= TOKEN_MAX;
}

/* Only for use as a Bearer token: RFC 8693 section 2.2.1 has "N_A" for what is
 * no access token, and a bound one would not be good without its key. */
static enum mcpauth_code check_types(
	const struct mcpauth__response *response, const cJSON *json, struct mcpauth_error *err)
{
	const char *type = mcpauth__json_string(json, "token_type");
	const char *issued = mcpauth__json_string(json, "issued_token_type");
	if (type == NULL || !mcpauth__ascii_are_alike(type, "Bearer")) {
		return refuse(response, "token_type is not Bearer", err);
	}
	if (!mcpauth__json_has(json, "issued_token_type")) {
		return MCPAUTH_OK;
	}
	if (issued == NULL
		|| (strcmp(issued, ACCESS_TOKEN_TYPE) != 0 && strcmp(issued, JWT_TYPE) != 0)) {
		return refuse(response, "issued_token_type is no access token's", err);
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code read_lifetime(const struct mcpauth__response *response, const cJSON *json,
	int64_t *lifetime, struct mcpauth_error *err)
{
	*lifetime = MCPAUTH__LIFETIME_UNKNOWN;
	if (!mcpauth__json_has(json, "expires_in")) {
		return MCPAUTH_OK;
	}
	if (!mcpauth__json_seconds(json, "expires_in", lifetime) || *lifetime < 0) {
		return refuse(response, "expires_in is no number of seconds", err);
	}
	return MCPAUTH_OK;
}

static struct mcpauth_exchanged_token *make(const char *value, const char *scope)
{
	size_t length = strlen(value);
	struct mcpauth_exchanged_token *made = calloc(1, sizeof *made + length + 1);
	if (made == NULL) {
		return NULL;
	}
	atomic_init(&made->refs, 1);
	made->length = length;
	memcpy(made->value, value, length);
	made->scope = mcpauth__strdup(scope);
	if (made->scope == NULL && scope != NULL) {
		mcpauth_exchanged_token_free(made);
		return NULL;
	}
	return made;
}

static enum mcpauth_code read_members(const struct mcpauth__response *response, const cJSON *json,
	struct mcpauth_exchanged_token **token, int64_t *lifetime, struct mcpauth_error *err)
{
	const char *value = mcpauth__json_string(json, "access_token");
	const char *scope = mcpauth__json_string(json, "scope");
	if (value == NULL || !is_printable(value)) {
		return refuse(response, "access_token is missing or no token", err);
	}
	if (scope == NULL && mcpauth__json_has(json, "scope")) {
		return refuse(response, "scope is not a string", err);
	}
	enum mcpauth_code code = check_types(response, json, err);
	if (code == MCPAUTH_OK) {
		code = read_lifetime(response, json, lifetime, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	*token = make(value, scope);
	return *token != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__exchanged_token_read(const struct mcpauth__response *response,
	int64_t asked_at, struct mcpauth_exchanged_token **token, int64_t *lifetime,
	struct mcpauth_error *err)
{
	cJSON *json = NULL;
	*token = NULL;
	*lifetime = MCPAUTH__LIFETIME_UNKNOWN;
	enum mcpauth_code code = mcpauth__endpoint_check(response, MCPAUTH_E_TOKEN_ENDPOINT, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = mcpauth__json_parse_object(response->body, response->length, &json, err);
	if (code != MCPAUTH_OK) {
		mcpauth__error_prefix(err, response->message);
	} else {
		code = read_members(response, json, token, lifetime, err);
	}
	if (code == MCPAUTH_OK && *lifetime != MCPAUTH__LIFETIME_UNKNOWN) {
		(*token)->expires_at = asked_at + *lifetime;
	}
	mcpauth__json_delete_wiped(json);
	return code;
}

struct mcpauth_exchanged_token *mcpauth_exchanged_token_ref(struct mcpauth_exchanged_token *token)
{
	atomic_fetch_add_explicit(&token->refs, 1, memory_order_relaxed);
	return token;
}

void mcpauth_exchanged_token_free(struct mcpauth_exchanged_token *token)
{
	if (token == NULL || atomic_fetch_sub(&token->refs, 1) != 1) {
		return;
	}
	mcpauth__wipe(token->value, token->length);
	free(token->scope);
	free(token);
}

const char *mcpauth_exchanged_token_value(const struct mcpauth_exchanged_token *token)
{
	return token->value;
}

int64_t mcpauth_exchanged_token_expires_at(const struct mcpauth_exchanged_token *token)
{
	return token->expires_at;
}

const char *mcpauth_exchanged_token_scope(const struct mcpauth_exchanged_token *token)
{
	return token->scope;
}
