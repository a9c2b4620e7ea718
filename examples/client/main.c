/* oauth-client: reaches a protected MCP server as a user's program would, and
 * shows every step of the way. */
#define _POSIX_C_SOURCE 200809L

#include "browser.h"
#include "login.h"
#include "say.h"
#include "session.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXIT_INTERACTIVE 2
#define EXIT_USAGE 64
/* The first login, and a step-up or two: a server that never has enough must
 * not keep us signing in. */
#define LOGINS 3

struct options {
	bool headless;
	const char *tool;
	const char *arguments;
	const char *version;
	const char *url;
	char *user;
	char *password;
};

/* What lasts from one login to the next. */
struct client {
	const struct options *options;
	struct http http;
	struct rpc rpc;
	struct discovery server;
	struct login login;
	int listener;
	char redirect_uri[64];
};

static const char help[] =
	"usage: oauth-client [OPTION]... URL\n"
	"Calls a tool of the MCP server at URL, signing in as its server asks.\n\n"
	"  --headless            sign in without a browser\n"
	"  --user NAME           who signs in (default demo_user)\n"
	"  --password P          and how (default demo_password)\n"
	"  --tool NAME           the tool (default: the first one)\n"
	"  --arguments JSON      its arguments, an object (default {})\n"
	"  --protocol VERSION    2025-11-25 (default) or 2026-07-28\n"
	"  --verbose             show documents and messages too\n"
	"  --help                this text\n\n"
	"Exit status: 0 the tool succeeded, 1 it did not, 2 signing in needs\n"
	"--headless, 64 wrong usage.\n";

/* Move a secret out of what ps shows. */
static void take_secret(char **place, char *argument)
{
	free_secret(*place);
	*place = copy_string(argument);
	gnutls_memset(argument, '*', strlen(argument));
}

static bool take_option(struct options *options, int option)
{
	switch (option) {
	case 'h':
		options->headless = true;
		return true;
	case 't':
		options->tool = optarg;
		return true;
	case 'a':
		options->arguments = optarg;
		return true;
	case 'p':
		options->version = optarg;
		return true;
	case 'u':
		free(options->user);
		options->user = copy_string(optarg);
		return true;
	case 's':
		take_secret(&options->password, optarg);
		return true;
	case 'v':
		say_details = true;
		return true;
	default:
		return false;
	}
}

static bool options_are_sound(const struct options *options)
{
	cJSON *arguments = json_parse(options->arguments, strlen(options->arguments));
	bool object = arguments != NULL;
	cJSON_Delete(arguments);
	if (!object) {
		return complain("--arguments takes a JSON object");
	}
	if (strcmp(options->version, MCP_STATELESS) != 0
		&& strcmp(options->version, MCP_LATEST_LEGACY) != 0) {
		return complain("--protocol takes %s or %s", MCP_LATEST_LEGACY, MCP_STATELESS);
	}
	struct http any = {.allow_loopback = true};
	if (!http_url_is_allowed(&any, options->url)) {
		return complain("%s: the server's URL has to be https, or http "
				"to this machine",
			options->url);
	}
	return true;
}

static bool read_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{"headless", no_argument, NULL, 'h'},
		{"tool", required_argument, NULL, 't'},
		{"arguments", required_argument, NULL, 'a'},
		{"user", required_argument, NULL, 'u'},
		{"password", required_argument, NULL, 's'},
		{"protocol", required_argument, NULL, 'p'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'H'},
		{NULL, 0, NULL, 0},
	};
	int option = 0;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'H') {
			fputs(help, stdout);
			exit(0);
		}
		if (!take_option(options, option)) {
			return false;
		}
	}
	if (optind != argc - 1) {
		return complain("one URL is needed; see --help");
	}
	options->url = argv[optind];
	return options_are_sound(options);
}

/* Nobody else can be given this port, and so the code, while we hold it. */
static bool reserve_redirect(struct client *client)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	client->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (client->listener < 0 || bind(client->listener, (struct sockaddr *)&address, length)
		|| getsockname(client->listener, (struct sockaddr *)&address, &length)) {
		return complain("no port for the redirect is to be had");
	}
	snprintf(client->redirect_uri, sizeof(client->redirect_uri), "http://127.0.0.1:%d/callback",
		ntohs(address.sin_port));
	return true;
}

/* What was asked for before stays, or a step-up would lose it. */
static void choose_scope(struct client *client, const struct challenge *challenge)
{
	const char *scope = challenge->scope;
	if (scope == NULL) {
		scope = client->server.scopes_supported;
	}
	scope_unite(&client->login.scope, scope != NULL ? scope : "");
}

static int sign_in(struct client *client)
{
	const struct options *options = client->options;
	struct login *login = &client->login;
	struct text redirect = {0};
	step("Signing in");
	if (!login_prepare(login)) {
		return EXIT_FAILURE;
	}
	note("resource  %s", client->server.resource);
	note("scope     %s",
		login->scope.length > 0 ? text_string(&login->scope) : "none asked for");
	note("PKCE S256, state and redirect_uri %s", client->redirect_uri);
	if (!options->headless) {
		note("the URL to open is\n%s", text_string(&login->url));
		complain("only signing in with --headless exists yet");
		return EXIT_INTERACTIVE;
	}
	struct visit visit = {.url = text_string(&login->url),
		.redirect_uri = client->redirect_uri,
		.user = options->user,
		.password = options->password,
		.allow_loopback = client->http.allow_loopback};
	bool ok = browse(&visit, &redirect)
		&& login_complete(login, text_string(&redirect), &client->rpc.token);
	text_finish(&redirect);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int authorize(struct client *client, const struct session *session)
{
	const struct challenge *challenge = &session->challenge;
	if (session->status == 401 && client->rpc.token.length > 0) {
		complain("the server refuses the token it had us fetch");
		return EXIT_FAILURE;
	}
	if (session->status == 403
		&& (challenge->error == NULL
			|| strcmp(challenge->error, "insufficient_scope") != 0)) {
		complain("the server forbids it, and names no missing scope");
		return EXIT_FAILURE;
	}
	if (client->server.issuer == NULL
		&& !discover(&client->http, client->options->url, challenge, &client->server)) {
		return EXIT_FAILURE;
	}
	client->login.server = &client->server;
	choose_scope(client, challenge);
	if (!login_register(&client->login)) {
		return EXIT_FAILURE;
	}
	return sign_in(client);
}

static int visit_server(struct client *client)
{
	const struct options *options = client->options;
	struct session session = {.rpc = &client->rpc,
		.version = options->version,
		.tool = options->tool,
		.arguments = options->arguments};
	enum outcome outcome = session_run(&session);
	int status = EXIT_SUCCESS;
	for (int i = 0; outcome == SESSION_REFUSED && status == EXIT_SUCCESS && i < LOGINS; i++) {
		status = authorize(client, &session);
		outcome = status == EXIT_SUCCESS ? session_run(&session) : SESSION_FAILED;
	}
	if (outcome == SESSION_REFUSED) {
		complain("still refused after %d logins", LOGINS);
	}
	challenge_finish(&session.challenge);
	if (status == EXIT_SUCCESS && outcome != SESSION_DONE) {
		status = EXIT_FAILURE;
	}
	return status;
}

static int run(const struct options *options)
{
	struct client client = {.options = options, .listener = -1};
	int status = EXIT_FAILURE;
	if (http_init(&client.http, false) && reserve_redirect(&client)) {
		client.http.allow_loopback = url_is_loopback(options->url);
		client.rpc.http = &client.http;
		client.rpc.url = options->url;
		client.rpc.stateless = strcmp(options->version, MCP_STATELESS) == 0;
		client.login.http = &client.http;
		client.login.redirect_uri = client.redirect_uri;
		status = visit_server(&client);
	}
	if (client.listener >= 0) {
		close(client.listener);
	}
	login_finish(&client.login);
	discovery_finish(&client.server);
	rpc_finish(&client.rpc);
	http_finish(&client.http);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.arguments = "{}",
		.version = MCP_LATEST_LEGACY,
		.user = copy_string("demo_user"),
		.password = copy_string("demo_password")};
	int status = EXIT_USAGE;
	signal(SIGPIPE, SIG_IGN);
	if (read_options(&options, argc, argv)
		&& curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
		status = run(&options);
		curl_global_cleanup();
	}
	free(options.user);
	free_secret(options.password);
	return status;
}
