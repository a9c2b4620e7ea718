/* Handing out turns, first come, first served. */
#include "endpoint/turns.h"

#include <stddef.h>

bool mcpauth__turns_init(
	struct mcpauth__turns *turns, unsigned limit, void (*begin)(struct mcpauth__turn *turn))
{
	*turns = (struct mcpauth__turns){.begin = begin, .limit = limit};
	return pthread_mutex_init(&turns->lock, NULL) == 0;
}

void mcpauth__turns_finish(struct mcpauth__turns *turns)
{
	pthread_mutex_destroy(&turns->lock);
}

static bool has_room(const struct mcpauth__turns *turns)
{
	return turns->running < turns->limit && !turns->stalled;
}

/* Under the lock, which is let go while somebody begins. Who ends from within that
 * finds that a thread is at it: however many end at once, none begins another's turn
 * inside his own, and the stack stays flat. */
static void hand_out(struct mcpauth__turns *turns)
{
	if (turns->handing_out) {
		return;
	}
	turns->handing_out = true;
	while (turns->first != NULL && has_room(turns)) {
		struct mcpauth__turn *turn = turns->first;
		turns->first = turn->next;
		turn->next = NULL;
		turns->running++;
		pthread_mutex_unlock(&turns->lock);
		turns->begin(turn);
		pthread_mutex_lock(&turns->lock);
	}
	turns->handing_out = false;
}

/* Where one waits, another is under way or being handed out, whose end comes here. */
void mcpauth__turns_ask(struct mcpauth__turns *turns, struct mcpauth__turn *turn)
{
	pthread_mutex_lock(&turns->lock);
	bool now = turns->first == NULL && has_room(turns);
	if (now) {
		turns->running++;
	} else {
		turn->next = NULL;
		*(turns->first != NULL ? &turns->last->next : &turns->first) = turn;
		turns->last = turn;
	}
	pthread_mutex_unlock(&turns->lock);
	if (now) {
		turns->begin(turn);
	}
}

void mcpauth__turns_end(struct mcpauth__turns *turns)
{
	pthread_mutex_lock(&turns->lock);
	turns->running--;
	turns->stalled = false;
	hand_out(turns);
	pthread_mutex_unlock(&turns->lock);
}

bool mcpauth__turns_put_back(struct mcpauth__turns *turns, struct mcpauth__turn *turn)
{
	pthread_mutex_lock(&turns->lock);
	bool others = turns->running > 1;
	if (others) {
		turns->running--;
		turns->stalled = true;
		turn->next = turns->first;
		turns->last = turns->first != NULL ? turns->last : turn;
		turns->first = turn;
	}
	pthread_mutex_unlock(&turns->lock);
	return others;
}
