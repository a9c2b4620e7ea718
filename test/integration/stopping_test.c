/* Stopping while requests wait: everybody gets an answer, nothing aborts. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CROWD 60

/** A daemon whose issuer keeps its keys back, and requests that wait for them. */
struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	atomic_uint arrived; /* requests with a token that the chain has seen */
	char *token;
	struct http_client *clients[CROWD];
	struct http_response responses[CROWD];
};

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static enum mcpauth_stage_result count(struct mcpauth_exchange *exchange, void *user)
{
	struct fixture *fixture = user;
	bool has_token = mcpauth_exchange_header(exchange, "Authorization", 0) != NULL;
	atomic_fetch_add(&fixture->arrived, has_token);
	return MCPAUTH_NEXT;
}

static void add_counter(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	(void)auth;
	stage.on_request = count;
	stage.user = user;
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_FIRST, &stage, &err));
}

static struct fixture *fixture_new(struct daemon_config config)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys(), .manner = LOOPBACK_HELD};
	fixture->issuer = loopback_new(&fixture->page, 1);
	fixture->token = daemon_token("me");
	config.issuer_port = loopback_port(fixture->issuer);
	config.prepare = add_counter;
	config.prepare_user = fixture;
	fixture->daemon = daemon_new(&config);
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	for (size_t i = 0; i < CROWD; i++) {
		http_client_free(fixture->clients[i]);
		http_response_finish(&fixture->responses[i]);
	}
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	free(fixture->token);
	free(fixture);
}

/* Once the chain has seen them all, they wait, or will in a moment. */
static void make_crowd_wait(struct fixture *fixture)
{
	for (size_t i = 0; i < CROWD; i++) {
		fixture->clients[i] = http_client_new(daemon_port(fixture->daemon));
		assert_true(http_client_get(fixture->clients[i], "/mcp", fixture->token));
	}
	for (int i = 0;
		i < 5000 && (fixture->arrived < CROWD || loopback_requests(fixture->issuer) == 0);
		i++) {
		sleep_ms(2);
	}
}

static void check_crowd(struct fixture *fixture, const char *row)
{
	char value[32] = "";
	CHECK_ROW(row,
		http_clients_read(fixture->clients, fixture->responses, CROWD, HTTP_CLIENT_MS)
			== CROWD);
	for (size_t i = 0; i < CROWD; i++) {
		CHECK_ROW(row, fixture->responses[i].status == 503);
		CHECK_ROW(row,
			http_response_field(
				&fixture->responses[i], "Retry-After", value, sizeof value));
		CHECK_ROW(row, http_client_is_closed(fixture->clients[i], HTTP_CLIENT_MS));
	}
}

static void stop_in_the_middle_answers_everybody_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new((struct daemon_config){.way = way});
		make_crowd_wait(fixture);
		CHECK_ROW(daemon_way_name(way), daemon_stop(fixture->daemon) == 0);
		check_crowd(fixture, daemon_way_name(way));
		fixture_free(fixture);
	}
}

static void drain_from_another_thread_wakes_an_external_loop(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){.way = DAEMON_EXTERNAL});
	long start = http_client_clock();
	(void)state;
	make_crowd_wait(fixture);
	assert_int_equal(mcpauth_chain_drain(daemon_chain(fixture->daemon), 5000), 0);
	assert_true(http_client_clock() - start < 2000);
	check_crowd(fixture, "drained");
	fixture_free(fixture);
}

static void everything_asked_after_drain_gets_503_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new((struct daemon_config){.way = way});
		struct http_client *old = http_client_new(daemon_port(fixture->daemon));
		struct http_client *new = http_client_new(daemon_port(fixture->daemon));
		struct http_response response = {0};
		assert_true(http_client_get(old, "/open", NULL));
		assert_true(http_client_read(old, &response, HTTP_CLIENT_MS));
		CHECK_ROW(daemon_way_name(way), response.status == 200);
		CHECK_ROW(daemon_way_name(way),
			mcpauth_chain_drain(daemon_chain(fixture->daemon), 1000) == 0);
		assert_true(http_client_get(old, "/open", NULL));
		assert_true(http_client_get(new, "/mcp", fixture->token));
		CHECK_ROW(daemon_way_name(way),
			http_client_read(old, &response, HTTP_CLIENT_MS) && response.status == 503);
		CHECK_ROW(daemon_way_name(way),
			http_client_read(new, &response, HTTP_CLIENT_MS) && response.status == 503);
		assert_int_equal(loopback_requests(fixture->issuer), 0);
		http_response_finish(&response);
		http_client_free(old);
		http_client_free(new);
		fixture_free(fixture);
	}
}

static void *release_soon(void *issuer)
{
	loopback_release(issuer);
	return NULL;
}

static void keys_that_come_during_a_stop_leave_nobody_without_an_answer(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 4 * DAEMON_WAYS; round++) {
		enum daemon_way way = (enum daemon_way)(round % DAEMON_WAYS);
		struct fixture *fixture = fixture_new((struct daemon_config){.way = way});
		pthread_t thread;
		make_crowd_wait(fixture);
		pthread_create(&thread, NULL, release_soon, fixture->issuer);
		CHECK_ROW(daemon_way_name(way), daemon_stop(fixture->daemon) == 0);
		pthread_join(thread, NULL);
		CHECK_ROW(daemon_way_name(way),
			http_clients_read(
				fixture->clients, fixture->responses, CROWD, HTTP_CLIENT_MS)
				== CROWD);
		for (size_t i = 0; i < CROWD; i++) {
			unsigned status = fixture->responses[i].status;
			CHECK_ROW(daemon_way_name(way), status == 200 || status == 503);
		}
		fixture_free(fixture);
	}
}

/** Somebody who asks again and again until he is refused. */
struct visitor {
	pthread_t thread;
	const struct fixture *fixture;
	bool good;
};

static void *visit(void *argument)
{
	struct visitor *visitor = argument;
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(visitor->fixture->daemon));
	unsigned status = 200;
	while (status == 200) {
		bool answered = http_client_get(client, "/open", NULL)
			&& http_client_read(client, &response, HTTP_CLIENT_MS);
		status = answered ? response.status : 0;
	}
	/* 0: its connection was closed while nothing was under way on it, which a
	 * client has to expect of every connection it keeps. */
	visitor->good = status == 503 || (status == 0 && http_client_pending(client) == 0);
	http_response_finish(&response);
	http_client_free(client);
	return NULL;
}

static void visitors_during_a_stop_are_answered_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new((struct daemon_config){.way = way});
		struct visitor visitors[8];
		for (int i = 0; i < 8; i++) {
			visitors[i] = (struct visitor){.fixture = fixture};
			pthread_create(&visitors[i].thread, NULL, visit, &visitors[i]);
		}
		make_crowd_wait(fixture);
		mcpauth_chain_drain(daemon_chain(fixture->daemon), 5000);
		for (int i = 0; i < 8; i++) {
			pthread_join(visitors[i].thread, NULL);
			CHECK_ROW(daemon_way_name(way), visitors[i].good);
		}
		check_crowd(fixture, daemon_way_name(way));
		fixture_free(fixture);
	}
}

static void stop_during_a_fetch_is_quick_and_clean_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new((struct daemon_config){.way = way});
		make_crowd_wait(fixture);
		long start = http_client_clock();
		daemon_free(fixture->daemon);
		fixture->daemon = NULL;
		CHECK_ROW(daemon_way_name(way), http_client_clock() - start < 2000);
		CHECK_ROW(daemon_way_name(way), loopback_requests(fixture->issuer) == 1);
		check_crowd(fixture, daemon_way_name(way));
		fixture_free(fixture);
	}
}

/** A handler that holds its request until it is told. */
struct holder {
	struct MHD_Connection *_Atomic held;
};

static enum MHD_Result hold(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	struct holder *holder = user;
	if (atomic_load(&holder->held) == NULL) {
		MHD_suspend_connection(connection);
		atomic_store(&holder->held, connection);
		return MHD_YES;
	}
	return daemon_handler(
		NULL, connection, url, method, version, upload_data, upload_data_size, con_cls);
}

static void drain_counts_what_the_application_holds(void **state)
{
	struct holder holder = {NULL};
	struct fixture *fixture = fixture_new(
		(struct daemon_config){.handler = hold, .handler_user = &holder});
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(fixture->daemon));
	(void)state;
	assert_true(http_client_get(client, "/open", NULL));
	CHECK_SOON(atomic_load(&holder.held) != NULL);
	assert_int_equal(mcpauth_chain_drain(daemon_chain(fixture->daemon), 50), 1);
	assert_int_equal(mcpauth_chain_drain(daemon_chain(fixture->daemon), 0), 1);
	MHD_resume_connection(holder.held);
	assert_int_equal(mcpauth_chain_drain(daemon_chain(fixture->daemon), 5000), 0);
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 200);
	http_response_finish(&response);
	http_client_free(client);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stop_in_the_middle_answers_everybody_in_any_way_to_run),
		cmocka_unit_test(drain_from_another_thread_wakes_an_external_loop),
		cmocka_unit_test(everything_asked_after_drain_gets_503_in_any_way_to_run),
		cmocka_unit_test(keys_that_come_during_a_stop_leave_nobody_without_an_answer),
		cmocka_unit_test(visitors_during_a_stop_are_answered_in_any_way_to_run),
		cmocka_unit_test(stop_during_a_fetch_is_quick_and_clean_in_any_way_to_run),
		cmocka_unit_test(drain_counts_what_the_application_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
