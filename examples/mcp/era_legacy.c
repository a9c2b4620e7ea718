/* The revisions up to 2025-11-25: initialize opens a session, in which the rest happens. */
#include "era.h"

#include <string.h>

static bool fail(struct failure *failure, unsigned status, const char *message)
{
	*failure = (struct failure){status, REPLY_INVALID_REQUEST, message, NULL};
	return false;
}

/* Applies one of sessions_use() and sessions_close(). */
static bool with_session(const struct mcp_server *server, const struct era_headers *headers,
	const struct mcpauth_auth_info *who, struct failure *failure,
	bool (*apply)(struct sessions *, struct slice, const struct mcpauth_auth_info *))
{
	if (headers->session.at == NULL) {
		return fail(failure, 400, "Mcp-Session-Id is missing: begin with initialize");
	}
	if (headers->session_repeated) {
		return fail(failure, 400, "Mcp-Session-Id was sent more than once");
	}
	/* 404 makes the client begin anew; it does not tell whose sessions exist. */
	return apply(server->sessions, headers->session, who)
		|| fail(failure, 404, "there is no such session: begin with initialize");
}

static bool version_is_spoken(const struct era_headers *headers, struct failure *failure)
{
	if (headers->version.at == NULL || era_is_legacy(headers->version)) {
		return true;
	}
	*failure = era_unsupported(headers->version);
	return false;
}

static cJSON *initialized(const struct mcp_server *server, const char *asked)
{
	cJSON *result = cJSON_CreateObject();
	/* basic/lifecycle: the version asked for, else the latest one that is known. */
	bool is_known = era_is_legacy((struct slice){asked, strlen(asked)});
	const char *version = is_known ? asked : ERA_LATEST_LEGACY;
	if (!reply_put(result, "protocolVersion", cJSON_CreateString(version))
		|| !reply_put(result, "capabilities", tools_capabilities())
		|| !reply_put(result, "serverInfo", tools_server_info(server))) {
		cJSON_Delete(result);
		return NULL;
	}
	return result;
}

static cJSON *dispatch(
	const struct mcp_server *server, const struct era_post *post, struct failure *failure)
{
	const char *method = mcpauth_message_method(post->message);
	*failure = (struct failure){500, REPLY_INTERNAL_ERROR, "internal error", NULL};
	if (strcmp(method, "tools/call") == 0) {
		return tools_call(server, post->message, post->who, failure);
	}
	if (strcmp(method, "tools/list") == 0) {
		return tools_list(server, post->who);
	}
	if (strcmp(method, "ping") == 0) {
		return cJSON_CreateObject();
	}
	*failure = (struct failure){200, REPLY_METHOD_NOT_FOUND, "Method not found", NULL};
	return NULL;
}

/* A handshake that succeeds opens a session. */
static cJSON *shake_hands(const struct mcp_server *server, const struct era_post *post,
	struct reply *reply, struct failure *failure)
{
	struct slice text;
	text.at = mcpauth_message_param(post->message, "protocolVersion", &text.length);
	cJSON *asked = json_build(text);
	cJSON *result = NULL;
	if (!cJSON_IsString(asked)) {
		*failure = (struct failure){
			200, REPLY_INVALID_PARAMS, "params.protocolVersion must be a string", NULL};
		goto out;
	}
	*failure = (struct failure){500, REPLY_INTERNAL_ERROR, "internal error", NULL};
	result = initialized(server, asked->valuestring);
	if (result != NULL && !sessions_open(server->sessions, post->who, reply->session)) {
		cJSON_Delete(result);
		result = NULL;
	}
out:
	cJSON_Delete(asked);
	return result;
}

void era_legacy_answer(
	const struct mcp_server *server, const struct era_post *post, struct reply *reply)
{
	bool is_request = mcpauth_message_kind(post->message) == MCPAUTH_MESSAGE_REQUEST;
	bool is_first = is_request
		&& strcmp(mcpauth_message_method(post->message), "initialize") == 0;
	struct slice id = era_id(post->message);
	struct failure failure;
	if (!version_is_spoken(&post->headers, &failure)
		|| (!is_first
			&& !with_session(
				server, &post->headers, post->who, &failure, sessions_use))) {
		reply_error(reply, id, failure);
		return;
	}
	if (!is_request) {
		reply->status = 202;
		return;
	}
	cJSON *result = is_first ? shake_hands(server, post, reply, &failure)
				 : dispatch(server, post, &failure);
	if (result == NULL) {
		reply_error(reply, id, failure);
	} else {
		reply_result(reply, id, result);
	}
}

void era_legacy_end_session(const struct mcp_server *server, const struct era_headers *headers,
	const struct mcpauth_auth_info *who, struct reply *reply)
{
	struct failure failure;
	if (version_is_spoken(headers, &failure)
		&& with_session(server, headers, who, &failure, sessions_close)) {
		reply->status = 204;
		return;
	}
	reply_error(reply, (struct slice){0}, failure);
}
