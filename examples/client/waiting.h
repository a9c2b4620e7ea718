/* What goes on while a person logs in elsewhere: something turns on the screen, a line
 * may be pasted, Ctrl-C gives up. */
#ifndef CLIENT_WAITING_H
#define CLIENT_WAITING_H

#include "lines.h"

#include <mcpauth/login.h>
#include <pthread.h>

/** All zero before. */
struct waiting {
	struct mcpauth_login *login;
	struct lines *lines;
	pthread_t thread;
	int pipe[2];
	bool runs;
};

/**
 * Begin.
 *
 * @param login  a reference is kept
 * @param lines  where a redirect is pasted; NULL: nowhere. Borrowed until the end
 * @return false after complaining
 */
bool waiting_begin(struct waiting *waiting, struct mcpauth_login *login, struct lines *lines);

/** End it, whatever came of the login. Any number of times. */
void waiting_end(struct waiting *waiting);

#endif
