/* The sessions of the revisions up to 2025-11-25: who opened which, until when. */
#ifndef EXAMPLES_MCP_SESSION_H
#define EXAMPLES_MCP_SESSION_H

#include "scan.h"

#include <stdint.h>

#define SESSION_ID_BYTES 32
/** An id in hexadecimal, and its NUL. */
#define SESSION_ID_SIZE (2 * SESSION_ID_BYTES + 1)

#define SESSIONS_MAX 1000
#define SESSION_IDLE_MS ((int64_t)3600 * 1000)

/** The sessions of one server, for any number of threads. */
struct sessions;

/** On whose behalf. What is not known is NULL, which equals NULL only. */
struct session_owner {
	const char *issuer;
	const char *subject;
	const char *client_id;
};

/** Milliseconds from any beginning; may not go back. */
typedef int64_t (*session_clock_fn)(void);

/**
 * Make an empty set.
 *
 * @param clock  NULL for the system's monotonic one
 * @return caller frees with sessions_free(); NULL without memory
 */
struct sessions *sessions_new(session_clock_fn clock);

/** End them all. NULL is accepted. */
void sessions_free(struct sessions *sessions);

/**
 * Open a session. If there are SESSIONS_MAX, the one that has been idle for
 * the longest time ends.
 *
 * @param owner    copied
 * @param[out] id  unguessable; empty on failure
 * @return false without memory or random numbers
 */
bool sessions_open(
	struct sessions *sessions, const struct session_owner *owner, char id[SESSION_ID_SIZE]);

/**
 * Use a session, which keeps it from ending as idle.
 *
 * @param id     as a client sent it; borrowed for the call
 * @param owner  borrowed for the call
 * @return false if there is none of this id, or it is another owner's
 */
bool sessions_use(struct sessions *sessions, struct slice id, const struct session_owner *owner);

/** End a session. @return false as sessions_use() does */
bool sessions_close(struct sessions *sessions, struct slice id, const struct session_owner *owner);

#endif
