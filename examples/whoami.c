/* An MCP server with one tool that tells its caller who they are. Read main(): with
 * the two functions of run.c it is all that a server needs to be protected. */
#include "mcp/mcp.h"
#include "run.h"
#include "serve.h"

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

/* What its operations need: nothing besides what opens the path (--scope). That goes for
 * tools that are not there, too, of which the MCP server says so itself. */
static enum mcpauth_code add_operations(
	struct mcpauth_operations *operations, struct mcpauth_error *err)
{
	struct mcpauth_operation all = MCPAUTH_OPERATION_INIT;
	all.method = "*";
	return mcpauth_operations_add(operations, &all, err);
}

static struct mcp_server *new_server(const struct setup *setup)
{
	const struct mcp_tool tool = {
		.name = "whoami",
		.description = "Tells who you are: the claims of your access token, as JSON.",
		.input_schema = "{\"type\":\"object\",\"properties\":{},"
				"\"additionalProperties\":false}",
		.call = whoami,
	};
	const struct mcp_server_config config = {
		.name = "whoami",
		.version = "0.1.0",
		.path = setup->options->path,
		.auth = setup->auth,
		.operations = setup_list_filter(setup),
		.list = setup->options->list,
	};
	struct mcp_server *server = mcp_server_new(&config);
	if (server == NULL || !mcp_server_add_tool(server, &tool)) {
		mcp_server_free(server);
		return NULL;
	}
	return server;
}

int main(int argc, char **argv)
{
	struct example_options options = {
		.summary = "An MCP server whose tool tells its callers who they are. It is at the "
			   "path of the resource, /mcp by default.",
		.name = "whoami",
		.path = "/mcp",
		.add_operations = add_operations,
	};
	struct setup setup = {0};
	struct mcp_server *server = NULL;
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
	server = new_server(&setup);
	if (server == NULL) {
		goto out;
	}

	/* The MCP server hangs behind the chain, which decides who gets there: run.c. */
	const struct run_handler handler = {.handle = mcp_handle, .user = server};
	if (run_until_stopped(&setup, &handler, listener, port)) {
		status = 0;
	}
out:
	mcp_server_free(server);
	setup_finish(&setup);
	options_finish(&options);
	return status;
}
