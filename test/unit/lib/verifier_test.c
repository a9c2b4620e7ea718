/* Verification: whose tokens, with which keys, and what refusing them costs. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "base/buf.h"
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/test_key.h"

#include <cjson/cJSON.h>
#include <gnutls/abstract.h>

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define OTHER "https://other.example"
#define OTHER_KEYS "https://other.example/keys"

static const struct fake_token usual;
static atomic_uint signature_checks;

/* Stands before the real one, and counts. */
int gnutls_pubkey_verify_data2(gnutls_pubkey_t key, gnutls_sign_algorithm_t algorithm,
	unsigned flags, const gnutls_datum_t *data, const gnutls_datum_t *signature)
{
	int (*verify)(gnutls_pubkey_t, gnutls_sign_algorithm_t, unsigned, const gnutls_datum_t *,
		const gnutls_datum_t *);
	*(void **)&verify = dlsym(RTLD_NEXT, "gnutls_pubkey_verify_data2");
	atomic_fetch_add(&signature_checks, 1);
	return verify(key, algorithm, flags, data, signature);
}

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
};

static struct mcpauth_issuer_config by_jwks_uri(const char *issuer, const char *jwks_uri)
{
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.issuer = issuer;
	config.jwks_uri = jwks_uri;
	return config;
}

static void start_with(struct fixture *fixture, const struct mcpauth_issuer_config *issuer)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, issuer);
	atomic_store(&signature_checks, 0);
}

static void start(struct fixture *fixture)
{
	struct mcpauth_issuer_config issuer = by_jwks_uri(FAKE_ISSUER, FAKE_KEYS);
	start_with(fixture, &issuer);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

#define TRY(...) fake_issuer_try(fixture.fake, fixture.auth, __VA_ARGS__, &err)

static const char *const algorithms[] = {
	"RS256",
	"RS384",
	"RS512",
	"PS256",
	"PS384",
	"PS512",
	"ES256",
	"ES384",
	"ES512",
	"EdDSA",
	"Ed25519",
};
#define ALGORITHMS (sizeof algorithms / sizeof *algorithms)

static void verifies_with_every_algorithm(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		struct fixture fixture;
		start(&fixture);
		fake_issuer_rotate(fixture.fake, NULL, algorithms[i], 0, "k0");
		CHECK_ROW_CODE(algorithms[i], MCPAUTH_OK,
			TRY(&(struct fake_token){.algorithm = algorithms[i]}));
		CHECK_ROW_CODE(algorithms[i], MCPAUTH_E_BAD_SIGNATURE,
			TRY(&(struct fake_token){.algorithm = algorithms[i], .number = 1}));
		stop(&fixture);
	}
}

static void takes_only_the_algorithms_of_the_issuer(void **state)
{
	(void)state;
	struct mcpauth_issuer_config issuer = by_jwks_uri(FAKE_ISSUER, FAKE_KEYS);
	issuer.algorithms = "PS256 ES256";
	for (size_t i = 0; i < ALGORITHMS; i++) {
		bool accepted = strcmp(algorithms[i], "PS256") == 0
			|| strcmp(algorithms[i], "ES256") == 0;
		struct fixture fixture;
		start_with(&fixture, &issuer);
		fake_issuer_rotate(fixture.fake, NULL, algorithms[i], 0, "k0");
		CHECK_ROW_CODE(algorithms[i], accepted ? MCPAUTH_OK : MCPAUTH_E_ALGORITHM,
			TRY(&(struct fake_token){.algorithm = algorithms[i]}));
		assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), accepted ? 1 : 0);
		stop(&fixture);
	}
}

static void takes_only_access_tokens_from_a_strict_issuer(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_issuer_config issuer = by_jwks_uri(FAKE_ISSUER, FAKE_KEYS);
	issuer.strict_type = true;
	start_with(&fixture, &issuer);
	CHECK_OK(TRY(&usual));
	CHECK_CODE(MCPAUTH_E_TOKEN_TYPE, TRY(&(struct fake_token){.type = "JWT"}));
	CHECK_CODE(MCPAUTH_E_TOKEN_TYPE, TRY(&(struct fake_token){.type = ""}));
	stop(&fixture);
	start(&fixture);
	CHECK_OK(TRY(&(struct fake_token){.type = "JWT"}));
	CHECK_OK(TRY(&(struct fake_token){.type = ""}));
	stop(&fixture);
}

/** Two issuers with keys of their own under the same kid. */
static void start_two(struct fixture *fixture)
{
	struct mcpauth_issuer_config other = by_jwks_uri(OTHER, OTHER_KEYS);
	start(fixture);
	fake_issuer_rotate(fixture->fake, OTHER_KEYS, "ES256", 1, "k0");
	CHECK_OK(mcpauth_add_issuer(fixture->auth, FAKE_RESOURCE, &other, &err));
}

static void an_issuers_keys_verify_its_own_tokens_alone(void **state)
{
	(void)state;
	struct fixture fixture;
	start_two(&fixture);
	CHECK_OK(TRY(&usual));
	CHECK_OK(TRY(&(struct fake_token){.issuer = OTHER, .number = 1}));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, TRY(&(struct fake_token){.issuer = OTHER}));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, TRY(&(struct fake_token){.number = 1}));
	stop(&fixture);
}

static void an_issuers_failure_leaves_the_other_alone(void **state)
{
	(void)state;
	struct fixture fixture;
	start_two(&fixture);
	fake_issuer_publish(fixture.fake, OTHER_KEYS, 500, "");
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, TRY(&(struct fake_token){.issuer = OTHER, .number = 1}));
	CHECK_OK(TRY(&usual));
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	stop(&fixture);
}

static void believes_issuers_byte_for_byte(void **state)
{
	(void)state;
	static const char *const others[] = {
		"",
		"https://as.example/",
		"https://as.exampl",
		"https://as.example.evil",
		"https://AS.example",
		"http://as.example",
		"https://as.example:443",
		"https://as.example ",
		" https://as.example",
		"https://user@as.example",
		"https://as.example\\u0000",
		"https://as.ex\\u00e4mple",
		"as.example",
	};
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct mcpauth_error err = {0};
		enum mcpauth_code code = TRY(&(struct fake_token){.issuer = others[i]});
		CHECK_ROW(others[i],
			code == MCPAUTH_E_UNTRUSTED_ISSUER || code == MCPAUTH_E_MALFORMED_TOKEN);
	}
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 0);
	CHECK_OK(TRY(&(struct fake_token){.issuer = FAKE_ISSUER}));
	stop(&fixture);
}

static void accepts_further_values_of_an_issuer(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	const struct fake_token first = {.issuer = "https://v1.example/tenant/"};
	start(&fixture);
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER, TRY(&first));
	fake_issuer_reopen(fixture.auth);
	CHECK_OK(mcpauth_accept_issuer_value(
		fixture.auth, FAKE_ISSUER, "https://v1.example/tenant/", &err));
	CHECK_OK(TRY(&first));
	CHECK_OK(TRY(&usual));
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER,
		TRY(&(struct fake_token){.issuer = "https://v1.example/tenant"}));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE,
		TRY(&(struct fake_token){.number = 1, .issuer = "https://v1.example/tenant/"}));
	char *token = fake_issuer_token(fixture.fake, &first);
	CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
	assert_string_equal(mcpauth_auth_info_issuer(info), "https://v1.example/tenant/");
	mcpauth_auth_info_free(info);
	free(token);
	stop(&fixture);
}

static void believes_only_the_issuers_of_the_resource(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_resource_config second = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config other = by_jwks_uri(OTHER, OTHER_KEYS);
	second.resource = "https://api.example/second";
	start(&fixture);
	fake_issuer_rotate(fixture.fake, OTHER_KEYS, "ES256", 1, "k0");
	CHECK_OK(mcpauth_add_resource(fixture.auth, &second, &err));
	CHECK_OK(mcpauth_add_issuer(fixture.auth, second.resource, &other, &err));
	char *token = fake_issuer_token(fixture.fake,
		&(struct fake_token){.issuer = OTHER,
			.number = 1,
			.audience = "",
			.claims = ",\"aud\":[\"" FAKE_RESOURCE
				  "\",\"https://api.example/second\"]"});
	CHECK_OK(mcpauth_verify(fixture.auth, second.resource, token, &info, &err));
	assert_string_equal(mcpauth_auth_info_resource(info), second.resource);
	mcpauth_auth_info_free(info);
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER,
		mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
	assert_null(info);
	free(token);
	stop(&fixture);
}

static void takes_the_audiences_of_the_resource(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(&usual));
	CHECK_OK(TRY(&(struct fake_token){.audience = FAKE_RESOURCE "/"}));
	CHECK_CODE(MCPAUTH_E_AUDIENCE, TRY(&(struct fake_token){.audience = "api://notes"}));
	fake_issuer_reopen(fixture.auth);
	CHECK_OK(mcpauth_add_audience(fixture.auth, FAKE_RESOURCE, "api://notes", &err));
	CHECK_OK(TRY(&(struct fake_token){.audience = "api://notes"}));
	CHECK_CODE(MCPAUTH_E_AUDIENCE, TRY(&(struct fake_token){.audience = "api://notes/"}));
	CHECK_CODE(MCPAUTH_E_AUDIENCE, TRY(&usual));
	fake_issuer_reopen(fixture.auth);
	CHECK_OK(mcpauth_add_audience(fixture.auth, FAKE_RESOURCE, FAKE_RESOURCE, &err));
	CHECK_OK(TRY(&usual));
	CHECK_CODE(MCPAUTH_E_AUDIENCE, TRY(&(struct fake_token){.audience = FAKE_RESOURCE "/"}));
	stop(&fixture);
}

#define SECOND "https://api.example/second"

static enum mcpauth_code try_second(
	struct fixture *fixture, const struct fake_token *wanted, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	char *token = fake_issuer_token(fixture->fake, wanted);
	enum mcpauth_code code = mcpauth_verify(fixture->auth, SECOND, token, &info, err);
	mcpauth_auth_info_free(info);
	free(token);
	return code;
}

/* One more resource that accepts the usual issuer. */
static void add_second(struct fixture *fixture, struct mcpauth_resource_config resource)
{
	struct mcpauth_issuer_config issuer = by_jwks_uri(FAKE_ISSUER, FAKE_KEYS);
	resource.resource = SECOND;
	CHECK_OK(mcpauth_add_resource(fixture->auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(fixture->auth, SECOND, &issuer, &err));
}

static void takes_tokens_by_their_recipient_where_that_is_configured(void **state)
{
	(void)state;
	static const struct fake_token ours = {
		.audience = "", .claims = ",\"client_id\":\"app\",\"token_use\":\"access\""};
	struct fixture fixture;
	struct mcpauth_resource_config cognito = MCPAUTH_RESOURCE_CONFIG_INIT;
	start(&fixture);
	cognito.resource = SECOND;
	cognito.recipient_claim = "";
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_add_resource(fixture.auth, &cognito, &err));
	cognito.recipient_claim = "client_id";
	add_second(&fixture, cognito);
	CHECK_CODE(MCPAUTH_E_AUDIENCE, try_second(&fixture, &ours, &err));
	fake_issuer_reopen(fixture.auth);
	CHECK_OK(mcpauth_add_recipient(fixture.auth, SECOND, "app", &err));
	CHECK_OK(try_second(&fixture, &ours, &err));
	CHECK_OK(try_second(&fixture, &(struct fake_token){.audience = SECOND}, &err));
	CHECK_CODE(MCPAUTH_E_AUDIENCE, try_second(&fixture, &usual, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_CLAIM, TRY(&ours));
	fake_issuer_reopen(fixture.auth);
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_add_recipient(fixture.auth, SECOND, "app", &err));
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_add_recipient(fixture.auth, SECOND, "", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_add_recipient(fixture.auth, FAKE_RESOURCE, "app", &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_add_recipient(fixture.auth, "https://x.example", "app", &err));
	stop(&fixture);
}

static void takes_any_audience_only_where_that_is_said_loudly(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_resource_config open = MCPAUTH_RESOURCE_CONFIG_INIT;
	start(&fixture);
	assert_false(fake_issuer_logged(fixture.fake, "AUDIENCE IS NOT CHECKED"));
	open.insecure_any_audience = true;
	add_second(&fixture, open);
	assert_true(fake_issuer_logged(fixture.fake, "AUDIENCE IS NOT CHECKED"));
	assert_true(fake_issuer_logged(fixture.fake, SECOND));
	CHECK_OK(try_second(&fixture, &(struct fake_token){.audience = "x"}, &err));
	CHECK_OK(try_second(&fixture, &(struct fake_token){.audience = ""}, &err));
	CHECK_CODE(MCPAUTH_E_EXPIRED,
		try_second(&fixture, &(struct fake_token){.lifetime = -60}, &err));
	CHECK_CODE(MCPAUTH_E_AUDIENCE, TRY(&(struct fake_token){.audience = "x"}));
	stop(&fixture);
}

static bool check_staff(const cJSON *claims, const char *resource, void *user)
{
	unsigned *calls = user;
	*calls += 1;
	assert_string_equal(resource, FAKE_RESOURCE);
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(claims, "staff"));
}

static void asks_the_program_only_of_tokens_that_are_genuine(void **state)
{
	(void)state;
	static const struct fake_token staff = {.claims = ",\"staff\":true"};
	struct fixture fixture;
	unsigned calls = 0;
	struct mcpauth_auth_info *info;
	struct mcpauth_issuer_config issuer = by_jwks_uri(FAKE_ISSUER, FAKE_KEYS);
	issuer.check_claims = check_staff;
	issuer.check_claims_user = &calls;
	start_with(&fixture, &issuer);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE,
		TRY(&(struct fake_token){.number = 1, .claims = staff.claims}));
	CHECK_CODE(MCPAUTH_E_AUDIENCE,
		TRY(&(struct fake_token){.audience = "x", .claims = staff.claims}));
	assert_int_equal(calls, 0);
	CHECK_CODE(MCPAUTH_E_CLAIM_CHECK, TRY(&usual));
	assert_int_equal(calls, 1);
	char *token = fake_issuer_token(fixture.fake, &staff);
	for (int i = 0; i < 3; i++) {
		CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
		mcpauth_auth_info_free(info);
		assert_int_equal(calls, 2);
	}
	fake_issuer_advance_ms(fixture.fake, 60000);
	CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
	mcpauth_auth_info_free(info);
	assert_int_equal(calls, 3);
	free(token);
	stop(&fixture);
}

/* How many signatures are checked when a token with so many small values is shown
 * three times? */
static unsigned checks_of(unsigned values)
{
	struct fixture fixture;
	struct mcpauth__buf claims = {0};
	struct mcpauth_auth_info *info;
	start(&fixture);
	mcpauth__buf_puts(&claims, ",\"many\":[0");
	for (unsigned i = 1; i < values; i++) {
		mcpauth__buf_puts(&claims, ",0");
	}
	mcpauth__buf_puts(&claims, "]");
	char *token = fake_issuer_token(fixture.fake, &(struct fake_token){.claims = claims.data});
	atomic_store(&signature_checks, 0);
	for (int i = 0; i < 3; i++) {
		CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
		mcpauth_auth_info_free(info);
	}
	free(token);
	mcpauth__buf_finish(&claims);
	stop(&fixture);
	return signature_checks;
}

static void a_token_that_takes_much_memory_is_not_remembered(void **state)
{
	(void)state;
	assert_int_equal(checks_of(1), 1);
	assert_int_equal(checks_of(1000), 1);
	assert_int_equal(checks_of(5000), 3);
}

static void a_token_grows_too_old_while_it_is_remembered(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_issuer_config issuer = by_jwks_uri(FAKE_ISSUER, FAKE_KEYS);
	issuer.max_age = 30;
	start_with(&fixture, &issuer);
	CHECK_CODE(MCPAUTH_E_INVALID_CLAIM, TRY(&usual));
	/* Its age is at first 70 of 30 + 60 seconds. */
	char *token = fake_issuer_token(
		fixture.fake, &(struct fake_token){.claims = ",\"iat\":1799999930"});
	CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
	mcpauth_auth_info_free(info);
	fake_issuer_advance_ms(fixture.fake, 20000);
	CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
	mcpauth_auth_info_free(info);
	fake_issuer_advance_ms(fixture.fake, 1000);
	CHECK_CODE(
		MCPAUTH_E_EXPIRED, mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
	assert_int_equal(signature_checks, 1);
	free(token);
	stop(&fixture);
}

static const struct {
	const char *label;
	const char *token;
	enum mcpauth_code want;
} shapes[] = {
	{"nothing", "", MCPAUTH_E_INVALID_REQUEST},
	{"no token", "opaque", MCPAUTH_E_MALFORMED_TOKEN},
	{"dots", "..", MCPAUTH_E_MALFORMED_TOKEN},
	{"encrypted", "a.b.c.d.e", MCPAUTH_E_ENCRYPTED_TOKEN},
	{"alg none", "eyJhbGciOiJub25lIn0.e30.", MCPAUTH_E_ALGORITHM},
	{"HS256", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", MCPAUTH_E_ALGORITHM},
	{"no alg", "e30.e30.AAAA", MCPAUTH_E_ALGORITHM},
	{"crit", "eyJhbGciOiJFUzI1NiIsImNyaXQiOltdfQ.e30.AAAA", MCPAUTH_E_CRITICAL_HEADER},
	{"unsigned", "eyJhbGciOiJFUzI1NiJ9.e30.", MCPAUTH_E_MALFORMED_TOKEN},
	{"no claims", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA", MCPAUTH_E_UNTRUSTED_ISSUER},
};

static const struct {
	const char *label;
	struct fake_token token;
	enum mcpauth_code want;
} claims[] = {
	{"expired", {.lifetime = -60}, MCPAUTH_E_EXPIRED},
	{"not yet valid", {.claims = ",\"nbf\":1800000061"}, MCPAUTH_E_NOT_YET_VALID},
	{"from the future", {.claims = ",\"iat\":1800000061"}, MCPAUTH_E_NOT_YET_VALID},
	{"bound", {.claims = ",\"cnf\":{\"jkt\":\"x\"}"}, MCPAUTH_E_BOUND_TOKEN},
	{"ID token", {.type = "JWT", .claims = ",\"at_hash\":\"x\""}, MCPAUTH_E_TOKEN_TYPE},
	{"logout token", {.type = "logout+jwt"}, MCPAUTH_E_TOKEN_TYPE},
	{"another audience", {.audience = "https://x.example"}, MCPAUTH_E_AUDIENCE},
	{"no audience", {.audience = ""}, MCPAUTH_E_INVALID_CLAIM},
	{"client_id a number", {.claims = ",\"client_id\":1"}, MCPAUTH_E_INVALID_CLAIM},
};

static void refuses_what_it_can_without_any_key(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	start(&fixture);
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		CHECK_ROW_CODE(shapes[i].label, shapes[i].want,
			mcpauth_verify(fixture.auth, FAKE_RESOURCE, shapes[i].token, &info, &err));
	}
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
		CHECK_ROW_CODE(claims[i].label, claims[i].want, TRY(&claims[i].token));
	}
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 0);
	assert_int_equal(signature_checks, 0);
	CHECK_OK(TRY(&usual));
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 1);
	assert_int_equal(signature_checks, 1);
	stop(&fixture);
}

static void follows_no_key_in_the_header(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth__buf header = {0};
	struct mcpauth_auth_info *info;
	start(&fixture);
	char *jwk = test_key_jwk(test_key("ES256", 1), "k1", NULL, NULL);
	mcpauth__buf_printf(&header,
		"{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"at+jwt\","
		"\"jwk\":%s,\"jku\":\"https://evil.example/keys\","
		"\"x5u\":\"https://evil.example/x\"}",
		jwk);
	char *token = test_key_sign(test_key("ES256", 1), header.data,
		"{\"iss\":\"" FAKE_ISSUER "\",\"aud\":\"" FAKE_RESOURCE "\",\"exp\":1800000300}");
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY,
		mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 1);
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	free(token);
	free(jwk);
	mcpauth__buf_finish(&header);
	stop(&fixture);
}

static void needs_no_kid_with_a_single_key(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(&(struct fake_token){.kid = ""}));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, TRY(&(struct fake_token){.kid = "", .number = 1}));
	stop(&fixture);
}

static const struct {
	const char *label;
	struct fake_token token;
	enum mcpauth_code want;
} strangers[] = {
	{"unknown kid", {.kid = "k9"}, MCPAUTH_E_UNKNOWN_KEY},
	{"bad signature under a known kid", {.number = 1}, MCPAUTH_E_BAD_SIGNATURE},
};
#define STRANGERS (sizeof strangers / sizeof *strangers)

static void strangers_cause_one_fetch_in_thirty_seconds(void **state)
{
	(void)state;
	for (size_t i = 0; i < STRANGERS; i++) {
		struct fixture fixture;
		start(&fixture);
		for (unsigned half_minute = 1; half_minute <= 3; half_minute++) {
			for (size_t times = 0; times < 20; times++) {
				CHECK_ROW_CODE(strangers[i].label, strangers[i].want,
					TRY(&strangers[i].token));
			}
			CHECK_ROW(strangers[i].label,
				fake_issuer_fetches(fixture.fake, NULL) == half_minute);
			fake_issuer_advance_ms(fixture.fake, 29999);
			CHECK_ROW_CODE(
				strangers[i].label, strangers[i].want, TRY(&strangers[i].token));
			CHECK_ROW(strangers[i].label,
				fake_issuer_fetches(fixture.fake, NULL) == half_minute);
			fake_issuer_advance_ms(fixture.fake, 1);
		}
		stop(&fixture);
	}
}

static void both_kinds_of_strangers_share_one_fetch(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(&usual));
	fake_issuer_advance_ms(fixture.fake, 30000);
	CHECK_CODE(strangers[0].want, TRY(&strangers[0].token));
	CHECK_CODE(strangers[1].want, TRY(&strangers[1].token));
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 2);
	stop(&fixture);
}

static void a_stranger_is_undecided_if_its_fetch_failed(void **state)
{
	(void)state;
	for (size_t i = 0; i < STRANGERS; i++) {
		struct fixture fixture;
		start(&fixture);
		CHECK_OK(TRY(&usual));
		fake_issuer_set_down(fixture.fake, true);
		CHECK_ROW_CODE(strangers[i].label, strangers[i].want, TRY(&strangers[i].token));
		fake_issuer_advance_ms(fixture.fake, 30000);
		CHECK_ROW_CODE(strangers[i].label, MCPAUTH_E_UNREACHABLE, TRY(&strangers[i].token));
		CHECK_ROW_CODE(strangers[i].label, MCPAUTH_OK, TRY(&usual));
		CHECK_ROW(strangers[i].label, fake_issuer_fetches(fixture.fake, NULL) == 2);
		fake_issuer_set_down(fixture.fake, false);
		fake_issuer_advance_ms(fixture.fake, 1000);
		CHECK_ROW_CODE(strangers[i].label, strangers[i].want, TRY(&strangers[i].token));
		stop(&fixture);
	}
}

static void finds_a_new_key_at_its_first_token(void **state)
{
	(void)state;
	static const struct fake_token renamed = {.number = 1, .kid = "k1"};
	static const struct fake_token same_name = {.number = 1};
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(TRY(&usual));
	fake_issuer_advance_ms(fixture.fake, 30000);
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	CHECK_OK(TRY(&renamed));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, TRY(&usual));
	stop(&fixture);
	start(&fixture);
	CHECK_OK(TRY(&usual));
	fake_issuer_advance_ms(fixture.fake, 30000);
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k0");
	CHECK_OK(TRY(&same_name));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, TRY(&usual));
	stop(&fixture);
}

static void writes_no_error_unless_it_fails(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error err = {MCPAUTH_PENDING, "untouched"};
	start(&fixture);
	assert_int_equal(TRY(&usual), MCPAUTH_OK);
	fake_issuer_advance_ms(fixture.fake, 30000);
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	assert_int_equal(TRY(&(struct fake_token){.number = 1, .kid = "k1"}), MCPAUTH_OK);
	assert_int_equal(err.code, MCPAUTH_PENDING);
	assert_string_equal(err.message, "untouched");
	stop(&fixture);
}

/* The longest stretch of a token that a message may share with it by chance. */
static void check_silent(
	const struct fixture *fixture, const char *token, const struct mcpauth_error *err)
{
	for (size_t at = 0; at + 12 < strlen(token); at += 4) {
		char part[13] = {0};
		memcpy(part, token + at, 12);
		assert_null(strstr(err->message, part));
		assert_false(fake_issuer_logged(fixture->fake, part));
	}
}

static void tells_no_token_and_no_claim(void **state)
{
	(void)state;
	static const struct fake_token refused[] = {
		{.kid = "SECRET"},
		{.number = 1},
		{.type = "SECRET"},
		{.issuer = "SECRET"},
		{.audience = "SECRET"},
		{.lifetime = -999},
		{.claims = ",\"cnf\":\"SECRET\""},
		{.claims = ",\"azp\":[\"SECRET\"]"},
		{.claims = ",\"jti\":\"SECRET\""},
	};
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct mcpauth_auth_info *info;
		struct mcpauth_error err = {0};
		char *token = fake_issuer_token(fixture.fake, &refused[i]);
		assert_int_not_equal(
			mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err),
			MCPAUTH_OK);
		assert_int_not_equal(err.message[0], '\0');
		assert_null(strstr(err.message, "SECRET"));
		check_silent(&fixture, token, &err);
		free(token);
	}
	assert_false(fake_issuer_logged(fixture.fake, "SECRET"));
	assert_true(fake_issuer_logged(fixture.fake, FAKE_KEYS));
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifies_with_every_algorithm),
		cmocka_unit_test(takes_only_the_algorithms_of_the_issuer),
		cmocka_unit_test(takes_only_access_tokens_from_a_strict_issuer),
		cmocka_unit_test(an_issuers_keys_verify_its_own_tokens_alone),
		cmocka_unit_test(an_issuers_failure_leaves_the_other_alone),
		cmocka_unit_test(believes_issuers_byte_for_byte),
		cmocka_unit_test(accepts_further_values_of_an_issuer),
		cmocka_unit_test(believes_only_the_issuers_of_the_resource),
		cmocka_unit_test(takes_the_audiences_of_the_resource),
		cmocka_unit_test(takes_tokens_by_their_recipient_where_that_is_configured),
		cmocka_unit_test(takes_any_audience_only_where_that_is_said_loudly),
		cmocka_unit_test(asks_the_program_only_of_tokens_that_are_genuine),
		cmocka_unit_test(a_token_that_takes_much_memory_is_not_remembered),
		cmocka_unit_test(a_token_grows_too_old_while_it_is_remembered),
		cmocka_unit_test(refuses_what_it_can_without_any_key),
		cmocka_unit_test(follows_no_key_in_the_header),
		cmocka_unit_test(needs_no_kid_with_a_single_key),
		cmocka_unit_test(strangers_cause_one_fetch_in_thirty_seconds),
		cmocka_unit_test(both_kinds_of_strangers_share_one_fetch),
		cmocka_unit_test(a_stranger_is_undecided_if_its_fetch_failed),
		cmocka_unit_test(finds_a_new_key_at_its_first_token),
		cmocka_unit_test(writes_no_error_unless_it_fails),
		cmocka_unit_test(tells_no_token_and_no_claim),
	};
	return cmocka_run_group_tests_name("verifier", tests, NULL, NULL);
}
