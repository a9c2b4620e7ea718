/* A verifier of the program's own: asked without a lock, answered whenever, held
 * to the same rules as an issuer's keys. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <cjson/cJSON.h>

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OPAQUE "opaque-token.1"
#define CLAIMS(iss, aud, exp, more) \
	"{\"iss\":" iss ",\"aud\":" aud ",\"exp\":" exp ",\"sub\":\"alice\"" more "}"
#define ISS "\"" FAKE_ISSUER "\""
#define AUD "\"" FAKE_RESOURCE "\""
#define SOON "1800000300"
#define GOOD CLAIMS(ISS, AUD, SOON, "")
#define WITH(more) CLAIMS(ISS, AUD, SOON, more)

/** A library whose tokens the program judges, and what it is to say of them. */
struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	atomic_uint wakes;
	atomic_uint asked;
	const char *claims;     /* NULL: refuse with code */
	enum mcpauth_code code; /* and with MCPAUTH_PENDING keep the inquiry */
	const char *reason;
	struct mcpauth_inquiry *held;
	char seen[64]; /* token and resource of the last inquiry */
};

static void say(const struct fixture *fixture, struct mcpauth_inquiry *inquiry)
{
	if (fixture->claims != NULL) {
		mcpauth_inquiry_accept(inquiry, fixture->claims, strlen(fixture->claims));
	} else {
		mcpauth_inquiry_refuse(inquiry, fixture->code, fixture->reason);
	}
}

static void judge(struct mcpauth_inquiry *inquiry, void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->asked, 1);
	snprintf(fixture->seen, sizeof fixture->seen, "%.20s %s", mcpauth_inquiry_token(inquiry),
		mcpauth_inquiry_resource(inquiry));
	if (fixture->code == MCPAUTH_PENDING) {
		fixture->held = inquiry;
	} else {
		say(fixture, inquiry);
	}
}

static struct mcpauth_verifier_config judged_by(struct fixture *fixture)
{
	struct mcpauth_verifier_config config = MCPAUTH_VERIFIER_CONFIG_INIT;
	config.verify = judge;
	config.user = fixture;
	return config;
}

static void start_as(struct fixture *fixture, const struct mcpauth_config *config,
	const struct mcpauth_issuer_config *issuer, unsigned cache_seconds)
{
	memset(fixture, 0, sizeof *fixture);
	struct mcpauth_verifier_config verifier = judged_by(fixture);
	verifier.cache_seconds = cache_seconds;
	fixture->claims = GOOD;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, config, issuer);
	CHECK_OK(mcpauth_set_verifier(fixture->auth, FAKE_RESOURCE, &verifier, &err));
}

static void start(struct fixture *fixture)
{
	start_as(fixture, NULL, NULL, 0);
}

/* Whatever happened, nobody asked the issuer for anything. */
static void stop(struct fixture *fixture)
{
	assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 0);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static void await_wakes(struct fixture *fixture, unsigned wakes)
{
	for (int i = 0; i < 1000 && atomic_load(&fixture->wakes) < wakes; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	assert_int_equal(fixture->wakes, wakes);
}

static enum mcpauth_code begin(struct fixture *fixture, struct mcpauth_auth_info **info,
	struct mcpauth_verification **pending, struct mcpauth_error *err)
{
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = OPAQUE;
	request.wake = count_wake;
	request.user = fixture;
	return mcpauth_verify_start(fixture->auth, &request, info, pending, err);
}

/* One that waits for its answer, which is the fixture's to give. */
static struct mcpauth_verification *begin_waiting(struct fixture *fixture)
{
	struct mcpauth_auth_info *info = (void *)fixture;
	struct mcpauth_verification *pending = NULL;
	fixture->code = MCPAUTH_PENDING;
	CHECK_CODE(MCPAUTH_PENDING, begin(fixture, &info, &pending, &err));
	assert_null(info);
	assert_non_null(pending);
	assert_non_null(fixture->held);
	assert_int_equal(fixture->wakes, 0);
	return pending;
}

static void resume(struct mcpauth_verification *pending, enum mcpauth_code want)
{
	struct mcpauth_auth_info *info = (void *)pending;
	CHECK_CODE(want, mcpauth_verification_resume(pending, &info, &err));
	assert_true((want == MCPAUTH_OK) == (info != NULL));
	mcpauth_auth_info_free(info);
}

static enum mcpauth_code show(struct fixture *fixture, const char *token, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(fixture->auth, FAKE_RESOURCE, token, &info, err);
	assert_true((code == MCPAUTH_OK) == (info != NULL));
	mcpauth_auth_info_free(info);
	return code;
}

#define SHOW() show(&fixture, OPAQUE, &err)

static unsigned count_threads(void)
{
	unsigned count = 0;
	DIR *tasks = opendir("/proc/self/task");
	assert_non_null(tasks);
	while (readdir(tasks) != NULL) {
		count++;
	}
	closedir(tasks);
	return count;
}

static void an_answer_at_once_needs_no_thread(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending = (void *)&fixture;
	unsigned threads = count_threads();
	start(&fixture);
	CHECK_OK(begin(&fixture, &info, &pending, &err));
	assert_null(pending);
	assert_int_equal(count_threads(), threads);
	assert_int_equal(fixture.wakes, 0);
	assert_string_equal(fixture.seen, OPAQUE " " FAKE_RESOURCE);
	assert_string_equal(mcpauth_auth_info_subject(info), "alice");
	assert_string_equal(mcpauth_auth_info_issuer(info), FAKE_ISSUER);
	assert_string_equal(mcpauth_auth_info_token(info), OPAQUE);
	assert_string_equal(mcpauth_auth_info_claims_json(info), GOOD);
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

static void *answer(void *argument)
{
	struct fixture *fixture = argument;
	say(fixture, fixture->held);
	return NULL;
}

static void a_later_answer_wakes_once_from_another_thread(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t thread;
	start(&fixture);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	assert_int_equal(pthread_create(&thread, NULL, answer, &fixture), 0);
	await_wakes(&fixture, 1);
	resume(pending, MCPAUTH_OK);
	mcpauth_verification_free(pending);
	pthread_join(thread, NULL);
	assert_int_equal(fixture.wakes, 1);
	assert_int_equal(fixture.asked, 1);
	CHECK_OK(SHOW());
	assert_int_equal(fixture.asked, 1);
	stop(&fixture);
}

static void a_later_refusal_is_told_after_the_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	mcpauth_inquiry_refuse(fixture.held, MCPAUTH_E_EXPIRED, "revoked");
	assert_int_equal(fixture.wakes, 1);
	resume(pending, MCPAUTH_E_EXPIRED);
	mcpauth_verification_free(pending);
	stop(&fixture);
}

static void the_deadline_ends_the_wait_and_a_late_answer_is_harmless(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	struct mcpauth_auth_info *info;
	struct mcpauth_error why = {0};
	fake_issuer_advance_ms(fixture.fake, 4999);
	nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
	assert_int_equal(fixture.wakes, 0);
	fake_issuer_advance_ms(fixture.fake, 1);
	await_wakes(&fixture, 1);
	assert_int_equal(mcpauth_verification_resume(pending, &info, &why), MCPAUTH_E_TIMEOUT);
	assert_null(info);
	assert_non_null(strstr(why.message, "the program's verifier"));
	mcpauth_verification_free(pending);
	say(&fixture, fixture.held);
	assert_int_equal(fixture.wakes, 1);
	stop(&fixture);
}

static void an_answer_just_before_a_late_resume_counts(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_verification *pending = begin_waiting(&fixture);
	fake_issuer_advance_ms(fixture.fake, 5000);
	await_wakes(&fixture, 1);
	say(&fixture, fixture.held);
	resume(pending, MCPAUTH_OK);
	mcpauth_verification_free(pending);
	assert_int_equal(fixture.wakes, 1);
	stop(&fixture);
}

static void given_up_it_is_woken_once_and_the_inquiry_lives_on(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	mcpauth_verification_free(begin_waiting(&fixture));
	assert_int_equal(fixture.wakes, 1);
	assert_string_equal(mcpauth_inquiry_token(fixture.held), OPAQUE);
	struct mcpauth_inquiry *late = fixture.held;
	stop(&fixture);
	assert_string_equal(mcpauth_inquiry_token(late), OPAQUE);
	assert_string_equal(mcpauth_inquiry_resource(late), FAKE_RESOURCE);
	mcpauth_inquiry_accept(late, GOOD, strlen(GOOD));
	assert_int_equal(fixture.wakes, 1);
}

static void *answer_after_a_while(void *argument)
{
	nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
	mcpauth_inquiry_accept(argument, GOOD, strlen(GOOD));
	return NULL;
}

static void answer_later(struct mcpauth_inquiry *inquiry, void *user)
{
	assert_int_equal(pthread_create(user, NULL, answer_after_a_while, inquiry), 0);
}

static void blocks_until_another_thread_answers(void **state)
{
	(void)state;
	pthread_t thread;
	struct mcpauth_auth_info *info;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	verifier.verify = answer_later;
	verifier.user = &thread;
	CHECK_OK(mcpauth_set_verifier(auth, FAKE_RESOURCE, &verifier, &err));
	CHECK_OK(mcpauth_verify(auth, FAKE_RESOURCE, OPAQUE, &info, &err));
	assert_string_equal(mcpauth_auth_info_subject(info), "alice");
	mcpauth_auth_info_free(info);
	pthread_join(thread, NULL);
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

static const struct {
	const char *label;
	const char *claims;
	enum mcpauth_code want;
} rules[] = {
	{"good", GOOD, MCPAUTH_OK},
	{"an array of audiences", CLAIMS(ISS, "[\"x\"," AUD "]", SOON, ""), MCPAUTH_OK},
	{"another issuer", CLAIMS("\"https://evil.example\"", AUD, SOON, ""),
		MCPAUTH_E_UNTRUSTED_ISSUER},
	{"the issuer with a slash", CLAIMS("\"" FAKE_ISSUER "/\"", AUD, SOON, ""),
		MCPAUTH_E_UNTRUSTED_ISSUER},
	{"no issuer", "{\"aud\":" AUD ",\"exp\":" SOON "}", MCPAUTH_E_UNTRUSTED_ISSUER},
	{"issuer a number", CLAIMS("1", AUD, SOON, ""), MCPAUTH_E_UNTRUSTED_ISSUER},
	{"another audience", CLAIMS(ISS, "\"x\"", SOON, ""), MCPAUTH_E_AUDIENCE},
	{"no audience", "{\"iss\":" ISS ",\"exp\":" SOON "}", MCPAUTH_E_INVALID_CLAIM},
	{"no exp", "{\"iss\":" ISS ",\"aud\":" AUD "}", MCPAUTH_E_INVALID_CLAIM},
	{"expired", CLAIMS(ISS, AUD, "1799999940", ""), MCPAUTH_E_EXPIRED},
	{"not yet valid", WITH(",\"nbf\":1800000061"), MCPAUTH_E_NOT_YET_VALID},
	{"bound to a key", WITH(",\"cnf\":{\"jkt\":\"x\"}"), MCPAUTH_E_BOUND_TOKEN},
	{"an ID token's", WITH(",\"at_hash\":\"x\""), MCPAUTH_E_TOKEN_TYPE},
	{"a client that is none", WITH(",\"client_id\":7"), MCPAUTH_E_INVALID_CLAIM},
	{"a name twice", WITH(",\"sub\":\"bob\""), MCPAUTH_E_INVALID_CLAIM},
	{"no object", "[]", MCPAUTH_E_INVALID_CLAIM},
	{"no JSON", "{", MCPAUTH_E_INVALID_CLAIM},
	{"nothing", "", MCPAUTH_E_INVALID_CLAIM},
};

static void holds_what_is_accepted_to_the_rules_for_claims(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct fixture fixture;
		start(&fixture);
		fixture.claims = rules[i].claims;
		CHECK_ROW_CODE(rules[i].label, rules[i].want, SHOW());
		stop(&fixture);
	}
}

static void trusts_no_issuer_but_the_resources_own(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fixture.claims = CLAIMS("\"https://evil.example\"", AUD, SOON, "");
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER, SHOW());
	fake_issuer_reopen(fixture.auth);
	CHECK_OK(mcpauth_accept_issuer_value(
		fixture.auth, FAKE_ISSUER, "https://evil.example", &err));
	CHECK_OK(SHOW());
	stop(&fixture);
}

static bool is_staff(const cJSON *claims, const char *resource, void *user)
{
	atomic_uint *calls = user;
	atomic_fetch_add(calls, 1);
	assert_string_equal(resource, FAKE_RESOURCE);
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(claims, "staff"));
}

static void the_issuers_own_rules_hold_as_well(void **state)
{
	(void)state;
	struct fixture fixture;
	atomic_uint calls;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	atomic_init(&calls, 0);
	issuer.issuer = FAKE_ISSUER;
	issuer.strict_type = true; /* of a header that there is not */
	issuer.required_claims = "tenant";
	issuer.max_age = 100;
	issuer.check_claims = is_staff;
	issuer.check_claims_user = &calls;
	start_as(&fixture, NULL, &issuer, 0);
	fixture.claims = WITH(",\"iat\":1800000000,\"staff\":true");
	CHECK_CODE(MCPAUTH_E_INVALID_CLAIM, SHOW());
	fixture.claims = WITH(",\"iat\":1799999839,\"staff\":true,\"tenant\":1");
	CHECK_CODE(MCPAUTH_E_EXPIRED, SHOW());
	assert_int_equal(calls, 0);
	fixture.claims = WITH(",\"iat\":1800000000,\"staff\":false,\"tenant\":1");
	CHECK_CODE(MCPAUTH_E_CLAIM_CHECK, SHOW());
	fixture.claims = WITH(",\"iat\":1800000000,\"staff\":true,\"tenant\":1");
	CHECK_OK(SHOW());
	CHECK_OK(SHOW());
	assert_int_equal(calls, 2);
	stop(&fixture);
}

static void refuses_for_the_reason_that_the_program_gives(void **state)
{
	(void)state;
	static const struct {
		enum mcpauth_code said;
		enum mcpauth_code told;
	} rows[] = {
		{MCPAUTH_E_EXPIRED, MCPAUTH_E_EXPIRED},
		{MCPAUTH_E_CLAIM_CHECK, MCPAUTH_E_CLAIM_CHECK},
		{MCPAUTH_E_UNREACHABLE, MCPAUTH_E_UNREACHABLE},
		{MCPAUTH_E_INVALID_JSON, MCPAUTH_E_INVALID_JSON},
		{MCPAUTH_OK, MCPAUTH_E_BAD_SIGNATURE},
		{MCPAUTH_E_NO_MEMORY, MCPAUTH_E_BAD_SIGNATURE},
		{MCPAUTH_E_UNSUPPORTED, MCPAUTH_E_BAD_SIGNATURE},
		{(enum mcpauth_code)500, MCPAUTH_E_BAD_SIGNATURE},
		{(enum mcpauth_code) - 1, MCPAUTH_E_BAD_SIGNATURE},
	};
	struct fixture fixture;
	start(&fixture);
	fixture.claims = NULL;
	fixture.reason = "two\nlines";
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_error err = {0};
		fixture.code = rows[i].said;
		assert_int_equal(SHOW(), rows[i].told);
		assert_int_equal(err.code, rows[i].told);
		assert_string_equal(err.message, "two?lines");
	}
	fixture.reason = NULL;
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, SHOW());
	assert_int_equal(fixture.asked, sizeof rows / sizeof *rows + 1);
	stop(&fixture);
}

static void remembers_a_good_verdict_for_so_long(void **state)
{
	(void)state;
	static const struct {
		unsigned cache_seconds;
		unsigned token_cache_seconds;
		unsigned kept; /* seconds */
	} rows[] = {
		{0, 0, 60},
		{10, 0, 10},
		{200, 100, 100},
		{0, 20, 20},
		{MCPAUTH_NONE, 0, 0},
		{10, MCPAUTH_NONE, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		config.token_cache_seconds = rows[i].token_cache_seconds;
		start_as(&fixture, &config, NULL, rows[i].cache_seconds);
		CHECK_OK(SHOW());
		fake_issuer_advance_ms(fixture.fake, rows[i].kept * INT64_C(1000) - 1);
		CHECK_OK(SHOW());
		assert_int_equal(fixture.asked, rows[i].kept > 0 ? 1 : 2);
		fake_issuer_advance_ms(fixture.fake, 1);
		CHECK_OK(SHOW());
		assert_int_equal(fixture.asked, rows[i].kept > 0 ? 2 : 3);
		stop(&fixture);
	}
}

static void asks_again_once_what_is_remembered_has_expired(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fixture.claims = CLAIMS(ISS, AUD, "1800000030", "");
	CHECK_OK(SHOW());
	fake_issuer_advance_ms(fixture.fake, 29000);
	CHECK_OK(SHOW());
	assert_int_equal(fixture.asked, 1);
	fake_issuer_advance_ms(fixture.fake, 1000);
	fixture.claims = CLAIMS(ISS, AUD, "1800000900", "");
	CHECK_OK(SHOW());
	assert_int_equal(fixture.asked, 2);
	CHECK_OK(SHOW());
	assert_int_equal(fixture.asked, 2);
	stop(&fixture);
}

static void remembers_one_token_for_one_resource(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info *info;
	struct mcpauth_resource_config second = MCPAUTH_RESOURCE_CONFIG_INIT;
	second.resource = "https://api.example/second";
	start(&fixture);
	struct mcpauth_verifier_config verifier = judged_by(&fixture);
	CHECK_OK(mcpauth_add_resource(fixture.auth, &second, &err));
	CHECK_OK(mcpauth_set_verifier(fixture.auth, second.resource, &verifier, &err));
	CHECK_OK(SHOW());
	CHECK_OK(show(&fixture, OPAQUE "x", &err));
	assert_int_equal(fixture.asked, 2);
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER,
		mcpauth_verify(fixture.auth, second.resource, OPAQUE, &info, &err));
	assert_int_equal(fixture.asked, 3);
	stop(&fixture);
}

static void asks_only_for_tokens_of_some_length(void **state)
{
	(void)state;
	struct fixture fixture;
	char *token = calloc(1, 16386);
	assert_non_null(token);
	memset(token, 'a', 16385);
	start(&fixture);
	CHECK_CODE(MCPAUTH_E_MALFORMED_TOKEN, show(&fixture, token, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_REQUEST, show(&fixture, "", &err));
	assert_int_equal(fixture.asked, 0);
	token[16384] = '\0';
	CHECK_OK(show(&fixture, token, &err));
	CHECK_OK(show(&fixture, "a", &err));
	assert_int_equal(fixture.asked, 2);
	stop(&fixture);
	free(token);
}

static void asks_only_for_tokens_that_a_header_can_bring(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"a b", " a", "a ", "a,b", "a\tb", "\"a\"", "a=b", "==", "a\r\nb", "a\xc3\xa4"};
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CHECK_ROW_CODE(texts[i], MCPAUTH_E_INVALID_REQUEST, show(&fixture, texts[i], &err));
	}
	assert_int_equal(fixture.asked, 0);
	CHECK_OK(show(&fixture, "a-._~+/9=", &err));
	assert_int_equal(fixture.asked, 1);
	stop(&fixture);
}

static void prefetches_nothing_that_nobody_needs(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_resource_config second = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	second.resource = "https://api.example/second";
	issuer.issuer = FAKE_ISSUER;
	start(&fixture);
	CHECK_OK(mcpauth_prefetch(fixture.auth, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 0);
	CHECK_OK(mcpauth_add_resource(fixture.auth, &second, &err));
	CHECK_OK(mcpauth_add_issuer(fixture.auth, second.resource, &issuer, &err));
	CHECK_OK(mcpauth_prefetch(fixture.auth, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	mcpauth_free(fixture.auth);
	fake_issuer_free(fixture.fake);
}

static void remembers_it_whatever_becomes_of_the_issuers_keys(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_resource_config second = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	second.resource = "https://api.example/second";
	issuer.issuer = FAKE_ISSUER;
	start(&fixture);
	CHECK_OK(mcpauth_add_resource(fixture.auth, &second, &err));
	CHECK_OK(mcpauth_add_issuer(fixture.auth, second.resource, &issuer, &err));
	CHECK_OK(SHOW());
	CHECK_OK(mcpauth_prefetch(fixture.auth, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	CHECK_OK(SHOW());
	assert_int_equal(fixture.asked, 1);
	mcpauth_free(fixture.auth);
	fake_issuer_free(fixture.fake);
}

static void a_resource_has_one_verifier_at_most(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth_verifier_config verifier = judged_by(&fixture);
	CHECK_CODE(MCPAUTH_E_DUPLICATE,
		mcpauth_set_verifier(fixture.auth, FAKE_RESOURCE, &verifier, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_set_verifier(fixture.auth, "https://x.example", &verifier, &err));
	verifier.verify = NULL;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_set_verifier(fixture.auth, FAKE_RESOURCE, &verifier, &err));
	verifier.size = 0;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_set_verifier(fixture.auth, FAKE_RESOURCE, &verifier, &err));
	CHECK_OK(SHOW());
	stop(&fixture);
}

static void *give_up(void *argument)
{
	mcpauth_verification_free(argument);
	return NULL;
}

/* The answer, the deadline and whoever gives up, all in the same moment. */
static void wakes_once_whoever_comes_first(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct fixture fixture;
		pthread_t giver;
		pthread_t answerer;
		start(&fixture);
		struct mcpauth_verification *pending = begin_waiting(&fixture);
		assert_int_equal(pthread_create(&answerer, NULL, answer, &fixture), 0);
		fake_issuer_advance_ms(fixture.fake, round % 2 == 0 ? 5000 : 0);
		assert_int_equal(pthread_create(&giver, NULL, give_up, pending), 0);
		pthread_join(giver, NULL);
		pthread_join(answerer, NULL);
		stop(&fixture);
		assert_int_equal(fixture.wakes, 1);
	}
}

/** One verification, answered by a thread that its inquiry starts. */
struct racer {
	struct fake_issuer *fake;
	struct mcpauth_inquiry *inquiry;
	bool late; /* the deadline passes just now */
	pthread_t thread;
	sem_t woken;
};

static void *answer_racer(void *argument)
{
	static const char claims[] = CLAIMS(ISS, AUD, "1900000000", "");
	struct racer *racer = argument;
	sched_yield();
	fake_issuer_advance_ms(racer->fake, racer->late ? 5000 : 0);
	mcpauth_inquiry_accept(racer->inquiry, claims, sizeof claims - 1);
	return NULL;
}

static void race(struct mcpauth_inquiry *inquiry, void *user)
{
	struct racer *racer = user;
	racer->inquiry = inquiry;
	assert_int_equal(pthread_create(&racer->thread, NULL, answer_racer, racer), 0);
}

static void post(void *user)
{
	sem_post(user);
}

/* Each wait is followed by one wake, and the answer is not lost in between. */
static enum mcpauth_code run_race(struct mcpauth *auth, struct racer *racer)
{
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = OPAQUE;
	request.wake = post;
	request.user = &racer->woken;
	sem_init(&racer->woken, 0, 0);
	enum mcpauth_code code = mcpauth_verify_start(auth, &request, &info, &pending, NULL);
	while (code == MCPAUTH_PENDING) {
		while (sem_wait(&racer->woken) != 0) {
		}
		code = mcpauth_verification_resume(pending, &info, NULL);
	}
	mcpauth_verification_free(pending);
	pthread_join(racer->thread, NULL);
	assert_int_equal(sem_trywait(&racer->woken), -1);
	sem_destroy(&racer->woken);
	mcpauth_auth_info_free(info);
	return code;
}

static void answers_may_come_at_any_moment_of_asking(void **state)
{
	(void)state;
	struct fake_issuer *fake = fake_issuer_new();
	struct racer racer = {.fake = fake};
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	verifier.verify = race;
	verifier.user = &racer;
	verifier.cache_seconds = MCPAUTH_NONE;
	CHECK_OK(mcpauth_set_verifier(auth, FAKE_RESOURCE, &verifier, &err));
	for (unsigned round = 0; round < 500; round++) {
		racer.late = round % 2 == 1;
		enum mcpauth_code code = run_race(auth, &racer);
		assert_true(code == MCPAUTH_OK || (racer.late && code == MCPAUTH_E_TIMEOUT));
	}
	assert_int_equal(fake_issuer_fetches(fake, NULL), 0);
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_at_once_needs_no_thread),
		cmocka_unit_test(a_later_answer_wakes_once_from_another_thread),
		cmocka_unit_test(a_later_refusal_is_told_after_the_wait),
		cmocka_unit_test(the_deadline_ends_the_wait_and_a_late_answer_is_harmless),
		cmocka_unit_test(an_answer_just_before_a_late_resume_counts),
		cmocka_unit_test(given_up_it_is_woken_once_and_the_inquiry_lives_on),
		cmocka_unit_test(blocks_until_another_thread_answers),
		cmocka_unit_test(holds_what_is_accepted_to_the_rules_for_claims),
		cmocka_unit_test(trusts_no_issuer_but_the_resources_own),
		cmocka_unit_test(the_issuers_own_rules_hold_as_well),
		cmocka_unit_test(refuses_for_the_reason_that_the_program_gives),
		cmocka_unit_test(remembers_a_good_verdict_for_so_long),
		cmocka_unit_test(asks_again_once_what_is_remembered_has_expired),
		cmocka_unit_test(remembers_one_token_for_one_resource),
		cmocka_unit_test(asks_only_for_tokens_of_some_length),
		cmocka_unit_test(asks_only_for_tokens_that_a_header_can_bring),
		cmocka_unit_test(prefetches_nothing_that_nobody_needs),
		cmocka_unit_test(remembers_it_whatever_becomes_of_the_issuers_keys),
		cmocka_unit_test(a_resource_has_one_verifier_at_most),
		cmocka_unit_test(wakes_once_whoever_comes_first),
		cmocka_unit_test(answers_may_come_at_any_moment_of_asking),
	};
	return cmocka_run_group_tests_name("inquiry", tests, NULL, NULL);
}
