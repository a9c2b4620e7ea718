/* An MCP server whose tokens are opaque: it asks their authorization server whose
 * they are. What every server does is told in ../whoami.c; new here are what
 * read_options() sets and the admin endpoint, admin.c. */
#define _GNU_SOURCE

#include "../mcp/mcp.h"
#include "../run.h"
#include "../serve.h"
#include "admin.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	KEY_STRICT = 0x200,
	KEY_ADMIN_TOKEN_FILE
};

static const struct argp_option table[] = {
	{NULL, 0, NULL, 0, "Of this server alone:", 4},
	{"oauth-strict", KEY_STRICT, NULL, 0,
		"Refuse a token of which the issuer does not say that it is for this server", 4},
	{"admin-token-file", KEY_ADMIN_TOKEN_FILE, "FILE", 0,
		"Let whoever knows the token in this file POST to " ADMIN_PATH, 4},
	{0},
};

/* What lives as long as the program. */
struct program {
	struct example_options options;
	bool strict;
	char *admin_token_file; /* or NULL */
	struct setup setup;
	struct admin *admin; /* or NULL */
	struct mcp_server *server;
};

/* One request, and which of the two that answer here has it. */
struct visit {
	bool is_admins;
	void *context;
};

/* A settings file may say so as well, which is seen when it is read; without
 * authorization there is nobody to ask. */
static bool may_ask_about_tokens(const struct example_options *options)
{
	for (size_t i = 0; i < options->issuer_count; i++) {
		if (options_introspect(&options->issuers[i])) {
			return true;
		}
	}
	return options->config != NULL || options->no_auth;
}

static void check(struct argp_state *state, const struct program *program)
{
	if (program->strict && program->options.config != NULL) {
		argp_error(state, "with --config the file says what --oauth-strict would");
	}
	if (!may_ask_about_tokens(&program->options)) {
		argp_error(state,
			"whom is this server to ask about tokens? Name an --issuer, and "
			"--client-id with --client-secret-file or --private-key-file");
	}
}

static error_t take(int key, char *value, struct argp_state *state)
{
	struct program *program = state->input;
	switch (key) {
	case KEY_STRICT:
		program->strict = true;
		return 0;
	case KEY_ADMIN_TOKEN_FILE:
		program->admin_token_file = value;
		return 0;
	case ARGP_KEY_END:
		check(state, program);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* `aud` need not be there, as an authorization server that serves one MCP server
 * often leaves it out. What is there must be right. */
static void read_options(struct program *program, int argc, char **argv)
{
	static const struct argp own = {.options = table, .parser = take};
	struct example_options *options = &program->options;
	options->own = &own;
	options->own_input = program;
	options_parse(options, argc, argv);
	options->accept_active_as_audience = !program->strict;
	options->add_routes = program->admin_token_file != NULL ? admin_add_route : NULL;
}

static bool get_time(const cJSON *arguments, const struct mcpauth_auth_info *who,
	struct mcp_result *result, void *user)
{
	struct timespec now;
	struct tm utc;
	char date[sizeof "2026-07-28"];
	char hour[sizeof "23:59:59"];
	char text[256];
	(void)arguments;
	(void)who;
	(void)user;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0 || gmtime_r(&now.tv_sec, &utc) == NULL
		|| strftime(date, sizeof date, "%Y-%m-%d", &utc) == 0
		|| strftime(hour, sizeof hour, "%H:%M:%S", &utc) == 0) {
		return false;
	}
	int milliseconds = (int)(now.tv_nsec / 1000000);
	snprintf(text, sizeof text,
		"{\"current_time\":\"%sT%s.%03dZ\",\"timezone\":\"UTC\","
		"\"timestamp\":%lld.%03d,\"formatted\":\"%s %s\"}",
		date, hour, milliseconds, (long long)now.tv_sec, milliseconds, date, hour);
	return mcp_result_text(result, text);
}

/* Its tool needs no scope besides what opens the path, `user`. That goes for tools that
 * are not there, too, of which the MCP server says so itself. */
static enum mcpauth_code add_operations(
	struct mcpauth_operations *operations, struct mcpauth_error *err)
{
	struct mcpauth_operation all = MCPAUTH_OPERATION_INIT;
	all.method = "*";
	return mcpauth_operations_add(operations, &all, err);
}

static bool build_server(struct program *program)
{
	const struct mcp_tool tool = {
		.name = "get_time",
		.description = "Tells the server's time, to whoever has logged in.",
		.input_schema = "{\"type\":\"object\",\"properties\":{},"
				"\"additionalProperties\":false}",
		.call = get_time,
	};
	const struct mcp_server_config config = {
		.name = "simple-auth-server",
		.version = "0.1.0",
		.path = program->options.path,
		.auth = program->setup.auth,
		.operations = setup_list_filter(&program->setup),
		.list = program->options.list,
	};
	program->server = mcp_server_new(&config);
	if (program->server == NULL || !mcp_server_add_tool(program->server, &tool)) {
		fprintf(stderr, "simple-auth-server: out of memory\n");
		return false;
	}
	return true;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	struct program *program = user;
	struct visit *visit = *con_cls;
	if (visit == NULL) {
		*con_cls = visit = calloc(1, sizeof *visit);
		if (visit == NULL) {
			return MHD_NO;
		}
		visit->is_admins = program->admin != NULL && strcmp(url, ADMIN_PATH) == 0;
	}
	if (visit->is_admins) {
		return admin_handle(program->admin, connection, url, method, version, upload_data,
			upload_data_size, &visit->context);
	}
	return mcp_handle(program->server, connection, url, method, version, upload_data,
		upload_data_size, &visit->context);
}

static void completed(void *unused, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode why)
{
	struct visit *visit = *con_cls;
	if (visit == NULL) {
		return;
	}
	if (visit->is_admins) {
		admin_completed(unused, connection, &visit->context, why);
	}
	free(visit);
	*con_cls = NULL;
}

/* After this `options.path` is what --resource or the file says. */
static bool build(struct program *program, uint16_t port)
{
	if (program->admin_token_file != NULL) {
		program->admin = admin_new(program->admin_token_file);
		if (program->admin == NULL) {
			return false;
		}
	}
	if (!setup_build(&program->setup, &program->options, port)) {
		return false;
	}
	if (program->admin != NULL) {
		admin_set_chain(program->admin, program->setup.chain);
	}
	return true;
}

static const struct example_options defaults = {
	.summary = "An MCP server that asks an authorization server about tokens, and whose tool "
		   "tells the time. It is at the path of the resource, /mcp by default.",
	.name = "simple-auth-server",
	.path = "/mcp",
	.scope = "user",
	.add_operations = add_operations,
	.introspect_jwts = true,
};

int main(int argc, char **argv)
{
	struct program program = {.options = defaults};
	const struct run_handler handler = {handle, completed, &program};
	uint16_t port;
	int status = 1;

	serve_prepare();
	serve_raise_descriptor_limit();
	read_options(&program, argc, argv);

	int listener = serve_listen(program.options.port, &port);
	if (listener < 0) {
		goto out;
	}
	if (!build(&program, port)) {
		status = 2;
		goto out;
	}
	if (build_server(&program) && run_until_stopped(&program.setup, &handler, listener, port)) {
		status = 0;
	}
out:
	mcp_server_free(program.server);
	setup_finish(&program.setup);
	admin_free(program.admin);
	options_finish(&program.options);
	return status;
}
