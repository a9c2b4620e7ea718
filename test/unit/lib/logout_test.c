/* Logout tokens by the library's calls: whose are taken, once, and what follows from it. */
#include "support/check.h"
#include "support/logout_fixture.h"

#include <stdlib.h>

static void forgets_whom_it_names_and_tells_the_program(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(.id = "1"));
	assert_string_equal(forgotten, "subject " FAKE_ISSUER " alice; ");
	assert_string_equal(fixture.last, FAKE_ISSUER " alice -");
	forgotten[0] = '\0';
	CHECK_OK(TRY(.id = "2", .claims = SESSION));
	assert_string_equal(forgotten, "session " FAKE_ISSUER " s1; ");
	assert_string_equal(fixture.last, FAKE_ISSUER " - s1");
	forgotten[0] = '\0';
	remembered = 1;
	CHECK_OK(TRY(.id = "3", .claims = BOTH));
	assert_string_equal(forgotten, "session " FAKE_ISSUER " s1; ");
	assert_string_equal(fixture.last, FAKE_ISSUER " alice s1");
	assert_int_equal(fixture.heard, 3);
	stop(&fixture);
}

/* Access tokens need not say of which session they are. */
static void forgets_the_subject_if_nothing_is_known_of_the_session(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(.claims = BOTH));
	assert_string_equal(
		forgotten, "session " FAKE_ISSUER " s1; subject " FAKE_ISSUER " alice; ");
	stop(&fixture);
}

/* An access token may have the issuer's former name in it. */
static void forgets_by_every_name_of_the_issuer(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(mcpauth_accept_issuer_value(
		fixture.auth, FAKE_ISSUER, "https://former.example", &err));
	CHECK_OK(TRY(.claims = BOTH));
	assert_string_equal(forgotten,
		"session " FAKE_ISSUER " s1; session https://former.example s1; "
		"subject " FAKE_ISSUER " alice; subject https://former.example alice; ");
	assert_string_equal(fixture.last, FAKE_ISSUER " alice s1");
	stop(&fixture);
}

static void works_where_nobody_wants_to_hear(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_logout_wait *pending;
	start(&fixture);
	char *token = sign(&(struct logout_token){.issuer = OTHER, .number = 1});
	struct mcpauth_logout_request request = request_of(&fixture, token);
	request.heard = NULL;
	CHECK_OK(mcpauth_logout_start(fixture.auth, &request, &pending, &err));
	assert_string_equal(forgotten, "subject " OTHER " alice; ");
	assert_int_equal(fixture.wakes, 0);
	free(token);
	stop(&fixture);
}

static void refuses_requests_that_lack_something(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_logout_wait *pending;
	start(&fixture);
	char *token = sign(&(struct logout_token){.issuer = OTHER, .number = 1});
	const struct mcpauth_logout_request good = request_of(&fixture, token);
	struct mcpauth_logout_request bad[6];
	for (size_t i = 0; i < 6; i++) {
		bad[i] = good;
	}
	bad[0].size = 0;
	bad[1].token = NULL;
	bad[2].wake = NULL;
	bad[3].client_id = NULL;
	bad[4].client_id = "";
	bad[5].size = 1;
	for (size_t i = 0; i < 6; i++) {
		CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_logout_start(fixture.auth, &bad[i], &pending, &err));
		assert_null(pending);
	}
	CHECK_OK(mcpauth_logout_start(fixture.auth, &good, &pending, &err));
	free(token);
	stop(&fixture);
}

static void takes_it_only_from_the_issuer_it_names(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, TRY(.number = 1));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, TRY(.issuer = OTHER));
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER, TRY(.issuer = "https://third.example"));
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER, TRY(.issuer = FAKE_ISSUER "/"));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY,
		TRY(.issuer = OTHER, .number = 1, .header = "{\"alg\":\"ES256\",\"kid\":\"k9\"}"));
	assert_string_equal(forgotten, "");
	assert_int_equal(fixture.heard, 0);
	CHECK_OK(TRY(.issuer = OTHER, .number = 1));
	CHECK_OK(TRY(.id = "j"));
	assert_int_equal(fixture.heard, 2);
	stop(&fixture);
}

static const struct {
	const char *label;
	const char *header;
	enum mcpauth_code want;
} headers[] = {
	{"unsigned", "{\"alg\":\"none\"}", MCPAUTH_E_ALGORITHM},
	{"unsigned in capitals", "{\"alg\":\"NONE\"}", MCPAUTH_E_ALGORITHM},
	{"by a secret", "{\"alg\":\"HS256\",\"kid\":\"k0\"}", MCPAUTH_E_ALGORITHM},
	{"by an algorithm of others", "{\"alg\":\"RS256\",\"kid\":\"k0\"}", MCPAUTH_E_ALGORITHM},
	{"as an access token", "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", MCPAUTH_E_TOKEN_TYPE},
	{"with crit", "{\"alg\":\"ES256\",\"crit\":[\"a\"]}", MCPAUTH_E_CRITICAL_HEADER},
	{"as it should be", "{\"alg\":\"ES256\",\"kid\":\"k0\"}", MCPAUTH_OK},
};

static void takes_only_the_issuers_algorithms(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		CHECK_ROW_CODE(headers[i].label, headers[i].want,
			TRY(.issuer = OTHER, .number = 1, .header = headers[i].header));
	}
	assert_int_equal(fixture.heard, 1);
	stop(&fixture);
}

static void refuses_what_is_no_jws(void **state)
{
	(void)state;
	static const struct {
		const char *token;
		enum mcpauth_code want;
	} rows[] = {
		{"", MCPAUTH_E_MALFORMED_TOKEN},
		{"opaque", MCPAUTH_E_MALFORMED_TOKEN},
		{"a.b.c", MCPAUTH_E_MALFORMED_TOKEN},
		{"a.b.c.d.e", MCPAUTH_E_ENCRYPTED_TOKEN},
	};
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW_CODE(
			rows[i].token, rows[i].want, try_text(&fixture, rows[i].token, &err));
	}
	stop(&fixture);
}

/* The same issuer signs all of them with the same key. */
static void other_tokens_are_no_logout_tokens(void **state)
{
	(void)state;
	static const struct fake_token access = {.audience = LOGOUT_CLIENT};
	static const struct fake_token plain = {
		.type = "JWT", .audience = LOGOUT_CLIENT, .claims = ",\"iat\":1800000000"};
	struct fixture fixture;
	start(&fixture);
	char *tokens[] = {
		fake_issuer_token(fixture.fake, &access),
		fake_issuer_token(fixture.fake, &plain),
		sign(&(struct logout_token){.header = "{\"alg\":\"ES256\",\"kid\":\"k0\"}",
			.claims = ",\"sub\":\"alice\",\"nonce\":\"n\",\"at_hash\":\"h\","
				  "\"exp\":1800000300"}),
	};
	for (size_t i = 0; i < 3; i++) {
		CHECK_CODE(MCPAUTH_E_TOKEN_TYPE, try_text(&fixture, tokens[i], &err));
		free(tokens[i]);
	}
	assert_int_equal(fixture.heard, 0);
	CHECK_OK(TRY(.id = "1"));
	stop(&fixture);
}

static void a_logout_token_is_no_access_token(void **state)
{
	(void)state;
	static const char *const types[] = {"logout+jwt", "JWT", ""};
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < 3; i++) {
		CHECK_ROW_CODE(types[i], MCPAUTH_E_TOKEN_TYPE,
			fake_issuer_try(fixture.fake, fixture.auth,
				&(struct fake_token){.type = types[i], .claims = "," LOGOUT_EVENTS},
				&err));
	}
	CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth,
		&(struct fake_token){.type = "JWT", .claims = ""}, &err));
	stop(&fixture);
}

static void counts_once(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(.id = "1"));
	CHECK_CODE(MCPAUTH_E_REPLAYED, TRY(.id = "1"));
	CHECK_CODE(MCPAUTH_E_REPLAYED, TRY(.id = "1", .claims = SESSION));
	CHECK_OK(TRY(.id = "2"));
	/* Names are each issuer's own. */
	CHECK_OK(TRY(.id = "1", .issuer = OTHER, .number = 1));
	CHECK_CODE(MCPAUTH_E_REPLAYED, TRY(.id = "1", .issuer = OTHER, .number = 1));
	assert_int_equal(fixture.heard, 3);
	assert_string_equal(forgotten,
		"subject " FAKE_ISSUER " alice; subject " FAKE_ISSUER " alice; subject " OTHER
		" alice; ");
	stop(&fixture);
}

static void what_was_refused_does_not_count(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_CODE(MCPAUTH_E_AUDIENCE, TRY(.id = "1", .audience = "other"));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, TRY(.id = "1", .number = 1));
	CHECK_OK(TRY(.id = "1"));
	stop(&fixture);
}

/* It is refused for its age as long as its name is not refused any more. */
static void is_never_taken_again_however_late(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	char *token = sign(&(struct logout_token){.id = "1"});
	CHECK_OK(try_text(&fixture, token, &err));
	fake_issuer_set_real(fixture.fake, FAKE_NOW + 180);
	CHECK_CODE(MCPAUTH_E_REPLAYED, try_text(&fixture, token, &err));
	fake_issuer_set_real(fixture.fake, FAKE_NOW + 181);
	CHECK_CODE(MCPAUTH_E_EXPIRED, try_text(&fixture, token, &err));
	CHECK_OK(TRY(.id = "1", .issued_at = FAKE_NOW + 181));
	fake_issuer_set_real(fixture.fake, FAKE_NOW);
	CHECK_CODE(MCPAUTH_E_REPLAYED, try_text(&fixture, token, &err));
	free(token);
	stop(&fixture);
}

static void counts_once_for_successors_too(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth *successor;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	start(&fixture);
	CHECK_OK(TRY(.id = "1", .issuer = OTHER, .number = 1));
	CHECK_OK(mcpauth_new_successor(fixture.auth, &successor, &err));
	resource.resource = FAKE_RESOURCE;
	CHECK_OK(mcpauth_add_resource(successor, &resource, &err));
	add_other(successor);
	mcpauth_free(fixture.auth);
	fixture.auth = successor;
	CHECK_CODE(MCPAUTH_E_REPLAYED, TRY(.id = "1", .issuer = OTHER, .number = 1));
	CHECK_OK(TRY(.id = "2", .issuer = OTHER, .number = 1));
	stop(&fixture);
}

static void nothing_is_added_once_it_is_used(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(mcpauth_accept_issuer_value(fixture.auth, OTHER, "v1", &err));
	CHECK_OK(TRY(.issuer = "v1", .number = 1));
	CHECK_CODE(MCPAUTH_E_IN_USE, mcpauth_accept_issuer_value(fixture.auth, OTHER, "v2", &err));
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forgets_whom_it_names_and_tells_the_program),
		cmocka_unit_test(forgets_the_subject_if_nothing_is_known_of_the_session),
		cmocka_unit_test(forgets_by_every_name_of_the_issuer),
		cmocka_unit_test(works_where_nobody_wants_to_hear),
		cmocka_unit_test(refuses_requests_that_lack_something),
		cmocka_unit_test(takes_it_only_from_the_issuer_it_names),
		cmocka_unit_test(takes_only_the_issuers_algorithms),
		cmocka_unit_test(refuses_what_is_no_jws),
		cmocka_unit_test(other_tokens_are_no_logout_tokens),
		cmocka_unit_test(a_logout_token_is_no_access_token),
		cmocka_unit_test(counts_once),
		cmocka_unit_test(what_was_refused_does_not_count),
		cmocka_unit_test(is_never_taken_again_however_late),
		cmocka_unit_test(counts_once_for_successors_too),
		cmocka_unit_test(nothing_is_added_once_it_is_used),
	};
	return cmocka_run_group_tests_name("logout", tests, NULL, NULL);
}
