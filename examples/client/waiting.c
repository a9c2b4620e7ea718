/* What goes on while a person logs in elsewhere: something turns on the screen, a line
 * may be pasted, Ctrl-C gives up. */
#define _POSIX_C_SOURCE 200809L

#include "waiting.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define TURN_MS 150
#define OVER 'o'
#define INTERRUPTED 'i'

static volatile sig_atomic_t interrupts = -1;
static struct sigaction before;

static void on_interrupt(int signal)
{
	int saved = errno;
	char byte = INTERRUPTED;
	(void)signal;
	if (interrupts >= 0 && write(interrupts, &byte, 1) < 0) {
		interrupts = -1;
	}
	errno = saved;
}

static void catch_interrupts(int where)
{
	struct sigaction action = {.sa_handler = on_interrupt};
	sigemptyset(&action.sa_mask);
	interrupts = where;
	sigaction(SIGINT, &action, &before);
}

/* Why the pipe is readable; the login is given up if somebody wants that. */
static void obey(struct waiting *waiting)
{
	char byte = OVER;
	if (read(waiting->pipe[0], &byte, 1) == 1 && byte == INTERRUPTED) {
		mcpauth_login_cancel(waiting->login);
	}
}

static void take_pasted(struct waiting *waiting)
{
	enum mcpauth_code code = MCPAUTH_E_REDIRECT;
	while (code == MCPAUTH_E_REDIRECT) {
		struct mcpauth_error err = {0};
		bool woken = false;
		const char *line = lines_read_or_wake(waiting->lines, waiting->pipe[0], &woken);
		if (woken) {
			obey(waiting);
			return;
		}
		if (line == NULL) {
			mcpauth_login_cancel(waiting->login);
			return;
		}
		code = *line != '\0' ? mcpauth_login_redirected(waiting->login, line, &err) : code;
		if (code == MCPAUTH_E_REDIRECT && *line != '\0') {
			tell("That is not it: %s\nPaste the whole address again:", err.message);
		}
	}
}

static void show(time_t since)
{
	char line[80];
	snprintf(line, sizeof(line), "waiting for the browser, %ld s (Ctrl-C gives up)",
		(long)(time(NULL) - since));
	spin(line);
}

static void turn(struct waiting *waiting)
{
	struct pollfd wake = {.fd = waiting->pipe[0], .events = POLLIN};
	time_t since = time(NULL);
	int ready = 0;
	while (ready == 0 || (ready < 0 && errno == EINTR)) {
		show(since);
		ready = poll(&wake, 1, TURN_MS);
	}
	spin_end();
	obey(waiting);
}

static void *run(void *user)
{
	struct waiting *waiting = user;
	if (waiting->lines != NULL) {
		take_pasted(waiting);
	} else {
		turn(waiting);
	}
	return NULL;
}

static void let_go(struct waiting *waiting)
{
	close(waiting->pipe[0]);
	close(waiting->pipe[1]);
	mcpauth_login_free(waiting->login);
	*waiting = (struct waiting){0};
}

bool waiting_begin(struct waiting *waiting, struct mcpauth_login *login, struct lines *lines)
{
	if (pipe(waiting->pipe) != 0) {
		return complain("no pipe is to be had");
	}
	fcntl(waiting->pipe[0], F_SETFD, FD_CLOEXEC);
	fcntl(waiting->pipe[1], F_SETFD, FD_CLOEXEC);
	waiting->login = mcpauth_login_ref(login);
	waiting->lines = lines;
	catch_interrupts(waiting->pipe[1]);
	if (pthread_create(&waiting->thread, NULL, run, waiting) != 0) {
		sigaction(SIGINT, &before, NULL);
		let_go(waiting);
		return complain("no thread is to be had");
	}
	waiting->runs = true;
	return true;
}

void waiting_end(struct waiting *waiting)
{
	char byte = OVER;
	if (!waiting->runs) {
		return;
	}
	sigaction(SIGINT, &before, NULL);
	interrupts = -1;
	if (write(waiting->pipe[1], &byte, 1) == 1) {
		pthread_join(waiting->thread, NULL);
	}
	let_go(waiting);
}
