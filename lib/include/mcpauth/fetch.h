/**
 * @file
 * Another way to do HTTP than libcurl: for tests, and for programs that have
 * an HTTP client of their own.
 */
#ifndef MCPAUTH_FETCH_H
#define MCPAUTH_FETCH_H

#include <mcpauth/error.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One GET or POST that waits for its answer. */
struct mcpauth_fetch;

/**
 * Carry out a request: mcpauth_fetch_method() says which, and a POST's body and
 * the headers are at hand likewise. Documents are fetched with GET; token
 * endpoints are asked with POST.
 *
 * Called from any thread. Must lead to exactly one mcpauth_fetch_answer(), at
 * once or later, from any thread. Must not follow redirects. The library has
 * checked the URL's form, but a function of the program's own decides itself
 * which addresses it connects to.
 *
 * @param fetch  what to answer; good until it is answered
 * @param url    borrowed for the call
 * @param user   as given beside the function
 */
typedef void (*mcpauth_fetch_fn)(struct mcpauth_fetch *fetch, const char *url, void *user);

/** "GET" or "POST". A constant. */
MCPAUTH_API const char *mcpauth_fetch_method(const struct mcpauth_fetch *fetch);

/**
 * What a POST sends: a form or JSON that holds tokens and secrets, for no log.
 *
 * @param fetch        not answered yet
 * @param[out] length  of it in bytes; 0 for a GET
 * @return borrowed until the fetch is answered, ends with a NUL; NULL for a GET
 */
MCPAUTH_API const char *mcpauth_fetch_body(const struct mcpauth_fetch *fetch, size_t *length);

/**
 * The headers to send, one after the other: Accept, and of a POST Content-Type
 * and perhaps Authorization and DPoP, whose values are secrets.
 *
 * @param fetch       not answered yet
 * @param index       from 0
 * @param[out] name   a constant; NULL past the last one
 * @param[out] value  borrowed until the fetch is answered; NULL past the last one
 * @return false past the last one
 */
MCPAUTH_API bool mcpauth_fetch_header_at(
	const struct mcpauth_fetch *fetch, size_t index, const char **name, const char **value);

/**
 * Say that the answer has a DPoP-Nonce header (RFC 9449 section 8). Only before the
 * fetch is answered; what cannot be a nonce is left out.
 *
 * @param fetch  not answered yet
 * @param nonce  the header's value; borrowed for the call. NULL is accepted
 */
MCPAUTH_API void mcpauth_fetch_answer_nonce(struct mcpauth_fetch *fetch, const char *nonce);

/**
 * Give the answer of a fetch, exactly once.
 *
 * @param fetch   taken
 * @param status  the HTTP status; 0 if there was no answer
 * @param body    borrowed for the call; NULL if there is none. Read if the status is
 *                2xx, or 4xx as the answer to a POST
 * @param length  bytes of body; over 1 MiB, as the answer to a POST over 128 KiB, counts
 *                as MCPAUTH_E_TOO_LARGE, or with 4xx as no body
 */
MCPAUTH_API void mcpauth_fetch_answer(
	struct mcpauth_fetch *fetch, unsigned status, const char *body, size_t length);

#ifdef __cplusplus
}
#endif

#endif
