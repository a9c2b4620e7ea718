/* Logout tokens, posted by a thread of their own: a resource that gets one may ask
 * this server for its keys before it answers. */
#define _GNU_SOURCE

#include "log.h"
#include "logout.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVENT "http://schemas.openid.net/event/backchannel-logout"
#define SECONDS_TO_POST 3L
#define SECONDS_GOOD 120
#define WAITING 1000

struct notice {
	struct notice *next;
	char *url;
	char *body;
};

struct logouts {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct notice *first;
	struct notice **end;
	unsigned waiting;
	bool stop;
};

static void notice_free(struct notice *notice)
{
	free(notice->url);
	free(notice->body);
	free(notice);
}

static size_t discard(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	return size * count;
}

static bool is_stopping(struct logouts *logouts)
{
	pthread_mutex_lock(&logouts->lock);
	bool stop = logouts->stop;
	pthread_mutex_unlock(&logouts->lock);
	return stop;
}

/* Once a second or so: who stops the server shall not wait for who does not answer. */
static int on_progress(
	void *user, curl_off_t to_receive, curl_off_t received, curl_off_t to_send, curl_off_t sent)
{
	(void)to_receive;
	(void)received;
	(void)to_send;
	(void)sent;
	return is_stopping(user) ? 1 : 0;
}

/* The URL is from the command line, so it may lead anywhere. */
static void post(struct logouts *logouts, const struct notice *notice)
{
	CURL *curl = must(curl_easy_init());
	long status = 0;
	curl_easy_setopt(curl, CURLOPT_URL, notice->url);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, notice->body);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, SECONDS_TO_POST);
	curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, logouts);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "mcpauth-demo-authorization-server");
	CURLcode code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK) {
		log_line(LOG_WARNING, "logout at %s: %s", notice->url, curl_easy_strerror(code));
	} else {
		log_line(status == 200 || status == 204 ? LOG_INFO : LOG_WARNING,
			"logout at %s: %ld", notice->url, status);
	}
	curl_easy_cleanup(curl);
}

/* The next one; NULL at the end. */
static struct notice *take(struct logouts *logouts)
{
	struct notice *notice = NULL;
	pthread_mutex_lock(&logouts->lock);
	while (logouts->first == NULL && !logouts->stop) {
		pthread_cond_wait(&logouts->changed, &logouts->lock);
	}
	if (!logouts->stop) {
		notice = logouts->first;
		logouts->first = notice->next;
		logouts->waiting--;
		if (logouts->first == NULL) {
			logouts->end = &logouts->first;
		}
	}
	pthread_mutex_unlock(&logouts->lock);
	return notice;
}

static void *run(void *user)
{
	struct notice *notice;
	while ((notice = take(user)) != NULL) {
		post(user, notice);
		notice_free(notice);
	}
	return NULL;
}

struct logouts *logouts_start(void)
{
	struct logouts *logouts = must(calloc(1, sizeof *logouts));
	logouts->end = &logouts->first;
	pthread_mutex_init(&logouts->lock, NULL);
	pthread_cond_init(&logouts->changed, NULL);
	if (pthread_create(&logouts->thread, NULL, run, logouts) != 0) {
		pthread_cond_destroy(&logouts->changed);
		pthread_mutex_destroy(&logouts->lock);
		free(logouts);
		return NULL;
	}
	return logouts;
}

void logouts_stop(struct logouts *logouts)
{
	if (logouts == NULL) {
		return;
	}
	pthread_mutex_lock(&logouts->lock);
	logouts->stop = true;
	pthread_cond_signal(&logouts->changed);
	pthread_mutex_unlock(&logouts->lock);
	pthread_join(logouts->thread, NULL);
	while (logouts->first != NULL) {
		struct notice *notice = logouts->first;
		logouts->first = notice->next;
		notice_free(notice);
	}
	pthread_cond_destroy(&logouts->changed);
	pthread_mutex_destroy(&logouts->lock);
	free(logouts);
}

/* Without room it is dropped: nobody waits for it. @param body taken */
static void hand_over(struct logouts *logouts, const char *url, char *body)
{
	struct notice *notice = must(calloc(1, sizeof *notice));
	notice->url = text_copy(url);
	notice->body = body;
	pthread_mutex_lock(&logouts->lock);
	if (logouts->waiting < WAITING) {
		*logouts->end = notice;
		logouts->end = &notice->next;
		logouts->waiting++;
		notice = NULL;
		pthread_cond_signal(&logouts->changed);
	}
	pthread_mutex_unlock(&logouts->lock);
	if (notice != NULL) {
		log_line(LOG_WARNING, "too many logout tokens wait");
		notice_free(notice);
	}
}

/* Section 2.4 of the specification: never a nonce. */
static char *logout_token(
	const struct server *server, const struct session *session, const char *audience)
{
	char identifier[SECRET_SIZE];
	double now = (double)time(NULL);
	cJSON *claims = must(cJSON_CreateObject());
	text_secret(identifier);
	must(cJSON_AddStringToObject(claims, "iss", server->issuer));
	must(cJSON_AddStringToObject(claims, "aud", audience));
	must(cJSON_AddNumberToObject(claims, "iat", now));
	must(cJSON_AddNumberToObject(claims, "exp", now + SECONDS_GOOD));
	must(cJSON_AddStringToObject(claims, "jti", identifier));
	must(cJSON_AddStringToObject(claims, "sub", session->user));
	must(cJSON_AddStringToObject(claims, "sid", session->id));
	cJSON *events = must(cJSON_AddObjectToObject(claims, "events"));
	must(cJSON_AddObjectToObject(events, EVENT));
	char *token = keys_sign(server->keys, "logout+jwt", claims);
	cJSON_Delete(claims);
	return token;
}

void logouts_tell(struct server *server, const struct session *session)
{
	const struct introspectors *all = &server->settings.introspectors;
	for (unsigned i = 0; i < all->count; i++) {
		const struct introspector *one = &all->list[i];
		char *body;
		char *token = one->logout_uri == NULL ? NULL
						      : logout_token(server, session, one->id);
		if (token != NULL) {
			if (asprintf(&body, "logout_token=%s", token) < 0) {
				must(NULL);
			}
			hand_over(server->logouts, one->logout_uri, body);
			free(token);
		}
	}
}
