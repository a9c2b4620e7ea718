/* The rules that a token's claims must meet (RFC 7519 section 4.1, RFC 9068 section 4). */
#ifndef MCPAUTH_TOKEN_CLAIMS_H
#define MCPAUTH_TOKEN_CLAIMS_H

#include "base/words.h"
#include "jose/jws.h"

#include <stdbool.h>
#include <stdint.h>

/** What they are held against. Borrowed. */
struct mcpauth__claim_rules {
	const struct mcpauth__words *audiences;
	bool any_slash;    /* one trailing slash more or less is the same audience */
	bool strict_type;  /* only at+jwt */
	int64_t now;       /* seconds since 1970 */
	int64_t tolerance; /* seconds */
};

/**
 * Check type, times, audience and form of all claims that are looked at. The
 * issuer is checked by whoever chose the keys.
 *
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_EXPIRED,
 *         MCPAUTH_E_NOT_YET_VALID, MCPAUTH_E_AUDIENCE, MCPAUTH_E_BOUND_TOKEN or
 *         MCPAUTH_E_INVALID_CLAIM
 */
enum mcpauth_code mcpauth__claims_check(const struct mcpauth__jws *jws,
	const struct mcpauth__claim_rules *rules, struct mcpauth_error *err);

/** Expired, or not valid yet? For a token whose claims were checked before. */
enum mcpauth_code mcpauth__claims_check_times(int64_t expires_at, int64_t not_before,
	const struct mcpauth__claim_rules *rules, struct mcpauth_error *err);

#endif
