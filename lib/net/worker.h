/* The network thread: GETs and POSTs with limits, and timers. */
#ifndef MCPAUTH_NET_WORKER_H
#define MCPAUTH_NET_WORKER_H

#include "base/clock.h"
#include "base/log_int.h"
#include "base/tally.h"

#include <mcpauth/fetch.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCPAUTH__DOCUMENT_LIMIT ((size_t)1024 * 1024)
/* Of what answers a POST. A form is posted for every token that a client makes up, many
 * at a time, where a document is fetched once: its answer is about one token. */
#define MCPAUTH__FORM_ANSWER_LIMIT ((size_t)128 * 1024)
#define MCPAUTH__TRANSFER_LIMIT 64
/* Bytes of a DPoP nonce with its NUL; a longer one is as good as none. */
#define MCPAUTH__NONCE_SIZE 257

/** Of these at most so many POSTs: clients decide how many there are, and documents,
 * without which no JWT can be verified, must find a place beside them. */
#define MCPAUTH__POST_LIMIT 56

/** One thread with a curl_multi handle. Any thread may use it. */
struct mcpauth__worker;

/** How it behaves; strings are copied. */
struct mcpauth__worker_config {
	struct mcpauth__log *log;           /* borrowed until worker_free() */
	const struct mcpauth__clock *clock; /* borrowed until worker_free() */
	struct mcpauth__tally *tally;       /* likewise; NULL: nobody counts */
	mcpauth_fetch_fn fetch;             /* NULL: libcurl */
	void *fetch_user;
	const char *proxy;
	const char *ca_file;
	const char *crl_file;
	bool insecure_allow_http;
	unsigned waiting_limit; /* 0: 1,000 */
};

/** What came of a GET or a POST. Borrowed for the call that brings it. */
struct mcpauth__response {
	enum mcpauth_code code; /* MCPAUTH_OK: an answer came, of whatever status */
	unsigned status;        /* 0 without an answer */
	/* Never NULL. Empty unless the status is 2xx, or 4xx for a POST: there it is
	 * part of the protocol (RFC 6749 section 5.2). */
	const char *body;
	size_t length;
	unsigned max_age;    /* Cache-Control max-age in seconds; MCPAUTH_NONE if not said */
	const char *nonce;   /* DPoP-Nonce (RFC 9449 section 8); NULL if there is none */
	const char *message; /* the URL without its query, and what came of it */
};

typedef void (*mcpauth__response_fn)(const struct mcpauth__response *response, void *user);

/** A GET. Strings are copied. */
struct mcpauth__get {
	const char *url;
	/* NULL: the URL was configured, its host may be private. Else the host of
	 * the document that named it: only public addresses over https, unless
	 * the host is that same one. */
	const char *learnt_from;
	unsigned timeout_ms;
	mcpauth__response_fn done; /* called exactly once */
	void *user;
};

/** A POST. Body, authorization and proof are copied, too, and as secrets: no message
 * tells them, and the copies are wiped before they are released. */
struct mcpauth__post {
	struct mcpauth__get to;
	const char *body;
	const char *content_type;  /* a constant; NULL: application/x-www-form-urlencoded */
	const char *authorization; /* the header's value; NULL: none is sent */
	const char *dpop;          /* likewise (RFC 9449 section 4.1) */
	const char *accept;        /* likewise, a constant; NULL: application/json */
};

/** Make one. Starts no thread and opens nothing. NULL without memory. */
struct mcpauth__worker *mcpauth__worker_new(const struct mcpauth__worker_config *config);

/**
 * Stop the thread. Every fetch under way is done with MCPAUTH_E_CANCELLED and
 * every waiter woken before it returns. Not from within a callback of the
 * worker's. NULL is accepted.
 */
void mcpauth__worker_free(struct mcpauth__worker *worker);

/**
 * Start a GET. `done` is called on the network thread, or from within when it
 * cannot be started (bad URL, no thread, MCPAUTH_E_OVERLOADED beyond
 * MCPAUTH__TRANSFER_LIMIT); with a fetch function of the program's own, on the
 * thread that answers. No lock of the worker's is held then.
 */
void mcpauth__worker_get(struct mcpauth__worker *worker, const struct mcpauth__get *get);

/** The same with a POST. It is sent once: nothing is tried again here. */
void mcpauth__worker_post(struct mcpauth__worker *worker, const struct mcpauth__post *post);

/** A timer: storage of the caller's, {0} before its first use. */
struct mcpauth__timer {
	struct mcpauth__timer *previous;
	struct mcpauth__timer *next;
	int64_t at; /* monotonic milliseconds */
	void (*expired)(struct mcpauth__timer *timer);
	bool armed;
};

/**
 * Call `timer->expired(timer)` on the network thread at `timer->at`, once,
 * with no lock held. Starts the thread at need. When the worker is freed every
 * armed timer expires at once.
 *
 * @return false if there is no thread to be had
 */
bool mcpauth__worker_arm(struct mcpauth__worker *worker, struct mcpauth__timer *timer);

/** Take a timer back. @return false if it has expired or is about to */
bool mcpauth__worker_disarm(struct mcpauth__worker *worker, struct mcpauth__timer *timer);

/** The clock that the worker was made with. */
const struct mcpauth__clock *mcpauth__worker_clock(struct mcpauth__worker *worker);

/** May it ask configured hosts over plain http? */
bool mcpauth__worker_allows_http(const struct mcpauth__worker *worker);

/** The log that the worker was made with. */
struct mcpauth__log *mcpauth__worker_log(struct mcpauth__worker *worker);

/** Where what comes of its fetches is counted; NULL: nowhere. */
struct mcpauth__tally *mcpauth__worker_tally(const struct mcpauth__worker *worker);

/** Count one more or one less who waits. @return false if the limit is reached */
bool mcpauth__worker_enter(struct mcpauth__worker *worker);
void mcpauth__worker_leave(struct mcpauth__worker *worker);

/** How many wait just now, and how many may. */
unsigned mcpauth__worker_waiting(struct mcpauth__worker *worker);
unsigned mcpauth__worker_waiting_limit(const struct mcpauth__worker *worker);

#endif
