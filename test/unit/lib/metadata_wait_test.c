/* Waiting for metadata: woken once, resumed, given up, read by many. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	atomic_uint wakes;
};

static void start(struct fixture *fixture, mcpauth_transpile_fn transpile, void *user)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.transpile = transpile;
	issuer.transpile_user = user;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, &issuer);
	atomic_init(&fixture->wakes, 0);
}

static void stop(struct fixture *fixture)
{
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

static struct mcpauth_metadata_request request_of(struct fixture *fixture)
{
	struct mcpauth_metadata_request request = MCPAUTH_METADATA_REQUEST_INIT;
	request.issuer = FAKE_ISSUER;
	request.wake = count_wake;
	request.user = fixture;
	return request;
}

/* One that waits. */
static struct mcpauth_metadata_wait *begin_waiting(struct fixture *fixture)
{
	struct mcpauth_metadata_request request = request_of(fixture);
	struct mcpauth_metadata_wait *pending = NULL;
	char *document = (void *)fixture;
	CHECK_CODE(MCPAUTH_PENDING,
		mcpauth_metadata_start(fixture->auth, &request, &document, &pending, &err));
	assert_null(document);
	assert_non_null(pending);
	return pending;
}

static void resume(struct mcpauth_metadata_wait *pending, enum mcpauth_code want)
{
	char *document = (void *)pending;
	CHECK_CODE(want, mcpauth_metadata_wait_resume(pending, &document, &err));
	assert_true((want == MCPAUTH_OK) == (document != NULL));
	free(document);
}

static void refuses_requests_that_lack_something(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_metadata_wait *pending;
	char *document;
	start(&fixture, NULL, NULL);
	struct mcpauth_metadata_request good = request_of(&fixture);
	struct mcpauth_metadata_request bad = good;
	bad.wake = NULL;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_metadata_start(fixture.auth, &bad, &document, &pending, &err));
	bad = good;
	bad.size = 0;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_metadata_start(fixture.auth, &bad, &document, &pending, &err));
	bad = good;
	bad.issuer = NULL;
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER,
		mcpauth_metadata_start(fixture.auth, &bad, &document, &pending, &err));
	assert_null(document);
	assert_null(pending);
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 0);
	CHECK_OK(mcpauth_metadata_start(fixture.auth, &good, &document, &pending, &err));
	free(document);
	stop(&fixture);
}

static void start_held(struct fixture *fixture)
{
	start(fixture, NULL, NULL);
	fake_issuer_hold(fixture->fake);
}

static void wakes_once_when_it_comes(void **state)
{
	(void)state;
	struct fixture fixture;
	start_held(&fixture);
	struct mcpauth_metadata_wait *one = begin_waiting(&fixture);
	struct mcpauth_metadata_wait *two = begin_waiting(&fixture);
	assert_int_equal(fixture.wakes, 0);
	fake_issuer_release(fixture.fake);
	assert_int_equal(fixture.wakes, 2);
	resume(one, MCPAUTH_OK);
	resume(two, MCPAUTH_OK);
	mcpauth_metadata_wait_free(one);
	mcpauth_metadata_wait_free(two);
	assert_int_equal(fixture.wakes, 2);
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 1);
	stop(&fixture);
}

static void tells_why_there_is_none_after_the_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	start_held(&fixture);
	struct mcpauth_metadata_wait *pending = begin_waiting(&fixture);
	fake_issuer_set_down(fixture.fake, true);
	fake_issuer_release(fixture.fake);
	resume(pending, MCPAUTH_E_UNREACHABLE);
	mcpauth_metadata_wait_free(pending);
	stop(&fixture);
}

static void given_up_while_waiting_it_is_woken_once(void **state)
{
	(void)state;
	struct fixture fixture;
	start_held(&fixture);
	mcpauth_metadata_wait_free(begin_waiting(&fixture));
	assert_int_equal(fixture.wakes, 1);
	fake_issuer_release(fixture.fake);
	fake_issuer_advance_ms(fixture.fake, 60000);
	stop(&fixture);
	assert_int_equal(fixture.wakes, 1);
	mcpauth_metadata_wait_free(NULL);
}

static void wakes_at_the_deadline_and_is_too_late(void **state)
{
	(void)state;
	struct fixture fixture;
	start_held(&fixture);
	struct mcpauth_metadata_wait *pending = begin_waiting(&fixture);
	fake_issuer_advance_ms(fixture.fake, 5000);
	await_wakes(&fixture, 1);
	resume(pending, MCPAUTH_E_TIMEOUT);
	mcpauth_metadata_wait_free(pending);
	stop(&fixture);
	assert_int_equal(fixture.wakes, 1);
}

static void may_come_just_before_it_resumes(void **state)
{
	(void)state;
	struct fixture fixture;
	start_held(&fixture);
	struct mcpauth_metadata_wait *pending = begin_waiting(&fixture);
	fake_issuer_release(fixture.fake);
	fake_issuer_advance_ms(fixture.fake, 5000);
	resume(pending, MCPAUTH_OK);
	mcpauth_metadata_wait_free(pending);
	stop(&fixture);
}

static bool count_call(cJSON *json, void *user)
{
	atomic_uint *calls = user;
	(void)json;
	atomic_fetch_add(calls, 1);
	return true;
}

struct readers {
	struct fixture fixture;
	atomic_bool are_done;
	atomic_uint bad;
};

static void *read_on(void *argument)
{
	struct readers *readers = argument;
	struct mcpauth_metadata_request request = request_of(&readers->fixture);
	while (!atomic_load(&readers->are_done)) {
		struct mcpauth_metadata_wait *pending;
		char *document;
		enum mcpauth_code code = mcpauth_metadata_start(
			readers->fixture.auth, &request, &document, &pending, NULL);
		if (code != MCPAUTH_OK || document == NULL) {
			atomic_fetch_add(&readers->bad, 1);
		}
		free(document);
		mcpauth_metadata_wait_free(pending);
	}
	return NULL;
}

static void many_read_while_it_is_replaced(void **state)
{
	(void)state;
	struct readers readers = {0};
	pthread_t threads[4];
	atomic_uint calls = 0;
	start(&readers.fixture, count_call, &calls);
	CHECK_OK(mcpauth_prefetch(readers.fixture.auth, &err));
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readers), 0);
	}
	unsigned seen = 0;
	for (unsigned steps = 0; seen < 50; steps++) {
		unsigned now = atomic_load(&calls);
		steps = now > seen ? 0 : steps;
		seen = now;
		/* It serves a day, however late the network thread gets to run. But it may have
		 * taken the time for its last answer when the clock had made all these steps. */
		if (steps < 40 || steps % 500 == 0) {
			fake_issuer_advance_ms(readers.fixture.fake, 600000);
		}
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	}
	atomic_store(&readers.are_done, true);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(readers.bad, 0);
	stop(&readers.fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_requests_that_lack_something),
		cmocka_unit_test(wakes_once_when_it_comes),
		cmocka_unit_test(tells_why_there_is_none_after_the_wait),
		cmocka_unit_test(given_up_while_waiting_it_is_woken_once),
		cmocka_unit_test(wakes_at_the_deadline_and_is_too_late),
		cmocka_unit_test(may_come_just_before_it_resumes),
		cmocka_unit_test(many_read_while_it_is_replaced),
	};
	return cmocka_run_group_tests_name("metadata_wait", tests, NULL, NULL);
}
