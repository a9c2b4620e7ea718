/* Tells whether authorization servers are fit for MCP, and what they lack. */
#define _GNU_SOURCE

#include "report.h"

#include <mcpauth/mcpauth.h>

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
	KEY_INSECURE_ALLOW_HTTP
};

/* What was asked for. */
struct check {
	struct mcpauth_config config;
	struct mcpauth_issuer_config issuer;
	const char *file; /* settings: all issuers in there */
	bool json;
	bool colours;

	struct mcpauth *auth;
	cJSON *reports; /* with --json */
	enum verdict verdict;
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
	{0},
};

static const char doc[] =
	"Tell whether the authorization server ISSUER is fit for MCP, and what it lacks."
	"\vWithout an option the three well-known URLs are tried in the order of the MCP "
	"specification. Nobody logs in and nothing is changed at the server.\n\n"
	"Exit status: 0 fit, perhaps with warnings; 1 not fit; 2 it could not be told, or "
	"the command line makes no sense. Of several issuers the worst counts.";

static void set_discovery(
	struct argp_state *state, struct check *check, enum mcpauth_discovery discovery)
{
	if (check->issuer.discovery != MCPAUTH_DISCOVERY_AUTO) {
		argp_error(state, "--oauth and --oidc exclude one another");
	}
	check->issuer.discovery = discovery;
}

static void set_issuer(struct argp_state *state, struct check *check, const char *issuer)
{
	if (strstr(issuer, "/.well-known/") != NULL) {
		argp_error(state,
			"an ISSUER ends before /.well-known/; to look at one document give its "
			"--metadata-url as well");
	}
	if (check->issuer.issuer != NULL) {
		argp_error(state, "one ISSUER at a time");
	}
	check->issuer.issuer = issuer;
}

static void finish(struct argp_state *state, const struct check *check)
{
	if (check->file != NULL) {
		if (check->issuer.issuer != NULL || check->issuer.metadata_url != NULL
			|| check->issuer.discovery != MCPAUTH_DISCOVERY_AUTO) {
			argp_error(state, "--config says which issuers, and how to look");
		}
		return;
	}
	if (check->issuer.issuer == NULL) {
		argp_error(state,
			"which server? Name its ISSUER, as in https://login.example.com, or a "
			"settings file with --config");
	}
	if (check->issuer.metadata_url != NULL
		&& check->issuer.discovery != MCPAUTH_DISCOVERY_AUTO) {
		argp_error(state, "--metadata-url leaves nothing to --oauth and --oidc");
	}
}

static error_t take(int key, char *value, struct argp_state *state)
{
	struct check *check = state->input;
	switch (key) {
	case KEY_JSON:
		check->json = true;
		return 0;
	case KEY_CONFIG:
		check->file = value;
		return 0;
	case KEY_OAUTH:
		set_discovery(state, check, MCPAUTH_DISCOVERY_OAUTH);
		return 0;
	case KEY_OIDC:
		set_discovery(state, check, MCPAUTH_DISCOVERY_OIDC);
		return 0;
	case KEY_METADATA_URL:
		check->issuer.metadata_url = value;
		return 0;
	case KEY_CA_FILE:
		check->config.ca_file = value;
		return 0;
	case KEY_INSECURE_ALLOW_HTTP:
		check->config.insecure_allow_http = true;
		return 0;
	case ARGP_KEY_ARG:
		set_issuer(state, check, value);
		return 0;
	case ARGP_KEY_END:
		finish(state, check);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Not fit is worse than not known, which is worse than fit. */
static enum verdict worse(enum verdict a, enum verdict b)
{
	if (a == VERDICT_UNFIT || b == VERDICT_UNFIT) {
		return VERDICT_UNFIT;
	}
	return a > b ? a : b;
}

static bool keep(struct check *check, struct report *report, enum mcpauth_code code,
	const struct mcpauth_error *err)
{
	cJSON *json = report_json(report, code, err);
	if (json == NULL || !cJSON_AddItemToArray(check->reports, json)) {
		cJSON_Delete(json);
		fputs("check-provider: out of memory\n", stderr);
		return false;
	}
	return true;
}

static void look_at(struct check *check, const struct mcpauth_issuer_config *issuer)
{
	struct report report = {issuer->issuer, check->json, check->colours, 0, 0, NULL, false};
	struct mcpauth_error err;
	enum mcpauth_code code = mcpauth_check_provider(
		check->auth, issuer, report_finding, &report, &err);
	enum verdict verdict = report_verdict(code);
	if (!check->json) {
		report_print_verdict(&report, code, &err);
	} else if (!keep(check, &report, code, &err)) {
		verdict = VERDICT_UNKNOWN;
	}
	check->verdict = worse(check->verdict, verdict);
}

static const char *string_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* What says where the metadata and the keys are; no token is verified here. */
static bool read_issuer(const cJSON *json, struct mcpauth_issuer_config *issuer, char **by_hand)
{
	const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(json, "metadata");
	const cJSON *jwks = cJSON_GetObjectItemCaseSensitive(json, "jwks");
	const char *discovery = string_of(json, "discovery");
	*issuer = (struct mcpauth_issuer_config)MCPAUTH_ISSUER_CONFIG_INIT;
	const cJSON *object = metadata != NULL ? metadata : jwks;
	*by_hand = object != NULL ? cJSON_PrintUnformatted(object) : NULL;
	issuer->issuer = string_of(json, "issuer");
	issuer->metadata_url = string_of(json, "metadata_url");
	issuer->jwks_uri = string_of(json, "jwks_uri");
	issuer->metadata = metadata != NULL ? *by_hand : NULL;
	issuer->jwks = metadata == NULL ? *by_hand : NULL;
	if (discovery != NULL && strcmp(discovery, "oauth") == 0) {
		issuer->discovery = MCPAUTH_DISCOVERY_OAUTH;
	} else if (discovery != NULL && strcmp(discovery, "oidc") == 0) {
		issuer->discovery = MCPAUTH_DISCOVERY_OIDC;
	}
	return object == NULL || *by_hand != NULL;
}

static void look_at_configured(struct check *check, const cJSON *json)
{
	struct mcpauth_issuer_config issuer;
	char *by_hand;
	if (!read_issuer(json, &issuer, &by_hand)) {
		check->verdict = worse(check->verdict, VERDICT_UNKNOWN);
		return;
	}
	if (!check->json) {
		printf("%s\n", issuer.issuer);
	}
	look_at(check, &issuer);
	free(by_hand);
}

static void look_at_all(struct check *check, const struct mcpauth_settings *settings)
{
	const cJSON *resource;
	const cJSON *issuer;
	unsigned count = 0;
	cJSON_ArrayForEach(resource, mcpauth_settings_section(settings, "resources"))
	{
		cJSON_ArrayForEach(issuer, cJSON_GetObjectItemCaseSensitive(resource, "issuers"))
		{
			look_at_configured(check, issuer);
			count++;
		}
	}
	if (count == 0) {
		fprintf(stderr, "check-provider: there is no issuer in %s\n", check->file);
		check->verdict = VERDICT_UNKNOWN;
	}
}

/* @return false if the file or what it says of the network cannot be used */
static bool run(struct check *check, struct mcpauth_settings **settings, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	if (check->file != NULL) {
		code = mcpauth_settings_read(check->file, settings, err);
	}
	if (code == MCPAUTH_OK && check->file != NULL) {
		code = mcpauth_settings_apply(*settings, &check->config, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_new(&check->config, &check->auth, err);
	}
	if (code != MCPAUTH_OK) {
		return false;
	}
	if (check->file != NULL) {
		look_at_all(check, *settings);
	} else {
		look_at(check, &check->issuer);
	}
	return true;
}

static void print_reports(struct check *check)
{
	const cJSON *shown = check->file != NULL ? check->reports : check->reports->child;
	char *text = shown == NULL ? NULL : cJSON_Print(shown);
	if (text == NULL) {
		check->verdict = VERDICT_UNKNOWN;
		return;
	}
	puts(text);
	free(text);
}

static bool wants_colours(void)
{
	const char *no_colour = getenv("NO_COLOR");
	return isatty(STDOUT_FILENO) && (no_colour == NULL || *no_colour == '\0');
}

int main(int argc, char **argv)
{
	static const struct argp parser = {table, take, "[ISSUER]", doc, NULL, NULL, NULL};
	struct check check = {
		.config = MCPAUTH_CONFIG_INIT,
		.issuer = MCPAUTH_ISSUER_CONFIG_INIT,
		.colours = wants_colours(),
	};
	struct mcpauth_settings *settings = NULL;
	struct mcpauth_error err;
	argp_err_exit_status = VERDICT_UNKNOWN;
	argp_parse(&parser, argc, argv, 0, NULL, &check);
	check.reports = cJSON_CreateArray();
	if (!run(&check, &settings, &err)) {
		fprintf(stderr, "check-provider: %s (%s)\n", err.message,
			mcpauth_code_name(err.code));
		check.verdict = VERDICT_UNKNOWN;
	} else if (check.json) {
		print_reports(&check);
	}
	cJSON_Delete(check.reports);
	mcpauth_free(check.auth);
	mcpauth_settings_free(settings);
	if (fflush(stdout) != 0) {
		perror("check-provider");
		check.verdict = VERDICT_UNKNOWN;
	}
	return (int)check.verdict;
}
