/* One thread that carries out requests, in the order in which they came. */
#define _POSIX_C_SOURCE 200809L

#include "redis_store.h"

#include <hiredis/hiredis.h>

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOST "127.0.0.1"
#define PORT 6379
#define TIMEOUT_MS 500

/* As many go out before the first answer is read. */
#define BATCH 64

/* After a failure nobody waits for Redis for so long: what is asked meanwhile fails at
 * once, since the library can do without. */
#define PAUSE_SECONDS 1

struct node {
	struct mcpauth_store_request *request;
	struct node *next;
};

struct redis_store {
	char *socket;
	char *host;
	int port;
	char *password;
	struct timeval timeout;
	pthread_t thread;

	/* The thread's own. */
	redisContext *redis; /* NULL: not connected */
	time_t failed_at;    /* 0: it has not */

	pthread_mutex_t lock; /* for all that follows */
	pthread_cond_t asked;
	struct node *first;
	struct node *last;
	bool stopping;
};

static bool is_status(const redisReply *reply, const char *text)
{
	return reply != NULL && reply->type == REDIS_REPLY_STATUS && strcmp(reply->str, text) == 0;
}

static time_t now(void)
{
	struct timespec time = {0};
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void disconnect(struct redis_store *store)
{
	redisFree(store->redis);
	store->redis = NULL;
	store->failed_at = now();
}

static bool log_in(struct redis_store *store)
{
	if (store->password == NULL) {
		return true;
	}
	redisReply *reply = redisCommand(store->redis, "AUTH %s", store->password);
	bool good = is_status(reply, "OK");
	freeReplyObject(reply);
	return good;
}

static bool connect_to(struct redis_store *store)
{
	if (store->redis != NULL) {
		return true;
	}
	if (store->failed_at != 0 && now() - store->failed_at < PAUSE_SECONDS) {
		return false;
	}
	store->redis = store->socket != NULL
		? redisConnectUnixWithTimeout(store->socket, store->timeout)
		: redisConnectWithTimeout(store->host, store->port, store->timeout);
	if (store->redis == NULL || store->redis->err != 0
		|| redisSetTimeout(store->redis, store->timeout) != REDIS_OK || !log_in(store)) {
		disconnect(store);
		return false;
	}
	store->failed_at = 0;
	return true;
}

/* Keys and values as bytes of their own: none of them can become a command. */
static bool send_command(struct redis_store *store, const struct mcpauth_store_request *request)
{
	size_t length;
	const char *key = mcpauth_store_key(request);
	const char *value = mcpauth_store_value(request, &length);
	unsigned seconds = mcpauth_store_seconds(request);
	int sent = REDIS_ERR;
	switch (mcpauth_store_operation(request)) {
	case MCPAUTH_STORE_GET:
		sent = redisAppendCommand(store->redis, "GET %s", key);
		break;
	case MCPAUTH_STORE_SET:
		sent = redisAppendCommand(
			store->redis, "SET %s %b EX %u", key, value, length, seconds);
		break;
	case MCPAUTH_STORE_ADD:
		/* Redis does one command after the other: of all processes one is first. */
		sent = redisAppendCommand(
			store->redis, "SET %s %b EX %u NX", key, value, length, seconds);
		break;
	case MCPAUTH_STORE_DELETE:
		sent = redisAppendCommand(store->redis, "DEL %s", key);
		break;
	}
	return sent == REDIS_OK;
}

static enum mcpauth_store_outcome outcome_of(
	enum mcpauth_store_operation operation, const redisReply *reply)
{
	bool is_nil = reply != NULL && reply->type == REDIS_REPLY_NIL;
	if (is_nil && operation == MCPAUTH_STORE_GET) {
		return MCPAUTH_STORE_ABSENT;
	}
	if (is_nil && operation == MCPAUTH_STORE_ADD) {
		return MCPAUTH_STORE_EXISTS;
	}
	bool is_deleted = reply != NULL && reply->type == REDIS_REPLY_INTEGER
		&& operation == MCPAUTH_STORE_DELETE;
	return is_deleted || is_status(reply, "OK") ? MCPAUTH_STORE_DONE : MCPAUTH_STORE_FAILED;
}

static void answer(struct mcpauth_store_request *request, const redisReply *reply)
{
	enum mcpauth_store_operation operation = mcpauth_store_operation(request);
	if (operation == MCPAUTH_STORE_GET && reply != NULL && reply->type == REDIS_REPLY_STRING) {
		mcpauth_store_found(request, reply->str, reply->len);
	} else {
		mcpauth_store_done(request, outcome_of(operation, reply));
	}
}

/* NULL if there is none: then there is no connection any more, either. */
static redisReply *read_reply(struct redis_store *store)
{
	void *reply = NULL;
	if (store->redis != NULL && redisGetReply(store->redis, &reply) != REDIS_OK) {
		disconnect(store);
	}
	return reply;
}

static void carry_out(
	struct redis_store *store, struct mcpauth_store_request **requests, size_t count)
{
	bool good = connect_to(store);
	for (size_t i = 0; i < count && good; i++) {
		good = send_command(store, requests[i]);
	}
	if (!good && store->redis != NULL) {
		disconnect(store);
	}
	for (size_t i = 0; i < count; i++) {
		redisReply *reply = read_reply(store);
		answer(requests[i], reply);
		freeReplyObject(reply);
	}
}

/* Waits for requests. @return how many; 0 if there are none and will be none */
static size_t take(struct redis_store *store, struct mcpauth_store_request **requests)
{
	size_t count = 0;
	pthread_mutex_lock(&store->lock);
	while (store->first == NULL && !store->stopping) {
		pthread_cond_wait(&store->asked, &store->lock);
	}
	while (store->first != NULL && count < BATCH) {
		struct node *node = store->first;
		store->first = node->next;
		requests[count++] = node->request;
		free(node);
	}
	pthread_mutex_unlock(&store->lock);
	return count;
}

static void *run(void *argument)
{
	struct redis_store *store = argument;
	struct mcpauth_store_request *requests[BATCH];
	size_t count;
	while ((count = take(store, requests)) > 0) {
		carry_out(store, requests, count);
	}
	return NULL;
}

void redis_store_carry_out(struct mcpauth_store_request *request, void *user)
{
	struct redis_store *store = user;
	struct node *node = calloc(1, sizeof *node);
	if (node == NULL) {
		mcpauth_store_done(request, MCPAUTH_STORE_FAILED);
		return;
	}
	node->request = request;
	pthread_mutex_lock(&store->lock);
	if (store->first == NULL) {
		store->first = node;
	} else {
		store->last->next = node;
	}
	store->last = node;
	pthread_cond_signal(&store->asked);
	pthread_mutex_unlock(&store->lock);
}

static bool copy(char **to, const char *from)
{
	*to = from != NULL ? strdup(from) : NULL;
	return *to != NULL || from == NULL;
}

static bool copy_config(struct redis_store *store, const struct redis_store_config *config)
{
	unsigned timeout_ms = config->timeout_ms != 0 ? config->timeout_ms : TIMEOUT_MS;
	store->timeout.tv_sec = (time_t)(timeout_ms / 1000);
	store->timeout.tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000;
	store->port = config->port != 0 ? config->port : PORT;
	return copy(&store->socket, config->socket)
		&& copy(&store->host, config->host != NULL ? config->host : HOST)
		&& copy(&store->password, config->password);
}

static void destroy(struct redis_store *store)
{
	redisFree(store->redis);
	pthread_cond_destroy(&store->asked);
	pthread_mutex_destroy(&store->lock);
	free(store->socket);
	free(store->host);
	free(store->password);
	free(store);
}

/* The thread takes its maker's signal mask: no signal is to end up there. */
static bool start_thread(struct redis_store *store)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int result = pthread_create(&store->thread, NULL, run, store);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result == 0;
}

struct redis_store *redis_store_new(const struct redis_store_config *config)
{
	struct redis_store *store = calloc(1, sizeof *store);
	if (store == NULL) {
		return NULL;
	}
	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->asked, NULL);
	if (!copy_config(store, config) || !start_thread(store)) {
		destroy(store);
		return NULL;
	}
	return store;
}

void redis_store_free(struct redis_store *store)
{
	if (store == NULL) {
		return;
	}
	pthread_mutex_lock(&store->lock);
	store->stopping = true;
	pthread_cond_signal(&store->asked);
	pthread_mutex_unlock(&store->lock);
	pthread_join(store->thread, NULL);
	destroy(store);
}
