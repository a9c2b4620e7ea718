/* An issuer's metadata as this server's own: only where wanted, whole, also late. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <string.h>

#define PATH "/.well-known/oauth-authorization-server"
#define LEGACY "https://legacy.example"
#define LEGACY_METADATA LEGACY "/.well-known/oauth-authorization-server"
#define DOCUMENT \
	"{\"issuer\":\"" LEGACY "\",\"jwks_uri\":\"" FAKE_KEYS "\"," \
	"\"x_vendor\":{\"quota\":9007199254740993}}"

static bool answers(
	struct fake_server *server, const char *method, const char *path, unsigned status)
{
	struct fake_request request = {.method = method, .path = path};
	return fake_server_answers(server, &request, status);
}

static void start(struct fake_server *server, enum fake_reach reach)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	fake_server_start(server, reach, NULL);
	fake_issuer_publish(server->issuer, LEGACY_METADATA, 200, DOCUMENT);
	issuer.issuer = LEGACY;
	CHECK_OK(mcpauth_add_issuer(server->auth, SERVER_RESOURCE, &issuer, &err));
}

static void start_serving(struct fake_server *server, enum fake_reach reach)
{
	start(server, reach);
	CHECK_OK(mcpauth_chain_serve_issuer_metadata(server->chain, LEGACY, &err));
}

static void is_not_served_by_default(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server, FAKE_AT_HAND);
	assert_true(answers(&server, "GET", PATH, 404));
	assert_true(answers(&server, "OPTIONS", PATH, 404));
	CHECK_OK(mcpauth_chain_serve_issuer_metadata(server.chain, LEGACY, &err));
	assert_true(answers(&server, "GET", PATH, 200));
	assert_true(answers(&server, "OPTIONS", PATH, 204));
	fake_server_stop(&server);
}

static void check_shown(const struct fake_exchange *fake)
{
	assert_int_equal(fake_exchange_status(fake), 200);
	assert_string_equal(fake_exchange_body(fake), DOCUMENT);
	assert_string_equal(fake_exchange_header(fake, "Content-Type"), "application/json");
	assert_string_equal(fake_exchange_header(fake, "Cache-Control"), "public, max-age=3600");
	assert_string_equal(fake_exchange_header(fake, "Access-Control-Allow-Origin"), "*");
}

static void shows_every_member_to_everybody(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	start_serving(&server, FAKE_AT_HAND);
	struct fake_request request = {
		.path = PATH,
		.headers = {"Origin", "https://inspector.example", "Host", "elsewhere.example"},
	};
	fake_exchange_start(&fake, &server, &request);
	fake_exchange_serve(&fake);
	check_shown(&fake);
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void is_only_for_reading(void **state)
{
	(void)state;
	static const struct {
		const char *method;
		unsigned status;
	} rows[] = {
		{"GET", 200},
		{"HEAD", 200},
		{"OPTIONS", 204},
		{"POST", 405},
		{"DELETE", 405},
		{"get", 405},
	};
	struct fake_server server;
	start_serving(&server, FAKE_AT_HAND);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].method, answers(&server, rows[i].method, PATH, rows[i].status));
	}
	struct fake_exchange fake;
	fake_exchange_start(&fake, &server, &(struct fake_request){.method = "POST", .path = PATH});
	fake_exchange_serve(&fake);
	assert_string_equal(fake_exchange_header(&fake, "Allow"), "GET, HEAD, OPTIONS");
	assert_null(fake_exchange_header(&fake, "WWW-Authenticate"));
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void is_at_one_path_alone(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		unsigned status;
	} rows[] = {
		{PATH "/mcp", 404},
		{PATH "/", 404},
		{"/.well-known/openid-configuration", 404},
		{"/.well-known/oauth-protected-resource/mcp", 200},
		{"/mcp/.well-known/oauth-authorization-server", 401},
		{PATH, 200},
	};
	struct fake_server server;
	start_serving(&server, FAKE_AT_HAND);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].path, answers(&server, "GET", rows[i].path, rows[i].status));
	}
	fake_server_stop(&server);
}

static void no_route_takes_its_place(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server, FAKE_AT_HAND);
	CHECK_OK(mcpauth_chain_publish(server.chain, PATH, NULL, &err));
	assert_true(answers(&server, "GET", PATH, 0));
	CHECK_OK(mcpauth_chain_serve_issuer_metadata(server.chain, LEGACY, &err));
	assert_true(answers(&server, "GET", PATH, 200));
	fake_server_stop(&server);
}

static void waits_for_what_has_to_be_fetched(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	start_serving(&server, FAKE_HELD);
	fake_exchange_start(&fake, &server, &(struct fake_request){.path = PATH});
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	fake_issuer_release(server.issuer);
	fake_exchange_await(&fake);
	fake_exchange_serve(&fake);
	check_shown(&fake);
	fake_exchange_finish(&fake);
	assert_int_equal(fake_issuer_fetches(server.issuer, LEGACY_METADATA), 1);
	fake_server_stop(&server);
}

static void a_client_may_leave_while_it_waits(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	start_serving(&server, FAKE_HELD);
	fake_exchange_start(&fake, &server, &(struct fake_request){.path = PATH});
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	fake_exchange_break(&fake);
	fake_issuer_release(server.issuer);
	assert_true(answers(&server, "GET", PATH, 200));
	fake_server_stop(&server);
}

static void a_drained_server_lets_it_wait_no_longer(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	start_serving(&server, FAKE_HELD);
	fake_exchange_start(&fake, &server, &(struct fake_request){.path = PATH});
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	assert_int_equal(mcpauth_chain_drain(server.chain, 0), 1);
	fake_exchange_await(&fake);
	fake_exchange_serve(&fake);
	assert_int_equal(fake_exchange_status(&fake), 503);
	fake_exchange_finish(&fake);
	fake_server_stop(&server);
}

static void an_issuer_that_is_down_is_503_without_a_challenge(void **state)
{
	(void)state;
	struct fake_server server;
	struct fake_exchange fake;
	start_serving(&server, FAKE_DOWN);
	for (int i = 0; i < 3; i++) {
		fake_exchange_start(&fake, &server, &(struct fake_request){.path = PATH});
		fake_exchange_serve(&fake);
		assert_int_equal(fake_exchange_status(&fake), 503);
		assert_string_equal(fake_exchange_header(&fake, "Retry-After"), "1");
		assert_string_equal(fake_exchange_header(&fake, "Cache-Control"), "no-store");
		assert_string_equal(
			fake_exchange_header(&fake, "Access-Control-Allow-Origin"), "*");
		assert_null(fake_exchange_header(&fake, "WWW-Authenticate"));
		fake_exchange_finish(&fake);
	}
	assert_int_equal(fake_issuer_fetches(server.issuer, LEGACY_METADATA), 1);
	fake_issuer_set_down(server.issuer, false);
	fake_issuer_advance_ms(server.issuer, 1000);
	assert_true(answers(&server, "GET", PATH, 200));
	fake_server_stop(&server);
}

/* Whichever of the resources its issuer belongs to. */
static void says_when_a_failing_issuer_is_worth_asking_again(void **state)
{
	(void)state;
	static const char *const resources[] = {
		SERVER_RESOURCE, "https://other.example.com/mcp", NULL};
	for (size_t i = 0; i < 2; i++) {
		struct fake_server server;
		struct fake_exchange fake;
		struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
		issuer.issuer = LEGACY;
		fake_server_start(&server, FAKE_DOWN, resources);
		CHECK_OK(mcpauth_add_issuer(server.auth, resources[i], &issuer, &err));
		CHECK_OK(mcpauth_chain_serve_issuer_metadata(server.chain, LEGACY, &err));
		assert_true(answers(&server, "GET", PATH, 503));
		fake_issuer_advance_ms(server.issuer, 1000);
		fake_exchange_start(&fake, &server, &(struct fake_request){.path = PATH});
		fake_exchange_serve(&fake);
		assert_string_equal(fake_exchange_header(&fake, "Retry-After"), "2");
		fake_exchange_finish(&fake);
		fake_server_stop(&server);
	}
}

static void the_old_document_is_served_while_the_issuer_is_down(void **state)
{
	(void)state;
	struct fake_server server;
	start_serving(&server, FAKE_AT_HAND);
	assert_true(answers(&server, "GET", PATH, 200));
	fake_issuer_set_down(server.issuer, true);
	for (int i = 0; i < 5; i++) {
		fake_issuer_advance_ms(server.issuer, 600000);
		assert_true(answers(&server, "GET", PATH, 200));
	}
	assert_true(fake_issuer_fetches(server.issuer, LEGACY_METADATA) > 1);
	fake_server_stop(&server);
}

static void only_an_issuer_with_metadata_is_served(void **state)
{
	(void)state;
	struct fake_server server;
	start(&server, FAKE_AT_HAND);
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_serve_issuer_metadata(server.chain, NULL, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER,
		mcpauth_chain_serve_issuer_metadata(server.chain, LEGACY "/", &err));
	CHECK_CODE(MCPAUTH_E_UNSUPPORTED,
		mcpauth_chain_serve_issuer_metadata(server.chain, FAKE_ISSUER, &err));
	assert_true(answers(&server, "GET", PATH, 404));
	CHECK_OK(mcpauth_chain_serve_issuer_metadata(server.chain, LEGACY, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE,
		mcpauth_chain_serve_issuer_metadata(server.chain, LEGACY, &err));
	assert_int_equal(fake_issuer_fetches(server.issuer, LEGACY_METADATA), 0);
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_not_served_by_default),
		cmocka_unit_test(shows_every_member_to_everybody),
		cmocka_unit_test(is_only_for_reading),
		cmocka_unit_test(is_at_one_path_alone),
		cmocka_unit_test(no_route_takes_its_place),
		cmocka_unit_test(waits_for_what_has_to_be_fetched),
		cmocka_unit_test(a_client_may_leave_while_it_waits),
		cmocka_unit_test(a_drained_server_lets_it_wait_no_longer),
		cmocka_unit_test(an_issuer_that_is_down_is_503_without_a_challenge),
		cmocka_unit_test(says_when_a_failing_issuer_is_worth_asking_again),
		cmocka_unit_test(the_old_document_is_served_while_the_issuer_is_down),
		cmocka_unit_test(only_an_issuer_with_metadata_is_served),
	};
	return cmocka_run_group_tests_name("issuer_metadata", tests, NULL, NULL);
}
