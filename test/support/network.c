/* What the library's network is tried with: the thread and a real server, or a
 * document and a clock that is moved by hand. */
#include "support/network.h"

#include "net/fetch_int.h"
#include "support/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void network_sleep(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void keep_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct network *network = user;
	(void)code;
	(void)request;
	assert_int_equal(level, MCPAUTH_LOG_DEBUG);
	snprintf(network->line, sizeof network->line, "%s", message);
}

void network_restart(struct network *network)
{
	mcpauth__worker_free(network->worker);
	network->worker = mcpauth__worker_new(&network->config);
	assert_non_null(network->worker);
}

int network_start(void **state, struct loopback *loopback)
{
	struct network *network = calloc(1, sizeof *network);
	network->log.write = keep_line;
	network->log.user = network;
	network->log.clock = &network->clock;
	network->config.log = &network->log;
	network->config.clock = &network->clock;
	network->loopback = loopback;
	network_restart(network);
	*state = network;
	return 0;
}

int network_stop(void **state)
{
	struct network *network = *state;
	mcpauth__worker_free(network->worker);
	loopback_free(network->loopback);
	free(network);
	return 0;
}

static void on_done(const struct mcpauth__response *response, void *user)
{
	struct fetched *fetched = user;
	sigset_t blocked;
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	pthread_mutex_lock(&fetched->lock);
	fetched->calls++;
	fetched->code = response->code;
	fetched->status = response->status;
	fetched->length = response->length;
	fetched->max_age = response->max_age;
	snprintf(fetched->body, sizeof fetched->body, "%s", response->body);
	snprintf(fetched->nonce, sizeof fetched->nonce, "%s",
		response->nonce != NULL ? response->nonce : "");
	snprintf(fetched->message, sizeof fetched->message, "%s", response->message);
	fetched->blocks_signals = sigismember(&blocked, SIGTERM) == 1
		&& sigismember(&blocked, SIGINT) == 1 && sigismember(&blocked, SIGHUP) == 1
		&& sigismember(&blocked, SIGPIPE) == 1;
	pthread_cond_signal(&fetched->came);
	pthread_mutex_unlock(&fetched->lock);
}

static struct mcpauth__get complete(const struct mcpauth__get *get, struct fetched *fetched)
{
	struct mcpauth__get whole = *get;
	*fetched = (struct fetched){0};
	pthread_mutex_init(&fetched->lock, NULL);
	pthread_cond_init(&fetched->came, NULL);
	whole.timeout_ms = get->timeout_ms > 0 ? get->timeout_ms : NETWORK_LONG_MS;
	whole.done = on_done;
	whole.user = fetched;
	return whole;
}

void network_begin(struct network *network, const struct mcpauth__get *get, struct fetched *fetched)
{
	struct mcpauth__get whole = complete(get, fetched);
	mcpauth__worker_get(network->worker, &whole);
}

void network_begin_post(
	struct network *network, const struct mcpauth__post *post, struct fetched *fetched)
{
	struct mcpauth__post whole = *post;
	whole.to = complete(&post->to, fetched);
	mcpauth__worker_post(network->worker, &whole);
}

void network_begin_at(struct network *network, const char *origin, const char *path,
	unsigned timeout_ms, struct fetched *fetched)
{
	char url[256];
	snprintf(url, sizeof url, "%s:%u%s", origin, loopback_port(network->loopback), path);
	network_begin(
		network, &(struct mcpauth__get){.url = url, .timeout_ms = timeout_ms}, fetched);
}

void network_await(struct fetched *fetched)
{
	pthread_mutex_lock(&fetched->lock);
	while (fetched->calls == 0) {
		pthread_cond_wait(&fetched->came, &fetched->lock);
	}
	pthread_mutex_unlock(&fetched->lock);
}

void network_get(struct network *network, const char *path, struct fetched *fetched)
{
	network_begin_at(network, "http://127.0.0.1", path, 0, fetched);
	network_await(fetched);
}

int64_t network_now(struct network *network)
{
	return mcpauth__clock_monotonic(&network->clock);
}

/* Values are released without a word about whose they are. */
static struct document_fixture *living_in;

static void tell(int64_t *real, int64_t *monotonic, void *user)
{
	struct document_fixture *fixture = user;
	*real = 0;
	*monotonic = atomic_load(&fixture->now);
}

void document_advance(struct document_fixture *fixture, double seconds)
{
	atomic_fetch_add(&fixture->now, (int64_t)(seconds * 1000));
}

static bool locate(void *user, unsigned attempt, char **url, char **learnt_from)
{
	struct document_fixture *fixture = user;
	char text[64];
	snprintf(text, sizeof text, "https://as.example/%u?secret", attempt);
	*url = strdup(text);
	*learnt_from = strdup("as.example");
	return attempt < fixture->places;
}

static enum mcpauth_code parse(
	void *user, const char *text, size_t length, void **value, struct mcpauth_error *err)
{
	struct document_fixture *fixture = user;
	*value = NULL;
	if (length < strlen("good") || memcmp(text, "good", strlen("good")) != 0) {
		snprintf(err->message, sizeof err->message, "it is not good");
		err->code = MCPAUTH_E_INVALID_KEYS;
		return MCPAUTH_E_INVALID_KEYS;
	}
	struct numbered *made = calloc(1, sizeof *made);
	atomic_init(&made->holders, 1);
	made->number = atomic_fetch_add(&fixture->parsed, 1) + 1;
	atomic_fetch_add(&fixture->living, 1);
	*value = made;
	return MCPAUTH_OK;
}

static void *ref_value(void *value)
{
	atomic_fetch_add(&((struct numbered *)value)->holders, 1);
	return value;
}

void document_release(void *value)
{
	if (atomic_fetch_sub(&((struct numbered *)value)->holders, 1) == 1) {
		atomic_fetch_sub(&living_in->living, 1);
		free(value);
	}
}

void document_answer(struct document_fixture *fixture, struct mcpauth_fetch *fetch, const char *url)
{
	unsigned place = (unsigned)(url[strlen("https://as.example/")] - '0');
	unsigned status = fixture->statuses[place];
	char body[32];
	snprintf(body, sizeof body, "%s %u", fixture->body,
		fixture->repeats ? 0 : atomic_load(&fixture->fetches));
	if (fixture->max_age == MCPAUTH_NONE) {
		mcpauth_fetch_answer(fetch, status, body, strlen(body));
		return;
	}
	mcpauth__fetch_end(fetch,
		&(struct mcpauth__response){.status = status,
			.body = body,
			.length = strlen(body),
			.max_age = fixture->max_age,
			.message = ""});
	mcpauth__fetch_release(fetch);
}

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct document_fixture *fixture = user;
	unsigned number = atomic_fetch_add(&fixture->fetches, 1);
	snprintf(fixture->url, sizeof fixture->url, "%s", url);
	if (fixture->defers) {
		assert_true(number < DOCUMENT_DEFERRED_MAX);
		fixture->deferred[number] = fetch;
	} else {
		document_answer(fixture, fetch, url);
	}
}

static void write_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct document_fixture *fixture = user;
	(void)code;
	(void)request;
	assert_null(strstr(message, "secret"));
	pthread_mutex_lock(&fixture->told);
	if (level == MCPAUTH_LOG_WARNING) {
		fixture->warnings++;
		snprintf(fixture->warning, sizeof fixture->warning, "%s", message);
	} else if (strstr(message, "taken from") != NULL) {
		snprintf(fixture->taken, sizeof fixture->taken, "%s", message);
	}
	pthread_mutex_unlock(&fixture->told);
}

void document_count_wake(void *user)
{
	struct document_fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

int document_start(void **state)
{
	struct document_fixture *fixture = calloc(1, sizeof *fixture);
	pthread_mutex_init(&fixture->told, NULL);
	fixture->clock = (struct mcpauth__clock){tell, fixture};
	fixture->log.write = write_line;
	fixture->log.user = fixture;
	fixture->log.clock = &fixture->clock;
	fixture->kind = (struct mcpauth__document_kind){"keys", MCPAUTH__COUNT_KEYS, locate, parse,
		ref_value, document_release, NULL, NULL};
	fixture->times = (struct mcpauth__document_times){.fresh = 600,
		.fresh_min = 60,
		.fresh_max = 3600,
		.stale = 3600,
		.cooldown = 30,
		.timeout_ms = 5000};
	atomic_init(&fixture->now, 1000000);
	fixture->statuses[0] = 200;
	fixture->places = 1;
	fixture->body = "good";
	fixture->max_age = MCPAUTH_NONE;
	fixture->worker = mcpauth__worker_new(&(struct mcpauth__worker_config){.log = &fixture->log,
		.clock = &fixture->clock,
		.fetch = on_fetch,
		.fetch_user = fixture,
		.waiting_limit = 4000});
	if (fixture->worker == NULL) {
		return -1;
	}
	fixture->document = mcpauth__document_new(
		fixture->worker, &fixture->kind, fixture, &fixture->times);
	living_in = fixture;
	*state = fixture;
	return fixture->document != NULL ? 0 : -1;
}

int document_stop(void **state)
{
	struct document_fixture *fixture = *state;
	mcpauth__worker_free(fixture->worker);
	mcpauth__document_free(fixture->document);
	unsigned living = atomic_load(&fixture->living);
	pthread_mutex_destroy(&fixture->told);
	free(fixture);
	return living == 0 ? 0 : -1;
}

void document_set_times(struct document_fixture *fixture, unsigned fresh, unsigned stale)
{
	mcpauth__document_free(fixture->document);
	fixture->times.fresh = fresh;
	fixture->times.stale = stale;
	fixture->document = mcpauth__document_new(
		fixture->worker, &fixture->kind, fixture, &fixture->times);
	assert_non_null(fixture->document);
}

struct mcpauth__waiter *document_wait(struct document_fixture *fixture)
{
	struct mcpauth__waiter *waiter = mcpauth__waiter_new(
		fixture->worker, atomic_load(&fixture->now) + 60000, document_count_wake, fixture);
	assert_non_null(waiter);
	return waiter;
}

unsigned document_number(struct document_fixture *fixture)
{
	struct mcpauth__document_value found;
	CHECK_OK(mcpauth__document_get(fixture->document, NULL, &found, &err));
	unsigned number = ((struct numbered *)found.value)->number;
	assert_int_equal(
		found.generation, mcpauth__document_generation(fixture->document, fixture->now));
	document_release(found.value);
	return number;
}

void document_check(struct document_fixture *fixture, enum mcpauth_code want)
{
	struct mcpauth__document_value found = {fixture, 9};
	CHECK_CODE(want, mcpauth__document_get(fixture->document, NULL, &found, &err));
	assert_null(found.value);
	assert_int_equal(found.generation, 0);
}

enum mcpauth_code document_renew(struct document_fixture *fixture, uint64_t generation)
{
	struct mcpauth__document_value found;
	enum mcpauth_code code = mcpauth__document_renew(
		fixture->document, generation, NULL, &found, NULL);
	assert_true((code == MCPAUTH_OK) == (found.value != NULL));
	if (found.value != NULL) {
		assert_int_not_equal(found.generation, generation);
		document_release(found.value);
	}
	return code;
}
