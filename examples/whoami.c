/* An MCP server with one tool that tells its caller who they are. Read main():
 * it is all that a server needs to be protected. */
#include "mcp/mcp.h"
#include "setup.h"
#include "serve.h"

#include <stdio.h>

#define STOP_MS 2000

static bool whoami(const cJSON *arguments, const struct mcpauth_auth_info *who,
	struct mcp_result *result, void *user)
{
	(void)arguments;
	(void)user;
	if (who == NULL) {
		return mcp_result_text(result,
			"This server runs with --no-auth: it let you "
			"in without asking who you are.");
	}
	return mcp_result_text(result, mcpauth_auth_info_claims_json(who));
}

static struct mcp_server *new_server(const char *path)
{
	const struct mcp_tool tool = {
		.name = "whoami",
		.description = "Tells who you are: the claims of your access token, as JSON.",
		.input_schema = "{\"type\":\"object\",\"properties\":{},"
				"\"additionalProperties\":false}",
		.call = whoami,
	};
	struct mcp_server *server = mcp_server_new("whoami", "0.1.0", path);
	if (server == NULL || !mcp_server_add_tool(server, &tool)) {
		mcp_server_free(server);
		return NULL;
	}
	return server;
}

/* Hangs the MCP server behind the chain: the chain's handler is MHD's, the
 * server's own is the chain's. */
static struct MHD_Daemon *start(
	struct mcpauth_chain *chain, struct mcp_server *server, int listener, unsigned pool)
{
	struct mcpauth_mhd_callbacks callbacks = MCPAUTH_MHD_CALLBACKS_INIT;
	struct mcpauth_error err;
	callbacks.completed = mcp_completed;
	mcpauth_chain_set_handler(chain, mcp_handle, server);
	if (mcpauth_mhd_set_callbacks(chain, &callbacks, &err) != MCPAUTH_OK) {
		setup_say("setting up", &err);
		return NULL;
	}
	/* Not epoll: with MHD 0.9.75 that does not notice a client which ends its
	 * side right behind its last bytes, and keeps it until the timeout. */
	return MHD_start_daemon(MCPAUTH_MHD_FLAGS | MHD_USE_POLL_INTERNAL_THREAD, 0, NULL, NULL,
		mcpauth_mhd_handler, chain, MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_THREAD_POOL_SIZE, pool, MHD_OPTION_ARRAY, mcpauth_mhd_options(chain),
		MHD_OPTION_END);
}

int main(int argc, char **argv)
{
	struct example_options options = {
		.summary = "An MCP server at the path of the resource, /mcp by default, whose "
			   "tool tells its callers who they are.",
		.name = "whoami",
		.path = "/mcp",
	};
	struct setup setup = {0};
	struct mcp_server *server = NULL;
	struct MHD_Daemon *daemon;
	uint16_t port;
	int status = 1;

	/* Signals are blocked before the first thread starts, so that all inherit it. */
	serve_prepare();
	serve_raise_descriptor_limit();
	options_parse(&options, argc, argv);

	/* The port is known before the resource is named, whose URL it is part of. */
	int listener = serve_listen(options.port, &port);
	if (listener < 0) {
		goto out;
	}

	/* The resource, its issuers, and the chain that protects its path: setup.c. */
	if (!setup_build(&setup, &options, port)) {
		status = 2;
		goto out;
	}
	server = new_server(options.path);
	if (server == NULL) {
		goto out;
	}
	daemon = start(setup.chain, server, listener, options_pool(&options));
	if (daemon == NULL) {
		fprintf(stderr, "whoami: the HTTP server did not start\n");
		goto out;
	}
	serve_announce(port);
	serve_until_stopped(setup_reload, &setup);

	/* In this order: no request waits any more when the daemon stops, and no
	 * daemon runs any more when its chain goes. */
	mcpauth_chain_drain(setup.chain, STOP_MS);
	MHD_stop_daemon(daemon);
	status = 0;
out:
	mcp_server_free(server);
	setup_finish(&setup);
	options_finish(&options);
	return status;
}
