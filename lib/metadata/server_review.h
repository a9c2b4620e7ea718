/* What a document lacks, told once, and whether that is reason enough to refuse it. */
#ifndef MCPAUTH_METADATA_SERVER_REVIEW_H
#define MCPAUTH_METADATA_SERVER_REVIEW_H

#include "base/log_int.h"

#include <cjson/cJSON.h>

#include <stdbool.h>

/** One issuer's. Borrowed parts; not for two threads at once. */
struct mcpauth__server_review {
	const char *issuer;
	struct mcpauth__log *log;
	bool allow_http;
	bool is_strict; /* errors refuse the document */
	unsigned told;  /* findings the log has had; {0} at first */
};

/**
 * Look at a document that is about to be used.
 *
 * @param document  parsed strictly, about this issuer
 * @return MCPAUTH_OK, with is_strict also MCPAUTH_E_UNFIT_PROVIDER, or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__server_review(
	struct mcpauth__server_review *review, const cJSON *document, struct mcpauth_error *err);

#endif
