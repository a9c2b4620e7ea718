/* A logout token's claims: each rule refuses what breaks it, and the same claims kept
 * to it pass. */
#include "token/logout_token.h"

#include "support/check.h"
#include "support/logout_tokens.h"

#include <string.h>

#define NOW 1800000000
#define EVENT "\"http://schemas.openid.net/event/backchannel-logout\""
#define AUD "\"aud\":\"" LOGOUT_CLIENT "\""
#define IAT "\"iat\":1800000000"
#define JTI "\"jti\":\"j\""
#define SUB "\"sub\":\"alice\""
#define GOOD "{" AUD "," IAT "," JTI "," SUB "," LOGOUT_EVENTS "}"
#define WITH(members) "{" AUD "," IAT "," JTI "," SUB "," LOGOUT_EVENTS "," members "}"
#define MEANT_FOR(aud) "{\"aud\":" aud "," IAT "," JTI "," SUB "," LOGOUT_EVENTS "}"
#define TIMED(times) "{" AUD "," times "," JTI "," SUB "," LOGOUT_EVENTS "}"
#define NAMED(jti) "{" AUD "," IAT ",\"jti\":" jti "," SUB "," LOGOUT_EVENTS "}"
#define ABOUT(whom) "{" AUD "," IAT "," JTI "," whom "," LOGOUT_EVENTS "}"
#define SAYING(events) "{" AUD "," IAT "," JTI "," SUB ",\"events\":" events "}"

static enum mcpauth_code check(const char *type, const char *claims,
	struct mcpauth__logout_claims *read, struct mcpauth_error *err)
{
	const struct mcpauth__logout_rules rules = {LOGOUT_CLIENT, NOW, 60};
	struct mcpauth__jws jws;
	CHECK_OK(mcpauth__jws_from_claims(claims, strlen(claims), &jws, &err));
	jws.type = type;
	enum mcpauth_code code = mcpauth__logout_token_check(&jws, &rules, read, err);
	assert_true((code == MCPAUTH_OK) == (read->id != NULL));
	assert_true(code == MCPAUTH_OK
		|| (read->subject == NULL && read->session == NULL && read->until == 0));
	mcpauth__jws_finish(&jws);
	return code;
}

static const struct {
	const char *label;
	const char *type;
	enum mcpauth_code want;
} types[] = {
	{"its own", "logout+jwt", MCPAUTH_OK},
	{"with application/", "application/logout+jwt", MCPAUTH_OK},
	{"no case", "Logout+JWT", MCPAUTH_OK},
	{"any JWT's", "JWT", MCPAUTH_OK},
	{"any JWT's in lower case", "jwt", MCPAUTH_OK},
	{"none", NULL, MCPAUTH_OK},
	{"an access token's", "at+jwt", MCPAUTH_E_TOKEN_TYPE},
	{"an event's", "secevent+jwt", MCPAUTH_E_TOKEN_TYPE},
	{"a proof's", "dpop+jwt", MCPAUTH_E_TOKEN_TYPE},
	{"more than its own", "logout+jwt+x", MCPAUTH_E_TOKEN_TYPE},
	{"nothing", "", MCPAUTH_E_TOKEN_TYPE},
};

static void takes_only_types_of_logout_tokens(void **state)
{
	(void)state;
	struct mcpauth__logout_claims read;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		CHECK_ROW_CODE(
			types[i].label, types[i].want, check(types[i].type, GOOD, &read, &err));
	}
}

struct row {
	const char *label;
	const char *claims;
	enum mcpauth_code want;
};

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

static void check_rows(const struct row *rows, size_t count)
{
	struct mcpauth__logout_claims read;
	for (size_t i = 0; i < count; i++) {
		CHECK_ROW_CODE(rows[i].label, rows[i].want,
			check("logout+jwt", rows[i].claims, &read, &err));
	}
}

static const struct row kinds[] = {
	{"a logout", GOOD, MCPAUTH_OK},
	{"another event besides", SAYING("{\"https://x.example\":1," EVENT ":{}}"), MCPAUTH_OK},
	{"an event with members", SAYING("{" EVENT ":{\"a\":1}}"), MCPAUTH_OK},
	{"no events", "{" AUD "," IAT "," JTI "," SUB "}", MCPAUTH_E_TOKEN_TYPE},
	{"events are null", SAYING("null"), MCPAUTH_E_TOKEN_TYPE},
	{"events are a list", SAYING("[" EVENT "]"), MCPAUTH_E_TOKEN_TYPE},
	{"events are a string", SAYING(EVENT), MCPAUTH_E_TOKEN_TYPE},
	{"no event", SAYING("{}"), MCPAUTH_E_TOKEN_TYPE},
	{"another event", SAYING("{\"https://x.example\":{}}"), MCPAUTH_E_TOKEN_TYPE},
	{"its name in capitals",
		SAYING("{\"HTTP://SCHEMAS.OPENID.NET/EVENT/BACKCHANNEL-LOGOUT\":{}}"),
		MCPAUTH_E_TOKEN_TYPE},
	{"the event is null", SAYING("{" EVENT ":null}"), MCPAUTH_E_TOKEN_TYPE},
	{"the event is true", SAYING("{" EVENT ":true}"), MCPAUTH_E_TOKEN_TYPE},
	{"the event is a list", SAYING("{" EVENT ":[]}"), MCPAUTH_E_TOKEN_TYPE},
	{"a nonce", WITH("\"nonce\":\"n\""), MCPAUTH_E_TOKEN_TYPE},
	{"a nonce that is null", WITH("\"nonce\":null"), MCPAUTH_E_TOKEN_TYPE},
	{"a nonce of another case", WITH("\"Nonce\":null"), MCPAUTH_OK},
};

static void takes_only_logouts(void **state)
{
	(void)state;
	CHECK_ROWS(kinds);
}

static const struct row audiences[] = {
	{"this server", MEANT_FOR("\"" LOGOUT_CLIENT "\""), MCPAUTH_OK},
	{"this server among others", MEANT_FOR("[\"a\",\"" LOGOUT_CLIENT "\"]"), MCPAUTH_OK},
	{"another", MEANT_FOR("\"other\""), MCPAUTH_E_AUDIENCE},
	{"others", MEANT_FOR("[\"a\",\"b\"]"), MCPAUTH_E_AUDIENCE},
	{"nobody", MEANT_FOR("[]"), MCPAUTH_E_AUDIENCE},
	{"one that begins like it", MEANT_FOR("\"" LOGOUT_CLIENT "/\""), MCPAUTH_E_AUDIENCE},
	{"one it begins with", MEANT_FOR("\"this\""), MCPAUTH_E_AUDIENCE},
	{"another case", MEANT_FOR("\"This-Server\""), MCPAUTH_E_AUDIENCE},
	{"a number", MEANT_FOR("1"), MCPAUTH_E_INVALID_CLAIM},
	{"a number among them", MEANT_FOR("[\"" LOGOUT_CLIENT "\",1]"), MCPAUTH_E_INVALID_CLAIM},
	{"none", "{" IAT "," JTI "," SUB "," LOGOUT_EVENTS "}", MCPAUTH_E_INVALID_CLAIM},
};

static void takes_only_what_is_meant_for_this_server(void **state)
{
	(void)state;
	CHECK_ROWS(audiences);
}

/* The tolerance is 60 seconds. */
static const struct row times[] = {
	{"now", TIMED(IAT), MCPAUTH_OK},
	{"two minutes old", TIMED("\"iat\":1799999880"), MCPAUTH_OK},
	{"as old as can be", TIMED("\"iat\":1799999820"), MCPAUTH_OK},
	{"a second older", TIMED("\"iat\":1799999819"), MCPAUTH_E_EXPIRED},
	{"far too old", TIMED("\"iat\":-9007199254740991"), MCPAUTH_E_EXPIRED},
	{"as early as can be", TIMED("\"iat\":1800000060"), MCPAUTH_OK},
	{"in the future", TIMED("\"iat\":1800000061"), MCPAUTH_E_NOT_YET_VALID},
	{"far in the future", TIMED("\"iat\":9007199254740991"), MCPAUTH_E_NOT_YET_VALID},
	{"at no time", TIMED("\"a\":1"), MCPAUTH_E_INVALID_CLAIM},
	{"at a time in words", TIMED("\"iat\":\"1800000000\""), MCPAUTH_E_INVALID_CLAIM},
	{"at null", TIMED("\"iat\":null"), MCPAUTH_E_INVALID_CLAIM},
	{"not expired", WITH("\"exp\":1800000120"), MCPAUTH_OK},
	{"just not expired", WITH("\"exp\":1799999941"), MCPAUTH_OK},
	{"expired", WITH("\"exp\":1799999940"), MCPAUTH_E_EXPIRED},
	{"too old, not expired", TIMED("\"iat\":1799999819,\"exp\":1800000120"), MCPAUTH_E_EXPIRED},
	{"expires in words", WITH("\"exp\":\"1800000120\""), MCPAUTH_E_INVALID_CLAIM},
	{"expires at null", WITH("\"exp\":null"), MCPAUTH_E_INVALID_CLAIM},
};

static void takes_only_what_is_fresh(void **state)
{
	(void)state;
	CHECK_ROWS(times);
}

static const struct row names[] = {
	{"a subject", ABOUT(SUB), MCPAUTH_OK},
	{"a session", ABOUT("\"sid\":\"s\""), MCPAUTH_OK},
	{"both", ABOUT(SUB ",\"sid\":\"s\""), MCPAUTH_OK},
	{"neither", ABOUT("\"a\":1"), MCPAUTH_E_INVALID_CLAIM},
	{"a subject of no name", ABOUT("\"sub\":\"\""), MCPAUTH_E_INVALID_CLAIM},
	{"a subject that is a number", ABOUT("\"sub\":1"), MCPAUTH_E_INVALID_CLAIM},
	{"a subject that is null", ABOUT("\"sub\":null"), MCPAUTH_E_INVALID_CLAIM},
	{"a bad subject beside a session", ABOUT("\"sub\":1,\"sid\":\"s\""),
		MCPAUTH_E_INVALID_CLAIM},
	{"a subject with a NUL", ABOUT("\"sub\":\"a\\u0000b\""), MCPAUTH_E_INVALID_CLAIM},
	{"a session that is a number", ABOUT("\"sid\":1"), MCPAUTH_E_INVALID_CLAIM},
	{"a session that is null", ABOUT(SUB ",\"sid\":null"), MCPAUTH_E_INVALID_CLAIM},
	{"a session that is an object", ABOUT(SUB ",\"sid\":{}"), MCPAUTH_E_INVALID_CLAIM},
	{"a session of no name", ABOUT(SUB ",\"sid\":\"\""), MCPAUTH_E_INVALID_CLAIM},
	{"a name of its own", NAMED("\"x\""), MCPAUTH_OK},
	{"no name of its own", "{" AUD "," IAT "," SUB "," LOGOUT_EVENTS "}",
		MCPAUTH_E_INVALID_CLAIM},
	{"an empty name", NAMED("\"\""), MCPAUTH_E_INVALID_CLAIM},
	{"a number as its name", NAMED("1"), MCPAUTH_E_INVALID_CLAIM},
	{"null as its name", NAMED("null"), MCPAUTH_E_INVALID_CLAIM},
};

static void takes_only_what_says_who_and_has_a_name(void **state)
{
	(void)state;
	CHECK_ROWS(names);
}

static void check_until(const char *claims, int64_t want)
{
	struct mcpauth__logout_claims read;
	CHECK_OK(check("logout+jwt", claims, &read, &err));
	assert_int_equal(read.until, want);
}

static void says_until_when_it_would_be_taken(void **state)
{
	(void)state;
	check_until(GOOD, NOW + 181);
	check_until(TIMED("\"iat\":1799999900"), NOW + 81);
	check_until(WITH("\"exp\":1800000030"), NOW + 90);
	check_until(WITH("\"exp\":1900000000"), NOW + 181);
}

static void says_who_has_logged_out(void **state)
{
	(void)state;
	static const char both[] = ABOUT(SUB ",\"sid\":\"s\"");
	const struct mcpauth__logout_rules rules = {LOGOUT_CLIENT, NOW, 60};
	struct mcpauth__logout_claims read;
	struct mcpauth__jws jws;
	CHECK_OK(mcpauth__jws_from_claims(both, sizeof both - 1, &jws, &err));
	CHECK_OK(mcpauth__logout_token_check(&jws, &rules, &read, &err));
	assert_string_equal(read.id, "j");
	assert_string_equal(read.subject, "alice");
	assert_string_equal(read.session, "s");
	mcpauth__jws_finish(&jws);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_only_types_of_logout_tokens),
		cmocka_unit_test(takes_only_logouts),
		cmocka_unit_test(takes_only_what_is_meant_for_this_server),
		cmocka_unit_test(takes_only_what_is_fresh),
		cmocka_unit_test(takes_only_what_says_who_and_has_a_name),
		cmocka_unit_test(says_until_when_it_would_be_taken),
		cmocka_unit_test(says_who_has_logged_out),
	};
	return cmocka_run_group_tests_name("logout_token", tests, NULL, NULL);
}
