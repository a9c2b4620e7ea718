/* Answers that are the same whatever the route and the request. */
#ifndef MCPAUTH_MIDDLEWARE_STANDARD_ANSWERS_H
#define MCPAUTH_MIDDLEWARE_STANDARD_ANSWERS_H

#include "shared_answer.h"

#include <mcpauth/stage.h>

enum mcpauth__standard_answer {
	MCPAUTH__STANDARD_NO_PATH,
	MCPAUTH__STANDARD_NO_DOCUMENT,
	MCPAUTH__STANDARD_READ_ONLY, /* 405: such documents are for reading */
	MCPAUTH__STANDARD_TOO_LARGE,
	MCPAUTH__STANDARD_BROKEN,
	MCPAUTH__STANDARD_FOREIGN_HOST,
	MCPAUTH__STANDARD_FOREIGN_ORIGIN,
	MCPAUTH__STANDARD_NOT_LISTED,
	MCPAUTH__STANDARD_NO_HANDLE,
	MCPAUTH__STANDARD_PREFLIGHT,          /* nobody may */
	MCPAUTH__STANDARD_DOCUMENT_PREFLIGHT, /* everybody may read */
	MCPAUTH__STANDARD_ANSWERS
};

/** Those with a Retry-After. */
enum mcpauth__standard_delay {
	MCPAUTH__STANDARD_UNAVAILABLE, /* 503: it cannot be decided now */
	MCPAUTH__STANDARD_TOO_MANY,    /* 429: too many failed before */
	MCPAUTH__STANDARD_DELAYS
};

/** Seconds up to which an answer with a Retry-After is kept. */
#define MCPAUTH__STANDARD_SECONDS 30u

/** Those of one set of rules, each made when it is first needed. Starts as {0}. */
struct mcpauth__standard_answers {
	struct mcpauth__shared_answer items[MCPAUTH__STANDARD_ANSWERS];
	struct mcpauth__shared_answer delays[MCPAUTH__STANDARD_DELAYS]
					    [MCPAUTH__STANDARD_SECONDS + 1];
};

/**
 * Answer with one of them.
 *
 * @param answer  its old content is released
 * @return MCPAUTH_OK, or MCPAUTH_E_NO_MEMORY: then it has its status at least
 */
enum mcpauth_code mcpauth__standard_answers_show(struct mcpauth__standard_answers *answers,
	enum mcpauth__standard_answer which, struct mcpauth_answer *answer);

/** For what reason it is given; MCPAUTH_OK: it refuses nothing. */
enum mcpauth_code mcpauth__standard_answer_reason(enum mcpauth__standard_answer which);

/** Answer with one of those that have a Retry-After, in seconds. @return likewise */
enum mcpauth_code mcpauth__standard_answers_delay(struct mcpauth__standard_answers *answers,
	enum mcpauth__standard_delay which, unsigned retry_after, struct mcpauth_answer *answer);

/** Release them. */
void mcpauth__standard_answers_finish(struct mcpauth__standard_answers *answers);

#endif
