/**
 * @file
 * A protected MHD server (daemon.h) that asks an introspection endpoint of the test's
 * (opaque_endpoint.h) about its tokens. `/write` wants the scope "write", which no
 * token has.
 */
#ifndef MCPAUTH_TEST_OPAQUE_DAEMON_H
#define MCPAUTH_TEST_OPAQUE_DAEMON_H

#include "support/daemon.h"
#include "support/http_client.h"
#include "support/opaque_endpoint.h"

#include <stdatomic.h>

/** How long what opaque_say() calls slow takes. */
#define OPAQUE_SLOW_MS 300

struct opaque_daemon {
	struct opaque_endpoint *endpoint;
	struct daemon *daemon;
	struct mcpauth *auth;                       /* borrowed from the daemon */
	struct mcpauth_introspection_config config; /* endpoint and client filled in */
	atomic_uint arrived;                        /* requests that the chain has seen */
	char url[64];
};

/** What is to be different. Zero is the default everywhere. */
struct opaque_daemon_config {
	struct daemon_config daemon; /* `prepare` and `issuer_port` aside */
	opaque_answer_fn answer;     /* opaque_say() */
	void *user;
	unsigned cache_seconds; /* as in introspection.h */
	unsigned concurrency;
};

/** Start both. Whatever fails here ends the test. */
struct opaque_daemon *opaque_daemon_new(const struct opaque_daemon_config *config);

/** Stop what is not stopped yet, and release all. */
void opaque_daemon_free(struct opaque_daemon *it);

/**
 * An answer by the token's first word, with the rest as the subject: "token-7" and
 * "slow-7" are good, one at once, the other after OPAQUE_SLOW_MS, "held-7" when it is
 * released; "elsewhere-7" is for another resource, "gone-7" inactive, and to ask about
 * "broken-7" is answered with 500, about "cut-7" not at all.
 */
void opaque_say(const char *token, struct opaque_answer *answer, void *user);

/** Connect and ask for a path with this token. */
struct http_client *opaque_daemon_ask(
	const struct opaque_daemon *it, const char *path, const char *token);

/** The same, and read the answer. Caller releases it with http_response_finish(). */
struct http_response opaque_daemon_get(
	const struct opaque_daemon *it, const char *path, const char *token);

#endif
