/* Reading the command line, and refusing what makes no sense together. */
#define _GNU_SOURCE

#include "options.h"

#include "demands.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	KEY_JSON = 0x100,
	KEY_CONFIG,
	KEY_OAUTH,
	KEY_OIDC,
	KEY_METADATA_URL,
	KEY_CA_FILE,
	KEY_INSECURE_ALLOW_HTTP,
	KEY_TOKEN,
	KEY_RESOURCE,
	KEY_SCOPE,
	KEY_AUDIENCE,
	KEY_JWKS
};

static const struct argp_option table[] = {
	{"json", KEY_JSON, NULL, 0, "Print one JSON object instead of lines", 1},
	{"config", KEY_CONFIG, "FILE", 0,
		"Check every issuer in this settings file, as it is configured there; with "
		"--json print an array",
		1},
	{"oauth", KEY_OAUTH, NULL, 0,
		"Look for the metadata where RFC 8414 has it, and nowhere else", 2},
	{"oidc", KEY_OIDC, NULL, 0,
		"Look for it where OpenID Connect Discovery has it, and nowhere else", 2},
	{"metadata-url", KEY_METADATA_URL, "URL", 0, "Look for it here, and nowhere else", 2},
	{"ca-file", KEY_CA_FILE, "FILE", 0,
		"Trust these certificate authorities (PEM) instead of the system's", 3},
	{"insecure-allow-http", KEY_INSECURE_ALLOW_HTTP, NULL, 0,
		"Allow plain http to any host, not only to this machine", 3},
	{"token", KEY_TOKEN, "T", 0,
		"Tell why the server refuses this access token: each rule, what was found, and what "
		"to change. T is - for the standard input, @FILE, or the token itself: everybody on "
		"this machine sees that one, and it stays in the shell's history",
		4},
	{"resource", KEY_RESOURCE, "R", 0,
		"The resource it is for: the URL that clients of the MCP server use. Not needed with "
		"--config if there is but one",
		4},
	{"scope", KEY_SCOPE, "SCOPE", 0,
		"A scope that it needs; may be repeated. With --config besides those that each "
		"route of the resource wants",
		4},
	{"audience", KEY_AUDIENCE, "VALUE", 0,
		"Accept this in aud instead of the resource; may be repeated", 4},
	{"jwks", KEY_JWKS, "URL", 0, "The issuer's keys are here; its metadata is not asked", 4},
	{0},
};

static const char doc[] =
	"Tell whether the authorization server ISSUER is fit for MCP, and what it lacks."
	"\vWith --token ISSUER may be left out: then the issuer that the token names is asked, "
	"which proves nothing about whose it should be; only by https and a public name, or at the "
	"resource's own host. With --config the settings say whom a "
	"resource believes, but a verifier or a check that is part of a program is not known "
	"here.\n\nWithout an option the three well-known URLs are tried in the order of the MCP "
	"specification. Nobody logs in and nothing is changed at the server.\n\n"
	"Exit status: 0 fit, perhaps with warnings, or a good token; 1 not fit, or a token that is "
	"refused; 2 it could not be told, or the command line makes no sense. Of several "
	"issuers the worst counts.";

static void set_discovery(
	struct argp_state *state, struct options *options, enum mcpauth_discovery discovery)
{
	if (options->issuer.discovery != MCPAUTH_DISCOVERY_AUTO) {
		argp_error(state, "--oauth and --oidc exclude one another");
	}
	options->issuer.discovery = discovery;
}

static void set_issuer(struct argp_state *state, struct options *options, const char *issuer)
{
	if (strstr(issuer, "/.well-known/") != NULL) {
		argp_error(state,
			"an ISSUER ends before /.well-known/; to look at one document give its "
			"--metadata-url as well");
	}
	if (options->issuer.issuer != NULL) {
		argp_error(state, "one ISSUER at a time");
	}
	options->issuer.issuer = issuer;
}

static void add_scope(struct argp_state *state, struct inspection *inspection, const char *scope)
{
	if (!demands_add_scope(&inspection->scopes, scope)) {
		argp_failure(state, VERDICT_UNKNOWN, 0, "out of memory");
	}
}

static void add_audience(
	struct argp_state *state, struct inspection *inspection, const char *audience)
{
	if (inspection->audience_count == INSPECT_AUDIENCES_MAX) {
		argp_error(state, "at most %d times --audience", INSPECT_AUDIENCES_MAX);
	}
	inspection->audiences[inspection->audience_count++] = audience;
}

static void finish_token(struct argp_state *state, const struct options *options)
{
	const struct inspection *inspection = &options->inspection;
	if (inspection->token == NULL
		&& (inspection->resource != NULL || inspection->scopes != NULL
			|| inspection->audience_count > 0 || inspection->jwks_uri != NULL)) {
		argp_error(state, "--resource, --scope, --audience and --jwks are about a --token");
	}
	if (inspection->token != NULL && strchr("@-", *inspection->token) == NULL
		&& access(inspection->token, F_OK) == 0) {
		argp_error(state, "to read the token from the file %s write @%s", inspection->token,
			inspection->token);
	}
	if (inspection->token != NULL && inspection->resource == NULL && options->file == NULL) {
		argp_error(state,
			"where is the token used? Name the --resource, as in "
			"https://mcp.example.com/mcp");
	}
	if (inspection->jwks_uri != NULL
		&& (options->file != NULL || options->issuer.metadata_url != NULL
			|| options->issuer.discovery != MCPAUTH_DISCOVERY_AUTO)) {
		argp_error(state, "--jwks leaves nothing to look for");
	}
}

static void finish(struct argp_state *state, const struct options *options)
{
	finish_token(state, options);
	if (options->file != NULL) {
		if (options->issuer.issuer != NULL || options->issuer.metadata_url != NULL
			|| options->issuer.discovery != MCPAUTH_DISCOVERY_AUTO) {
			argp_error(state, "--config says which issuers, and how to look");
		}
		return;
	}
	if (options->issuer.issuer == NULL && options->inspection.token == NULL) {
		argp_error(state,
			"which server? Name its ISSUER, as in https://login.example.com, or a "
			"settings file with --config");
	}
	if (options->issuer.metadata_url != NULL
		&& options->issuer.discovery != MCPAUTH_DISCOVERY_AUTO) {
		argp_error(state, "--metadata-url leaves nothing to --oauth and --oidc");
	}
}

/* @return false if it is no option about a token */
static bool take_of_token(int key, char *value, struct argp_state *state)
{
	struct options *options = state->input;
	switch (key) {
	case KEY_TOKEN:
		options->inspection.token = value;
		return true;
	case KEY_RESOURCE:
		options->inspection.resource = value;
		return true;
	case KEY_SCOPE:
		add_scope(state, &options->inspection, value);
		return true;
	case KEY_AUDIENCE:
		add_audience(state, &options->inspection, value);
		return true;
	case KEY_JWKS:
		options->inspection.jwks_uri = value;
		return true;
	default:
		return false;
	}
}

static error_t take(int key, char *value, struct argp_state *state)
{
	struct options *options = state->input;
	switch (key) {
	case KEY_JSON:
		options->json = true;
		return 0;
	case KEY_CONFIG:
		options->file = value;
		return 0;
	case KEY_OAUTH:
		set_discovery(state, options, MCPAUTH_DISCOVERY_OAUTH);
		return 0;
	case KEY_OIDC:
		set_discovery(state, options, MCPAUTH_DISCOVERY_OIDC);
		return 0;
	case KEY_METADATA_URL:
		options->issuer.metadata_url = value;
		return 0;
	case KEY_CA_FILE:
		options->config.ca_file = value;
		return 0;
	case KEY_INSECURE_ALLOW_HTTP:
		options->config.insecure_allow_http = true;
		return 0;
	case ARGP_KEY_ARG:
		set_issuer(state, options, value);
		return 0;
	case ARGP_KEY_END:
		finish(state, options);
		return 0;
	default:
		return take_of_token(key, value, state) ? 0 : ARGP_ERR_UNKNOWN;
	}
}

void options_read(int argc, char **argv, struct options *options)
{
	static const struct argp parser = {table, take, "[ISSUER]", doc, NULL, NULL, NULL};
	argp_err_exit_status = VERDICT_UNKNOWN;
	*options = (struct options){
		.config = MCPAUTH_CONFIG_INIT,
		.issuer = MCPAUTH_ISSUER_CONFIG_INIT,
	};
	argp_parse(&parser, argc, argv, 0, NULL, options);
}

void options_finish(struct options *options)
{
	free(options->inspection.scopes);
}
