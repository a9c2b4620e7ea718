/* The sessions of the revisions up to 2025-11-25: which of them are open, until when. */
#ifndef EXAMPLES_MCP_SESSION_H
#define EXAMPLES_MCP_SESSION_H

#include "json.h"

#include <mcpauth/handle.h>

#include <stdbool.h>
#include <stdint.h>

#define SESSIONS_MAX 1000
#define SESSION_IDLE_MS ((int64_t)3600 * 1000)

/** The sessions of one server, for any number of threads. */
struct sessions;

/** Milliseconds from any beginning; may not go back. */
typedef int64_t (*session_clock_fn)(void);

/**
 * Make an empty set.
 *
 * @param auth   the caller's until sessions_free()
 * @param clock  NULL for the system's monotonic one
 * @return caller frees with sessions_free(); NULL without memory or random numbers
 */
struct sessions *sessions_new(struct mcpauth *auth, session_clock_fn clock);

/** End them all. NULL is accepted. */
void sessions_free(struct sessions *sessions);

/**
 * Open a session. If there are SESSIONS_MAX, the one that has been idle for
 * the longest time ends.
 *
 * @param who      whose it is; NULL, nobody, with --no-auth. Borrowed for the call
 * @param[out] id  a handle, of use to them alone; empty on failure
 * @return false without random numbers
 */
bool sessions_open(struct sessions *sessions, const struct mcpauth_auth_info *who,
	char id[MCPAUTH_HANDLE_SIZE]);

/**
 * Use a session, which keeps it from ending as idle.
 *
 * @param id   as a client sent it; borrowed for the call
 * @param who  as with sessions_open()
 * @return false if there is none of this id, or it is another principal's
 */
bool sessions_use(struct sessions *sessions, struct slice id, const struct mcpauth_auth_info *who);

/** End a session. @return false as sessions_use() does */
bool sessions_close(
	struct sessions *sessions, struct slice id, const struct mcpauth_auth_info *who);

#endif
