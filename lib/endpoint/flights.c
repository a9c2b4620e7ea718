/* Requests that are joined while they are under way, and kept once they have landed. */
#include "endpoint/flights.h"

#include "base/array.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 64
#define BUCKETS_MAX ((size_t)1 << 20)
#define SWEPT 2 /* of the oldest, at every landing */

struct mcpauth__flights {
	const struct mcpauth__clock *clock;
	mcpauth__flight_is_over_fn is_over;
	size_t limit;
	size_t bucket_count; /* a power of two */

	pthread_mutex_t lock; /* for all that follows, and each flight's part */
	struct mcpauth__flight **buckets;
	struct mcpauth__flight *oldest; /* of those that are kept */
	struct mcpauth__flight *newest;
	size_t kept;
};

struct mcpauth__flights *mcpauth__flights_new(
	const struct mcpauth__clock *clock, unsigned limit, mcpauth__flight_is_over_fn is_over)
{
	struct mcpauth__flights *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return NULL;
	}
	made->clock = clock;
	made->is_over = is_over;
	made->limit = limit;
	made->bucket_count = BUCKETS_MIN;
	while (made->bucket_count < limit && made->bucket_count < BUCKETS_MAX) {
		made->bucket_count *= 2;
	}
	made->buckets = calloc(made->bucket_count, sizeof(struct mcpauth__flight *));
	if (made->buckets == NULL || pthread_mutex_init(&made->lock, NULL) != 0) {
		free(made->buckets);
		free(made);
		return NULL;
	}
	return made;
}

/* The digest is as good as random, so its first bytes choose the bucket. */
static struct mcpauth__flight **bucket_of(
	const struct mcpauth__flights *flights, const unsigned char *digest)
{
	size_t number;
	memcpy(&number, digest, sizeof number);
	return &flights->buckets[number & (flights->bucket_count - 1)];
}

static void leave_line(struct mcpauth__flights *flights, struct mcpauth__flight *flight)
{
	*(flight->older != NULL ? &flight->older->newer : &flights->oldest) = flight->newer;
	*(flight->newer != NULL ? &flight->newer->older : &flights->newest) = flight->older;
	flight->older = NULL;
	flight->newer = NULL;
	flights->kept--;
}

/* Nobody finds it any more. The reference that kept it there is not given back. */
static void take_out(struct mcpauth__flights *flights, struct mcpauth__flight *flight)
{
	struct mcpauth__flight **at = bucket_of(flights, flight->digest);
	while (*at != flight) {
		at = &(*at)->next;
	}
	*at = flight->next;
	flight->next = NULL;
	if (flight->state == MCPAUTH__FLIGHT_KEPT) {
		leave_line(flights, flight);
	}
	flight->state = MCPAUTH__FLIGHT_ALONE;
}

static void drop(struct mcpauth__flights *flights, struct mcpauth__flight *flight)
{
	take_out(flights, flight);
	mcpauth__flight_free(flight);
}

void mcpauth__flights_free(struct mcpauth__flights *flights)
{
	if (flights == NULL) {
		return;
	}
	while (flights->oldest != NULL) {
		drop(flights, flights->oldest);
	}
	pthread_mutex_destroy(&flights->lock);
	free(flights->buckets);
	free(flights);
}

void mcpauth__flight_init(struct mcpauth__flight *flight, const unsigned char *digest,
	void (*destroy)(struct mcpauth__flight *flight))
{
	*flight = (struct mcpauth__flight){.destroy = destroy};
	atomic_init(&flight->refs, 1);
	atomic_init(&flight->landed, false);
	memcpy(flight->digest, digest, sizeof flight->digest);
}

static struct mcpauth__flight *ref(struct mcpauth__flight *flight)
{
	atomic_fetch_add(&flight->refs, 1);
	return flight;
}

void mcpauth__flight_free(struct mcpauth__flight *flight)
{
	if (flight != NULL && atomic_fetch_sub(&flight->refs, 1) == 1) {
		free(flight->waiters);
		flight->destroy(flight);
	}
}

static bool is_over(
	const struct mcpauth__flights *flights, const struct mcpauth__flight *flight, int64_t now)
{
	return flight->state == MCPAUTH__FLIGHT_KEPT
		&& (now >= flight->until || (flights->is_over != NULL && flights->is_over(flight)));
}

/* Under the lock. What is over is dropped on the way: it may hold a token. */
static struct mcpauth__flight *look(
	struct mcpauth__flights *flights, const unsigned char *digest, int64_t now)
{
	struct mcpauth__flight *found = NULL;
	struct mcpauth__flight *next;
	for (struct mcpauth__flight *at = *bucket_of(flights, digest); at != NULL; at = next) {
		next = at->next;
		if (is_over(flights, at, now)) {
			drop(flights, at);
		} else if (mcpauth__equal_bytes(at->digest, digest, sizeof at->digest)) {
			found = ref(at);
		}
	}
	return found;
}

struct mcpauth__flight *mcpauth__flights_find(
	struct mcpauth__flights *flights, const unsigned char *digest)
{
	int64_t now = mcpauth__clock_coarse(flights->clock);
	pthread_mutex_lock(&flights->lock);
	struct mcpauth__flight *found = look(flights, digest, now);
	pthread_mutex_unlock(&flights->lock);
	return found;
}

struct mcpauth__flight *mcpauth__flights_add(
	struct mcpauth__flights *flights, struct mcpauth__flight *flight)
{
	int64_t now = mcpauth__clock_coarse(flights->clock);
	pthread_mutex_lock(&flights->lock);
	struct mcpauth__flight *found = look(flights, flight->digest, now);
	if (found == NULL) {
		/* One for the request, until it lands. */
		found = ref(flight);
		struct mcpauth__flight **bucket = bucket_of(flights, flight->digest);
		flight->flights = flights;
		flight->state = MCPAUTH__FLIGHT_UNDER_WAY;
		flight->next = *bucket;
		*bucket = flight;
	}
	pthread_mutex_unlock(&flights->lock);
	return found;
}

/* Its request's reference becomes the set's. */
static void keep(struct mcpauth__flights *flights, struct mcpauth__flight *flight, int64_t until)
{
	flight->state = MCPAUTH__FLIGHT_KEPT;
	flight->until = until;
	flight->older = flights->newest;
	*(flight->older != NULL ? &flight->older->newer : &flights->oldest) = flight;
	flights->newest = flight;
	flights->kept++;
	if (flights->kept > flights->limit) {
		drop(flights, flights->oldest);
	}
}

/* Who is never asked for again goes, too, a little at a time. */
static void sweep(struct mcpauth__flights *flights, int64_t now)
{
	for (int i = 0;
		i < SWEPT && flights->oldest != NULL && is_over(flights, flights->oldest, now);
		i++) {
		drop(flights, flights->oldest);
	}
}

/* Who waits, on the way out of the lock. */
struct wakes {
	struct mcpauth__waiter **waiters;
	size_t count;
};

static struct wakes take_waiters(struct mcpauth__flight *flight)
{
	struct wakes taken = {flight->waiters, flight->waiter_count};
	flight->waiters = NULL;
	flight->waiter_count = 0;
	return taken;
}

static void wake(struct wakes wakes)
{
	for (size_t i = 0; i < wakes.count; i++) {
		mcpauth__waiter_wake(wakes.waiters[i]);
		mcpauth__waiter_free(wakes.waiters[i]);
	}
	free(wakes.waiters);
}

/* Under the lock. One that was forgotten under way is not there to be kept.
 * @return false if its request's reference is to be given back */
static bool keep_or_take_out(struct mcpauth__flights *flights, struct mcpauth__flight *flight,
	int64_t now, int64_t until)
{
	bool found = flight->state == MCPAUTH__FLIGHT_UNDER_WAY;
	bool kept = found && until > now && flights->limit > 0;
	if (kept) {
		keep(flights, flight, until);
	} else if (found) {
		take_out(flights, flight);
	}
	return kept;
}

void mcpauth__flight_land(struct mcpauth__flight *flight, int64_t until)
{
	struct mcpauth__flights *flights = flight->flights;
	int64_t now = mcpauth__clock_coarse(flights->clock);
	pthread_mutex_lock(&flights->lock);
	sweep(flights, now);
	struct wakes wakes = take_waiters(flight);
	atomic_store(&flight->landed, true);
	bool kept = keep_or_take_out(flights, flight, now, until);
	pthread_mutex_unlock(&flights->lock);
	wake(wakes);
	if (!kept) {
		mcpauth__flight_free(flight);
	}
}

enum mcpauth_code mcpauth__flight_wait(
	struct mcpauth__flight *flight, struct mcpauth__waiter *waiter)
{
	enum mcpauth_code code = MCPAUTH_PENDING;
	if (atomic_load(&flight->landed)) {
		return MCPAUTH_OK;
	}
	pthread_mutex_lock(&flight->flights->lock);
	if (atomic_load(&flight->landed)) {
		code = MCPAUTH_OK;
	} else if (waiter != NULL) {
		if (mcpauth__array_grow(&flight->waiters, flight->waiter_count)) {
			flight->waiters[flight->waiter_count++] = mcpauth__waiter_ref(waiter);
		} else {
			code = MCPAUTH_E_NO_MEMORY;
		}
	}
	pthread_mutex_unlock(&flight->flights->lock);
	return code;
}

void mcpauth__flight_keep_until(struct mcpauth__flight *flight, int64_t until)
{
	struct mcpauth__flights *flights = flight->flights;
	int64_t now = mcpauth__clock_coarse(flights->clock);
	pthread_mutex_lock(&flights->lock);
	if (flight->state == MCPAUTH__FLIGHT_KEPT && until < flight->until) {
		flight->until = until;
		if (until <= now) {
			drop(flights, flight);
		}
	}
	pthread_mutex_unlock(&flights->lock);
}

size_t mcpauth__flights_forget(struct mcpauth__flights *flights,
	bool (*concerns)(const struct mcpauth__flight *flight, void *user), void *user)
{
	size_t dropped = 0;
	struct mcpauth__flight *next;
	pthread_mutex_lock(&flights->lock);
	for (size_t i = 0; i < flights->bucket_count; i++) {
		for (struct mcpauth__flight *at = flights->buckets[i]; at != NULL; at = next) {
			next = at->next;
			if (at->state == MCPAUTH__FLIGHT_UNDER_WAY) {
				take_out(flights, at);
			} else if (concerns(at, user)) {
				drop(flights, at);
				dropped++;
			}
		}
	}
	pthread_mutex_unlock(&flights->lock);
	return dropped;
}
