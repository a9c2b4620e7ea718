/* Documents: one fetch for all, kept while it is good, asked for politely. */
#include "net/document.h"

#include "support/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFERRED_MAX 8

/** What parse makes: a counted number. */
struct value {
	atomic_uint holders;
	unsigned number;
};

/** A document, the server it comes from, and a clock that is moved by hand. */
struct fixture {
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__document_kind kind;
	struct mcpauth__document_times times;
	struct mcpauth__worker *worker;
	struct mcpauth__document *document;
	_Atomic int64_t now;

	/* The server: the status of each place, one parsable answer after the other. */
	unsigned statuses[3];
	unsigned places;
	const char *body;
	bool defers;
	struct mcpauth_fetch *deferred[DEFERRED_MAX];
	atomic_uint fetches;
	char url[64];

	atomic_uint parsed;
	atomic_uint living; /* values */
	atomic_uint wakes;
	unsigned warnings;
	char warning[512];
};

static struct fixture *living_in;

static void tell(int64_t *real, int64_t *monotonic, void *user)
{
	struct fixture *fixture = user;
	*real = 0;
	*monotonic = atomic_load(&fixture->now);
}

static void advance(struct fixture *fixture, double seconds)
{
	atomic_fetch_add(&fixture->now, (int64_t)(seconds * 1000));
}

static bool locate(void *user, unsigned attempt, char **url, char **learnt_from)
{
	struct fixture *fixture = user;
	char text[64];
	snprintf(text, sizeof text, "https://as.example/%u?secret", attempt);
	*url = strdup(text);
	*learnt_from = strdup("as.example");
	return attempt < fixture->places;
}

static enum mcpauth_code parse(
	void *user, const char *text, size_t length, void **value, struct mcpauth_error *err)
{
	struct fixture *fixture = user;
	*value = NULL;
	if (length != strlen("good") || memcmp(text, "good", length) != 0) {
		snprintf(err->message, sizeof err->message, "it is not good");
		err->code = MCPAUTH_E_INVALID_KEYS;
		return MCPAUTH_E_INVALID_KEYS;
	}
	struct value *made = calloc(1, sizeof *made);
	atomic_init(&made->holders, 1);
	made->number = atomic_fetch_add(&fixture->parsed, 1) + 1;
	atomic_fetch_add(&fixture->living, 1);
	*value = made;
	return MCPAUTH_OK;
}

static void *ref_value(void *value)
{
	atomic_fetch_add(&((struct value *)value)->holders, 1);
	return value;
}

static void free_value(void *value)
{
	if (atomic_fetch_sub(&((struct value *)value)->holders, 1) == 1) {
		atomic_fetch_sub(&living_in->living, 1);
		free(value);
	}
}

static void answer(struct fixture *fixture, struct mcpauth_fetch *fetch, const char *url)
{
	unsigned place = (unsigned)(url[strlen("https://as.example/")] - '0');
	unsigned status = fixture->statuses[place];
	mcpauth_fetch_answer(fetch, status, fixture->body, strlen(fixture->body));
}

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct fixture *fixture = user;
	unsigned number = atomic_fetch_add(&fixture->fetches, 1);
	snprintf(fixture->url, sizeof fixture->url, "%s", url);
	if (fixture->defers) {
		assert_true(number < DEFERRED_MAX);
		fixture->deferred[number] = fetch;
	} else {
		answer(fixture, fetch, url);
	}
}

static void write_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct fixture *fixture = user;
	(void)code;
	(void)request;
	assert_null(strstr(message, "secret"));
	if (level == MCPAUTH_LOG_WARNING) {
		fixture->warnings++;
		snprintf(fixture->warning, sizeof fixture->warning, "%s", message);
	}
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->clock = (struct mcpauth__clock){tell, fixture};
	fixture->log.write = write_line;
	fixture->log.user = fixture;
	fixture->log.clock = &fixture->clock;
	fixture->kind = (struct mcpauth__document_kind){
		"keys", locate, parse, ref_value, free_value};
	fixture->times = (struct mcpauth__document_times){.fresh = 600,
		.fresh_min = 60,
		.fresh_max = 3600,
		.stale = 3600,
		.cooldown = 30,
		.timeout_ms = 5000};
	atomic_init(&fixture->now, 1000000);
	fixture->statuses[0] = 200;
	fixture->places = 1;
	fixture->body = "good";
	fixture->worker = mcpauth__worker_new(&(struct mcpauth__worker_config){.log = &fixture->log,
		.clock = &fixture->clock,
		.fetch = on_fetch,
		.fetch_user = fixture,
		.waiting_limit = 4000});
	fixture->document = mcpauth__document_new(
		fixture->worker, &fixture->kind, fixture, &fixture->times);
	living_in = fixture;
	*state = fixture;
	return fixture->document != NULL ? 0 : -1;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth__worker_free(fixture->worker);
	mcpauth__document_free(fixture->document);
	unsigned living = atomic_load(&fixture->living);
	free(fixture);
	return living == 0 ? 0 : -1;
}

/* A document with other times than those of start. */
static void set_times(struct fixture *fixture, unsigned fresh, unsigned stale)
{
	mcpauth__document_free(fixture->document);
	fixture->times.fresh = fresh;
	fixture->times.stale = stale;
	fixture->document = mcpauth__document_new(
		fixture->worker, &fixture->kind, fixture, &fixture->times);
	assert_non_null(fixture->document);
}

static struct mcpauth__waiter *new_waiter(struct fixture *fixture)
{
	struct mcpauth__waiter *waiter = mcpauth__waiter_new(
		fixture->worker, atomic_load(&fixture->now) + 60000, count_wake, fixture);
	assert_non_null(waiter);
	return waiter;
}

/* The number of the value that is served now. */
static unsigned get_number(struct fixture *fixture)
{
	struct mcpauth__document_value found;
	CHECK_OK(mcpauth__document_get(fixture->document, NULL, &found, &err));
	unsigned number = ((struct value *)found.value)->number;
	assert_int_equal(found.generation, mcpauth__document_generation(fixture->document));
	free_value(found.value);
	return number;
}

static void check_get(struct fixture *fixture, enum mcpauth_code want)
{
	struct mcpauth__document_value found = {fixture, 9};
	CHECK_CODE(want, mcpauth__document_get(fixture->document, NULL, &found, &err));
	assert_null(found.value);
	assert_int_equal(found.generation, 0);
}

static enum mcpauth_code renew(struct fixture *fixture, uint64_t generation)
{
	struct mcpauth__document_value found;
	enum mcpauth_code code = mcpauth__document_renew(
		fixture->document, generation, NULL, &found, NULL);
	assert_true((code == MCPAUTH_OK) == (found.value != NULL));
	if (found.value != NULL) {
		assert_int_not_equal(found.generation, generation);
		free_value(found.value);
	}
	return code;
}

static void fetches_nothing_before_somebody_asks(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(fixture->fetches, 0);
	assert_int_equal(mcpauth__document_generation(fixture->document), 0);
	assert_int_equal(mcpauth__document_retry_after(fixture->document), 0);
}

static void serves_at_once_what_is_answered_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth__waiter *waiter = new_waiter(fixture);
	CHECK_OK(mcpauth__document_get(fixture->document, waiter, &found, &err));
	assert_int_equal(fixture->wakes, 0);
	assert_int_equal(found.generation, 1);
	assert_true(mcpauth__waiter_cancel(waiter));
	mcpauth__waiter_free(waiter);
	free_value(found.value);
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(fixture->fetches, 1);
}

static void fetches_once_for_all_who_wait(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth__waiter *waiters[20];
	fixture->defers = true;
	for (size_t i = 0; i < 20; i++) {
		waiters[i] = new_waiter(fixture);
		CHECK_CODE(MCPAUTH_PENDING,
			mcpauth__document_get(fixture->document, waiters[i], &found, NULL));
		mcpauth__waiter_free(waiters[i]);
	}
	assert_int_equal(fixture->fetches, 1);
	assert_int_equal(fixture->wakes, 0);
	answer(fixture, fixture->deferred[0], fixture->url);
	assert_int_equal(fixture->wakes, 20);
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(fixture->fetches, 1);
}

static void looks_without_waiting(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__document_value found;
	fixture->defers = true;
	CHECK_CODE(MCPAUTH_PENDING, mcpauth__document_get(fixture->document, NULL, &found, NULL));
	answer(fixture, fixture->deferred[0], fixture->url);
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(fixture->wakes, 0);
}

static void wakes_those_who_wait_when_it_fails_too(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth__waiter *waiter = new_waiter(fixture);
	fixture->defers = true;
	fixture->statuses[0] = 503;
	CHECK_CODE(MCPAUTH_PENDING, mcpauth__document_get(fixture->document, waiter, &found, NULL));
	answer(fixture, fixture->deferred[0], fixture->url);
	assert_int_equal(fixture->wakes, 1);
	check_get(fixture, MCPAUTH_E_HTTP_STATUS);
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

static void check_search(struct fixture *fixture, size_t i)
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
		free_value(found.value);
	}
}

static void searches_place_after_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
		void *fixture;
		assert_int_equal(start(&fixture), 0);
		check_search(fixture, i);
		assert_int_equal(stop(&fixture), 0);
	}
}

static void begins_each_search_at_the_first_place(void **state)
{
	struct fixture *fixture = *state;
	fixture->places = 2;
	fixture->statuses[0] = 404;
	fixture->statuses[1] = 503;
	check_get(fixture, MCPAUTH_E_HTTP_STATUS);
	advance(fixture, 1);
	fixture->statuses[0] = 200;
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(fixture->fetches, 3);
}

static void backs_off_after_failures(void **state)
{
	static const unsigned pauses[] = {1, 2, 4, 8, 15, 15, 15};
	struct fixture *fixture = *state;
	fixture->statuses[0] = 500;
	for (unsigned i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		check_get(fixture, MCPAUTH_E_HTTP_STATUS);
		assert_int_equal(fixture->fetches, i + 1);
		assert_int_equal(mcpauth__document_retry_after(fixture->document), pauses[i]);
		advance(fixture, pauses[i] - 0.001);
		check_get(fixture, MCPAUTH_E_HTTP_STATUS);
		assert_int_equal(renew(fixture, 0), MCPAUTH_E_HTTP_STATUS);
		assert_int_equal(fixture->fetches, i + 1);
		assert_int_equal(mcpauth__document_retry_after(fixture->document), 1);
		advance(fixture, 0.001);
		assert_int_equal(mcpauth__document_retry_after(fixture->document), 0);
	}
	fixture->statuses[0] = 200;
	assert_int_equal(get_number(fixture), 1);
}

static void begins_to_back_off_anew_after_a_success(void **state)
{
	struct fixture *fixture = *state;
	fixture->statuses[0] = 500;
	check_get(fixture, MCPAUTH_E_HTTP_STATUS);
	advance(fixture, 1);
	check_get(fixture, MCPAUTH_E_HTTP_STATUS);
	advance(fixture, 2);
	fixture->statuses[0] = 200;
	assert_int_equal(get_number(fixture), 1);
	advance(fixture, 3600);
	fixture->statuses[0] = 500;
	check_get(fixture, MCPAUTH_E_HTTP_STATUS);
	assert_int_equal(mcpauth__document_retry_after(fixture->document), 1);
}

static void renews_in_the_background(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(get_number(fixture), 1);
	advance(fixture, 539.9);
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(fixture->fetches, 1);
	advance(fixture, 60.1);
	fixture->defers = true;
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(fixture->fetches, 2);
	answer(fixture, fixture->deferred[1], fixture->url);
	assert_int_equal(get_number(fixture), 2);
	assert_int_equal(fixture->fetches, 2);
}

static void spreads_renewals_over_a_tenth_of_the_time(void **state)
{
	struct fixture *fixture = *state;
	unsigned early = 0;
	for (unsigned i = 0; i < 40; i++) {
		set_times(fixture, 600, 3600);
		get_number(fixture);
		unsigned before = fixture->fetches;
		advance(fixture, 539.9);
		get_number(fixture);
		assert_int_equal(fixture->fetches, before);
		advance(fixture, 30);
		get_number(fixture);
		early += fixture->fetches - before;
	}
	assert_in_range(early, 1, 39);
}

static void serves_on_while_renewals_fail(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(get_number(fixture), 1);
	fixture->statuses[0] = 503;
	advance(fixture, 600);
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(fixture->fetches, 2);
	assert_int_equal(fixture->warnings, 1);
	assert_non_null(strstr(fixture->warning, "keys: https://as.example/0: answered 503"));
	assert_non_null(strstr(fixture->warning, "serves on"));
	advance(fixture, 1);
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(fixture->warnings, 2);
	fixture->statuses[0] = 200;
	advance(fixture, 2);
	assert_int_equal(get_number(fixture), 2);
	assert_int_equal(fixture->warnings, 2);
}

static void stops_serving_when_it_is_stale(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(get_number(fixture), 1);
	fixture->statuses[0] = 503;
	advance(fixture, 3599.999);
	assert_int_equal(get_number(fixture), 1);
	advance(fixture, 0.001);
	assert_int_equal(mcpauth__document_generation(fixture->document), 0);
	check_get(fixture, MCPAUTH_E_HTTP_STATUS);
	assert_int_equal(renew(fixture, 0), MCPAUTH_E_HTTP_STATUS);
	advance(fixture, 30);
	fixture->statuses[0] = 200;
	assert_int_equal(get_number(fixture), 2);
}

static void serves_while_fresh_with_no_stale_time(void **state)
{
	struct fixture *fixture = *state;
	set_times(fixture, 600, 0);
	assert_int_equal(get_number(fixture), 1);
	fixture->statuses[0] = 503;
	advance(fixture, 599.999);
	assert_int_equal(get_number(fixture), 1);
	advance(fixture, 0.001);
	check_get(fixture, MCPAUTH_E_HTTP_STATUS);
}

static void serves_those_who_asked_even_with_no_time_at_all(void **state)
{
	struct fixture *fixture = *state;
	set_times(fixture, 0, 0);
	assert_int_equal(get_number(fixture), 1);
	advance(fixture, 1);
	assert_int_equal(get_number(fixture), 2);
}

static void renews_for_somebody_once_per_cooldown(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(renew(fixture, 0), MCPAUTH_OK);
	assert_int_equal(renew(fixture, 1), MCPAUTH_E_UNKNOWN_KEY);
	advance(fixture, 29.999);
	assert_int_equal(renew(fixture, 1), MCPAUTH_E_UNKNOWN_KEY);
	assert_int_equal(fixture->fetches, 1);
	advance(fixture, 0.001);
	assert_int_equal(renew(fixture, 1), MCPAUTH_OK);
	assert_int_equal(fixture->fetches, 2);
	assert_int_equal(renew(fixture, 1), MCPAUTH_OK); /* the newer one helps */
	assert_int_equal(renew(fixture, 2), MCPAUTH_E_UNKNOWN_KEY);
	assert_int_equal(fixture->fetches, 2);
}

static void says_why_a_renewal_failed_and_repeats_it(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(get_number(fixture), 1);
	advance(fixture, 30);
	fixture->statuses[0] = 500;
	assert_int_equal(renew(fixture, 1), MCPAUTH_E_HTTP_STATUS);
	assert_int_equal(renew(fixture, 1), MCPAUTH_E_HTTP_STATUS);
	assert_int_equal(get_number(fixture), 1);
	assert_int_equal(fixture->fetches, 2);
	advance(fixture, 1);
	fixture->statuses[0] = 200;
	assert_int_equal(renew(fixture, 1), MCPAUTH_OK);
	assert_int_equal(fixture->fetches, 3);
}

static void joins_a_renewal_under_way(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__document_value found;
	assert_int_equal(get_number(fixture), 1);
	advance(fixture, 30);
	fixture->defers = true;
	for (unsigned i = 0; i < 3; i++) {
		struct mcpauth__waiter *waiter = new_waiter(fixture);
		CHECK_CODE(MCPAUTH_PENDING,
			mcpauth__document_renew(fixture->document, 1, waiter, &found, NULL));
		mcpauth__waiter_free(waiter);
	}
	assert_int_equal(fixture->fetches, 2);
	assert_int_equal(get_number(fixture), 1);
	answer(fixture, fixture->deferred[1], fixture->url);
	assert_int_equal(fixture->wakes, 3);
	assert_int_equal(renew(fixture, 1), MCPAUTH_OK);
	assert_int_equal(fixture->fetches, 2);
}

static void keeps_a_value_for_who_holds_it(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__document_value held;
	CHECK_OK(mcpauth__document_get(fixture->document, NULL, &held, &err));
	advance(fixture, 30);
	assert_int_equal(renew(fixture, 1), MCPAUTH_OK);
	assert_int_equal(fixture->living, 2);
	assert_int_equal(((struct value *)held.value)->number, 1);
	free_value(held.value);
	assert_int_equal(fixture->living, 1);
}

static void ends_a_fetch_at_its_deadline(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth__waiter *waiter = new_waiter(fixture);
	fixture->defers = true;
	CHECK_CODE(MCPAUTH_PENDING, mcpauth__document_get(fixture->document, waiter, &found, NULL));
	mcpauth__waiter_free(waiter);
	advance(fixture, 5);
	for (int i = 0; i < 1000 && atomic_load(&fixture->wakes) == 0; i++) {
		nanosleep(&(struct timespec){0, 5000000}, NULL);
	}
	assert_int_equal(fixture->wakes, 1);
	check_get(fixture, MCPAUTH_E_TIMEOUT);
	answer(fixture, fixture->deferred[0], fixture->url); /* too late */
	assert_int_equal(mcpauth__document_generation(fixture->document), 0);
}

static void ends_with_the_worker(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth__document_value found;
	struct mcpauth__waiter *waiter = new_waiter(fixture);
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

/** Threads that get and renew while others answer and time passes. */
static void *get_often(void *argument)
{
	struct fixture *fixture = argument;
	uint64_t generation = 0;
	for (unsigned i = 0; i < 500; i++) {
		struct mcpauth__document_value found;
		struct mcpauth__waiter *waiter = mcpauth__waiter_new(
			fixture->worker, atomic_load(&fixture->now) + 60000, count_wake, fixture);
		enum mcpauth_code code = i % 3 == 0
			? mcpauth__document_renew(
				fixture->document, generation, waiter, &found, NULL)
			: mcpauth__document_get(fixture->document, waiter, &found, NULL);
		if (code == MCPAUTH_OK) {
			generation = found.generation;
			free_value(found.value);
		}
		if (code != MCPAUTH_PENDING) {
			mcpauth__waiter_cancel(waiter);
		}
		mcpauth__waiter_free(waiter);
		advance(fixture, 1);
	}
	return NULL;
}

static void serves_many_threads(void **state)
{
	struct fixture *fixture = *state;
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

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
		TEST(renews_in_the_background),
		TEST(spreads_renewals_over_a_tenth_of_the_time),
		TEST(serves_on_while_renewals_fail),
		TEST(stops_serving_when_it_is_stale),
		TEST(serves_while_fresh_with_no_stale_time),
		TEST(serves_those_who_asked_even_with_no_time_at_all),
		TEST(renews_for_somebody_once_per_cooldown),
		TEST(says_why_a_renewal_failed_and_repeats_it),
		TEST(joins_a_renewal_under_way),
		TEST(keeps_a_value_for_who_holds_it),
		TEST(ends_a_fetch_at_its_deadline),
		TEST(ends_with_the_worker),
		TEST(serves_many_threads),
	};
	return cmocka_run_group_tests_name("document", tests, NULL, NULL);
}
