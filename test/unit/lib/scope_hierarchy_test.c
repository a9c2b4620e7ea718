/* Scope hierarchies of resources: wherever scopes are compared, whoever judged the token. */
#include "auth_int.h"
#include "token/auth_info_int.h"

#include "support/check.h"
#include "support/fake_issuer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OTHER_RESOURCE "https://api.example/other"

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
};

static void add_resource(struct mcpauth *auth, const char *resource)
{
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	config.resource = resource;
	issuer.issuer = FAKE_ISSUER;
	CHECK_OK(mcpauth_add_resource(auth, &config, &err));
	CHECK_OK(mcpauth_add_issuer(auth, resource, &issuer, &err));
}

static void start(struct fixture *fixture)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static void imply(struct mcpauth *auth, const char *scope, const char *implied)
{
	CHECK_OK(mcpauth_imply_scopes(auth, NULL, scope, implied, &err));
}

static struct mcpauth_auth_info *caller_at(
	struct fixture *fixture, struct mcpauth *auth, const char *resource, const char *scopes)
{
	struct mcpauth_auth_info *info;
	char claims[2048];
	snprintf(claims, sizeof claims, ",\"scope\":\"%s\"", scopes);
	char *token = fake_issuer_token(
		fixture->fake, &(struct fake_token){.audience = resource, .claims = claims});
	CHECK_OK(mcpauth_verify(auth, resource, token, &info, &err));
	free(token);
	return info;
}

static struct mcpauth_auth_info *caller(struct fixture *fixture, const char *scopes)
{
	return caller_at(fixture, fixture->auth, FAKE_RESOURCE, scopes);
}

static struct mcpauth_demand *demand(struct mcpauth *auth, const char *scopes, const char *any)
{
	struct mcpauth_demand *made;
	struct mcpauth_demand_config config = MCPAUTH_DEMAND_CONFIG_INIT;
	config.scopes = scopes;
	config.any_scopes = any;
	CHECK_OK(mcpauth_demand_new(auth, &config, &made, &err));
	return made;
}

static void check_missing(const char *label, const char *want, const struct mcpauth_demand *wanted,
	const struct mcpauth_auth_info *info)
{
	const char *missing = mcpauth_demand_missing(wanted, info);
	CHECK_ROW(label, (missing == NULL) == (want == NULL));
	CHECK_ROW(label, want == NULL || strcmp(missing, want) == 0);
}

/* At a resource where admin includes "notes:*", and notes:write "files:read". */
static const struct {
	const char *label;
	const char *scopes;
	const char *any;
	const char *granted;
	const char *missing;
} rows[] = {
	{"what it includes", "notes:read", NULL, "admin", NULL},
	{"what is granted itself", "notes:read", NULL, "notes:read", NULL},
	{"what another one includes", "notes:read", NULL, "owner", "notes:read"},
	{"what it does not include", "users:read", NULL, "admin", "users:read"},
	{"what follows", "files:read", NULL, "admin", NULL},
	{"what follows from what is granted", "files:read", NULL, "notes:write", NULL},
	{"the broader one", "admin", NULL, "notes:write", "admin"},
	{"all of several", "notes:read files:read admin", NULL, "admin", NULL},
	{"all but one", "notes:read users:read files:read", NULL, "admin", "users:read"},
	{"one of several", NULL, "users:read notes:x", "admin", NULL},
	{"none of several", NULL, "users:read users:write", "admin", "users:read"},
	{"all, and one of several", "notes:read", "users:read files:read", "admin", NULL},
	{"all, and none of several", "notes:read", "users:read", "admin", "users:read"},
	{"not all, but one of several", "users:read", "files:read", "admin", "users:read"},
	{"by two that are granted", "files:read users:read", NULL, "users:read notes:write", NULL},
	{"nothing", "notes:read", NULL, "", "notes:read"},
	{"the pattern itself, granted", "notes:read", NULL, "notes:*", "notes:read"},
	{"the pattern itself, wanted", "notes:*", NULL, "admin", NULL},
};

static void start_with_table(struct fixture *fixture)
{
	start(fixture);
	imply(fixture->auth, "admin", "notes:*");
	imply(fixture->auth, "notes:write", "files:read");
}

static void is_honoured_by_demands(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_demand *early[sizeof rows / sizeof *rows];
	start_with_table(&fixture);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		early[i] = demand(fixture.auth, rows[i].scopes, rows[i].any);
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_auth_info *info = caller(&fixture, rows[i].granted);
		check_missing(rows[i].label, rows[i].missing, early[i], info);
		mcpauth_auth_info_free(info);
		mcpauth_demand_free(early[i]);
	}
	stop(&fixture);
}

/* No name has a bit then. */
static void is_honoured_by_demands_that_come_late(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with_table(&fixture);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_auth_info *info = caller(&fixture, rows[i].granted);
		struct mcpauth_demand *late = demand(fixture.auth, rows[i].scopes, rows[i].any);
		check_missing(rows[i].label, rows[i].missing, late, info);
		mcpauth_demand_free(late);
		mcpauth_auth_info_free(info);
	}
	assert_int_equal(fixture.auth->scope_names.names.count, 0);
	stop(&fixture);
}

static void is_honoured_by_auth_infos(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with_table(&fixture);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_auth_info *info = caller(&fixture, rows[i].granted);
		if (rows[i].any == NULL) {
			CHECK_ROW(rows[i].label,
				mcpauth_auth_info_has_scopes(info, rows[i].scopes)
					== (rows[i].missing == NULL));
		}
		mcpauth_auth_info_free(info);
	}
	stop(&fixture);
}

static void lists_what_was_granted_and_nothing_else(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with_table(&fixture);
	struct mcpauth_demand *wanted = demand(fixture.auth, "notes:read", NULL);
	struct mcpauth_auth_info *info = caller(&fixture, "openid admin");
	check_missing("included", NULL, wanted, info);
	assert_string_equal(mcpauth_auth_info_scope_at(info, 0), "openid");
	assert_string_equal(mcpauth_auth_info_scope_at(info, 1), "admin");
	assert_null(mcpauth_auth_info_scope_at(info, 2));
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(wanted);
	stop(&fixture);
}

/* The hot path compares bits and knows of nothing else. */
static void sets_the_bits_of_what_is_included(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with_table(&fixture);
	struct mcpauth_demand *wanted = demand(
		fixture.auth, "notes:read users:read files:read admin", NULL);
	struct mcpauth_auth_info *info = caller(&fixture, "admin");
	const struct mcpauth__identity *identity = mcpauth__auth_info_identity(info);
	assert_int_equal(identity->scope_bits.known, 15);
	assert_int_equal(identity->scope_bits.granted, 13);
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(wanted);
	stop(&fixture);
}

static void holds_no_hierarchy_that_says_nothing_of_a_token(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with_table(&fixture);
	struct mcpauth_auth_info *poor = caller(&fixture, "notes:read users:read");
	struct mcpauth_auth_info *rich = caller(&fixture, "notes:write");
	assert_null(mcpauth__auth_info_identity(poor)->implied);
	assert_non_null(mcpauth__auth_info_identity(rich)->implied);
	mcpauth_auth_info_free(rich);
	mcpauth_auth_info_free(poor);
	stop(&fixture);
}

/* Of a hundred names, those with a bit and those without. */
static void is_honoured_beyond_the_names_that_have_bits(void **state)
{
	(void)state;
	struct fixture fixture;
	char text[1000] = "";
	start(&fixture);
	imply(fixture.auth, "all", "s*");
	imply(fixture.auth, "most", "s1* s2* s3* s4* s5* s6* s7* s8* s0");
	for (unsigned i = 0; i < 100; i++) {
		size_t length = strlen(text);
		snprintf(text + length, sizeof text - length, "s%u ", i);
	}
	struct mcpauth_demand *wanted = demand(fixture.auth, text, NULL);
	struct mcpauth_demand *last = demand(fixture.auth, NULL, "x s99");
	assert_int_equal(fixture.auth->scope_names.names.count, MCPAUTH__SCOPE_NAMES_LIMIT);
	struct mcpauth_auth_info *info = caller(&fixture, "all");
	check_missing("all", NULL, wanted, info);
	check_missing("the last", NULL, last, info);
	mcpauth_auth_info_free(info);
	info = caller(&fixture, "most");
	check_missing("most", "s9", wanted, info);
	check_missing("not the last", "x", last, info);
	mcpauth_auth_info_free(info);
	info = caller(&fixture, "most s9");
	check_missing("most and one", "s90", wanted, info);
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(last);
	mcpauth_demand_free(wanted);
	stop(&fixture);
}

static void has_scopes_of_any_length(void **state)
{
	(void)state;
	struct fixture fixture;
	char text[1200];
	start(&fixture);
	imply(fixture.auth, "admin", "x*y");
	struct mcpauth_auth_info *info = caller(&fixture, "admin");
	for (size_t length = 250; length < 520; length += 1) {
		memset(text, 'x', length);
		memcpy(text + length, "y xy", 5);
		CHECK_ROW(text, mcpauth_auth_info_has_scopes(info, text));
		text[length] = 'z';
		CHECK_ROW(text, !mcpauth_auth_info_has_scopes(info, text));
	}
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

static void each_resource_has_its_own(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	add_resource(fixture.auth, OTHER_RESOURCE);
	CHECK_OK(mcpauth_imply_scopes(fixture.auth, FAKE_RESOURCE, "admin", "notes:*", &err));
	CHECK_OK(mcpauth_imply_scopes(fixture.auth, OTHER_RESOURCE, "admin", "files:*", &err));
	struct mcpauth_demand *notes = demand(fixture.auth, "notes:read", NULL);
	struct mcpauth_demand *files = demand(fixture.auth, "files:read", NULL);
	struct mcpauth_auth_info *one = caller(&fixture, "admin");
	struct mcpauth_auth_info *two = caller_at(&fixture, fixture.auth, OTHER_RESOURCE, "admin");
	check_missing("notes, for the first", NULL, notes, one);
	check_missing("files, for the first", "files:read", files, one);
	check_missing("notes, for the second", "notes:read", notes, two);
	check_missing("files, for the second", NULL, files, two);
	assert_false(mcpauth_auth_info_has_scopes(one, "files:read"));
	assert_false(mcpauth_auth_info_has_scopes(two, "notes:read"));
	assert_true(mcpauth_auth_info_has_scopes(two, "files:read"));
	mcpauth_auth_info_free(one);
	mcpauth_auth_info_free(two);
	mcpauth_demand_free(notes);
	mcpauth_demand_free(files);
	stop(&fixture);
}

/* What is remembered of a token for one object is nothing to another one. */
static void a_successor_has_its_own(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth *successor;
	struct mcpauth_auth_info *info;
	start_with_table(&fixture);
	char *token = fake_issuer_token(
		fixture.fake, &(struct fake_token){.claims = ",\"scope\":\"admin\""});
	CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
	CHECK_OK(mcpauth_new_successor(fixture.auth, &successor, &err));
	add_resource(successor, FAKE_RESOURCE);
	imply(successor, "admin", "files:*");
	struct mcpauth_demand *notes = demand(successor, "notes:read", NULL);
	check_missing("of the predecessor", NULL, notes, info);
	mcpauth_auth_info_free(info);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(mcpauth_verify(successor, FAKE_RESOURCE, token, &info, &err));
		check_missing("of the successor", "notes:read", notes, info);
		assert_true(mcpauth_auth_info_has_scopes(info, "files:x"));
		mcpauth_auth_info_free(info);
		CHECK_OK(mcpauth_verify(fixture.auth, FAKE_RESOURCE, token, &info, &err));
		check_missing("of the predecessor", NULL, notes, info);
		assert_false(mcpauth_auth_info_has_scopes(info, "files:x"));
		mcpauth_auth_info_free(info);
	}
	mcpauth_demand_free(notes);
	mcpauth_free(successor);
	free(token);
	stop(&fixture);
}

static void outlives_the_object_it_was_made_with(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with_table(&fixture);
	struct mcpauth_demand *wanted = demand(fixture.auth, "notes:read", NULL);
	struct mcpauth_auth_info *info = caller(&fixture, "admin");
	struct mcpauth_auth_info *kept = mcpauth_auth_info_ref(info);
	mcpauth_auth_info_free(info);
	stop(&fixture);
	check_missing("a bit", NULL, wanted, kept);
	assert_true(mcpauth_auth_info_has_scopes(kept, "notes:x files:read"));
	assert_false(mcpauth_auth_info_has_scopes(kept, "users:read"));
	mcpauth_auth_info_free(kept);
	mcpauth_demand_free(wanted);
}

static void what_is_kept_of_a_room_holds_the_same(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info_room room;
	start_with_table(&fixture);
	struct mcpauth_auth_info *first = caller(&fixture, "admin");
	struct mcpauth__identity *identity = mcpauth__identity_ref(
		(struct mcpauth__identity *)mcpauth__auth_info_identity(first));
	struct mcpauth_auth_info *info = mcpauth__auth_info_init(&room, identity, "token");
	struct mcpauth_auth_info *kept = mcpauth_auth_info_ref(info);
	mcpauth_auth_info_free(first);
	mcpauth_auth_info_free(info);
	stop(&fixture);
	assert_true(mcpauth_auth_info_has_scopes(kept, "notes:x"));
	mcpauth_auth_info_free(kept);
}

static void accept_admin(struct mcpauth_inquiry *inquiry, void *user)
{
	static const char claims[] = "{\"iss\":\"" FAKE_ISSUER "\",\"aud\":\"" FAKE_RESOURCE
				     "\",\"scope\":[\"admin\"],\"exp\":1800000300}";
	(void)user;
	if (strcmp(mcpauth_inquiry_token(inquiry), "opaque") == 0) {
		mcpauth_inquiry_accept(inquiry, claims, strlen(claims));
	} else {
		mcpauth_inquiry_pass(inquiry);
	}
}

static void let_ask(struct fixture *fixture)
{
	struct mcpauth_introspection_config config = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	config.endpoint = "https://as.example/introspect";
	config.client_id = "us";
	config.client_secret = "secret";
	fake_issuer_publish(fixture->fake, config.endpoint, 200,
		"{\"active\":true,\"aud\":\"" FAKE_RESOURCE "\",\"scope\":\"admin\"}");
	CHECK_OK(mcpauth_set_introspection(fixture->auth, FAKE_ISSUER, &config, &err));
}

/* Keys, introspection, the program's verifier, static tokens. */
static void is_honoured_whoever_judged_the_token(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	verifier.verify = accept_admin;
	start_with_table(&fixture);
	let_ask(&fixture);
	CHECK_OK(mcpauth_set_verifier(fixture.auth, FAKE_RESOURCE, &verifier, &err));
	CHECK_OK(mcpauth_add_static_token(
		fixture.auth, FAKE_RESOURCE, "written", "{\"scope\":\"admin\"}", &err));
	struct mcpauth_demand *wanted = demand(fixture.auth, "notes:read", "files:read");
	char *token = fake_issuer_token(
		fixture.fake, &(struct fake_token){.claims = ",\"scp\":[\"admin\"]"});
	const char *const tokens[] = {"opaque", "written", "asked", token};
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
		struct mcpauth_auth_info *info;
		CHECK_ROW_CODE(tokens[i], MCPAUTH_OK,
			mcpauth_verify(fixture.auth, FAKE_RESOURCE, tokens[i], &info, &err));
		check_missing(tokens[i], NULL, wanted, info);
		CHECK_ROW(tokens[i], mcpauth_auth_info_has_scopes(info, "notes:x"));
		CHECK_ROW(tokens[i], !mcpauth_auth_info_has_scopes(info, "users:x"));
		mcpauth_auth_info_free(info);
	}
	mcpauth_demand_free(wanted);
	free(token);
	stop(&fixture);
}

/* "notes" includes whatever begins with "notes:". */
static bool includes_its_own(const char *granted, const char *wanted, void *user)
{
	size_t length = strlen(granted);
	atomic_fetch_add((atomic_uint *)user, 1);
	return strncmp(granted, wanted, length) == 0 && wanted[length] == ':';
}

static void asks_the_program(void **state)
{
	(void)state;
	struct fixture fixture;
	atomic_uint asked;
	atomic_init(&asked, 0);
	start(&fixture);
	imply(fixture.auth, "admin", "files");
	CHECK_OK(mcpauth_set_implies(fixture.auth, NULL, includes_its_own, &asked, &err));
	struct mcpauth_demand *early = demand(fixture.auth, "notes:read", "files:read x");
	struct mcpauth_auth_info *info = caller(&fixture, "notes admin");
	struct mcpauth_demand *late = demand(fixture.auth, "notes:write files:write", NULL);
	unsigned before = atomic_load(&asked);
	assert_true(before > 0);
	check_missing("early", NULL, early, info);
	assert_int_equal(atomic_load(&asked), before);
	check_missing("late", NULL, late, info);
	assert_true(atomic_load(&asked) > before);
	assert_true(mcpauth_auth_info_has_scopes(info, "notes:x files:x files"));
	assert_false(mcpauth_auth_info_has_scopes(info, "notes:x users:x"));
	mcpauth_auth_info_free(info);
	info = caller(&fixture, "note files");
	check_missing("the twin", "notes:read", early, info);
	check_missing("the late twin", "notes:write", late, info);
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(early);
	mcpauth_demand_free(late);
	stop(&fixture);
}

static void asks_the_program_when_the_object_is_gone(void **state)
{
	(void)state;
	struct fixture fixture;
	atomic_uint asked;
	atomic_init(&asked, 0);
	start(&fixture);
	CHECK_OK(mcpauth_set_implies(fixture.auth, FAKE_RESOURCE, includes_its_own, &asked, &err));
	struct mcpauth_auth_info *info = caller(&fixture, "notes");
	stop(&fixture);
	assert_true(mcpauth_auth_info_has_scopes(info, "notes:x"));
	assert_false(mcpauth_auth_info_has_scopes(info, "files:x"));
	mcpauth_auth_info_free(info);
}

struct comparing {
	const struct mcpauth_auth_info *info;
	const struct mcpauth_demand *wanted;
};

static void *compare(void *user)
{
	const struct comparing *comparing = user;
	bool good = true;
	for (int i = 0; i < 500; i++) {
		good = good && mcpauth_demand_missing(comparing->wanted, comparing->info) == NULL
			&& mcpauth_auth_info_has_scopes(comparing->info, "notes:x admin:x notes")
			&& !mcpauth_auth_info_has_scopes(comparing->info, "users:x");
	}
	return good ? user : NULL;
}

static void is_shared_between_threads(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t threads[4];
	void *said;
	atomic_uint asked;
	atomic_init(&asked, 0);
	start_with_table(&fixture);
	CHECK_OK(mcpauth_set_implies(fixture.auth, NULL, includes_its_own, &asked, &err));
	struct mcpauth_auth_info *info = caller(&fixture, "admin notes");
	struct mcpauth_demand *wanted = demand(fixture.auth, "notes:a admin:b", NULL);
	struct comparing comparing = {info, wanted};
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, compare, &comparing), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], &said);
		assert_non_null(said);
	}
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(wanted);
	stop(&fixture);
}

static void is_said_before_the_first_token(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth *successor;
	start(&fixture);
	mcpauth_auth_info_free(caller(&fixture, "admin"));
	CHECK_CODE(MCPAUTH_E_IN_USE,
		mcpauth_imply_scopes(fixture.auth, FAKE_RESOURCE, "admin", "read", &err));
	CHECK_CODE(MCPAUTH_E_IN_USE,
		mcpauth_set_implies(fixture.auth, FAKE_RESOURCE, includes_its_own, NULL, &err));
	struct mcpauth_auth_info *info = caller(&fixture, "admin");
	assert_false(mcpauth_auth_info_has_scopes(info, "read"));
	mcpauth_auth_info_free(info);
	CHECK_OK(mcpauth_new_successor(fixture.auth, &successor, &err));
	add_resource(successor, FAKE_RESOURCE);
	imply(successor, "admin", "read");
	info = caller_at(&fixture, successor, FAKE_RESOURCE, "admin");
	assert_true(mcpauth_auth_info_has_scopes(info, "read"));
	mcpauth_auth_info_free(info);
	mcpauth_free(successor);
	stop(&fixture);
}

static void names_the_only_resource_or_one_of_several(void **state)
{
	(void)state;
	struct mcpauth *auth;
	CHECK_OK(mcpauth_new(NULL, &auth, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE, mcpauth_imply_scopes(auth, NULL, "a", "b", &err));
	add_resource(auth, FAKE_RESOURCE);
	CHECK_OK(mcpauth_imply_scopes(auth, NULL, "a", "b", &err));
	CHECK_OK(mcpauth_set_implies(auth, NULL, NULL, NULL, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_imply_scopes(auth, OTHER_RESOURCE, "a", "b", &err));
	add_resource(auth, OTHER_RESOURCE);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE, mcpauth_imply_scopes(auth, NULL, "a", "b", &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE, mcpauth_set_implies(auth, NULL, NULL, NULL, &err));
	CHECK_OK(mcpauth_imply_scopes(auth, OTHER_RESOURCE, "a", "b", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_imply_scopes(auth, OTHER_RESOURCE, "a b", "c", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_imply_scopes(auth, OTHER_RESOURCE, "a", NULL, &err));
	mcpauth_free(auth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_honoured_by_demands),
		cmocka_unit_test(is_honoured_by_demands_that_come_late),
		cmocka_unit_test(is_honoured_by_auth_infos),
		cmocka_unit_test(lists_what_was_granted_and_nothing_else),
		cmocka_unit_test(sets_the_bits_of_what_is_included),
		cmocka_unit_test(holds_no_hierarchy_that_says_nothing_of_a_token),
		cmocka_unit_test(is_honoured_beyond_the_names_that_have_bits),
		cmocka_unit_test(has_scopes_of_any_length),
		cmocka_unit_test(each_resource_has_its_own),
		cmocka_unit_test(a_successor_has_its_own),
		cmocka_unit_test(outlives_the_object_it_was_made_with),
		cmocka_unit_test(what_is_kept_of_a_room_holds_the_same),
		cmocka_unit_test(is_honoured_whoever_judged_the_token),
		cmocka_unit_test(asks_the_program),
		cmocka_unit_test(asks_the_program_when_the_object_is_gone),
		cmocka_unit_test(is_shared_between_threads),
		cmocka_unit_test(is_said_before_the_first_token),
		cmocka_unit_test(names_the_only_resource_or_one_of_several),
	};
	return cmocka_run_group_tests_name("scope_hierarchy", tests, NULL, NULL);
}
