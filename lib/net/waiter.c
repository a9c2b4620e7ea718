/* Waking somebody once: the first of network, deadline and shutdown does it. */
#include "net/waiter.h"

#include "net/worker_int.h"

#include <stdlib.h>

struct mcpauth__waiter {
	struct mcpauth__timer deadline; /* first, so that its callback finds the rest */
	struct mcpauth__worker *worker;
	void (*wake)(void *user);
	void *user;
	atomic_bool settled; /* woken or cancelled */
	atomic_uint holders;
};

static void on_deadline(struct mcpauth__timer *timer)
{
	struct mcpauth__waiter *waiter = (struct mcpauth__waiter *)timer;
	mcpauth__waiter_wake(waiter);
	mcpauth__waiter_free(waiter);
}

struct mcpauth__waiter *mcpauth__waiter_new(
	struct mcpauth__worker *worker, int64_t deadline, void (*wake)(void *user), void *user)
{
	struct mcpauth__waiter *waiter = calloc(1, sizeof *waiter);
	if (waiter == NULL || !mcpauth__worker_enter(worker)) {
		free(waiter);
		return NULL;
	}
	waiter->deadline.at = deadline;
	waiter->deadline.expired = on_deadline;
	waiter->worker = worker;
	waiter->wake = wake;
	waiter->user = user;
	atomic_init(&waiter->settled, false);
	atomic_init(&waiter->holders, 2); /* the caller and the deadline */
	mcpauth__worker_pin(worker);
	if (!mcpauth__worker_arm(worker, &waiter->deadline)) {
		mcpauth__worker_leave(worker);
		mcpauth__worker_unpin(worker);
		free(waiter);
		return NULL;
	}
	return waiter;
}

struct mcpauth__waiter *mcpauth__waiter_ref(struct mcpauth__waiter *waiter)
{
	atomic_fetch_add(&waiter->holders, 1);
	return waiter;
}

/* @return false if somebody else came first. Else the worker stays until unpin. */
static bool settle(struct mcpauth__waiter *waiter)
{
	if (atomic_exchange(&waiter->settled, true)) {
		return false;
	}
	if (mcpauth__worker_disarm(waiter->worker, &waiter->deadline)) {
		mcpauth__waiter_free(waiter);
	}
	mcpauth__worker_leave(waiter->worker);
	return true;
}

void mcpauth__waiter_wake(struct mcpauth__waiter *waiter)
{
	/* Once awake, its owner may give the last reference back. */
	struct mcpauth__worker *worker = waiter->worker;
	if (settle(waiter)) {
		waiter->wake(waiter->user);
		mcpauth__worker_unpin(worker);
	}
}

bool mcpauth__waiter_cancel(struct mcpauth__waiter *waiter)
{
	struct mcpauth__worker *worker = waiter->worker;
	bool cancelled = settle(waiter);
	if (cancelled) {
		mcpauth__worker_unpin(worker);
	}
	return cancelled;
}

void mcpauth__waiter_free(struct mcpauth__waiter *waiter)
{
	if (waiter != NULL && atomic_fetch_sub(&waiter->holders, 1) == 1) {
		free(waiter);
	}
}
