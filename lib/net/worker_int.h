/* The worker's inside, for the files that make it up. */
#ifndef MCPAUTH_NET_WORKER_INT_H
#define MCPAUTH_NET_WORKER_INT_H

#include "net/peer.h"
#include "net/timer.h"
#include "net/worker.h"

#include <curl/curl.h>

#include <pthread.h>
#include <stdatomic.h>

/** Make worker->multi and worker->thread. Under the lock. @return false with neither made */
typedef bool (*mcpauth__launch_fn)(struct mcpauth__worker *worker);

struct mcpauth__worker {
	struct mcpauth__log *log;
	const struct mcpauth__clock *clock;
	struct mcpauth__tally *tally;
	mcpauth_fetch_fn fetch;
	void *fetch_user;
	char *proxy;
	struct mcpauth__tls_files tls_files;
	bool insecure_allow_http;
	unsigned waiting_limit;
	mcpauth__launch_fn launch;
	atomic_uint waiting;

	pthread_mutex_t lock; /* for all that follows */
	pthread_cond_t idle;  /* pins has come down to 0 */
	unsigned pins;
	struct mcpauth__timers timers;
	struct mcpauth_fetch *fetches; /* under way */
	unsigned running;              /* how many these are */
	unsigned posts;                /* and how many of them POSTs */
	bool submitted;                /* some of them are not started */
	bool stopping;
	bool threaded;
	pthread_t thread; /* with multi, only if threaded */
	CURLM *multi;
};

/** Fill in zeroed storage, which stays the caller's. @return false without memory */
bool mcpauth__worker_init(struct mcpauth__worker *worker,
	const struct mcpauth__worker_config *config, mcpauth__launch_fn launch);

/** Once its thread has ended: wait for the pins, then release all but the storage. */
void mcpauth__worker_finish(struct mcpauth__worker *worker);

/** Start the thread unless there is one. Under the lock. @return false if there is none */
bool mcpauth__worker_start(struct mcpauth__worker *worker);

/** Put a timer in and see to it that the thread knows. Under the lock, thread started. */
void mcpauth__worker_insert(struct mcpauth__worker *worker, struct mcpauth__timer *timer);

/**
 * From pin to unpin worker_free() does not return: somebody's callback, to be
 * called exactly once, has not come back yet.
 */
void mcpauth__worker_pin(struct mcpauth__worker *worker);
void mcpauth__worker_unpin(struct mcpauth__worker *worker);

#endif
