/* Forgetting by token, subject and session: in this process, and in the store. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "auth_int.h"

#include "endpoint/introspector.h"

#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/fake_store.h"

#include <gnutls/abstract.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SIGN "mcpauth:forgotten:"

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

/* The linker puts these before the real ones: while there is a list of texts, it is what
 * every issuer's introspector keeps. */
struct kept {
	const char *token;
	const char *text;
	bool concerned; /* what was found */
};

static struct kept *kept;
static size_t kept_count;
static struct mcpauth *asked_for;
static uint64_t forgets_then;

struct mcpauth__introspector *__wrap_mcpauth__issuer_introspector(
	const struct mcpauth__issuer *issuer);
const struct mcpauth_introspection_config *__wrap_mcpauth__introspector_config(
	const struct mcpauth__introspector *introspector);
size_t __wrap_mcpauth__introspector_forget(
	struct mcpauth__introspector *introspector, mcpauth__concerns_fn concerns, void *user);

struct mcpauth__introspector *__wrap_mcpauth__issuer_introspector(
	const struct mcpauth__issuer *issuer)
{
	return kept != NULL ? (void *)issuer : NULL;
}

const struct mcpauth_introspection_config *__wrap_mcpauth__introspector_config(
	const struct mcpauth__introspector *introspector)
{
	static const struct mcpauth_introspection_config config = {
		.size = sizeof config, .client_id = "me"};
	(void)introspector;
	return &config;
}

size_t __wrap_mcpauth__introspector_forget(
	struct mcpauth__introspector *introspector, mcpauth__concerns_fn concerns, void *user)
{
	size_t count = 0;
	(void)introspector;
	forgets_then = asked_for != NULL ? atomic_load(&asked_for->runtime->forgets) : 0;
	for (size_t i = 0; i < kept_count; i++) {
		unsigned char digest[MCPAUTH__SHA256_SIZE];
		const char *token = kept[i].token != NULL ? kept[i].token : "";
		assert_true(mcpauth__sha256(token, strlen(token), digest));
		kept[i].concerned = concerns(digest, kept[i].text, strlen(kept[i].text), user);
		count += kept[i].concerned ? 1 : 0;
	}
	return count;
}

/** A library, and two of alice's tokens and one of bob's. */
struct fixture {
	struct fake_issuer *fake;
	struct fake_store *store;
	struct mcpauth *auth;
	char *tokens[3];
};

static void start_with(struct fixture *fixture, const struct mcpauth_config *given,
	const struct mcpauth_issuer_config *issuer)
{
	static const char *const claims[] = {",\"sid\":\"s1\",\"uid\":\"u\"",
		",\"sid\":\"s2\",\"uid\":\"u\"", ",\"sid\":\"s1\",\"uid\":\"v\""};
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	if (given != NULL) {
		config = *given;
	}
	fixture->store = fake_store_new();
	config.store_user = fixture->store;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, &config, issuer);
	for (size_t i = 0; i < 3; i++) {
		fixture->tokens[i] = fake_issuer_token(
			fixture->fake, &(struct fake_token){.claims = claims[i]});
	}
	atomic_store(&signature_checks, 0);
}

static void start(struct fixture *fixture)
{
	start_with(fixture, NULL, NULL);
}

static void start_with_store(struct fixture *fixture)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.store = fake_store_carry_out;
	start_with(fixture, &config, NULL);
}

static void stop(struct fixture *fixture)
{
	for (size_t i = 0; i < 3; i++) {
		free(fixture->tokens[i]);
	}
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
	fake_store_free(fixture->store);
}

static enum mcpauth_code show(struct mcpauth *auth, const char *token)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(auth, FAKE_RESOURCE, token, &info, NULL);
	mcpauth_auth_info_free(info);
	return code;
}

/* Show all three; how many of them had to be judged? */
static unsigned show_all(struct fixture *fixture)
{
	unsigned before = atomic_load(&signature_checks);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(show(fixture->auth, fixture->tokens[i]), MCPAUTH_OK);
	}
	return atomic_load(&signature_checks) - before;
}

static void a_forgotten_token_is_judged_anew(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_int_equal(mcpauth_forget_token(fixture.auth, fixture.tokens[0]), 0);
	assert_int_equal(show_all(&fixture), 3);
	assert_int_equal(show_all(&fixture), 0);
	assert_int_equal(mcpauth_forget_token(fixture.auth, fixture.tokens[0]), 1);
	assert_int_equal(show_all(&fixture), 1);
	assert_int_equal(mcpauth_forget_token(fixture.auth, "unheard.of.token"), 0);
	assert_int_equal(mcpauth_forget_token(fixture.auth, ""), 0);
	assert_int_equal(show_all(&fixture), 0);
	stop(&fixture);
}

static void tokens_are_forgotten_by_whose_they_are(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		size_t (*forget)(struct mcpauth *auth, const char *issuer, const char *name);
		const char *issuer;
		const char *name;
		unsigned want;
	} rows[] = {
		{"subject", mcpauth_forget_subject, FAKE_ISSUER, "alice", 3},
		{"another subject", mcpauth_forget_subject, FAKE_ISSUER, "Alice", 0},
		{"a longer subject", mcpauth_forget_subject, FAKE_ISSUER, "alice1", 0},
		{"a shorter subject", mcpauth_forget_subject, FAKE_ISSUER, "alic", 0},
		{"no subject", mcpauth_forget_subject, FAKE_ISSUER, "", 0},
		{"another issuer's", mcpauth_forget_subject, FAKE_ISSUER "/", "alice", 0},
		{"session", mcpauth_forget_session, FAKE_ISSUER, "s1", 2},
		{"its other session", mcpauth_forget_session, FAKE_ISSUER, "s2", 1},
		{"no session", mcpauth_forget_session, FAKE_ISSUER, "alice", 0},
		{"another issuer's session", mcpauth_forget_session, "https://x.example", "s1", 0},
	};
	struct fixture fixture;
	start(&fixture);
	show_all(&fixture);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].label,
			rows[i].forget(fixture.auth, rows[i].issuer, rows[i].name) == rows[i].want);
		CHECK_ROW(rows[i].label, show_all(&fixture) == rows[i].want);
	}
	stop(&fixture);
}

static void the_subject_is_where_the_issuer_has_it(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.subject_claims = "uid";
	start_with(&fixture, NULL, &issuer);
	show_all(&fixture);
	assert_int_equal(mcpauth_forget_subject(fixture.auth, FAKE_ISSUER, "alice"), 0);
	assert_int_equal(mcpauth_forget_subject(fixture.auth, FAKE_ISSUER, "u"), 2);
	assert_int_equal(show_all(&fixture), 2);
	stop(&fixture);
}

static void a_refusal_is_forgotten_too(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	char *forged = fake_issuer_token(fixture.fake, &(struct fake_token){.number = 1});
	assert_int_equal(show(fixture.auth, forged), MCPAUTH_E_BAD_SIGNATURE);
	assert_int_equal(show(fixture.auth, forged), MCPAUTH_E_BAD_SIGNATURE);
	assert_int_equal(signature_checks, 1);
	assert_int_equal(mcpauth_forget_token(fixture.auth, forged), 1);
	assert_int_equal(show(fixture.auth, forged), MCPAUTH_E_BAD_SIGNATURE);
	assert_int_equal(signature_checks, 2);
	free(forged);
	stop(&fixture);
}

static void all_who_share_the_network_thread_forget(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth *successor;
	start(&fixture);
	CHECK_OK(mcpauth_new_successor(fixture.auth, &successor, &err));
	show_all(&fixture);
	assert_int_equal(mcpauth_forget_subject(successor, FAKE_ISSUER, "alice"), 3);
	assert_int_equal(show_all(&fixture), 3);
	mcpauth_free(successor);
	stop(&fixture);
}

static void where_nothing_is_remembered_nothing_is_forgotten(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.token_cache_seconds = MCPAUTH_NONE;
	start_with(&fixture, &config, NULL);
	assert_int_equal(show_all(&fixture), 3);
	assert_int_equal(mcpauth_forget_token(fixture.auth, fixture.tokens[0]), 0);
	assert_int_equal(mcpauth_forget_subject(fixture.auth, FAKE_ISSUER, "alice"), 0);
	assert_int_equal(mcpauth_forget_session(fixture.auth, FAKE_ISSUER, "s1"), 0);
	stop(&fixture);
}

static void accept_all(struct mcpauth_inquiry *inquiry, void *user)
{
	static const char claims[] = "{\"iss\":\"" FAKE_ISSUER "\",\"aud\":\"" FAKE_RESOURCE
				     "\",\"sub\":\"alice\",\"exp\":1800000300}";
	atomic_uint *asked = user;
	atomic_fetch_add(asked, 1);
	mcpauth_inquiry_accept(inquiry, claims, strlen(claims));
}

static void the_programs_own_verifier_is_asked_again(void **state)
{
	(void)state;
	struct fixture fixture;
	atomic_uint asked;
	atomic_init(&asked, 0);
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	verifier.verify = accept_all;
	verifier.user = &asked;
	start(&fixture);
	CHECK_OK(mcpauth_set_verifier(fixture.auth, FAKE_RESOURCE, &verifier, &err));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(show(fixture.auth, "opaque"), MCPAUTH_OK);
	}
	assert_int_equal(asked, 1);
	assert_int_equal(mcpauth_forget_token(fixture.auth, "opaque"), 1);
	assert_int_equal(show(fixture.auth, "opaque"), MCPAUTH_OK);
	assert_int_equal(asked, 2);
	stop(&fixture);
}

static void look_at_answers(
	struct fixture *fixture, struct kept *list, size_t count, const char *subject)
{
	kept = list;
	kept_count = count;
	asked_for = fixture->auth;
	mcpauth_forget_subject(fixture->auth, FAKE_ISSUER, subject);
	kept = NULL;
	asked_for = NULL;
}

static void answers_are_forgotten_by_whom_they_name(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool concerned;
	} rows[] = {
		{"{\"active\":true,\"sub\":\"alice\"}", true},
		{"{\"active\":true,\"sub\":\"\\u0061lice\"}", true},
		{"{\"active\":true,\"sub\":\"alice2\"}", false},
		{"{\"active\":true,\"username\":\"alice\"}", false},
		{"{\"active\":true,\"sub\":\"bob\"}", false},
		{"{\"active\":true,\"sub\":\"bob\",\"name\":\"a\\nb\"}", false},
		{"{\"active\":false}", false},
		{"{\"iss\":\"" FAKE_ISSUER "\",\"sub\":\"alice\"}", true},
		{"{\"iss\":\"https://x.example\",\"sub\":\"alice\"}", false},
		{"{\"iss\":7,\"sub\":\"alice\"}", false},
		{"{\"sub\":[\"alice\"]}", false},
		{"<html>", false},
		/* Nobody can tell whose these are. */
		{"alice", true},
		{"{\"sub\":\"alice\",\"sub\":\"bob\"}", true},
		{"{\"sub\":\"alice\"", true},
		{"\\", true},
	};
	struct kept list[sizeof rows / sizeof *rows] = {{0}};
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		list[i].text = rows[i].text;
	}
	look_at_answers(&fixture, list, sizeof rows / sizeof *rows, "alice");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].text, list[i].concerned == rows[i].concerned);
	}
	stop(&fixture);
}

static void answers_are_forgotten_by_token_and_session_and_counted(void **state)
{
	(void)state;
	struct kept list[] = {
		{.token = "a", .text = "{\"sid\":\"s1\"}"},
		{.token = "b", .text = "{\"sid\":\"s2\"}"},
		{.token = "c", .text = "{\"sub\":\"s1\"}"},
	};
	struct fixture fixture;
	start(&fixture);
	kept = list;
	kept_count = 3;
	assert_int_equal(mcpauth_forget_token(fixture.auth, "b"), 1);
	assert_true(!list[0].concerned && list[1].concerned && !list[2].concerned);
	assert_int_equal(mcpauth_forget_session(fixture.auth, FAKE_ISSUER, "s1"), 1);
	assert_true(list[0].concerned && !list[1].concerned && !list[2].concerned);
	kept = NULL;
	stop(&fixture);
}

/* Whoever read an answer just before must find that the count has grown since. */
static void the_count_grows_when_the_answers_are_gone(void **state)
{
	(void)state;
	struct kept list[] = {{.text = "{}"}};
	struct fixture fixture;
	start(&fixture);
	assert_ptr_equal(fixture.auth->runtime->verifier.forgets, &fixture.auth->runtime->forgets);
	look_at_answers(&fixture, list, 1, "alice");
	assert_int_equal(forgets_then, 0);
	assert_int_equal(fixture.auth->runtime->forgets, 1);
	stop(&fixture);
}

static void the_store_is_told_for_an_hour(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with_store(&fixture);
	mcpauth_forget_token(fixture.auth, "a");
	mcpauth_forget_subject(fixture.auth, FAKE_ISSUER, "alice");
	mcpauth_forget_session(fixture.auth, FAKE_ISSUER, "s1");
	assert_int_equal(fake_store_count(fixture.store, SIGN), 3);
	assert_int_equal(fake_store_seconds(fixture.store, SIGN "token:"), 3600);
	assert_string_equal(
		fake_store_value(fixture.store, SIGN "token:"), "{\"forgotten_at\":1800000000}");
	assert_int_equal(fake_store_count(fixture.store, SIGN "subject:"), 1);
	assert_int_equal(fake_store_count(fixture.store, SIGN "session:"), 1);
	assert_int_equal(fake_store_asked(fixture.store, 0), 3);
	stop(&fixture);
}

static void a_tokens_answer_is_taken_out_of_the_store(void **state)
{
	(void)state;
	struct kept list[] = {{.text = "{}"}};
	struct fixture fixture;
	start_with_store(&fixture);
	kept = list;
	kept_count = 1;
	mcpauth_forget_subject(fixture.auth, FAKE_ISSUER, "alice");
	assert_int_equal(fake_store_asked(fixture.store, MCPAUTH_STORE_DELETE), 0);
	mcpauth_forget_token(fixture.auth, "a");
	assert_int_equal(fake_store_asked(fixture.store, MCPAUTH_STORE_DELETE), 1);
	kept = NULL;
	stop(&fixture);
}

static void a_store_that_cannot_be_told_is_logged(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with_store(&fixture);
	show_all(&fixture);
	fake_store_set_mode(fixture.store, FAKE_STORE_IS_DOWN);
	assert_int_equal(mcpauth_forget_subject(fixture.auth, FAKE_ISSUER, "alice"), 3);
	assert_true(fake_issuer_logged(fixture.fake, "MCPAUTH_E_STORE"));
	stop(&fixture);
}

static void a_store_that_never_answers_holds_nobody_up(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with_store(&fixture);
	show_all(&fixture);
	fake_store_set_mode(fixture.store, FAKE_STORE_HOLDS);
	assert_int_equal(mcpauth_forget_subject(fixture.auth, FAKE_ISSUER, "alice"), 3);
	assert_int_equal(fake_store_held(fixture.store), 1);
	assert_false(fake_issuer_logged(fixture.fake, "MCPAUTH_E_STORE"));
	/* A fifth of the deadline is the store's. */
	fake_issuer_advance_ms(fixture.fake, 1000);
	CHECK_SOON(fake_issuer_logged(fixture.fake, "MCPAUTH_E_STORE"));
	stop(&fixture);
}

#define VERIFIERS 3
#define ROUNDS 300

static void *verify(void *argument)
{
	struct fixture *fixture = argument;
	uintptr_t refused = 0;
	for (unsigned i = 0; i < ROUNDS; i++) {
		refused += show(fixture->auth, fixture->tokens[i % 3]) != MCPAUTH_OK ? 1 : 0;
	}
	return (void *)refused;
}

static void nobody_is_refused_while_others_forget(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t threads[VERIFIERS];
	void *refused;
	start(&fixture);
	show_all(&fixture);
	for (size_t i = 0; i < VERIFIERS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, verify, &fixture), 0);
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		mcpauth_forget_session(fixture.auth, FAKE_ISSUER, "s1");
		mcpauth_forget_token(fixture.auth, fixture.tokens[1]);
	}
	for (size_t i = 0; i < VERIFIERS; i++) {
		pthread_join(threads[i], &refused);
		assert_null(refused);
	}
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forgotten_token_is_judged_anew),
		cmocka_unit_test(tokens_are_forgotten_by_whose_they_are),
		cmocka_unit_test(the_subject_is_where_the_issuer_has_it),
		cmocka_unit_test(a_refusal_is_forgotten_too),
		cmocka_unit_test(all_who_share_the_network_thread_forget),
		cmocka_unit_test(where_nothing_is_remembered_nothing_is_forgotten),
		cmocka_unit_test(the_programs_own_verifier_is_asked_again),
		cmocka_unit_test(answers_are_forgotten_by_whom_they_name),
		cmocka_unit_test(answers_are_forgotten_by_token_and_session_and_counted),
		cmocka_unit_test(the_count_grows_when_the_answers_are_gone),
		cmocka_unit_test(the_store_is_told_for_an_hour),
		cmocka_unit_test(a_tokens_answer_is_taken_out_of_the_store),
		cmocka_unit_test(a_store_that_cannot_be_told_is_logged),
		cmocka_unit_test(a_store_that_never_answers_holds_nobody_up),
		cmocka_unit_test(nobody_is_refused_while_others_forget),
	};
	return cmocka_run_group_tests_name("forget", tests, NULL, NULL);
}
