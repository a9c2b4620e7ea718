/* What was found out about an authorization server, and who is told. */
#ifndef MCPAUTH_METADATA_FINDINGS_H
#define MCPAUTH_METADATA_FINDINGS_H

#include <mcpauth/provider.h>

/** The bit of a finding in a set of them. */
#define MCPAUTH__FINDING_BIT(finding) (1u << (finding))

/** Starts as {0} but for the first three, each of which may be NULL. */
struct mcpauth__findings {
	mcpauth_finding_fn found; /* told each finding at once */
	void *user;
	struct mcpauth_error *err; /* gets the first error, as MCPAUTH_E_UNFIT_PROVIDER */
	unsigned errors;           /* sets of bits */
	unsigned warnings;
};

/** One more. The message becomes one line of printable ASCII. */
void mcpauth__findings_add(struct mcpauth__findings *findings, enum mcpauth_finding finding,
	enum mcpauth_severity severity, const char *format, ...) MCPAUTH_PRINTF(4, 5);

/** What they come to: MCPAUTH_OK, or MCPAUTH_E_UNFIT_PROVIDER if one is an error. */
enum mcpauth_code mcpauth__findings_code(const struct mcpauth__findings *findings);

#endif
