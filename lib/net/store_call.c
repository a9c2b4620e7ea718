/* From a store's answer, which comes when it likes, to somebody who looks and waits. */
#include "net/store_call.h"

#include "base/error_int.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct mcpauth__store_call {
	atomic_uint holders;
	pthread_mutex_t lock; /* for all that follows */
	bool answered;
	enum mcpauth_store_outcome outcome;
	struct mcpauth__waiter *waiter;
};

/* Whoever is woken may give his reference back: this one keeps the call meanwhile. */
static void on_answer(const struct mcpauth__store_answer *answer, void *user)
{
	struct mcpauth__store_call *call = user;
	pthread_mutex_lock(&call->lock);
	struct mcpauth__waiter *waiter = call->waiter;
	call->waiter = NULL;
	call->outcome = answer->outcome;
	call->answered = true;
	pthread_mutex_unlock(&call->lock);
	if (waiter != NULL) {
		mcpauth__waiter_wake(waiter);
		mcpauth__waiter_free(waiter);
	}
	mcpauth__store_call_free(call);
}

enum mcpauth_code mcpauth__store_call_begin(struct mcpauth__shared_store *store,
	const struct mcpauth__store_question *question, struct mcpauth__store_call **call,
	struct mcpauth_error *err)
{
	struct mcpauth__store_question full = *question;
	struct mcpauth__store_call *made = calloc(1, sizeof *made);
	*call = NULL;
	if (made == NULL || pthread_mutex_init(&made->lock, NULL) != 0) {
		free(made);
		return mcpauth__no_memory(err);
	}
	atomic_init(&made->holders, 2);
	full.done = on_answer;
	full.user = made;
	mcpauth__shared_store_ask(store, &full);
	*call = made;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__store_call_result(struct mcpauth__store_call *call,
	struct mcpauth__waiter *waiter, enum mcpauth_store_outcome *outcome,
	struct mcpauth_error *err)
{
	struct mcpauth__waiter *old = NULL;
	*outcome = MCPAUTH_STORE_FAILED;
	pthread_mutex_lock(&call->lock);
	bool answered = call->answered;
	if (!answered && waiter != NULL) {
		old = call->waiter;
		call->waiter = mcpauth__waiter_ref(waiter);
	}
	pthread_mutex_unlock(&call->lock);
	mcpauth__waiter_free(old);
	if (!answered) {
		return MCPAUTH_PENDING;
	}
	/* An answer stays as it is. */
	*outcome = call->outcome;
	return call->outcome != MCPAUTH_STORE_FAILED
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_STORE, "the store could not be asked");
}

void mcpauth__store_call_free(struct mcpauth__store_call *call)
{
	if (call != NULL && atomic_fetch_sub(&call->holders, 1) == 1) {
		mcpauth__waiter_free(call->waiter);
		pthread_mutex_destroy(&call->lock);
		free(call);
	}
}
