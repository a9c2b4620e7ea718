/* Tells whether authorization servers are fit for MCP; of a token, why it is refused. */
#define _POSIX_C_SOURCE 200809L

#include "options.h"
#include "report.h"

#include <mcpauth/mcpauth.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One run. */
struct check {
	struct options options;
	bool colours;
	struct mcpauth *auth;
	cJSON *reports; /* with --json */
	enum verdict verdict;
};

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
	struct report report = {
		issuer->issuer, check->options.json, check->colours, 0, 0, NULL, false};
	struct mcpauth_error err;
	enum mcpauth_code code = mcpauth_check_provider(
		check->auth, issuer, report_finding, &report, &err);
	enum verdict verdict = report_verdict(code);
	if (!check->options.json) {
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
	if (!check->options.json) {
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
		fprintf(stderr, "check-provider: there is no issuer in %s\n", check->options.file);
		check->verdict = VERDICT_UNKNOWN;
	}
}

/* @return false if the file or what it says of the network cannot be used */
static bool run(struct check *check, struct mcpauth_settings **settings, struct mcpauth_error *err)
{
	struct options *options = &check->options;
	enum mcpauth_code code = MCPAUTH_OK;
	if (options->file != NULL) {
		code = mcpauth_settings_read(options->file, settings, err);
	}
	if (code == MCPAUTH_OK && options->file != NULL) {
		code = mcpauth_settings_apply(*settings, &options->config, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_new(&options->config, &check->auth, err);
	}
	if (code != MCPAUTH_OK) {
		return false;
	}
	if (options->inspection.token != NULL) {
		options->inspection.json = options->json;
		options->inspection.colours = check->colours;
		check->verdict = inspect(
			&options->inspection, check->auth, *settings, &options->issuer);
	} else if (options->file != NULL) {
		look_at_all(check, *settings);
	} else {
		look_at(check, &options->issuer);
	}
	return true;
}

static void print_reports(struct check *check)
{
	const cJSON *shown = check->options.file != NULL ? check->reports : check->reports->child;
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
	const char *kind = getenv("TERM");
	return isatty(STDOUT_FILENO) && (no_colour == NULL || *no_colour == '\0') && kind != NULL
		&& *kind != '\0' && strcmp(kind, "dumb") != 0;
}

int main(int argc, char **argv)
{
	struct check check = {.colours = wants_colours()};
	struct mcpauth_settings *settings = NULL;
	struct mcpauth_error err;
	options_read(argc, argv, &check.options);
	check.reports = cJSON_CreateArray();
	if (!run(&check, &settings, &err)) {
		fprintf(stderr, "check-provider: %s (%s)\n", err.message,
			mcpauth_code_name(err.code));
		check.verdict = VERDICT_UNKNOWN;
	} else if (check.options.json && check.options.inspection.token == NULL) {
		print_reports(&check);
	}
	cJSON_Delete(check.reports);
	options_finish(&check.options);
	mcpauth_free(check.auth);
	mcpauth_settings_free(settings);
	if (fflush(stdout) != 0) {
		perror("check-provider");
		check.verdict = VERDICT_UNKNOWN;
	}
	return (int)check.verdict;
}
