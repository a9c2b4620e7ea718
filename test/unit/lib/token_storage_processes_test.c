/* A file that several processes share: nothing lost, nothing torn, nobody waits for ever. */
#include "client/storage/token_storage_int.h"

#include "base/words.h"

#include "support/check.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMES 200
#define WAIT_MS 20000

/* The linker puts the second before the first. */
int __real_open64(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, mode_t mode);
ssize_t __real_write(int file, const void *data, size_t size);
ssize_t __wrap_write(int file, const void *data, size_t size);
int __wrap_fsync(int file);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_fchmod(int file, mode_t mode);
int __wrap_fchmod(int file, mode_t mode);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

/* The process ends before its call of this number; 0: it does not. */
static unsigned left;

static void crash(void)
{
	if (left > 0 && --left == 0) {
		raise(SIGKILL);
	}
}

int __wrap_open64(const char *path, int flags, mode_t mode)
{
	crash();
	return __real_open64(path, flags, mode);
}

/* Half of it lies there already. */
ssize_t __wrap_write(int file, const void *data, size_t size)
{
	crash();
	return __real_write(file, data, left > 0 && size > 1 ? size / 2 : size);
}

/* Processes end here, machines do not: nothing has to lie on the disk. */
int __wrap_fsync(int file)
{
	(void)file;
	crash();
	return 0;
}

int __wrap_rename(const char *from, const char *to)
{
	crash();
	return __real_rename(from, to);
}

int __wrap_fchmod(int file, mode_t mode)
{
	crash();
	return __real_fchmod(file, mode);
}

int __wrap_unlink(const char *path)
{
	crash();
	return __real_unlink(path);
}

/* A child whose parent gave up does not stay. */
static pid_t fork_child(void)
{
	pid_t child = fork();
	if (child == 0) {
		alarm(60);
	}
	return child;
}

struct fixture {
	char folder[32];
	char path[64];
	char lock[64];
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	strcpy(fixture->folder, "processes-test-XXXXXX");
	if (mkdtemp(fixture->folder) == NULL) {
		return -1;
	}
	snprintf(fixture->path, sizeof fixture->path, "%s/tokens", fixture->folder);
	snprintf(fixture->lock, sizeof fixture->lock, "%s/tokens.lock", fixture->folder);
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	char fresh[64];
	snprintf(fresh, sizeof fresh, "%s/tokens.new", fixture->folder);
	unlink(fixture->path);
	unlink(fixture->lock);
	unlink(fresh);
	rmdir(fixture->folder);
	free(fixture);
	return 0;
}

static struct mcpauth_token_storage *storage_of(const struct fixture *fixture, unsigned wait_ms)
{
	struct mcpauth_token_storage *storage = NULL;
	(void)mcpauth__token_storage_open_file(fixture->path, wait_ms, &storage, NULL);
	return storage;
}

/* Count on from what is kept. @return did it succeed? */
static bool count_once(struct mcpauth_token_storage *storage, const char *key)
{
	struct mcpauth__credentials kept = {0};
	char number[24] = "";
	if (mcpauth__token_storage_lock(storage, key, NULL) != MCPAUTH_OK) {
		return false;
	}
	bool good = mcpauth__token_storage_load(storage, key, &kept, NULL) == MCPAUTH_OK;
	if (good) {
		snprintf(number, sizeof number, "%ld",
			kept.dpop_key != NULL ? strtol(kept.dpop_key, NULL, 10) + 1 : 1L);
		free(kept.dpop_key);
		kept.dpop_key = mcpauth__strdup(number);
		good = kept.dpop_key != NULL
			&& mcpauth__token_storage_save(storage, key, &kept, NULL) == MCPAUTH_OK;
	}
	mcpauth__token_storage_unlock(storage, key);
	mcpauth__credentials_finish(&kept);
	return good;
}

static bool count(const struct fixture *fixture, const char *key)
{
	struct mcpauth_token_storage *storage = storage_of(fixture, WAIT_MS);
	bool good = storage != NULL;
	for (unsigned i = 0; good && i < TIMES; i++) {
		good = count_once(storage, key);
	}
	mcpauth_token_storage_free(storage);
	return good;
}

static void check_counted(const struct fixture *fixture, const char *key, long want)
{
	struct mcpauth_token_storage *storage = storage_of(fixture, WAIT_MS);
	struct mcpauth__credentials kept = {0};
	assert_non_null(storage);
	CHECK_OK(mcpauth__token_storage_load(storage, key, &kept, &err));
	assert_non_null(kept.dpop_key);
	assert_int_equal(strtol(kept.dpop_key, NULL, 10), want);
	mcpauth__credentials_finish(&kept);
	mcpauth_token_storage_free(storage);
}

/* @return of the child; it ends with whether it succeeded */
static pid_t fork_counter(const struct fixture *fixture, const char *key)
{
	pid_t child = fork_child();
	if (child == 0) {
		_exit(count(fixture, key) ? 0 : 1);
	}
	return child;
}

static void check_ended_well(pid_t child)
{
	int status = -1;
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void two_processes_with_two_keys_lose_nothing(void **state)
{
	const struct fixture *fixture = *state;
	pid_t one = fork_counter(fixture, "one");
	pid_t two = fork_counter(fixture, "two");
	check_ended_well(one);
	check_ended_well(two);
	check_counted(fixture, "one", TIMES);
	check_counted(fixture, "two", TIMES);
}

static void two_processes_with_one_key_lose_nothing(void **state)
{
	const struct fixture *fixture = *state;
	pid_t one = fork_counter(fixture, "key");
	pid_t two = fork_counter(fixture, "key");
	check_ended_well(one);
	check_ended_well(two);
	check_counted(fixture, "key", 2L * TIMES);
}

static void *count_in_a_thread(void *fixture)
{
	return count(fixture, "key") ? fixture : NULL;
}

static void two_storages_of_one_process_lose_nothing(void **state)
{
	pthread_t thread;
	void *result;
	assert_int_equal(pthread_create(&thread, NULL, count_in_a_thread, *state), 0);
	bool good = count_in_a_thread(*state) != NULL;
	pthread_join(thread, &result);
	assert_true(good);
	assert_non_null(result);
	check_counted(*state, "key", 2L * TIMES);
}

/* What a crash leaves can be read, and be gone on from. @return what is counted there */
static long check_usable(const struct fixture *fixture)
{
	struct mcpauth_token_storage *storage = storage_of(fixture, WAIT_MS);
	struct mcpauth__credentials kept = {0};
	assert_non_null(storage);
	CHECK_OK(mcpauth__token_storage_load(storage, "key", &kept, &err));
	long counted = kept.dpop_key != NULL ? strtol(kept.dpop_key, NULL, 10) : 0;
	mcpauth__credentials_finish(&kept);
	assert_true(count_once(storage, "key"));
	mcpauth_token_storage_free(storage);
	check_counted(fixture, "key", counted + 1);
	return counted;
}

/* @param number  of the call before which it ends. @return did it end there? */
static bool crash_at(const struct fixture *fixture, unsigned number)
{
	int status = -1;
	struct mcpauth_token_storage *storage = storage_of(fixture, WAIT_MS);
	pid_t child = storage != NULL ? fork_child() : -1;
	if (child == 0) {
		left = number;
		_exit(count_once(storage, "key") ? 0 : 1);
	}
	mcpauth_token_storage_free(storage);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
	return WIFSIGNALED(status);
}

static void survives_a_crash_between_any_two_calls(void **state)
{
	const struct fixture *fixture = *state;
	long counted = 0;
	unsigned number = 0;
	bool crashed = true;
	while (crashed) {
		crashed = crash_at(fixture, ++number);
		long there = check_usable(fixture);
		assert_true(there == counted || there == counted + 1);
		assert_true(crashed || there == counted + 1);
		counted = there + 1;
	}
	/* Two locks, two reads, the new file: nine calls at least. */
	assert_true(number > 9);
}

static void survives_being_killed_at_any_time(void **state)
{
	const struct fixture *fixture = *state;
	for (unsigned i = 0; i < 20; i++) {
		pid_t child = fork_child();
		if (child == 0) {
			while (count(fixture, "key")) {
			}
			_exit(1);
		}
		assert_true(child > 0);
		nanosleep(&(struct timespec){.tv_nsec = 1000000 + i * 700001L}, NULL);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		check_usable(fixture);
	}
}

/* A process that holds the key and says so. */
static pid_t fork_holder(const struct fixture *fixture)
{
	int ready[2];
	char byte = 0;
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork_child();
	if (child == 0) {
		struct mcpauth_token_storage *storage = storage_of(fixture, WAIT_MS);
		bool held = storage != NULL
			&& mcpauth__token_storage_lock(storage, "key", NULL) == MCPAUTH_OK;
		if (held && __real_write(ready[1], "r", 1) == 1) {
			pause();
		}
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), child > 0 ? 1 : 0);
	close(ready[0]);
	return child;
}

static void gives_up_on_a_key_that_is_held_for_too_long(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth_token_storage *storage = storage_of(fixture, 50);
	struct mcpauth__credentials kept = {0};
	struct mcpauth_error err = {0};
	assert_non_null(storage);
	pid_t holder = fork_holder(fixture);
	assert_int_equal(
		mcpauth__token_storage_lock(storage, "key", &err), MCPAUTH_E_TOKEN_STORAGE);
	assert_string_equal(err.message, "tokens.lock: another one holds the lock for too long");
	/* Other keys are free, and reading is. */
	assert_true(count_once(storage, "other"));
	CHECK_OK(mcpauth__token_storage_load(storage, "key", &kept, &err));
	mcpauth__credentials_finish(&kept);
	kill(holder, SIGKILL);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	assert_true(count_once(storage, "key"));
	mcpauth_token_storage_free(storage);
}

/* As long as it forked while it held it, a child's copy of the descriptor holds nothing. */
static void lets_go_although_a_child_has_the_descriptor(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth_token_storage *storage = storage_of(fixture, 50);
	assert_non_null(storage);
	CHECK_OK(mcpauth__token_storage_lock(storage, "key", &err));
	pid_t child = fork_child();
	if (child == 0) {
		pause();
		_exit(1);
	}
	mcpauth__token_storage_unlock(storage, "key");
	bool good = count_once(storage, "key");
	assert_true(child > 0);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(good);
	mcpauth_token_storage_free(storage);
}

/* Two that each lock another file of the same name would both have it. */
static void locks_the_file_that_is_there_in_the_end(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth_token_storage *one = storage_of(fixture, WAIT_MS);
	struct mcpauth_token_storage *two = storage_of(fixture, 50);
	assert_true(one != NULL && two != NULL);
	CHECK_OK(mcpauth__token_storage_lock(one, "key", &err));
	pid_t waiter = fork_counter(fixture, "key");
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	/* The waiter has the old one open. */
	assert_int_equal(unlink(fixture->lock), 0);
	CHECK_OK(mcpauth__token_storage_lock(two, "key", &err));
	mcpauth__token_storage_unlock(one, "key");
	for (unsigned i = 0; i < 20; i++) {
		struct mcpauth__credentials kept = {0};
		CHECK_OK(mcpauth__token_storage_load(two, "key", &kept, &err));
		assert_null(kept.dpop_key);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	mcpauth__token_storage_unlock(two, "key");
	check_ended_well(waiter);
	check_counted(fixture, "key", TIMES);
	mcpauth_token_storage_free(one);
	mcpauth_token_storage_free(two);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_processes_with_two_keys_lose_nothing),
		TEST(two_processes_with_one_key_lose_nothing),
		TEST(survives_a_crash_between_any_two_calls),
		TEST(survives_being_killed_at_any_time),
		TEST(gives_up_on_a_key_that_is_held_for_too_long),
		TEST(lets_go_although_a_child_has_the_descriptor),
		TEST(locks_the_file_that_is_there_in_the_end),
		TEST(two_storages_of_one_process_lose_nothing),
	};
	return cmocka_run_group_tests_name("token_storage_processes", tests, NULL, NULL);
}
