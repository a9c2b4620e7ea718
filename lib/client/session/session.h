/* A client's session with one server: what it holds, and whose turn it is to get more. */
#ifndef MCPAUTH_SESSION_SESSION_H
#define MCPAUTH_SESSION_SESSION_H

#include "base/log_int.h"
#include "client/ask.h"
#include "client/storage/credentials.h"
#include "client/dpop.h"

#include <mcpauth/client.h>
#include <mcpauth/client_grant.h>

#include <pthread.h>

/** Thread-safe. The lock is held for moments; whoever has the turn may take minutes. */
struct mcpauth__session {
	struct mcpauth_client_config config; /* its strings are its own */
	struct mcpauth_enterprise_config enterprise;
	mcpauth_workload_fn workload;
	void *workload_user;
	struct mcpauth__worker *worker;
	const struct mcpauth__clock *clock;
	struct mcpauth__log *log;
	struct mcpauth_token_storage *storage; /* a reference */
	bool is_unsaved; /* the storage failed: what it has is older. With the turn only */
	atomic_uint refresh_failures; /* of issuers that did not say no, but could not be asked */
	_Atomic int64_t refresh_failed_at; /* seconds since 1970; 0: none since it last went well */

	pthread_mutex_t lock; /* for what follows, and which login an errand has */
	pthread_cond_t turn_changed;
	bool has_turn; /* somebody is getting a token */
	pthread_t turn_of;
	bool is_loaded;
	struct mcpauth__credentials credentials; /* as they were read or got last */
	unsigned obtained;                       /* tokens that were got anew */
	unsigned declined;                       /* logins that came to nothing */
	struct mcpauth_error why_declined;       /* the last one of these */
	int64_t given_up_at;        /* seconds since 1970, when a server refused all it was shown */
	struct mcpauth__dpop *dpop; /* NULL: no key was needed yet */
	struct mcpauth__dpop **former; /* whose place another process's took */
	size_t former_count;
};

/** What one request has the session do for it. One thread; cancelled from any. */
struct mcpauth__errand {
	struct mcpauth__session *session;
	struct mcpauth__asker asker;
	atomic_bool is_cancelled;
	unsigned obtained;           /* of the session's, when it began */
	unsigned declined;           /* likewise */
	struct mcpauth_login *login; /* under the session's lock; NULL: none is under way */
};

/** Parts of a session. All but the configuration are borrowed as long as it is. */
struct mcpauth__session_parts {
	const struct mcpauth_client_config *config; /* checked; copied */
	struct mcpauth__worker *worker;
	const struct mcpauth__clock *clock;
	struct mcpauth__log *log;
};

/** Make one. @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__session_new(const struct mcpauth__session_parts *parts,
	struct mcpauth__session **session, struct mcpauth_error *err);

/** Wipe and release it. NULL is accepted. */
void mcpauth__session_free(struct mcpauth__session *session);

/** Begin an errand. @param errand  any storage */
void mcpauth__errand_init(struct mcpauth__errand *errand, struct mcpauth__session *session);

/** Begin anew: logins that came to nothing before do not count for it any more. */
void mcpauth__errand_begin(struct mcpauth__errand *errand);

/** End it soon: nothing more is asked, nobody is waited for. Any thread. */
void mcpauth__errand_cancel(struct mcpauth__errand *errand);

/** A login begins, which cancelling the errand ends. @param login  borrowed until the
 * next call. @return MCPAUTH_OK or MCPAUTH_E_CANCELLED */
enum mcpauth_code mcpauth__errand_set_login(
	struct mcpauth__errand *errand, struct mcpauth_login *login, struct mcpauth_error *err);

/** It is over. */
void mcpauth__errand_clear_login(struct mcpauth__errand *errand);

/** Take the session's turn to get tokens, once somebody else has ended theirs.
 * @return MCPAUTH_OK, MCPAUTH_E_CANCELLED, or MCPAUTH_E_INVALID_ARGUMENT: this thread has
 *         it already, and calls from within a callback */
enum mcpauth_code mcpauth__session_take_turn(
	struct mcpauth__errand *errand, struct mcpauth_error *err);

/** Give it to the next one. */
void mcpauth__session_end_turn(struct mcpauth__session *session);

/** A token was got anew. */
void mcpauth__session_count_obtained(struct mcpauth__session *session);

/** Was one since the errand began? It may be the same one again, and is then tried once. */
bool mcpauth__session_has_obtained(const struct mcpauth__errand *errand);

/** A person was asked to log in for nothing. @param code, message  what came of it */
void mcpauth__session_decline(
	struct mcpauth__session *session, enum mcpauth_code code, const char *message);

/** Was one since the errand began? Then nobody is asked again for its sake.
 * @return MCPAUTH_OK, or what came of it */
enum mcpauth_code mcpauth__session_check_declined(
	const struct mcpauth__errand *errand, struct mcpauth_error *err);

/** After the server refused all that was got for it, nothing is got anew for so long: else
 * each request would open a browser. Who logs out gets one at once. */
#define MCPAUTH__PAUSE_SECONDS 60
void mcpauth__session_give_up(struct mcpauth__session *session, bool is_given_up);
bool mcpauth__session_has_given_up(struct mcpauth__session *session);

/** An issuer gave another token, or could not be asked. After that a token that is good still
 * is not refreshed ahead of its end for so long: else each request would wait for the issuer
 * once more. */
#define MCPAUTH__REFRESH_PAUSE_SECONDS 15
void mcpauth__session_note_refresh(struct mcpauth__session *session, bool is_failed);

/** How many failed so far? */
unsigned mcpauth__session_refresh_failures(const struct mcpauth__session *session);

/** Read what the storage has, unless that was done.
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_STORAGE, MCPAUTH_E_INVALID_ARGUMENT: from within a
 * callback of the storage's; or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__session_load(
	struct mcpauth__session *session, struct mcpauth_error *err);

/** A copy of the tokens that are held; access_token NULL if there are none.
 * @param tokens  {0}; caller finishes it. @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__session_tokens(struct mcpauth__session *session,
	struct mcpauth__tokens *tokens, struct mcpauth_error *err);

/** Is there a token such as the configuration wants: bound to a key or not, and of its
 * issuer? Any other one is neither shown nor refreshed. */
bool mcpauth__session_takes(
	const struct mcpauth__session *session, const struct mcpauth__tokens *tokens);

/** Is it one that is taken, and has not expired? */
bool mcpauth__session_is_good(
	const struct mcpauth__session *session, const struct mcpauth__tokens *tokens);

/** Is it to be refreshed before it is shown, and can it be? */
bool mcpauth__session_wants_refresh(
	const struct mcpauth__session *session, const struct mcpauth__tokens *tokens);

/** Was the storage read, and does nothing want a refresh? */
bool mcpauth__session_is_ready(struct mcpauth__session *session);

/** Is this what is held now? NULL: nothing. */
bool mcpauth__session_holds(struct mcpauth__session *session, const char *access_token);

/**
 * Hold the storage's text for this server and read it anew; while the storage failed to
 * keep what is newer, that is what is read, unless others got a newer token since. With the
 * turn only.
 *
 * @param credentials  {0}; caller releases it. On failure {0}, and nothing is held
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_STORAGE or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__session_open(struct mcpauth__session *session,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err);

/**
 * Can the storage that was opened keep what is got next? It is given again what it has: a
 * refresh token whose answer is then lost for others would be sent again by them, like a
 * stolen one.
 *
 * @param credentials  as mcpauth__session_open() read them
 * @return MCPAUTH_OK, also if it has older ones anyway; MCPAUTH_E_TOKEN_STORAGE or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__session_check_storage(struct mcpauth__session *session,
	const struct mcpauth__credentials *credentials, struct mcpauth_error *err);

/** Keep them in the storage that was opened; a storage that fails is told to the log, and
 * asked again next time. The session holds them from now on in any case.
 * @param credentials  moved: {0} afterwards. @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__session_keep(struct mcpauth__session *session,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err);

/** Likewise where the storage cannot even be opened. With the turn only.
 * @param credentials  moved: {0} afterwards */
void mcpauth__session_hold_unsaved(
	struct mcpauth__session *session, struct mcpauth__credentials *credentials);

/** A copy of all that is held. @param credentials  {0}; caller releases it. @return
 * MCPAUTH_OK or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__session_copy(struct mcpauth__session *session,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err);

/** Hold what the storage has. @param credentials  moved: {0} afterwards */
void mcpauth__session_adopt(
	struct mcpauth__session *session, struct mcpauth__credentials *credentials);

/** Let the storage's text go. */
void mcpauth__session_close(struct mcpauth__session *session);

/** The key that tokens are bound to: the storage's, else one that is made. Borrowed; it
 * stays as long as the session.
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT: what is kept is no key; MCPAUTH_E_SYSTEM
 *         or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__session_dpop(
	struct mcpauth__session *session, struct mcpauth__dpop **dpop, struct mcpauth_error *err);

/** Tell the program what begins. @param detail  any text; what is not printable of it is
 * not shown, nor what is longer than this */
#define MCPAUTH__STEP_SIZE 1024
void mcpauth__session_step(
	const struct mcpauth__session *session, enum mcpauth_client_step step, const char *detail);

/** Seconds since 1970. */
int64_t mcpauth__session_now(const struct mcpauth__session *session);

#endif
