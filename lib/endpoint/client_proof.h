/* This program as a client of an authorization server's endpoints. */
#ifndef MCPAUTH_ENDPOINT_CLIENT_PROOF_H
#define MCPAUTH_ENDPOINT_CLIENT_PROOF_H

#include "base/buf.h"

#include <mcpauth/client_authentication.h>
#include <mcpauth/error.h>

#include <stdint.h>

/** How it is to prove who it is, as it was configured or registered. Borrowed strings;
 * NULL or empty: not given. Files are read before. */
struct mcpauth__client_identity {
	enum mcpauth_client_authentication authentication;
	const char *id;
	const char *secret;
	const char *private_key; /* a PEM text */
	const char *key_id;
	const char *key_algorithm;
	const char *assertion_audience;
	const char *default_audience; /* `aud` if none was given; with other methods unused */
	const char *bearer_token;
};

/** The proof that it takes along: strings copied, the key imported. Immutable; any
 * number of threads may use it at once. */
struct mcpauth__client_proof;

/**
 * Check what was said, and make the proof.
 *
 * @param[out] proof  caller frees with mcpauth__client_proof_free(); NULL on failure
 * @return MCPAUTH_OK; MCPAUTH_E_INVALID_ARGUMENT: what the method needs is not there or
 *         cannot be used, or something is there that it would not use; or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__client_proof_new(const struct mcpauth__client_identity *client,
	struct mcpauth__client_proof **proof, struct mcpauth_error *err);

/** Wipe and release it. NULL is accepted. */
void mcpauth__client_proof_free(struct mcpauth__client_proof *proof);

/** The Authorization header's value, a secret. Borrowed from the proof; NULL if the
 * method has none. */
const char *mcpauth__client_proof_authorization(const struct mcpauth__client_proof *proof);

/**
 * Put into a request's form what belongs there (RFC 6749 section 2.3.1, RFC 7521
 * section 4.2). Anew for each request: an assertion is good once.
 *
 * @param now   seconds since 1970
 * @param form  appended to; a secret from now on. On failure in an unknown state
 * @return MCPAUTH_OK, MCPAUTH_E_NO_MEMORY, or MCPAUTH_E_SYSTEM: no randomness, or no
 *         signature
 */
enum mcpauth_code mcpauth__client_proof_add(const struct mcpauth__client_proof *proof, int64_t now,
	struct mcpauth__buf *form, struct mcpauth_error *err);

#endif
