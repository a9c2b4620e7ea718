/* Chains from settings files: what is configured, protected and reloaded. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdlib.h>
#include <string.h>

#define INVALID MCPAUTH_E_INVALID_SETTINGS
#define ELSEWHERE "https://api.example.com/else"
#define TRUST "\"issuers\": [{\"issuer\": \"" FAKE_ISSUER "\", \"jwks_uri\": \"" FAKE_KEYS "\"}]"
#define SERVER "{\"resource\": \"" SERVER_RESOURCE "\", " TRUST "}"

static struct mcpauth_settings *parsed(const char *text)
{
	struct mcpauth_settings *settings;
	CHECK_OK(mcpauth_settings_parse(text, strlen(text), &settings, &err));
	return settings;
}

static enum mcpauth_code configure(
	struct fake_server *server, const char *text, struct mcpauth_error *err)
{
	struct mcpauth_settings *settings = parsed(text);
	enum mcpauth_code code = mcpauth_chain_configure(server->chain, settings, err);
	mcpauth_settings_free(settings);
	return code;
}

static enum mcpauth_code reload(
	struct fake_server *server, const char *text, struct mcpauth_error *err)
{
	struct mcpauth_settings *settings = parsed(text);
	mcpauth_chain_set_prepare(server->chain, NULL, NULL);
	enum mcpauth_code code = mcpauth_chain_reload(server->chain, settings, err);
	mcpauth_settings_free(settings);
	return code;
}

static void fills_the_fields_that_are_named(void **state)
{
	(void)state;
	struct mcpauth_chain_config config = MCPAUTH_CHAIN_CONFIG_INIT;
	struct mcpauth_settings *settings = parsed(
		"{\"chain\": {\"refused_body_limit\": 100, \"refused_body_ms\": 200,"
		"\"connection_timeout\": 5, \"connection_memory\": 65536}}");
	config.connection_limit = 9;
	config.connection_timeout = 9;
	CHECK_OK(mcpauth_chain_settings_apply(settings, &config, &err));
	assert_int_equal(config.refused_body_limit, 100);
	assert_int_equal(config.refused_body_ms, 200);
	assert_int_equal(config.connection_timeout, 5);
	assert_int_equal(config.connection_limit, 9);
	assert_int_equal(config.connection_memory, 65536);
	mcpauth_settings_free(settings);
	settings = parsed("{\"chain\": {\"connection_limit\": 10}}");
	CHECK_OK(mcpauth_chain_settings_apply(settings, &config, &err));
	assert_int_equal(config.connection_limit, 10);
	mcpauth_settings_free(settings);
	settings = parsed("{}");
	CHECK_OK(mcpauth_chain_settings_apply(settings, &config, &err));
	assert_int_equal(config.connection_limit, 10);
	mcpauth_settings_free(settings);
}

static void writes_no_further_than_an_older_struct(void **state)
{
	(void)state;
	struct mcpauth_chain_config config = MCPAUTH_CHAIN_CONFIG_INIT;
	struct mcpauth_settings *settings = parsed(
		"{\"chain\": {\n\"connection_timeout\": 5,\n\"connection_memory\": 65536}}");
	struct mcpauth_error got;
	CHECK_OK(mcpauth_chain_settings_apply(settings, &config, &err));
	config.size = offsetof(struct mcpauth_chain_config, connection_memory);
	config.connection_memory = 0;
	assert_int_equal(mcpauth_chain_settings_apply(settings, &config, &got), INVALID);
	assert_int_equal(strncmp(got.message, "line 3: connection_memory", 25), 0);
	assert_int_equal(config.connection_memory, 0);
	mcpauth_settings_free(settings);
}

struct wish {
	const char *label;
	struct fake_request request; /* its second header is put in: a token for "read" */
	bool anonymous;
	unsigned status;
};

static void protects_what_the_file_says(void **state)
{
	(void)state;
	static const struct wish wishes[] = {
		{"a route", {.path = "/read"}, false, 0},
		{"a route without a token", {.path = "/read"}, true, 401},
		{"a route that wants more", {.path = "/write"}, false, 403},
		{"exactly its path", {.path = "/read/x"}, false, 403},
		{"a prefix", {.path = "/all/x"}, false, 0},
		{"a prefix without a token", {.path = "/all/x"}, true, 401},
		{"a public route", {.path = "/open"}, true, 0},
		{"a public route by its method", {.path = "/news"}, true, 0},
		{"another method of it", {.method = "POST", .path = "/news"}, true, 401},
		{"the rest", {.path = "/other"}, false, 403},
	};
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(configure(&server,
		"{\"routes\": ["
		"{\"path\": \"/read\", \"scopes\": [\"read\"], \"public\": false},"
		"{\"path\": \"/write\", \"scopes\": [\"read\", \"write\"], \"methods\": [\"GET\"]},"
		"{\"path\": \"/all\", \"prefix\": true, \"resource\": \"" SERVER_RESOURCE "\"},"
		"{\"path\": \"/open\", \"public\": true, \"prefix\": false},"
		"{\"path\": \"/news\", \"public\": true, \"methods\": [\"GET\"]}],"
		"\"rest\": {\"scopes\": [\"none-has-it\"]}}",
		&err));
	char *bearer = fake_server_bearer(&server, "read");
	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		struct fake_request request = wishes[i].request;
		request.headers[0] = wishes[i].anonymous ? NULL : "Authorization";
		request.headers[1] = wishes[i].anonymous ? NULL : bearer;
		CHECK_ROW(
			wishes[i].label, fake_server_answers(&server, &request, wishes[i].status));
	}
	free(bearer);
	fake_server_stop(&server);
}

static void allows_the_origins_and_hosts_of_the_file(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_request page = {.path = "/open",
		.headers = {"Host", "api.example.com", "Origin", "https://app.example"}};
	struct fake_request proxied = {.path = "/open", .headers = {"Host", "inside:8080"}};
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_publish(server.chain, "/open", NULL, &err));
	assert_true(fake_server_answers(&server, &page, 403));
	assert_true(fake_server_answers(&server, &proxied, 403));
	CHECK_OK(configure(&server,
		"{\"allowed_origins\": [\"https://app.example\"],"
		"\"allowed_hosts\": [\"other\", \"inside:8080\"]}",
		&err));
	assert_true(fake_server_answers(&server, &page, 0));
	assert_true(fake_server_answers(&server, &proxied, 0));
	fake_server_stop(&server);
}

static void adds_the_headers_of_the_file(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(configure(&server, "{\"headers\": {\"X-One\": \"1\", \"X-Two\": \"2\"}}", &err));
	const struct mcpauth__headers *headers = &server.chain->in_force.rules->headers;
	assert_int_equal(headers->count, 2);
	assert_string_equal(mcpauth__headers_get(headers, "X-One"), "1");
	assert_string_equal(mcpauth__headers_get(headers, "X-Two"), "2");
	fake_server_stop(&server);
}

static const struct {
	const char *label;
	const char *text;
	enum mcpauth_code code;
	const char *begin; /* of the message */
} refusals[] = {
	{"nothing", "{}", MCPAUTH_OK, ""},
	{"a path that is none", "{\"routes\": [\n\n{\"path\": \"mcp\"}]}",
		MCPAUTH_E_INVALID_ARGUMENT, "line 3: "},
	{"a path", "{\"routes\": [\n\n{\"path\": \"/mcp\"}]}", MCPAUTH_OK, ""},
	{"a path twice", "{\"routes\": [{\"path\": \"/mcp\"},\n{\"path\": \"/mcp\"}]}",
		MCPAUTH_E_DUPLICATE, "line 2: "},
	{"a path with and without the rest of it",
		"{\"routes\": [{\"path\": \"/mcp\"},\n{\"path\": \"/mcp\", \"prefix\": true}]}",
		MCPAUTH_OK, ""},
	{"an unknown resource",
		"{\"routes\": [\n{\"path\": \"/mcp\", \"resource\": \"" ELSEWHERE "\"}]}",
		MCPAUTH_E_UNKNOWN_RESOURCE, "line 2: "},
	{"a scope that cannot be", "{\"routes\": [\n{\"path\": \"/mcp\", \"scopes\": [\"\\\\\"]}]}",
		MCPAUTH_E_INVALID_ARGUMENT, "line 2: "},
	{"a public route with scopes",
		"{\"routes\": [{\"path\": \"/mcp\", \"public\": true,\n\"scopes\": [\"a\"]}]}",
		INVALID, "line 2: a public route cannot have \"scopes\""},
	{"a public route with a choice of scopes",
		"{\"routes\": [{\"path\": \"/mcp\", \"public\": true,\n\"any_scopes\": [\"a\"]}]}",
		INVALID, "line 2: a public route cannot have \"any_scopes\""},
	{"a public route with a resource",
		"{\"routes\": [{\"path\": \"/mcp\", \"public\": true,\n"
		"\"resource\": \"" SERVER_RESOURCE "\"}]}",
		INVALID, "line 2: a public route cannot have \"resource\""},
	{"a public prefix",
		"{\"routes\": [{\"path\": \"/mcp\", \"public\": true,\n\"prefix\": true}]}",
		INVALID, "line 2: a public route cannot have \"prefix\""},
	{"a public route", "{\"routes\": [{\"path\": \"/mcp\", \"public\": true}]}", MCPAUTH_OK,
		""},
	{"a rest of another resource", "{\n\"rest\": {\"resource\": \"" ELSEWHERE "\"}}",
		MCPAUTH_E_UNKNOWN_RESOURCE, "line 2: "},
	{"an origin with a path",
		"{\"allowed_origins\": [\"https://app.example\",\n\"https://app.example/x\"]}",
		MCPAUTH_E_INVALID_ARGUMENT, "line 2: "},
	{"a host with a path", "{\"allowed_hosts\": [\n\"host/x\"]}", MCPAUTH_E_INVALID_ARGUMENT,
		"line 2: "},
	{"a header that says where the answer ends", "{\"headers\": {\n\"Content-Length\": \"1\"}}",
		MCPAUTH_E_INVALID_ARGUMENT, "line 2: "},
	{"a header over two lines", "{\"headers\": {\n\"X\": \"a\\nb\"}}",
		MCPAUTH_E_INVALID_ARGUMENT, "line 2: "},
};

static void passes_on_what_a_call_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		const char *begin = refusals[i].begin;
		struct fake_server server;
		struct mcpauth_error got = {0};
		fake_server_start(&server, FAKE_AT_HAND, NULL);
		CHECK_ROW(refusals[i].label,
			configure(&server, refusals[i].text, &got) == refusals[i].code);
		CHECK_ROW(refusals[i].label, got.code == refusals[i].code);
		if (strncmp(got.message, begin, strlen(begin)) != 0) {
			print_error("%s: \"%s\"\n", refusals[i].label, got.message);
			fail();
		}
		fake_server_stop(&server);
	}
}

static void a_reload_puts_all_of_it_in_force(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(configure(
		&server, "{\"routes\": [{\"path\": \"/mcp\", \"scopes\": [\"read\"]}]}", &err));
	char *bearer = fake_server_bearer(&server, "read");
	struct fake_request known = {.headers = {"Authorization", bearer}};
	struct fake_request open = {.path = "/open"};
	assert_true(fake_server_answers(&server, &known, 0));
	assert_true(fake_server_answers(&server, &open, 401));
	unsigned fetches = fake_issuer_fetches(server.issuer, NULL);
	CHECK_OK(reload(&server,
		"{\"resources\": [" SERVER "],"
		"\"routes\": [{\"path\": \"/mcp\", \"scopes\": [\"write\"]},"
		"{\"path\": \"/open\", \"public\": true}]}",
		&err));
	assert_true(fake_server_answers(&server, &known, 403));
	assert_true(fake_server_answers(&server, &open, 0));
	CHECK_OK(reload(&server, "{\"resources\": [" SERVER "]}", &err));
	assert_true(fake_server_answers(&server, &known, 0));
	assert_true(fake_server_answers(&server, &open, 401));
	/* The issuer stayed the same: its keys are not fetched again. */
	assert_int_equal(fake_issuer_fetches(server.issuer, NULL), fetches);
	free(bearer);
	fake_server_stop(&server);
}

static void a_reload_that_fails_changes_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum mcpauth_code code;
		const char *begin;
	} rows[] = {
		{"{}", MCPAUTH_E_UNKNOWN_RESOURCE, ""},
		{"{\"resources\": [\n{\"resource\": \"mcp\"}]}", MCPAUTH_E_INVALID_URL, "line 2: "},
		{"{\"resources\": [" SERVER "],\"routes\": [{\"path\": \"/mcp\","
		 "\"public\": true},\n{\"path\": \"x\"}]}",
			MCPAUTH_E_INVALID_ARGUMENT, "line 2: "},
	};
	struct fake_server server;
	struct fake_request request = {0};
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_error got = {0};
		CHECK_ROW(rows[i].text, reload(&server, rows[i].text, &got) == rows[i].code);
		CHECK_ROW(rows[i].text,
			strncmp(got.message, rows[i].begin, strlen(rows[i].begin)) == 0);
		CHECK_ROW(rows[i].text, fake_server_answers(&server, &request, 401));
	}
	CHECK_OK(reload(&server,
		"{\"resources\": [" SERVER
		"],\"routes\": [{\"path\": \"/mcp\", \"public\": true}]}",
		&err));
	assert_true(fake_server_answers(&server, &request, 0));
	fake_server_stop(&server);
}

/* An issuer that stays keeps what it was told, and is told it anew. */
static void a_reload_may_say_the_same_again(void **state)
{
	(void)state;
	static const char text[] = "{\"resources\": [{\"resource\": \"" SERVER_RESOURCE
				   "\", \"issuers\": [{"
				   "\"issuer\": \"" FAKE_ISSUER "\", \"jwks_uri\": \"" FAKE_KEYS
				   "\","
				   "\"accepted_issuer_values\": [\"https://v1.example\"]}]}]}";
	struct fake_server server;
	struct mcpauth_auth_info *info;
	struct fake_token wanted = {.audience = SERVER_RESOURCE, .issuer = "https://v1.example"};
	char value[4096] = "Bearer ";
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	char *token = fake_issuer_token(server.issuer, &wanted);
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER,
		mcpauth_verify(server.auth, SERVER_RESOURCE, token, &info, &err));
	strncat(value, token, sizeof value - 8);
	free(token);
	struct fake_request request = {.headers = {"Authorization", value}};
	assert_true(fake_server_answers(&server, &request, 401));
	for (int i = 0; i < 3; i++) {
		CHECK_OK(reload(&server, text, &err));
		assert_true(fake_server_answers(&server, &request, 0));
	}
	CHECK_OK(reload(&server, "{\"resources\": [" SERVER "]}", &err));
	assert_true(fake_server_answers(&server, &request, 401));
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_the_fields_that_are_named),
		cmocka_unit_test(writes_no_further_than_an_older_struct),
		cmocka_unit_test(protects_what_the_file_says),
		cmocka_unit_test(allows_the_origins_and_hosts_of_the_file),
		cmocka_unit_test(adds_the_headers_of_the_file),
		cmocka_unit_test(passes_on_what_a_call_says),
		cmocka_unit_test(a_reload_puts_all_of_it_in_force),
		cmocka_unit_test(a_reload_that_fails_changes_nothing),
		cmocka_unit_test(a_reload_may_say_the_same_again),
	};
	return cmocka_run_group_tests_name("chain_settings", tests, NULL, NULL);
}
