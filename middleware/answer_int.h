/* An answer as a description, before anything renders it. */
#ifndef MCPAUTH_MIDDLEWARE_ANSWER_INT_H
#define MCPAUTH_MIDDLEWARE_ANSWER_INT_H

#include "headers.h"

#include <mcpauth/stage.h>

#include <stdbool.h>

struct mcpauth__shared_answer;

/** Starts as {0}: no answer. */
struct mcpauth_answer {
	unsigned status; /* 0: none */
	struct mcpauth__headers headers;
	char *body; /* NULL or NUL-terminated */
	size_t length;
	/* Whose headers and body these are: copied before anybody changes them. NULL:
	 * its own. */
	struct mcpauth__shared_answer *shared;
};

/** Is there nothing of its own in it to release? */
static inline bool mcpauth__answer_owns_nothing(const struct mcpauth_answer *answer)
{
	return answer->shared != NULL || (answer->body == NULL && answer->headers.items == NULL);
}

/** Release it; it is {0} again. */
void mcpauth__answer_finish(struct mcpauth_answer *answer);

/**
 * An answer with an OAuth error as its JSON body, never to be stored.
 *
 * @param answer  its old content is released
 * @param error   the `error` member; NULL for a `message` instead
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__answer_error(
	struct mcpauth_answer *answer, unsigned status, const char *error, const char *description);

/** Add a string member to a JSON body. @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__answer_add_member(
	struct mcpauth_answer *answer, const char *name, const char *value);

#endif
