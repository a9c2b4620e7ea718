/* The worker's state: its timers, who keeps it from going, and how many wait. */
#include "net/worker_int.h"

#include "base/wipe.h"
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

#define WAITING_LIMIT 1000

static bool copy_strings(
	struct mcpauth__worker *worker, const struct mcpauth__worker_config *config)
{
	worker->proxy = mcpauth__strdup(config->proxy);
	worker->tls_files.ca_file = mcpauth__strdup(config->ca_file);
	worker->tls_files.crl_file = mcpauth__strdup(config->crl_file);
	return (worker->proxy != NULL || config->proxy == NULL)
		&& (worker->tls_files.ca_file != NULL || config->ca_file == NULL)
		&& (worker->tls_files.crl_file != NULL || config->crl_file == NULL);
}

static bool make_lock(struct mcpauth__worker *worker)
{
	if (pthread_mutex_init(&worker->lock, NULL) != 0) {
		return false;
	}
	if (pthread_cond_init(&worker->idle, NULL) != 0) {
		pthread_mutex_destroy(&worker->lock);
		return false;
	}
	return true;
}

static void free_strings(struct mcpauth__worker *worker)
{
	/* Its user's password may be in there. */
	if (worker->proxy != NULL) {
		mcpauth__wipe(worker->proxy, strlen(worker->proxy));
	}
	free(worker->proxy);
	free(worker->tls_files.ca_file);
	free(worker->tls_files.crl_file);
}

bool mcpauth__worker_init(struct mcpauth__worker *worker,
	const struct mcpauth__worker_config *config, mcpauth__launch_fn launch)
{
	worker->log = config->log;
	worker->clock = config->clock;
	worker->tally = config->tally;
	worker->fetch = config->fetch;
	worker->fetch_user = config->fetch_user;
	worker->insecure_allow_http = config->insecure_allow_http;
	worker->waiting_limit = config->waiting_limit != 0 ? config->waiting_limit : WAITING_LIMIT;
	worker->launch = launch;
	atomic_init(&worker->waiting, 0);
	if (!copy_strings(worker, config) || !make_lock(worker)) {
		free_strings(worker);
		return false;
	}
	return true;
}

void mcpauth__worker_finish(struct mcpauth__worker *worker)
{
	/* Other threads may still be within an answer or a wake. */
	pthread_mutex_lock(&worker->lock);
	while (worker->pins > 0) {
		pthread_cond_wait(&worker->idle, &worker->lock);
	}
	pthread_mutex_unlock(&worker->lock);
	pthread_cond_destroy(&worker->idle);
	pthread_mutex_destroy(&worker->lock);
	free_strings(worker);
}

bool mcpauth__worker_start(struct mcpauth__worker *worker)
{
	if (!worker->threaded && !worker->stopping) {
		worker->threaded = worker->launch(worker);
	}
	return worker->threaded;
}

void mcpauth__worker_insert(struct mcpauth__worker *worker, struct mcpauth__timer *timer)
{
	mcpauth__timers_insert(&worker->timers, timer);
	if (worker->timers.first == timer) {
		curl_multi_wakeup(worker->multi);
	}
}

void mcpauth__worker_pin(struct mcpauth__worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->pins++;
	pthread_mutex_unlock(&worker->lock);
}

void mcpauth__worker_unpin(struct mcpauth__worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->pins--;
	if (worker->pins == 0) {
		pthread_cond_broadcast(&worker->idle);
	}
	pthread_mutex_unlock(&worker->lock);
}

bool mcpauth__worker_arm(struct mcpauth__worker *worker, struct mcpauth__timer *timer)
{
	pthread_mutex_lock(&worker->lock);
	bool armed = !worker->stopping && mcpauth__worker_start(worker);
	if (armed) {
		mcpauth__worker_insert(worker, timer);
	}
	pthread_mutex_unlock(&worker->lock);
	return armed;
}

bool mcpauth__worker_disarm(struct mcpauth__worker *worker, struct mcpauth__timer *timer)
{
	pthread_mutex_lock(&worker->lock);
	bool was_armed = mcpauth__timers_remove(&worker->timers, timer);
	pthread_mutex_unlock(&worker->lock);
	return was_armed;
}

const struct mcpauth__clock *mcpauth__worker_clock(struct mcpauth__worker *worker)
{
	return worker->clock;
}

bool mcpauth__worker_allows_http(const struct mcpauth__worker *worker)
{
	return worker->insecure_allow_http;
}

struct mcpauth__log *mcpauth__worker_log(struct mcpauth__worker *worker)
{
	return worker->log;
}

struct mcpauth__tally *mcpauth__worker_tally(const struct mcpauth__worker *worker)
{
	return worker->tally;
}

bool mcpauth__worker_enter(struct mcpauth__worker *worker)
{
	if (atomic_fetch_add(&worker->waiting, 1) < worker->waiting_limit) {
		return true;
	}
	atomic_fetch_sub(&worker->waiting, 1);
	return false;
}

unsigned mcpauth__worker_waiting(struct mcpauth__worker *worker)
{
	return atomic_load(&worker->waiting);
}

unsigned mcpauth__worker_waiting_limit(const struct mcpauth__worker *worker)
{
	return worker->waiting_limit;
}

void mcpauth__worker_leave(struct mcpauth__worker *worker)
{
	atomic_fetch_sub(&worker->waiting, 1);
}
