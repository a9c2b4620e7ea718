/**
 * @file
 * Handles that are of use to one principal only: session ids, names of things that a
 * server keeps for a caller between two requests (MCP security best practices, "Session
 * Hijacking" and "State Handle Hijacking").
 *
 * A handle is a random name under a seal (HMAC-SHA-256) over it, its end, its purpose
 * and whose it is: issuer, subject and client of a verified token. Nothing is stored, so
 * nothing grows, and any process with the same key knows it. Holding one proves nothing:
 * it is checked together with the token of each request. A server that ends a session
 * early must remember that itself.
 *
 * Whose it is: `iss` as mcpauth_auth_info_issuer() has it, so that tokens of an issuer
 * with several values (mcpauth_accept_issuer_value()) belong together only with the same
 * one; of an introspected token that does not say, the issuer that was asked; of a static
 * token that does not, the resource. Then subject and client, each there or not. A token
 * that names neither is told from others of its kind by itself alone: its handles are
 * good with that very token, and end with it. One that names its client alone is the
 * client's: whoever comes by that client without being named is the same caller.
 */
#ifndef MCPAUTH_HANDLE_H
#define MCPAUTH_HANDLE_H

#include <mcpauth/auth.h>
#include <mcpauth/auth_info.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes a handle may take, its final NUL included. All are of the base64url alphabet
 * (RFC 4648 section 5), so it may stand in a header, a URL or a file's name. */
#define MCPAUTH_HANDLE_SIZE 80

/** One kind of handles. Immutable and counted by nobody; any number of threads. Lives on
 * when chains are reloaded. */
struct mcpauth_handles;

/** How they are made. */
struct mcpauth_handles_config {
	size_t size; /**< set by MCPAUTH_HANDLES_CONFIG_INIT */
	/** What they are for: "session". A handle made for one purpose is unknown to
	 * another, with the same key, too. Copied; NULL or "" for none. */
	const char *purpose;
	/** Secret bytes from a random generator, 32 or more, known to all processes that
	 * shall know each other's handles; borrowed for the call. What is kept of them, and
	 * wiped at the end, is a key made of them for this purpose alone (HKDF, RFC 5869).
	 * NULL: random ones, so that handles end with this object. */
	const void *key;
	size_t key_length; /**< bytes; 0 without a key */
	/** Seconds a handle is good for; default 3600, MCPAUTH_NONE for no end. By the real
	 * clock of who checks, without tolerance. */
	unsigned lifetime;
};

/** Fills a struct mcpauth_handles_config with the defaults. */
#define MCPAUTH_HANDLES_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_handles_config) \
	}

/**
 * Make a kind of handles.
 *
 * @param auth          whose clock is used; borrowed for the call, its clock_user until
 *                      mcpauth_handles_free()
 * @param config        NULL for the defaults; copied
 * @param[out] handles  caller frees with mcpauth_handles_free(). NULL on failure
 * @param[out] err      optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (a key shorter than 32 bytes, or a
 *         length without one), MCPAUTH_E_SYSTEM (no random numbers, or no key can be
 *         derived) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_handles_new(struct mcpauth *auth,
	const struct mcpauth_handles_config *config, struct mcpauth_handles **handles,
	struct mcpauth_error *err);

/** Release it, and wipe its key. NULL is accepted. */
MCPAUTH_API void mcpauth_handles_free(struct mcpauth_handles *handles);

/**
 * Make a handle for whoever calls.
 *
 * Any thread.
 *
 * @param handles      borrowed for the call
 * @param who          borrowed for the call. NULL, nobody: it is good for all who bring
 *                     no token
 * @param[out] handle  NUL-terminated; empty on failure
 * @param[out] err     optional; written only on failure
 * @return MCPAUTH_OK, or MCPAUTH_E_SYSTEM (no random numbers, or no seal)
 */
MCPAUTH_API enum mcpauth_code mcpauth_handle_make(const struct mcpauth_handles *handles,
	const struct mcpauth_auth_info *who, char handle[MCPAUTH_HANDLE_SIZE],
	struct mcpauth_error *err);

/**
 * Is this handle this caller's?
 *
 * Any thread. Compared in constant time. Of a handle that is malformed, forged, too old
 * or somebody else's the client is to be told the same, 404: what is not its own is not
 * there. A new token of the same principal is the same caller; one of another client, or
 * of another issuer, is not.
 *
 * @param handles   borrowed for the call
 * @param who       borrowed for the call; NULL is nobody
 * @param handle    as a client sent it, of any length; borrowed for the call. NULL is
 *                  none of this caller's
 * @param[out] err  optional; written only on failure: what is wrong, for the log, with
 *                  nothing of the handle in it
 * @return MCPAUTH_OK, or MCPAUTH_E_UNKNOWN_HANDLE
 */
MCPAUTH_API enum mcpauth_code mcpauth_handle_check(const struct mcpauth_handles *handles,
	const struct mcpauth_auth_info *who, const char *handle, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
