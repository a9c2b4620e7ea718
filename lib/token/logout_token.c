/* Logout tokens against the rules that keep them apart from every other JWT. */
#include "token/logout_token.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/json.h"
#include "token/claims.h"

#define EVENT "http://schemas.openid.net/event/backchannel-logout"

/* Seconds: who logs out is told of within two minutes, or not at all. */
#define MAX_AGE 120

/* Section 2.4: logout+jwt is recommended, and old servers say JWT or nothing. Media
 * types know no case (RFC 2045 section 5.1). */
static bool is_type(const char *type)
{
	return type == NULL || mcpauth__ascii_are_alike(type, "logout+jwt")
		|| mcpauth__ascii_are_alike(type, "application/logout+jwt")
		|| mcpauth__ascii_are_alike(type, "JWT");
}

/* An ID token has no such event; and one that has a nonce might be passed off as an
 * ID token by whoever is told of it. */
static enum mcpauth_code check_kind(const struct mcpauth__jws *jws, struct mcpauth_error *err)
{
	const cJSON *events = mcpauth__json_member(jws->payload, "events");
	if (!is_type(jws->type)) {
		return mcpauth__fail(
			err, MCPAUTH_E_TOKEN_TYPE, "typ says that it is no logout token");
	}
	if (!cJSON_IsObject(events) || !cJSON_IsObject(mcpauth__json_member(events, EVENT))) {
		return mcpauth__fail(
			err, MCPAUTH_E_TOKEN_TYPE, "events holds no object for a logout");
	}
	return mcpauth__json_has(jws->payload, "nonce")
		? mcpauth__fail(err, MCPAUTH_E_TOKEN_TYPE, "a logout token has no nonce")
		: MCPAUTH_OK;
}

static enum mcpauth_code check_audience(
	const cJSON *claims, const struct mcpauth__logout_rules *rules, struct mcpauth_error *err)
{
	char *client_id = (char *)rules->client_id;
	const struct mcpauth__words audiences = {&client_id, 1};
	const struct mcpauth__claim_rules only = {.audiences = &audiences};
	return mcpauth__claims_check_audience(claims, &only, err);
}

/* @param[out] end  0 on failure */
static enum mcpauth_code find_end(const cJSON *claims, const struct mcpauth__logout_rules *rules,
	int64_t *end, struct mcpauth_error *err)
{
	int64_t issued_at;
	int64_t expires_at;
	*end = 0;
	if (!mcpauth__json_seconds(claims, "iat", &issued_at)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "iat is missing or no time");
	}
	bool expires = mcpauth__json_seconds(claims, "exp", &expires_at);
	if (!expires && mcpauth__json_has(claims, "exp")) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "exp is no time");
	}
	if (issued_at > rules->now + rules->tolerance) {
		return mcpauth__fail(err, MCPAUTH_E_NOT_YET_VALID, "issued in the future (iat)");
	}
	/* At exactly that age it is still good, at exactly exp it is not. */
	*end = issued_at + MAX_AGE + 1;
	if (expires && expires_at < *end) {
		*end = expires_at;
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code check_times(const cJSON *claims, const struct mcpauth__logout_rules *rules,
	int64_t *until, struct mcpauth_error *err)
{
	int64_t end;
	enum mcpauth_code code = find_end(claims, rules, &end, err);
	*until = end + rules->tolerance;
	return code != MCPAUTH_OK || rules->now < *until
		? code
		: mcpauth__fail(err, MCPAUTH_E_EXPIRED, "too old, or expired");
}

/* A name that is there must name somebody.
 * @param[out] name  NULL if it is not there */
static enum mcpauth_code read_name(
	const cJSON *claims, const char *claim, const char **name, struct mcpauth_error *err)
{
	const cJSON *item = mcpauth__json_member(claims, claim);
	*name = NULL;
	if (item == NULL) {
		return MCPAUTH_OK;
	}
	if (!mcpauth__claim_is_name(item) || *item->valuestring == '\0') {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "%s is no name", claim);
	}
	*name = item->valuestring;
	return MCPAUTH_OK;
}

static enum mcpauth_code read_names(
	const cJSON *json, struct mcpauth__logout_claims *claims, struct mcpauth_error *err)
{
	enum mcpauth_code code = read_name(json, "jti", &claims->id, err);
	if (code == MCPAUTH_OK) {
		code = read_name(json, "sub", &claims->subject, err);
	}
	if (code == MCPAUTH_OK) {
		code = read_name(json, "sid", &claims->session, err);
	}
	if (code == MCPAUTH_OK && claims->id == NULL) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "jti is missing");
	}
	if (code == MCPAUTH_OK && claims->subject == NULL && claims->session == NULL) {
		code = mcpauth__fail(
			err, MCPAUTH_E_INVALID_CLAIM, "neither sub nor sid says who logged out");
	}
	return code;
}

enum mcpauth_code mcpauth__logout_token_check(const struct mcpauth__jws *jws,
	const struct mcpauth__logout_rules *rules, struct mcpauth__logout_claims *claims,
	struct mcpauth_error *err)
{
	struct mcpauth__logout_claims read = {0};
	*claims = (struct mcpauth__logout_claims){0};
	enum mcpauth_code code = check_kind(jws, err);
	if (code == MCPAUTH_OK) {
		code = check_audience(jws->payload, rules, err);
	}
	if (code == MCPAUTH_OK) {
		code = check_times(jws->payload, rules, &read.until, err);
	}
	if (code == MCPAUTH_OK) {
		code = read_names(jws->payload, &read, err);
	}
	if (code == MCPAUTH_OK) {
		*claims = read;
	}
	return code;
}
