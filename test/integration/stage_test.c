/* Stages of a program's own over real connections: they wait, read bodies, fail,
 * and learn of every request's end. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAITS 3

/** A stage that does what the path says, and counts. */
struct stage_log {
	size_t body_limit;
	atomic_uint started; /* waits begun */
	atomic_uint bodies;  /* right ones that it saw */
	atomic_uint finished;
	atomic_uint last_status;
	atomic_bool hold; /* do not continue by itself */
	struct mcpauth_exchange *_Atomic held;
	pthread_mutex_t lock;
	pthread_t threads[256];
	unsigned thread_count;
};

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void *continue_later(void *exchange)
{
	sleep_ms(2);
	mcpauth_exchange_continue(exchange);
	return NULL;
}

static void continue_somehow(
	struct stage_log *log, struct mcpauth_exchange *exchange, uintptr_t wait)
{
	if (atomic_load(&log->hold)) {
		atomic_store(&log->held, exchange);
	} else if (wait % 2 == 0) {
		mcpauth_exchange_continue(exchange); /* before the wait was returned */
	} else {
		pthread_mutex_lock(&log->lock);
		pthread_create(&log->threads[log->thread_count++], NULL, continue_later, exchange);
		pthread_mutex_unlock(&log->lock);
	}
}

static enum mcpauth_stage_result wait_some_times(
	struct stage_log *log, struct mcpauth_exchange *exchange)
{
	uintptr_t waits = (uintptr_t)*mcpauth_exchange_slot(exchange);
	if (waits == WAITS) {
		return MCPAUTH_NEXT;
	}
	*mcpauth_exchange_slot(exchange) = (void *)(waits + 1);
	atomic_fetch_add(&log->started, 1);
	continue_somehow(log, exchange, waits);
	return MCPAUTH_WAIT;
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	struct stage_log *log = user;
	size_t length;
	const char *path = mcpauth_exchange_path(exchange);
	const char *body = mcpauth_exchange_body(exchange, &length);
	bool is_right = log->body_limit == 0
		? body == NULL
		: body != NULL && length == 12 && strcmp(body, "hello, world") == 0;
	atomic_fetch_add(&log->bodies, is_right);
	if (strcmp(path, "/open") == 0) {
		return wait_some_times(log, exchange);
	}
	if (strcmp(path, "/fails") == 0) {
		return MCPAUTH_FAILED;
	}
	if (strcmp(path, "/forgets") == 0) {
		return MCPAUTH_ANSWERED;
	}
	return mcpauth_exchange_answer(exchange, 418, "text/plain", "teapot", 6) == MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

static void on_answer(struct mcpauth_exchange *exchange, struct mcpauth_answer *answer, void *user)
{
	(void)exchange;
	(void)user;
	CHECK_OK(mcpauth_answer_set_header(answer, "X-Edited", "yes"));
}

static void on_finish(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	struct stage_log *log = user;
	(void)exchange;
	atomic_store(&log->last_status, status);
	atomic_fetch_add(&log->finished, 1);
}

static void add_stage(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct stage_log *log = user;
	(void)auth;
	stage.body_limit = log->body_limit;
	stage.on_request = on_request;
	stage.on_answer = on_answer;
	stage.on_finish = on_finish;
	stage.user = log;
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_FIRST, &stage, &err));
}

static void log_init(struct stage_log *log, size_t body_limit)
{
	memset(log, 0, sizeof *log);
	log->body_limit = body_limit;
	pthread_mutex_init(&log->lock, NULL);
}

static void log_finish(struct stage_log *log)
{
	for (unsigned i = 0; i < log->thread_count; i++) {
		pthread_join(log->threads[i], NULL);
	}
	pthread_mutex_destroy(&log->lock);
}

static struct daemon *start(struct stage_log *log, enum daemon_way way)
{
	struct daemon_config config = {
		.way = way,
		.issuer_port = 9, /* never asked */
		.prepare = add_stage,
		.prepare_user = log,
	};
	return daemon_new(&config);
}

static bool post(struct http_client *client, const char *path)
{
	return http_client_head(client, "POST", path, "Content-Length: 12\r\n")
		&& http_client_say(client, "hello, world");
}

static void check_waits(enum daemon_way way, size_t body_limit)
{
	struct stage_log log;
	struct http_response response = {0};
	log_init(&log, body_limit);
	struct daemon *daemon = start(&log, way);
	struct http_client *client = http_client_new(daemon_port(daemon));
	for (int i = 0; i < 10; i++) {
		assert_true(post(client, "/open"));
		CHECK_ROW(
			daemon_way_name(way), http_client_read(client, &response, HTTP_CLIENT_MS));
		CHECK_ROW(daemon_way_name(way), response.status == 200);
		CHECK_ROW(daemon_way_name(way), strcmp(response.body, "nobody") == 0);
	}
	http_response_finish(&response);
	http_client_free(client);
	CHECK_ROW(daemon_way_name(way), daemon_stop(daemon) == 0);
	assert_int_equal(log.started, 10 * WAITS);
	assert_int_equal(log.bodies, 10 * (WAITS + 1));
	assert_int_equal(log.finished, 10);
	daemon_free(daemon);
	log_finish(&log);
}

static void a_stage_may_wait_several_times_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		check_waits(way, 0);
	}
}

static void a_stage_may_wait_with_the_body_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		check_waits(way, 100);
	}
}

static void check_stop(enum daemon_way way, size_t body_limit)
{
	struct stage_log log;
	struct http_response response = {0};
	log_init(&log, body_limit);
	atomic_store(&log.hold, true);
	struct daemon *daemon = start(&log, way);
	struct http_client *client = http_client_new(daemon_port(daemon));
	assert_true(post(client, "/open"));
	CHECK_SOON(atomic_load(&log.held) != NULL);
	CHECK_ROW(daemon_way_name(way), daemon_stop(daemon) == 0);
	CHECK_ROW(daemon_way_name(way), http_client_read(client, &response, HTTP_CLIENT_MS));
	CHECK_ROW(daemon_way_name(way), response.status == 503);
	assert_int_equal(log.finished, 1);
	assert_int_equal(log.last_status, 503);
	daemon_free(daemon);
	/* The stage still owes this one, long after its request and its chain. */
	mcpauth_exchange_continue(log.held);
	http_response_finish(&response);
	http_client_free(client);
	log_finish(&log);
}

static void a_stop_ends_the_wait_of_a_stage_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		check_stop(way, 0);
		check_stop(way, 100);
	}
}

static void a_stages_answers_and_failures_reach_the_client(void **state)
{
	static const struct {
		const char *path;
		unsigned status;
	} rows[] = {{"/fails", 500}, {"/forgets", 500}, {"/mcp", 418}};
	(void)state;
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		const char *path = rows[i / 2].path;
		struct stage_log log;
		struct http_response response = {0};
		char value[16];
		log_init(&log, i % 2 * 100);
		struct daemon *daemon = start(&log, DAEMON_EPOLL);
		struct http_client *client = http_client_new(daemon_port(daemon));
		CHECK_ROW(path, post(client, path));
		CHECK_ROW(path, http_client_read(client, &response, HTTP_CLIENT_MS));
		CHECK_ROW(path, response.status == rows[i / 2].status);
		CHECK_ROW(path, http_response_field(&response, "X-Edited", value, sizeof value));
		CHECK_ROW(path,
			!http_response_field(&response, "WWW-Authenticate", value, sizeof value));
		daemon_free(daemon);
		CHECK_ROW(path, log.finished == 1 && log.last_status == rows[i / 2].status);
		http_response_finish(&response);
		http_client_free(client);
		log_finish(&log);
	}
}

static void a_stage_learns_that_the_client_left(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct stage_log log;
		log_init(&log, 100);
		struct daemon *daemon = start(&log, way);
		struct http_client *client = http_client_new(daemon_port(daemon));
		assert_true(http_client_head(client, "POST", "/open", "Content-Length: 12\r\n"));
		assert_true(http_client_say(client, "hello"));
		sleep_ms(200); /* epoll sees no end that comes with the last bytes: see mhd.h */
		http_client_free(client);
		for (int i = 0; i < 2000 && log.finished == 0; i++) {
			sleep_ms(1);
		}
		CHECK_ROW(daemon_way_name(way), log.finished == 1 && log.last_status == 0);
		daemon_free(daemon);
		log_finish(&log);
	}
}

static bool wants_form(const struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	return strcmp(mcpauth_exchange_path(exchange), "/form") == 0;
}

static enum mcpauth_stage_result count_body(struct mcpauth_exchange *exchange, void *user)
{
	size_t length;
	atomic_fetch_add((atomic_uint *)user, mcpauth_exchange_body(exchange, &length) != NULL);
	return MCPAUTH_NEXT;
}

static void add_form_stage(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	(void)auth;
	stage.body_limit = 11;
	stage.wants_body = wants_form;
	stage.on_request = count_body;
	stage.user = user;
	CHECK_OK(mcpauth_chain_publish(chain, "/form", NULL, &err));
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_FIRST, &stage, &err));
}

/* The application gets a body of 12 bytes where the stage, which takes 11, wants none. */
static void a_stage_holds_only_bodies_it_wants_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		atomic_uint bodies = 0;
		struct http_response response = {0};
		struct daemon_config config = {
			.way = way,
			.issuer_port = 9, /* never asked */
			.prepare = add_form_stage,
			.prepare_user = &bodies,
		};
		struct daemon *daemon = daemon_new(&config);
		struct http_client *client = http_client_new(daemon_port(daemon));
		assert_true(post(client, "/open"));
		assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
		CHECK_ROW(daemon_way_name(way), response.status == 200);
		CHECK_ROW(daemon_way_name(way), bodies == 0);
		assert_true(post(client, "/form"));
		assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
		CHECK_ROW(daemon_way_name(way), response.status == 413);
		assert_true(http_client_head(client, "POST", "/form", "Content-Length: 5\r\n"));
		assert_true(http_client_say(client, "hello"));
		assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
		CHECK_ROW(daemon_way_name(way), response.status == 200);
		CHECK_ROW(daemon_way_name(way), bodies == 1);
		http_response_finish(&response);
		http_client_free(client);
		daemon_free(daemon);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stage_may_wait_several_times_in_any_way_to_run),
		cmocka_unit_test(a_stage_may_wait_with_the_body_in_any_way_to_run),
		cmocka_unit_test(a_stop_ends_the_wait_of_a_stage_in_any_way_to_run),
		cmocka_unit_test(a_stages_answers_and_failures_reach_the_client),
		cmocka_unit_test(a_stage_learns_that_the_client_left),
		cmocka_unit_test(a_stage_holds_only_bodies_it_wants_in_any_way_to_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
