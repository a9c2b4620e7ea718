/* The example servers' command line. */
#define _GNU_SOURCE

#include "options.h"
#include "options_issuers.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 64
#define TOKEN_CACHE_MAX 3600

enum {
	KEY_PORT = 0x100,
	KEY_CONFIG,
	KEY_RESOURCE,
	KEY_AUDIENCE,
	KEY_SCOPE,
	KEY_TOKEN_CACHE,
	KEY_LOGOUT_PATH,
	KEY_REDIS,
	KEY_ALLOW_ORIGIN,
	KEY_ACCESS_LOG,
	KEY_METRICS,
	KEY_RATE_LIMIT,
	KEY_TRUST_PROXY,
	KEY_LIST,
	KEY_THREADS,
	KEY_LOG_LEVEL,
	KEY_NO_AUTH
};

static const struct argp_option table[] = {
	{"port", KEY_PORT, "N", 0,
		"Listen on this port of 127.0.0.1; 0, the default, "
		"takes a free one",
		1},
	{"config", KEY_CONFIG, "FILE", 0,
		"Resources, issuers and routes are in this JSON file, which is read again "
		"on SIGHUP; excludes the options that say the same",
		1},
	{"resource", KEY_RESOURCE, "URL", 0,
		"The URL clients use, and what tokens are for; "
		"default: where it listens",
		1},
	{"audience", KEY_AUDIENCE, "VALUE", 0,
		"Accept this audience instead of the "
		"resource; may be repeated",
		1},
	{"scope", KEY_SCOPE, "SCOPE", 0, "Require this scope; may be repeated", 1},
	{"no-auth", KEY_NO_AUTH, NULL, 0, "Let everybody in, for trying things out", 1},
	{"token-cache", KEY_TOKEN_CACHE, "SECONDS", 0,
		"Believe an answer for so long, for all issuers; default 60, 0 asks each time", 2},
	{"logout-path", KEY_LOGOUT_PATH, "PATH", 0,
		"Take the issuers' logout tokens for --client-id here", 2},
	{"redis", KEY_REDIS, "PLACE", 0,
		"Share answers and the names of logout tokens with other processes, in Redis "
		"at HOST:PORT or behind a UNIX socket, /PATH",
		2},
	{NULL, 0, NULL, 0, "Serving:", 3},
	{"allow-origin", KEY_ALLOW_ORIGIN, "ORIGIN", 0,
		"Accept requests of web pages from there, and let them read the answers "
		"(CORS); may be repeated",
		3},
	{"access-log", KEY_ACCESS_LOG, "FILE", 0,
		"Append a line of JSON for each request to this file; \"-\" is stderr", 3},
	{"metrics", KEY_METRICS, "PATH", 0,
		"Count, and show the numbers to everybody at this path, for Prometheus", 3},
	{"rate-limit", KEY_RATE_LIMIT, NULL, 0,
		"Answer 429 to whoever fails too often to authenticate", 3},
	{"trust-proxy", KEY_TRUST_PROXY, "ADDRESS", 0,
		"Believe X-Forwarded-For from there, for log and rate limit; an address or "
		"ADDRESS/BITS; may be repeated",
		3},
	{"list", KEY_LIST, "WHICH", 0,
		"tools/list shows the tools that are allowed (the default), or all, those out "
		"of reach marked with the scopes they need",
		3},
	{"threads", KEY_THREADS, "N", 0, "Serve with so many threads; default 1", 3},
	{"log-level", KEY_LOG_LEVEL, "LEVEL", 0,
		"error, warning (the default), info or "
		"debug",
		3},
	{0},
};

void options_refuse_empty(struct argp_state *state, const char *value)
{
	if (*value == '\0') {
		argp_error(state, "an option's value is empty");
	}
}

void options_refuse_more(struct argp_state *state, size_t count)
{
	if (count == OPTIONS_LIST) {
		argp_error(state, "an option is given more than %d times", OPTIONS_LIST);
	}
}

static void append(struct argp_state *state, struct options_list *list, const char *value)
{
	options_refuse_empty(state, value);
	options_refuse_more(state, list->count);
	list->at[list->count++] = value;
}

static unsigned read_number(
	struct argp_state *state, const char *text, unsigned least, unsigned most)
{
	char *end;
	errno = 0;
	unsigned long number = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || number < least
		|| number > most) {
		argp_error(state, "\"%s\" is not a number from %u to %u", text, least, most);
	}
	return (unsigned)number;
}

static enum mcpauth_level read_level(struct argp_state *state, const char *text)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(text, names[i]) == 0) {
			return (enum mcpauth_level)(MCPAUTH_LOG_ERROR + i);
		}
	}
	argp_error(state, "\"%s\" is not error, warning, info or debug", text);
	return MCPAUTH_LOG_WARNING;
}

static enum mcpauth_list_mode read_list(
	struct argp_state *state, const struct example_options *options, const char *text)
{
	if (options->add_operations == NULL) {
		argp_error(state, "--list is for a server with tools");
	}
	if (strcmp(text, "all") == 0) {
		return MCPAUTH_LIST_MARKED;
	}
	if (strcmp(text, "allowed") != 0) {
		argp_error(state, "\"%s\" is not all or allowed", text);
	}
	return MCPAUTH_LIST_ALLOWED;
}

static void check(struct argp_state *state, const struct example_options *options)
{
	if (options->config != NULL) {
		if (options->resource != NULL || options_name_issuers(options)
			|| options->audiences.count > 0 || options->scopes.count > 0
			|| options->origins.count > 0 || options->token_cache != 0
			|| options->logout_path != NULL) {
			argp_error(state,
				"with --config the file says what --resource, --issuer, "
				"--audience, --scope, --allow-origin, --logout-path and those "
				"for --introspection would");
		}
		return;
	}
	if (options->issuer_count == 0 && !options->no_auth) {
		argp_error(state,
			"whose tokens are good here? Name an authorization server "
			"with --issuer URL or --config FILE, or let everybody in with "
			"--no-auth");
	}
}

static void set_token_cache(
	struct argp_state *state, struct example_options *options, const char *text)
{
	unsigned seconds = read_number(state, text, 0, TOKEN_CACHE_MAX);
	options->token_cache = seconds > 0 ? seconds : MCPAUTH_NONE;
}

static error_t take_serving(int key, char *value, struct argp_state *state)
{
	struct example_options *options = state->input;
	switch (key) {
	case KEY_ALLOW_ORIGIN:
		append(state, &options->origins, value);
		return 0;
	case KEY_ACCESS_LOG:
		options_refuse_empty(state, value);
		options->access_log = value;
		return 0;
	case KEY_METRICS:
		options_refuse_empty(state, value);
		options->metrics = value;
		return 0;
	case KEY_RATE_LIMIT:
		options->rate_limit = true;
		return 0;
	case KEY_TRUST_PROXY:
		append(state, &options->proxies, value);
		return 0;
	case KEY_LIST:
		options->list = read_list(state, options, value);
		return 0;
	case KEY_THREADS:
		options->threads = read_number(state, value, 1, THREADS_MAX);
		return 0;
	case KEY_LOG_LEVEL:
		options->log_level = read_level(state, value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t take_rest(int key, char *value, struct argp_state *state)
{
	struct example_options *options = state->input;
	switch (key) {
	case KEY_PORT:
		options->port = (uint16_t)read_number(state, value, 0, UINT16_MAX);
		return 0;
	case KEY_NO_AUTH:
		options->no_auth = true;
		return 0;
	case KEY_REDIS:
		options_refuse_empty(state, value);
		options->redis = value;
		return 0;
	case KEY_CONFIG:
		options->config = value;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = options;
		if (options->own != NULL) {
			state->child_inputs[1] = options->own_input;
		}
		return 0;
	case ARGP_KEY_END:
		check(state, options);
		return 0;
	default:
		return take_serving(key, value, state);
	}
}

static error_t take(int key, char *value, struct argp_state *state)
{
	struct example_options *options = state->input;
	switch (key) {
	case KEY_RESOURCE:
		options->resource = value;
		return 0;
	case KEY_AUDIENCE:
		append(state, &options->audiences, value);
		return 0;
	case KEY_SCOPE:
		append(state, &options->scopes, value);
		return 0;
	case KEY_TOKEN_CACHE:
		set_token_cache(state, options, value);
		return 0;
	case KEY_LOGOUT_PATH:
		options_refuse_empty(state, value);
		options->logout_path = value;
		return 0;
	default:
		return take_rest(key, value, state);
	}
}

/* What is protected is the resource's own path: /notes for
 * https://api.example.com/notes. Caller frees it. */
static char *resource_path(const char *resource)
{
	const char *authority = strstr(resource, "://");
	const char *path = strchr(authority != NULL ? authority + 3 : resource, '/');
	if (path == NULL) {
		return strdup("/");
	}
	char *copy = strndup(path, strcspn(path, "?#"));
	if (copy != NULL) {
		/* Paths are compared as MHD gives them, percent-decoded. */
		MHD_http_unescape(copy);
	}
	return copy;
}

void options_take_path(struct example_options *options, const char *resource)
{
	char *path = resource_path(resource);
	if (path == NULL) {
		perror(resource);
		exit(1);
	}
	free(options->own_path);
	options->own_path = path;
	options->path = path;
}

void options_parse(struct example_options *options, int argc, char **argv)
{
	const struct argp_child children[] = {
		{.argp = &options_issuers}, {.argp = options->own}, {0}};
	const struct argp parser = {
		.options = table,
		.parser = take,
		.doc = options->summary,
		.children = children,
	};
	options->threads = 1;
	options->log_level = MCPAUTH_LOG_WARNING;
	argp_err_exit_status = 2;
	argp_parse(&parser, argc, argv, 0, NULL, options);
	if (options->scopes.count == 0 && options->scope != NULL) {
		options->scopes.at[options->scopes.count++] = options->scope;
	}
	if (options->resource != NULL) {
		options_take_path(options, options->resource);
	}
}

void options_finish(struct example_options *options)
{
	free(options->own_path);
	options->own_path = NULL;
}

unsigned options_pool(const struct example_options *options)
{
	/* MHD calls a pool of one thread a mistake. */
	return options->threads > 1 ? options->threads : 0;
}
