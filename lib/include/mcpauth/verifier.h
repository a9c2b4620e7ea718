/**
 * @file
 * Verifiers of the program's own, for tokens that only it can judge.
 */
#ifndef MCPAUTH_VERIFIER_H
#define MCPAUTH_VERIFIER_H

#include <mcpauth/auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One question: whose is this token? */
struct mcpauth_inquiry;

/**
 * Judge a token.
 *
 * Called on the thread that verifies, several at once; must not block. Must
 * lead to exactly one mcpauth_inquiry_accept(), mcpauth_inquiry_refuse() or
 * mcpauth_inquiry_pass(), at once or later, from any thread. Who takes longer than
 * the deadline answers nobody any more, but must answer all the same, if need be
 * after the last mcpauth_free(): an inquiry needs nothing but itself.
 *
 * @param inquiry  good until it is answered
 * @param user     as given beside the function
 */
typedef void (*mcpauth_verifier_fn)(struct mcpauth_inquiry *inquiry, void *user);

/** The token, as the client sent it: anything of 1 to 16384 token characters.
 * Borrowed until the inquiry is answered. */
MCPAUTH_API const char *mcpauth_inquiry_token(const struct mcpauth_inquiry *inquiry);

/** The resource it is used for. Borrowed until the inquiry is answered. */
MCPAUTH_API const char *mcpauth_inquiry_resource(const struct mcpauth_inquiry *inquiry);

/**
 * The token is genuine, and this is what it says.
 *
 * Issuer, audience, times, required claims and the issuer's own check are then
 * looked at as for a JWT: `iss` must be an issuer of the resource's, `aud` its
 * audience, `exp` in the future. What somebody else says of a token often lacks some
 * of them and has to be completed: `iss` with who said it, `exp` with a time not far
 * ahead, but `aud` only if he knows no token that is meant for another resource. An
 * introspection endpoint is asked so by mcpauth_set_introspection().
 *
 * @param inquiry  taken
 * @param claims   a JSON object (RFC 7519 section 4); borrowed for the call
 * @param length   bytes
 */
MCPAUTH_API void mcpauth_inquiry_accept(
	struct mcpauth_inquiry *inquiry, const char *claims, size_t length);

/**
 * The token is not good, or nobody can tell now.
 *
 * @param inquiry  taken
 * @param code     4xx: refused; 2xx or 3xx: 503, to be tried again. Any other
 *                 counts as MCPAUTH_E_BAD_SIGNATURE
 * @param reason   one line for the log, and with a 4xx for the client, where the
 *                 route has allow_error_details: nothing secret, so not the
 *                 token; borrowed for the call
 */
MCPAUTH_API void mcpauth_inquiry_refuse(
	struct mcpauth_inquiry *inquiry, enum mcpauth_code code, const char *reason);

/**
 * The token is none that this verifier knows: who comes next in the order of
 * introspection.h may judge it.
 *
 * @param inquiry  taken
 */
MCPAUTH_API void mcpauth_inquiry_pass(struct mcpauth_inquiry *inquiry);

/** A verifier. */
struct mcpauth_verifier_config {
	size_t size;                /**< set by MCPAUTH_VERIFIER_CONFIG_INIT */
	mcpauth_verifier_fn verify; /**< needed */
	void *user;                 /**< borrowed until the last mcpauth_free() */
	/** Seconds a good verdict is remembered, never past `exp`, also that of somebody
	 * to whom it passed the token on; default and most: the configuration's
	 * token_cache_seconds. MCPAUTH_NONE asks each time. */
	unsigned cache_seconds;
	/** Ask it only about tokens that nobody else knows, and not before all others. */
	bool last;
};

/** Fills a struct mcpauth_verifier_config with the defaults. */
#define MCPAUTH_VERIFIER_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_verifier_config) \
	}

/**
 * Let a verifier of the program's own judge the tokens of a resource: all of them,
 * instead of the issuers' keys, but for those that it passes on or, as the `last`,
 * is not asked about. The resource's issuers are still what `iss` may be; their
 * `algorithms` and `strict_type` mean nothing then, all their other rules hold.
 *
 * One thread, before the first token: then MCPAUTH_E_IN_USE.
 *
 * @param auth      borrowed for the call
 * @param resource  one that was added; borrowed for the call
 * @param config    copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE, MCPAUTH_E_INVALID_ARGUMENT or
 *         MCPAUTH_E_DUPLICATE
 */
MCPAUTH_API enum mcpauth_code mcpauth_set_verifier(struct mcpauth *auth, const char *resource,
	const struct mcpauth_verifier_config *config, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
