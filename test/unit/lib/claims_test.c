/* Claims: each rule refuses what breaks it, and the same claims kept to it pass. */
#include "token/claims.h"

#include "base/json.h"
#include "support/check.h"

#include <string.h>

#define NOW 1800000000
#define EXP "\"exp\":1800000300"
#define AUD "\"aud\":\"https://api.example/mcp\""
#define GOOD "{" EXP "," AUD "}"
#define WITH(members) "{" EXP "," AUD "," members "}"
#define TIMED(members) "{" AUD "," members "}"
#define MEANT_FOR(aud) "{" EXP ",\"aud\":" aud "}"

/* A test changes it by its issuer's configuration, and puts it back. */
static struct mcpauth__claim_policy policy;

static void configure(const struct mcpauth_issuer_config *config)
{
	mcpauth__claim_policy_finish(&policy);
	assert_true(mcpauth__claim_policy_init(&policy, config));
}

static int use_defaults(void **state)
{
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	(void)state;
	configure(&config);
	return 0;
}

static int finish_policy(void **state)
{
	(void)state;
	mcpauth__claim_policy_finish(&policy);
	return 0;
}

static struct mcpauth__claim_rules rules_for(const struct mcpauth__words *audiences)
{
	return (struct mcpauth__claim_rules){
		.policy = &policy,
		.audiences = audiences,
		.any_slash = true,
		.now = NOW,
		.tolerance = 60,
	};
}

static enum mcpauth_code check_with(const struct mcpauth__claim_rules *rules, const char *type,
	const char *claims, struct mcpauth_error *err)
{
	struct mcpauth__jws jws;
	CHECK_OK(mcpauth__jws_from_claims(claims, strlen(claims), &jws, &err));
	jws.type = type;
	enum mcpauth_code code = mcpauth__claims_check(&jws, rules, err);
	mcpauth__jws_finish(&jws);
	return code;
}

static struct mcpauth__claim_rules usual_rules(void)
{
	static char resource[] = "https://api.example/mcp";
	static char *items[] = {resource};
	static const struct mcpauth__words audiences = {items, 1};
	return rules_for(&audiences);
}

static enum mcpauth_code check(const char *type, const char *claims, struct mcpauth_error *err)
{
	struct mcpauth__claim_rules rules = usual_rules();
	return check_with(&rules, type, claims, err);
}

struct row {
	const char *label;
	const char *claims;
	enum mcpauth_code want;
};

static void check_rows(const struct row *rows, size_t count, const char *type)
{
	for (size_t i = 0; i < count; i++) {
		CHECK_ROW_CODE(rows[i].label, rows[i].want, check(type, rows[i].claims, &err));
	}
}

#define CHECK_ROWS(rows, type) check_rows(rows, sizeof rows / sizeof *rows, type)

static void takes_only_the_types_of_access_tokens(void **state)
{
	(void)state;
	static const struct {
		const char *type;
		enum mcpauth_code loose;
		enum mcpauth_code strict;
	} rows[] = {
		{"at+jwt", MCPAUTH_OK, MCPAUTH_OK},
		{"AT+JWT", MCPAUTH_OK, MCPAUTH_OK},
		{"application/at+jwt", MCPAUTH_OK, MCPAUTH_OK},
		{"Application/At+Jwt", MCPAUTH_OK, MCPAUTH_OK},
		{"JWT", MCPAUTH_OK, MCPAUTH_E_TOKEN_TYPE},
		{"jwt", MCPAUTH_OK, MCPAUTH_E_TOKEN_TYPE},
		{NULL, MCPAUTH_OK, MCPAUTH_E_TOKEN_TYPE},
		{"", MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_TOKEN_TYPE},
		{"at+jwt ", MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_TOKEN_TYPE},
		{"at+jw", MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_TOKEN_TYPE},
		{"application/jwt", MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_TOKEN_TYPE},
		{"logout+jwt", MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_TOKEN_TYPE},
		{"id_token+jwt", MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_TOKEN_TYPE},
		{"dpop+jwt", MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_TOKEN_TYPE},
		{"secevent+jwt", MCPAUTH_E_TOKEN_TYPE, MCPAUTH_E_TOKEN_TYPE},
	};
	struct mcpauth__claim_rules rules = usual_rules();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *label = rows[i].type != NULL ? rows[i].type : "none";
		CHECK_ROW_CODE(label, rows[i].loose, check_with(&rules, rows[i].type, GOOD, &err));
		policy.strict_type = true;
		CHECK_ROW_CODE(label, rows[i].strict, check_with(&rules, rows[i].type, GOOD, &err));
		policy.strict_type = false;
	}
}

static const struct row look_alikes[] = {
	{"logout token", WITH("\"events\":{}"), MCPAUTH_E_TOKEN_TYPE},
	{"events of any type", WITH("\"events\":null"), MCPAUTH_E_TOKEN_TYPE},
	{"ID token of the implicit flow", WITH("\"at_hash\":\"x\""), MCPAUTH_E_TOKEN_TYPE},
	{"ID token of the hybrid flow", WITH("\"c_hash\":\"x\""), MCPAUTH_E_TOKEN_TYPE},
	{"Cognito's ID token", WITH("\"token_use\":\"id\""), MCPAUTH_E_TOKEN_TYPE},
	{"Keycloak's ID token", WITH("\"typ\":\"ID\""), MCPAUTH_E_TOKEN_TYPE},
	{"Keycloak's refresh token", WITH("\"typ\":\"Refresh\""), MCPAUTH_E_TOKEN_TYPE},
};

static void refuses_claims_of_other_kinds_of_tokens(void **state)
{
	(void)state;
	CHECK_ROWS(look_alikes, NULL);
	CHECK_ROWS(look_alikes, "JWT");
}

static void believes_a_type_that_says_access_token(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof look_alikes / sizeof *look_alikes; i++) {
		CHECK_ROW_CODE(look_alikes[i].label, MCPAUTH_OK,
			check("at+jwt", look_alikes[i].claims, &err));
	}
}

static void takes_claims_that_other_kinds_have_too(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"nonce alone", WITH("\"nonce\":\"n\""), MCPAUTH_OK},
		{"Cognito's access token", WITH("\"token_use\":\"access\""), MCPAUTH_OK},
		{"Keycloak's access token", WITH("\"typ\":\"Bearer\""), MCPAUTH_OK},
		{"names in capitals", WITH("\"Events\":1,\"AT_HASH\":1"), MCPAUTH_OK},
		{"what is unknown", WITH("\"groups\":[1,{\"events\":2}]"), MCPAUTH_OK},
	};
	CHECK_ROWS(rows, "JWT");
}

static void holds_tokens_to_their_times(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"exp just within the tolerance", TIMED("\"exp\":1799999941"), MCPAUTH_OK},
		{"exp just beyond it", TIMED("\"exp\":1799999940"), MCPAUTH_E_EXPIRED},
		{"exp with a part second", TIMED("\"exp\":1799999940.9"), MCPAUTH_E_EXPIRED},
		{"exp long ago", TIMED("\"exp\":0"), MCPAUTH_E_EXPIRED},
		{"exp before 1970", TIMED("\"exp\":-1"), MCPAUTH_E_EXPIRED},
		{"exp in a power of ten", TIMED("\"exp\":1.9e9"), MCPAUTH_OK},
		{"nbf just within", WITH("\"nbf\":1800000060"), MCPAUTH_OK},
		{"nbf just beyond", WITH("\"nbf\":1800000061"), MCPAUTH_E_NOT_YET_VALID},
		{"iat just within", WITH("\"iat\":1800000060"), MCPAUTH_OK},
		{"iat just beyond", WITH("\"iat\":1800000061"), MCPAUTH_E_NOT_YET_VALID},
		{"iat long ago", WITH("\"iat\":1"), MCPAUTH_OK},
	};
	CHECK_ROWS(rows, "at+jwt");
}

static void allows_no_second_without_tolerance(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"exp in a second", TIMED("\"exp\":1800000001"), MCPAUTH_OK},
		{"exp now", TIMED("\"exp\":1800000000"), MCPAUTH_E_EXPIRED},
		{"nbf now", WITH("\"nbf\":1800000000"), MCPAUTH_OK},
		{"nbf in a second", WITH("\"nbf\":1800000001"), MCPAUTH_E_NOT_YET_VALID},
		{"iat now", WITH("\"iat\":1800000000"), MCPAUTH_OK},
		{"iat in a second", WITH("\"iat\":1800000001"), MCPAUTH_E_NOT_YET_VALID},
	};
	struct mcpauth__claim_rules rules = usual_rules();
	rules.tolerance = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW_CODE(rows[i].label, rows[i].want,
			check_with(&rules, "at+jwt", rows[i].claims, &err));
	}
}

static void refuses_times_that_are_none(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"no exp", "{" AUD "}", MCPAUTH_E_INVALID_CLAIM},
		{"EXP", TIMED("\"EXP\":1800000300"), MCPAUTH_E_INVALID_CLAIM},
		{"exp null", TIMED("\"exp\":null"), MCPAUTH_E_INVALID_CLAIM},
		{"exp a string", TIMED("\"exp\":\"1800000300\""), MCPAUTH_E_INVALID_CLAIM},
		{"exp true", TIMED("\"exp\":true"), MCPAUTH_E_INVALID_CLAIM},
		{"exp an array", TIMED("\"exp\":[1800000300]"), MCPAUTH_E_INVALID_CLAIM},
		{"exp endless", TIMED("\"exp\":1e400"), MCPAUTH_E_INVALID_CLAIM},
		{"exp 2^63", TIMED("\"exp\":9223372036854775808"), MCPAUTH_E_INVALID_CLAIM},
		{"exp 2^53", TIMED("\"exp\":9007199254740992"), MCPAUTH_OK},
		{"nbf a string", WITH("\"nbf\":\"1\""), MCPAUTH_E_INVALID_CLAIM},
		{"nbf null", WITH("\"nbf\":null"), MCPAUTH_E_INVALID_CLAIM},
		{"nbf a time", WITH("\"nbf\":1"), MCPAUTH_OK},
		{"iat a string", WITH("\"iat\":\"1\""), MCPAUTH_E_INVALID_CLAIM},
		{"iat endless", WITH("\"iat\":-1e400"), MCPAUTH_E_INVALID_CLAIM},
		{"iat a time", WITH("\"iat\":1"), MCPAUTH_OK},
	};
	CHECK_ROWS(rows, "at+jwt");
}

static const struct row audiences[] = {
	{"the resource", MEANT_FOR("\"https://api.example/mcp\""), MCPAUTH_OK},
	{"in an array", MEANT_FOR("[\"https://api.example/mcp\"]"), MCPAUTH_OK},
	{"last of several", MEANT_FOR("[\"other\",\"https://api.example/mcp\"]"), MCPAUTH_OK},
	{"none of several", MEANT_FOR("[\"other\",\"another\"]"), MCPAUTH_E_AUDIENCE},
	{"no one", MEANT_FOR("[]"), MCPAUTH_E_AUDIENCE},
	{"the empty string", MEANT_FOR("\"\""), MCPAUTH_E_AUDIENCE},
	{"a slash alone", MEANT_FOR("\"/\""), MCPAUTH_E_AUDIENCE},
	{"a longer path", MEANT_FOR("\"https://api.example/mcp/x\""), MCPAUTH_E_AUDIENCE},
	{"a shorter path", MEANT_FOR("\"https://api.example\""), MCPAUTH_E_AUDIENCE},
	{"a prefix", MEANT_FOR("\"https://api.example/mc\""), MCPAUTH_E_AUDIENCE},
	{"two slashes", MEANT_FOR("\"https://api.example/mcp//\""), MCPAUTH_E_AUDIENCE},
	{"another letter's case", MEANT_FOR("\"https://api.example/MCP\""), MCPAUTH_E_AUDIENCE},
	{"another scheme", MEANT_FOR("\"http://api.example/mcp\""), MCPAUTH_E_AUDIENCE},
	{"a port", MEANT_FOR("\"https://api.example:443/mcp\""), MCPAUTH_E_AUDIENCE},
	{"a blank behind", MEANT_FOR("\"https://api.example/mcp \""), MCPAUTH_E_AUDIENCE},
	{"a list in a string", MEANT_FOR("\"other https://api.example/mcp\""), MCPAUTH_E_AUDIENCE},
	{"missing", "{" EXP "}", MCPAUTH_E_INVALID_CLAIM},
	{"null", MEANT_FOR("null"), MCPAUTH_E_INVALID_CLAIM},
	{"a number", MEANT_FOR("1"), MCPAUTH_E_INVALID_CLAIM},
	{"an object", MEANT_FOR("{\"a\":\"https://api.example/mcp\"}"), MCPAUTH_E_INVALID_CLAIM},
	{"a number among them", MEANT_FOR("[\"https://api.example/mcp\",1]"),
		MCPAUTH_E_INVALID_CLAIM},
	{"an array among them", MEANT_FOR("[[\"https://api.example/mcp\"]]"),
		MCPAUTH_E_INVALID_CLAIM},
};

static void holds_tokens_to_their_audience(void **state)
{
	(void)state;
	struct mcpauth__claim_rules rules = usual_rules();
	CHECK_ROWS(audiences, "at+jwt");
	rules.any_slash = false;
	for (size_t i = 0; i < sizeof audiences / sizeof *audiences; i++) {
		CHECK_ROW_CODE(audiences[i].label, audiences[i].want,
			check_with(&rules, "at+jwt", audiences[i].claims, &err));
	}
}

static void tolerates_a_slash_in_the_default_audience_alone(void **state)
{
	(void)state;
	static char with[] = "https://api.example/mcp/";
	static char *items[] = {with};
	static const struct mcpauth__words slashed = {items, 1};
	struct mcpauth__claim_rules usual = usual_rules();
	struct mcpauth__claim_rules longer = rules_for(&slashed);
	const char *shorter_claim = MEANT_FOR("\"https://api.example/mcp\"");
	const char *longer_claim = MEANT_FOR("[\"https://api.example/mcp/\"]");
	CHECK_OK(check_with(&usual, NULL, longer_claim, &err));
	CHECK_OK(check_with(&longer, NULL, shorter_claim, &err));
	usual.any_slash = false;
	longer.any_slash = false;
	CHECK_CODE(MCPAUTH_E_AUDIENCE, check_with(&usual, NULL, longer_claim, &err));
	CHECK_CODE(MCPAUTH_E_AUDIENCE, check_with(&longer, NULL, shorter_claim, &err));
	CHECK_OK(check_with(&longer, NULL, longer_claim, &err));
}

static void takes_any_of_several_audiences(void **state)
{
	(void)state;
	static char one[] = "one";
	static char two[] = "api://two";
	static char *items[] = {one, two};
	static const struct mcpauth__words several = {items, 2};
	struct mcpauth__claim_rules rules = rules_for(&several);
	CHECK_OK(check_with(&rules, NULL, MEANT_FOR("\"one\""), &err));
	CHECK_OK(check_with(&rules, NULL, MEANT_FOR("[\"x\",\"api://two\"]"), &err));
	CHECK_CODE(MCPAUTH_E_AUDIENCE, check_with(&rules, NULL, MEANT_FOR("\"three\""), &err));
}

static void wants_strings_where_somebody_is_named(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"sub", WITH("\"sub\":\"alice\""), MCPAUTH_OK},
		{"sub a number", WITH("\"sub\":7"), MCPAUTH_E_INVALID_CLAIM},
		{"sub null", WITH("\"sub\":null"), MCPAUTH_E_INVALID_CLAIM},
		{"sub with a NUL", WITH("\"sub\":\"a\\u0000b\""), MCPAUTH_E_INVALID_CLAIM},
		{"sub with U+FFFD", WITH("\"sub\":\"a\\ufffdb\""), MCPAUTH_E_INVALID_CLAIM},
		{"sub with U+FFFC", WITH("\"sub\":\"a\\ufffcb\""), MCPAUTH_OK},
		{"a NUL that names nobody", WITH("\"x\":\"a\\u0000b\""), MCPAUTH_OK},
		{"client_id", WITH("\"client_id\":\"c\""), MCPAUTH_OK},
		{"client_id an array", WITH("\"client_id\":[\"c\"]"), MCPAUTH_E_INVALID_CLAIM},
		{"azp", WITH("\"azp\":\"c\""), MCPAUTH_OK},
		{"azp true", WITH("\"azp\":true"), MCPAUTH_E_INVALID_CLAIM},
		{"cid", WITH("\"cid\":\"c\""), MCPAUTH_OK},
		{"cid a number", WITH("\"cid\":1"), MCPAUTH_E_INVALID_CLAIM},
		{"appid", WITH("\"appid\":\"c\""), MCPAUTH_OK},
		{"appid an object", WITH("\"appid\":{}"), MCPAUTH_E_INVALID_CLAIM},
		{"jti", WITH("\"jti\":\"j\""), MCPAUTH_OK},
		{"jti a number", WITH("\"jti\":1"), MCPAUTH_E_INVALID_CLAIM},
	};
	CHECK_ROWS(rows, "at+jwt");
}

static void refuses_tokens_that_are_bound_to_a_key(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"DPoP", WITH("\"cnf\":{\"jkt\":\"x\"}"), MCPAUTH_E_BOUND_TOKEN},
		{"mTLS", WITH("\"cnf\":{\"x5t#S256\":\"x\"}"), MCPAUTH_E_BOUND_TOKEN},
		{"an unknown way", WITH("\"cnf\":{\"new\":1}"), MCPAUTH_E_BOUND_TOKEN},
		{"an empty cnf", WITH("\"cnf\":{}"), MCPAUTH_E_BOUND_TOKEN},
		{"a cnf of null", WITH("\"cnf\":null"), MCPAUTH_E_BOUND_TOKEN},
		{"another name", WITH("\"CNF\":{\"jkt\":\"x\"}"), MCPAUTH_OK},
	};
	CHECK_ROWS(rows, "at+jwt");
}

static void checks_times_again_by_the_same_rules(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		int64_t expires_at;
		int64_t not_before;
		enum mcpauth_code want;
	} rows[] = {
		{"within both", NOW - 59, NOW + 60, MCPAUTH_OK},
		{"expired", NOW - 60, 0, MCPAUTH_E_EXPIRED},
		{"not valid yet", NOW + 999, NOW + 61, MCPAUTH_E_NOT_YET_VALID},
		{"without nbf", NOW + 999, 0, MCPAUTH_OK},
	};
	struct mcpauth__claim_rules rules = usual_rules();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW_CODE(rows[i].label, rows[i].want,
			mcpauth__claims_check_times(
				rows[i].expires_at, rows[i].not_before, &rules, &err));
	}
}

#define AT(iat) WITH("\"iat\":" iat)

static void holds_tokens_to_the_greatest_age(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"issued now", AT("1800000000"), MCPAUTH_OK},
		{"just young enough", AT("1799999840"), MCPAUTH_OK},
		{"just too old", AT("1799999839"), MCPAUTH_E_EXPIRED},
		{"very old", AT("-9007199254740992"), MCPAUTH_E_EXPIRED},
		{"iat missing", GOOD, MCPAUTH_E_INVALID_CLAIM},
		{"iat a string", AT("\"1800000000\""), MCPAUTH_E_INVALID_CLAIM},
		{"iat null", AT("null"), MCPAUTH_E_INVALID_CLAIM},
		{"young, but expired", TIMED("\"exp\":1799999940,\"iat\":1800000000"),
			MCPAUTH_E_EXPIRED},
		{"young, without exp", "{" AUD ",\"iat\":1800000000}", MCPAUTH_E_INVALID_CLAIM},
	};
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.max_age = 100;
	configure(&config);
	CHECK_ROWS(rows, "at+jwt");
	use_defaults(state);
	CHECK_OK(check("at+jwt", AT("1799999839"), &err));
	CHECK_OK(check("at+jwt", GOOD, &err));
}

static void wants_the_claims_that_are_required(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"both", WITH("\"tenant\":\"t\",\"auth_time\":1"), MCPAUTH_OK},
		{"whatever they hold", WITH("\"tenant\":null,\"auth_time\":{}"), MCPAUTH_OK},
		{"none", GOOD, MCPAUTH_E_INVALID_CLAIM},
		{"the first alone", WITH("\"tenant\":\"t\""), MCPAUTH_E_INVALID_CLAIM},
		{"the second alone", WITH("\"auth_time\":1"), MCPAUTH_E_INVALID_CLAIM},
		{"in capitals", WITH("\"Tenant\":\"t\",\"auth_time\":1"), MCPAUTH_E_INVALID_CLAIM},
		{"within another", WITH("\"x\":{\"tenant\":1},\"auth_time\":1"),
			MCPAUTH_E_INVALID_CLAIM},
	};
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.required_claims = " tenant  auth_time ";
	configure(&config);
	CHECK_ROWS(rows, "at+jwt");
	use_defaults(state);
	CHECK_OK(check("at+jwt", GOOD, &err));
}

static void wants_strings_where_the_configuration_says_somebody_is_named(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"both", WITH("\"oid\":\"alice\",\"app\":\"c\""), MCPAUTH_OK},
		{"subject a number", WITH("\"oid\":7"), MCPAUTH_E_INVALID_CLAIM},
		{"subject with a NUL", WITH("\"oid\":\"a\\u0000b\""), MCPAUTH_E_INVALID_CLAIM},
		{"client an array", WITH("\"app\":[\"c\"]"), MCPAUTH_E_INVALID_CLAIM},
		{"jti a number", WITH("\"jti\":1"), MCPAUTH_E_INVALID_CLAIM},
		{"what names nobody here", WITH("\"cid\":1"), MCPAUTH_OK},
	};
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.subject_claims = "oid";
	config.client_claims = "app";
	configure(&config);
	CHECK_ROWS(rows, "at+jwt");
	use_defaults(state);
	CHECK_CODE(MCPAUTH_E_INVALID_CLAIM, check("at+jwt", WITH("\"cid\":1"), &err));
}

/* Amazon Cognito's access tokens name their client, and nobody in aud. */
#define COGNITO(client) \
	"{" EXP ",\"token_use\":\"access\",\"scope\":\"notes/read\",\"client_id\":" client "}"

static void a_recipient_may_stand_in_for_the_audience(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"Cognito's, ours", COGNITO("\"1example23456789\""), MCPAUTH_OK},
		{"the other one of ours", COGNITO("\"app-2\""), MCPAUTH_OK},
		{"Cognito's, for another client", COGNITO("\"stranger\""), MCPAUTH_E_AUDIENCE},
		{"part of it", COGNITO("\"app-\""), MCPAUTH_E_AUDIENCE},
		{"in an array", COGNITO("[\"app-2\"]"), MCPAUTH_E_AUDIENCE},
		{"neither aud nor recipient", "{" EXP "}", MCPAUTH_E_INVALID_CLAIM},
		{"aud alone", GOOD, MCPAUTH_OK},
		{"aud, and a stranger", WITH("\"client_id\":\"stranger\""), MCPAUTH_OK},
		{"another aud, but ours", "{" EXP ",\"aud\":\"x\",\"client_id\":\"app-2\"}",
			MCPAUTH_OK},
		{"neither is ours", "{" EXP ",\"aud\":\"x\",\"client_id\":\"y\"}",
			MCPAUTH_E_AUDIENCE},
		{"another aud, ours by another name",
			"{" EXP ",\"aud\":\"x\",\"Client_ID\":\"app-2\"}", MCPAUTH_E_AUDIENCE},
		{"a NUL is not what stands for it", COGNITO("\"a\\u0000b\""), MCPAUTH_E_AUDIENCE},
		{"ours, but aud is a number", "{" EXP ",\"aud\":1,\"client_id\":\"app-2\"}",
			MCPAUTH_E_INVALID_CLAIM},
		{"ours, but aud holds a number", "{" EXP ",\"aud\":[1],\"client_id\":\"app-2\"}",
			MCPAUTH_E_INVALID_CLAIM},
		{"ours, but aud is null", "{" EXP ",\"aud\":null,\"client_id\":\"app-2\"}",
			MCPAUTH_E_INVALID_CLAIM},
	};
	static char one[] = "1example23456789";
	static char two[] = "app-2";
	static char three[] = "a\xef\xbf\xbd"
			      "b";
	static char *items[] = {one, two, three};
	static const struct mcpauth__words recipients = {items, 3};
	struct mcpauth__claim_rules rules = usual_rules();
	rules.recipients = &recipients;
	CHECK_CODE(MCPAUTH_E_INVALID_CLAIM, check_with(&rules, "JWT", rows[0].claims, &err));
	rules.recipient_claim = "client_id";
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW_CODE(rows[i].label, rows[i].want,
			check_with(&rules, "JWT", rows[i].claims, &err));
	}
}

static void asks_for_no_audience_where_that_is_switched_off(void **state)
{
	(void)state;
	static const char *const claims[] = {
		MEANT_FOR("\"other\""), MEANT_FOR("[]"), MEANT_FOR("1"), "{" EXP "}"};
	struct mcpauth__claim_rules rules = usual_rules();
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
		rules.any_audience = false;
		CHECK_ROW(claims[i], check_with(&rules, "JWT", claims[i], NULL) != MCPAUTH_OK);
		rules.any_audience = true;
		CHECK_ROW_CODE(claims[i], MCPAUTH_OK, check_with(&rules, "JWT", claims[i], &err));
	}
	CHECK_CODE(MCPAUTH_E_EXPIRED, check_with(&rules, "JWT", "{\"exp\":1}", &err));
}

static void looks_for_no_type_where_there_is_no_header(void **state)
{
	(void)state;
	struct mcpauth__claim_rules rules = usual_rules();
	policy.strict_type = true;
	CHECK_CODE(MCPAUTH_E_TOKEN_TYPE, check_with(&rules, NULL, GOOD, &err));
	rules.without_header = true;
	CHECK_OK(check_with(&rules, NULL, GOOD, &err));
	CHECK_CODE(MCPAUTH_E_TOKEN_TYPE, check_with(&rules, NULL, WITH("\"events\":{}"), &err));
	policy.strict_type = false;
}

static void quotes_no_claim_in_its_reasons(void **state)
{
	(void)state;
	static const char *const bad[] = {
		MEANT_FOR("\"SECRET\""),
		MEANT_FOR("[{\"SECRET\":1}]"),
		WITH("\"sub\":[\"SECRET\"]"),
		WITH("\"cnf\":{\"jkt\":\"SECRET\"}"),
		WITH("\"nbf\":\"SECRET\""),
		TIMED("\"exp\":\"SECRET\""),
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct mcpauth_error err = {0};
		CHECK_ROW(bad[i], check("JWT", bad[i], &err) != MCPAUTH_OK);
		CHECK_ROW(bad[i], err.message[0] != '\0' && strstr(err.message, "SECRET") == NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_only_the_types_of_access_tokens),
		cmocka_unit_test(refuses_claims_of_other_kinds_of_tokens),
		cmocka_unit_test(believes_a_type_that_says_access_token),
		cmocka_unit_test(takes_claims_that_other_kinds_have_too),
		cmocka_unit_test(holds_tokens_to_their_times),
		cmocka_unit_test(allows_no_second_without_tolerance),
		cmocka_unit_test(refuses_times_that_are_none),
		cmocka_unit_test(holds_tokens_to_their_audience),
		cmocka_unit_test(tolerates_a_slash_in_the_default_audience_alone),
		cmocka_unit_test(takes_any_of_several_audiences),
		cmocka_unit_test(wants_strings_where_somebody_is_named),
		cmocka_unit_test(refuses_tokens_that_are_bound_to_a_key),
		cmocka_unit_test(checks_times_again_by_the_same_rules),
		cmocka_unit_test(holds_tokens_to_the_greatest_age),
		cmocka_unit_test(wants_the_claims_that_are_required),
		cmocka_unit_test(wants_strings_where_the_configuration_says_somebody_is_named),
		cmocka_unit_test(a_recipient_may_stand_in_for_the_audience),
		cmocka_unit_test(asks_for_no_audience_where_that_is_switched_off),
		cmocka_unit_test(looks_for_no_type_where_there_is_no_header),
		cmocka_unit_test(quotes_no_claim_in_its_reasons),
	};
	return cmocka_run_group_tests_name("claims", tests, use_defaults, finish_policy);
}
