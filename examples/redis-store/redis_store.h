/* A store for mcpauth in Redis, to be copied into a program: <mcpauth/store.h> on hiredis. */
#ifndef EXAMPLES_REDIS_STORE_H
#define EXAMPLES_REDIS_STORE_H

#include <mcpauth/store.h>

/** Where Redis is. Strings are copied. */
struct redis_store_config {
	const char *socket;   /**< a UNIX socket; NULL: host and port */
	const char *host;     /**< default 127.0.0.1 */
	int port;             /**< default 6379 */
	const char *password; /**< default: none is needed */
	unsigned timeout_ms;  /**< for one step, such as connecting; default 500 */
};

struct redis_store;

/**
 * Make one, with a thread and a connection of its own. After the program has forked for
 * the last time; Redis need not be there yet.
 *
 * @return NULL without memory or a thread
 */
struct redis_store *redis_store_new(const struct redis_store_config *config);

/** What struct mcpauth_config takes as its `store`. @param user  the struct redis_store */
void redis_store_carry_out(struct mcpauth_store_request *request, void *user);

/** After the last mcpauth_free(). What was asked and not answered fails. NULL is accepted. */
void redis_store_free(struct redis_store *store);

#endif
