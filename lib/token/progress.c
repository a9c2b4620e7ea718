/* Keeping whom a verification asked, until it ends. */
#include "token/progress.h"

#include <stdlib.h>

void mcpauth__progress_advance(struct mcpauth__progress *progress)
{
	mcpauth__introspection_free(progress->introspection);
	progress->introspection = NULL;
	progress->asked++;
}

bool mcpauth__progress_note_failure(
	struct mcpauth__progress *progress, const struct mcpauth_error *failure)
{
	if (progress->failure != NULL) {
		return true;
	}
	progress->failure = malloc(sizeof *failure);
	if (progress->failure != NULL) {
		*progress->failure = *failure;
	}
	return progress->failure != NULL;
}

static bool is_answered(struct mcpauth_inquiry *inquiry)
{
	const char *claims;
	size_t length;
	return mcpauth__inquiry_result(inquiry, NULL, &claims, &length, NULL) != MCPAUTH_PENDING;
}

const char *mcpauth__progress_awaited(const struct mcpauth__progress *progress)
{
	if (progress->inquiry != NULL && !is_answered(progress->inquiry)) {
		return "the program's verifier";
	}
	return progress->introspection != NULL ? "the introspection endpoint" : "the issuer";
}

void mcpauth__progress_finish(struct mcpauth__progress *progress)
{
	mcpauth__inquiry_free(progress->inquiry);
	mcpauth__introspection_free(progress->introspection);
	free(progress->failure);
	*progress = (struct mcpauth__progress){0};
}
