/* A scope for each tool of an MCP server, as a settings file has them, by mcpauth. */
#include "mcp/mcp.h"

/* authorization: */
#include <mcpauth/reload.h>
/* the rest: */

#include <stdio.h>
#include <stdlib.h>

static bool get_todos(const cJSON *arguments, const struct mcpauth_auth_info *who,
	struct mcp_result *result, void *user)
{
	return mcp_result_text(result, "[]");
}

static bool create_todo(const cJSON *arguments, const struct mcpauth_auth_info *who,
	struct mcp_result *result, void *user)
{
	/* authorization: */
	const char *owner = mcpauth_auth_info_subject(who);
	/* the rest: */
	return mcp_result_text(result, owner != NULL ? owner : "");
}

/* authorization: */
static struct mcpauth_chain *protect(void)
{
	struct mcpauth_error err;
	struct mcpauth_settings *settings = NULL;
	struct mcpauth_chain *chain = NULL;
	if (mcpauth_settings_read(getenv("SETTINGS"), &settings, &err) != MCPAUTH_OK
		|| mcpauth_chain_new_from_settings(settings, NULL, &chain, &err) != MCPAUTH_OK) {
		fprintf(stderr, "%s\n", err.message);
		exit(1);
	}
	mcpauth_settings_free(settings);
	return chain;
}
/* the rest: */

int main(void)
{
	/* authorization: */
	struct mcpauth_chain *chain = protect();
	struct mcpauth *auth = mcpauth_chain_auth(chain);
	/* the rest: */
	struct mcp_server_config config = {
		.name = "todos",
		.version = "1.0.0",
		.path = "/mcp",
		.auth = auth,
	};
	struct mcp_tool get = {
		.name = "get-todos",
		.description = "Lists todos.",
		.call = get_todos,
	};
	struct mcp_tool create = {
		.name = "create-todo",
		.description = "Makes a todo.",
		.call = create_todo,
	};
	struct mcp_server *server = mcp_server_new(&config);
	if (server == NULL || !mcp_server_add_tool(server, &get)
		|| !mcp_server_add_tool(server, &create)) {
		return 1;
	}
	/* authorization: */
	mcpauth_chain_set_handler(chain, mcp_handle, server);
	/* the rest: */
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MCPAUTH_MHD_FLAGS | MHD_USE_POLL_INTERNAL_THREAD, (uint16_t)atoi(getenv("PORT")),
		NULL, NULL, mcpauth_mhd_handler, chain, MHD_OPTION_ARRAY,
		mcpauth_mhd_options(chain), MHD_OPTION_END);
	if (daemon == NULL) {
		return 1;
	}
	getchar();
	/* authorization: */
	mcpauth_chain_drain(chain, 2000);
	/* the rest: */
	MHD_stop_daemon(daemon);
	mcp_server_free(server);
	/* authorization: */
	mcpauth_chain_free(chain);
	mcpauth_free(auth);
	mcpauth_free(auth);
	/* the rest: */
	return 0;
}
