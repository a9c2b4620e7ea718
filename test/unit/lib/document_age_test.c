/* Documents grow old: kept while they are good, renewed before, given up after. */
#define _GNU_SOURCE /* for RTLD_NEXT */

#include "net/document.h"

#include "support/check.h"
#include "support/network.h"

#include <gnutls/crypto.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static void renews_in_the_background(void **state)
{
	struct document_fixture *fixture = *state;
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 539.9);
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(fixture->fetches, 1);
	document_advance(fixture, 60.1);
	fixture->defers = true;
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(fixture->fetches, 2);
	document_answer(fixture, fixture->deferred[1], fixture->url);
	assert_int_equal(document_number(fixture), 2);
	assert_int_equal(fixture->fetches, 2);
}

static void is_fresh_until_it_is_to_be_renewed(void **state)
{
	struct document_fixture *fixture = *state;
	assert_false(mcpauth__document_is_fresh(fixture->document));
	assert_int_equal(fixture->fetches, 0);
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 539.9);
	assert_true(mcpauth__document_is_fresh(fixture->document));
	document_advance(fixture, 60.1);
	assert_false(mcpauth__document_is_fresh(fixture->document));
	fixture->statuses[0] = 503;
	assert_int_equal(document_number(fixture), 1);
	assert_false(mcpauth__document_is_fresh(fixture->document));
	document_advance(fixture, 1);
	fixture->statuses[0] = 200;
	assert_int_equal(document_number(fixture), 2);
	assert_true(mcpauth__document_is_fresh(fixture->document));
}

static void is_fresh_no_longer_than_it_serves(void **state)
{
	struct document_fixture *fixture = *state;
	document_set_times(fixture, 0, 0);
	assert_int_equal(document_number(fixture), 1);
	assert_false(mcpauth__document_is_fresh(fixture->document));
}

static const struct {
	const char *label;
	unsigned said;
	unsigned fresh;
} ages[] = {
	{"nothing", MCPAUTH_NONE, 600},
	{"now", 0, 60},
	{"less than may be", 59, 60},
	{"the least", 60, 60},
	{"in between", 300, 300},
	{"the most", 3600, 3600},
	{"more than may be", 3601, 3600},
	{"much more than may be", 86400, 3600},
};

static void is_fresh_as_long_as_the_answer_says(void **state)
{
	struct document_fixture *fixture = *state;
	for (size_t i = 0; i < sizeof ages / sizeof *ages; i++) {
		document_set_times(fixture, 600, 7200);
		fixture->max_age = ages[i].said;
		document_number(fixture);
		document_advance(fixture, ages[i].fresh * 0.9 - 0.1);
		CHECK_ROW(ages[i].label, mcpauth__document_is_fresh(fixture->document));
		document_advance(fixture, ages[i].fresh * 0.1 + 0.1);
		CHECK_ROW(ages[i].label, !mcpauth__document_is_fresh(fixture->document));
	}
}

static void spreads_renewals_over_a_tenth_of_the_time(void **state)
{
	struct document_fixture *fixture = *state;
	unsigned early = 0;
	for (unsigned i = 0; i < 40; i++) {
		document_set_times(fixture, 600, 3600);
		document_number(fixture);
		unsigned before = fixture->fetches;
		document_advance(fixture, 539.9);
		document_number(fixture);
		assert_int_equal(fixture->fetches, before);
		document_advance(fixture, 30);
		document_number(fixture);
		early += fixture->fetches - before;
	}
	assert_in_range(early, 1, 39);
}

static void tells_where_it_came_from_and_how_long_it_serves(void **state)
{
	struct document_fixture *fixture = *state;
	int after = 0;
	int serves = 0;
	fixture->statuses[0] = 404;
	fixture->statuses[1] = 200;
	fixture->places = 2;
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(sscanf(fixture->taken,
				 "keys taken from https://as.example/1: answered 200; renewed with "
				 "the first use after %d s, serves for %d s",
				 &after, &serves),
		2);
	/* The jitter takes a tenth at most. */
	assert_in_range(after, 540, 600);
	assert_int_equal(serves, 3600);
}

static void tells_of_no_document_that_is_no_good(void **state)
{
	struct document_fixture *fixture = *state;
	fixture->body = "bad";
	document_check(fixture, MCPAUTH_E_INVALID_KEYS);
	assert_string_equal(fixture->taken, "");
}

static void serves_on_while_renewals_fail(void **state)
{
	struct document_fixture *fixture = *state;
	assert_int_equal(document_number(fixture), 1);
	fixture->statuses[0] = 503;
	document_advance(fixture, 600);
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(fixture->fetches, 2);
	assert_int_equal(fixture->warnings, 1);
	assert_non_null(strstr(fixture->warning, "keys: https://as.example/0: answered 503"));
	assert_non_null(strstr(fixture->warning,
		"; next try in 1 s, what was fetched 600 s ago serves on for 3000 s"));
	document_advance(fixture, 1);
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(fixture->warnings, 2);
	fixture->statuses[0] = 200;
	document_advance(fixture, 2);
	assert_int_equal(document_number(fixture), 2);
	assert_int_equal(fixture->warnings, 2);
}

static void tells_until_when_a_value_must_do(void **state)
{
	struct document_fixture *fixture = *state;
	assert_true(mcpauth__document_renewable_at(fixture->document, 0) == INT64_MIN);
	assert_int_equal(document_number(fixture), 1);
	int64_t at = mcpauth__document_renewable_at(fixture->document, 1);
	assert_int_equal(at, fixture->now + 30000);
	assert_true(mcpauth__document_renewable_at(fixture->document, 0) == INT64_MIN);
	assert_true(mcpauth__document_renewable_at(fixture->document, 2) == INT64_MIN);
	document_advance(fixture, 29.999);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_E_UNKNOWN_KEY);
	document_advance(fixture, 0.001);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_OK);
	assert_true(mcpauth__document_renewable_at(fixture->document, 1) == INT64_MIN);
	assert_int_equal(
		mcpauth__document_renewable_at(fixture->document, 2), fixture->now + 30000);
}

static void no_value_must_do_while_a_newer_one_is_fetched(void **state)
{
	struct document_fixture *fixture = *state;
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 600);
	fixture->defers = true;
	assert_int_equal(document_number(fixture), 1);
	assert_true(mcpauth__document_renewable_at(fixture->document, 1) == INT64_MIN);
	document_answer(fixture, fixture->deferred[1], fixture->url);
	assert_int_equal(
		mcpauth__document_renewable_at(fixture->document, 2), fixture->now + 30000);
}

/* However long the pause between requests for a newer one. */
static void no_value_must_do_longer_than_to_its_renewal(void **state)
{
	struct document_fixture *fixture = *state;
	fixture->times.cooldown = 5000;
	document_set_times(fixture, 600, 3600);
	assert_int_equal(document_number(fixture), 1);
	int64_t at = mcpauth__document_renewable_at(fixture->document, 1);
	assert_in_range(at, fixture->now + 540000, fixture->now + 600000);
	document_advance(fixture, (double)(at - fixture->now) / 1000);
	assert_int_equal(document_number(fixture), 2);
}

static void stops_serving_when_it_is_stale(void **state)
{
	struct document_fixture *fixture = *state;
	assert_int_equal(document_number(fixture), 1);
	fixture->statuses[0] = 503;
	document_advance(fixture, 3599.999);
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 0.001);
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 0);
	document_check(fixture, MCPAUTH_E_HTTP_STATUS);
	assert_int_equal(document_renew(fixture, 0), MCPAUTH_E_HTTP_STATUS);
	document_advance(fixture, 30);
	fixture->statuses[0] = 200;
	assert_int_equal(document_number(fixture), 2);
}

static void serves_while_fresh_with_no_stale_time(void **state)
{
	struct document_fixture *fixture = *state;
	document_set_times(fixture, 600, 0);
	assert_int_equal(document_number(fixture), 1);
	fixture->statuses[0] = 503;
	document_advance(fixture, 599.999);
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 0.001);
	document_check(fixture, MCPAUTH_E_HTTP_STATUS);
}

static void serves_those_who_asked_even_with_no_time_at_all(void **state)
{
	struct document_fixture *fixture = *state;
	document_set_times(fixture, 0, 0);
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 1);
	assert_int_equal(document_number(fixture), 2);
}

static void renews_for_somebody_once_per_cooldown(void **state)
{
	struct document_fixture *fixture = *state;
	assert_int_equal(document_renew(fixture, 0), MCPAUTH_OK);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_E_UNKNOWN_KEY);
	document_advance(fixture, 29.999);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_E_UNKNOWN_KEY);
	assert_int_equal(fixture->fetches, 1);
	document_advance(fixture, 0.001);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_OK);
	assert_int_equal(fixture->fetches, 2);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_OK); /* the newer one helps */
	assert_int_equal(document_renew(fixture, 2), MCPAUTH_E_UNKNOWN_KEY);
	assert_int_equal(fixture->fetches, 2);
}

/* The pause is for those who have something: what it was, is no matter. */
static void a_renewal_is_not_put_off_when_nothing_serves(void **state)
{
	struct document_fixture *fixture = *state;
	atomic_store(&fixture->now, 10);
	assert_int_equal(document_renew(fixture, 0), MCPAUTH_OK);
	document_advance(fixture, 3600);
	assert_int_equal(document_renew(fixture, 0), MCPAUTH_OK);
	assert_int_equal(fixture->fetches, 2);
}

static void says_how_long_ago_it_asked(void **state)
{
	struct document_fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth_error err = {0};
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 7);
	assert_int_equal(mcpauth__document_renew(fixture->document, 1, NULL, &found, &err),
		MCPAUTH_E_UNKNOWN_KEY);
	assert_string_equal(err.message, "keys: fetched 7 s ago, too recently to ask again");
}

static void says_why_a_renewal_failed_and_repeats_it(void **state)
{
	struct document_fixture *fixture = *state;
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 30);
	fixture->statuses[0] = 500;
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_E_HTTP_STATUS);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_E_HTTP_STATUS);
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(fixture->fetches, 2);
	document_advance(fixture, 1);
	fixture->statuses[0] = 200;
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_OK);
	assert_int_equal(fixture->fetches, 3);
}

static void joins_a_renewal_under_way(void **state)
{
	struct document_fixture *fixture = *state;
	struct mcpauth__document_value found;
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 30);
	fixture->defers = true;
	for (unsigned i = 0; i < 3; i++) {
		struct mcpauth__waiter *waiter = document_wait(fixture);
		CHECK_CODE(MCPAUTH_PENDING,
			mcpauth__document_renew(fixture->document, 1, waiter, &found, NULL));
		mcpauth__waiter_free(waiter);
	}
	assert_int_equal(fixture->fetches, 2);
	assert_int_equal(document_number(fixture), 1);
	document_answer(fixture, fixture->deferred[1], fixture->url);
	assert_int_equal(fixture->wakes, 3);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_OK);
	assert_int_equal(fixture->fetches, 2);
}

/* What was found out with it need not be found out again. */
static void a_text_that_is_repeated_is_of_one_generation(void **state)
{
	struct document_fixture *fixture = *state;
	fixture->repeats = true;
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 600);
	assert_int_equal(document_number(fixture), 2);
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 1);
	fixture->repeats = false;
	document_advance(fixture, 600);
	assert_int_equal(document_number(fixture), 3);
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 2);
	fixture->repeats = true;
	document_advance(fixture, 600);
	assert_int_equal(document_number(fixture), 4);
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 3);
}

static bool hash_fails;

/* In the place of GnuTLS's own for the whole program. */
int gnutls_hash_fast(
	gnutls_digest_algorithm_t algorithm, const void *text, size_t length, void *digest)
{
	int (*hash)(gnutls_digest_algorithm_t, const void *, size_t, void *);
	*(void **)&hash = dlsym(RTLD_NEXT, "gnutls_hash_fast");
	return hash_fails ? GNUTLS_E_MEMORY_ERROR : hash(algorithm, text, length, digest);
}

/* Neither it nor the next, which might be the one before it. */
static void a_text_that_cannot_be_told_is_another(void **state)
{
	struct document_fixture *fixture = *state;
	fixture->repeats = true;
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 600);
	fixture->repeats = false;
	hash_fails = true;
	assert_int_equal(document_number(fixture), 2);
	hash_fails = false;
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 2);
	document_advance(fixture, 600);
	fixture->repeats = true;
	assert_int_equal(document_number(fixture), 3);
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 3);
}

/* It serves from the last fetch on, as any other. */
static void a_text_that_is_repeated_serves_anew(void **state)
{
	struct document_fixture *fixture = *state;
	fixture->repeats = true;
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 599);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_E_UNKNOWN_KEY);
	assert_int_equal(fixture->fetches, 2);
	fixture->statuses[0] = 503;
	document_advance(fixture, 3599.999);
	assert_int_equal(document_number(fixture), 2);
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 1);
	document_advance(fixture, 0.001);
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 0);
	document_check(fixture, MCPAUTH_E_HTTP_STATUS);
	fixture->statuses[0] = 200;
	document_advance(fixture, 30);
	assert_int_equal(document_number(fixture), 3);
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 1);
}

/* Whom it did not help, it does not help now; and it is asked for once in a pause. */
static void a_text_that_is_repeated_helps_nobody_anew(void **state)
{
	struct document_fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth_error err = {0};
	fixture->repeats = true;
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 30);
	assert_int_equal(mcpauth__document_renew(fixture->document, 1, NULL, &found, &err),
		MCPAUTH_E_UNKNOWN_KEY);
	assert_string_equal(err.message, "keys: fetched 0 s ago, too recently to ask again");
	assert_int_equal(fixture->fetches, 2);
	assert_int_equal(
		mcpauth__document_renewable_at(fixture->document, 1), fixture->now + 30000);
	document_advance(fixture, 29.999);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_E_UNKNOWN_KEY);
	assert_int_equal(fixture->fetches, 2);
	assert_int_equal(document_renew(fixture, 0), MCPAUTH_OK);
	document_advance(fixture, 0.001);
	fixture->repeats = false;
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_OK);
	assert_int_equal(fixture->fetches, 3);
}

static void keeps_a_value_for_who_holds_it(void **state)
{
	struct document_fixture *fixture = *state;
	struct mcpauth__document_value held;
	CHECK_OK(mcpauth__document_get(fixture->document, NULL, &held, &err));
	document_advance(fixture, 30);
	assert_int_equal(document_renew(fixture, 1), MCPAUTH_OK);
	assert_int_equal(fixture->living, 2);
	assert_int_equal(((struct numbered *)held.value)->number, 1);
	document_release(held.value);
	assert_int_equal(fixture->living, 1);
}

/** Threads that get and renew while others answer and time passes. */
static void *get_often(void *argument)
{
	struct document_fixture *fixture = argument;
	uint64_t generation = 0;
	for (unsigned i = 0; i < 500; i++) {
		struct mcpauth__document_value found;
		struct mcpauth__waiter *waiter = mcpauth__waiter_new(fixture->worker,
			atomic_load(&fixture->now) + 60000, document_count_wake, fixture);
		assert_non_null(waiter);
		enum mcpauth_code code = i % 3 == 0
			? mcpauth__document_renew(
				fixture->document, generation, waiter, &found, NULL)
			: mcpauth__document_get(fixture->document, waiter, &found, NULL);
		if (code == MCPAUTH_OK) {
			generation = found.generation;
			document_release(found.value);
		}
		if (code != MCPAUTH_PENDING) {
			mcpauth__waiter_cancel(waiter);
		}
		mcpauth__waiter_free(waiter);
		document_advance(fixture, 1);
	}
	return NULL;
}

static void serves_many_threads(void **state)
{
	struct document_fixture *fixture = *state;
	pthread_t threads[4];
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, get_often, fixture), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(fixture->living, 1);
	/* 2,000 s went by, a renewal at most every 30 of them. */
	assert_true(fixture->fetches >= 4 && fixture->fetches <= 2000 / 30 + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, document_start, document_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(renews_in_the_background),
		TEST(is_fresh_until_it_is_to_be_renewed),
		TEST(is_fresh_no_longer_than_it_serves),
		TEST(is_fresh_as_long_as_the_answer_says),
		TEST(spreads_renewals_over_a_tenth_of_the_time),
		TEST(tells_where_it_came_from_and_how_long_it_serves),
		TEST(tells_of_no_document_that_is_no_good),
		TEST(serves_on_while_renewals_fail),
		TEST(tells_until_when_a_value_must_do),
		TEST(no_value_must_do_while_a_newer_one_is_fetched),
		TEST(no_value_must_do_longer_than_to_its_renewal),
		TEST(stops_serving_when_it_is_stale),
		TEST(serves_while_fresh_with_no_stale_time),
		TEST(serves_those_who_asked_even_with_no_time_at_all),
		TEST(renews_for_somebody_once_per_cooldown),
		TEST(a_renewal_is_not_put_off_when_nothing_serves),
		TEST(says_how_long_ago_it_asked),
		TEST(says_why_a_renewal_failed_and_repeats_it),
		TEST(joins_a_renewal_under_way),
		TEST(a_text_that_is_repeated_is_of_one_generation),
		TEST(a_text_that_cannot_be_told_is_another),
		TEST(a_text_that_is_repeated_serves_anew),
		TEST(a_text_that_is_repeated_helps_nobody_anew),
		TEST(keeps_a_value_for_who_holds_it),
		TEST(serves_many_threads),
	};
	return cmocka_run_group_tests_name("document_age", tests, NULL, NULL);
}
