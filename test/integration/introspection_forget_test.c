/* A token that is revoked and forgotten is accepted by no request that begins later. */
#include "support/check.h"
#include "support/opaque_daemon.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VISITORS 8
#define ROUNDS 250
#define ROUNDS_LONG 1000

static unsigned rounds = ROUNDS;

/** A token lives for one round: in the end it is revoked, forgotten, and asked for again. */
struct fixture {
	struct opaque_daemon *it;
	atomic_uint round;
	atomic_uint revoked;   /* the tokens up to this round: by the endpoint */
	atomic_uint forgotten; /* and by the library, too */
	atomic_uint said;      /* that this round's token is good: maybe not heard yet */
	atomic_uint accepted;  /* in this round at last a token that was not forgotten yet */
	atomic_uint refused;   /* and in this one a token that was */
	atomic_uint wrong;
	atomic_bool over;
};

/* Said when it is asked, sent a little later: what is under way while the token is
 * revoked still says that it is good. */
static void say(const char *token, struct opaque_answer *answer, void *user)
{
	struct fixture *fixture = user;
	unsigned round = (unsigned)strtoul(strchr(token, '-') + 1, NULL, 10);
	if (round > atomic_load(&fixture->revoked)) {
		opaque_say(token, answer, NULL);
		atomic_store(&fixture->said, round);
	}
	answer->delay_ms = 1 + round % 3;
}

static void judge(struct fixture *fixture, unsigned round, bool was_forgotten, unsigned status)
{
	if (status != 200 && status != 401) {
		atomic_fetch_add(&fixture->wrong, 1);
	} else if (was_forgotten && status == 200) {
		atomic_fetch_add(&fixture->wrong, 1);
	} else if (!was_forgotten && status == 401 && round > atomic_load(&fixture->revoked)) {
		atomic_fetch_add(&fixture->wrong, 1);
	} else if (status == 200) {
		atomic_store(&fixture->accepted, round);
	} else if (was_forgotten) {
		atomic_store(&fixture->refused, round);
	}
}

static void *visit(void *argument)
{
	struct fixture *fixture = argument;
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(fixture->it->daemon));
	char token[32];
	while (!atomic_load(&fixture->over)) {
		unsigned round = atomic_load(&fixture->round);
		bool was_forgotten = atomic_load(&fixture->forgotten) >= round;
		snprintf(token, sizeof token, "token-%u", round);
		bool answered = http_client_get(client, "/mcp", token)
			&& http_client_read(client, &response, HTTP_CLIENT_MS);
		judge(fixture, round, was_forgotten, answered ? response.status : 0);
	}
	http_response_finish(&response);
	http_client_free(client);
	return NULL;
}

static void run_round(struct fixture *fixture, unsigned round)
{
	char token[32];
	snprintf(token, sizeof token, "token-%u", round);
	atomic_store(&fixture->round, round);
	/* Half of them are revoked while they are asked about for the first time, the
	 * others once they are remembered. */
	if (round % 2 == 0) {
		CHECK_SOON(atomic_load(&fixture->said) == round);
	} else {
		CHECK_SOON(atomic_load(&fixture->accepted) == round);
	}
	atomic_store(&fixture->revoked, round);
	mcpauth_forget_token(fixture->it->auth, token);
	atomic_store(&fixture->forgotten, round);
	CHECK_SOON(atomic_load(&fixture->refused) == round);
}

static void is_not_accepted_after_it_was_forgotten(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	struct opaque_daemon_config config = {
		.daemon = {.way = DAEMON_POOL}, .answer = say, .user = fixture};
	pthread_t threads[VISITORS];
	(void)state;
	assert_non_null(fixture);
	fixture->it = opaque_daemon_new(&config);
	atomic_store(&fixture->round, 1);
	for (int i = 0; i < VISITORS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, visit, fixture), 0);
	}
	long begin = http_client_clock();
	for (unsigned round = 1; round <= rounds; round++) {
		run_round(fixture, round);
	}
	atomic_store(&fixture->over, true);
	for (int i = 0; i < VISITORS; i++) {
		pthread_join(threads[i], NULL);
	}
	print_message("# %u rounds, %u requests, %u questions in %ld ms\n", rounds,
		atomic_load(&fixture->it->arrived), opaque_endpoint_calls(fixture->it->endpoint),
		http_client_clock() - begin);
	assert_int_equal(atomic_load(&fixture->wrong), 0);
	opaque_daemon_free(fixture->it);
	free(fixture);
}

/* The twin: without being forgotten, what was revoked is believed while it is kept. */
static void is_accepted_as_long_as_nobody_forgets_it(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	struct opaque_daemon_config config = {.answer = say, .user = fixture};
	static const unsigned statuses[] = {200, 200, 401};
	(void)state;
	assert_non_null(fixture);
	fixture->it = opaque_daemon_new(&config);
	for (size_t i = 0; i < 3; i++) {
		struct http_response response = opaque_daemon_get(fixture->it, "/mcp", "token-1");
		assert_int_equal(response.status, statuses[i]);
		http_response_finish(&response);
		atomic_store(&fixture->revoked, 1);
		if (i == 1) {
			assert_int_not_equal(mcpauth_forget_token(fixture->it->auth, "token-1"), 0);
		}
	}
	opaque_daemon_free(fixture->it);
	free(fixture);
}

int main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_not_accepted_after_it_was_forgotten),
		cmocka_unit_test(is_accepted_as_long_as_nobody_forgets_it),
	};
	if (count > 1 && strcmp(arguments[1], "--long") == 0) {
		rounds = ROUNDS_LONG;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
