/**
 * @file
 * The object everything else hangs on: issuers and their keys, resources, the
 * network thread, the clock and the log.
 */
#ifndef MCPAUTH_AUTH_H
#define MCPAUTH_AUTH_H

#include <mcpauth/fetch.h>
#include <mcpauth/log.h>
#include <mcpauth/store.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * All of it: issuers with their keys, resources, what was verified. One thread builds it;
 * then any number of threads use it. Counted.
 */
struct mcpauth;

/**
 * Tells the time. Called from any thread.
 *
 * @param[out] real       seconds since 1970, for `exp`, `nbf`, `iat`
 * @param[out] monotonic  milliseconds that never step, for caches and deadlines
 * @param user            as given beside the function
 */
typedef void (*mcpauth_clock_fn)(int64_t *real, int64_t *monotonic, void *user);

struct mcpauth_auth_info;

/**
 * Is this token revoked? The program's own list, for tokens that are good by
 * themselves until they expire.
 *
 * Called for every request whose token is good, remembered or not, on the thread
 * that verifies, several at once; must be quick.
 *
 * @param info  who calls; borrowed for the call
 * @param user  as given beside the function
 * @return true to refuse it: MCPAUTH_E_REVOKED
 */
typedef bool (*mcpauth_revoked_fn)(const struct mcpauth_auth_info *info, void *user);

/**
 * How the library behaves towards the network. Zero is the default everywhere.
 * Strings are copied by mcpauth_new(). What callbacks are given must live until
 * the last mcpauth_free(): that of the object and of all its successors.
 */
struct mcpauth_config {
	size_t size; /**< set by MCPAUTH_CONFIG_INIT */

	mcpauth_log_fn log;     /**< default: none */
	void *log_user;         /**< borrowed until the last mcpauth_free() */
	mcpauth_clock_fn clock; /**< default: the system's clocks */
	void *clock_user;       /**< borrowed until the last mcpauth_free() */
	mcpauth_fetch_fn fetch; /**< default: libcurl on a thread of the library's own */
	void *fetch_user;       /**< borrowed until the last mcpauth_free() */

	/** A proxy for all fetches; default none. The environment is not asked. */
	const char *proxy;
	/** A file of certificate authorities (PEM) instead of the system's. */
	const char *ca_file;
	/** A file of certificate revocation lists (PEM), read again for each connection:
	 * one in its time for every certificate from a server's own up to what is trusted,
	 * or the server is not asked. Default: nobody looks for revoked certificates. */
	const char *crl_file;
	/** Allow plain http to configured hosts that are not loopback. */
	bool insecure_allow_http;

	/** Milliseconds a verification may take in all; default 5000. */
	unsigned deadline_ms;
	/** Seconds by which clocks may differ; default 60, MCPAUTH_NONE for 0. */
	unsigned clock_tolerance;
	/** Seconds a verified token is remembered; default 60, MCPAUTH_NONE switches it off.
	 * A refused one, too, but 10 s at most, among 1,024 others, only if time does not
	 * heal it, and never longer than until its issuer may be asked for newer keys. */
	unsigned token_cache_seconds;
	/** Verified tokens remembered at most; default 4096. Each takes about four times
	 * its own length, and 128 KiB at most: one of thousands of tiny values is
	 * verified each time. The 1,024 refused ones take 196 KiB in all. */
	unsigned token_cache_entries;
	/** Seconds that keys serve after the last good fetch; default 3600, at most 86400. */
	unsigned stale_seconds;
	/** Seconds after which documents are renewed in the background, unless their
	 * server says otherwise; default 600, 60 to 3600. */
	unsigned fresh_seconds;
	/** Seconds between two fetches that tokens of unknown keys can cause;
	 * default 30, at least 10. */
	unsigned cooldown_seconds;
	/** Requests that may wait for the network at once; default 1000. */
	unsigned waiting_limit;

	mcpauth_revoked_fn revoked; /**< default: nobody is asked */
	void *revoked_user;         /**< borrowed until the last mcpauth_free() */
	/** A memory that several processes share (store.h); default: none but their own. */
	mcpauth_store_fn store;
	void *store_user; /**< borrowed until the last mcpauth_free() */
};

/** Fills a struct mcpauth_config with the defaults. MCPAUTH_NONE is for the
 * fields that name it, and for stale_seconds: keys then serve while they are fresh. */
#define MCPAUTH_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_config) \
	}

/**
 * Make the object. No thread is started and nothing is fetched: fork() and
 * daemon() stay possible until the first token arrives.
 *
 * @param config     NULL for the defaults; copied
 * @param[out] auth  caller frees with mcpauth_free(); NULL on failure
 * @param[out] err   optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_new(
	const struct mcpauth_config *config, struct mcpauth **auth, struct mcpauth_error *err);

/**
 * Make an object without resources that shares the rest with another one: the
 * network thread, the configuration, the log, the verified tokens' cache, and,
 * of every issuer that is added with an equal configuration, its metadata and
 * keys. For changing resources and issuers while the other one is in use. What was
 * decided about a token is found again by none but the resource it was decided for:
 * a successor looks at each anew, and asks about it where it has to be asked about.
 *
 * Any thread, also while verifications run.
 *
 * @param auth            borrowed for the call
 * @param[out] successor  caller frees with mcpauth_free(), before or after `auth`
 * @param[out] err        optional; written only on failure
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_new_successor(
	struct mcpauth *auth, struct mcpauth **successor, struct mcpauth_error *err);

/** Keep it: each call wants one mcpauth_free(). Any thread. @return `auth` */
MCPAUTH_API struct mcpauth *mcpauth_ref(struct mcpauth *auth);

/**
 * Give it back. When nobody keeps it any more (mcpauth_ref(), a chain, a struct
 * mcpauth_token_exchange), its resources and issuers are released.
 *
 * The last one, of an object and all its successors, also stops the network
 * thread: fetches under way are given up, whoever still waits is woken. That one
 * not on the network thread, so not from a callback of the library's, and only
 * when no verification runs any more.
 *
 * @param auth  taken; NULL is accepted
 */
MCPAUTH_API void mcpauth_free(struct mcpauth *auth);

/**
 * The monotonic time in milliseconds, by which caches and deadlines go: for stages of a
 * program's own, which then keep time as the library does, also where `clock` was given.
 * Any thread. May be some milliseconds late, and says nothing of the time of day.
 *
 * @param auth  borrowed for the call
 * @return milliseconds since a moment that stays the same
 */
MCPAUTH_API int64_t mcpauth_monotonic_ms(const struct mcpauth *auth);

/**
 * Fetch every issuer's metadata and keys now instead of at the first token, but not
 * of issuers that are asked about tokens (introspection.h), nor for resources whose
 * own verifier comes first.
 *
 * Blocks the calling thread until all are there or have failed, at most twice
 * the deadline. A failure takes nothing away: the fetch is tried again when a
 * token needs it, so a program may log it and go on.
 *
 * @param auth      built: no issuer or resource is added after this
 * @param[out] err  optional; the first failure, naming the issuer
 * @return MCPAUTH_OK, or the first failure's code (2xx, 3xx)
 */
MCPAUTH_API enum mcpauth_code mcpauth_prefetch(struct mcpauth *auth, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
