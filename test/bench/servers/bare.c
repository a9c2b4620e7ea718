/* The measure of all: libmicrohttpd and the application, without authorization. */
#include "server.h"

/* What mcpauth_mhd_options() and MCPAUTH_MHD_FLAGS make of a daemon, without the
 * callbacks: shows what of the library's cost is libmicrohttpd's. */
static struct MHD_OptionItem daemon_options[] = {
	{MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
	{MHD_OPTION_CONNECTION_TIMEOUT, 30, NULL},
	{MHD_OPTION_CONNECTION_MEMORY_LIMIT, 32768, NULL},
	{MHD_OPTION_END, 0, NULL},
};

/* A limit alone is no option of the library's. */
static struct MHD_OptionItem limit[] = {
	{MHD_OPTION_CONNECTION_LIMIT, 0, NULL},
	{MHD_OPTION_END, 0, NULL},
};

static struct MHD_OptionItem *options_for(const struct server_options *options)
{
	limit[0].value = (intptr_t)options->connection_limit;
	if (options->connection_limit > 0) {
		return limit;
	}
	return options->daemon_options ? daemon_options : NULL;
}

int main(int argc, char **argv)
{
	struct server_options options;
	server_parse(&options, argc, argv);
	struct MHD_Response *response = server_response();
	struct server_daemon how = {
		.flags = options.daemon_options ? MHD_ALLOW_SUSPEND_RESUME : 0,
		.handler = server_handle,
		.user = response,
		.options = options_for(&options),
	};
	int status = server_run(&options, &how);
	MHD_destroy_response(response);
	return status;
}
