/* Telling protected resources that somebody has logged out. */
#ifndef AUTHORIZATION_SERVER_LOGOUT_H
#define AUTHORIZATION_SERVER_LOGOUT_H

#include "server.h"

/* The thread that posts logout tokens, and what it has to post. */
struct logouts;

/** @return NULL if there can be no thread */
struct logouts *logouts_start(void);

/** Ends the thread; what is not posted yet is dropped. NULL is accepted. */
void logouts_stop(struct logouts *logouts);

/**
 * Post a logout token to all who want one (OpenID Connect Back-Channel Logout 1.0).
 * Does not wait for them.
 *
 * @param session  as the store knows it; borrowed for the call
 */
void logouts_tell(struct server *server, const struct session *session);

#endif
