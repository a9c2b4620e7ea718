/* One connection of a browser's, without ever waiting for it. */
#include "client/login/listener_connection.h"

#include "client/login/listener_socket.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTION_MS 10000
/* Browsers close at once when an answer's end is there. */
#define FAREWELL_MS 2000

bool mcpauth__listener_connection_begin(
	struct mcpauth__listener_connection *connection, int fd, int64_t now)
{
	*connection = (struct mcpauth__listener_connection){
		.fd = fd, .deadline = now + CONNECTION_MS};
	if (!mcpauth__descriptor_prepare(fd)
		|| !mcpauth__buf_reserve(&connection->input, MCPAUTH__LISTENER_HEAD_LIMIT)) {
		mcpauth__listener_connection_close(connection);
		return false;
	}
	return true;
}

short mcpauth__listener_connection_events(const struct mcpauth__listener_connection *connection)
{
	return connection->answer.length > 0 && !connection->is_answered ? POLLOUT : POLLIN;
}

static bool is_for_later(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* What is said after the answer is of no interest, only that it ends. */
static void read_away(struct mcpauth__listener_connection *connection)
{
	char bytes[4096];
	ssize_t got = recv(connection->fd, bytes, sizeof bytes, 0);
	if (got == 0 || (got < 0 && !is_for_later())) {
		mcpauth__listener_connection_close(connection);
	}
}

unsigned mcpauth__listener_connection_read(struct mcpauth__listener_connection *connection,
	unsigned port, struct mcpauth__listener_request *request)
{
	struct mcpauth__buf *input = &connection->input;
	if (connection->is_answered) {
		read_away(connection);
		return 0;
	}
	ssize_t got = recv(connection->fd, input->data + input->length,
		MCPAUTH__LISTENER_HEAD_LIMIT - input->length, 0);
	if (got <= 0) {
		if (got == 0 || !is_for_later()) {
			mcpauth__listener_connection_close(connection);
		}
		return 0;
	}
	input->length += (size_t)got;
	unsigned status = mcpauth__listener_request_read(input->data, input->length, port, request);
	if (status == 200) {
		input->data[request->target + request->target_length] = '\0';
	}
	return status;
}

void mcpauth__listener_connection_write(
	struct mcpauth__listener_connection *connection, int64_t now)
{
	const struct mcpauth__buf *answer = &connection->answer;
	ssize_t sent = send(connection->fd, answer->data + connection->sent,
		answer->length - connection->sent, MSG_NOSIGNAL);
	if (sent < 0) {
		if (!is_for_later()) {
			mcpauth__listener_connection_close(connection);
		}
		return;
	}
	connection->sent += (size_t)sent;
	if (connection->sent == answer->length) {
		connection->is_answered = true;
		connection->deadline = now + FAREWELL_MS;
		shutdown(connection->fd, SHUT_WR);
	}
}

void mcpauth__listener_connection_close(struct mcpauth__listener_connection *connection)
{
	if (connection->fd >= 0) {
		close(connection->fd);
	}
	mcpauth__buf_wipe(&connection->input);
	mcpauth__buf_finish(&connection->answer);
	*connection = (struct mcpauth__listener_connection){.fd = -1};
}
