/* Starting a program without a shell, as nobody's child and with nothing of ours. */
#include "client/login/detached.h"

#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"
#define DESCRIPTORS "/dev/fd"
/* Of this many nobody knows how many are open, if the system does not say. */
#define DESCRIPTORS_UNKNOWN 65536
/* Other threads may open some between the look and the fork. */
#define DESCRIPTORS_MORE 256
#define SIGNAL_END 65
#define START_MS 5000

extern char **environ;

/* What the child needs, made before the fork: behind it nothing may allocate. */
struct start {
	const char *path;
	char *const *arguments;
	int report; /* where the number of what failed goes; closed if nothing did */
	int last;   /* the highest descriptor that may be open */
};

static bool is_program(const char *path)
{
	return access(path, X_OK) == 0;
}

/* Not in the current folder, whatever PATH says: it is anybody's. */
static bool find_in(const char *folder, size_t length, const char *name, struct mcpauth__buf *found)
{
	found->length = 0;
	return length > 0 && *folder == '/' && mcpauth__buf_append(found, folder, length)
		&& mcpauth__buf_puts(found, "/") && mcpauth__buf_puts(found, name)
		&& is_program(found->data);
}

static bool find_program(const char *name, struct mcpauth__buf *found)
{
	const char *path = getenv("PATH");
	if (strchr(name, '/') != NULL) {
		return mcpauth__buf_puts(found, name) && is_program(name);
	}
	for (const char *at = path != NULL ? path : DEFAULT_PATH; *name != '\0';) {
		size_t length = strcspn(at, ":");
		if (find_in(at, length, name, found)) {
			return true;
		}
		if (at[length] == '\0') {
			break;
		}
		at += length + 1;
	}
	return false;
}

static int last_descriptor(void)
{
	int last = 0;
	const struct dirent *entry;
	DIR *folder = opendir(DESCRIPTORS);
	if (folder == NULL) {
		return DESCRIPTORS_UNKNOWN;
	}
	while ((entry = readdir(folder)) != NULL) {
		int fd = (int)strtol(entry->d_name, NULL, 10);
		last = fd > last ? fd : last;
	}
	closedir(folder);
	return last + DESCRIPTORS_MORE;
}

/* From here to the exec only what POSIX calls async-signal-safe. */
static void report(const struct start *start)
{
	int number = errno;
	if (write(start->report, &number, sizeof number) < 0) {
		_exit(126);
	}
	_exit(127);
}

/* Moves the report to 3, /dev/null to those before it, and closes all others. */
static void leave_nothing(struct start *start)
{
	int safe = fcntl(start->report, F_DUPFD, 4);
	int null = open("/dev/null", O_RDWR);
	if (safe < 0 || null < 0) {
		report(start);
	}
	start->report = safe;
	for (int fd = 0; fd < 3; fd++) {
		if (null != fd && dup2(null, fd) < 0) {
			report(start);
		}
	}
	if (dup2(safe, 3) < 0 || fcntl(3, F_SETFD, FD_CLOEXEC) < 0) {
		report(start);
	}
	start->report = 3;
	for (int fd = 4; fd <= start->last; fd++) {
		close(fd);
	}
}

static void reset_signals(void)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;
	sigemptyset(&usual.sa_mask);
	sigemptyset(&none);
	for (int number = 1; number < SIGNAL_END; number++) {
		sigaction(number, &usual, NULL);
	}
	pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/* The child ends at once, so that the program belongs to nobody who would have to ask
 * how it ended. */
static void become(struct start *start)
{
	setsid();
	leave_nothing(start);
	pid_t pid = fork();
	if (pid < 0) {
		report(start);
	}
	if (pid > 0) {
		_exit(0);
	}
	reset_signals();
	execve(start->path, start->arguments, environ);
	report(start);
}

static void collect(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
	}
}

/* Nothing comes, and its end, once the program runs. A copy of the other end that some
 * other program got in the very moment must not keep us for ever. */
static bool has_started(int fd)
{
	int number;
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	int ready;
	do {
		ready = poll(&polled, 1, START_MS);
	} while (ready < 0 && errno == EINTR);
	return ready == 0 || (ready > 0 && read(fd, &number, sizeof number) == 0);
}

/* No handler of the program's may run in its copy. */
static pid_t fork_without_signals(void)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	if (pid != 0) {
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	return pid;
}

static bool start_program(struct start *start)
{
	int ends[2];
	if (pipe(ends) != 0) {
		return false;
	}
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	start->report = ends[1];
	start->last = last_descriptor();
	pid_t pid = fork_without_signals();
	if (pid == 0) {
		become(start);
	}
	close(ends[1]);
	bool good = pid > 0 && has_started(ends[0]);
	if (pid > 0) {
		collect(pid);
	}
	close(ends[0]);
	return good;
}

bool mcpauth__detached_start(char *const arguments[])
{
	struct mcpauth__buf path = {0};
	struct start start = {.arguments = arguments};
	bool good = find_program(arguments[0], &path);
	if (good) {
		start.path = path.data;
		good = start_program(&start);
	}
	mcpauth__buf_finish(&path);
	return good;
}
