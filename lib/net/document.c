/* A document kept for many: one fetch for all, renewed before it is old. */
#include "net/document.h"

#include "base/error_int.h"
#include "base/hash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_GENERATION 0
#define MESSAGE_SIZE 96

struct waiting {
	struct mcpauth__waiter **items;
	size_t count;
	size_t capacity;
};

struct mcpauth__document {
	struct mcpauth__worker *worker;
	const struct mcpauth__document_kind *kind;
	void *user;
	struct mcpauth__document_times times;

	/* Written under the lock, read without it by whoever only compares. */
	_Atomic int64_t fresh_until; /* nothing is to be done before */
	_Atomic int64_t serves_until;
	_Atomic uint64_t generation;

	pthread_mutex_t lock; /* for all that follows, but the flight's own */
	void *value;          /* NULL before the first good fetch */
	int64_t fetched_at;
	bool fetching;
	unsigned failures; /* since the last good fetch */
	int64_t retry_at;
	struct mcpauth_error failure;
	struct waiting waiting;

	/* The flight's: whoever set `fetching` owns these until it is false. */
	unsigned attempt;
	struct mcpauth_error miss;
	bool has_digest; /* of the text the value was made of */
	unsigned char digest[MCPAUTH__SHA256_SIZE];
};

struct mcpauth__document *mcpauth__document_new(struct mcpauth__worker *worker,
	const struct mcpauth__document_kind *kind, void *user,
	const struct mcpauth__document_times *times)
{
	struct mcpauth__document *document = calloc(1, sizeof *document);
	if (document == NULL) {
		return NULL;
	}
	document->worker = worker;
	document->kind = kind;
	document->user = user;
	document->times = *times;
	atomic_init(&document->fresh_until, INT64_MIN);
	atomic_init(&document->serves_until, 0);
	atomic_init(&document->generation, NO_GENERATION);
	if (pthread_mutex_init(&document->lock, NULL) != 0) {
		free(document);
		return NULL;
	}
	return document;
}

void mcpauth__document_free(struct mcpauth__document *document)
{
	if (document == NULL) {
		return;
	}
	if (document->value != NULL) {
		document->kind->free(document->value);
	}
	free(document->waiting.items);
	pthread_mutex_destroy(&document->lock);
	free(document);
}

static int64_t now_of(struct mcpauth__document *document)
{
	return mcpauth__clock_coarse(mcpauth__worker_clock(document->worker));
}

static bool is_serving(struct mcpauth__document *document, int64_t now)
{
	return document->value != NULL && now < atomic_load(&document->serves_until);
}

static bool wait_for(struct mcpauth__document *document, struct mcpauth__waiter *waiter)
{
	struct waiting *waiting = &document->waiting;
	if (waiter == NULL) {
		return true;
	}
	if (waiting->count == waiting->capacity) {
		size_t capacity = waiting->capacity < 8 ? 8 : waiting->capacity * 2;
		struct mcpauth__waiter **items = realloc(
			waiting->items, capacity * sizeof(struct mcpauth__waiter *));
		if (items == NULL) {
			return false;
		}
		waiting->items = items;
		waiting->capacity = capacity;
	}
	waiting->items[waiting->count++] = mcpauth__waiter_ref(waiter);
	return true;
}

/* Whatever a waiter does when it wakes, it finds the flight over. Afterwards the
 * document may be gone. */
static void wake_all(struct mcpauth__document *document, struct waiting *waiting)
{
	for (size_t i = 0; i < waiting->count; i++) {
		mcpauth__waiter_wake(waiting->items[i]);
		mcpauth__waiter_free(waiting->items[i]);
	}
	free(waiting->items);
	if (document->kind->let_go != NULL) {
		document->kind->let_go(document->user);
	}
}

/* Under the lock: the flight is over, who waited for it is the caller's to wake. */
static struct waiting land(struct mcpauth__document *document)
{
	struct waiting waiting = document->waiting;
	document->waiting = (struct waiting){0};
	document->fetching = false;
	return waiting;
}

/* Before anybody is woken: who then looks at the numbers finds it there. */
static void count(const struct mcpauth__document *document, bool is_good)
{
	mcpauth__tally_outcome(
		mcpauth__worker_tally(document->worker), document->kind->counter, is_good);
}

static unsigned backoff(unsigned failures)
{
	return failures > 4 ? 15 : 1u << (failures - 1);
}

/* Under the lock: of what is old, but serves on. */
static void describe_age(
	const struct mcpauth__document *document, int64_t now, char age[static MESSAGE_SIZE])
{
	int64_t left = atomic_load(&document->serves_until) - now;
	snprintf(age, MESSAGE_SIZE, ", what was fetched %lld s ago serves on for %lld s",
		(long long)(now - document->fetched_at) / 1000, (long long)left / 1000);
}

static void fail(struct mcpauth__document *document, const struct mcpauth_error *why)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE + 2 * MESSAGE_SIZE];
	struct mcpauth_error failure = *why;
	mcpauth__error_prefix(&failure, document->kind->name);
	count(document, false);
	pthread_mutex_lock(&document->lock);
	int64_t now = now_of(document);
	document->failures++;
	unsigned pause = backoff(document->failures);
	document->retry_at = now + (int64_t)pause * 1000;
	document->failure = failure;
	char age[MESSAGE_SIZE] = "";
	if (is_serving(document, now)) {
		describe_age(document, now, age);
	}
	struct waiting waiting = land(document);
	pthread_mutex_unlock(&document->lock);
	if (failure.code != MCPAUTH_E_CANCELLED) {
		snprintf(line, sizeof line, "%s; next try in %u s%s", failure.message, pause, age);
		mcpauth__log(mcpauth__worker_log(document->worker), MCPAUTH_LOG_WARNING,
			failure.code, NULL, line);
	}
	wake_all(document, &waiting);
}

/* Many servers started together shall not ask together for ever. It needs no
 * good randomness, only to differ from one process to the next. */
static int64_t jitter(const struct mcpauth__document *document, int64_t now, int64_t most)
{
	uint64_t mixed = (uint64_t)now * 0x9e3779b97f4a7c15u ^ (uint64_t)(uintptr_t)document;
	mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9u;
	return (int64_t)((mixed >> 32) % (uint64_t)(most + 1));
}

static unsigned fresh_seconds(const struct mcpauth__document_times *times, unsigned max_age)
{
	if (max_age == MCPAUTH_NONE) {
		return times->fresh;
	}
	if (max_age < times->fresh_min) {
		return times->fresh_min;
	}
	return max_age < times->fresh_max ? max_age : times->fresh_max;
}

/* @param from  its URL, and what it answered */
static void tell_success(
	const struct mcpauth__document *document, const char *from, int64_t fresh, int64_t serves)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE + 2 * MESSAGE_SIZE];
	snprintf(line, sizeof line,
		"%s taken from %s; renewed with the first use after %lld s, serves for %lld s",
		document->kind->name, from, (long long)fresh / 1000, (long long)serves / 1000);
	mcpauth__log(
		mcpauth__worker_log(document->worker), MCPAUTH_LOG_DEBUG, MCPAUTH_OK, NULL, line);
}

/* Whatever was found out with the value before holds with one of the same text as well:
 * to find it out anew for each token after each fetch would cost most of what the fetch
 * before saved. In doubt it is another text. */
static bool is_unchanged(
	struct mcpauth__document *document, const struct mcpauth__response *response)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	bool had_one = document->has_digest;
	document->has_digest = mcpauth__sha256(response->body, response->length, digest);
	if (!document->has_digest) {
		return false;
	}
	bool is_same = had_one && memcmp(document->digest, digest, sizeof digest) == 0;
	memcpy(document->digest, digest, sizeof digest);
	return is_same;
}

static void accept(
	struct mcpauth__document *document, void *value, const struct mcpauth__response *response)
{
	bool unchanged = is_unchanged(document, response);
	unsigned fresh = fresh_seconds(&document->times, response->max_age);
	unsigned serves = fresh > document->times.stale ? fresh : document->times.stale;
	count(document, true);
	pthread_mutex_lock(&document->lock);
	int64_t now = now_of(document);
	int64_t renew_at = now + (int64_t)fresh * 1000
		- jitter(document, now, (int64_t)fresh * 100);
	/* At least for those who wait for it. */
	int64_t serves_until = now + (serves > 0 ? (int64_t)serves * 1000 : 1000);
	renew_at = renew_at < serves_until ? renew_at : serves_until;
	void *old = document->value;
	document->value = value;
	document->fetched_at = now;
	document->failures = 0;
	document->retry_at = now;
	/* Before the time: nobody may think that the old value serves on. */
	if (!unchanged) {
		atomic_fetch_add(&document->generation, 1);
	}
	atomic_store(&document->serves_until, serves_until);
	atomic_store(&document->fresh_until, renew_at);
	struct waiting waiting = land(document);
	pthread_mutex_unlock(&document->lock);
	if (old != NULL) {
		document->kind->free(old);
	}
	tell_success(document, response->message, renew_at - now, serves_until - now);
	wake_all(document, &waiting);
}

static void read_answer(
	struct mcpauth__document *document, const struct mcpauth__response *response)
{
	struct mcpauth_error err = {0};
	void *value = NULL;
	enum mcpauth_code code = document->kind->parse(
		document->user, response->body, response->length, &value, &err);
	if (code == MCPAUTH_OK) {
		accept(document, value, response);
		return;
	}
	if (err.code == MCPAUTH_OK) {
		mcpauth__fail(&err, code, "it cannot be used");
	}
	fail(document, &err);
}

static void ask(struct mcpauth__document *document);

static void on_response(const struct mcpauth__response *response, void *user)
{
	struct mcpauth__document *document = user;
	struct mcpauth_error err;
	if (response->code == MCPAUTH_OK && response->status == 200) {
		read_answer(document, response);
		return;
	}
	if (response->code != MCPAUTH_OK) {
		mcpauth__fail(&err, response->code, "%s", response->message);
	} else {
		mcpauth__fail(&err, MCPAUTH_E_HTTP_STATUS, "%s%s", response->message,
			response->status / 100 == 3 ? ", and redirects are not followed" : "");
	}
	if (err.code == MCPAUTH_E_HTTP_STATUS && response->status / 100 == 4) {
		document->miss = err;
		document->attempt++;
		ask(document);
	} else {
		fail(document, &err);
	}
}

/* May end the flight before it returns. */
static void ask(struct mcpauth__document *document)
{
	char *url = NULL;
	char *learnt_from = NULL;
	if (document->kind->locate(document->user, document->attempt, &url, &learnt_from)) {
		mcpauth__worker_get(document->worker,
			&(struct mcpauth__get){
				.url = url,
				.learnt_from = learnt_from,
				.timeout_ms = document->times.timeout_ms,
				.done = on_response,
				.user = document,
			});
	} else {
		fail(document, &document->miss);
	}
	free(url);
	free(learnt_from);
}

/* Under the lock: begin a flight if there may be one. The network may answer
 * at once, so the lock is given up for it. */
static void fly(struct mcpauth__document *document, int64_t now)
{
	if (document->fetching || (document->failures > 0 && now < document->retry_at)) {
		return;
	}
	document->fetching = true;
	if (document->kind->hold != NULL) {
		document->kind->hold(document->user);
	}
	pthread_mutex_unlock(&document->lock);
	document->attempt = 0;
	mcpauth__fail(&document->miss, MCPAUTH_E_UNREACHABLE, "nothing says where to look");
	ask(document);
	pthread_mutex_lock(&document->lock);
}

/* Somebody whom the value of a generation does not help, and who may wait. */
struct wanted {
	uint64_t useless;
	struct mcpauth__waiter *waiter;
};

/* Under the lock: a value that helps, the wait for a flight, or the reason why there
 * is neither. */
static enum mcpauth_code look(struct mcpauth__document *document, const struct wanted *wanted,
	int64_t now, struct mcpauth__document_value *value, struct mcpauth_error *err)
{
	bool serving = is_serving(document, now);
	uint64_t generation = atomic_load(&document->generation);
	if (serving && generation != wanted->useless) {
		/* A callback under the lock, as hold is: it only counts. */
		value->value = document->kind->ref(document->value);
		value->generation = generation;
		return MCPAUTH_OK;
	}
	if (document->fetching) {
		return wait_for(document, wanted->waiter) ? MCPAUTH_PENDING
							  : mcpauth__no_memory(err);
	}
	if (document->failures > 0) {
		return mcpauth__fail(err, document->failure.code, "%s", document->failure.message);
	}
	return mcpauth__fail(err, serving ? MCPAUTH_E_UNKNOWN_KEY : MCPAUTH_E_BACKING_OFF,
		"%s: fetched %lld s ago, too recently to ask again", document->kind->name,
		(long long)(now - document->fetched_at) / 1000);
}

static bool is_fresh(struct mcpauth__document *document, int64_t now)
{
	return now < atomic_load_explicit(&document->fresh_until, memory_order_acquire);
}

bool mcpauth__document_is_fresh(struct mcpauth__document *document)
{
	return is_fresh(document, now_of(document));
}

enum mcpauth_code mcpauth__document_get(struct mcpauth__document *document,
	struct mcpauth__waiter *waiter, struct mcpauth__document_value *value,
	struct mcpauth_error *err)
{
	const struct wanted wanted = {NO_GENERATION, waiter};
	*value = (struct mcpauth__document_value){0};
	int64_t now = now_of(document);
	pthread_mutex_lock(&document->lock);
	if (!is_fresh(document, now)) {
		fly(document, now);
		now = now_of(document);
	}
	enum mcpauth_code code = look(document, &wanted, now, value, err);
	pthread_mutex_unlock(&document->lock);
	return code;
}

/* Under the lock: is one fetched for somebody whom that generation does not help? */
static bool may_renew(struct mcpauth__document *document, uint64_t useless, int64_t now)
{
	if (!is_serving(document, now)) {
		return true;
	}
	return atomic_load(&document->generation) == useless
		&& now - document->fetched_at >= (int64_t)document->times.cooldown * 1000;
}

enum mcpauth_code mcpauth__document_renew(struct mcpauth__document *document, uint64_t generation,
	struct mcpauth__waiter *waiter, struct mcpauth__document_value *value,
	struct mcpauth_error *err)
{
	const struct wanted wanted = {generation, waiter};
	*value = (struct mcpauth__document_value){0};
	int64_t now = now_of(document);
	pthread_mutex_lock(&document->lock);
	if (may_renew(document, generation, now)) {
		fly(document, now);
		now = now_of(document);
	}
	enum mcpauth_code code = look(document, &wanted, now, value, err);
	pthread_mutex_unlock(&document->lock);
	return code;
}

bool mcpauth__document_has_failed(struct mcpauth__document *document, bool *serves)
{
	int64_t now = now_of(document);
	pthread_mutex_lock(&document->lock);
	*serves = is_serving(document, now);
	bool failed = document->failures > 0 && !document->fetching;
	pthread_mutex_unlock(&document->lock);
	return failed;
}

bool mcpauth__document_retry_now(struct mcpauth__document *document)
{
	int64_t now = now_of(document);
	pthread_mutex_lock(&document->lock);
	bool landed = !document->fetching;
	if (landed) {
		document->retry_at = now;
	}
	pthread_mutex_unlock(&document->lock);
	return landed;
}

bool mcpauth__document_doubt(struct mcpauth__document *document, struct mcpauth__waiter *waiter)
{
	struct mcpauth__document_value newer;
	enum mcpauth_code code = mcpauth__document_renew(
		document, atomic_load(&document->generation), waiter, &newer, NULL);
	if (code == MCPAUTH_OK) {
		document->kind->free(newer.value);
	}
	return code == MCPAUTH_PENDING;
}

uint64_t mcpauth__document_generation(const struct mcpauth__document *document, int64_t now)
{
	int64_t serves_until = atomic_load(&document->serves_until);
	uint64_t generation = atomic_load(&document->generation);
	return now < serves_until ? generation : NO_GENERATION;
}

int64_t mcpauth__document_renewable_at(struct mcpauth__document *document, uint64_t generation)
{
	int64_t at = INT64_MIN;
	pthread_mutex_lock(&document->lock);
	if (document->value != NULL && !document->fetching
		&& atomic_load(&document->generation) == generation) {
		int64_t fresh_until = atomic_load(&document->fresh_until);
		at = document->fetched_at + (int64_t)document->times.cooldown * 1000;
		at = fresh_until < at ? fresh_until : at;
	}
	pthread_mutex_unlock(&document->lock);
	return at;
}

unsigned mcpauth__document_retry_after(struct mcpauth__document *document)
{
	pthread_mutex_lock(&document->lock);
	int64_t wait = document->failures > 0 && !document->fetching
		? document->retry_at - now_of(document)
		: 0;
	pthread_mutex_unlock(&document->lock);
	return wait > 0 ? (unsigned)((wait + 999) / 1000) : 0;
}
