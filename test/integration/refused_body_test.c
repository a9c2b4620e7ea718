/* Bodies of requests that are refused: how much of them is read, and when the
 * client learns of it. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MIB ((size_t)1024 * 1024)

struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	char *token;
	char authorization[1024];
	struct http_client *client;
	struct http_response response;
};

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static struct fixture *fixture_new(struct daemon_config config)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->issuer = loopback_new(&fixture->page, 1);
	config.issuer_port = loopback_port(fixture->issuer);
	fixture->daemon = daemon_new(&config);
	fixture->client = http_client_new(daemon_port(fixture->daemon));
	fixture->token = daemon_token("me");
	snprintf(fixture->authorization, sizeof fixture->authorization,
		"Authorization: Bearer %s\r\n", fixture->token);
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

static void post(struct fixture *fixture, const char *fields, bool with_token)
{
	char all[2048];
	snprintf(all, sizeof all, "%s%s", fields, with_token ? fixture->authorization : "");
	assert_true(http_client_head(fixture->client, "POST", "/mcp", all));
}

static void send_bytes(struct fixture *fixture, size_t length)
{
	char *bytes = malloc(length);
	memset(bytes, 'x', length);
	assert_true(http_client_send(fixture->client, bytes, length));
	free(bytes);
}

static void read_answer(struct fixture *fixture, unsigned status)
{
	assert_true(http_client_read(fixture->client, &fixture->response, HTTP_CLIENT_MS));
	assert_int_equal(fixture->response.status, status);
}

/* The same connection serves the next request. */
static void check_kept(struct fixture *fixture)
{
	assert_true(http_client_get(fixture->client, "/open", NULL));
	read_answer(fixture, 200);
	assert_string_equal(fixture->response.body, "nobody");
}

static void check_challenge(const struct fixture *fixture)
{
	char value[512];
	assert_true(
		http_response_field(&fixture->response, "WWW-Authenticate", value, sizeof value));
	assert_ptr_equal(strstr(value, "Bearer "), value);
	assert_non_null(strstr(value,
		"resource_metadata=\"https://mcp.example.com/"
		".well-known/oauth-protected-resource/mcp\""));
}

static void swallows_a_refused_body_and_keeps_the_connection(void **state)
{
	static const size_t sizes[] = {1, 300000, 10 * MIB, 16 * MIB};
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new((struct daemon_config){.way = way});
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			char length[64];
			snprintf(length, sizeof length, "Content-Length: %zu\r\n", sizes[i]);
			post(fixture, length, false);
			send_bytes(fixture, sizes[i]);
			read_answer(fixture, 401);
			check_challenge(fixture);
			check_kept(fixture);
		}
		fixture_free(fixture);
	}
}

static void swallows_a_refused_chunked_body_too(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){0});
	(void)state;
	post(fixture, "Transfer-Encoding: chunked\r\n", false);
	for (int i = 0; i < 100; i++) {
		assert_true(http_client_send_chunk(fixture->client, "0123456789", 10));
	}
	assert_true(http_client_send_chunk(fixture->client, "", 0));
	read_answer(fixture, 401);
	check_challenge(fixture);
	check_kept(fixture);
	fixture_free(fixture);
}

static void a_body_with_a_good_token_reaches_the_handler(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){0});
	(void)state;
	post(fixture, "Content-Length: 20000000\r\n", true);
	send_bytes(fixture, 20000000);
	read_answer(fixture, 200);
	assert_string_equal(fixture->response.body, "me");
	check_kept(fixture);
	fixture_free(fixture);
}

static void answers_at_once_where_more_than_16_mib_are_announced(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){0});
	(void)state;
	post(fixture, "Content-Length: 16777217\r\n", false);
	read_answer(fixture, 401);
	check_challenge(fixture);
	assert_true(http_client_is_closed(fixture->client, HTTP_CLIENT_MS));
	fixture_free(fixture);
}

static void closes_where_chunks_go_beyond_the_limit(void **state)
{
	static char chunk[MIB];
	struct fixture *fixture = fixture_new((struct daemon_config){0});
	bool good = true;
	(void)state;
	post(fixture, "Transfer-Encoding: chunked\r\n", false);
	for (int i = 0; i < 64 && good; i++) {
		good = http_client_send_chunk(fixture->client, chunk, sizeof chunk);
	}
	assert_false(good);
	assert_true(http_client_is_closed(fixture->client, HTTP_CLIENT_MS));
	fixture_free(fixture);
}

static void the_limit_is_settable(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){.refused_body_limit = 1000});
	(void)state;
	post(fixture, "Content-Length: 1000\r\n", false);
	send_bytes(fixture, 1000);
	read_answer(fixture, 401);
	check_kept(fixture);
	post(fixture, "Content-Length: 1001\r\n", false);
	read_answer(fixture, 401);
	assert_true(http_client_is_closed(fixture->client, HTTP_CLIENT_MS));
	fixture_free(fixture);
}

static void closes_where_a_refused_body_takes_too_long(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){.refused_body_ms = 300});
	long start = http_client_clock();
	(void)state;
	post(fixture, "Content-Length: 1000\r\n", false);
	while (!http_client_is_closed(fixture->client, 20)
		&& http_client_clock() - start < HTTP_CLIENT_MS) {
		http_client_send(fixture->client, "x", 1);
	}
	long took = http_client_clock() - start;
	assert_true(took >= 300 && took < 1500);
	fixture_free(fixture);
}

static void a_slow_body_with_a_good_token_may_take_longer(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){.refused_body_ms = 100});
	(void)state;
	post(fixture, "Content-Length: 20\r\n", true);
	for (int i = 0; i < 20; i++) {
		sleep_ms(20);
		send_bytes(fixture, 1);
	}
	read_answer(fixture, 200);
	check_kept(fixture);
	fixture_free(fixture);
}

static void whoever_expects_100_gets_401_before_a_byte_is_sent(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){0});
	(void)state;
	post(fixture, "Expect: 100-continue\r\nContent-Length: 10000000\r\n", false);
	read_answer(fixture, 401);
	check_challenge(fixture);
	fixture_free(fixture);
}

static void whoever_expects_100_with_a_good_token_gets_it(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){0});
	(void)state;
	for (int i = 0; i < 2; i++) { /* the first one waits for the keys */
		post(fixture, "Expect: 100-continue\r\nContent-Length: 100000\r\n", true);
		read_answer(fixture, 100);
		send_bytes(fixture, 100000);
		read_answer(fixture, 200);
		assert_string_equal(fixture->response.body, "me");
	}
	check_kept(fixture);
	fixture_free(fixture);
}

static void whoever_expects_100_and_is_refused_after_a_wait_gets_401_too(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){0});
	(void)state;
	char *signature = strrchr(fixture->authorization, '.') + 1;
	*signature = *signature == 'A' ? 'B' : 'A';
	post(fixture, "Expect: 100-continue\r\nContent-Length: 100000\r\n", true);
	read_answer(fixture, 100);
	send_bytes(fixture, 100000);
	read_answer(fixture, 401);
	check_challenge(fixture);
	check_kept(fixture);
	fixture_free(fixture);
}

static enum mcpauth_stage_result pass(struct mcpauth_exchange *exchange, void *user)
{
	(void)exchange;
	(void)user;
	return MCPAUTH_NEXT;
}

static void add_limit(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	(void)auth;
	(void)user;
	stage.body_limit = 1000;
	stage.on_request = pass;
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_LAST, &stage, &err));
}

static void a_declared_body_over_a_stages_limit_gets_413(void **state)
{
	struct fixture *fixture = fixture_new((struct daemon_config){.prepare = add_limit});
	(void)state;
	post(fixture, "Content-Length: 1000\r\n", true);
	send_bytes(fixture, 1000);
	read_answer(fixture, 200);
	post(fixture, "Content-Length: 1001\r\n", true);
	send_bytes(fixture, 1001);
	read_answer(fixture, 413);
	assert_non_null(strstr(fixture->response.body, "error"));
	check_kept(fixture);
	post(fixture, "Expect: 100-continue\r\nContent-Length: 1001\r\n", true);
	read_answer(fixture, 413);
	fixture_free(fixture);
}

static void a_chunked_body_over_a_stages_limit_gets_413(void **state)
{
	static char chunk[1001];
	struct fixture *fixture = fixture_new((struct daemon_config){.prepare = add_limit});
	(void)state;
	for (size_t size = 1000; size <= 1001; size++) {
		for (size_t piece = 100; piece <= size; piece += 300) {
			size_t sent = 0;
			post(fixture, "Transfer-Encoding: chunked\r\n", true);
			for (; sent + piece <= size; sent += piece) {
				http_client_send_chunk(fixture->client, chunk, piece);
			}
			if (size > sent) {
				http_client_send_chunk(fixture->client, chunk, size - sent);
			}
			http_client_send_chunk(fixture->client, "", 0);
			read_answer(fixture, size > 1000 ? 413 : 200);
		}
	}
	check_kept(fixture);
	fixture_free(fixture);
}

/* Beyond it nothing is kept, however long the chunks go on. */
static void a_chunked_body_is_not_collected_beyond_a_stages_limit(void **state)
{
	static char chunk[900];
	struct fixture *fixture = fixture_new(
		(struct daemon_config){.prepare = add_limit, .refused_body_limit = 1500});
	(void)state;
	post(fixture, "Transfer-Encoding: chunked\r\n", true);
	for (int i = 0; i < 3; i++) {
		http_client_send_chunk(fixture->client, chunk, sizeof chunk);
	}
	http_client_send_chunk(fixture->client, "", 0);
	assert_true(http_client_is_closed(fixture->client, HTTP_CLIENT_MS));
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(swallows_a_refused_body_and_keeps_the_connection),
		cmocka_unit_test(swallows_a_refused_chunked_body_too),
		cmocka_unit_test(a_body_with_a_good_token_reaches_the_handler),
		cmocka_unit_test(answers_at_once_where_more_than_16_mib_are_announced),
		cmocka_unit_test(closes_where_chunks_go_beyond_the_limit),
		cmocka_unit_test(the_limit_is_settable),
		cmocka_unit_test(closes_where_a_refused_body_takes_too_long),
		cmocka_unit_test(a_slow_body_with_a_good_token_may_take_longer),
		cmocka_unit_test(whoever_expects_100_gets_401_before_a_byte_is_sent),
		cmocka_unit_test(whoever_expects_100_with_a_good_token_gets_it),
		cmocka_unit_test(whoever_expects_100_and_is_refused_after_a_wait_gets_401_too),
		cmocka_unit_test(a_declared_body_over_a_stages_limit_gets_413),
		cmocka_unit_test(a_chunked_body_over_a_stages_limit_gets_413),
		cmocka_unit_test(a_chunked_body_is_not_collected_beyond_a_stages_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
