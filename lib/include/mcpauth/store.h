/**
 * @file
 * A memory that several processes share, behind each one's own: for answers of
 * introspection endpoints, what was forgotten, and the names of logout tokens that were
 * seen.
 *
 * Of a token that a process does not remember it asks the store first, then the
 * endpoint. There it finds what another one of the same issuer, endpoint, client_id and
 * demand for signatures was told, if that was `active` and the token good: believed for
 * the rest of its time, which is never more than this process' own cache_seconds after
 * the endpoint was asked, and judged like an answer. With cache_seconds MCPAUTH_NONE, or
 * without a client_id, nobody looks, nor leaves anything there.
 *
 * The store may take a fifth of deadline_ms (1 s of 5) for one question, of which there
 * are two in a row. One that takes longer, or fails, is as none: the endpoint is asked
 * within the same deadline, and for a second after that only one token at a time tries
 * the store.
 *
 * What one process forgets (forget.h, logout.h) none finds there any more. What another
 * one remembers itself it believes until its time is over: cache_seconds after the
 * endpoint was asked, 60 by default. A process that could not tell the store believes
 * nothing there that is not younger, by more than clock_tolerance. Clocks have to agree
 * within that.
 */
#ifndef MCPAUTH_STORE_H
#define MCPAUTH_STORE_H

#include <mcpauth/error.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a store is asked to do. */
enum mcpauth_store_operation {
	MCPAUTH_STORE_GET = 1,    /**< find the value of a key */
	MCPAUTH_STORE_SET = 2,    /**< let a key have a value, for some seconds */
	MCPAUTH_STORE_DELETE = 3, /**< let a key have none */
	/** Let a key have a value, unless it has one: of all who ask at the same time
	 * with the same key exactly one is told that it was added. */
	MCPAUTH_STORE_ADD = 4
};

/** One question to a store. */
struct mcpauth_store_request;

/**
 * Carry one out.
 *
 * Called from any thread, several at once; must not block. Must lead to exactly
 * one mcpauth_store_found() or mcpauth_store_done(), at once or later, from any
 * thread, also when it cannot be carried out. Who takes longer than the deadline
 * answers nobody any more, but must answer all the same.
 *
 * Values are what authorization servers said of people, in the clear: the
 * store's connection and its disk are to be trusted with them, and whoever can write
 * there with the verdict on every opaque token. Keys are printable ASCII, at most 128
 * bytes, begin with "mcpauth:" and hold no token: only its SHA-256.
 *
 * @param request  good until it is answered
 * @param user     as given beside the function
 */
typedef void (*mcpauth_store_fn)(struct mcpauth_store_request *request, void *user);

/** What to do. */
MCPAUTH_API enum mcpauth_store_operation mcpauth_store_operation(
	const struct mcpauth_store_request *request);

/** With which key. Borrowed until it is answered. */
MCPAUTH_API const char *mcpauth_store_key(const struct mcpauth_store_request *request);

/**
 * With which value, for MCPAUTH_STORE_SET and MCPAUTH_STORE_ADD.
 *
 * @param request      not answered yet
 * @param[out] length  bytes, at most 1 MiB
 * @return borrowed until it is answered; NULL for the other two
 */
MCPAUTH_API const char *mcpauth_store_value(
	const struct mcpauth_store_request *request, size_t *length);

/** For how many seconds, for MCPAUTH_STORE_SET and MCPAUTH_STORE_ADD; at least 1. */
MCPAUTH_API unsigned mcpauth_store_seconds(const struct mcpauth_store_request *request);

/**
 * Answer MCPAUTH_STORE_GET: this is its value.
 *
 * @param request  taken
 * @param value    borrowed for the call
 * @param length   bytes
 */
MCPAUTH_API void mcpauth_store_found(
	struct mcpauth_store_request *request, const char *value, size_t length);

/** How a store answers without a value. */
enum mcpauth_store_outcome {
	MCPAUTH_STORE_DONE = 0,   /**< set, deleted, added */
	MCPAUTH_STORE_ABSENT = 1, /**< MCPAUTH_STORE_GET: there is none */
	MCPAUTH_STORE_EXISTS = 2, /**< MCPAUTH_STORE_ADD: there is one already */
	MCPAUTH_STORE_FAILED = 3  /**< the store cannot be asked */
};

/**
 * Answer anything else. With MCPAUTH_STORE_FAILED an endpoint is asked as if there
 * were no store, and a logout token is not accepted (MCPAUTH_E_STORE). One that was
 * added all the same counts as seen when it is posted again.
 *
 * @param request  taken
 * @param outcome  one that is not the operation's counts as MCPAUTH_STORE_FAILED
 */
MCPAUTH_API void mcpauth_store_done(
	struct mcpauth_store_request *request, enum mcpauth_store_outcome outcome);

#ifdef __cplusplus
}
#endif

#endif
