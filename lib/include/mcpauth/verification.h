/**
 * @file
 * Deciding whether an access token may be used. mcpauth-mhd does it for every
 * request; programs on another HTTP server call it themselves.
 */
#ifndef MCPAUTH_VERIFICATION_H
#define MCPAUTH_VERIFICATION_H

#include <mcpauth/auth.h>
#include <mcpauth/auth_info.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A token whose verification waits for the network. */
struct mcpauth_verification;

/**
 * Says that a waiting verification can go on. Called exactly once per wait,
 * from any thread, perhaps before the call that waits has returned. Must be
 * quick and must not call mcpauth_verification_resume() itself.
 */
typedef void (*mcpauth_wake_fn)(void *user);

/**
 * What is kept of the token that came last on a connection, so that the next request
 * that brings the same one need not hash it: for whoever has tokens come one after the
 * other, of which most are the one before. Zeroes at first; what is in it is the
 * library's, and holds nothing that the token could be made of. One call at a time.
 * Tokens of less than 128 bytes are hashed each time.
 */
struct mcpauth_last_token {
	uint64_t parts[12]; /**< the library's */
};

/**
 * What is to be verified. Strings are borrowed for the call.
 *
 * With a `room`, a token that is accepted at once needs no memory: its info lies
 * there, and borrows the token until it is freed. Whoever waits gets an info on the
 * heap from mcpauth_verification_resume(), and the room is free again.
 */
struct mcpauth_verification_request {
	size_t size;          /**< set by MCPAUTH_VERIFICATION_REQUEST_INIT */
	const char *resource; /**< one that was added: where the token is used */
	/** Without the "Bearer " before it; a NUL ends it. What is no b64token (RFC 6750
	 * section 2.1), as the empty one, is MCPAUTH_E_INVALID_REQUEST, whoever judges. */
	const char *token;
	mcpauth_wake_fn wake; /**< needed, since any token may have to wait */
	void *user;           /**< given to wake */
	/** Borrowed until the info is freed; NULL: the info lies on the heap. */
	struct mcpauth_auth_info_room *room;
	size_t token_length; /**< bytes of the token up to its NUL; 0: they are counted */
	/** Borrowed for the call; NULL: each token is hashed. Does not change what is
	 * decided. */
	struct mcpauth_last_token *last;
};

/** Fills a struct mcpauth_verification_request with the defaults. */
#define MCPAUTH_VERIFICATION_REQUEST_INIT \
	{ \
		.size = sizeof(struct mcpauth_verification_request) \
	}

/**
 * Verify a token without blocking (RFC 7515, RFC 7519, RFC 9068).
 *
 * Any number of threads. Answers at once when the issuer's keys are at hand.
 * Otherwise makes `*pending`, and calls wake once when it is worth going on
 * with mcpauth_verification_resume(), at the latest when the deadline passes.
 *
 * @param auth          built; borrowed until the verification ends
 * @param request       borrowed for the call
 * @param[out] info     who called; caller frees with mcpauth_auth_info_free(), while
 *                      room and token live if there is a room
 * @param[out] pending  only with MCPAUTH_PENDING; caller frees with
 *                      mcpauth_verification_free()
 * @param[out] err      optional; written on a refusal or failure
 * @return MCPAUTH_OK, MCPAUTH_PENDING, why the token is refused (4xx), why it
 *         could not be decided (2xx, 3xx: to be answered with 503),
 *         MCPAUTH_E_UNKNOWN_RESOURCE, MCPAUTH_E_INVALID_ARGUMENT or
 *         MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_verify_start(struct mcpauth *auth,
	const struct mcpauth_verification_request *request, struct mcpauth_auth_info **info,
	struct mcpauth_verification **pending, struct mcpauth_error *err);

/**
 * Go on with a verification that waited. Only after its wake.
 *
 * @param verification  stays the caller's, whatever comes of it
 * @param[out] info     as for mcpauth_verify_start()
 * @param[out] err      as for mcpauth_verify_start()
 * @return as mcpauth_verify_start(); with MCPAUTH_PENDING wake is called once more
 */
MCPAUTH_API enum mcpauth_code mcpauth_verification_resume(struct mcpauth_verification *verification,
	struct mcpauth_auth_info **info, struct mcpauth_error *err);

/**
 * End a verification, also one that still waits: then wake is called from
 * within, unless another thread is about to call it just now. It is called
 * once in every case, and `user` must live until it has been.
 *
 * @param verification  taken; NULL is accepted
 */
MCPAUTH_API void mcpauth_verification_free(struct mcpauth_verification *verification);

/**
 * Verify a token and wait for the answer, at most the deadline.
 *
 * Any number of threads, but never one that must not block.
 *
 * @param auth       built; borrowed for the call
 * @param resource   one that was added; borrowed for the call
 * @param token      without the "Bearer " before it; borrowed for the call
 * @param[out] info  who called; caller frees with mcpauth_auth_info_free()
 * @param[out] err   optional; written only on failure
 * @return as mcpauth_verify_start(), never MCPAUTH_PENDING
 */
MCPAUTH_API enum mcpauth_code mcpauth_verify(struct mcpauth *auth, const char *resource,
	const char *token, struct mcpauth_auth_info **info, struct mcpauth_error *err);

/**
 * Seconds after which it is worth asking again, once a verification ended
 * with a code of the groups 2xx or 3xx. For `Retry-After` (RFC 9110 section 10.2.3).
 *
 * @param auth      borrowed for the call
 * @param resource  one that was added; borrowed for the call
 * @return 1 to 30
 */
MCPAUTH_API unsigned mcpauth_retry_after(struct mcpauth *auth, const char *resource);

#ifdef __cplusplus
}
#endif

#endif
