/* Remembered refusals: what they spare, and that they hold nobody back. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "token/refused.h"

#include "auth_int.h"
#include "base/error_int.h"
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/token_key.h"

#include <gnutls/abstract.h>

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND "https://api.example/second"

static const struct fake_token usual;
static const struct fake_token forged = {.number = 1};
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

/** A library, and one token that is shown to it again and again. */
struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char *token;
};

static void start_with(struct fixture *fixture, const struct mcpauth_config *config,
	const struct mcpauth_issuer_config *issuer, const struct fake_token *token)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, config, issuer);
	fixture->token = fake_issuer_token(fixture->fake, token);
	atomic_store(&signature_checks, 0);
}

static void start(struct fixture *fixture, const struct fake_token *token)
{
	start_with(fixture, NULL, NULL, token);
}

static void stop(struct fixture *fixture)
{
	free(fixture->token);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static enum mcpauth_code show(const struct fixture *fixture, const char *resource,
	const char *token, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(fixture->auth, resource, token, &info, err);
	mcpauth_auth_info_free(info);
	return code;
}

#define SHOW() show(&fixture, FAKE_RESOURCE, fixture.token, &err)

static void a_bad_signature_is_checked_once(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	start(&fixture, &forged);
	for (int i = 0; i < 100; i++) {
		CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	}
	assert_int_equal(signature_checks, 1);
	stop(&fixture);
	config.token_cache_seconds = MCPAUTH_NONE;
	start_with(&fixture, &config, NULL, &forged);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	assert_int_equal(signature_checks, 2);
	stop(&fixture);
}

static void says_the_same_each_time(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		struct fake_token token;
		enum mcpauth_code code;
	} rows[] = {
		{"signature", {.number = 1}, MCPAUTH_E_BAD_SIGNATURE},
		{"key", {.kid = "k9"}, MCPAUTH_E_UNKNOWN_KEY},
		{"issuer", {.issuer = "https://evil.example"}, MCPAUTH_E_UNTRUSTED_ISSUER},
		{"audience", {.audience = "https://other.example"}, MCPAUTH_E_AUDIENCE},
		{"type", {.type = "dpop+jwt"}, MCPAUTH_E_TOKEN_TYPE},
		{"expired", {.lifetime = -100}, MCPAUTH_E_EXPIRED},
		{"bound", {.claims = ",\"cnf\":{}"}, MCPAUTH_E_BOUND_TOKEN},
		{"claim", {.claims = ",\"client_id\":7"}, MCPAUTH_E_INVALID_CLAIM},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct mcpauth_error first = {0};
		struct mcpauth_error again = {0};
		start(&fixture, &rows[i].token);
		show(&fixture, FAKE_RESOURCE, fixture.token, &first);
		CHECK_ROW(rows[i].label, first.code == rows[i].code);
		CHECK_ROW(rows[i].label,
			show(&fixture, FAKE_RESOURCE, fixture.token, &again) == rows[i].code);
		CHECK_ROW(rows[i].label, again.code == rows[i].code);
		CHECK_ROW(rows[i].label, strcmp(first.message, again.message) == 0);
		CHECK_ROW_CODE(rows[i].label, rows[i].code,
			show(&fixture, FAKE_RESOURCE, fixture.token, NULL));
		stop(&fixture);
	}
}

static void forgets_after_ten_seconds(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, &forged);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	fake_issuer_advance_ms(fixture.fake, 9999);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	assert_int_equal(signature_checks, 1);
	fake_issuer_advance_ms(fixture.fake, 1);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	assert_int_equal(signature_checks, 2);
	stop(&fixture);
}

static void forgets_earlier_if_tokens_are_remembered_for_less(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.token_cache_seconds = 2;
	start_with(&fixture, &config, NULL, &forged);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	fake_issuer_advance_ms(fixture.fake, 1999);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	assert_int_equal(signature_checks, 1);
	fake_issuer_advance_ms(fixture.fake, 1);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	assert_int_equal(signature_checks, 2);
	stop(&fixture);
}

/* Shown just before, a token that names a new key gets it as early as one that was
 * never shown: the moment the issuer may be asked again. */
static void is_accepted_as_soon_as_its_key_may_be_fetched(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, &(struct fake_token){.kid = "k1", .number = 1});
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, SHOW());
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	fake_issuer_advance_ms(fixture.fake, 25000);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, SHOW());
	fake_issuer_advance_ms(fixture.fake, 4999);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, SHOW());
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	fake_issuer_advance_ms(fixture.fake, 1);
	CHECK_OK(SHOW());
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 2);
	stop(&fixture);
}

static void so_is_one_whose_key_took_an_old_name(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, &forged);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k0");
	fake_issuer_advance_ms(fixture.fake, 29000);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	fake_issuer_advance_ms(fixture.fake, 1000);
	CHECK_OK(SHOW());
	stop(&fixture);
}

static void newer_keys_are_believed_as_long_as_the_first(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, &(struct fake_token){.kid = "k1", .number = 1});
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, SHOW());
	fake_issuer_advance_ms(fixture.fake, 30000);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, SHOW());
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, SHOW());
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 2);
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	fake_issuer_advance_ms(fixture.fake, 29999);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, SHOW());
	fake_issuer_advance_ms(fixture.fake, 1);
	CHECK_OK(SHOW());
	stop(&fixture);
}

static void what_time_heals_is_not_remembered(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, &(struct fake_token){.claims = ",\"nbf\":1800000062"});
	CHECK_CODE(MCPAUTH_E_NOT_YET_VALID, SHOW());
	fake_issuer_advance_ms(fixture.fake, 2000);
	CHECK_OK(SHOW());
	stop(&fixture);
}

static bool says_no_once(const struct cJSON *claims, const char *resource, void *user)
{
	(void)claims;
	(void)resource;
	unsigned *asked = user;
	return ++*asked > 1;
}

static void what_the_program_refuses_is_not_remembered(void **state)
{
	(void)state;
	struct fixture fixture;
	unsigned asked = 0;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.check_claims = says_no_once;
	issuer.check_claims_user = &asked;
	start_with(&fixture, NULL, &issuer, &usual);
	CHECK_CODE(MCPAUTH_E_CLAIM_CHECK, SHOW());
	CHECK_OK(SHOW());
	assert_int_equal(asked, 2);
	stop(&fixture);
}

static void what_could_not_be_decided_is_not_remembered(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, &usual);
	fake_issuer_set_down(fixture.fake, true);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, SHOW());
	fake_issuer_set_down(fixture.fake, false);
	fake_issuer_advance_ms(fixture.fake, 1000);
	CHECK_OK(SHOW());
	stop(&fixture);
}

static void an_expired_token_stays_refused(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, &(struct fake_token){.lifetime = 10});
	CHECK_OK(SHOW());
	fake_issuer_advance_ms(fixture.fake, 69999);
	CHECK_OK(SHOW());
	fake_issuer_advance_ms(fixture.fake, 1);
	for (int i = 0; i < 30; i++) {
		CHECK_CODE(MCPAUTH_E_EXPIRED, SHOW());
		fake_issuer_advance_ms(fixture.fake, 1000);
	}
	stop(&fixture);
}

/* A clock that ran ahead until it was set right must hold nobody back. */
static void a_clock_that_is_set_back_is_believed_at_once(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, &usual);
	fake_issuer_set_real(fixture.fake, FAKE_NOW + 86400);
	CHECK_CODE(MCPAUTH_E_EXPIRED, SHOW());
	fake_issuer_set_real(fixture.fake, FAKE_NOW);
	CHECK_OK(SHOW());
	stop(&fixture);
}

static void is_remembered_for_one_resource_alone(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	resource.resource = SECOND;
	issuer.issuer = FAKE_ISSUER;
	start(&fixture, &usual);
	CHECK_OK(mcpauth_add_resource(fixture.auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(fixture.auth, SECOND, &issuer, &err));
	for (int i = 0; i < 3; i++) {
		CHECK_CODE(MCPAUTH_E_AUDIENCE, show(&fixture, SECOND, fixture.token, &err));
		CHECK_OK(SHOW());
	}
	stop(&fixture);
}

static void a_flood_leaves_accepted_tokens_in_place(void **state)
{
	(void)state;
	struct fixture fixture;
	char token[32];
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.token_cache_entries = 4;
	start_with(&fixture, &config, NULL, &usual);
	CHECK_OK(SHOW());
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(token, sizeof token, "aa.%08u.cc", i);
		CHECK_CODE(MCPAUTH_E_MALFORMED_TOKEN, show(&fixture, FAKE_RESOURCE, token, &err));
	}
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 1);
	stop(&fixture);
}

/* The refusals by themselves. */
static struct mcpauth__refused_entry entry_of(
	const struct fixture *fixture, const struct mcpauth_error *why)
{
	struct mcpauth__refused_entry entry = {.issuer = fixture->auth->issuers[0],
		.generation = 1,
		.until = INT64_MAX,
		.why = why};
	entry.key = token_key("token", 5, 1);
	return entry;
}

/* Is a refusal for this reason found again, just then? */
static bool is_remembered(const struct fixture *fixture, const struct mcpauth__refused_entry *entry)
{
	struct mcpauth_error err = {0};
	int64_t now = mcpauth__clock_coarse(&fixture->auth->runtime->clock);
	struct mcpauth__refused *refused = mcpauth__refused_new();
	assert_non_null(refused);
	mcpauth__refused_put(refused, entry);
	enum mcpauth_code code = mcpauth__refused_find(refused, &entry->key, now, FAKE_NOW, &err);
	assert_true(code == MCPAUTH_OK || code == entry->why->code);
	assert_int_equal(code, err.code);
	mcpauth__refused_free(refused);
	mcpauth__refused_free(NULL);
	return code != MCPAUTH_OK;
}

static const struct {
	enum mcpauth_code code;
	bool remembered;
} reasons[] = {
	{MCPAUTH_E_MALFORMED_TOKEN, true},
	{MCPAUTH_E_ENCRYPTED_TOKEN, true},
	{MCPAUTH_E_ALGORITHM, true},
	{MCPAUTH_E_CRITICAL_HEADER, true},
	{MCPAUTH_E_TOKEN_TYPE, true},
	{MCPAUTH_E_UNTRUSTED_ISSUER, true},
	{MCPAUTH_E_UNKNOWN_KEY, true},
	{MCPAUTH_E_BAD_SIGNATURE, true},
	{MCPAUTH_E_EXPIRED, true},
	{MCPAUTH_E_INVALID_CLAIM, true},
	{MCPAUTH_E_AUDIENCE, true},
	{MCPAUTH_E_BOUND_TOKEN, true},
	{MCPAUTH_E_NOT_YET_VALID, false},
	{MCPAUTH_E_CLAIM_CHECK, false},
	{MCPAUTH_E_INSUFFICIENT_SCOPE, false},
	{MCPAUTH_E_NO_MEMORY, false},
	{MCPAUTH_E_UNREACHABLE, false},
	{MCPAUTH_E_TIMEOUT, false},
	{MCPAUTH_E_BACKING_OFF, false},
	{MCPAUTH_E_INVALID_KEYS, false},
};

static void remembers_what_no_time_heals(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, &usual);
	CHECK_OK(SHOW());
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		struct mcpauth_error why = {.code = reasons[i].code, .message = "why"};
		struct mcpauth__refused_entry entry = entry_of(&fixture, &why);
		CHECK_ROW(mcpauth_code_name(reasons[i].code),
			is_remembered(&fixture, &entry) == reasons[i].remembered);
	}
	stop(&fixture);
}

static void holds_to_the_keys_that_did_not_fit(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error why = {.code = MCPAUTH_E_UNKNOWN_KEY, .message = "why"};
	start(&fixture, &usual);
	CHECK_OK(SHOW());
	struct mcpauth__refused_entry entry = entry_of(&fixture, &why);
	assert_true(is_remembered(&fixture, &entry));
	entry.generation = 2;
	assert_false(is_remembered(&fixture, &entry));
	entry.generation = 1;
	fake_issuer_advance_ms(fixture.fake, 30000);
	assert_false(is_remembered(&fixture, &entry));
	stop(&fixture);
}

static void forgets_when_the_keys_change(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error why = {.code = MCPAUTH_E_UNKNOWN_KEY, .message = "why"};
	start(&fixture, &(struct fake_token){.kid = "k9"});
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, SHOW());
	struct mcpauth__refused *refused = mcpauth__refused_new();
	struct mcpauth__refused_entry entry = entry_of(&fixture, &why);
	mcpauth__refused_put(refused, &entry);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, mcpauth__refused_find(refused, &entry.key, 0, 0, &err));
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	fake_issuer_advance_ms(fixture.fake, 30000);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, SHOW());
	CHECK_OK(mcpauth__refused_find(refused, &entry.key, 0, 0, &err));
	mcpauth__refused_free(refused);
	stop(&fixture);
}

static void a_reason_that_does_not_fit_is_not_remembered(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error why = {.code = MCPAUTH_E_AUDIENCE};
	start(&fixture, &usual);
	struct mcpauth__refused_entry entry = entry_of(&fixture, &why);
	memset(why.message, 'x', MCPAUTH__REFUSED_MESSAGE_SIZE - 1);
	assert_true(is_remembered(&fixture, &entry));
	memset(why.message, 'x', MCPAUTH__REFUSED_MESSAGE_SIZE);
	assert_false(is_remembered(&fixture, &entry));
	stop(&fixture);
}

static void a_lost_mark_costs_no_signature(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, &forged);
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	struct mcpauth__refused *refused = fixture.auth->runtime->verifier.refused;
	for (size_t i = 0; i < MCPAUTH__REFUSED_MARKS; i++) {
		atomic_store(&refused->marks[i], 0);
	}
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	assert_int_equal(signature_checks, 1);
	stop(&fixture);
}

static bool finds(struct mcpauth__refused *refused, const struct mcpauth__refused_entry *entry)
{
	return mcpauth__refused_find(refused, &entry->key, 0, 0, NULL) == entry->why->code;
}

/* Another token may have left its mark where this one has its own, or the same one. */
static void is_found_without_its_mark_too(void **state)
{
	(void)state;
	struct fixture fixture;
	const struct mcpauth_error why = {.code = MCPAUTH_E_AUDIENCE};
	start(&fixture, &usual);
	struct mcpauth__refused *refused = mcpauth__refused_new();
	assert_non_null(refused);
	struct mcpauth__refused_entry one = entry_of(&fixture, &why);
	struct mcpauth__refused_entry same = one;
	struct mcpauth__refused_entry other = one;
	one.key.words[1] = (uint64_t)7 << 48 | 3;
	same.key.words[1] = (uint64_t)7 << 48 | MCPAUTH__REFUSED_MARKS | 3;
	other.key.words[1] = (uint64_t)8 << 48 | 3;
	mcpauth__refused_put(refused, &one);
	assert_true(mcpauth__refused_is_likely(refused, &one.key));
	assert_true(mcpauth__refused_is_likely(refused, &same.key));
	assert_false(mcpauth__refused_is_likely(refused, &other.key));
	assert_false(finds(refused, &same));
	assert_false(mcpauth__refused_is_likely(refused, &one.key));
	assert_true(finds(refused, &one));
	mcpauth__refused_put(refused, &other);
	assert_true(mcpauth__refused_is_likely(refused, &other.key));
	assert_true(finds(refused, &one));
	assert_true(finds(refused, &other));
	assert_true(mcpauth__refused_is_likely(refused, &other.key));
	mcpauth__refused_free(refused);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_signature_is_checked_once),
		cmocka_unit_test(says_the_same_each_time),
		cmocka_unit_test(forgets_after_ten_seconds),
		cmocka_unit_test(forgets_earlier_if_tokens_are_remembered_for_less),
		cmocka_unit_test(is_accepted_as_soon_as_its_key_may_be_fetched),
		cmocka_unit_test(so_is_one_whose_key_took_an_old_name),
		cmocka_unit_test(newer_keys_are_believed_as_long_as_the_first),
		cmocka_unit_test(what_time_heals_is_not_remembered),
		cmocka_unit_test(what_the_program_refuses_is_not_remembered),
		cmocka_unit_test(what_could_not_be_decided_is_not_remembered),
		cmocka_unit_test(an_expired_token_stays_refused),
		cmocka_unit_test(a_clock_that_is_set_back_is_believed_at_once),
		cmocka_unit_test(is_remembered_for_one_resource_alone),
		cmocka_unit_test(a_flood_leaves_accepted_tokens_in_place),
		cmocka_unit_test(remembers_what_no_time_heals),
		cmocka_unit_test(holds_to_the_keys_that_did_not_fit),
		cmocka_unit_test(forgets_when_the_keys_change),
		cmocka_unit_test(a_reason_that_does_not_fit_is_not_remembered),
		cmocka_unit_test(a_lost_mark_costs_no_signature),
		cmocka_unit_test(is_found_without_its_mark_too),
	};
	return cmocka_run_group_tests_name("refused", tests, NULL, NULL);
}
