/* A log's descriptor: whole lines or none, no waiting, no signal, and a count of the lost. */
#define _XOPEN_SOURCE 700 /* posix_openpt() */

#include "support/check.h"

#include "monitoring/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE "{\"time\":\"2026-11-21T18:00:00.000Z\",\"status\":200}\n"
#define LENGTH (sizeof LINE - 1)
#define THREADS 4
#define EACH 500

static void write_line(struct mcpauth__log_sink *sink, uint64_t told)
{
	mcpauth__log_sink_write(sink, LINE, LENGTH, told);
}

static void takes_whole_lines(void **state)
{
	struct mcpauth__log_sink sink;
	char read_back[3 * LENGTH];
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	mcpauth__log_sink_init(&sink, ends[1]);
	write_line(&sink, 0);
	write_line(&sink, 0);
	assert_int_equal(read(ends[0], read_back, sizeof read_back), 2 * LENGTH);
	assert_memory_equal(read_back, LINE LINE, 2 * LENGTH);
	assert_int_equal(mcpauth__log_sink_take_lost(&sink), 0);
	mcpauth__log_sink_finish(&sink);
	/* Never closed. */
	assert_int_not_equal(fcntl(ends[1], F_GETFD), -1);
	close(ends[0]);
	close(ends[1]);
}

/* As much as a pipe takes, and more. */
static unsigned fill(struct mcpauth__log_sink *sink)
{
	unsigned count = 0;
	while (mcpauth__log_sink_take_lost(sink) == 0) {
		write_line(sink, 0);
		count++;
	}
	return count - 1;
}

static void check_full_pipe(int flags)
{
	struct mcpauth__log_sink sink;
	char room[64 * LENGTH];
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, flags), 0);
	mcpauth__log_sink_init(&sink, ends[1]);
	unsigned count = fill(&sink);
	assert_true(count > 100);
	write_line(&sink, 0);
	write_line(&sink, 5);
	assert_int_equal(mcpauth__log_sink_take_lost(&sink), 1 + 5 + 1);
	assert_int_equal(mcpauth__log_sink_take_lost(&sink), 0);
	/* A page of the pipe, at least. */
	for (size_t taken = 0; taken < 2 * 4096;) {
		ssize_t got = read(ends[0], room, sizeof room);
		assert_true(got > 0);
		taken += (size_t)got;
	}
	write_line(&sink, 7);
	assert_int_equal(mcpauth__log_sink_take_lost(&sink), 0);
	mcpauth__log_sink_finish(&sink);
	close(ends[0]);
	close(ends[1]);
}

static void loses_what_would_block(void **state)
{
	(void)state;
	check_full_pipe(0);
	check_full_pipe(O_NONBLOCK);
}

static int open_terminal(int *keeper)
{
	*keeper = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(*keeper >= 0);
	assert_int_equal(grantpt(*keeper) + unlockpt(*keeper), 0);
	int terminal = open(ptsname(*keeper), O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	return terminal;
}

/* Nobody reads what is on it, and it says that it takes more as long as there is room for a
 * byte. */
static void a_terminal_is_not_waited_for(void **state)
{
	struct mcpauth__log_sink sink;
	int keeper;
	int terminal = open_terminal(&keeper);
	(void)state;
	mcpauth__log_sink_init(&sink, terminal);
	alarm(20);
	assert_true(fill(&sink) > 10);
	write_line(&sink, 0);
	assert_int_equal(mcpauth__log_sink_take_lost(&sink), 1);
	alarm(0);
	assert_int_equal(fcntl(terminal, F_GETFL) & O_NONBLOCK, 0);
	mcpauth__log_sink_finish(&sink);
	close(terminal);
	close(keeper);
}

/* As a program does that becomes a daemon. */
static void what_takes_the_place_of_a_terminal_gets_the_lines(void **state)
{
	struct mcpauth__log_sink sink;
	char read_back[2 * LENGTH];
	int keeper;
	int ends[2];
	int terminal = open_terminal(&keeper);
	(void)state;
	assert_int_equal(pipe(ends), 0);
	mcpauth__log_sink_init(&sink, terminal);
	write_line(&sink, 0);
	assert_int_equal(dup2(ends[1], terminal), terminal);
	write_line(&sink, 0);
	assert_int_equal(read(ends[0], read_back, sizeof read_back), LENGTH);
	assert_memory_equal(read_back, LINE, LENGTH);
	assert_int_equal(mcpauth__log_sink_take_lost(&sink), 0);
	mcpauth__log_sink_finish(&sink);
	close(terminal);
	close(keeper);
	close(ends[0]);
	close(ends[1]);
}

/* A page each, so that where one fits two do not. */
static void *write_many(void *user)
{
	static const char longest[4096] = {'\n'};
	for (int i = 0; i < EACH; i++) {
		mcpauth__log_sink_write(user, longest, sizeof longest, 0);
	}
	return NULL;
}

/* None of them may be the second one that was told there is room for one. */
static void threads_do_not_wait_either(void **state)
{
	struct mcpauth__log_sink sink;
	pthread_t threads[THREADS];
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	mcpauth__log_sink_init(&sink, ends[1]);
	for (size_t i = 0; i < THREADS; i++) {
		pthread_create(&threads[i], NULL, write_many, &sink);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_true(mcpauth__log_sink_take_lost(&sink) > 0);
	mcpauth__log_sink_finish(&sink);
	close(ends[0]);
	close(ends[1]);
}

/* In a process of its own that has said nothing about signals.
 * @return its status: 0 if all was well */
static int in_child(void (*act)(void))
{
	int status;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		signal(SIGPIPE, SIG_DFL);
		signal(SIGXFSZ, SIG_DFL);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static bool is_blocked_or_pending(int number)
{
	sigset_t blocked;
	sigset_t pending;
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	sigpending(&pending);
	return sigismember(&blocked, number) == 1 || sigismember(&pending, number) == 1;
}

static void need(bool held)
{
	if (!held) {
		_exit(1);
	}
}

static void write_without_reader(void)
{
	struct mcpauth__log_sink sink;
	int ends[2];
	need(pipe(ends) == 0);
	mcpauth__log_sink_init(&sink, ends[1]);
	write_line(&sink, 0);
	close(ends[0]);
	write_line(&sink, 0);
	write_line(&sink, 3);
	need(mcpauth__log_sink_take_lost(&sink) == 1 + 1 + 3);
	need(!is_blocked_or_pending(SIGPIPE));
}

/* Of a socket that is shut down on this side alone poll() says that it takes more, as of a
 * pipe whose reader leaves right behind the question. */
static void write_to_shut_socket(void)
{
	struct mcpauth__log_sink sink;
	int ends[2];
	need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && shutdown(ends[1], SHUT_WR) == 0);
	mcpauth__log_sink_init(&sink, ends[1]);
	write_line(&sink, 0);
	need(mcpauth__log_sink_take_lost(&sink) == 1);
	need(!is_blocked_or_pending(SIGPIPE));
}

static void a_reader_that_has_gone_does_not_end_the_process(void **state)
{
	(void)state;
	assert_int_equal(in_child(write_without_reader), 0);
	assert_int_equal(in_child(write_to_shut_socket), 0);
}

/* Half a line fits, then none, then all: the half stands alone. */
static void write_to_short_file(void)
{
	char text[8 * LENGTH] = "";
	struct mcpauth__log_sink sink;
	struct rlimit limit;
	FILE *stream = tmpfile();
	need(stream != NULL && getrlimit(RLIMIT_FSIZE, &limit) == 0);
	int file = fileno(stream);
	const struct rlimit short_one = {LENGTH + 10, limit.rlim_max};
	mcpauth__log_sink_init(&sink, file);
	need(setrlimit(RLIMIT_FSIZE, &short_one) == 0);
	write_line(&sink, 0);
	write_line(&sink, 0);
	write_line(&sink, 1);
	need(mcpauth__log_sink_take_lost(&sink) == 1 + 2);
	need(!is_blocked_or_pending(SIGXFSZ));
	need(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	write_line(&sink, 0);
	write_line(&sink, 0);
	need(mcpauth__log_sink_take_lost(&sink) == 0);
	need(pread(file, text, sizeof text - 1, 0) == (ssize_t)(3 * LENGTH + 11));
	need(memcmp(text, LINE, LENGTH) == 0 && memcmp(text + LENGTH, LINE, 10) == 0);
	need(strcmp(text + LENGTH + 10, "\n" LINE LINE) == 0);
}

static void a_full_file_tears_one_line_only(void **state)
{
	(void)state;
	assert_int_equal(in_child(write_to_short_file), 0);
}

static void a_closed_descriptor_is_no_disaster(void **state)
{
	struct mcpauth__log_sink sink;
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	close(ends[1]);
	mcpauth__log_sink_init(&sink, ends[1]);
	write_line(&sink, 0);
	assert_int_equal(mcpauth__log_sink_take_lost(&sink), 1);
	mcpauth__log_sink_finish(&sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_whole_lines),
		cmocka_unit_test(loses_what_would_block),
		cmocka_unit_test(a_terminal_is_not_waited_for),
		cmocka_unit_test(what_takes_the_place_of_a_terminal_gets_the_lines),
		cmocka_unit_test(threads_do_not_wait_either),
		cmocka_unit_test(a_reader_that_has_gone_does_not_end_the_process),
		cmocka_unit_test(a_full_file_tears_one_line_only),
		cmocka_unit_test(a_closed_descriptor_is_no_disaster),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
