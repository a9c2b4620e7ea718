/* What every example server does around its daemon: listen, announce, stop. */
#ifndef EXAMPLES_SERVE_H
#define EXAMPLES_SERVE_H

#include <stdint.h>

/**
 * Write no core dump, block SIGTERM, SIGINT and SIGHUP in this thread and all it
 * starts, ignore SIGPIPE.
 * To be called first in main(), before any thread exists.
 */
void serve_prepare(void);

/** Raise the soft limit of open descriptors to the hard one. */
void serve_raise_descriptor_limit(void);

/** How many connections at once that limit leaves room for, up to 12,000: with the
 * 32 KiB that each may take these are 375 MiB. */
unsigned serve_connection_limit(void);

/**
 * Listen on 127.0.0.1.
 *
 * @param port        0 for a free one
 * @param[out] bound  the port that was bound
 * @return a listening socket that MHD_OPTION_LISTEN_SOCKET takes over, or -1
 *         after saying why on stderr
 */
int serve_listen(uint16_t port, uint16_t *bound);

/** Print "listening on http://127.0.0.1:PORT" on stdout and flush it. */
void serve_announce(uint16_t port);

/**
 * Sleep until SIGTERM or SIGINT arrives. Needs serve_prepare().
 *
 * @param reload  called for each SIGHUP; NULL: that stops the program, too
 * @param user    given to reload
 */
void serve_until_stopped(void (*reload)(void *user), void *user);

#endif
