/* Allowed origins with stars in them: for names, for ports. */
#ifndef MCPAUTH_ORIGINS_ORIGIN_PATTERN_H
#define MCPAUTH_ORIGINS_ORIGIN_PATTERN_H

#include "origins/authority.h"

#include <mcpauth/error.h>

/** An origin with a star in front of its host, for its port, or both. */
struct mcpauth__origin_pattern {
	char *text;                        /* its own: "https://example.com" */
	struct mcpauth__authority without; /* the stars; borrows from it */
	bool any_name;                     /* below the host, and not the host itself */
	bool any_port;                     /* or none */
};

/**
 * Read one.
 *
 * @param[out] pattern  caller releases with mcpauth__origin_pattern_finish(); {0} on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (a star is elsewhere, or what it stands
 *         before is no origin) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__origin_pattern_read(
	const char *text, struct mcpauth__origin_pattern *pattern);

/**
 * Is it one of these origins? Byte for byte where there is no star.
 *
 * @param origin     as it was sent, with nothing behind its authority
 * @param authority  read from it
 */
bool mcpauth__origin_pattern_fits(const struct mcpauth__origin_pattern *pattern, const char *origin,
	const struct mcpauth__authority *authority);

/** Release it; it is {0} again. */
void mcpauth__origin_pattern_finish(struct mcpauth__origin_pattern *pattern);

#endif
