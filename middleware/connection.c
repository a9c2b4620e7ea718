/* Connections: one exchange's storage and the rules in force, kept from request to request. */
#include "connection.h"

#include "chain_int.h"

void mcpauth__connection_open(struct mcpauth__connection *connection, struct mcpauth_chain *chain)
{
	connection->chain = chain;
	atomic_init(&connection->is_busy, false);
	pthread_mutex_lock(&chain->lock);
	connection->next = chain->connections;
	if (chain->connections != NULL) {
		chain->connections->previous = connection;
	}
	chain->connections = connection;
	pthread_mutex_unlock(&chain->lock);
}

static void leave_list(struct mcpauth__connection *connection)
{
	struct mcpauth_chain *chain = connection->chain;
	pthread_mutex_lock(&chain->lock);
	if (connection->previous != NULL) {
		connection->previous->next = connection->next;
	} else {
		chain->connections = connection->next;
	}
	if (connection->next != NULL) {
		connection->next->previous = connection->previous;
	}
	pthread_mutex_unlock(&chain->lock);
}

void mcpauth__connection_close(struct mcpauth__connection *connection)
{
	if (connection->chain == NULL) {
		return;
	}
	leave_list(connection);
	mcpauth__exchange_discard(connection->exchange);
	mcpauth__rules_free(connection->rules);
	*connection = (struct mcpauth__connection){0};
}

struct mcpauth_exchange *mcpauth__connection_begin(
	struct mcpauth__connection *connection, const struct mcpauth__arrival *arrival)
{
	if (connection->exchange == NULL) {
		connection->exchange = mcpauth__exchange_new();
	}
	if (connection->exchange == NULL) {
		return NULL;
	}
	/* In one order with the draining flag, which is looked at later: either
	 * drain sees this request, or the request sees drain. */
	atomic_store(&connection->is_busy, true);
	mcpauth__rules_in_force_pin(&connection->chain->in_force, &connection->rules);
	const struct mcpauth__surroundings surroundings = {
		connection->chain, connection->rules, &connection->trimmed};
	mcpauth__exchange_begin(connection->exchange, &surroundings, arrival);
	return connection->exchange;
}

void mcpauth__connection_end(struct mcpauth__connection *connection, unsigned status)
{
	mcpauth__exchange_end(connection->exchange, status);
	if (mcpauth__exchange_is_unshared(connection->exchange)) {
		/* A late continue() may have left its mark on a wait that was over. */
		atomic_store_explicit(&connection->exchange->wait_state, 0, memory_order_relaxed);
	} else {
		mcpauth__exchange_discard(connection->exchange);
		connection->exchange = NULL;
	}
	atomic_store_explicit(&connection->is_busy, false, memory_order_release);
}

unsigned mcpauth__connections_busy(struct mcpauth_chain *chain)
{
	unsigned busy = 0;
	pthread_mutex_lock(&chain->lock);
	for (struct mcpauth__connection *connection = chain->connections; connection != NULL;
		connection = connection->next) {
		busy += atomic_load(&connection->is_busy);
	}
	pthread_mutex_unlock(&chain->lock);
	return busy;
}
