/* An issuer's metadata, fetched over HTTP and served over HTTP. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/.well-known/oauth-authorization-server"
#define OIDC "/.well-known/openid-configuration"

/** The issuer that is served, and what it says of itself. */
struct issuer {
	struct loopback *loopback;
	struct loopback_page page;
	char identifier[64];
	char document[256];
};

static void start(struct issuer *issuer, enum loopback_manner manner)
{
	*issuer = (struct issuer){.page = {.path = OIDC, .status = 200, .manner = manner}};
	issuer->page.body = issuer->document;
	issuer->loopback = loopback_new(&issuer->page, 1);
	snprintf(issuer->identifier, sizeof issuer->identifier, "http://127.0.0.1:%u",
		loopback_port(issuer->loopback));
	snprintf(issuer->document, sizeof issuer->document,
		"{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\",\"x_vendor\":{\"quota\":1.50}}",
		issuer->identifier, issuer->identifier);
}

static void stop(struct issuer *issuer)
{
	loopback_free(issuer->loopback);
}

static void serve(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	const struct issuer *issuer = user;
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.issuer = issuer->identifier;
	CHECK_OK(mcpauth_add_issuer(auth, DAEMON_RESOURCE, &config, &err));
	CHECK_OK(mcpauth_chain_serve_issuer_metadata(chain, issuer->identifier, &err));
}

static struct daemon *start_daemon(enum daemon_way way, struct issuer *issuer)
{
	struct daemon_config config = {
		.way = way,
		.issuer_port = 9, /* its own issuer is not asked */
		.prepare = serve,
		.prepare_user = issuer,
	};
	return daemon_new(&config);
}

static struct http_response ask(const struct daemon *daemon, const char *method)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(daemon));
	assert_true(http_client_head(client, method, PATH, ""));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	http_client_free(client);
	return response;
}

static void every_way_to_run_a_daemon_serves_it(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct issuer issuer;
		char value[64];
		start(&issuer, LOOPBACK_PLAIN);
		struct daemon *daemon = start_daemon(way, &issuer);
		for (int i = 0; i < 3; i++) {
			struct http_response response = ask(daemon, "GET");
			CHECK_ROW(daemon_way_name(way), response.status == 200);
			CHECK_ROW(
				daemon_way_name(way), strcmp(response.body, issuer.document) == 0);
			assert_true(http_response_field(
				&response, "Access-Control-Allow-Origin", value, sizeof value));
			assert_string_equal(value, "*");
			http_response_finish(&response);
		}
		/* RFC 8414's place first, where there is nothing; then never again. */
		CHECK_ROW(daemon_way_name(way), loopback_requests(issuer.loopback) == 2);
		daemon_free(daemon);
		stop(&issuer);
	}
}

static void who_comes_early_waits_together(void **state)
{
	(void)state;
	struct issuer issuer;
	struct http_client *clients[20];
	struct http_response responses[20] = {{0}};
	start(&issuer, LOOPBACK_HELD);
	struct daemon *daemon = start_daemon(DAEMON_EPOLL, &issuer);
	for (size_t i = 0; i < 20; i++) {
		clients[i] = http_client_new(daemon_port(daemon));
		assert_true(http_client_get(clients[i], PATH, NULL));
	}
	assert_int_equal(http_clients_read(clients, responses, 20, 300), 0);
	loopback_release(issuer.loopback);
	assert_int_equal(http_clients_read(clients, responses, 20, HTTP_CLIENT_MS), 20);
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(responses[i].status, 200);
		assert_string_equal(responses[i].body, issuer.document);
		http_response_finish(&responses[i]);
		http_client_free(clients[i]);
	}
	assert_int_equal(loopback_requests(issuer.loopback), 2);
	daemon_free(daemon);
	stop(&issuer);
}

static void a_dead_issuer_is_503_to_readers_alone(void **state)
{
	(void)state;
	static const struct {
		const char *method;
		unsigned status;
	} rows[] = {{"GET", 503}, {"OPTIONS", 204}, {"POST", 405}};
	struct issuer issuer;
	char value[64];
	start(&issuer, LOOPBACK_PLAIN);
	stop(&issuer);
	struct daemon *daemon = start_daemon(DAEMON_EPOLL, &issuer);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_response response = ask(daemon, rows[i].method);
		CHECK_ROW(rows[i].method, response.status == rows[i].status);
		CHECK_ROW(rows[i].method,
			http_response_field(&response, "Retry-After", value, sizeof value)
				== (rows[i].status == 503));
		CHECK_ROW(rows[i].method,
			!http_response_field(&response, "WWW-Authenticate", value, sizeof value));
		http_response_finish(&response);
	}
	daemon_free(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_run_a_daemon_serves_it),
		cmocka_unit_test(who_comes_early_waits_together),
		cmocka_unit_test(a_dead_issuer_is_503_to_readers_alone),
	};
	return cmocka_run_group_tests_name("legacy_metadata", tests, NULL, NULL);
}
