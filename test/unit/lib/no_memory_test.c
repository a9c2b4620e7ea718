/* Whoever runs out of memory says so, and holds nothing; the next attempt succeeds. */
#include "auth_int.h"
#include "base/json.h"
#include "jose/jwks.h"
#include "token/cache.h"
#include "token/auth_info_int.h"
#include "token/identity.h"
#include "token/refused.h"

#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/scarce_memory.h"
#include "support/test_key.h"

#include <gnutls/gnutls.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char *token;
	struct mcpauth__identity_pool *pool; /* empty */
	struct mcpauth__identity *identity;
	struct mcpauth_demand *demand;
	struct mcpauth__hierarchy *hierarchy; /* of which `scopes` has something */
	char *keys;
	char claims[4096];
	char scopes[4096]; /* so many short ones that they outgrow their text */
};

/* Larger than what an arena has reserved for it, with more names than are compared
 * each with each. */
static void write_claims(char *claims, size_t size)
{
	size_t length = (size_t)snprintf(claims, size, "{\"aud\":\"a\",\"scope\":\"");
	for (int i = 0; i < 60; i++) {
		length += (size_t)snprintf(claims + length, size - length, " s%d", i);
	}
	length += (size_t)snprintf(claims + length, size - length, "\"");
	for (int i = 0; i < 140; i++) {
		length += (size_t)snprintf(claims + length, size - length, ",\"%x\":1", i);
	}
	snprintf(claims + length, size - length, "}");
}

static void write_scopes(char *claims, size_t size)
{
	size_t length = (size_t)snprintf(claims, size, "{\"scope\":\"");
	for (int i = 0; i < 1500; i++) {
		length += (size_t)snprintf(claims + length, size - length, " a");
	}
	snprintf(claims + length, size - length, "\"}");
}

static struct mcpauth__identity *identity_of(const struct fixture *fixture)
{
	struct mcpauth__jws jws;
	struct mcpauth__identity *identity;
	struct mcpauth__identity_parts parts = {
		.pool = fixture->auth->runtime->verifier.identities,
		.policy = mcpauth__issuer_claim_policy(fixture->auth->issuers[0]),
		.resource = FAKE_RESOURCE,
	};
	CHECK_OK(mcpauth__jws_from_claims("{}", 2, &jws, &err));
	CHECK_OK(mcpauth__identity_new(&jws, &parts, &identity, &err));
	return identity;
}

static void start(struct fixture *fixture)
{
	struct mcpauth_demand_config config = MCPAUTH_DEMAND_CONFIG_INIT;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	fixture->token = fake_issuer_token(fixture->fake, &(struct fake_token){0});
	fixture->keys = test_key_jwks(test_key("ES256", 0), "k0");
	config.scopes = "a b";
	config.any_scopes = "c d";
	CHECK_OK(mcpauth_demand_new(fixture->auth, &config, &fixture->demand, &err));
	/* From now on the keys are at hand. */
	CHECK_OK(fake_issuer_try(fixture->fake, fixture->auth, &(struct fake_token){0}, &err));
	fixture->pool = mcpauth__identity_pool_new();
	fixture->identity = identity_of(fixture);
	fixture->hierarchy = mcpauth__hierarchy_new();
	assert_non_null(fixture->hierarchy);
	CHECK_OK(mcpauth__hierarchy_add(fixture->hierarchy, "a", "b", &err));
	mcpauth__hierarchy_settle(fixture->hierarchy);
	write_claims(fixture->claims, sizeof fixture->claims);
	write_scopes(fixture->scopes, sizeof fixture->scopes);
}

static void stop(struct fixture *fixture)
{
	mcpauth__identity_free(fixture->identity);
	mcpauth__identity_pool_free(fixture->pool);
	mcpauth__hierarchy_free(fixture->hierarchy);
	mcpauth_demand_free(fixture->demand);
	free(fixture->keys);
	free(fixture->token);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static enum mcpauth_code good_if(bool good)
{
	return good ? MCPAUTH_OK : MCPAUTH_E_NO_MEMORY;
}

static enum mcpauth_code read_json(const struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth__arena arena = {0};
	struct mcpauth__json_text text = {fixture->claims, strlen(fixture->claims), true};
	cJSON *json = (void *)fixture;
	enum mcpauth_code code = mcpauth__json_read(&arena, &text, &json, err);
	assert_true((json != NULL) == (code == MCPAUTH_OK));
	mcpauth__arena_finish(&arena);
	return code;
}

static enum mcpauth_code take_apart(const struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth__jws jws;
	enum mcpauth_code code = mcpauth__jws_parse(
		fixture->token, strlen(fixture->token), &jws, err);
	mcpauth__jws_finish(&jws);
	return code;
}

/* The pool is new, so that it must grow. */
static enum mcpauth_code identify(const struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth__jws jws;
	struct mcpauth__identity *identity = (void *)&jws;
	struct mcpauth__identity_parts parts = {
		.pool = fixture->pool,
		.policy = mcpauth__issuer_claim_policy(fixture->auth->issuers[0]),
		.resource = FAKE_RESOURCE,
		.hierarchy = fixture->hierarchy,
	};
	enum mcpauth_code code = mcpauth__jws_from_claims(
		fixture->scopes, strlen(fixture->scopes), &jws, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__identity_new(&jws, &parts, &identity, err);
		assert_true((identity != NULL) == (code == MCPAUTH_OK));
		assert_true(identity == NULL || mcpauth__identity_has_scope(identity, "b", 1));
		mcpauth__identity_free(identity);
	}
	mcpauth__jws_finish(&jws);
	return code;
}

static enum mcpauth_code make_pool(const struct fixture *fixture, struct mcpauth_error *err)
{
	(void)fixture;
	(void)err;
	struct mcpauth__identity_pool *pool = mcpauth__identity_pool_new();
	mcpauth__identity_pool_free(pool);
	return good_if(pool != NULL);
}

static enum mcpauth_code make_cache(const struct fixture *fixture, struct mcpauth_error *err)
{
	(void)fixture;
	(void)err;
	struct mcpauth__cache *cache = mcpauth__cache_new(100);
	mcpauth__cache_free(cache);
	return good_if(cache != NULL);
}

static enum mcpauth_code make_refused(const struct fixture *fixture, struct mcpauth_error *err)
{
	(void)fixture;
	(void)err;
	struct mcpauth__refused *refused = mcpauth__refused_new();
	mcpauth__refused_free(refused);
	return good_if(refused != NULL);
}

static enum mcpauth_code name_scopes(const struct fixture *fixture, struct mcpauth_error *err)
{
	(void)fixture;
	(void)err;
	struct mcpauth__scope_names names;
	char name[16];
	uint64_t bits = UINT64_MAX;
	mcpauth__scope_names_init(&names);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "s%d", i);
		uint64_t bit = mcpauth__scope_names_add(&names, name, strlen(name));
		assert_int_equal(bit, mcpauth__scope_names_find(&names, name, strlen(name)));
		bits = bit == 0 ? 0 : bits;
	}
	mcpauth__scope_names_finish(&names);
	return good_if(bits != 0);
}

/* One that fails has added nothing. */
static enum mcpauth_code imply_scopes(const struct fixture *fixture, struct mcpauth_error *err)
{
	(void)fixture;
	struct mcpauth__implied implied;
	char admin[] = "admin";
	char *items[] = {admin};
	struct mcpauth__words granted = {items, 1};
	struct mcpauth__hierarchy *hierarchy = mcpauth__hierarchy_new();
	if (hierarchy == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	enum mcpauth_code code = mcpauth__hierarchy_add(hierarchy, "admin", "a b", err);
	mcpauth__hierarchy_settle(hierarchy);
	bool found = mcpauth__implied_read(&implied, hierarchy, &granted);
	assert_int_equal(found, code == MCPAUTH_OK);
	assert_true(!found || mcpauth__implied_has(&implied, &granted, "b"));
	mcpauth__hierarchy_free(hierarchy);
	return code;
}

static enum mcpauth_code trust_issuer(const struct fixture *fixture, struct mcpauth_error *err)
{
	(void)err;
	struct mcpauth__trust trust = {.id = 1};
	struct mcpauth__issuer *issuer = fixture->auth->issuers[0];
	bool good = mcpauth__trust_add_issuer(&trust, issuer);
	assert_int_equal(trust.count, good ? 1 : 0);
	assert_int_equal(mcpauth__trust_has(&trust, issuer), good);
	mcpauth__trust_finish_issuers(&trust);
	return good_if(good);
}

static enum mcpauth_code make_demand(const struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth_demand *demand = (void *)err;
	struct mcpauth_demand_config config = MCPAUTH_DEMAND_CONFIG_INIT;
	config.scopes = "a b";
	config.any_scopes = "c d";
	enum mcpauth_code code = mcpauth_demand_new(fixture->auth, &config, &demand, err);
	assert_true((demand != NULL) == (code == MCPAUTH_OK));
	mcpauth_demand_free(demand);
	return code;
}

/* What was demanded before is demanded still. */
static enum mcpauth_code add_demand(const struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth_demand *demand;
	struct mcpauth_demand_config config = MCPAUTH_DEMAND_CONFIG_INIT;
	config.scopes = "z";
	enum mcpauth_code code = mcpauth_demand_new(fixture->auth, &config, &demand, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_demand_add(demand, fixture->demand, err);
		assert_string_equal(mcpauth_demand_scope_at(demand, 0), "z");
		assert_true(code != MCPAUTH_OK || mcpauth_demand_any_at(demand, 0, 1) != NULL);
	}
	mcpauth_demand_free(demand);
	return code;
}

static enum mcpauth_code read_keys(const struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth__jwks *set = (void *)err;
	enum mcpauth_code code = mcpauth__jwks_parse(
		fixture->keys, strlen(fixture->keys), &set, err);
	assert_true((set != NULL) == (code == MCPAUTH_OK));
	mcpauth__jwks_free(set);
	return code;
}

static enum mcpauth_code keep_info(const struct fixture *fixture, struct mcpauth_error *err)
{
	(void)err;
	struct mcpauth_auth_info_room room;
	struct mcpauth_auth_info *info = mcpauth__auth_info_init(
		&room, mcpauth__identity_ref(fixture->identity), "token");
	struct mcpauth_auth_info *kept = mcpauth_auth_info_ref(info);
	mcpauth_auth_info_free(info);
	assert_true(kept == NULL || strcmp(mcpauth_auth_info_token(kept), "token") == 0);
	mcpauth_auth_info_free(kept);
	return good_if(kept != NULL);
}

/* Refused for want of memory is not refused for good. */
static enum mcpauth_code verify(const struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info = (void *)err;
	enum mcpauth_code code = mcpauth_verify(
		fixture->auth, FAKE_RESOURCE, fixture->token, &info, err);
	assert_true((info != NULL) == (code == MCPAUTH_OK));
	mcpauth_auth_info_free(info);
	return code;
}

static const struct {
	const char *label;
	enum mcpauth_code (*attempt)(const struct fixture *fixture, struct mcpauth_error *err);
} rows[] = {
	{"a tree of JSON", read_json},
	{"a token", take_apart},
	{"an identity", identify},
	{"a pool of identities", make_pool},
	{"a cache", make_cache},
	{"remembered refusals", make_refused},
	{"names of scopes", name_scopes},
	{"scopes that include others", imply_scopes},
	{"an issuer that is trusted", trust_issuer},
	{"a demand", make_demand},
	{"a demand added to another", add_demand},
	{"a set of keys", read_keys},
	{"an auth info that is kept", keep_info},
	{"a verification", verify},
};

static void fails_at_each_allocation_and_succeeds_afterwards(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		bool failed = true;
		unsigned number = 0;
		start(&fixture);
		while (failed) {
			struct mcpauth_error err = {0};
			scarce_memory_begin(++number);
			enum mcpauth_code code = rows[i].attempt(&fixture, &err);
			failed = scarce_memory_end();
			CHECK_ROW(rows[i].label, code == good_if(!failed));
			CHECK_ROW(rows[i].label, err.code == MCPAUTH_OK || err.code == code);
		}
		CHECK_ROW(rows[i].label, number > 1);
		stop(&fixture);
	}
}

static void *give_nothing(size_t size)
{
	(void)size;
	return NULL;
}

/* A 401 would tell a client to throw a good token away, and be remembered. */
static void calls_no_signature_bad_that_gnutls_had_no_memory_for(void **state)
{
	(void)state;
	struct fixture fixture = {0};
	struct mcpauth_auth_info *info;
	gnutls_alloc_function usual = gnutls_malloc;
	start(&fixture);
	gnutls_malloc = give_nothing;
	CHECK_CODE(MCPAUTH_E_NO_MEMORY,
		mcpauth_verify(fixture.auth, FAKE_RESOURCE, fixture.token, &info, &err));
	gnutls_malloc = usual;
	CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, fixture.token, &info, &err));
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

static unsigned gnutls_left; /* until one fails; 0: none does */
static bool gnutls_failed;

/* As malloc() does, which GnuTLS calls by itself, too. */
static void *give_little(size_t size)
{
	bool fails = gnutls_left == 1;
	gnutls_left -= gnutls_left > 0 ? 1 : 0;
	gnutls_failed = gnutls_failed || fails;
	if (fails) {
		errno = ENOMEM;
	}
	return fails ? NULL : malloc(size);
}

static const char *const signing[] = {"ES256", "RS256", "PS256"};

/* @return how many of its allocations GnuTLS makes by its own function, and one */
static unsigned check_lacking(const char *algorithm)
{
	char header[64];
	unsigned number = 0;
	struct mcpauth__jws jws;
	struct mcpauth__jwks *set;
	gnutls_alloc_function usual = gnutls_malloc;
	snprintf(header, sizeof header, "{\"alg\":\"%s\"}", algorithm);
	char *token = test_key_sign(test_key(algorithm, 0), header, "{}");
	char *keys = test_key_jwks(test_key(algorithm, 0), NULL);
	CHECK_OK(mcpauth__jws_parse(token, strlen(token), &jws, &err));
	CHECK_OK(mcpauth__jwks_parse(keys, strlen(keys), &set, &err));
	do {
		gnutls_failed = false;
		gnutls_left = ++number;
		gnutls_malloc = give_little;
		enum mcpauth_code code = mcpauth__jwks_verify(
			set, NULL, jws.algorithm, &jws.content, NULL);
		gnutls_malloc = usual;
		CHECK_ROW(algorithm, code == good_if(!gnutls_failed));
	} while (gnutls_failed);
	mcpauth__jwks_free(set);
	mcpauth__jws_finish(&jws);
	free(keys);
	free(token);
	return number;
}

/* GnuTLS itself does: it has one word for both. */
static void calls_no_signature_bad_for_which_one_allocation_lacked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof signing / sizeof *signing; i++) {
		CHECK_ROW(signing[i], check_lacking(signing[i]) > 1);
	}
}

/* A set without it would make its tokens unknown until it is fetched again. */
static void passes_over_no_key_that_gnutls_had_no_memory_for(void **state)
{
	(void)state;
	struct fixture fixture = {0};
	gnutls_alloc_function usual = gnutls_malloc;
	start(&fixture);
	gnutls_malloc = give_nothing;
	CHECK_CODE(MCPAUTH_E_NO_MEMORY, read_keys(&fixture, &err));
	gnutls_malloc = usual;
	CHECK_OK(read_keys(&fixture, &err));
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fails_at_each_allocation_and_succeeds_afterwards),
		cmocka_unit_test(passes_over_no_key_that_gnutls_had_no_memory_for),
		cmocka_unit_test(calls_no_signature_bad_that_gnutls_had_no_memory_for),
		cmocka_unit_test(calls_no_signature_bad_for_which_one_allocation_lacked),
	};
	return cmocka_run_group_tests_name("no_memory", tests, NULL, NULL);
}
