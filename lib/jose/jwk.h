/* One public key of a JWK set (RFC 7517 section 4), imported into GnuTLS once. */
#ifndef MCPAUTH_JOSE_JWK_H
#define MCPAUTH_JOSE_JWK_H

#include "jose/algorithm.h"
#include "jose/signed.h"

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stddef.h>

/** Immutable; any number of threads may verify with it. */
struct mcpauth__jwk;

/**
 * Import a key that can verify signatures.
 *
 * @param json      one member of "keys"; borrowed for the call
 * @param[out] key  caller frees with mcpauth__jwk_free(); NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_KEYS (unusable here, with the reason)
 *         or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__jwk_import(
	const cJSON *json, struct mcpauth__jwk **key, struct mcpauth_error *err);

void mcpauth__jwk_free(struct mcpauth__jwk *key);

/** Its `kid`; NULL if it has none. */
const char *mcpauth__jwk_id(const struct mcpauth__jwk *key);

/** May a token signed with this algorithm be verified by it? */
bool mcpauth__jwk_fits(const struct mcpauth__jwk *key, enum mcpauth__algorithm algorithm);

/** Is the signature good? Only with an algorithm that fits.
 * @return MCPAUTH_OK, MCPAUTH_E_BAD_SIGNATURE or, where it cannot be told,
 *         MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__jwk_verify(const struct mcpauth__jwk *key,
	enum mcpauth__algorithm algorithm, const struct mcpauth__signed *data);

#endif
