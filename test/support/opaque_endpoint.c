/* An introspection endpoint that says of each token what the test likes. */
#include "support/opaque_endpoint.h"

#include "support/http_client.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTION_MAX 256
#define INPUT_MAX 4096
#define FIXED 2 /* the listener and the bell, before the connections */

struct connection {
	int fd;
	size_t length;
	char input[INPUT_MAX];
	bool is_asked; /* its answer is due at some time */
	bool is_used;  /* there was one before */
	long asked_at;
	struct opaque_answer answer;
};

struct opaque_endpoint {
	opaque_answer_fn answer;
	void *user;
	int listener;
	int bell[2]; /* a byte: look at what has changed */
	unsigned port;
	pthread_t thread;
	atomic_bool is_released;
	atomic_bool hanging_up;
	atomic_bool stopping;
	atomic_uint calls;
	atomic_uint connections;
	atomic_uint open;
	atomic_uint at_once;

	/* Its thread's. */
	struct connection *all[CONNECTION_MAX];
	struct pollfd pollers[FIXED + CONNECTION_MAX];
	unsigned asked;
};

static void need(bool held, const char *what)
{
	if (!held) {
		perror(what);
		abort();
	}
}

static void hang_up(struct opaque_endpoint *endpoint, unsigned number)
{
	unsigned last = atomic_load(&endpoint->open) - 1;
	struct connection *connection = endpoint->all[number];
	endpoint->asked -= connection->is_asked ? 1 : 0;
	close(connection->fd);
	free(connection);
	endpoint->all[number] = endpoint->all[last];
	endpoint->pollers[FIXED + number] = endpoint->pollers[FIXED + last];
	atomic_store(&endpoint->open, last);
}

static void welcome(struct opaque_endpoint *endpoint, int fd)
{
	int on = 1;
	unsigned open = atomic_load(&endpoint->open);
	struct connection *connection = calloc(1, sizeof *connection);
	need(open < CONNECTION_MAX, "counting connections");
	need(connection != NULL, "calloc");
	need(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	connection->fd = fd;
	endpoint->all[open] = connection;
	endpoint->pollers[FIXED + open] = (struct pollfd){.fd = fd, .events = POLLIN};
	atomic_store(&endpoint->open, open + 1);
	atomic_fetch_add(&endpoint->connections, 1);
}

static void welcome_all(struct opaque_endpoint *endpoint)
{
	int fd;
	while ((fd = accept(endpoint->listener, NULL, NULL)) >= 0) {
		welcome(endpoint, fd);
	}
}

/* @return the body, if all of the request is there */
static char *find_body(struct connection *connection)
{
	static const char name[] = "\r\nContent-Length: ";
	connection->input[connection->length] = '\0';
	char *end = strstr(connection->input, "\r\n\r\n");
	char *length = strstr(connection->input, name);
	if (end == NULL || length == NULL) {
		return NULL;
	}
	size_t wanted = strtoul(length + sizeof name - 1, NULL, 10);
	return strlen(end + 4) >= wanted ? end + 4 : NULL;
}

static void judge(struct opaque_endpoint *endpoint, struct connection *connection, char *form)
{
	static const char name[] = "token=";
	need(strncmp(form, name, sizeof name - 1) == 0, "a form without a token");
	form += sizeof name - 1;
	form[strcspn(form, "&")] = '\0';
	connection->answer = (struct opaque_answer){.status = 200, .body = "{\"active\":false}"};
	endpoint->answer(form, &connection->answer, endpoint->user);
	connection->length = 0;
	connection->is_asked = true;
	connection->asked_at = http_client_clock();
	endpoint->asked++;
	if (endpoint->asked > atomic_load(&endpoint->at_once)) {
		atomic_store(&endpoint->at_once, endpoint->asked);
	}
	atomic_fetch_add(&endpoint->calls, 1);
}

/* @return false: the peer has left */
static bool listen_to(struct opaque_endpoint *endpoint, struct connection *connection)
{
	char *at = connection->input + connection->length;
	ssize_t got = recv(connection->fd, at, INPUT_MAX - 1 - connection->length, 0);
	if (got <= 0) {
		return got < 0 && errno == EAGAIN;
	}
	connection->length += (size_t)got;
	char *form = find_body(connection);
	if (form != NULL) {
		judge(endpoint, connection, form);
	}
	return true;
}

/* @return in how many milliseconds its answer is due; INT_MAX: somebody has to act first */
static int due_in(const struct opaque_endpoint *endpoint, const struct connection *connection)
{
	long delay = connection->answer.delay_ms;
	if (!connection->is_asked
		|| (delay == OPAQUE_HELD && !atomic_load(&endpoint->is_released))) {
		return INT_MAX;
	}
	long left = delay == OPAQUE_HELD ? 0 : connection->asked_at + delay - http_client_clock();
	return left > 0 ? (int)left : 0;
}

/* @return false: the connection does not go on */
static bool answer(struct opaque_endpoint *endpoint, struct connection *connection)
{
	char text[sizeof connection->answer.body + 256];
	const struct opaque_answer *answer = &connection->answer;
	int length = snprintf(text, sizeof text,
		"HTTP/1.1 %u Said\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
		"\r\n%s",
		answer->status, strlen(answer->body), answer->body);
	connection->is_asked = false;
	connection->is_used = true;
	endpoint->asked--;
	return answer->status != 0
		&& send(connection->fd, text, (size_t)length, MSG_NOSIGNAL) == length;
}

static void serve_one(struct opaque_endpoint *endpoint, unsigned number)
{
	struct connection *connection = endpoint->all[number];
	bool goes_on = endpoint->pollers[FIXED + number].revents == 0
		|| listen_to(endpoint, connection);
	if (goes_on && due_in(endpoint, connection) == 0) {
		goes_on = answer(endpoint, connection);
	}
	if (!goes_on) {
		hang_up(endpoint, number);
	}
}

static void sleep_until_something_happens(struct opaque_endpoint *endpoint)
{
	char bytes[64];
	int wait = INT_MAX;
	unsigned open = atomic_load(&endpoint->open);
	for (unsigned i = 0; i < open; i++) {
		int due = due_in(endpoint, endpoint->all[i]);
		wait = due < wait ? due : wait;
	}
	poll(endpoint->pollers, FIXED + open, wait == INT_MAX ? -1 : wait);
	while (read(endpoint->bell[0], bytes, sizeof bytes) > 0) {
	}
}

static void hang_up_idle(struct opaque_endpoint *endpoint)
{
	for (unsigned i = atomic_load(&endpoint->open); i > 0; i--) {
		if (endpoint->all[i - 1]->is_used && !endpoint->all[i - 1]->is_asked) {
			hang_up(endpoint, i - 1);
		}
	}
}

static void *run(void *argument)
{
	struct opaque_endpoint *endpoint = argument;
	while (!atomic_load(&endpoint->stopping)) {
		sleep_until_something_happens(endpoint);
		/* From the last one: who hangs up leaves his place to him. */
		for (unsigned i = atomic_load(&endpoint->open); i > 0; i--) {
			serve_one(endpoint, i - 1);
		}
		if (atomic_exchange(&endpoint->hanging_up, false)) {
			hang_up_idle(endpoint);
		}
		welcome_all(endpoint);
	}
	while (atomic_load(&endpoint->open) > 0) {
		hang_up(endpoint, 0);
	}
	return NULL;
}

static void open_listener(struct opaque_endpoint *endpoint)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	endpoint->listener = socket(AF_INET, SOCK_STREAM, 0);
	need(endpoint->listener >= 0, "socket");
	need(bind(endpoint->listener, (struct sockaddr *)&address, length) == 0, "bind");
	need(listen(endpoint->listener, CONNECTION_MAX) == 0, "listen");
	need(fcntl(endpoint->listener, F_SETFL, O_NONBLOCK) == 0, "fcntl");
	need(getsockname(endpoint->listener, (struct sockaddr *)&address, &length) == 0,
		"getsockname");
	endpoint->port = ntohs(address.sin_port);
}

struct opaque_endpoint *opaque_endpoint_new(opaque_answer_fn answer, void *user)
{
	struct opaque_endpoint *made = calloc(1, sizeof *made);
	need(made != NULL, "calloc");
	made->answer = answer;
	made->user = user;
	open_listener(made);
	need(pipe(made->bell) == 0 && fcntl(made->bell[0], F_SETFL, O_NONBLOCK) == 0, "pipe");
	made->pollers[0] = (struct pollfd){.fd = made->listener, .events = POLLIN};
	made->pollers[1] = (struct pollfd){.fd = made->bell[0], .events = POLLIN};
	need(pthread_create(&made->thread, NULL, run, made) == 0, "pthread_create");
	return made;
}

static void ring(struct opaque_endpoint *endpoint)
{
	need(write(endpoint->bell[1], "!", 1) == 1, "ringing");
}

void opaque_endpoint_free(struct opaque_endpoint *endpoint)
{
	if (endpoint == NULL) {
		return;
	}
	atomic_store(&endpoint->stopping, true);
	ring(endpoint);
	pthread_join(endpoint->thread, NULL);
	close(endpoint->listener);
	close(endpoint->bell[0]);
	close(endpoint->bell[1]);
	free(endpoint);
}

unsigned opaque_endpoint_port(const struct opaque_endpoint *endpoint)
{
	return endpoint->port;
}

unsigned opaque_endpoint_calls(const struct opaque_endpoint *endpoint)
{
	return atomic_load(&endpoint->calls);
}

unsigned opaque_endpoint_connections(const struct opaque_endpoint *endpoint)
{
	return atomic_load(&endpoint->connections);
}

unsigned opaque_endpoint_open(const struct opaque_endpoint *endpoint)
{
	return atomic_load(&endpoint->open);
}

unsigned opaque_endpoint_at_once(const struct opaque_endpoint *endpoint)
{
	return atomic_load(&endpoint->at_once);
}

void opaque_endpoint_release(struct opaque_endpoint *endpoint)
{
	atomic_store(&endpoint->is_released, true);
	ring(endpoint);
}

void opaque_endpoint_hang_up(struct opaque_endpoint *endpoint)
{
	atomic_store(&endpoint->hanging_up, true);
	ring(endpoint);
}
