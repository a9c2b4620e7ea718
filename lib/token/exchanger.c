/* Asking a token endpoint for other tokens: joined requests and kept answers. */
#include "token/exchanger.h"

#include "base/array.h"
#include "base/error_int.h"
#include "base/form.h"
#include "base/words.h"
#include "token/exchanged.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:token-exchange"
#define ACCESS_TOKEN_TYPE "urn:ietf:params:oauth:token-type:access_token"
#define WAYS 4
#define KEPT_SECONDS_MAX 86400
#define KEPT_SECONDS_UNKNOWN 60 /* if the endpoint does not say */
#define MARGIN_SECONDS_MAX 30
#define FAILED_MS 1000

struct mcpauth__flight {
	atomic_uint refs;
	atomic_bool landed;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	int64_t subject_expires_at;
	int64_t real; /* when it began */
	int64_t monotonic;

	/* Of one under way, under the exchanger's lock. */
	struct mcpauth__exchanger *exchanger;
	struct mcpauth__flight *next;
	struct mcpauth__waiter **waiters;
	size_t waiter_count;

	/* Written before it lands. */
	int64_t until; /* monotonic milliseconds */
	struct mcpauth_exchanged_token *token;
	struct mcpauth_error err;
};

struct mcpauth__exchanger {
	atomic_uint refs;
	struct mcpauth__worker *worker;
	unsigned timeout_ms;
	char *endpoint;
	struct mcpauth__client_proof *client;
	struct mcpauth__buf form; /* but for the subject token and the client's proof */

	pthread_mutex_t lock;            /* for what follows */
	struct mcpauth__flight *flights; /* no more than the worker lets fly */
	size_t buckets;                  /* a power of two; 0: nothing is kept */
	struct mcpauth__flight **kept;   /* WAYS in each */
};

static bool make_cache(struct mcpauth__exchanger *made, unsigned entries)
{
	if (entries == 0) {
		return true;
	}
	made->buckets = 1;
	while (made->buckets * 2 * WAYS <= entries) {
		made->buckets *= 2;
	}
	made->kept = calloc(made->buckets * WAYS, sizeof(struct mcpauth__flight *));
	return made->kept != NULL;
}

static size_t encoded_length(const char *text)
{
	return text != NULL ? MCPAUTH__FORM_ENCODED(strlen(text)) : 0;
}

static bool make_form(
	struct mcpauth__exchanger *made, const struct mcpauth_token_exchange_config *config)
{
	struct mcpauth__buf *form = &made->form;
	return mcpauth__form_add(form, "grant_type", GRANT_TYPE)
		&& mcpauth__form_add(form, "requested_token_type", ACCESS_TOKEN_TYPE)
		&& mcpauth__form_add(form, "audience", config->audience)
		&& mcpauth__form_add(form, "resource", config->resource)
		&& mcpauth__form_add(form, "scope", config->scope)
		&& mcpauth__form_add(form, "subject_token_type", ACCESS_TOKEN_TYPE);
}

struct mcpauth__exchanger *mcpauth__exchanger_new(
	const struct mcpauth_token_exchange_config *config, struct mcpauth__client_proof *client,
	struct mcpauth__worker *worker, unsigned timeout_ms)
{
	struct mcpauth__exchanger *made = calloc(1, sizeof *made);
	if (made == NULL || pthread_mutex_init(&made->lock, NULL) != 0) {
		mcpauth__client_proof_free(client);
		free(made);
		return NULL;
	}
	atomic_init(&made->refs, 1);
	made->client = client;
	made->worker = worker;
	made->timeout_ms = timeout_ms;
	made->endpoint = mcpauth__strdup(config->token_endpoint);
	if (made->endpoint == NULL || !make_form(made, config)
		|| !make_cache(made, config->cache_entries)) {
		mcpauth__exchanger_free(made);
		return NULL;
	}
	return made;
}

void mcpauth__exchanger_free(struct mcpauth__exchanger *exchanger)
{
	if (exchanger == NULL || atomic_fetch_sub(&exchanger->refs, 1) != 1) {
		return;
	}
	for (size_t i = 0; i < exchanger->buckets * WAYS && exchanger->kept != NULL; i++) {
		mcpauth__flight_free(exchanger->kept[i]);
	}
	mcpauth__client_proof_free(exchanger->client);
	mcpauth__buf_finish(&exchanger->form);
	free(exchanger->endpoint);
	free(exchanger->kept);
	pthread_mutex_destroy(&exchanger->lock);
	free(exchanger);
}

static struct mcpauth__flight *flight_ref(struct mcpauth__flight *flight)
{
	atomic_fetch_add(&flight->refs, 1);
	return flight;
}

void mcpauth__flight_free(struct mcpauth__flight *flight)
{
	if (flight == NULL || atomic_fetch_sub(&flight->refs, 1) != 1) {
		return;
	}
	mcpauth_exchanged_token_free(flight->token);
	free(flight->waiters);
	free(flight);
}

enum mcpauth_code mcpauth__flight_result(struct mcpauth__flight *flight,
	struct mcpauth_exchanged_token **token, struct mcpauth_error *err)
{
	*token = NULL;
	if (!atomic_load(&flight->landed)) {
		return MCPAUTH_PENDING;
	}
	if (flight->token == NULL) {
		return mcpauth__fail(err, flight->err.code, "%s", flight->err.message);
	}
	*token = mcpauth_exchanged_token_ref(flight->token);
	return MCPAUTH_OK;
}

static bool is_for(const struct mcpauth__flight *flight, const unsigned char *digest)
{
	return flight != NULL
		&& mcpauth__equal_bytes(flight->digest, digest, sizeof flight->digest);
}

/* The digest is as good as random, so its first bytes choose the bucket. */
static struct mcpauth__flight **bucket_of(
	const struct mcpauth__exchanger *exchanger, const unsigned char *digest)
{
	size_t number;
	memcpy(&number, digest, sizeof number);
	return &exchanger->kept[(number & (exchanger->buckets - 1)) * WAYS];
}

/* The real clock may have been set since: a token whose caller's is over is not
 * handed out, whatever was reckoned before. */
static bool still_good(const struct mcpauth__flight *flight, const struct mcpauth__clock *clock)
{
	return mcpauth__clock_monotonic(clock) < flight->until
		&& (flight->token == NULL
			|| mcpauth__clock_real(clock) < flight->subject_expires_at);
}

/* Under the lock. What is over is dropped on the way: it holds a token. */
static struct mcpauth__flight *find_kept(
	struct mcpauth__exchanger *exchanger, const unsigned char *digest)
{
	const struct mcpauth__clock *clock = mcpauth__worker_clock(exchanger->worker);
	struct mcpauth__flight *found = NULL;
	struct mcpauth__flight **ways = exchanger->buckets > 0 ? bucket_of(exchanger, digest)
							       : NULL;
	for (int i = 0; ways != NULL && i < WAYS; i++) {
		if (ways[i] != NULL && !still_good(ways[i], clock)) {
			mcpauth__flight_free(ways[i]);
			ways[i] = NULL;
		}
		if (is_for(ways[i], digest)) {
			found = flight_ref(ways[i]);
		}
	}
	return found;
}

/* Under the lock. Whose time is up first makes room. */
static void keep(struct mcpauth__exchanger *exchanger, struct mcpauth__flight *flight)
{
	if (exchanger->buckets == 0 || flight->until <= flight->monotonic) {
		return;
	}
	struct mcpauth__flight **ways = bucket_of(exchanger, flight->digest);
	struct mcpauth__flight **place = &ways[0];
	for (int i = 1; i < WAYS && *place != NULL && !is_for(*place, flight->digest); i++) {
		if (ways[i] == NULL || ways[i]->until < (*place)->until
			|| is_for(ways[i], flight->digest)) {
			place = &ways[i];
		}
	}
	mcpauth__flight_free(*place);
	*place = flight_ref(flight);
}

struct mcpauth__flight *mcpauth__exchanger_find(
	struct mcpauth__exchanger *exchanger, const struct mcpauth__subject *subject)
{
	pthread_mutex_lock(&exchanger->lock);
	struct mcpauth__flight *found = find_kept(exchanger, subject->digest);
	pthread_mutex_unlock(&exchanger->lock);
	return found;
}

static void unlink_flight(struct mcpauth__exchanger *exchanger, struct mcpauth__flight *flight)
{
	struct mcpauth__flight **at = &exchanger->flights;
	while (*at != flight) {
		at = &(*at)->next;
	}
	*at = flight->next;
}

/* Takes the reference that the request had. Whatever a waiter does when it
 * wakes, it finds the flight over. */
static void land(struct mcpauth__flight *flight)
{
	struct mcpauth__exchanger *exchanger = flight->exchanger;
	pthread_mutex_lock(&exchanger->lock);
	unlink_flight(exchanger, flight);
	keep(exchanger, flight);
	struct mcpauth__waiter **waiters = flight->waiters;
	size_t count = flight->waiter_count;
	flight->waiters = NULL;
	atomic_store(&flight->landed, true);
	pthread_mutex_unlock(&exchanger->lock);
	for (size_t i = 0; i < count; i++) {
		mcpauth__waiter_wake(waiters[i]);
		mcpauth__waiter_free(waiters[i]);
	}
	free(waiters);
	mcpauth__flight_free(flight);
	mcpauth__exchanger_free(exchanger);
}

/* What says nothing of the token or the endpoint is not remembered. */
static int64_t failed_ms(enum mcpauth_code code)
{
	switch (code) {
	case MCPAUTH_E_NO_MEMORY:
	case MCPAUTH_E_SYSTEM:
	case MCPAUTH_E_OVERLOADED:
	case MCPAUTH_E_CANCELLED:
		return 0;
	default:
		return FAILED_MS;
	}
}

static int64_t kept_seconds(const struct mcpauth__flight *flight, int64_t lifetime)
{
	int64_t seconds = KEPT_SECONDS_UNKNOWN;
	if (lifetime != MCPAUTH__LIFETIME_UNKNOWN) {
		int64_t margin = lifetime / 10 + (lifetime % 10 != 0 ? 1 : 0);
		seconds = lifetime - (margin < MARGIN_SECONDS_MAX ? margin : MARGIN_SECONDS_MAX);
	}
	if (seconds > KEPT_SECONDS_MAX) {
		seconds = KEPT_SECONDS_MAX;
	}
	int64_t left = flight->subject_expires_at - flight->real;
	return seconds < left ? seconds : left;
}

static void on_response(const struct mcpauth__response *response, void *user)
{
	struct mcpauth__flight *flight = user;
	struct mcpauth__worker *worker = flight->exchanger->worker;
	int64_t lifetime;
	enum mcpauth_code code = mcpauth__exchanged_token_read(
		response, flight->real, &flight->token, &lifetime, &flight->err);
	if (code == MCPAUTH_OK) {
		flight->until = flight->monotonic + kept_seconds(flight, lifetime) * 1000;
	} else {
		int64_t now = mcpauth__clock_monotonic(mcpauth__worker_clock(worker));
		flight->until = failed_ms(code) > 0 ? now + failed_ms(code) : 0;
		mcpauth__error_prefix(&flight->err, "token exchange");
	}
	if (code != MCPAUTH_OK && code != MCPAUTH_E_CANCELLED) {
		mcpauth__log(mcpauth__worker_log(worker), MCPAUTH_LOG_WARNING, code, NULL,
			flight->err.message);
	}
	land(flight);
}

static void fail_flight(struct mcpauth__flight *flight, const struct mcpauth_error *err)
{
	on_response(&(struct mcpauth__response){.code = err->code,
			    .body = "",
			    .max_age = MCPAUTH_NONE,
			    .message = err->message},
		flight);
}

static enum mcpauth_code make_whole_form(const struct mcpauth__flight *flight,
	const char *subject_token, struct mcpauth__buf *form, struct mcpauth_error *err)
{
	const struct mcpauth__exchanger *exchanger = flight->exchanger;
	mcpauth__buf_reserve(form, exchanger->form.length + encoded_length(subject_token) + 64);
	if (!mcpauth__buf_append(form, exchanger->form.data, exchanger->form.length)
		|| !mcpauth__form_add(form, "subject_token", subject_token)) {
		return mcpauth__no_memory(err);
	}
	return mcpauth__client_authenticate(exchanger->client, flight->real, form, err);
}

/* Without the lock: the answer may come before this returns. */
static void take_off(struct mcpauth__flight *flight, const char *subject_token)
{
	const struct mcpauth__exchanger *exchanger = flight->exchanger;
	struct mcpauth__buf form = {0};
	struct mcpauth_error err;
	if (make_whole_form(flight, subject_token, &form, &err) != MCPAUTH_OK) {
		fail_flight(flight, &err);
	} else {
		mcpauth__worker_post(exchanger->worker,
			&(struct mcpauth__post){
				.to = {.url = exchanger->endpoint,
					.timeout_ms = exchanger->timeout_ms,
					.done = on_response,
					.user = flight},
				.form = form.data,
				.authorization = mcpauth__client_authorization(exchanger->client),
			});
	}
	mcpauth__buf_wipe(&form);
}

/* Under the lock. Its caller's reference and the request's own. */
static struct mcpauth__flight *make_flight(
	struct mcpauth__exchanger *exchanger, const struct mcpauth__subject *subject)
{
	const struct mcpauth__clock *clock = mcpauth__worker_clock(exchanger->worker);
	struct mcpauth__flight *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return NULL;
	}
	atomic_init(&made->refs, 2);
	atomic_init(&made->landed, false);
	memcpy(made->digest, subject->digest, sizeof made->digest);
	made->subject_expires_at = subject->expires_at;
	made->real = mcpauth__clock_real(clock);
	made->monotonic = mcpauth__clock_monotonic(clock);
	atomic_fetch_add(&exchanger->refs, 1);
	made->exchanger = exchanger;
	made->next = exchanger->flights;
	exchanger->flights = made;
	return made;
}

static struct mcpauth__flight *find_flying(
	struct mcpauth__exchanger *exchanger, const unsigned char *digest)
{
	struct mcpauth__flight *flight = exchanger->flights;
	while (flight != NULL && !is_for(flight, digest)) {
		flight = flight->next;
	}
	return flight != NULL ? flight_ref(flight) : NULL;
}

/* Under the lock. */
static enum mcpauth_code wait_for(struct mcpauth__flight *flight, struct mcpauth__waiter *waiter)
{
	if (atomic_load(&flight->landed)) {
		return MCPAUTH_OK;
	}
	if (!mcpauth__array_grow(&flight->waiters, flight->waiter_count)) {
		return MCPAUTH_E_NO_MEMORY;
	}
	flight->waiters[flight->waiter_count++] = mcpauth__waiter_ref(waiter);
	return MCPAUTH_PENDING;
}

enum mcpauth_code mcpauth__exchanger_join(struct mcpauth__exchanger *exchanger,
	const struct mcpauth__subject *subject, struct mcpauth__waiter *waiter,
	struct mcpauth__flight **flight)
{
	pthread_mutex_lock(&exchanger->lock);
	struct mcpauth__flight *found = find_kept(exchanger, subject->digest);
	if (found == NULL) {
		found = find_flying(exchanger, subject->digest);
	}
	if (found == NULL) {
		found = make_flight(exchanger, subject);
		if (found != NULL) {
			pthread_mutex_unlock(&exchanger->lock);
			take_off(found, subject->token);
			pthread_mutex_lock(&exchanger->lock);
		}
	}
	enum mcpauth_code code = found != NULL ? wait_for(found, waiter) : MCPAUTH_E_NO_MEMORY;
	pthread_mutex_unlock(&exchanger->lock);
	if (code == MCPAUTH_E_NO_MEMORY) {
		mcpauth__flight_free(found);
		found = NULL;
	}
	*flight = found;
	return code;
}
