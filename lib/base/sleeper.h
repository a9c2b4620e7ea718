/* A thread that has nothing to do until it is woken. */
#ifndef MCPAUTH_BASE_SLEEPER_H
#define MCPAUTH_BASE_SLEEPER_H

#include <semaphore.h>

/** Storage of the sleeping thread's; whoever wakes it borrows it until then. */
struct mcpauth__sleeper {
	sem_t woken;
};

void mcpauth__sleeper_init(struct mcpauth__sleeper *sleeper);

/** Sleep until it is woken once. A wake that came before counts. */
void mcpauth__sleeper_sleep(struct mcpauth__sleeper *sleeper);

/** Wake it. Any thread. An mcpauth_wake_fn. @param user the sleeper */
void mcpauth__sleeper_wake(void *user);

/** Only when nobody is left who may wake it. */
void mcpauth__sleeper_finish(struct mcpauth__sleeper *sleeper);

#endif
