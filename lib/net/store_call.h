/* A question to a store that is looked at until it is answered. */
#ifndef MCPAUTH_NET_STORE_CALL_H
#define MCPAUTH_NET_STORE_CALL_H

#include "net/shared_store.h"
#include "net/waiter.h"

/** Counted: who looks, and the store. */
struct mcpauth__store_call;

/**
 * Ask.
 *
 * @param question   copied, done and user aside: they are the call's own
 * @param[out] call  caller gives it back with mcpauth__store_call_free(), at any time
 * @return MCPAUTH_OK, or MCPAUTH_E_NO_MEMORY: then nobody was asked
 */
enum mcpauth_code mcpauth__store_call_begin(struct mcpauth__shared_store *store,
	const struct mcpauth__store_question *question, struct mcpauth__store_call **call,
	struct mcpauth_error *err);

/**
 * What came of it; of a value only that there is one.
 *
 * @param waiter        woken by the answer; a reference is taken only with
 *                      MCPAUTH_PENDING, in place of an earlier one. NULL: just look
 * @param[out] outcome  MCPAUTH_STORE_FAILED without an answer
 * @return MCPAUTH_OK, MCPAUTH_PENDING or MCPAUTH_E_STORE
 */
enum mcpauth_code mcpauth__store_call_result(struct mcpauth__store_call *call,
	struct mcpauth__waiter *waiter, enum mcpauth_store_outcome *outcome,
	struct mcpauth_error *err);

/** Nobody looks any more; it is carried out all the same. NULL is accepted. */
void mcpauth__store_call_free(struct mcpauth__store_call *call);

#endif
