/* Who failed how often of late: a bounded memory that many threads share without a lock. */
#ifndef MCPAUTH_CLIENTS_FAILURES_H
#define MCPAUTH_CLIENTS_FAILURES_H

#include "clients/client_address.h"

#include <mcpauth/auth_info.h>

#include <stdint.h>

struct mcpauth__failures;

/** A leaky bucket: it holds so many failures, and loses one in so many seconds. */
struct mcpauth__failure_limit {
	unsigned burst; /* 1 or more */
	unsigned seconds;
};

/** Seconds that a full bucket may take until it is empty: 30 days. */
#define MCPAUTH__FAILURE_SECONDS 2592000u

/** Bytes that each one remembered takes. */
#define MCPAUTH__FAILURE_SIZE sizeof(uint64_t)

/** Whose bucket. Nobody who does not know the table's random secret can tell which two
 * share a place, or make two that do. */
typedef uint64_t mcpauth__failure_key;

/**
 * @param entries  at most so many buckets, 8 or more; all memory is taken at once
 * @return MCPAUTH_OK, MCPAUTH_E_SYSTEM (no random numbers) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__failures_new(unsigned entries, struct mcpauth__failures **failures);

/** NULL is accepted. */
void mcpauth__failures_free(struct mcpauth__failures *failures);

/** An address of IPv4, also as a translator writes it (64:ff9b::/96), or the first 64 bits
 * of one of IPv6: who has one of these has all.
 * @return false if it cannot be hashed; so the next */
bool mcpauth__failures_key_of_address(const struct mcpauth__failures *failures,
	const struct mcpauth__client_address *address, mcpauth__failure_key *key);

/** Issuer and subject, or the client of a token that has no subject. */
bool mcpauth__failures_key_of_subject(const struct mcpauth__failures *failures,
	const struct mcpauth_auth_info *info, mcpauth__failure_key *key);

/** Is nothing remembered of anybody? @param now  milliseconds, as in all calls */
bool mcpauth__failures_are_forgotten(const struct mcpauth__failures *failures, int64_t now);

/** Seconds until this one may fail once more, rounded up; 0: now. */
unsigned mcpauth__failures_wait(const struct mcpauth__failures *failures, mcpauth__failure_key key,
	const struct mcpauth__failure_limit *limit, int64_t now);

/** It failed. What was under way when its bucket became full counts, too, up to another
 * bucket: who asks often enough at once shall not get through more than others. */
void mcpauth__failures_count(struct mcpauth__failures *failures, mcpauth__failure_key key,
	const struct mcpauth__failure_limit *limit, int64_t now);

#endif
