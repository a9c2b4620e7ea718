/* The rules that a token's claims must meet (RFC 7519 section 4.1, RFC 9068 section 4). */
#ifndef MCPAUTH_TOKEN_CLAIMS_H
#define MCPAUTH_TOKEN_CLAIMS_H

#include "jose/jws.h"
#include "token/claim_policy.h"

#include <stdbool.h>
#include <stdint.h>

/** What they are held against. Borrowed. */
struct mcpauth__claim_rules {
	const struct mcpauth__claim_policy *policy; /* the issuer's */
	const struct mcpauth__words *audiences;
	bool any_slash;              /* one trailing slash more or less is the same audience */
	const char *recipient_claim; /* may stand in for aud; NULL: none */
	const struct mcpauth__words *recipients; /* its values */
	bool any_audience;                       /* nobody asks whom it is for */
	bool without_header;                     /* claims alone, so there is no typ */
	int64_t now;                             /* seconds since 1970 */
	int64_t tolerance;                       /* seconds */
};

/**
 * Check type, times, audience, presence and form of all claims that are looked
 * at. The issuer is checked by whoever chose the keys, and the program's own
 * check is made once the signature is known to be good.
 *
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_EXPIRED,
 *         MCPAUTH_E_NOT_YET_VALID, MCPAUTH_E_AUDIENCE, MCPAUTH_E_BOUND_TOKEN or
 *         MCPAUTH_E_INVALID_CLAIM
 */
enum mcpauth_code mcpauth__claims_check(const struct mcpauth__jws *jws,
	const struct mcpauth__claim_rules *rules, struct mcpauth_error *err);

/**
 * The rules that mcpauth__claims_check() holds, in its order, each for itself.
 *
 * @return as it
 */
enum mcpauth_code mcpauth__claims_check_type(const struct mcpauth__jws *jws,
	const struct mcpauth__claim_rules *rules, struct mcpauth_error *err);
/** `exp`, and `iat` where that ends a token's time, too. */
enum mcpauth_code mcpauth__claims_check_expiry(
	const cJSON *claims, const struct mcpauth__claim_rules *rules, struct mcpauth_error *err);
/** `nbf` and `iat`. */
enum mcpauth_code mcpauth__claims_check_not_before(
	const cJSON *claims, const struct mcpauth__claim_rules *rules, struct mcpauth_error *err);
/** What is required is there, and names are names. */
enum mcpauth_code mcpauth__claims_check_presence(
	const cJSON *claims, const struct mcpauth__claim_rules *rules, struct mcpauth_error *err);
enum mcpauth_code mcpauth__claims_check_binding(const cJSON *claims, struct mcpauth_error *err);

/** Is it for one of those that the rules accept? Of these only those about audiences
 * and recipients count. @return MCPAUTH_OK, MCPAUTH_E_AUDIENCE or MCPAUTH_E_INVALID_CLAIM */
enum mcpauth_code mcpauth__claims_check_audience(
	const cJSON *claims, const struct mcpauth__claim_rules *rules, struct mcpauth_error *err);

/** A claim that stands in another kind of token alone, or NULL if there is none. */
const char *mcpauth__claims_telltale(const cJSON *claims);

/** Is the claim a string that names somebody for sure? NULL is none. */
bool mcpauth__claim_is_name(const cJSON *item);

/** Too old, or not valid yet? For a token whose claims were checked before.
 * @param end  mcpauth__claim_policy_end() */
enum mcpauth_code mcpauth__claims_check_times(int64_t end, int64_t not_before,
	const struct mcpauth__claim_rules *rules, struct mcpauth_error *err);

#endif
