/* What one library was told of a token, found by another one in the store they share. */
#include "support/sharing.h"

#include "support/check.h"
#include "support/test_key.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INACTIVE "{\"active\":false}"

static void the_second_makes_no_call(void **state)
{
	(void)state;
	struct sharing sharing;
	sharing_start(&sharing);
	CHECK_OK(sharing_show(sharing.one, "opaque", &err));
	assert_int_equal(sharing_asked(&sharing), 1);
	assert_int_equal(fake_store_count(sharing.store, SHARING_ANSWER), 1);
	assert_int_equal(fake_store_seconds(sharing.store, SHARING_ANSWER), 60);
	CHECK_OK(sharing_show(sharing.two, "opaque", &err));
	assert_int_equal(sharing_asked(&sharing), 1);
	CHECK_OK(sharing_show(sharing.two, "another", &err));
	assert_int_equal(sharing_asked(&sharing), 2);
	sharing_stop(&sharing);
}

/* Neither what was found, nor what was asked and is asked for again. */
static void it_is_left_there_once(void **state)
{
	(void)state;
	struct sharing sharing;
	sharing_start(&sharing);
	for (unsigned i = 0; i < 3; i++) {
		CHECK_OK(sharing_show(sharing.one, "opaque", &err));
		CHECK_OK(sharing_show(sharing.two, "opaque", &err));
	}
	assert_int_equal(fake_store_asked(sharing.store, MCPAUTH_STORE_SET), 1);
	/* The answer and the signs of token, subject and session, after none at first. */
	assert_int_equal(fake_store_asked(sharing.store, MCPAUTH_STORE_GET), 1 + 4);
	sharing_stop(&sharing);
}

static void only_what_is_good_is_left_there(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *answer;
		enum mcpauth_code code;
		unsigned left;
	} rows[] = {
		{"active", SHARING_ACTIVE, MCPAUTH_OK, 1},
		{"inactive", INACTIVE, MCPAUTH_E_INACTIVE, 0},
		{"for another", "{\"active\":true,\"aud\":\"https://b.example\"}",
			MCPAUTH_E_AUDIENCE, 0},
		{"for nobody", "{\"active\":true}", MCPAUTH_E_INVALID_CLAIM, 0},
		{"over", "{\"active\":true,\"exp\":1799999000,\"aud\":\"" FAKE_RESOURCE "\"}",
			MCPAUTH_E_EXPIRED, 0},
		{"no answer", "<html>", MCPAUTH_E_INTROSPECTION, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sharing sharing;
		sharing_start(&sharing);
		fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200, rows[i].answer);
		CHECK_ROW_CODE(
			rows[i].label, rows[i].code, sharing_show(sharing.one, "opaque", &err));
		CHECK_ROW(rows[i].label,
			fake_store_count(sharing.store, SHARING_ANSWER) == rows[i].left);
		CHECK_ROW_CODE(
			rows[i].label, rows[i].code, sharing_show(sharing.two, "opaque", &err));
		CHECK_ROW(rows[i].label, sharing_asked(&sharing) == 2 - rows[i].left);
		sharing_stop(&sharing);
	}
}

static void not_longer_than_the_token_is_good(void **state)
{
	(void)state;
	struct sharing sharing;
	sharing_start(&sharing);
	fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200,
		"{\"active\":true,\"exp\":1800000020,\"aud\":\"" FAKE_RESOURCE "\"}");
	CHECK_OK(sharing_show(sharing.one, "opaque", &err));
	assert_int_equal(fake_store_seconds(sharing.store, SHARING_ANSWER), 20);
	sharing_stop(&sharing);
}

/* Its time began when the first one asked. */
static void the_second_believes_it_for_the_rest_of_its_time(void **state)
{
	(void)state;
	struct sharing sharing;
	sharing_start(&sharing);
	CHECK_OK(sharing_show(sharing.one, "opaque", &err));
	fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200, INACTIVE);
	fake_issuer_advance_ms(sharing.fake, 40000);
	CHECK_OK(sharing_show(sharing.two, "opaque", &err));
	fake_issuer_advance_ms(sharing.fake, 19000);
	CHECK_OK(sharing_show(sharing.two, "opaque", &err));
	assert_int_equal(sharing_asked(&sharing), 1);
	fake_issuer_advance_ms(sharing.fake, 1000);
	CHECK_CODE(MCPAUTH_E_INACTIVE, sharing_show(sharing.two, "opaque", &err));
	sharing_stop(&sharing);
}

static void nobody_believes_it_for_longer_than_he_is_told_to(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		int64_t age_ms;
		unsigned asked;
	} rows[] = {{"younger", 4000, 1}, {"too old", 5000, 2}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sharing sharing;
		struct mcpauth_introspection_config config = sharing_config();
		sharing_start(&sharing);
		config.cache_seconds = 5;
		struct mcpauth *hasty = sharing_add(&sharing, &config);
		CHECK_OK(sharing_show(sharing.one, "opaque", &err));
		fake_issuer_advance_ms(sharing.fake, rows[i].age_ms);
		CHECK_OK(sharing_show(hasty, "opaque", &err));
		CHECK_ROW(rows[i].label, sharing_asked(&sharing) == rows[i].asked);
		/* One second more is too old for both. */
		fake_issuer_advance_ms(sharing.fake, 1000);
		fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200, INACTIVE);
		CHECK_ROW_CODE(rows[i].label, rows[i].asked == 1 ? MCPAUTH_E_INACTIVE : MCPAUTH_OK,
			sharing_show(hasty, "opaque", &err));
		mcpauth_free(hasty);
		sharing_stop(&sharing);
	}
}

static void who_asks_each_time_does_not_use_it(void **state)
{
	(void)state;
	struct sharing sharing;
	struct mcpauth_introspection_config config = sharing_config();
	sharing_start(&sharing);
	config.cache_seconds = MCPAUTH_NONE;
	struct mcpauth *strict = sharing_add(&sharing, &config);
	CHECK_OK(sharing_show(strict, "opaque", &err));
	assert_int_equal(fake_store_asked(sharing.store, 0), 0);
	CHECK_OK(sharing_show(sharing.one, "opaque", &err));
	assert_int_equal(sharing_asked(&sharing), 2);
	CHECK_OK(sharing_show(strict, "opaque", &err));
	assert_int_equal(sharing_asked(&sharing), 3);
	mcpauth_free(strict);
	sharing_stop(&sharing);
}

static void a_late_store_is_waited_for(void **state)
{
	(void)state;
	struct sharing sharing;
	sharing_start(&sharing);
	CHECK_OK(sharing_show(sharing.one, "opaque", &err));
	fake_store_set_mode(sharing.store, FAKE_STORE_HOLDS);
	struct mcpauth_verification *pending = sharing_begin(&sharing, sharing.two, "opaque");
	struct mcpauth_verification *joined = sharing_begin(&sharing, sharing.two, "opaque");
	fake_issuer_advance_ms(sharing.fake, 900);
	assert_int_equal(fake_store_held(sharing.store), 1);
	fake_store_release(sharing.store);
	CHECK_SOON(atomic_load(&sharing.wakes) == 2);
	CHECK_OK(sharing_end(pending, &err));
	CHECK_OK(sharing_end(joined, &err));
	assert_int_equal(sharing_asked(&sharing), 1);
	sharing_stop(&sharing);
}

/* Nor does each token wait for it: of those that come later one tries, once a second. */
static void a_store_that_never_answers_costs_a_second(void **state)
{
	(void)state;
	struct sharing sharing;
	sharing_start(&sharing);
	fake_store_set_mode(sharing.store, FAKE_STORE_HOLDS);
	struct mcpauth_verification *pending = sharing_begin(&sharing, sharing.one, "opaque");
	assert_int_equal(sharing_asked(&sharing), 0);
	fake_issuer_advance_ms(sharing.fake, 1000);
	CHECK_SOON(atomic_load(&sharing.wakes) == 1);
	CHECK_OK(sharing_end(pending, &err));
	assert_int_equal(fake_store_asked(sharing.store, MCPAUTH_STORE_GET), 1);
	CHECK_OK(sharing_show(sharing.one, "second", &err));
	assert_int_equal(fake_store_asked(sharing.store, MCPAUTH_STORE_GET), 1);
	fake_issuer_advance_ms(sharing.fake, 1000);
	pending = sharing_begin(&sharing, sharing.one, "third");
	CHECK_OK(sharing_show(sharing.one, "fourth", &err));
	assert_int_equal(fake_store_asked(sharing.store, MCPAUTH_STORE_GET), 2);
	/* It is back. */
	fake_store_set_mode(sharing.store, FAKE_STORE_ANSWERS);
	fake_store_release(sharing.store);
	CHECK_SOON(atomic_load(&sharing.wakes) == 2);
	CHECK_OK(sharing_end(pending, &err));
	CHECK_OK(sharing_show(sharing.one, "fifth", &err));
	assert_int_equal(fake_store_asked(sharing.store, MCPAUTH_STORE_GET), 3);
	assert_int_equal(sharing_asked(&sharing), 5);
	sharing_stop(&sharing);
}

static void a_store_that_fails_is_as_none(void **state)
{
	(void)state;
	struct sharing sharing;
	sharing_start(&sharing);
	fake_store_set_mode(sharing.store, FAKE_STORE_IS_DOWN);
	CHECK_OK(sharing_show(sharing.one, "opaque", &err));
	CHECK_OK(sharing_show(sharing.two, "opaque", &err));
	assert_int_equal(sharing_asked(&sharing), 2);
	sharing_stop(&sharing);
}

static void rubbish_in_the_store_is_asked_about(void **state)
{
	(void)state;
	static const char *const rubbish[] = {"", "{}", "\xff\xfe", "{\"answer\":\"{}\"}",
		"{\"asked_at\":1800000000,\"until\":1800000060,\"answer\":\"a.b.c\"}"};
	for (size_t i = 0; i < sizeof rubbish / sizeof *rubbish; i++) {
		struct sharing sharing;
		sharing_start(&sharing);
		CHECK_OK(sharing_show(sharing.one, "opaque", &err));
		fake_store_replace(sharing.store, SHARING_ANSWER, rubbish[i]);
		CHECK_ROW_CODE(rubbish[i], MCPAUTH_OK, sharing_show(sharing.two, "opaque", &err));
		CHECK_ROW(rubbish[i], sharing_asked(&sharing) == 2);
		sharing_stop(&sharing);
	}
}

/* A store is believed, but held to the same rules as the endpoint. */
static void what_is_found_is_judged_like_an_answer(void **state)
{
	(void)state;
	static const struct {
		const char *answer;
		enum mcpauth_code code;
	} rows[] = {
		{"{\\\"active\\\":true,\\\"aud\\\":\\\"" FAKE_RESOURCE "\\\"}", MCPAUTH_OK},
		{"{\\\"active\\\":true,\\\"aud\\\":\\\"https://b.example\\\"}", MCPAUTH_E_AUDIENCE},
		{"{\\\"active\\\":\\\"true\\\",\\\"aud\\\":\\\"" FAKE_RESOURCE "\\\"}",
			MCPAUTH_E_INTROSPECTION},
		{"{\\\"active\\\":false}", MCPAUTH_E_INACTIVE},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sharing sharing;
		char value[256];
		sharing_start(&sharing);
		CHECK_OK(sharing_show(sharing.one, "opaque", &err));
		snprintf(value, sizeof value,
			"{\"asked_at\":1800000000,\"until\":1800000060,\"answer\":\"%s\"}",
			rows[i].answer);
		fake_store_replace(sharing.store, SHARING_ANSWER, value);
		CHECK_ROW_CODE(
			rows[i].answer, rows[i].code, sharing_show(sharing.two, "opaque", &err));
		CHECK_ROW(rows[i].answer, sharing_asked(&sharing) == 1);
		sharing_stop(&sharing);
	}
}

static const char payload[] = "{\"iss\":\"" FAKE_ISSUER "\",\"aud\":\"me\",\"iat\":1800000000,"
			      "\"token_introspection\":" SHARING_ACTIVE "}";

/* It was verified by the one who left it, who demands the same. */
static void what_was_signed_is_found_without_its_signature(void **state)
{
	(void)state;
	struct sharing sharing;
	struct mcpauth_introspection_config config = sharing_config();
	sharing_start(&sharing);
	char *made = test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"kid\":\"k0\",\"typ\":\"token-introspection+jwt\"}", payload);
	fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200, made);
	config.require_signed_answers = true;
	struct mcpauth *first = sharing_add(&sharing, &config);
	struct mcpauth *second = sharing_add(&sharing, &config);
	CHECK_OK(sharing_show(first, "opaque", &err));
	CHECK_OK(sharing_show(second, "opaque", &err));
	assert_int_equal(sharing_asked(&sharing), 1);
	/* Who is content with less is not believed by those who are not, nor they by him. */
	fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200, SHARING_ACTIVE);
	CHECK_OK(sharing_show(sharing.one, "unsigned", &err));
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, sharing_show(second, "unsigned", &err));
	free(made);
	mcpauth_free(first);
	mcpauth_free(second);
	sharing_stop(&sharing);
}

static void all_ends_while_the_store_is_asked(void **state)
{
	(void)state;
	struct sharing sharing;
	sharing_start(&sharing);
	fake_store_set_mode(sharing.store, FAKE_STORE_HOLDS);
	mcpauth_verification_free(sharing_begin(&sharing, sharing.one, "opaque"));
	mcpauth_free(sharing.one);
	sharing.one = NULL;
	assert_int_equal(sharing_asked(&sharing), 0);
	fake_store_release(sharing.store);
	sharing_stop(&sharing);
}

/* Whoever waited is gone: the answer is there for the next one. */
static void what_nobody_waits_for_is_found_all_the_same(void **state)
{
	(void)state;
	struct sharing sharing;
	sharing_start(&sharing);
	CHECK_OK(sharing_show(sharing.one, "opaque", &err));
	fake_store_set_mode(sharing.store, FAKE_STORE_HOLDS);
	mcpauth_verification_free(sharing_begin(&sharing, sharing.two, "opaque"));
	fake_store_release(sharing.store);
	CHECK_OK(sharing_show(sharing.two, "opaque", &err));
	assert_int_equal(sharing_asked(&sharing), 1);
	sharing_stop(&sharing);
}

#define THREADS 4
#define TOKENS 12
#define ROUNDS 200

struct crowd {
	struct sharing sharing;
	atomic_uint next;
	atomic_uint good;
	atomic_bool over;
};

static void *verify(void *argument)
{
	struct crowd *crowd = argument;
	unsigned number = atomic_fetch_add(&crowd->next, 1);
	struct mcpauth *auth = number % 2 == 0 ? crowd->sharing.one : crowd->sharing.two;
	for (unsigned i = 0; i < ROUNDS; i++) {
		char token[16];
		snprintf(token, sizeof token, "t%u", (number + i) % TOKENS);
		atomic_fetch_add(
			&crowd->good, sharing_show(auth, token, NULL) == MCPAUTH_OK ? 1 : 0);
		if (i % 10 == 0) {
			mcpauth_forget_token(auth, token);
		}
	}
	return NULL;
}

/* The program's own thread. */
static void *answer(void *argument)
{
	struct crowd *crowd = argument;
	while (!atomic_load(&crowd->over)) {
		fake_store_release(crowd->sharing.store);
	}
	return NULL;
}

/* Sanitizers look on. */
static void many_ask_and_forget_at_once(void **state)
{
	(void)state;
	static struct crowd crowd;
	pthread_t answering;
	pthread_t threads[THREADS];
	sharing_start(&crowd.sharing);
	fake_store_set_mode(crowd.sharing.store, FAKE_STORE_HOLDS);
	assert_int_equal(pthread_create(&answering, NULL, answer, &crowd), 0);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, verify, &crowd), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	atomic_store(&crowd.over, true);
	pthread_join(answering, NULL);
	assert_int_equal(crowd.good, THREADS * ROUNDS);
	sharing_stop(&crowd.sharing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_second_makes_no_call),
		cmocka_unit_test(it_is_left_there_once),
		cmocka_unit_test(only_what_is_good_is_left_there),
		cmocka_unit_test(not_longer_than_the_token_is_good),
		cmocka_unit_test(the_second_believes_it_for_the_rest_of_its_time),
		cmocka_unit_test(nobody_believes_it_for_longer_than_he_is_told_to),
		cmocka_unit_test(who_asks_each_time_does_not_use_it),
		cmocka_unit_test(a_late_store_is_waited_for),
		cmocka_unit_test(a_store_that_never_answers_costs_a_second),
		cmocka_unit_test(a_store_that_fails_is_as_none),
		cmocka_unit_test(rubbish_in_the_store_is_asked_about),
		cmocka_unit_test(what_is_found_is_judged_like_an_answer),
		cmocka_unit_test(what_was_signed_is_found_without_its_signature),
		cmocka_unit_test(all_ends_while_the_store_is_asked),
		cmocka_unit_test(what_nobody_waits_for_is_found_all_the_same),
		cmocka_unit_test(many_ask_and_forget_at_once),
	};
	return cmocka_run_group_tests_name("shared_answers", tests, NULL, NULL);
}
