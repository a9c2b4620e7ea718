/* Operations without memory: a table is as it was, and nobody gets through who should not. */
#include "support/check.h"
#include "support/posting.h"
#include "support/scarce_memory.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

static enum mcpauth_code add(struct mcpauth_operations *operations, const char *method,
	const char *name, struct mcpauth_error *err)
{
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	operation.method = method;
	operation.name = name;
	operation.scopes = "a b";
	operation.any_scopes = "c d";
	return mcpauth_operations_add(operations, &operation, err);
}

static enum mcpauth_code make_table(
	struct mcpauth *auth, struct mcpauth_operations **operations, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth_operations_new(auth, operations, err);
	assert_true((*operations != NULL) == (code == MCPAUTH_OK));
	if (code == MCPAUTH_OK) {
		code = add(*operations, NULL, "name", err);
	}
	if (code == MCPAUTH_OK) {
		code = add(*operations, "resources/read", NULL, err);
	}
	return code == MCPAUTH_OK ? add(*operations, "tools/*", "x*", err) : code;
}

static enum mcpauth_code protect(struct fake_server *server, struct mcpauth_operations *operations,
	struct mcpauth_error *err)
{
	struct mcpauth_chain *chain;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.operations = operations;
	enum mcpauth_code code = mcpauth_chain_new(server->auth, NULL, &chain, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_protect(chain, "/mcp", &policy, err);
	}
	mcpauth_chain_free(chain);
	return code;
}

static enum mcpauth_code attempt(struct fake_server *server, struct mcpauth_error *err)
{
	struct mcpauth_operations *operations;
	enum mcpauth_code code = make_table(server->auth, &operations, err);
	if (code == MCPAUTH_OK) {
		code = protect(server, operations, err);
	}
	mcpauth_operations_free(operations);
	return code;
}

static void fails_at_each_allocation_and_succeeds_afterwards(void **state)
{
	(void)state;
	struct fake_server server;
	bool failed = true;
	unsigned number = 0;
	fake_server_start(&server, FAKE_HELD, NULL);
	/* Names of scopes get their bits once; without one they are only slower. */
	CHECK_OK(attempt(&server, &err));
	while (failed) {
		struct mcpauth_error err = {0};
		scarce_memory_begin(++number);
		enum mcpauth_code code = attempt(&server, &err);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		assert_int_equal(err.code, code);
	}
	assert_true(number > 20);
	fake_server_stop(&server);
}

static void an_entry_that_failed_can_be_added_again(void **state)
{
	(void)state;
	static const char *const names[] = {"a", "a*", NULL};
	struct fake_server server;
	fake_server_start(&server, FAKE_HELD, NULL);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		bool failed = true;
		for (unsigned number = 1; failed; number++) {
			struct mcpauth_operations *operations;
			CHECK_OK(mcpauth_operations_new(server.auth, &operations, &err));
			scarce_memory_begin(number);
			add(operations, NULL, names[i], NULL);
			failed = scarce_memory_end();
			CHECK_CODE(failed ? MCPAUTH_OK : MCPAUTH_E_DUPLICATE,
				add(operations, NULL, names[i], &err));
			mcpauth_operations_free(operations);
		}
	}
	fake_server_stop(&server);
}

static const struct {
	const char *label;
	const char *granted;
	const char *body;
	unsigned status;
} posts[] = {
	{"what may be called", "read write", POSTING_CALL("create"), 0},
	{"what may not", "read", POSTING_CALL("create"), 403},
	{"what is not listed", "read", POSTING_CALL("remove"), 403},
	{"what nobody may", NULL, POSTING_CALL("create"), 401},
	{"what is no message", "read", "{\"jsonrpc\":\"2.0\",\"id\":1}", 400},
};

/* @return the status when this allocation fails */
static unsigned post(struct posting *posting, size_t row, unsigned number, bool *failed)
{
	struct fake_exchange fake;
	struct fake_request request = {.method = "POST"};
	char *bearer = NULL;
	if (posts[row].granted != NULL) {
		bearer = fake_server_bearer(&posting->server, posts[row].granted);
		request.headers[0] = "Authorization";
		request.headers[1] = bearer;
	}
	fake_exchange_start(&fake, &posting->server, &request);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__NEEDS_BODY);
	mcpauth__buf_puts(&fake.exchange->body, posts[row].body);
	fake.exchange->body_is_complete = true;
	scarce_memory_begin(number);
	fake_exchange_serve(&fake);
	*failed = scarce_memory_end();
	unsigned status = fake_exchange_status(&fake);
	fake_exchange_finish(&fake);
	free(bearer);
	return status;
}

static void whichever_allocation_fails_nothing_more_passes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof posts / sizeof *posts; i++) {
		bool failed = true;
		for (unsigned number = 1; failed; number++) {
			struct posting posting;
			bool again;
			posting_start(&posting);
			posting_list(&posting, "create", "write");
			posting_protect(&posting, "read", true);
			unsigned status = post(&posting, i, number, &failed);
			CHECK_ROW(posts[i].label,
				status == posts[i].status || (failed && status >= 500));
			CHECK_ROW(posts[i].label, post(&posting, i, 0, &again) == posts[i].status);
			posting_stop(&posting);
		}
	}
}

static void a_list_is_marked_or_it_is_said_that_it_is_not(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_operations *operations;
	bool failed = true;
	fake_server_start(&server, FAKE_HELD, NULL);
	CHECK_OK(make_table(server.auth, &operations, &err));
	for (unsigned number = 1; failed; number++) {
		cJSON *result = cJSON_Parse("{\"tools\":[{\"name\":\"name\"}]}");
		scarce_memory_begin(number);
		enum mcpauth_code code = mcpauth_operations_filter(
			operations, NULL, MCPAUTH_LIST_MARKED, result);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		cJSON_Delete(result);
	}
	mcpauth_operations_free(operations);
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fails_at_each_allocation_and_succeeds_afterwards),
		cmocka_unit_test(an_entry_that_failed_can_be_added_again),
		cmocka_unit_test(whichever_allocation_fails_nothing_more_passes),
		cmocka_unit_test(a_list_is_marked_or_it_is_said_that_it_is_not),
	};
	return cmocka_run_group_tests_name("operations_no_memory", tests, NULL, NULL);
}
