/* Showing what was found out about an issuer. */
#include "report.h"

#include <stdio.h>

static void print_finding(const struct report *report, const char *name,
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
	printf("%s%s%s  %s: %s\n", report->colours ? looks[severity].colour : "",
		looks[severity].mark, report->colours ? "\033[0m" : "", name, message);
}

static bool add_finding(struct report *report, const char *name, enum mcpauth_severity severity,
	const char *message)
{
	static const char *const severities[] = {"passed", "warning", "error"};
	if (report->findings == NULL) {
		report->findings = cJSON_CreateArray();
	}
	cJSON *finding = cJSON_CreateObject();
	bool good = cJSON_AddStringToObject(finding, "name", name) != NULL
		&& cJSON_AddBoolToObject(finding, "passed", severity == MCPAUTH_SEVERITY_PASSED)
		&& cJSON_AddStringToObject(finding, "severity", severities[severity]) != NULL
		&& cJSON_AddStringToObject(finding, "message", message) != NULL
		&& cJSON_AddItemToArray(report->findings, finding);
	if (!good) {
		cJSON_Delete(finding);
	}
	return good;
}

void report_finding(enum mcpauth_finding finding, enum mcpauth_severity severity,
	const char *message, void *user)
{
	struct report *report = user;
	const char *name = mcpauth_finding_name(finding, severity == MCPAUTH_SEVERITY_PASSED);
	report->errors += severity == MCPAUTH_SEVERITY_ERROR;
	report->warnings += severity == MCPAUTH_SEVERITY_WARNING;
	if (!report->json) {
		print_finding(report, name, severity, message);
	} else if (!add_finding(report, name, severity, message)) {
		report->out_of_memory = true;
	}
}

enum verdict report_verdict(enum mcpauth_code code)
{
	return code == MCPAUTH_OK                  ? VERDICT_FIT
		: code == MCPAUTH_E_UNFIT_PROVIDER ? VERDICT_UNFIT
						   : VERDICT_UNKNOWN;
}

static const char *plural(unsigned count)
{
	return count == 1 ? "" : "s";
}

void report_print_verdict(
	const struct report *report, enum mcpauth_code code, const struct mcpauth_error *err)
{
	enum verdict verdict = report_verdict(code);
	if (verdict == VERDICT_UNKNOWN) {
		printf("could not tell: %s (%s)\n", err->message, mcpauth_code_name(code));
		return;
	}
	printf("%s for MCP: %u error%s, %u warning%s\n", verdict == VERDICT_FIT ? "fit" : "not fit",
		report->errors, plural(report->errors), report->warnings, plural(report->warnings));
}

static bool add_verdict(cJSON *json, enum mcpauth_code code, const struct mcpauth_error *err)
{
	enum verdict verdict = report_verdict(code);
	if (verdict != VERDICT_UNKNOWN) {
		return cJSON_AddBoolToObject(json, "fit", verdict == VERDICT_FIT) != NULL;
	}
	return cJSON_AddNullToObject(json, "fit") != NULL
		&& cJSON_AddStringToObject(json, "error", mcpauth_code_name(code)) != NULL
		&& cJSON_AddStringToObject(json, "error_description", err->message) != NULL;
}

cJSON *report_json(struct report *report, enum mcpauth_code code, const struct mcpauth_error *err)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *findings = report->findings != NULL ? report->findings : cJSON_CreateArray();
	report->findings = NULL;
	bool good = cJSON_AddStringToObject(json, "issuer", report->issuer) != NULL
		&& add_verdict(json, code, err);
	if (!cJSON_AddItemToObject(json, "findings", findings)) {
		cJSON_Delete(findings);
		good = false;
	}
	if (!good || report->out_of_memory) {
		cJSON_Delete(json);
		json = NULL;
	}
	return json;
}
