/* What the requests of one connection share, which come one after the other. */
#ifndef MCPAUTH_MIDDLEWARE_CONNECTION_H
#define MCPAUTH_MIDDLEWARE_CONNECTION_H

#include "exchange_int.h"

/** Storage of the caller's, one per connection. Zero until it is opened. */
struct mcpauth__connection {
	struct mcpauth_chain *chain;
	struct mcpauth_exchange *exchange; /* storage for the next request; NULL: none yet */
	struct mcpauth__rules *rules;      /* a reference; NULL before the first request */
	struct mcpauth__words trimmed;     /* header values of the request under way */
	/* A request is under way. On a line of its connection's own: a counter that
	 * all threads share would cost more than what they do in between. */
	atomic_bool is_busy;
	/* The chain's list, guarded by its lock. */
	struct mcpauth__connection *previous;
	struct mcpauth__connection *next;
};

/** Any thread. @param connection  zeroed */
void mcpauth__connection_open(struct mcpauth__connection *connection, struct mcpauth_chain *chain);

/** Release what it keeps. Its requests have ended. */
void mcpauth__connection_close(struct mcpauth__connection *connection);

/**
 * Begin an exchange. mcpauth__connection_end() ends it, before the next one.
 *
 * @return borrowed from the connection; NULL without memory
 */
struct mcpauth_exchange *mcpauth__connection_begin(
	struct mcpauth__connection *connection, const struct mcpauth__arrival *arrival);

/**
 * End the exchange: every stage is told. Storage that one of them still holds, since it
 * owes its mcpauth_exchange_continue(), is left to it.
 *
 * @param status  what was sent, or 0
 */
void mcpauth__connection_end(struct mcpauth__connection *connection, unsigned status);

/** How many of a chain's connections have a request under way. */
unsigned mcpauth__connections_busy(struct mcpauth_chain *chain);

#endif
