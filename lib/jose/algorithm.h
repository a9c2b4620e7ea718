/* The signature algorithms that are accepted (RFC 7518 section 3.1, RFC 8037, RFC 9864). */
#ifndef MCPAUTH_JOSE_ALGORITHM_H
#define MCPAUTH_JOSE_ALGORITHM_H

#include <mcpauth/error.h>

/** Never `none` and never an HMAC: those have no number. */
enum mcpauth__algorithm {
	MCPAUTH__ALGORITHM_UNKNOWN,
	MCPAUTH__RS256,
	MCPAUTH__RS384,
	MCPAUTH__RS512,
	MCPAUTH__PS256,
	MCPAUTH__PS384,
	MCPAUTH__PS512,
	MCPAUTH__ES256,
	MCPAUTH__ES384,
	MCPAUTH__ES512,
	MCPAUTH__EDDSA,
	MCPAUTH__ED25519
};

#define MCPAUTH__ALGORITHM_COUNT (MCPAUTH__ED25519 + 1)
#define MCPAUTH__ALGORITHM_BIT(algorithm) (1u << (algorithm))
#define MCPAUTH__ALGORITHMS_ALL 0xffeu

/** The algorithm of this exact name; MCPAUTH__ALGORITHM_UNKNOWN for any other. */
enum mcpauth__algorithm mcpauth__algorithm_of(const char *name);

/** Its name. A constant; NULL for MCPAUTH__ALGORITHM_UNKNOWN. */
const char *mcpauth__algorithm_name(enum mcpauth__algorithm algorithm);

/**
 * Bits of a list of names separated by blanks; NULL, or one without a name,
 * stands for all. EdDSA and Ed25519 stand for each other here.
 *
 * @param[out] bits  0 on failure
 * @return MCPAUTH_OK, or MCPAUTH_E_UNSUPPORTED naming the first that is unknown
 */
enum mcpauth_code mcpauth__algorithms_parse(
	const char *names, unsigned *bits, struct mcpauth_error *err);

#endif
