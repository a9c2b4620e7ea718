/* The MCP part of the examples behind a chain, on a route with operations and on one
 * without, and what it says of HTTP itself. */
#include "mcp/mcp.h"
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INITIALIZE \
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"initialize\",\"params\":{" \
	"\"protocolVersion\":\"2025-11-25\"}}"
#define JSON "Content-Type: application/json\r\n"

struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	bool with_operations;
	struct mcp_server *server; /* made when the chain is */
	atomic_uint complaints;
	struct daemon *daemon;
	char *token;
};

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	const struct fixture *fixture = user;
	return mcp_handle(fixture->server, connection, url, method, version, upload_data,
		upload_data_size, con_cls);
}

static void log_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct fixture *fixture = user;
	(void)code;
	(void)request;
	bool is_it = level == MCPAUTH_LOG_ERROR && strstr(message, "policy.operations") != NULL;
	atomic_fetch_add(&fixture->complaints, is_it);
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct fixture *fixture = user;
	struct mcpauth_operations *operations;
	struct mcpauth_operation all = MCPAUTH_OPERATION_INIT;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	const struct mcp_server_config config = {
		.name = "test", .version = "1", .path = "/mcp", .auth = auth};
	all.method = "*";
	CHECK_OK(mcpauth_operations_new(auth, &operations, &err));
	CHECK_OK(mcpauth_operations_add(operations, &all, &err));
	policy.operations = fixture->with_operations ? operations : NULL;
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", &policy, &err));
	mcpauth_operations_free(operations);
	fixture->server = mcp_server_new(&config);
	assert_non_null(fixture->server);
}

static struct fixture *start(bool with_operations)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_non_null(fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->issuer = loopback_new(&fixture->page, 1);
	fixture->with_operations = with_operations;
	struct daemon_config config = {
		.issuer_port = loopback_port(fixture->issuer),
		.handler = handle,
		.handler_user = fixture,
		.prepare = prepare,
		.prepare_user = fixture,
		.log = log_line,
		.log_user = fixture,
	};
	fixture->daemon = daemon_new(&config);
	fixture->token = daemon_token("alice");
	return fixture;
}

static void stop(struct fixture *fixture)
{
	daemon_stop(fixture->daemon);
	mcp_server_free(fixture->server);
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	free(fixture->token);
	free(fixture);
}

/* @param fields  whole lines */
static struct http_response ask(const struct fixture *fixture, const char *method, const char *path,
	const char *fields, const char *body)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(fixture->daemon));
	char head[2048];
	snprintf(head, sizeof head, "Authorization: Bearer %s\r\nContent-Length: %zu\r\n%s",
		fixture->token, strlen(body), fields);
	assert_true(http_client_head(client, method, path, head));
	assert_true(http_client_say(client, body));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	http_client_free(client);
	return response;
}

static void check(
	const struct fixture *fixture, const char *fields, unsigned status, const char *said)
{
	struct http_response response = ask(fixture, "POST", "/mcp", fields, INITIALIZE);
	CHECK_ROW(fields, response.status == status);
	CHECK_ROW(response.body, strstr(response.body, said) != NULL);
	http_response_finish(&response);
}

static void says_500_and_why_on_a_route_without_operations(void **state)
{
	struct fixture *fixture = start(false);
	(void)state;
	check(fixture, JSON, 500, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32603,");
	assert_int_equal(fixture->complaints, 1);
	stop(fixture);
	fixture = start(true);
	check(fixture, JSON, 200, "\"protocolVersion\":\"2025-11-25\"");
	assert_int_equal(fixture->complaints, 0);
	stop(fixture);
}

static void wants_json_to_come_and_to_go(void **state)
{
	struct fixture *fixture = start(true);
	const char *refused = "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32600,";
	(void)state;
	check(fixture, "Content-Type: text/plain\r\n", 415, refused);
	check(fixture, "Content-Type: application/jsonx\r\n", 415, refused);
	check(fixture, JSON "Accept: text/html\r\n", 406, refused);
	check(fixture, "", 200, "\"result\"");
	check(fixture, "Content-Type: application/json; charset=utf-8\r\n", 200, "\"result\"");
	check(fixture, JSON "Accept: application/json, text/event-stream\r\n", 200, "\"result\"");
	check(fixture, JSON "Accept: */*\r\n", 200, "\"result\"");
	stop(fixture);
}

static void is_at_its_path_and_takes_posts(void **state)
{
	struct fixture *fixture = start(true);
	(void)state;
	struct http_response elsewhere = ask(fixture, "POST", "/mcp/x", JSON, INITIALIZE);
	assert_int_equal(elsewhere.status, 404);
	http_response_finish(&elsewhere);
	struct http_response put = ask(fixture, "PUT", "/mcp", JSON, "what is not looked at");
	char allow[32];
	assert_int_equal(put.status, 405);
	assert_true(http_response_field(&put, "Allow", allow, sizeof allow));
	assert_string_equal(allow, "POST, DELETE");
	http_response_finish(&put);
	stop(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_500_and_why_on_a_route_without_operations),
		cmocka_unit_test(wants_json_to_come_and_to_go),
		cmocka_unit_test(is_at_its_path_and_takes_posts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
