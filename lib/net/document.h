/* A document of another server's: fetched once for all who need it, kept, renewed. */
#ifndef MCPAUTH_NET_DOCUMENT_H
#define MCPAUTH_NET_DOCUMENT_H

#include "net/waiter.h"
#include "net/worker.h"

/** What kind of document it is. `user` is the document's own. A flight is one fetch with all
 * the places it tries. `hold` and `ref` are called under the document's lock and may only
 * count; the others are called without it. */
struct mcpauth__document_kind {
	/* Its name in messages: "keys", "metadata". */
	const char *name;
	/* What its fetches count as. */
	enum mcpauth__counter counter;
	/* Where to look at the given attempt, from 0 on; false past the last
	 * place. A 4xx leads to the next place, anything else ends the search.
	 * learnt_from as in struct mcpauth__get. Both are on the heap and the
	 * document's to free, also with false. */
	bool (*locate)(void *user, unsigned attempt, char **url, char **learnt_from);
	/* Make a value of the text found at `attempt`. What somebody remembers by a
	 * generation may depend on the text alone. On the network thread. */
	enum mcpauth_code (*parse)(void *user, const char *text, size_t length, void **value,
		struct mcpauth_error *err);
	void *(*ref)(void *value);
	void (*free)(void *value);
	/* A flight begins, a flight has ended: from the one to the other `user` and
	 * the document must stay. Both NULL if they outlive the worker anyway. */
	void (*hold)(void *user);
	void (*let_go)(void *user);
};

/** How long a value serves; in seconds where the name does not say otherwise. */
struct mcpauth__document_times {
	unsigned fresh; /* less up to a tenth at random: the first look after it renews
	                    * the value in the background; HTTP's max-age between fresh_min
	                    * and fresh_max is taken instead */
	unsigned fresh_min;
	unsigned fresh_max;
	unsigned stale;    /* serves so long after the last good fetch, or while it is
	                    * fresh, and a second at least; then no more */
	unsigned cooldown; /* between two fetches that somebody asked for with renew */
	unsigned timeout_ms;
};

/** The document. Any thread. */
struct mcpauth__document;

/** A value as it was found; value is the caller's reference. */
struct mcpauth__document_value {
	void *value;
	uint64_t generation; /* grows with every good fetch of another text */
};

/** Make one; nothing is fetched. NULL without memory. `kind` and `user` are borrowed. */
struct mcpauth__document *mcpauth__document_new(struct mcpauth__worker *worker,
	const struct mcpauth__document_kind *kind, void *user,
	const struct mcpauth__document_times *times);

/** While no flight is under way. NULL is accepted. */
void mcpauth__document_free(struct mcpauth__document *document);

/** Would mcpauth__document_get() find a value and nothing to fetch? No lock is taken. */
bool mcpauth__document_is_fresh(struct mcpauth__document *document);

/**
 * The value, if there is one that still serves; starts a fetch if it is due.
 *
 * @param waiter  woken when the fetch under way has ended; a reference is
 *                taken only with MCPAUTH_PENDING. NULL: just look, and start
 * @return MCPAUTH_OK; MCPAUTH_PENDING; or why the last fetch failed (group 2xx
 *         or 3xx) when it is too soon for another one: after failures that is
 *         1, 2, 4, 8, then every 15 s
 */
enum mcpauth_code mcpauth__document_get(struct mcpauth__document *document,
	struct mcpauth__waiter *waiter, struct mcpauth__document_value *value,
	struct mcpauth_error *err);

/**
 * Like get, for somebody whom the value of `generation` did not help. Fetches
 * at most once per cooldown for all callers together, but a fetch that failed
 * is repeated as get does.
 *
 * @return MCPAUTH_OK with a newer value; MCPAUTH_PENDING;
 *         MCPAUTH_E_UNKNOWN_KEY if that value is recent enough to be believed, or was
 *         fetched now and says what it said; or why the last fetch failed
 */
enum mcpauth_code mcpauth__document_renew(struct mcpauth__document *document, uint64_t generation,
	struct mcpauth__waiter *waiter, struct mcpauth__document_value *value,
	struct mcpauth_error *err);

/**
 * Did the last fetch fail, with none under way that may do better?
 *
 * @param[out] serves  is there a value all the same?
 */
bool mcpauth__document_has_failed(struct mcpauth__document *document, bool *serves);

/**
 * Let the next look repeat a fetch that failed, without waiting for its time: it would
 * ask elsewhere. Pauses after further failures are no shorter for that.
 *
 * @return false if a fetch is under way, so that there is nothing to repeat yet
 */
bool mcpauth__document_retry_now(struct mcpauth__document *document);

/**
 * Fetch it again if it is older than the cooldown, for somebody whom what it says
 * leads nowhere.
 *
 * @param waiter  as for mcpauth__document_get()
 * @return is there a fetch to wait for? Only then a reference is taken
 */
bool mcpauth__document_doubt(struct mcpauth__document *document, struct mcpauth__waiter *waiter);

/** The generation of the value that serves at `now` (mcpauth__clock_coarse()); 0 if
 * there is none. Takes no lock. */
uint64_t mcpauth__document_generation(const struct mcpauth__document *document, int64_t now);

/**
 * Until when does the value of `generation` stay, whoever asks for a newer one? From
 * then on get or renew may start a fetch.
 *
 * @return as mcpauth__clock_coarse(); INT64_MIN if that value is gone, or a fetch is
 *         under way
 */
int64_t mcpauth__document_renewable_at(struct mcpauth__document *document, uint64_t generation);

/** Seconds until a fetch may be tried again; 0 if now. */
unsigned mcpauth__document_retry_after(struct mcpauth__document *document);

#endif
