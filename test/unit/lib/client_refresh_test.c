/* When the OAuth client refreshes, and for whom: issuers that are down, clocks that go on. */
#include "support/check.h"
#include "support/fake_provider.h"
#include "support/small_web.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 4
#define NEAR_ITS_END 3580 /* of 3600 seconds */

static unsigned refreshes(const struct small_web *web)
{
	return small_web_asked(web, "grant_type=refresh_token");
}

static struct mcpauth_client *log_in(struct small_web *web)
{
	struct mcpauth_client *client = small_web_client(web);
	CHECK_OK(mcpauth_client_authorize(client, &err));
	return client;
}

static void an_issuer_that_fails_is_asked_once_in_a_while(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client = log_in(web);
	small_web_put(web, ISSUER "/token", 503, "not now");
	web->seconds = NEAR_ITS_END - 9;
	for (unsigned i = 0; i < 3; i++) {
		CHECK_OK(small_web_send(web, client, &err));
	}
	assert_int_equal(refreshes(web), 1);
	web->seconds += 14;
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_equal(refreshes(web), 1);
	web->seconds += 1;
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_equal(refreshes(web), 2);
	/* Once it is over nobody can do without another one. */
	web->seconds = 3600;
	small_web_put(web, ISSUER "/token", 200, TOKENS);
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_equal(refreshes(web), 3);
	assert_int_equal(web->logins, 1);
	mcpauth_client_free(client);
}

/* It has said what it has to say. */
static void an_issuer_that_gives_a_short_token_is_asked_again(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client = log_in(web);
	small_web_put(web, ISSUER "/token", 503, "not now");
	web->seconds = NEAR_ITS_END;
	CHECK_OK(small_web_send(web, client, &err));
	small_web_put(web, ISSUER "/token", 200,
		"{\"access_token\":\"short\",\"token_type\":\"Bearer\",\"expires_in\":4,"
		"\"refresh_token\":\"refresh-me\"}");
	web->seconds = 3600;
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_equal(refreshes(web), 2);
	web->seconds += 3;
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_equal(refreshes(web), 3);
	mcpauth_client_free(client);
}

/* Long enough for the others to come and want the same. */
static void take_time(enum mcpauth_client_step step, const char *detail, void *user)
{
	const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
	(void)detail;
	(void)user;
	if (step == MCPAUTH_STEP_REFRESH) {
		nanosleep(&pause, NULL);
	}
}

static void *prepare(void *argument)
{
	struct mcpauth_client_request *request = NULL;
	enum mcpauth_code code = mcpauth_client_request_new(argument, "POST", NULL, &request, NULL);
	if (code == MCPAUTH_OK) {
		code = mcpauth_client_request_prepare(request, NULL);
	}
	mcpauth_client_request_free(request);
	return (void *)(intptr_t)code;
}

/* @param want  what comes of each */
static void end_together(const pthread_t threads[THREADS], enum mcpauth_code want)
{
	void *codes[THREADS] = {NULL};
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &codes[i]);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal((intptr_t)codes[i], want);
	}
}

static void of_requests_that_wait_one_asks_an_issuer_that_fails(void **state)
{
	struct small_web *web = *state;
	pthread_t threads[THREADS];
	web->config.step = take_time;
	struct mcpauth_client *client = log_in(web);
	small_web_put(web, ISSUER "/token", 503, "not now");
	web->seconds = NEAR_ITS_END;
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, prepare, client), 0);
	}
	end_together(threads, MCPAUTH_OK);
	assert_int_equal(refreshes(web), 1);
	mcpauth_client_free(client);
}

static void *be_refused(void *argument)
{
	struct mcpauth_client_answer said = MCPAUTH_CLIENT_ANSWER_INIT;
	said.status = 401;
	return (void *)(intptr_t)mcpauth_client_request_answered(argument, &said, NULL);
}

/* The other way is that somebody logs in. */
static void who_was_refused_asks_all_the_same(void **state)
{
	struct small_web *web = *state;
	pthread_t threads[THREADS];
	struct mcpauth_client_request *requests[THREADS];
	web->config.step = take_time;
	struct mcpauth_client *client = log_in(web);
	small_web_put(web, ISSUER "/token", 503, "not now");
	for (size_t i = 0; i < THREADS; i++) {
		requests[i] = NULL;
		CHECK_OK(mcpauth_client_request_new(client, "GET", NULL, &requests[i], &err));
		assert_non_null(requests[i]);
		CHECK_OK(mcpauth_client_request_prepare(requests[i], &err));
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, be_refused, requests[i]), 0);
	}
	end_together(threads, MCPAUTH_E_HTTP_STATUS);
	for (size_t i = 0; i < THREADS; i++) {
		mcpauth_client_request_free(requests[i]);
	}
	assert_int_equal(refreshes(web), THREADS);
	mcpauth_client_free(client);
}

/* A clock that goes on while it is looked at. */
struct leaping {
	struct fake_provider *fake;
	struct mcpauth_config real; /* the provider's clock */
	pthread_t watched;          /* whose looks count */
	atomic_int looks;           /* until it leaps; 0: it does not */
};

static void tell_time(int64_t *seconds, int64_t *ms, void *user)
{
	struct leaping *leaping = user;
	leaping->real.clock(seconds, ms, leaping->real.clock_user);
	if (pthread_equal(leaping->watched, pthread_self()) && atomic_load(&leaping->looks) > 0
		&& atomic_fetch_sub(&leaping->looks, 1) == 1) {
		fake_provider_advance(leaping->fake, 20);
	}
}

static void wake(void *user)
{
	(void)user;
}

static void set_up(struct leaping *leaping, struct mcpauth **auth, struct mcpauth_client **client)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	leaping->fake = fake_provider_new();
	leaping->watched = pthread_self();
	atomic_init(&leaping->looks, 0);
	fake_provider_configure(leaping->fake, &leaping->real);
	fake_provider_configure(leaping->fake, &config);
	config.clock = tell_time;
	config.clock_user = leaping;
	const struct mcpauth_client_config made = fake_provider_client(leaping->fake);
	CHECK_OK(mcpauth_new(&config, auth, &err));
	CHECK_OK(mcpauth_client_new(*auth, &made, client, &err));
	CHECK_OK(mcpauth_client_authorize(*client, &err));
}

/* Of a program's loop: what begins to want a refresh just then is shown as it is. */
static void who_does_not_wait_waits_for_no_refresh(void **state)
{
	/* The network thread may look at it to its end. */
	static struct leaping leaping = {.real = MCPAUTH_CONFIG_INIT};
	struct mcpauth *auth = NULL;
	struct mcpauth_client *client = NULL;
	struct mcpauth_client_request *request = NULL;
	const char *name;
	const char *value = NULL;
	(void)state;
	set_up(&leaping, &auth, &client);
	CHECK_OK(mcpauth_client_request_new(client, "POST", NULL, &request, &err));
	assert_non_null(request);
	fake_provider_advance(leaping.fake, NEAR_ITS_END - 20);
	atomic_store(&leaping.looks, 1);
	CHECK_OK(mcpauth_client_request_start(request, NULL, wake, NULL, &err));
	assert_int_equal(atomic_load(&leaping.looks), 0);
	assert_int_equal(fake_provider_counts(leaping.fake).refreshes, 0);
	assert_true(mcpauth_client_request_header_at(request, 0, &name, &value));
	assert_string_equal(value, "Bearer at-1");
	/* The next one has a thread for it. */
	assert_int_equal(
		mcpauth_client_request_start(request, NULL, wake, NULL, NULL), MCPAUTH_PENDING);
	CHECK_OK(mcpauth_client_request_resume(request, &err));
	assert_int_equal(fake_provider_counts(leaping.fake).refreshes, 1);
	mcpauth_client_request_free(request);
	mcpauth_client_free(client);
	mcpauth_free(auth);
	fake_provider_free(leaping.fake);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_web_start, small_web_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_issuer_that_fails_is_asked_once_in_a_while),
		TEST(an_issuer_that_gives_a_short_token_is_asked_again),
		TEST(of_requests_that_wait_one_asks_an_issuer_that_fails),
		TEST(who_was_refused_asks_all_the_same),
		cmocka_unit_test(who_does_not_wait_waits_for_no_refresh),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
