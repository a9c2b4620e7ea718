/* Logout tokens posted over HTTP, to a server whose issuer's keys are fetched over HTTP. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/logout_tokens.h"
#include "support/loopback.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATH "/logout"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define CROWD 50
#define LIMIT ((size_t)32 * 1024)

/** A server that takes logouts, and its issuer. */
struct fixture {
	struct loopback_page page;
	struct loopback *issuer; /* NULL: it is down */
	struct daemon *daemon;
	atomic_uint heard;
};

static void hear(const struct mcpauth_logout *logout, void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->heard, strcmp(logout->subject, "alice") == 0);
}

static void accept_logouts(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_logout_endpoint endpoint = MCPAUTH_LOGOUT_ENDPOINT_INIT;
	(void)auth;
	endpoint.path = PATH;
	endpoint.client_id = LOGOUT_CLIENT;
	endpoint.heard = hear;
	endpoint.heard_user = user;
	CHECK_OK(mcpauth_chain_accept_logout(chain, &endpoint, &err));
}

static void start(struct fixture *fixture, enum daemon_way way, enum loopback_manner manner)
{
	memset(fixture, 0, sizeof *fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys(), .manner = manner};
	fixture->issuer = loopback_new(&fixture->page, 1);
	struct daemon_config config = {
		.way = way,
		.issuer_port = loopback_port(fixture->issuer),
		.prepare = accept_logouts,
		.prepare_user = fixture,
	};
	fixture->daemon = daemon_new(&config);
}

static void stop(struct fixture *fixture)
{
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
}

static char *form_with(const char *id)
{
	char *token = logout_token_sign(&(struct logout_token){
		.header = "{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"logout+jwt\"}",
		.issuer = DAEMON_ISSUER,
		.issued_at = time(NULL),
		.id = id,
	});
	size_t size = strlen(token) + sizeof "logout_token=";
	char *form = malloc(size);
	assert_non_null(form);
	snprintf(form, size, "logout_token=%s", token);
	free(token);
	return form;
}

/* As a server does it: one request on a connection, the body behind its head. */
static void send_form(struct http_client *client, const char *fields, const char *form)
{
	char all[256];
	snprintf(all, sizeof all, "%sContent-Length: %zu\r\n", fields, strlen(form));
	assert_true(http_client_head(client, "POST", PATH, all));
	assert_true(http_client_say(client, form));
}

static unsigned post_as(const struct fixture *fixture, const char *fields, const char *form)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(fixture->daemon));
	send_form(client, fields, form);
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	unsigned status = response.status;
	http_response_finish(&response);
	http_client_free(client);
	return status;
}

static unsigned post(const struct fixture *fixture, const char *form)
{
	return post_as(fixture, FORM, form);
}

static void every_way_to_run_a_daemon_takes_each_once(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture fixture;
		start(&fixture, way, LOOPBACK_PLAIN);
		char *first = form_with("1");
		char *second = form_with("2");
		CHECK_ROW(daemon_way_name(way), post(&fixture, first) == 200);
		CHECK_ROW(daemon_way_name(way), post(&fixture, first) == 400);
		CHECK_ROW(daemon_way_name(way), post(&fixture, second) == 200);
		CHECK_ROW(daemon_way_name(way), fixture.heard == 2);
		CHECK_ROW(daemon_way_name(way), loopback_requests(fixture.issuer) == 1);
		free(first);
		free(second);
		stop(&fixture);
	}
}

static void waits_for_keys_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture fixture;
		struct http_response response = {0};
		start(&fixture, way, LOOPBACK_HELD);
		struct http_client *client = http_client_new(daemon_port(fixture.daemon));
		char *form = form_with("1");
		send_form(client, FORM, form);
		CHECK_SOON(loopback_requests(fixture.issuer) == 1);
		CHECK_ROW(daemon_way_name(way), http_client_pending(client) == 0);
		CHECK_ROW(daemon_way_name(way), fixture.heard == 0);
		loopback_release(fixture.issuer);
		CHECK_ROW(
			daemon_way_name(way), http_client_read(client, &response, HTTP_CLIENT_MS));
		CHECK_ROW(daemon_way_name(way), response.status == 200);
		CHECK_ROW(daemon_way_name(way), fixture.heard == 1);
		free(form);
		http_response_finish(&response);
		http_client_free(client);
		stop(&fixture);
	}
}

/* Those that came before the keys and those that came after: one is first. */
static void check_crowd(enum daemon_way way)
{
	struct fixture fixture;
	struct http_client *clients[CROWD];
	struct http_response responses[CROWD] = {{0}};
	unsigned taken = 0;
	char *form = form_with("1");
	start(&fixture, way, LOOPBACK_HELD);
	for (size_t i = 0; i < CROWD; i++) {
		clients[i] = http_client_new(daemon_port(fixture.daemon));
		send_form(clients[i], FORM, form);
	}
	CHECK_SOON(loopback_requests(fixture.issuer) == 1);
	loopback_release(fixture.issuer);
	CHECK_ROW(daemon_way_name(way),
		http_clients_read(clients, responses, CROWD, HTTP_CLIENT_MS) == CROWD);
	for (size_t i = 0; i < CROWD; i++) {
		CHECK_ROW(daemon_way_name(way),
			responses[i].status == 200 || responses[i].status == 400);
		taken += responses[i].status == 200;
		http_response_finish(&responses[i]);
		http_client_free(clients[i]);
	}
	CHECK_ROW(daemon_way_name(way), taken == 1);
	CHECK_ROW(daemon_way_name(way), fixture.heard == 1);
	free(form);
	stop(&fixture);
}

static void of_50_who_post_it_at_once_one_is_taken(void **state)
{
	(void)state;
	check_crowd(DAEMON_EPOLL);
	check_crowd(DAEMON_POOL);
	check_crowd(DAEMON_THREADS);
}

static void refuses_what_is_no_form_with_one_token(void **state)
{
	(void)state;
	struct fixture fixture;
	char two[4096];
	start(&fixture, DAEMON_EPOLL, LOOPBACK_PLAIN);
	char *form = form_with("1");
	snprintf(two, sizeof two, "%s&%s", form, form);
	assert_int_equal(post(&fixture, two), 400);
	assert_int_equal(post(&fixture, ""), 400);
	assert_int_equal(post(&fixture, "state=1"), 400);
	assert_int_equal(post_as(&fixture, "Content-Type: application/json\r\n", form), 400);
	assert_int_equal(post_as(&fixture, "", form), 400);
	assert_int_equal(fixture.heard, 0);
	assert_int_equal(post(&fixture, form), 200);
	free(form);
	stop(&fixture);
}

static char *long_form(size_t length)
{
	char *form = malloc(length + 1);
	assert_non_null(form);
	memset(form, 'a', length);
	memcpy(form, "x=", 2);
	form[length] = '\0';
	return form;
}

static unsigned post_chunked(const struct fixture *fixture, const char *form)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(fixture->daemon));
	assert_true(http_client_head(client, "POST", PATH, FORM "Transfer-Encoding: chunked\r\n"));
	assert_true(http_client_send_chunk(client, form, strlen(form)));
	assert_true(http_client_send_chunk(client, "", 0));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	unsigned status = response.status;
	http_response_finish(&response);
	http_client_free(client);
	return status;
}

static void a_body_may_have_32_kib_here(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, DAEMON_EPOLL, LOOPBACK_PLAIN);
	char *most = long_form(LIMIT);
	char *more = long_form(LIMIT + 1);
	char *twice = long_form(2 * LIMIT);
	assert_int_equal(post(&fixture, most), 400);
	assert_int_equal(post(&fixture, more), 413);
	assert_int_equal(post(&fixture, twice), 413);
	assert_int_equal(post_chunked(&fixture, most), 400);
	assert_int_equal(post_chunked(&fixture, more), 413);
	free(most);
	free(more);
	free(twice);
	stop(&fixture);
}

static void other_paths_have_the_bodies_they_had(void **state)
{
	(void)state;
	struct fixture fixture;
	struct http_response response = {0};
	char fields[128];
	start(&fixture, DAEMON_EPOLL, LOOPBACK_PLAIN);
	char *body = long_form(4 * LIMIT);
	struct http_client *client = http_client_new(daemon_port(fixture.daemon));
	snprintf(fields, sizeof fields, FORM "Content-Length: %zu\r\n", 4 * LIMIT);
	assert_true(http_client_head(client, "POST", "/open", fields));
	assert_true(http_client_say(client, body));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 200);
	assert_string_equal(response.body, "nobody");
	free(body);
	http_response_finish(&response);
	http_client_free(client);
	stop(&fixture);
}

static void only_posts_are_for_this_path(void **state)
{
	(void)state;
	static const char *const methods[] = {"GET", "HEAD", "PUT", "OPTIONS"};
	struct fixture fixture;
	char value[32];
	start(&fixture, DAEMON_EPOLL, LOOPBACK_PLAIN);
	struct http_client *client = http_client_new(daemon_port(fixture.daemon));
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		struct http_response response = {0};
		assert_true(http_client_head(client, methods[i], PATH, "Content-Length: 0\r\n"));
		CHECK_ROW(methods[i], http_client_read(client, &response, HTTP_CLIENT_MS));
		CHECK_ROW(methods[i], response.status == 405);
		assert_true(http_response_field(&response, "Allow", value, sizeof value));
		assert_string_equal(value, "POST");
		http_response_finish(&response);
	}
	http_client_free(client);
	stop(&fixture);
}

static void an_answer_says_no_more_than_it_should(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, DAEMON_EPOLL, LOOPBACK_PLAIN);
	char *form = form_with("1");
	struct http_client *client = http_client_new(daemon_port(fixture.daemon));
	for (int i = 0; i < 2; i++) {
		struct http_response response = {0};
		char value[64];
		send_form(client, FORM, form);
		assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
		assert_int_equal(response.status, i == 0 ? 200 : 400);
		assert_true(http_response_field(&response, "Cache-Control", value, sizeof value));
		assert_string_equal(value, "no-store");
		assert_false(
			http_response_field(&response, "WWW-Authenticate", value, sizeof value));
		assert_true((response.length == 0) == (i == 0));
		http_response_finish(&response);
	}
	free(form);
	http_client_free(client);
	stop(&fixture);
}

static void a_dead_issuer_is_503(void **state)
{
	(void)state;
	struct fixture fixture;
	struct http_response response = {0};
	char value[32];
	start(&fixture, DAEMON_EPOLL, LOOPBACK_PLAIN);
	loopback_free(fixture.issuer);
	fixture.issuer = NULL;
	char *form = form_with("1");
	struct http_client *client = http_client_new(daemon_port(fixture.daemon));
	send_form(client, FORM, form);
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 503);
	assert_true(http_response_field(&response, "Retry-After", value, sizeof value));
	assert_int_equal(fixture.heard, 0);
	free(form);
	http_response_finish(&response);
	http_client_free(client);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_run_a_daemon_takes_each_once),
		cmocka_unit_test(waits_for_keys_in_any_way_to_run),
		cmocka_unit_test(of_50_who_post_it_at_once_one_is_taken),
		cmocka_unit_test(refuses_what_is_no_form_with_one_token),
		cmocka_unit_test(a_body_may_have_32_kib_here),
		cmocka_unit_test(other_paths_have_the_bodies_they_had),
		cmocka_unit_test(only_posts_are_for_this_path),
		cmocka_unit_test(an_answer_says_no_more_than_it_should),
		cmocka_unit_test(a_dead_issuer_is_503),
	};
	return cmocka_run_group_tests_name("logout", tests, NULL, NULL);
}
