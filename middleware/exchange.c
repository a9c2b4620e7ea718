/* Exchanges: what stages see of a request, and how one waits. */
#include "chain_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The request itself holds so many references that a continue() that comes
 * before its wait was counted cannot take the last one. */
#define REQUEST_REFS 1024u

enum wait_state {
	WAIT_NONE,
	WAIT_OVER,
	WAIT_SUSPENDED,
	WAIT_BLOCKED
};

struct mcpauth_exchange *mcpauth__exchange_new(
	struct mcpauth_chain *chain, const struct mcpauth__arrival *arrival)
{
	struct mcpauth_exchange *exchange = calloc(1, sizeof *exchange);
	if (exchange == NULL) {
		return NULL;
	}
	exchange->chain = chain;
	exchange->arrival = *arrival;
	exchange->route = mcpauth__routes_find(&chain->routes, arrival->method, arrival->path);
	atomic_init(&exchange->refs, REQUEST_REFS);
	atomic_init(&exchange->wait, WAIT_NONE);
	sem_init(&exchange->semaphore, 0, 0);
	atomic_fetch_add(&chain->running, 1);
	return exchange;
}

static void drop(struct mcpauth_exchange *exchange, unsigned refs)
{
	if (atomic_fetch_sub(&exchange->refs, refs) == refs) {
		sem_destroy(&exchange->semaphore);
		free(exchange);
	}
}

void mcpauth__exchange_ref(struct mcpauth_exchange *exchange)
{
	atomic_fetch_add(&exchange->refs, 1);
}

void mcpauth__exchange_unref(struct mcpauth_exchange *exchange)
{
	drop(exchange, 1);
}

void mcpauth__exchange_finish(struct mcpauth_exchange *exchange, unsigned status)
{
	struct mcpauth_chain *chain = exchange->chain;
	/* A client may have left while the request waited: nobody else takes it
	 * off the list then. */
	mcpauth__exchange_woken(exchange);
	for (size_t i = 0; i < chain->stage_count; i++) {
		const struct mcpauth_stage *stage = &chain->stages[i];
		exchange->stage = i;
		if (stage->on_finish != NULL) {
			stage->on_finish(exchange, status, stage->user);
		}
	}
	mcpauth_auth_info_free(exchange->info);
	exchange->info = NULL;
	mcpauth__answer_finish(&exchange->answer);
	mcpauth__headers_finish(&exchange->headers);
	mcpauth__buf_finish(&exchange->body);
	mcpauth__words_finish(&exchange->trimmed);
	drop(exchange, REQUEST_REFS);
	atomic_fetch_sub(&chain->running, 1);
}

static void list(struct mcpauth_exchange *exchange)
{
	struct mcpauth_chain *chain = exchange->chain;
	pthread_mutex_lock(&chain->lock);
	exchange->previous = NULL;
	exchange->next = chain->waiting;
	if (chain->waiting != NULL) {
		chain->waiting->previous = exchange;
	}
	chain->waiting = exchange;
	exchange->is_listed = true;
	pthread_mutex_unlock(&chain->lock);
}

static void unlist(struct mcpauth_exchange *exchange)
{
	struct mcpauth_chain *chain = exchange->chain;
	pthread_mutex_lock(&chain->lock);
	if (exchange->previous != NULL) {
		exchange->previous->next = exchange->next;
	} else {
		chain->waiting = exchange->next;
	}
	if (exchange->next != NULL) {
		exchange->next->previous = exchange->previous;
	}
	exchange->is_listed = false;
	pthread_mutex_unlock(&chain->lock);
}

void mcpauth__exchange_woken(struct mcpauth_exchange *exchange)
{
	if (exchange->is_listed) {
		unlist(exchange);
		atomic_store(&exchange->wait, WAIT_NONE);
	}
}

static enum mcpauth__waited block(struct mcpauth_exchange *exchange)
{
	int none = WAIT_NONE;
	if (atomic_compare_exchange_strong(&exchange->wait, &none, WAIT_BLOCKED)) {
		while (sem_wait(&exchange->semaphore) != 0 && errno == EINTR) {
		}
	}
	mcpauth__exchange_woken(exchange);
	return MCPAUTH__WAITED_AGAIN;
}

static enum mcpauth__waited suspend(struct mcpauth_exchange *exchange)
{
	int none = WAIT_NONE;
	if (atomic_load(&exchange->wait) == WAIT_OVER) {
		mcpauth__exchange_woken(exchange);
		return MCPAUTH__WAITED_AGAIN;
	}
	/* Suspended first, then announced: whoever ends the wait in between finds
	 * nothing to resume and leaves that to this thread. */
	exchange->arrival.transport->suspend(exchange->arrival.user);
	if (!atomic_compare_exchange_strong(&exchange->wait, &none, WAIT_SUSPENDED)) {
		exchange->arrival.transport->resume(exchange->arrival.user);
	}
	return MCPAUTH__WAITED_SUSPENDED;
}

static enum mcpauth__waited refuse_to_wait(struct mcpauth_exchange *exchange)
{
	struct mcpauth_chain *chain = exchange->chain;
	if (!atomic_exchange(&chain->told_no_suspend, true)) {
		mcpauth_log(chain->auth, MCPAUTH_LOG_ERROR, MCPAUTH_E_UNSUPPORTED, NULL,
			"the daemon was started without MCPAUTH_MHD_FLAGS: requests that"
			" have to wait are answered 503");
	}
	mcpauth__exchange_unavailable(exchange, 1, false);
	return MCPAUTH__WAITED_REFUSED;
}

enum mcpauth__waited mcpauth__exchange_wait(struct mcpauth_exchange *exchange)
{
	atomic_fetch_add(&exchange->refs, 1); /* continue() gives it back */
	exchange->has_waited = true;
	if (exchange->arrival.waiting == MCPAUTH__WAITS_NEVER) {
		return refuse_to_wait(exchange);
	}
	list(exchange);
	/* Drain sets its flag before it looks at the list, so one of the two
	 * sees the other. */
	if (atomic_load(&exchange->chain->draining)) {
		mcpauth__exchange_woken(exchange);
		mcpauth__exchange_unavailable(exchange, 1, true);
		return MCPAUTH__WAITED_REFUSED;
	}
	return exchange->arrival.waiting == MCPAUTH__WAITS_BLOCKED ? block(exchange)
								   : suspend(exchange);
}

void mcpauth__exchange_wake(struct mcpauth_exchange *exchange)
{
	struct mcpauth_chain *chain = exchange->chain;
	int before = atomic_exchange(&exchange->wait, WAIT_OVER);
	if (before == WAIT_BLOCKED) {
		sem_post(&exchange->semaphore);
	}
	if (before != WAIT_SUSPENDED) {
		return;
	}
	/* Once resumed, the request can end and the program stop: the counter
	 * keeps the chain until this thread is done with it. */
	atomic_fetch_add(&chain->waking, 1);
	exchange->arrival.transport->resume(exchange->arrival.user);
	if (chain->config.on_wake != NULL) {
		chain->config.on_wake(chain->config.on_wake_user);
	}
	atomic_fetch_sub(&chain->waking, 1);
}

void mcpauth_exchange_continue(struct mcpauth_exchange *exchange)
{
	mcpauth__exchange_wake(exchange);
	drop(exchange, 1);
}

void mcpauth__exchange_unavailable(
	struct mcpauth_exchange *exchange, unsigned retry_after, bool closing)
{
	char seconds[16];
	struct mcpauth_answer *answer = &exchange->answer;
	snprintf(seconds, sizeof seconds, "%u", retry_after);
	if (mcpauth__answer_error(answer, 503, "temporarily_unavailable",
		    closing ? "The server is about to stop"
			    : "The access token cannot be checked just now")
		== MCPAUTH_OK) {
		mcpauth_answer_set_header(answer, "Retry-After", seconds);
	}
	if (closing) {
		mcpauth_answer_set_header(answer, "Connection", "close");
	}
}

enum mcpauth_stage_result mcpauth__exchange_error(struct mcpauth_exchange *exchange,
	unsigned status, const char *error, const char *description)
{
	return mcpauth__answer_error(&exchange->answer, status, error, description) == MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

const char *mcpauth_exchange_method(const struct mcpauth_exchange *exchange)
{
	return exchange->arrival.method;
}

const char *mcpauth_exchange_path(const struct mcpauth_exchange *exchange)
{
	return exchange->arrival.path;
}

/* RFC 9110 section 5.5: blanks around a value are not part of it, but MHD hands
 * over those behind. */
static const char *trim(const struct mcpauth_exchange *exchange, const char *value)
{
	struct mcpauth__words *trimmed = &((struct mcpauth_exchange *)exchange)->trimmed;
	size_t length = strlen(value);
	size_t kept = length;
	while (kept > 0 && (value[kept - 1] == ' ' || value[kept - 1] == '\t')) {
		kept--;
	}
	if (kept == length) {
		return value;
	}
	return mcpauth__words_add(trimmed, value, kept) ? trimmed->items[trimmed->count - 1] : "";
}

const char *mcpauth_exchange_header(
	const struct mcpauth_exchange *exchange, const char *name, unsigned index)
{
	const char *value = exchange->arrival.transport->header(
		exchange->arrival.user, name, index);
	return value == NULL ? NULL : trim(exchange, value);
}

const char *mcpauth_exchange_body(const struct mcpauth_exchange *exchange, size_t *length)
{
	*length = exchange->body.length;
	if (!exchange->body_is_complete) {
		return NULL;
	}
	return exchange->body.data == NULL ? "" : exchange->body.data;
}

const struct mcpauth_auth_info *mcpauth_exchange_auth_info(const struct mcpauth_exchange *exchange)
{
	return exchange->info;
}

struct mcpauth *mcpauth_exchange_auth(const struct mcpauth_exchange *exchange)
{
	return exchange->chain->auth;
}

void **mcpauth_exchange_slot(struct mcpauth_exchange *exchange)
{
	return &exchange->slots[exchange->stage];
}

enum mcpauth_code mcpauth_exchange_add_header(
	struct mcpauth_exchange *exchange, const char *name, const char *value)
{
	return mcpauth__headers_add(&exchange->headers, name, value);
}

enum mcpauth_code mcpauth_exchange_answer(struct mcpauth_exchange *exchange, unsigned status,
	const char *type, const char *body, size_t length)
{
	struct mcpauth_answer *answer = &exchange->answer;
	if (status < 200 || status > 599 || (body == NULL && length > 0)) {
		return MCPAUTH_E_INVALID_ARGUMENT;
	}
	mcpauth__answer_finish(answer);
	enum mcpauth_code code = mcpauth_answer_set_body(answer, body, length);
	if (code == MCPAUTH_OK && type != NULL) {
		code = mcpauth_answer_set_header(answer, "Content-Type", type);
	}
	answer->status = status;
	return code;
}
