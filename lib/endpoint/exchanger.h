/* Exchanging tokens: one request for all who bring the same, its answer kept. */
#ifndef MCPAUTH_ENDPOINT_EXCHANGER_H
#define MCPAUTH_ENDPOINT_EXCHANGER_H

#include "net/worker.h"
#include "endpoint/client_proof.h"
#include "endpoint/flights.h"

#include <mcpauth/token_exchange.h>

/** The endpoint, what is asked of it, and the cache. Counted; any thread. */
struct mcpauth__exchanger;

/** The token that is to be exchanged. Borrowed. */
struct mcpauth__subject {
	const char *token;
	int64_t expires_at; /* seconds since 1970 */
	unsigned char digest[MCPAUTH__SHA256_SIZE];
};

/**
 * Make one.
 *
 * @param config   checked; its strings are not needed afterwards
 * @param client   taken, also on failure
 * @param worker   borrowed as long as anybody may join; requests under way end with it
 * @param timeout_ms  of a request
 * @return NULL without memory
 */
struct mcpauth__exchanger *mcpauth__exchanger_new(
	const struct mcpauth_token_exchange_config *config, struct mcpauth__client_proof *client,
	struct mcpauth__worker *worker, unsigned timeout_ms);

/** Give it back; requests under way hold it, too. NULL is accepted. */
void mcpauth__exchanger_free(struct mcpauth__exchanger *exchanger);

/** Look for an answer that is kept. @return the caller's reference, or NULL */
struct mcpauth__flight *mcpauth__exchanger_find(
	struct mcpauth__exchanger *exchanger, const struct mcpauth__subject *subject);

/**
 * Find an answer, join a request that is under way, or begin one.
 *
 * @param waiter       woken when the answer is there
 * @param[out] flight  caller frees with mcpauth__flight_free(); NULL on failure
 * @return MCPAUTH_OK: it is answered, and waiter not needed; MCPAUTH_PENDING;
 *         or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__exchanger_join(struct mcpauth__exchanger *exchanger,
	const struct mcpauth__subject *subject, struct mcpauth__waiter *waiter,
	struct mcpauth__flight **flight);

/**
 * What came of a request.
 *
 * @param flight      one that was found or joined here
 * @param[out] token  the caller's reference
 * @return MCPAUTH_PENDING if it is still under way
 */
enum mcpauth_code mcpauth__exchanger_result(struct mcpauth__flight *flight,
	struct mcpauth_exchanged_token **token, struct mcpauth_error *err);

#endif
