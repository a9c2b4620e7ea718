/**
 * @file
 * For servers that call further: a token of another audience in exchange for
 * the caller's (RFC 8693). The caller's own is never to be passed on: whoever
 * gets it could use it here.
 */
#ifndef MCPAUTH_TOKEN_EXCHANGE_H
#define MCPAUTH_TOKEN_EXCHANGE_H

#include <mcpauth/auth.h>
#include <mcpauth/auth_info.h>
#include <mcpauth/client_authentication.h>
#include <mcpauth/verification.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What tokens are exchanged for, and where. At least one of `audience`,
 * `resource` and `scope` is given. Strings are copied.
 */
struct mcpauth_token_exchange_config {
	size_t size;                /**< set by MCPAUTH_TOKEN_EXCHANGE_CONFIG_INIT */
	const char *token_endpoint; /**< https, or http on loopback */
	const char *client_id;      /**< this server, as the endpoint knows it; but for
				     * BEARER_TOKEN, needed */
	const char *client_secret;  /**< for BASIC and POST needed, else NULL */
	enum mcpauth_client_authentication authentication; /**< default: BASIC */
	const char *audience; /**< the server to call, by the name that the endpoint has for it */
	const char *resource; /**< the same as an absolute URI (RFC 8707 section 2) */
	const char *scope;    /**< what is needed there, separated by blanks */
	/** Exchanged tokens kept at most, but no fewer than 4; default 1024. MCPAUTH_NONE
	 * keeps none, and remembers no failure either. */
	unsigned cache_entries;
	/** For PRIVATE_KEY_JWT, as in struct mcpauth_introspection_config; `aud` of the
	 * JWT is the token_endpoint unless assertion_audience says otherwise. */
	const char *private_key;
	const char *key_id;
	const char *key_algorithm;
	const char *assertion_audience;
	const char *bearer_token; /**< for BEARER_TOKEN needed, else NULL */
};

/** Fills a struct mcpauth_token_exchange_config with the defaults. */
#define MCPAUTH_TOKEN_EXCHANGE_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_token_exchange_config) \
	}

/** Exchanges tokens for those of one audience, and keeps them. */
struct mcpauth_token_exchange;

/** A token that was got in exchange. Immutable and counted; any thread. */
struct mcpauth_exchanged_token;

/** Somebody who waits for a token. */
struct mcpauth_token_exchange_wait;

/**
 * Make one for an audience. Nothing is asked yet.
 *
 * What is kept is known by the SHA-256 of the caller's token, and handed out
 * until a tenth of its `expires_in`, at most 30 s, is left (60 s in all if the
 * endpoint does not say), never past the `exp` of the caller's, nor longer than
 * a day.
 *
 * @param auth           lends its network thread, clock, log and deadline; a
 *                       reference is kept
 * @param config         borrowed for the call
 * @param[out] exchange  caller frees with mcpauth_token_exchange_free(); NULL on
 *                       failure
 * @param[out] err       optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL, MCPAUTH_E_INVALID_ARGUMENT or
 *         MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_token_exchange_new(struct mcpauth *auth,
	const struct mcpauth_token_exchange_config *config,
	struct mcpauth_token_exchange **exchange, struct mcpauth_error *err);

/**
 * Release it with all that it keeps, its secret and tokens wiped. Not while a
 * call with it runs or somebody waits.
 *
 * @param exchange  taken; NULL is accepted
 */
MCPAUTH_API void mcpauth_token_exchange_free(struct mcpauth_token_exchange *exchange);

/** Whose token is to be exchanged. */
struct mcpauth_token_exchange_request {
	size_t size;                            /**< set by MCPAUTH_TOKEN_EXCHANGE_REQUEST_INIT */
	const struct mcpauth_auth_info *caller; /**< who called; borrowed for the call */
	mcpauth_wake_fn
		wake; /**< needed; must not call mcpauth_token_exchange_wait_resume() itself */
	void *user;   /**< given to wake */
};

/** Fills a struct mcpauth_token_exchange_request with the defaults. */
#define MCPAUTH_TOKEN_EXCHANGE_REQUEST_INIT \
	{ \
		.size = sizeof(struct mcpauth_token_exchange_request) \
	}

/**
 * Get a token for the caller's without blocking.
 *
 * Any number of threads. Answers at once with a token that was kept. Otherwise
 * the endpoint is asked, once for all who bring the same token at the same time:
 * makes `*pending`, and calls wake once, at the latest when the deadline
 * passes. A failure is remembered for a second.
 *
 * @param exchange      borrowed until the wait ends
 * @param request       borrowed for the call
 * @param[out] token    caller frees with mcpauth_exchanged_token_free(); NULL
 *                      unless MCPAUTH_OK
 * @param[out] pending  only with MCPAUTH_PENDING; caller frees with
 *                      mcpauth_token_exchange_wait_free()
 * @param[out] err      optional; written on a refusal or failure
 * @return MCPAUTH_OK; MCPAUTH_PENDING; MCPAUTH_E_EXPIRED: the caller's token is
 *         over; MCPAUTH_E_TOKEN_ENDPOINT: the endpoint refused (RFC 6749 section
 *         5.2; the message has its error code), or its answer cannot be used;
 *         MCPAUTH_E_INVALID_JSON; why it could not be asked (2xx);
 *         MCPAUTH_E_INVALID_ARGUMENT; or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_token_exchange_start(struct mcpauth_token_exchange *exchange,
	const struct mcpauth_token_exchange_request *request,
	struct mcpauth_exchanged_token **token, struct mcpauth_token_exchange_wait **pending,
	struct mcpauth_error *err);

/**
 * See what came of it. Only after its wake.
 *
 * @param wait        stays the caller's, whatever comes of it
 * @param[out] token  as for mcpauth_token_exchange_start()
 * @param[out] err    as for mcpauth_token_exchange_start()
 * @return as mcpauth_token_exchange_start(), never MCPAUTH_PENDING
 */
MCPAUTH_API enum mcpauth_code mcpauth_token_exchange_wait_resume(
	struct mcpauth_token_exchange_wait *wait, struct mcpauth_exchanged_token **token,
	struct mcpauth_error *err);

/** End a wait, also one that goes on: as mcpauth_verification_free() wakes. The
 * endpoint's answer is kept for others all the same. NULL is accepted. */
MCPAUTH_API void mcpauth_token_exchange_wait_free(struct mcpauth_token_exchange_wait *wait);

/**
 * Get a token for the caller's and wait for it, at most the deadline.
 *
 * Any number of threads, but never one that must not block.
 *
 * @param exchange    borrowed for the call
 * @param caller      who called; borrowed for the call
 * @param[out] token  as for mcpauth_token_exchange_start()
 * @param[out] err    optional; written only on failure
 * @return as mcpauth_token_exchange_start(), never MCPAUTH_PENDING
 */
MCPAUTH_API enum mcpauth_code mcpauth_token_exchange_run(struct mcpauth_token_exchange *exchange,
	const struct mcpauth_auth_info *caller, struct mcpauth_exchanged_token **token,
	struct mcpauth_error *err);

/** Keep it: each call wants one mcpauth_exchanged_token_free(). @return `token` */
MCPAUTH_API struct mcpauth_exchanged_token *mcpauth_exchanged_token_ref(
	struct mcpauth_exchanged_token *token);

/** Give it back; the last one wipes it. It may outlive its exchange. NULL is accepted. */
MCPAUTH_API void mcpauth_exchanged_token_free(struct mcpauth_exchanged_token *token);

/** What to send behind "Authorization: Bearer ", to the audience and nobody else. */
MCPAUTH_API const char *mcpauth_exchanged_token_value(const struct mcpauth_exchanged_token *token);

/** When it expires, in seconds since 1970; 0 if the endpoint did not say. */
MCPAUTH_API int64_t mcpauth_exchanged_token_expires_at(const struct mcpauth_exchanged_token *token);

/** The scopes it has; NULL if the endpoint did not say: those that were asked for. */
MCPAUTH_API const char *mcpauth_exchanged_token_scope(const struct mcpauth_exchanged_token *token);

#ifdef __cplusplus
}
#endif

#endif
