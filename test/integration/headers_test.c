/* Headers that stages and chains ask for, in answers of the application. */
#define MCPAUTH_MHD_REPLACE_QUEUE

#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <stdlib.h>
#include <string.h>

/** A response made once and shared between requests. */
struct application {
	struct MHD_Response *shared;
};

struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct application application;
	struct daemon *daemon;
	char *token;
	struct http_client *client;
	struct http_response response;
};

static enum mcpauth_stage_result name_caller(struct mcpauth_exchange *exchange, void *user)
{
	const struct mcpauth_auth_info *info = mcpauth_exchange_auth_info(exchange);
	(void)user;
	CHECK_OK(mcpauth_exchange_add_header(
		exchange, "X-Caller", info == NULL ? "nobody" : mcpauth_auth_info_subject(info)));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_exchange_add_header(exchange, "X-Split", "a\r\nX-Smuggled: b"));
	return MCPAUTH_NEXT;
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct application *application = user;
	(void)auth;
	stage.on_request = name_caller;
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_LAST, &stage, &err));
	CHECK_OK(mcpauth_chain_add_header(chain, "X-Chain", "yes", &err));
	assert_int_equal(mcpauth_mhd_decorate(chain, application->shared), MHD_YES);
}

static enum MHD_Result queue_own(struct MHD_Connection *connection)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		3, (void *)"own", MHD_RESPMEM_PERSISTENT);
	/* By the macro this is mcpauth_mhd_queue_response(). */
	enum MHD_Result result = MHD_queue_response(connection, 200, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	const struct application *application = user;
	(void)method;
	(void)version;
	(void)upload_data;
	(void)upload_data_size;
	if (*con_cls == NULL) {
		*con_cls = (void *)application;
		return MHD_YES;
	}
	return strcmp(url, "/mcp/shared") == 0
		? (MHD_queue_response)(connection, 200, application->shared)
		: queue_own(connection);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->application.shared = MHD_create_response_from_buffer(
		6, (void *)"shared", MHD_RESPMEM_PERSISTENT);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->issuer = loopback_new(&fixture->page, 1);
	struct daemon_config config = {
		.issuer_port = loopback_port(fixture->issuer),
		.prepare = prepare,
		.prepare_user = &fixture->application,
		.handler = handle,
		.handler_user = &fixture->application,
	};
	fixture->daemon = daemon_new(&config);
	fixture->client = http_client_new(daemon_port(fixture->daemon));
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	http_client_free(fixture->client);
	http_response_finish(&fixture->response);
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	MHD_destroy_response(fixture->application.shared);
	free(fixture->token);
	free(fixture);
	return 0;
}

static void ask(struct fixture *fixture, const char *path, const char *subject)
{
	free(fixture->token);
	fixture->token = subject == NULL ? NULL : daemon_token(subject);
	assert_true(http_client_get(fixture->client, path, fixture->token));
	assert_true(http_client_read(fixture->client, &fixture->response, HTTP_CLIENT_MS));
}

static void check_field(const struct fixture *fixture, const char *name, const char *want)
{
	char value[64] = "";
	bool there = http_response_field(&fixture->response, name, value, sizeof value);
	assert_int_equal(there, want != NULL);
	assert_string_equal(value, want == NULL ? "" : want);
}

static void queue_response_carries_headers_of_stages_and_chain(void **state)
{
	struct fixture *fixture = *state;
	ask(fixture, "/mcp", "alice");
	assert_string_equal(fixture->response.body, "own");
	check_field(fixture, "X-Caller", "alice");
	check_field(fixture, "X-Chain", "yes");
	check_field(fixture, "X-Smuggled", NULL);
	ask(fixture, "/mcp", "bob");
	check_field(fixture, "X-Caller", "bob");
	ask(fixture, "/open", NULL);
	check_field(fixture, "X-Caller", "nobody");
}

static void a_decorated_response_carries_the_chains_headers_alone(void **state)
{
	struct fixture *fixture = *state;
	for (int i = 0; i < 3; i++) {
		ask(fixture, "/mcp/shared", "alice");
		assert_string_equal(fixture->response.body, "shared");
		check_field(fixture, "X-Chain", "yes");
		check_field(fixture, "X-Caller", NULL);
		assert_ptr_equal(
			strstr(strstr(fixture->response.head, "X-Chain") + 1, "X-Chain"), NULL);
	}
}

static void refusals_carry_the_chains_headers_too(void **state)
{
	struct fixture *fixture = *state;
	ask(fixture, "/mcp", NULL);
	assert_int_equal(fixture->response.status, 401);
	check_field(fixture, "X-Chain", "yes");
	check_field(fixture, "X-Caller", NULL); /* that stage did not run */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			queue_response_carries_headers_of_stages_and_chain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_decorated_response_carries_the_chains_headers_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			refusals_carry_the_chains_headers_too, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
