/* A client that speaks HTTP/1.1 byte by byte, and never waits without a bound. */
#include "support/http_client.h"

#include "base/buf.h"

#include <gnutls/gnutls.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENT_MAX 1024

struct http_client {
	int fd;
	gnutls_session_t session; /* NULL without TLS */
	gnutls_certificate_credentials_t credentials;
	struct mcpauth__buf input; /* what came and was not taken yet */
	bool is_over;              /* the peer closed or broke */
	bool is_head;              /* what was sent last has answers without a body */
};

static void need(bool held, const char *what)
{
	if (!held) {
		perror(what);
		abort();
	}
}

long http_client_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool await(int fd, short events, long until)
{
	struct pollfd poller = {.fd = fd, .events = events};
	long left = until - http_client_clock();
	return left > 0 && poll(&poller, 1, (int)left) > 0;
}

struct http_client *http_client_new(unsigned port)
{
	int yes = 1;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct http_client *client = calloc(1, sizeof *client);
	need(client != NULL, "calloc");
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	client->fd = socket(AF_INET, SOCK_STREAM, 0);
	need(client->fd >= 0, "socket");
	need(connect(client->fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
	need(fcntl(client->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	return client;
}

static bool shake_hands(struct http_client *client)
{
	long until = http_client_clock() + HTTP_CLIENT_MS;
	int result = gnutls_handshake(client->session);
	while (result < 0 && !gnutls_error_is_fatal(result)) {
		bool sends = gnutls_record_get_direction(client->session) == 1;
		if (!await(client->fd, sends ? POLLOUT : POLLIN, until)) {
			return false;
		}
		result = gnutls_handshake(client->session);
	}
	return result == 0;
}

struct http_client *http_client_new_tls(unsigned port)
{
	struct http_client *client = http_client_new(port);
	need(gnutls_certificate_allocate_credentials(&client->credentials) == 0, "TLS");
	need(gnutls_init(&client->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) == 0,
		"TLS");
	gnutls_set_default_priority(client->session);
	gnutls_credentials_set(client->session, GNUTLS_CRD_CERTIFICATE, client->credentials);
	gnutls_transport_set_int(client->session, client->fd);
	if (!shake_hands(client)) {
		http_client_free(client);
		return NULL;
	}
	return client;
}

void http_client_free(struct http_client *client)
{
	if (client == NULL) {
		return;
	}
	if (client->session != NULL) {
		gnutls_deinit(client->session);
		gnutls_certificate_free_credentials(client->credentials);
	}
	close(client->fd);
	mcpauth__buf_finish(&client->input);
	free(client);
}

void http_client_break(struct http_client *client)
{
	struct linger at_once = {.l_onoff = 1};
	setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	http_client_free(client);
}

void http_client_finish_sending(struct http_client *client)
{
	shutdown(client->fd, SHUT_WR);
}

static ssize_t send_some(struct http_client *client, const char *data, size_t length)
{
	if (client->session == NULL) {
		return send(client->fd, data, length, MSG_NOSIGNAL);
	}
	ssize_t sent = gnutls_record_send(client->session, data, length);
	errno = sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED ? EAGAIN : EPIPE;
	return sent;
}

bool http_client_send(struct http_client *client, const void *data, size_t length)
{
	const char *at = data;
	long until = http_client_clock() + HTTP_CLIENT_MS;
	client->is_head = length > 5 && memcmp(data, "HEAD ", 5) == 0;
	while (length > 0) {
		ssize_t sent = send_some(client, at, length);
		if (sent > 0) {
			at += sent;
			length -= (size_t)sent;
		} else if (errno != EAGAIN || !await(client->fd, POLLOUT, until)) {
			return false;
		}
	}
	return true;
}

bool http_client_say(struct http_client *client, const char *text)
{
	return http_client_send(client, text, strlen(text));
}

bool http_client_send_chunk(struct http_client *client, const void *data, size_t length)
{
	char size[32];
	snprintf(size, sizeof size, "%zx\r\n", length);
	return http_client_say(client, size) && http_client_send(client, data, length)
		&& http_client_say(client, "\r\n");
}

bool http_client_head(
	struct http_client *client, const char *method, const char *path, const char *fields)
{
	struct mcpauth__buf text = {0};
	mcpauth__buf_printf(
		&text, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", method, path, fields);
	bool good = http_client_send(client, text.data, text.length);
	mcpauth__buf_finish(&text);
	return good;
}

bool http_client_get(struct http_client *client, const char *path, const char *token)
{
	struct mcpauth__buf fields = {0};
	if (token != NULL) {
		mcpauth__buf_printf(&fields, "Authorization: Bearer %s\r\n", token);
	}
	bool good = http_client_head(client, "GET", path, token == NULL ? "" : fields.data);
	mcpauth__buf_finish(&fields);
	return good;
}

static ssize_t receive_some(struct http_client *client, char *data, size_t length)
{
	if (client->session == NULL) {
		return recv(client->fd, data, length, 0);
	}
	ssize_t got = gnutls_record_recv(client->session, data, length);
	errno = got < 0 && !gnutls_error_is_fatal((int)got) ? EAGAIN : EPIPE;
	return got;
}

/* Take in what is there, without waiting. */
static void receive(struct http_client *client)
{
	char data[16384];
	ssize_t got;
	while ((got = receive_some(client, data, sizeof data)) > 0) {
		need(mcpauth__buf_append(&client->input, data, (size_t)got), "malloc");
	}
	if (got == 0 || errno != EAGAIN) {
		client->is_over = true;
	}
}

bool http_response_field(
	const struct http_response *response, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);
	const char *line = response->head == NULL ? NULL : strstr(response->head, "\r\n");
	for (; line != NULL && line[2] != '\0'; line = strstr(line + 2, "\r\n")) {
		const char *at = line + 2;
		if (strncasecmp(at, name, length) == 0 && at[length] == ':') {
			at += length + 1;
			at += strspn(at, " ");
			snprintf(value, size, "%.*s", (int)strcspn(at, "\r\n"), at);
			return true;
		}
	}
	return false;
}

void http_response_finish(struct http_response *response)
{
	free(response->head);
	free(response->body);
	*response = (struct http_response){0};
}

/* How a body's end is told. */
enum framing {
	NO_BODY,
	COUNTED,
	CHUNKED,
	UNTIL_CLOSED
};

static enum framing framing_of(const struct http_response *response, size_t *length)
{
	char value[64];
	*length = 0;
	if (response->status < 200 || response->status == 204 || response->status == 304) {
		return NO_BODY;
	}
	if (http_response_field(response, "Transfer-Encoding", value, sizeof value)) {
		return CHUNKED;
	}
	if (http_response_field(response, "Content-Length", value, sizeof value)) {
		*length = strtoul(value, NULL, 10);
		return COUNTED;
	}
	return UNTIL_CLOSED;
}

/* @return the bytes of the chunked body, its last line included; 0: not all there */
static size_t read_chunks(const char *data, size_t length, struct mcpauth__buf *body)
{
	size_t at = 0;
	for (;;) {
		const char *line = data + at;
		const char *end = strstr(line, "\r\n");
		if (end == NULL) {
			return 0;
		}
		size_t size = strtoul(line, NULL, 16);
		at = (size_t)(end - data) + 2;
		if (length - at < size + 2) {
			return 0;
		}
		mcpauth__buf_append(body, data + at, size);
		at += size + 2;
		if (size == 0) {
			return at;
		}
	}
}

/* @return the bytes of the body as sent; SIZE_MAX: not all there */
static size_t read_body(const struct http_client *client, size_t start,
	const struct http_response *response, struct mcpauth__buf *body)
{
	size_t length;
	size_t there = client->input.length - start;
	const char *data = client->input.data + start;
	enum framing framing = framing_of(response, &length);
	if (framing == NO_BODY || client->is_head) {
		return 0;
	}
	if (framing == CHUNKED) {
		size_t taken = read_chunks(data, there, body);
		return taken > 0 ? taken : SIZE_MAX;
	}
	if (framing == UNTIL_CLOSED) {
		length = there;
	}
	if (there < length || (framing == UNTIL_CLOSED && !client->is_over)) {
		return SIZE_MAX;
	}
	mcpauth__buf_append(body, data, length);
	return length;
}

static void consume(struct http_client *client, size_t length)
{
	size_t left = client->input.length - length;
	memmove(client->input.data, client->input.data + length, left);
	client->input.length = left;
	client->input.data[left] = '\0';
}

static char *copy(const char *text, size_t length)
{
	char *made = malloc(length + 1);
	need(made != NULL, "malloc");
	if (length > 0) {
		memcpy(made, text, length);
	}
	made[length] = '\0';
	return made;
}

/* Take one answer out of the input, if it is there. */
static bool take(struct http_client *client, struct http_response *response)
{
	struct mcpauth__buf body = {0};
	const char *data = client->input.data;
	const char *end = client->input.length == 0 ? NULL : strstr(data, "\r\n\r\n");
	http_response_finish(response);
	if (end == NULL) {
		return false;
	}
	size_t head = (size_t)(end - data) + 4;
	response->head = copy(data, head - 2);
	response->status = strncmp(data, "HTTP/1.", 7) == 0 ? (unsigned)strtoul(data + 9, NULL, 10)
							    : 0;
	size_t length = read_body(client, head, response, &body);
	if (length == SIZE_MAX) {
		mcpauth__buf_finish(&body);
		http_response_finish(response);
		return false;
	}
	response->body = copy(body.data, body.length);
	response->length = body.length;
	mcpauth__buf_finish(&body);
	consume(client, head + length);
	return true;
}

static bool client_turn(struct http_client *client, struct http_response *response)
{
	if (take(client, response)) {
		return true;
	}
	if (!client->is_over) {
		receive(client);
	}
	return take(client, response);
}

bool http_client_read(struct http_client *client, struct http_response *response, unsigned ms)
{
	http_response_finish(response);
	return http_clients_read(&client, response, 1, ms) == 1;
}

size_t http_clients_read(struct http_client *const *clients, struct http_response *responses,
	size_t count, unsigned ms)
{
	static _Thread_local struct pollfd pollers[CLIENT_MAX];
	long until = http_client_clock() + (long)ms;
	need(count <= CLIENT_MAX, "counting clients");
	for (;;) {
		size_t there = 0;
		size_t open = 0;
		for (size_t i = 0; i < count; i++) {
			pollers[i] = (struct pollfd){.fd = -1, .events = POLLIN};
			if (responses[i].status == 0 && !client_turn(clients[i], &responses[i])) {
				pollers[i].fd = clients[i]->is_over ? -1 : clients[i]->fd;
			}
			there += responses[i].status != 0;
			open += pollers[i].fd >= 0;
		}
		long left = until - http_client_clock();
		if (open == 0 || left <= 0) {
			return there;
		}
		poll(pollers, count, (int)left);
	}
}

bool http_client_is_closed(struct http_client *client, unsigned ms)
{
	long until = http_client_clock() + (long)ms;
	receive(client);
	while (!client->is_over && client->input.length == 0 && await(client->fd, POLLIN, until)) {
		receive(client);
	}
	return client->is_over && client->input.length == 0;
}

size_t http_client_pending(const struct http_client *client)
{
	return client->input.length;
}
