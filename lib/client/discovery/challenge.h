/* What a server says of the token it wants: WWW-Authenticate, as a client reads it. */
#ifndef MCPAUTH_DISCOVERY_CHALLENGE_H
#define MCPAUTH_DISCOVERY_CHALLENGE_H

#include <mcpauth/error.h>

#include <stdbool.h>
#include <stddef.h>

/** Bytes of all header values together that are read; what is longer is no challenge. */
#define MCPAUTH__CHALLENGE_LIMIT ((size_t)16 * 1024)

/** The parameters of a challenge, unquoted; NULL: absent, or there twice. Starts as {0}. */
struct mcpauth__challenge {
	bool is_found; /* there is a Bearer or a DPoP challenge */
	bool is_dpop;  /* what was read is a DPoP challenge (RFC 9449 section 7.1) */
	bool offers_dpop;
	char *resource_metadata; /* RFC 9728 section 5.1 */
	char *scope;
	char *error;
	char *error_description;
	char *algs; /* of the first DPoP challenge, also where a Bearer one was read */
};

/**
 * Find the challenge in the values of all WWW-Authenticate headers (RFC 9110 section
 * 11.6.1): of several the first Bearer one, else the first DPoP one; schemes and
 * parameters without regard to case, several challenges in one value, quoted strings.
 * A value that breaks the syntax is read up to where it does; a parameter that is not
 * whole there is none.
 *
 * @param was_dpop   a proof was sent: a DPoP challenge with an error is about that, and comes
 *                   before a Bearer one, which then says what it leaves out of where and scope
 * @param challenge  {0}; caller releases it with mcpauth__challenge_finish(), also on failure
 * @return MCPAUTH_OK, found or not, or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__challenge_read(const char *const *values, size_t count, bool was_dpop,
	struct mcpauth__challenge *challenge, struct mcpauth_error *err);

/** Release it; it is {0} again. */
void mcpauth__challenge_finish(struct mcpauth__challenge *challenge);

#endif
