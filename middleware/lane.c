/* Lanes: one exchange's storage and the rules in force, kept from request to request. */
#include "lane.h"

#include "chain_int.h"

void mcpauth__lane_open(struct mcpauth__lane *lane, struct mcpauth_chain *chain)
{
	lane->chain = chain;
	atomic_init(&lane->is_busy, false);
	pthread_mutex_lock(&chain->lock);
	lane->next = chain->lanes;
	if (chain->lanes != NULL) {
		chain->lanes->previous = lane;
	}
	chain->lanes = lane;
	pthread_mutex_unlock(&chain->lock);
}

static void leave_list(struct mcpauth__lane *lane)
{
	struct mcpauth_chain *chain = lane->chain;
	pthread_mutex_lock(&chain->lock);
	if (lane->previous != NULL) {
		lane->previous->next = lane->next;
	} else {
		chain->lanes = lane->next;
	}
	if (lane->next != NULL) {
		lane->next->previous = lane->previous;
	}
	pthread_mutex_unlock(&chain->lock);
}

void mcpauth__lane_close(struct mcpauth__lane *lane)
{
	if (lane->chain == NULL) {
		return;
	}
	leave_list(lane);
	mcpauth__exchange_discard(lane->exchange);
	mcpauth__rules_free(lane->rules);
	*lane = (struct mcpauth__lane){0};
}

struct mcpauth_exchange *mcpauth__lane_begin(
	struct mcpauth__lane *lane, const struct mcpauth__arrival *arrival)
{
	if (lane->exchange == NULL) {
		lane->exchange = mcpauth__exchange_new();
	}
	if (lane->exchange == NULL) {
		return NULL;
	}
	/* In one order with the draining flag, which is looked at later: either
	 * drain sees this request, or the request sees drain. */
	atomic_store(&lane->is_busy, true);
	mcpauth__rules_in_force_pin(&lane->chain->in_force, &lane->rules);
	mcpauth__exchange_begin(lane->exchange, lane, arrival);
	return lane->exchange;
}

void mcpauth__lane_end(struct mcpauth__lane *lane)
{
	if (mcpauth__exchange_is_unshared(lane->exchange)) {
		/* A late continue() may have left its mark on a wait that was over. */
		atomic_store_explicit(&lane->exchange->wait_state, 0, memory_order_relaxed);
	} else {
		mcpauth__exchange_discard(lane->exchange);
		lane->exchange = NULL;
	}
	atomic_store_explicit(&lane->is_busy, false, memory_order_release);
}

unsigned mcpauth__lanes_busy(struct mcpauth_chain *chain)
{
	unsigned busy = 0;
	pthread_mutex_lock(&chain->lock);
	for (struct mcpauth__lane *lane = chain->lanes; lane != NULL; lane = lane->next) {
		busy += atomic_load(&lane->is_busy);
	}
	pthread_mutex_unlock(&chain->lock);
	return busy;
}
