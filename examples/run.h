/* The daemon behind a chain, which every example server that uses the library runs. */
#ifndef EXAMPLES_RUN_H
#define EXAMPLES_RUN_H

#include "setup.h"

/** What answers the requests that the chain lets pass. */
struct run_handler {
	MHD_AccessHandlerCallback handle;
	MHD_RequestCompletedCallback completed; /**< or NULL */
	void *user;                             /**< given to handle */
};

/**
 * Announce the server, serve until SIGTERM or SIGINT, and stop in order. SIGHUP
 * has --config read again. Says on stderr why it did not start.
 *
 * @param setup     built; borrowed for the call
 * @param handler   borrowed for the call
 * @param listener  as serve_listen() made it; taken
 * @param port      the one it is bound to
 * @return false if it did not start
 */
bool run_until_stopped(
	struct setup *setup, const struct run_handler *handler, int listener, uint16_t port);

#endif
