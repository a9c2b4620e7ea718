/**
 * @file
 * One request to a protected server: what it has to carry, and what its answer means.
 * The program sends it itself, with whatever HTTP client it has.
 */
#ifndef MCPAUTH_CLIENT_REQUEST_H
#define MCPAUTH_CLIENT_REQUEST_H

#include <mcpauth/client.h>
#include <mcpauth/verification.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A request, over as many attempts as it takes. One thread at a time. In short:
 *
 * @code
 * mcpauth_client_request_new(client, "POST", NULL, &request, &err);
 * do {
 *     code = mcpauth_client_request_prepare(request, &err);
 *     // with the headers of mcpauth_client_request_header_at():
 *     send_it(request, &answer);
 *     code = mcpauth_client_request_answered(request, &answer, &err);
 * } while (code == MCPAUTH_RETRY);
 * mcpauth_client_request_free(request);
 * @endcode
 */
struct mcpauth_client_request;

/**
 * Begin a request. Nothing is asked yet.
 *
 * @param client        a reference is kept
 * @param method        copied
 * @param url           copied: of the server's origin, for a token goes nowhere else.
 *                      NULL: the server's URL
 * @param[out] request  caller frees with mcpauth_client_request_free(); NULL on failure
 * @param[out] err      optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL, MCPAUTH_E_INVALID_ARGUMENT or
 *         MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_client_request_new(struct mcpauth_client *client,
	const char *method, const char *url, struct mcpauth_client_request **request,
	struct mcpauth_error *err);

/**
 * Release it, also while it waits: a login or another request's turn is given up, and
 * nothing more is asked. Returns when its thread has ended: what it is asking another
 * server may take timeout_ms more, and a storage that others hold (a file up to 30 s) and
 * callbacks of the program's their time. Its wake may have come meanwhile. Not from within
 * a callback of the client's, nor its wake.
 *
 * @param request  taken; NULL is accepted
 */
MCPAUTH_API void mcpauth_client_request_free(struct mcpauth_client_request *request);

/**
 * Make the headers for the next attempt: the token, if there is one, refreshed if it is
 * about to expire, and with DPoP a new proof.
 *
 * Blocks while a token is refreshed, by this or another thread or process. A refresh
 * that fails is no failure: the server's answer says what is needed. An issuer that cannot
 * be asked is left alone for 15 seconds while the token is good.
 *
 * @param request   borrowed for the call
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_STORAGE, MCPAUTH_E_CANCELLED, MCPAUTH_E_SYSTEM,
 *         MCPAUTH_E_INVALID_ARGUMENT: the DPoP key that is kept is none, or it is called
 *         from within a callback; or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_client_request_prepare(
	struct mcpauth_client_request *request, struct mcpauth_error *err);

/**
 * The headers to send, one after the other: Authorization, DPoP, or none. Secrets.
 *
 * @param request     prepared
 * @param index       from 0
 * @param[out] name   a constant; NULL past the last one
 * @param[out] value  borrowed until the request is prepared again or released; NULL past
 *                    the last one
 * @return false past the last one
 */
MCPAUTH_API bool mcpauth_client_request_header_at(const struct mcpauth_client_request *request,
	size_t index, const char **name, const char **value);

/** What of an answer matters here. */
struct mcpauth_client_answer {
	size_t size;     /**< set by MCPAUTH_CLIENT_ANSWER_INIT */
	unsigned status; /**< HTTP status */
	/** The value of each WWW-Authenticate header, in their order. */
	const char *const *challenges;
	size_t challenge_count;
	const char *dpop_nonce; /**< the value of DPoP-Nonce; NULL: none */
};

/** Fills a struct mcpauth_client_answer with the defaults. */
#define MCPAUTH_CLIENT_ANSWER_INIT \
	{ \
		.size = sizeof(struct mcpauth_client_answer) \
	}

/**
 * See what an answer means, and do what it asks for.
 *
 * With 401 a token is got: refreshed, or from the authorization server that the
 * server's metadata (RFC 9728) names. With 403 and `insufficient_scope` one with more
 * scopes is got: those that were asked for before, and those of the challenge. Blocks
 * as long as that takes, with a person who logs in up to login_seconds; of the client's
 * requests one does it for all that were prepared before, also if it fails.
 *
 * @param request   prepared and sent; borrowed for the call
 * @param answer    borrowed for the call
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK: the answer stands, whatever it is; MCPAUTH_RETRY: prepare and
 *         send the request again; or why there is no token:
 *         MCPAUTH_E_STILL_REFUSED: what was got is refused, too. For a minute
 *         nothing is got anew then, so that no server has a browser opened by each
 *         request; mcpauth_client_logout() ends that;
 *         MCPAUTH_E_NO_RESOURCE_METADATA, MCPAUTH_E_RESOURCE_MISMATCH,
 *         MCPAUTH_E_INVALID_METADATA, MCPAUTH_E_ISSUER_MISMATCH, MCPAUTH_E_NO_PKCE;
 *         MCPAUTH_E_NOT_REGISTERED, MCPAUTH_E_REGISTRATION;
 *         MCPAUTH_E_LOGIN_REQUIRED, MCPAUTH_E_LOGIN_REFUSED, MCPAUTH_E_LOGIN_ABANDONED,
 *         MCPAUTH_E_NO_BROWSER, or what the login callback returned;
 *         MCPAUTH_E_TOKEN_ENDPOINT; MCPAUTH_E_TOKEN_STORAGE;
 *         MCPAUTH_E_CANCELLED; a code of the groups 1xx, 2xx or 3xx
 */
MCPAUTH_API enum mcpauth_code mcpauth_client_request_answered(
	struct mcpauth_client_request *request, const struct mcpauth_client_answer *answer,
	struct mcpauth_error *err);

/**
 * The same without blocking, for a program with a loop of its own: prepare, or see what
 * an answer means. What may take time runs on a thread of the library's that ends with
 * it; callbacks of the program's are called there.
 *
 * @param request   borrowed until the wait ends
 * @param answer    NULL: to prepare; else as for mcpauth_client_request_answered()
 * @param wake      called once with MCPAUTH_PENDING, unless the request is released
 *                  before; from that thread, never from within. Must neither call
 *                  mcpauth_client_request_resume() itself nor release the request
 * @param user      given to wake
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_PENDING; or what mcpauth_client_request_prepare() or _answered() would
 *         return, if nothing has to be waited for; MCPAUTH_E_INVALID_ARGUMENT: no wake,
 *         or it waits already; or MCPAUTH_E_SYSTEM: no thread
 */
MCPAUTH_API enum mcpauth_code mcpauth_client_request_start(struct mcpauth_client_request *request,
	const struct mcpauth_client_answer *answer, mcpauth_wake_fn wake, void *user,
	struct mcpauth_error *err);

/**
 * See what came of it, exactly once after its wake.
 *
 * @param request   started; not the caller's alone again before this
 * @param[out] err  optional; written only on failure
 * @return as the blocking call would
 */
MCPAUTH_API enum mcpauth_code mcpauth_client_request_resume(
	struct mcpauth_client_request *request, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
