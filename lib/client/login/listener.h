/* Listening on loopback for the redirect of one login (RFC 8252 section 7.3). */
#ifndef MCPAUTH_LOGIN_LISTENER_H
#define MCPAUTH_LOGIN_LISTENER_H

#include <mcpauth/error.h>

#include <stdbool.h>
#include <stddef.h>

/** Sockets at the redirect_uri's address; for a name (localhost) at 127.0.0.1 and, where
 * there is one, ::1. One thread. */
struct mcpauth__listener;

/**
 * Listen.
 *
 * @param redirect_uri   http on loopback: its port, or a free one if it has none. NULL:
 *                       http://127.0.0.1:PORT/callback on a free port
 * @param preferred      a redirect_uri that was used before, whose port is tried first;
 *                       NULL: none
 * @param[out] listener  caller frees with mcpauth__listener_free(); NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL, MCPAUTH_E_SYSTEM or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__listener_new(const char *redirect_uri, const char *preferred,
	struct mcpauth__listener **listener, struct mcpauth_error *err);

/** Close it. NULL is accepted. */
void mcpauth__listener_free(struct mcpauth__listener *listener);

/** The redirect_uri, with its port. Borrowed. */
const char *mcpauth__listener_redirect_uri(const struct mcpauth__listener *listener);

/**
 * What a browser brought is judged: is it the answer?
 *
 * @param target  of the request: the path and query; borrowed for the call
 * @return MCPAUTH_OK: a page says that the window may be closed; MCPAUTH_E_REDIRECT: 404
 *         or a page that says so, and the listening goes on; else a page that names what
 *         went wrong in words of ours, and the listening ends
 */
typedef enum mcpauth_code (*mcpauth__listener_fn)(const char *target, void *user);

/**
 * Answer requests until one is the answer, or something else ends it.
 *
 * GET of the redirect_uri's path alone, a Host that is loopback, 16 KiB of head, up to 16
 * connections at once, of which the oldest has to go when one more comes, and 10 s for
 * each; none of them keeps another one waiting. The last answer is sent to its end.
 *
 * @param wake      readable: somebody else ends it; -1: nobody can
 * @param deadline  monotonic milliseconds of the system's
 * @return what `judge` came to last; MCPAUTH_PENDING: `wake` is readable;
 *         MCPAUTH_E_LOGIN_ABANDONED: the deadline passed; or MCPAUTH_E_SYSTEM
 */
enum mcpauth_code mcpauth__listener_run(struct mcpauth__listener *listener, int wake,
	long long deadline, mcpauth__listener_fn judge, void *user);

#endif
