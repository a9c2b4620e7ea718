/* A GET or POST for somebody who has nothing else to do meanwhile. */
#ifndef MCPAUTH_NET_BLOCKING_H
#define MCPAUTH_NET_BLOCKING_H

#include "base/buf.h"
#include "net/worker.h"

/** What came of it. Starts as {0}. */
struct mcpauth__fetched {
	enum mcpauth_code code; /* as in struct mcpauth__response */
	unsigned status;
	struct mcpauth__buf body;        /* released by mcpauth__fetched_finish() */
	char nonce[MCPAUTH__NONCE_SIZE]; /* "" if none came */
	char message[MCPAUTH_ERROR_MESSAGE_SIZE];
};

/**
 * GET and wait for the end, which comes at the latest with the timeout. Never on
 * the network thread: it would wait for itself.
 *
 * @param get          its `done` and `user` are not looked at
 * @param[out] answer  MCPAUTH_E_NO_MEMORY too if its body cannot be kept
 */
void mcpauth__blocking_get(struct mcpauth__worker *worker, const struct mcpauth__get *get,
	struct mcpauth__fetched *answer);

/** The same with a POST. */
void mcpauth__blocking_post(struct mcpauth__worker *worker, const struct mcpauth__post *post,
	struct mcpauth__fetched *answer);

/** Wipe and release it; it is {0} again. */
void mcpauth__fetched_finish(struct mcpauth__fetched *answer);

#endif
