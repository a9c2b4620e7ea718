/* A storage in a file: the owner's alone, replaced whole, never taken for what it is not. */
#include "client/storage/token_storage_int.h"

#include "base/words.h"

#include "support/check.h"
#include "support/scarce_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define EMPTY "{\"version\":1,\"texts\":{\n}}\n"

/* The linker puts the second before the first. */
ssize_t __real_write(int file, const void *data, size_t size);
ssize_t __wrap_write(int file, const void *data, size_t size);
int __real_fsync(int file);
int __wrap_fsync(int file);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_fchmod(int file, mode_t mode);
int __wrap_fchmod(int file, mode_t mode);

/* What the next call of each comes to; 0: what the system says. */
static struct {
	int write;
	int fsync;
	int rename;
	int fchmod;
	size_t most;       /* bytes that a write takes; 0: all */
	unsigned syncs;    /* so many were there */
	unsigned renaming; /* how many were there when it got its name */
} calls;

static bool fails(int *number)
{
	int now = *number;
	*number = 0;
	errno = now != 0 ? now : errno;
	return now != 0;
}

ssize_t __wrap_write(int file, const void *data, size_t size)
{
	if (calls.most == 0) {
		return fails(&calls.write) ? -1 : __real_write(file, data, size);
	}
	if (size <= calls.most && fails(&calls.write)) {
		return -1;
	}
	return __real_write(file, data, size > calls.most ? calls.most : size);
}

int __wrap_fsync(int file)
{
	calls.syncs++;
	return fails(&calls.fsync) ? -1 : __real_fsync(file);
}

int __wrap_rename(const char *from, const char *to)
{
	calls.renaming = calls.syncs;
	return fails(&calls.rename) ? -1 : __real_rename(from, to);
}

int __wrap_fchmod(int file, mode_t mode)
{
	return fails(&calls.fchmod) ? -1 : __real_fchmod(file, mode);
}

struct fixture {
	char folder[32];
	char path[64];
	char lock[64];
	char fresh[64];
	struct mcpauth_token_storage *storage;
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	strcpy(fixture->folder, "storage-test-XXXXXX");
	if (mkdtemp(fixture->folder) == NULL) {
		return -1;
	}
	snprintf(fixture->path, sizeof fixture->path, "%s/tokens", fixture->folder);
	snprintf(fixture->lock, sizeof fixture->lock, "%s/tokens.lock", fixture->folder);
	snprintf(fixture->fresh, sizeof fixture->fresh, "%s/tokens.new", fixture->folder);
	memset(&calls, 0, sizeof calls);
	*state = fixture;
	return mcpauth_token_storage_new_file(fixture->path, &fixture->storage, NULL) == MCPAUTH_OK
		? 0
		: -1;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth_token_storage_free(fixture->storage);
	unlink(fixture->path);
	rmdir(fixture->path);
	unlink(fixture->lock);
	unlink(fixture->fresh);
	rmdir(fixture->folder);
	free(fixture);
	return 0;
}

static enum mcpauth_code keep_as(struct mcpauth_token_storage *storage, const char *key,
	const char *secret, struct mcpauth_error *err)
{
	struct mcpauth__credentials kept = {.dpop_key = mcpauth__strdup(secret)};
	assert_true((kept.dpop_key == NULL) == (secret == NULL));
	enum mcpauth_code code = mcpauth__token_storage_lock(storage, key, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__token_storage_save(storage, key, &kept, err);
		mcpauth__token_storage_unlock(storage, key);
	}
	mcpauth__credentials_finish(&kept);
	return code;
}

static void keep(const struct fixture *fixture, const char *key, const char *secret)
{
	CHECK_OK(keep_as(fixture->storage, key, secret, &err));
}

/* @param secret  NULL: there is none */
static void check_kept(struct mcpauth_token_storage *storage, const char *key, const char *secret)
{
	struct mcpauth__credentials kept = {0};
	CHECK_OK(mcpauth__token_storage_load(storage, key, &kept, &err));
	if (secret == NULL) {
		assert_null(kept.dpop_key);
	} else {
		assert_string_equal(kept.dpop_key, secret);
	}
	mcpauth__credentials_finish(&kept);
}

static void put(const char *path, const char *text, mode_t mode)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	assert_int_equal(close(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static bool is_there(const char *path)
{
	struct stat about;
	return lstat(path, &about) == 0;
}

static void check_text(const struct fixture *fixture, const char *want)
{
	char text[1024] = "";
	int file = open(fixture->path, O_RDONLY);
	assert_true(file >= 0);
	ssize_t length = read(file, text, sizeof text - 1);
	assert_int_equal(close(file), 0);
	assert_int_equal(length, strlen(want));
	assert_string_equal(text, want);
}

/* Neither read nor written, for a reason that has this in it. */
static void check_refused(const struct fixture *fixture, const char *reason)
{
	struct mcpauth__credentials kept = {0};
	struct mcpauth_error err = {0};
	CHECK_ROW(reason,
		mcpauth__token_storage_load(fixture->storage, "key", &kept, &err)
			== MCPAUTH_E_TOKEN_STORAGE);
	CHECK_ROW(reason, err.code == MCPAUTH_E_TOKEN_STORAGE);
	CHECK_ROW(reason, strncmp(err.message, "tokens: ", 8) == 0);
	CHECK_ROW(reason, strstr(err.message, reason) != NULL);
	memset(&err, 0, sizeof err);
	CHECK_ROW(reason, keep_as(fixture->storage, "key", "a", &err) == MCPAUTH_E_TOKEN_STORAGE);
	CHECK_ROW(reason, strstr(err.message, reason) != NULL);
	CHECK_ROW(reason, !is_there(fixture->fresh));
}

static void makes_files_when_they_are_needed(void **state)
{
	const struct fixture *fixture = *state;
	check_kept(fixture->storage, "key", NULL);
	assert_false(is_there(fixture->path));
	assert_false(is_there(fixture->lock));
	keep(fixture, "key", NULL);
	assert_false(is_there(fixture->path));
	keep(fixture, "key", "a");
	assert_true(is_there(fixture->path));
	assert_false(is_there(fixture->fresh));
}

static void check_mode(const char *path)
{
	struct stat about;
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
}

static void files_are_the_owners_alone(void **state)
{
	const struct fixture *fixture = *state;
	mode_t before = umask(0);
	keep(fixture, "key", "a");
	umask(before);
	check_mode(fixture->path);
	check_mode(fixture->lock);
	before = umask(0277);
	keep(fixture, "key", "b");
	umask(before);
	check_mode(fixture->path);
}

static void keeps_many_keys_beyond_a_restart(void **state)
{
	struct fixture *fixture = *state;
	keep(fixture, "https://one.example/a", "a");
	keep(fixture, "https://one.example/A", "b");
	keep(fixture, "https://one.example/\"\\", "c");
	keep(fixture, "https://one.example/a", "d\n");
	mcpauth_token_storage_free(fixture->storage);
	CHECK_OK(mcpauth_token_storage_new_file(fixture->path, &fixture->storage, &err));
	assert_non_null(fixture->storage);
	check_kept(fixture->storage, "https://one.example/a", "d\n");
	check_kept(fixture->storage, "https://one.example/A", "b");
	check_kept(fixture->storage, "https://one.example/\"\\", "c");
	keep(fixture, "https://one.example/a", NULL);
	check_kept(fixture->storage, "https://one.example/a", NULL);
	check_kept(fixture->storage, "https://one.example/A", "b");
}

static void is_an_object_of_texts(void **state)
{
	const struct fixture *fixture = *state;
	keep(fixture, "one", "a");
	keep(fixture, "two", "b");
	check_text(fixture,
		"{\"version\":1,\"texts\":{\n"
		"\"one\":\"{\\\"version\\\":1,\\\"dpop_key\\\":\\\"a\\\"}\",\n"
		"\"two\":\"{\\\"version\\\":1,\\\"dpop_key\\\":\\\"b\\\"}\"\n}}\n");
	keep(fixture, "one", NULL);
	keep(fixture, "two", NULL);
	check_text(fixture, EMPTY);
}

static void takes_an_empty_file_for_a_new_one(void **state)
{
	const struct fixture *fixture = *state;
	put(fixture->path, "", 0600);
	check_kept(fixture->storage, "key", NULL);
	keep(fixture, "key", "a");
	check_kept(fixture->storage, "key", "a");
}

static const struct {
	const char *label;
	const char *text;
} strangers[] = {
	{"half of one", "{\"version\":1,\"texts\":{"},
	{"no object", "[]"},
	{"somebody else's", "{\"servers\":{}}"},
	{"no texts", "{\"version\":1}"},
	{"texts as an array", "{\"version\":1,\"texts\":[]}"},
	{"a text as an object", "{\"version\":1,\"texts\":{\"one\":{}}}"},
	{"no version", "{\"texts\":{}}"},
	{"a newer version", "{\"version\":2,\"texts\":{}}"},
	{"a key twice", "{\"version\":1,\"texts\":{\"one\":\"\",\"one\":\"\"}}"},
	{"something behind it", EMPTY "{}"},
};

static void leaves_alone_what_is_damaged_or_somebody_elses(void **state)
{
	const struct fixture *fixture = *state;
	for (size_t i = 0; i < COUNT(strangers); i++) {
		put(fixture->path, strangers[i].text, 0600);
		check_refused(fixture, "");
		check_text(fixture, strangers[i].text);
	}
	put(fixture->path, EMPTY, 0600);
	keep(fixture, "key", "a");
}

static void refuses_a_file_that_others_may_use(void **state)
{
	const struct fixture *fixture = *state;
	static const mode_t modes[] = {0640, 0620, 0610, 0604, 0602, 0601};
	for (size_t i = 0; i < COUNT(modes); i++) {
		put(fixture->path, EMPTY, modes[i]);
		check_refused(fixture, "others may read or write it");
		check_text(fixture, EMPTY);
	}
	put(fixture->path, EMPTY, 0600);
	keep(fixture, "key", "a");
}

/* Only root can give one away. */
static void refuses_somebody_elses_file(void **state)
{
	const struct fixture *fixture = *state;
	put(fixture->path, EMPTY, 0600);
	if (geteuid() != 0) {
		skip();
	}
	assert_int_equal(chown(fixture->path, 65534, (gid_t)-1), 0);
	check_refused(fixture, "belongs to somebody else");
	assert_int_equal(chown(fixture->path, 0, (gid_t)-1), 0);
	keep(fixture, "key", "a");
}

static void refuses_what_is_no_regular_file(void **state)
{
	const struct fixture *fixture = *state;
	put(fixture->fresh, EMPTY, 0600);
	assert_int_equal(symlink("tokens.new", fixture->path), 0);
	struct mcpauth__credentials kept = {0};
	CHECK_CODE(MCPAUTH_E_TOKEN_STORAGE,
		mcpauth__token_storage_load(fixture->storage, "key", &kept, &err));
	assert_int_equal(unlink(fixture->fresh), 0);
	check_refused(fixture, "a symbolic link");
	assert_int_equal(unlink(fixture->path), 0);
	assert_int_equal(mkfifo(fixture->path, 0600), 0);
	/* Who waits all the same does not do so for long. */
	alarm(5);
	check_refused(fixture, "no regular file");
	alarm(0);
	assert_int_equal(unlink(fixture->path), 0);
	assert_int_equal(mkdir(fixture->path, 0700), 0);
	check_refused(fixture, "no regular file");
}

static void refuses_a_lock_that_others_may_use(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth_error err = {0};
	put(fixture->lock, "", 0644);
	assert_int_equal(keep_as(fixture->storage, "key", "a", &err), MCPAUTH_E_TOKEN_STORAGE);
	assert_string_equal(
		err.message, "tokens.lock: others may read or write it: its mode has to be 0600");
	assert_int_equal(unlink(fixture->lock), 0);
	assert_int_equal(symlink("elsewhere", fixture->lock), 0);
	assert_int_equal(keep_as(fixture->storage, "key", "a", &err), MCPAUTH_E_TOKEN_STORAGE);
	assert_int_equal(unlink(fixture->lock), 0);
	keep(fixture, "key", "a");
}

/* Quotes, which take four bytes each in the end: what a server could do to the others. */
static void no_server_alone_fills_it(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth_error err = {0};
	char key[16];
	unsigned count = 0;
	char *secret = malloc(MCPAUTH__KEPT_TEXT_LIMIT / 2);
	assert_non_null(secret);
	memset(secret, '"', MCPAUTH__KEPT_TEXT_LIMIT / 2);
	secret[MCPAUTH__KEPT_TEXT_LIMIT / 2 - 32] = '\0';
	do {
		snprintf(key, sizeof key, "%u", count++);
	} while (count < 32 && keep_as(fixture->storage, key, secret, &err) == MCPAUTH_OK);
	assert_in_range(count, 16, 17);
	assert_non_null(strstr(err.message, "over 8 MiB"));
	check_kept(fixture->storage, "0", secret);
	keep(fixture, "0", NULL);
	keep(fixture, key, secret);
	free(secret);
	assert_int_equal(truncate(fixture->path, 8 * 1024 * 1024 + 1), 0);
	check_refused(fixture, "more than 8388608 bytes");
}

static void never_writes_what_it_could_not_read(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth_error err = {0};
	keep(fixture, "key", "a");
	assert_int_equal(keep_as(fixture->storage, "\xff", "b", &err), MCPAUTH_E_TOKEN_STORAGE);
	check_kept(fixture->storage, "key", "a");
}

static void takes_away_what_a_crash_left(void **state)
{
	const struct fixture *fixture = *state;
	put(fixture->fresh, "half of", 0644);
	keep(fixture, "key", "a");
	check_mode(fixture->path);
	/* Nor is it a way to somebody else's file. */
	put(fixture->lock, "", 0600);
	assert_int_equal(symlink("tokens.lock", fixture->fresh), 0);
	keep(fixture, "key", "b");
	check_kept(fixture->storage, "key", "b");
	assert_int_equal(truncate(fixture->lock, 0), 0);
	assert_false(is_there(fixture->fresh));
}

/* One call fails: what was there is there still, and the next save succeeds. */
static void check_fault(const struct fixture *fixture, int *call, int number)
{
	struct mcpauth_error err = {0};
	keep(fixture, "key", "old");
	*call = number;
	assert_int_equal(keep_as(fixture->storage, "key", "new", &err), MCPAUTH_E_TOKEN_STORAGE);
	assert_int_equal(*call, 0);
	assert_non_null(strstr(err.message, strerror(number)));
	assert_false(is_there(fixture->fresh));
	check_kept(fixture->storage, "key", "old");
	keep(fixture, "key", "new");
	check_kept(fixture->storage, "key", "new");
}

static void a_failure_leaves_the_old_one(void **state)
{
	const struct fixture *fixture = *state;
	check_fault(fixture, &calls.write, ENOSPC);
	check_fault(fixture, &calls.write, EDQUOT);
	check_fault(fixture, &calls.fsync, EIO);
	check_fault(fixture, &calls.rename, EACCES);
	check_fault(fixture, &calls.fchmod, EPERM);
	/* Full in the middle. */
	calls.most = 7;
	check_fault(fixture, &calls.write, ENOSPC);
}

static void goes_on_after_signals_and_short_writes(void **state)
{
	const struct fixture *fixture = *state;
	calls.write = EINTR;
	calls.fsync = EINTR;
	calls.most = 1000;
	keep(fixture, "key", "a");
	assert_int_equal(calls.write + calls.fsync, 0);
	calls.most = 1;
	keep(fixture, "key", "b");
	check_kept(fixture->storage, "key", "b");
}

static void lies_on_the_disk_before_it_gets_its_name(void **state)
{
	const struct fixture *fixture = *state;
	keep(fixture, "key", "a");
	assert_int_equal(calls.renaming, 1);
	/* The folder's. */
	assert_int_equal(calls.syncs, 2);
	/* It has its name already. */
	calls.syncs = 0;
	keep(fixture, "key", "a");
	check_kept(fixture->storage, "key", "a");
}

static void needs_a_path_in_a_folder_that_is_there(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const wrong[] = {
		NULL, "", "/", ".", "..", "folder/", "folder/.", "not-there/tokens"};
	struct mcpauth_token_storage *storage;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		CHECK_ROW_CODE(wrong[i], MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_token_storage_new_file(wrong[i], &storage, &err));
		assert_null(storage);
	}
	put(fixture->path, "", 0600);
	char below[80];
	snprintf(below, sizeof below, "%s/tokens", fixture->path);
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_token_storage_new_file(below, &storage, &err));
}

static void stays_where_it_is_when_the_program_moves(void **state)
{
	const struct fixture *fixture = *state;
	keep(fixture, "key", "a");
	assert_int_equal(chdir(fixture->folder), 0);
	struct mcpauth__credentials kept = {0};
	enum mcpauth_code code = mcpauth__token_storage_load(fixture->storage, "key", &kept, NULL);
	struct mcpauth_token_storage *storage = NULL;
	enum mcpauth_code made = mcpauth_token_storage_new_file("tokens", &storage, NULL);
	assert_int_equal(chdir(".."), 0);
	assert_int_equal(code, MCPAUTH_OK);
	assert_int_equal(made, MCPAUTH_OK);
	assert_string_equal(kept.dpop_key, "a");
	mcpauth__credentials_finish(&kept);
	check_kept(storage, "key", "a");
	mcpauth_token_storage_free(storage);
}

static void is_made_or_not_without_memory(void **state)
{
	const struct fixture *fixture = *state;
	bool failed = true;
	unsigned number = 0;
	while (failed) {
		struct mcpauth_token_storage *storage;
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth_token_storage_new_file(
			fixture->path, &storage, NULL);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		assert_true((storage == NULL) == failed);
		mcpauth_token_storage_free(storage);
	}
	assert_int_equal(number, 5);
}

/* The folder's synchronisation does without. */
static void keeps_the_old_or_the_new_one_without_memory(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth__credentials fresh = {.dpop_key = mcpauth__strdup("new")};
	bool failed = true;
	unsigned number = 0;
	assert_non_null(fresh.dpop_key);
	while (failed) {
		keep(fixture, "key", "old");
		CHECK_OK(mcpauth__token_storage_lock(fixture->storage, "key", &err));
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth__token_storage_save(
			fixture->storage, "key", &fresh, NULL);
		failed = scarce_memory_end();
		mcpauth__token_storage_unlock(fixture->storage, "key");
		assert_true(code == MCPAUTH_OK || (failed && code == MCPAUTH_E_NO_MEMORY));
		check_kept(fixture->storage, "key", code == MCPAUTH_OK ? "new" : "old");
		assert_false(is_there(fixture->fresh));
	}
	assert_true(number > 4);
	mcpauth__credentials_finish(&fresh);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(makes_files_when_they_are_needed),
		TEST(files_are_the_owners_alone),
		TEST(keeps_many_keys_beyond_a_restart),
		TEST(is_an_object_of_texts),
		TEST(takes_an_empty_file_for_a_new_one),
		TEST(leaves_alone_what_is_damaged_or_somebody_elses),
		TEST(refuses_a_file_that_others_may_use),
		TEST(refuses_somebody_elses_file),
		TEST(refuses_what_is_no_regular_file),
		TEST(refuses_a_lock_that_others_may_use),
		TEST(no_server_alone_fills_it),
		TEST(never_writes_what_it_could_not_read),
		TEST(takes_away_what_a_crash_left),
		TEST(a_failure_leaves_the_old_one),
		TEST(goes_on_after_signals_and_short_writes),
		TEST(lies_on_the_disk_before_it_gets_its_name),
		TEST(needs_a_path_in_a_folder_that_is_there),
		TEST(stays_where_it_is_when_the_program_moves),
		TEST(is_made_or_not_without_memory),
		TEST(keeps_the_old_or_the_new_one_without_memory),
	};
	return cmocka_run_group_tests_name("token_storage_file", tests, NULL, NULL);
}
