/* Writes lines to a descriptor and waits for nobody: a line that it does not take is lost. */
#include "monitoring/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A terminal says that it takes more when it takes a byte, and then waits with the rest for
 * whoever looks at it, perhaps for ever. Opened by its name it can be told not to, and others
 * who share the descriptor see nothing of that. */
static void open_terminal(struct mcpauth__log_sink *sink)
{
	char name[PATH_MAX];
	struct stat stat;
	if (isatty(sink->descriptor) && ttyname_r(sink->descriptor, name, sizeof name) == 0
		&& fstat(sink->descriptor, &stat) == 0) {
		sink->terminal = open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		sink->terminal_device = stat.st_rdev;
	}
}

void mcpauth__log_sink_init(struct mcpauth__log_sink *sink, int descriptor)
{
	*sink = (struct mcpauth__log_sink){.descriptor = descriptor, .terminal = -1};
	pthread_mutex_init(&sink->lock, NULL);
	open_terminal(sink);
}

void mcpauth__log_sink_finish(struct mcpauth__log_sink *sink)
{
	pthread_mutex_destroy(&sink->lock);
	if (sink->terminal >= 0) {
		close(sink->terminal);
	}
}

/* A program that became a daemon has put something else in the terminal's place. */
static int target_of(const struct mcpauth__log_sink *sink)
{
	struct stat stat;
	return sink->terminal >= 0 && fstat(sink->descriptor, &stat) == 0 && S_ISCHR(stat.st_mode)
			&& stat.st_rdev == sink->terminal_device
		? sink->terminal
		: sink->descriptor;
}

uint64_t mcpauth__log_sink_take_lost(struct mcpauth__log_sink *sink)
{
	/* None, nearly always: a look that other threads' caches keep. */
	return atomic_load_explicit(&sink->lost, memory_order_relaxed) == 0
		? 0
		: atomic_exchange_explicit(&sink->lost, 0, memory_order_relaxed);
}

/* The descriptor is perhaps standard error, which others share: it is not made
 * non-blocking, but asked before. Where a pipe says yes, PIPE_BUF bytes fit. */
static bool takes_more(int descriptor)
{
	struct pollfd asked = {.fd = descriptor, .events = POLLOUT};
	int count;
	do {
		count = poll(&asked, 1, 0);
	} while (count < 0 && errno == EINTR);
	return count == 1 && (asked.revents & (POLLOUT | POLLERR | POLLHUP | POLLNVAL)) == POLLOUT;
}

/* Both end a program that has said nothing about them: a reader that has gone, and a file
 * that is as long as it may be. */
static void list_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGPIPE);
	sigaddset(signals, SIGXFSZ);
}

static ssize_t write_quietly(int descriptor, const char *text, size_t length)
{
	sigset_t signals;
	sigset_t before;
	ssize_t written;
	list_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, &before);
	do {
		written = write(descriptor, text, length);
	} while (written < 0 && errno == EINTR);
	/* It is this thread's, so nobody else takes it away. */
	if (written < 0 && (errno == EPIPE || errno == EFBIG)) {
		sigtimedwait(&signals, NULL, &(struct timespec){0});
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return written;
}

/* Behind a piece of a line the next one would be no line either. */
static bool mend(struct mcpauth__log_sink *sink, int descriptor)
{
	if (sink->is_torn && write_quietly(descriptor, "\n", 1) == 1) {
		sink->is_torn = false;
	}
	return !sink->is_torn;
}

/* Under the lock: two threads that were told that one line fits would write two. */
static bool write_line(struct mcpauth__log_sink *sink, const char *line, size_t length)
{
	int descriptor = target_of(sink);
	if (!takes_more(descriptor) || !mend(sink, descriptor)) {
		return false;
	}
	ssize_t written = write_quietly(descriptor, line, length);
	sink->is_torn = written > 0 && (size_t)written < length;
	return written >= 0 && (size_t)written == length;
}

void mcpauth__log_sink_write(
	struct mcpauth__log_sink *sink, const char *line, size_t length, uint64_t told)
{
	pthread_mutex_lock(&sink->lock);
	bool good = write_line(sink, line, length);
	pthread_mutex_unlock(&sink->lock);
	if (!good) {
		atomic_fetch_add_explicit(&sink->lost, told + 1, memory_order_relaxed);
	}
}
