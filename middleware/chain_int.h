/* What a chain is made of. */
#ifndef MCPAUTH_MIDDLEWARE_CHAIN_INT_H
#define MCPAUTH_MIDDLEWARE_CHAIN_INT_H

#include "exchange_int.h"
#include "rules.h"

#include <mcpauth/reload.h>

#include <pthread.h>

struct mcpauth__counting;

struct mcpauth_chain {
	struct mcpauth *auth; /* the first one: its log is that of all that follow */
	struct mcpauth_chain_config config;
	struct mcpauth_stage stages[MCPAUTH__STAGE_LIMIT];
	size_t stage_count;
	size_t first_end;            /* behind those that were added FIRST */
	bool edits_answers;          /* one of them does */
	bool keeps_time;             /* one of them asks how long something took */
	struct mcpauth__words names; /* of the stages that were added */
	bool everybody;              /* bearer authorization is off */

	struct mcpauth__counting *counting; /* what metrics are made of, its stage's; or NULL */

	/* Told of each answer once it is decided, which may be long before it is sent or its
	 * connection broken; NULL: nobody is. */
	void (*on_decision)(struct mcpauth_exchange *exchange, void *user);
	void *on_decision_user;

	void *adapter; /* the HTTP server's part of it */
	void (*adapter_free)(void *adapter);

	struct mcpauth__rules *draft; /* a change under way; NULL: none */
	bool may_reload;              /* what follows was said, also if it is NULL */
	bool is_preparing;            /* prepare runs: it ends no change */
	mcpauth_prepare_fn prepare;
	void *prepare_user;

	struct mcpauth__rules_in_force in_force; /* for requests that begin now */

	pthread_mutex_t lock; /* guards the lists */
	struct mcpauth_exchange *waiters;
	struct mcpauth__connection *connections;
	atomic_bool draining;
	atomic_uint waking; /* threads inside a resume or on_wake, not being the transport's own */
	atomic_bool told_no_suspend;
	atomic_bool told_no_options;
};

/** What the chain decided. */
enum mcpauth__verdict {
	MCPAUTH__GO_ON,     /* nothing yet; never the last word */
	MCPAUTH__PASS,      /* to the application */
	MCPAUTH__ANSWER,    /* exchange->answer is to be sent */
	MCPAUTH__LATER,     /* suspended: run it again when called again */
	MCPAUTH__NEEDS_BODY /* run it again with body_is_complete */
};

/** Run the stages from where the exchange stands. */
enum mcpauth__verdict mcpauth__chain_run(struct mcpauth_exchange *exchange);

/** Bytes of body the stage wants for which the exchange stopped. */
size_t mcpauth__chain_body_limit(const struct mcpauth_exchange *exchange);

/** Answer 413, for a body beyond that limit. */
void mcpauth__chain_body_too_large(struct mcpauth_exchange *exchange);

/** Let every stage edit the answer. To be called once before it is sent, if one
 * edits answers. */
void mcpauth__chain_edit_answer(struct mcpauth_exchange *exchange);

/**
 * Put a stage of the library's own among those that are added, and copy it.
 *
 * @param at  its index: chain->stage_count is behind all
 * @return as mcpauth_chain_add_stage()
 */
enum mcpauth_code mcpauth__chain_insert_stage(struct mcpauth_chain *chain, size_t at,
	const struct mcpauth_stage *stage, struct mcpauth_error *err);

/** The object that the calls that build speak of: of a change under way, its own.
 * Borrowed. */
struct mcpauth *mcpauth__chain_written_auth(const struct mcpauth_chain *chain);

/** Where one of the library's own that are added FIRST has its place, whatever was added when.
 * @param name  cors, access_log or rate_limit; there is none yet */
size_t mcpauth__chain_place_of(const struct mcpauth_chain *chain, const char *name);

/** Is there a stage of this name already? */
bool mcpauth__chain_has_stage(const struct mcpauth_chain *chain, const char *name);

/** How many of its exchanges wait. */
unsigned mcpauth__chain_waiters(struct mcpauth_chain *chain);

/** Let one of the exchanges that wait run again. @return false: none waits */
bool mcpauth__chain_wake_one(struct mcpauth_chain *chain);

/** Wait for threads that are still waking one of its exchanges. */
void mcpauth__chain_await_wakers(const struct mcpauth_chain *chain);

#endif
