/* Whose a token is, as far as forgetting asks. */
#ifndef MCPAUTH_ENDPOINT_OWNER_H
#define MCPAUTH_ENDPOINT_OWNER_H

#include "base/words.h"

#include <cjson/cJSON.h>

#include <stdbool.h>

/** Borrowed; NULL: not said. */
struct mcpauth__owner {
	const char *issuer;
	const char *subject;
	const char *session; /* `sid` */
};

/**
 * Read claims.
 *
 * @param claims    an object; what is found is borrowed from it
 * @param subjects  where the subject is
 * @param issuer    whose token it is if `iss` is absent
 */
struct mcpauth__owner mcpauth__owner_read(
	const cJSON *claims, const struct mcpauth__words *subjects, const char *issuer);

/** Is it one of those that are named: of that issuer and, where they are named, of that
 * subject and that session? Byte for byte. */
bool mcpauth__owner_is(const struct mcpauth__owner *owner, const struct mcpauth__owner *named);

#endif
