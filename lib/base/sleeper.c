/* Sleeping on a semaphore, whatever signals come. */
#include "base/sleeper.h"

#include <errno.h>

void mcpauth__sleeper_init(struct mcpauth__sleeper *sleeper)
{
	sem_init(&sleeper->woken, 0, 0);
}

void mcpauth__sleeper_sleep(struct mcpauth__sleeper *sleeper)
{
	while (sem_wait(&sleeper->woken) != 0 && errno == EINTR) {
	}
}

void mcpauth__sleeper_wake(void *user)
{
	struct mcpauth__sleeper *sleeper = user;
	sem_post(&sleeper->woken);
}

void mcpauth__sleeper_finish(struct mcpauth__sleeper *sleeper)
{
	sem_destroy(&sleeper->woken);
}
