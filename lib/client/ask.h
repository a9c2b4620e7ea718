/* Asking other servers on a client's behalf: who may be asked, and for how long. */
#ifndef MCPAUTH_CLIENT_ASK_H
#define MCPAUTH_CLIENT_ASK_H

#include "net/blocking.h"

#include <stdatomic.h>

/** What all of a client's questions have in common. Borrowed parts. */
struct mcpauth__asker {
	struct mcpauth__worker *worker;
	unsigned timeout_ms;
	bool allow_private_addresses;
	/* What the program configured: the server's URL and the issuer's. Their hosts may be
	 * private; NULL: not given. */
	const char *server;
	const char *issuer;
	const atomic_bool *is_cancelled; /* nothing more is asked; NULL: never */
};

/**
 * GET, and wait for it.
 *
 * @param url          configured, or learnt
 * @param learnt_from  the URL of the server that named it; NULL: it was configured. If it
 *                     was learnt it has to be https at a public address (at any one with
 *                     allow_private_addresses), or at a configured URL's host, or both are
 *                     on loopback. That a learnt host names itself again is no reason to
 *                     trust where its name leads then
 * @param[out] answer  as mcpauth__blocking_get() leaves it; caller finishes it.
 *                     MCPAUTH_E_CANCELLED: it was not asked any more
 */
void mcpauth__ask_get(const struct mcpauth__asker *asker, const char *url, const char *learnt_from,
	struct mcpauth__fetched *answer);

/** The same with a POST. @param post  its `to` is not looked at */
void mcpauth__ask_post(const struct mcpauth__asker *asker, const char *url, const char *learnt_from,
	const struct mcpauth__post *post, struct mcpauth__fetched *answer);

/**
 * May a document name this URL for OAuth: https, or http on loopback, or anywhere for a
 * worker with `insecure_allow_http`? Whether it may be asked is judged when it is.
 *
 * @param what  the member, for the message
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_METADATA or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__ask_check_url(const struct mcpauth__asker *asker, const char *url,
	const char *what, struct mcpauth_error *err);

#endif
