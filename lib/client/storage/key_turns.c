/* Handing out turns by key: first come, first served. */
#include "client/storage/key_turns.h"

#include <stddef.h>
#include <string.h>

bool mcpauth__key_turns_init(struct mcpauth__key_turns *turns)
{
	turns->first = NULL;
	if (pthread_mutex_init(&turns->lock, NULL) != 0) {
		return false;
	}
	if (pthread_cond_init(&turns->ended, NULL) != 0) {
		pthread_mutex_destroy(&turns->lock);
		return false;
	}
	return true;
}

void mcpauth__key_turns_finish(struct mcpauth__key_turns *turns)
{
	pthread_cond_destroy(&turns->ended);
	pthread_mutex_destroy(&turns->lock);
}

static struct mcpauth__key_turn *first_of(const struct mcpauth__key_turns *turns, const char *key)
{
	struct mcpauth__key_turn *turn = turns->first;
	while (turn != NULL && strcmp(turn->key, key) != 0) {
		turn = turn->next;
	}
	return turn;
}

void mcpauth__key_turns_begin(struct mcpauth__key_turns *turns, struct mcpauth__key_turn *turn)
{
	pthread_mutex_lock(&turns->lock);
	struct mcpauth__key_turn **end = &turns->first;
	while (*end != NULL) {
		end = &(*end)->next;
	}
	turn->next = NULL;
	turn->thread = pthread_self();
	*end = turn;
	while (first_of(turns, turn->key) != turn) {
		pthread_cond_wait(&turns->ended, &turns->lock);
	}
	pthread_mutex_unlock(&turns->lock);
}

void mcpauth__key_turns_end(struct mcpauth__key_turns *turns, struct mcpauth__key_turn *turn)
{
	pthread_mutex_lock(&turns->lock);
	struct mcpauth__key_turn **at = &turns->first;
	while (*at != turn) {
		at = &(*at)->next;
	}
	*at = turn->next;
	pthread_cond_broadcast(&turns->ended);
	pthread_mutex_unlock(&turns->lock);
}

bool mcpauth__key_turns_is_mine(struct mcpauth__key_turns *turns, const char *key)
{
	pthread_mutex_lock(&turns->lock);
	const struct mcpauth__key_turn *turn = first_of(turns, key);
	bool is_mine = turn != NULL && pthread_equal(turn->thread, pthread_self());
	pthread_mutex_unlock(&turns->lock);
	return is_mine;
}

struct mcpauth__key_turn *mcpauth__key_turns_find(struct mcpauth__key_turns *turns, const char *key)
{
	pthread_mutex_lock(&turns->lock);
	struct mcpauth__key_turn *turn = first_of(turns, key);
	pthread_mutex_unlock(&turns->lock);
	return turn;
}
