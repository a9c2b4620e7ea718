/* What the command line says. */
#define _POSIX_C_SOURCE 200809L

#include "options.h"

#include "http.h"
#include "rpc.h"
#include "say.h"

#include <errno.h>
#include <getopt.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_LIMIT 4096

static const char help[] =
	"Usage: %s [OPTION]... URL\n"
	"Talks to the MCP server at URL and signs in as it asks. Without --tool it reads\n"
	"commands: list, call NAME JSON, logout, help, quit.\n\n"
	"  --tool NAME                call this tool and end\n"
	"  --arguments JSON           its arguments, an object (default {})\n"
	"  --print-token              sign in, print the access token and end, whatever the\n"
	"                             server speaks: for curl, and other programs\n"
	"  --protocol VERSION         2025-06-18, 2025-11-25 (default) or 2026-07-28\n"
	"\nSigning in (the desktop's browser is opened, unless one of these is given):\n"
	"  --no-browser               show the address, and wait for the browser\n"
	"  --paste                    show it, and read the address that the browser is\n"
	"                             sent to afterwards from stdin\n"
	"  --headless                 fill in the forms without a browser\n"
	"  --user NAME                for that: who signs in (default demo_user)\n"
	"  --password P               and how (default demo_password)\n"
	"  --redirect-uri URL         where the browser is sent (default: a free port of\n"
	"                             this machine); elsewhere than there, --paste is implied\n"
	"\nWho the program is (it registers itself, unless one of these is given):\n"
	"  --client-id ID             as it was registered before\n"
	"  --client-secret-file FILE  holds the secret that goes with it; needs --issuer\n"
	"  --issuer URL               the authorization server where that was; no other\n"
	"                             one that the MCP server may name is asked then\n"
	"  --client-metadata-url URL  of a document that says who it is\n"
	"  --scope SCOPES             ask for these, too; separated by blanks\n"
	"\nKeeping tokens (they are forgotten at the end, unless one of these is given):\n"
	"  --tokens FILE              keep them in this file\n"
	"  --keyring                  keep them in the desktop's keyring\n"
	"\nBesides:\n"
	"  --history FILE             keep the lines that were typed\n"
	"  --json                     print one JSON object a line\n"
	"  --allow-private            ask servers at private addresses, too\n"
	"  --ca-file FILE             trust these authorities (PEM), not the system's\n"
	"  --steps                    show who is asked what, and what is answered\n"
	"  --verbose                  show documents and messages as well\n"
	"  --help                     this text\n\n"
	"Exit status: 0 all went well, 1 it did not, 2 the server let nobody in,\n"
	"64 wrong usage.\n\n"
	"Examples:\n"
	"  $ %s https://mcp.example.com/mcp\n"
	"  $ %s --tool whoami http://127.0.0.1:8000/mcp\n";

enum code {
	TOOL = 256,
	ARGUMENTS,
	PRINT_TOKEN,
	PROTOCOL,
	NO_BROWSER,
	PASTE,
	HEADLESS,
	USER,
	PASSWORD,
	REDIRECT_URI,
	CLIENT_ID,
	CLIENT_SECRET_FILE,
	ISSUER,
	CLIENT_METADATA_URL,
	SCOPE,
	TOKENS,
	KEYRING,
	HISTORY,
	JSON,
	ALLOW_PRIVATE,
	CA_FILE,
	STEPS,
	VERBOSE,
	HELP
};

static const struct option known[] = {
	{"tool", required_argument, NULL, TOOL},
	{"arguments", required_argument, NULL, ARGUMENTS},
	{"print-token", no_argument, NULL, PRINT_TOKEN},
	{"protocol", required_argument, NULL, PROTOCOL},
	{"no-browser", no_argument, NULL, NO_BROWSER},
	{"paste", no_argument, NULL, PASTE},
	{"headless", no_argument, NULL, HEADLESS},
	{"user", required_argument, NULL, USER},
	{"password", required_argument, NULL, PASSWORD},
	{"redirect-uri", required_argument, NULL, REDIRECT_URI},
	{"client-id", required_argument, NULL, CLIENT_ID},
	{"client-secret-file", required_argument, NULL, CLIENT_SECRET_FILE},
	{"issuer", required_argument, NULL, ISSUER},
	{"client-metadata-url", required_argument, NULL, CLIENT_METADATA_URL},
	{"scope", required_argument, NULL, SCOPE},
	{"tokens", required_argument, NULL, TOKENS},
	{"keyring", no_argument, NULL, KEYRING},
	{"history", required_argument, NULL, HISTORY},
	{"json", no_argument, NULL, JSON},
	{"allow-private", no_argument, NULL, ALLOW_PRIVATE},
	{"ca-file", required_argument, NULL, CA_FILE},
	{"steps", no_argument, NULL, STEPS},
	{"verbose", no_argument, NULL, VERBOSE},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0},
};

/* Move a secret out of what ps shows. */
static void take_secret(char **place, char *argument)
{
	free_secret(*place);
	*place = copy_string(argument);
	gnutls_memset(argument, '*', strlen(argument));
}

static bool read_secret(char **place, const char *path)
{
	char secret[SECRET_LIMIT + 1];
	FILE *file = fopen(path, "r");
	if (file == NULL) {
		return complain("%s: %s", path, strerror(errno));
	}
	(void)setvbuf(file, NULL, _IONBF, 0);
	size_t length = fread(secret, 1, sizeof(secret), file);
	(void)fclose(file);
	bool fits = length < sizeof(secret);
	if (fits && length > 0 && secret[length - 1] == '\n') {
		length--;
	}
	if (fits) {
		secret[length] = '\0';
		fits = length > 0 && strlen(secret) == length;
	}
	if (fits) {
		free_secret(*place);
		*place = copy_string(secret);
	}
	gnutls_memset(secret, 0, sizeof(secret));
	return fits || complain("%s holds no secret of 1 to %d bytes", path, SECRET_LIMIT - 1);
}

/* Where the words of an option go that are kept as they are. */
static const char **place_of(struct options *options, int option)
{
	switch (option) {
	case TOOL:
		return &options->tool;
	case ARGUMENTS:
		return &options->arguments;
	case PROTOCOL:
		return &options->version;
	case REDIRECT_URI:
		return &options->redirect_uri;
	case CLIENT_ID:
		return &options->client_id;
	case ISSUER:
		return &options->issuer;
	case CLIENT_METADATA_URL:
		return &options->client_metadata_url;
	case SCOPE:
		return &options->scope;
	case TOKENS:
		return &options->tokens;
	case HISTORY:
		return &options->history;
	case CA_FILE:
		return &options->ca_file;
	default:
		return NULL;
	}
}

static bool take_secret_option(struct options *options, int option)
{
	switch (option) {
	case USER:
		free(options->user);
		options->user = copy_string(optarg);
		return true;
	case PASSWORD:
		take_secret(&options->password, optarg);
		return true;
	case CLIENT_SECRET_FILE:
		return read_secret(&options->client_secret, optarg);
	default:
		return false;
	}
}

static bool take_option(struct options *options, int option)
{
	const char **place = place_of(options, option);
	if (place != NULL) {
		*place = optarg;
		return true;
	}
	switch (option) {
	case NO_BROWSER:
		options->login = LOGIN_SHOW;
		return true;
	case PASTE:
		options->login = LOGIN_PASTE;
		return true;
	case HEADLESS:
		options->login = LOGIN_HEADLESS;
		return true;
	case PRINT_TOKEN:
		return options->print_token = true;
	case KEYRING:
		return options->keyring = true;
	case JSON:
		return options->json = true;
	case ALLOW_PRIVATE:
		return options->allow_private = true;
	case STEPS:
		return say_steps = true;
	case VERBOSE:
		return say_steps = say_details = true;
	default:
		return take_secret_option(options, option);
	}
}

static bool is_object(const char *text)
{
	cJSON *value = json_parse(text, strlen(text));
	bool object = value != NULL;
	cJSON_Delete(value);
	return object;
}

static bool is_known_version(const char *version)
{
	return strcmp(version, "2025-06-18") == 0 || strcmp(version, MCP_LATEST_LEGACY) == 0
		|| strcmp(version, MCP_STATELESS) == 0;
}

static bool options_are_sound(struct options *options)
{
	struct http any = {.allow_loopback = true};
	if (!is_object(options->arguments)) {
		return complain("--arguments takes a JSON object");
	}
	if (!is_known_version(options->version)) {
		return complain(
			"--protocol takes 2025-06-18, %s or %s", MCP_LATEST_LEGACY, MCP_STATELESS);
	}
	if (options->tokens != NULL && options->keyring) {
		return complain("--tokens or --keyring, not both");
	}
	if (options->print_token && (options->tool != NULL || options->json)) {
		return complain("--print-token prints the token and nothing else");
	}
	if (options->client_secret != NULL && options->client_id == NULL) {
		return complain("--client-secret-file is for --client-id");
	}
	if (options->client_secret != NULL && options->issuer == NULL) {
		return complain("--client-secret-file needs --issuer: whose secret it is");
	}
	if (!http_url_is_allowed(&any, options->url)) {
		return complain("%s: the server's URL has to be https, or http to this machine",
			options->url);
	}
	if (options->json && (say_steps || say_details)) {
		return complain("--json says its own steps; leave --steps and --verbose out");
	}
	return true;
}

/* By the name under which it was installed. */
static void show_help(const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash != NULL ? slash + 1 : program;
	printf(help, name, name, name);
}

bool options_read(struct options *options, int argc, char **argv)
{
	*options = (struct options){.arguments = "{}",
		.version = MCP_LATEST_LEGACY,
		.user = copy_string("demo_user"),
		.password = copy_string("demo_password")};
	int option = 0;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == HELP) {
			show_help(argv[0]);
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
	/* Nobody listens there for us. */
	if (options->redirect_uri != NULL && options->login != LOGIN_HEADLESS
		&& !url_is_loopback(options->redirect_uri)) {
		options->login = LOGIN_PASTE;
	}
	return options_are_sound(options);
}

void options_finish(struct options *options)
{
	free(options->user);
	free_secret(options->password);
	free_secret(options->client_secret);
	*options = (struct options){0};
}
