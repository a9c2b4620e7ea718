/* Answers that neither the route nor the request has a say in. */
#ifndef MCPAUTH_MIDDLEWARE_COMMON_H
#define MCPAUTH_MIDDLEWARE_COMMON_H

#include "fixed.h"

#include <mcpauth/stage.h>

enum mcpauth__common_kind {
	MCPAUTH__COMMON_NO_PATH,
	MCPAUTH__COMMON_NO_DOCUMENT,
	MCPAUTH__COMMON_READ_ONLY, /* 405: such documents are for reading */
	MCPAUTH__COMMON_TOO_LARGE,
	MCPAUTH__COMMON_BROKEN,
	MCPAUTH__COMMON_FOREIGN_HOST,
	MCPAUTH__COMMON_FOREIGN_ORIGIN,
	MCPAUTH__COMMON_PREFLIGHT,          /* nobody may */
	MCPAUTH__COMMON_DOCUMENT_PREFLIGHT, /* everybody may read */
	MCPAUTH__COMMON_KINDS
};

/** Seconds up to which a Retry-After is kept. */
#define MCPAUTH__COMMON_SECONDS 30u

/** Those of one set of rules. Starts as {0}. */
struct mcpauth__common {
	struct mcpauth__fixed_place kinds[MCPAUTH__COMMON_KINDS];
	struct mcpauth__fixed_place unavailable[MCPAUTH__COMMON_SECONDS + 1];
};

/**
 * Answer so.
 *
 * @param answer  its old content is released
 * @return MCPAUTH_OK, or MCPAUTH_E_NO_MEMORY: then it has its status at least
 */
enum mcpauth_code mcpauth__common_answer(struct mcpauth__common *common,
	enum mcpauth__common_kind kind, struct mcpauth_answer *answer);

/** Answer 503 with Retry-After in seconds. @return likewise */
enum mcpauth_code mcpauth__common_unavailable(
	struct mcpauth__common *common, unsigned retry_after, struct mcpauth_answer *answer);

/** Release them. */
void mcpauth__common_finish(struct mcpauth__common *common);

#endif
