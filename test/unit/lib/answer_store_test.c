/* An endpoint's answers in a store: who finds them, and when they do not count any more. */
#include "endpoint/answer_store.h"

#include "endpoint/stored_answer.h"

#include "support/check.h"
#include "support/fake_store.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1800000000
#define START_MS 5000000
#define ISSUER "https://as.example"
#define ACTIVE "{\"active\":true,\"sub\":\"alice\",\"sid\":\"s1\"}"
#define ANSWER "mcpauth:introspection:"
#define SIGN "mcpauth:forgotten:"

/** A process's look at a store, and what it found there last. */
struct fixture {
	_Atomic int64_t now_ms; /* since NOW */
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__worker *worker;
	struct fake_store *fake;
	struct mcpauth__shared_store *store;
	struct mcpauth__words subjects;
	struct mcpauth__answer_store answers;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	unsigned told;
	char text[256]; /* "" if nothing was found */
	struct mcpauth__introspection_answer found;
};

static void tell_time(int64_t *real, int64_t *monotonic, void *user)
{
	struct fixture *fixture = user;
	int64_t now = atomic_load(&fixture->now_ms);
	*real = NOW + now / 1000;
	*monotonic = START_MS + now;
}

static const struct mcpauth__store_scope usual = {.issuer = ISSUER,
	.endpoint = ISSUER "/introspect",
	.client_id = "me"};

static void start_as(
	struct fixture *fixture, const struct mcpauth__store_scope *scope, mcpauth_store_fn fn)
{
	*fixture = (struct fixture){.clock = {tell_time, fixture}, .fake = fake_store_new()};
	fixture->log.clock = &fixture->clock;
	struct mcpauth__worker_config config = {.log = &fixture->log, .clock = &fixture->clock};
	fixture->worker = mcpauth__worker_new(&config);
	assert_non_null(fixture->worker);
	fixture->store = mcpauth__shared_store_new(&(struct mcpauth__shared_store_parts){
		.worker = fixture->worker,
		.carry_out = fn,
		.user = fixture->fake,
		.timeout_ms = 1000,
	});
	assert_non_null(fixture->store);
	assert_true(mcpauth__words_split(&fixture->subjects, "sub"));
	assert_true(mcpauth__sha256("token", 5, fixture->digest));
	fixture->answers = (struct mcpauth__answer_store){
		.store = fixture->store,
		.clock = &fixture->clock,
		.issuer = ISSUER,
		.subjects = &fixture->subjects,
		.tolerance = 60,
	};
	assert_true(mcpauth__answer_store_init(&fixture->answers, scope));
}

static void start(struct fixture *fixture)
{
	start_as(fixture, &usual, fake_store_carry_out);
}

static void stop(struct fixture *fixture)
{
	mcpauth__worker_free(fixture->worker);
	mcpauth__shared_store_free(fixture->store);
	mcpauth__words_finish(&fixture->subjects);
	fake_store_free(fixture->fake);
}

static void advance(struct fixture *fixture, int64_t seconds)
{
	atomic_fetch_add(&fixture->now_ms, seconds * 1000);
}

static int64_t real_now(struct fixture *fixture)
{
	return mcpauth__clock_real(&fixture->clock);
}

/* Keep an answer that was asked for just now, for so long. */
static void keep(struct fixture *fixture, const char *text, int64_t seconds)
{
	struct mcpauth__introspection_answer answer = {
		.text = text,
		.length = strlen(text),
		.asked_at = real_now(fixture),
		.until = mcpauth__clock_coarse(&fixture->clock) + seconds * 1000,
	};
	mcpauth__answer_store_keep(&fixture->answers, fixture->digest, &answer);
}

static void note(const struct mcpauth__introspection_answer *answer, void *user)
{
	struct fixture *fixture = user;
	fixture->told++;
	fixture->text[0] = '\0';
	if (answer != NULL) {
		fixture->found = *answer;
		snprintf(fixture->text, sizeof fixture->text, "%s", answer->text);
		assert_int_equal(answer->length, strlen(answer->text));
	}
}

static void begin(struct fixture *fixture)
{
	fixture->told = 0;
	mcpauth__answer_store_recall(&fixture->answers, fixture->digest, note, fixture);
}

/* Is it found, now? */
static bool finds(struct fixture *fixture)
{
	begin(fixture);
	assert_int_equal(fixture->told, 1);
	return fixture->text[0] != '\0';
}

/* As mcpauth_forget_*() sets it. */
static void set_sign(struct fixture *fixture, const struct mcpauth__store_key *key)
{
	size_t length;
	char *sign = mcpauth__forgotten_write(real_now(fixture), &length);
	struct mcpauth__store_question question = {
		.operation = MCPAUTH_STORE_SET,
		.key = key->text,
		.value = sign,
		.length = length,
		.seconds = MCPAUTH__FORGOTTEN_SECONDS,
	};
	assert_non_null(sign);
	mcpauth__shared_store_ask(fixture->store, &question);
	free(sign);
}

static void forget_subject(struct fixture *fixture, const char *issuer, const char *subject)
{
	struct mcpauth__store_key key;
	assert_true(mcpauth__store_key_of_forgotten_subject(&key, issuer, subject));
	set_sign(fixture, &key);
}

static void forget_session(struct fixture *fixture, const char *issuer, const char *session)
{
	struct mcpauth__store_key key;
	assert_true(mcpauth__store_key_of_forgotten_session(&key, issuer, session));
	set_sign(fixture, &key);
}

static void forget_token(struct fixture *fixture, const char *token)
{
	struct mcpauth__store_key key;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	assert_true(mcpauth__sha256(token, strlen(token), digest));
	mcpauth__store_key_of_forgotten_token(&key, digest);
	set_sign(fixture, &key);
}

static void without_a_store_nothing_is_found_or_kept(void **state)
{
	(void)state;
	struct fixture fixture;
	start_as(&fixture, &usual, NULL);
	assert_false(mcpauth__answer_store_is_there(&fixture.answers));
	keep(&fixture, ACTIVE, 60);
	assert_false(finds(&fixture));
	assert_int_equal(fake_store_asked(fixture.fake, 0), 0);
	stop(&fixture);
}

static void who_has_no_name_has_no_store(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth__store_scope nameless = usual;
	nameless.client_id = NULL;
	start_as(&fixture, &nameless, fake_store_carry_out);
	assert_false(mcpauth__answer_store_is_there(&fixture.answers));
	keep(&fixture, ACTIVE, 60);
	assert_false(finds(&fixture));
	assert_int_equal(fake_store_asked(fixture.fake, 0), 0);
	stop(&fixture);
}

static void what_was_kept_is_found_for_the_rest_of_its_time(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_false(finds(&fixture));
	keep(&fixture, ACTIVE, 60);
	assert_int_equal(fake_store_seconds(fixture.fake, ANSWER), 60);
	advance(&fixture, 59);
	assert_true(finds(&fixture));
	assert_string_equal(fixture.text, ACTIVE);
	assert_int_equal(fixture.found.asked_at, NOW);
	assert_int_equal(fixture.found.until, START_MS + 60000);
	advance(&fixture, 1);
	assert_false(finds(&fixture));
	stop(&fixture);
}

static void an_answers_time_has_an_end(void **state)
{
	(void)state;
	static const struct {
		int64_t seconds;
		unsigned kept;
	} rows[] = {{-1, 0}, {0, 0}, {1, 1}, {3300, 3300}, {3301, 3300}, {1000000, 3300}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start(&fixture);
		keep(&fixture, ACTIVE, rows[i].seconds);
		assert_int_equal(fake_store_seconds(fixture.fake, ANSWER), rows[i].kept);
		assert_int_equal(finds(&fixture), rows[i].kept > 0);
		stop(&fixture);
	}
}

static void what_is_no_answer_is_not_kept(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	keep(&fixture, "<html>", 60);
	assert_int_equal(fake_store_asked(fixture.fake, 0), 0);
	keep(&fixture, "{}", 60);
	assert_int_equal(fake_store_asked(fixture.fake, MCPAUTH_STORE_SET), 1);
	stop(&fixture);
}

static void one_client_does_not_find_what_another_one_heard(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth__store_scope other = usual;
	start(&fixture);
	keep(&fixture, ACTIVE, 60);
	assert_true(finds(&fixture));
	other.client_id = "you";
	assert_true(mcpauth__answer_store_init(&fixture.answers, &other));
	assert_false(finds(&fixture));
	stop(&fixture);
}

static void an_answer_that_was_dropped_is_not_found(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	keep(&fixture, ACTIVE, 60);
	mcpauth__answer_store_drop(&fixture.answers, fixture.digest);
	assert_int_equal(fake_store_count(fixture.fake, ANSWER), 0);
	assert_false(finds(&fixture));
	stop(&fixture);
}

static void put_subject(struct fixture *fixture)
{
	forget_subject(fixture, ISSUER, "alice");
}

static void put_other_subject(struct fixture *fixture)
{
	forget_subject(fixture, ISSUER, "bob");
}

static void put_other_issuers_subject(struct fixture *fixture)
{
	forget_subject(fixture, ISSUER "/", "alice");
}

static void put_session(struct fixture *fixture)
{
	forget_session(fixture, ISSUER, "s1");
}

static void put_other_session(struct fixture *fixture)
{
	forget_session(fixture, ISSUER, "alice");
}

static void put_token(struct fixture *fixture)
{
	forget_token(fixture, "token");
}

static void put_other_token(struct fixture *fixture)
{
	forget_token(fixture, "tokem");
}

static void whoever_was_forgotten_is_asked_about_anew(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		void (*forget)(struct fixture *fixture);
		bool found;
	} rows[] = {
		{"subject", put_subject, false},
		{"another subject", put_other_subject, true},
		{"another issuer's", put_other_issuers_subject, true},
		{"session", put_session, false},
		{"another session", put_other_session, true},
		{"token", put_token, false},
		{"another token", put_other_token, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start(&fixture);
		keep(&fixture, ACTIVE, 600);
		advance(&fixture, 200);
		rows[i].forget(&fixture);
		CHECK_ROW(rows[i].label, fake_store_count(fixture.fake, SIGN) == 1);
		CHECK_ROW(rows[i].label, finds(&fixture) == rows[i].found);
		/* One that is asked for when the clocks agree that it was later counts. */
		advance(&fixture, 60);
		keep(&fixture, ACTIVE, 60);
		CHECK_ROW(rows[i].label, finds(&fixture) == rows[i].found);
		advance(&fixture, 1);
		keep(&fixture, ACTIVE, 60);
		CHECK_ROW(rows[i].label, finds(&fixture));
		stop(&fixture);
	}
}

static void the_answers_own_issuer_is_the_one_that_forgets(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	keep(&fixture, "{\"active\":true,\"iss\":\"https://v1.example\",\"sub\":\"alice\"}", 600);
	advance(&fixture, 100);
	forget_subject(&fixture, ISSUER, "alice");
	assert_true(finds(&fixture));
	forget_subject(&fixture, "https://v1.example", "alice");
	assert_false(finds(&fixture));
	stop(&fixture);
}

static void the_subject_is_where_the_issuer_has_it(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	mcpauth__words_finish(&fixture.subjects);
	assert_true(mcpauth__words_split(&fixture.subjects, "uid sub"));
	keep(&fixture, "{\"active\":true,\"uid\":\"u7\",\"sub\":\"alice\"}", 600);
	advance(&fixture, 100);
	forget_subject(&fixture, ISSUER, "alice");
	assert_true(finds(&fixture));
	forget_subject(&fixture, ISSUER, "u7");
	assert_false(finds(&fixture));
	stop(&fixture);
}

static void an_answer_that_names_nobody_can_be_forgotten_by_its_token_alone(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	keep(&fixture, "{\"active\":false}", 600);
	assert_true(finds(&fixture));
	/* The answer, and one sign. */
	assert_int_equal(fake_store_asked(fixture.fake, MCPAUTH_STORE_GET), 2);
	advance(&fixture, 100);
	forget_token(&fixture, "token");
	assert_false(finds(&fixture));
	stop(&fixture);
}

static void rubbish_in_the_store_is_no_answer(void **state)
{
	(void)state;
	static const char *const rubbish[] = {"", "{}", "null", "\xff",
		"{\"asked_at\":1800000000,\"until\":1800000060,\"answer\":\"x\"}",
		"{\"asked_at\":1800000000,\"until\":1800009999,\"answer\":\"{}\"}"};
	struct fixture fixture;
	start(&fixture);
	keep(&fixture, ACTIVE, 60);
	for (size_t i = 0; i < sizeof rubbish / sizeof *rubbish; i++) {
		fake_store_replace(fixture.fake, ANSWER, rubbish[i]);
		CHECK_ROW(rubbish[i], !finds(&fixture));
	}
	fake_store_replace(fixture.fake, ANSWER,
		"{\"asked_at\":1800000000,\"until\":1800000060,\"answer\":\"{}\"}");
	assert_true(finds(&fixture));
	stop(&fixture);
}

static void a_store_that_fails_knows_nothing(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	keep(&fixture, ACTIVE, 60);
	fake_store_set_mode(fixture.fake, FAKE_STORE_IS_DOWN);
	assert_false(finds(&fixture));
	fake_store_set_mode(fixture.fake, FAKE_STORE_ANSWERS);
	advance(&fixture, 1);
	assert_true(finds(&fixture));
	stop(&fixture);
}

/* Finds, but cannot be asked about what was forgotten. */
static void answer_only_the_first(struct mcpauth_store_request *request, void *user)
{
	if (strncmp(mcpauth_store_key(request), SIGN, strlen(SIGN)) == 0) {
		mcpauth_store_done(request, MCPAUTH_STORE_FAILED);
	} else {
		fake_store_carry_out(request, user);
	}
}

static void what_may_have_been_forgotten_is_not_believed(void **state)
{
	(void)state;
	struct fixture fixture;
	start_as(&fixture, &usual, answer_only_the_first);
	keep(&fixture, ACTIVE, 60);
	assert_int_equal(fake_store_count(fixture.fake, ANSWER), 1);
	assert_false(finds(&fixture));
	stop(&fixture);
}

static void a_store_that_answers_slowly_is_waited_for(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	keep(&fixture, ACTIVE, 60);
	fake_store_set_mode(fixture.fake, FAKE_STORE_HOLDS);
	begin(&fixture);
	assert_int_equal(fixture.told, 0);
	assert_int_equal(fake_store_held(fixture.fake), 1);
	/* The answer leads to the signs of token, subject and session. */
	fake_store_release(fixture.fake);
	assert_int_equal(fixture.told, 1);
	assert_string_equal(fixture.text, ACTIVE);
	assert_int_equal(fake_store_asked(fixture.fake, MCPAUTH_STORE_GET), 4);
	stop(&fixture);
}

static void a_store_that_never_answers_is_not_waited_for_when_all_ends(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	keep(&fixture, ACTIVE, 60);
	fake_store_set_mode(fixture.fake, FAKE_STORE_HOLDS);
	begin(&fixture);
	mcpauth__worker_free(fixture.worker);
	fixture.worker = NULL;
	assert_int_equal(fixture.told, 1);
	assert_string_equal(fixture.text, "");
	stop(&fixture);
	assert_int_equal(fixture.told, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_store_nothing_is_found_or_kept),
		cmocka_unit_test(who_has_no_name_has_no_store),
		cmocka_unit_test(what_was_kept_is_found_for_the_rest_of_its_time),
		cmocka_unit_test(an_answers_time_has_an_end),
		cmocka_unit_test(what_is_no_answer_is_not_kept),
		cmocka_unit_test(one_client_does_not_find_what_another_one_heard),
		cmocka_unit_test(an_answer_that_was_dropped_is_not_found),
		cmocka_unit_test(whoever_was_forgotten_is_asked_about_anew),
		cmocka_unit_test(the_answers_own_issuer_is_the_one_that_forgets),
		cmocka_unit_test(the_subject_is_where_the_issuer_has_it),
		cmocka_unit_test(an_answer_that_names_nobody_can_be_forgotten_by_its_token_alone),
		cmocka_unit_test(rubbish_in_the_store_is_no_answer),
		cmocka_unit_test(a_store_that_fails_knows_nothing),
		cmocka_unit_test(what_may_have_been_forgotten_is_not_believed),
		cmocka_unit_test(a_store_that_answers_slowly_is_waited_for),
		cmocka_unit_test(a_store_that_never_answers_is_not_waited_for_when_all_ends),
	};
	return cmocka_run_group_tests_name("answer_store", tests, NULL, NULL);
}
