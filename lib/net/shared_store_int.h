/* A store's request from within. */
#ifndef MCPAUTH_NET_SHARED_STORE_INT_H
#define MCPAUTH_NET_SHARED_STORE_INT_H

#include "net/shared_store.h"

#include <stdatomic.h>

/** Counted: the one who asks, the program, and the deadline hold it. */
struct mcpauth_store_request {
	struct mcpauth__timer deadline; /* first, so that its callback finds the rest */
	struct mcpauth__shared_store *store;
	mcpauth__store_answer_fn done;
	void *user;
	atomic_bool ended;
	atomic_uint holders;
	enum mcpauth_store_operation operation;
	unsigned seconds;
	size_t length;
	char *value; /* NULL where there is none */
	char key[MCPAUTH__STORE_KEY_SIZE];
};

/** End it, if nobody has, and give a reference back. */
void mcpauth__store_request_end(
	struct mcpauth_store_request *request, const struct mcpauth__store_answer *answer);

#endif
