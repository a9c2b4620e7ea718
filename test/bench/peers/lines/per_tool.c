/* A scope for each tool of an MCP server, by mcpauth; MCP itself is examples/mcp. */
#include "mcp/mcp.h"

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
static void check(enum mcpauth_code code, const struct mcpauth_error *err)
{
	if (code != MCPAUTH_OK) {
		fprintf(stderr, "%s\n", err->message);
		exit(1);
	}
}

static void allow(struct mcpauth_operations *operations, const char *tool, const char *scopes)
{
	struct mcpauth_error err;
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	operation.name = tool;
	operation.scopes = scopes;
	check(mcpauth_operations_add(operations, &operation, &err), &err);
}

static struct mcpauth_chain *protect(struct mcpauth **auth)
{
	struct mcpauth_error err;
	struct mcpauth_chain *chain;
	struct mcpauth_operations *operations;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	resource.resource = getenv("RESOURCE");
	resource.scopes_supported = "read:todos create:todos";
	issuer.issuer = getenv("ISSUER");
	check(mcpauth_new(NULL, auth, &err), &err);
	check(mcpauth_add_resource(*auth, &resource, &err), &err);
	check(mcpauth_add_issuer(*auth, resource.resource, &issuer, &err), &err);
	check(mcpauth_operations_new(*auth, &operations, &err), &err);
	allow(operations, "get-todos", "read:todos");
	allow(operations, "create-todo", "create:todos");
	policy.operations = operations;
	check(mcpauth_chain_new(*auth, NULL, &chain, &err), &err);
	check(mcpauth_chain_protect(chain, "/mcp", &policy, &err), &err);
	mcpauth_operations_free(operations);
	return chain;
}
/* the rest: */

int main(void)
{
	/* authorization: */
	struct mcpauth *auth = NULL;
	struct mcpauth_chain *chain = protect(&auth);
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
	/* the rest: */
	return 0;
}
