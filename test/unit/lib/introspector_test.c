/* Asking an introspection endpoint: once for all, in turn, in time, and what is kept. */
#include "auth_int.h"

#include "support/check.h"
#include "support/introspected.h"
#include "endpoint/introspector_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define CROWD 100
#define THREADS 8
#define ROUNDS 20

/* What `until` counts from: the fake clock's coarse time. */
static int64_t now_ms(struct introspected *it)
{
	int64_t real;
	int64_t monotonic;
	it->seams.clock(&real, &monotonic, it->seams.clock_user);
	return monotonic;
}

static struct mcpauth__introspection *begin(struct introspected *it, const char *token)
{
	struct mcpauth__introspection *introspection;
	CHECK_CODE(MCPAUTH_PENDING, introspected_ask(it, token, true, &introspection, &err));
	assert_non_null(introspection);
	return introspection;
}

static void asks_as_rfc_7662_has_it(void **state)
{
	struct introspected *it = *state;
	char text[1024];
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "a+token/=", text, &err));
	assert_string_equal(text, INTROSPECTED_ACTIVE);
	assert_string_equal(it->posts[0].url, INTROSPECTED_ENDPOINT);
	assert_string_equal(
		it->posts[0].form, "token=a%2Btoken%2F%3D&token_type_hint=access_token");
	assert_string_equal(it->posts[0].authorization, "Basic bWU6aHVzaC1odXNo");
	assert_string_equal(it->posts[0].accept, "application/json");
	assert_int_equal(fake_issuer_fetches(it->fake, NULL), 0);
}

static void says_when_it_asked_and_how_long_that_holds(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection_answer answer;
	it->holds = true;
	introspected_make(it, NULL);
	int64_t asked_ms = now_ms(it);
	struct mcpauth__introspection *introspection = begin(it, "one");
	fake_issuer_advance_ms(it->fake, 3000);
	introspected_release(it, 0);
	CHECK_OK(mcpauth__introspection_result(introspection, NULL, &answer, &err));
	assert_int_equal(answer.length, strlen(INTROSPECTED_ACTIVE));
	assert_int_equal(answer.asked_at, FAKE_NOW);
	assert_int_equal(answer.until, asked_ms + 60000);
	mcpauth__introspection_free(introspection);
}

static void asks_once_for_all_who_bring_the_same_token(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *all[CROWD];
	it->holds = true;
	introspected_make(it, NULL);
	for (size_t i = 0; i < CROWD; i++) {
		all[i] = begin(it, "one");
		assert_ptr_equal(all[i], all[0]);
	}
	assert_int_equal(introspected_posts(it), 1);
	assert_int_equal(it->wakes, 0);
	introspected_release(it, 0);
	assert_int_equal(it->wakes, CROWD);
	for (size_t i = 0; i < CROWD; i++) {
		CHECK_OK(introspected_result(all[i], &err));
	}
	assert_int_equal(introspected_posts(it), 1);
}

static void holds_the_token_no_longer_than_it_asks(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection_answer answer;
	it->holds = true;
	introspected_make(it, NULL);
	struct mcpauth__introspection *introspection = begin(it, "one");
	assert_non_null(introspection->form.data);
	assert_non_null(strstr(introspection->form.data, "token=one"));
	introspected_release(it, 0);
	CHECK_OK(mcpauth__introspection_result(introspection, NULL, &answer, &err));
	assert_null(introspection->form.data);
	assert_null(introspection->place.url);
	mcpauth__introspection_free(introspection);
}

static void is_pending_until_the_answer_is_there(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection_answer answer;
	struct mcpauth__introspection *introspection;
	it->holds = true;
	introspected_make(it, NULL);
	CHECK_CODE(MCPAUTH_PENDING, introspected_ask(it, "one", false, &introspection, &err));
	CHECK_CODE(
		MCPAUTH_PENDING, mcpauth__introspection_result(introspection, NULL, &answer, &err));
	mcpauth__introspection_free(introspection);
	/* Nobody is left who waits for it: the next one finds it all the same. */
	introspected_release(it, 0);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 1);
	assert_int_equal(it->wakes, 0);
}

static void others_wait_for_their_turn_in_order(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *all[3];
	static const char *const tokens[] = {"one", "two", "three"};
	it->holds = true;
	it->config.concurrency = 1;
	introspected_make(it, NULL);
	for (size_t i = 0; i < COUNT(all); i++) {
		all[i] = begin(it, tokens[i]);
	}
	for (unsigned i = 0; i < COUNT(all); i++) {
		assert_int_equal(introspected_posts(it), i + 1);
		assert_int_equal(
			strncmp(it->posts[i].form + strlen("token="), tokens[i], strlen(tokens[i])),
			0);
		introspected_release(it, i);
		assert_int_equal(it->wakes, i + 1);
		CHECK_OK(introspected_result(all[i], &err));
	}
}

static void no_more_are_asked_at_once_than_allowed(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *all[60];
	it->holds = true;
	introspected_make(it, NULL);
	for (size_t i = 0; i < COUNT(all); i++) {
		char token[16];
		snprintf(token, sizeof token, "token%zu", i);
		all[i] = begin(it, token);
	}
	assert_int_equal(introspected_posts(it), 48);
	it->holds = false;
	introspected_release(it, 0);
	assert_int_equal(introspected_posts(it), 60);
	for (unsigned i = 1; i < 48; i++) {
		introspected_release(it, i);
	}
	for (size_t i = 0; i < COUNT(all); i++) {
		CHECK_OK(introspected_result(all[i], &err));
	}
}

/* The time that it waited for its turn is taken from what it has for the answer. */
static void whose_turn_comes_too_late_is_not_asked(void **state)
{
	struct introspected *it = *state;
	it->holds = true;
	it->config.concurrency = 1;
	introspected_make(it, NULL);
	struct mcpauth__introspection *first = begin(it, "one");
	fake_issuer_advance_ms(it->fake, 1000);
	struct mcpauth__introspection *second = begin(it, "two");
	fake_issuer_advance_ms(it->fake, 3999);
	introspected_release(it, 0);
	CHECK_OK(introspected_result(first, &err));
	assert_int_equal(introspected_posts(it), 2);
	struct mcpauth__introspection *third = begin(it, "three");
	fake_issuer_advance_ms(it->fake, 5000);
	CHECK_SOON(atomic_load(&it->wakes) == 3);
	CHECK_CODE(MCPAUTH_E_TIMEOUT, introspected_result(second, &err));
	CHECK_SOON(mcpauth__introspection_result(
			   third, NULL, &(struct mcpauth__introspection_answer){0}, NULL)
		!= MCPAUTH_PENDING);
	CHECK_CODE(MCPAUTH_E_TIMEOUT, introspected_result(third, &err));
	assert_int_equal(introspected_posts(it), 2);
}

static const struct {
	const char *label;
	unsigned status;
	const char *body;
	enum mcpauth_code code;
	const char *reason;
} answers[] = {
	{"good", 200, INTROSPECTED_ACTIVE, MCPAUTH_OK, NULL},
	{"unread", 200, "<html>", MCPAUTH_OK, NULL},
	{"empty", 200, "", MCPAUTH_OK, NULL},
	{"created", 201, INTROSPECTED_ACTIVE, MCPAUTH_E_HTTP_STATUS, "answered 201"},
	{"no content", 204, "", MCPAUTH_E_HTTP_STATUS, "answered 204"},
	{"moved", 302, INTROSPECTED_ACTIVE, MCPAUTH_E_HTTP_STATUS, "redirects are not followed"},
	{"bad request", 400, "{\"error\":\"invalid_request\"}", MCPAUTH_E_INTROSPECTION,
		"answered 400: invalid_request"},
	{"refused", 401, "{\"error\":\"invalid_client\"}", MCPAUTH_E_INTROSPECTION,
		"answered 401: invalid_client"},
	{"forbidden", 403, INTROSPECTED_ACTIVE, MCPAUTH_E_INTROSPECTION, "answered 403"},
	{"nowhere", 404, "hush", MCPAUTH_E_INTROSPECTION, "answered 404"},
	{"too slow for it", 408, "", MCPAUTH_E_HTTP_STATUS, "answered 408"},
	{"too many", 429, "", MCPAUTH_E_HTTP_STATUS, "answered 429"},
	{"broken", 500, "hush", MCPAUTH_E_HTTP_STATUS, "answered 500"},
	{"away", 503, "hush", MCPAUTH_E_HTTP_STATUS, "answered 503"},
	{"dead", 0, "", MCPAUTH_E_UNREACHABLE, "no answer"},
};

static void takes_nothing_but_a_200_for_an_answer(void **state)
{
	struct introspected *it = *state;
	introspected_make(it, NULL);
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct mcpauth_error err = {0};
		introspected_answer(it, answers[i].status, answers[i].body);
		CHECK_ROW(answers[i].label,
			introspected_try(it, answers[i].label, NULL, &err) == answers[i].code);
		CHECK_ROW(answers[i].label, err.code == answers[i].code);
		CHECK_ROW(answers[i].label,
			answers[i].reason == NULL
				|| strstr(err.message, answers[i].reason) != NULL);
		CHECK_ROW(answers[i].label, strstr(err.message, "hush") == NULL);
	}
	assert_false(fake_issuer_logged(it->fake, "hush"));
	assert_false(fake_issuer_logged(it->fake, "too+many"));
}

static void tells_loudly_that_it_is_refused_but_not_each_time(void **state)
{
	struct introspected *it = *state;
	introspected_make(it, NULL);
	introspected_answer(it, 401, "{\"error\":\"invalid_client\"}");
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "one", NULL, &err));
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "two", NULL, &err));
	assert_int_equal(fake_issuer_log_count(it->fake,
				 "MCPAUTH_E_INTROSPECTION THE INTROSPECTION ENDPOINT REFUSES "
				 "THIS SERVER: introspection: " INTROSPECTED_ENDPOINT
				 ": answered 401: invalid_client"),
		1);
	fake_issuer_advance_ms(it->fake, 60000);
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "two", NULL, &err));
	assert_int_equal(fake_issuer_log_count(it->fake, "REFUSES THIS SERVER"), 2);
	introspected_answer(it, 500, "");
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, introspected_try(it, "three", NULL, &err));
	assert_true(fake_issuer_logged(it->fake,
		"MCPAUTH_E_HTTP_STATUS introspection: " INTROSPECTED_ENDPOINT ": answered 500"));
}

static void keeps_an_answer_for_a_while(void **state)
{
	struct introspected *it = *state;
	it->config.cache_seconds = 10;
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	fake_issuer_advance_ms(it->fake, 9999);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 1);
	fake_issuer_advance_ms(it->fake, 1);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 2);
}

static void keeps_it_shorter_for_whoever_knows_better(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *introspection;
	introspected_make(it, NULL);
	CHECK_OK(introspected_ask(it, "one", false, &introspection, &err));
	mcpauth__introspection_keep_until(introspection, now_ms(it) + 5000);
	mcpauth__introspection_free(introspection);
	fake_issuer_advance_ms(it->fake, 4999);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 1);
	fake_issuer_advance_ms(it->fake, 1);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 2);
}

static void keeps_nothing_if_it_is_told_so(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection_answer answer;
	it->config.cache_seconds = MCPAUTH_NONE;
	it->holds = true;
	introspected_make(it, NULL);
	struct mcpauth__introspection *first = begin(it, "one");
	struct mcpauth__introspection *second = begin(it, "one");
	introspected_release(it, 0);
	CHECK_OK(mcpauth__introspection_result(first, NULL, &answer, &err));
	assert_int_equal(answer.until, now_ms(it));
	mcpauth__introspection_free(first);
	CHECK_OK(introspected_result(second, &err));
	assert_int_equal(introspected_posts(it), 1);
	it->holds = false;
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 2);
}

static void keeps_only_so_many(void **state)
{
	struct introspected *it = *state;
	it->config.cache_entries = 2;
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	CHECK_OK(introspected_try(it, "two", NULL, &err));
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 2);
	CHECK_OK(introspected_try(it, "three", NULL, &err));
	CHECK_OK(introspected_try(it, "two", NULL, &err));
	assert_int_equal(introspected_posts(it), 3);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 4);
}

static void remembers_a_failure_for_a_second_and_for_that_token(void **state)
{
	struct introspected *it = *state;
	it->config.cache_seconds = MCPAUTH_NONE;
	introspected_make(it, NULL);
	introspected_answer(it, 503, "");
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, introspected_try(it, "one", NULL, &err));
	introspected_answer(it, 200, INTROSPECTED_ACTIVE);
	CHECK_OK(introspected_try(it, "two", NULL, &err));
	fake_issuer_advance_ms(it->fake, 999);
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 2);
	fake_issuer_advance_ms(it->fake, 1);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 3);
}

/* One answer of the largest size that is kept, and one that is a byte longer. */
static void keeps_no_answer_of_an_unheard_of_length(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *introspection;
	static char body[64 * 1024 + 1];
	memset(body, ' ', sizeof body);
	it->holds = true;
	introspected_make(it, NULL);
	for (unsigned i = 0; i < 2; i++) {
		struct mcpauth_error err = {0};
		introspection = begin(it, i == 0 ? "kept" : "not kept");
		struct mcpauth_fetch *fetch = it->posts[i].fetch;
		it->posts[i].fetch = NULL;
		mcpauth_fetch_answer(fetch, 200, body, sizeof body - 1 + i);
		assert_int_equal(introspected_result(introspection, &err), MCPAUTH_OK);
	}
	CHECK_OK(introspected_try(it, "kept", NULL, &err));
	CHECK_CODE(MCPAUTH_PENDING, introspected_try(it, "not kept", NULL, &err));
}

static void on_done(const struct mcpauth__response *response, void *user)
{
	(void)response;
	(void)user;
}

/* Fetches of others, which take up what there is until the fake issuer lets go. */
static void crowd_out(struct introspected *it, unsigned count)
{
	fake_issuer_hold(it->fake);
	for (unsigned i = 0; i < count; i++) {
		mcpauth__worker_get(it->auth->runtime->worker,
			&(struct mcpauth__get){
				.url = FAKE_KEYS, .timeout_ms = 5000, .done = on_done});
	}
}

static void crowded_out_it_waits_for_the_end_of_another_question(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *all[5];
	it->holds = true;
	introspected_make(it, NULL);
	crowd_out(it, MCPAUTH__TRANSFER_LIMIT - 2);
	for (size_t i = 0; i < COUNT(all); i++) {
		char token[16];
		snprintf(token, sizeof token, "token%zu", i);
		all[i] = begin(it, token);
	}
	assert_int_equal(introspected_posts(it), 2);
	for (unsigned i = 0; i < COUNT(all); i++) {
		introspected_release(it, i);
		assert_int_equal(it->wakes, i + 1);
		CHECK_OK(introspected_result(all[i], &err));
	}
	assert_non_null(strstr(it->posts[2].form, "token2"));
	assert_non_null(strstr(it->posts[4].form, "token4"));
}

static void crowded_out_alone_it_fails_and_may_be_asked_again(void **state)
{
	struct introspected *it = *state;
	introspected_make(it, NULL);
	crowd_out(it, MCPAUTH__TRANSFER_LIMIT);
	CHECK_CODE(MCPAUTH_E_OVERLOADED, introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 0);
	fake_issuer_release(it->fake);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
}

static bool says_alice(const unsigned char *digest, const char *text, size_t length, void *user)
{
	(void)digest;
	*(unsigned *)user += 1;
	assert_int_equal(strlen(text), length);
	return strstr(text, "alice") != NULL;
}

/* Somebody asks, reads and goes; one of them forgets now and then. */
static void *hurry(void *argument)
{
	struct introspected *it = argument;
	unsigned asked = 0;
	bool good = true;
	for (unsigned i = 0; i < ROUNDS; i++) {
		char token[16];
		snprintf(token, sizeof token, "token%u", i % 5);
		enum mcpauth_code code = introspected_try(it, token, NULL, NULL);
		good = good && (code == MCPAUTH_OK || code == MCPAUTH_PENDING);
		if (i % 4 == 0) {
			mcpauth__introspector_forget(it->introspector, says_alice, &asked);
		}
	}
	return good ? it : NULL;
}

static void many_threads_ask_at_once(void **state)
{
	struct introspected *it = *state;
	pthread_t threads[THREADS];
	it->config.concurrency = 2;
	introspected_make(it, NULL);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, hurry, it), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *good;
		pthread_join(threads[i], &good);
		assert_non_null(good);
	}
	assert_true(introspected_posts(it) >= 5);
	CHECK_OK(introspected_try(it, "last", NULL, &err));
}

static void forgets_what_is_concerned(void **state)
{
	struct introspected *it = *state;
	unsigned asked = 0;
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "hers", NULL, &err));
	introspected_answer(it, 200, "{\"active\":true,\"sub\":\"bob\"}");
	CHECK_OK(introspected_try(it, "his", NULL, &err));
	introspected_answer(it, 500, "");
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, introspected_try(it, "nobody's", NULL, &err));
	introspected_answer(it, 200, INTROSPECTED_ACTIVE);
	assert_int_equal(mcpauth__introspector_forget(it->introspector, says_alice, &asked), 1);
	assert_int_equal(asked, 3);
	CHECK_OK(introspected_try(it, "his", NULL, &err));
	assert_int_equal(introspected_posts(it), 3);
	CHECK_OK(introspected_try(it, "hers", NULL, &err));
	assert_int_equal(introspected_posts(it), 4);
}

static void what_is_under_way_is_forgotten_before_it_lands(void **state)
{
	struct introspected *it = *state;
	unsigned asked = 0;
	it->holds = true;
	introspected_make(it, NULL);
	struct mcpauth__introspection *old = begin(it, "one");
	assert_int_equal(mcpauth__introspector_forget(it->introspector, says_alice, &asked), 0);
	struct mcpauth__introspection *new = begin(it, "one");
	assert_ptr_not_equal(old, new);
	assert_int_equal(introspected_posts(it), 2);
	introspected_release(it, 1);
	introspected_answer(it, 200, "{\"active\":true,\"sub\":\"out of date\"}");
	introspected_release(it, 0);
	CHECK_OK(introspected_result(old, &err));
	CHECK_OK(introspected_result(new, &err));
	char text[1024];
	CHECK_OK(introspected_try(it, "one", text, &err));
	assert_string_equal(text, INTROSPECTED_ACTIVE);
	assert_int_equal(it->wakes, 2);
}

static void ends_with_the_library_while_some_are_asked_and_some_wait(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *all[5];
	it->holds = true;
	it->config.concurrency = 2;
	introspected_make(it, NULL);
	for (size_t i = 0; i < COUNT(all); i++) {
		char token[16];
		snprintf(token, sizeof token, "token%zu", i);
		all[i] = begin(it, token);
		mcpauth__introspection_free(all[i]);
	}
	mcpauth_free(it->auth);
	it->auth = NULL;
	assert_int_equal(it->wakes, COUNT(all));
	assert_int_equal(introspected_posts(it), 2);
	assert_false(fake_issuer_logged(it->fake, "introspection: "));
}

static const struct {
	const char *label;
	enum mcpauth_client_authentication authentication;
	const char *authorization;
	const char *form; /* behind the token */
} clients[] = {
	{"basic", MCPAUTH_CLIENT_SECRET_BASIC, "Basic bWU6aHVzaC1odXNo", ""},
	{"post", MCPAUTH_CLIENT_SECRET_POST, "", "&client_id=me&client_secret=hush-hush"},
	{"none", MCPAUTH_CLIENT_SECRET_NONE, "", "&client_id=me"},
	{"bearer", MCPAUTH_CLIENT_BEARER_TOKEN, "Bearer for-you", ""},
};

static void says_who_it_is(void **state)
{
	struct introspected *it = *state;
	for (unsigned i = 0; i < COUNT(clients); i++) {
		struct mcpauth_error err = {0};
		bool by_secret = clients[i].authentication < MCPAUTH_CLIENT_SECRET_NONE;
		bool by_token = clients[i].authentication == MCPAUTH_CLIENT_BEARER_TOKEN;
		char form[256];
		it->config.authentication = clients[i].authentication;
		it->config.client_secret = by_secret ? "hush-hush" : NULL;
		it->config.bearer_token = by_token ? "for-you" : NULL;
		introspected_make(it, NULL);
		CHECK_ROW(clients[i].label, introspected_try(it, "one", NULL, &err) == MCPAUTH_OK);
		CHECK_ROW(clients[i].label,
			strcmp(it->posts[i].authorization, clients[i].authorization) == 0);
		snprintf(form, sizeof form, "token=one&token_type_hint=access_token%s",
			clients[i].form);
		CHECK_ROW(clients[i].label, strcmp(it->posts[i].form, form) == 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, introspected_start, introspected_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asks_as_rfc_7662_has_it),
		TEST(says_when_it_asked_and_how_long_that_holds),
		TEST(asks_once_for_all_who_bring_the_same_token),
		TEST(holds_the_token_no_longer_than_it_asks),
		TEST(is_pending_until_the_answer_is_there),
		TEST(others_wait_for_their_turn_in_order),
		TEST(no_more_are_asked_at_once_than_allowed),
		TEST(whose_turn_comes_too_late_is_not_asked),
		TEST(takes_nothing_but_a_200_for_an_answer),
		TEST(tells_loudly_that_it_is_refused_but_not_each_time),
		TEST(keeps_an_answer_for_a_while),
		TEST(keeps_it_shorter_for_whoever_knows_better),
		TEST(keeps_nothing_if_it_is_told_so),
		TEST(keeps_only_so_many),
		TEST(remembers_a_failure_for_a_second_and_for_that_token),
		TEST(keeps_no_answer_of_an_unheard_of_length),
		TEST(crowded_out_it_waits_for_the_end_of_another_question),
		TEST(crowded_out_alone_it_fails_and_may_be_asked_again),
		TEST(many_threads_ask_at_once),
		TEST(forgets_what_is_concerned),
		TEST(what_is_under_way_is_forgotten_before_it_lands),
		TEST(ends_with_the_library_while_some_are_asked_and_some_wait),
		TEST(says_who_it_is),
	};
	return cmocka_run_group_tests_name("introspector", tests, NULL, NULL);
}
