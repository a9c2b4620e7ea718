/* Listening for the redirect of one login: whose turn it is, and when it is over. */
#include "client/login/listener.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/error_int.h"
#include "client/login/listener_connection.h"
#include "client/login/listener_page.h"
#include "client/login/listener_socket.h"
#include "net/url.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECTIONS 16
#define DEFAULT_URI "http://127.0.0.1/callback"

/* Where each is among what poll() waits for. */
#define SOCKETS_AT 1
#define CONNECTIONS_AT (SOCKETS_AT + MCPAUTH__LISTENER_SOCKETS)
#define POLLED (CONNECTIONS_AT + CONNECTIONS)

struct mcpauth__listener {
	struct mcpauth__listener_sockets sockets;
	char *redirect_uri;
	char *path;
	struct mcpauth__listener_connection connections[CONNECTIONS];
	uint64_t count; /* of those that came so far */
};

/* One call of mcpauth__listener_run(). */
struct run {
	struct mcpauth__listener *listener;
	int wake;
	int64_t deadline;
	mcpauth__listener_fn judge;
	void *user;
	struct mcpauth__listener_connection *last; /* whose answer ends it; NULL: none yet */
	enum mcpauth_code outcome;
};

static int64_t now_ms(void)
{
	return mcpauth__clock_monotonic(&(struct mcpauth__clock){0});
}

/* @param url  parsed; caller finishes it, also on failure */
static enum mcpauth_code parse_uri(
	const char *redirect_uri, struct mcpauth__url *url, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__url_parse(redirect_uri, url, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (strcmp(url->scheme, "http") != 0 || !mcpauth__url_is_loopback(url) || url->has_user
		|| url->has_fragment) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_URL, "the redirect_uri is not http on loopback");
	}
	return MCPAUTH_OK;
}

static unsigned port_of(const struct mcpauth__url *url)
{
	return url->port != NULL ? (unsigned)strtoul(url->port, NULL, 10) : 0;
}

/* So that a registration that names a port is still good at the next login. */
static unsigned preferred_port(const char *preferred)
{
	struct mcpauth__url url = {0};
	unsigned port = 0;
	if (preferred != NULL && parse_uri(preferred, &url, NULL) == MCPAUTH_OK) {
		port = port_of(&url);
	}
	mcpauth__url_finish(&url);
	return port;
}

static enum mcpauth_code open_sockets(struct mcpauth__listener *listener,
	const struct mcpauth__url *url, const char *preferred, struct mcpauth_error *err)
{
	unsigned wanted = url->port != NULL ? 0 : preferred_port(preferred);
	if (wanted != 0
		&& mcpauth__listener_sockets_open(url->host, wanted, &listener->sockets, NULL)
			== MCPAUTH_OK) {
		return MCPAUTH_OK;
	}
	return mcpauth__listener_sockets_open(url->host, port_of(url), &listener->sockets, err);
}

static enum mcpauth_code write_uri(
	struct mcpauth__listener *listener, struct mcpauth__url *url, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	bool is_v6 = strchr(url->host, ':') != NULL;
	bool has_query = url->query != NULL;
	mcpauth__buf_printf(&text, is_v6 ? "http://[%s]:%u" : "http://%s:%u", url->host,
		listener->sockets.port);
	mcpauth__buf_puts(&text, url->path);
	mcpauth__buf_puts(&text, has_query ? "?" : "");
	mcpauth__buf_puts(&text, has_query ? url->query : "");
	listener->redirect_uri = mcpauth__buf_take(&text);
	mcpauth__buf_finish(&text);
	mcpauth__buf_puts(&text, *url->path != '\0' ? url->path : "/");
	listener->path = mcpauth__buf_take(&text);
	mcpauth__buf_finish(&text);
	return listener->redirect_uri != NULL && listener->path != NULL ? MCPAUTH_OK
									: mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__listener_new(const char *redirect_uri, const char *preferred,
	struct mcpauth__listener **listener, struct mcpauth_error *err)
{
	struct mcpauth__url url = {0};
	*listener = NULL;
	struct mcpauth__listener *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	made->sockets = (struct mcpauth__listener_sockets){.fds = {-1, -1}};
	for (size_t i = 0; i < CONNECTIONS; i++) {
		made->connections[i].fd = -1;
	}
	enum mcpauth_code code = parse_uri(
		redirect_uri != NULL ? redirect_uri : DEFAULT_URI, &url, err);
	if (code == MCPAUTH_OK) {
		code = open_sockets(made, &url, preferred, err);
	}
	if (code == MCPAUTH_OK) {
		code = write_uri(made, &url, err);
	}
	mcpauth__url_finish(&url);
	if (code != MCPAUTH_OK) {
		mcpauth__listener_free(made);
		return code;
	}
	*listener = made;
	return MCPAUTH_OK;
}

void mcpauth__listener_free(struct mcpauth__listener *listener)
{
	if (listener == NULL) {
		return;
	}
	for (size_t i = 0; i < CONNECTIONS; i++) {
		mcpauth__listener_connection_close(&listener->connections[i]);
	}
	mcpauth__listener_sockets_close(&listener->sockets);
	free(listener->redirect_uri);
	free(listener->path);
	free(listener);
}

const char *mcpauth__listener_redirect_uri(const struct mcpauth__listener *listener)
{
	return listener->redirect_uri;
}

static bool is_at_path(const struct mcpauth__listener *listener, const char *target)
{
	size_t length = strcspn(target, "?");
	return strlen(listener->path) == length && memcmp(listener->path, target, length) == 0;
}

static void answer(struct run *run, struct mcpauth__listener_connection *connection,
	unsigned status, const struct mcpauth__listener_request *request)
{
	const char *target = connection->input.data + request->target;
	bool good;
	if (status != 200) {
		good = mcpauth__listener_page_refuse(&connection->answer, status, request->is_head);
	} else if (!is_at_path(run->listener, target)) {
		good = mcpauth__listener_page_refuse(&connection->answer, 404, false);
	} else {
		run->outcome = run->judge(target, run->user);
		run->last = run->outcome != MCPAUTH_E_REDIRECT ? connection : NULL;
		good = mcpauth__listener_page_tell(&connection->answer, run->outcome);
	}
	if (!good) {
		mcpauth__listener_connection_close(connection);
	}
}

static void serve(struct run *run, struct mcpauth__listener_connection *connection)
{
	struct mcpauth__listener_request request;
	if (connection->answer.length == 0 || connection->is_answered) {
		unsigned status = mcpauth__listener_connection_read(
			connection, run->listener->sockets.port, &request);
		if (status == 0) {
			return;
		}
		answer(run, connection, status, &request);
	}
	if (connection->fd >= 0) {
		mcpauth__listener_connection_write(connection, now_ms());
	}
}

/* One that is free, or the oldest's: who opens many and stays silent keeps nobody out. */
static struct mcpauth__listener_connection *make_room(struct mcpauth__listener *listener)
{
	struct mcpauth__listener_connection *oldest = &listener->connections[0];
	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct mcpauth__listener_connection *connection = &listener->connections[i];
		if (connection->fd < 0) {
			return connection;
		}
		oldest = connection->number < oldest->number ? connection : oldest;
	}
	mcpauth__listener_connection_close(oldest);
	return oldest;
}

static bool close_one(struct mcpauth__listener *listener)
{
	for (size_t i = 0; i < CONNECTIONS; i++) {
		if (listener->connections[i].fd >= 0) {
			mcpauth__listener_connection_close(&listener->connections[i]);
			return true;
		}
	}
	return false;
}

/* @return false if there is nothing left to try, and poll() would say so at once again */
static bool take_connection(struct mcpauth__listener *listener, int socket)
{
	int fd = accept(socket, NULL, NULL);
	if (fd >= 0) {
		struct mcpauth__listener_connection *connection = make_room(listener);
		if (mcpauth__listener_connection_begin(connection, fd, now_ms())) {
			connection->number = listener->count++;
		}
		return true;
	}
	bool is_full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
	return !is_full || close_one(listener);
}

static int time_left(const struct run *run)
{
	int64_t until = run->deadline;
	for (size_t i = 0; i < CONNECTIONS; i++) {
		const struct mcpauth__listener_connection *connection = &run->listener
										 ->connections[i];
		if (connection->fd >= 0 && connection->deadline < until) {
			until = connection->deadline;
		}
	}
	int64_t left = until - now_ms();
	return left < 0 ? 0 : (int)(left < 60000 ? left : 60000);
}

/* Those that are not there have a negative descriptor, which poll() leaves out. */
static bool await(const struct run *run, struct pollfd polled[POLLED])
{
	const struct mcpauth__listener *listener = run->listener;
	polled[0] = (struct pollfd){.fd = run->wake, .events = POLLIN};
	for (size_t i = 0; i < MCPAUTH__LISTENER_SOCKETS; i++) {
		polled[SOCKETS_AT + i] = (struct pollfd){
			.fd = listener->sockets.fds[i], .events = POLLIN};
	}
	for (size_t i = 0; i < CONNECTIONS; i++) {
		const struct mcpauth__listener_connection *connection = &listener->connections[i];
		polled[CONNECTIONS_AT + i] = (struct pollfd){.fd = connection->fd,
			.events = mcpauth__listener_connection_events(connection)};
	}
	int ready = poll(polled, POLLED, time_left(run));
	for (size_t i = 0; ready < 0 && i < POLLED; i++) {
		polled[i].revents = 0;
	}
	return ready >= 0 || errno == EINTR;
}

static void serve_all(struct run *run, const struct pollfd polled[POLLED])
{
	for (size_t i = 0; run->last == NULL && i < CONNECTIONS; i++) {
		struct mcpauth__listener_connection *connection = &run->listener->connections[i];
		if (connection->fd >= 0 && polled[CONNECTIONS_AT + i].revents != 0) {
			serve(run, connection);
		}
		if (connection->fd >= 0 && connection->deadline <= now_ms()) {
			mcpauth__listener_connection_close(connection);
		}
	}
}

static bool take_all(struct run *run, const struct pollfd polled[POLLED])
{
	for (size_t i = 0; i < MCPAUTH__LISTENER_SOCKETS; i++) {
		if (polled[SOCKETS_AT + i].revents != 0
			&& !take_connection(run->listener, run->listener->sockets.fds[i])) {
			return false;
		}
	}
	return true;
}

/* The answer that ends it is sent to its end, for a moment at most. */
static void take_leave(struct run *run)
{
	struct mcpauth__listener_connection *last = run->last;
	while (last->fd >= 0) {
		struct pollfd polled = {
			.fd = last->fd, .events = mcpauth__listener_connection_events(last)};
		int64_t left = last->deadline - now_ms();
		int ready = left > 0 ? poll(&polled, 1, (int)left) : 0;
		if (ready > 0) {
			serve(run, last);
		} else if (ready == 0 || errno != EINTR) {
			mcpauth__listener_connection_close(last);
		}
	}
}

enum mcpauth_code mcpauth__listener_run(struct mcpauth__listener *listener, int wake,
	long long deadline, mcpauth__listener_fn judge, void *user)
{
	struct pollfd polled[POLLED];
	struct run run = {.listener = listener,
		.wake = wake,
		.deadline = deadline,
		.judge = judge,
		.user = user};
	while (run.last == NULL) {
		if (!await(&run, polled)) {
			return MCPAUTH_E_SYSTEM;
		}
		if (polled[0].revents != 0) {
			return MCPAUTH_PENDING;
		}
		serve_all(&run, polled);
		if (run.last == NULL && !take_all(&run, polled)) {
			return MCPAUTH_E_SYSTEM;
		}
		if (run.last == NULL && now_ms() >= deadline) {
			return MCPAUTH_E_LOGIN_ABANDONED;
		}
	}
	take_leave(&run);
	return run.outcome;
}
