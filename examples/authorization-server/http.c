/* The HTTP side: collects a request from libmicrohttpd, sends what came of it. */
#define _POSIX_C_SOURCE 200809L

#include "http.h"
#include "log.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BODY_LIMIT ((size_t)64 * 1024)
/* A client in the middle of sending would not see an early answer: swallow. */
#define SWALLOW_LIMIT ((size_t)16 * 1024 * 1024)
#define SECONDS_IDLE 30
#define CONNECTIONS 512

struct incoming {
	struct request request;
	size_t received;
	bool started;
	bool ambiguous;
	bool too_large;
};

/* Runs before the headers are read; what it returns becomes *con_cls. */
static void *on_uri(void *user, const char *uri, struct MHD_Connection *connection)
{
	(void)user;
	(void)connection;
	struct incoming *incoming = must(calloc(1, sizeof *incoming));
	const char *mark = strchr(uri, '?');
	size_t path = mark == NULL ? strlen(uri) : (size_t)(mark - uri);
	incoming->request.path = must(strndup(uri, path));
	incoming->request.query = mark == NULL ? NULL : text_copy(mark + 1);
	return incoming;
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code)
{
	(void)user;
	(void)connection;
	(void)code;
	struct incoming *incoming = *context;
	if (incoming != NULL) {
		free(incoming->request.path);
		free(incoming->request.query);
		free(incoming->request.body);
		free(incoming);
	}
	*context = NULL;
}

struct headers {
	struct request *request;
	unsigned authorizations;
	unsigned content_types;
};

static enum MHD_Result on_header(
	void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	struct headers *headers = user;
	if (strcasecmp(name, "Authorization") == 0) {
		headers->authorizations++;
		headers->request->authorization = value;
	} else if (strcasecmp(name, "Content-Type") == 0) {
		headers->content_types++;
		headers->request->content_type = value;
	} else if (strcasecmp(name, "Accept") == 0) {
		headers->request->accept = value;
	} else if (strcasecmp(name, "Cookie") == 0) {
		headers->request->cookie = value;
	}
	return MHD_YES;
}

static void begin(struct incoming *incoming, struct MHD_Connection *connection)
{
	struct headers headers = {.request = &incoming->request};
	const char *length = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, "Content-Length");
	MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, &headers);
	incoming->started = true;
	incoming->ambiguous = headers.authorizations > 1 || headers.content_types > 1;
	incoming->too_large = length != NULL && strtoull(length, NULL, 10) > SWALLOW_LIMIT;
}

/* Keep what fits, count the rest. */
static enum MHD_Result collect(struct incoming *incoming, const char *data, size_t size)
{
	struct request *request = &incoming->request;
	incoming->received += size;
	if (incoming->received > SWALLOW_LIMIT) {
		return MHD_NO;
	}
	if (incoming->received > BODY_LIMIT) {
		incoming->too_large = true;
		return MHD_YES;
	}
	request->body = must(realloc(request->body, request->length + size));
	memcpy(request->body + request->length, data, size);
	request->length += size;
	return MHD_YES;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct reply *reply)
{
	char age[64];
	struct MHD_Response *response = MHD_create_response_from_buffer(
		reply->length, reply->body, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(reply->body);
		return MHD_NO;
	}
	snprintf(age, sizeof age, "public, max-age=%u", reply->max_age);
	MHD_add_response_header(response, "Cache-Control", reply->max_age == 0 ? "no-store" : age);
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (reply->type != NULL) {
		MHD_add_response_header(response, "Content-Type", reply->type);
	}
	for (unsigned i = 0; i < reply->count; i++) {
		MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
	}
	enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer(
	struct server *server, struct incoming *incoming, struct MHD_Connection *connection)
{
	struct reply reply = {0};
	if (incoming->too_large) {
		reply_error(&reply, 413, "invalid_request", "the body is over 64 KiB");
	} else if (incoming->ambiguous) {
		reply_error(&reply, 400, "invalid_request", "a header is given more than once");
	} else {
		routes_answer(server, &incoming->request, &reply);
	}
	log_line(LOG_INFO, "%s %s %u", incoming->request.method, incoming->request.path,
		reply.status);
	enum MHD_Result result = send_reply(connection, &reply);
	reply_finish(&reply);
	return result;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **context)
{
	(void)url;
	(void)version;
	struct incoming *incoming = *context;
	if (incoming == NULL) {
		return MHD_NO;
	}
	incoming->request.method = method;
	if (!incoming->started) {
		begin(incoming, connection);
		return incoming->too_large ? answer(user, incoming, connection) : MHD_YES;
	}
	if (*size > 0) {
		enum MHD_Result result = collect(incoming, data, *size);
		*size = 0;
		return result;
	}
	return answer(user, incoming, connection);
}

struct MHD_Daemon *http_start(struct server *server, int fd)
{
	struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
		on_request, server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK,
		on_uri, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SECONDS_IDLE, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)CONNECTIONS, MHD_OPTION_THREAD_POOL_SIZE, server->settings.threads,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (daemon == NULL) {
		close(fd);
	}
	return daemon;
}

void http_stop(struct MHD_Daemon *daemon)
{
	MHD_stop_daemon(daemon);
}
