/* What a diagnosis says: it names what was found and what to change, and nothing that a
 * terminal would obey. */
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/rulings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct rulings_told told;
};

static void start(struct fixture *fixture)
{
	memset(fixture, 0, sizeof *fixture);
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

/* Does the rule's line say this, and its advice that? NULL: no matter. */
static void check_says(const struct fixture *fixture, enum mcpauth_rule rule, const char *found,
	const char *advice)
{
	const struct told *told = &fixture->told.rules[rule];
	if ((found != NULL && strstr(told->found, found) == NULL)
		|| (advice != NULL && strstr(told->advice, advice) == NULL)) {
		print_error("%s says \"%s\", and \"%s\"\n", mcpauth_rule_name(rule), told->found,
			told->advice);
		fail();
	}
}

static void ask(struct fixture *fixture, const struct fake_token *plan, const char *scopes)
{
	char *token = fake_issuer_token(fixture->fake, plan);
	struct mcpauth_error err;
	enum mcpauth_code code = rulings_ask(
		fixture->auth, FAKE_RESOURCE, token, scopes, &fixture->told, &err);
	assert_null(rulings_fault(&fixture->told, code, token));
	free(token);
}

/** A token, and what is said of it. */
static const struct row {
	const char *label;
	struct fake_token token;
	enum mcpauth_rule rule;
	const char *found;
	const char *advice;
} rows[] = {
	{"long expired", {.lifetime = -90000}, MCPAUTH_RULE_EXPIRY, ", 1 d 1 h ago", "new login"},
	{"just expired", {.lifetime = -150}, MCPAUTH_RULE_EXPIRY, ", 2 min 30 s ago", "clocks"},
	{"the date", {.lifetime = 300}, MCPAUTH_RULE_EXPIRY,
		"exp: 2027-01-15 08:05:00 UTC, in 5 min", ""},
	{"the tolerance", {.lifetime = 300}, MCPAUTH_RULE_EXPIRY, "differ by 1 min", ""},
	{"early", {.claims = ",\"nbf\":1800000090"}, MCPAUTH_RULE_NOT_BEFORE,
		"nbf: 2027-01-15 08:01:30 UTC, in 1 min 30 s", "NTP"},
	{"no time", {.claims = ",\"nbf\":\"soon\""}, MCPAUTH_RULE_NOT_BEFORE, "nbf is \"soon\"",
		"numbers"},
	{"another audience", {.audience = "https://other.example"}, MCPAUTH_RULE_AUDIENCE,
		"aud is \"https://other.example\"; wanted \"" FAKE_RESOURCE "\"", "RFC 8707"},
	{"without the path", {.audience = "https://api.example"}, MCPAUTH_RULE_AUDIENCE,
		"but for its path it is \"" FAKE_RESOURCE "\"", "with its path"},
	{"http", {.audience = "http://api.example/mcp"}, MCPAUTH_RULE_AUDIENCE,
		"but for http or https", "https"},
	{"capitals", {.audience = "https://API.example/mcp"}, MCPAUTH_RULE_AUDIENCE,
		"but for capital letters", "capital letters"},
	{"another issuer", {.issuer = "https://other.example"}, MCPAUTH_RULE_ISSUER,
		"iss is \"https://other.example\"; wanted \"" FAKE_ISSUER "\"", "\"issuers\""},
	{"an issuer's slash", {.issuer = FAKE_ISSUER "/"}, MCPAUTH_RULE_ISSUER,
		"but for a slash at the end", "with or without the slash"},
	{"Entra's old tokens", {.issuer = "https://sts.windows.net/t/"}, MCPAUTH_RULE_ISSUER,
		"sts.windows.net", "requestedAccessTokenVersion"},
	{"kid", {.kid = "nobody's"}, MCPAUTH_RULE_KEY, "kid is \"nobody's\"", "new token"},
	{"no kid", {.kid = "", .algorithm = "RS256"}, MCPAUTH_RULE_KEY, "kid is none", "put a kid"},
	{"how many keys", {.kid = "k9"}, MCPAUTH_RULE_KEY, "keys of the issuer: 1 usable, 0 not",
		""},
	{"another key", {.number = 1}, MCPAUTH_RULE_SIGNATURE, "did not make", "exactly"},
	{"a logout token", {.type = "JWT", .claims = ",\"events\":{}"}, MCPAUTH_RULE_TYPE,
		"has the claim events", "logout token"},
	{"an ID token", {.type = "JWT", .claims = ",\"at_hash\":\"a\""}, MCPAUTH_RULE_TYPE,
		"has the claim at_hash", "not id_token"},
	{"a proof", {.type = "dpop+jwt"}, MCPAUTH_RULE_TYPE, "typ of the header is \"dpop+jwt\"",
		"DPoP proof"},
	{"a refresh token", {.type = "JWT", .claims = ",\"typ\":\"Refresh\""}, MCPAUTH_RULE_TYPE,
		"typ is \"Refresh\"", "refresh_token"},
	{"a certificate's", {.claims = ",\"cnf\":{\"x5t#S256\":\"a\"}"}, MCPAUTH_RULE_BINDING,
		"by \"x5t#S256\"", "RFC 8705"},
	{"DPoP", {.claims = ",\"cnf\":{\"jkt\":\"a\"}"}, MCPAUTH_RULE_BINDING, "by \"jkt\"",
		"RFC 9449"},
	{"granted", {.claims = ",\"scope\":\"a b\""}, MCPAUTH_RULE_SCOPES,
		"granted \"a\", \"b\" (in scope); needed \"b c\"; missing \"c\"", "missing scopes"},
	{"no claim of scopes", {.lifetime = 300}, MCPAUTH_RULE_SCOPES,
		"granted none, as none of these claims is there: \"scope\", \"scp\"",
		"scope_claims"},
};

static void says_what_and_what_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start(&fixture);
		print_message("# %s\n", rows[i].label);
		ask(&fixture, &rows[i].token, "b c");
		check_says(&fixture, rows[i].rule, rows[i].found, rows[i].advice);
		stop(&fixture);
	}
}

static void names_what_a_provider_calls_it(void **state)
{
	static const char *const issuers[][2] = {
		{"https://t.us.auth0.com/", "Auth0: create an API"},
		{"https://login.microsoftonline.com/t/v2.0", "Entra ID: "},
		{"https://sso.example/realms/r", "Keycloak: add an Audience mapper"},
		{"https://o.okta.com/oauth2/default", "Okta: "},
		{"https://cognito-idp.eu.amazonaws.com/p", "recipient_claim"},
		{"https://t.logto.app/oidc", "Logto: "},
	};
	(void)state;
	for (size_t i = 0; i < sizeof issuers / sizeof *issuers; i++) {
		struct fixture fixture;
		struct fake_token token = {.issuer = issuers[i][0], .audience = "elsewhere"};
		start(&fixture);
		ask(&fixture, &token, NULL);
		check_says(&fixture, MCPAUTH_RULE_AUDIENCE, NULL, issuers[i][1]);
		stop(&fixture);
	}
}

static void says_how_a_token_was_spoilt(void **state)
{
	static const char *const tokens[][3] = {
		{"", "0 characters in 1 part", "sends no token"},
		{"Bearer a.b.c", "12 characters in 3 parts", "written once"},
		{"opaque", "6 characters in 1 part", "the token is opaque"},
		{"a.b.c\n", "3 parts", "line ends"},
		{"\"a.b.c\"", "3 parts", "quotes"},
		{"eyJhbGciOiJFUzI1NiJ9.e30", "2 parts", "it was cut"},
		{"a.b.c.d.e", "5 parts", "signed and not encrypted"},
	};
	struct fixture fixture;
	(void)state;
	start(&fixture);
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
		struct mcpauth_error err;
		assert_int_not_equal(MCPAUTH_OK,
			rulings_ask(fixture.auth, FAKE_RESOURCE, tokens[i][0], NULL, &fixture.told,
				&err));
		check_says(&fixture, MCPAUTH_RULE_FORM, tokens[i][1], tokens[i][2]);
	}
	stop(&fixture);
}

/* ESC, a control that turns the text around, a blank that is none, and a quote. */
static void shows_what_a_terminal_would_obey(void **state)
{
	struct fixture fixture;
	struct fake_token token = {.audience = "\\u001b[2J\xe2\x80\xae\xc2\xa0\\\"; rm\\n"};
	(void)state;
	start(&fixture);
	ask(&fixture, &token, NULL);
	check_says(&fixture, MCPAUTH_RULE_AUDIENCE,
		"aud is \"\\u{1b}[2J\\u{202e}\\u{a0}\\\"; rm\\u{a}\"; wanted", NULL);
	stop(&fixture);
}

/* Twelve values of a hundred bytes: eight of eighty are shown. */
static void cuts_what_is_long(void **state)
{
	struct fixture fixture;
	char claims[2048] = ",\"scp\":[";
	char shown[128] = "\"";
	(void)state;
	start(&fixture);
	for (size_t i = 0; i < 12; i++) {
		size_t at = strlen(claims);
		at += (size_t)sprintf(claims + at, i > 0 ? ",\"" : "\"");
		memset(claims + at, 'a', 100);
		strcpy(claims + at + 100, "\"");
	}
	strcat(claims, "]");
	memset(shown + 1, 'a', 80);
	strcpy(shown + 81, "\"... (100 bytes), \"a");
	ask(&fixture, &(struct fake_token){.claims = claims}, "a");
	check_says(&fixture, MCPAUTH_RULE_SCOPES, shown, NULL);
	check_says(&fixture, MCPAUTH_RULE_SCOPES, "(100 bytes) and 4 more (in scp)", NULL);
	stop(&fixture);
}

static void lists_all_that_is_accepted(void **state)
{
	struct fixture fixture;
	(void)state;
	start(&fixture);
	CHECK_OK(mcpauth_add_audience(fixture.auth, FAKE_RESOURCE, "api://one", &err));
	CHECK_OK(mcpauth_add_audience(fixture.auth, FAKE_RESOURCE, "api://two", &err));
	CHECK_OK(mcpauth_accept_issuer_value(fixture.auth, FAKE_ISSUER, "https://old", &err));
	ask(&fixture, &(struct fake_token){.issuer = "https://new.example"}, NULL);
	check_says(&fixture, MCPAUTH_RULE_AUDIENCE, "wanted one of \"api://one\", \"api://two\"",
		"RFC 8707");
	check_says(
		&fixture, MCPAUTH_RULE_ISSUER, "wanted \"" FAKE_ISSUER "\", \"https://old\"", NULL);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_and_what_to_do),
		cmocka_unit_test(names_what_a_provider_calls_it),
		cmocka_unit_test(says_how_a_token_was_spoilt),
		cmocka_unit_test(shows_what_a_terminal_would_obey),
		cmocka_unit_test(cuts_what_is_long),
		cmocka_unit_test(lists_all_that_is_accepted),
	};
	return cmocka_run_group_tests_name("diagnosis_text", tests, NULL, NULL);
}
