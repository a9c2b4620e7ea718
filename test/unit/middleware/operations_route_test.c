/* Routes with operations, routes for whoever is not known, and what lies between them. */
#include "support/check.h"
#include "support/posting.h"

#include <stdlib.h>
#include <string.h>

#define NEEDS(scopes) "scope=\"" scopes "\""

/* A route that wants "read" of whoever brings a token, and a token that has it. */
struct fixture {
	struct fake_server server;
	char *bearer;
	char *weak; /* a good token without a scope */
};

static void start(struct fixture *fixture)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "read";
	policy.allow_anonymous = true;
	fake_server_start(&fixture->server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_protect(fixture->server.chain, "/mcp", &policy, &err));
	fixture->bearer = fake_server_bearer(&fixture->server, "read");
	fixture->weak = fake_server_bearer(&fixture->server, "");
}

static void stop(struct fixture *fixture)
{
	free(fixture->bearer);
	free(fixture->weak);
	fake_server_stop(&fixture->server);
}

/** "%" stands for the good header, "-" for the one without a scope. */
static const struct {
	const char *label;
	const char *method;
	const char *first;
	const char *second;
	const char *argument;
	unsigned status; /* 0: passes */
	bool is_known;
} visitors[] = {
	{"nothing", "GET", NULL, NULL, NULL, 0, false},
	{"nothing, posted", "POST", NULL, NULL, NULL, 0, false},
	{"a good token", "GET", "%", NULL, NULL, 0, true},
	{"a good token without the scope", "GET", "-", NULL, NULL, 403, true},
	{"a good token without the scope, posted", "POST", "-", NULL, NULL, 403, true},
	{"nonsense", "GET", "Bearer nonsense", NULL, NULL, 401, false},
	{"an empty header", "GET", "", NULL, NULL, 401, false},
	{"another scheme", "GET", "Basic YTpi", NULL, NULL, 401, false},
	{"a malformed one", "GET", "Bearer a b", NULL, NULL, 400, false},
	{"two good ones", "GET", "%", "%", NULL, 400, false},
	{"a query argument", "GET", NULL, NULL, "abc", 401, false},
	{"an empty query argument", "GET", NULL, NULL, "", 401, false},
	{"a good token and a query argument", "GET", "%", NULL, "abc", 400, false},
};

static const char *value_of(const struct fixture *fixture, const char *value)
{
	if (value == NULL || value[0] == '\0' || value[1] != '\0') {
		return value;
	}
	return *value == '%' ? fixture->bearer : fixture->weak;
}

static void whoever_brings_nothing_passes_and_what_is_brought_must_be_good(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof visitors / sizeof *visitors; i++) {
		struct fake_exchange fake;
		struct fake_request request = {.method = visitors[i].method};
		const char *values[] = {visitors[i].first, visitors[i].second};
		for (size_t k = 0; k < 2 && values[k] != NULL; k++) {
			request.headers[2 * k] = "Authorization";
			request.headers[2 * k + 1] = value_of(&fixture, values[k]);
		}
		request.arguments[0] = visitors[i].argument == NULL ? NULL : "access_token";
		request.arguments[1] = visitors[i].argument;
		fake_exchange_start(&fake, &fixture.server, &request);
		fake_exchange_serve(&fake);
		CHECK_ROW(visitors[i].label, fake_exchange_status(&fake) == visitors[i].status);
		CHECK_ROW(visitors[i].label,
			(mcpauth_exchange_auth_info(fake.exchange) != NULL)
				== visitors[i].is_known);
		fake_exchange_finish(&fake);
	}
	stop(&fixture);
}

static void a_preflight_is_answered_also_where_nobody_need_be_known(void **state)
{
	(void)state;
	static const struct fake_request preflight = {
		.method = "OPTIONS",
		.headers = {"Access-Control-Request-Method", "POST"},
	};
	struct fixture fixture;
	start(&fixture);
	assert_true(fake_server_answers(&fixture.server, &preflight, 204));
	stop(&fixture);
}

/* Tools "open" for all, "get" for whoever is known, "create" for who may write. */
static void start_mixed(struct posting *posting)
{
	struct mcpauth_operation open = MCPAUTH_OPERATION_INIT;
	struct mcpauth_operation listing = MCPAUTH_OPERATION_INIT;
	posting_start(posting);
	open.name = "open*";
	open.allow_anonymous = true;
	posting_list_entry(posting, &open);
	posting_list(posting, "open-not", NULL);
	posting_list(posting, "get", NULL);
	posting_list(posting, "create", "write");
	listing.method = "prompts/list";
	listing.scopes = "prompts";
	posting_list_entry(posting, &listing);
	posting_protect(posting, "read", true);
}

static const struct {
	const char *label;
	const char *granted;
	const char *body;
	unsigned status;
	const char *challenge;
} mixed[] = {
	{"what is open", NULL, POSTING_CALL("open"), 0, NULL},
	{"open by a pattern", NULL, POSTING_CALL("open-too"), 0, NULL},
	{"open by one of two", NULL, POSTING_CALL("open-not"), 401, NEEDS("read")},
	{"what needs somebody", NULL, POSTING_CALL("get"), 401, NEEDS("read")},
	{"what needs a scope", NULL, POSTING_CALL("create"), 401, NEEDS("read write")},
	{"what is not listed", NULL, POSTING_CALL("remove"), 401, NEEDS("read")},
	{"a method that nobody speaks of", NULL, POSTING_REQUEST("tools/list"), 0, NULL},
	{"a method that somebody speaks of", NULL, POSTING_REQUEST("prompts/list"), 401,
		NEEDS("read prompts")},
	{"a response", NULL, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", 0, NULL},
	{"a batch", NULL, "[" POSTING_CALL("open") "," POSTING_CALL("create") "]", 400, "none"},
	{"known: what is open", "read", POSTING_CALL("open"), 0, NULL},
	{"known, but without the route's scope", "", POSTING_CALL("open"), 403, NEEDS("read")},
	{"known: what needs somebody", "read", POSTING_CALL("get"), 0, NULL},
	{"known: what needs a scope", "read", POSTING_CALL("create"), 403, NEEDS("read write")},
	{"known: what is not listed", "read", POSTING_CALL("remove"), 403, "none"},
};

static void asks_who_it_is_when_an_operation_needs_it(void **state)
{
	(void)state;
	struct posting posting;
	start_mixed(&posting);
	for (size_t i = 0; i < sizeof mixed / sizeof *mixed; i++) {
		const char *label = mixed[i].label;
		CHECK_ROW(label,
			posting_call(&posting, mixed[i].granted, mixed[i].body) == mixed[i].status);
		CHECK_ROW(label,
			mixed[i].status == 0
				|| strcmp(posting_challenge_scope(&posting), mixed[i].challenge)
					== 0);
	}
	posting_stop(&posting);
}

static void an_invitation_names_no_error(void **state)
{
	(void)state;
	struct posting posting;
	start_mixed(&posting);
	posting_call(&posting, NULL, POSTING_CALL("create"));
	assert_string_equal(fake_exchange_header(&posting.fake, "WWW-Authenticate"),
		"Bearer resource_metadata=\"" SERVER_METADATA "\", scope=\"read write\"");
	assert_int_equal(mcpauth_exchange_reason(posting.fake.exchange), MCPAUTH_E_NO_CREDENTIALS);
	posting_stop(&posting);
}

/* "/mcp/" must not be easier to open than "/mcp". */
static void the_rest_asks_for_what_every_route_asks_for(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *granted;
		const char *body;
		unsigned status;
	} rows[] = {
		{"what may be called", "read write", POSTING_CALL("create"), 0},
		{"what needs another scope", "read", POSTING_CALL("create"), 403},
		{"what is not listed", "read write", POSTING_CALL("remove"), 403},
		{"what is no message", "read write", "a=b", 400},
		{"what is open at the route", NULL, POSTING_CALL("open"), 401},
	};
	struct posting posting;
	start_mixed(&posting);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct post post = {
			.path = "/mcp/", .granted = rows[i].granted, .body = rows[i].body};
		CHECK_ROW(rows[i].label, posting_send(&posting, &post) == rows[i].status);
	}
	posting_stop(&posting);
}

static void protect_other(struct posting *posting, struct mcpauth_operations *other)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.operations = other;
	CHECK_OK(mcpauth_chain_protect(posting->server.chain, "/other", &policy, &err));
	CHECK_OK(mcpauth_chain_protect_prefix(posting->server.chain, "/below", &policy, &err));
}

/* Each table has its say where several meet: what one does not list none opens. */
static void several_tables_decide_together(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *path;
		const char *granted;
		const char *body;
		unsigned status;
		const char *challenge;
	} rows[] = {
		{"its own", "/other", "", POSTING_CALL("theirs"), 0, NULL},
		{"its own, below", "/below/x", "", POSTING_CALL("theirs"), 0, NULL},
		{"the other's", "/other", "", POSTING_CALL("create"), 403, NEEDS("admin")},
		{"another's", "/mcp", "read", POSTING_CALL("theirs"), 403, "none"},
		{"both, with all scopes", "/x", "read write admin", POSTING_CALL("create"), 0,
			NULL},
		{"both, without the second's", "/x", "read write", POSTING_CALL("create"), 403,
			NEEDS("read write admin")},
		{"both, without the first's", "/x", "read admin", POSTING_CALL("create"), 403,
			NEEDS("read write admin")},
		{"what the first does not list", "/x", "read write admin", POSTING_CALL("theirs"),
			403, "none"},
		{"what the second does not list", "/x", "read write admin", POSTING_CALL("get"),
			403, "none"},
	};
	struct posting posting;
	struct mcpauth_operations *other;
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	start_mixed(&posting);
	CHECK_OK(mcpauth_operations_new(posting.server.auth, &other, &err));
	operation.name = "theirs";
	CHECK_OK(mcpauth_operations_add(other, &operation, &err));
	operation.name = "create";
	operation.scopes = "admin";
	CHECK_OK(mcpauth_operations_add(other, &operation, &err));
	protect_other(&posting, other);
	mcpauth_operations_free(other);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *label = rows[i].label;
		struct post post = {
			.path = rows[i].path, .granted = rows[i].granted, .body = rows[i].body};
		CHECK_ROW(label, posting_send(&posting, &post) == rows[i].status);
		CHECK_ROW(label,
			rows[i].status == 0
				|| strcmp(posting_challenge_scope(&posting), rows[i].challenge)
					== 0);
	}
	posting_stop(&posting);
}

static void a_policy_for_the_rest_has_operations_of_its_own(void **state)
{
	(void)state;
	struct posting posting;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	posting_start(&posting);
	posting_list(&posting, "create", "write");
	posting_protect(&posting, NULL, false);
	CHECK_OK(mcpauth_chain_protect_rest(posting.server.chain, NULL, &err));
	struct post elsewhere = {.path = "/else", .granted = "", .body = "a=b"};
	assert_int_equal(posting_send(&posting, &elsewhere), 0);
	posting_stop(&posting);

	posting_start(&posting);
	posting_list(&posting, "create", "write");
	policy.operations = posting.operations;
	policy.allow_anonymous = true;
	CHECK_OK(mcpauth_chain_protect_rest(posting.server.chain, &policy, &err));
	assert_int_equal(posting_send(&posting, &elsewhere), 400);
	elsewhere.body = POSTING_CALL("create");
	assert_int_equal(posting_send(&posting, &elsewhere), 403);
	elsewhere.granted = NULL;
	elsewhere.body = POSTING_REQUEST("ping");
	assert_int_equal(posting_send(&posting, &elsewhere), 0);
	posting_stop(&posting);
}

static void a_public_route_keeps_its_bodies(void **state)
{
	(void)state;
	struct posting posting;
	posting_start(&posting);
	posting_protect(&posting, NULL, false);
	CHECK_OK(mcpauth_chain_publish(posting.server.chain, "/open", NULL, &err));
	struct post post = {.path = "/open"};
	assert_int_equal(posting_send(&posting, &post), 0);
	assert_false(posting.fake.exchange->body_is_complete);
	posting_stop(&posting);
}

/* The next rules have none of it, and the last request that goes by the old ones is over. */
static void a_change_takes_the_operations_along(void **state)
{
	(void)state;
	struct posting posting;
	posting_start(&posting);
	posting_list(&posting, "create", "write");
	posting_protect(&posting, NULL, false);
	mcpauth_operations_free(posting.operations);
	posting.operations = NULL;
	assert_int_equal(posting_call(&posting, "", POSTING_CALL("create")), 403);
	CHECK_OK(mcpauth_chain_revise(posting.server.chain, posting.server.auth, &err));
	CHECK_OK(mcpauth_chain_protect(posting.server.chain, "/mcp", NULL, &err));
	mcpauth_chain_commit(posting.server.chain);
	assert_int_equal(posting_call(&posting, "", POSTING_CALL("create")), 0);
	assert_null(mcpauth_exchange_message(posting.fake.exchange));
	posting_stop(&posting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_brings_nothing_passes_and_what_is_brought_must_be_good),
		cmocka_unit_test(a_preflight_is_answered_also_where_nobody_need_be_known),
		cmocka_unit_test(asks_who_it_is_when_an_operation_needs_it),
		cmocka_unit_test(an_invitation_names_no_error),
		cmocka_unit_test(the_rest_asks_for_what_every_route_asks_for),
		cmocka_unit_test(several_tables_decide_together),
		cmocka_unit_test(a_policy_for_the_rest_has_operations_of_its_own),
		cmocka_unit_test(a_public_route_keeps_its_bodies),
		cmocka_unit_test(a_change_takes_the_operations_along),
	};
	return cmocka_run_group_tests_name("operations_route", tests, NULL, NULL);
}
