/* What an introspection endpoint says is held to all rules, waited for, and believed only
 * so long. */
#include "auth_int.h"

#include "support/check.h"
#include "support/fake_introspector.h"
#include "support/fake_issuer.h"

#include <cjson/cJSON.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define OTHER "https://other.example"
#define OPAQUE "opaque-token"
#define OPAQUE_SHA256 "84d3f23da9b5f51b3269566eff05d3fb23607eeef89567f9cd280b90ca0dbc5c"
#define AUD "\"aud\":\"" FAKE_RESOURCE "\""
#define ACTIVE(more) "{\"active\":true," AUD more "}"
#define INACTIVE "{\"active\":false}"

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	atomic_uint wakes;
	struct fake_introspector endpoint;
	struct fake_introspector second; /* an issuer's that has no endpoint until it is set */
	struct fake_introspector *endpoints[2];
};

static struct fake_introspector endpoint_of(const struct fixture *fixture, const char *issuer)
{
	return (struct fake_introspector){
		.issuer = issuer,
		.config = {.cache_seconds = 60, .inactive_seconds = 5},
		.says = ACTIVE(""),
		.kept_ms = 60000,
		.auth = fixture->auth,
	};
}

static void start_as(struct fixture *fixture, const struct mcpauth_config *config,
	const struct mcpauth_issuer_config *issuer)
{
	struct mcpauth_issuer_config other = MCPAUTH_ISSUER_CONFIG_INIT;
	other.issuer = OTHER;
	memset(fixture, 0, sizeof *fixture);
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, config, issuer);
	CHECK_OK(mcpauth_add_issuer(fixture->auth, FAKE_RESOURCE, &other, &err));
	fixture->endpoint = endpoint_of(fixture, FAKE_ISSUER);
	fixture->second = endpoint_of(fixture, OTHER);
	fixture->endpoints[0] = &fixture->endpoint;
	fixture->endpoints[1] = &fixture->second;
	fake_introspectors_set(fixture->endpoints, 1);
}

static void start(struct fixture *fixture)
{
	start_as(fixture, NULL, NULL);
}

static void stop(struct fixture *fixture)
{
	assert_int_equal(fixture->endpoint.live + fixture->second.live, 0);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
	fake_introspectors_set(NULL, 0);
}

static enum mcpauth_code show(
	struct fixture *fixture, struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth_verify(fixture->auth, FAKE_RESOURCE, OPAQUE, info, err);
	assert_true((code == MCPAUTH_OK) == (*info != NULL));
	return code;
}

static enum mcpauth_code try(struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = show(fixture, &info, err);
	mcpauth_auth_info_free(info);
	return code;
}

static enum mcpauth_code try_saying(
	struct fixture *fixture, const char *says, struct mcpauth_error *err)
{
	fixture->endpoint.says = says;
	return try(fixture, err);
}

static const struct {
	const char *label;
	const char *says;
	enum mcpauth_code want;
} rules[] = {
	{"good", ACTIVE(""), MCPAUTH_OK},
	{"that issuer", ACTIVE(",\"iss\":\"" FAKE_ISSUER "\""), MCPAUTH_OK},
	{"another issuer of the resource's", ACTIVE(",\"iss\":\"" OTHER "\""),
		MCPAUTH_E_UNTRUSTED_ISSUER},
	{"a strange issuer", ACTIVE(",\"iss\":\"https://x.example\""), MCPAUTH_E_UNTRUSTED_ISSUER},
	{"no name of an issuer", ACTIVE(",\"iss\":null"), MCPAUTH_E_UNTRUSTED_ISSUER},
	{"no audience", "{\"active\":true}", MCPAUTH_E_INVALID_CLAIM},
	{"another audience", "{\"active\":true,\"aud\":\"https://x.example\"}", MCPAUTH_E_AUDIENCE},
	{"no name of an audience", "{\"active\":true,\"aud\":null}", MCPAUTH_E_INVALID_CLAIM},
	{"in the future", ACTIVE(",\"exp\":1800000001"), MCPAUTH_OK},
	{"expired", ACTIVE(",\"exp\":1799999940"), MCPAUTH_E_EXPIRED},
	{"just not", ACTIVE(",\"exp\":1799999941"), MCPAUTH_OK},
	{"no time", ACTIVE(",\"exp\":\"soon\""), MCPAUTH_E_INVALID_CLAIM},
	{"not yet", ACTIVE(",\"nbf\":1800000061"), MCPAUTH_E_NOT_YET_VALID},
	{"already", ACTIVE(",\"nbf\":1800000060"), MCPAUTH_OK},
	{"bound to a key", ACTIVE(",\"cnf\":{\"jkt\":\"x\"}"), MCPAUTH_E_BOUND_TOKEN},
	{"an ID token", ACTIVE(",\"token_use\":\"id\""), MCPAUTH_E_TOKEN_TYPE},
	{"a refresh token", ACTIVE(",\"typ\":\"Refresh\""), MCPAUTH_E_TOKEN_TYPE},
	{"a subject that is none", ACTIVE(",\"sub\":7"), MCPAUTH_E_INVALID_CLAIM},
};

static void holds_what_is_said_to_the_rules_for_claims(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct fixture fixture;
		start(&fixture);
		CHECK_ROW_CODE(
			rules[i].label, rules[i].want, try_saying(&fixture, rules[i].says, &err));
		stop(&fixture);
	}
}

static bool is_staff(const cJSON *claims, const char *resource, void *user)
{
	(void)user;
	assert_string_equal(resource, FAKE_RESOURCE);
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(claims, "staff"));
}

static void the_issuers_own_rules_hold_as_well(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.strict_type = true; /* of a header that there is not */
	issuer.required_claims = "tenant";
	issuer.max_age = 100;
	issuer.check_claims = is_staff;
	start_as(&fixture, NULL, &issuer);
	CHECK_CODE(
		MCPAUTH_E_INVALID_CLAIM, try_saying(&fixture, ACTIVE(",\"iat\":1800000000"), &err));
	CHECK_CODE(MCPAUTH_E_EXPIRED,
		try_saying(&fixture, ACTIVE(",\"iat\":1799999839,\"tenant\":1"), &err));
	CHECK_CODE(MCPAUTH_E_CLAIM_CHECK,
		try_saying(&fixture, ACTIVE(",\"iat\":1800000000,\"tenant\":1"), &err));
	CHECK_OK(try_saying(
		&fixture, ACTIVE(",\"iat\":1800000000,\"tenant\":1,\"staff\":true"), &err));
	stop(&fixture);
}

static void says_who_it_is(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	start(&fixture);
	fixture.endpoint.says = ACTIVE(",\"sub\":\"alice\",\"client_id\":\"app\","
				       "\"scope\":\"a b\",\"username\":\"al\"");
	CHECK_OK(show(&fixture, &info, &err));
	assert_string_equal(mcpauth_auth_info_subject(info), "alice");
	assert_string_equal(mcpauth_auth_info_client_id(info), "app");
	assert_string_equal(mcpauth_auth_info_issuer(info), FAKE_ISSUER);
	assert_true(mcpauth_auth_info_has_scopes(info, "b"));
	assert_false(mcpauth_auth_info_has_scopes(info, "c"));
	assert_string_equal(mcpauth_auth_info_token(info), OPAQUE);
	assert_non_null(strstr(mcpauth_auth_info_claims_json(info), "\"username\":\"al\""));
	assert_string_equal(fixture.endpoint.token, OPAQUE);
	/* Of the token: what sha256sum says. */
	assert_string_equal(fixture.endpoint.digest, OPAQUE_SHA256);
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

static void takes_active_for_an_audience_where_that_is_said(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	start(&fixture);
	CHECK_OK(mcpauth_add_audience(fixture.auth, FAKE_RESOURCE, "api://first", &err));
	CHECK_OK(mcpauth_add_audience(fixture.auth, FAKE_RESOURCE, "api://second", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_CLAIM, try_saying(&fixture, "{\"active\":true}", &err));
	fixture.endpoint.config.accept_active_as_audience = true;
	CHECK_CODE(
		MCPAUTH_E_AUDIENCE, try_saying(&fixture, "{\"active\":true,\"aud\":\"x\"}", &err));
	fixture.endpoint.says = "{\"active\":true}";
	CHECK_OK(show(&fixture, &info, &err));
	assert_non_null(strstr(mcpauth_auth_info_claims_json(info), "\"aud\":\"api://first\""));
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

static void an_audience_that_cannot_be_written_is_nobodys(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(mcpauth_add_audience(fixture.auth, FAKE_RESOURCE, "\xff", &err));
	fixture.endpoint.config.accept_active_as_audience = true;
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, try_saying(&fixture, "{\"active\":true}", &err));
	stop(&fixture);
}

static void without_exp_it_ends_with_what_is_kept(void **state)
{
	(void)state;
	static const struct {
		unsigned cache_seconds;
		int64_t lifetime;
	} rows[] = {{60, 60}, {7, 7}, {MCPAUTH_NONE, 60}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct mcpauth_auth_info *info;
		start(&fixture);
		fixture.endpoint.config.cache_seconds = rows[i].cache_seconds;
		CHECK_OK(show(&fixture, &info, &err));
		assert_int_equal(mcpauth_auth_info_expires_at(info), FAKE_NOW + rows[i].lifetime);
		mcpauth_auth_info_free(info);
		stop(&fixture);
	}
}

/* Kept beyond the whole second in which it ends, with clocks that may not differ. */
static void what_is_believed_has_not_expired(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.clock_tolerance = MCPAUTH_NONE;
	start_as(&fixture, &config, NULL);
	fixture.endpoint.is_late = true;
	fixture.endpoint.config.cache_seconds = 1;
	CHECK_OK(show(&fixture, &info, &err));
	assert_int_equal(mcpauth_auth_info_expires_at(info), FAKE_NOW + 1);
	assert_int_equal(fixture.endpoint.limited_ms, INT64_MAX);
	mcpauth_auth_info_free(info);
	fixture.endpoint.says = ACTIVE(",\"exp\":1800000000");
	fake_issuer_advance_ms(fixture.fake, 1000);
	CHECK_CODE(MCPAUTH_E_EXPIRED, try(&fixture, &err));
	stop(&fixture);
}

static const struct {
	const char *label;
	unsigned token_cache_seconds;
	unsigned cache_seconds;
	int64_t kept_ms; /* by the introspector */
	const char *says;
	int64_t remembered_ms;
} memories[] = {
	{"as long as it is kept", 0, 30, 30000, ACTIVE(",\"exp\":1800000300"), 30000},
	{"what is left of that", 0, 30, 12000, ACTIVE(",\"exp\":1800000300"), 12000},
	{"as any token", 20, 30, 30000, ACTIVE(",\"exp\":1800000300"), 20000},
	{"until it expires", 0, 60, 60000, ACTIVE(",\"exp\":1800000010"), 10000},
	{"not at all", 0, MCPAUTH_NONE, 1000, ACTIVE(",\"exp\":1800000300"), 0},
	{"like all tokens", MCPAUTH_NONE, 60, 60000, ACTIVE(",\"exp\":1800000300"), 0},
	{"hardly still valid", 0, 60, 60000, ACTIVE(",\"exp\":1799999990"), 0},
	{"without exp", 0, 60, 60000, ACTIVE(""), 60000},
};

static void remembers_who_it_is_no_longer_than_it_is_believed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
		struct fixture fixture;
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		config.token_cache_seconds = memories[i].token_cache_seconds;
		start_as(&fixture, &config, NULL);
		fixture.endpoint.config.cache_seconds = memories[i].cache_seconds;
		fixture.endpoint.kept_ms = memories[i].kept_ms;
		CHECK_ROW_CODE(memories[i].label, MCPAUTH_OK,
			try_saying(&fixture, memories[i].says, &err));
		int64_t last = memories[i].remembered_ms > 0 ? memories[i].remembered_ms - 1 : 0;
		fake_issuer_advance_ms(fixture.fake, last);
		CHECK_ROW_CODE(memories[i].label, MCPAUTH_OK, try(&fixture, &err));
		CHECK_ROW(memories[i].label,
			fixture.endpoint.asked == (memories[i].remembered_ms > 0 ? 1 : 2));
		fake_issuer_advance_ms(fixture.fake, 1);
		fixture.endpoint.says = INACTIVE;
		CHECK_ROW_CODE(memories[i].label, MCPAUTH_E_INACTIVE, try(&fixture, &err));
		stop(&fixture);
	}
}

static const struct {
	const char *label;
	const char *says;
	unsigned inactive_seconds;
	int64_t limited_ms; /* INT64_MAX: it is not told */
} limits[] = {
	{"active", ACTIVE(""), 5, INT64_MAX},
	{"until exp", ACTIVE(",\"exp\":1800000010"), 5, 10000},
	{"not beyond what it is", ACTIVE(",\"exp\":1800000100"), 5, INT64_MAX},
	{"refused, until exp", ACTIVE(",\"exp\":1800000010,\"cnf\":{}"), 5, 10000},
	{"expired", ACTIVE(",\"exp\":1799999000"), 5, -1000000},
	{"no time", ACTIVE(",\"exp\":[]"), 5, INT64_MAX},
	{"inactive", INACTIVE, 5, 5000},
	{"inactive, for long", INACTIVE, 59, 59000},
	{"inactive, for no time", INACTIVE, MCPAUTH_NONE, 0},
	{"of no use", "{}", 5, 1000},
	{"no JSON", "x", 5, 1000},
};

static void says_how_long_an_answer_is_worth_keeping(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct fixture fixture;
		struct mcpauth_error err;
		start(&fixture);
		fixture.endpoint.config.inactive_seconds = limits[i].inactive_seconds;
		try_saying(&fixture, limits[i].says, &err);
		CHECK_ROW(limits[i].label, fixture.endpoint.limited_ms == limits[i].limited_ms);
		stop(&fixture);
	}
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static struct mcpauth_verification *begin(struct fixture *fixture)
{
	struct mcpauth_auth_info *info = (void *)fixture;
	struct mcpauth_verification *pending = NULL;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = OPAQUE;
	request.wake = count_wake;
	request.user = fixture;
	CHECK_CODE(MCPAUTH_PENDING,
		mcpauth_verify_start(fixture->auth, &request, &info, &pending, &err));
	assert_null(info);
	assert_int_equal(fixture->wakes, 0);
	return pending;
}

static void resume(struct mcpauth_verification *pending, enum mcpauth_code want)
{
	struct mcpauth_auth_info *info = (void *)pending;
	CHECK_CODE(want, mcpauth_verification_resume(pending, &info, &err));
	assert_true((want == MCPAUTH_OK) == (info != NULL));
	mcpauth_auth_info_free(info);
}

static void asks_once_however_often_it_looks(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fixture.endpoint.is_held = true;
	fixture.endpoint.config.cache_seconds = MCPAUTH_NONE;
	struct mcpauth_verification *pending = begin(&fixture);
	assert_int_equal(fixture.endpoint.live, 1);
	fake_introspector_release(&fixture.endpoint);
	assert_int_equal(fixture.wakes, 1);
	resume(pending, MCPAUTH_OK);
	assert_int_equal(fixture.endpoint.asked, 1);
	mcpauth_verification_free(pending);
	stop(&fixture);
}

static void goes_on_to_the_next_while_it_waits(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fake_introspectors_set(fixture.endpoints, 2);
	fixture.endpoint.is_held = true;
	fixture.endpoint.says = INACTIVE;
	fixture.second.is_unknown = true;
	struct mcpauth_verification *pending = begin(&fixture);
	assert_int_equal(fixture.second.asked, 0);
	fake_introspector_release(&fixture.endpoint);
	resume(pending, MCPAUTH_PENDING);
	assert_int_equal(fixture.endpoint.live, 0);
	fake_introspector_release(&fixture.second);
	assert_int_equal(fixture.wakes, 2);
	resume(pending, MCPAUTH_OK);
	assert_int_equal(fixture.endpoint.asked, 1);
	assert_int_equal(fixture.second.asked, 1);
	mcpauth_verification_free(pending);
	stop(&fixture);
}

static void remembers_the_first_failure_while_it_waits(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fake_introspectors_set(fixture.endpoints, 2);
	fixture.endpoint.fails = MCPAUTH_E_TLS;
	fixture.second.is_held = true;
	fixture.second.says = INACTIVE;
	struct mcpauth_verification *pending = begin(&fixture);
	fake_introspector_release(&fixture.second);
	resume(pending, MCPAUTH_E_TLS);
	assert_int_equal(fixture.endpoint.asked, 1);
	mcpauth_verification_free(pending);
	stop(&fixture);
}

/* What does it say when nobody answers in time? */
static void check_late(struct fixture *fixture, const char *who)
{
	struct mcpauth_error err = {0};
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending = begin(fixture);
	fake_issuer_advance_ms(fixture->fake, 5000);
	CHECK_SOON(fixture->wakes == 1);
	assert_int_equal(mcpauth_verification_resume(pending, &info, &err), MCPAUTH_E_TIMEOUT);
	assert_non_null(strstr(err.message, who));
	mcpauth_verification_free(pending);
	fake_introspector_release(&fixture->endpoint);
	assert_int_equal(fixture->wakes, 1);
	stop(fixture);
}

static void pass(struct mcpauth_inquiry *inquiry, void *user)
{
	(void)user;
	mcpauth_inquiry_pass(inquiry);
}

static void says_who_was_too_slow(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	verifier.verify = pass;
	start(&fixture);
	fixture.endpoint.is_held = true;
	check_late(&fixture, "the introspection endpoint took too long");
	start(&fixture);
	fixture.endpoint.is_unknown = true;
	check_late(&fixture, "the issuer took too long");
	start(&fixture);
	CHECK_OK(mcpauth_set_verifier(fixture.auth, FAKE_RESOURCE, &verifier, &err));
	fixture.endpoint.is_held = true;
	check_late(&fixture, "the introspection endpoint took too long");
}

static void hold(struct mcpauth_inquiry *inquiry, void *user)
{
	struct mcpauth_inquiry **held = user;
	assert_null(*held);
	*held = inquiry;
}

static void goes_on_once_the_program_passes_it(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_inquiry *held = NULL;
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	verifier.verify = hold;
	verifier.user = &held;
	start(&fixture);
	CHECK_OK(mcpauth_set_verifier(fixture.auth, FAKE_RESOURCE, &verifier, &err));
	fixture.endpoint.is_held = true;
	struct mcpauth_verification *pending = begin(&fixture);
	assert_int_equal(fixture.endpoint.asked, 0);
	mcpauth_inquiry_pass(held);
	assert_int_equal(fixture.wakes, 1);
	resume(pending, MCPAUTH_PENDING);
	fake_introspector_release(&fixture.endpoint);
	assert_int_equal(fixture.wakes, 2);
	resume(pending, MCPAUTH_OK);
	assert_int_equal(fixture.endpoint.asked, 1);
	mcpauth_verification_free(pending);
	stop(&fixture);
}

static void given_up_it_lets_go_of_what_it_asked(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fixture.endpoint.is_held = true;
	mcpauth_verification_free(begin(&fixture));
	assert_int_equal(fixture.wakes, 1);
	assert_int_equal(fixture.endpoint.live, 0);
	fake_introspector_release(&fixture.endpoint);
	stop(&fixture);
}

/* As mcpauth_forget_token() does, while the answer is under way. */
static void what_was_asked_before_a_forgetting_is_not_remembered(void **state)
{
	(void)state;
	for (unsigned forgets = 0; forgets < 2; forgets++) {
		struct fixture fixture;
		start(&fixture);
		fixture.endpoint.is_held = true;
		struct mcpauth_verification *pending = begin(&fixture);
		atomic_fetch_add(fixture.auth->runtime->verifier.forgets, forgets);
		fake_introspector_release(&fixture.endpoint);
		resume(pending, MCPAUTH_OK);
		mcpauth_verification_free(pending);
		CHECK_OK(try(&fixture, &err));
		assert_int_equal(fixture.endpoint.asked, 1 + forgets);
		CHECK_OK(try(&fixture, &err));
		assert_int_equal(fixture.endpoint.asked, 1 + forgets);
		stop(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_what_is_said_to_the_rules_for_claims),
		cmocka_unit_test(the_issuers_own_rules_hold_as_well),
		cmocka_unit_test(says_who_it_is),
		cmocka_unit_test(takes_active_for_an_audience_where_that_is_said),
		cmocka_unit_test(an_audience_that_cannot_be_written_is_nobodys),
		cmocka_unit_test(without_exp_it_ends_with_what_is_kept),
		cmocka_unit_test(what_is_believed_has_not_expired),
		cmocka_unit_test(remembers_who_it_is_no_longer_than_it_is_believed),
		cmocka_unit_test(says_how_long_an_answer_is_worth_keeping),
		cmocka_unit_test(asks_once_however_often_it_looks),
		cmocka_unit_test(goes_on_to_the_next_while_it_waits),
		cmocka_unit_test(remembers_the_first_failure_while_it_waits),
		cmocka_unit_test(says_who_was_too_slow),
		cmocka_unit_test(goes_on_once_the_program_passes_it),
		cmocka_unit_test(given_up_it_lets_go_of_what_it_asked),
		cmocka_unit_test(what_was_asked_before_a_forgetting_is_not_remembered),
	};
	return cmocka_run_group_tests_name("introspection_verifier", tests, NULL, NULL);
}
