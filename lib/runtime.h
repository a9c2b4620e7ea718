/* What an mcpauth object shares with its successors. */
#ifndef MCPAUTH_RUNTIME_H
#define MCPAUTH_RUNTIME_H

#include "base/log_int.h"
#include "base/tally.h"
#include "net/shared_store.h"
#include "net/worker.h"
#include "endpoint/answer_store.h"
#include "token/seen.h"
#include "token/verifier.h"

#include <mcpauth/auth.h>

#include <pthread.h>

/** Counted; any thread. Immutable but for the list, and what is counted. */
struct mcpauth__runtime {
	atomic_uint refs;
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__worker *worker;
	struct mcpauth__shared_store *store;
	struct mcpauth__untold untold; /* to that one */
	struct mcpauth__verifier verifier;
	struct mcpauth__seen *seen; /* logout tokens */
	struct mcpauth__document_times times;
	mcpauth_revoked_fn revoked; /* NULL: nobody is asked */
	void *revoked_user;
	int64_t deadline_ms;
	bool insecure_allow_http;
	_Atomic uint64_t trusts;  /* made so far */
	_Atomic uint64_t forgets; /* how often something was forgotten; the verifier's, too */

	pthread_mutex_t lock; /* for the list */
	struct mcpauth__issuer **issuers;
	size_t issuer_count;

	struct mcpauth__tally tally; /* what statistics.h tells */
};

/** Make one; no thread is started. */
enum mcpauth_code mcpauth__runtime_new(const struct mcpauth_config *config,
	struct mcpauth__runtime **runtime, struct mcpauth_error *err);

struct mcpauth__runtime *mcpauth__runtime_ref(struct mcpauth__runtime *runtime);

/** The last one stops the network thread. NULL is accepted. */
void mcpauth__runtime_free(struct mcpauth__runtime *runtime);

/**
 * Make an issuer, with the keys of another one that has an equal configuration.
 *
 * @param[out] issuer  caller frees with mcpauth__runtime_free_issuer()
 */
enum mcpauth_code mcpauth__runtime_new_issuer(struct mcpauth__runtime *runtime,
	const struct mcpauth_issuer_config *config, struct mcpauth__issuer **issuer,
	struct mcpauth_error *err);

/** NULL is accepted. */
void mcpauth__runtime_free_issuer(struct mcpauth__runtime *runtime, struct mcpauth__issuer *issuer);

/**
 * Let an issuer's endpoint be asked whose a token is: as mcpauth__issuer_set_introspector(),
 * while other threads may go through all issuers to forget something.
 */
bool mcpauth__runtime_set_introspector(struct mcpauth__runtime *runtime,
	struct mcpauth__issuer *issuer, struct mcpauth__introspector *introspector);

#endif
