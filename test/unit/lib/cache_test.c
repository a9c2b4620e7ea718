/* Remembered tokens: what they spare, and when they are forgotten. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "token/cache.h"

#include "auth_int.h"
#include "base/json.h"
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/test_key.h"
#include "support/token_key.h"

#include <gnutls/abstract.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND "https://api.example/second"

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

/** A library, and one token that is shown to it again and again. */
struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char *token;
};

static void start_with(struct fixture *fixture, const struct mcpauth_config *config,
	const struct fake_token *token)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, config, NULL);
	fixture->token = fake_issuer_token(fixture->fake, token);
	atomic_store(&signature_checks, 0);
}

static void start(struct fixture *fixture)
{
	start_with(fixture, NULL, &usual);
}

static void stop(struct fixture *fixture)
{
	free(fixture->token);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static enum mcpauth_code show(
	struct fixture *fixture, const char *resource, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(
		fixture->auth, resource, fixture->token, &info, err);
	mcpauth_auth_info_free(info);
	return code;
}

static void never_called(void *user)
{
	(void)user;
	fail();
}

/* Show it as a server does that has room for the answer. */
static enum mcpauth_code show_in_room(struct fixture *fixture, struct mcpauth_auth_info_room *room,
	struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = fixture->token;
	request.wake = never_called;
	request.room = room;
	return mcpauth_verify_start(fixture->auth, &request, info, &pending, err);
}

#define SHOW() show(&fixture, FAKE_RESOURCE, &err)

static void a_second_look_costs_no_signature_and_no_fetch(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 1);
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 2);
	for (int i = 0; i < 100; i++) {
		CHECK_OK(SHOW());
	}
	assert_int_equal(signature_checks, 1);
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 2);
	stop(&fixture);
}

static void tells_the_same_at_every_look(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *first;
	struct mcpauth_auth_info *second;
	start_with(&fixture, NULL, &(struct fake_token){.claims = ",\"scope\":\"read\""});
	CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, fixture.token, &first, &err));
	CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, fixture.token, &second, &err));
	assert_int_equal(signature_checks, 1);
	assert_string_equal(
		mcpauth_auth_info_claims_json(first), mcpauth_auth_info_claims_json(second));
	mcpauth_auth_info_free(first);
	assert_string_equal(mcpauth_auth_info_token(second), fixture.token);
	assert_string_equal(mcpauth_auth_info_scope_at(second, 0), "read");
	stop(&fixture);
	assert_string_equal(mcpauth_auth_info_subject(second), "alice");
	mcpauth_auth_info_free(second);
}

static void tells_the_same_in_the_callers_room(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_auth_info_room room;
	start(&fixture);
	for (int i = 0; i < 3; i++) {
		CHECK_OK(show_in_room(&fixture, &room, &info, &err));
		assert_ptr_equal(info, &room);
		assert_ptr_equal(mcpauth_auth_info_token(info), fixture.token);
		assert_string_equal(mcpauth_auth_info_subject(info), "alice");
		mcpauth_auth_info_free(info);
	}
	CHECK_OK(show_in_room(&fixture, NULL, &info, &err));
	assert_ptr_not_equal(info, &room);
	assert_ptr_not_equal(mcpauth_auth_info_token(info), fixture.token);
	mcpauth_auth_info_free(info);
	assert_int_equal(signature_checks, 1);
	stop(&fixture);
}

static void forgets_after_a_minute(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	fake_issuer_advance_ms(fixture.fake, 59999);
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 1);
	fake_issuer_advance_ms(fixture.fake, 1);
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 2);
	stop(&fixture);
}

static void remembers_as_long_as_it_was_told_to(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.token_cache_seconds = 5;
	start_with(&fixture, &config, &usual);
	CHECK_OK(SHOW());
	fake_issuer_advance_ms(fixture.fake, 4999);
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 1);
	fake_issuer_advance_ms(fixture.fake, 1);
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 2);
	stop(&fixture);
}

static void remembers_nothing_if_it_must_not(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.token_cache_seconds = MCPAUTH_NONE;
	start_with(&fixture, &config, &usual);
	CHECK_OK(SHOW());
	CHECK_OK(SHOW());
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 3);
	stop(&fixture);
}

static void a_remembered_token_expires_like_any_other(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.token_cache_seconds = 300;
	start_with(&fixture, &config, &(struct fake_token){.lifetime = 10});
	CHECK_OK(SHOW());
	fake_issuer_advance_ms(fixture.fake, 69999);
	CHECK_OK(SHOW());
	fake_issuer_advance_ms(fixture.fake, 1);
	CHECK_CODE(MCPAUTH_E_EXPIRED, SHOW());
	assert_int_equal(signature_checks, 1);
	stop(&fixture);
}

static void expires_at_once_without_tolerance(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.clock_tolerance = MCPAUTH_NONE;
	start_with(&fixture, &config, &(struct fake_token){.lifetime = 10});
	CHECK_OK(SHOW());
	fake_issuer_advance_ms(fixture.fake, 9999);
	CHECK_OK(SHOW());
	fake_issuer_advance_ms(fixture.fake, 1);
	CHECK_CODE(MCPAUTH_E_EXPIRED, SHOW());
	assert_int_equal(signature_checks, 1);
	stop(&fixture);
}

static void a_remembered_token_is_held_to_a_clock_set_back(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with(&fixture, NULL, &(struct fake_token){.claims = ",\"nbf\":1800000010"});
	CHECK_OK(SHOW());
	fake_issuer_set_real(fixture.fake, FAKE_NOW - 50);
	CHECK_OK(SHOW());
	fake_issuer_set_real(fixture.fake, FAKE_NOW - 51);
	CHECK_CODE(MCPAUTH_E_NOT_YET_VALID, SHOW());
	fake_issuer_set_real(fixture.fake, FAKE_NOW);
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 1);
	stop(&fixture);
}

static void renew_keys(struct fixture *fixture)
{
	fake_issuer_advance_ms(fixture->fake, 30000);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY,
		fake_issuer_try(fixture->fake, fixture->auth,
			&(struct fake_token){.kid = "unknown"}, &err));
}

/* The same keys in another text. */
static void rewrite_keys(struct fixture *fixture, int spaces)
{
	char text[4096];
	char *set = test_key_jwks(test_key("ES256", 0), "k0");
	snprintf(text, sizeof text, "%s%*s", set, spaces, "");
	fake_issuer_publish(fixture->fake, FAKE_KEYS, 200, text);
	free(set);
}

static void is_not_checked_anew_with_the_keys_it_was_checked_with(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	renew_keys(&fixture);
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 2);
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 1);
	stop(&fixture);
}

static void is_checked_anew_with_new_keys(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	rewrite_keys(&fixture, 1);
	renew_keys(&fixture);
	CHECK_OK(SHOW());
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 2);
	stop(&fixture);
}

static void is_kept_when_newer_keys_were_needed(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	free(fixture.token);
	fixture.token = fake_issuer_token(
		fixture.fake, &(struct fake_token){.number = 1, .kid = "k1"});
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	fake_issuer_advance_ms(fixture.fake, 30000);
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 2);
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 2);
	stop(&fixture);
}

static void ends_with_its_key(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	fake_issuer_rotate(fixture.fake, NULL, "ES256", 1, "k1");
	CHECK_OK(SHOW());
	renew_keys(&fixture);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, SHOW());
	stop(&fixture);
}

static void ends_with_keys_that_are_too_old(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.token_cache_seconds = 3600;
	config.stale_seconds = 700;
	start_with(&fixture, &config, &(struct fake_token){.lifetime = 9999});
	CHECK_OK(SHOW());
	fake_issuer_set_down(fixture.fake, true);
	fake_issuer_advance_ms(fixture.fake, 699999);
	CHECK_OK(SHOW());
	assert_int_equal(signature_checks, 1);
	fake_issuer_advance_ms(fixture.fake, 1);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, SHOW());
	stop(&fixture);
}

static void start_second(struct fixture *fixture, const char *audience)
{
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	resource.resource = SECOND;
	issuer.issuer = FAKE_ISSUER;
	start_with(fixture, NULL,
		&(struct fake_token){
			.audience = "", .claims = ",\"aud\":[\"" FAKE_RESOURCE "\",\"both\"]"});
	CHECK_OK(mcpauth_add_resource(fixture->auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(fixture->auth, SECOND, &issuer, &err));
	CHECK_OK(mcpauth_add_audience(fixture->auth, SECOND, audience, &err));
}

static void remembers_for_one_resource_alone(void **state)
{
	(void)state;
	struct fixture fixture;
	start_second(&fixture, "another");
	CHECK_OK(SHOW());
	CHECK_CODE(MCPAUTH_E_AUDIENCE, show(&fixture, SECOND, &err));
	stop(&fixture);
	start_second(&fixture, "both");
	for (int i = 0; i < 3; i++) {
		CHECK_OK(SHOW());
		CHECK_OK(show(&fixture, SECOND, &err));
	}
	assert_int_equal(signature_checks, 2);
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 2);
	stop(&fixture);
}

static void knows_a_token_by_all_of_it(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	char *tail = fixture.token + strlen(fixture.token) - 4;
	*tail = *tail == 'A' ? 'B' : 'A';
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	stop(&fixture);
}

/* The cache by itself. */
static struct mcpauth__cache_entry numbered(const struct fixture *fixture, unsigned number)
{
	struct mcpauth__issuer *issuer = fixture->auth->issuers[0];
	struct mcpauth__cache_entry entry = {.issuer = issuer,
		.generation = mcpauth__key_source_generation(mcpauth__issuer_key_source(issuer), 0),
		.until = 1000};
	entry.key = token_key(&number, sizeof number, fixture->auth->resources[0]->trust.id);
	return entry;
}

static void put(
	const struct fixture *fixture, struct mcpauth__cache *cache, unsigned number, int64_t until)
{
	struct mcpauth__jws jws;
	struct mcpauth__cache_entry entry = numbered(fixture, number);
	const struct mcpauth__claim_policy *policy = mcpauth__issuer_claim_policy(entry.issuer);
	struct mcpauth__identity_parts parts = {
		.pool = fixture->auth->runtime->verifier.identities,
		.policy = policy,
		.resource = "r",
	};
	CHECK_OK(mcpauth__jws_from_claims("{}", 2, &jws, &err));
	CHECK_OK(mcpauth__identity_new(&jws, &parts, &entry.identity, &err));
	entry.until = until;
	mcpauth__cache_put(cache, &entry);
	mcpauth__identity_free(entry.identity);
}

static bool has(
	const struct fixture *fixture, struct mcpauth__cache *cache, unsigned number, int64_t now)
{
	struct mcpauth__cache_entry entry = numbered(fixture, number);
	struct mcpauth__identity *found = mcpauth__cache_find(cache, &entry.key, now);
	mcpauth__identity_free(found);
	return found != NULL;
}

static void never_holds_more_than_it_may(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	struct mcpauth__cache *cache = mcpauth__cache_new(100);
	unsigned found = 0;
	for (unsigned i = 0; i < 1000; i++) {
		put(&fixture, cache, i, 1000 + (int64_t)i);
		assert_true(has(&fixture, cache, i, 0));
	}
	for (unsigned i = 0; i < 1000; i++) {
		found += has(&fixture, cache, i, 0) ? 1 : 0;
	}
	assert_in_range(found, 50, 100);
	mcpauth__cache_free(cache);
	stop(&fixture);
}

static void the_oldest_makes_room(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	struct mcpauth__cache *cache = mcpauth__cache_new(4);
	for (unsigned i = 0; i < 4; i++) {
		put(&fixture, cache, i, i == 2 ? 500 : 1000);
	}
	put(&fixture, cache, 4, 1000);
	assert_false(has(&fixture, cache, 2, 0));
	assert_true(has(&fixture, cache, 0, 0));
	assert_true(has(&fixture, cache, 1, 0));
	assert_true(has(&fixture, cache, 3, 0));
	assert_true(has(&fixture, cache, 4, 999));
	assert_false(has(&fixture, cache, 4, 1000));
	mcpauth__cache_free(cache);
	mcpauth__cache_free(NULL);
	stop(&fixture);
}

static void one_token_takes_one_place(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	struct mcpauth__cache *cache = mcpauth__cache_new(4);
	put(&fixture, cache, 0, 1000);
	for (int64_t i = 0; i < 10; i++) {
		put(&fixture, cache, 1, 1000 + i);
	}
	assert_true(has(&fixture, cache, 0, 0));
	assert_true(has(&fixture, cache, 1, 1008));
	mcpauth__cache_free(cache);
	stop(&fixture);
}

/** Threads that show a few tokens while the keys change. */
struct crowd {
	struct fixture fixture;
	char *tokens[8];
	atomic_uint refused;
};

static void *show_all(void *argument)
{
	struct crowd *crowd = argument;
	for (int i = 0; i < 400; i++) {
		struct mcpauth_auth_info *info;
		if (mcpauth_verify(
			    crowd->fixture.auth, FAKE_RESOURCE, crowd->tokens[i % 8], &info, NULL)
			!= MCPAUTH_OK) {
			atomic_fetch_add(&crowd->refused, 1);
		}
		mcpauth_auth_info_free(info);
	}
	return NULL;
}

static void serves_threads_while_keys_change(void **state)
{
	(void)state;
	struct crowd crowd = {.refused = 0};
	pthread_t threads[4];
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.token_cache_entries = 4;
	start_with(&crowd.fixture, &config, &usual);
	for (size_t i = 0; i < 8; i++) {
		crowd.tokens[i] = fake_issuer_token(
			crowd.fixture.fake, &(struct fake_token){.lifetime = 100000});
	}
	/* From here on nobody has to wait, whose time the clock's leaps would end. */
	CHECK_OK(show(&crowd.fixture, FAKE_RESOURCE, &err));
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, show_all, &crowd), 0);
	}
	for (int i = 0; i < 20; i++) {
		rewrite_keys(&crowd.fixture, i / 2);
		renew_keys(&crowd.fixture);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(crowd.refused, 0);
	for (size_t i = 0; i < 8; i++) {
		free(crowd.tokens[i]);
	}
	stop(&crowd.fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_look_costs_no_signature_and_no_fetch),
		cmocka_unit_test(tells_the_same_at_every_look),
		cmocka_unit_test(tells_the_same_in_the_callers_room),
		cmocka_unit_test(forgets_after_a_minute),
		cmocka_unit_test(remembers_as_long_as_it_was_told_to),
		cmocka_unit_test(remembers_nothing_if_it_must_not),
		cmocka_unit_test(a_remembered_token_expires_like_any_other),
		cmocka_unit_test(expires_at_once_without_tolerance),
		cmocka_unit_test(a_remembered_token_is_held_to_a_clock_set_back),
		cmocka_unit_test(is_not_checked_anew_with_the_keys_it_was_checked_with),
		cmocka_unit_test(is_checked_anew_with_new_keys),
		cmocka_unit_test(is_kept_when_newer_keys_were_needed),
		cmocka_unit_test(ends_with_its_key),
		cmocka_unit_test(ends_with_keys_that_are_too_old),
		cmocka_unit_test(remembers_for_one_resource_alone),
		cmocka_unit_test(knows_a_token_by_all_of_it),
		cmocka_unit_test(never_holds_more_than_it_may),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(one_token_takes_one_place),
		cmocka_unit_test(serves_threads_while_keys_change),
	};
	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
