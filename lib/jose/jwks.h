/* A JWK set (RFC 7517 section 5): an issuer's keys, never changed, swapped whole. */
#ifndef MCPAUTH_JOSE_JWKS_H
#define MCPAUTH_JOSE_JWKS_H

#include "jose/jwk.h"

#define MCPAUTH__JWKS_KEY_LIMIT 2000

/** Values in the document: what keys have who have everything, 14, and some more. */
#define MCPAUTH__JWKS_VALUE_LIMIT ((size_t)16 * MCPAUTH__JWKS_KEY_LIMIT)

/** Counted and immutable. */
struct mcpauth__jwks;

/** Told of each key that is passed over. `json` is the key; `why` a line. */
struct mcpauth__jwks_listener {
	void (*skipped)(const cJSON *json, const char *why, void *user);
	void *user;
};

/**
 * Parse a set. Keys that cannot be used are passed over; a set without one
 * that can be used is still a set.
 *
 * @param[out] set  caller frees with mcpauth__jwks_free(); NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON, MCPAUTH_E_TOO_LARGE (over
 *         MCPAUTH__JWKS_VALUE_LIMIT, before any memory is taken),
 *         MCPAUTH_E_INVALID_KEYS (no array "keys", or over
 *         MCPAUTH__JWKS_KEY_LIMIT) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__jwks_parse(
	const char *text, size_t length, struct mcpauth__jwks **set, struct mcpauth_error *err);

struct mcpauth__jwks *mcpauth__jwks_ref(struct mcpauth__jwks *set);

/** NULL is accepted. */
void mcpauth__jwks_free(struct mcpauth__jwks *set);

/** The same, and a listener is told why which keys are not used; NULL: nobody. */
enum mcpauth_code mcpauth__jwks_parse_aloud(const char *text, size_t length,
	const struct mcpauth__jwks_listener *listener, struct mcpauth__jwks **set,
	struct mcpauth_error *err);

/** Usable keys, and those that were passed over. */
size_t mcpauth__jwks_count(const struct mcpauth__jwks *set);
size_t mcpauth__jwks_skipped(const struct mcpauth__jwks *set);

/**
 * Check a signature with the key that the token names.
 *
 * With a kid: the fitting keys of that kid, at most four. Without: only if
 * exactly one key of the set fits the algorithm.
 *
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_KEY, MCPAUTH_E_BAD_SIGNATURE or, where it
 * cannot be told, MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__jwks_verify(const struct mcpauth__jwks *set, const char *kid,
	enum mcpauth__algorithm algorithm, const struct mcpauth__signed *data,
	struct mcpauth_error *err);

#endif
