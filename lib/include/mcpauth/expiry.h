/**
 * @file
 * When a caller's time is over: for streams and other answers that last longer
 * than the token they were allowed by.
 */
#ifndef MCPAUTH_EXPIRY_H
#define MCPAUTH_EXPIRY_H

#include <mcpauth/auth.h>
#include <mcpauth/auth_info.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Seconds until the token expires, as in `expires_in`: by its own `exp`, or
 * earlier by its issuer's max_age. The clock tolerance does not count: at 0 the
 * library still accepts the token for `clock_tolerance` seconds.
 *
 * Any thread.
 *
 * @param auth  whose clock it is judged by; borrowed for the call
 * @param info  borrowed for the call
 * @return 0 if that time is past, or `info` is NULL
 */
MCPAUTH_API int64_t mcpauth_auth_info_expires_in(
	struct mcpauth *auth, const struct mcpauth_auth_info *info);

/** Waits for the end of one token. */
struct mcpauth_expiry_watch;

/**
 * Says that the token's time is over. Called on the network thread; must be
 * quick: it may end its own watch, wake somebody or resume a connection.
 *
 * @param user  as given beside the function
 */
typedef void (*mcpauth_expiry_fn)(void *user);

/** Which token, and who is told. */
struct mcpauth_expiry_watch_config {
	size_t size;                          /**< set by MCPAUTH_EXPIRY_WATCH_CONFIG_INIT */
	const struct mcpauth_auth_info *info; /**< needed; borrowed for the call */
	mcpauth_expiry_fn ended;              /**< needed */
	void *user; /**< given to ended; borrowed until mcpauth_expiry_watch_free() */
};

/** Fills a struct mcpauth_expiry_watch_config with the defaults. */
#define MCPAUTH_EXPIRY_WATCH_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_expiry_watch_config) \
	}

/**
 * Watch a token: `ended` is called exactly once, when the library no longer
 * accepts it: when it has expired, plus the clock tolerance, or a second later.
 * When the clock is set forward past that, it is noticed within a minute. For a
 * token that is over already `ended` is called at once, perhaps before this
 * returns.
 *
 * Any thread. When the network thread is stopped (the last mcpauth_free()) before
 * the time has come, `ended` is never called: the token's time is not over. The
 * watch must still be freed, before or after that, but not at the same time.
 *
 * Nothing but the token's end ends what is watched: mcpauth_chain_drain() waits
 * for a stream like for any answer. So a program keeps a list of its streams, and
 * ends them when it stops.
 *
 * @param auth        lends its network thread, clock and tolerance; borrowed for
 *                    the call
 * @param config      borrowed for the call
 * @param[out] watch  caller frees with mcpauth_expiry_watch_free(); NULL on failure
 * @param[out] err    optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT, MCPAUTH_E_SYSTEM (there is no
 *         thread to be had) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_expiry_watch_new(struct mcpauth *auth,
	const struct mcpauth_expiry_watch_config *config, struct mcpauth_expiry_watch **watch,
	struct mcpauth_error *err);

/**
 * End a watch. Once this has returned `ended` neither runs nor is called any
 * more: if it runs just now it is waited for, so no lock may be held that
 * `ended` takes, nor may `ended` wait for the thread that frees. Called from
 * within `ended` it waits for nothing.
 *
 * MHD's completed callback is the place for a stream's: the connection is there
 * until it returns, and MHD holds no lock then that MHD_resume_connection() or
 * MHD_suspend_connection() takes. It does hold that one when it completes an
 * upgraded connection, whose watch is freed before MHD_UPGRADE_ACTION_CLOSE.
 *
 * @param watch  taken; NULL is accepted
 */
MCPAUTH_API void mcpauth_expiry_watch_free(struct mcpauth_expiry_watch *watch);

#ifdef __cplusplus
}
#endif

#endif
