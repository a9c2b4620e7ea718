/**
 * @file
 * MCP messages posted to a chain without a socket, by callers of all kinds.
 */
#ifndef MCPAUTH_TEST_POSTING_H
#define MCPAUTH_TEST_POSTING_H

#include "support/fake_exchange.h"

/** The message that calls a tool. */
#define POSTING_CALL(name) \
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"" name \
	"\",\"arguments\":{\"a\":1}}}"

/** A request without a name. */
#define POSTING_REQUEST(method) "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" method "\"}"

/** A server with a table of operations, and the last request that was posted to it. */
struct posting {
	struct fake_server server;
	struct mcpauth_operations *operations;
	struct fake_exchange fake;
	char *bearer;
	bool is_posted; /* a request is there that has not been finished */
};

/** Whoever posts, and what. Zero: to /mcp, without credentials. */
struct post {
	const char *path;
	const char *granted;     /* the token's scopes; NULL: no token */
	const char *headers[10]; /* further ones: name, value, name, value, ... */
	const char *body;
};

/** Start a server, and make a table; no route has it yet. */
void posting_start(struct posting *posting);

/** Stop it. */
void posting_stop(struct posting *posting);

/** End the last request. */
void posting_finish(struct posting *posting);

/** Add to the table. */
void posting_list(struct posting *posting, const char *name, const char *scopes);
void posting_list_entry(struct posting *posting, const struct mcpauth_operation *operation);

/** Protect /mcp with it. @param scopes  the route's own, or NULL */
void posting_protect(struct posting *posting, const char *scopes, bool allow_anonymous);

/** Post, and give the body if it is wanted. The request before is finished.
 * @return the answer's status; 0: it passed */
unsigned posting_send(struct posting *posting, const struct post *post);

/** Call a tool with these scopes; NULL: without a token. @return likewise */
unsigned posting_call(struct posting *posting, const char *granted, const char *body);

/** What the last one's challenge asks for: `scope="..."`, or "none". Borrowed until the
 * next call. */
const char *posting_challenge_scope(const struct posting *posting);

#endif
