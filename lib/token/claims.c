/* Claims against rules: each check may only refuse. */
#include "token/claims.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/json.h"

#include <string.h>

/* Of logout tokens and security events (RFC 8417), and of ID tokens. `nonce` alone says
 * nothing. */
const char *mcpauth__claims_telltale(const cJSON *claims)
{
	static const char *const names[] = {"events", "at_hash", "c_hash"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (mcpauth__json_has(claims, names[i])) {
			return names[i];
		}
	}
	return NULL;
}

/* Other kinds of JWT that the same issuer signs with the same keys; Cognito and Keycloak
 * have marks of their own. */
static bool looks_like_another_kind(const cJSON *claims)
{
	const char *use = mcpauth__json_string(claims, "token_use");
	const char *type = mcpauth__json_string(claims, "typ");
	return mcpauth__claims_telltale(claims) != NULL || (use != NULL && strcmp(use, "id") == 0)
		|| (type != NULL && (strcmp(type, "ID") == 0 || strcmp(type, "Refresh") == 0));
}

enum mcpauth_code mcpauth__claims_check_type(const struct mcpauth__jws *jws,
	const struct mcpauth__claim_rules *rules, struct mcpauth_error *err)
{
	const char *type = jws->type;
	bool strict = rules->policy->strict_type && !rules->without_header;
	/* RFC 9068 section 4; media types know no case (RFC 2045 section 5.1). */
	if (type != NULL
		&& (mcpauth__ascii_are_alike(type, "at+jwt")
			|| mcpauth__ascii_are_alike(type, "application/at+jwt"))) {
		return MCPAUTH_OK;
	}
	if (strict || (type != NULL && !mcpauth__ascii_are_alike(type, "JWT"))) {
		return mcpauth__fail(
			err, MCPAUTH_E_TOKEN_TYPE, "typ says that it is no access token");
	}
	if (looks_like_another_kind(jws->payload)) {
		return mcpauth__fail(
			err, MCPAUTH_E_TOKEN_TYPE, "its claims are those of another kind of token");
	}
	return MCPAUTH_OK;
}

/* RFC 7519 section 4.1.4: not accepted on or after that time. */
static bool is_over(int64_t end, const struct mcpauth__claim_rules *rules)
{
	return rules->now - rules->tolerance >= end;
}

static bool lies_ahead(int64_t time, const struct mcpauth__claim_rules *rules)
{
	return time > rules->now + rules->tolerance;
}

static enum mcpauth_code not_valid_yet(struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_NOT_YET_VALID, "not valid yet (nbf)");
}

enum mcpauth_code mcpauth__claims_check_times(int64_t end, int64_t not_before,
	const struct mcpauth__claim_rules *rules, struct mcpauth_error *err)
{
	if (is_over(end, rules)) {
		return mcpauth__fail(err, MCPAUTH_E_EXPIRED, "expired");
	}
	return lies_ahead(not_before, rules) ? not_valid_yet(err) : MCPAUTH_OK;
}

enum mcpauth_code mcpauth__claims_check_expiry(
	const cJSON *claims, const struct mcpauth__claim_rules *rules, struct mcpauth_error *err)
{
	int64_t expires_at;
	if (!mcpauth__json_seconds(claims, "exp", &expires_at)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "exp is missing or no time");
	}
	if (rules->policy->max_age > 0 && !mcpauth__json_has(claims, "iat")) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "iat is missing");
	}
	int64_t end = mcpauth__claim_policy_end(rules->policy, claims);
	if (!is_over(end, rules)) {
		return MCPAUTH_OK;
	}
	return mcpauth__fail(
		err, MCPAUTH_E_EXPIRED, end < expires_at ? "older than max_age" : "expired");
}

enum mcpauth_code mcpauth__claims_check_not_before(
	const cJSON *claims, const struct mcpauth__claim_rules *rules, struct mcpauth_error *err)
{
	int64_t not_before;
	int64_t issued_at;
	if (!mcpauth__json_seconds(claims, "nbf", &not_before)
		&& mcpauth__json_has(claims, "nbf")) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "nbf is no time");
	}
	if (!mcpauth__json_seconds(claims, "iat", &issued_at) && mcpauth__json_has(claims, "iat")) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "iat is no time");
	}
	if (lies_ahead(issued_at, rules)) {
		return mcpauth__fail(err, MCPAUTH_E_NOT_YET_VALID, "issued in the future (iat)");
	}
	return lies_ahead(not_before, rules) ? not_valid_yet(err) : MCPAUTH_OK;
}

/* RFC 7519 section 2: byte for byte. Only a resource identifier that stands in
 * for a configured audience may differ by one trailing slash: clients and
 * servers disagree on it more than on anything else. */
static bool same_audience(const char *claimed, const char *accepted, bool any_slash)
{
	size_t a = strlen(claimed);
	size_t b = strlen(accepted);
	if (!any_slash) {
		return a == b && memcmp(claimed, accepted, a) == 0;
	}
	if (a > 0 && claimed[a - 1] == '/' && a == b + 1) {
		a--;
	} else if (b > 0 && accepted[b - 1] == '/' && b == a + 1) {
		b--;
	}
	return a == b && memcmp(claimed, accepted, a) == 0;
}

static bool accepted_audience(const char *claimed, const struct mcpauth__claim_rules *rules)
{
	for (size_t i = 0; claimed != NULL && i < rules->audiences->count; i++) {
		if (same_audience(claimed, rules->audiences->items[i], rules->any_slash)) {
			return true;
		}
	}
	return false;
}

/* U+FFFD stands where a NUL or nothing readable was written: two different
 * names must not become one. */
bool mcpauth__claim_is_name(const cJSON *item)
{
	return cJSON_IsString(item) && strstr(item->valuestring, "\xef\xbf\xbd") == NULL;
}

/* Some providers name nobody in `aud`, but say in another claim whose token it
 * is: what is listed there is as good as an audience. */
static bool is_recipient(const cJSON *claims, const struct mcpauth__claim_rules *rules)
{
	const cJSON *item = rules->recipient_claim == NULL
		? NULL
		: mcpauth__json_member(claims, rules->recipient_claim);
	return mcpauth__claim_is_name(item)
		&& mcpauth__words_contain(
			rules->recipients, item->valuestring, strlen(item->valuestring));
}

/* RFC 7519 section 4.1.3: one string, or an array of strings. */
static enum mcpauth_code search_audience(const cJSON *aud, const struct mcpauth__claim_rules *rules,
	bool *found, struct mcpauth_error *err)
{
	if (!cJSON_IsString(aud) && !cJSON_IsArray(aud)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "aud is no string");
	}
	*found = accepted_audience(cJSON_GetStringValue(aud), rules);
	const cJSON *element = cJSON_IsArray(aud) ? aud->child : NULL;
	for (; element != NULL; element = element->next) {
		if (!cJSON_IsString(element)) {
			return mcpauth__fail(
				err, MCPAUTH_E_INVALID_CLAIM, "aud holds what is no string");
		}
		*found = *found || accepted_audience(element->valuestring, rules);
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__claims_check_audience(
	const cJSON *claims, const struct mcpauth__claim_rules *rules, struct mcpauth_error *err)
{
	const cJSON *aud = mcpauth__json_member(claims, "aud");
	bool found = false;
	if (rules->any_audience) {
		return MCPAUTH_OK;
	}
	if (aud == NULL
		&& !(rules->recipient_claim != NULL
			&& mcpauth__json_has(claims, rules->recipient_claim))) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM, "aud is missing");
	}
	enum mcpauth_code code = aud == NULL ? MCPAUTH_OK
					     : search_audience(aud, rules, &found, err);
	if (code != MCPAUTH_OK || found || is_recipient(claims, rules)) {
		return code;
	}
	return rules->recipient_claim == NULL
		? mcpauth__fail(err, MCPAUTH_E_AUDIENCE, "meant for another audience")
		: mcpauth__fail(err, MCPAUTH_E_AUDIENCE,
			"neither aud nor %.64s names this resource", rules->recipient_claim);
}

static enum mcpauth_code check_names(
	const cJSON *claims, const struct mcpauth__words *names, struct mcpauth_error *err)
{
	for (size_t i = 0; i < names->count; i++) {
		const cJSON *item = mcpauth__json_member(claims, names->items[i]);
		if (item != NULL && !mcpauth__claim_is_name(item)) {
			return mcpauth__fail(
				err, MCPAUTH_E_INVALID_CLAIM, "%.64s is no name", names->items[i]);
		}
	}
	return MCPAUTH_OK;
}

/* A claim that names somebody must be a string, or it names nobody for sure. */
static enum mcpauth_code check_strings(
	const cJSON *claims, const struct mcpauth__claim_policy *policy, struct mcpauth_error *err)
{
	static char token_name[] = "jti";
	static char *items[] = {token_name};
	static const struct mcpauth__words token_names = {items, 1};
	enum mcpauth_code code = check_names(claims, &policy->subjects, err);
	if (code == MCPAUTH_OK) {
		code = check_names(claims, &policy->clients, err);
	}
	return code == MCPAUTH_OK ? check_names(claims, &token_names, err) : code;
}

static enum mcpauth_code check_required(
	const cJSON *claims, const struct mcpauth__words *required, struct mcpauth_error *err)
{
	for (size_t i = 0; i < required->count; i++) {
		if (!mcpauth__json_has(claims, required->items[i])) {
			return mcpauth__fail(err, MCPAUTH_E_INVALID_CLAIM,
				"%.64s is missing, and required", required->items[i]);
		}
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__claims_check_presence(
	const cJSON *claims, const struct mcpauth__claim_rules *rules, struct mcpauth_error *err)
{
	enum mcpauth_code code = check_required(claims, &rules->policy->required, err);
	return code == MCPAUTH_OK ? check_strings(claims, rules->policy, err) : code;
}

/* RFC 7800: whoever presents it must prove a key, and nobody asked for that proof. As a
 * plain bearer token it is a stolen one. */
enum mcpauth_code mcpauth__claims_check_binding(const cJSON *claims, struct mcpauth_error *err)
{
	return !mcpauth__json_has(claims, "cnf")
		? MCPAUTH_OK
		: mcpauth__fail(
			err, MCPAUTH_E_BOUND_TOKEN, "bound to a key (cnf) that was not proved");
}

enum mcpauth_code mcpauth__claims_check(const struct mcpauth__jws *jws,
	const struct mcpauth__claim_rules *rules, struct mcpauth_error *err)
{
	const cJSON *claims = jws->payload;
	enum mcpauth_code code = mcpauth__claims_check_type(jws, rules, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__claims_check_expiry(claims, rules, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__claims_check_not_before(claims, rules, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__claims_check_audience(claims, rules, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__claims_check_presence(claims, rules, err);
	}
	return code == MCPAUTH_OK ? mcpauth__claims_check_binding(claims, err) : code;
}
