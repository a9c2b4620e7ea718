/* A GET or POST from its order to its answer: may it be, who carries it out, who is told. */
#include "net/fetch_int.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/wipe.h"
#include "base/words.h"
#include "net/address.h"
#include "net/transfer.h"
#include "net/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A URL's share of a message; the reason behind it must have room. */
#define URL_SHOWN 150

/* Somebody else wrote this URL into a document: only https, only public
 * addresses. Numeric hosts are judged at once, names once they are resolved;
 * with a proxy that is up to the proxy. */
static enum mcpauth_code judge_learnt(const struct mcpauth__url *url, struct mcpauth_error *err)
{
	if (strcmp(url->scheme, "https") != 0) {
		return mcpauth__fail(err, MCPAUTH_E_ADDRESS_REFUSED, "it is not https");
	}
	bool is_number = strchr(url->host, ':') != NULL
		|| url->host[strspn(url->host, "0123456789.")] == '\0';
	if (mcpauth__url_is_loopback(url)
		|| (is_number
			&& mcpauth__address_judge_text(url->host) != MCPAUTH__ADDRESS_PUBLIC)) {
		return mcpauth__fail(err, MCPAUTH_E_ADDRESS_REFUSED,
			"it leads to an address that is not public");
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code judge_parts(const struct mcpauth__url *url, const struct mcpauth__get *get,
	struct mcpauth_fetch *fetch, struct mcpauth_error *err)
{
	bool is_own = get->learnt_from == NULL
		|| mcpauth__ascii_are_alike(get->learnt_from, url->host);
	fetch->is_loopback = mcpauth__url_is_loopback(url);
	if (!is_own) {
		fetch->reach = MCPAUTH__REACH_PUBLIC;
		return judge_learnt(url, err);
	}
	fetch->reach = MCPAUTH__REACH_ANY;
	if (strcmp(url->scheme, "https") == 0 || fetch->worker->insecure_allow_http) {
		return MCPAUTH_OK;
	}
	if (!fetch->is_loopback) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_URL, "it is not https");
	}
	/* http is let through for the name's sake, so the name must not resolve
	 * to some other machine. */
	fetch->reach = MCPAUTH__REACH_LOOPBACK;
	return MCPAUTH_OK;
}

/* Without its query, in which secrets are sometimes put. */
static void name_url(const struct mcpauth__get *get, struct mcpauth_error *err)
{
	char prefix[MCPAUTH_ERROR_MESSAGE_SIZE / 2];
	snprintf(prefix, sizeof prefix, "%s, %.*s",
		get->learnt_from == NULL ? "a configured URL" : "a URL that another server named",
		(int)strcspn(get->url, "?#"), get->url);
	mcpauth__error_prefix(err, prefix);
}

static enum mcpauth_code judge(
	const struct mcpauth__get *get, struct mcpauth_fetch *fetch, struct mcpauth_error *err)
{
	struct mcpauth__url url = {0};
	enum mcpauth_code code = mcpauth__url_check(get->url, true, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__url_parse(get->url, &url, err);
	}
	if (code == MCPAUTH_OK) {
		code = judge_parts(&url, get, fetch, err);
	}
	mcpauth__url_finish(&url);
	/* The configuration is not at fault for what another server wrote. */
	if (code == MCPAUTH_E_INVALID_URL && get->learnt_from != NULL) {
		code = MCPAUTH_E_ADDRESS_REFUSED;
	}
	if (code == MCPAUTH_E_INVALID_URL || code == MCPAUTH_E_ADDRESS_REFUSED) {
		name_url(get, err);
	}
	return code;
}

static enum mcpauth_code load(
	struct mcpauth_fetch *fetch, const struct mcpauth__post *post, struct mcpauth_error *err)
{
	fetch->body = mcpauth__strdup(post->body);
	fetch->content_type = post->content_type != NULL ? post->content_type
							 : "application/x-www-form-urlencoded";
	fetch->authorization = mcpauth__strdup(post->authorization);
	fetch->dpop = mcpauth__strdup(post->dpop);
	fetch->accept = post->accept != NULL ? post->accept : fetch->accept;
	if (fetch->body == NULL || (fetch->authorization == NULL && post->authorization != NULL)
		|| (fetch->dpop == NULL && post->dpop != NULL)) {
		return mcpauth__no_memory(err);
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code make(struct mcpauth__worker *worker, const struct mcpauth__get *get,
	struct mcpauth_fetch **result, struct mcpauth_error *err)
{
	struct mcpauth_fetch *fetch = calloc(1, sizeof *fetch);
	*result = fetch;
	if (fetch == NULL) {
		return mcpauth__no_memory(err);
	}
	atomic_init(&fetch->holders, 1);
	atomic_init(&fetch->ended, false);
	fetch->worker = worker;
	fetch->since = mcpauth__clock_monotonic(worker->clock);
	fetch->timeout_ms = get->timeout_ms;
	fetch->done = get->done;
	fetch->user = get->user;
	fetch->accept = "application/json";
	fetch->url = mcpauth__strdup(get->url);
	if (fetch->url == NULL) {
		return mcpauth__no_memory(err);
	}
	return judge(get, fetch, err);
}

void mcpauth__fetch_release(struct mcpauth_fetch *fetch)
{
	if (fetch != NULL && atomic_fetch_sub(&fetch->holders, 1) == 1) {
		free(fetch->url);
		mcpauth__wipe_free(fetch->body);
		mcpauth__wipe_free(fetch->authorization);
		mcpauth__wipe_free(fetch->dpop);
		free(fetch);
	}
}

static void link_up(struct mcpauth_fetch *fetch)
{
	struct mcpauth__worker *worker = fetch->worker;
	fetch->next = worker->fetches;
	if (fetch->next != NULL) {
		fetch->next->previous = fetch;
	}
	worker->fetches = fetch;
	worker->running++;
	worker->posts += fetch->body != NULL ? 1 : 0;
	worker->pins++;
}

static void unlink_from(struct mcpauth_fetch *fetch)
{
	struct mcpauth__worker *worker = fetch->worker;
	if (fetch->previous != NULL) {
		fetch->previous->next = fetch->next;
	} else {
		worker->fetches = fetch->next;
	}
	if (fetch->next != NULL) {
		fetch->next->previous = fetch->previous;
	}
	worker->running--;
	worker->posts -= fetch->body != NULL ? 1 : 0;
}

static void on_deadline(struct mcpauth__timer *timer)
{
	struct mcpauth_fetch *fetch = (struct mcpauth_fetch *)timer;
	char message[64];
	snprintf(message, sizeof message, "no answer within %u ms", fetch->timeout_ms);
	mcpauth__fetch_fail(fetch, MCPAUTH_E_TIMEOUT, message);
	mcpauth__fetch_release(fetch);
}

static void set_deadline(struct mcpauth_fetch *fetch)
{
	fetch->deadline.at = fetch->since + fetch->timeout_ms;
	fetch->deadline.expired = on_deadline;
	atomic_fetch_add(&fetch->holders, 1);
	mcpauth__worker_insert(fetch->worker, &fetch->deadline);
}

/* Under the lock. */
static bool is_full(const struct mcpauth__worker *worker, const struct mcpauth_fetch *fetch)
{
	return worker->running >= MCPAUTH__TRANSFER_LIMIT
		|| (fetch->body != NULL && worker->posts >= MCPAUTH__POST_LIMIT);
}

/* Once this has succeeded the network thread may be done with it already. */
static enum mcpauth_code admit(struct mcpauth_fetch *fetch, struct mcpauth_error *err)
{
	struct mcpauth__worker *worker = fetch->worker;
	enum mcpauth_code code = MCPAUTH_OK;
	pthread_mutex_lock(&worker->lock);
	if (worker->stopping) {
		code = mcpauth__fail(err, MCPAUTH_E_CANCELLED, "the library is being taken down");
	} else if (is_full(worker, fetch)) {
		code = mcpauth__fail(err, MCPAUTH_E_OVERLOADED, "%u fetches are under way already",
			worker->running);
	} else if (worker->fetch != NULL) {
		link_up(fetch);
	} else if (mcpauth__worker_start(worker)) {
		link_up(fetch);
		set_deadline(fetch);
		worker->submitted = true;
		curl_multi_wakeup(worker->multi);
	} else {
		code = mcpauth__fail(err, MCPAUTH_E_SYSTEM, "the network thread cannot be started");
	}
	pthread_mutex_unlock(&worker->lock);
	return code;
}

/* A fetch function that answers at once needs neither deadline nor thread. */
static void ask_program(struct mcpauth_fetch *fetch)
{
	struct mcpauth__worker *worker = fetch->worker;
	/* One hold for who answers, one for the lines below. */
	atomic_fetch_add(&fetch->holders, 2);
	worker->fetch(fetch, fetch->url, worker->fetch_user);
	pthread_mutex_lock(&worker->lock);
	if (!atomic_load(&fetch->ended) && mcpauth__worker_start(worker)) {
		set_deadline(fetch);
	}
	pthread_mutex_unlock(&worker->lock);
	mcpauth__fetch_release(fetch);
}

/* @param post  NULL for a GET */
static void begin(struct mcpauth__worker *worker, const struct mcpauth__get *get,
	const struct mcpauth__post *post)
{
	struct mcpauth_error err;
	struct mcpauth_fetch *fetch;
	enum mcpauth_code code = make(worker, get, &fetch, &err);
	if (code == MCPAUTH_OK && post != NULL) {
		code = load(fetch, post, &err);
	}
	if (code == MCPAUTH_OK) {
		code = admit(fetch, &err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__fetch_release(fetch);
		mcpauth__log(worker->log, MCPAUTH_LOG_DEBUG, code, NULL, err.message);
		get->done(&(struct mcpauth__response){.code = code,
				  .body = "",
				  .max_age = MCPAUTH_NONE,
				  .message = err.message},
			get->user);
	} else if (worker->fetch != NULL) {
		ask_program(fetch);
	}
}

void mcpauth__worker_get(struct mcpauth__worker *worker, const struct mcpauth__get *get)
{
	begin(worker, get, NULL);
}

void mcpauth__worker_post(struct mcpauth__worker *worker, const struct mcpauth__post *post)
{
	begin(worker, &post->to, post);
}

static void log_end(const struct mcpauth_fetch *fetch, const struct mcpauth__response *response)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE + 64];
	char size[32] = "";
	int64_t now = mcpauth__clock_monotonic(fetch->worker->clock);
	if (response->length > 0) {
		snprintf(size, sizeof size, ", %zu bytes", response->length);
	}
	snprintf(line, sizeof line, "%s %s%s in %lld ms", mcpauth_fetch_method(fetch),
		response->message, size, (long long)(now - fetch->since));
	mcpauth__log(fetch->worker->log, MCPAUTH_LOG_DEBUG, response->code, NULL, line);
}

/* A query may hold what no log is to see. */
static void describe(
	struct mcpauth_fetch *fetch, struct mcpauth__response *response, struct mcpauth_error *err)
{
	size_t shown = strcspn(fetch->url, "?");
	mcpauth__fail(err, response->code, "%.*s: %s", (int)(shown < URL_SHOWN ? shown : URL_SHOWN),
		fetch->url, response->message);
	response->message = err->message;
	log_end(fetch, response);
}

void mcpauth__fetch_end(struct mcpauth_fetch *fetch, struct mcpauth__response *response)
{
	struct mcpauth_error err;
	struct mcpauth__worker *worker = fetch->worker;
	if (atomic_exchange(&fetch->ended, true)) {
		return;
	}
	pthread_mutex_lock(&worker->lock);
	unlink_from(fetch);
	bool was_armed = mcpauth__timers_remove(&worker->timers, &fetch->deadline);
	pthread_mutex_unlock(&worker->lock);
	describe(fetch, response, &err);
	fetch->done(response, fetch->user);
	mcpauth__transfer_free(fetch->transfer);
	mcpauth__worker_unpin(worker);
	if (was_armed) {
		mcpauth__fetch_release(fetch);
	}
	mcpauth__fetch_release(fetch);
}

void mcpauth__fetch_fail(struct mcpauth_fetch *fetch, enum mcpauth_code code, const char *message)
{
	mcpauth__fetch_end(fetch,
		&(struct mcpauth__response){
			.code = code, .body = "", .max_age = MCPAUTH_NONE, .message = message});
}

/* One that somebody else is just ending is left to them. */
static struct mcpauth_fetch *hold_any(struct mcpauth__worker *worker, bool only_started)
{
	pthread_mutex_lock(&worker->lock);
	struct mcpauth_fetch *fetch = worker->fetches;
	while (fetch != NULL && (atomic_load(&fetch->ended) || (only_started && !fetch->started))) {
		fetch = fetch->next;
	}
	if (fetch != NULL) {
		atomic_fetch_add(&fetch->holders, 1);
	}
	pthread_mutex_unlock(&worker->lock);
	return fetch;
}

void mcpauth__fetch_cancel_all(struct mcpauth__worker *worker)
{
	struct mcpauth_fetch *fetch;
	while ((fetch = hold_any(worker, false)) != NULL) {
		mcpauth__fetch_fail(
			fetch, MCPAUTH_E_CANCELLED, "given up, the library is being taken down");
		mcpauth__fetch_release(fetch);
	}
}

void mcpauth__fetch_fail_started(struct mcpauth__worker *worker)
{
	struct mcpauth_fetch *fetch;
	while ((fetch = hold_any(worker, true)) != NULL) {
		mcpauth__fetch_fail(fetch, MCPAUTH_E_NO_MEMORY, "libcurl is out of memory");
		mcpauth__fetch_release(fetch);
	}
}

void mcpauth_fetch_answer_nonce(struct mcpauth_fetch *fetch, const char *nonce)
{
	if (nonce != NULL) {
		mcpauth__fetch_take_nonce(fetch, nonce, strlen(nonce));
	}
}

/* Too late an answer finds the fetch ended and nothing of the worker is
 * touched, which may be gone by then. */
void mcpauth_fetch_answer(
	struct mcpauth_fetch *fetch, unsigned status, const char *body, size_t length)
{
	char message[64];
	struct mcpauth__response response = {
		.status = status, .body = "", .max_age = MCPAUTH_NONE, .message = message};
	bool is_over = length > mcpauth__fetch_limit(fetch);
	response.nonce = mcpauth__fetch_nonce(fetch);
	snprintf(message, sizeof message, "answered %u", status);
	if (status == 0) {
		response.code = MCPAUTH_E_UNREACHABLE;
		response.message = "no answer";
	} else if (is_over && status / 100 == 2) {
		response.code = MCPAUTH_E_TOO_LARGE;
		response.message = mcpauth__fetch_over_limit(fetch);
	} else if (!is_over && body != NULL && mcpauth__fetch_wants_body(fetch, status)) {
		response.body = body;
		response.length = length;
	}
	mcpauth__fetch_end(fetch, &response);
	mcpauth__fetch_release(fetch);
}
