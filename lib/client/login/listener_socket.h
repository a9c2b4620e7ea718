/* The sockets that listen for a redirect. */
#ifndef MCPAUTH_LOGIN_LISTENER_SOCKET_H
#define MCPAUTH_LOGIN_LISTENER_SOCKET_H

#include <mcpauth/error.h>

#include <stdbool.h>

#define MCPAUTH__LISTENER_SOCKETS 2

/** All of them at one port; -1: none. */
struct mcpauth__listener_sockets {
	int fds[MCPAUTH__LISTENER_SOCKETS];
	unsigned port;
};

/**
 * Listen at an address, or for a name at 127.0.0.1 and, where there is one, at ::1: both
 * or none, as a browser may take either.
 *
 * @param host          on loopback, without brackets
 * @param port          0: one that is free
 * @param[out] sockets  not blocking, and closed in programs that are started; caller
 *                      closes them with mcpauth__listener_sockets_close(), also on failure
 * @return MCPAUTH_OK or MCPAUTH_E_SYSTEM
 */
enum mcpauth_code mcpauth__listener_sockets_open(const char *host, unsigned port,
	struct mcpauth__listener_sockets *sockets, struct mcpauth_error *err);

/** Close them. */
void mcpauth__listener_sockets_close(struct mcpauth__listener_sockets *sockets);

/** Let a descriptor not block, nor be inherited. @return false if the system refuses */
bool mcpauth__descriptor_prepare(int fd);

#endif
