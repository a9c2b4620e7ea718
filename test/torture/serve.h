/**
 * @file
 * A scenario's servers.
 */
#ifndef MCPAUTH_TEST_SERVE_H
#define MCPAUTH_TEST_SERVE_H

#include "scenario.h"

#include "support/loopback.h"

/** An issuer with metadata, keys and a token endpoint. Caller frees with loopback_free(). */
struct loopback *serve_issuer(bool tls);

/** Where it is. Borrowed until the next call. */
const char *serve_origin(const struct loopback *issuer, bool tls);

/** A library that knows it by its metadata. Caller frees with mcpauth_free(). */
struct mcpauth *serve_auth(const struct loopback *issuer, bool tls);

/** A protected daemon with one epoll thread. */
struct served {
	struct mcpauth *auth;
	struct mcpauth_chain *chain;
	struct MHD_Daemon *mhd;
	unsigned port;
};

/** Start it. @param auth  taken */
void serve_daemon(struct served *served, struct mcpauth *auth);

/** Start one with a chain that has its handler; there is no `auth` besides the chain's. */
void serve_chain(struct served *served);

/** Stop it; wrong if a request hangs. */
void serve_stop(struct served *served);

/** Ask it with a token. @return its status; 0: no answer, the connection was closed */
unsigned serve_ask(const struct served *served, const char *token);

#endif
