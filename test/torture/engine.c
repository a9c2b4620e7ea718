/* Runs a program, or an operation of one, in a new process for each allocation. */
#include "torture_int.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))
#define TESTS_MAX 100 /* of one program */
#define LISTED_MAX 65536

typedef int (*main_fn)(int argc, char **argv, char **environment);
typedef int (*start_fn)(main_fn program, int argc, char **argv, void (*init)(void),
	void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

API int __libc_start_main(main_fn program, int argc, char **argv, void (*init)(void),
	void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

static struct {
	main_fn program;
	int argc;
	char **argv;
	char **environment;
} started;

static FILE *report;
static sigset_t mask_before;

static long setting(const char *name, long otherwise)
{
	const char *text = getenv(name);
	return text != NULL ? atol(text) : otherwise;
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* " module+offset(symbol)" each. */
static void print_trace(const struct trace *trace)
{
	for (int i = 0; i < trace->depth; i++) {
		Dl_info info = {0};
		if (dladdr(trace->frames[i], &info) == 0 || info.dli_fname == NULL) {
			fprintf(report, " ?+%p", trace->frames[i]);
			continue;
		}
		const char *slash = strrchr(info.dli_fname, '/');
		fprintf(report, " %s+0x%tx", slash != NULL ? slash + 1 : info.dli_fname,
			(char *)trace->frames[i] - (char *)info.dli_fbase);
		if (info.dli_sname != NULL) {
			fprintf(report, "(%s)", info.dli_sname);
		}
	}
}

static void print_module(const void *address)
{
	struct trace one = {1, {(void *)(uintptr_t)address}};
	print_trace(&one);
}

static bool is_of_test(void)
{
	return torture_trace_is_of_test(&torture_shared->end, &torture_shared->failure);
}

/* assert_string_equal() compares a string with none: that check did not hold. */
static bool is_check_of_null(int number)
{
	return number == SIGSEGV && (uintptr_t)torture_shared->address < 4096
		&& torture_trace_is_check(&torture_shared->end) && is_of_test();
}

static const char *exit_name(int status)
{
	switch (status) {
	case 0:
		/* A scenario has gone on since: it tells by its status. */
		return started.program == NULL || torture_failed() ? "passed" : "unreached";
	case END_NOT_REACHED:
		return "unreached";
	case END_LEFT_OUT:
		return "left-out";
	case END_ASSERTION:
		return is_of_test() ? "assertion" : "assertion-within";
	case END_WRONG:
		return "wrong";
	default:
		/* cmocka counts the tests that could not be set up. */
		return torture_shared->returned && status < TESTS_MAX ? "set-up" : "exit";
	}
}

static const char *end_name(int status)
{
	/* A test that is run alone may lack what another one prepares. */
	if (torture_stack_is_chosen() && !torture_failed()) {
		return "unreached";
	}
	if (WIFEXITED(status)) {
		return exit_name(WEXITSTATUS(status));
	}
	int number = WTERMSIG(status);
	if (number == SIGUSR2 || number == SIGKILL) {
		return "hang";
	}
	if (number != SIGABRT || torture_shared->aborted_by == NULL) {
		return is_check_of_null(number) ? "assertion" : "crash";
	}
	/* What a test calls abort() about is its own failure, if it is not called back. */
	bool gave_up = torture_side(torture_shared->aborted_by) == SIDE_TEST && is_of_test();
	return gave_up ? "gave-up" : "abort";
}

/* A line: number, outcome, milliseconds, status, and where there is more to say, traces. */
static void print_end(unsigned long number, int status, double took)
{
	const char *name = end_name(status);
	fprintf(report, "%lu\t%s\t%.1f\t%d\t%s\t", number, name, took * 1000, status,
		torture_shared->wrong);
	print_trace(&torture_shared->failure);
	fputc('\t', report);
	if (torture_shared->aborted_by != NULL) {
		print_module(torture_shared->aborted_by);
	}
	print_trace(&torture_shared->end);
	for (int i = 0; i < torture_shared->noted; i++) {
		fputs(" |", report);
		print_trace(&torture_shared->living[i]);
	}
	fputc('\n', report);
	fflush(report);
}

/* Wait for the child, but no longer than this. */
static bool ends_within(pid_t child, int *status, double limit)
{
	sigset_t wanted;
	double until = seconds() + limit;
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGCHLD);
	while (waitpid(child, status, WNOHANG) == 0) {
		double left = until - seconds();
		if (left <= 0) {
			return false;
		}
		struct timespec time = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
		sigtimedwait(&wanted, NULL, &time);
	}
	return true;
}

static int await(pid_t child, double limit)
{
	int status;
	if (ends_within(child, &status, limit)) {
		return status;
	}
	/* Say where it hangs first. */
	kill(child, SIGUSR2);
	if (!ends_within(child, &status, 1)) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	return SIGKILL;
}

static void become_quiet(void)
{
	int nowhere = open("/dev/null", O_RDWR);
	if (getenv("TORTURE_LOUD") == NULL && nowhere >= 0) {
		dup2(nowhere, 1);
		dup2(nowhere, 2);
	}
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

/* @return how many allocations there were */
static unsigned long run_one(
	void (*run)(unsigned long number, void *user), void *user, unsigned long number)
{
	double begin = seconds();
	memset(torture_shared, 0, sizeof *torture_shared);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		become_quiet();
		torture_ends_init();
		run(number, user);
		exit(0);
	}
	if (child < 0) {
		fprintf(report, "%lu\tno-fork\t0\t%d\t\t\t\n", number, errno);
		return 0;
	}
	int status = await(child, (double)setting("TORTURE_LIMIT", 60));
	print_end(number, status, seconds() - begin);
	return atomic_load(&torture_shared->counted);
}

static void warm_curl(void)
{
	union {
		void *object;
		int (*function)(long flags);
	} init = {dlsym(RTLD_DEFAULT, "curl_global_init")};
	if (init.object != NULL) {
		init.function(3); /* CURL_GLOBAL_ALL */
	}
}

static bool prepare(void)
{
	sigset_t children;
	const char *name = getenv("TORTURE_REPORT");
	if (name == NULL) {
		return false;
	}
	report = fopen(name, "ae");
	torture_shared = mmap(NULL, sizeof *torture_shared, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* What the libraries make once and keep is made now. */
	struct trace warm;
	torture_trace(&warm);
	warm_curl();
	torture_sides_init();
	torture_stacks_init();
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, &mask_before);
	return report != NULL && torture_shared != MAP_FAILED;
}

static bool is_over(double begin)
{
	const char *limit = getenv("TORTURE_SECONDS");
	return limit != NULL && seconds() - begin > atof(limit);
}

/* Those that a file lists: number, innermost frame, stack, at which time. */
static int run_listed(void (*run)(unsigned long number, void *user), void *user, const char *file)
{
	static struct point points[LISTED_MAX];
	size_t count = 0;
	FILE *list = fopen(file, "re");
	if (list == NULL) {
		return 2;
	}
	/* All first: a child that ends would move the place in the file. */
	struct point *next = points;
	while (count < LISTED_MAX
		&& fscanf(list, "%lu %lx %lx %lu %lu", &next->number, &next->innermost,
			   &next->whole, &next->time, &next->test)
			== 5) {
		next++;
		count++;
	}
	fclose(list);
	double begin = seconds();
	for (size_t i = 0; i < count; i++) {
		if (is_over(begin)) {
			fprintf(report, "stopped\t%lu\n", points[i].number);
			break;
		}
		torture_stack_choose(&points[i]);
		run_one(run, user, points[i].number);
	}
	return 0;
}

/* How many there are; with TORTURE_STACKS also, which have a stack of their own. */
static long count(void (*run)(unsigned long number, void *user), void *user)
{
	if (getenv("TORTURE_STACKS") != NULL) {
		torture_stacks_begin();
	}
	long total = (long)run_one(run, user, 0);
	torture_stacks_end(report);
	fprintf(report, "total\t%ld\n", total);
	return total;
}

/* TORTURE_POINTS lists the numbers, or TORTURE_FIRST, _STEP and _LAST
 * choose them; TORTURE_SECONDS bounds the whole. */
API int torture_each(void (*run)(unsigned long number, void *user), void *user)
{
	if (report == NULL && !prepare()) {
		return 2;
	}
	if (getenv("TORTURE_POINTS") != NULL) {
		return run_listed(run, user, getenv("TORTURE_POINTS"));
	}
	double begin = seconds();
	long step = setting("TORTURE_STEP", 1);
	long last = setting("TORTURE_LAST", count(run, user));
	for (long number = setting("TORTURE_FIRST", 1); number <= last; number += step) {
		if (is_over(begin)) {
			fprintf(report, "stopped\t%ld\n", number);
			break;
		}
		run_one(run, user, (unsigned long)number);
	}
	fflush(report);
	return 0;
}

static void run_program(unsigned long number, void *user)
{
	(void)user;
	torture_begin(number);
	int status = started.program(started.argc, started.argv, started.environment);
	torture_shared->returned = true;
	exit(status);
}

static int run_instead(int argc, char **argv, char **environment)
{
	started.argc = argc;
	started.argv = argv;
	started.environment = environment;
	return torture_each(run_program, NULL);
}

int __libc_start_main(main_fn program, int argc, char **argv, void (*init)(void),
	void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	union {
		void *object;
		start_fn function;
	} real = {dlsym(RTLD_NEXT, "__libc_start_main")};
	bool whole = getenv("TORTURE_WHOLE") != NULL;
	/* What a program starts, a shell perhaps, is not what is tried. */
	unsetenv("LD_PRELOAD");
	started.program = whole ? program : NULL;
	return real.function(
		whole ? run_instead : program, argc, argv, init, fini, rtld_fini, stack_end);
}
