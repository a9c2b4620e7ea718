/* The store that --redis names: what several processes of one server share. */
#ifndef EXAMPLES_SETUP_STORE_H
#define EXAMPLES_SETUP_STORE_H

#include <mcpauth/auth.h>

#include <stdbool.h>

struct redis_store;

/**
 * Let a configuration use it. Nothing is connected yet. Says on stderr what is wrong.
 *
 * @param place       HOST:PORT, or a UNIX socket's path, which begins with a slash
 * @param[out] store  to be closed; NULL on failure
 */
bool setup_store_open(const char *place, struct mcpauth_config *config, struct redis_store **store);

/** After mcpauth_free(). NULL is accepted. */
void setup_store_close(struct redis_store *store);

#endif
