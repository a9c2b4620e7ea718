/* An introspection endpoint's answer: is the token active, and what are its claims? */
#include "token/introspection_answer.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/json.h"

/* Whoever writes "true" or 1 there has not understood the question (RFC 7662
 * section 2.2): that decides nothing, neither way. */
static enum mcpauth_code check_active(const cJSON *answer, struct mcpauth_error *err)
{
	const cJSON *active = mcpauth__json_member(answer, "active");
	if (cJSON_IsTrue(active)) {
		return MCPAUTH_OK;
	}
	return cJSON_IsFalse(active)
		? mcpauth__fail(err, MCPAUTH_E_INACTIVE,
			"the authorization server says that the token is not active")
		: mcpauth__fail(err, MCPAUTH_E_INTROSPECTION,
			"the introspection endpoint's answer has no active that is true or false");
}

/* RFC 6749 section 7.1 and RFC 8693 section 3; both without regard to case. A DPoP
 * token is no bearer's. */
static bool is_access_token_type(const cJSON *item)
{
	const char *type = cJSON_GetStringValue(item);
	return item == NULL
		|| (type != NULL
			&& (mcpauth__ascii_are_alike(type, "Bearer")
				|| mcpauth__ascii_are_alike(type, "access_token")));
}

/* Endpoints answer about refresh tokens, too, and call them active. */
static bool is_refresh_token(const cJSON *answer)
{
	const char *use = mcpauth__json_string(answer, "token_use");
	return use != NULL
		&& (mcpauth__ascii_are_alike(use, "refresh_token")
			|| mcpauth__ascii_are_alike(use, "refresh"));
}

static enum mcpauth_code check_type(const cJSON *answer, struct mcpauth_error *err)
{
	if (!is_access_token_type(mcpauth__json_member(answer, "token_type"))) {
		return mcpauth__fail(err, MCPAUTH_E_TOKEN_TYPE,
			"token_type says that it is no bearer's access token");
	}
	return is_refresh_token(answer)
		? mcpauth__fail(err, MCPAUTH_E_TOKEN_TYPE, "it is a refresh token")
		: MCPAUTH_OK;
}

enum mcpauth_code mcpauth__introspection_answer_read(const char *text, size_t length,
	const struct mcpauth__claim_defaults *defaults, struct mcpauth__buf *claims,
	struct mcpauth_error *err)
{
	cJSON *answer;
	enum mcpauth_code code = mcpauth__json_parse_object(text, length, &answer, err);
	if (code == MCPAUTH_E_INVALID_JSON || code == MCPAUTH_E_TOO_LARGE) {
		code = mcpauth__fail(err, MCPAUTH_E_INTROSPECTION,
			"the introspection endpoint's answer is no strict JSON object");
	}
	if (code == MCPAUTH_OK) {
		code = check_active(answer, err);
	}
	if (code == MCPAUTH_OK) {
		code = check_type(answer, err);
	}
	if (code == MCPAUTH_OK && !mcpauth__claims_complete(answer, text, defaults, claims)) {
		code = mcpauth__no_memory(err);
	}
	cJSON_Delete(answer);
	return code;
}
