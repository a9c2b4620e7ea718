/* Telling the log what a document lacks, each thing once. */
#include "metadata/server_review.h"

#include "base/error_int.h"
#include "metadata/server_checks.h"

#include <stdio.h>
#include <string.h>

/* Two lines, of what is an error and of what is a warning. */
struct notes {
	struct mcpauth__server_review *review;
	char errors[MCPAUTH_ERROR_MESSAGE_SIZE];
	char warnings[MCPAUTH_ERROR_MESSAGE_SIZE];
};

static void note(enum mcpauth_finding finding, enum mcpauth_severity severity, const char *message,
	void *user)
{
	struct notes *notes = user;
	unsigned bit = MCPAUTH__FINDING_BIT(finding);
	(void)message;
	if (severity == MCPAUTH_SEVERITY_PASSED || (notes->review->told & bit) != 0) {
		return;
	}
	notes->review->told |= bit;
	char *line = severity == MCPAUTH_SEVERITY_ERROR ? notes->errors : notes->warnings;
	size_t used = strlen(line);
	snprintf(line + used, sizeof notes->errors - used, "%s%s", used > 0 ? ", " : "",
		mcpauth_finding_name(finding, false));
}

static void tell(
	const struct mcpauth__server_review *review, enum mcpauth_level level, const char *findings)
{
	char line[2 * MCPAUTH_ERROR_MESSAGE_SIZE];
	if (*findings == '\0') {
		return;
	}
	snprintf(line, sizeof line, "the metadata of %.150s: %s (see check-provider)",
		review->issuer, findings);
	mcpauth__make_printable(line);
	mcpauth__log(review->log, level, MCPAUTH_E_UNFIT_PROVIDER, NULL, line);
}

enum mcpauth_code mcpauth__server_review(
	struct mcpauth__server_review *review, const cJSON *document, struct mcpauth_error *err)
{
	struct notes notes = {.review = review};
	struct mcpauth_error first;
	struct mcpauth__findings findings = {.found = note, .user = &notes, .err = &first};
	struct mcpauth__server_question question = {
		.issuer = review->issuer, .allow_http = review->allow_http};
	enum mcpauth_code code = mcpauth__server_checks(document, &question, &findings);
	if (code != MCPAUTH_OK) {
		return mcpauth__no_memory(err);
	}
	tell(review, MCPAUTH_LOG_WARNING, notes.errors);
	/* What only some clients would like to find is no reason to be loud. */
	tell(review, MCPAUTH_LOG_INFO, notes.warnings);
	if (review->is_strict && findings.errors != 0) {
		return mcpauth__fail(err, first.code, "%s", first.message);
	}
	return MCPAUTH_OK;
}
