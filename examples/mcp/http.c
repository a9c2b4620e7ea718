/* The HTTP side: looks at headers, sends what an era answers. The body was read by the
 * chain: what is left to do with it here is to let it go by. */
#define _POSIX_C_SOURCE 200809L

#include "era.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
	struct slice seen = trimmed(value != NULL ? value : "");
	(void)kind;
	if (strcasecmp(key, "MCP-Protocol-Version") == 0) {
		headers->version = seen;
	} else if (strcasecmp(key, "Mcp-Session-Id") == 0) {
		headers->session_repeated |= headers->session.at != NULL;
		headers->session = seen;
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
		/* Not MHD's own: so the answer gets what stages add, CORS for one. */
		result = mcpauth_mhd_queue_response(connection, reply->status, response);
	}
	MHD_destroy_response(response);
	return result;
}

static void refuse(struct reply *reply, const struct mcpauth_message *message, unsigned status,
	const char *text)
{
	reply_error(reply, era_id(message),
		(struct failure){status, REPLY_INVALID_REQUEST, text, NULL});
}

/* Somebody's mistake in the program, not in the request. */
static void refuse_unread(const struct mcp_server *server, struct reply *reply)
{
	mcpauth_log(server->auth, MCPAUTH_LOG_ERROR, MCPAUTH_E_INVALID_ARGUMENT, NULL,
		"the MCP server's path is no route with operations: its policy.operations is not "
		"set, so no message is read");
	reply_error(reply, (struct slice){0},
		(struct failure){MHD_HTTP_INTERNAL_SERVER_ERROR, REPLY_INTERNAL_ERROR,
			"internal error", NULL});
}

static void answer_post(
	const struct mcp_server *server, struct MHD_Connection *connection, struct reply *reply)
{
	const struct era_post post = {
		.message = mcpauth_mhd_message(connection),
		.headers = read_headers(connection),
		.who = mcpauth_mhd_auth_info(connection),
	};
	if (post.message == NULL) {
		refuse_unread(server, reply);
	} else if (!sends_json(connection)) {
		refuse(reply, post.message, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
			"send application/json");
	} else if (!accepts_json(connection)) {
		refuse(reply, post.message, MHD_HTTP_NOT_ACCEPTABLE,
			"answers are application/json");
	} else {
		era_answer(server, &post, reply);
	}
}

enum MHD_Result mcp_handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	static char begun;
	const struct mcp_server *server = user;
	struct reply reply = {0};
	(void)version;
	(void)upload_data;
	if (*con_cls == NULL) {
		*con_cls = &begun;
		return MHD_YES;
	}
	if (*upload_data_size > 0) {
		*upload_data_size = 0;
		return MHD_YES;
	}
	if (strcmp(url, server->path) != 0) {
		refuse(&reply, NULL, MHD_HTTP_NOT_FOUND, "nothing is here");
	} else if (strcmp(method, MHD_HTTP_METHOD_POST) == 0) {
		answer_post(server, connection, &reply);
	} else {
		struct era_headers headers = read_headers(connection);
		era_answer_bare(
			server, method, &headers, mcpauth_mhd_auth_info(connection), &reply);
	}
	return send_reply(connection, &reply);
}
