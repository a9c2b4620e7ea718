/* What the admin endpoint is asked to forget. */
#ifndef EXAMPLES_SIMPLE_AUTH_FORGET_REQUEST_H
#define EXAMPLES_SIMPLE_AUTH_FORGET_REQUEST_H

#include <stddef.h>

/** A token alone; or an issuer, with a subject or a session. The rest is NULL. */
struct forget_request {
	char *token;
	char *issuer;
	char *subject;
	char *session;
};

/**
 * Read a request's body.
 *
 * @param body          borrowed for the call
 * @param length        bytes
 * @param[out] request  to be finished, also on failure
 * @return NULL, or one line that says what is wrong with it; a constant
 */
const char *forget_request_read(const char *body, size_t length, struct forget_request *request);

/** Wipe and release it. */
void forget_request_finish(struct forget_request *request);

#endif
