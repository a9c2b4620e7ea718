/**
 * @file
 * An introspection endpoint on 127.0.0.1 (RFC 7662) that says of each token what the
 * test likes, when it likes. One thread of its own serves all connections.
 */
#ifndef MCPAUTH_TEST_OPAQUE_ENDPOINT_H
#define MCPAUTH_TEST_OPAQUE_ENDPOINT_H

#include <stdbool.h>

/** Of a delay: not before opaque_endpoint_release(). */
#define OPAQUE_HELD (-1)

struct opaque_answer {
	unsigned status; /* 200; 0: break the connection instead of answering */
	long delay_ms;   /* 0; counted from when the question was there */
	char body[1024]; /* {"active":false} */
};

/**
 * What the endpoint says. Called on its thread when the question is there, not when
 * the answer is sent.
 *
 * @param token   as the form has it: the test's tokens need no encoding
 * @param answer  to be changed
 * @param user    as given beside the function
 */
typedef void (*opaque_answer_fn)(const char *token, struct opaque_answer *answer, void *user);

struct opaque_endpoint;

/** Start one. Whatever fails here ends the process. */
struct opaque_endpoint *opaque_endpoint_new(opaque_answer_fn answer, void *user);

/** Break what is open, and stop. NULL is accepted. */
void opaque_endpoint_free(struct opaque_endpoint *endpoint);

unsigned opaque_endpoint_port(const struct opaque_endpoint *endpoint);

/** How many questions there were, and connections, so far. */
unsigned opaque_endpoint_calls(const struct opaque_endpoint *endpoint);
unsigned opaque_endpoint_connections(const struct opaque_endpoint *endpoint);

/** How many connections are open now. */
unsigned opaque_endpoint_open(const struct opaque_endpoint *endpoint);

/** How many questions were under way at once, at most. */
unsigned opaque_endpoint_at_once(const struct opaque_endpoint *endpoint);

/** Let all held answers go, now and from now on. */
void opaque_endpoint_release(struct opaque_endpoint *endpoint);

/** Close the connections that were used and on which nothing is asked now, as servers do
 * after a while. */
void opaque_endpoint_hang_up(struct opaque_endpoint *endpoint);

#endif
