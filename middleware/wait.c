/* Waiting: how a stage's wait begins, and how it is ended from another thread. */
#include "chain_int.h"

#include <errno.h>

/* Where an exchange stands; kept in exchange->wait_state. */
enum wait_state {
	WAIT_NONE,
	WAIT_OVER,      /* continue() came; perhaps before the wait itself */
	WAIT_SUSPENDED, /* whoever ends it must resume the transport */
	WAIT_BLOCKED    /* whoever ends it must post the semaphore */
};

static void join_waiters(struct mcpauth_exchange *exchange)
{
	struct mcpauth_chain *chain = exchange->chain;
	pthread_mutex_lock(&chain->lock);
	exchange->previous = NULL;
	exchange->next = chain->waiters;
	if (chain->waiters != NULL) {
		chain->waiters->previous = exchange;
	}
	chain->waiters = exchange;
	exchange->is_waiter = true;
	pthread_mutex_unlock(&chain->lock);
}

/* Under the chain's lock. */
static void unlink_waiter(struct mcpauth_chain *chain, struct mcpauth_exchange *exchange)
{
	if (exchange->previous != NULL) {
		exchange->previous->next = exchange->next;
	} else {
		chain->waiters = exchange->next;
	}
	if (exchange->next != NULL) {
		exchange->next->previous = exchange->previous;
	}
	exchange->is_waiter = false;
}

void mcpauth__exchange_end_wait(struct mcpauth_exchange *exchange)
{
	struct mcpauth_chain *chain = exchange->chain;
	if (!exchange->has_waited) {
		return;
	}
	pthread_mutex_lock(&chain->lock);
	if (exchange->is_waiter) {
		unlink_waiter(chain, exchange);
	}
	pthread_mutex_unlock(&chain->lock);
	atomic_store(&exchange->wait_state, WAIT_NONE);
}

static enum mcpauth__wait_outcome block(struct mcpauth_exchange *exchange)
{
	int none = WAIT_NONE;
	if (!exchange->has_semaphore) {
		sem_init(&exchange->semaphore, 0, 0);
		exchange->has_semaphore = true;
	}
	if (atomic_compare_exchange_strong(&exchange->wait_state, &none, WAIT_BLOCKED)) {
		while (sem_wait(&exchange->semaphore) != 0 && errno == EINTR) {
		}
	}
	mcpauth__exchange_end_wait(exchange);
	return MCPAUTH__WAIT_ENDED;
}

/* Once resumed by another thread than the transport's, the request can end, and the
 * exchange with it: hence the chain. A loop of the program's own is woken each time, since
 * libmicrohttpd 0.9.75 does not count a connection that was resumed when it says how long
 * a loop may sleep. */
static void resume(struct mcpauth_exchange *exchange, struct mcpauth_chain *chain)
{
	exchange->arrival.transport->resume(exchange->arrival.user);
	if (chain->config.on_wake != NULL) {
		chain->config.on_wake(chain->config.on_wake_user);
	}
}

static enum mcpauth__wait_outcome suspend(struct mcpauth_exchange *exchange)
{
	int none = WAIT_NONE;
	if (atomic_load(&exchange->wait_state) == WAIT_OVER) {
		mcpauth__exchange_end_wait(exchange);
		return MCPAUTH__WAIT_ENDED;
	}
	/* Suspended first, then announced: whoever ends the wait in between finds
	 * nothing to resume and leaves that to this thread. */
	exchange->arrival.transport->suspend(exchange->arrival.user);
	if (!atomic_compare_exchange_strong(&exchange->wait_state, &none, WAIT_SUSPENDED)) {
		resume(exchange, exchange->chain);
	}
	return MCPAUTH__WAIT_GOES_ON;
}

static enum mcpauth__wait_outcome refuse_to_wait(struct mcpauth_exchange *exchange)
{
	struct mcpauth_chain *chain = exchange->chain;
	if (!atomic_exchange(&chain->told_no_suspend, true)) {
		mcpauth_log(chain->auth, MCPAUTH_LOG_ERROR, MCPAUTH_E_UNSUPPORTED, NULL,
			"the daemon was started without MCPAUTH_MHD_FLAGS: requests that"
			" have to wait are answered 503");
	}
	exchange->reason = MCPAUTH_E_OVERLOADED;
	mcpauth__exchange_unavailable(exchange, 1);
	return MCPAUTH__WAIT_REFUSED;
}

enum mcpauth__wait_outcome mcpauth__exchange_wait(struct mcpauth_exchange *exchange)
{
	mcpauth__exchange_ref(exchange); /* continue() gives it back */
	exchange->has_waited = true;
	if (exchange->arrival.wait_mode == MCPAUTH__WAITS_NEVER) {
		return refuse_to_wait(exchange);
	}
	join_waiters(exchange);
	/* Drain sets its flag before it looks at the list, so one of the two
	 * sees the other. */
	if (atomic_load(&exchange->chain->draining)) {
		mcpauth__exchange_end_wait(exchange);
		mcpauth__exchange_stopping(exchange);
		return MCPAUTH__WAIT_REFUSED;
	}
	return exchange->arrival.wait_mode == MCPAUTH__WAITS_BLOCKED ? block(exchange)
								     : suspend(exchange);
}

/* Let it run again. An exchange that has ended is in no state to be resumed:
 * then nothing of the chain is touched. */
static void wake(struct mcpauth_exchange *exchange)
{
	int before = atomic_exchange(&exchange->wait_state, WAIT_OVER);
	if (before == WAIT_BLOCKED) {
		sem_post(&exchange->semaphore);
	}
	if (before != WAIT_SUSPENDED) {
		return;
	}
	/* The request ends and the program stops, while this thread is still at it: the
	 * counter keeps the chain for it. */
	struct mcpauth_chain *chain = exchange->chain;
	atomic_fetch_add(&chain->waking, 1);
	resume(exchange, chain);
	atomic_fetch_sub(&chain->waking, 1);
}

void mcpauth_exchange_continue(struct mcpauth_exchange *exchange)
{
	wake(exchange);
	mcpauth__exchange_free(exchange);
}

/* One that still waits, with a reference of its own; it is no waiter any more. */
static struct mcpauth_exchange *take_waiter(struct mcpauth_chain *chain)
{
	pthread_mutex_lock(&chain->lock);
	struct mcpauth_exchange *exchange = chain->waiters;
	if (exchange != NULL) {
		unlink_waiter(chain, exchange);
		mcpauth__exchange_ref(exchange);
	}
	pthread_mutex_unlock(&chain->lock);
	return exchange;
}

/* Whoever looks at metrics counts them: whoever waits need not. */
unsigned mcpauth__chain_waiters(struct mcpauth_chain *chain)
{
	unsigned count = 0;
	pthread_mutex_lock(&chain->lock);
	for (const struct mcpauth_exchange *exchange = chain->waiters; exchange != NULL;
		exchange = exchange->next) {
		count++;
	}
	pthread_mutex_unlock(&chain->lock);
	return count;
}

bool mcpauth__chain_wake_one(struct mcpauth_chain *chain)
{
	struct mcpauth_exchange *exchange = take_waiter(chain);
	if (exchange == NULL) {
		return false;
	}
	wake(exchange);
	mcpauth__exchange_free(exchange);
	return true;
}
