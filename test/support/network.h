/**
 * @file
 * What the library's own network is tried with: its thread with a real server
 * on 127.0.0.1, or a document whose server and clock the test plays itself.
 */
#ifndef MCPAUTH_TEST_NETWORK_H
#define MCPAUTH_TEST_NETWORK_H

#include "net/document.h"
#include "net/worker.h"

#include "support/loopback.h"

#include <pthread.h>
#include <stdatomic.h>

/** Longer than any answer takes that comes at all. */
#define NETWORK_LONG_MS 20000
#define DOCUMENT_DEFERRED_MAX 8

/** A worker on the real clock and a server for it. */
struct network {
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__worker_config config;
	struct mcpauth__worker *worker;
	struct loopback *loopback;
	char line[512]; /* the last line of the log */
};

/** What came of a GET. */
struct fetched {
	pthread_mutex_t lock;
	pthread_cond_t came;
	unsigned calls;
	enum mcpauth_code code;
	unsigned status;
	size_t length;
	unsigned max_age;
	char body[64];
	char nonce[MCPAUTH__NONCE_SIZE]; /* "" if none came */
	char message[MCPAUTH_ERROR_MESSAGE_SIZE];
	bool blocks_signals;
};

/** A test's set-up, for one that starts the server it needs; it is taken. */
int network_start(void **state, struct loopback *loopback);

/** Its tear-down. */
int network_stop(void **state);

/** Put a new worker, with the configuration as it is now, in the place of the old one. */
void network_restart(struct network *network);

/** Begin a GET; its timeout is NETWORK_LONG_MS if it has none. */
void network_begin(
	struct network *network, const struct mcpauth__get *get, struct fetched *fetched);

/** Begin a POST, likewise. */
void network_begin_post(
	struct network *network, const struct mcpauth__post *post, struct fetched *fetched);

/** Begin one at a path of the server, by the name given: "http://127.0.0.1". */
void network_begin_at(struct network *network, const char *origin, const char *path,
	unsigned timeout_ms, struct fetched *fetched);

/** Wait for its end. */
void network_await(struct fetched *fetched);

/** All of it, at a path of the server. */
void network_get(struct network *network, const char *path, struct fetched *fetched);

/** Monotonic milliseconds. */
int64_t network_now(struct network *network);

void network_sleep(long ms);

/** What is made of a good document: a counted number. */
struct numbered {
	atomic_uint holders;
	unsigned number;
};

/** A document, the server it comes from, and a clock that is moved by hand. */
struct document_fixture {
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__document_kind kind;
	struct mcpauth__document_times times;
	struct mcpauth__worker *worker;
	struct mcpauth__document *document;
	_Atomic int64_t now;

	/* The server: the status of each place, one parsable answer after the other. */
	unsigned statuses[3];
	unsigned places;
	const char *body; /* a number goes behind it, another one in each answer */
	bool repeats;     /* the same one */
	unsigned max_age; /* as its headers have it; MCPAUTH_NONE at the start */
	bool defers;
	struct mcpauth_fetch *deferred[DOCUMENT_DEFERRED_MAX];
	atomic_uint fetches;
	char url[64];

	atomic_uint parsed;
	atomic_uint living; /* values */
	atomic_uint wakes;

	/* The log. Two threads that answered one after the other may tell at once. */
	pthread_mutex_t told; /* held to write what follows; read when the threads are gone */
	unsigned warnings;
	char warning[512];
	char taken[512]; /* the last line about a document that was taken */
};

/** A test's set-up and tear-down, which fails if a value was not given back. */
int document_start(void **state);
int document_stop(void **state);

/** Another document in its place, with other times. */
void document_set_times(struct document_fixture *fixture, unsigned fresh, unsigned stale);

/** Move the clock on. */
void document_advance(struct document_fixture *fixture, double seconds);

/** Answer a fetch that was deferred. */
void document_answer(
	struct document_fixture *fixture, struct mcpauth_fetch *fetch, const char *url);

/** A waiter whose wake is counted; caller frees with mcpauth__waiter_free(). */
struct mcpauth__waiter *document_wait(struct document_fixture *fixture);

/** The wake that counts. */
void document_count_wake(void *user);

/** The number of the value that is served now. */
unsigned document_number(struct document_fixture *fixture);

/** Check that a look now brings this code and no value. */
void document_check(struct document_fixture *fixture, enum mcpauth_code want);

/** Renew, for somebody whom the value of this generation did not help. */
enum mcpauth_code document_renew(struct document_fixture *fixture, uint64_t generation);

/** Give a value back. */
void document_release(void *value);

#endif
