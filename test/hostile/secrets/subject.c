/* Running the server's process, and keeping what comes out of it. */
#define _GNU_SOURCE
#include "subject.h"

#include "support/http_client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct subject {
	pid_t process;
	int orders;
	int log;
	struct report report;
	size_t marks[MARKS_MAX]; /* by the server's numbers, here */
	size_t mark_count;
	bool speaks_tls;
	char *heard; /* answers */
	size_t heard_length;
};

static void need(bool held, const char *what)
{
	if (!held) {
		perror(what);
		abort();
	}
}

static void become_server(const char *program, const char *tunables, int orders, int log)
{
	char first[16];
	char second[16];
	/* A call's first look-up of its function would save all registers on the stack, and
	 * with them 64 bytes at a time of what memcpy() had in hand. */
	setenv("LD_BIND_NOW", "1", 1);
	setenv("GLIBC_TUNABLES", tunables, 1);
	snprintf(first, sizeof first, "%d", orders);
	snprintf(second, sizeof second, "%d", log);
	execl(program, program, "--server", first, second, (char *)NULL);
	_exit(127);
}

struct subject *subject_new(const char *program, const char *tunables)
{
	int ends[2];
	struct subject *subject = calloc(1, sizeof *subject);
	need(subject != NULL, "calloc");
	need(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "socketpair");
	subject->log = memfd_create("log", 0);
	need(subject->log >= 0, "memfd_create");
	int room = 1 << 20;
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	subject->process = fork();
	need(subject->process >= 0, "fork");
	if (subject->process == 0) {
		close(ends[0]);
		become_server(program, tunables, ends[1], subject->log);
	}
	close(ends[1]);
	subject->orders = ends[0];
	return subject;
}

void subject_free(struct subject *subject)
{
	if (subject == NULL) {
		return;
	}
	int status;
	close(subject->orders);
	need(waitpid(subject->process, &status, 0) == subject->process, "waitpid");
	if (status != 0) {
		fprintf(stderr, "the server's process ended with %#x\n", (unsigned)status);
		abort();
	}
	marks_clear();
	close(subject->log);
	free(subject->heard);
	free(subject);
}

const struct report *subject_order_mark(struct subject *subject, const struct order *order)
{
	need(write(subject->orders, order, sizeof *order) == sizeof *order, "an order");
	need(read(subject->orders, &subject->report, sizeof subject->report)
			== sizeof subject->report,
		"a report");
	return &subject->report;
}

const struct report *subject_order(
	struct subject *subject, enum order_what what, unsigned number, const char *text)
{
	struct order order = {.what = what, .number = number};
	snprintf(order.text, sizeof order.text, "%s", text != NULL ? text : "");
	return subject_order_mark(subject, &order);
}

void subject_mark(struct subject *subject, const char *name, const void *secret, size_t length)
{
	struct order order = {.what = ORDER_MARK};
	mark_make(&order.mark, name, secret, length);
	subject_order_mark(subject, &order);
	subject->marks[subject->mark_count++] = marks_add(&order.mark);
}

const char *subject_mark_name(const struct subject *subject, size_t number)
{
	return marks_at(subject->marks[number])->name;
}

void subject_mark_output(struct subject *subject, const char *name, const void *text, size_t length)
{
	struct mark mark;
	(void)subject;
	mark_make(&mark, name, text, length);
	marks_add(&mark);
}

static void keep(struct subject *subject, const char *text, size_t length)
{
	subject->heard = realloc(subject->heard, subject->heard_length + length + 1);
	need(subject->heard != NULL, "realloc");
	memcpy(subject->heard + subject->heard_length, text, length);
	subject->heard_length += length;
	subject->heard[subject->heard_length++] = '\n';
}

void subject_heard(struct subject *subject, const char *text)
{
	keep(subject, text, strlen(text));
}

void subject_speak_tls(struct subject *subject)
{
	subject->speaks_tls = true;
}

unsigned subject_say(struct subject *subject, unsigned port, const char *request)
{
	struct http_client *client = subject->speaks_tls ? http_client_new_tls(port)
							 : http_client_new(port);
	struct http_response response = {0};
	need(client != NULL, "a connection");
	need(http_client_say(client, request), "a request");
	need(http_client_read(client, &response, HTTP_CLIENT_MS), "an answer");
	unsigned status = response.status;
	keep(subject, response.head, strlen(response.head));
	keep(subject, response.body, response.length);
	http_response_finish(&response);
	http_client_free(client);
	return status;
}

static char *read_log(struct subject *subject, size_t *length)
{
	struct stat status;
	need(fstat(subject->log, &status) == 0, "fstat");
	char *text = calloc(1, (size_t)status.st_size + 1);
	need(text != NULL, "calloc");
	need(pread(subject->log, text, (size_t)status.st_size, 0) == status.st_size, "pread");
	*length = (size_t)status.st_size;
	return text;
}

static size_t leaks_in(const char *what, const char *text, size_t length)
{
	struct marks_hit hit;
	size_t count = 0;
	for (size_t at = 0; marks_find(text + at, length - at, &hit); at += hit.at + hit.length) {
		fprintf(stderr, "# %s: %zu bytes of %s: %.*s\n", what, hit.length,
			marks_at(hit.mark)->name, (int)hit.length, text + at + hit.at);
		count++;
	}
	return count;
}

size_t subject_leaks(struct subject *subject)
{
	size_t length;
	char *log = read_log(subject, &length);
	need(subject->heard_length + length > 0, "anything that came out");
	size_t count = leaks_in("an answer", subject->heard, subject->heard_length)
		+ leaks_in("the log", log, length);
	free(log);
	return count;
}

bool subject_logged(struct subject *subject, const char *text)
{
	size_t length;
	char *log = read_log(subject, &length);
	bool found = strstr(log, text) != NULL;
	free(log);
	return found;
}
