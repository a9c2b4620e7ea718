/* Proofs that the client holds the key its tokens are bound to (RFC 9449). */
#ifndef MCPAUTH_CLIENT_DPOP_H
#define MCPAUTH_CLIENT_DPOP_H

#include "base/buf.h"

#include <mcpauth/error.h>

#include <stdint.h>

/** A key on P-256, and the nonces that servers gave. Thread-safe. */
struct mcpauth__dpop;

/**
 * Import a key, or make one.
 *
 * @param pem        PKCS #8; NULL: a new one
 * @param[out] dpop  caller frees with mcpauth__dpop_free(); NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT, MCPAUTH_E_SYSTEM or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__dpop_new(
	const char *pem, struct mcpauth__dpop **dpop, struct mcpauth_error *err);

/** Wipe and release it. NULL is accepted. */
void mcpauth__dpop_free(struct mcpauth__dpop *dpop);

/** The key, to be kept: a secret. Borrowed. */
const char *mcpauth__dpop_pem(const struct mcpauth__dpop *dpop);

/** The key's thumbprint (RFC 7638), for `dpop_jkt`. Borrowed. */
const char *mcpauth__dpop_thumbprint(const struct mcpauth__dpop *dpop);

/** What a proof is for. Borrowed. */
struct mcpauth__dpop_request {
	const char *method;
	const char *url;   /* query and fragment are left out of `htu` */
	const char *token; /* the access token that is shown with it; NULL: none is */
	int64_t now;       /* seconds since 1970 */
};

/**
 * Make a proof, with the last nonce that this URL's origin gave.
 *
 * @param proof  {0}; caller releases it
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL, MCPAUTH_E_SYSTEM or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__dpop_prove(struct mcpauth__dpop *dpop,
	const struct mcpauth__dpop_request *request, struct mcpauth__buf *proof,
	struct mcpauth_error *err);

/** Remember the nonce that a server gave, for its origin alone; of up to 16 origins. What
 * is no nonce is left out. @return is it the one that is held for it now, also if it was
 * before? */
bool mcpauth__dpop_remember(struct mcpauth__dpop *dpop, const char *url, const char *nonce);

#endif
