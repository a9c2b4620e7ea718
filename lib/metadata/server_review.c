/* Telling the log what a document lacks, each thing once. */
#include "metadata/server_review.h"

#include "base/error_int.h"
#include "metadata/server_checks.h"

#include <stdio.h>
#include <string.h>

/* What only some clients would like to find is one quiet line. */
struct notes {
	struct mcpauth__server_review *review;
	char warnings[MCPAUTH_ERROR_MESSAGE_SIZE];
};

static void tell(const struct mcpauth__server_review *review, enum mcpauth_level level,
	enum mcpauth_code code, const char *what)
{
	char line[2 * MCPAUTH_ERROR_MESSAGE_SIZE];
	snprintf(line, sizeof line, "the metadata of %.150s: %s", review->issuer, what);
	mcpauth__make_printable(line);
	mcpauth__log(review->log, level, code, NULL, line);
}

static void tell_error(
	const struct mcpauth__server_review *review, const char *name, const char *message)
{
	char what[MCPAUTH_ERROR_MESSAGE_SIZE + 64];
	snprintf(what, sizeof what, "%s: %s", name, message);
	tell(review, MCPAUTH_LOG_WARNING, MCPAUTH_E_UNFIT_PROVIDER, what);
}

static void note(enum mcpauth_finding finding, enum mcpauth_severity severity, const char *message,
	void *user)
{
	struct notes *notes = user;
	unsigned bit = MCPAUTH__FINDING_BIT(finding);
	const char *name = mcpauth_finding_name(finding, false);
	/* No server says that it understands resource indicators. */
	if (severity == MCPAUTH_SEVERITY_PASSED || finding == MCPAUTH_FINDING_RESOURCE_INDICATORS
		|| (notes->review->told & bit) != 0) {
		return;
	}
	notes->review->told |= bit;
	if (severity == MCPAUTH_SEVERITY_ERROR) {
		tell_error(notes->review, name, message);
		return;
	}
	size_t used = strlen(notes->warnings);
	snprintf(notes->warnings + used, sizeof notes->warnings - used, "%s%s",
		used > 0 ? ", " : "", name);
}

enum mcpauth_code mcpauth__server_review(
	struct mcpauth__server_review *review, const cJSON *document, struct mcpauth_error *err)
{
	struct notes notes = {.review = review};
	struct mcpauth_error first = {.code = MCPAUTH_OK};
	struct mcpauth__findings findings = {.found = note, .user = &notes, .err = &first};
	struct mcpauth__server_question question = {
		.issuer = review->issuer, .allow_http = review->allow_http};
	enum mcpauth_code code = mcpauth__server_checks(document, &question, &findings);
	if (code != MCPAUTH_OK) {
		return mcpauth__no_memory(err);
	}
	if (*notes.warnings != '\0') {
		tell(review, MCPAUTH_LOG_INFO, MCPAUTH_OK, notes.warnings);
	}
	if (review->is_strict && findings.errors != 0) {
		return mcpauth__fail(err, first.code, "%s", first.message);
	}
	return MCPAUTH_OK;
}
