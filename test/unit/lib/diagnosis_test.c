/* A diagnosis ends as verification does, and each rule has the code that it has alone. */
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/rulings.h"
#include "support/scarce_memory.h"
#include "support/test_key.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OTHER "https://other.example"
#define SCOPE "read"

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct rulings_told told;
};

/** One thing that is wrong, and the rule that says so. In the header's and the claims' texts
 * these members come in place of the good ones. */
static const struct defect {
	const char *label;
	const char *in_header; /* "name\":value" of what is changed */
	const char *in_claims;
	enum mcpauth_rule rule;
	enum mcpauth_code code;
	bool other_key;   /* signed by another key of the same name */
	bool hides_keys;  /* its signature is not looked at */
	bool lacks_scope; /* asked for, and not granted: the token is good */
} defects[] = {
	{.label = "kid is no string",
		.in_header = "kid\":5",
		.rule = MCPAUTH_RULE_FORM,
		.code = MCPAUTH_E_MALFORMED_TOKEN,
		.hides_keys = true},
	{.label = "issuer",
		.in_claims = "iss\":\"" OTHER "\"",
		.rule = MCPAUTH_RULE_ISSUER,
		.code = MCPAUTH_E_UNTRUSTED_ISSUER,
		.hides_keys = true},
	{.label = "alg",
		.in_header = "alg\":\"HS256\"",
		.rule = MCPAUTH_RULE_ALGORITHM,
		.code = MCPAUTH_E_ALGORITHM,
		.hides_keys = true},
	{.label = "crit",
		.in_header = "crit\":[\"exp\"]",
		.rule = MCPAUTH_RULE_CRITICAL_HEADER,
		.code = MCPAUTH_E_CRITICAL_HEADER,
		.hides_keys = true},
	{.label = "signature",
		.other_key = true,
		.rule = MCPAUTH_RULE_SIGNATURE,
		.code = MCPAUTH_E_BAD_SIGNATURE},
	{.label = "events",
		.in_claims = "events\":{}",
		.rule = MCPAUTH_RULE_TYPE,
		.code = MCPAUTH_E_TOKEN_TYPE},
	{.label = "exp",
		.in_claims = "exp\":1799999000",
		.rule = MCPAUTH_RULE_EXPIRY,
		.code = MCPAUTH_E_EXPIRED},
	{.label = "nbf",
		.in_claims = "nbf\":1800000100",
		.rule = MCPAUTH_RULE_NOT_BEFORE,
		.code = MCPAUTH_E_NOT_YET_VALID},
	{.label = "aud",
		.in_claims = "aud\":[\"https://api.example\"]",
		.rule = MCPAUTH_RULE_AUDIENCE,
		.code = MCPAUTH_E_AUDIENCE},
	{.label = "sub",
		.in_claims = "sub\":5",
		.rule = MCPAUTH_RULE_CLAIMS,
		.code = MCPAUTH_E_INVALID_CLAIM},
	{.label = "cnf",
		.in_claims = "cnf\":{\"jkt\":\"x\"}",
		.rule = MCPAUTH_RULE_BINDING,
		.code = MCPAUTH_E_BOUND_TOKEN},
	{.label = "scope",
		.in_claims = "scope\":\"write\"",
		.rule = MCPAUTH_RULE_SCOPES,
		.code = MCPAUTH_E_INSUFFICIENT_SCOPE,
		.lacks_scope = true},
};
#define DEFECTS (sizeof defects / sizeof *defects)

static void start_with(struct fixture *fixture, const struct mcpauth_config *config,
	const struct mcpauth_issuer_config *issuer)
{
	memset(fixture, 0, sizeof *fixture);
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, config, issuer);
}

static void start(struct fixture *fixture)
{
	start_with(fixture, NULL, NULL);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

/* An object of the good members, but for those that are named among the changes. */
static void write_members(char text[1024], const char *const *good, size_t good_count,
	const char *const *changes, size_t change_count)
{
	size_t at = 0;
	for (size_t i = 0; i < good_count; i++) {
		bool changed = false;
		for (size_t k = 0; k < change_count; k++) {
			size_t name = strcspn(good[i], "\"") + 1;
			changed = changed || strncmp(good[i], changes[k], name) == 0;
		}
		if (!changed) {
			at += (size_t)snprintf(
				text + at, 1024 - at, "%s\"%s", at == 0 ? "{" : ",", good[i]);
		}
	}
	for (size_t k = 0; k < change_count; k++) {
		at += (size_t)snprintf(
			text + at, 1024 - at, "%s\"%s", at == 0 ? "{" : ",", changes[k]);
	}
	snprintf(text + at, 1024 - at, "}");
}

/* A token with the defects whose bits are set. */
static char *token_with(unsigned set)
{
	static const char *const header[] = {"alg\":\"ES256\"", "kid\":\"k0\"", "typ\":\"JWT\""};
	static const char *const claims[] = {"iss\":\"" FAKE_ISSUER "\"",
		"aud\":\"" FAKE_RESOURCE "\"", "exp\":1800000300", "iat\":1799999990",
		"sub\":\"alice\"", "scope\":\"" SCOPE "\""};
	const char *in_header[DEFECTS];
	const char *in_claims[DEFECTS];
	size_t header_count = 0;
	size_t claim_count = 0;
	char header_text[1024];
	char claims_text[1024];
	unsigned key = 0;
	for (size_t i = 0; i < DEFECTS; i++) {
		if ((set & 1u << i) == 0) {
			continue;
		}
		key = defects[i].other_key ? 1 : key;
		if (defects[i].in_header != NULL) {
			in_header[header_count++] = defects[i].in_header;
		}
		if (defects[i].in_claims != NULL) {
			in_claims[claim_count++] = defects[i].in_claims;
		}
	}
	write_members(header_text, header, 3, in_header, header_count);
	write_members(claims_text, claims, 6, in_claims, claim_count);
	return test_key_sign(test_key("ES256", key), header_text, claims_text);
}

static enum mcpauth_code verify(struct fixture *fixture, const char *token)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(fixture->auth, FAKE_RESOURCE, token, &info, NULL);
	mcpauth_auth_info_free(info);
	return code;
}

/* Nobody can say of a key whether it signed what has no known key, algorithm or issuer. */
static bool is_hidden(unsigned set, enum mcpauth_rule rule)
{
	for (size_t i = 0; i < DEFECTS; i++) {
		if ((set & 1u << i) == 0) {
			continue;
		}
		if (rule == MCPAUTH_RULE_SIGNATURE && defects[i].hides_keys) {
			return true;
		}
		if (rule == MCPAUTH_RULE_TYPE && defects[i].rule == MCPAUTH_RULE_FORM) {
			return true;
		}
	}
	return false;
}

static void check_rules(const struct fixture *fixture, unsigned set)
{
	for (size_t i = 0; i < DEFECTS; i++) {
		const struct told *rule = &fixture->told.rules[defects[i].rule];
		if ((set & 1u << i) == 0 || is_hidden(set, defects[i].rule)) {
			CHECK_ROW(defects[i].label, rule->verdict != MCPAUTH_VERDICT_FAILED);
			continue;
		}
		CHECK_ROW(defects[i].label, rule->verdict == MCPAUTH_VERDICT_FAILED);
		CHECK_ROW(defects[i].label, rule->code == defects[i].code);
	}
}

/* @return what verification came to */
static enum mcpauth_code check_set(struct fixture *fixture, unsigned set)
{
	char *token = token_with(set);
	struct mcpauth_error err = {0};
	enum mcpauth_code code = rulings_ask(
		fixture->auth, FAKE_RESOURCE, token, SCOPE, &fixture->told, &err);
	enum mcpauth_code verified = verify(fixture, token);
	bool lacks_scope = set == 1u << (DEFECTS - 1);
	const char *fault = rulings_fault(&fixture->told, code, token);
	if (fault != NULL) {
		print_error("%x: %s\n", set, fault);
	}
	assert_null(fault);
	assert_int_equal(code, lacks_scope ? MCPAUTH_E_INSUFFICIENT_SCOPE : verified);
	assert_int_equal(err.code, code);
	check_rules(fixture, set);
	free(token);
	return code;
}

static void a_good_token_passes_them_all(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_int_equal(check_set(&fixture, 0), MCPAUTH_OK);
	for (unsigned i = MCPAUTH_RULE_FORM; i <= MCPAUTH_RULE_BINDING; i++) {
		assert_int_equal(fixture.told.rules[i].verdict, MCPAUTH_VERDICT_PASSED);
		assert_string_equal(fixture.told.rules[i].advice, "");
	}
	assert_int_equal(fixture.told.rules[MCPAUTH_RULE_ACTIVE].verdict, MCPAUTH_VERDICT_OPEN);
	assert_int_equal(fixture.told.rules[MCPAUTH_RULE_PROGRAM].verdict, MCPAUTH_VERDICT_OPEN);
	assert_int_equal(fixture.told.rules[MCPAUTH_RULE_SCOPES].verdict, MCPAUTH_VERDICT_PASSED);
	stop(&fixture);
}

static void each_defect_alone_is_the_outcome(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (unsigned i = 0; i < DEFECTS; i++) {
		CHECK_ROW(defects[i].label, check_set(&fixture, 1u << i) == defects[i].code);
		CHECK_ROW(defects[i].label,
			rulings_cause(&fixture.told, defects[i].code) == defects[i].rule);
	}
	stop(&fixture);
}

static void each_of_two_defects_is_told(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (unsigned i = 0; i < DEFECTS; i++) {
		for (unsigned k = 0; k < i; k++) {
			check_set(&fixture, 1u << i | 1u << k);
		}
	}
	check_set(&fixture, (1u << DEFECTS) - 1);
	stop(&fixture);
}

/* Ask, and hold what is told together. */
static void ask(struct fixture *fixture, const char *token, enum mcpauth_code want)
{
	CHECK_CODE(
		want, rulings_ask(fixture->auth, FAKE_RESOURCE, token, NULL, &fixture->told, &err));
	assert_null(rulings_fault(&fixture->told, want, token));
}

static void check_rule(const struct fixture *fixture, enum mcpauth_rule rule,
	enum mcpauth_verdict verdict, enum mcpauth_code code)
{
	CHECK_ROW(mcpauth_rule_name(rule), fixture->told.rules[rule].verdict == verdict);
	CHECK_ROW(mcpauth_rule_name(rule), fixture->told.rules[rule].code == code);
}

static void keys_that_cannot_be_had_leave_open(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	char *token = token_with(0);
	fake_issuer_set_down(fixture.fake, true);
	ask(&fixture, token, MCPAUTH_E_UNREACHABLE);
	check_rule(&fixture, MCPAUTH_RULE_KEY, MCPAUTH_VERDICT_OPEN, MCPAUTH_E_UNREACHABLE);
	check_rule(&fixture, MCPAUTH_RULE_SIGNATURE, MCPAUTH_VERDICT_OPEN, MCPAUTH_E_UNREACHABLE);
	check_rule(&fixture, MCPAUTH_RULE_AUDIENCE, MCPAUTH_VERDICT_PASSED, MCPAUTH_OK);
	assert_non_null(strstr(fixture.told.rules[MCPAUTH_RULE_KEY].advice, "curl"));
	free(token);
	token = token_with(1u << 6);
	ask(&fixture, token, MCPAUTH_E_EXPIRED);
	assert_int_equal(fixture.told.rules[MCPAUTH_RULE_KEY].verdict, MCPAUTH_VERDICT_OPEN);
	free(token);
	stop(&fixture);
}

static void a_key_that_nobody_publishes_fails(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	char *token = fake_issuer_token(
		fixture.fake, &(struct fake_token){.kid = "k9", .lifetime = 300});
	ask(&fixture, token, MCPAUTH_E_UNKNOWN_KEY);
	check_rule(&fixture, MCPAUTH_RULE_KEY, MCPAUTH_VERDICT_FAILED, MCPAUTH_E_UNKNOWN_KEY);
	check_rule(&fixture, MCPAUTH_RULE_SIGNATURE, MCPAUTH_VERDICT_OPEN, MCPAUTH_E_UNKNOWN_KEY);
	free(token);
	stop(&fixture);
}

static void what_is_no_jwt_has_no_claims(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	static const struct {
		const char *token;
		enum mcpauth_code code;
	} rows[] = {
		{"", MCPAUTH_E_INVALID_REQUEST},
		{"opaque", MCPAUTH_E_MALFORMED_TOKEN},
		{"of a, b", MCPAUTH_E_INVALID_REQUEST},
		{"a.b.c.d.!", MCPAUTH_E_INVALID_REQUEST},
		{"a.b.c.d.e", MCPAUTH_E_ENCRYPTED_TOKEN},
		{"e30.e30.", MCPAUTH_E_ALGORITHM},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ask(&fixture, rows[i].token, rows[i].code);
		assert_int_equal(
			fixture.told.rules[MCPAUTH_RULE_FORM].verdict, MCPAUTH_VERDICT_FAILED);
		CHECK_ROW(rows[i].token, verify(&fixture, rows[i].token) == rows[i].code);
	}
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 0);
	stop(&fixture);
}

struct opinion {
	bool revoked;
	bool objects;
	unsigned asked;
};

static bool is_revoked(const struct mcpauth_auth_info *info, void *user)
{
	struct opinion *opinion = user;
	assert_non_null(info);
	opinion->asked++;
	return opinion->revoked;
}

static bool check_claims(const struct cJSON *claims, const char *resource, void *user)
{
	struct opinion *opinion = user;
	assert_non_null(claims);
	assert_string_equal(resource, FAKE_RESOURCE);
	opinion->asked++;
	return !opinion->objects;
}

static void the_program_is_asked_about_good_tokens_alone(void **state)
{
	(void)state;
	struct fixture fixture;
	struct opinion opinion = {.asked = 0};
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.check_claims = check_claims;
	issuer.check_claims_user = &opinion;
	config.revoked = is_revoked;
	config.revoked_user = &opinion;
	start_with(&fixture, &config, &issuer);
	char *good = token_with(0);
	char *expired = token_with(1u << 6);
	ask(&fixture, good, MCPAUTH_OK);
	check_rule(&fixture, MCPAUTH_RULE_PROGRAM, MCPAUTH_VERDICT_PASSED, MCPAUTH_OK);
	assert_int_equal(opinion.asked, 2);
	ask(&fixture, expired, MCPAUTH_E_EXPIRED);
	check_rule(&fixture, MCPAUTH_RULE_PROGRAM, MCPAUTH_VERDICT_OPEN, MCPAUTH_E_EXPIRED);
	assert_int_equal(opinion.asked, 2);
	opinion.revoked = true;
	ask(&fixture, good, MCPAUTH_E_REVOKED);
	check_rule(&fixture, MCPAUTH_RULE_PROGRAM, MCPAUTH_VERDICT_FAILED, MCPAUTH_E_REVOKED);
	opinion.objects = true;
	ask(&fixture, good, MCPAUTH_E_CLAIM_CHECK);
	check_rule(&fixture, MCPAUTH_RULE_PROGRAM, MCPAUTH_VERDICT_FAILED, MCPAUTH_E_CLAIM_CHECK);
	check_rule(&fixture, MCPAUTH_RULE_SIGNATURE, MCPAUTH_VERDICT_PASSED, MCPAUTH_OK);
	free(good);
	free(expired);
	stop(&fixture);
}

static void an_issuers_own_rules_count(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.strict_type = true;
	issuer.max_age = 5;
	issuer.algorithms = "RS256";
	issuer.required_claims = "email";
	start_with(&fixture, NULL, &issuer);
	fake_issuer_advance_ms(fixture.fake, 60000);
	char *token = token_with(0);
	ask(&fixture, token, MCPAUTH_E_ALGORITHM);
	check_rule(&fixture, MCPAUTH_RULE_ALGORITHM, MCPAUTH_VERDICT_FAILED, MCPAUTH_E_ALGORITHM);
	check_rule(&fixture, MCPAUTH_RULE_SIGNATURE, MCPAUTH_VERDICT_PASSED, MCPAUTH_OK);
	check_rule(&fixture, MCPAUTH_RULE_TYPE, MCPAUTH_VERDICT_FAILED, MCPAUTH_E_TOKEN_TYPE);
	check_rule(&fixture, MCPAUTH_RULE_EXPIRY, MCPAUTH_VERDICT_FAILED, MCPAUTH_E_EXPIRED);
	check_rule(&fixture, MCPAUTH_RULE_CLAIMS, MCPAUTH_VERDICT_FAILED, MCPAUTH_E_INVALID_CLAIM);
	free(token);
	stop(&fixture);
}

/* Where several issuers may have meant it, what no issuer can allow still fails. */
static void of_a_strange_issuer_the_common_rules_count(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_issuer_config second = MCPAUTH_ISSUER_CONFIG_INIT;
	start(&fixture);
	second.issuer = "https://second.example";
	second.strict_type = true;
	CHECK_OK(mcpauth_add_issuer(fixture.auth, FAKE_RESOURCE, &second, &err));
	char *token = token_with(1u << 1 | 1u << 6 | 1u << 10);
	ask(&fixture, token, MCPAUTH_E_UNTRUSTED_ISSUER);
	check_rule(&fixture, MCPAUTH_RULE_EXPIRY, MCPAUTH_VERDICT_FAILED, MCPAUTH_E_EXPIRED);
	check_rule(&fixture, MCPAUTH_RULE_BINDING, MCPAUTH_VERDICT_FAILED, MCPAUTH_E_BOUND_TOKEN);
	check_rule(&fixture, MCPAUTH_RULE_TYPE, MCPAUTH_VERDICT_PASSED, MCPAUTH_OK);
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER,
		rulings_ask(fixture.auth, FAKE_RESOURCE, token, SCOPE, &fixture.told, &err));
	check_rule(&fixture, MCPAUTH_RULE_SCOPES, MCPAUTH_VERDICT_OPEN, MCPAUTH_E_UNTRUSTED_ISSUER);
	free(token);
	stop(&fixture);
}

static void a_further_value_of_iss_is_accepted(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	char *token = token_with(1u << 1);
	CHECK_OK(mcpauth_accept_issuer_value(fixture.auth, FAKE_ISSUER, OTHER, &err));
	ask(&fixture, token, MCPAUTH_OK);
	free(token);
	stop(&fixture);
}

static void is_counted_once(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_statistics statistics = MCPAUTH_STATISTICS_INIT;
	start(&fixture);
	char *token = token_with(1u << 6);
	mcpauth_statistics_read(fixture.auth, &statistics);
	ask(&fixture, token, MCPAUTH_E_EXPIRED);
	mcpauth_statistics_read(fixture.auth, &statistics);
	assert_int_equal(statistics.rejected, 1);
	assert_int_equal(statistics.verified + statistics.undecided + statistics.refused, 0);
	free(token);
	stop(&fixture);
}

static void says_nothing_of_what_is_not_asked_well(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		rulings_ask(fixture.auth, FAKE_RESOURCE, NULL, NULL, &fixture.told, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		rulings_ask(fixture.auth, FAKE_RESOURCE, "a", "\"", &fixture.told, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		rulings_ask(fixture.auth, "https://none.example", "a", NULL, &fixture.told, &err));
	assert_int_equal(fixture.told.count, 0);
	assert_string_equal(mcpauth_rule_name((enum mcpauth_rule)0), "unknown");
	assert_string_equal(mcpauth_rule_name((enum mcpauth_rule)16), "unknown");
	assert_string_equal(mcpauth_rule_name((enum mcpauth_rule) - 1), "unknown");
	assert_string_equal(mcpauth_rule_name(MCPAUTH_RULE_SCOPES), "scopes");
	stop(&fixture);
}

struct mover {
	struct fake_issuer *fake;
	atomic_bool done;
};

static void *move_clock(void *user)
{
	struct mover *mover = user;
	while (!atomic_load(&mover->done)) {
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
		fake_issuer_advance_ms(mover->fake, 1000);
	}
	return NULL;
}

static void waits_no_longer_than_it_may(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mover mover;
	pthread_t thread;
	start(&fixture);
	char *token = token_with(0);
	fake_issuer_hold(fixture.fake);
	mover.fake = fixture.fake;
	atomic_init(&mover.done, false);
	assert_int_equal(pthread_create(&thread, NULL, move_clock, &mover), 0);
	struct mcpauth_error err = {0};
	enum mcpauth_code code = rulings_ask(
		fixture.auth, FAKE_RESOURCE, token, NULL, &fixture.told, &err);
	atomic_store(&mover.done, true);
	pthread_join(thread, NULL);
	assert_int_equal(code, MCPAUTH_E_TIMEOUT);
	check_rule(&fixture, MCPAUTH_RULE_KEY, MCPAUTH_VERDICT_OPEN, MCPAUTH_E_TIMEOUT);
	fake_issuer_release(fixture.fake);
	free(token);
	stop(&fixture);
}

/* Whoever has no memory for the whole says nothing, or else the same as always. */
static void check_scarce(struct fixture *fixture, const char *token, enum mcpauth_code want)
{
	bool failed = true;
	for (unsigned i = 1; failed && i < 200; i++) {
		scarce_memory_begin(i);
		enum mcpauth_code code = rulings_ask(
			fixture->auth, FAKE_RESOURCE, token, SCOPE, &fixture->told, NULL);
		failed = scarce_memory_end();
		if (code == MCPAUTH_E_NO_MEMORY) {
			assert_int_equal(fixture->told.count, 0);
		} else {
			assert_null(rulings_fault(&fixture->told, code, token));
			assert_int_equal(code, want);
		}
	}
	assert_false(failed);
}

static void says_so_without_memory(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	char *good = token_with(0);
	char *expired = token_with(1u << 6);
	assert_int_equal(verify(&fixture, good), MCPAUTH_OK);
	check_scarce(&fixture, good, MCPAUTH_OK);
	check_scarce(&fixture, expired, MCPAUTH_E_EXPIRED);
	check_scarce(&fixture, "a.b.c", MCPAUTH_E_MALFORMED_TOKEN);
	free(good);
	free(expired);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_token_passes_them_all),
		cmocka_unit_test(each_defect_alone_is_the_outcome),
		cmocka_unit_test(each_of_two_defects_is_told),
		cmocka_unit_test(keys_that_cannot_be_had_leave_open),
		cmocka_unit_test(a_key_that_nobody_publishes_fails),
		cmocka_unit_test(what_is_no_jwt_has_no_claims),
		cmocka_unit_test(the_program_is_asked_about_good_tokens_alone),
		cmocka_unit_test(an_issuers_own_rules_count),
		cmocka_unit_test(of_a_strange_issuer_the_common_rules_count),
		cmocka_unit_test(a_further_value_of_iss_is_accepted),
		cmocka_unit_test(is_counted_once),
		cmocka_unit_test(says_nothing_of_what_is_not_asked_well),
		cmocka_unit_test(waits_no_longer_than_it_may),
		cmocka_unit_test(says_so_without_memory),
	};
	return cmocka_run_group_tests_name("diagnosis", tests, NULL, NULL);
}
