/* Opening a URL: by which program, with which arguments, and with what it inherits. */
#include "client/login/browser.h"

#include "support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define URL "https://as.example/a?b=c&d='$(e);f"
/* Of one digit, as shells know no others. */
#define INHERITABLE 9

/* A folder with programs that write down what they were started with. */
struct fixture {
	char folder[256];
	char text[4096]; /* what was written */
	char *path;      /* the environment's, as it was */
};

static const char *const files[] = {
	"first", "second", "xdg-open", "open", "empty", "noted", "status", ""};

static char *place(const struct fixture *fixture, const char *name)
{
	static char path[300];
	snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
	return path;
}

/* Moved once it is whole, so that nobody reads a half. */
static void write_program(const struct fixture *fixture, const char *name, const char *does)
{
	FILE *file = fopen(place(fixture, name), "w");
	assert_non_null(file);
	fprintf(file,
		"#!/bin/sh\nPATH=/usr/bin:/bin\nhere=$(dirname \"$0\")\n"
		"{ echo %s\n%s\n} >\"$here/part\" 2>&1\nmv \"$here/part\" \"$here/noted\"\n",
		name, does);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(place(fixture, name), 0700), 0);
}

#define WRITES_ARGUMENTS "for word; do echo \"<$word>\"; done"

static int prepare(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	const char *parent = getenv("TMPDIR");
	const char *path = getenv("PATH");
	*state = fixture;
	if (fixture == NULL) {
		return -1;
	}
	fixture->path = path != NULL ? strdup(path) : NULL;
	snprintf(fixture->folder, sizeof fixture->folder, "%s/browser-XXXXXX",
		parent != NULL ? parent : "/tmp");
	unsetenv("BROWSER");
	/* What is tried on this program is nothing for those that it starts. */
	unsetenv("LD_PRELOAD");
	return mkdtemp(fixture->folder) != NULL && setenv("PATH", fixture->folder, 1) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < COUNT(files); i++) {
		remove(place(fixture, files[i]));
	}
	unsetenv("BROWSER");
	setenv("PATH", fixture->path != NULL ? fixture->path : "", 1);
	free(fixture->path);
	free(fixture);
	return 0;
}

/* What was written, once it is there. */
static const char *noted(struct fixture *fixture)
{
	FILE *file;
	CHECK_SOON((file = fopen(place(fixture, "noted"), "r")) != NULL);
	size_t length = fread(fixture->text, 1, sizeof fixture->text - 1, file);
	fixture->text[length] = '\0';
	fclose(file);
	remove(place(fixture, "noted"));
	return fixture->text;
}

static void set_browser(const char *value)
{
	assert_int_equal(setenv("BROWSER", value, 1), 0);
}

static const struct {
	const char *browser;
	const char *want;
} rows[] = {
	{"first", "first\n<" URL ">\n"},
	{"first:second", "first\n<" URL ">\n"},
	{"first -new --profile=a", "first\n<-new>\n<--profile=a>\n<" URL ">\n"},
	{" first  %s  b ", "first\n<" URL ">\n<b>\n"},
	{"first a=%s", "first\n<a=%s>\n<" URL ">\n"},
	{"first $(id) ;rm \"a b\" &", "first\n<$(id)>\n<;rm>\n<\"a>\n<b\">\n<&>\n<" URL ">\n"},
	{"second:first", "second\n<" URL ">\n"},
	{"", "xdg-open\n<" URL ">\n"},
	{":first", "xdg-open\n<" URL ">\n"},
	{"absent:first", "xdg-open\n<" URL ">\n"},
	{"empty", "xdg-open\n<" URL ">\n"},
};

static void starts_what_browser_names_without_a_shell(void **state)
{
	struct fixture *fixture = *state;
	write_program(fixture, "first", WRITES_ARGUMENTS);
	write_program(fixture, "second", WRITES_ARGUMENTS);
	write_program(fixture, "xdg-open", WRITES_ARGUMENTS);
	FILE *empty = fopen(place(fixture, "empty"), "w");
	assert_non_null(empty);
	fclose(empty);
	assert_int_equal(chmod(place(fixture, "empty"), 0700), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		set_browser(rows[i].browser);
		CHECK_ROW_CODE(rows[i].browser, MCPAUTH_OK, mcpauth__browser_open(URL, &err));
		CHECK_ROW(rows[i].browser, strcmp(noted(fixture), rows[i].want) == 0);
	}
}

static void starts_a_program_at_a_path(void **state)
{
	struct fixture *fixture = *state;
	write_program(fixture, "first", WRITES_ARGUMENTS);
	set_browser(place(fixture, "first"));
	CHECK_OK(mcpauth__browser_open(URL, &err));
	assert_string_equal(noted(fixture), "first\n<" URL ">\n");
}

static void takes_the_desktops_own_without_browser(void **state)
{
	struct fixture *fixture = *state;
	write_program(fixture, "open", WRITES_ARGUMENTS);
	CHECK_OK(mcpauth__browser_open(URL, &err));
	assert_string_equal(noted(fixture), "open\n<" URL ">\n");
	write_program(fixture, "xdg-open", WRITES_ARGUMENTS);
	CHECK_OK(mcpauth__browser_open(URL, &err));
	assert_string_equal(noted(fixture), "xdg-open\n<" URL ">\n");
}

static void says_that_there_is_none(void **state)
{
	struct fixture *fixture = *state;
	CHECK_CODE(MCPAUTH_E_NO_BROWSER, mcpauth__browser_open(URL, &err));
	write_program(fixture, "xdg-open", WRITES_ARGUMENTS);
	assert_int_equal(chmod(place(fixture, "xdg-open"), 0600), 0);
	CHECK_CODE(MCPAUTH_E_NO_BROWSER, mcpauth__browser_open(URL, &err));
}

/* Whoever may write there would choose the program. */
static void looks_for_none_in_the_current_folder(void **state)
{
	struct fixture *fixture = *state;
	static const char *const paths[] = {"", ":", ".", "::.:"};
	char before[1024];
	write_program(fixture, "xdg-open", WRITES_ARGUMENTS);
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir(fixture->folder), 0);
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(setenv("PATH", paths[i], 1), 0);
		CHECK_ROW_CODE(paths[i], MCPAUTH_E_NO_BROWSER, mcpauth__browser_open(URL, &err));
	}
	assert_int_equal(chdir(before), 0);
}

static void takes_up_to_so_many_words(void **state)
{
	struct fixture *fixture = *state;
	char browser[256] = "first";
	write_program(fixture, "first", "echo $#");
	for (int i = 0; i < 31; i++) {
		strcat(browser, " a");
	}
	set_browser(browser);
	CHECK_OK(mcpauth__browser_open(URL, &err));
	assert_string_equal(noted(fixture), "first\n32\n");
	strcat(browser, " a");
	set_browser(browser);
	CHECK_CODE(MCPAUTH_E_NO_BROWSER, mcpauth__browser_open(URL, &err));
}

static void lets_it_inherit_no_descriptor(void **state)
{
	struct fixture *fixture = *state;
	write_program(fixture, "first",
		"if (: >&9) 2>/dev/null; then echo inherited; fi\nreadlink /proc/$$/fd/0");
	set_browser("first");
	assert_int_equal(dup2(STDERR_FILENO, INHERITABLE), INHERITABLE);
	CHECK_OK(mcpauth__browser_open(URL, &err));
	assert_string_equal(noted(fixture), "first\n/dev/null\n");
	close(INHERITABLE);
}

/* What the program's state says; "" while it is not there. */
static const char *copied_state(struct fixture *fixture)
{
	FILE *file = fopen(place(fixture, "status"), "r");
	size_t length = 0;
	if (file != NULL) {
		length = fread(fixture->text, 1, sizeof fixture->text - 1, file);
		fclose(file);
	}
	fixture->text[length] = '\0';
	return fixture->text;
}

/* No script: shells begin by letting all signals through. */
static void lets_it_begin_with_all_signals(void **state)
{
	struct fixture *fixture = *state;
	char browser[512];
	sigset_t blocked;
	sigset_t before;
	sigset_t after;
	snprintf(browser, sizeof browser, "/bin/cp --target-directory=%s /proc/self/status",
		fixture->folder);
	set_browser(browser);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	void (*handler)(int) = signal(SIGPIPE, SIG_IGN);
	CHECK_OK(mcpauth__browser_open(URL, &err));
	signal(SIGPIPE, handler);
	sigprocmask(SIG_SETMASK, &before, &after);
	CHECK_SOON(strstr(copied_state(fixture), "SigBlk:\t0000000000000000\n") != NULL);
	assert_non_null(strstr(fixture->text, "SigIgn:\t0000000000000000\n"));
	assert_true(sigismember(&after, SIGTERM));
	assert_false(sigismember(&after, SIGUSR1));
}

static void leaves_no_child(void **state)
{
	struct fixture *fixture = *state;
	write_program(fixture, "first", WRITES_ARGUMENTS);
	set_browser("first");
	CHECK_OK(mcpauth__browser_open(URL, &err));
	noted(fixture);
	errno = 0;
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Where children leave without a word, nobody can be waited for. */
static void starts_it_where_children_are_ignored(void **state)
{
	struct fixture *fixture = *state;
	write_program(fixture, "first", WRITES_ARGUMENTS);
	set_browser("first");
	void (*handler)(int) = signal(SIGCHLD, SIG_IGN);
	CHECK_OK(mcpauth__browser_open(URL, &err));
	assert_string_equal(noted(fixture), "first\n<" URL ">\n");
	set_browser("absent");
	CHECK_CODE(MCPAUTH_E_NO_BROWSER, mcpauth__browser_open(URL, &err));
	signal(SIGCHLD, handler);
}

/* What is opened on the way gets the numbers that have a meaning. */
static void starts_it_without_input_and_output(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_error err = {0};
	int before[3];
	write_program(fixture, "first", "readlink /proc/$$/fd/0 /proc/$$/fd/2");
	set_browser("first");
	for (int fd = 0; fd < 3; fd++) {
		before[fd] = fcntl(fd, F_DUPFD, INHERITABLE + 1);
		close(fd);
	}
	enum mcpauth_code code = mcpauth__browser_open(URL, &err);
	for (int fd = 0; fd < 3; fd++) {
		dup2(before[fd], fd);
		close(before[fd]);
	}
	assert_int_equal(code, MCPAUTH_OK);
	const char *text = noted(fixture);
	assert_memory_equal(text, "first\n/dev/null\n", 16);
}

/* A program that runs on is not waited for. */
static void does_not_wait_for_its_end(void **state)
{
	struct fixture *fixture = *state;
	write_program(fixture, "first", "echo started");
	set_browser("first");
	struct timespec begin;
	struct timespec end;
	FILE *file = fopen(place(fixture, "first"), "a");
	assert_non_null(file);
	fputs("exec sleep 5\n", file);
	fclose(file);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	CHECK_OK(mcpauth__browser_open(URL, &err));
	noted(fixture);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(end.tv_sec - begin.tv_sec < 4);
}

static const char *const bad[] = {
	"",
	"as.example/a",
	"-version",
	"--help https://as.example/",
	"javascript:alert(1)",
	"data:text/html,a",
	"file:///etc/passwd",
	"ftp://as.example/",
	"https://as.example/a b",
	"https://as.example/\n",
	"https://as.example/\x1b",
	"https://as.example/\"",
	"https://as.example/`id`",
	"https://you@as.example/",
	"https:///a",
};

static void opens_web_pages_alone(void **state)
{
	struct fixture *fixture = *state;
	write_program(fixture, "first", WRITES_ARGUMENTS);
	set_browser("first");
	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_ROW_CODE(bad[i], MCPAUTH_E_INVALID_URL, mcpauth__browser_open(bad[i], &err));
	}
	CHECK_OK(mcpauth__browser_open("http://localhost:1/", &err));
	assert_string_equal(noted(fixture), "first\n<http://localhost:1/>\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(starts_what_browser_names_without_a_shell),
		TEST(starts_a_program_at_a_path),
		TEST(takes_the_desktops_own_without_browser),
		TEST(says_that_there_is_none),
		TEST(looks_for_none_in_the_current_folder),
		TEST(takes_up_to_so_many_words),
		TEST(lets_it_inherit_no_descriptor),
		TEST(lets_it_begin_with_all_signals),
		TEST(leaves_no_child),
		TEST(starts_it_where_children_are_ignored),
		TEST(starts_it_without_input_and_output),
		TEST(does_not_wait_for_its_end),
		TEST(opens_web_pages_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
