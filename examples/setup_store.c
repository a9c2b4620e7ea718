/* Where the store in Redis is, and a configuration that uses it. */
#define _GNU_SOURCE

#include "setup_store.h"

#include <errno.h>
#include <stdio.h>

#ifdef WITH_REDIS

#include "redis_store.h"

#include <stdlib.h>
#include <string.h>

#define PORT_MAX 65535

/* @return 0 if it is none */
static int read_port(const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && port <= PORT_MAX ? (int)port : 0;
}

/* NULL if it is no place, or without memory. */
static struct redis_store *open_place(const char *place)
{
	struct redis_store_config config = {0};
	const char *colon = strrchr(place, ':');
	if (*place == '/') {
		config.socket = place;
		return redis_store_new(&config);
	}
	config.port = colon != NULL && colon > place ? read_port(colon + 1) : 0;
	char *host = config.port > 0 ? strndup(place, (size_t)(colon - place)) : NULL;
	if (host == NULL) {
		return NULL;
	}
	config.host = host;
	struct redis_store *store = redis_store_new(&config);
	free(host);
	return store;
}

bool setup_store_open(const char *place, struct mcpauth_config *config, struct redis_store **store)
{
	*store = open_place(place);
	if (*store == NULL) {
		fprintf(stderr, "%s: --redis %s: not HOST:PORT or a socket's path\n",
			program_invocation_short_name, place);
		return false;
	}
	config->store = redis_store_carry_out;
	config->store_user = *store;
	return true;
}

void setup_store_close(struct redis_store *store)
{
	redis_store_free(store);
}

#else

bool setup_store_open(const char *place, struct mcpauth_config *config, struct redis_store **store)
{
	(void)config;
	*store = NULL;
	fprintf(stderr, "%s: --redis %s: built without hiredis\n", program_invocation_short_name,
		place);
	return false;
}

void setup_store_close(struct redis_store *store)
{
	(void)store;
}

#endif
