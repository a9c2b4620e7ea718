/* A memory that the program shares between processes: each question answered exactly once. */
#ifndef MCPAUTH_NET_SHARED_STORE_H
#define MCPAUTH_NET_SHARED_STORE_H

#include "net/worker.h"

#include <mcpauth/store.h>

/** Values are not longer than this. */
#define MCPAUTH__STORE_VALUE_LIMIT ((size_t)1024 * 1024)

/** Keys are not longer than this, their NUL included. */
#define MCPAUTH__STORE_KEY_SIZE 129

/** Requests that the program has not answered yet, late ones too: beyond so many none is
 * made any more. */
#define MCPAUTH__STORE_REQUEST_LIMIT 1024

/** Any thread. */
struct mcpauth__shared_store;

/** What a store is made with. */
struct mcpauth__shared_store_parts {
	struct mcpauth__worker *worker; /* keeps the deadlines; borrowed until it is freed,
					 * for which it waits until all are answered */
	mcpauth_store_fn carry_out;     /* NULL: there is no store */
	void *user;                     /* borrowed until the worker is freed */
	unsigned timeout_ms;
};

/** What came of a question. Borrowed for the call that brings it. */
struct mcpauth__store_answer {
	/* One of the operation's; of a GET MCPAUTH_STORE_DONE, if there is a value. */
	enum mcpauth_store_outcome outcome;
	const char *value; /* need not end with a NUL; NULL but for that */
	size_t length;
};

typedef void (*mcpauth__store_answer_fn)(const struct mcpauth__store_answer *answer, void *user);

/** A question. Key and value are copied. */
struct mcpauth__store_question {
	enum mcpauth_store_operation operation;
	const char *key;
	const char *value;
	size_t length;
	unsigned seconds;              /* at least 1, where there is a value */
	mcpauth__store_answer_fn done; /* NULL: nobody wants to know */
	void *user;
};

/** Make one. @return NULL without memory */
struct mcpauth__shared_store *mcpauth__shared_store_new(
	const struct mcpauth__shared_store_parts *parts);

/** After its worker. Requests that are answered later still are harmless. NULL is accepted. */
void mcpauth__shared_store_free(struct mcpauth__shared_store *store);

/** Is there one? If not, no question needs to be put together. NULL is accepted. */
bool mcpauth__shared_store_is_there(const struct mcpauth__shared_store *store);

/**
 * Ask. `done` is called exactly once, with no lock held: from within, from the thread on
 * which the program answers, or from the network thread when the deadline has passed or
 * the worker is being freed (MCPAUTH_STORE_FAILED). Where there is no store, and where
 * nobody can be asked, that is so at once.
 */
void mcpauth__shared_store_ask(
	struct mcpauth__shared_store *store, const struct mcpauth__store_question *question);

#endif
