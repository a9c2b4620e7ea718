/* Files that a configuration names: read whole or not at all, and nobody waited for. */
#include "base/file.h"

#include "support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LIMIT ((size_t)10000)

/* The linker puts the second before the first. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
ssize_t __real_read(int file, void *data, size_t size);
ssize_t __wrap_read(int file, void *data, size_t size);

/* What the system does to the next calls, until it is 0 again. */
static int open_errno;
static int read_errno;
static size_t read_most; /* 0: any number */

int __wrap_open(const char *path, int flags, ...)
{
	if (open_errno != 0) {
		errno = open_errno;
		open_errno = 0;
		return -1;
	}
	return __real_open(path, flags);
}

/* Where files may be long, glibc calls it so. */
int __wrap_open64(const char *path, int flags, ...)
{
	return __wrap_open(path, flags);
}

ssize_t __wrap_read(int file, void *data, size_t size)
{
	if (read_errno != 0) {
		errno = read_errno;
		read_errno = 0;
		return -1;
	}
	return __real_read(file, data, read_most != 0 && read_most < size ? read_most : size);
}

struct fixture {
	char folder[32];
	char path[64];
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	strcpy(fixture->folder, "file-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->path, sizeof fixture->path, "%s/secret.txt", fixture->folder);
	open_errno = 0;
	read_errno = 0;
	read_most = 0;
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	unlink(fixture->path);
	rmdir(fixture->folder);
	free(fixture);
	return 0;
}

static void put(const struct fixture *fixture, const void *data, size_t length)
{
	FILE *file = fopen(fixture->path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, length, file), length);
	fclose(file);
}

/* Refused, with this in the message, and nothing is left to release. */
static void check_refused(const struct fixture *fixture, const char *reason)
{
	struct mcpauth__buf text = {0};
	struct mcpauth_error err = {0};
	CHECK_ROW(reason, mcpauth__file_read(fixture->path, LIMIT, &text, &err) == MCPAUTH_E_FILE);
	CHECK_ROW(reason, text.data == NULL && err.code == MCPAUTH_E_FILE);
	CHECK_ROW(reason, strncmp(err.message, "secret.txt: ", 12) == 0);
	CHECK_ROW(reason, strcmp(err.message + 12, reason) == 0);
}

static void reads_a_file_up_to_the_limit(void **state)
{
	struct mcpauth__buf text = {0};
	char data[LIMIT];
	memset(data, 'a', sizeof data);
	put(*state, data, sizeof data);
	const struct fixture *fixture = *state;
	CHECK_OK(mcpauth__file_read(fixture->path, LIMIT, &text, &err));
	assert_int_equal(text.length, LIMIT);
	assert_memory_equal(text.data, data, LIMIT);
	assert_int_equal(text.data[LIMIT], '\0');
	mcpauth__buf_wipe(&text);
}

static void refuses_a_byte_more(void **state)
{
	char data[LIMIT + 1];
	memset(data, 'a', sizeof data);
	put(*state, data, sizeof data);
	check_refused(*state, "more than 10000 bytes");
}

static void reads_an_empty_file(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth__buf text = {0};
	put(fixture, "", 0);
	CHECK_OK(mcpauth__file_read_secret(fixture->path, LIMIT, &text, &err));
	assert_string_equal(text.data, "");
	mcpauth__buf_wipe(&text);
}

static void reads_on_after_signals_and_short_reads(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth__buf text = {0};
	put(fixture, "hush-hush", 9);
	open_errno = EINTR;
	read_errno = EINTR;
	read_most = 2;
	CHECK_OK(mcpauth__file_read(fixture->path, LIMIT, &text, &err));
	assert_int_equal(open_errno + read_errno, 0);
	assert_string_equal(text.data, "hush-hush");
	mcpauth__buf_wipe(&text);
}

static void says_why_a_file_cannot_be_read(void **state)
{
	check_refused(*state, "No such file or directory");
	put(*state, "a", 1);
	open_errno = EACCES;
	check_refused(*state, "Permission denied");
	read_errno = EIO;
	check_refused(*state, "Input/output error");
	read_errno = 4095;
	check_refused(*state, "error 4095");
}

static void tells_a_lack_of_memory_from_a_lack_of_the_file(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth__buf text = {0};
	put(fixture, "a", 1);
	open_errno = ENOMEM;
	CHECK_CODE(MCPAUTH_E_NO_MEMORY, mcpauth__file_read(fixture->path, LIMIT, &text, &err));
	CHECK_OK(mcpauth__file_read(fixture->path, LIMIT, &text, &err));
	mcpauth__buf_wipe(&text);
}

static void refuses_what_would_make_it_wait(void **state)
{
	const struct fixture *fixture = *state;
	assert_int_equal(mkfifo(fixture->path, 0600), 0);
	/* Who waits all the same does not do so for long. */
	alarm(5);
	check_refused(fixture, "no regular file");
	alarm(0);
	unlink(fixture->path);
	assert_int_equal(symlink("/dev/zero", fixture->path), 0);
	check_refused(fixture, "no regular file");
	unlink(fixture->path);
	assert_int_equal(symlink(".", fixture->path), 0);
	check_refused(fixture, "no regular file");
}

static const struct {
	const char *label;
	const char *data;
	size_t length;
	const char *secret; /* NULL: refused */
} secrets[] = {
	{"as it is", "hush", 4, "hush"},
	{"a newline", "hush\n", 5, "hush"},
	{"a newline of Windows", "hush\r\n", 6, "hush"},
	{"one of two newlines", "hush\n\n", 6, "hush\n"},
	{"a carriage return alone", "hush\r", 5, "hush\r"},
	{"blanks", " hush \n", 7, " hush "},
	{"a newline alone", "\n", 1, ""},
	{"a NUL within", "hu\0sh\n", 6, NULL},
	{"a NUL at the end", "hush\0", 5, NULL},
};

static void takes_a_secret_without_its_newline(void **state)
{
	const struct fixture *fixture = *state;
	for (size_t i = 0; i < COUNT(secrets); i++) {
		struct mcpauth__buf text = {0};
		struct mcpauth_error err = {0};
		bool good = secrets[i].secret != NULL;
		put(fixture, secrets[i].data, secrets[i].length);
		CHECK_ROW(secrets[i].label,
			mcpauth__file_read_secret(fixture->path, LIMIT, &text, &err)
				== (good ? MCPAUTH_OK : MCPAUTH_E_FILE));
		CHECK_ROW(secrets[i].label,
			good ? strcmp(text.data, secrets[i].secret) == 0
					&& text.length == strlen(secrets[i].secret)
			     : text.data == NULL && strstr(err.message, "NUL") != NULL);
		mcpauth__buf_wipe(&text);
	}
}

static void finds_no_secret_in_a_file_that_is_not_there(void **state)
{
	const struct fixture *fixture = *state;
	struct mcpauth__buf text = {0};
	CHECK_CODE(MCPAUTH_E_FILE, mcpauth__file_read_secret(fixture->path, LIMIT, &text, &err));
	assert_null(text.data);
}

static void names_a_file_without_its_folders(void **state)
{
	(void)state;
	assert_string_equal(mcpauth__file_name("/a/b/c.pem"), "c.pem");
	assert_string_equal(mcpauth__file_name("c.pem"), "c.pem");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_file_up_to_the_limit),
		TEST(refuses_a_byte_more),
		TEST(reads_an_empty_file),
		TEST(reads_on_after_signals_and_short_reads),
		TEST(says_why_a_file_cannot_be_read),
		TEST(tells_a_lack_of_memory_from_a_lack_of_the_file),
		TEST(refuses_what_would_make_it_wait),
		TEST(takes_a_secret_without_its_newline),
		TEST(finds_no_secret_in_a_file_that_is_not_there),
		TEST(names_a_file_without_its_folders),
	};
	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
