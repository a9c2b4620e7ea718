/**
 * @file
 * Stages: the steps a request passes before the application sees it. This
 * header is for those who write a stage of their own; it knows nothing of MHD.
 */
#ifndef MCPAUTH_STAGE_H
#define MCPAUTH_STAGE_H

#include <mcpauth/mcpauth.h>
#include <mcpauth/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One request and its answer, from its headers to its end. */
struct mcpauth_exchange;

/** An answer of the library's own, still to be changed: status, headers, body. */
struct mcpauth_answer;

/** What a stage's on_request came to. */
enum mcpauth_stage_result {
	/** Nothing against it: go on to the next stage. */
	MCPAUTH_NEXT = 0,
	/** An answer was given with mcpauth_exchange_answer() or _refuse(). */
	MCPAUTH_ANSWERED = 1,
	/** Run this stage again after the one mcpauth_exchange_continue() that
	 * follows. Nothing else ends the wait but drain: the stage keeps the time. */
	MCPAUTH_WAIT = 2,
	/** Something broke: 500 without a challenge. */
	MCPAUTH_FAILED = 3
};

/**
 * A stage. Copied when added to a chain; the functions may be called from
 * several threads at once, for one exchange by one at a time.
 */
struct mcpauth_stage {
	size_t size; /**< set by MCPAUTH_STAGE_INIT */
	/** For the log; copied. One that is called "cors", "rate_limit", "access_log" or
	 * "metrics" stands in the place of that stage: to add it is MCPAUTH_E_DUPLICATE. */
	const char *name;
	/** Bytes of body it wants to see. Zero: it runs on the headers alone. Else
	 * it runs once the whole body is there, for every request that comes so
	 * far and that wants_body does not except, and a longer body gets 413. The
	 * application gets the same body again. Placed FIRST it holds bodies of
	 * clients without a token. */
	size_t body_limit;
	/** Decide. May answer, wait or fail. NULL: NEXT. */
	enum mcpauth_stage_result (*on_request)(struct mcpauth_exchange *exchange, void *user);
	/** Edit an answer of the library's own, refusals too. Not called for what
	 * the application answers. May not answer or wait. Many requests share an
	 * answer: the first change makes a copy for this one. */
	void (*on_answer)(
		struct mcpauth_exchange *exchange, struct mcpauth_answer *answer, void *user);
	/** The exchange has ended: always called, once, with the status that was
	 * sent or 0 if the connection broke before; also for a stage that did not
	 * run, and also while its wait is under way. All accessors still work.
	 * Everything the stage put into its slot is released here, but what the
	 * one who will continue uses: see mcpauth_exchange_continue(). */
	void (*on_finish)(struct mcpauth_exchange *exchange, unsigned status, void *user);
	/** The chain is freed. */
	void (*on_free)(void *user);
	void *user; /**< given to all of them; borrowed until on_free */
	/** Is this request's body one that it wants to see, told by the headers? If
	 * not it runs on them alone, and a body of any length passes it. Asked more
	 * than once per request, with one answer. NULL: all bodies. */
	bool (*wants_body)(const struct mcpauth_exchange *exchange, void *user);
};

/** Fills a struct mcpauth_stage with the defaults. */
#define MCPAUTH_STAGE_INIT \
	{ \
		.size = sizeof(struct mcpauth_stage) \
	}

/** The method, as sent: "GET". Borrowed until the exchange ends. */
MCPAUTH_API const char *mcpauth_exchange_method(const struct mcpauth_exchange *exchange);

/** The path, percent-decoded, without the query. Borrowed until the exchange ends. */
MCPAUTH_API const char *mcpauth_exchange_path(const struct mcpauth_exchange *exchange);

/** The query, as sent, without the "?"; NULL if there is none. Borrowed until the
 * exchange ends. */
MCPAUTH_API const char *mcpauth_exchange_query(const struct mcpauth_exchange *exchange);

/**
 * A header of the request.
 *
 * @param exchange  borrowed for the call
 * @param name      compared without regard to case; borrowed for the call
 * @param index     0 for the first header of this name, then 1, ...
 * @return without blanks at its ends, borrowed until the exchange ends; NULL if
 *         there are not that many
 */
MCPAUTH_API const char *mcpauth_exchange_header(
	const struct mcpauth_exchange *exchange, const char *name, unsigned index);

/**
 * The body, in a stage with a body_limit that wants this one.
 *
 * @param exchange     borrowed for the call
 * @param[out] length  bytes
 * @return NUL-terminated, borrowed until the exchange ends; NULL in a stage
 *         that runs on the headers alone
 */
MCPAUTH_API const char *mcpauth_exchange_body(
	const struct mcpauth_exchange *exchange, size_t *length);

/** Who calls; NULL before the bearer stage, on public routes and without a good
 * token. Also set when a good token lacks a scope. Borrowed until the exchange ends. */
MCPAUTH_API const struct mcpauth_auth_info *mcpauth_exchange_auth_info(
	const struct mcpauth_exchange *exchange);

/** The object whose resources and issuers hold for this exchange: the one that the
 * chain had when it began. Borrowed until the exchange ends. */
MCPAUTH_API struct mcpauth *mcpauth_exchange_auth(const struct mcpauth_exchange *exchange);

/** The MCP message that was posted; NULL before the operations stage, on routes without
 * operations and for other methods than POST. Borrowed until the exchange ends. */
MCPAUTH_API const struct mcpauth_message *mcpauth_exchange_message(
	const struct mcpauth_exchange *exchange);

/** Why the chain refused; MCPAUTH_OK if it did not, or not yet. MCPAUTH_E_STAGE for what
 * a stage of the program's own answered with 400 or more. */
MCPAUTH_API enum mcpauth_code mcpauth_exchange_reason(const struct mcpauth_exchange *exchange);

/** Bytes that the text of an address may take, its final NUL included. */
#define MCPAUTH_ADDRESS_SIZE 46

/**
 * Where the request comes from: the peer of the connection, or whom trusted proxies
 * name in its place (mcpauth_chain_trust_proxy()).
 *
 * @param exchange      borrowed for the call
 * @param[out] address  "192.0.2.7", "2001:db8::1"; empty if it has none
 * @return false if it has none: a local socket, or a transport that does not say
 */
MCPAUTH_API bool mcpauth_exchange_address(
	const struct mcpauth_exchange *exchange, char address[MCPAUTH_ADDRESS_SIZE]);

/** A place for one pointer of the running stage's own, NULL at first. To be
 * used inside the stage's own functions; good until on_finish has returned. */
MCPAUTH_API void **mcpauth_exchange_slot(struct mcpauth_exchange *exchange);

/**
 * Add a header to whatever is answered: the library's own answers, and those
 * of the application that pass through mcpauth_mhd_queue_response().
 *
 * @param exchange  borrowed for the call
 * @param name      a token (RFC 9110 section 5.6.2), but neither Content-Length
 *                  nor Transfer-Encoding; copied
 * @param value     not empty, without control characters; copied
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_exchange_add_header(
	struct mcpauth_exchange *exchange, const char *name, const char *value);

/**
 * Answer the request. The stage then returns MCPAUTH_ANSWERED.
 *
 * @param exchange  borrowed for the call
 * @param status    200 to 599
 * @param type      the Content-Type; NULL if there is no body. Copied
 * @param body      copied; may be NULL with length 0
 * @param length    bytes
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY (then
 *         return MCPAUTH_FAILED)
 */
MCPAUTH_API enum mcpauth_code mcpauth_exchange_answer(struct mcpauth_exchange *exchange,
	unsigned status, const char *type, const char *body, size_t length);

/**
 * Refuse the request as the bearer stage would: status, challenge and body
 * follow from the code (RFC 6750 section 3, RFC 9728 section 5.1). The stage
 * then returns MCPAUTH_ANSWERED.
 *
 * @param exchange  borrowed for the call
 * @param code      400 to 499 for a challenge; MCPAUTH_E_UNKNOWN_HANDLE for 404 and
 *                  MCPAUTH_E_NOT_LISTED for 403, both without one; 200 to 399,
 *                  MCPAUTH_E_NO_MEMORY and MCPAUTH_E_SYSTEM for 503; else 500, and so
 *                  is a challenge on a path that belongs to no resource
 * @param scopes    with MCPAUTH_E_INSUFFICIENT_SCOPE and MCPAUTH_E_NO_CREDENTIALS:
 *                  what this operation needs besides the route's own scopes,
 *                  separated by blanks, or NULL; borrowed for the call
 * @param details   told to the client only on routes with allow_error_details;
 *                  or NULL; borrowed for the call
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY (then return MCPAUTH_FAILED)
 */
MCPAUTH_API enum mcpauth_code mcpauth_exchange_refuse(struct mcpauth_exchange *exchange,
	enum mcpauth_code code, const char *scopes, const char *details);

/**
 * End a wait: the stage that returned MCPAUTH_WAIT runs again.
 *
 * Exactly once per MCPAUTH_WAIT, from any thread, also before on_request has
 * returned it, also after the exchange has ended: until then its memory is kept,
 * but nothing else. What works between a wait's beginning and its end must use
 * only what is its own, since the slot may have been released by on_finish.
 *
 * @param exchange  not to be used afterwards by the thread that calls this
 */
MCPAUTH_API void mcpauth_exchange_continue(struct mcpauth_exchange *exchange);

/** The status of an answer. */
MCPAUTH_API unsigned mcpauth_answer_status(const struct mcpauth_answer *answer);

/**
 * Change the status.
 *
 * @param answer  changed
 * @param status  200 to 599; others are ignored
 */
MCPAUTH_API void mcpauth_answer_set_status(struct mcpauth_answer *answer, unsigned status);

/**
 * The first header of this name.
 *
 * @param answer  borrowed for the call
 * @param name    compared without regard to case; borrowed for the call
 * @return borrowed until it is changed; or NULL
 */
MCPAUTH_API const char *mcpauth_answer_header(
	const struct mcpauth_answer *answer, const char *name);

/**
 * Put a header in the place of all of this name.
 *
 * @param answer  borrowed for the call
 * @param name    a token; copied
 * @param value   not empty, without control characters; copied. NULL takes them away
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_answer_set_header(
	struct mcpauth_answer *answer, const char *name, const char *value);

/**
 * The body of an answer.
 *
 * @param answer       borrowed for the call
 * @param[out] length  bytes
 * @return borrowed until it is changed
 */
MCPAUTH_API const char *mcpauth_answer_body(const struct mcpauth_answer *answer, size_t *length);

/**
 * Change the body.
 *
 * @param answer  changed
 * @param body    copied; may be NULL with length 0
 * @param length  bytes
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_answer_set_body(
	struct mcpauth_answer *answer, const char *body, size_t length);

#ifdef __cplusplus
}
#endif

#endif
