/* An MCP server that keeps todos: whoever logs in has their own, and the scopes
 * of their token decide what else they may do. What every server does is told
 * in ../whoami.c; tools.c has what is new here, who may do what. */
#include "../mcp/mcp.h"
#include "../run.h"
#include "../serve.h"
#include "store.h"
#include "tools.h"

#include <stdio.h>

/* What lives as long as the program. */
struct program {
	struct setup setup;
	struct todo_store *store;
	struct todo_tools *tools;
	struct mcp_server *server;
};

static bool build_server(struct program *program, const struct example_options *options)
{
	const struct mcp_server_config config = {
		.name = "todo-manager",
		.version = "0.1.0",
		.path = options->path,
		.auth = program->setup.auth,
		.operations = setup_list_filter(&program->setup),
		.list = options->list,
	};
	program->store = todo_store_new();
	program->tools = todo_tools_new(program->store, options->no_auth);
	program->server = mcp_server_new(&config);
	if (program->store == NULL || program->tools == NULL || program->server == NULL
		|| !todo_tools_add(program->tools, program->server)) {
		fprintf(stderr, "todo-manager: out of memory\n");
		return false;
	}
	return true;
}

static void finish(struct program *program)
{
	mcp_server_free(program->server);
	todo_tools_free(program->tools);
	todo_store_free(program->store);
	setup_finish(&program->setup);
}

int main(int argc, char **argv)
{
	struct example_options options = {
		.summary = "An MCP server whose tools keep todos: your own, and with the scopes "
			   "for it everybody's. It is at the path of the resource, /mcp by "
			   "default.",
		.name = "todo-manager",
		.path = "/mcp",

		/* The metadata names what the tools ask for, so that clients do. None
		 * is required to get in: somebody with fewer scopes has fewer rights,
		 * and is told when a tool needs one more. */
		.scopes_supported = TODO_SCOPES,
		.add_operations = todo_tools_add_operations,
	};
	struct program program = {0};
	uint16_t port;
	int status = 1;

	serve_prepare();
	serve_raise_descriptor_limit();
	options_parse(&options, argc, argv);

	int listener = serve_listen(options.port, &port);
	if (listener < 0) {
		goto out;
	}
	if (!setup_build(&program.setup, &options, port)) {
		status = 2;
		goto out;
	}
	if (!build_server(&program, &options)) {
		goto out;
	}
	const struct run_handler handler = {.handle = mcp_handle, .user = program.server};
	if (run_until_stopped(&program.setup, &handler, listener, port)) {
		status = 0;
	}
out:
	finish(&program);
	options_finish(&options);
	return status;
}
