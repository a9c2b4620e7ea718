/* Starting a daemon behind a chain, and stopping it, shared by the example servers. */
#define _GNU_SOURCE

#include "run.h"

#include "serve.h"

#include <errno.h>
#include <stdio.h>

#define STOP_MS 2000

/* MHD calls the chain, and the chain the program. */
static struct MHD_Daemon *start(
	const struct setup *setup, const struct run_handler *handler, int listener)
{
	struct mcpauth_mhd_callbacks callbacks = MCPAUTH_MHD_CALLBACKS_INIT;
	struct mcpauth_error err;
	callbacks.completed = handler->completed;
	mcpauth_chain_set_handler(setup->chain, handler->handle, handler->user);
	if (mcpauth_mhd_set_callbacks(setup->chain, &callbacks, &err) != MCPAUTH_OK) {
		setup_say("setting up", &err);
		return NULL;
	}
	/* Not epoll: with MHD 0.9.75 that does not notice a client which ends its
	 * side right behind its last bytes, and keeps it until the timeout. */
	return MHD_start_daemon(MCPAUTH_MHD_FLAGS | MHD_USE_POLL_INTERNAL_THREAD, 0, NULL, NULL,
		mcpauth_mhd_handler, setup->chain, MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_THREAD_POOL_SIZE, options_pool(setup->options), MHD_OPTION_ARRAY,
		mcpauth_mhd_options(setup->chain), MHD_OPTION_END);
}

bool run_until_stopped(
	struct setup *setup, const struct run_handler *handler, int listener, uint16_t port)
{
	struct MHD_Daemon *daemon = start(setup, handler, listener);
	if (daemon == NULL) {
		fprintf(stderr, "%s: the HTTP server did not start\n",
			program_invocation_short_name);
		return false;
	}
	serve_announce(port);
	serve_until_stopped(setup_reload, setup);

	/* In this order: no request waits any more when the daemon stops, and no
	 * daemon runs any more when its chain goes. */
	mcpauth_chain_drain(setup->chain, STOP_MS);
	MHD_stop_daemon(daemon);
	return true;
}
