/* What a refused client is told: design by table, to the byte. */
#include "challenge.h"

#include "base/buf.h"

#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEND_ONE "Send one Authorization header with one bearer token, and no other way"
#define BAD_TOKEN "The access token is malformed, expired, revoked or meant for another resource"
#define LACKS "The access token lacks a scope that this operation needs"
#define BODY(error, description) \
	"{\"error\":\"" error "\",\"error_description\":\"" description "\"}"
#define WHERE "resource_metadata=\"" SERVER_METADATA "\""

/** A server with one policy for everything, and one request that has come in. */
struct fixture {
	struct fake_server server;
	struct fake_exchange fake;
	char *bearer;
};

static void start(struct fixture *fixture, const struct mcpauth_policy *policy)
{
	static const struct fake_request none;
	fixture->bearer = NULL;
	fake_server_start(&fixture->server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_protect_rest(fixture->server.chain, policy, &err));
	fake_exchange_start(&fixture->fake, &fixture->server, &none);
}

/* The same with a token of these scopes, from a client of this revision. */
static void start_as(struct fixture *fixture, const struct mcpauth_policy *policy,
	const char *scope, const char *revision)
{
	start(fixture, policy);
	fixture->bearer = fake_server_bearer(&fixture->server, scope);
	struct fake_request request = {
		.headers = {"Authorization", fixture->bearer, "MCP-Protocol-Version", revision}};
	fake_exchange_break(&fixture->fake);
	fake_exchange_start(&fixture->fake, &fixture->server, &request);
}

static void stop(struct fixture *fixture)
{
	free(fixture->bearer);
	fake_exchange_break(&fixture->fake);
	fake_server_stop(&fixture->server);
}

static void refuse(
	struct fixture *fixture, enum mcpauth_code code, const char *scopes, const char *details)
{
	CHECK_OK(mcpauth_exchange_refuse(fixture->fake.exchange, code, scopes, details));
}

static const char *challenge_of(const struct fixture *fixture)
{
	return fake_exchange_header(&fixture->fake, "WWW-Authenticate");
}

/* Both absent, or both the same text. */
static bool same(const char *a, const char *b)
{
	bool equal = a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
	if (!equal) {
		print_error("%s\n%s\n", a == NULL ? "(none)" : a, b == NULL ? "(none)" : b);
	}
	return equal;
}

static const struct {
	const char *label;
	enum mcpauth_code code;
	unsigned status;
	const char *challenge;
	const char *body;
} table[] = {
	{"no credentials", MCPAUTH_E_NO_CREDENTIALS, 401, "Bearer " WHERE ", scope=\"a b\"",
		"{\"message\":\"Send an access token in the Authorization header\"}"},
	{"malformed", MCPAUTH_E_INVALID_REQUEST, 400,
		"Bearer error=\"invalid_request\", error_description=\"" SEND_ONE
		"\", scope=\"a b\", " WHERE,
		BODY("invalid_request", SEND_ONE)},
	{"a refused token", MCPAUTH_E_EXPIRED, 401,
		"Bearer error=\"invalid_token\", error_description=\"" BAD_TOKEN
		"\", scope=\"a b\", " WHERE,
		BODY("invalid_token", BAD_TOKEN)},
	{"scopes missing", MCPAUTH_E_INSUFFICIENT_SCOPE, 403,
		"Bearer error=\"insufficient_scope\", error_description=\"" LACKS
		"\", scope=\"a b\", " WHERE,
		"{\"error\":\"insufficient_scope\",\"error_description\":\"" LACKS
		"\",\"scope\":\"a b\"}"},
	{"keys unreachable", MCPAUTH_E_UNREACHABLE, 503, NULL,
		BODY("temporarily_unavailable", "The request cannot be decided just now")},
	{"keys that are none", MCPAUTH_E_INVALID_KEYS, 503, NULL,
		BODY("temporarily_unavailable", "The request cannot be decided just now")},
	{"a failure", MCPAUTH_E_INVALID_ARGUMENT, 500, NULL,
		BODY("server_error", "The server could not handle the request")},
	{"a success that is refused", MCPAUTH_OK, 500, NULL,
		BODY("server_error", "The server could not handle the request")},
};

static void says_what_the_table_says(void **state)
{
	(void)state;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "a b";
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct fixture fixture;
		start(&fixture, &policy);
		refuse(&fixture, table[i].code, NULL, "hidden");
		const struct mcpauth_answer *answer = &fixture.fake.exchange->answer;
		CHECK_ROW(table[i].label, mcpauth_answer_status(answer) == table[i].status);
		CHECK_ROW(table[i].label, same(challenge_of(&fixture), table[i].challenge));
		CHECK_ROW(table[i].label, same(answer->body, table[i].body));
		CHECK_ROW(table[i].label,
			same(mcpauth_answer_header(answer, "Cache-Control"), "no-store"));
		CHECK_ROW(table[i].label,
			same(mcpauth_answer_header(answer, "Content-Type"), "application/json"));
		CHECK_ROW(table[i].label,
			(mcpauth_answer_header(answer, "Retry-After") != NULL)
				== (table[i].status == 503));
		stop(&fixture);
	}
}

static const enum mcpauth_code invalid_tokens[] = {
	MCPAUTH_E_MALFORMED_TOKEN,
	MCPAUTH_E_ENCRYPTED_TOKEN,
	MCPAUTH_E_ALGORITHM,
	MCPAUTH_E_CRITICAL_HEADER,
	MCPAUTH_E_TOKEN_TYPE,
	MCPAUTH_E_UNTRUSTED_ISSUER,
	MCPAUTH_E_UNKNOWN_KEY,
	MCPAUTH_E_BAD_SIGNATURE,
	MCPAUTH_E_EXPIRED,
	MCPAUTH_E_NOT_YET_VALID,
	MCPAUTH_E_INVALID_CLAIM,
	MCPAUTH_E_AUDIENCE,
	MCPAUTH_E_BOUND_TOKEN,
	MCPAUTH_E_CLAIM_CHECK,
};

static void does_not_tell_one_refused_token_from_another(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, NULL);
	for (size_t i = 0; i < sizeof invalid_tokens / sizeof *invalid_tokens; i++) {
		const char *name = mcpauth_code_name(invalid_tokens[i]);
		refuse(&fixture, invalid_tokens[i], NULL, "which claim it was");
		CHECK_ROW(name, mcpauth_answer_status(&fixture.fake.exchange->answer) == 401);
		CHECK_ROW(name,
			same(challenge_of(&fixture),
				"Bearer error=\"invalid_token\", "
				"error_description=\"" BAD_TOKEN "\", " WHERE));
		CHECK_ROW(name,
			same(fixture.fake.exchange->answer.body, BODY("invalid_token", BAD_TOKEN)));
	}
	stop(&fixture);
}

static const enum mcpauth_code unavailable[] = {
	MCPAUTH_E_UNREACHABLE,
	MCPAUTH_E_TIMEOUT,
	MCPAUTH_E_TLS,
	MCPAUTH_E_ADDRESS_REFUSED,
	MCPAUTH_E_HTTP_STATUS,
	MCPAUTH_E_TOO_LARGE,
	MCPAUTH_E_OVERLOADED,
	MCPAUTH_E_CANCELLED,
	MCPAUTH_E_BACKING_OFF,
	MCPAUTH_E_INVALID_JSON,
	MCPAUTH_E_INVALID_METADATA,
	MCPAUTH_E_ISSUER_MISMATCH,
	MCPAUTH_E_NO_JWKS_URI,
	MCPAUTH_E_INVALID_KEYS,
	MCPAUTH_E_NO_MEMORY,
	MCPAUTH_E_SYSTEM,
};

static void says_when_to_come_back_if_nobody_could_be_asked(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, NULL);
	for (size_t i = 0; i < sizeof unavailable / sizeof *unavailable; i++) {
		const char *name = mcpauth_code_name(unavailable[i]);
		struct mcpauth__refusal refusal = {.code = unavailable[i]};
		CHECK_OK(mcpauth__challenge(fixture.fake.exchange, &refusal));
		CHECK_ROW(name, mcpauth_answer_status(&fixture.fake.exchange->answer) == 503);
		CHECK_ROW(name, same(fake_exchange_header(&fixture.fake, "Retry-After"), "1"));
		CHECK_ROW(name, challenge_of(&fixture) == NULL);
	}
	stop(&fixture);
}

static void leaves_scope_out_when_there_is_none(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, NULL);
	refuse(&fixture, MCPAUTH_E_NO_CREDENTIALS, NULL, NULL);
	assert_string_equal(challenge_of(&fixture), "Bearer " WHERE);
	refuse(&fixture, MCPAUTH_E_INSUFFICIENT_SCOPE, "  ", NULL);
	assert_string_equal(challenge_of(&fixture),
		"Bearer error=\"insufficient_scope\", "
		"error_description=\"" LACKS "\", " WHERE);
	assert_string_equal(fake_exchange_body(&fixture.fake), BODY("insufficient_scope", LACKS));
	stop(&fixture);
}

static const struct {
	const char *label;
	const char *route;
	const char *operation;
	const char *scope; /* as parameter */
} unions[] = {
	{"of the route", "a b", NULL, "a b"},
	{"of the operation", NULL, "c d", "c d"},
	{"of both, the route's first", "a b", "c", "a b c"},
	{"one that both need", "a b", "b c a", "a b c"},
	{"blanks", "a", "  c   d ", "a c d"},
};

static void names_the_scopes_of_route_and_operation_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof unions / sizeof *unions; i++) {
		struct fixture fixture;
		char wanted[512];
		struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
		policy.scopes = unions[i].route;
		start(&fixture, &policy);
		refuse(&fixture, MCPAUTH_E_INSUFFICIENT_SCOPE, unions[i].operation, NULL);
		snprintf(wanted, sizeof wanted,
			"Bearer error=\"insufficient_scope\", "
			"error_description=\"" LACKS "\", scope=\"%s\", " WHERE,
			unions[i].scope);
		CHECK_ROW(unions[i].label, same(challenge_of(&fixture), wanted));
		stop(&fixture);
	}
}

static void names_one_of_several_scopes(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *granted; /* NULL: nobody asks */
		unsigned status;
		const char *scope;
	} rows[] = {
		{"to whoever has none", NULL, 401, "scope=\"all weak\""},
		{"the first", "other", 403, "scope=\"all weak\""},
		{"the first, where all is there but one", "all", 403, "scope=\"all weak\""},
		{"what was granted already", "strong", 403, "scope=\"all strong\""},
		{"the first that was granted", "strong weak", 403, "scope=\"all weak\""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
		policy.scopes = "all";
		policy.any_scopes = "weak strong";
		if (rows[i].granted == NULL) {
			start(&fixture, &policy);
		} else {
			start_as(&fixture, &policy, rows[i].granted, "2026-07-28");
		}
		fake_exchange_serve(&fixture.fake);
		CHECK_ROW(rows[i].label, fake_exchange_status(&fixture.fake) == rows[i].status);
		CHECK_ROW(rows[i].label, strstr(challenge_of(&fixture), rows[i].scope) != NULL);
		stop(&fixture);
	}
}

static const struct {
	const char *label;
	const char *revision;
	bool omit;
	const char *scope;
} revisions[] = {
	{"2025-03-26", "2025-03-26", false, "needed mine other"},
	{"2025-06-18", "2025-06-18", false, "needed mine other"},
	{"2025-11-25", "2025-11-25", false, "needed mine other"},
	{"blanks behind", "2025-11-25 \t", false, "needed mine other"},
	{"2025-11-25, switched off", "2025-11-25", true, "needed"},
	{"2026-07-28", "2026-07-28", false, "needed"},
	{"something else", "2025-11-25x", false, "needed"},
};

static void names_granted_scopes_for_clients_that_forget_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof revisions / sizeof *revisions; i++) {
		struct fixture fixture;
		char wanted[64];
		struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
		policy.scopes = "needed";
		policy.omit_granted_scopes = revisions[i].omit;
		start_as(&fixture, &policy, "mine other offline_access", revisions[i].revision);
		fake_exchange_serve(&fixture.fake);
		snprintf(wanted, sizeof wanted, "scope=\"%s\", ", revisions[i].scope);
		CHECK_ROW(revisions[i].label, fake_exchange_status(&fixture.fake) == 403);
		CHECK_ROW(revisions[i].label, strstr(challenge_of(&fixture), wanted) != NULL);
		snprintf(wanted, sizeof wanted, "\"scope\":\"%s\"}", revisions[i].scope);
		CHECK_ROW(revisions[i].label,
			strstr(fake_exchange_body(&fixture.fake), wanted) != NULL);
		stop(&fixture);
	}
}

static void names_granted_scopes_with_missing_scopes_only(void **state)
{
	(void)state;
	struct fixture fixture;
	start_as(&fixture, NULL, "mine", "2025-11-25");
	assert_int_equal(fake_exchange_serve(&fixture.fake), MCPAUTH__PASS);
	refuse(&fixture, MCPAUTH_E_EXPIRED, NULL, NULL);
	assert_null(strstr(challenge_of(&fixture), "mine"));
	refuse(&fixture, MCPAUTH_E_INSUFFICIENT_SCOPE, "more", NULL);
	assert_non_null(strstr(challenge_of(&fixture), "scope=\"more mine\""));
	stop(&fixture);
}

static void names_one_of_each_set_that_the_rest_needs(void **state)
{
	(void)state;
	static const char *const sets[] = {"x y", "z y", "y z"};
	static const char *const paths[] = {"/a", "/b", "/c"};
	struct fixture fixture;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	fake_server_start(&fixture.server, FAKE_AT_HAND, NULL);
	for (size_t i = 0; i < 3; i++) {
		policy.any_scopes = sets[i];
		CHECK_OK(mcpauth_chain_protect(fixture.server.chain, paths[i], &policy, &err));
	}
	fake_exchange_start(&fixture.fake, &fixture.server, &(struct fake_request){.path = "/d"});
	fake_exchange_serve(&fixture.fake);
	assert_int_equal(fake_exchange_status(&fixture.fake), 401);
	assert_non_null(strstr(challenge_of(&fixture), "scope=\"x z y\""));
	fake_exchange_finish(&fixture.fake);
	fake_server_stop(&fixture.server);
}

/* What depends on who asks is made for him alone, whoever was there before. */
static void tells_nobody_what_another_was_granted(void **state)
{
	(void)state;
	static const struct {
		const char *granted;
		const char *scope;
	} rows[] = {{"high", "scope=\"weak high\""}, {"other", "scope=\"weak low\""},
		{"strong", "scope=\"strong low\""}, {"other", "scope=\"weak low\""},
		{"high", "scope=\"weak high\""}};
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	policy.any_scopes = "weak strong";
	CHECK_OK(mcpauth_chain_protect(server.chain, "/a", &policy, &err));
	policy.any_scopes = "low high";
	CHECK_OK(mcpauth_chain_protect(server.chain, "/b", &policy, &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fake_exchange fake;
		char *bearer = fake_server_bearer(&server, rows[i].granted);
		struct fake_request request = {
			.path = "/rest", .headers = {"Authorization", bearer}};
		fake_exchange_start(&fake, &server, &request);
		fake_exchange_serve(&fake);
		CHECK_ROW(rows[i].granted, fake_exchange_status(&fake) == 403);
		CHECK_ROW(rows[i].granted,
			strstr(fake_exchange_header(&fake, "WWW-Authenticate"), rows[i].scope)
				!= NULL);
		fake_exchange_finish(&fake);
		free(bearer);
	}
	fake_server_stop(&server);
}

/* A blank would make two of one that was granted: in an array it is part of it. */
static void names_no_granted_scope_that_is_none(void **state)
{
	(void)state;
	struct fixture fixture;
	char bearer[4096];
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct fake_token token = {.audience = SERVER_RESOURCE,
		.claims = ",\"scope\":[\"!good~\",\"a b\",\"\",\"c\\u007f\",\"d\\u001f\"]"};
	policy.scopes = "needed";
	start(&fixture, &policy);
	fake_exchange_finish(&fixture.fake);
	char *signed_token = fake_issuer_token(fixture.server.issuer, &token);
	snprintf(bearer, sizeof bearer, "Bearer %s", signed_token);
	free(signed_token);
	struct fake_request request = {.path = "/mcp",
		.headers = {"Authorization", bearer, "MCP-Protocol-Version", "2025-11-25"}};
	fake_exchange_start(&fixture.fake, &fixture.server, &request);
	fake_exchange_serve(&fixture.fake);
	assert_int_equal(fake_exchange_status(&fixture.fake), 403);
	assert_non_null(strstr(challenge_of(&fixture), "scope=\"needed !good~\", "));
	stop(&fixture);
}

static char *write_scopes(unsigned count, int width)
{
	struct mcpauth__buf buf = {0};
	for (unsigned i = 0; i < count; i++) {
		char scope[512];
		snprintf(scope, sizeof scope, "%ss%0*u", i == 0 ? "" : " ", width, i);
		mcpauth__buf_puts(&buf, scope);
	}
	return mcpauth__buf_take(&buf);
}

/* An issuer that grants thousands is neither to slow a server down nor to have it write a
 * header that cannot be sent. */
static void names_so_many_granted_scopes_and_no_more(void **state)
{
	static const struct {
		const char *label;
		unsigned count;
		int width; /* of each one's digits */
		const char *last;
		const char *next;
	} rows[] = {
		{"as many as are named", 128, 4, " s0127\"", " s0128"},
		{"one more", 129, 4, " s0127\"", " s0128"},
		{"many more", 1500, 4, " s0127\"", " s0128"},
		{"longer than 4 KiB", 20, 500, "007\"", "008"},
	};
	(void)state;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "needed";
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		char *scopes = write_scopes(rows[i].count, rows[i].width);
		assert_non_null(scopes);
		start_as(&fixture, &policy, scopes, "2025-11-25");
		free(scopes);
		fake_exchange_serve(&fixture.fake);
		CHECK_ROW(rows[i].label, fake_exchange_status(&fixture.fake) == 403);
		CHECK_ROW(rows[i].label, strstr(challenge_of(&fixture), rows[i].last) != NULL);
		CHECK_ROW(rows[i].label, strstr(challenge_of(&fixture), rows[i].next) == NULL);
		stop(&fixture);
	}
}

static void a_granted_scope_cannot_break_out(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "needed";
	start_as(&fixture, &policy, "good a\\\"b \\\\ \\r\\nX:y \\u00e9", "2025-11-25");
	fake_exchange_serve(&fixture.fake);
	assert_int_equal(fake_exchange_status(&fixture.fake), 403);
	assert_non_null(strstr(challenge_of(&fixture), "scope=\"needed good\", "));
	stop(&fixture);
}

static void quotes_and_escapes_what_an_operation_names(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, NULL);
	refuse(&fixture, MCPAUTH_E_INSUFFICIENT_SCOPE, "a\", error=\"x\\", NULL);
	assert_non_null(strstr(challenge_of(&fixture), "scope=\"a\\\", error=\\\"x\\\\\", "));
	stop(&fixture);
}

static void a_line_break_in_a_scope_is_no_answer(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, NULL);
	enum mcpauth_code code = mcpauth_exchange_refuse(
		fixture.fake.exchange, MCPAUTH_E_INSUFFICIENT_SCOPE, "a\r\nX-Evil:b", NULL);
	assert_int_not_equal(code, MCPAUTH_OK);
	assert_null(challenge_of(&fixture));
	stop(&fixture);
}

static const struct {
	const char *label;
	const char *details;
	const char *description;
} hostile[] = {
	{"plain", "expired", BAD_TOKEN ": expired"},
	{"quotes", "a\"b", BAD_TOKEN ": a'b"},
	{"a backslash", "a\\b", BAD_TOKEN ": a'b"},
	{"a line break", "a\r\nX-Evil: b", BAD_TOKEN ": a''X-Evil: b"},
	{"bytes beyond ASCII", "\xc3\xa9", BAD_TOKEN ": ''"},
	{"an escape and a delete", "\x1b[2J\x7f", BAD_TOKEN ": '[2J'"},
	{"none", NULL, BAD_TOKEN},
};

static void tells_details_in_harmless_characters_where_allowed(void **state)
{
	(void)state;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.allow_error_details = true;
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		struct fixture fixture;
		char wanted[512];
		start(&fixture, &policy);
		refuse(&fixture, MCPAUTH_E_EXPIRED, NULL, hostile[i].details);
		snprintf(wanted, sizeof wanted,
			"Bearer error=\"invalid_token\", "
			"error_description=\"%s\", " WHERE,
			hostile[i].description);
		CHECK_ROW(hostile[i].label, same(challenge_of(&fixture), wanted));
		snprintf(
			wanted, sizeof wanted, BODY("invalid_token", "%s"), hostile[i].description);
		CHECK_ROW(hostile[i].label, same(fake_exchange_body(&fixture.fake), wanted));
		stop(&fixture);
	}
}

static void an_invitation_never_has_details(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.allow_error_details = true;
	start(&fixture, &policy);
	refuse(&fixture, MCPAUTH_E_NO_CREDENTIALS, NULL, "details");
	assert_string_equal(challenge_of(&fixture), "Bearer " WHERE);
	assert_null(strstr(fake_exchange_body(&fixture.fake), "details"));
	stop(&fixture);
}

static void refuse_at_open(struct fake_server *server, unsigned status, const char *challenge)
{
	struct fake_exchange open;
	struct fake_request request = {.path = "/open"};
	CHECK_OK(mcpauth_chain_publish(server->chain, "/open", NULL, &err));
	fake_exchange_start(&open, server, &request);
	CHECK_OK(mcpauth_exchange_refuse(open.exchange, MCPAUTH_E_NO_CREDENTIALS, NULL, NULL));
	assert_int_equal(mcpauth_answer_status(&open.exchange->answer), status);
	const char *said = fake_exchange_header(&open, "WWW-Authenticate");
	assert_true((said == NULL) == (challenge == NULL));
	assert_true(said == NULL || strcmp(said, challenge) == 0);
	fake_exchange_break(&open);
}

static void points_at_the_only_resource_from_a_public_path(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	refuse_at_open(&server, 401, "Bearer resource_metadata=\"" SERVER_METADATA "\"");
	fake_server_stop(&server);
}

static void has_nothing_to_point_at_with_several_resources(void **state)
{
	(void)state;
	static const char *const resources[] = {SERVER_RESOURCE, "https://api.example.com/b", NULL};
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, resources);
	refuse_at_open(&server, 500, NULL);
	fake_server_stop(&server);
}

/* Whoever asks chooses these (RFC 9728 section 7.3). */
static void points_at_its_metadata_whatever_the_request_names(void **state)
{
	struct fixture fixture;
	(void)state;
	start(&fixture, NULL);
	struct fake_request request = {.headers = {"Host", "evil.example", "X-Forwarded-Host",
					       "evil.example", "Forwarded", "host=evil.example"}};
	fake_exchange_break(&fixture.fake);
	fake_exchange_start(&fixture.fake, &fixture.server, &request);
	refuse(&fixture, MCPAUTH_E_NO_CREDENTIALS, NULL, NULL);
	assert_string_equal(challenge_of(&fixture), "Bearer " WHERE);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_the_table_says),
		cmocka_unit_test(does_not_tell_one_refused_token_from_another),
		cmocka_unit_test(says_when_to_come_back_if_nobody_could_be_asked),
		cmocka_unit_test(leaves_scope_out_when_there_is_none),
		cmocka_unit_test(names_the_scopes_of_route_and_operation_together),
		cmocka_unit_test(names_one_of_several_scopes),
		cmocka_unit_test(names_granted_scopes_for_clients_that_forget_them),
		cmocka_unit_test(names_granted_scopes_with_missing_scopes_only),
		cmocka_unit_test(names_one_of_each_set_that_the_rest_needs),
		cmocka_unit_test(tells_nobody_what_another_was_granted),
		cmocka_unit_test(names_no_granted_scope_that_is_none),
		cmocka_unit_test(names_so_many_granted_scopes_and_no_more),
		cmocka_unit_test(a_granted_scope_cannot_break_out),
		cmocka_unit_test(quotes_and_escapes_what_an_operation_names),
		cmocka_unit_test(a_line_break_in_a_scope_is_no_answer),
		cmocka_unit_test(tells_details_in_harmless_characters_where_allowed),
		cmocka_unit_test(an_invitation_never_has_details),
		cmocka_unit_test(points_at_its_metadata_whatever_the_request_names),
		cmocka_unit_test(points_at_the_only_resource_from_a_public_path),
		cmocka_unit_test(has_nothing_to_point_at_with_several_resources),
	};
	return cmocka_run_group_tests_name("challenge", tests, NULL, NULL);
}
