/* The HTTP side: libmicrohttpd in front of routes_answer(). */
#ifndef AUTHORIZATION_SERVER_HTTP_H
#define AUTHORIZATION_SERVER_HTTP_H

#include "server.h"

struct MHD_Daemon;

/**
 * Start answering.
 *
 * @param server  borrowed until http_stop()
 * @param fd      listening socket; taken, also on failure
 * @return NULL on failure
 */
struct MHD_Daemon *http_start(struct server *server, int fd);

void http_stop(struct MHD_Daemon *daemon);

#endif
