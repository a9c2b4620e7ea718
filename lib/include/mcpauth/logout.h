/**
 * @file
 * Logout tokens: an authorization server says that somebody has logged out
 * (OpenID Connect Back-Channel Logout 1.0). mcpauth-mhd has a stage that takes
 * them: mcpauth_chain_accept_logout().
 */
#ifndef MCPAUTH_LOGOUT_H
#define MCPAUTH_LOGOUT_H

#include <mcpauth/auth.h>
#include <mcpauth/verification.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Who has logged out: a subject, a session of his, or both are named. */
struct mcpauth_logout {
	size_t size;         /**< set by MCPAUTH_LOGOUT_INIT */
	const char *issuer;  /**< `iss`; never NULL in a logout that was accepted */
	const char *subject; /**< `sub`; NULL if the token names the session alone */
	const char *session; /**< `sid`; NULL: all of the subject's */
};

/** Fills a struct mcpauth_logout with nobody. */
#define MCPAUTH_LOGOUT_INIT \
	{ \
		.size = sizeof(struct mcpauth_logout) \
	}

/**
 * Somebody has logged out, and what was remembered of his tokens is forgotten.
 * For programs that end sessions and streams of their own.
 *
 * Called once per logout token that was accepted, on the thread that verified it,
 * with no lock held.
 *
 * @param logout  borrowed for the call
 * @param user    as given beside the function
 */
typedef void (*mcpauth_logout_fn)(const struct mcpauth_logout *logout, void *user);

/** A logout token that waits for the issuer's keys. */
struct mcpauth_logout_wait;

/** What is to be verified. Strings are borrowed for the call. */
struct mcpauth_logout_request {
	size_t size;             /**< set by MCPAUTH_LOGOUT_REQUEST_INIT */
	const char *token;       /**< `logout_token` as it was posted */
	const char *client_id;   /**< what `aud` must hold: this server at the issuer */
	mcpauth_logout_fn heard; /**< told if it is good; NULL: nobody */
	void *heard_user;        /**< given to heard; borrowed until it is over */
	mcpauth_wake_fn wake;    /**< needed, as for a verification */
	void *user;              /**< given to wake */
};

/** Fills a struct mcpauth_logout_request with the defaults. */
#define MCPAUTH_LOGOUT_REQUEST_INIT \
	{ \
		.size = sizeof(struct mcpauth_logout_request) \
	}

/**
 * Verify a logout token without blocking, and forget whom it names: the session
 * (mcpauth_forget_session()), or the subject if there is no `sid` or nothing was
 * remembered by it, since not every access token says of which session it is. With an
 * issuer of several values (mcpauth_accept_issuer_value()) under each of them.
 *
 * Checked are (section 2.6): a signature by the keys of an issuer that was added,
 * `typ` logout+jwt or JWT or none, `aud`, `iat` not older than two minutes, `exp`
 * where it is, `events` with an object for backchannel-logout, no `nonce`, `sub` or
 * `sid`, and a `jti` that was not seen before. The clock_tolerance of struct
 * mcpauth_config holds for both times. A `jti` is remembered until its token is too
 * old, 1,024 of them at most in one process, or in the store that struct
 * mcpauth_config names. Then one of all processes accepts it; what it says is forgotten
 * before the store is asked, each time that it is posted. A store that fails is
 * MCPAUTH_E_STORE: if it has the name all the same, nobody's `heard` is called.
 *
 * Any number of threads. From the first one on nothing is added to `auth`, as after
 * the first access token.
 *
 * @param auth          built; borrowed until it is over
 * @param request       borrowed for the call
 * @param[out] pending  only with MCPAUTH_PENDING; caller frees with
 *                      mcpauth_logout_free()
 * @param[out] err      optional; written on a refusal or failure
 * @return MCPAUTH_OK, MCPAUTH_PENDING, MCPAUTH_E_REPLAYED, why it is refused
 *         otherwise (4xx), why it could not be decided (2xx, 3xx),
 *         MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_logout_start(struct mcpauth *auth,
	const struct mcpauth_logout_request *request, struct mcpauth_logout_wait **pending,
	struct mcpauth_error *err);

/**
 * Go on with one that waited. Only after its wake.
 *
 * @param wait      stays the caller's
 * @param[out] err  as for mcpauth_logout_start()
 * @return as mcpauth_logout_start(); with MCPAUTH_PENDING wake is called once more
 */
MCPAUTH_API enum mcpauth_code mcpauth_logout_resume(
	struct mcpauth_logout_wait *wait, struct mcpauth_error *err);

/** End it, also one that goes on: as mcpauth_verification_free() wakes. NULL is accepted. */
MCPAUTH_API void mcpauth_logout_free(struct mcpauth_logout_wait *wait);

#ifdef __cplusplus
}
#endif

#endif
