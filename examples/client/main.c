/* oauth-client: reaches a protected MCP server as a user's program would. */
#define _POSIX_C_SOURCE 200809L

#include "commands.h"
#include "options.h"
#include "report.h"
#include "say.h"
#include "session.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_REFUSED 2

static bool visit(struct session *session, const struct options *options, struct lines *lines)
{
	if (options->print_token) {
		return access_print_token(session->access);
	}
	if (!session_open(session)) {
		return false;
	}
	if (options->tool != NULL) {
		return session_call(session, options->tool, options->arguments);
	}
	return commands_run(session, lines);
}

static int run(const struct options *options, struct lines *lines)
{
	struct http http = {0};
	struct access access = {0};
	struct session session = {.access = &access, .version = options->version};
	bool ok = http_init(&http, false) && access_open(&access, options, lines);
	if (ok) {
		http.allow_loopback = url_is_loopback(options->url);
		http_trust(&http, options->ca_file);
		session.rpc.http = &http;
		session.rpc.url = options->url;
		session.rpc.stateless = strcmp(options->version, MCP_STATELESS) == 0;
		ok = visit(&session, options, lines);
	}
	int status = ok ? EXIT_SUCCESS : access.is_refused ? EXIT_REFUSED : EXIT_FAILURE;
	rpc_finish(&session.rpc);
	access_close(&access);
	http_finish(&http);
	return status;
}

static void look_at_terminal(const struct options *options)
{
	const char *kind = getenv("TERM");
	const char *plain = getenv("NO_COLOR");
	say_draws = !options->json && isatty(STDERR_FILENO) && kind != NULL && *kind != '\0'
		&& strcmp(kind, "dumb") != 0;
	say_colour = say_draws && (plain == NULL || *plain == '\0');
	if (options->json) {
		report_in_json();
	}
}

int main(int argc, char **argv)
{
	struct options options;
	struct lines *lines = NULL;
	int status = EXIT_USAGE;
	say_steps = false;
	signal(SIGPIPE, SIG_IGN);
	if (options_read(&options, argc, argv)
		&& curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
		look_at_terminal(&options);
		lines = lines_new(options.history);
		status = lines != NULL ? run(&options, lines) : EXIT_FAILURE;
		lines_free(lines);
		curl_global_cleanup();
	}
	options_finish(&options);
	return status;
}
