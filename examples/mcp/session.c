/* Keeps the sessions of a server in a table of fixed size. An id is a handle, which tells
 * by itself whose it is: the table knows which sessions are still open, and nothing else. */
#define _POSIX_C_SOURCE 200809L

#include "session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct session {
	char id[MCPAUTH_HANDLE_SIZE]; /* empty if the place is free */
	int64_t used;
};

struct sessions {
	struct mcpauth_handles *handles;
	session_clock_fn clock;
	pthread_mutex_t lock; /* over all that follows */
	struct session all[SESSIONS_MAX];
};

static int64_t monotonic(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct sessions *sessions_new(struct mcpauth *auth, session_clock_fn clock)
{
	struct mcpauth_handles_config config = MCPAUTH_HANDLES_CONFIG_INIT;
	config.purpose = "session";
	config.lifetime = MCPAUTH_NONE; /* the table says when one ends */
	struct sessions *sessions = calloc(1, sizeof *sessions);
	if (sessions == NULL
		|| mcpauth_handles_new(auth, &config, &sessions->handles, NULL) != MCPAUTH_OK
		|| pthread_mutex_init(&sessions->lock, NULL) != 0) {
		mcpauth_handles_free(sessions != NULL ? sessions->handles : NULL);
		free(sessions);
		return NULL;
	}
	sessions->clock = clock != NULL ? clock : monotonic;
	return sessions;
}

void sessions_free(struct sessions *sessions)
{
	if (sessions == NULL) {
		return;
	}
	pthread_mutex_destroy(&sessions->lock);
	mcpauth_handles_free(sessions->handles);
	free(sessions);
}

static bool is_open(const struct session *session, int64_t now)
{
	return session->id[0] != '\0' && now - session->used < SESSION_IDLE_MS;
}

/* A free place, or that of the one idle for the longest time: who has expired has been
 * idle for longer than any other. */
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
	return idlest;
}

bool sessions_open(struct sessions *sessions, const struct mcpauth_auth_info *who,
	char id[MCPAUTH_HANDLE_SIZE])
{
	if (mcpauth_handle_make(sessions->handles, who, id, NULL) != MCPAUTH_OK) {
		return false;
	}
	pthread_mutex_lock(&sessions->lock);
	struct session *session = make_room(sessions);
	memcpy(session->id, id, MCPAUTH_HANDLE_SIZE);
	session->used = sessions->clock();
	pthread_mutex_unlock(&sessions->lock);
	return true;
}

/* @return false if it is no handle of this caller's */
static bool read_id(const struct sessions *sessions, struct slice text,
	const struct mcpauth_auth_info *who, char id[MCPAUTH_HANDLE_SIZE])
{
	if (text.at == NULL || text.length >= MCPAUTH_HANDLE_SIZE) {
		return false;
	}
	memcpy(id, text.at, text.length);
	id[text.length] = '\0';
	return mcpauth_handle_check(sessions->handles, who, id, NULL) == MCPAUTH_OK;
}

/* NULL if it has ended. */
static struct session *find(struct sessions *sessions, const char *id)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *session = &sessions->all[i];
		if (strcmp(session->id, id) == 0) {
			return is_open(session, sessions->clock()) ? session : NULL;
		}
	}
	return NULL;
}

bool sessions_use(struct sessions *sessions, struct slice id, const struct mcpauth_auth_info *who)
{
	char read[MCPAUTH_HANDLE_SIZE];
	if (!read_id(sessions, id, who, read)) {
		return false;
	}
	pthread_mutex_lock(&sessions->lock);
	struct session *session = find(sessions, read);
	if (session != NULL) {
		session->used = sessions->clock();
	}
	pthread_mutex_unlock(&sessions->lock);
	return session != NULL;
}

bool sessions_close(struct sessions *sessions, struct slice id, const struct mcpauth_auth_info *who)
{
	char read[MCPAUTH_HANDLE_SIZE];
	if (!read_id(sessions, id, who, read)) {
		return false;
	}
	pthread_mutex_lock(&sessions->lock);
	struct session *session = find(sessions, read);
	if (session != NULL) {
		*session = (struct session){0};
	}
	pthread_mutex_unlock(&sessions->lock);
	return session != NULL;
}
