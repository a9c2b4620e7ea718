/* The network thread's loop: one curl_multi that also keeps the timers. */
#include "net/fetch_int.h"
#include "net/transfer.h"
#include "net/worker_int.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* Nobody tells us when a program's own clock moves on: look now and then. */
#define FOREIGN_CLOCK_STEP_MS 20
#define IDLE_STEP_MS 60000

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_started;

static void start_curl(void)
{
	curl_started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static struct mcpauth_fetch *take_submitted(struct mcpauth__worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	struct mcpauth_fetch *fetch = worker->submitted ? worker->fetches : NULL;
	while (fetch != NULL && fetch->started) {
		fetch = fetch->next;
	}
	if (fetch != NULL) {
		fetch->started = true;
	} else {
		worker->submitted = false;
	}
	pthread_mutex_unlock(&worker->lock);
	return fetch;
}

static void start_transfers(struct mcpauth__worker *worker)
{
	struct mcpauth_fetch *fetch;
	/* With a function of the program's own there is nothing to start. */
	while (worker->fetch == NULL && (fetch = take_submitted(worker)) != NULL) {
		struct mcpauth_error err;
		if (mcpauth__transfer_start(fetch, &err) != MCPAUTH_OK) {
			mcpauth__fetch_fail(fetch, err.code, err.message);
		}
	}
}

static void run_transfers(struct mcpauth__worker *worker)
{
	int left;
	CURLMsg *message;
	struct mcpauth__response response;
	CURLMcode performed = curl_multi_perform(worker->multi, &left);
	while ((message = curl_multi_info_read(worker->multi, &left)) != NULL) {
		if (message->msg == CURLMSG_DONE) {
			struct mcpauth_fetch *fetch = mcpauth__transfer_completed(
				message->easy_handle, message->data.result, &response);
			mcpauth__fetch_end(fetch, &response);
		}
	}
	if (performed != CURLM_OK) {
		/* What lacked memory is left half done, on which libcurl 7.88 would
		 * divide by zero the next time. */
		mcpauth__fetch_fail_started(worker);
	}
}

static void expire_timers(struct mcpauth__worker *worker, int64_t now)
{
	struct mcpauth__timer *timer;
	do {
		pthread_mutex_lock(&worker->lock);
		timer = mcpauth__timers_due(&worker->timers, now);
		pthread_mutex_unlock(&worker->lock);
		if (timer != NULL) {
			timer->expired(timer);
		}
	} while (timer != NULL);
}

/* How long there is nothing to do, if nobody wakes us. */
static int idle_time(struct mcpauth__worker *worker)
{
	int64_t wait = worker->clock->now != NULL ? FOREIGN_CLOCK_STEP_MS : IDLE_STEP_MS;
	int64_t now = mcpauth__clock_monotonic(worker->clock);
	pthread_mutex_lock(&worker->lock);
	const struct mcpauth__timer *first = worker->timers.first;
	if (first != NULL && first->at - now < wait) {
		wait = first->at > now ? first->at - now : 0;
	}
	pthread_mutex_unlock(&worker->lock);
	return (int)wait;
}

static bool is_stopping(struct mcpauth__worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	bool stopping = worker->stopping;
	pthread_mutex_unlock(&worker->lock);
	return stopping;
}

static void close_down(struct mcpauth__worker *worker)
{
	mcpauth__fetch_cancel_all(worker);
	expire_timers(worker, INT64_MAX);
}

static void *run(void *argument)
{
	struct mcpauth__worker *worker = argument;
	while (!is_stopping(worker)) {
		start_transfers(worker);
		run_transfers(worker);
		expire_timers(worker, mcpauth__clock_monotonic(worker->clock));
		if (curl_multi_poll(worker->multi, NULL, 0, idle_time(worker), NULL) != CURLM_OK) {
			/* Out of memory: no reason to take all of the processor too. */
			nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		}
	}
	close_down(worker);
	return NULL;
}

/* The thread takes over its maker's signal mask: with every signal blocked
 * none that the program waits for can end up here. */
static bool start_thread(struct mcpauth__worker *worker)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
		return false;
	}
	int result = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result == 0;
}

static bool launch(struct mcpauth__worker *worker)
{
	pthread_once(&curl_once, start_curl);
	if (curl_started != CURLE_OK || (worker->multi = curl_multi_init()) == NULL) {
		return false;
	}
	/* libcurl's own limit falls with the transfers under way: at the end of a burst it
	 * would close what the next one needs. */
	curl_multi_setopt(worker->multi, CURLMOPT_MAXCONNECTS, (long)MCPAUTH__TRANSFER_LIMIT);
	/* Without descriptors left it has nothing to be woken by, but says so
	 * only here. */
	bool launched = curl_multi_wakeup(worker->multi) == CURLM_OK && start_thread(worker);
	if (!launched) {
		curl_multi_cleanup(worker->multi);
		worker->multi = NULL;
	}
	return launched;
}

struct mcpauth__worker *mcpauth__worker_new(const struct mcpauth__worker_config *config)
{
	struct mcpauth__worker *worker = calloc(1, sizeof *worker);
	if (worker == NULL || !mcpauth__worker_init(worker, config, launch)) {
		free(worker);
		return NULL;
	}
	return worker;
}

void mcpauth__worker_free(struct mcpauth__worker *worker)
{
	if (worker == NULL) {
		return;
	}
	pthread_mutex_lock(&worker->lock);
	worker->stopping = true;
	if (worker->threaded) {
		curl_multi_wakeup(worker->multi);
	}
	pthread_mutex_unlock(&worker->lock);
	if (worker->threaded) {
		pthread_join(worker->thread, NULL);
		curl_multi_cleanup(worker->multi);
	} else {
		close_down(worker);
	}
	mcpauth__worker_finish(worker);
	free(worker);
}
