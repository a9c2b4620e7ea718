/* A server that calls further: the caller's token exchanged over real HTTP. */
#include <mcpauth/mcpauth.h>

#include "support/check.h"
#include "support/loopback.h"
#include "support/test_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define RESOURCE "https://api.example/mcp"

/** A loopback server that is both issuer and token endpoint, and who called. */
struct fixture {
	char *keys;
	struct loopback_page pages[4];
	struct loopback *loopback;
	char origin[64];
	struct mcpauth *auth;
	struct mcpauth_auth_info *caller;
};

static void add_issuer(struct fixture *fixture)
{
	char keys_url[80];
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	resource.resource = RESOURCE;
	snprintf(keys_url, sizeof keys_url, "%s/keys", fixture->origin);
	issuer.issuer = fixture->origin;
	issuer.jwks_uri = keys_url;
	CHECK_OK(mcpauth_new(NULL, &fixture->auth, &err));
	CHECK_OK(mcpauth_add_resource(fixture->auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(fixture->auth, RESOURCE, &issuer, &err));
}

static void call(struct fixture *fixture)
{
	char claims[256];
	snprintf(claims, sizeof claims,
		"{\"iss\":\"%s\",\"aud\":\"" RESOURCE "\",\"sub\":\"alice\",\"exp\":%lld}",
		fixture->origin, (long long)time(NULL) + 300);
	char *token = test_key_sign(
		test_key("ES256", 0), "{\"alg\":\"ES256\",\"kid\":\"k0\"}", claims);
	CHECK_OK(mcpauth_verify(fixture->auth, RESOURCE, token, &fixture->caller, &err));
	free(token);
}

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->keys = test_key_jwks(test_key("ES256", 0), "k0");
	fixture->pages[0] = (struct loopback_page){
		.path = "/keys", .status = 200, .body = fixture->keys};
	fixture->pages[1] = (struct loopback_page){.path = "/token",
		.status = 200,
		.headers = "Content-Type: application/json\r\nCache-Control: no-store\r\n",
		.body = "{\"access_token\":\"other\",\"token_type\":\"Bearer\","
			"\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\","
			"\"expires_in\":100}"};
	fixture->pages[2] = (struct loopback_page){
		.path = "/refusing", .status = 400, .body = "{\"error\":\"invalid_target\"}"};
	fixture->pages[3] = (struct loopback_page){
		.path = "/moved", .status = 307, .headers = "Location: /token\r\n"};
	fixture->loopback = loopback_new(fixture->pages, COUNT(fixture->pages));
	snprintf(fixture->origin, sizeof fixture->origin, "http://127.0.0.1:%u",
		loopback_port(fixture->loopback));
	add_issuer(fixture);
	call(fixture);
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth_auth_info_free(fixture->caller);
	mcpauth_free(fixture->auth);
	loopback_free(fixture->loopback);
	free(fixture->keys);
	free(fixture);
	return 0;
}

static struct mcpauth_token_exchange *make_as(struct fixture *fixture, const char *path,
	const struct mcpauth_token_exchange_config *client)
{
	char endpoint[96];
	struct mcpauth_token_exchange *made;
	struct mcpauth_token_exchange_config config = *client;
	snprintf(endpoint, sizeof endpoint, "%s%s", fixture->origin, path);
	config.token_endpoint = endpoint;
	config.audience = "https://other.example";
	CHECK_OK(mcpauth_token_exchange_new(fixture->auth, &config, &made, &err));
	return made;
}

static struct mcpauth_token_exchange *make(struct fixture *fixture, const char *path)
{
	struct mcpauth_token_exchange_config config = MCPAUTH_TOKEN_EXCHANGE_CONFIG_INIT;
	config.client_id = "me";
	config.client_secret = "hush-hush";
	return make_as(fixture, path, &config);
}

/* Exchange once, and see what was sent for it. */
static void exchange_as(struct fixture *fixture, const struct mcpauth_token_exchange_config *client,
	char head[4096], char body[32768])
{
	struct mcpauth_exchanged_token *token;
	struct mcpauth_token_exchange *exchange = make_as(fixture, "/token", client);
	CHECK_OK(mcpauth_token_exchange_run(exchange, fixture->caller, &token, &err));
	mcpauth_exchanged_token_free(token);
	mcpauth_token_exchange_free(exchange);
	loopback_last_request(fixture->loopback, head, 4096);
	loopback_last_body(fixture->loopback, body, 32768);
}

static void exchanges_a_callers_token(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	static char body[32768];
	char head[4096];
	struct mcpauth_token_exchange *exchange = make(fixture, "/token");
	unsigned before = loopback_requests(fixture->loopback);
	for (unsigned i = 0; i < 3; i++) {
		CHECK_OK(mcpauth_token_exchange_run(exchange, fixture->caller, &token, &err));
		assert_string_equal(mcpauth_exchanged_token_value(token), "other");
		int64_t left = mcpauth_exchanged_token_expires_at(token) - time(NULL);
		assert_true(left > 80 && left <= 100);
		mcpauth_exchanged_token_free(token);
	}
	assert_int_equal(loopback_requests(fixture->loopback), before + 1);
	loopback_last_request(fixture->loopback, head, sizeof head);
	loopback_last_body(fixture->loopback, body, sizeof body);
	assert_non_null(strstr(head, "POST /token HTTP/1.1\r\n"));
	assert_non_null(strstr(head, "\r\nAuthorization: Basic bWU6aHVzaC1odXNo\r\n"));
	assert_non_null(strstr(body, "&audience=https%3A%2F%2Fother.example&"));
	char *subject = strstr(body, "&subject_token=");
	assert_non_null(subject);
	assert_string_equal(
		subject + strlen("&subject_token="), mcpauth_auth_info_token(fixture->caller));
	mcpauth_token_exchange_free(exchange);
}

static void tells_why_the_endpoint_refused(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	struct mcpauth_error err = {0};
	struct mcpauth_token_exchange *exchange = make(fixture, "/refusing");
	assert_int_equal(mcpauth_token_exchange_run(exchange, fixture->caller, &token, &err),
		MCPAUTH_E_TOKEN_ENDPOINT);
	assert_null(token);
	assert_non_null(strstr(err.message, "/refusing: answered 400: invalid_target"));
	mcpauth_token_exchange_free(exchange);
}

static void takes_the_token_nowhere_else(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_exchanged_token *token;
	struct mcpauth_token_exchange *exchange = make(fixture, "/moved");
	unsigned before = loopback_requests(fixture->loopback);
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS,
		mcpauth_token_exchange_run(exchange, fixture->caller, &token, &err));
	assert_int_equal(loopback_requests(fixture->loopback), before + 1);
	mcpauth_token_exchange_free(exchange);
}

static void sends_a_bearer_token_alone(void **state)
{
	static char body[32768];
	char head[4096];
	struct mcpauth_token_exchange_config config = MCPAUTH_TOKEN_EXCHANGE_CONFIG_INIT;
	config.authentication = MCPAUTH_CLIENT_BEARER_TOKEN;
	config.bearer_token = "of-the-endpoint";
	exchange_as(*state, &config, head, body);
	assert_non_null(strstr(head, "\r\nAuthorization: Bearer of-the-endpoint\r\n"));
	assert_null(strstr(body, "of-the-endpoint"));
	assert_null(strstr(body, "client_"));
}

static void sends_an_assertion_alone(void **state)
{
	static char body[32768];
	char head[4096];
	char *pem = test_key_pem(test_key("ES256", 1));
	struct mcpauth_token_exchange_config config = MCPAUTH_TOKEN_EXCHANGE_CONFIG_INIT;
	config.authentication = MCPAUTH_PRIVATE_KEY_JWT;
	config.client_id = "me";
	config.private_key = pem;
	exchange_as(*state, &config, head, body);
	free(pem);
	assert_null(strstr(head, "\r\nAuthorization:"));
	assert_non_null(strstr(body, "&client_id=me&client_assertion_type="));
	assert_non_null(strstr(body, "&client_assertion=eyJ"));
	assert_null(strstr(body, "client_secret"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exchanges_a_callers_token),
		TEST(sends_a_bearer_token_alone),
		TEST(sends_an_assertion_alone),
		TEST(tells_why_the_endpoint_refused),
		TEST(takes_the_token_nowhere_else),
	};
	return cmocka_run_group_tests_name("delegation", tests, NULL, NULL);
}
