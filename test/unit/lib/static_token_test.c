/* Tokens that are written down: what may be, and whom they make of who brings them. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN "let-me-in~1.2+3/4_5=="
#define SECOND "https://api.example/second"

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
};

static void start(struct fixture *fixture)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
}

static void stop(struct fixture *fixture)
{
	assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 0);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

#define ADD(token, claims) \
	mcpauth_add_static_token(fixture.auth, FAKE_RESOURCE, token, claims, &err)

static enum mcpauth_code show(const struct fixture *fixture, const char *token,
	struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	return mcpauth_verify(fixture->auth, FAKE_RESOURCE, token, info, err);
}

static enum mcpauth_code try(
	const struct fixture *fixture, const char *token, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = show(fixture, token, &info, err);
	assert_true((code == MCPAUTH_OK) == (info != NULL));
	mcpauth_auth_info_free(info);
	return code;
}

static void who_brings_it_is_who_it_says(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	start(&fixture);
	CHECK_OK(ADD(TOKEN, " {\"sub\":\"alice\",\"azp\":\"app\",\"scp\":[\"a\",\"b\"]} "));
	CHECK_OK(show(&fixture, TOKEN, &info, &err));
	assert_string_equal(mcpauth_auth_info_subject(info), "alice");
	assert_string_equal(mcpauth_auth_info_client_id(info), "app");
	assert_string_equal(mcpauth_auth_info_issuer(info), FAKE_RESOURCE);
	assert_string_equal(mcpauth_auth_info_token(info), TOKEN);
	assert_true(mcpauth_auth_info_has_scopes(info, "b"));
	assert_false(mcpauth_auth_info_has_scopes(info, "c"));
	assert_int_equal(mcpauth_auth_info_expires_at(info), FAKE_NOW + 3600);
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

static void its_claims_are_believed_as_they_are(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	start(&fixture);
	CHECK_OK(ADD("a", "{\"iss\":\"https://x.example\",\"aud\":\"y\",\"exp\":1800000009}"));
	CHECK_OK(ADD("b", "{}"));
	CHECK_OK(show(&fixture, "a", &info, &err));
	assert_string_equal(mcpauth_auth_info_issuer(info), "https://x.example");
	assert_int_equal(mcpauth_auth_info_expires_at(info), 1800000009);
	mcpauth_auth_info_free(info);
	CHECK_OK(show(&fixture, "b", &info, &err));
	assert_null(mcpauth_auth_info_subject(info));
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

static void no_other_token_is_good(void **state)
{
	(void)state;
	static const char *const others[] = {
		"let-me-i", "let-me-in1", "Let-me-in", "let-me-io", "x"};
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(ADD("let-me-in", "{}"));
	CHECK_OK(ADD("me-too", "{}"));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		CHECK_ROW_CODE(
			others[i], MCPAUTH_E_MALFORMED_TOKEN, try(&fixture, others[i], &err));
	}
	CHECK_OK(try(&fixture, "let-me-in", &err));
	CHECK_OK(try(&fixture, "me-too", &err));
	stop(&fixture);
}

static void it_opens_one_resource_alone(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_resource_config second = MCPAUTH_RESOURCE_CONFIG_INIT;
	second.resource = SECOND;
	start(&fixture);
	CHECK_OK(mcpauth_add_resource(fixture.auth, &second, &err));
	CHECK_OK(ADD(TOKEN, "{}"));
	CHECK_CODE(MCPAUTH_E_MALFORMED_TOKEN,
		mcpauth_verify(fixture.auth, SECOND, TOKEN, &info, &err));
	CHECK_OK(try(&fixture, TOKEN, &err));
	stop(&fixture);
}

static void without_exp_it_expires_an_hour_after_each_look(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	start(&fixture);
	CHECK_OK(ADD(TOKEN, "{}"));
	CHECK_OK(try(&fixture, TOKEN, &err));
	fake_issuer_advance_ms(fixture.fake, 7200000);
	CHECK_OK(show(&fixture, TOKEN, &info, &err));
	assert_int_equal(mcpauth_auth_info_expires_at(info), FAKE_NOW + 7200 + 3600);
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

static void its_times_hold(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(ADD("ends", "{\"exp\":1800000000}"));
	CHECK_OK(ADD("begins", "{\"nbf\":1800000061}"));
	CHECK_OK(ADD("over", "{\"exp\":1}"));
	CHECK_OK(try(&fixture, "ends", &err));
	CHECK_CODE(MCPAUTH_E_NOT_YET_VALID, try(&fixture, "begins", &err));
	CHECK_CODE(MCPAUTH_E_EXPIRED, try(&fixture, "over", &err));
	fake_issuer_advance_ms(fixture.fake, 60000);
	CHECK_CODE(MCPAUTH_E_EXPIRED, try(&fixture, "ends", &err));
	CHECK_OK(try(&fixture, "begins", &err));
	stop(&fixture);
}

static const struct {
	const char *label;
	const char *token;
	const char *claims;
	enum mcpauth_code want;
} rows[] = {
	{"good", "a", "{\"sub\":\"a\"}", MCPAUTH_OK},
	{"padded", "a=", "{}", MCPAUTH_OK},
	{"no token", NULL, "{}", MCPAUTH_E_INVALID_ARGUMENT},
	{"an empty token", "", "{}", MCPAUTH_E_INVALID_ARGUMENT},
	{"padding alone", "==", "{}", MCPAUTH_E_INVALID_ARGUMENT},
	{"padding within", "a=b", "{}", MCPAUTH_E_INVALID_ARGUMENT},
	{"a blank in it", "a b", "{}", MCPAUTH_E_INVALID_ARGUMENT},
	{"a line's end", "a\n", "{}", MCPAUTH_E_INVALID_ARGUMENT},
	{"no ASCII", "\xc3\xa4", "{}", MCPAUTH_E_INVALID_ARGUMENT},
	{"no claims", "a", NULL, MCPAUTH_E_INVALID_ARGUMENT},
	{"claims that are no JSON", "a", "{", MCPAUTH_E_INVALID_JSON},
	{"nor an object", "a", "[]", MCPAUTH_E_INVALID_JSON},
	{"empty ones", "a", "", MCPAUTH_E_INVALID_JSON},
	{"a name twice", "a", "{\"sub\":\"a\",\"sub\":\"b\"}", MCPAUTH_E_INVALID_JSON},
	{"iss a number", "a", "{\"iss\":1}", MCPAUTH_E_INVALID_ARGUMENT},
	{"iss empty", "a", "{\"iss\":\"\"}", MCPAUTH_E_INVALID_ARGUMENT},
	{"sub a number", "a", "{\"sub\":1}", MCPAUTH_E_INVALID_ARGUMENT},
	{"client_id a list", "a", "{\"client_id\":[]}", MCPAUTH_E_INVALID_ARGUMENT},
	{"exp a text", "a", "{\"exp\":\"1\"}", MCPAUTH_E_INVALID_ARGUMENT},
	{"nbf a text", "a", "{\"nbf\":\"1\"}", MCPAUTH_E_INVALID_ARGUMENT},
	{"scope a number", "a", "{\"scope\":1}", MCPAUTH_E_INVALID_ARGUMENT},
	{"scope a list with one", "a", "{\"scope\":[\"a\",1]}", MCPAUTH_E_INVALID_ARGUMENT},
	{"scope a list", "a", "{\"scope\":[\"a\",\"b\"]}", MCPAUTH_OK},
	{"scope an empty list", "a", "{\"scope\":[]}", MCPAUTH_OK},
	{"expired long ago, but a time", "a", "{\"exp\":1}", MCPAUTH_OK},
	{"bound to a key", "a", "{\"cnf\":{}}", MCPAUTH_E_INVALID_ARGUMENT},
};

static void takes_no_token_that_would_be_of_no_use(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start(&fixture);
		CHECK_ROW_CODE(rows[i].label, rows[i].want, ADD(rows[i].token, rows[i].claims));
		CHECK_ROW(rows[i].label,
			fake_issuer_logged(fixture.fake, "STATIC TOKEN")
				== (rows[i].want == MCPAUTH_OK));
		stop(&fixture);
	}
}

static void a_token_has_some_length(void **state)
{
	(void)state;
	struct fixture fixture;
	char *token = calloc(1, 16386);
	assert_non_null(token);
	memset(token, 'a', 16385);
	start(&fixture);
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, ADD(token, "{}"));
	token[16384] = '\0';
	CHECK_OK(ADD(token, "{}"));
	CHECK_OK(try(&fixture, token, &err));
	free(token);
	stop(&fixture);
}

static void is_added_once_and_in_time(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(ADD(TOKEN, "{}"));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, ADD(TOKEN, "{\"sub\":\"b\"}"));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_add_static_token(fixture.auth, SECOND, TOKEN, "{}", &err));
	CHECK_OK(try(&fixture, TOKEN, &err));
	CHECK_CODE(MCPAUTH_E_IN_USE, ADD("another", "{}"));
	stop(&fixture);
}

static void is_logged_loudly_but_not_told(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(ADD("SECRET-ONE", "{\"sub\":\"SECRET-TWO\"}"));
	assert_true(fake_issuer_logged(fixture.fake, "A STATIC TOKEN OPENS " FAKE_RESOURCE));
	assert_false(fake_issuer_logged(fixture.fake, "SECRET"));
	stop(&fixture);
}

static void a_jwt_is_judged_beside_it(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(ADD(TOKEN, "{}"));
	CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth, &(struct fake_token){0}, &err));
	CHECK_CODE(MCPAUTH_E_EXPIRED,
		fake_issuer_try(
			fixture.fake, fixture.auth, &(struct fake_token){.lifetime = -60}, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	mcpauth_free(fixture.auth);
	fake_issuer_free(fixture.fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_brings_it_is_who_it_says),
		cmocka_unit_test(its_claims_are_believed_as_they_are),
		cmocka_unit_test(no_other_token_is_good),
		cmocka_unit_test(it_opens_one_resource_alone),
		cmocka_unit_test(without_exp_it_expires_an_hour_after_each_look),
		cmocka_unit_test(its_times_hold),
		cmocka_unit_test(takes_no_token_that_would_be_of_no_use),
		cmocka_unit_test(a_token_has_some_length),
		cmocka_unit_test(is_added_once_and_in_time),
		cmocka_unit_test(is_logged_loudly_but_not_told),
		cmocka_unit_test(a_jwt_is_judged_beside_it),
	};
	return cmocka_run_group_tests_name("static_token", tests, NULL, NULL);
}
