/* The example's store against a real Redis: what it carries out, and what it does when
 * that goes away. */
#define _GNU_SOURCE /* mkdtemp() */

#include "redis_store.h"

#include "net/shared_store.h"

#include "support/check.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_MS 300

/** A Redis, and a library's store before it. */
struct fixture {
	char folder[64];
	char socket[80];
	pid_t redis;
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__worker *worker;
	struct redis_store *own;
	struct mcpauth__shared_store *store;
};

/** What came of one question. */
struct outcome {
	atomic_bool told;
	enum mcpauth_store_outcome outcome;
	char value[64];
	size_t length;
};

static void run_redis(const struct fixture *fixture)
{
	char *arguments[] = {REDIS_SERVER, "--port", "0", "--unixsocket", (char *)fixture->socket,
		"--dir", (char *)fixture->folder, "--save", "", "--appendonly", "no", "--daemonize",
		"no", "--requirepass", "secret", NULL};
	/* It must not outlive a test that fails. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* What is loaded into the test to make it fail is not for another's server. */
	unsetenv("LD_PRELOAD");
	if (freopen("/dev/null", "w", stdout) != NULL) {
		execv(REDIS_SERVER, arguments);
	}
	_exit(127);
}

static bool is_listening(const struct fixture *fixture)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", fixture->socket);
	bool good = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	close(fd);
	return good;
}

static void start_redis(struct fixture *fixture)
{
	fixture->redis = fork();
	assert_true(fixture->redis >= 0);
	if (fixture->redis == 0) {
		run_redis(fixture);
	}
	CHECK_SOON(is_listening(fixture));
}

static void kill_redis(struct fixture *fixture)
{
	kill(fixture->redis, SIGKILL);
	waitpid(fixture->redis, NULL, 0);
	unlink(fixture->socket);
	fixture->redis = 0;
}

/* A socket's path must be short. */
static void make_folder(struct fixture *fixture)
{
	size_t size = sizeof fixture->folder;
	const char *folder = getenv("TMPDIR");
	bool usable = folder != NULL && strlen(folder) < size / 2;
	snprintf(fixture->folder, size, "%s/redis-XXXXXX", usable ? folder : "/tmp");
	assert_non_null(mkdtemp(fixture->folder));
}

static void start_as(struct fixture *fixture, const char *password)
{
	*fixture = (struct fixture){0};
	make_folder(fixture);
	snprintf(fixture->socket, sizeof fixture->socket, "%s/socket", fixture->folder);
	start_redis(fixture);
	fixture->log.clock = &fixture->clock;
	fixture->worker = mcpauth__worker_new(
		&(struct mcpauth__worker_config){.log = &fixture->log, .clock = &fixture->clock});
	fixture->own = redis_store_new(&(struct redis_store_config){
		.socket = fixture->socket, .password = password, .timeout_ms = TIMEOUT_MS});
	assert_true(fixture->worker != NULL && fixture->own != NULL);
	fixture->store = mcpauth__shared_store_new(&(struct mcpauth__shared_store_parts){
		.worker = fixture->worker,
		.carry_out = redis_store_carry_out,
		.user = fixture->own,
		.timeout_ms = 20000,
	});
	assert_non_null(fixture->store);
}

static void start(struct fixture *fixture)
{
	start_as(fixture, "secret");
}

static void stop(struct fixture *fixture)
{
	mcpauth__worker_free(fixture->worker);
	mcpauth__shared_store_free(fixture->store);
	redis_store_free(fixture->own);
	if (fixture->redis != 0) {
		kill_redis(fixture);
	}
	rmdir(fixture->folder);
}

static void note(const struct mcpauth__store_answer *answer, void *user)
{
	struct outcome *outcome = user;
	outcome->outcome = answer->outcome;
	outcome->length = answer->length;
	if (answer->value != NULL && answer->length < sizeof outcome->value) {
		memcpy(outcome->value, answer->value, answer->length);
	}
	atomic_store(&outcome->told, true);
}

static void begin(struct fixture *fixture, const struct mcpauth__store_question *question,
	struct outcome *outcome)
{
	struct mcpauth__store_question full = *question;
	*outcome = (struct outcome){0};
	full.done = note;
	full.user = outcome;
	mcpauth__shared_store_ask(fixture->store, &full);
}

static struct outcome ask(
	struct fixture *fixture, enum mcpauth_store_operation operation, const char *value)
{
	struct outcome outcome;
	struct mcpauth__store_question question = {
		.operation = operation,
		.key = "mcpauth:test:key",
		.value = value,
		.length = value != NULL ? strlen(value) : 0,
		.seconds = 100,
	};
	begin(fixture, &question, &outcome);
	CHECK_SOON(atomic_load(&outcome.told));
	return outcome;
}

#define OUTCOME(operation, value) ask(&fixture, operation, value).outcome

static void sets_gets_adds_and_deletes(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_int_equal(OUTCOME(MCPAUTH_STORE_GET, NULL), MCPAUTH_STORE_ABSENT);
	assert_int_equal(OUTCOME(MCPAUTH_STORE_SET, "one"), MCPAUTH_STORE_DONE);
	struct outcome found = ask(&fixture, MCPAUTH_STORE_GET, NULL);
	assert_int_equal(found.outcome, MCPAUTH_STORE_DONE);
	assert_int_equal(found.length, 3);
	assert_string_equal(found.value, "one");
	assert_int_equal(OUTCOME(MCPAUTH_STORE_SET, "two"), MCPAUTH_STORE_DONE);
	assert_string_equal(ask(&fixture, MCPAUTH_STORE_GET, NULL).value, "two");
	assert_int_equal(OUTCOME(MCPAUTH_STORE_ADD, "three"), MCPAUTH_STORE_EXISTS);
	assert_string_equal(ask(&fixture, MCPAUTH_STORE_GET, NULL).value, "two");
	assert_int_equal(OUTCOME(MCPAUTH_STORE_DELETE, NULL), MCPAUTH_STORE_DONE);
	assert_int_equal(OUTCOME(MCPAUTH_STORE_DELETE, NULL), MCPAUTH_STORE_DONE);
	assert_int_equal(OUTCOME(MCPAUTH_STORE_GET, NULL), MCPAUTH_STORE_ABSENT);
	assert_int_equal(OUTCOME(MCPAUTH_STORE_ADD, "three"), MCPAUTH_STORE_DONE);
	assert_string_equal(ask(&fixture, MCPAUTH_STORE_GET, NULL).value, "three");
	stop(&fixture);
}

static void values_are_bytes_and_no_commands(void **state)
{
	(void)state;
	static const char value[] = "a\0b\r\nFLUSHALL\r\n%s \"'";
	struct fixture fixture;
	struct outcome outcome;
	struct mcpauth__store_question question = {.operation = MCPAUTH_STORE_SET,
		.key = "mcpauth:test:key",
		.value = value,
		.length = sizeof value,
		.seconds = 100};
	start(&fixture);
	begin(&fixture, &question, &outcome);
	CHECK_SOON(atomic_load(&outcome.told));
	outcome = ask(&fixture, MCPAUTH_STORE_GET, NULL);
	assert_int_equal(outcome.length, sizeof value);
	assert_memory_equal(outcome.value, value, sizeof value);
	stop(&fixture);
}

static void a_value_is_gone_after_its_time(void **state)
{
	(void)state;
	struct fixture fixture;
	struct outcome outcome;
	struct mcpauth__store_question question = {.operation = MCPAUTH_STORE_SET,
		.key = "mcpauth:test:key",
		.value = "v",
		.length = 1,
		.seconds = 1};
	start(&fixture);
	begin(&fixture, &question, &outcome);
	CHECK_SOON(atomic_load(&outcome.told));
	assert_int_equal(OUTCOME(MCPAUTH_STORE_GET, NULL), MCPAUTH_STORE_DONE);
	CHECK_SOON(OUTCOME(MCPAUTH_STORE_GET, NULL) == MCPAUTH_STORE_ABSENT);
	stop(&fixture);
}

#define THREADS 50

static void *add(void *argument)
{
	struct fixture *fixture = argument;
	return (void *)(uintptr_t)(ask(fixture, MCPAUTH_STORE_ADD, "mine").outcome
		== MCPAUTH_STORE_DONE);
}

static void of_fifty_who_add_at_once_one_is_told_so(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t threads[THREADS];
	unsigned added = 0;
	start(&fixture);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, add, &fixture), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *won;
		pthread_join(threads[i], &won);
		added += won != NULL ? 1 : 0;
	}
	assert_int_equal(added, 1);
	stop(&fixture);
}

#define MANY 500

static void many_at_once_are_answered_in_order(void **state)
{
	(void)state;
	struct fixture fixture;
	static struct outcome outcomes[2 * MANY];
	char values[MANY][16];
	start(&fixture);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(values[i], sizeof values[i], "%zu", i);
		struct mcpauth__store_question question = {.operation = MCPAUTH_STORE_SET,
			.key = "mcpauth:test:key",
			.value = values[i],
			.length = strlen(values[i]),
			.seconds = 100};
		begin(&fixture, &question, &outcomes[2 * i]);
		question.operation = MCPAUTH_STORE_GET;
		begin(&fixture, &question, &outcomes[2 * i + 1]);
	}
	CHECK_SOON(atomic_load(&outcomes[2 * MANY - 1].told));
	for (size_t i = 0; i < MANY; i++) {
		assert_string_equal(outcomes[2 * i + 1].value, values[i]);
	}
	stop(&fixture);
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* All outcomes are failures, in about the time that two steps may take. */
static void fail_in_time(struct fixture *fixture)
{
	double begun = seconds();
	assert_int_equal(ask(fixture, MCPAUTH_STORE_GET, NULL).outcome, MCPAUTH_STORE_FAILED);
	assert_int_equal(ask(fixture, MCPAUTH_STORE_ADD, "v").outcome, MCPAUTH_STORE_FAILED);
	assert_int_equal(ask(fixture, MCPAUTH_STORE_SET, "v").outcome, MCPAUTH_STORE_FAILED);
	assert_int_equal(ask(fixture, MCPAUTH_STORE_DELETE, NULL).outcome, MCPAUTH_STORE_FAILED);
	assert_true(seconds() - begun < 3);
}

static void a_redis_that_was_killed_fails_in_time_until_it_is_back(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_int_equal(OUTCOME(MCPAUTH_STORE_SET, "v"), MCPAUTH_STORE_DONE);
	kill_redis(&fixture);
	fail_in_time(&fixture);
	start_redis(&fixture);
	CHECK_SOON(OUTCOME(MCPAUTH_STORE_SET, "v") == MCPAUTH_STORE_DONE);
	stop(&fixture);
}

static void a_redis_that_hangs_fails_in_time_until_it_goes_on(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_int_equal(OUTCOME(MCPAUTH_STORE_SET, "v"), MCPAUTH_STORE_DONE);
	kill(fixture.redis, SIGSTOP);
	fail_in_time(&fixture);
	kill(fixture.redis, SIGCONT);
	CHECK_SOON(OUTCOME(MCPAUTH_STORE_SET, "v") == MCPAUTH_STORE_DONE);
	stop(&fixture);
}

static void a_wrong_password_fails(void **state)
{
	(void)state;
	struct fixture fixture;
	start_as(&fixture, "wrong");
	fail_in_time(&fixture);
	stop(&fixture);
	start_as(&fixture, NULL);
	fail_in_time(&fixture);
	stop(&fixture);
}

static void what_is_asked_before_the_end_is_answered(void **state)
{
	(void)state;
	struct fixture fixture;
	static struct outcome outcomes[MANY];
	struct mcpauth__store_question question = {
		.operation = MCPAUTH_STORE_GET, .key = "mcpauth:test:key"};
	start(&fixture);
	for (size_t i = 0; i < MANY; i++) {
		begin(&fixture, &question, &outcomes[i]);
	}
	stop(&fixture);
	for (size_t i = 0; i < MANY; i++) {
		assert_true(atomic_load(&outcomes[i].told));
	}
	redis_store_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_gets_adds_and_deletes),
		cmocka_unit_test(values_are_bytes_and_no_commands),
		cmocka_unit_test(a_value_is_gone_after_its_time),
		cmocka_unit_test(of_fifty_who_add_at_once_one_is_told_so),
		cmocka_unit_test(many_at_once_are_answered_in_order),
		cmocka_unit_test(a_redis_that_was_killed_fails_in_time_until_it_is_back),
		cmocka_unit_test(a_redis_that_hangs_fails_in_time_until_it_goes_on),
		cmocka_unit_test(a_wrong_password_fails),
		cmocka_unit_test(what_is_asked_before_the_end_is_answered),
	};
	return cmocka_run_group_tests_name("redis_store", tests, NULL, NULL);
}
