/* The HTTP side: collects a body, looks at headers, sends what an era answers. */
#define _POSIX_C_SOURCE 200809L

#include "era.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The body that is read at most, and the one that is let go by so that its
 * sender gets to see the 413. */
#define BODY_LIMIT ((size_t)4 << 20)
#define DISCARD_LIMIT ((size_t)16 << 20)

struct request {
	char *body;
	size_t length;
	size_t capacity;
	size_t seen;
	bool no_memory;
};

static struct slice trimmed(const char *value)
{
	size_t length = strlen(value);
	while (length > 0 && (*value == ' ' || *value == '\t')) {
		value++;
		length--;
	}
	while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t')) {
		length--;
	}
	return (struct slice){value, length};
}

static enum MHD_Result see_header(
	void *user, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct era_headers *headers = user;
	struct slice *place = strcasecmp(key, "MCP-Protocol-Version") == 0 ? &headers->version
		: strcasecmp(key, "Mcp-Method") == 0                       ? &headers->method
		: strcasecmp(key, "Mcp-Name") == 0                         ? &headers->name
		: strcasecmp(key, "Mcp-Session-Id") == 0                   ? &headers->session
									   : NULL;
	(void)kind;
	if (place != NULL) {
		bool *repeated = place == &headers->session ? &headers->session_repeated
							    : &headers->repeated;
		*repeated |= place->at != NULL;
		*place = trimmed(value != NULL ? value : "");
	}
	return MHD_YES;
}

static struct era_headers read_headers(struct MHD_Connection *connection)
{
	struct era_headers headers = {0};
	MHD_get_connection_values(connection, MHD_HEADER_KIND, see_header, &headers);
	return headers;
}

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	for (; *text != '\0'; text++) {
		if (strncasecmp(text, word, length) == 0) {
			return true;
		}
	}
	return false;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Lenient: curl sends any type to accept, and some clients none. */
static bool accepts_json(struct MHD_Connection *connection)
{
	const char *accept = header(connection, "Accept");
	return accept == NULL || has_word(accept, "application/json")
		|| has_word(accept, "application/*") || has_word(accept, "*/*");
}

static bool sends_json(struct MHD_Connection *connection)
{
	const char *type = header(connection, "Content-Type");
	const char *json = "application/json";
	if (type == NULL) {
		return true;
	}
	struct slice value = trimmed(type);
	size_t length = strlen(json);
	return value.length >= length && strncasecmp(value.at, json, length) == 0
		&& (value.length == length || strchr("; \t", value.at[length]) != NULL);
}

/* Nothing, if there is no value. */
static bool add_header(struct MHD_Response *response, const char *name, const char *value)
{
	return value == NULL || MHD_add_response_header(response, name, value) == MHD_YES;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct reply *reply)
{
	size_t length = reply->body != NULL ? strlen(reply->body) : 0;
	struct MHD_Response *response = MHD_create_response_from_buffer(length, reply->body,
		reply->body != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (response == NULL) {
		free(reply->body);
		return MHD_NO;
	}
	const char *type = length > 0 ? "application/json" : NULL;
	const char *allow = reply->status == MHD_HTTP_METHOD_NOT_ALLOWED ? reply->allow : NULL;
	const char *session = reply->session[0] != '\0' ? reply->session : NULL;
	enum MHD_Result result = MHD_NO;
	if (add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type)
		&& add_header(response, MHD_HTTP_HEADER_ALLOW, allow)
		&& add_header(response, "Mcp-Session-Id", session)) {
		result = mcpauth_mhd_queue_response(connection, reply->status, response);
	}
	MHD_destroy_response(response);
	return result;
}

static void refuse(struct reply *reply, unsigned status, const char *message)
{
	reply_error(reply, (struct slice){0},
		(struct failure){status, ENVELOPE_INVALID_REQUEST, message, NULL});
}

static void answer_post(const struct mcp_server *server, struct MHD_Connection *connection,
	const struct request *request, struct reply *reply)
{
	if (request->seen > BODY_LIMIT) {
		refuse(reply, MHD_HTTP_CONTENT_TOO_LARGE, "a body may have 4 MiB");
	} else if (request->no_memory) {
		reply->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	} else if (!sends_json(connection)) {
		refuse(reply, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "send application/json");
	} else if (!accepts_json(connection)) {
		refuse(reply, MHD_HTTP_NOT_ACCEPTABLE, "answers are application/json");
	} else {
		struct slice body = {request->body != NULL ? request->body : "", request->length};
		struct era_headers headers = read_headers(connection);
		era_answer(server, body, &headers, mcpauth_mhd_auth_info(connection), reply);
	}
}

/* Takes in what came; past the limit it is counted and dropped. */
static enum MHD_Result collect(struct request *request, const char *data, size_t *size)
{
	size_t needed = request->length + *size;
	request->seen += *size;
	if (request->seen > BODY_LIMIT || request->no_memory) {
		*size = 0;
		return request->seen > DISCARD_LIMIT ? MHD_NO : MHD_YES;
	}
	if (needed > request->capacity) {
		size_t capacity = needed < 4096 ? 4096 : needed * 2;
		char *grown = realloc(request->body, capacity);
		if (grown == NULL) {
			request->no_memory = true;
			return MHD_YES;
		}
		request->body = grown;
		request->capacity = capacity;
	}
	memcpy(request->body + request->length, data, *size);
	request->length = needed;
	*size = 0;
	return MHD_YES;
}

static enum MHD_Result begin(struct MHD_Connection *connection, void **con_cls)
{
	const char *declared = header(connection, "Content-Length");
	struct reply reply = {0};
	if (declared != NULL && strtoull(declared, NULL, 10) > DISCARD_LIMIT) {
		refuse(&reply, MHD_HTTP_CONTENT_TOO_LARGE, "a body may have 4 MiB");
		return send_reply(connection, &reply);
	}
	*con_cls = calloc(1, sizeof(struct request));
	return *con_cls != NULL ? MHD_YES : MHD_NO;
}

enum MHD_Result mcp_handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	const struct mcp_server *server = user;
	struct request *request = *con_cls;
	struct reply reply = {0};
	(void)version;
	if (request == NULL) {
		return begin(connection, con_cls);
	}
	if (*upload_data_size > 0) {
		return collect(request, upload_data, upload_data_size);
	}
	if (strcmp(url, server->path) != 0) {
		refuse(&reply, MHD_HTTP_NOT_FOUND, "nothing is here");
	} else if (strcmp(method, MHD_HTTP_METHOD_POST) == 0) {
		answer_post(server, connection, request, &reply);
	} else {
		struct era_headers headers = read_headers(connection);
		era_answer_bare(
			server, method, &headers, mcpauth_mhd_auth_info(connection), &reply);
	}
	return send_reply(connection, &reply);
}

void mcp_completed(void *unused, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode why)
{
	struct request *request = *con_cls;
	(void)unused;
	(void)connection;
	(void)why;
	if (request != NULL) {
		free(request->body);
		free(request);
		*con_cls = NULL;
	}
}
