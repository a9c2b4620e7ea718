/* Ending a chain's service: no request is left behind, none is begun. */
#include "chain_int.h"
#include "connection.h"

#include <time.h>

#define NAP_MS 2

/* A thread that resumes a request is inside MHD a little longer than the
 * request may last: until it is out, the daemon must not be stopped. In this
 * order, since whoever ends a wait is counted before the request can go on. */
static unsigned count_busy(struct mcpauth_chain *chain)
{
	unsigned running = mcpauth__connections_busy(chain);
	return running > 0 ? running : atomic_load(&chain->waking);
}

static void nap(void)
{
	struct timespec time = {.tv_nsec = NAP_MS * 1000000L};
	nanosleep(&time, NULL);
}

unsigned mcpauth_chain_drain(struct mcpauth_chain *chain, unsigned milliseconds)
{
	atomic_store(&chain->draining, true);
	while (mcpauth__chain_wake_one(chain)) {
	}
	unsigned left = count_busy(chain);
	for (unsigned waited = 0; waited < milliseconds && left > 0; waited += NAP_MS) {
		nap();
		left = count_busy(chain);
	}
	return left;
}

void mcpauth__chain_await_wakers(const struct mcpauth_chain *chain)
{
	while (atomic_load(&chain->waking) > 0) {
		nap();
	}
}
