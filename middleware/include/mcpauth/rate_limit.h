/**
 * @file
 * A limit to failed authentications: whoever guesses, or a client that loops, is told
 * to wait before its tokens are looked at (RFC 6585 section 4).
 *
 * Counted are refusals of what was brought: a malformed or refused token (400, 401) for
 * the client's address, a missing scope (403) for the token's issuer and subject. A
 * request without credentials counts nothing, a server that could not decide (503)
 * neither. An address is one of IPv4, or the first 64 bits of one of IPv6; behind
 * proxies see mcpauth_chain_trust_proxy(), or all clients are one.
 */
#ifndef MCPAUTH_RATE_LIMIT_H
#define MCPAUTH_RATE_LIMIT_H

#include <mcpauth/chain.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How much. Zero is the default everywhere. */
struct mcpauth_rate_limit {
	size_t size; /**< set by MCPAUTH_RATE_LIMIT_INIT */
	/** Failures of one address at once; default 30, MCPAUTH_NONE for no limit. */
	unsigned address_burst;
	/** Seconds until one of them is forgotten; default 2: so 30 in a minute. */
	unsigned address_seconds;
	/** Failures of one subject at once; default 20, MCPAUTH_NONE for no limit. */
	unsigned subject_burst;
	/** Seconds until one of them is forgotten; default 6. */
	unsigned subject_seconds;
	/** Addresses and subjects remembered at most, together; default 16384, at least
	 * 1024, at most 2^24. Each takes 32 bytes, all at once. When they are more, the one
	 * of those in its place that would be forgotten first is: a flood of addresses
	 * frees an attacker sooner, and never takes more memory. */
	unsigned entries;
};

/** Fills a struct mcpauth_rate_limit with the defaults. */
#define MCPAUTH_RATE_LIMIT_INIT \
	{ \
		.size = sizeof(struct mcpauth_rate_limit) \
	}

/**
 * Answer 429 with `Retry-After` (seconds) while an address or subject is over its limit:
 * an address before its token is looked at, for every request with credentials to a
 * protected path, good ones, too; a subject when its token was good but lacks a scope,
 * in the place of the next 403. What needs no token is answered as ever.
 *
 * Before the first request, once.
 *
 * @param chain     borrowed for the call
 * @param limit     NULL for the defaults; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (also more than 12 stages),
 *         MCPAUTH_E_DUPLICATE or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_add_rate_limit(struct mcpauth_chain *chain,
	const struct mcpauth_rate_limit *limit, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
