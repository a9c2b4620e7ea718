/* One request on its way through the chain; knows nothing of MHD. */
#ifndef MCPAUTH_MIDDLEWARE_EXCHANGE_INT_H
#define MCPAUTH_MIDDLEWARE_EXCHANGE_INT_H

#include "answer_int.h"
#include "base/buf.h"
#include "route.h"

#include <semaphore.h>
#include <stdatomic.h>

#define MCPAUTH__STAGE_LIMIT 16

/** How a request can wait. */
enum mcpauth__waiting {
	MCPAUTH__WAITS_SUSPENDED, /* its connection is suspended and resumed */
	MCPAUTH__WAITS_BLOCKED,   /* its thread is its own and sleeps */
	MCPAUTH__WAITS_NEVER      /* it cannot: 503 instead */
};

/** What carries exchanges: MHD, or a test. */
struct mcpauth__transport {
	/* The value of the index-th header of this name, case ignored, or NULL. */
	const char *(*header)(void *user, const char *name, unsigned index);
	/* A query argument, decoded, or NULL. */
	const char *(*argument)(void *user, const char *name);
	void (*suspend)(void *user);
	/* From any thread, once per suspend. */
	void (*resume)(void *user);
};

/** What a request looks like when it comes in. Borrowed until it ends. */
struct mcpauth__arrival {
	const struct mcpauth__transport *transport;
	void *user;
	enum mcpauth__waiting waiting;
	const char *method;
	const char *path;
};

struct mcpauth_exchange {
	struct mcpauth_chain *chain;
	struct mcpauth__arrival arrival;
	const struct mcpauth__route *route; /* NULL: no such path */
	size_t stage;                       /* the one that runs, or runs next */
	void *slots[MCPAUTH__STAGE_LIMIT];
	struct mcpauth_auth_info *info;
	struct mcpauth_answer answer;
	struct mcpauth__headers headers; /* for whatever is answered */
	struct mcpauth__buf body;
	bool body_is_complete;
	bool has_waited;
	struct mcpauth__words trimmed; /* header values that had blanks behind */

	atomic_uint refs;
	atomic_int wait;
	sem_t semaphore;
	struct mcpauth_exchange *previous; /* in the chain's list of those that wait */
	struct mcpauth_exchange *next;
	bool is_listed;
	bool is_drained; /* woken by drain; guarded by the chain's lock */
};

/** Begin an exchange. @return NULL without memory */
struct mcpauth_exchange *mcpauth__exchange_new(
	struct mcpauth_chain *chain, const struct mcpauth__arrival *arrival);

/**
 * The request has ended: tell every stage, give the request's reference back.
 * The memory stays while a stage still owes its mcpauth_exchange_continue().
 *
 * @param status  what was sent, or 0
 */
void mcpauth__exchange_finish(struct mcpauth_exchange *exchange, unsigned status);

/** One reference more or less, besides those of requests and waits. */
void mcpauth__exchange_ref(struct mcpauth_exchange *exchange);
void mcpauth__exchange_unref(struct mcpauth_exchange *exchange);

/** What became of a wait. */
enum mcpauth__waited {
	MCPAUTH__WAITED_AGAIN,     /* over already: run the stage again */
	MCPAUTH__WAITED_SUSPENDED, /* run it again when the transport calls again */
	MCPAUTH__WAITED_REFUSED    /* not possible: an answer was made */
};

/** A stage wants to wait. */
enum mcpauth__waited mcpauth__exchange_wait(struct mcpauth_exchange *exchange);

/** Make a waiting exchange go on, without ending the wait itself. Any thread. */
void mcpauth__exchange_wake(struct mcpauth_exchange *exchange);

/** To be called whenever a suspended exchange runs again. */
void mcpauth__exchange_woken(struct mcpauth_exchange *exchange);

/** 503 with Retry-After; with `closing` because the server is about to stop. */
void mcpauth__exchange_unavailable(
	struct mcpauth_exchange *exchange, unsigned retry_after, bool closing);

/** Answer with an OAuth error as JSON, without a challenge. */
enum mcpauth_stage_result mcpauth__exchange_error(struct mcpauth_exchange *exchange,
	unsigned status, const char *error, const char *description);

#endif
