/* Which hosts a server answers to, and which pages may ask it. */
#ifndef MCPAUTH_ORIGINS_AUTHORITIES_H
#define MCPAUTH_ORIGINS_AUTHORITIES_H

#include "origins/authority.h"
#include "base/lookup.h"
#include "base/words.h"
#include "origins/origin_pattern.h"

#include <mcpauth/mcpauth.h>

/** Starts as {0}. Once it is filled any number of threads may ask, in a time that
 * does not grow with what is in it, but for the patterns. */
struct mcpauth__authorities {
	struct mcpauth__words names;              /* all that the look-ups borrow */
	struct mcpauth__lookup hosts;             /* as a Host header has them */
	struct mcpauth__lookup origins;           /* of resources, with their scheme */
	struct mcpauth__lookup other_origins;     /* allowed besides, to the letter */
	struct mcpauth__origin_pattern *patterns; /* allowed besides, a few */
	size_t pattern_count;
};

/** Those of all resources. @return false without memory, as does the next one */
bool mcpauth__authorities_add_resources(
	struct mcpauth__authorities *authorities, const struct mcpauth *auth);

/** One more host. Its port is the one that was named, or none. */
bool mcpauth__authorities_add_host(
	struct mcpauth__authorities *authorities, const struct mcpauth__authority *host);

/** One more origin, exactly as it will be sent, or with stars.
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__authorities_add_origin(
	struct mcpauth__authorities *authorities, const char *origin);

/** Is it a resource's authority, loopback, or allowed besides? */
bool mcpauth__authorities_have_host(
	const struct mcpauth__authorities *authorities, const char *host);

/** Is it a resource's origin, loopback asking loopback, or allowed besides?
 * @param host  the Host header; or NULL */
bool mcpauth__authorities_have_origin(
	const struct mcpauth__authorities *authorities, const char *origin, const char *host);

/** Release it; it is {0} again. */
void mcpauth__authorities_finish(struct mcpauth__authorities *authorities);

#endif
