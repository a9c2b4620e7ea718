/* Operations and stages as a settings file names them. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <mcpauth/access_log.h>
#include <mcpauth/cors.h>
#include <mcpauth/metrics.h>
#include <mcpauth/rate_limit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POST(member) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":" member "}"
#define CALL(name) POST("\"tools/call\",\"params\":{\"name\":\"" name "\"}")

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

static enum mcpauth_code add_stages(
	struct fake_server *server, const char *text, struct mcpauth_error *err)
{
	struct mcpauth_settings *settings = parsed(text);
	enum mcpauth_code code = mcpauth_chain_settings_add_stages(server->chain, settings, err);
	mcpauth_settings_free(settings);
	return code;
}

/* What a POST of this body comes to; 0: it passes. */
static unsigned post(struct fake_server *server, const char *bearer, const char *body)
{
	struct fake_exchange fake;
	struct fake_request request = {.method = "POST", .path = "/mcp"};
	request.headers[0] = bearer == NULL ? NULL : "Authorization";
	request.headers[1] = bearer;
	fake_exchange_start(&fake, server, &request);
	if (fake_exchange_serve(&fake) == MCPAUTH__NEEDS_BODY) {
		fake_exchange_give_body(&fake, body);
	}
	unsigned status = fake_exchange_status(&fake);
	fake_exchange_finish(&fake);
	return status;
}

static void demands_what_the_file_says_of_operations(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *body;
		unsigned status;
		unsigned anonymous;
	} wishes[] = {
		{"granted", CALL("get-todos"), 0, 401},
		{"not granted", CALL("create-todo"), 403, 401},
		{"by a pattern", CALL("admin-all"), 403, 401},
		{"one of them is enough", CALL("either"), 0, 401},
		{"for everybody", CALL("hello"), 0, 0},
		{"not listed", CALL("other"), 403, 401},
		{"another method", POST("\"resources/read\",\"params\":{\"uri\":\"notes://1\"}"),
			403, 401},
		{"without a name", POST("\"tools/list\""), 0, 0},
		{"no message", "[]", 400, 400},
	};
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(configure(&server,
		"{\"routes\": [{\"path\": \"/mcp\", \"allow_anonymous\": true, \"operations\": ["
		"{\"name\": \"get-todos\", \"scopes\": [\"read\"]},"
		"{\"name\": \"create-todo\", \"scopes\": [\"read\", \"create\"]},"
		"{\"name\": \"admin-*\", \"scopes\": [\"admin\"]},"
		"{\"name\": \"either\", \"any_scopes\": [\"admin\", \"read\"]},"
		"{\"name\": \"hello\", \"allow_anonymous\": true},"
		"{\"method\": \"resources/read\", \"name\": \"*\", \"scopes\": [\"notes\"]}"
		"]}]}",
		&err));
	char *bearer = fake_server_bearer(&server, "read");
	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		CHECK_ROW(
			wishes[i].label, post(&server, bearer, wishes[i].body) == wishes[i].status);
		CHECK_ROW(wishes[i].label,
			post(&server, NULL, wishes[i].body) == wishes[i].anonymous);
	}
	free(bearer);
	fake_server_stop(&server);
}

static void the_rest_may_have_operations_too(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(configure(&server,
		"{\"rest\": {\"operations\": [{\"name\": \"a\", \"scopes\": [\"create\"]}]}}",
		&err));
	char *bearer = fake_server_bearer(&server, "read");
	assert_int_equal(post(&server, bearer, CALL("a")), 403);
	assert_int_equal(post(&server, bearer, POST("\"ping\"")), 0);
	free(bearer);
	fake_server_stop(&server);
}

static void without_operations_a_body_is_the_applications(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(configure(&server, "{\"routes\": [{\"path\": \"/mcp\"}]}", &err));
	char *bearer = fake_server_bearer(&server, "read");
	assert_int_equal(post(&server, bearer, "[]"), 0);
	free(bearer);
	fake_server_stop(&server);
}

static void names_the_line_of_what_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *text;
		const char *message;
	} rows[] = {
		{"an operation twice",
			"{\"routes\": [{\"path\": \"/mcp\", \"operations\": [\n"
			"{\"name\": \"a\"},\n{\"name\": \"a\"}]}]}",
			"line 3: "},
		{"a scope that cannot be",
			"{\"routes\": [{\"path\": \"/mcp\", \"operations\": [\n"
			"{\"name\": \"a\", \"scopes\": [\"\\\"\"]}]}]}",
			"line 2: "},
		{"a proxy that is no address", "{\"trusted_proxies\": [\n\"10.0.0.0/8\",\n\"x\"]}",
			"line 3: "},
		{"a public route",
			"{\"routes\": [{\"path\": \"/x\", \"public\": true,\n\"operations\": []}]}",
			"line 2: "},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fake_server server;
		struct mcpauth_error got = {0};
		fake_server_start(&server, FAKE_AT_HAND, NULL);
		CHECK_ROW(rows[i].label, configure(&server, rows[i].text, &got) != MCPAUTH_OK);
		CHECK_ROW(rows[i].label,
			strncmp(got.message, rows[i].message, strlen(rows[i].message)) == 0);
		fake_server_stop(&server);
	}
}

static void adds_the_stages_that_are_named(void **state)
{
	(void)state;
	static const char *const names[] = {"cors", "rate_limit", "access_log", "metrics"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct fake_server server;
		char text[64];
		snprintf(text, sizeof text, "{\"%s\": {}}", names[i]);
		fake_server_start(&server, FAKE_AT_HAND, NULL);
		for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
			assert_false(mcpauth__chain_has_stage(server.chain, names[j]));
		}
		CHECK_OK(add_stages(&server, text, &err));
		for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
			CHECK_ROW(names[j],
				mcpauth__chain_has_stage(server.chain, names[j]) == (i == j));
		}
		fake_server_stop(&server);
	}
}

static void gives_the_stages_what_the_file_says(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	struct fake_request preflight = {.method = "OPTIONS",
		.headers = {"Host", "api.example.com", "Origin", "https://api.example.com",
			"Access-Control-Request-Method", "PUT"}};
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(add_stages(&server,
		"{\"cors\": {\"methods\": [\"GET\", \"PUT\"], \"headers\": [\"X-A\", \"X-B\"],"
		"\"exposed\": [\"X-C\"], \"max_age\": 77},"
		"\"metrics\": {\"path\": \"/numbers\"}}",
		&err));
	CHECK_OK(mcpauth_chain_publish(server.chain, "/numbers", "GET", &err));
	fake_exchange_start(&fake, &server, &preflight);
	fake_exchange_serve(&fake);
	assert_int_equal(fake_exchange_status(&fake), 204);
	const char *methods = fake_exchange_header(&fake, "Access-Control-Allow-Methods");
	const char *headers = fake_exchange_header(&fake, "Access-Control-Allow-Headers");
	assert_non_null(methods);
	assert_non_null(headers);
	assert_non_null(strstr(methods, "PUT"));
	assert_non_null(strstr(headers, "X-B"));
	assert_string_equal(fake_exchange_header(&fake, "Access-Control-Max-Age"), "77");
	fake_exchange_finish(&fake);
	struct fake_request numbers = {.path = "/numbers"};
	assert_true(fake_server_answers(&server, &numbers, 200));
	fake_server_stop(&server);
}

static void names_the_section_that_is_wrong(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_error got = {0};
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		add_stages(&server, "{\n\"cors\": {\"headers\": [\"a(b\"]}}", &got));
	assert_int_equal(strncmp(got.message, "line 2: ", 8), 0);
	CHECK_OK(add_stages(&server, "{\"cors\": {}}", &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, add_stages(&server, "{\"cors\": {}}", &got));
	assert_int_equal(strncmp(got.message, "line 1: ", 8), 0);
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(demands_what_the_file_says_of_operations),
		cmocka_unit_test(the_rest_may_have_operations_too),
		cmocka_unit_test(without_operations_a_body_is_the_applications),
		cmocka_unit_test(names_the_line_of_what_is_wrong),
		cmocka_unit_test(adds_the_stages_that_are_named),
		cmocka_unit_test(gives_the_stages_what_the_file_says),
		cmocka_unit_test(names_the_section_that_is_wrong),
	};
	return cmocka_run_group_tests_name("stage_settings", tests, NULL, NULL);
}
