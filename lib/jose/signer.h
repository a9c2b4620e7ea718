/* Making compact JWS (RFC 7515 section 3.1) with a private key. */
#ifndef MCPAUTH_JOSE_SIGNER_H
#define MCPAUTH_JOSE_SIGNER_H

#include "base/buf.h"

#include <mcpauth/error.h>

/** A private key and the algorithm it signs with. Immutable; any number of threads may
 * sign at once. */
struct mcpauth__signer;

/**
 * Import a private key, once for all that it will sign.
 *
 * RSA of 2048 to 16384 bits, EC on P-256, P-384 or P-521, Ed25519; never an encrypted
 * one.
 *
 * @param pem          PKCS #8; borrowed for the call
 * @param algorithm    a name of algorithm.h's; NULL: RS256, ES256, ES384, ES512 or EdDSA,
 *                     by the key
 * @param[out] signer  caller frees with mcpauth__signer_free(); NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (the key or the algorithm cannot be
 *         used, or they do not fit) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__signer_new(const char *pem, const char *algorithm,
	struct mcpauth__signer **signer, struct mcpauth_error *err);

/** Wipe and release it. NULL is accepted. */
void mcpauth__signer_free(struct mcpauth__signer *signer);

/** What `alg` of the header must be. A constant. */
const char *mcpauth__signer_algorithm(const struct mcpauth__signer *signer);

/**
 * Its public key as a JWK of those members that a thumbprint is made of, in that order and
 * without blanks (RFC 7638 section 3).
 *
 * @param jwk  appended to; on failure in an unknown state
 * @return MCPAUTH_OK, MCPAUTH_E_UNSUPPORTED: not of an RSA or Ed25519 key; or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__signer_public_jwk(
	const struct mcpauth__signer *signer, struct mcpauth__buf *jwk, struct mcpauth_error *err);

/**
 * Sign.
 *
 * @param header  a JSON text, taken as it is
 * @param claims  likewise
 * @param jws     appended to; on failure in an unknown state
 * @return MCPAUTH_OK, MCPAUTH_E_NO_MEMORY, or MCPAUTH_E_SYSTEM: GnuTLS does not sign
 */
enum mcpauth_code mcpauth__signer_sign(const struct mcpauth__signer *signer, const char *header,
	const char *claims, struct mcpauth__buf *jws, struct mcpauth_error *err);

#endif
