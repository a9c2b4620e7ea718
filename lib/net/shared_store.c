/* Asking a program's store, and not waiting for it longer than the deadline. */
#include "net/shared_store_int.h"

#include "net/worker_int.h"

#include <stdlib.h>
#include <string.h>

struct mcpauth__shared_store {
	atomic_uint holders; /* the owner, and each request */
	atomic_uint requests;
	struct mcpauth__shared_store_parts parts;
};

static const struct mcpauth__store_answer failed = {.outcome = MCPAUTH_STORE_FAILED};

struct mcpauth__shared_store *mcpauth__shared_store_new(
	const struct mcpauth__shared_store_parts *parts)
{
	struct mcpauth__shared_store *store = calloc(1, sizeof *store);
	if (store == NULL) {
		return NULL;
	}
	atomic_init(&store->holders, 1);
	atomic_init(&store->requests, 0);
	store->parts = *parts;
	return store;
}

void mcpauth__shared_store_free(struct mcpauth__shared_store *store)
{
	if (store != NULL && atomic_fetch_sub(&store->holders, 1) == 1) {
		free(store);
	}
}

bool mcpauth__shared_store_is_there(const struct mcpauth__shared_store *store)
{
	return store != NULL && store->parts.carry_out != NULL;
}

static bool admit(struct mcpauth__shared_store *store)
{
	if (atomic_fetch_add(&store->requests, 1) < MCPAUTH__STORE_REQUEST_LIMIT) {
		atomic_fetch_add(&store->holders, 1);
		return true;
	}
	atomic_fetch_sub(&store->requests, 1);
	return false;
}

static void leave(struct mcpauth__shared_store *store)
{
	atomic_fetch_sub(&store->requests, 1);
	mcpauth__shared_store_free(store);
}

static void destroy(struct mcpauth_store_request *request)
{
	leave(request->store);
	free(request->value);
	free(request);
}

/* Give some references back. */
static void release(struct mcpauth_store_request *request, unsigned count)
{
	if (atomic_fetch_sub(&request->holders, count) == count) {
		destroy(request);
	}
}

/* Whoever comes too late touches nothing of the worker, which may be gone by then. */
void mcpauth__store_request_end(
	struct mcpauth_store_request *request, const struct mcpauth__store_answer *answer)
{
	unsigned references = 1; /* the caller's, and the deadline's if that is disarmed */
	if (!atomic_exchange(&request->ended, true)) {
		struct mcpauth__worker *worker = request->store->parts.worker;
		references += mcpauth__worker_disarm(worker, &request->deadline) ? 1 : 0;
		if (request->done != NULL) {
			request->done(answer, request->user);
		}
		mcpauth__worker_unpin(worker);
	}
	release(request, references);
}

static void on_deadline(struct mcpauth__timer *timer)
{
	mcpauth__store_request_end((struct mcpauth_store_request *)timer, &failed);
}

static bool has_value(enum mcpauth_store_operation operation)
{
	return operation == MCPAUTH_STORE_SET || operation == MCPAUTH_STORE_ADD;
}

static bool copy_value(
	struct mcpauth_store_request *request, const struct mcpauth__store_question *question)
{
	if (!has_value(question->operation)) {
		return true;
	}
	request->value = question->length <= MCPAUTH__STORE_VALUE_LIMIT
		? malloc(question->length + 1)
		: NULL;
	if (request->value == NULL) {
		return false;
	}
	if (question->length > 0) {
		memcpy(request->value, question->value, question->length);
	}
	request->value[question->length] = '\0';
	request->length = question->length;
	request->seconds = question->seconds > 0 ? question->seconds : 1;
	return true;
}

static struct mcpauth_store_request *make(
	struct mcpauth__shared_store *store, const struct mcpauth__store_question *question)
{
	size_t length = strlen(question->key);
	struct mcpauth_store_request *made = length < MCPAUTH__STORE_KEY_SIZE
		? calloc(1, sizeof *made)
		: NULL;
	if (made == NULL || !copy_value(made, question)) {
		free(made);
		return NULL;
	}
	atomic_init(&made->ended, false);
	atomic_init(&made->holders, 2); /* who asks, and the program */
	made->store = store;
	made->done = question->done;
	made->user = question->user;
	made->operation = question->operation;
	memcpy(made->key, question->key, length);
	return made;
}

/* Keep the worker until this call is over, and until the question is.
 * @return false if it is being freed: nothing keeps it then */
static bool pin_twice(struct mcpauth__worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	bool good = !worker->stopping;
	worker->pins += good ? 2 : 0;
	pthread_mutex_unlock(&worker->lock);
	return good;
}

/* Under the same lock under which an answer disarms it, and the worker begins to stop.
 * @return false if nobody would end it in time */
static bool set_deadline(struct mcpauth_store_request *request, int64_t at)
{
	struct mcpauth__worker *worker = request->store->parts.worker;
	pthread_mutex_lock(&worker->lock);
	bool ended = atomic_load(&request->ended);
	bool armed = !ended && !worker->stopping && mcpauth__worker_start(worker);
	if (armed) {
		atomic_fetch_add(&request->holders, 1);
		request->deadline.at = at;
		request->deadline.expired = on_deadline;
		mcpauth__worker_insert(worker, &request->deadline);
	}
	pthread_mutex_unlock(&worker->lock);
	return armed || ended;
}

/* A store that answers at once needs neither deadline nor thread. */
static void ask_program(struct mcpauth_store_request *request)
{
	const struct mcpauth__shared_store_parts *parts = &request->store->parts;
	struct mcpauth__worker *worker = parts->worker;
	int64_t now = mcpauth__clock_monotonic(mcpauth__worker_clock(worker));
	parts->carry_out(request, parts->user);
	if (set_deadline(request, now + parts->timeout_ms)) {
		release(request, 1);
	} else {
		mcpauth__store_request_end(request, &failed);
	}
	mcpauth__worker_unpin(worker);
}

/* All that is needed before the program is asked; NULL: it cannot be. */
static struct mcpauth_store_request *begin(
	struct mcpauth__shared_store *store, const struct mcpauth__store_question *question)
{
	if (!mcpauth__shared_store_is_there(store) || !admit(store)) {
		return NULL;
	}
	struct mcpauth_store_request *request = make(store, question);
	if (request == NULL) {
		leave(store);
		return NULL;
	}
	if (!pin_twice(store->parts.worker)) {
		destroy(request);
		return NULL;
	}
	return request;
}

void mcpauth__shared_store_ask(
	struct mcpauth__shared_store *store, const struct mcpauth__store_question *question)
{
	struct mcpauth_store_request *request = begin(store, question);
	if (request != NULL) {
		ask_program(request);
	} else if (question->done != NULL) {
		question->done(&failed, question->user);
	}
}
