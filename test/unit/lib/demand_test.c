/* Demands: what is missing is missing, in bits as in strings, whoever asks. */
#include "auth_int.h"
#include "token/auth_info_int.h"

#include "support/check.h"
#include "support/fake_issuer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
};

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

static struct mcpauth_demand *make(struct mcpauth *auth, const char *scopes, const char *any)
{
	struct mcpauth_demand *demand;
	struct mcpauth_demand_config config = MCPAUTH_DEMAND_CONFIG_INIT;
	config.scopes = scopes;
	config.any_scopes = any;
	CHECK_OK(mcpauth_demand_new(auth, &config, &demand, &err));
	return demand;
}

/* A caller of `auth` with these scopes. */
static struct mcpauth_auth_info *caller(
	struct fixture *fixture, struct mcpauth *auth, const char *scopes)
{
	struct mcpauth_auth_info *info;
	char claims[2048];
	snprintf(claims, sizeof claims, ",\"scope\":\"%s\"", scopes);
	char *token = fake_issuer_token(fixture->fake, &(struct fake_token){.claims = claims});
	CHECK_OK(mcpauth_verify(auth, FAKE_RESOURCE, token, &info, &err));
	free(token);
	return info;
}

static void check_missing(const char *label, const char *want, const struct mcpauth_demand *demand,
	const struct mcpauth_auth_info *info)
{
	const char *missing = mcpauth_demand_missing(demand, info);
	CHECK_ROW(label, (missing == NULL) == (want == NULL));
	CHECK_ROW(label, want == NULL || strcmp(missing, want) == 0);
}

static const struct {
	const char *label;
	const char *scopes;
	const char *any;
	const char *granted;
	const char *missing;
} rows[] = {
	{"nothing", NULL, NULL, "a", NULL},
	{"nothing but blanks", "  ", " ", "a", NULL},
	{"nothing, of a caller without a scope", NULL, NULL, "", NULL},
	{"one", "a", NULL, "a", NULL},
	{"one that is missing", "a", NULL, "b", "a"},
	{"one, of a caller without a scope", "a", NULL, "", "a"},
	{"all", "a b c", NULL, "c b a d", NULL},
	{"the first is missing", "a b c", NULL, "b c", "a"},
	{"the second is missing", "a b c", NULL, "a c", "b"},
	{"the last is missing", "a b c", NULL, "b a", "c"},
	{"the same twice", "a a", NULL, "a", NULL},
	{"another case", "a", NULL, "A", "a"},
	{"a longer one", "a", NULL, "aa", "a"},
	{"a shorter one", "aa", NULL, "a", "aa"},
	{"with a colon", "read:notes", NULL, "read:note read:notes", NULL},
	{"the first of two", NULL, "a b", "a", NULL},
	{"one of two", NULL, "a b", "b", NULL},
	{"none of two", NULL, "a b", "c", "a"},
	{"all, and one of two", "c", "a b", "b c", NULL},
	{"all, and none of two", "c", "a b", "c", "a"},
	{"not all, but one of two", "c", "a b", "a", "c"},
};

static void says_what_is_missing(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_demand *demands[sizeof rows / sizeof *rows];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		demands[i] = make(fixture.auth, rows[i].scopes, rows[i].any);
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_auth_info *info = caller(&fixture, fixture.auth, rows[i].granted);
		check_missing(rows[i].label, rows[i].missing, demands[i], info);
		mcpauth_auth_info_free(info);
		mcpauth_demand_free(demands[i]);
	}
	stop(&fixture);
}

/* The object is in use before there is any demand, so no name has a bit. */
static void says_the_same_of_what_was_demanded_late(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_auth_info *info = caller(&fixture, fixture.auth, rows[i].granted);
		struct mcpauth_demand *demand = make(fixture.auth, rows[i].scopes, rows[i].any);
		check_missing(rows[i].label, rows[i].missing, demand, info);
		mcpauth_demand_free(demand);
		mcpauth_auth_info_free(info);
	}
	assert_int_equal(fixture.auth->scope_names.names.count, 0);
	stop(&fixture);
}

/* The names of 100 scopes, but for the one of this number. */
static void list_scopes(char *text, size_t size, unsigned without)
{
	*text = '\0';
	for (unsigned i = 0; i < 100; i++) {
		size_t length = strlen(text);
		if (i != without) {
			snprintf(text + length, size - length, "%ss%u", length > 0 ? " " : "", i);
		}
	}
}

static void knows_more_scopes_than_there_are_bits(void **state)
{
	(void)state;
	struct fixture fixture;
	char text[1000];
	char missing[8];
	start(&fixture);
	list_scopes(text, sizeof text, 100);
	struct mcpauth_demand *demand = make(fixture.auth, text, NULL);
	assert_int_equal(fixture.auth->scope_names.names.count, MCPAUTH__SCOPE_NAMES_LIMIT);
	for (unsigned i = 0; i <= 100; i++) {
		list_scopes(text, sizeof text, i);
		snprintf(missing, sizeof missing, "s%u", i);
		struct mcpauth_auth_info *info = caller(&fixture, fixture.auth, text);
		check_missing(missing, i < 100 ? missing : NULL, demand, info);
		mcpauth_auth_info_free(info);
	}
	mcpauth_demand_free(demand);
	stop(&fixture);
}

static void takes_one_scope_beyond_the_bits_for_a_list(void **state)
{
	(void)state;
	struct fixture fixture;
	char text[1000];
	start(&fixture);
	list_scopes(text, sizeof text, 100);
	struct mcpauth_demand *demand = make(fixture.auth, NULL, text);
	struct mcpauth_auth_info *info = caller(&fixture, fixture.auth, "s99");
	check_missing("the last", NULL, demand, info);
	mcpauth_auth_info_free(info);
	info = caller(&fixture, fixture.auth, "s100");
	check_missing("one more", "s0", demand, info);
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(demand);
	stop(&fixture);
}

/* A name may get its bit after an identity was made. */
static void an_identity_knows_which_names_it_was_asked_for(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_demand *early = make(fixture.auth, "a", NULL);
	struct mcpauth_auth_info *info = caller(&fixture, fixture.auth, "a b");
	fake_issuer_reopen(fixture.auth);
	struct mcpauth_demand *late = make(fixture.auth, "b", NULL);
	struct mcpauth_demand *other = make(fixture.auth, "c", "c b");
	assert_int_equal(fixture.auth->scope_names.names.count, 3);
	assert_int_equal(mcpauth__auth_info_identity(info)->scope_bits.known, 1);
	check_missing("early", NULL, early, info);
	check_missing("late", NULL, late, info);
	check_missing("late and missing", "c", other, info);
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(early);
	mcpauth_demand_free(late);
	mcpauth_demand_free(other);
	stop(&fixture);
}

/* Strings would say the same, and cost more. */
static void a_caller_has_the_bits_of_what_was_demanded_before(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_demand *demand = make(fixture.auth, "a b", "c");
	struct mcpauth_auth_info *info = caller(&fixture, fixture.auth, "c x a");
	const struct mcpauth__identity *identity = mcpauth__auth_info_identity(info);
	assert_int_not_equal(identity->scope_bits.names_id, 0);
	assert_int_equal(identity->scope_bits.names_id, fixture.auth->scope_names.id);
	assert_int_equal(identity->scope_bits.known, 7);
	assert_int_equal(identity->scope_bits.granted, 5);
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(demand);
	stop(&fixture);
}

/* The same bit stands for another scope there. */
static void takes_no_bit_of_another_object(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth *successor;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	start(&fixture);
	CHECK_OK(mcpauth_new_successor(fixture.auth, &successor, &err));
	resource.resource = FAKE_RESOURCE;
	issuer.issuer = FAKE_ISSUER;
	CHECK_OK(mcpauth_add_resource(successor, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(successor, FAKE_RESOURCE, &issuer, &err));
	struct mcpauth_demand *harmless = make(fixture.auth, "read", NULL);
	struct mcpauth_demand *dangerous = make(successor, "delete", "delete");
	struct mcpauth_auth_info *info = caller(&fixture, fixture.auth, "read");
	check_missing("its own", NULL, harmless, info);
	check_missing("the successor's", "delete", dangerous, info);
	CHECK_OK(mcpauth_demand_add(dangerous, harmless, &err));
	check_missing("both", "delete", dangerous, info);
	mcpauth_auth_info_free(info);
	info = caller(&fixture, successor, "delete");
	check_missing("the predecessor's", "read", harmless, info);
	check_missing("half of both", "read", dangerous, info);
	mcpauth_auth_info_free(info);
	info = caller(&fixture, successor, "delete read");
	check_missing("both at last", NULL, dangerous, info);
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(harmless);
	mcpauth_demand_free(dangerous);
	mcpauth_free(successor);
	stop(&fixture);
}

static void nobody_lacks_the_first_of_anything(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_demand *demands[] = {make(fixture.auth, "b a", "c"),
		make(fixture.auth, NULL, "c a"), make(fixture.auth, NULL, NULL)};
	check_missing("all", "b", demands[0], NULL);
	check_missing("a list", "c", demands[1], NULL);
	check_missing("nothing", NULL, demands[2], NULL);
	for (size_t i = 0; i < 3; i++) {
		mcpauth_demand_free(demands[i]);
	}
	stop(&fixture);
}

static void demands_what_another_one_demands_too(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_demand *route = make(fixture.auth, "a", "x y");
	struct mcpauth_demand *tool = make(fixture.auth, "a b", "y x");
	CHECK_OK(mcpauth_demand_add(route, tool, &err));
	CHECK_OK(mcpauth_demand_add(route, tool, &err));
	CHECK_OK(mcpauth_demand_add(route, route, &err));
	assert_string_equal(mcpauth_demand_scope_at(route, 0), "a");
	assert_string_equal(mcpauth_demand_scope_at(route, 1), "b");
	assert_null(mcpauth_demand_scope_at(route, 2));
	assert_null(mcpauth_demand_scope_at(route, SIZE_MAX));
	assert_string_equal(mcpauth_demand_any_at(route, 0, 0), "x");
	assert_string_equal(mcpauth_demand_any_at(route, 0, 1), "y");
	assert_null(mcpauth_demand_any_at(route, 0, 2));
	assert_string_equal(mcpauth_demand_any_at(route, 1, 0), "y");
	assert_null(mcpauth_demand_any_at(route, 2, 0));
	struct mcpauth_auth_info *info = caller(&fixture, fixture.auth, "a x");
	check_missing("the tool's", "b", route, info);
	check_missing("the tool's alone", "b", tool, info);
	mcpauth_auth_info_free(info);
	info = caller(&fixture, fixture.auth, "a b");
	check_missing("the route's list", "x", route, info);
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(tool);
	info = caller(&fixture, fixture.auth, "a b y");
	check_missing("none", NULL, route, info);
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(route);
	stop(&fixture);
}

static const struct {
	const char *label;
	const char *first;
	const char *second;
	unsigned lists; /* when the second was added to the first */
} lists[] = {
	{"the same", "x y", "x y", 1},
	{"the same but for the first", "x y", "z y", 2},
	{"the same but for the last", "x y", "x z", 2},
	{"a longer one", "x", "x y", 2},
	{"none", "x y", NULL, 1},
};

/* Of two lists that are not quite the same each counts. */
static void keeps_every_list_that_differs(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct mcpauth_demand *both = make(fixture.auth, NULL, lists[i].first);
		struct mcpauth_demand *second = make(fixture.auth, NULL, lists[i].second);
		struct mcpauth_demand *third = make(fixture.auth, "a", NULL);
		unsigned count = 0;
		CHECK_OK(mcpauth_demand_add(both, second, &err));
		CHECK_OK(mcpauth_demand_add(third, both, &err));
		while (mcpauth_demand_any_at(third, count, 0) != NULL) {
			count++;
		}
		CHECK_ROW(lists[i].label, count == lists[i].lists);
		mcpauth_demand_free(both);
		mcpauth_demand_free(second);
		mcpauth_demand_free(third);
	}
	stop(&fixture);
}

static void outlives_the_object_it_was_made_with(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_demand *demand = make(fixture.auth, "a", NULL);
	struct mcpauth_auth_info *info = caller(&fixture, fixture.auth, "a");
	struct mcpauth_auth_info *poor = caller(&fixture, fixture.auth, "b");
	stop(&fixture);
	check_missing("granted", NULL, demand, info);
	check_missing("not granted", "a", demand, poor);
	mcpauth_auth_info_free(info);
	mcpauth_auth_info_free(poor);
	mcpauth_demand_free(demand);
}

static void *make_many(void *user)
{
	struct fixture *fixture = user;
	char scopes[32];
	for (unsigned i = 0; i < 100; i++) {
		snprintf(scopes, sizeof scopes, "a s%u", i);
		mcpauth_demand_free(make(fixture->auth, scopes, NULL));
	}
	return NULL;
}

/* The first token ends what gives bits to names, whoever is at it. */
static void demands_are_made_while_the_first_token_comes(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t threads[2];
	start(&fixture);
	struct mcpauth_demand *demand = make(fixture.auth, "a", NULL);
	assert_int_equal(pthread_create(&threads[0], NULL, make_many, &fixture), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, make_many, &fixture), 0);
	struct mcpauth_auth_info *info = caller(&fixture, fixture.auth, "a s0 s99");
	struct mcpauth_demand *late = make(fixture.auth, "s0 a s99", "s1 s99");
	check_missing("early", NULL, demand, info);
	check_missing("late", NULL, late, info);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	mcpauth_auth_info_free(info);
	info = caller(&fixture, fixture.auth, "s0 s99");
	check_missing("another caller, early", "a", demand, info);
	check_missing("another caller, late", "a", late, info);
	mcpauth_auth_info_free(info);
	mcpauth_demand_free(demand);
	mcpauth_demand_free(late);
	stop(&fixture);
}

static void refuses_what_cannot_be_a_scope(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_demand *demand = (void *)&fixture;
	struct mcpauth_demand_config config = MCPAUTH_DEMAND_CONFIG_INIT;
	start(&fixture);
	config.scopes = "a \"b";
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_demand_new(fixture.auth, &config, &demand, &err));
	assert_null(demand);
	config.scopes = "a 'b";
	config.any_scopes = "a\nb";
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_demand_new(fixture.auth, &config, &demand, &err));
	config.any_scopes = NULL;
	config.size = 0;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_demand_new(fixture.auth, &config, &demand, &err));
	config.size = sizeof config;
	CHECK_OK(mcpauth_demand_new(fixture.auth, &config, &demand, &err));
	assert_string_equal(mcpauth_demand_scope_at(demand, 1), "'b");
	mcpauth_demand_free(demand);
	CHECK_OK(mcpauth_demand_new(fixture.auth, NULL, &demand, &err));
	assert_null(mcpauth_demand_scope_at(demand, 0));
	assert_null(mcpauth_demand_any_at(demand, 0, 0));
	mcpauth_demand_free(demand);
	mcpauth_demand_free(NULL);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_missing),
		cmocka_unit_test(says_the_same_of_what_was_demanded_late),
		cmocka_unit_test(knows_more_scopes_than_there_are_bits),
		cmocka_unit_test(takes_one_scope_beyond_the_bits_for_a_list),
		cmocka_unit_test(an_identity_knows_which_names_it_was_asked_for),
		cmocka_unit_test(a_caller_has_the_bits_of_what_was_demanded_before),
		cmocka_unit_test(takes_no_bit_of_another_object),
		cmocka_unit_test(nobody_lacks_the_first_of_anything),
		cmocka_unit_test(demands_what_another_one_demands_too),
		cmocka_unit_test(keeps_every_list_that_differs),
		cmocka_unit_test(outlives_the_object_it_was_made_with),
		cmocka_unit_test(demands_are_made_while_the_first_token_comes),
		cmocka_unit_test(refuses_what_cannot_be_a_scope),
	};
	return cmocka_run_group_tests_name("demand", tests, NULL, NULL);
}
