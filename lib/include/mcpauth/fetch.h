/**
 * @file
 * Another way to do HTTP than libcurl: for tests, and for programs that have
 * an HTTP client of their own.
 */
#ifndef MCPAUTH_FETCH_H
#define MCPAUTH_FETCH_H

#include <mcpauth/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One GET that waits for its answer. */
struct mcpauth_fetch;

/**
 * GET a document.
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

/**
 * Give the answer of a fetch, exactly once.
 *
 * @param fetch   taken
 * @param status  the HTTP status; 0 if there was no answer
 * @param body    borrowed for the call; NULL if there is none
 * @param length  bytes of body; over 1 MiB counts as MCPAUTH_E_TOO_LARGE
 */
MCPAUTH_API void mcpauth_fetch_answer(
	struct mcpauth_fetch *fetch, unsigned status, const char *body, size_t length);

#ifdef __cplusplus
}
#endif

#endif
