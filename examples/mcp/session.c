/* Keeps the sessions of a server in a table of fixed size. */
#define _POSIX_C_SOURCE 200809L

#include "session.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BUCKETS 1024
/* The digits that choose a bucket. How long a look-up takes may tell of these,
 * and leaves 240 bits to guess. */
#define BUCKET_DIGITS 4

struct session {
	char id[SESSION_ID_SIZE]; /* empty if the place is free */
	char *issuer;
	char *subject;
	char *client_id;
	int64_t used;
	struct session *next; /* in its bucket */
};

struct sessions {
	pthread_mutex_t lock; /* over all that follows */
	session_clock_fn clock;
	struct session *buckets[BUCKETS];
	struct session all[SESSIONS_MAX];
};

static int64_t monotonic(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct sessions *sessions_new(session_clock_fn clock)
{
	struct sessions *sessions = calloc(1, sizeof *sessions);
	if (sessions == NULL || pthread_mutex_init(&sessions->lock, NULL) != 0) {
		free(sessions);
		return NULL;
	}
	sessions->clock = clock != NULL ? clock : monotonic;
	return sessions;
}

static struct session **bucket(struct sessions *sessions, const char *id)
{
	unsigned number = 0;
	for (int i = 0; i < BUCKET_DIGITS; i++) {
		number = number * 31 + (unsigned char)id[i];
	}
	return &sessions->buckets[number % BUCKETS];
}

static void forget_owner(struct session *session)
{
	free(session->issuer);
	free(session->subject);
	free(session->client_id);
}

static void drop(struct sessions *sessions, struct session *session)
{
	struct session **place = bucket(sessions, session->id);
	while (*place != session) {
		place = &(*place)->next;
	}
	*place = session->next;
	forget_owner(session);
	*session = (struct session){0};
}

void sessions_free(struct sessions *sessions)
{
	if (sessions == NULL) {
		return;
	}
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		forget_owner(&sessions->all[i]);
	}
	pthread_mutex_destroy(&sessions->lock);
	free(sessions);
}

static bool copy(char **place, const char *text)
{
	*place = text != NULL ? strdup(text) : NULL;
	return text == NULL || *place != NULL;
}

static bool make_id(char id[SESSION_ID_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char random[SESSION_ID_BYTES];
	if (gnutls_rnd(GNUTLS_RND_KEY, random, sizeof random) != 0) {
		return false;
	}
	for (size_t i = 0; i < sizeof random; i++) {
		id[2 * i] = hex[random[i] >> 4];
		id[2 * i + 1] = hex[random[i] & 0xf];
	}
	id[SESSION_ID_SIZE - 1] = '\0';
	return true;
}

/* Expired ones have been idle for longer than any other. */
static struct session *make_room(struct sessions *sessions)
{
	struct session *idlest = &sessions->all[0];
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *session = &sessions->all[i];
		if (session->id[0] == '\0') {
			return session;
		}
		if (session->used < idlest->used) {
			idlest = session;
		}
	}
	drop(sessions, idlest);
	return idlest;
}

bool sessions_open(
	struct sessions *sessions, const struct session_owner *owner, char id[SESSION_ID_SIZE])
{
	struct session made = {0};
	id[0] = '\0';
	if (!copy(&made.issuer, owner->issuer) || !copy(&made.subject, owner->subject)
		|| !copy(&made.client_id, owner->client_id) || !make_id(made.id)) {
		forget_owner(&made);
		return false;
	}
	memcpy(id, made.id, SESSION_ID_SIZE);
	pthread_mutex_lock(&sessions->lock);
	struct session *session = make_room(sessions);
	struct session **place = bucket(sessions, id);
	made.used = sessions->clock();
	made.next = *place;
	*session = made;
	*place = session;
	pthread_mutex_unlock(&sessions->lock);
	return true;
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool belongs_to(const struct session *session, const struct session_owner *owner)
{
	return same(session->issuer, owner->issuer) && same(session->subject, owner->subject)
		&& same(session->client_id, owner->client_id);
}

/* An id is no credential: it opens nothing to those who only know it. */
static struct session *find(
	struct sessions *sessions, struct slice id, const struct session_owner *owner)
{
	if (id.length != SESSION_ID_SIZE - 1) {
		return NULL;
	}
	struct session *session = *bucket(sessions, id.at);
	while (session != NULL && gnutls_memcmp(session->id, id.at, id.length) != 0) {
		session = session->next;
	}
	if (session != NULL && sessions->clock() - session->used >= SESSION_IDLE_MS) {
		drop(sessions, session);
		return NULL;
	}
	return session != NULL && belongs_to(session, owner) ? session : NULL;
}

bool sessions_use(struct sessions *sessions, struct slice id, const struct session_owner *owner)
{
	pthread_mutex_lock(&sessions->lock);
	struct session *session = find(sessions, id, owner);
	if (session != NULL) {
		session->used = sessions->clock();
	}
	pthread_mutex_unlock(&sessions->lock);
	return session != NULL;
}

bool sessions_close(struct sessions *sessions, struct slice id, const struct session_owner *owner)
{
	pthread_mutex_lock(&sessions->lock);
	struct session *session = find(sessions, id, owner);
	if (session != NULL) {
		drop(sessions, session);
	}
	pthread_mutex_unlock(&sessions->lock);
	return session != NULL;
}
