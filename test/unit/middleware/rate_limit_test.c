/* The limit of failures: who is told to wait, for what, and until when. */
#include <mcpauth/cors.h>
#include <mcpauth/rate_limit.h>

#include "support/check.h"
#include "support/fake_exchange.h"
#include "support/test_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELSEWHERE "192.0.2.99"
#define BAD "Bearer a.b.c"

struct fixture {
	struct fake_server server;
	char *good; /* with the scope that /scoped wants */
};

/** An answer, as far as it matters here. */
struct reply {
	unsigned status; /* 0: it passed */
	enum mcpauth_code reason;
	char retry_after[16];
	char challenge[512];
	char body[512];
};

static char *sign(const char *members)
{
	char payload[512];
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" FAKE_ISSUER "\",\"aud\":\"" SERVER_RESOURCE "\",\"exp\":%lld%s}",
		(long long)FAKE_NOW + 3600, members);
	char *token = test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k0\"}", payload);
	size_t size = strlen(token) + sizeof "Bearer ";
	char *value = malloc(size);
	assert_non_null(value);
	snprintf(value, size, "Bearer %s", token);
	free(token);
	return value;
}

static void limit_failures(struct mcpauth_chain *chain, unsigned address, unsigned subject)
{
	struct mcpauth_rate_limit limit = MCPAUTH_RATE_LIMIT_INIT;
	limit.address_burst = address;
	limit.subject_burst = subject;
	CHECK_OK(mcpauth_chain_add_rate_limit(chain, &limit, &err));
}

static void prepare(struct fixture *fixture)
{
	struct mcpauth_chain *chain = fixture->server.chain;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "write";
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", NULL, &err));
	CHECK_OK(mcpauth_chain_protect(chain, "/scoped", &policy, &err));
	CHECK_OK(mcpauth_chain_publish(chain, "/open", NULL, &err));
	fixture->good = sign(",\"sub\":\"alice\",\"scope\":\"write\"");
}

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_non_null(fixture);
	fake_server_start(&fixture->server, FAKE_AT_HAND, NULL);
	prepare(fixture);
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	fake_server_stop(&fixture->server);
	free(fixture->good);
	free(fixture);
	return 0;
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from == NULL ? "" : from);
}

static struct reply send(struct fixture *fixture, const struct fake_request *request)
{
	struct fake_exchange fake;
	struct reply reply = {0};
	fake_exchange_start(&fake, &fixture->server, request);
	fake_exchange_serve(&fake);
	reply.status = fake_exchange_status(&fake);
	reply.reason = mcpauth_exchange_reason(fake.exchange);
	if (reply.status != 0) {
		copy(reply.retry_after, sizeof reply.retry_after,
			fake_exchange_header(&fake, "Retry-After"));
		copy(reply.challenge, sizeof reply.challenge,
			fake_exchange_header(&fake, "WWW-Authenticate"));
		copy(reply.body, sizeof reply.body, fake_exchange_body(&fake));
	}
	fake_exchange_finish(&fake);
	return reply;
}

static struct reply ask(
	struct fixture *fixture, const char *path, const char *address, const char *authorization)
{
	struct fake_request request = {.path = path, .address = address};
	if (authorization != NULL) {
		request.headers[0] = "Authorization";
		request.headers[1] = authorization;
	}
	return send(fixture, &request);
}

static unsigned status_of(struct fixture *fixture, const char *address, const char *authorization)
{
	return ask(fixture, "/mcp", address, authorization).status;
}

static void advance(struct fixture *fixture, int64_t ms)
{
	fake_issuer_advance_ms(fixture->server.issuer, ms);
}

static void refuses_an_address_that_failed_too_often(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(mcpauth_chain_add_rate_limit(fixture->server.chain, NULL, &err));
	for (int i = 0; i < 30; i++) {
		assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 401);
	}
	struct reply reply = ask(fixture, "/mcp", "192.0.2.7", BAD);
	assert_int_equal(reply.status, 429);
	assert_int_equal(reply.reason, MCPAUTH_E_RATE_LIMITED);
	assert_string_equal(reply.retry_after, "2");
	assert_string_equal(reply.challenge, "");
	assert_non_null(strstr(reply.body, "\"error\":\"too_many_requests\""));
	assert_non_null(strstr(reply.body, "\"error_description\":\""));
	assert_int_equal(fake_server_logged(&fixture->server, "refused tokens from 192.0.2.7"), 1);
}

static void lets_a_good_token_pass_when_its_client_has_waited(void **state)
{
	struct fixture *fixture = *state;
	limit_failures(fixture->server.chain, 3, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 401);
	}
	struct reply reply = ask(fixture, "/mcp", "192.0.2.7", fixture->good);
	assert_int_equal(reply.status, 429);
	assert_string_equal(reply.retry_after, "2");
	/* Asking meanwhile makes it no later. */
	advance(fixture, 1000);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 429);
	}
	advance(fixture, 1000);
	assert_int_equal(status_of(fixture, "192.0.2.7", fixture->good), 0);
	/* That was no failure, so one more is free. */
	assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 401);
	assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 429);
}

static void lets_others_pass_meanwhile(void **state)
{
	struct fixture *fixture = *state;
	limit_failures(fixture->server.chain, 1, 0);
	assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 401);
	assert_int_equal(status_of(fixture, "2001:db8::1", BAD), 401);
	assert_int_equal(status_of(fixture, "192.0.2.7", fixture->good), 429);
	assert_int_equal(status_of(fixture, "192.0.2.8", fixture->good), 0);
	assert_int_equal(status_of(fixture, "2001:db8::2", fixture->good), 429);
	assert_int_equal(status_of(fixture, "2001:db8:0:1::1", fixture->good), 0);
}

static void answers_what_needs_no_token_as_ever(void **state)
{
	struct fixture *fixture = *state;
	struct fake_request preflight = {.method = "OPTIONS",
		.path = "/mcp",
		.address = "192.0.2.7",
		.headers = {"Access-Control-Request-Method", "POST"}};
	limit_failures(fixture->server.chain, 1, 0);
	assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 401);
	assert_int_equal(status_of(fixture, "192.0.2.7", fixture->good), 429);
	assert_int_equal(ask(fixture, "/open", "192.0.2.7", NULL).status, 0);
	assert_int_equal(ask(fixture, "/open", "192.0.2.7", BAD).status, 0);
	assert_int_equal(status_of(fixture, "192.0.2.7", NULL), 401);
	assert_int_equal(send(fixture, &preflight).status, 204);
	assert_int_equal(
		ask(fixture, "/.well-known/oauth-protected-resource/mcp", "192.0.2.7", BAD).status,
		200);
}

static enum mcpauth_stage_result refuse_odd(struct mcpauth_exchange *exchange, void *user)
{
	const char *wanted = mcpauth_exchange_header(exchange, "X-Refuse", 0);
	(void)user;
	if (wanted == NULL) {
		return MCPAUTH_NEXT;
	}
	if (*wanted == '0') {
		mcpauth_exchange_answer(exchange, 401, NULL, NULL, 0);
	} else {
		mcpauth_exchange_refuse(
			exchange, (enum mcpauth_code)strtoul(wanted, NULL, 10), NULL, NULL);
	}
	return MCPAUTH_ANSWERED;
}

/** One refusal, or none, and whether it counts. */
static const struct {
	const char *label;
	bool counts;
	unsigned status;
	struct fake_request request;
} refusals[] = {
	{"malformed", true, 400, {.headers = {"Authorization", "Bearer a b"}}},
	{"twice", true, 400, {.headers = {"Authorization", BAD, "Authorization", BAD}}},
	{"two ways", true, 400,
		{.headers = {"Authorization", BAD}, .arguments = {"access_token", "a.b.c"}}},
	{"no token", true, 401, {.headers = {"Authorization", BAD}}},
	{"of a path that nobody named", true, 401,
		{.path = "/other", .headers = {"Authorization", BAD}}},
	{"revoked, a stage says", true, 401, {.headers = {"X-Refuse", "418"}}},
	{"malformed, a stage says", true, 400, {.headers = {"X-Refuse", "401"}}},
	{"nothing brought", false, 401, {.headers = {NULL}}},
	{"another scheme", false, 401, {.headers = {"Authorization", "Basic eDp5"}}},
	{"in the query alone", false, 401, {.arguments = {"access_token", "a.b.c"}}},
	{"a public path", false, 0, {.path = "/open", .headers = {"Authorization", BAD}}},
	{"a foreign host", false, 403, {.headers = {"Host", "evil.example", "Authorization", BAD}}},
	{"a foreign origin", false, 403,
		{.headers = {"Origin", "https://evil.example", "Authorization", BAD}}},
	{"no such document", false, 404,
		{.path = "/.well-known/x", .headers = {"Authorization", BAD}}},
	{"unreachable, a stage says", false, 503, {.headers = {"X-Refuse", "200"}}},
	{"no memory, a stage says", false, 503, {.headers = {"X-Refuse", "100"}}},
	{"unknown handle", false, 404, {.headers = {"X-Refuse", "509"}}},
	{"not listed", false, 403, {.headers = {"X-Refuse", "508"}}},
	{"a stage's own", false, 401, {.headers = {"X-Refuse", "0"}}},
	{"no credentials, a stage says", false, 401, {.headers = {"X-Refuse", "400"}}},
	{"a scope, of nobody", false, 403, {.headers = {"X-Refuse", "415"}}},
	{"two lengths", false, 400,
		{.headers = {"Content-Length", "1", "Content-Length", "2", "Authorization", BAD}}},
};

static void counts_refusals_of_what_was_brought_alone(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	char address[32];
	stage.on_request = refuse_odd;
	CHECK_OK(mcpauth_chain_add_stage(fixture->server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	limit_failures(fixture->server.chain, 2, 0);
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct fake_request request = refusals[i].request;
		snprintf(address, sizeof address, "192.0.2.%zu", i + 1);
		request.address = address;
		for (int again = 0; again < 2; again++) {
			CHECK_ROW(refusals[i].label,
				send(fixture, &request).status == refusals[i].status);
		}
		CHECK_ROW(refusals[i].label,
			status_of(fixture, address, fixture->good)
				== (refusals[i].counts ? 429 : 0));
	}
}

static void counts_nothing_while_the_issuer_is_down(void **state)
{
	struct fixture fixture = {.good = NULL};
	(void)state;
	fake_server_start(&fixture.server, FAKE_DOWN, NULL);
	prepare(&fixture);
	limit_failures(fixture.server.chain, 1, 0);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(status_of(&fixture, "192.0.2.7", fixture.good), 503);
	}
	fake_issuer_set_down(fixture.server.issuer, false);
	advance(&fixture, 60000);
	assert_int_equal(status_of(&fixture, "192.0.2.7", fixture.good), 0);
	assert_int_equal(status_of(&fixture, "192.0.2.7", BAD), 401);
	assert_int_equal(status_of(&fixture, "192.0.2.7", fixture.good), 429);
	fake_server_stop(&fixture.server);
	free(fixture.good);
}

static void counts_logout_tokens_never(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_logout_endpoint endpoint = MCPAUTH_LOGOUT_ENDPOINT_INIT;
	struct fake_request request = {.method = "POST",
		.path = "/logout",
		.address = "192.0.2.7",
		.headers = {"Content-Type", "application/x-www-form-urlencoded"}};
	endpoint.path = "/logout";
	endpoint.client_id = "me";
	CHECK_OK(mcpauth_chain_accept_logout(fixture->server.chain, &endpoint, &err));
	limit_failures(fixture->server.chain, 1, 0);
	for (int i = 0; i < 3; i++) {
		struct fake_exchange fake;
		fake_exchange_start(&fake, &fixture->server, &request);
		assert_int_equal(fake_exchange_run(&fake), MCPAUTH__NEEDS_BODY);
		fake_exchange_give_body(&fake, "logout_token=a.b.c");
		assert_int_equal(fake_exchange_status(&fake), 400);
		fake_exchange_finish(&fake);
	}
	assert_int_equal(status_of(fixture, "192.0.2.7", fixture->good), 0);
}

static void counts_whoever_leaves_before_he_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct fake_exchange fake;
	struct fake_request request = {
		.path = "/mcp", .address = "192.0.2.7", .headers = {"Authorization", BAD}};
	limit_failures(fixture->server.chain, 1, 0);
	fake_exchange_start(&fake, &fixture->server, &request);
	fake_exchange_serve(&fake);
	fake_exchange_break(&fake);
	assert_int_equal(status_of(fixture, "192.0.2.7", fixture->good), 429);
}

static void limits_nobody_without_an_address(void **state)
{
	struct fixture *fixture = *state;
	limit_failures(fixture->server.chain, 1, 0);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(status_of(fixture, NULL, BAD), 401);
	}
	assert_int_equal(status_of(fixture, ELSEWHERE, BAD), 401);
	assert_int_equal(status_of(fixture, NULL, fixture->good), 0);
	assert_int_equal(status_of(fixture, ELSEWHERE, fixture->good), 429);
}

static struct reply ask_scoped(struct fixture *fixture, const char *address, const char *members)
{
	char *authorization = sign(members);
	struct reply reply = ask(fixture, "/scoped", address, authorization);
	free(authorization);
	return reply;
}

#define ALICE ",\"sub\":\"alice\",\"client_id\":\"c\""

static void refuses_a_subject_that_lacked_scopes_too_often(void **state)
{
	struct fixture *fixture = *state;
	limit_failures(fixture->server.chain, 1, 2);
	struct reply reply = ask_scoped(fixture, "192.0.2.7", ALICE);
	assert_int_equal(reply.status, 403);
	assert_non_null(strstr(reply.challenge, "insufficient_scope"));
	/* Wherever it comes from, and whatever token it has. */
	assert_int_equal(ask_scoped(fixture, "192.0.2.8", ALICE ",\"scope\":\"read\"").status, 403);
	reply = ask_scoped(fixture, "192.0.2.9", ALICE);
	assert_int_equal(reply.status, 429);
	assert_int_equal(reply.reason, MCPAUTH_E_RATE_LIMITED);
	assert_string_equal(reply.retry_after, "6");
	assert_string_equal(reply.challenge, "");
	assert_non_null(strstr(reply.body, "\"error\":\"too_many_requests\""));
	assert_null(strstr(reply.body, "scope"));
}

static void lets_a_subject_pass_where_its_token_is_enough(void **state)
{
	struct fixture *fixture = *state;
	limit_failures(fixture->server.chain, 1, 1);
	assert_int_equal(ask_scoped(fixture, "192.0.2.7", ALICE).status, 403);
	assert_int_equal(ask_scoped(fixture, "192.0.2.7", ALICE).status, 429);
	assert_int_equal(ask(fixture, "/scoped", "192.0.2.7", fixture->good).status, 0);
	assert_int_equal(ask_scoped(fixture, "192.0.2.7", ",\"sub\":\"bob\"").status, 403);
	/* A missing scope is nothing that an address is counted for. */
	assert_int_equal(status_of(fixture, "192.0.2.7", fixture->good), 0);
	advance(fixture, 5000);
	assert_string_equal(ask_scoped(fixture, "192.0.2.7", ALICE).retry_after, "1");
	advance(fixture, 1000);
	assert_int_equal(ask_scoped(fixture, "192.0.2.7", ALICE).status, 403);
	assert_int_equal(ask_scoped(fixture, "192.0.2.7", ALICE).status, 429);
}

static void takes_the_client_where_nobody_is_named(void **state)
{
	struct fixture *fixture = *state;
	limit_failures(fixture->server.chain, 0, 1);
	assert_int_equal(ask_scoped(fixture, ELSEWHERE, ",\"client_id\":\"alice\"").status, 403);
	assert_int_equal(ask_scoped(fixture, ELSEWHERE, ",\"client_id\":\"bob\"").status, 403);
	assert_int_equal(ask_scoped(fixture, ELSEWHERE, ALICE).status, 403);
	assert_int_equal(ask_scoped(fixture, ELSEWHERE, ",\"client_id\":\"alice\"").status, 429);
	assert_int_equal(ask_scoped(fixture, ELSEWHERE, ",\"client_id\":\"bob\"").status, 429);
	assert_int_equal(ask_scoped(fixture, ELSEWHERE, ALICE).status, 429);
}

static struct reply ask_behind(
	struct fixture *fixture, const char *peer, const char *said, const char *authorization)
{
	struct fake_request request = {.path = "/mcp",
		.address = peer,
		.headers = {"X-Forwarded-For", said, "Authorization", authorization}};
	return send(fixture, &request);
}

static void tells_the_clients_of_a_trusted_proxy_apart(void **state)
{
	struct fixture *fixture = *state;
	char address[48];
	CHECK_OK(mcpauth_chain_trust_proxy(fixture->server.chain, "10.0.0.0/8", &err));
	limit_failures(fixture->server.chain, 1, 0);
	for (int i = 0; i < 200; i++) {
		snprintf(address, sizeof address, "198.51.100.1, 192.0.2.%d", i);
		assert_int_equal(ask_behind(fixture, "10.0.0.1", address, BAD).status, 401);
		assert_int_equal(ask_behind(fixture, "10.0.0.2", address, BAD).status, 429);
	}
	assert_int_equal(ask_behind(fixture, "10.0.0.1", "192.0.2.200", fixture->good).status, 0);
	/* And it is the same client if it comes by itself. */
	assert_int_equal(status_of(fixture, "192.0.2.199", fixture->good), 429);
}

static void takes_whoever_else_says_so_by_his_own_address(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(mcpauth_chain_trust_proxy(fixture->server.chain, "10.0.0.0/8", &err));
	limit_failures(fixture->server.chain, 1, 0);
	assert_int_equal(ask_behind(fixture, "192.0.2.7", "192.0.2.8", BAD).status, 401);
	assert_int_equal(ask_behind(fixture, "192.0.2.7", "192.0.2.9", BAD).status, 429);
	assert_int_equal(status_of(fixture, "192.0.2.8", fixture->good), 0);
}

static void limits_nothing_that_is_not_to_be_limited(void **state)
{
	struct fixture *fixture = *state;
	limit_failures(fixture->server.chain, MCPAUTH_NONE, MCPAUTH_NONE);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 401);
		assert_int_equal(ask_scoped(fixture, "192.0.2.7", ALICE).status, 403);
	}
}

static void limits_nobody_where_everybody_may_come(void **state)
{
	struct fixture *fixture = *state;
	limit_failures(fixture->server.chain, 1, 0);
	assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 401);
	mcpauth_chain_insecure_allow_everybody(fixture->server.chain);
	assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 0);
}

static void remembers_through_a_change(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth *successor;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	resource.resource = SERVER_RESOURCE;
	limit_failures(fixture->server.chain, 1, 0);
	assert_int_equal(status_of(fixture, "192.0.2.7", BAD), 401);
	CHECK_OK(mcpauth_new_successor(fixture->server.auth, &successor, &err));
	CHECK_OK(mcpauth_add_resource(successor, &resource, &err));
	CHECK_OK(mcpauth_chain_revise(fixture->server.chain, successor, &err));
	mcpauth_chain_commit(fixture->server.chain);
	mcpauth_free(successor);
	assert_int_equal(status_of(fixture, "192.0.2.7", fixture->good), 429);
}

static const char *name_at(const struct mcpauth_chain *chain, size_t at)
{
	return chain->stages[at].name == NULL ? "" : chain->stages[at].name;
}

static void add_first(struct mcpauth_chain *chain, const char *name)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	stage.name = name;
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_FIRST, &stage, &err));
}

static void stands_before_what_a_program_adds(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_chain *chain = fixture->server.chain;
	size_t at = 0;
	add_first(chain, "cors");
	add_first(chain, "own");
	limit_failures(chain, 0, 0);
	add_first(chain, "another");
	while (strcmp(name_at(chain, at), "origin") != 0) {
		at++;
	}
	assert_string_equal(name_at(chain, at + 1), "cors");
	assert_string_equal(name_at(chain, at + 2), "rate_limit");
	assert_string_equal(name_at(chain, at + 3), "own");
	assert_string_equal(name_at(chain, at + 4), "another");
	assert_string_equal(name_at(chain, at + 5), "logout");
}

static void check_page(struct fixture *fixture)
{
	struct fake_exchange fake;
	struct fake_request request = {.path = "/mcp",
		.address = ELSEWHERE,
		.headers = {"Origin", "https://app.example.com", "Authorization", BAD}};
	assert_int_equal(send(fixture, &request).status, 401);
	fake_exchange_start(&fake, &fixture->server, &request);
	fake_exchange_serve(&fake);
	assert_int_equal(fake_exchange_status(&fake), 429);
	const struct mcpauth__headers *headers = &fake.exchange->headers;
	assert_string_equal(mcpauth__headers_get(headers, "Access-Control-Allow-Origin"),
		"https://app.example.com");
	assert_non_null(strstr(
		mcpauth__headers_get(headers, "Access-Control-Expose-Headers"), "Retry-After"));
	fake_exchange_finish(&fake);
}

static void lets_a_page_read_that_it_is_to_wait(void **state)
{
	(void)state;
	for (int limit_comes_first = 0; limit_comes_first < 2; limit_comes_first++) {
		struct fixture *fixture;
		assert_int_equal(start((void **)&fixture), 0);
		struct mcpauth_chain *chain = fixture->server.chain;
		CHECK_OK(mcpauth_chain_allow_origin(chain, "https://app.example.com", &err));
		if (limit_comes_first) {
			limit_failures(chain, 1, 0);
		}
		CHECK_OK(mcpauth_chain_add_cors(chain, NULL, &err));
		if (!limit_comes_first) {
			limit_failures(chain, 1, 0);
		}
		check_page(fixture);
		stop((void **)&fixture);
	}
}

static void says_what_a_limit_is(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *label;
		struct mcpauth_rate_limit limit;
	} rows[] = {
		{"few entries", {.entries = 1023}},
		{"many entries", {.entries = (1u << 24) + 1}},
		{"no entries", {.entries = MCPAUTH_NONE}},
		{"a long time for addresses", {.address_burst = 31, .address_seconds = 86400}},
		{"a long time for subjects", {.subject_burst = 31, .subject_seconds = 86400}},
		{"for ever", {.address_seconds = MCPAUTH_NONE}},
		{"a great many", {.subject_burst = 0x80000000u, .subject_seconds = 2}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_rate_limit limit = rows[i].limit;
		limit.size = sizeof limit;
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_chain_add_rate_limit(fixture->server.chain, &limit, &err));
	}
	struct mcpauth_rate_limit most = {.size = sizeof most,
		.address_burst = 30,
		.address_seconds = 86400,
		.subject_burst = MCPAUTH_NONE,
		.subject_seconds = MCPAUTH_NONE,
		.entries = 1024};
	CHECK_OK(mcpauth_chain_add_rate_limit(fixture->server.chain, &most, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE,
		mcpauth_chain_add_rate_limit(fixture->server.chain, NULL, &err));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(refuses_an_address_that_failed_too_often),
		TEST(lets_a_good_token_pass_when_its_client_has_waited),
		TEST(lets_others_pass_meanwhile),
		TEST(answers_what_needs_no_token_as_ever),
		TEST(counts_refusals_of_what_was_brought_alone),
		cmocka_unit_test(counts_nothing_while_the_issuer_is_down),
		TEST(counts_logout_tokens_never),
		TEST(counts_whoever_leaves_before_he_is_told),
		TEST(limits_nobody_without_an_address),
		TEST(refuses_a_subject_that_lacked_scopes_too_often),
		TEST(lets_a_subject_pass_where_its_token_is_enough),
		TEST(takes_the_client_where_nobody_is_named),
		TEST(tells_the_clients_of_a_trusted_proxy_apart),
		TEST(takes_whoever_else_says_so_by_his_own_address),
		TEST(limits_nothing_that_is_not_to_be_limited),
		TEST(limits_nobody_where_everybody_may_come),
		TEST(remembers_through_a_change),
		TEST(stands_before_what_a_program_adds),
		cmocka_unit_test(lets_a_page_read_that_it_is_to_wait),
		TEST(says_what_a_limit_is),
	};
	return cmocka_run_group_tests_name("rate_limit", tests, NULL, NULL);
}
