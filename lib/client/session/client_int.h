/* What struct mcpauth_client is made of. */
#ifndef MCPAUTH_SESSION_CLIENT_INT_H
#define MCPAUTH_SESSION_CLIENT_INT_H

#include "client/session/session.h"

#include <mcpauth/client.h>

#include <stdatomic.h>

/** Counted. */
struct mcpauth_client {
	atomic_uint refs;
	atomic_bool in_use; /* a request was made: its grant is not changed any more */
	struct mcpauth *auth;
	struct mcpauth__session *session;
};

#endif
