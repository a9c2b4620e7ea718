/* Metrics of a real server: what they say is what happened. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/exposition.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <mcpauth/metrics.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CROWD 20
#define THREADS 4
#define EACH 100

struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	struct http_client *client;
	char *token;
};

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	(void)auth;
	(void)user;
	CHECK_OK(mcpauth_chain_publish(chain, "/metrics", NULL, &err));
	CHECK_OK(mcpauth_chain_add_metrics(chain, NULL, &err));
}

static struct fixture *fixture_new(enum daemon_way way, enum loopback_manner manner)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_non_null(fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys(), .manner = manner};
	fixture->issuer = loopback_new(&fixture->page, 1);
	fixture->token = daemon_token("alice");
	struct daemon_config config = {
		.way = way,
		.issuer_port = loopback_port(fixture->issuer),
		.prepare = prepare,
		.deadline_ms = 20000,
	};
	fixture->daemon = daemon_new(&config);
	fixture->client = http_client_new(daemon_port(fixture->daemon));
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	http_client_free(fixture->client);
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	free(fixture->token);
	free(fixture);
}

static unsigned ask(struct http_client *client, const char *path, const char *token)
{
	struct http_response response = {0};
	assert_true(http_client_get(client, path, token));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	unsigned status = response.status;
	http_response_finish(&response);
	return status;
}

/* A strictly read text of /metrics. Caller releases it. */
static void scrape(struct http_client *client, struct http_response *response)
{
	char type[64] = "";
	assert_true(http_client_get(client, "/metrics", NULL));
	assert_true(http_client_read(client, response, HTTP_CLIENT_MS));
	assert_int_equal(response->status, 200);
	assert_true(http_response_field(response, "Content-Type", type, sizeof type));
	assert_string_equal(type, "text/plain; version=0.0.4; charset=utf-8");
	assert_null(exposition_fault(response->body, response->length));
}

static long long value_of(const struct fixture *fixture, const char *sample)
{
	struct http_response response = {0};
	scrape(fixture->client, &response);
	long long value = exposition_value(response.body, sample);
	http_response_finish(&response);
	return value;
}

static const struct {
	const char *sample;
	long long value;
} expected[] = {
	{"mcpauth_requests_total{outcome=\"passed\"}", 4},
	{"mcpauth_requests_total{outcome=\"no_credentials\"}", 2},
	{"mcpauth_requests_total{outcome=\"malformed_token\"}", 2},
	{"mcpauth_requests_total{outcome=\"answered\"}", 1},
	{"mcpauth_requests_total{outcome=\"broken\"}", 0},
	{"mcpauth_verifications_total{result=\"verified\"}", 1},
	{"mcpauth_verifications_total{result=\"remembered\"}", 2},
	{"mcpauth_verifications_total{result=\"undecided\"}", 0},
	{"mcpauth_fetches_total{document=\"keys\"}", 1},
	{"mcpauth_fetch_failures_total{document=\"keys\"}", 0},
	{"mcpauth_verification_seconds_count", 5},
	{"mcpauth_verification_seconds_bucket{le=\"10\"}", 5},
	{"mcpauth_suspended_connections", 0},
	{"mcpauth_requests_in_progress", 1},
};

static void check_values(const struct fixture *fixture, const char *way)
{
	struct http_response response = {0};
	scrape(fixture->client, &response);
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		long long value = exposition_value(response.body, expected[i].sample);
		if (value != expected[i].value) {
			print_error("%s: %s is %lld\n", way, expected[i].sample, value);
		}
		assert_int_equal(value, expected[i].value);
	}
	http_response_finish(&response);
}

static void say_what_happened_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way, LOOPBACK_PLAIN);
		assert_int_equal(ask(fixture->client, "/open", NULL), 200);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(ask(fixture->client, "/mcp", fixture->token), 200);
		}
		for (int i = 0; i < 2; i++) {
			assert_int_equal(ask(fixture->client, "/mcp", NULL), 401);
			assert_int_equal(ask(fixture->client, "/mcp", "abc"), 401);
		}
		assert_int_equal(ask(fixture->client, "/metrics", NULL), 200);
		check_values(fixture, daemon_way_name(way));
		fixture_free(fixture);
	}
}

static void who_waits_is_seen(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, LOOPBACK_HELD);
	struct http_client *clients[CROWD];
	struct http_response responses[CROWD] = {{0}};
	(void)state;
	for (size_t i = 0; i < CROWD; i++) {
		clients[i] = http_client_new(daemon_port(fixture->daemon));
		assert_true(http_client_get(clients[i], "/mcp", fixture->token));
	}
	CHECK_SOON(value_of(fixture, "mcpauth_suspended_connections") == CROWD);
	assert_int_equal(value_of(fixture, "mcpauth_requests_in_progress"), CROWD + 1);
	assert_int_equal(value_of(fixture, "mcpauth_verification_seconds_count"), 0);
	loopback_release(fixture->issuer);
	assert_int_equal(http_clients_read(clients, responses, CROWD, HTTP_CLIENT_MS), CROWD);
	CHECK_SOON(value_of(fixture, "mcpauth_requests_in_progress") == 1);
	assert_int_equal(value_of(fixture, "mcpauth_suspended_connections"), 0);
	assert_int_equal(value_of(fixture, "mcpauth_verification_seconds_count"), CROWD);
	assert_int_equal(value_of(fixture, "mcpauth_requests_total{outcome=\"passed\"}"), CROWD);
	for (size_t i = 0; i < CROWD; i++) {
		http_client_free(clients[i]);
		http_response_finish(&responses[i]);
	}
	fixture_free(fixture);
}

static void a_fetch_that_fails_is_told(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, LOOPBACK_RESET);
	(void)state;
	assert_int_equal(ask(fixture->client, "/mcp", fixture->token), 503);
	assert_int_equal(value_of(fixture, "mcpauth_fetches_total{document=\"keys\"}"), 1);
	assert_int_equal(value_of(fixture, "mcpauth_fetch_failures_total{document=\"keys\"}"), 1);
	assert_int_equal(value_of(fixture, "mcpauth_verifications_total{result=\"undecided\"}"), 1);
	assert_int_equal(value_of(fixture, "mcpauth_requests_total{outcome=\"unreachable\"}"), 1);
	fixture_free(fixture);
}

static void head_has_no_body_and_post_is_refused(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, LOOPBACK_PLAIN);
	struct http_response response = {0};
	char value[64];
	(void)state;
	assert_true(http_client_head(fixture->client, "HEAD", "/metrics", ""));
	assert_true(http_client_read(fixture->client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 200);
	assert_int_equal(response.length, 0);
	assert_true(http_response_field(&response, "Content-Length", value, sizeof value));
	assert_true(strtol(value, NULL, 10) > 1000);
	assert_true(http_response_field(&response, "Cache-Control", value, sizeof value));
	assert_string_equal(value, "no-store");
	assert_true(http_client_head(fixture->client, "POST", "/metrics", "Content-Length: 0\r\n"));
	assert_true(http_client_read(fixture->client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 405);
	assert_true(http_response_field(&response, "Allow", value, sizeof value));
	assert_string_equal(value, "GET, HEAD");
	http_response_finish(&response);
	fixture_free(fixture);
}

static void *hammer(void *user)
{
	const struct fixture *fixture = user;
	struct http_client *client = http_client_new(daemon_port(fixture->daemon));
	for (int i = 0; i < EACH; i++) {
		ask(client, "/mcp", i % 2 == 0 ? fixture->token : NULL);
	}
	http_client_free(client);
	return NULL;
}

/* Counters never go down, and what was asked at once is counted once. */
static void nothing_is_lost_while_others_read(void **state)
{
	static const char passed[] = "mcpauth_requests_total{outcome=\"passed\"}";
	struct fixture *fixture = fixture_new(DAEMON_POOL, LOOPBACK_PLAIN);
	pthread_t threads[THREADS];
	long long before = 0;
	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		pthread_create(&threads[i], NULL, hammer, fixture);
	}
	for (int i = 0; i < 50; i++) {
		long long now = value_of(fixture, passed);
		assert_true(now >= before);
		before = now;
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	CHECK_SOON(value_of(fixture, passed) == THREADS * EACH / 2);
	CHECK_SOON(value_of(fixture, "mcpauth_requests_total{outcome=\"no_credentials\"}")
		== THREADS * EACH / 2);
	CHECK_SOON(value_of(fixture, "mcpauth_requests_in_progress") == 1);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(say_what_happened_in_any_way_to_run),
		cmocka_unit_test(who_waits_is_seen),
		cmocka_unit_test(a_fetch_that_fails_is_told),
		cmocka_unit_test(head_has_no_body_and_post_is_refused),
		cmocka_unit_test(nothing_is_lost_while_others_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
