/* Tells whether an authorization server is fit for MCP, and what it lacks. */
#define _GNU_SOURCE

#include <mcpauth/mcpauth.h>

#include <cjson/cJSON.h>

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	KEY_JSON = 0x100,
	KEY_OAUTH,
	KEY_OIDC,
	KEY_METADATA_URL,
	KEY_CA_FILE,
	KEY_INSECURE_ALLOW_HTTP
};

enum {
	EXIT_FIT,
	EXIT_UNFIT,
	EXIT_UNKNOWN
};

/* What was asked for, and what is found meanwhile. */
struct check {
	struct mcpauth_config config;
	struct mcpauth_issuer_config issuer;
	bool json;
	bool colours;
	unsigned errors;
	unsigned warnings;
	cJSON *findings; /* with --json */
	bool out_of_memory;
};

static const struct argp_option table[] = {
	{"json", KEY_JSON, NULL, 0, "Print one JSON object instead of lines", 1},
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
	"the command line makes no sense.";

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
	if (check->issuer.issuer != NULL) {
		argp_error(state, "one ISSUER at a time");
	}
	check->issuer.issuer = issuer;
}

static void finish(struct argp_state *state, const struct check *check)
{
	if (check->issuer.issuer == NULL) {
		argp_error(state, "which server? Name its ISSUER, as in https://login.example.com");
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

static void print_finding(const struct check *check, const char *name,
	enum mcpauth_severity severity, const char *message)
{
	static const struct {
		const char *mark;
		const char *colour;
	} looks[] = {
		[MCPAUTH_SEVERITY_PASSED] = {"ok  ", "\033[32m"},
		[MCPAUTH_SEVERITY_WARNING] = {"warn", "\033[33m"},
		[MCPAUTH_SEVERITY_ERROR] = {"FAIL", "\033[31m"},
	};
	printf("%s%s%s  %s: %s\n", check->colours ? looks[severity].colour : "",
		looks[severity].mark, check->colours ? "\033[0m" : "", name, message);
}

static bool add_finding(
	struct check *check, const char *name, enum mcpauth_severity severity, const char *message)
{
	static const char *const severities[] = {"passed", "warning", "error"};
	cJSON *finding = cJSON_CreateObject();
	bool good = cJSON_AddStringToObject(finding, "name", name) != NULL
		&& cJSON_AddBoolToObject(finding, "passed", severity == MCPAUTH_SEVERITY_PASSED)
		&& cJSON_AddStringToObject(finding, "severity", severities[severity]) != NULL
		&& cJSON_AddStringToObject(finding, "message", message) != NULL
		&& cJSON_AddItemToArray(check->findings, finding);
	if (!good) {
		cJSON_Delete(finding);
	}
	return good;
}

static void on_finding(enum mcpauth_finding finding, enum mcpauth_severity severity,
	const char *message, void *user)
{
	struct check *check = user;
	const char *name = mcpauth_finding_name(finding, severity == MCPAUTH_SEVERITY_PASSED);
	check->errors += severity == MCPAUTH_SEVERITY_ERROR;
	check->warnings += severity == MCPAUTH_SEVERITY_WARNING;
	if (!check->json) {
		print_finding(check, name, severity, message);
	} else if (!add_finding(check, name, severity, message)) {
		check->out_of_memory = true;
	}
}

static int status_of(enum mcpauth_code code)
{
	return code == MCPAUTH_OK                  ? EXIT_FIT
		: code == MCPAUTH_E_UNFIT_PROVIDER ? EXIT_UNFIT
						   : EXIT_UNKNOWN;
}

static const char *plural(unsigned count)
{
	return count == 1 ? "" : "s";
}

static int print_verdict(
	const struct check *check, enum mcpauth_code code, const struct mcpauth_error *err)
{
	int status = status_of(code);
	if (status == EXIT_UNKNOWN) {
		printf("could not tell: %s (%s)\n", err->message, mcpauth_code_name(code));
		return status;
	}
	printf("%s for MCP: %u error%s, %u warning%s\n", status == EXIT_FIT ? "fit" : "not fit",
		check->errors, plural(check->errors), check->warnings, plural(check->warnings));
	return status;
}

/* Takes the findings, also on failure. NULL without memory. */
static cJSON *make_report(
	struct check *check, enum mcpauth_code code, const struct mcpauth_error *err)
{
	int status = status_of(code);
	cJSON *report = cJSON_CreateObject();
	bool good = cJSON_AddStringToObject(report, "issuer", check->issuer.issuer) != NULL;
	if (status == EXIT_UNKNOWN) {
		good = good && cJSON_AddNullToObject(report, "fit") != NULL
			&& cJSON_AddStringToObject(report, "error", mcpauth_code_name(code)) != NULL
			&& cJSON_AddStringToObject(report, "error_description", err->message)
				!= NULL;
	} else {
		good = good && cJSON_AddBoolToObject(report, "fit", status == EXIT_FIT) != NULL;
	}
	if (!cJSON_AddItemToObject(report, "findings", check->findings)) {
		cJSON_Delete(check->findings);
		good = false;
	}
	check->findings = NULL;
	if (!good) {
		cJSON_Delete(report);
		report = NULL;
	}
	return report;
}

static int print_json(struct check *check, enum mcpauth_code code, const struct mcpauth_error *err)
{
	cJSON *report = make_report(check, code, err);
	char *text = report == NULL || check->out_of_memory ? NULL : cJSON_Print(report);
	int status = EXIT_UNKNOWN;
	if (text != NULL) {
		puts(text);
		status = status_of(code);
	} else {
		fputs("check-provider: out of memory\n", stderr);
	}
	free(text);
	cJSON_Delete(report);
	return status;
}

static bool wants_colours(void)
{
	const char *no_colour = getenv("NO_COLOR");
	return isatty(STDOUT_FILENO) && (no_colour == NULL || *no_colour == '\0');
}

int main(int argc, char **argv)
{
	static const struct argp parser = {table, take, "ISSUER", doc, NULL, NULL, NULL};
	struct check check = {
		.config = MCPAUTH_CONFIG_INIT,
		.issuer = MCPAUTH_ISSUER_CONFIG_INIT,
		.colours = wants_colours(),
	};
	struct mcpauth_error err;
	struct mcpauth *auth = NULL;
	argp_err_exit_status = EXIT_UNKNOWN;
	argp_parse(&parser, argc, argv, 0, NULL, &check);
	if (check.json) {
		check.findings = cJSON_CreateArray();
	}
	enum mcpauth_code code = mcpauth_new(&check.config, &auth, &err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_check_provider(auth, &check.issuer, on_finding, &check, &err);
	}
	int status = check.json ? print_json(&check, code, &err)
				: print_verdict(&check, code, &err);
	mcpauth_free(auth);
	if (fflush(stdout) != 0) {
		perror("check-provider");
		status = EXIT_UNKNOWN;
	}
	return status;
}
