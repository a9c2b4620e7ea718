/* Clients that fail too often, on real connections. */
#include <mcpauth/rate_limit.h>

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

#define BURST 3
#define THREADS 4
#define TRIES 25

struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	char *token;
	struct http_client *client;
	struct http_response response;
};

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_rate_limit limit = MCPAUTH_RATE_LIMIT_INIT;
	(void)auth;
	limit.address_burst = BURST;
	limit.address_seconds = *(const unsigned *)user;
	CHECK_OK(mcpauth_chain_trust_proxy(chain, "127.0.0.1", &err));
	CHECK_OK(mcpauth_chain_add_rate_limit(chain, &limit, &err));
}

static struct fixture *fixture_new(enum daemon_way way, unsigned seconds)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->issuer = loopback_new(&fixture->page, 1);
	struct daemon_config config = {
		.way = way,
		.issuer_port = loopback_port(fixture->issuer),
		.prepare = prepare,
		.prepare_user = &seconds,
	};
	fixture->daemon = daemon_new(&config);
	fixture->token = daemon_token("me");
	fixture->client = http_client_new(daemon_port(fixture->daemon));
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	http_client_free(fixture->client);
	http_response_finish(&fixture->response);
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	free(fixture->token);
	free(fixture);
}

static unsigned ask(struct fixture *fixture, const char *token)
{
	assert_true(http_client_get(fixture->client, "/mcp", token));
	assert_true(http_client_read(fixture->client, &fixture->response, HTTP_CLIENT_MS));
	return fixture->response.status;
}

/* One that is over its limit: on a connection that stays. */
static void fail_often(struct fixture *fixture)
{
	for (int i = 0; i < BURST; i++) {
		assert_int_equal(ask(fixture, "a.b.c"), 401);
	}
	assert_int_equal(ask(fixture, "a.b.c"), 429);
}

static void refuses_on_a_connection_that_stays(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way, 600);
		char value[64];
		assert_int_equal(ask(fixture, fixture->token), 200);
		fail_often(fixture);
		assert_int_equal(ask(fixture, fixture->token), 429);
		assert_true(http_response_field(
			&fixture->response, "Retry-After", value, sizeof value));
		CHECK_ROW(daemon_way_name(way), strtoul(value, NULL, 10) <= 600);
		CHECK_ROW(daemon_way_name(way), strtoul(value, NULL, 10) >= 590);
		assert_false(http_response_field(
			&fixture->response, "WWW-Authenticate", value, sizeof value));
		assert_true(http_response_field(
			&fixture->response, "Cache-Control", value, sizeof value));
		assert_string_equal(value, "no-store");
		fixture_free(fixture);
	}
}

static void tells_a_client_that_sends_a_large_body(void **state)
{
	static char body[256 * 1024];
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, 600);
	(void)state;
	fail_often(fixture);
	assert_true(http_client_head(fixture->client, "POST", "/mcp",
		"Authorization: Bearer a.b.c\r\nContent-Length: 262144\r\n"));
	assert_true(http_client_send(fixture->client, body, sizeof body));
	assert_true(http_client_read(fixture->client, &fixture->response, HTTP_CLIENT_MS));
	assert_int_equal(fixture->response.status, 429);
	assert_int_equal(ask(fixture, NULL), 401);
	fixture_free(fixture);
}

static void serves_a_client_that_has_waited(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, 1);
	(void)state;
	fail_often(fixture);
	nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
	assert_int_equal(ask(fixture, fixture->token), 200);
	fixture_free(fixture);
}

static void serves_another_client_of_a_trusted_proxy(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, 600);
	char fields[1024];
	(void)state;
	fail_often(fixture);
	snprintf(fields, sizeof fields,
		"X-Forwarded-For: 192.0.2.7\r\nAuthorization: Bearer %s\r\n", fixture->token);
	assert_true(http_client_head(fixture->client, "GET", "/mcp", fields));
	assert_true(http_client_read(fixture->client, &fixture->response, HTTP_CLIENT_MS));
	assert_int_equal(fixture->response.status, 200);
	fixture_free(fixture);
}

/** Several at once, of one address. */
struct volley {
	const struct fixture *fixture;
	atomic_uint refused;
	atomic_uint limited;
};

static void *fail_at_once(void *user)
{
	struct volley *volley = user;
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(volley->fixture->daemon));
	for (int i = 0; i < TRIES; i++) {
		http_client_get(client, "/mcp", "a.b.c");
		http_client_read(client, &response, HTTP_CLIENT_MS);
		atomic_fetch_add(&volley->refused, response.status == 401);
		atomic_fetch_add(&volley->limited, response.status == 429);
	}
	http_response_finish(&response);
	http_client_free(client);
	return NULL;
}

static void several_threads_count_together(void **state)
{
	struct volley volley = {.fixture = fixture_new(DAEMON_POOL, 600)};
	pthread_t threads[THREADS];
	(void)state;
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, fail_at_once, &volley), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(
		atomic_load(&volley.refused) + atomic_load(&volley.limited), THREADS * TRIES);
	/* But for those that were under way when the others were counted. */
	assert_in_range(atomic_load(&volley.refused), BURST, BURST + THREADS - 1);
	fixture_free((struct fixture *)volley.fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_on_a_connection_that_stays),
		cmocka_unit_test(tells_a_client_that_sends_a_large_body),
		cmocka_unit_test(serves_a_client_that_has_waited),
		cmocka_unit_test(serves_another_client_of_a_trusted_proxy),
		cmocka_unit_test(several_threads_count_together),
	};
	return cmocka_run_group_tests_name("limited", tests, NULL, NULL);
}
