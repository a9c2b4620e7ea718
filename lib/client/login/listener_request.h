/* The head of a request, as a listener on loopback reads it. */
#ifndef MCPAUTH_LOGIN_LISTENER_REQUEST_H
#define MCPAUTH_LOGIN_LISTENER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/** Bytes of a head that are taken. */
#define MCPAUTH__LISTENER_HEAD_LIMIT ((size_t)16 * 1024)

/** What matters of it. */
struct mcpauth__listener_request {
	size_t target; /* where path and query begin */
	size_t target_length;
	bool is_head; /* HEAD: its answer has no body */
};

/**
 * Read a head as RFC 9112 writes it: lines that end with CR and LF, no folding, a path as
 * the target, HTTP/1.0 or 1.1, one Host.
 *
 * @param bytes         what came so far; borrowed for the call
 * @param port          that the Host has to name
 * @param[out] request  the target only with 200
 * @return 0: its end is still to come; 200: GET; else the status to answer with: 400:
 *         malformed; 403: the Host is not loopback, so that a page of somebody else's
 *         made its own name one for this machine; 405: another method; 431: too long
 */
unsigned mcpauth__listener_request_read(
	const char *bytes, size_t length, unsigned port, struct mcpauth__listener_request *request);

#endif
