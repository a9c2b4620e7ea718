/* Documents: one fetch for all, searched for in order, asked for politely. */
#include "net/document.h"

#include "support/check.h"
#include "support/network.h"

#include <stdatomic.h>
#include <string.h>

static void fetches_nothing_before_somebody_asks(void **state)
{
	struct document_fixture *fixture = *state;
	assert_int_equal(fixture->fetches, 0);
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 0);
	assert_int_equal(mcpauth__document_retry_after(fixture->document), 0);
}

static void serves_at_once_what_is_answered_at_once(void **state)
{
	struct document_fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth__waiter *waiter = document_wait(fixture);
	CHECK_OK(mcpauth__document_get(fixture->document, waiter, &found, &err));
	assert_int_equal(fixture->wakes, 0);
	assert_int_equal(found.generation, 1);
	assert_true(mcpauth__waiter_cancel(waiter));
	mcpauth__waiter_free(waiter);
	document_release(found.value);
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(fixture->fetches, 1);
}

static void fetches_once_for_all_who_wait(void **state)
{
	struct document_fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth__waiter *waiters[20];
	fixture->defers = true;
	for (size_t i = 0; i < 20; i++) {
		waiters[i] = document_wait(fixture);
		CHECK_CODE(MCPAUTH_PENDING,
			mcpauth__document_get(fixture->document, waiters[i], &found, NULL));
		mcpauth__waiter_free(waiters[i]);
	}
	assert_int_equal(fixture->fetches, 1);
	assert_int_equal(fixture->wakes, 0);
	document_answer(fixture, fixture->deferred[0], fixture->url);
	assert_int_equal(fixture->wakes, 20);
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(fixture->fetches, 1);
}

static void looks_without_waiting(void **state)
{
	struct document_fixture *fixture = *state;
	struct mcpauth__document_value found;
	fixture->defers = true;
	CHECK_CODE(MCPAUTH_PENDING, mcpauth__document_get(fixture->document, NULL, &found, NULL));
	document_answer(fixture, fixture->deferred[0], fixture->url);
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(fixture->wakes, 0);
}

static void wakes_those_who_wait_when_it_fails_too(void **state)
{
	struct document_fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth__waiter *waiter = document_wait(fixture);
	fixture->defers = true;
	fixture->statuses[0] = 503;
	CHECK_CODE(MCPAUTH_PENDING, mcpauth__document_get(fixture->document, waiter, &found, NULL));
	document_answer(fixture, fixture->deferred[0], fixture->url);
	assert_int_equal(fixture->wakes, 1);
	document_check(fixture, MCPAUTH_E_HTTP_STATUS);
	mcpauth__waiter_free(waiter);
}

static const struct {
	const char *label;
	unsigned statuses[3];
	unsigned places;
	const char *body;
	enum mcpauth_code code;
	unsigned fetches;
	const char *message;
} searches[] = {
	{"the first place", {200, 404, 404}, 3, "good", MCPAUTH_OK, 1, ""},
	{"a 404 leads on", {404, 200, 500}, 3, "good", MCPAUTH_OK, 2, ""},
	{"so do others", {401, 410, 200}, 3, "good", MCPAUTH_OK, 3, ""},
	{"nowhere", {404, 404, 403}, 3, "good", MCPAUTH_E_HTTP_STATUS, 3,
		"keys: https://as.example/2: answered 403"},
	{"a 500 ends it", {500, 200, 200}, 3, "good", MCPAUTH_E_HTTP_STATUS, 1,
		"keys: https://as.example/0: answered 500"},
	{"a 503 after a 404", {404, 503, 200}, 3, "good", MCPAUTH_E_HTTP_STATUS, 2,
		"keys: https://as.example/1: answered 503"},
	{"a redirect", {302, 200, 200}, 3, "good", MCPAUTH_E_HTTP_STATUS, 1,
		"keys: https://as.example/0: answered 302, and redirects are not followed"},
	{"another 2xx", {204, 200, 200}, 3, "good", MCPAUTH_E_HTTP_STATUS, 1,
		"keys: https://as.example/0: answered 204"},
	{"no answer", {0, 200, 200}, 3, "good", MCPAUTH_E_UNREACHABLE, 1,
		"keys: https://as.example/0: no answer"},
	{"a bad document", {200, 200, 200}, 3, "bad", MCPAUTH_E_INVALID_KEYS, 1,
		"keys: it is not good"},
	{"no place at all", {200, 200, 200}, 0, "good", MCPAUTH_E_UNREACHABLE, 0,
		"keys: nothing says where to look"},
};

static void check_search(struct document_fixture *fixture, size_t i)
{
	struct mcpauth_error err = {0};
	struct mcpauth__document_value found;
	memcpy(fixture->statuses, searches[i].statuses, sizeof fixture->statuses);
	fixture->places = searches[i].places;
	fixture->body = searches[i].body;
	enum mcpauth_code code = mcpauth__document_get(fixture->document, NULL, &found, &err);
	CHECK_ROW(searches[i].label, code == searches[i].code);
	CHECK_ROW(searches[i].label, fixture->fetches == searches[i].fetches);
	CHECK_ROW(searches[i].label, strcmp(err.message, searches[i].message) == 0);
	CHECK_ROW(searches[i].label, (found.value != NULL) == (code == MCPAUTH_OK));
	if (found.value != NULL) {
		document_release(found.value);
	}
}

static void searches_place_after_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
		void *fixture;
		assert_int_equal(document_start(&fixture), 0);
		check_search(fixture, i);
		assert_int_equal(document_stop(&fixture), 0);
	}
}

static void begins_each_search_at_the_first_place(void **state)
{
	struct document_fixture *fixture = *state;
	fixture->places = 2;
	fixture->statuses[0] = 404;
	fixture->statuses[1] = 503;
	document_check(fixture, MCPAUTH_E_HTTP_STATUS);
	document_advance(fixture, 1);
	fixture->statuses[0] = 200;
	assert_int_equal(document_number(fixture), 1);
	assert_int_equal(fixture->fetches, 3);
}

static void backs_off_after_failures(void **state)
{
	static const unsigned pauses[] = {1, 2, 4, 8, 15, 15, 15};
	struct document_fixture *fixture = *state;
	fixture->statuses[0] = 500;
	for (unsigned i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		document_check(fixture, MCPAUTH_E_HTTP_STATUS);
		assert_int_equal(fixture->fetches, i + 1);
		assert_int_equal(mcpauth__document_retry_after(fixture->document), pauses[i]);
		document_advance(fixture, pauses[i] - 0.001);
		document_check(fixture, MCPAUTH_E_HTTP_STATUS);
		assert_int_equal(document_renew(fixture, 0), MCPAUTH_E_HTTP_STATUS);
		assert_int_equal(fixture->fetches, i + 1);
		assert_int_equal(mcpauth__document_retry_after(fixture->document), 1);
		document_advance(fixture, 0.001);
		assert_int_equal(mcpauth__document_retry_after(fixture->document), 0);
	}
	fixture->statuses[0] = 200;
	assert_int_equal(document_number(fixture), 1);
}

static void begins_to_back_off_anew_after_a_success(void **state)
{
	struct document_fixture *fixture = *state;
	fixture->statuses[0] = 500;
	document_check(fixture, MCPAUTH_E_HTTP_STATUS);
	document_advance(fixture, 1);
	document_check(fixture, MCPAUTH_E_HTTP_STATUS);
	document_advance(fixture, 2);
	fixture->statuses[0] = 200;
	assert_int_equal(document_number(fixture), 1);
	document_advance(fixture, 3600);
	fixture->statuses[0] = 500;
	document_check(fixture, MCPAUTH_E_HTTP_STATUS);
	assert_int_equal(mcpauth__document_retry_after(fixture->document), 1);
}

static void ends_a_fetch_at_its_deadline(void **state)
{
	struct document_fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth__waiter *waiter = document_wait(fixture);
	fixture->defers = true;
	CHECK_CODE(MCPAUTH_PENDING, mcpauth__document_get(fixture->document, waiter, &found, NULL));
	mcpauth__waiter_free(waiter);
	document_advance(fixture, 5);
	for (int i = 0; i < 1000 && atomic_load(&fixture->wakes) == 0; i++) {
		nanosleep(&(struct timespec){0, 5000000}, NULL);
	}
	assert_int_equal(fixture->wakes, 1);
	document_check(fixture, MCPAUTH_E_TIMEOUT);
	document_answer(fixture, fixture->deferred[0], fixture->url); /* too late */
	assert_int_equal(mcpauth__document_generation(fixture->document, fixture->now), 0);
}

static void ends_with_the_worker(void **state)
{
	struct document_fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth__waiter *waiter = document_wait(fixture);
	fixture->defers = true;
	CHECK_CODE(MCPAUTH_PENDING, mcpauth__document_get(fixture->document, waiter, &found, NULL));
	mcpauth__waiter_free(waiter);
	mcpauth__worker_free(fixture->worker);
	fixture->worker = NULL;
	assert_int_equal(fixture->wakes, 1);
	assert_int_equal(fixture->warnings, 0);
	mcpauth_fetch_answer(fixture->deferred[0], 200, "good", 4);
	assert_int_equal(fixture->parsed, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, document_start, document_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fetches_nothing_before_somebody_asks),
		TEST(serves_at_once_what_is_answered_at_once),
		TEST(fetches_once_for_all_who_wait),
		TEST(looks_without_waiting),
		TEST(wakes_those_who_wait_when_it_fails_too),
		cmocka_unit_test(searches_place_after_place),
		TEST(begins_each_search_at_the_first_place),
		TEST(backs_off_after_failures),
		TEST(begins_to_back_off_anew_after_a_success),
		TEST(ends_a_fetch_at_its_deadline),
		TEST(ends_with_the_worker),
	};
	return cmocka_run_group_tests_name("document", tests, NULL, NULL);
}
