/* CORS and allowed origins that run out of memory: nobody gets leave that he should not. */
#include "support/check.h"
#include "support/leave.h"
#include "support/scarce_memory.h"

/* Nothing of an origin that found no room is allowed, and those before it stay. */
static void origins_are_allowed_whole_or_not_at_all(void **state)
{
	(void)state;
	static const struct fake_request before = {.headers = {"Origin", "https://a.one.example"}};
	static const struct fake_request wanted = {.headers = {"Origin", "https://a.two.example"}};
	struct fake_server server;
	bool failed = true;
	unsigned number = 0;
	fake_server_start(&server, FAKE_HELD, NULL);
	CHECK_OK(mcpauth_chain_allow_origin(server.chain, "https://*.one.example", &err));
	while (failed) {
		struct mcpauth_error err = {0};
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth_chain_allow_origin(
			server.chain, "https://*.two.example", &err);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		assert_int_equal(err.code, code);
		assert_true(fake_server_answers(&server, &before, 401));
		assert_true(fake_server_answers(&server, &wanted, failed ? 403 : 401));
	}
	assert_true(number > 2);
	fake_server_stop(&server);
}

static void is_not_added_without_memory(void **state)
{
	(void)state;
	struct fake_server server;
	bool failed = true;
	unsigned number = 0;
	fake_server_start(&server, FAKE_HELD, NULL);
	while (failed) {
		struct mcpauth_cors cors = MCPAUTH_CORS_INIT;
		struct mcpauth_error err = {0};
		cors.headers = "X-One X-Two";
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth_chain_add_cors(server.chain, &cors, &err);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		assert_int_equal(err.code, code);
	}
	assert_true(number > 4);
	fake_server_stop(&server);
}

/* A request goes on without memory for the leave, and no cache keeps it for others. */
static void lets_nobody_read_what_caches_may_mistake(void **state)
{
	(void)state;
	static const struct fake_request request = {
		.path = "/open", .headers = {"Origin", LEAVE_PAGE}};
	bool failed = true;
	unsigned number = 1;
	for (; failed; number++) {
		struct fake_server server;
		struct fake_exchange fake;
		leave_start(&server, NULL);
		fake_exchange_start(&fake, &server, &request);
		scarce_memory_begin(number);
		fake_exchange_serve(&fake);
		failed = scarce_memory_end();
		assert_int_equal(fake.verdict, MCPAUTH__PASS);
		bool reads = leave_field_is(&fake, "Access-Control-Allow-Origin", LEAVE_PAGE);
		assert_true(!reads || leave_field_is(&fake, "Vary", "Origin"));
		assert_true(reads || leave_is_none(&fake));
		assert_true(failed
			|| leave_field_is(&fake, "Access-Control-Expose-Headers", LEAVE_EXPOSED));
		fake_exchange_finish(&fake);
		fake_server_stop(&server);
	}
	assert_true(number > 8);
}

/* Whichever allocation fails: either all that a browser goes by, or nothing of it. */
static void gives_leave_whole_or_not_at_all(void **state)
{
	(void)state;
	static const struct fake_request request = {.method = "OPTIONS",
		.headers = {"Origin", LEAVE_PAGE, "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "mcp-param-a"}};
	bool failed = true;
	unsigned number = 1;
	for (; failed; number++) {
		struct fake_server server;
		struct fake_exchange fake;
		leave_start(&server, NULL);
		fake_exchange_start(&fake, &server, &request);
		scarce_memory_begin(number);
		fake_exchange_serve(&fake);
		failed = scarce_memory_end();
		assert_int_equal(fake_exchange_status(&fake), failed ? 500 : 204);
		assert_int_equal(leave_is_none(&fake), failed);
		fake_exchange_finish(&fake);
		fake_server_stop(&server);
	}
	assert_true(number > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(origins_are_allowed_whole_or_not_at_all),
		cmocka_unit_test(is_not_added_without_memory),
		cmocka_unit_test(lets_nobody_read_what_caches_may_mistake),
		cmocka_unit_test(gives_leave_whole_or_not_at_all),
	};
	return cmocka_run_group_tests_name("cors_no_memory", tests, NULL, NULL);
}
