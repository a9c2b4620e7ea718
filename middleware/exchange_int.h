/* One request on its way through the chain; knows nothing of MHD. */
#ifndef MCPAUTH_MIDDLEWARE_EXCHANGE_INT_H
#define MCPAUTH_MIDDLEWARE_EXCHANGE_INT_H

#include "answer_int.h"
#include "base/buf.h"
#include "clients/client_address.h"
#include "request_headers.h"
#include "rules.h"

#include <semaphore.h>
#include <stdatomic.h>

/** The library's own, and 12 that are added. */
#define MCPAUTH__STAGE_LIMIT 19

/** How a request can wait. */
enum mcpauth__wait_mode {
	MCPAUTH__WAITS_SUSPENDED, /* its connection is suspended and resumed */
	MCPAUTH__WAITS_BLOCKED,   /* its thread is its own and sleeps */
	MCPAUTH__WAITS_NEVER      /* it cannot: 503 instead */
};

struct sockaddr;

/** What carries exchanges: MHD, or a test. */
struct mcpauth__transport {
	/* The value of the index-th header of this name, case ignored, or NULL. */
	const char *(*header)(void *user, const char *name, unsigned index);
	/* Add every field of the request that has a name of its own, in their order. */
	void (*walk_headers)(void *user, struct mcpauth__request_headers *headers);
	/* A query argument, decoded, or NULL. */
	const char *(*argument)(void *user, const char *name);
	/* The peer's address, borrowed while the connection is; NULL: it has none that it
	 * can tell. May itself be NULL. */
	const struct sockaddr *(*peer)(void *user);
	void (*suspend)(void *user);
	/* From any thread, once per suspend. */
	void (*resume)(void *user);
};

/** What a request looks like when it comes in. Borrowed until it ends. */
struct mcpauth__arrival {
	const struct mcpauth__transport *transport;
	void *user;
	enum mcpauth__wait_mode wait_mode;
	const char *method;
	const char *path;
	const char *query; /* as sent; NULL if there is none */
	bool path_is_cut;  /* more was sent, behind a NUL */
};

/** What an exchange has of its connection. Borrowed until it ends. */
struct mcpauth__surroundings {
	struct mcpauth_chain *chain;
	struct mcpauth__rules *rules;   /* in force when it began */
	struct mcpauth__words *trimmed; /* header values that had blanks at their ends */
};

struct mcpauth_exchange {
	struct mcpauth_chain *chain;
	struct mcpauth__rules *rules;
	struct mcpauth__words *trimmed;
	struct mcpauth__arrival arrival;
	struct mcpauth__request_headers request_headers;
	const struct mcpauth__route *route; /* NULL: no such path */
	size_t stage;                       /* the one that runs, or runs next */
	void *slots[MCPAUTH__STAGE_LIMIT];
	struct mcpauth_auth_info *info;
	struct mcpauth_answer answer;
	struct mcpauth__headers headers; /* for whatever is answered */
	struct mcpauth__buf body;
	bool body_is_complete;
	bool has_waited;
	bool has_passed;                 /* to the application */
	bool depends_on_origin;          /* a page would be answered otherwise */
	bool is_judged;                  /* its token is looked at, and it waits for that */
	const char *request_id;          /* X-Request-Id of the answer; NULL: it has none */
	bool is_counted;                 /* as a failure of its client's address */
	enum mcpauth_code reason;        /* for which it is refused; MCPAUTH_OK: it is not */
	struct mcpauth_message *message; /* that was posted, or NULL */
	/* Microseconds, where the chain keeps time: when it began, when its token came to
	 * be looked at, and when that was done; 0: never. */
	int64_t began;
	int64_t judged_from;
	int64_t judged_until;
	/* The chain's list of waiters; these three are guarded by its lock. */
	struct mcpauth_exchange *previous;
	struct mcpauth_exchange *next;
	bool is_waiter;

	/* From here on it is the storage's, and stays from request to request. */
	atomic_uint refs;
	atomic_int wait_state; /* as wait.c knows it */
	bool has_semaphore;    /* made for the first wait that blocks */
	sem_t semaphore;
	struct mcpauth_auth_info_room room;   /* where `info` lies if it did not wait */
	struct mcpauth_last_token last_token; /* the token of an earlier request */
};

/** Storage for exchanges, one after the other. Caller gives it back with
 * mcpauth__exchange_discard(). @return NULL without memory */
struct mcpauth_exchange *mcpauth__exchange_new(void);

/** Give the request's own reference back for good. NULL is accepted. */
void mcpauth__exchange_discard(struct mcpauth_exchange *exchange);

/** Does nobody hold it but the request, or the connection between two of them? */
bool mcpauth__exchange_is_unshared(const struct mcpauth_exchange *exchange);

/** Begin an exchange in it. */
void mcpauth__exchange_begin(struct mcpauth_exchange *exchange,
	const struct mcpauth__surroundings *surroundings, const struct mcpauth__arrival *arrival);

/** A header of the request that the library looks at, without blanks at its ends.
 * @return borrowed until the exchange ends; NULL if there is none */
static inline const char *mcpauth__exchange_field(
	const struct mcpauth_exchange *exchange, enum mcpauth__header_name name)
{
	return exchange->request_headers.items[name].value;
}

/** How many there are of it. */
static inline unsigned mcpauth__exchange_field_count(
	const struct mcpauth_exchange *exchange, enum mcpauth__header_name name)
{
	return exchange->request_headers.items[name].count;
}

/** Where it comes from, as mcpauth_exchange_address() tells. @return false if it has none */
bool mcpauth__exchange_client(
	const struct mcpauth_exchange *exchange, struct mcpauth__client_address *address);

/** Does a browser ask what a page may do (Fetch standard, section 3.2.2)? Such a request
 * carries no credentials. */
bool mcpauth__exchange_is_preflight(const struct mcpauth_exchange *exchange);

/**
 * The request has ended: tell every stage, release what it holds. The storage stays.
 *
 * @param status  what was sent, or 0
 */
void mcpauth__exchange_end(struct mcpauth_exchange *exchange, unsigned status);

/** Release what it holds; the end's last step. */
void mcpauth__exchange_close(struct mcpauth_exchange *exchange);

/** One reference more or less, besides the request's own. */
void mcpauth__exchange_ref(struct mcpauth_exchange *exchange);
void mcpauth__exchange_free(struct mcpauth_exchange *exchange);

/** What became of a wait. */
enum mcpauth__wait_outcome {
	MCPAUTH__WAIT_ENDED,   /* run the stage again now */
	MCPAUTH__WAIT_GOES_ON, /* run it again when the transport calls again */
	MCPAUTH__WAIT_REFUSED  /* not possible: an answer was made */
};

/** A stage wants to wait. */
enum mcpauth__wait_outcome mcpauth__exchange_wait(struct mcpauth_exchange *exchange);

/** To be called whenever an exchange runs again that may have waited. */
void mcpauth__exchange_end_wait(struct mcpauth_exchange *exchange);

/** 503 with Retry-After in seconds. */
void mcpauth__exchange_unavailable(struct mcpauth_exchange *exchange, unsigned retry_after);

/** 503 since the server is about to stop; the connection is closed, too. */
void mcpauth__exchange_stopping(struct mcpauth_exchange *exchange);

/** Answer as it is always done in this case. @return MCPAUTH_ANSWERED */
enum mcpauth_stage_result mcpauth__exchange_answer_standard(
	struct mcpauth_exchange *exchange, enum mcpauth__standard_answer which);

/** Answer with an OAuth error as JSON, without a challenge, for a reason that the caller
 * has put down. @return MCPAUTH_ANSWERED */
enum mcpauth_stage_result mcpauth__exchange_error(struct mcpauth_exchange *exchange,
	unsigned status, const char *error, const char *description);

#endif
