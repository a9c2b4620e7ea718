/* Tables that are added to routes which are there already, as a program does that has its
 * routes in a settings file. */
#include "support/check.h"
#include "support/posting.h"

#include <mcpauth/reload.h>

#include <stdlib.h>
#include <string.h>

#define NEEDS(scopes) "scope=\"" scopes "\""

/* A route that wants "read", without a table, and one that lists "get" and "create". */
static void start(struct posting *posting, const char *path)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	posting_start(posting);
	posting_list(posting, "get", NULL);
	posting_list(posting, "create", "write");
	policy.scopes = "read";
	CHECK_OK(mcpauth_chain_protect(posting->server.chain, path, &policy, &err));
}

static void add(struct posting *posting, const char *path)
{
	CHECK_OK(mcpauth_chain_add_operations(
		posting->server.chain, path, posting->operations, &err));
}

static void demands_of_an_operation_what_route_and_table_say(void **state)
{
	(void)state;
	struct posting posting;
	start(&posting, "/mcp");
	assert_int_equal(posting_call(&posting, "read", POSTING_CALL("create")), 0);
	assert_null(mcpauth_exchange_message(posting.fake.exchange));
	add(&posting, "/mcp");
	assert_int_equal(posting_call(&posting, "read", POSTING_CALL("create")), 403);
	assert_string_equal(posting_challenge_scope(&posting), NEEDS("read write"));
	assert_int_equal(posting_call(&posting, "write", POSTING_CALL("create")), 403);
	assert_int_equal(posting_call(&posting, "read write", POSTING_CALL("create")), 0);
	assert_non_null(mcpauth_exchange_message(posting.fake.exchange));
	assert_int_equal(posting_call(&posting, "read", POSTING_CALL("get")), 0);
	assert_int_equal(posting_call(&posting, "read write", POSTING_CALL("remove")), 403);
	posting_stop(&posting);
}

static void stands_beside_the_table_of_the_policy(void **state)
{
	(void)state;
	struct posting posting;
	struct mcpauth_operations *more;
	struct mcpauth_operation all = MCPAUTH_OPERATION_INIT;
	posting_start(&posting);
	posting_list(&posting, "get", NULL);
	posting_protect(&posting, NULL, false);
	CHECK_OK(mcpauth_operations_new(posting.server.auth, &more, &err));
	all.name = "*";
	all.scopes = "staff";
	CHECK_OK(mcpauth_operations_add(more, &all, &err));
	assert_int_equal(posting_call(&posting, "", POSTING_CALL("get")), 0);
	CHECK_OK(mcpauth_chain_add_operations(posting.server.chain, "/mcp", more, &err));
	mcpauth_operations_free(more);
	assert_int_equal(posting_call(&posting, "", POSTING_CALL("get")), 403);
	assert_int_equal(posting_call(&posting, "staff", POSTING_CALL("get")), 0);
	assert_int_equal(posting_call(&posting, "staff", POSTING_CALL("create")), 403);
	posting_stop(&posting);
}

/* The route that takes a POST, and no other one of its path. */
static void belongs_to_the_route_that_takes_what_is_posted(void **state)
{
	(void)state;
	struct posting posting;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	posting_start(&posting);
	posting_list(&posting, "create", "write");
	policy.methods = "GET DELETE";
	policy.scopes = "look";
	CHECK_OK(mcpauth_chain_protect(posting.server.chain, "/mcp", &policy, &err));
	policy.methods = NULL;
	policy.scopes = "read";
	CHECK_OK(mcpauth_chain_protect(posting.server.chain, "/mcp", &policy, &err));
	add(&posting, "/mcp");
	assert_int_equal(posting_call(&posting, "read", POSTING_CALL("create")), 403);
	assert_string_equal(posting_challenge_scope(&posting), NEEDS("read write"));
	posting_stop(&posting);
}

/* "/mcp/" must not be easier to open than "/mcp". */
static void holds_for_the_rest_unless_that_was_given(void **state)
{
	(void)state;
	struct posting posting;
	struct post elsewhere = {
		.path = "/else", .granted = "read", .body = POSTING_CALL("create")};
	start(&posting, "/mcp");
	add(&posting, "/mcp");
	assert_int_equal(posting_send(&posting, &elsewhere), 403);
	posting_stop(&posting);
	start(&posting, "/mcp");
	CHECK_OK(mcpauth_chain_protect_rest(posting.server.chain, NULL, &err));
	add(&posting, "/mcp");
	assert_int_equal(posting_send(&posting, &elsewhere), 0);
	posting_stop(&posting);
}

static void holds_for_all_that_a_prefix_or_the_rest_covers(void **state)
{
	(void)state;
	struct posting posting;
	struct post below = {
		.path = "/mcp/below", .granted = "read", .body = POSTING_CALL("create")};
	start(&posting, "/unlike");
	add(&posting, "/mcp");
	assert_int_equal(posting_send(&posting, &below), 403);
	posting_stop(&posting);
	start(&posting, "/unlike");
	CHECK_OK(mcpauth_chain_protect_rest(posting.server.chain, NULL, &err));
	CHECK_OK(mcpauth_chain_protect_prefix(posting.server.chain, "/mcp", NULL, &err));
	assert_int_equal(posting_send(&posting, &below), 0);
	add(&posting, "/mcp");
	assert_int_equal(posting_send(&posting, &below), 403);
	below.path = "/else";
	assert_int_equal(posting_send(&posting, &below), 0);
	posting_stop(&posting);
}

static void wants_a_route_that_asks_who_it_is(void **state)
{
	(void)state;
	struct posting posting;
	start(&posting, "/mcp");
	struct mcpauth_chain *chain = posting.server.chain;
	CHECK_OK(mcpauth_chain_publish(chain, "/open", NULL, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_add_operations(chain, "/open", posting.operations, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_add_operations(chain, NULL, posting.operations, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_chain_add_operations(chain, "/mcp", NULL, &err));
	struct post open = {.path = "/open", .body = "a=b"};
	assert_int_equal(posting_send(&posting, &open), 0);
	CHECK_OK(mcpauth_chain_add_operations(chain, "/mcp", posting.operations, &err));
	posting_stop(&posting);
}

/* Once: the same table twice says nothing more. */
static void takes_a_table_once(void **state)
{
	(void)state;
	struct posting posting;
	start(&posting, "/mcp");
	add(&posting, "/mcp");
	add(&posting, "/mcp");
	assert_int_equal(posting_call(&posting, "read", POSTING_CALL("create")), 403);
	assert_string_equal(posting_challenge_scope(&posting), NEEDS("read write"));
	posting_stop(&posting);
}

/* What a change is built of says it anew; until then the old rules stand. */
static void speaks_of_the_rules_that_are_being_built(void **state)
{
	(void)state;
	struct posting posting;
	start(&posting, "/mcp");
	struct mcpauth_chain *chain = posting.server.chain;
	CHECK_OK(mcpauth_chain_revise(chain, posting.server.auth, &err));
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", NULL, &err));
	add(&posting, "/mcp");
	assert_int_equal(posting_call(&posting, "read", POSTING_CALL("create")), 0);
	mcpauth_chain_commit(chain);
	assert_int_equal(posting_call(&posting, "read", POSTING_CALL("create")), 403);
	assert_int_equal(posting_call(&posting, "write", POSTING_CALL("create")), 0);
	posting_stop(&posting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(demands_of_an_operation_what_route_and_table_say),
		cmocka_unit_test(stands_beside_the_table_of_the_policy),
		cmocka_unit_test(belongs_to_the_route_that_takes_what_is_posted),
		cmocka_unit_test(holds_for_the_rest_unless_that_was_given),
		cmocka_unit_test(holds_for_all_that_a_prefix_or_the_rest_covers),
		cmocka_unit_test(wants_a_route_that_asks_who_it_is),
		cmocka_unit_test(takes_a_table_once),
		cmocka_unit_test(speaks_of_the_rules_that_are_being_built),
	};
	return cmocka_run_group_tests_name("operations_added", tests, NULL, NULL);
}
