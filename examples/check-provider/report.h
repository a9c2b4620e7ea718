/* What was found out about one issuer, as lines or as JSON. */
#ifndef EXAMPLES_CHECK_PROVIDER_REPORT_H
#define EXAMPLES_CHECK_PROVIDER_REPORT_H

#include <cjson/cJSON.h>
#include <mcpauth/provider.h>

/** The program's exit status, from good to bad. */
enum verdict {
	VERDICT_FIT = 0,
	VERDICT_UNFIT = 1,
	VERDICT_UNKNOWN = 2
};

/** One issuer's. The first three are the program's; the rest starts as zero. */
struct report {
	const char *issuer;
	bool json;    /**< keep the findings, print nothing */
	bool colours; /**< for a terminal */
	unsigned errors;
	unsigned warnings;
	cJSON *findings;
	bool out_of_memory;
};

/** Take a finding: a mcpauth_finding_fn, whose user is the struct report. */
void report_finding(enum mcpauth_finding finding, enum mcpauth_severity severity,
	const char *message, void *report);

/** What the check's code means. */
enum verdict report_verdict(enum mcpauth_code code);

/** Print the last line. */
void report_print_verdict(
	const struct report *report, enum mcpauth_code code, const struct mcpauth_error *err);

/** All of it as an object; takes the findings. @return NULL without memory */
cJSON *report_json(struct report *report, enum mcpauth_code code, const struct mcpauth_error *err);

#endif
