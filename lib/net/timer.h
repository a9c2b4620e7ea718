/* Armed timers in the order in which they expire. */
#ifndef MCPAUTH_NET_TIMER_H
#define MCPAUTH_NET_TIMER_H

#include "net/worker.h"

/** A sorted list; {0} is empty. Its owner locks it. */
struct mcpauth__timers {
	struct mcpauth__timer *first;
	struct mcpauth__timer *last;
};

/** Put one in; in no time if none of the others expires later. */
void mcpauth__timers_insert(struct mcpauth__timers *timers, struct mcpauth__timer *timer);

/** Take one out. @return false if it was not in */
bool mcpauth__timers_remove(struct mcpauth__timers *timers, struct mcpauth__timer *timer);

/** Take the first one out if it is due by `now`. @return NULL if none is */
struct mcpauth__timer *mcpauth__timers_due(struct mcpauth__timers *timers, int64_t now);

#endif
