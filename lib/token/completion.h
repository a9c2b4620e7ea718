/* Claims with what they lack put in: for judges whose tokens say less than a JWT. */
#ifndef MCPAUTH_TOKEN_COMPLETION_H
#define MCPAUTH_TOKEN_COMPLETION_H

#include "base/buf.h"

#include <cjson/cJSON.h>

#include <stdint.h>

/** What stands in for members that are absent, whatever type those that are there have.
 * Borrowed. */
struct mcpauth__claim_defaults {
	const char *issuer;
	const char *audience; /* NULL: an absent `aud` stays absent */
	int64_t expires_at;   /* seconds since 1970 */
};

/**
 * Write the claims' own text, with what is absent behind its opening brace: numbers stay
 * what they were.
 *
 * @param json         what `text` says, read before
 * @param text         a strict JSON object that ends with its brace or blanks, and a NUL
 * @param[out] claims  appended to
 * @return false without memory
 */
bool mcpauth__claims_complete(const cJSON *json, const char *text,
	const struct mcpauth__claim_defaults *defaults, struct mcpauth__buf *claims);

#endif
