/**
 * @file
 * A limit to failed authentications: whoever guesses, or a client that loops, is told
 * to wait before its tokens are looked at (RFC 6585 section 4).
 *
 * Counted are refusals of what was brought to a protected path: a malformed or refused
 * token (400 and 401: MCPAUTH_E_INVALID_REQUEST and all that make `invalid_token`) for the
 * client's address, also if it left before it was told; any token whose client left before
 * it was known what that is worth, since it was asked about all the same; a missing scope
 * (403) for the token's issuer and subject, or client if there is no subject; if there is
 * neither, for nobody. A request without credentials counts nothing, a server that could
 * not decide (503) neither, nor what is refused whatever the token says (codes from 500
 * on), nor a logout token (chain.h). An address is one of IPv4, also behind 64:ff9b::/96
 * (RFC 6052), or the first 64 bits of one of IPv6; behind proxies see
 * mcpauth_chain_trust_proxy(), or all clients are one. Who comes by a local socket has
 * none, and no limit. Many people behind one address share its limit: while it is over,
 * their good tokens wait, too.
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
	/** Failures of one address at once; default 30, MCPAUTH_NONE for no limit. Those
	 * that were under way when there were so many count, too, up to as many again. */
	unsigned address_burst;
	/** Seconds until one of them is forgotten; default 2: so 30 in a minute. All of a
	 * burst are forgotten within 30 days: burst times seconds is at most 2,592,000. */
	unsigned address_seconds;
	/** Failures of one subject at once; default 20, MCPAUTH_NONE for no limit. */
	unsigned subject_burst;
	/** Seconds until one of them is forgotten; default 6. The same bound. */
	unsigned subject_seconds;
	/** Addresses and subjects remembered at most, together; default 65536, at least
	 * 1024, at most 2^24; a power of two, or the one below. Each takes 8 bytes, which
	 * are taken all at once: 512 KiB by default. A new one has 8 places; if others are
	 * in all of them it takes that of the one which would be forgotten first. So a
	 * flood of addresses frees an attacker sooner, and never takes more memory. */
	unsigned entries;
};

/** Fills a struct mcpauth_rate_limit with the defaults. */
#define MCPAUTH_RATE_LIMIT_INIT \
	{ \
		.size = sizeof(struct mcpauth_rate_limit) \
	}

/**
 * Answer 429 with `Retry-After` (seconds) while an address or subject is over its limit:
 * an address before its token is looked at, for every request with an Authorization
 * header to a protected path, good tokens, too; a subject when its token was good but
 * lacks a scope, in the place of the next 403. What needs no token is answered as ever. A
 * 429 counts nothing: who waits as long as it says is looked at again.
 *
 * Before the first request, once. The stage runs behind those of cors.h and access_log.h
 * and before all others that are added FIRST, whatever is added when. It outlives a
 * change of the chain's rules, with what it remembers, and keeps the clock of the object
 * that the chain was made with.
 *
 * @param chain     borrowed for the call
 * @param limit     NULL for the defaults; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (a number out of bounds; also more than
 *         12 stages), MCPAUTH_E_DUPLICATE, MCPAUTH_E_SYSTEM (no random numbers) or
 *         MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_add_rate_limit(struct mcpauth_chain *chain,
	const struct mcpauth_rate_limit *limit, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
