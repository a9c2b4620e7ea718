/* One connection of a browser's to the listener: a request, an answer, and its end. */
#ifndef MCPAUTH_LOGIN_LISTENER_CONNECTION_H
#define MCPAUTH_LOGIN_LISTENER_CONNECTION_H

#include "base/buf.h"
#include "client/login/listener_request.h"

#include <stdbool.h>
#include <stdint.h>

/** One thread's. */
struct mcpauth__listener_connection {
	int fd;                    /* -1: there is none */
	uint64_t number;           /* the later it came, the higher; kept by the listener */
	struct mcpauth__buf input; /* may hold a code: wiped */
	struct mcpauth__buf answer;
	size_t sent;
	int64_t deadline; /* monotonic milliseconds */
	bool is_answered; /* all was sent; the peer's end is waited for */
};

/**
 * Begin.
 *
 * @param fd  taken, also on failure
 * @return false without memory, or if the system refuses
 */
bool mcpauth__listener_connection_begin(
	struct mcpauth__listener_connection *connection, int fd, int64_t now);

/** What poll() is to wait for. */
short mcpauth__listener_connection_events(const struct mcpauth__listener_connection *connection);

/**
 * Read what came.
 *
 * @param[out] request  its target ends with a NUL in `input`
 * @return as mcpauth__listener_request_read(): what has to be answered now; 0 also if
 *         the connection ended
 */
unsigned mcpauth__listener_connection_read(struct mcpauth__listener_connection *connection,
	unsigned port, struct mcpauth__listener_request *request);

/**
 * Send what is left of the answer, then wait for the peer to close, as what it still
 * sends to a socket that is gone would make the answer disappear on its way (RFC 9112
 * section 9.6).
 */
void mcpauth__listener_connection_write(
	struct mcpauth__listener_connection *connection, int64_t now);

/** End it, whatever it is about. */
void mcpauth__listener_connection_close(struct mcpauth__listener_connection *connection);

#endif
