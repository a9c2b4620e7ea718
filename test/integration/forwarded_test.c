/* Whom proxies speak for, and that nothing they say moves the server. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "Host: 127.0.0.1\r\n"

/** Also what the stage saw last, when a request had ended. */
struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	const char *proxy; /* that is trusted; or NULL */
	pthread_mutex_t lock;
	char at_end[MCPAUTH_ADDRESS_SIZE];
};

static enum mcpauth_stage_result show(struct mcpauth_exchange *exchange, void *user)
{
	char address[MCPAUTH_ADDRESS_SIZE];
	(void)user;
	bool has_one = mcpauth_exchange_address(exchange, address);
	mcpauth_exchange_add_header(exchange, "X-Address", has_one ? address : "none");
	return MCPAUTH_NEXT;
}

static void keep(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	struct fixture *fixture = user;
	(void)status;
	pthread_mutex_lock(&fixture->lock);
	mcpauth_exchange_address(exchange, fixture->at_end);
	pthread_mutex_unlock(&fixture->lock);
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct fixture *fixture = user;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	(void)auth;
	stage.on_request = show;
	stage.on_finish = keep;
	stage.user = fixture;
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	if (fixture->proxy != NULL) {
		CHECK_OK(mcpauth_chain_trust_proxy(chain, fixture->proxy, &err));
	}
}

static struct fixture *fixture_new(enum daemon_way way, const char *proxy)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->issuer = loopback_new(&fixture->page, 1);
	fixture->proxy = proxy;
	pthread_mutex_init(&fixture->lock, NULL);
	struct daemon_config config = {
		.way = way,
		.issuer_port = loopback_port(fixture->issuer),
		.prepare = prepare,
		.prepare_user = fixture,
	};
	fixture->daemon = daemon_new(&config);
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	pthread_mutex_destroy(&fixture->lock);
	free(fixture);
}

static void ask(const struct fixture *fixture, const char *text, struct http_response *response)
{
	struct http_client *client = http_client_new(daemon_port(fixture->daemon));
	assert_true(http_client_say(client, text));
	assert_true(http_client_read(client, response, HTTP_CLIENT_MS));
	http_client_free(client);
}

static bool was_at_end(struct fixture *fixture, const char *address)
{
	pthread_mutex_lock(&fixture->lock);
	bool was = strcmp(fixture->at_end, address) == 0;
	pthread_mutex_unlock(&fixture->lock);
	return was;
}

static void check_address(struct fixture *fixture, const char *fields, const char *wanted)
{
	struct http_response response = {0};
	char text[1024];
	char address[64] = "";
	snprintf(text, sizeof text, "GET /mcp HTTP/1.1\r\n" HOST "%s\r\n", fields);
	ask(fixture, text, &response);
	assert_int_equal(response.status, 401);
	assert_true(http_response_field(&response, "X-Address", address, sizeof address));
	assert_string_equal(address, wanted);
	CHECK_SOON(was_at_end(fixture, wanted));
	http_response_finish(&response);
}

static void tells_the_address_behind_a_trusted_proxy(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way, "127.0.0.0/8");
		check_address(fixture, "", "127.0.0.1");
		check_address(fixture, "X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7");
		check_address(
			fixture, "x-forwarded-for: 198.51.100.1, 2001:db8::1\r\n", "2001:db8::1");
		check_address(fixture,
			"X-Forwarded-For: 192.0.2.7\r\nAccept: */*\r\n"
			"X-Forwarded-For: 127.0.0.3 \r\nX-Forwarded-For: 127.0.0.2:80 \t\r\n",
			"192.0.2.7");
		check_address(
			fixture, "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For:\r\n", "127.0.0.1");
		fixture_free(fixture);
	}
}

static void tells_the_peer_if_nobody_is_trusted(void **state)
{
	static const char *const others[] = {NULL, "10.0.0.0/8", "::1"};
	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct fixture *fixture = fixture_new(DAEMON_EPOLL, others[i]);
		check_address(fixture, "X-Forwarded-For: 192.0.2.7\r\n", "127.0.0.1");
		fixture_free(fixture);
	}
}

/* What a request asks for, and the headers that may come with it. */
static const char *const requests[] = {
	"GET /mcp HTTP/1.1\r\n",
	"GET /mcp HTTP/1.1\r\nAuthorization: Bearer bad\r\n",
	"GET /mcp HTTP/1.1\r\nAuthorization: Bearer\r\n",
	"POST /mcp HTTP/1.1\r\nContent-Length: 0\r\nMCP-Protocol-Version: 2025-11-25\r\n",
	"GET /.well-known/oauth-protected-resource/mcp HTTP/1.1\r\n",
	"GET /.well-known/oauth-protected-resource HTTP/1.1\r\n",
	"GET /.well-known/openid-configuration HTTP/1.1\r\n",
	"GET /open HTTP/1.1\r\n",
};

static const char *const sayings[] = {
	HOST,
	"Host: 127.0.0.1:1\r\n",
	"Host: localhost\r\n",
	"Host: mcp.example.com\r\n",
	"Host: MCP.example.com:443\r\n",
	HOST "Forwarded: for=192.0.2.7;host=evil.example;proto=http\r\n",
	HOST "X-Forwarded-Host: evil.example\r\n",
	HOST "X-Forwarded-Host: evil.example, mcp.example.com\r\nX-Forwarded-Host: x\r\n",
	HOST "X-Forwarded-Proto: http\r\n",
	HOST "X-Forwarded-Port: 8080\r\n",
	HOST "X-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\nX-Forwarded-Ssl: off\r\n",
	HOST "X-Forwarded-Server: evil.example\r\nX-Forwarded-Prefix: /evil\r\n",
	HOST "X-Original-Host: evil.example\r\nX-Original-URL: /evil\r\nX-Rewrite-URL: /evil\r\n",
	HOST "X-Host: evil.example\r\nVia: 1.1 evil.example\r\nFront-End-Https: off\r\n",
};

/* An answer but for its date. */
static char *ask_for_all(const struct fixture *fixture, const char *request, const char *saying)
{
	struct http_response response = {0};
	char text[1024];
	snprintf(text, sizeof text, "%s%s\r\n", request, saying);
	ask(fixture, text, &response);
	char *date = strstr(response.head, "\r\nDate: ");
	assert_non_null(date);
	memset(date + 2, '-', strcspn(date + 2, "\r"));
	char *all = malloc(strlen(response.head) + strlen(response.body) + 1);
	assert_non_null(all);
	sprintf(all, "%s%s", response.head, response.body);
	http_response_finish(&response);
	return all;
}

static void is_where_its_configuration_says(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, "127.0.0.1");
	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		char *plain = ask_for_all(fixture, requests[i], sayings[0]);
		for (size_t at = 1; at < sizeof sayings / sizeof *sayings; at++) {
			char *answer = ask_for_all(fixture, requests[i], sayings[at]);
			CHECK_ROW(sayings[at], strcmp(answer, plain) == 0);
			CHECK_ROW(sayings[at], strstr(answer, "evil") == NULL);
			free(answer);
		}
		/* They do name it, where they say where it is. */
		CHECK_ROW(requests[i],
			strstr(requests[i], "/mcp ") == NULL
				|| strstr(plain, "https://mcp.example.com/") != NULL);
		free(plain);
	}
	fixture_free(fixture);
}

static void refuses_a_foreign_host_whatever_a_proxy_says(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, "127.0.0.1");
	struct http_response response = {0};
	(void)state;
	ask(fixture,
		"GET /mcp HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: mcp.example.com\r\n"
		"X-Forwarded-For: 192.0.2.7\r\n\r\n",
		&response);
	assert_int_equal(response.status, 403);
	ask(fixture,
		"GET /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nX-Forwarded-Host: evil.example\r\n"
		"X-Forwarded-For: 192.0.2.7\r\n\r\n",
		&response);
	assert_int_equal(response.status, 401);
	http_response_finish(&response);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_address_behind_a_trusted_proxy),
		cmocka_unit_test(tells_the_peer_if_nobody_is_trusted),
		cmocka_unit_test(is_where_its_configuration_says),
		cmocka_unit_test(refuses_a_foreign_host_whatever_a_proxy_says),
	};
	return cmocka_run_group_tests_name("forwarded", tests, NULL, NULL);
}
