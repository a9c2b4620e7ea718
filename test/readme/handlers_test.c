/* The handlers of the examples' page wait, stream and end as it says of them. */
#include <mcpauth/mhd.h>

#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"
#include "support/test_key.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The daemon's, so that a token lasts by this much longer than it says. */
#define TOLERANCE 60

/* What the reader brings: an answer, and events. */
static enum MHD_Result answer(struct MHD_Connection *connection,
	const struct mcpauth_exchanged_token *token, const struct mcpauth_error *err)
{
	return token == NULL
		? daemon_answer(connection, MHD_HTTP_BAD_GATEWAY, err->message)
		: daemon_answer(connection, MHD_HTTP_OK, mcpauth_exchanged_token_value(token));
}

/** How often a stream wanted something to send. */
static atomic_uint reads;

static ssize_t next_event(struct MHD_Connection *connection, char *buffer, size_t size)
{
	const char *subject = mcpauth_auth_info_subject(mcpauth_mhd_auth_info(connection));
	if (atomic_fetch_add(&reads, 1) > 0) {
		return 0;
	}
	return snprintf(buffer, size, "for %s", subject);
}

#include "readme_handlers.h"

/** The handlers in front of a loopback server with keys and a token endpoint. */
struct fixture {
	enum daemon_way way;
	bool streams;
	struct loopback_page pages[2];
	struct loopback *loopback;
	struct mcpauth_token_exchange *exchange;
	struct daemon *daemon;
	struct http_client *client;
	struct http_response response;
};

static void use_stream_handler(struct mcpauth *auth, struct mcpauth_chain *chain)
{
	struct mcpauth_mhd_callbacks callbacks = MCPAUTH_MHD_CALLBACKS_INIT;
	callbacks.completed = complete_stream;
	mcpauth_chain_set_handler(chain, handle_stream, auth);
	CHECK_OK(mcpauth_mhd_set_callbacks(chain, &callbacks, &err));
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct fixture *fixture = user;
	char endpoint[64];
	struct mcpauth_token_exchange_config config = MCPAUTH_TOKEN_EXCHANGE_CONFIG_INIT;
	if (fixture->streams) {
		use_stream_handler(auth, chain);
		return;
	}
	snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/token",
		loopback_port(fixture->loopback));
	config.token_endpoint = endpoint;
	config.client_id = "notes";
	config.client_secret = "hush";
	config.audience = "https://calendar.example.com";
	CHECK_OK(mcpauth_token_exchange_new(auth, &config, &fixture->exchange, &err));
	CHECK_OK(use_handler(chain, fixture->exchange, &err));
}

static void start(struct fixture *fixture)
{
	fixture->pages[0] = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->pages[1] = (struct loopback_page){.path = "/token",
		.status = 200,
		.headers = "Content-Type: application/json\r\n",
		.body = "{\"access_token\":\"for-the-calendar\",\"token_type\":\"Bearer\","
			"\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\","
			"\"expires_in\":100}",
		.manner = LOOPBACK_HELD};
	fixture->loopback = loopback_new(fixture->pages, 2);
	struct daemon_config config = {
		.way = fixture->way,
		.issuer_port = loopback_port(fixture->loopback),
		.prepare = prepare,
		.prepare_user = fixture,
	};
	fixture->daemon = daemon_new(&config);
	fixture->client = http_client_new(daemon_port(fixture->daemon));
	atomic_store(&reads, 0);
}

static void stop(struct fixture *fixture)
{
	http_response_finish(&fixture->response);
	http_client_free(fixture->client);
	assert_int_equal(daemon_stop(fixture->daemon), 0);
	mcpauth_token_exchange_free(fixture->exchange);
	daemon_free(fixture->daemon);
	loopback_free(fixture->loopback);
}

/* A token that is good for so many seconds more. */
static char *sign(int seconds)
{
	char claims[256];
	snprintf(claims, sizeof claims,
		"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" DAEMON_RESOURCE
		"\",\"sub\":\"alice\",\"exp\":%lld}",
		(long long)time(NULL) + seconds - TOLERANCE);
	return test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", claims);
}

static void get(struct fixture *fixture, const char *path, const char *token)
{
	const char *way = daemon_way_name(fixture->way);
	CHECK_ROW(way, http_client_get(fixture->client, path, token));
	CHECK_ROW(way, http_client_read(fixture->client, &fixture->response, HTTP_CLIENT_MS));
}

static void wait_for_endpoint(const struct fixture *fixture)
{
	char head[4096] = "";
	long begin = http_client_clock();
	while (strstr(head, "POST /token") == NULL) {
		CHECK_ROW("/token", http_client_clock() - begin < HTTP_CLIENT_MS);
		loopback_last_request(fixture->loopback, head, sizeof head);
	}
}

/* One thread serves them all, so it answers the second client only if the first
 * one's handler does not block. */
static void exchange_in(enum daemon_way way)
{
	struct fixture fixture = {.way = way};
	char *token = daemon_token("alice");
	start(&fixture);
	struct http_client *first = fixture.client;
	assert_true(http_client_get(first, "/mcp", token));
	wait_for_endpoint(&fixture);
	fixture.client = http_client_new(daemon_port(fixture.daemon));
	get(&fixture, "/open", NULL);
	assert_int_equal(fixture.response.status, 502);
	assert_string_equal(fixture.response.body, "there is no caller");
	http_client_free(fixture.client);
	fixture.client = first;
	loopback_release(fixture.loopback);
	assert_true(http_client_read(first, &fixture.response, HTTP_CLIENT_MS));
	assert_string_equal(fixture.response.body, "for-the-calendar");
	unsigned requests = loopback_requests(fixture.loopback);
	get(&fixture, "/mcp", token);
	assert_string_equal(fixture.response.body, "for-the-calendar");
	assert_int_equal(loopback_requests(fixture.loopback), requests);
	stop(&fixture);
	free(token);
}

static void a_handler_waits_for_an_exchange_without_blocking(void **state)
{
	(void)state;
	exchange_in(DAEMON_EPOLL);
	exchange_in(DAEMON_SELECT);
	exchange_in(DAEMON_POLL);
}

static void a_stream_ends_with_its_token(void **state)
{
	(void)state;
	struct fixture fixture = {.way = DAEMON_POLL, .streams = true};
	char *token = sign(3);
	start(&fixture);
	long begin = http_client_clock();
	get(&fixture, "/mcp", token);
	assert_in_range(http_client_clock() - begin, 1500, 6000);
	assert_string_equal(fixture.response.body, "for alice");
	get(&fixture, "/mcp", token);
	assert_int_equal(fixture.response.status, 401);
	assert_null(streams);
	stop(&fixture);
	free(token);
}

static void a_stream_ends_with_the_program(void **state)
{
	(void)state;
	struct fixture fixture = {.way = DAEMON_POLL, .streams = true};
	char *token = sign(600);
	start(&fixture);
	assert_true(http_client_get(fixture.client, "/mcp", token));
	long begin = http_client_clock();
	while (atomic_load(&reads) < 2) {
		assert_true(http_client_clock() - begin < HTTP_CLIENT_MS);
	}
	assert_int_not_equal(mcpauth_chain_drain(daemon_chain(fixture.daemon), 50), 0);
	drain(daemon_chain(fixture.daemon));
	assert_null(streams);
	assert_true(http_client_read(fixture.client, &fixture.response, HTTP_CLIENT_MS));
	assert_string_equal(fixture.response.body, "for alice");
	stop(&fixture);
	free(token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handler_waits_for_an_exchange_without_blocking),
		cmocka_unit_test(a_stream_ends_with_its_token),
		cmocka_unit_test(a_stream_ends_with_the_program),
	};
	return cmocka_run_group_tests_name("readme_handlers", tests, NULL, NULL);
}
