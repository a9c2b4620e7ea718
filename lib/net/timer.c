/* Armed timers: a list sorted by time, searched from both ends, because nearly
 * all deadlines lie equally far ahead and each new one is the last, or else lies
 * before the many watches of tokens that last for minutes. */
#include "net/timer.h"

void mcpauth__timers_insert(struct mcpauth__timers *timers, struct mcpauth__timer *timer)
{
	struct mcpauth__timer *before = timers->last;
	struct mcpauth__timer *after = timers->first;
	while (before != NULL && before->at > timer->at && after->at <= timer->at) {
		before = before->previous;
		after = after->next;
	}
	if (before != NULL && before->at > timer->at) {
		before = after->previous;
	}
	timer->previous = before;
	timer->next = before != NULL ? before->next : timers->first;
	if (before != NULL) {
		before->next = timer;
	} else {
		timers->first = timer;
	}
	if (timer->next != NULL) {
		timer->next->previous = timer;
	} else {
		timers->last = timer;
	}
	timer->armed = true;
}

bool mcpauth__timers_remove(struct mcpauth__timers *timers, struct mcpauth__timer *timer)
{
	if (!timer->armed) {
		return false;
	}
	if (timer->previous != NULL) {
		timer->previous->next = timer->next;
	} else {
		timers->first = timer->next;
	}
	if (timer->next != NULL) {
		timer->next->previous = timer->previous;
	} else {
		timers->last = timer->previous;
	}
	timer->previous = NULL;
	timer->next = NULL;
	timer->armed = false;
	return true;
}

struct mcpauth__timer *mcpauth__timers_due(struct mcpauth__timers *timers, int64_t now)
{
	struct mcpauth__timer *timer = timers->first;
	if (timer == NULL || timer->at > now) {
		return NULL;
	}
	mcpauth__timers_remove(timers, timer);
	return timer;
}
